//! What a caller may see: judged apart from calls, since a list has no arguments.

use super::Context;
use super::gates::Gates;
use crate::json::Tape;
use crate::table::{Policy, Prohibition};

impl Policy {
    /// Could this caller call the tool with some arguments? (`tools/list` is judged by this.) Caller and time are as they
    /// are, labels and limits at their best.
    #[must_use]
    pub fn lists(&self, server: &str, tool: &str, context: &Context) -> bool {
        let Some(loaded) = self.loaded(server, tool) else {
            return false;
        };
        let mut tape = Tape::default();
        let arguments = tape.add_empty_object();
        let gates = Gates::new(self, loaded, tape.node(arguments).into(), context);
        let prohibits_all = |prohibition: &Prohibition| {
            let silent = |pattern| gates.silent_in(pattern).is_some();
            prohibition.fields.iter().all(|field| silent(&field.pattern))
                && prohibition.any.iter().all(|any| silent(&any.pattern))
                && prohibition.gate.is_none_or(|gate| gates.prohibits_all(gate))
        };
        let tool = &loaded.tool;
        tool.grants.iter().any(|grant| {
            grant.gate.is_none_or(|gate| gates.could_hold(gate))
                && grant
                    .fields
                    .iter()
                    .all(|field| gates.silent_in(&field.pattern).is_none())
        }) && !tool.prohibitions.iter().any(prohibits_all)
    }
}
