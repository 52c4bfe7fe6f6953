//! What a rule asks for beside its patterns: does it hold for this caller, at this time, in this state?
//!
//! Where a claim or a side of a comparison is absent, a grant does not hold and a prohibition does.

mod callers;
mod claimed;
mod compare;
mod failing;
mod limits;

use std::cell::OnceCell;

pub use self::callers::{has_identity, is_in};
pub use self::failing::Failing;

use self::callers::Claims;
use super::walk::Gatekeeper;
use super::{Caller, Context, Effects};
use crate::pattern::{At, ClaimUse, Datum};
use crate::table::gates::{Gate, LabelKind};
use crate::table::program::OfCaller;
use crate::table::{Effect, Gated, Grant, LoadedTool, Policy};

/// One call, in its circumstances, before the gates.
pub(super) struct Gates<'d> {
    policy: &'d Policy,
    gated: &'d Gated,
    tool: &'d LoadedTool,
    arguments: Datum<'d>,
    context: &'d Context,
    /// The caller's claims, read once they are asked for.
    claims: OnceCell<Claims>,
    /// What the claims that patterns read say.
    said: OnceCell<Vec<(&'d ClaimUse, Option<String>)>>,
}

impl Gatekeeper for Gates<'_> {
    fn holds(&self, gate: u32) -> bool {
        // INVARIANT: the artifact's reader has checked every place. A gate that is not there would hold for nothing.
        let Some(gate) = self.gated.gate(gate) else {
            return false;
        };
        match gate.effect {
            Effect::Allow => self.failing(gate).is_empty(),
            Effect::Deny => self.prohibits(gate),
        }
    }

    fn parts(&self, gate: u32) -> u64 {
        self.gated.gate(gate).map_or(0, Gate::parts)
    }

    fn of_caller(&self, asked: &OfCaller) -> bool {
        self.answer(asked)
    }
}

impl<'d> Gates<'d> {
    pub(super) fn new(policy: &'d Policy, tool: &'d LoadedTool, arguments: Datum<'d>, context: &'d Context) -> Self {
        Self {
            policy,
            gated: policy.gated(),
            tool,
            arguments,
            context,
            claims: OnceCell::new(),
            said: OnceCell::new(),
        }
    }

    pub(super) fn arguments(&self) -> &Datum<'d> {
        &self.arguments
    }

    fn claims(&self) -> &Claims {
        self.claims.get_or_init(|| Claims::of(&self.context.caller))
    }

    /// What of a grant's gate does not hold.
    pub(super) fn failing_of(&self, grant: &'d Grant) -> Vec<(Failing<'d>, At)> {
        let gate = grant.gate.and_then(|gate| self.gated.gate(gate));
        let mut found = gate.map(|gate| self.failing(gate)).unwrap_or_default();
        if let Some((claim, at)) = self.silent(&grant.fields) {
            found.insert(0, (Failing::Claim(claim), at));
        }
        found
    }

    /// What keeps a grant from holding, beside its patterns; in one order, always.
    fn failing(&self, gate: &'d Gate) -> Vec<(Failing<'d>, At)> {
        let mut found = Vec::new();
        if let Some(callers) = &gate.callers
            && !callers.is.iter().any(|who| self.is_of(who) == Some(true))
        {
            found.push((Failing::Caller, callers.at));
        }
        if let Some(at) = self.rests_on_identity(gate).filter(|_| !self.has_identity()) {
            found.push((Failing::NoIdentity, at));
        }
        if let Some(until) = gate.until.as_ref().filter(|until| self.context.time >= until.is) {
            found.push((Failing::Expired, until.at));
        }
        for comparison in gate.when.iter().flat_map(|when| &when.is) {
            if self.compare(comparison) != Some(true) {
                found.push((Failing::When(comparison), comparison.at));
            }
        }
        let labels = &self.context.state.labels;
        if let Some(requires) = &gate.requires {
            let missing = requires.is.iter().filter(|name| !labels.contains(*name));
            found.extend(missing.map(|name| (Failing::Missing(name), requires.at)));
        }
        if let Some(unless) = &gate.unless {
            let set = unless.is.iter().filter(|name| labels.contains(*name));
            found.extend(set.map(|name| (Failing::Set(name), unless.at)));
        }
        if let Some(limits) = &gate.limits
            && let Some(first) = self.exceeded(&limits.is)
        {
            found.push((Failing::Limit(first), limits.at));
        }
        found
    }

    /// Does what a prohibition asks for hold, beside its patterns?
    fn prohibits(&self, gate: &Gate) -> bool {
        let callers = gate.callers.as_ref();
        let after = gate.after.as_ref();
        let mut when = gate.when.iter().flat_map(|when| &when.is);
        callers.is_none_or(|callers| callers.is.iter().any(|who| self.is_of(who) != Some(false)))
            && after.is_none_or(|labels| {
                !self.has_identity() || labels.is.iter().any(|name| self.context.state.labels.contains(name))
            })
            && when.all(|comparison| self.compare(comparison) != Some(false))
    }

    /// Where a gate asks for what is kept by caller.
    fn rests_on_identity(&self, gate: &Gate) -> Option<At> {
        let limits = gate.limits.as_ref().filter(|limits| {
            let of = limits.is.iter().map(|each| self.gated.limits.get(&each.limit));
            of.into_iter().any(|limit| limit.is_none_or(|limit| !limit.shared))
        });
        let labels = [&gate.requires, &gate.unless, &gate.marks];
        let labels = labels.into_iter().find_map(|labels| Some(labels.as_ref()?.at));
        labels.or(limits.map(|limits| limits.at))
    }

    /// Can what is remembered be laid to this caller?
    fn has_identity(&self) -> bool {
        match &self.context.caller {
            Caller::Local => true,
            Caller::Claims(_) => self.claims().has_identity(),
        }
    }

    /// What the grants that hold do together.
    pub(super) fn effects<'g>(&self, grants: impl Iterator<Item = &'g Grant>) -> Effects {
        let mut effects = Effects::default();
        for grant in grants {
            let Some(gate) = grant.gate.and_then(|gate| self.gated.gate(gate)) else {
                continue;
            };
            let id = || self.policy.rule_ref(grant.rule).id.clone();
            effects.returns.extend(gate.returns.as_ref().map(|_| id()));
            effects.record.extend(gate.record.as_ref().map(|_| id()));
            // INVARIANT: the artifact's reader has checked that all grants on a tool name the same.
            effects.with = gate.with.as_ref().map(|with| with.is.clone()).or(effects.with);
            effects.to = gate.to.as_ref().map(|to| to.is.clone()).or(effects.to);
            effects
                .marks
                .extend(gate.marks.iter().flat_map(|marks| marks.is.iter().cloned()));
            for (limit, units) in self.charges(gate) {
                // What several grants charge to one limit is one call still: the most that one of them does.
                let charged = effects.charges.entry(limit).or_insert_with(|| units.clone());
                if *charged < units {
                    *charged = units;
                }
            }
        }
        effects
    }

    /// Could a grant hold with some arguments, at its best as to labels and limits?
    pub(super) fn could_hold(&self, gate: u32) -> bool {
        let Some(gate) = self.gated.gate(gate) else {
            return false;
        };
        self.failing(gate)
            .iter()
            .all(|(failing, _)| !matches!(failing, Failing::Caller | Failing::NoIdentity | Failing::Expired))
    }

    /// Does a prohibition hold for this caller whatever the arguments, at its best as to labels?
    pub(super) fn prohibits_all(&self, gate: u32) -> bool {
        self.gated
            .gate(gate)
            .is_some_and(|gate| gate.when.is_none() && gate.after.is_none() && self.prohibits(gate))
    }
}

/// Is a label set only after the outcome?
#[must_use]
pub fn is_proof(policy: &Policy, label: &str) -> bool {
    policy
        .gated()
        .labels
        .get(label)
        .is_some_and(|label| label.kind == LabelKind::Proof)
}
