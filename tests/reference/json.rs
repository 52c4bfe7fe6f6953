//! JSON text → value, with the refusals of `readings`, *JSON*. serde_json does the syntax; numbers stay as written.

use std::fmt;

use serde::de::{Deserializer as _, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use unicode_normalization::UnicodeNormalization;

/// A value; `read` says how a string was read.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Null,
    Bool(bool),
    Number(String),
    String { text: String, read: Option<&'static str> },
    Array(Vec<Value>),
    Object(Vec<(String, Value)>),
}

/// The deepest nesting of a call.
const MAX_DEPTH: usize = 64;

/// Reads a text; `None` where there is no JSON in it, or more than one reading.
pub fn read(text: &str) -> Option<Value> {
    value(serde_json::from_str::<&RawValue>(text).ok()?.get(), MAX_DEPTH)
}

fn value(text: &str, depth: usize) -> Option<Value> {
    Some(match text.trim_start().chars().next()? {
        'n' => Value::Null,
        't' => Value::Bool(true),
        'f' => Value::Bool(false),
        '"' => Value::String {
            text: serde_json::from_str(text).ok()?,
            read: None,
        },
        '[' => {
            let depth = depth.checked_sub(1)?;
            let elements = parts(text)?.1;
            Value::Array(elements.iter().map(|e| value(e, depth)).collect::<Option<_>>()?)
        }
        '{' => {
            let depth = depth.checked_sub(1)?;
            let (keys, values) = parts(text)?;
            let bad = |key: &String| key.chars().any(char::is_control) || key == "__proto__";
            if keys.iter().any(bad) || !all_differ(&keys) {
                return None;
            }
            let values = values.iter().map(|v| value(v, depth)).collect::<Option<Vec<_>>>()?;
            Value::Object(keys.into_iter().zip(values).collect())
        }
        _ => Value::Number(text.trim().to_owned()),
    })
}

/// Do all keys differ, by more than case or the form of accents?
fn all_differ(keys: &[String]) -> bool {
    let mut folded: Vec<String> = keys.iter().map(|key| fold(key)).collect();
    folded.sort();
    folded.windows(2).all(|pair| pair[0] != pair[1])
}

/// Simple case folding, near enough: up and down again, where that is one character; accents by themselves.
pub fn fold(key: &str) -> String {
    let one = |c: char, mut to: Box<dyn Iterator<Item = char>>| match (to.next(), to.next()) {
        (Some(only), None) => only,
        _ => c,
    };
    key.nfd()
        .map(|c| one(c, Box::new(c.to_uppercase())))
        .map(|c| one(c, Box::new(c.to_lowercase())))
        .collect()
}

/// The keys (of an object) and the values (of an object or array), as text.
fn parts(text: &str) -> Option<(Vec<String>, Vec<String>)> {
    struct Parts;
    impl<'de> Visitor<'de> for Parts {
        type Value = (Vec<String>, Vec<String>);
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an array or object")
        }
        fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
            let mut values = Vec::new();
            while let Some(value) = seq.next_element::<&RawValue>()? {
                values.push(value.get().to_owned());
            }
            Ok((Vec::new(), values))
        }
        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let (mut keys, mut values) = (Vec::new(), Vec::new());
            while let Some((key, value)) = map.next_entry::<String, &RawValue>()? {
                keys.push(key);
                values.push(value.get().to_owned());
            }
            Ok((keys, values))
        }
    }
    serde_json::Deserializer::from_str(text).deserialize_any(Parts).ok()
}
