//! `any path: P`: every slot of a tool that is read in some way.

use super::absence::any_of;
use super::escapes::Polarity;
use super::lower::MAX_DEPTH;
use super::slot::Slot;
use super::spreads::ScopedField;
use super::{Checker, codes};
use crate::diagnostic::Diagnostic;
use crate::pattern::ReadingKind;
use crate::syntax::ast::{self, FieldKey};
use crate::table::{AnyReading, Reading, Shape, Tool, Type};

impl<'a> Checker<'a> {
    /// The reading of `any READING`; `None` for another entry, or where what is wrong with it was reported.
    pub(super) fn any_kind(&self, field: &ast::Field) -> Option<ReadingKind> {
        let FieldKey::AnyReading(reading) = &field.key else {
            return None;
        };
        let Some(kind) = ReadingKind::named(&reading.name) else {
            let names = ReadingKind::ALL.map(ReadingKind::name);
            let message = format!("there is no reading `{}`", reading.name);
            let help = format!("the readings are {}", names.join(", "));
            return self.report(Diagnostic::error(codes::ANY, reading.span, message).help(help));
        };
        if field.optional {
            let message = format!(
                "`any {}` is not about one parameter, so it cannot be optional",
                reading.name
            );
            return self.report(Diagnostic::error(codes::ANY, field.span, message));
        }
        Some(kind)
    }

    /// `any READING: P` for one tool that has such slots.
    pub(super) fn any_reading(
        &self,
        (field, env): &ScopedField<'a>,
        kind: ReadingKind,
        tool: &Tool,
        full: &str,
    ) -> Option<AnyReading> {
        let readings = tool.arguments.readings(kind);
        let mut reading = any_of_these(&readings).or_else(|| {
            let message = format!(
                "the slots of `{full}` are read in ways that `any {}` cannot speak of together",
                kind.name()
            );
            let help = "name the slots, or declare them alike in the server's block";
            self.report(Diagnostic::error(codes::ANY, field.span, message).help(help))
        })?;
        // A capability takes the schemes that its own rules name: of another one it has no value, which is no mistake here.
        if let Reading::Url(url) = &mut reading
            && url.resource
        {
            self.schemes(&field.pattern, env, MAX_DEPTH, &mut url.schemes);
        }
        let shape = Shape {
            types: Some([Type::String].into_iter().collect()),
            reading: Some(Box::new(reading)),
            ..Shape::default()
        };
        let slot = Slot::of(&shape, &format!("`any {}` of `{full}`", kind.name()));
        let any = AnyReading {
            reading: kind,
            pattern: self.lower(&field.pattern, env, &slot, Polarity::Prohibition)?,
            absent: Vec::new(),
        };
        Some(any_of(&any, &tool.arguments))
    }
}

/// One reading under which a pattern means the same as under each of these; `None` if there is none.
fn any_of_these(readings: &[&Reading]) -> Option<Reading> {
    let (first, rest) = readings.split_first()?;
    let mut all = (*first).clone();
    for other in rest {
        match (&mut all, other) {
            (Reading::Path(one), Reading::Path(other)) if (one.fold, one.windows) == (other.fold, other.windows) => {}
            (Reading::Url(one), Reading::Url(other)) if one.default_scheme == other.default_scheme => {
                let missing = other.schemes.iter().filter(|scheme| !one.schemes.contains(scheme));
                let missing: Vec<String> = missing.cloned().collect();
                one.schemes.extend(missing);
            }
            (Reading::Datetime(_), Reading::Datetime(_)) => all = Reading::plain(ReadingKind::Datetime),
            (one, other) if *one == **other => {}
            _ => return None,
        }
    }
    if let Reading::Path(path) = &mut all {
        // A text of the policy is an absolute name, since each slot may have a root of its own.
        (path.dir, path.root) = (false, None);
    }
    Some(all)
}
