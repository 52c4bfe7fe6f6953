//! JSON Schema, as servers write it → universe.
//!
//! Type, enum, const, properties, required, items, `anyOf`, `oneOf` and local `$ref` are read; every other keyword
//! could only narrow, and is left out: the universe may be wider than the schema, never narrower.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use super::shape::{IntegerRange, Property, Shape, Type, TypeSet};
use crate::json::{Kind, Value, canonical};
use crate::pattern::{At, Decimal, Pattern, PatternKind, ReadingKind};

/// Schemas nested or referring deeper than this are read as "anything" from there on: a value that deep is beyond
/// the call's own bound.
const MAX_DEPTH: usize = 64;

/// A schema that unfolds to more nodes than this, by references that refer to each other, is read as "anything" past
/// it. Real tools have a few hundred.
const MAX_NODES: usize = 20_000;

/// The universe of a schema.
#[must_use]
pub fn shape_of(schema: &Value<'_>) -> Shape {
    Reader {
        root: schema,
        nodes: Cell::new(MAX_NODES),
    }
    .shape(schema, MAX_DEPTH)
}

struct Reader<'v, 'a> {
    root: &'v Value<'a>,
    /// How many nodes may still be made.
    nodes: Cell<usize>,
}

impl Reader<'_, '_> {
    fn shape(&self, schema: &Value<'_>, depth: usize) -> Shape {
        self.slot(schema, depth).shape
    }

    /// What a schema says of a member: what it can be, and what the server takes where it is absent.
    fn slot(&self, schema: &Value<'_>, depth: usize) -> Property {
        let stated = stated_default(schema);
        let (Some(depth), Some(nodes)) = (depth.checked_sub(1), self.nodes.get().checked_sub(1)) else {
            return with_defaults(Shape::default(), stated.unwrap_or_default());
        };
        self.nodes.set(nodes);
        if matches!(schema.kind, Kind::Bool(false)) {
            return with_defaults(Shape::never().clone(), Vec::new());
        }
        if let Some(target) = schema.get("$ref").and_then(Value::as_str) {
            let found = self.resolve(target).map(|found| self.slot(found, depth));
            let found = found.unwrap_or_default();
            return with_defaults(found.shape, stated.unwrap_or(found.defaults));
        }
        let list = |key: &str| schema.get(key).map(Value::elements).unwrap_or_default();
        let (any_of, unread) = match (schema.get("anyOf"), list("oneOf")) {
            (None, one_of) => (one_of, &[][..]),
            (Some(any_of), one_of) => (any_of.elements(), one_of),
        };
        // A single `allOf` is how some generators attach words to a `$ref`.
        let all_of = list("allOf");
        let (single, several) = all_of.split_at(if all_of.len() == 1 { 1 } else { 0 });
        let alternatives: Vec<Property> = any_of.iter().chain(single).map(|s| self.slot(s, depth)).collect();
        let defaults = stated.unwrap_or_else(|| {
            // A default within a list that is not read otherwise may be the one that is taken.
            let unread: Vec<Property> = unread.iter().chain(several).map(|s| self.slot(s, depth)).collect();
            defaults_of(alternatives.iter().chain(&unread))
        });
        let any_of = alternatives.into_iter().map(|alternative| alternative.shape).collect();
        with_defaults(self.own(schema, depth, any_of), defaults)
    }

    /// What a schema says by its own keywords, beside one of these alternatives.
    fn own(&self, schema: &Value<'_>, depth: usize, any_of: Vec<Shape>) -> Shape {
        // Members and elements that a keyword we do not read speaks of are not the others' business.
        let by_name = schema.get("patternProperties").is_some();
        Shape {
            types: types(schema.get("type")),
            values: values(schema).map(Box::new),
            properties: self.properties(schema, depth),
            named: BTreeMap::new(),
            additional: schema
                .get("additionalProperties")
                .filter(|s| s.kind != Kind::Bool(false) && !by_name)
                .map(|s| Box::new(self.shape(s, depth))),
            closed: matches!(
                schema.get("additionalProperties").map(|s| &s.kind),
                Some(Kind::Bool(false))
            ) && !by_name,
            items: schema
                .get("items")
                .filter(|s| s.is_object() && schema.get("prefixItems").is_none())
                .map(|s| Box::new(self.shape(s, depth))),
            any_of,
            reading: None,
            format: schema.get("format").and_then(Value::as_str).and_then(reading_of_format),
            integers: match schema.get("format").and_then(Value::as_str) {
                Some("int64") => IntegerRange::Int64,
                Some("uint64") => IntegerRange::Uint64,
                _ => IntegerRange::Safe,
            },
        }
    }

    fn properties(&self, schema: &Value<'_>, depth: usize) -> BTreeMap<String, Property> {
        let members = schema.get("properties").map(Value::members).unwrap_or_default();
        let mut properties: BTreeMap<String, Property> = members
            .iter()
            .map(|m| (m.key.to_string(), self.slot(&m.value, depth)))
            .collect();
        let required = schema.get("required").map(Value::elements).unwrap_or_default();
        for name in required.iter().filter_map(Value::as_str) {
            properties.entry(name.to_owned()).or_default().required = true;
        }
        properties
    }

    /// `#`, `#/$defs/Name`: JSON pointers into the same schema, without escapes.
    fn resolve(&self, target: &str) -> Option<&Value<'_>> {
        let path = target
            .strip_prefix('#')
            .filter(|p| p.is_empty() || p.starts_with('/'))?;
        path.split('/').skip(1).try_fold(self.root, |at, step| at.get(step))
    }
}

/// The reading of a format, JSON Schema Validation 2020-12 section 7.3. The internationalised forms, references and
/// identifiers that are no URL are read as text.
fn reading_of_format(format: &str) -> Option<ReadingKind> {
    Some(match format {
        "uri" | "url" => ReadingKind::Url,
        "email" => ReadingKind::Email,
        "hostname" => ReadingKind::Host,
        "ipv4" | "ipv6" | "ip" => ReadingKind::Ip,
        "date-time" => ReadingKind::Datetime,
        "date" => ReadingKind::Date,
        _ => return None,
    })
}

fn with_defaults(shape: Shape, defaults: Vec<String>) -> Property {
    Property {
        shape,
        required: false,
        defaults,
    }
}

/// The default that stands in the schema itself, beside its alternatives or its `$ref`: it is the one that is taken,
/// whatever they state. One of `null` is absence.
fn stated_default(schema: &Value<'_>) -> Option<Vec<String>> {
    let default = schema.get("default")?;
    Some(if default.kind == Kind::Null {
        Vec::new()
    } else {
        vec![canonical(default)]
    })
}

/// All that these state, each once.
fn defaults_of<'p>(alternatives: impl Iterator<Item = &'p Property>) -> Vec<String> {
    let stated: BTreeSet<&String> = alternatives.flat_map(|alternative| &alternative.defaults).collect();
    stated.into_iter().cloned().collect()
}

fn types(value: Option<&Value<'_>>) -> Option<TypeSet> {
    let one = |value: &Value<'_>| match value.as_str() {
        Some("null") => Some(Type::Null),
        Some("boolean") => Some(Type::Boolean),
        Some("integer") => Some(Type::Integer),
        Some("number") => Some(Type::Number),
        Some("string") => Some(Type::String),
        Some("array") => Some(Type::Array),
        Some("object") => Some(Type::Object),
        _ => None,
    };
    let value = value?;
    match &value.kind {
        Kind::String(_) => one(value).map(|kind| [kind].into_iter().collect()),
        Kind::Array(kinds) => kinds.iter().map(one).collect(),
        _ => None,
    }
}

/// The listed values, where all of them are scalars.
fn values(schema: &Value<'_>) -> Option<Pattern> {
    let list = match (schema.get("const"), schema.get("enum")) {
        (Some(only), _) => std::slice::from_ref(only),
        (None, Some(list)) if !list.elements().is_empty() => list.elements(),
        _ => return None,
    };
    let at = At {
        source: 0,
        start: 0,
        end: 0,
    };
    let literal = |value: &Value<'_>| {
        let kind = match &value.kind {
            Kind::Null => PatternKind::Null,
            Kind::Bool(value) => PatternKind::Bool(*value),
            Kind::Number(token) => PatternKind::Number(Decimal::parse(token)?),
            Kind::String(text) => PatternKind::String(text.to_string()),
            Kind::Array(_) | Kind::Object(_) => return None,
        };
        Some(Pattern { at, kind })
    };
    let patterns = list.iter().map(literal).collect::<Option<Vec<_>>>()?;
    Some(Pattern {
        at,
        kind: PatternKind::Or(patterns),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::{Limits, parse};

    fn read(schema: &str) -> Shape {
        shape_of(&parse(schema.as_bytes(), &Limits::default()).unwrap())
    }

    #[test]
    fn nullable_strings_are_strings_or_null() {
        for schema in [
            r#"{"anyOf":[{"type":"string"},{"type":"null"}]}"#,
            r#"{"type":["string","null"]}"#,
            r#"{"oneOf":[{"type":"string"},{"type":"null"}]}"#,
        ] {
            assert_eq!(read(schema).all_types().described(), "null or a string", "{schema}");
        }
    }

    #[test]
    fn references_are_followed_and_cycles_end() {
        let shape = read(
            r##"{"properties":{"a":{"$ref":"#/$defs/A"}},"$defs":{"A":{"type":"object","properties":{"a":{"$ref":"#/$defs/A"}}}}}"##,
        );
        let inner = shape.member("a").unwrap().member("a").unwrap();
        assert!(inner.all_types().has(Type::Object));
        assert!(!inner.all_types().has(Type::String));
    }

    #[test]
    fn a_default_of_null_is_absence() {
        let shape = read(r#"{"properties":{"a":{"default":null},"b":{"default":[ 1 ]}},"required":["a"]}"#);
        assert!(shape.properties["a"].defaults.is_empty());
        assert!(shape.properties["a"].required);
        assert_eq!(shape.properties["b"].defaults, ["[1]"]);
    }

    #[test]
    fn a_default_is_stated_beside_or_within() {
        for (schema, defaults) in [
            (r##"{"$ref":"#/$defs/D"}"##, &["1"][..]),
            (r##"{"$ref":"#/$defs/D","default":2}"##, &["2"]),
            (r##"{"$ref":"#/$defs/D","default":null}"##, &[]),
            (r#"{"anyOf":[{"default":2},{"default":1},{"default":2}]}"#, &["1", "2"]),
            (r#"{"anyOf":[{"default":2},{"default":1}],"default":3}"#, &["3"]),
            (
                r##"{"anyOf":[{"type":"null"},{"allOf":[{"$ref":"#/$defs/D"}]}]}"##,
                &["1"],
            ),
            (
                r#"{"anyOf":[{}],"oneOf":[{"default":1}],"allOf":[{},{"default":2}]}"#,
                &["1", "2"],
            ),
        ] {
            let shape = read(&format!(
                r#"{{"properties":{{"a":{schema}}},"$defs":{{"D":{{"default":1}}}}}}"#
            ));
            assert_eq!(shape.properties["a"].defaults, defaults, "{schema}");
        }
    }

    #[test]
    fn what_is_not_understood_widens() {
        assert!(read(r#"{"type":"strange"}"#).is_untyped());
        assert!(read("true").is_untyped());
        assert_eq!(read(r#"{"enum":["a",{"b":1}]}"#).values, None);
        assert_eq!(read("false").all_types(), TypeSet::NONE);
        let shape = read(r#"{"patternProperties":{"^x":{}},"additionalProperties":{"type":"integer"}}"#);
        assert!(shape.additional.is_none() && !shape.closed);
        assert!(
            read(r#"{"prefixItems":[{}],"items":{"type":"integer"}}"#)
                .items
                .is_none()
        );
        assert!(
            read(r##"{"properties":{"a":{"$ref":"#anchor"}},"type":"object"}"##)
                .member("a")
                .unwrap()
                .is_untyped()
        );
    }
}
