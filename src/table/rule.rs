//! Rules as evidence and messages name them.

use serde::{Deserialize, Serialize};

/// A rule: which, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleRef {
    /// The first 12 hex digits of SHA-256 over the rule's formatted text, `-n` from the second of the same text on.
    pub id: String,
    /// The source file.
    pub file: String,
    /// The line, from 1.
    pub line: u32,
}
