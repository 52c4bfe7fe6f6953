//! What the lock says a value can be: `language`, *Universe*.

use std::collections::{BTreeMap, BTreeSet};

use mcppc::eval::Reason;
use serde_json::Value as Json;

use super::json::{self, Value, fold};
use super::number::{Number, is_integer_token};
use super::reading::Reading;

/// A step from a tool's arguments to a slot.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    Key(String),
    Each,
}

/// The slots of a tool that are read in some way, and how.
pub type Readings = BTreeMap<Vec<Step>, Reading>;

/// What rules say of a tool's slots.
#[derive(Debug, Default)]
pub struct Said {
    /// Parameters and members that they name.
    pub named: Slots,
    /// Slots that they read in some way, in their order.
    pub read: Vec<(Vec<Step>, Reading)>,
    /// What they ask of every URL.
    pub any_url: Vec<Reading>,
}

/// Names of types.
type Types = BTreeSet<&'static str>;

/// Slots of a tool.
pub type Slots = BTreeSet<Vec<Step>>;

/// One tool's input schema, and what the policy says of its slots.
#[derive(Debug, Default)]
pub struct Universe {
    pub schema: Json,
    pub readings: Readings,
    /// The parameters and members that rules name.
    named: Slots,
}

static ANYTHING: Json = Json::Bool(true);

const TYPES: [&str; 7] = ["null", "boolean", "integer", "number", "string", "array", "object"];

impl Universe {
    /// With what servers' braces declare, what the schema's formats say, and what rules name and read in some way, where
    /// the tool has such slots.
    pub fn new(schema: Json, declared: Readings, said: &Said) -> Self {
        let mut universe = Self {
            schema,
            ..Self::default()
        };
        // A declaration speaks of what the schema names.
        let mut readings = declared;
        readings.retain(|slot, _| universe.is_known_string(slot));
        universe.formats(&mut Vec::new(), &mut readings);
        let has = |slot: &&Vec<Step>| (1..=slot.len()).all(|n| universe.has_slot(&slot[..n]));
        let named: Slots = said.named.iter().filter(has).flat_map(|slot| prefixes(slot)).collect();
        universe.named = named;
        for (slot, reading) in said.read.iter().filter(|(slot, _)| universe.is_known_string(slot)) {
            let found = readings
                .entry(slot.clone())
                .or_insert_with(|| reading.without_questions());
            found.ask(reading);
        }
        for found in readings.values_mut() {
            said.any_url.iter().for_each(|reading| found.ask(reading));
        }
        universe.readings = readings;
        universe
    }

    /// Of one slot that is read so.
    pub fn of(reading: Reading) -> Self {
        Self {
            readings: Readings::from([(Vec::new(), reading)]),
            ..Self::default()
        }
    }

    /// The readings that formats give to slots, from here on, that have none: where all strings of the slot have one.
    fn formats(&self, at: &mut Vec<Step>, readings: &mut Readings) {
        let mut found = BTreeSet::new();
        for schema in self.stated(at) {
            self.formats_of(schema, None, &mut found);
        }
        if let [Some(name)] = found.into_iter().collect::<Vec<_>>().as_slice() {
            readings
                .entry(at.clone())
                .or_insert_with(|| Reading::plain(name).unwrap());
        }
        let keys = self.members(at).into_iter().map(Step::Key);
        let each = self.schemas(at).into_iter().any(|schema| items(schema).is_some());
        for step in keys.chain(each.then_some(Step::Each)) {
            at.push(step);
            self.formats(at, readings);
            at.pop();
        }
    }

    /// What alternatives say of the slot, where they speak of it.
    fn stated(&self, at: &[Step]) -> Vec<&Json> {
        let Some((step, before)) = at.split_last() else {
            return vec![&self.schema];
        };
        let has = |schema: &&Json, name: &str| own_types(schema).is_none_or(|types| types.contains(name));
        let stated = self.schemas(before).into_iter().filter_map(|schema| match step {
            Step::Key(key) => property(schema, key)
                .or(additional(schema))
                .filter(|_| has(&schema, "object")),
            Step::Each => Some(items(schema).unwrap_or(&ANYTHING)).filter(|_| has(&schema, "array")),
        });
        stated.collect()
    }

    /// The formats of each form that strings can have; `None` for one that has none.
    fn formats_of(&self, schema: &Json, outer: Option<&'static str>, found: &mut BTreeSet<Option<&'static str>>) {
        let schema = self.target(schema);
        let format = match schema.get("format").and_then(Json::as_str) {
            Some("uri" | "url") => Some("url"),
            Some("hostname") => Some("host"),
            Some("ipv4" | "ipv6" | "ip") => Some("ip"),
            Some("email") => Some("email"),
            Some("date-time") => Some("datetime"),
            Some("date") => Some("date"),
            _ => outer,
        };
        let alternatives = alternatives(schema);
        if alternatives.is_empty() && own_types(schema).is_none_or(|types| types.contains("string")) {
            found.insert(format);
        }
        alternatives
            .into_iter()
            .for_each(|schema| self.formats_of(schema, format, found));
    }

    /// All that the schema says of a slot: in each alternative, its own or what it says of others.
    fn schemas(&self, at: &[Step]) -> Vec<&Json> {
        let Some((step, before)) = at.split_last() else {
            return self.variants(&self.schema);
        };
        let found: Vec<_> = self
            .schemas(before)
            .into_iter()
            .filter_map(|schema| match step {
                Step::Key(key) => property(schema, key).or(additional(schema)),
                Step::Each => items(schema),
            })
            .collect();
        if found.is_empty() {
            return vec![&ANYTHING];
        }
        found.into_iter().flat_map(|schema| self.variants(schema)).collect()
    }

    /// Can there be a value, as far as the last step goes? No member that the schema leaves no room for.
    fn has_slot(&self, slot: &[Step]) -> bool {
        let (step, before) = slot.split_last().unwrap();
        let outer = self.schemas(before);
        match step {
            Step::Key(key) => self.can_be(before, "object") && has_member(&outer, key),
            Step::Each => self.can_be(before, "array"),
        }
    }

    /// Does the schema or a rule name every member on the way to this slot, and can it be a string?
    fn is_known_string(&self, slot: &[Step]) -> bool {
        let is_known = |slot: &[Step]| match slot.split_last().unwrap() {
            (Step::Key(key), before) => {
                self.named.contains(slot) || self.schemas(before).into_iter().any(|s| property(s, key).is_some())
            }
            (Step::Each, before) => self.can_be(before, "array"),
        };
        (1..=slot.len()).all(|n| is_known(&slot[..n])) && self.can_be(slot, "string")
    }

    fn can_be(&self, slot: &[Step], name: &str) -> bool {
        let anything = || Some(TYPES.into());
        self.types_at(&self.schema, slot, &anything).unwrap().contains(name)
    }

    /// The types that the schema speaks of at these steps; any where it does not.
    fn stated_types(&self, at: &[Step]) -> BTreeSet<&'static str> {
        self.types_at(&self.schema, at, &|| None).unwrap_or(TYPES.into())
    }

    /// The types that values at these steps have, in one alternative or another, where those that leave room for them but
    /// do not speak of them have `silent`.
    fn types_at(&self, schema: &Json, at: &[Step], silent: &impl Fn() -> Option<Types>) -> Option<Types> {
        let Some((step, rest)) = at.split_first() else {
            return Some(self.types(schema));
        };
        let schema = self.target(schema);
        let has = |name: &str| own_types(schema).is_none_or(|types| types.contains(name));
        let own = match step {
            Step::Key(key) if has("object") => match property(schema, key).or(additional(schema)) {
                Some(inner) => self.types_at(inner, rest, silent),
                None if is_closed(schema) => Some(Types::new()),
                None => silent(),
            },
            // An array speaks of its elements.
            Step::Each if has("array") => self.types_at(items(schema).unwrap_or(&ANYTHING), rest, silent),
            _ => Some(Types::new()),
        };
        let found: Vec<_> = alternatives(schema)
            .into_iter()
            .map(|s| self.types_at(s, at, silent))
            .collect();
        let any: Types = found.iter().flatten().flatten().copied().collect();
        let says_nothing = found.is_empty() || (any.is_empty() && found.contains(&None));
        match own {
            own if says_nothing => own,
            Some(own) => Some(in_both(own, &any)),
            None => Some(any),
        }
    }

    /// What the server may take where the member is absent: each stated default, `None` for one that cannot be read.
    pub fn defaults(&self, member: &[Step]) -> Vec<Option<Value>> {
        let Some((Step::Key(key), object)) = member.split_last() else {
            panic!("only members have defaults")
        };
        let properties = self.schemas(object).into_iter().filter_map(|s| property(s, key));
        let read = |property, default: &Json| {
            let value = json::read(&default.to_string())?;
            self.check(&value, member).ok()?;
            self.read(property, &value, member).ok()
        };
        properties
            .flat_map(|property| {
                let stated = self.stated_defaults(property).into_iter();
                stated.map(move |default| read(property, default))
            })
            .collect()
    }

    /// Beside a `$ref` or alternatives, else behind or within them.
    fn stated_defaults<'s>(&'s self, schema: &'s Json) -> Vec<&'s Json> {
        if let Some(default) = schema.get("default") {
            return if default.is_null() { Vec::new() } else { vec![default] };
        }
        if schema.get("$ref").is_some() {
            return self.stated_defaults(self.referred(schema));
        }
        let lists = ["anyOf", "oneOf", "allOf"]
            .into_iter()
            .filter_map(|key| schema.get(key)?.as_array());
        lists.flatten().flat_map(|s| self.stated_defaults(s)).collect()
    }

    /// The names of an object's members.
    pub fn members(&self, at: &[Step]) -> BTreeSet<String> {
        self.schemas(at).into_iter().flat_map(property_names).collect()
    }

    /// Is it read so, or are there such slots within?
    pub fn has_reading(&self, slot: &[Step], name: &str) -> bool {
        let mut readings = self.readings.iter();
        readings.any(|(at, reading)| at.starts_with(slot) && reading.name() == name)
    }

    /// A call's arguments, each in its universe and canonical.
    pub fn arguments(&self, arguments: &Value) -> Result<Value, Reason> {
        let Value::Object(members) = arguments else {
            panic!("arguments are an object")
        };
        let schemas = self.variants(&self.schema);
        let known = self.known(&[]);
        let is_clear = !members.iter().any(|(key, _)| is_confusable(key, &known));
        if is_clear && members.iter().any(|(key, _)| !has_member(&schemas, key)) {
            return Err(Reason::UnlistedParameter);
        }
        self.check(arguments, &[])?;
        self.read(&self.schema, arguments, &[])
    }

    /// The keys that an object is known to have: by its schema, by the rules, by the readings of slots within.
    fn known(&self, at: &[Step]) -> Vec<String> {
        let of_schema = self.schemas(at).into_iter().flat_map(property_names);
        let next = |slot: &Vec<Step>| match slot.strip_prefix(at)?.first()? {
            Step::Key(key) => Some(key.clone()),
            Step::Each => None,
        };
        of_schema
            .chain(self.named.iter().chain(self.readings.keys()).filter_map(next))
            .collect()
    }

    /// Is there anything in the value that some reader takes for something else, whichever alternative it is of?
    fn check(&self, value: &Value, at: &[Step]) -> Result<(), Reason> {
        let is_clear = match value {
            Value::String { text, .. } => {
                let types = self.stated_types(at);
                !(types.contains("string") && types.len() > 1 && looks_like_json(text))
            }
            Value::Object(members) => {
                let known = self.known(at);
                !members.iter().any(|(key, _)| is_confusable(key, &known))
            }
            _ => true,
        };
        if !is_clear {
            return Err(Reason::AmbiguousValue);
        }
        let within = |step: Step, value| self.check(value, &[at, &[step]].concat());
        match value {
            Value::Array(elements) => elements.iter().try_for_each(|e| within(Step::Each, e)),
            Value::Object(members) => members
                .iter()
                .try_for_each(|(key, v)| within(Step::Key(key.clone()), v)),
            _ => Ok(()),
        }
    }

    /// In this schema's own keywords, and in one of its alternatives.
    fn read(&self, schema: &Json, value: &Value, at: &[Step]) -> Result<Value, Reason> {
        let schema = self.target(schema);
        let alternatives = alternatives(schema);
        if alternatives.is_empty() {
            return self.own(schema, value, at);
        }
        let reads: Vec<_> = alternatives
            .iter()
            .map(|alternative| {
                self.read(alternative, value, at)
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
                    text: reading.canonical(text).ok_or(Reason::AmbiguousValue)?,
                    read: Some(reading.name()),
                },
            },
            Value::Array(elements) if has("array") => {
                let at = [at, &[Step::Each]].concat();
                let read = |element| self.read(items(schema).unwrap_or(&ANYTHING), element, &at);
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
        let read = |(key, value): &(String, Value)| {
            let inner = match property(schema, key).or(additional(schema)) {
                None if is_closed(schema) => return Err(Reason::WrongType),
                inner => inner.unwrap_or(&ANYTHING),
            };
            let at = [at, &[Step::Key(key.clone())]].concat();
            Ok((key.clone(), self.read(inner, value, &at)?))
        };
        Ok(Value::Object(members.iter().map(read).collect::<Result<_, _>>()?))
    }

    /// What a schema says, behind its `$ref` if it has one.
    fn target<'s>(&'s self, schema: &'s Json) -> &'s Json {
        match schema.get("$ref") {
            Some(Json::String(_)) => self.target(self.referred(schema)),
            _ => schema,
        }
    }

    /// What a `$ref` stands for.
    fn referred(&self, schema: &Json) -> &Json {
        let pointer = schema
            .get("$ref")
            .and_then(Json::as_str)
            .and_then(|r| r.strip_prefix('#'));
        pointer
            .and_then(|pointer| self.schema.pointer(pointer))
            .unwrap_or(&ANYTHING)
    }

    /// This and every alternative within it.
    fn variants<'s>(&'s self, schema: &'s Json) -> Vec<&'s Json> {
        let schema = self.target(schema);
        let inner = alternatives(schema).into_iter().flat_map(|s| self.variants(s));
        std::iter::once(schema).chain(inner).collect()
    }

    /// The types that a slot's values can have.
    fn types(&self, schema: &Json) -> Types {
        let schema = self.target(schema);
        let own = own_types(schema).unwrap_or(TYPES.into());
        let alternatives = alternatives(schema);
        if alternatives.is_empty() {
            return own;
        }
        let any = alternatives.into_iter().flat_map(|s| self.types(s)).collect();
        in_both(own, &any)
    }
}

/// The types in both: a whole number is a number.
fn in_both(own: Types, other: &Types) -> Types {
    let widened = |name| if name == "integer" { "number" } else { name };
    let is_in = |set: &BTreeSet<_>, name| set.contains(name) || set.contains(widened(name));
    let names = TYPES.into_iter();
    names.filter(|name| is_in(&own, name) && is_in(other, name)).collect()
}

fn items(schema: &Json) -> Option<&Json> {
    schema.get("items").filter(|_| schema.get("prefixItems").is_none())
}

fn prefixes(slot: &[Step]) -> Vec<Vec<Step>> {
    (1..=slot.len()).map(|n| slot[..n].to_vec()).collect()
}

/// What the schema says of a member that it names; one that is only required can be anything.
fn property<'s>(schema: &'s Json, key: &str) -> Option<&'s Json> {
    let is_required = || schema.get("required")?.as_array()?.iter().find(|name| *name == key);
    let described = schema.get("properties").and_then(|properties| properties.get(key));
    described.or_else(|| is_required().map(|_| &ANYTHING))
}

fn property_names(schema: &Json) -> Vec<String> {
    let described = schema.get("properties").and_then(Json::as_object);
    let required = schema.get("required").and_then(Json::as_array);
    let described = described.into_iter().flat_map(|p| p.keys().cloned());
    let required = required
        .into_iter()
        .flatten()
        .filter_map(Json::as_str)
        .map(str::to_owned);
    described.chain(required).collect()
}

/// What the schema says of members that it does not name. It may say it of their names, which is not read.
fn additional(schema: &Json) -> Option<&Json> {
    let said = schema.get("additionalProperties").filter(|s| *s != &Json::Bool(false));
    said.filter(|_| schema.get("patternProperties").is_none())
}

fn is_closed(schema: &Json) -> bool {
    schema.get("additionalProperties") == Some(&Json::Bool(false)) && schema.get("patternProperties").is_none()
}

/// Is there room for a member: is it named, are others, or is nothing said of any?
fn has_member(schemas: &[&Json], key: &str) -> bool {
    let silent = |s: &&Json| property_names(s).is_empty() && !is_closed(s);
    schemas
        .iter()
        .any(|s| property(s, key).is_some() || additional(s).is_some())
        || schemas.iter().all(silent)
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

fn own_types(schema: &Json) -> Option<Types> {
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
