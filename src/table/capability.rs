//! What a server offers, or asks for, beside tools. Each kind is a tool that every server has: its slots are its
//! parameters, so that the table, the evaluator and the proofs need no other notion of it.

use std::fmt;

use super::{Digest, Reading, Shape, Tool, UrlReading, shape_of};
use crate::json::{Limits, parse};

/// A kind of capability.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Capability {
    /// The client reads a resource, or subscribes to it.
    Resource,
    /// The client gets a prompt.
    Prompt,
    /// The client has an argument completed.
    Completion,
    /// The server asks for a model's answer.
    Sampling,
    /// The server asks the user.
    Elicitation,
    /// The server asks for the client's roots: each of them is decided by itself.
    Roots,
}

impl Capability {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Resource,
        Self::Prompt,
        Self::Completion,
        Self::Sampling,
        Self::Elicitation,
        Self::Roots,
    ];

    /// The kind of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// The kind whose tool this is; `None` for tools of the server's own.
    #[must_use]
    pub fn of_tool(tool: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.tool() == tool)
    }

    /// As it is written after a server's name and a colon.
    #[must_use]
    pub fn name(self) -> &'static str {
        // INVARIANT: each begins with one colon.
        self.tool().trim_start_matches(':')
    }

    /// The name of its tool. A tool that a server itself calls so does not exist for the policy.
    #[must_use]
    pub fn tool(self) -> &'static str {
        match self {
            Self::Resource => ":resource",
            Self::Prompt => ":prompt",
            Self::Completion => ":completion",
            Self::Sampling => ":sampling",
            Self::Elicitation => ":elicitation",
            Self::Roots => ":roots",
        }
    }

    /// Is it the server that asks?
    #[must_use]
    pub fn asked_by_server(self) -> bool {
        matches!(self, Self::Sampling | Self::Elicitation | Self::Roots)
    }

    /// Is it a message of the server that is decided on? Of roots it is the client's answer.
    #[must_use]
    pub fn said_by_server(self) -> bool {
        matches!(self, Self::Sampling | Self::Elicitation)
    }

    /// The slots, as a tool's schema would say them.
    fn schema(self) -> &'static str {
        match self {
            Self::Resource | Self::Roots => {
                r#"{"type":"object","properties":{"uri":{"type":"string"}},"required":["uri"]}"#
            }
            Self::Prompt => {
                r#"{"type":"object","properties":{"name":{"type":"string"},"arguments":{"type":"object","additionalProperties":{"type":"string"}}},"required":["name"]}"#
            }
            Self::Completion => {
                r#"{"type":"object","properties":{"ref":{"type":"object","properties":{"type":{"enum":["ref/prompt","ref/resource"]},"name":{"type":"string"},"title":{"type":"string"},"uri":{"type":"string"}},"required":["type"]},"argument":{"type":"string"},"value":{"type":"string"}},"required":["ref","argument","value"]}"#
            }
            Self::Sampling => {
                r#"{"type":"object","properties":{"model":{"type":"string"},"max_tokens":{"type":"integer"},"include_context":{"enum":["none","thisServer","allServers"],"default":"none"}},"required":["max_tokens"]}"#
            }
            Self::Elicitation => {
                r#"{"type":"object","properties":{"mode":{"enum":["form","url"],"default":"form"},"url":{"type":"string"}}}"#
            }
        }
    }

    /// Its tool, before any rule speaks of it. `schemes` are those that the rules name for a `uri`.
    #[must_use]
    pub fn pinned(self, schemes: Vec<String>) -> Tool {
        let schema = parse(self.schema().as_bytes(), &Limits::default());
        let mut arguments: Shape = schema.map(|schema| shape_of(&schema)).unwrap_or_default();
        let usual = if self == Self::Roots { "file" } else { "https" };
        let schemes = if schemes.is_empty() {
            vec![usual.to_owned()]
        } else {
            schemes
        };
        for slot in ["uri", "url"] {
            if let Some(slot) = arguments.properties.get_mut(slot) {
                slot.shape.reading = Some(Box::new(Reading::Url(UrlReading {
                    schemes: schemes.clone(),
                    resource: true,
                    ..UrlReading::default()
                })));
            }
        }
        Tool {
            definition: Digest::of(self.schema().as_bytes()),
            arguments,
            envelope: Vec::new(),
            prohibitions: Vec::new(),
            grants: Vec::new(),
        }
    }
}

/// A tool as people see it, `fs.read_file`, or `fs:resource` for a capability.
#[derive(Clone, Copy, Debug)]
pub struct FullName<'n>(pub &'n str, pub &'n str);

impl fmt::Display for FullName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(server, tool) = self;
        match Capability::of_tool(tool) {
            Some(_) => write!(f, "{server}{tool}"),
            None => write!(f, "{server}.{tool}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_a_name_and_slots() {
        for kind in Capability::ALL {
            assert_eq!(Capability::named(kind.name()), Some(kind));
            assert_eq!(Capability::of_tool(kind.tool()), Some(kind));
            assert!(!kind.pinned(Vec::new()).arguments.properties.is_empty(), "{kind:?}");
        }
        assert_eq!(Capability::of_tool("resource"), None);
    }

    #[test]
    fn a_full_name_is_written_as_in_a_policy() {
        assert_eq!(FullName("fs", "read").to_string(), "fs.read");
        assert_eq!(FullName("fs", ":resource").to_string(), "fs:resource");
    }
}
