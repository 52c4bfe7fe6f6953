//! A tool call as the policy sees it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::State;
use crate::json::Value;

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

/// One `tools/call`, with arguments that were parsed already.
#[derive(Clone, Copy, Debug)]
pub struct Call<'a> {
    /// The server, by its name in the policy.
    pub server: &'a str,
    /// The tool, by the server's own name for it.
    pub tool: &'a str,
    /// The arguments, an object; `None` for none, which is the same as `{}`.
    pub arguments: Option<&'a Value<'a>>,
}
