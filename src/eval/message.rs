//! The bytes of a message → a decision: what the gateway does first, and the verifier does again.

use super::{Call, Context, Decision, Denial, Reason};
use crate::json::{self, JsonError, JsonErrorKind, Limits, Value};
use crate::table::Policy;

/// The members of a JSON-RPC 2.0 message.
const MEMBERS: [&str; 6] = ["jsonrpc", "id", "method", "params", "result", "error"];

/// A decision on a message, and what the message says it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageDecision {
    /// Its method, where it could be read so far.
    pub method: Option<String>,
    /// The tool that it names, where it is a call that names one.
    pub tool: Option<String>,
    /// Whether it may pass, and why.
    pub decision: Decision,
}

/// Decides on `message`, the bytes of one JSON-RPC request to `server` without the line break. Only a `tools/call` can
/// be allowed: what else may pass is the gateway's to say. A pure function of its arguments, in time linear in the
/// message plus the bound that the policy states.
#[must_use]
pub fn decide_message(
    policy: &Policy,
    server: &str,
    message: &[u8],
    limits: &Limits,
    context: &Context,
) -> MessageDecision {
    match json::parse(message, limits) {
        // White space to JSON, the end of a message to some servers.
        Ok(_) if message.contains(&b'\r') => MessageDecision {
            method: None,
            tool: None,
            decision: Decision::Deny(malformed("a carriage return within the message")),
        },
        Ok(value) => decide_parsed(policy, server, &value, context),
        Err(error) => MessageDecision {
            method: None,
            tool: None,
            decision: Decision::Deny(unreadable(&error)),
        },
    }
}

/// The same for a message that was parsed already.
#[must_use]
pub fn decide_parsed(policy: &Policy, server: &str, message: &Value<'_>, context: &Context) -> MessageDecision {
    let (method, tool) = names(message);
    MessageDecision {
        method: method.map(str::to_owned),
        tool: tool.map(str::to_owned),
        decision: decide(policy, server, message, context).unwrap_or_else(Decision::Deny),
    }
}

/// The method of a message and, in a `tools/call`, the tool, where they can be read.
#[must_use]
pub fn names<'v>(message: &'v Value<'_>) -> (Option<&'v str>, Option<&'v str>) {
    if check_envelope(message).is_err() {
        return (None, None);
    }
    let method = message.get("method").and_then(Value::as_str);
    let tool = message
        .get("params")
        .and_then(|params| params.get("name"))
        .and_then(Value::as_str);
    (method, tool.filter(|_| method == Some("tools/call")))
}

/// The denial of a message that is larger than `limits`: it need not be read to its end for that.
#[must_use]
pub fn too_large(limits: &Limits) -> Denial {
    unreadable(&JsonError {
        kind: JsonErrorKind::TooLarge(limits.bytes),
        offset: limits.bytes,
    })
}

/// The denial of a message that is not strict JSON.
#[must_use]
pub fn unreadable(error: &JsonError) -> Denial {
    let reason = match error.kind {
        JsonErrorKind::TooLarge(_)
        | JsonErrorKind::TooDeep(_)
        | JsonErrorKind::TooMany(_)
        | JsonErrorKind::KeyTooLong => Reason::TooLarge,
        _ => Reason::MalformedCall,
    };
    Denial::new(reason, format!("the message cannot be read: {error}"))
}

fn decide(policy: &Policy, server: &str, message: &Value<'_>, context: &Context) -> Result<Decision, Denial> {
    check_envelope(message)?;
    match message.get("method").and_then(Value::as_str) {
        Some("tools/call") => {}
        Some(_) => return Err(malformed("the message is no `tools/call`")),
        None => return Err(malformed("the message names no method")),
    }
    if message.get("result").is_some() || message.get("error").is_some() {
        return Err(malformed("the message is a request and an answer at once"));
    }
    check_id(message.get("id"))?;
    let call = Call::from_params(server, message.get("params"))?;
    Ok(policy.decide(&call, context))
}

fn check_envelope(message: &Value<'_>) -> Result<(), Denial> {
    if !message.is_object() {
        return Err(malformed("the message is no object"));
    }
    if let Some((member, known)) = message.confusable(MEMBERS) {
        let key = member.key.escape_debug();
        return Err(malformed(&format!("the key `{key}` could be taken for `{known}`")));
    }
    if message.get("jsonrpc").and_then(Value::as_str) != Some("2.0") {
        return Err(malformed("the message is not JSON-RPC 2.0"));
    }
    Ok(())
}

/// A call has an id, a string or a number: a notification could not be answered, and MCP knows no null.
fn check_id(id: Option<&Value<'_>>) -> Result<(), Denial> {
    match id.map(|id| &id.kind) {
        Some(json::Kind::String(_) | json::Kind::Number(_)) => Ok(()),
        Some(_) => Err(malformed("the call's `id` is no string and no number")),
        None => Err(malformed("the call has no `id`")),
    }
}

fn malformed(message: &str) -> Denial {
    Denial::new(Reason::MalformedCall, message)
}

#[cfg(test)]
mod tests {
    use super::super::{Caller, State};
    use super::*;
    use crate::table::{Body, artifact};

    fn decided(message: &[u8]) -> MessageDecision {
        let body = Body {
            language: artifact::LANGUAGE.to_owned(),
            unicode: artifact::unicode_version(),
            ..Body::default()
        };
        let policy = Policy::from_bytes(&artifact::write(&body).unwrap()).unwrap();
        let context = Context {
            caller: Caller::Local,
            time: "2026-12-01T00:00:00Z".parse().unwrap(),
            state: State::default(),
        };
        decide_message(&policy, "fs", message, &Limits::default(), &context)
    }

    #[test]
    fn says_what_the_message_is() {
        let call = br#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"read","arguments":{}}}"#;
        let decided = decided(call);
        assert_eq!(decided.method.as_deref(), Some("tools/call"));
        assert_eq!(decided.tool.as_deref(), Some("read"));
        assert_ne!(decided.decision.reason(), Reason::MalformedCall);
    }

    #[test]
    fn what_is_no_call_is_denied() {
        for message in [
            r#"[{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"read"}}]"#,
            r#"{"jsonrpc":"1.0","id":1,"method":"tools/call","params":{"name":"read"}}"#,
            r#"{"id":1,"method":"tools/call","params":{"name":"read"}}"#,
            r#"{"jsonrpc":"2.0","id":1,"Method":"tools/list","method":"tools/call","params":{"name":"read"}}"#,
            r#"{"jsonrpc":"2.0","id":1,"PARAMS":{},"method":"tools/call"}"#,
            r#"{"jsonrpc":"2.0","id":1,"method":"tools/Call","params":{"name":"read"}}"#,
            r#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#,
            r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","result":{},"params":{"name":"read"}}"#,
            r#"{"jsonrpc":"2.0","method":"tools/call","params":{"name":"read"}}"#,
            r#"{"jsonrpc":"2.0","id":null,"method":"tools/call","params":{"name":"read"}}"#,
            r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"read","name":"write"}}"#,
            "{\"jsonrpc\":\"2.0\",\"id\":1,\r\"method\":\"tools/call\",\"params\":{\"name\":\"read\"}}",
            "null",
            "",
        ] {
            assert_eq!(
                decided(message.as_bytes()).decision.reason(),
                Reason::MalformedCall,
                "{message}"
            );
        }
        assert_eq!(decided(b"\xff").decision.reason(), Reason::MalformedCall);
    }

    #[test]
    fn bounds_have_their_own_reason() {
        assert_eq!(decided("[".repeat(65).as_bytes()).decision.reason(), Reason::TooLarge);
        let limits = Limits::default();
        let large = decided(" ".repeat(limits.bytes + 1).as_bytes()).decision;
        assert_eq!(large, Decision::Deny(too_large(&limits)));
    }
}
