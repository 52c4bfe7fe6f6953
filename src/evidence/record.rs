//! What is recorded. A record is one line of JSON and one leaf of the log.

use std::borrow::Cow;

use base64ct::Encoding as _;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Redaction;
use crate::eval::{Caller, Effects, Reason, State, Withheld};
use crate::table::{Digest, RuleRef};

/// One record.
#[expect(
    clippy::large_enum_variant,
    reason = "a record is made, written and dropped, never kept in numbers"
)]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Record {
    /// A gateway began to write here.
    EpochOpen {
        /// When.
        time: Timestamp,
        /// `mcppc` and its version.
        evaluator: String,
        /// `strict` or `relaxed`.
        durability: String,
        /// How many records before it were signed by nobody when it was written: a crash had left them, or somebody
        /// had added them.
        #[serde(default, skip_serializing_if = "is_zero")]
        adopted: u64,
    },
    /// From here on this policy is in force.
    PolicyLoad {
        /// When.
        time: Timestamp,
        /// The artifact, kept beside the log under this digest.
        artifact: Digest,
        /// The policy's name.
        policy: String,
    },
    /// A message that was decided on; durable before anything is forwarded.
    Intent(Intent),
    /// What became of an allowed one.
    Outcome(Outcome),
    /// A tool whose live definition is not the pinned one: hidden and denied from here on, until the next
    /// epoch.
    ToolDrift {
        /// When.
        time: Timestamp,
        /// The server.
        server: String,
        /// The tool.
        tool: String,
        /// As pinned; `None` for a tool that the lock does not have.
        pinned: Option<Digest>,
        /// As the server now says; `None` for a definition that cannot be read, or is gone.
        live: Option<Digest>,
    },
    /// The server ended by itself.
    ServerExit {
        /// When.
        time: Timestamp,
        /// The server.
        server: String,
        /// How, in words: `exit status: 1`, `signal: 9 (SIGKILL)`.
        status: String,
    },
    /// A crash of the gateway came between this intent and its outcome.
    Unresolved {
        /// When it was found.
        time: Timestamp,
        /// The intent's index.
        intent: u64,
    },
    /// The gateway stopped in good order.
    EpochClose {
        /// When.
        time: Timestamp,
    },
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// A decision and everything that it rests on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Intent {
    /// When it was decided; the decision's clock.
    pub time: Timestamp,
    /// Who called; of a server's request, whose session it came into.
    pub caller: Caller,
    /// Which side said it.
    #[serde(default, skip_serializing_if = "Side::is_client")]
    pub from: Side,
    /// What was remembered of the caller, as far as the policy speaks of it.
    #[serde(default, skip_serializing_if = "State::is_empty")]
    pub state: State,
    /// The protocol revision in force, where one is known.
    pub revision: Option<String>,
    /// The server.
    pub server: String,
    /// The method, `tools/call` say; `None` where the message could not be read so far.
    pub method: Option<String>,
    /// The tool, where it is a call that names one.
    pub tool: Option<String>,
    /// The digest of the tool's definition as pinned.
    pub definition: Option<Digest>,
    /// The artifact that decided.
    pub artifact: Digest,
    /// The message that was decided on and, if allowed, forwarded: exactly these bytes, without the line break.
    /// `None` where it is larger than the bounds, or what a server may not ask for: then only its size and digest are
    /// kept, and it was denied.
    pub message: Option<Message>,
    /// What of the message is not kept, where a grant says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redaction: Option<Redaction>,
    /// The digest of the message's bytes; salted where not all of them are kept.
    pub digest: Digest,
    /// The size of the message in bytes; of what is kept, where that is less.
    pub size: u64,
    /// Is it allowed?
    pub allow: bool,
    /// Why.
    pub reason: Reason,
    /// The rule that decided, or the nearest grant.
    pub rule: Option<RuleRef>,
    /// What it marks and charges.
    #[serde(default, skip_serializing_if = "Effects::is_empty")]
    pub effects: Effects,
    /// The parameter it is about, a JSON pointer.
    pub parameter: Option<String>,
    /// Why the gateway refused it, where the reason is `refused`. Such a decision is not derived again.
    pub refusal: Option<Refusal>,
    /// The digest of the bytes that were forwarded; `None` where nothing was.
    pub forwarded: Option<Digest>,
}

/// A side of the connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// The client.
    #[default]
    Client,
    /// The server. Where no rule speaks of what it asks for it is refused, and no more is kept of it than that.
    Server,
}

impl Side {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
    fn is_client(&self) -> bool {
        *self == Self::Client
    }
}

/// The bytes of a message, spelled so that a record stays one line of JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Message {
    /// As text.
    Text(String),
    /// What is no UTF-8.
    Bytes(Base64),
}

/// Bytes in base64 (RFC 4648 section 4).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Base64 {
    base64: String,
}

impl Message {
    /// The message of these bytes.
    #[must_use]
    pub fn new(bytes: &[u8]) -> Self {
        match std::str::from_utf8(bytes) {
            Ok(text) => Self::Text(text.to_owned()),
            Err(_) => Self::Bytes(Base64 {
                base64: base64ct::Base64::encode_string(bytes),
            }),
        }
    }

    /// The bytes; `None` where the base64 is not.
    #[must_use]
    pub fn bytes(&self) -> Option<Cow<'_, [u8]>> {
        match self {
            Self::Text(text) => Some(Cow::Borrowed(text.as_bytes())),
            Self::Bytes(Base64 { base64 }) => base64ct::Base64::decode_vec(base64).ok().map(Cow::Owned),
        }
    }
}

/// Why the gateway refuses what the policy may allow. A closed list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// The tool's live definition is not the pinned one.
    Drift,
    /// The server's tools are not known yet, or could not be had.
    Unlisted,
    /// Too many calls in flight, or too many bytes waiting.
    Overloaded,
    /// A request with this id is in flight already.
    DuplicateId,
    /// The server is gone.
    ServerGone,
    /// A method that this gateway does not know or does not let through.
    Method,
    /// The evidence log cannot be written.
    Evidence,
    /// A message that is not valid JSON-RPC, or not in this state of the connection.
    Protocol,
    /// The result is not one that the grants let through. Said to the client alone: the record is the outcome.
    Returns,
}

/// What became of an allowed call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outcome {
    /// When.
    pub time: Timestamp,
    /// The intent's index.
    pub intent: u64,
    /// How it ended.
    pub status: OutcomeStatus,
    /// The result's `isError`, where it is a tool result that has one.
    pub is_error: Option<bool>,
    /// The digest of the server's message, where one came.
    pub digest: Option<Digest>,
    /// Its size in bytes.
    pub size: u64,
    /// From forwarding to the answer, in microseconds.
    pub duration_us: u64,
}

/// How an allowed call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutcomeStatus {
    /// The server answered with a result.
    Result,
    /// The server answered with a JSON-RPC error.
    Error,
    /// The server answered with something that may not pass (a task, say); it was replaced.
    Replaced,
    /// The server answered, and the grants that held do not let such a result through; it was replaced.
    Withheld(Withheld),
    /// The client cancelled it.
    Cancelled,
    /// The server, or the client that was asked, ended before it answered, or the gateway stopped.
    Gone,
    /// It was an answer itself, the client's roots, or a part of one (`input_required`): it was passed on, and nothing
    /// comes back.
    Passed,
    /// The server asks for more before it answers (`input_required`), and may.
    InputRequired,
}
