//! What a decision comes to, before anybody asks for its words.

use std::sync::Arc;

use super::decide::Outcome;
use super::failure::{Failure, count_failures, first_failure};
use super::gates::Gates;
use super::{Context, Decision, Permit, Reason, envelope, message};
use crate::json::{NodeId, Tape};
use crate::pattern::Datum;
use crate::table::{Capability, Grant, Policy, RuleRef};

/// A decision that has taken no memory but what the gates of rules take: it rests on the policy, the context and the [`Scratch`](super::Scratch) that it was made
/// in. [`Verdict::decision`] puts it into words. Which grant comes nearest is found when it is asked for, with the reason
/// or the rule of a call that none allows: that alone takes longer the more rules there are.
#[derive(Debug)]
pub struct Verdict<'v> {
    pub(super) policy: &'v Policy,
    pub(super) tape: &'v Tape,
    pub(super) context: &'v Context,
    pub(super) server: &'v str,
    /// The tool's name in the call; empty where the call could not be read.
    pub(super) tool: &'v str,
    /// The method of a message that is no longer on the tape: the slots that were decided on are, in its place.
    pub(super) asked: Option<&'static str>,
    /// Where the arguments are, where there are any.
    pub(super) arguments: Option<NodeId>,
    pub(super) outcome: Outcome<'v>,
}

impl<'v> Verdict<'v> {
    /// Is it allowed?
    #[must_use]
    pub fn is_allow(&self) -> bool {
        matches!(self.outcome, Outcome::Allowed(..))
    }

    /// The reason's code. Where no grant holds, the tool's grants are asked one by one.
    #[must_use]
    pub fn reason(&self) -> Reason {
        match &self.outcome {
            Outcome::Allowed(..) => Reason::Allowed,
            Outcome::Prohibited(_) => Reason::Prohibited,
            Outcome::NoGrantHolds(_) => self.nearest().map_or(Reason::NoGrant, |(_, failure)| failure.reason()),
            Outcome::UnknownTool if Capability::of_tool(self.tool).is_some() => Reason::NoGrant,
            Outcome::UnknownTool => Reason::UnknownTool,
            Outcome::Refused(refusal) => refusal.reason(),
            Outcome::Malformed(malformed) => malformed.reason(),
            Outcome::Unreadable(fault) => message::reason(fault.kind()),
        }
    }

    /// The rule that decided: the grant that holds, or the prohibition. For other denials the nearest grant, for which
    /// the tool's grants are asked one by one.
    #[must_use]
    pub fn rule(&self) -> Option<&'v Arc<RuleRef>> {
        let rule = match self.outcome {
            Outcome::Allowed(grant, _) => grant.rule,
            Outcome::Prohibited(prohibition) => prohibition.rule,
            Outcome::NoGrantHolds(_) => self.nearest()?.0.rule,
            _ => return None,
        };
        Some(self.policy.rule_ref(rule))
    }

    /// The grant that fewest parameters and parts of its gate fail, the first of these, and what it fails on first.
    /// O(grants).
    pub(super) fn nearest(&self) -> Option<(&'v Grant, Failure<'v, 'v>)> {
        let Outcome::NoGrantHolds(loaded) = self.outcome else {
            return None;
        };
        let gates = self.gates()?;
        let grants = loaded.tool.grants.iter();
        let failing = |grant: &&'v Grant| count_failures(grant, &gates) + gates.failing_of(grant).len();
        let nearest = grants.min_by_key(failing)?;
        let of_gate = || {
            let first = gates.failing_of(nearest).into_iter().next();
            first.map(|(failing, at)| Failure::Gate(failing, at))
        };
        Some((nearest, first_failure(nearest, &gates).or_else(of_gate)?))
    }

    /// The circumstances of a call that no grant allows.
    pub(super) fn gates(&self) -> Option<Gates<'v>> {
        let Outcome::NoGrantHolds(loaded) = self.outcome else {
            return None;
        };
        let arguments: Datum<'v> = self.tape.node(self.arguments?).into();
        Some(Gates::new(self.policy, loaded, arguments, self.context))
    }

    /// The method of a message and, in a `tools/call`, the tool, where they can be read. A capability that rules speak of has
    /// a tool too.
    #[must_use]
    pub fn names(&self) -> (Option<&'v str>, Option<&'v str>) {
        match self.outcome {
            _ if self.asked.is_some() => (self.asked, Some(self.tool)),
            Outcome::Unreadable(_) => (None, None),
            _ if self.tape.has_carriage_return() => (None, None),
            _ => envelope::names(self.tape),
        }
    }

    /// The same in words.
    #[must_use]
    pub fn decision(&self) -> Decision {
        match &self.outcome {
            Outcome::Allowed(grant, effects) => Decision::Allow(Permit {
                rule: Arc::clone(self.policy.rule_ref(grant.rule)),
                effects: effects.clone(),
            }),
            _ => Decision::Deny(self.explain()),
        }
    }
}
