//! The bytes of a message → a decision: what the gateway does first, and the verifier does again.

use super::{Context, Decision, Denial, Reason, Scratch};
use crate::json::{JsonError, JsonErrorKind, Limits};
use crate::table::Policy;

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

/// Decides on `message`, the bytes of one JSON-RPC message to `server` without the line break. Only a `tools/call` can
/// be allowed, and what asks for a capability that rules speak of: what else may pass is the gateway's to say. A pure function of its arguments, in time linear in the
/// message plus the bound that the policy states. [`Policy::decide_bytes`] does the same without words.
#[must_use]
pub fn decide_message(
    policy: &Policy,
    server: &str,
    message: &[u8],
    limits: &Limits,
    context: &Context,
) -> MessageDecision {
    let mut scratch = Scratch::new(*limits);
    let verdict = policy.decide_bytes(&mut scratch, server, message, context);
    let (method, tool) = verdict.names();
    MessageDecision {
        method: method.map(str::to_owned),
        tool: tool.map(str::to_owned),
        decision: verdict.decision(),
    }
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
    Denial::new(reason(&error.kind), format!("the message cannot be read: {error}"))
}

/// The reason's code for a message that is not strict JSON.
#[must_use]
pub fn reason(kind: &JsonErrorKind) -> Reason {
    match kind {
        JsonErrorKind::TooLarge(_)
        | JsonErrorKind::TooDeep(_)
        | JsonErrorKind::TooMany(_)
        | JsonErrorKind::KeyTooLong => Reason::TooLarge,
        _ => Reason::MalformedCall,
    }
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
            policy: "test".to_owned(),
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
