//! What an artifact holds.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Digest, Gated, Lanes, RuleRef, Shape};
use crate::pattern::{At, Field, Pattern, ReadingKind};

/// A compiled policy as it is written down. Maps are sorted, so that equal policies have equal bytes.
///
/// `F` is how rules have their parameters: shared in memory, since rules repeat them; by their places in a list of all
/// where they are written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Body<F = Arc<Field>> {
    /// The version of the language it was compiled from.
    pub language: String,
    /// The version of the Unicode tables that canonical forms rest on.
    pub unicode: String,
    /// The policy's name.
    pub policy: String,
    /// The environment it is for.
    pub environment: Option<String>,
    /// The servers, by name.
    pub servers: BTreeMap<String, Server<F>>,
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
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Server<F = Arc<Field>> {
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
    pub tools: BTreeMap<String, Tool<F>>,
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
pub struct Tool<F = Arc<Field>> {
    /// The digest of its whole definition in canonical JSON.
    pub definition: Digest,
    /// The universe of its arguments, with a parameter `@NAME` for each slot of the envelope.
    pub arguments: Shape,
    /// The slots of the envelope that rules name on it: `input`, `meta`, `task`, sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub envelope: Vec<String>,
    /// Prohibitions, in source order.
    pub prohibitions: Vec<Prohibition<F>>,
    /// Grants, in source order.
    pub grants: Vec<Grant<F>>,
}

/// What a grant says of one tool.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grant<F = Arc<Field>> {
    /// Its place in [`Body::rules`].
    pub rule: u32,
    /// Its parameters; no other may be present.
    pub fields: Vec<F>,
    /// What else must hold: a place in [`Gated::gates`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gate: Option<u32>,
}

/// What a prohibition says of one tool.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prohibition<F = Arc<Field>> {
    /// Its place in [`Body::rules`].
    pub rule: u32,
    /// What must hold of the named parameters; others are free.
    pub fields: Vec<F>,
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

/// Parameters as rules have them in memory.
#[must_use]
pub fn shared(fields: Vec<Field>) -> Vec<Arc<Field>> {
    fields.into_iter().map(Arc::new).collect()
}

impl<F> Default for Body<F> {
    fn default() -> Self {
        Self {
            language: String::new(),
            unicode: String::new(),
            policy: String::new(),
            environment: None,
            servers: BTreeMap::new(),
            rules: Vec::new(),
            gated: Gated::default(),
            lanes: Lanes::default(),
            sources: Vec::new(),
        }
    }
}

impl<F> Default for Server<F> {
    fn default() -> Self {
        Self {
            transport: None,
            env: None,
            single_lane: false,
            stateful: false,
            tools: BTreeMap::new(),
        }
    }
}

impl<F> Body<F> {
    /// The same with other parameters, each made of what there was: in the order of servers, tools, prohibitions and
    /// grants.
    ///
    /// # Errors
    /// The first that there is.
    pub fn try_map<G, E>(self, mut make: impl FnMut(F) -> Result<G, E>) -> Result<Body<G>, E> {
        let servers = self
            .servers
            .into_iter()
            .map(|(name, server)| Ok((name, server.try_map(&mut make)?)));
        Ok(Body {
            servers: servers.collect::<Result<_, E>>()?,
            language: self.language,
            unicode: self.unicode,
            policy: self.policy,
            environment: self.environment,
            rules: self.rules,
            gated: self.gated,
            lanes: self.lanes,
            sources: self.sources,
        })
    }
}

impl<F> Server<F> {
    fn try_map<G, E>(self, make: &mut impl FnMut(F) -> Result<G, E>) -> Result<Server<G>, E> {
        let tools = self
            .tools
            .into_iter()
            .map(|(name, tool)| Ok((name, tool.try_map(make)?)));
        Ok(Server {
            tools: tools.collect::<Result<_, E>>()?,
            transport: self.transport,
            env: self.env,
            single_lane: self.single_lane,
            stateful: self.stateful,
        })
    }
}

impl<F> Tool<F> {
    fn try_map<G, E>(self, make: &mut impl FnMut(F) -> Result<G, E>) -> Result<Tool<G>, E> {
        let mut all = |fields: Vec<F>| fields.into_iter().map(&mut *make).collect::<Result<Vec<G>, E>>();
        let prohibitions = self.prohibitions.into_iter().map(|prohibition| {
            Ok(Prohibition {
                fields: all(prohibition.fields)?,
                rule: prohibition.rule,
                any: prohibition.any,
                gate: prohibition.gate,
            })
        });
        let prohibitions = prohibitions.collect::<Result<_, E>>()?;
        let grants = self.grants.into_iter().map(|grant| {
            Ok(Grant {
                fields: all(grant.fields)?,
                rule: grant.rule,
                gate: grant.gate,
            })
        });
        Ok(Tool {
            prohibitions,
            grants: grants.collect::<Result<_, E>>()?,
            definition: self.definition,
            arguments: self.arguments,
            envelope: self.envelope,
        })
    }
}
