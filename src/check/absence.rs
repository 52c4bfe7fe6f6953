//! What it means that a member is absent: the server then takes its default.

use std::collections::BTreeSet;

use super::Checker;
use super::codes;
use super::escapes::Polarity;
use super::slot::Slot;
use crate::diagnostic::Diagnostic;
use crate::eval::{lacks, universe};
use crate::json::{Limits, Tape};
use crate::pattern::{Datum, Field, Pattern};
use crate::syntax::ast::{self, Ident};
use crate::table::{AnyReading, Shape, Step, Universe};

impl Checker<'_> {
    /// What it means for a member to be absent: the server then takes its default, any of those that the alternatives of
    /// the schema state. A grant must hold for each; a prohibition holds for any, and where it cannot be told what one
    /// would be read as.
    pub(super) fn settle(
        &self,
        field: &ast::Field,
        name: &Ident,
        slot: &Slot<'_>,
        pattern: Pattern,
        polarity: Polarity,
    ) -> Option<Field> {
        // What a claim says of a default is not known before there is a caller.
        let known = !pattern.reads_claims();
        let holds = |shape, default| {
            let holds = of_default(&slot.universe, shape, default, |value| pattern.holds(value));
            holds.filter(|_| known)
        };
        let mut optional = field.optional;
        for (shape, default) in &slot.defaults {
            match (polarity, holds(shape, default)) {
                (Polarity::Grant, Some(false) | None) if field.optional => {
                    return self.report(default_escapes(field, name, default));
                }
                (Polarity::Prohibition, Some(true) | None) => optional = true,
                _ => {}
            }
        }
        // What is not in the envelope is nothing that a server takes for something else.
        let is_argument = !matches!(field.key, ast::FieldKey::Envelope(_));
        if polarity == Polarity::Prohibition && slot.defaults.is_empty() && !optional && !slot.required && is_argument {
            self.lint_absence(name, slot);
        }
        Some(Field {
            name: name.name.clone(),
            optional,
            at: self.at(field.span),
            pattern,
        })
    }

    fn lint_absence(&self, name: &Ident, slot: &Slot<'_>) {
        let message = format!("{} may be absent, and this prohibition does not hold then", slot.name);
        let help = format!("write `{}?:` to prohibit such calls too", name.name);
        self.report::<()>(Diagnostic::warning(codes::ABSENCE, name.span, message).help(help));
    }
}

/// What a test says of a stated default as its slot reads it; `None` if it cannot be read.
fn of_default(
    universe: &Universe<'_>,
    shape: &Shape,
    default: &str,
    test: impl FnOnce(&Datum<'_>) -> bool,
) -> Option<bool> {
    let mut tape = Tape::default();
    let value = tape.read(default.as_bytes(), &Limits::default()).ok()?;
    universe::read(universe, shape, &mut tape, value).ok()?;
    Some(test(&tape.node(value).into()))
}

fn default_escapes(field: &ast::Field, name: &Ident, default: &str) -> Diagnostic {
    let name = &name.name;
    let message = format!("where `{name}` is absent the server takes `{default}`, which this does not allow");
    let help = format!("allow `{default}` too, or write `{name}:` to require it");
    Diagnostic::error(codes::DEFAULT, field.span, message).help(help)
}

/// `any READING: P` for one tool.
pub(super) fn any_of(any: &AnyReading, arguments: &Shape) -> AnyReading {
    AnyReading {
        absent: absent_slots(&Universe::of(arguments), any),
        ..any.clone()
    }
}

/// The slots whose stated default lets `any READING: P` hold where they are absent.
fn absent_slots(universe: &Universe<'_>, any: &AnyReading) -> Vec<Vec<Step>> {
    let mut found = Vec::new();
    let names: BTreeSet<&str> = universe.known().into_iter().collect();
    for name in names {
        let member = universe.member(name);
        // What is absent within a default has its own.
        let within = absent_slots(&member, any);
        let holds = |(shape, default): (&Shape, &str)| {
            let holds = of_default(&member, shape, default, |value| {
                value.any_reading(any.reading, &|value| any.pattern.holds(value))
                    || within.iter().any(|steps| lacks(value, steps))
            });
            let holds = holds.filter(|_| !any.pattern.reads_claims());
            holds.unwrap_or_else(|| member.has_reading(any.reading))
        };
        let step = Step::Key(name.to_owned());
        if universe.defaults(name).into_iter().any(holds) {
            found.push(vec![step.clone()]);
        }
        found.extend(after(&step, within));
    }
    if universe.shapes().into_iter().any(|shape| shape.items.is_some()) {
        found.extend(after(&Step::Each, absent_slots(&universe.element(), any)));
    }
    found
}

fn after(step: &Step, within: Vec<Vec<Step>>) -> impl Iterator<Item = Vec<Step>> {
    within
        .into_iter()
        .map(|steps| [std::slice::from_ref(step), &steps].concat())
}
