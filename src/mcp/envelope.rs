//! The JSON-RPC 2.0 envelope, over raw values.

use std::fmt;

use serde::Deserialize;
use serde::de::{self, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::json::{Kind, Value, quote};

/// A request's id as a JSON token: `7`, `"a"`. Two ids are the same exactly when their tokens are, escapes resolved;
/// `1` and `"1"` are two.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RequestId(String);

impl RequestId {
    /// A string id.
    #[must_use]
    pub fn string(text: &str) -> Self {
        Self(quote(text))
    }

    /// The id as JSON.
    #[must_use]
    pub fn token(&self) -> &str {
        &self.0
    }

    /// The id, if the value can be one: a string or an integer.
    #[must_use]
    pub fn read(value: &Value<'_>) -> Option<Self> {
        match &value.kind {
            Kind::String(text) => Some(Self::string(text)),
            Kind::Number(token) if is_integer(token) => Some(Self((*token).to_owned())),
            _ => None,
        }
    }
}

/// `-?(0|[1-9][0-9]*)` but `-0`; other numbers are written in more ways than one.
fn is_integer(token: &str) -> bool {
    token.trim_start_matches('-').bytes().all(|b| b.is_ascii_digit()) && token != "-0"
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One message.
#[derive(Debug)]
pub enum Message<'v, 'a> {
    /// It wants an answer.
    Request {
        /// Under which the answer comes.
        id: RequestId,
        /// What is asked.
        method: &'v str,
        /// With what.
        params: Option<&'v Value<'a>>,
    },
    /// It wants none.
    Notification {
        /// What is told.
        method: &'v str,
        /// With what.
        params: Option<&'v Value<'a>>,
    },
    /// An answer.
    Response {
        /// Of the request; `None` where the sender could not read it.
        id: Option<RequestId>,
        /// The result; `None` for an error.
        result: Option<&'v Value<'a>>,
    },
}

/// Why a JSON value is no message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EnvelopeError {
    /// An array: a batch.
    #[error("batches are not supported")]
    Batch,
    /// Neither object nor array.
    #[error("the message is no object")]
    NoObject,
    /// `jsonrpc` is absent or not `"2.0"`.
    #[error("`jsonrpc` is not \"2.0\"")]
    Version,
    /// The id is neither a string nor an integer.
    #[error("the id is neither a string nor an integer")]
    Id,
    /// A key that other readers might take for one of the envelope's.
    #[error("the key `{}` could be taken for `{}`", .0.escape_debug(), .1)]
    Confusable(String, &'static str),
    /// Not the members of a request, a notification or a response.
    #[error("neither a request nor a notification nor a response")]
    Shape,
}

const MEMBERS: [&str; 6] = ["jsonrpc", "id", "method", "params", "result", "error"];

impl<'v, 'a> Message<'v, 'a> {
    /// Reads the envelope (JSON-RPC 2.0 sections 4 and 5). O(members).
    ///
    /// # Errors
    /// What keeps the value from being a message.
    pub fn read(value: &'v Value<'a>) -> Result<Self, EnvelopeError> {
        check_version(value)?;
        let params = value.get("params");
        match (value.get("method"), value.get("result"), value.get("error")) {
            (Some(method), None, None) => {
                let method = method.as_str().ok_or(EnvelopeError::Shape)?;
                match value.get("id") {
                    None => Ok(Self::Notification { method, params }),
                    Some(id) => {
                        let id = RequestId::read(id).ok_or(EnvelopeError::Id)?;
                        Ok(Self::Request { id, method, params })
                    }
                }
            }
            (None, result, error) if result.is_some() != error.is_some() => {
                let id = match value.get("id") {
                    None => None,
                    Some(id) if id.kind == Kind::Null => None,
                    Some(id) => Some(RequestId::read(id).ok_or(EnvelopeError::Id)?),
                };
                Ok(Self::Response { id, result })
            }
            _ => Err(EnvelopeError::Shape),
        }
    }
}

/// The method of a message and, in a `tools/call`, the tool, where they can be read. As the evaluator says of the same
/// bytes.
#[must_use]
pub fn names<'v>(message: &'v Value<'_>) -> (Option<&'v str>, Option<&'v str>) {
    if check_version(message).is_err() {
        return (None, None);
    }
    let method = message.get("method").and_then(Value::as_str);
    let params = message.get("params");
    let tool = params.and_then(|params| params.get("name")).and_then(Value::as_str);
    (method, tool.filter(|_| method == Some("tools/call")))
}

/// An object of JSON-RPC 2.0 whose keys are taken for what they are.
fn check_version(value: &Value<'_>) -> Result<(), EnvelopeError> {
    match value.kind {
        Kind::Object(_) => {}
        Kind::Array(_) => return Err(EnvelopeError::Batch),
        _ => return Err(EnvelopeError::NoObject),
    }
    refuse_confusable(value)?;
    if value.get("jsonrpc").and_then(Value::as_str) != Some("2.0") {
        return Err(EnvelopeError::Version);
    }
    Ok(())
}

/// Keys of the envelope are all lower-case ASCII, so only keys that are not can be confused with them.
fn refuse_confusable(value: &Value<'_>) -> Result<(), EnvelopeError> {
    if value.members().iter().all(|m| MEMBERS.contains(&&*m.key)) {
        return Ok(());
    }
    for name in MEMBERS {
        if let Some((member, _)) = value.confusable([name]) {
            return Err(EnvelopeError::Confusable(member.key.clone().into_owned(), name));
        }
    }
    Ok(())
}

/// The id of a message that is not strict JSON, so that its sender need not wait for ever: the one `id` at the top
/// of what a lenient reader makes of it. For answering only, never for deciding.
#[must_use]
pub fn recover_id(bytes: &[u8]) -> Option<RequestId> {
    let text = String::from_utf8_lossy(bytes);
    let Ids(ids) = serde_json::from_str(&text).ok()?;
    let [id] = ids.as_slice() else { return None };
    let value = crate::json::parse(id.as_bytes(), &crate::json::Limits::default()).ok()?;
    RequestId::read(&value)
}

/// The ids of messages that stand one behind the other where one should be, up to what is no JSON; each once.
/// For answering only, never for deciding.
#[must_use]
pub fn recover_ids(bytes: &[u8]) -> Vec<RequestId> {
    let text = String::from_utf8_lossy(bytes);
    let messages = serde_json::Deserializer::from_str(&text).into_iter::<Box<RawValue>>();
    let mut ids: Vec<RequestId> = messages
        .map_while(Result::ok)
        .filter_map(|message| recover_id(message.get().as_bytes()))
        .collect();
    ids.sort();
    ids.dedup();
    ids
}

struct Ids(Vec<String>);

impl<'de> Deserialize<'de> for Ids {
    fn deserialize<D: de::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(IdsVisitor)
    }
}

struct IdsVisitor;

impl<'de> Visitor<'de> for IdsVisitor {
    type Value = Ids;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Ids, A::Error> {
        let mut ids = Vec::new();
        while let Some(key) = map.next_key::<String>()? {
            if key.eq_ignore_ascii_case("id") {
                ids.push(map.next_value::<Box<RawValue>>()?.get().to_owned());
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(Ids(ids))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::{Limits, parse};

    fn error(text: &str) -> EnvelopeError {
        let value = parse(text.as_bytes(), &Limits::default()).unwrap();
        Message::read(&value).unwrap_err()
    }

    #[test]
    fn the_three_kinds() {
        let value = parse(br#"{"jsonrpc":"2.0","id":0,"method":"ping"}"#, &Limits::default()).unwrap();
        assert!(
            matches!(Message::read(&value), Ok(Message::Request { id, method: "ping", params: None }) if id.token() == "0")
        );
        let value = parse(br#"{"jsonrpc":"2.0","method":"x","params":{}}"#, &Limits::default()).unwrap();
        assert!(matches!(
            Message::read(&value),
            Ok(Message::Notification { params: Some(_), .. })
        ));
        let value = parse(br#"{"result":{},"jsonrpc":"2.0","id":"\u0061"}"#, &Limits::default()).unwrap();
        assert!(
            matches!(Message::read(&value), Ok(Message::Response { id: Some(id), result: Some(_) }) if id.token() == "\"a\"")
        );
        let value = parse(br#"{"jsonrpc":"2.0","id":null,"error":{}}"#, &Limits::default()).unwrap();
        assert!(matches!(
            Message::read(&value),
            Ok(Message::Response { id: None, result: None })
        ));
    }

    #[test]
    fn what_is_no_message() {
        use EnvelopeError::*;
        assert_eq!(error("[]"), Batch);
        assert_eq!(error("7"), NoObject);
        assert_eq!(error(r#"{"id":1,"method":"x"}"#), Version);
        assert_eq!(error(r#"{"jsonrpc":"2.0","id":null,"method":"x"}"#), Id);
        for id in ["1.0", "1e0", "-0", "true", "[]"] {
            assert_eq!(
                error(&format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"x"}}"#)),
                Id,
                "{id}"
            );
        }
        assert_eq!(error(r#"{"jsonrpc":"2.0","id":1,"method":7}"#), Shape);
        assert_eq!(error(r#"{"jsonrpc":"2.0","id":1}"#), Shape);
        assert_eq!(error(r#"{"jsonrpc":"2.0","id":1,"result":{},"error":{}}"#), Shape);
        assert_eq!(error(r#"{"jsonrpc":"2.0","id":1,"method":"x","result":{}}"#), Shape);
        let confusable = error(r#"{"jsonrpc":"2.0","id":1,"Method":"y","result":{}}"#);
        assert_eq!(confusable, Confusable("Method".into(), "method"));
    }

    #[test]
    fn an_id_is_recovered_where_there_is_one() {
        let id = |text: &[u8]| recover_id(text).map(|id| id.token().to_owned());
        assert_eq!(id(br#"{"a":1,"a":2,"id":7}"#), Some("7".into()));
        assert_eq!(id(b"{\"a\":\"\xff\",\"id\":\"x\"}"), Some("\"x\"".into()));
        assert_eq!(id(br#"{"id":1,"id":2}"#), None);
        assert_eq!(id(br#"{"id":1,"ID":2}"#), None);
        assert_eq!(id(br#"{"id":{}}"#), None);
        assert_eq!(id(br#"{"id":1"#), None);
        let deep = format!(r#"{{"id":3,"x":{}{}}}"#, "[".repeat(10_000), "]".repeat(10_000));
        assert_eq!(id(deep.as_bytes()), Some("3".into()));
    }

    #[test]
    fn ids_are_recovered_of_all_that_stands_on_a_line() {
        let ids = |text: &[u8]| {
            recover_ids(text)
                .iter()
                .map(|id| id.token().to_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(ids(b"{\"id\":2,\r\"a\":1}"), ["2"]);
        assert_eq!(ids(b"{\"id\":2}\r{\"id\":1}\r{\"id\":2}"), ["1", "2"]);
        assert_eq!(ids(b"{\"id\":2}\r{\"id\":"), ["2"]);
        assert_eq!(ids(b"10 %\r{\"id\":2}"), [""; 0]);
    }
}
