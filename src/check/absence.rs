//! What it means that a member is absent: the server then takes its default.

use super::Checker;
use super::codes;
use super::escapes::Polarity;
use super::slot::Slot;
use crate::diagnostic::Diagnostic;
use crate::eval::{At, lacks, universe};
use crate::json::{Limits, parse};
use crate::pattern::{Field, Pattern, ReadingKind};
use crate::syntax::ast::{self, Ident};
use crate::table::{AnyReading, Shape, Step};

impl Checker<'_> {
    /// What it means for a member to be absent: the server then takes its default. A grant must hold for that; a
    /// prohibition holds for that, and where it cannot be told what the default would be read as.
    pub(super) fn settle(
        &self,
        field: &ast::Field,
        name: &Ident,
        slot: &Slot<'_>,
        pattern: Pattern,
        polarity: Polarity,
    ) -> Option<Field> {
        let holds = slot
            .default
            .as_deref()
            .map(|default| default_holds(&slot.shape, default, &pattern));
        match (polarity, holds) {
            (Polarity::Grant, Some(Some(false) | None)) if field.optional => {
                return self.report(default_escapes(
                    field,
                    name,
                    slot.default.as_deref().unwrap_or_default(),
                ));
            }
            (Polarity::Prohibition, None) if !field.optional && !slot.required => self.lint_absence(name, slot),
            _ => {}
        }
        Some(Field {
            name: name.name.clone(),
            optional: field.optional || (polarity == Polarity::Prohibition && holds.is_some_and(|h| h != Some(false))),
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

/// Does a pattern hold for a stated default? `None` if the default cannot be read as its slot says.
fn default_holds(shape: &Shape, default: &str, pattern: &Pattern) -> Option<bool> {
    let value = parse(default.as_bytes(), &Limits::default()).ok()?;
    let datum = universe::read(shape, &value, &At::ARGUMENTS).ok()?;
    Some(pattern.holds(&datum))
}

fn default_escapes(field: &ast::Field, name: &Ident, default: &str) -> Diagnostic {
    let name = &name.name;
    let message = format!("where `{name}` is absent the server takes `{default}`, which this does not allow");
    let help = format!("allow `{default}` too, or write `{name}:` to require it");
    Diagnostic::error(codes::DEFAULT, field.span, message).help(help)
}

/// `any READING: P` for one tool.
pub(super) fn any_of(any: &AnyReading, arguments: &Shape) -> AnyReading {
    let mut absent = Vec::new();
    absent_slots(arguments, any.reading, &any.pattern, &mut Vec::new(), &mut absent);
    AnyReading { absent, ..any.clone() }
}

/// The slots whose stated default lets `any READING: P` hold where they are absent.
fn absent_slots(shape: &Shape, reading: ReadingKind, pattern: &Pattern, at: &mut Vec<Step>, out: &mut Vec<Vec<Step>>) {
    for variant in shape.variants() {
        for (name, property) in &variant.properties {
            at.push(Step::Key(name.clone()));
            if let Some(default) = property
                .default
                .as_deref()
                .filter(|_| property.shape.has_reading(reading))
            {
                // What is absent within the default has its own.
                let mut within = Vec::new();
                absent_slots(&property.shape, reading, pattern, &mut Vec::new(), &mut within);
                let holds = parse(default.as_bytes(), &Limits::default())
                    .ok()
                    .and_then(|value| universe::read(&property.shape, &value, &At::ARGUMENTS).ok())
                    .is_none_or(|datum| {
                        datum.any_reading(reading, &|value| pattern.holds(value))
                            || within.iter().any(|steps| lacks(&datum, steps))
                    });
                out.extend(holds.then(|| at.clone()));
            }
            absent_slots(&property.shape, reading, pattern, at, out);
            at.pop();
        }
        if let Some(items) = &variant.items {
            at.push(Step::Each);
            absent_slots(items, reading, pattern, at, out);
            at.pop();
        }
    }
}
