//! Alternatives of patterns of which one covers another.

use super::budget::{Budget, Refusal};
use super::findings::covering;
use super::frame::Frame;
use super::ground::{Buckets, example};
use crate::pattern::{At, Field, Pattern, PatternKind};
use crate::table::program::compile::expression::{Expression, Scope};
use crate::table::program::compile::formula::Formula;
use crate::table::{Tool, Universe};

/// An alternative, and another that holds everything it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Alternative {
    /// Where it stands.
    pub at: At,
    /// Where the other stands; `None`: there is no such.
    pub by: Option<At>,
}

/// The alternatives in the rules of a tool, each as often as it stands in them.
///
/// # Errors
/// If it takes more steps than there are.
pub fn alternatives(tool: &Tool, budget: &Budget) -> Result<Vec<Alternative>, Refusal> {
    let mut looking = Looking {
        budget,
        seen: Vec::new(),
        found: Vec::new(),
    };
    let arguments = Universe::of(&tool.arguments);
    let of_prohibitions = tool.prohibitions.iter().flat_map(|rule| &rule.fields);
    let of_grants = tool.grants.iter().flat_map(|rule| &rule.fields);
    for field in of_prohibitions.chain(of_grants) {
        looking.field(field, &arguments)?;
    }
    Ok(looking.found)
}

struct Looking<'t> {
    budget: &'t Budget,
    /// What was looked at, by the name of its parameter: named patterns stand in many rules.
    seen: Vec<(&'t str, &'t Pattern)>,
    found: Vec<Alternative>,
}

/// More alternatives than these are data.
const MOST: usize = 256;

impl<'t> Looking<'t> {
    fn field(&mut self, field: &'t Field, within: &Universe<'_>) -> Result<(), Refusal> {
        let known = |(name, pattern): &(&str, &Pattern)| {
            *name == field.name && pattern.at == field.pattern.at && **pattern == field.pattern
        };
        if self.seen.iter().rev().take(MOST).any(known) {
            return Ok(());
        }
        self.seen.push((&field.name, &field.pattern));
        self.pattern(&field.pattern, &within.member(&field.name))
    }

    /// INVARIANT: a checked policy bounds how deep patterns nest.
    fn pattern(&mut self, pattern: &'t Pattern, universe: &Universe<'_>) -> Result<(), Refusal> {
        match &pattern.kind {
            PatternKind::Or(parts) => {
                self.compare(pattern.at, parts, universe)?;
                parts.iter().try_for_each(|part| self.pattern(part, universe))
            }
            PatternKind::And(parts) => parts.iter().try_for_each(|part| self.pattern(part, universe)),
            PatternKind::Not(inner) => self.pattern(inner, universe),
            PatternKind::Array { element, .. } | PatternKind::Has(element) => {
                self.pattern(element, &universe.element())
            }
            PatternKind::Object { fields, .. } => fields
                .iter()
                .try_for_each(|field| self.pattern(&field.pattern, &universe.member(&field.name))),
            _ => Ok(()),
        }
    }

    fn compare(&mut self, at: At, parts: &[Pattern], universe: &Universe<'_>) -> Result<(), Refusal> {
        // What a reading is taken apart into is not written as alternatives.
        let mut places: Vec<(u32, u32, u32)> = parts.iter().map(|part| part.at.into()).collect();
        places.sort_unstable();
        places.dedup();
        if places.len() < parts.len() || places.contains(&at.into()) || parts.len() > MOST {
            return Ok(());
        }
        let mut scope = Scope::new(false);
        let parts_of = parts.iter().map(|part| scope.pattern(0, part));
        let expressions: Vec<Expression> = parts_of.collect();
        let mut frame = Frame::new(&mut scope, universe, false, self.budget)?;
        let items: Vec<Formula> = expressions.iter().map(|part| frame.formula(part)).collect();
        let base = frame.constraint;
        let near = Buckets::new(&frame.formulas, &items);
        for (at, (item, part)) in items.iter().zip(parts).enumerate() {
            let Some(value) = example(&mut frame.formulas, &[base, *item], &[], self.budget)? else {
                continue;
            };
            let place = (at, &value);
            let by = covering(
                (&mut frame.formulas, base),
                (&items, &near),
                place,
                &|_| true,
                self.budget,
            )?;
            self.found.push(Alternative {
                at: part.at,
                by: by.and_then(|by| parts.get(by)).map(|by| by.at),
            });
        }
        Ok(())
    }
}
