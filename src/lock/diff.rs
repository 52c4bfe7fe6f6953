//! What has changed between two locks.

use std::collections::BTreeSet;
use std::fmt;

use similar::TextDiff;

use super::{Lock, LockedServer, LockedTool};
use crate::json::{Limits, parse, pretty};

/// One difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// A server that was not locked.
    ServerAdded(String),
    /// A server that is locked and no longer named.
    ServerRemoved(String),
    /// A server that says another name or version of itself.
    ServerVersion {
        /// The server.
        server: String,
        /// `name version`, as locked.
        locked: String,
        /// As it is now.
        live: String,
    },
    /// A tool that was not there.
    ToolAdded {
        /// `server.tool`.
        tool: String,
        /// The wildcards that it would join.
        joins: Vec<String>,
    },
    /// A tool that is gone.
    ToolRemoved(String),
    /// A tool that is defined differently.
    ToolChanged {
        /// `server.tool`.
        tool: String,
        /// The schema's difference as a unified diff; empty where something else changed, a description say.
        schema: String,
    },
}

impl Change {
    /// Does it change what was accepted? A server that was never locked does not.
    #[must_use]
    pub fn is_drift(&self) -> bool {
        !matches!(
            self,
            Self::ServerAdded(_) | Self::ServerRemoved(_) | Self::ServerVersion { .. }
        )
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ServerAdded(server) => write!(f, "+ server {server}"),
            Self::ServerRemoved(server) => write!(f, "- server {server}"),
            Self::ServerVersion { server, locked, live } => write!(f, "~ server {server}: {locked} is now {live}"),
            Self::ToolAdded { tool, joins } if joins.is_empty() => write!(f, "+ tool {tool}"),
            Self::ToolAdded { tool, joins } => write!(f, "+ tool {tool} (would join {})", joins.join(", ")),
            Self::ToolRemoved(tool) => write!(f, "- tool {tool}"),
            Self::ToolChanged { tool, schema } if schema.is_empty() => {
                write!(f, "~ tool {tool}: its description or annotations changed")
            }
            Self::ToolChanged { tool, schema } => {
                write!(f, "~ tool {tool}: its input schema changed\n{}", indent(schema))
            }
        }
    }
}

/// All differences, servers and tools in order of their names.
#[must_use]
pub fn diff(locked: &Lock, live: &Lock) -> Vec<Change> {
    let names: BTreeSet<&String> = locked.servers.keys().chain(live.servers.keys()).collect();
    let mut changes = Vec::new();
    for name in names {
        match (locked.servers.get(name), live.servers.get(name)) {
            (Some(old), Some(new)) => server_changes(name, old, new, &locked.wildcards, &mut changes),
            (None, _) => changes.push(Change::ServerAdded(name.clone())),
            (_, None) => changes.push(Change::ServerRemoved(name.clone())),
        }
    }
    changes
}

type Wildcards = std::collections::BTreeMap<String, Vec<String>>;

fn server_changes(name: &str, old: &LockedServer, new: &LockedServer, wildcards: &Wildcards, out: &mut Vec<Change>) {
    let version = |server: &LockedServer| format!("{} {}", server.name, server.version);
    if version(old) != version(new) {
        out.push(Change::ServerVersion {
            server: name.to_owned(),
            locked: version(old),
            live: version(new),
        });
    }
    let tools: BTreeSet<&String> = old.tools.keys().chain(new.tools.keys()).collect();
    for tool in tools {
        let full = format!("{name}.{tool}");
        let wildcard = format!("{name}.*");
        match (old.tools.get(tool), new.tools.get(tool)) {
            (Some(a), Some(b)) if a == b => {}
            (Some(a), Some(b)) => out.push(Change::ToolChanged {
                tool: full,
                schema: schema_diff(a, b),
            }),
            (None, _) => {
                let joins = wildcards.keys().filter(|key| **key == wildcard).cloned().collect();
                out.push(Change::ToolAdded { tool: full, joins });
            }
            (_, None) => out.push(Change::ToolRemoved(full)),
        }
    }
}

fn schema_diff(old: &LockedTool, new: &LockedTool) -> String {
    if old.schema == new.schema {
        return String::new();
    }
    let lines = |schema: &str| {
        let value = parse(
            schema.as_bytes(),
            &Limits {
                bytes: usize::MAX,
                depth: 80,
            },
        );
        value.map_or(schema.to_owned(), |value| pretty(&value)) + "\n"
    };
    let (old, new) = (lines(&old.schema), lines(&new.schema));
    TextDiff::from_lines(&old, &new)
        .unified_diff()
        .context_radius(2)
        .to_string()
}

fn indent(text: &str) -> String {
    text.lines()
        .map(|line| format!("    {line}"))
        .collect::<Vec<_>>()
        .join("\n")
}
