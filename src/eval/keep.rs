//! What of a message may be kept in evidence, by the `record` clauses of the grants on its tool.

use super::Effects;
use crate::table::{Policy, RecordForm, Recorded, Shape, Step, Tool};

/// What of a message may be kept.
#[derive(Clone, Debug, PartialEq)]
pub enum Keep<'p> {
    /// All of it.
    All,
    /// All but these values.
    Without(Hidden<'p>),
    /// Nothing: it is no call that could be looked at value by value.
    Nothing,
}

/// The values of a call that are not kept.
#[derive(Clone, Debug, PartialEq)]
pub struct Hidden<'p> {
    /// The slots, and what stands for their values; of several forms for one slot the strictest counts.
    pub slots: Vec<(&'p [Step], RecordForm)>,
    /// What is known of the tool's arguments.
    pub arguments: &'p Shape,
    /// Only what is known by name is kept, beside these: the call was denied, and what it has under other names may be
    /// meant for them.
    pub known_only: bool,
}

impl Policy {
    /// Is there a grant on a tool of this server that keeps values out of the evidence?
    #[must_use]
    pub fn hides(&self, server: &str) -> bool {
        let mut tools = self.tools(server).filter_map(|name| self.tool(server, name));
        tools.any(|tool| self.recorded(tool, None).next().is_some())
    }

    /// What may be kept of a message to a server. `effects` are those of a call that was allowed.
    ///
    /// Of an allowed call, what the grants that hold let be kept; of one that is denied, what all grants on its tool do, so
    /// that a near miss keeps no more than a hit. Of what is denied and is no call of a pinned tool nothing is kept, where any
    /// grant on the server keeps values out: nobody can tell which these are.
    #[must_use]
    pub fn keeps(&self, server: &str, tool: Option<&str>, effects: Option<&Effects>) -> Keep<'_> {
        let pinned = tool.and_then(|tool| self.tool(server, tool));
        let Some(pinned) = pinned else {
            return if self.hides(server) { Keep::Nothing } else { Keep::All };
        };
        if effects.is_some_and(|effects| effects.record.is_empty()) {
            return Keep::All;
        }
        let recorded = self.recorded(pinned, effects);
        let slots: Vec<_> = recorded
            .flat_map(|recorded| recorded.slots.iter().map(|slot| (slot.as_slice(), recorded.form)))
            .collect();
        if slots.is_empty() {
            return Keep::All;
        }
        Keep::Without(Hidden {
            slots,
            arguments: &pinned.arguments,
            known_only: effects.is_none(),
        })
    }

    /// The `record` clauses on a tool: those of the rules that the effects name, or all.
    fn recorded(&self, tool: &Tool, effects: Option<&Effects>) -> impl Iterator<Item = &Recorded> {
        let counts = |rule: u32| effects.is_none_or(|effects| effects.record.contains(&self.rule_ref(rule).id));
        let grants = tool.grants.iter().filter(move |grant| counts(grant.rule));
        let clauses = grants.filter_map(|grant| self.gated().gate(grant.gate?)?.record.as_ref());
        // Their lifetime is the policy's, not the tool's.
        clauses.map(|clause| &clause.is).collect::<Vec<_>>().into_iter()
    }
}
