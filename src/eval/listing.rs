//! What a caller may see: judged apart from calls, since a list has no arguments.

use super::Context;
use crate::table::{Policy, Tool};

impl Policy {
    /// Could this caller call the tool with some arguments? (`tools/list` is judged by this.)
    #[must_use]
    pub fn lists(&self, server: &str, tool: &str, _context: &Context) -> bool {
        self.tool(server, tool)
            .is_some_and(|tool| !tool.grants.is_empty() && !is_wholly_prohibited(tool))
    }
}

/// A prohibition without conditions holds for every call.
fn is_wholly_prohibited(tool: &Tool) -> bool {
    tool.prohibitions
        .iter()
        .any(|prohibition| prohibition.fields.is_empty() && prohibition.any.is_empty())
}
