//! `mcpp.lock`: what the servers' tools were when someone accepted them.

#[cfg(feature = "gateway")]
mod ask;
mod diff;
mod file;
mod pin;

use std::collections::BTreeMap;

#[cfg(feature = "gateway")]
pub use ask::{AskError, ask};
pub use diff::{Change, diff};
pub use file::LockError;
pub use pin::{PinError, pin_tools};

use crate::table::Digest;

/// The tools that a policy rests on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lock {
    /// The servers by their names in the policy.
    pub servers: BTreeMap<String, LockedServer>,
    /// What each wildcard of a grant stands for: `fs.*` → the names of its tools, sorted.
    pub wildcards: BTreeMap<String, Vec<String>>,
}

/// A server as it was.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LockedServer {
    /// What it calls itself; empty if it was locked from a saved list.
    pub name: String,
    /// Its version, likewise.
    pub version: String,
    /// Its tools by name.
    pub tools: BTreeMap<String, LockedTool>,
}

/// A tool as it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LockedTool {
    /// The digest of the whole definition in canonical JSON: description, annotations and all.
    pub definition: Digest,
    /// What it tells the model; `None` where it says nothing, or the lock was made before this was kept.
    pub description: Option<String>,
    /// The input schema, canonical JSON.
    pub schema: String,
}
