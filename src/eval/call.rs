//! A tool call as the policy sees it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Denial, Reason, State};
use crate::json::{Kind, Member, Value};

/// Who calls.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Caller {
    /// The user at a stdio client.
    #[default]
    Local,
    /// The claims of a verified token.
    Claims(BTreeMap<String, serde_json::Value>),
}

impl Caller {
    /// The caller of these claims, an object; `None` for anything else.
    #[must_use]
    pub fn from_claims(claims: &Value<'_>) -> Option<Self> {
        let claims = claims.is_object().then(|| crate::json::canonical(claims))?;
        serde_json::from_str(&claims).ok().map(Self::Claims)
    }
}

/// What a decision depends on beside the artifact and the call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Context {
    /// Who calls.
    pub caller: Caller,
    /// When.
    pub time: Timestamp,
    /// What is remembered of the caller.
    pub state: State,
}

/// One `tools/call`: borrowed from the parsed message.
#[derive(Clone, Copy, Debug)]
pub struct Call<'a> {
    /// The server, by its name in the policy.
    pub server: &'a str,
    /// The tool, by the server's own name for it.
    pub tool: &'a str,
    /// The arguments, an object; `None` for none, which is the same as `{}`.
    pub arguments: Option<&'a Value<'a>>,
}

/// What the protocol itself puts into `params._meta` of any request; the rest is a slot of the policy.
const PROTOCOL_META: [&str; 8] = [
    "progressToken",
    "traceparent",
    "tracestate",
    "baggage",
    "io.modelcontextprotocol/protocolVersion",
    "io.modelcontextprotocol/clientInfo",
    "io.modelcontextprotocol/clientCapabilities",
    "io.modelcontextprotocol/logLevel",
];
/// Those that are text, or an id: nothing else can ride in them.
const PLAIN_META: usize = 4;

impl<'a> Call<'a> {
    /// Reads the `params` of a `tools/call` request to `server`.
    ///
    /// # Errors
    /// A denial: `malformed_call` where a name is missing or the arguments are no object, `unlisted_parameter` for a
    /// member that no policy of this version can name.
    pub fn from_params(server: &'a str, params: Option<&'a Value<'a>>) -> Result<Self, Denial> {
        let malformed = |message: &str| Denial::new(Reason::MalformedCall, message);
        let params = params
            .filter(|p| p.is_object())
            .ok_or_else(|| malformed("the call has no `params` object"))?;
        if let Some((member, known)) = params.confusable(["name", "arguments", "_meta", "task", "inputResponses"]) {
            return Err(malformed(&format!(
                "the key `{}` could be taken for `{known}`",
                member.key.escape_debug()
            )));
        }
        let name = params.get("name").ok_or_else(|| malformed("the call names no tool"))?;
        let tool = name.as_str().ok_or_else(|| malformed("the tool's name is no string"))?;
        let mut arguments = None;
        for member in params.members() {
            match &*member.key {
                "name" => {}
                "arguments" if member.value.is_object() => arguments = Some(&member.value),
                "arguments" => return Err(malformed("`arguments` is no object")),
                "_meta" => check_meta(&member.value)?,
                other => return Err(unnamed(slot_pointer(other))),
            }
        }
        Ok(Self {
            server,
            tool,
            arguments,
        })
    }
}

fn check_meta(meta: &Value<'_>) -> Result<(), Denial> {
    if !matches!(meta.kind, Kind::Object(_)) {
        return Err(Denial::new(Reason::MalformedCall, "`_meta` is no object"));
    }
    let is_ours = |member: &Member<'_>| match PROTOCOL_META.iter().position(|name| *name == member.key) {
        Some(position) if position < PLAIN_META => matches!(member.value.kind, Kind::String(_) | Kind::Number(_)),
        position => position.is_some(),
    };
    let foreign = meta.members().iter().find(|member| !is_ours(member));
    foreign.map_or(Ok(()), |member| {
        Err(unnamed(format!("/@meta/{}", escape_pointer(&member.key))))
    })
}

fn slot_pointer(member: &str) -> String {
    match member {
        "task" => "/@task".to_owned(),
        "inputResponses" | "requestState" => "/@input".to_owned(),
        other => format!("/@{}", escape_pointer(other)),
    }
}

fn unnamed(pointer: String) -> Denial {
    Denial::new(
        Reason::UnlistedParameter,
        format!("no grant names `{}`", pointer.trim_start_matches('/')),
    )
    .at(pointer)
}

/// One segment of a JSON pointer (RFC 6901 section 3).
#[must_use]
pub fn escape_pointer(segment: &str) -> String {
    segment.replace('~', "~0").replace('/', "~1")
}
