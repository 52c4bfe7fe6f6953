//! What the gates of two policies speak of, put together.

use super::sample::Sample;
use crate::pattern::{At, Decimal, Field, Pattern, PatternKind};
use crate::table::gates::{Gate, Placed, Who};
use crate::table::{CallerSet, Gated, Tool};

/// The gates of one policy and, behind them, those of another. Sets of callers and limits that have one name and differ
/// are told apart.
pub struct Merged {
    /// All of it.
    pub gated: Gated,
    /// Where the gates of the other begin.
    offset: u32,
}

/// Stands before the names of the other policy. No name of a policy has it.
const OTHER: &str = "other ";

impl Merged {
    pub fn new(this: &Gated, other: &Gated) -> Self {
        let mut gated = this.clone();
        let offset = u32::try_from(gated.gates.len()).unwrap_or(u32::MAX);
        let caller = |name: &String| match this.callers.get(name) {
            Some(known) if other.callers.get(name).is_some_and(|other| is_same(known, other)) => name.clone(),
            _ => format!("{OTHER}{name}"),
        };
        let limit = |name: &String| match this.limits.get(name) {
            Some(known) if other.limits.get(name) == Some(known) => name.clone(),
            _ => format!("{OTHER}{name}"),
        };
        gated
            .callers
            .extend(other.callers.iter().map(|(name, set)| (caller(name), set.clone())));
        gated
            .limits
            .extend(other.limits.iter().map(|(name, of)| (limit(name), of.clone())));
        gated
            .labels
            .extend(other.labels.iter().map(|(name, label)| (name.clone(), *label)));
        let renamed = |gate: &Gate| {
            let mut gate = gate.clone();
            let callers = gate.callers.iter_mut().flat_map(|Placed { is, .. }| is);
            callers.for_each(|who: &mut Who| who.set = who.set.as_ref().map(caller));
            let uses = gate.limits.iter_mut().flat_map(|Placed { is, .. }| is);
            uses.for_each(|each| each.limit = limit(&each.limit));
            gate
        };
        gated.gates.extend(other.gates.iter().map(renamed));
        Self { gated, offset }
    }

    /// A tool of the other policy, with its gates where they are now.
    pub fn of_other(&self, tool: &Tool) -> Tool {
        let mut tool = tool.clone();
        let moved = |gate: &mut Option<u32>| *gate = gate.map(|place| place.saturating_add(self.offset));
        tool.grants.iter_mut().for_each(|grant| moved(&mut grant.gate));
        tool.prohibitions
            .iter_mut()
            .for_each(|prohibition| moved(&mut prohibition.gate));
        tool
    }

    /// Limits by the names that both policies have; of two that are used up, what is more.
    pub fn named_as_written(&self, around: Vec<(String, Sample)>) -> Vec<(String, Sample)> {
        let named = around.into_iter().map(|(name, value)| match value {
            Sample::Object(used) if name == "counters" => (name, Sample::Object(merged(used))),
            value => (name, value),
        });
        named.collect()
    }
}

/// Do two sets hold the same callers, as they are written? Where they are written does not count.
#[must_use]
pub fn is_same(one: &CallerSet, other: &CallerSet) -> bool {
    let unplaced = |set: &CallerSet| {
        let mut fields = set.fields.clone();
        fields.iter_mut().for_each(forget_field);
        fields
    };
    one.claims == other.claims && unplaced(one) == unplaced(other)
}

fn forget_field(field: &mut Field) {
    field.at = NOWHERE;
    forget(&mut field.pattern);
}

const NOWHERE: At = At {
    source: 0,
    start: 0,
    end: 0,
};

/// INVARIANT: a checked artifact bounds how deep patterns nest.
fn forget(pattern: &mut Pattern) {
    pattern.at = NOWHERE;
    match &mut pattern.kind {
        PatternKind::Array { element: inner, .. } | PatternKind::Has(inner) | PatternKind::Not(inner) => forget(inner),
        PatternKind::And(parts) | PatternKind::Or(parts) => parts.iter_mut().for_each(forget),
        PatternKind::Object { fields, .. } => fields.iter_mut().for_each(forget_field),
        PatternKind::Map { key, value, .. } => [key, value].into_iter().for_each(|inner| forget(inner)),
        _ => {}
    }
}

fn merged(used: Vec<(String, Sample)>) -> Vec<(String, Sample)> {
    let amount = |sample: &Sample| match sample {
        Sample::Number(token) => Decimal::parse(token),
        _ => None,
    };
    let mut found: Vec<(String, Sample)> = Vec::new();
    for (name, value) in used {
        let name = name.strip_prefix(OTHER).unwrap_or(&name).to_owned();
        match found.iter_mut().find(|(known, _)| *known == name) {
            Some((_, known)) if amount(known) < amount(&value) => *known = value,
            Some(_) => {}
            None => found.push((name, value)),
        }
    }
    found
}
