//! What the lock says a value can be: `language`, *Universe*.

use std::collections::{BTreeMap, BTreeSet};

use mcppc::eval::Reason;
use serde_json::Value as Json;

use super::json::{self, Value, fold};
use super::number::{Number, is_integer_token};
use super::path::{PathReading, canonical};

/// A step from a tool's arguments to a slot.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    Key(String),
    Each,
}

/// The paths among a tool's slots, and how they are read.
pub type Readings = BTreeMap<Vec<Step>, PathReading>;

/// One tool's input schema and readings.
#[derive(Debug)]
pub struct Universe {
    pub schema: Json,
    pub readings: Readings,
}

const TYPES: [&str; 7] = ["null", "boolean", "integer", "number", "string", "array", "object"];

impl Universe {
    /// With the readings of those slots that the schema speaks of.
    pub fn new(schema: Json, readings: Readings) -> Self {
        let mut universe = Self {
            schema,
            readings: Readings::new(),
        };
        let exists = |slot: &Vec<Step>| universe.exists(&universe.schema, slot);
        universe.readings = readings.into_iter().filter(|(slot, _)| exists(slot)).collect();
        universe
    }

    fn exists(&self, schema: &Json, slot: &[Step]) -> bool {
        let Some((step, rest)) = slot.split_first() else {
            return true;
        };
        let anything = Json::Bool(true);
        self.variants(schema).into_iter().any(|schema| match step {
            Step::Key(key) => schema
                .pointer(&format!("/properties/{key}"))
                .is_some_and(|s| self.exists(s, rest)),
            Step::Each => {
                self.types(schema).contains("array") && self.exists(schema.get("items").unwrap_or(&anything), rest)
            }
        })
    }

    /// A call's arguments, each in its universe and canonical.
    pub fn arguments(&self, arguments: &Value) -> Result<Value, Reason> {
        let Value::Object(members) = arguments else {
            panic!("arguments are an object")
        };
        let known = self.keys(&self.schema);
        let is_clear = !members.iter().any(|(key, _)| is_confusable(key, &known));
        if is_clear && members.iter().any(|(key, _)| !self.has_member(key)) {
            return Err(Reason::UnlistedParameter);
        }
        self.read(&self.schema, arguments, &[])
    }

    /// What the server takes where the parameter is absent: its default, `Some(Err)` for one that cannot be read.
    pub fn default_of(&self, parameter: &str) -> Option<Result<Value, Reason>> {
        let schemas = self.variants(&self.schema);
        let property = schemas.iter().find_map(|s| s.get("properties")?.get(parameter))?;
        let default = property.get("default").filter(|d| !d.is_null())?;
        let value = json::read(&default.to_string());
        let at = [Step::Key(parameter.to_owned())];
        Some(value.map_or(Err(Reason::MalformedCall), |value| self.read(property, &value, &at)))
    }

    /// The names of all parameters.
    pub fn keys(&self, schema: &Json) -> Vec<String> {
        let properties = |s: &&Json| s.get("properties").and_then(Json::as_object).cloned();
        let schemas = self.variants(schema);
        schemas
            .iter()
            .filter_map(properties)
            .flat_map(|p| p.into_iter().map(|(key, _)| key))
            .collect()
    }

    /// The names by which readings go on from a slot.
    fn keys_of_readings(&self, at: &[Step]) -> Vec<String> {
        let next = |slot: &Vec<Step>| match slot.strip_prefix(at)?.first()? {
            Step::Key(key) => Some(key.clone()),
            Step::Each => None,
        };
        self.readings.keys().filter_map(next).collect()
    }

    fn has_member(&self, key: &str) -> bool {
        let variants = self.variants(&self.schema);
        let names_any = |s: &&Json| {
            s.get("properties")
                .and_then(Json::as_object)
                .is_some_and(|p| !p.is_empty())
        };
        let open = |s: &&Json| s.get("additionalProperties").is_some_and(|a| a != &Json::Bool(false));
        let closed = |s: &&Json| s.get("additionalProperties") == Some(&Json::Bool(false));
        self.keys(&self.schema).iter().any(|k| k == key)
            || variants.iter().any(open)
            || !variants.iter().any(|s| names_any(s) || closed(s))
    }

    fn read(&self, schema: &Json, value: &Value, at: &[Step]) -> Result<Value, Reason> {
        let types = self.types(schema);
        if let Value::String { text, .. } = value
            && types.contains("string")
            && types.len() > 1
            && looks_like_json(text)
        {
            return Err(Reason::AmbiguousValue);
        }
        let known = [self.keys(schema), self.keys_of_readings(at)].concat();
        if let Value::Object(members) = value
            && members.iter().any(|(key, _)| is_confusable(key, &known))
        {
            return Err(Reason::AmbiguousValue);
        }
        self.read_variant(schema, value, at)
    }

    /// In this schema's own keywords, and in one of its alternatives.
    fn read_variant(&self, schema: &Json, value: &Value, at: &[Step]) -> Result<Value, Reason> {
        let schema = self.target(schema);
        let alternatives = alternatives(schema);
        if alternatives.is_empty() {
            return self.own(schema, value, at);
        }
        let reads: Vec<_> = alternatives
            .iter()
            .map(|alternative| {
                self.read_variant(alternative, value, at)
                    .and_then(|_| self.own(schema, value, at))
            })
            .collect();
        if let Some(read) = reads.iter().find(|read| read.is_ok()) {
            return read.clone();
        }
        Err(if reads.contains(&Err(Reason::AmbiguousValue)) {
            Reason::AmbiguousValue
        } else {
            Reason::WrongType
        })
    }

    fn own(&self, schema: &Json, value: &Value, at: &[Step]) -> Result<Value, Reason> {
        if schema == &Json::Bool(false) {
            return Err(Reason::WrongType);
        }
        let types = own_types(schema);
        let has = |name: &str| types.as_ref().is_none_or(|types| types.contains(name));
        let format = schema.get("format").and_then(Json::as_str);
        let read = match value {
            Value::Null if has("null") => Value::Null,
            Value::Bool(_) if has("boolean") => value.clone(),
            Value::Number(token) => {
                let written_alike = match &types {
                    // Of an alternative's number the alternative says how it is written.
                    None if !alternatives(schema).is_empty() => true,
                    Some(types) if !types.contains("number") => {
                        types.contains("integer") && is_integer_token(token, format)
                    }
                    _ => Number::is_double(token),
                };
                if !written_alike {
                    return Err(Reason::WrongType);
                }
                value.clone()
            }
            Value::String { text, .. } if has("string") => match self.readings.get(at) {
                None => value.clone(),
                Some(reading) => Value::String {
                    text: canonical(reading, text).ok_or(Reason::AmbiguousValue)?,
                    path: true,
                },
            },
            Value::Array(elements) if has("array") => {
                let items = schema.get("items").filter(|_| schema.get("prefixItems").is_none());
                let at = [at, &[Step::Each]].concat();
                let read = |element| self.read(items.unwrap_or(&Json::Bool(true)), element, &at);
                Value::Array(elements.iter().map(read).collect::<Result<_, _>>()?)
            }
            Value::Object(members) if has("object") => self.object(schema, members, at)?,
            _ => return Err(Reason::WrongType),
        };
        if is_listed(schema, value) {
            Ok(read)
        } else {
            Err(Reason::WrongType)
        }
    }

    fn object(&self, schema: &Json, members: &[(String, Value)], at: &[Step]) -> Result<Value, Reason> {
        let properties = schema
            .get("properties")
            .and_then(Json::as_object)
            .cloned()
            .unwrap_or_default();
        let free = Json::Bool(true);
        let additional = schema
            .get("additionalProperties")
            .filter(|_| schema.get("patternProperties").is_none());
        let read = |(key, value): &(String, Value)| {
            let inner = properties.get(key).or(additional).unwrap_or(&free);
            if properties.get(key).is_none() && inner == &Json::Bool(false) {
                return Err(Reason::WrongType);
            }
            let at = [at, &[Step::Key(key.clone())]].concat();
            Ok((key.clone(), self.read(inner, value, &at)?))
        };
        Ok(Value::Object(members.iter().map(read).collect::<Result<_, _>>()?))
    }

    /// The schema that a `$ref` stands for.
    fn target<'s>(&'s self, schema: &'s Json) -> &'s Json {
        match schema.get("$ref").and_then(Json::as_str) {
            None => schema,
            Some(reference) => {
                let found = reference
                    .strip_prefix('#')
                    .and_then(|pointer| self.schema.pointer(pointer));
                found.map_or(&Json::Bool(true), |found| self.target(found))
            }
        }
    }

    /// This and every alternative within it.
    fn variants<'s>(&'s self, schema: &'s Json) -> Vec<&'s Json> {
        let schema = self.target(schema);
        let inner = alternatives(schema).into_iter().flat_map(|s| self.variants(s));
        std::iter::once(schema).chain(inner).collect()
    }

    /// The types that a slot's values can have.
    fn types(&self, schema: &Json) -> BTreeSet<&'static str> {
        let schema = self.target(schema);
        let own = own_types(schema).unwrap_or(TYPES.into());
        let alternatives = alternatives(schema);
        if alternatives.is_empty() {
            return own;
        }
        let any: BTreeSet<_> = alternatives.into_iter().flat_map(|s| self.types(s)).collect();
        own.into_iter()
            .filter(|name| any.contains(name) || (*name == "integer" && any.contains("number")))
            .collect()
    }
}

fn alternatives(schema: &Json) -> Vec<&Json> {
    let list = |key: &str| {
        schema
            .get(key)
            .and_then(Json::as_array)
            .map(|list| list.iter().collect::<Vec<_>>())
    };
    let mut found = list("anyOf").or_else(|| list("oneOf")).unwrap_or_default();
    if let Some([only]) = list("allOf").as_deref() {
        found.push(only);
    }
    found
}

fn own_types(schema: &Json) -> Option<BTreeSet<&'static str>> {
    let known = |value: &Json| TYPES.into_iter().find(|name| value == name);
    match schema.get("type")? {
        Json::Array(list) => list.iter().map(known).collect(),
        one => known(one).map(|one| BTreeSet::from([one])),
    }
}

/// Is it one of the listed values, where only scalars are listed?
fn is_listed(schema: &Json, value: &Value) -> bool {
    let list = match (schema.get("const"), schema.get("enum")) {
        (Some(only), _) => vec![only.clone()],
        (None, Some(Json::Array(list))) if !list.is_empty() => list.clone(),
        _ => return true,
    };
    let same = |listed: &Json| match (listed, value) {
        (Json::Null, Value::Null) => true,
        (Json::Bool(a), Value::Bool(b)) => a == b,
        (Json::Number(a), Value::Number(b)) => Number::read(&a.to_string()) == Number::read(b),
        (Json::String(a), Value::String { text, .. }) => a == text,
        _ => false,
    };
    list.iter().any(|listed| listed.is_array() || listed.is_object()) || list.iter().any(same)
}

/// Is the key one of the known ones but for its case?
fn is_confusable(key: &str, known: &[String]) -> bool {
    known.iter().any(|name| name != key && fold(name) == fold(key))
}

/// Would some servers parse this string? They differ in what they take, so its ends are enough.
fn looks_like_json(text: &str) -> bool {
    let text = text.trim();
    (text.starts_with('[') && text.ends_with(']')) || (text.starts_with('{') && text.ends_with('}')) || text == "null"
}
