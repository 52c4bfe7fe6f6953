//! What rules ask of the arguments of one tool, as expressions over one scope.

use std::collections::{BTreeMap, BTreeSet};

use super::budget::Refusal;
use crate::pattern::{At, Decimal, Pattern, PatternKind, ReadingKind};
use crate::table::gates::LimitUse;
use crate::table::program::compile::expression::{Expression, Scope};
use crate::table::{AnyReading, Gated, Grant, Prohibition, Shape, Step, Universe};

/// The scope, and the gates that are asked for.
pub struct Conditions<'s> {
    /// The places and what is asked of them.
    pub scope: Scope,
    /// The gates.
    pub gates: BTreeSet<u32>,
    /// What must hold of the amounts that gates of grants sum.
    pub amounts: BTreeMap<u32, Expression>,
    universe: Universe<'s>,
    gated: &'s Gated,
}

/// As deep as schemas nest.
const MAX_DEPTH: usize = 64;

impl<'s> Conditions<'s> {
    /// About arguments of this shape.
    pub fn new(arguments: &'s Shape, gated: &'s Gated) -> Self {
        Self {
            scope: Scope::new(true),
            gates: BTreeSet::new(),
            amounts: BTreeMap::new(),
            gated,
            universe: Universe::of(arguments),
        }
    }

    /// The universe of the arguments.
    pub fn universe(&self) -> &Universe<'s> {
        &self.universe
    }

    /// A grant holds.
    pub fn grant(&mut self, grant: &Grant) -> Expression {
        let mut parts = vec![self.scope.granted(&grant.fields)];
        parts.extend(self.gate(grant.gate));
        Expression::All(parts)
    }

    /// A prohibition holds.
    pub fn prohibition(&mut self, prohibition: &Prohibition) -> Result<Expression, Refusal> {
        let mut parts = vec![self.scope.prohibited(&prohibition.fields)];
        for any in &prohibition.any {
            parts.push(self.any(any)?);
        }
        parts.extend(self.gate(prohibition.gate));
        Ok(Expression::All(parts))
    }

    fn gate(&mut self, gate: Option<u32>) -> Option<Expression> {
        let place = gate?;
        if self.gates.insert(place) {
            let gate = self.gated.gate(place)?;
            let uses = gate.limits.iter().flat_map(|limits| &limits.is);
            let amounts: Vec<Expression> = uses.filter_map(|each| self.amount(each)).collect();
            if !amounts.is_empty() {
                self.amounts.insert(place, Expression::All(amounts));
            }
        }
        Some(Expression::Gate(place))
    }

    /// The parameter that a limit sums lies between nothing and all of it.
    fn amount(&mut self, each: &LimitUse) -> Option<Expression> {
        let limit = self.gated.limits.get(&each.limit).filter(|limit| limit.sum)?;
        let steps: Vec<Step> = each.slot.iter().cloned().map(Step::Key).collect();
        let nowhere = At::from((0, 0, 0));
        let range = Pattern {
            at: nowhere,
            kind: PatternKind::Range {
                low: Decimal::parse("0"),
                high: Some(limit.most.clone()),
                integer: false,
            },
        };
        Some(at(&mut self.scope, 0, &steps, &range))
    }

    /// At least one string with the reading is in the pattern: one of the slots that have it.
    fn any(&mut self, any: &AnyReading) -> Result<Expression, Refusal> {
        let mut slots = Vec::new();
        if !slots_with(&self.universe, any.reading, &mut Vec::new(), &mut slots, MAX_DEPTH) {
            return Err(Refusal {
                why: format!(
                    "`any {}` speaks of members whose names the schema does not say",
                    any.reading.name()
                ),
                at: vec![any.pattern.at],
            });
        }
        let read = Pattern {
            at: any.pattern.at,
            kind: PatternKind::Reading(any.reading),
        };
        let pattern = Pattern {
            at: any.pattern.at,
            kind: PatternKind::And(vec![read, any.pattern.clone()]),
        };
        let mut parts: Vec<Expression> = slots
            .iter()
            .map(|steps| at(&mut self.scope, 0, steps, &pattern))
            .collect();
        parts.extend(any.absent.iter().map(|steps| self.scope.lacks(0, steps)));
        Ok(self.scope.or_says_nothing(Expression::One(parts), &any.pattern))
    }
}

/// The value at these steps, or one of those there, is in the pattern.
fn at(scope: &mut Scope, place: usize, steps: &[Step], pattern: &Pattern) -> Expression {
    match steps {
        [] => scope.pattern(place, pattern),
        [Step::Key(key), rest @ ..] => {
            let member = scope.member(place, key);
            at(scope, member, rest, pattern)
        }
        [Step::Each, rest @ ..] => scope.some(place, |scope| at(scope, 0, rest, pattern)),
    }
}

/// Finds the slots with a reading; `false` if not all of them can be named.
fn slots_with(
    universe: &Universe<'_>,
    reading: ReadingKind,
    steps: &mut Vec<Step>,
    into: &mut Vec<Vec<Step>>,
    depth: usize,
) -> bool {
    if !universe.has_reading(reading) {
        return true;
    }
    let Some(depth) = depth.checked_sub(1) else {
        return false;
    };
    let shapes = universe.shapes();
    let is = |shape: &&Shape| shape.reading.as_ref().is_some_and(|own| own.kind() == reading);
    if shapes.iter().any(is) {
        into.push(steps.clone());
    }
    let unnamed = |shape: &&Shape| {
        shape
            .additional
            .as_ref()
            .is_some_and(|others| others.has_reading(reading))
    };
    let mut all_named = !shapes.iter().any(unnamed);
    let names: BTreeSet<&str> = universe.known().into_iter().collect();
    for name in names {
        steps.push(Step::Key(name.to_owned()));
        all_named &= slots_with(&universe.member(name), reading, steps, into, depth);
        steps.pop();
    }
    if shapes.iter().any(|shape| shape.items.is_some()) {
        steps.push(Step::Each);
        all_named &= slots_with(&universe.element(), reading, steps, into, depth);
        steps.pop();
    }
    all_named
}
