//! Tools: their parameters' types, and the JSON schemas that servers write for them.

use serde_json::{Map, Value as Json, json};

use super::reading::Kind;
use super::tape::Tape;

/// The type of a slot.
#[derive(Clone, Debug)]
pub enum Type {
    Text,
    /// A string that is read as a path; declared with the server or not.
    Path,
    /// A string that is read in another way, and whether the schema says so by its `format`.
    Read(Kind, bool),
    Enum,
    Integer,
    Int64,
    Number,
    Bool,
    Array(Box<Type>),
    Object(Vec<Property>, Extra),
    Any,
    /// Any, of a member that the schema only requires.
    Unsaid,
    /// Or null, written in one of three ways.
    Nullable(Box<Type>, usize),
    /// A string or a whole number.
    Union,
    /// Behind a `$ref`.
    Ref(Box<Type>),
}

/// What an object takes beside its properties.
#[derive(Clone, Debug)]
pub enum Extra {
    Silent,
    Forbidden,
    Strings,
    /// Or any object at all, by `anyOf`.
    Anything,
    /// Or an object with these, by `anyOf`.
    Either(Vec<Property>),
    /// One property or another has to be there, by `anyOf`.
    Required,
}

#[derive(Clone, Debug)]
pub struct Property {
    pub name: &'static str,
    pub kind: Type,
    pub required: bool,
    /// JSON text.
    pub default: Option<String>,
}

#[derive(Clone, Debug)]
pub struct Tool {
    pub name: &'static str,
    /// None of them: the tool takes any.
    pub parameters: Vec<Property>,
    pub extra: Extra,
}

/// A member of an object, in all alternatives together.
#[derive(Clone, Debug)]
pub struct Member {
    pub name: &'static str,
    pub kinds: Vec<Type>,
    /// Some alternative leaves its type open.
    pub open: bool,
    pub required: bool,
    /// All that the server may take where it is absent.
    pub defaults: Vec<String>,
}

/// All members that an object may have.
pub fn members(properties: &[Property], extra: &Extra) -> Vec<Member> {
    let mut found: Vec<Member> = Vec::new();
    let others: &[Property] = if let Extra::Either(others) = extra { others } else { &[] };
    for property in properties.iter().chain(others) {
        let defaults = property.defaults();
        match found.iter_mut().find(|member| member.name == property.name) {
            Some(member) => {
                member.open = false;
                member.kinds.push(property.kind.clone());
                member.required |= property.required;
                member.defaults.extend(defaults);
            }
            None => found.push(Member {
                name: property.name,
                kinds: vec![property.kind.clone()],
                open: matches!(extra, Extra::Anything | Extra::Either(_)),
                required: property.required,
                defaults,
            }),
        }
    }
    found
}

impl Property {
    /// Is the default stated by the alternatives of the type, each its own, and not beside them?
    fn is_within(&self) -> bool {
        matches!(self.kind, Type::Union | Type::Nullable(_, 1 | 2)) && self.name.len().is_multiple_of(2)
    }

    /// All that the server may take where it is absent.
    pub fn defaults(&self) -> Vec<String> {
        match (&self.default, &self.kind) {
            (None, _) => Vec::new(),
            (Some(default), Type::Union) if self.is_within() && default != "null" => WITHIN.map(str::to_owned).into(),
            (Some(default), _) => vec![default.clone()],
        }
    }
}

/// What the alternatives of a union state.
const WITHIN: [&str; 2] = ["\"a\"", "1"];

/// The values of an enum slot.
pub const ENUM: [&str; 3] = ["r", "rw", "null"];

const NAMES: [&str; 8] = ["path", "files", "n", "mode", "opts", "Key", "odd é", "dest"];
/// One of them is another but for its case.
const OTHER_NAMES: [&str; 8] = ["path", "files", "n", "mode", "opts", "key", "odd é", "dest"];

pub fn tools(tape: &mut Tape<'_>) -> Vec<Tool> {
    let mut tools: Vec<Tool> = Vec::new();
    for name in ["read", "write", "list-all"].into_iter().take(1 + tape.below(3)) {
        // Tools that are alike, so that rules can speak of several.
        if let Some(before) = tools.last().filter(|_| !tape.once_in(3)).cloned() {
            tools.push(Tool { name, ..before });
            continue;
        }
        let (parameters, extra) = if tape.once_in(8) {
            (Vec::new(), Extra::Silent)
        } else {
            object_kind(tape, 2, 4)
        };
        tools.push(Tool {
            name,
            parameters,
            extra,
        });
    }
    tools
}

/// What an object has, and what else it takes.
fn object_kind(tape: &mut Tape<'_>, depth: usize, most: usize) -> (Vec<Property>, Extra) {
    let properties = properties(tape, &NAMES, depth, most);
    let extra = match tape.below(8) {
        0 | 1 => Extra::Silent,
        2 => Extra::Forbidden,
        3 => Extra::Strings,
        4 => Extra::Anything,
        5 => Extra::Required,
        _ => Extra::Either(alternative(tape, &properties, depth, most)),
    };
    (properties, extra)
}

/// The same properties with other defaults, or other properties, some of the same names.
fn alternative(tape: &mut Tape<'_>, first: &[Property], depth: usize, most: usize) -> Vec<Property> {
    if tape.once_in(2) {
        let again = first.iter().map(|property| Property {
            default: default(tape, &property.kind),
            ..property.clone()
        });
        return again.collect();
    }
    let names = if tape.once_in(3) { &OTHER_NAMES } else { &NAMES };
    properties(tape, names, depth, most)
}

fn properties(tape: &mut Tape<'_>, names: &[&'static str], depth: usize, most: usize) -> Vec<Property> {
    let start = tape.below(names.len());
    let count = 1 + tape.below(most);
    (0..count)
        .map(|i| names[(start + i) % names.len()])
        .map(|name| {
            let kind = if (name == "path" || name == "dest") && !tape.once_in(3) {
                Type::Path
            } else if tape.once_in(4) {
                Type::Read(tape.choose(&Kind::ALL), tape.once_in(3))
            } else {
                kind(tape, depth)
            };
            let default = if tape.once_in(2) { default(tape, &kind) } else { None };
            Property {
                name,
                required: !tape.once_in(2) || matches!(kind, Type::Unsaid),
                kind,
                default,
            }
        })
        .collect()
}

fn kind(tape: &mut Tape<'_>, depth: usize) -> Type {
    let inner = |tape: &mut Tape<'_>| Box::new(kind(tape, depth.saturating_sub(1)));
    match tape.below(if depth == 0 { 9 } else { 16 }) {
        0 => Type::Text,
        1 => Type::Integer,
        2 => Type::Enum,
        3 => Type::Path,
        4 => Type::Number,
        5 => Type::Bool,
        6 if tape.once_in(4) => Type::Unsaid,
        6 => Type::Any,
        7 => Type::Union,
        8 => Type::Int64,
        9 if tape.once_in(3) => Type::Array(Box::new(Type::Read(tape.choose(&Kind::ALL), tape.once_in(2)))),
        9 | 10 => Type::Array(inner(tape)),
        11 | 14 => {
            let (properties, extra) = object_kind(tape, depth - 1, 3);
            Type::Object(properties, extra)
        }
        12 | 15 => match *inner(tape) {
            // A union of unions is written as one.
            already @ (Type::Nullable(..) | Type::Any | Type::Unsaid) => already,
            other => Type::Nullable(Box::new(other), tape.below(3)),
        },
        _ => Type::Ref(inner(tape)),
    }
}

/// A default that the type has, or that is nearly one.
fn default(tape: &mut Tape<'_>, kind: &Type) -> Option<String> {
    let of = match kind {
        Type::Text => ["\"a\"", "\"\""],
        Type::Path => ["\"/srv/a\"", "\".\""],
        Type::Read(kind, _) => kind.defaults(),
        Type::Enum => ["\"r\"", "null"],
        Type::Integer | Type::Int64 => ["1", "10"],
        Type::Number => ["0.5", "1"],
        Type::Bool => ["false", "true"],
        Type::Array(inner) if tape.once_in(2) => return Some(format!("[{}]", default(tape, inner)?)),
        Type::Array(_) => ["[]", "[]"],
        Type::Object(properties, _) if tape.once_in(2) => {
            let first = &properties[0];
            let value = default(tape, &first.kind)?;
            return Some(format!("{{{}:{value}}}", json!(first.name)));
        }
        Type::Object(..) => ["{}", "{}"],
        Type::Any => ["null", "{\"a\":1}"],
        Type::Nullable(_, 2) => ["null", "null"],
        Type::Union => ["\"a\"", "1"],
        Type::Unsaid => return None,
        Type::Nullable(inner, _) | Type::Ref(inner) => return default(tape, inner),
    };
    Some(tape.pick(&of).to_owned())
}

/// A lock of one server `s` with these tools; what its wildcards stand for.
pub fn lock(tools: &[Tool], accepted: &[&str]) -> String {
    let pinned: Map<String, Json> = tools
        .iter()
        .map(|tool| {
            let definition = format!("sha256:{}", "0".repeat(64));
            (
                tool.name.to_owned(),
                json!({ "definition": definition, "inputSchema": input_schema(tool) }),
            )
        })
        .collect();
    let server = json!({ "name": "", "version": "", "tools": pinned });
    json!({ "lock": 1, "servers": { "s": server }, "wildcards": { "s.*": accepted } }).to_string()
}

fn input_schema(tool: &Tool) -> Json {
    let mut definitions = Map::new();
    let mut schema = object(&tool.parameters, &tool.extra, &mut definitions);
    if !definitions.is_empty() {
        schema["$defs"] = Json::Object(definitions);
    }
    schema
}

fn object(properties: &[Property], extra: &Extra, definitions: &mut Map<String, Json>) -> Json {
    let mut members = Map::new();
    for property in properties {
        if matches!(property.kind, Type::Unsaid) {
            continue;
        }
        let mut schema = schema(&property.kind, definitions);
        let within = schema.get("anyOf").or(schema.get("oneOf")).cloned();
        if let (Some(default), Some(list), true) = (&property.default, within, property.is_within()) {
            let list = list.as_array().unwrap().iter().zip([0, 1]);
            let stated = list.map(|(alternative, index)| {
                let mut alternative = alternative.clone();
                match &property.kind {
                    Type::Union if default != "null" => {
                        alternative["default"] = serde_json::from_str(WITHIN[index]).unwrap();
                    }
                    _ if alternative != json!({ "type": "null" }) => {
                        alternative["default"] = serde_json::from_str(default).unwrap();
                    }
                    _ => {}
                }
                alternative
            });
            let key = if schema.get("anyOf").is_some() {
                "anyOf"
            } else {
                "oneOf"
            };
            schema[key] = stated.collect();
        } else if let Some(default) = &property.default {
            // Beside a `$ref`, or behind it: by the name, so that there are both.
            let behind = schema.get("$ref").filter(|_| property.name.len().is_multiple_of(2));
            let definition = behind.map(|r| r.as_str().unwrap().replace("#/$defs/", ""));
            let holder = match definition {
                Some(name) => definitions.get_mut(&name).unwrap(),
                None => &mut schema,
            };
            holder["default"] = serde_json::from_str(default).unwrap();
        }
        members.insert(property.name.to_owned(), schema);
    }
    let required: Vec<&str> = properties.iter().filter(|p| p.required).map(|p| p.name).collect();
    let mut schema = json!({ "type": "object", "properties": members, "required": required });
    let only = |name: Option<&Property>| json!({ "required": name.map(|p| p.name).into_iter().collect::<Vec<_>>() });
    match extra {
        Extra::Silent => {}
        Extra::Forbidden => schema["additionalProperties"] = json!(false),
        Extra::Strings => schema["additionalProperties"] = json!({ "type": "string" }),
        Extra::Anything => schema = json!({ "anyOf": [schema, { "type": "object" }] }),
        Extra::Either(others) => {
            let other = object(others, &Extra::Silent, definitions);
            schema = json!({ "anyOf": [schema, other] });
        }
        Extra::Required => schema["anyOf"] = json!([only(properties.first()), only(properties.last())]),
    }
    schema
}

fn schema(kind: &Type, definitions: &mut Map<String, Json>) -> Json {
    match kind {
        Type::Text | Type::Path => json!({ "type": "string", "maxLength": 5 }),
        Type::Read(kind, true) if kind.format().is_some() => json!({ "type": "string", "format": kind.format() }),
        Type::Read(..) => json!({ "type": "string" }),
        Type::Enum => json!({ "type": "string", "enum": ENUM }),
        Type::Integer => json!({ "type": "integer", "minimum": 0 }),
        Type::Int64 => json!({ "type": "integer", "format": "int64" }),
        Type::Number => json!({ "type": "number" }),
        Type::Bool => json!({ "type": "boolean" }),
        Type::Array(inner) => json!({ "type": "array", "items": schema(inner, definitions) }),
        Type::Object(properties, extra) => object(properties, extra, definitions),
        Type::Any | Type::Unsaid => json!({ "title": "anything" }),
        Type::Union => json!({ "anyOf": [{ "type": "string" }, { "type": "integer" }] }),
        Type::Nullable(inner, way) => {
            let inner = schema(inner, definitions);
            match (way, inner.get("type").cloned()) {
                (0, Some(name @ Json::String(_))) if inner.get("enum").is_none() => {
                    let mut inner = inner;
                    inner["type"] = json!([name, "null"]);
                    inner
                }
                (1, _) => json!({ "oneOf": [{ "type": "null" }, inner] }),
                _ => json!({ "anyOf": [inner, { "type": "null" }] }),
            }
        }
        Type::Ref(inner) => {
            let inner = schema(inner, definitions);
            let name = format!("T{}", definitions.len());
            definitions.insert(name.clone(), inner);
            json!({ "$ref": format!("#/$defs/{name}") })
        }
    }
}
