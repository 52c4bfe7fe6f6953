//! What an artifact holds.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Digest, Gated, Lanes, RuleRef, Shape};
use crate::pattern::{At, Field, Pattern, ReadingKind};

/// A compiled policy as it is written down. Maps are sorted, so that equal policies have equal bytes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Body {
    /// The version of the language it was compiled from.
    pub language: String,
    /// The version of the Unicode tables that canonical forms rest on.
    pub unicode: String,
    /// The policy's name.
    pub policy: String,
    /// The environment it is for.
    pub environment: Option<String>,
    /// The servers, by name.
    pub servers: BTreeMap<String, Server>,
    /// The rules in source order; tools refer to them by their place here.
    pub rules: Vec<Rule>,
    /// What rules ask for beside patterns.
    #[serde(default, skip_serializing_if = "Gated::is_empty")]
    pub gated: Gated,
    /// What tools act as, and where their servers may connect.
    #[serde(default, skip_serializing_if = "Lanes::is_empty")]
    pub lanes: Lanes,
    /// The sources that places refer to; none in an artifact that was stripped.
    pub sources: Vec<SourceText>,
}

/// A source file as it was compiled.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceText {
    /// Its name, without folders above the policy's own.
    pub name: String,
    /// Its text.
    pub text: String,
}

/// A server and its pinned tools.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Server {
    /// Where it lives, where the policy says.
    pub transport: Option<Transport>,
    /// The variables that its process gets; `None`: all that the gateway has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub env: Option<Vec<String>>,
    /// Is there one process of it, whatever credential and egress set its tools have?
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub single_lane: bool,
    /// Does its process remember from call to call?
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub stateful: bool,
    /// Its tools by name.
    pub tools: BTreeMap<String, Tool>,
}

/// Where a server lives.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Transport {
    /// A command line, program first; never empty.
    Stdio(Vec<String>),
    /// A URL.
    Http(String),
}

/// A pinned tool and what the rules say of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tool {
    /// The digest of its whole definition in canonical JSON.
    pub definition: Digest,
    /// The universe of its arguments, with a parameter `@NAME` for each slot of the envelope.
    pub arguments: Shape,
    /// The slots of the envelope that rules name on it: `input`, `meta`, `task`, sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub envelope: Vec<String>,
    /// Prohibitions, in source order.
    pub prohibitions: Vec<Prohibition>,
    /// Grants, in source order.
    pub grants: Vec<Grant>,
}

/// What a grant says of one tool.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grant {
    /// Its place in [`Body::rules`].
    pub rule: u32,
    /// Its parameters; no other may be present.
    pub fields: Vec<Field>,
    /// What else must hold: a place in [`Gated::gates`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gate: Option<u32>,
}

/// What a prohibition says of one tool.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prohibition {
    /// Its place in [`Body::rules`].
    pub rule: u32,
    /// What must hold of the named parameters; others are free.
    pub fields: Vec<Field>,
    /// What must hold of at least one value with that reading.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub any: Vec<AnyReading>,
    /// What else must hold: a place in [`Gated::gates`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gate: Option<u32>,
}

/// A step from a tool's arguments to a slot.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Into a member.
    Key(String),
    /// Into each element.
    Each,
}

/// `any path: P`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnyReading {
    /// The reading.
    pub reading: ReadingKind,
    /// The pattern.
    pub pattern: Pattern,
    /// The slots whose stated default is in the pattern: where such a member is absent, that is what the server takes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub absent: Vec<Vec<Step>>,
}

/// A rule as people see it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Its name and place.
    #[serde(flatten)]
    pub reference: RuleRef,
    /// `allow` or `deny`.
    pub effect: Effect,
    /// Where it stands.
    pub at: At,
    /// Its documentation.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub doc: String,
    /// `because "…"`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
}

/// What a rule does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Effect {
    /// A grant.
    Allow,
    /// A prohibition.
    Deny,
}
