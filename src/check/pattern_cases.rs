//! `matches NAME VALUE` and `rejects NAME VALUE`: what tests say of patterns.

use super::asked::Asked;
use super::env::Env;
use super::escapes::Polarity;
use super::lower::MAX_DEPTH;
use super::readings::read_as;
use super::slot::{Slot, for_each_text, name_slot};
use super::{Checker, json_literal};
use crate::diagnostic::Diagnostic;
use crate::eval::universe;
use crate::json::{Limits, Tape};
use crate::syntax::ast::{JsonLiteralKind, PatternCase};
use crate::table::{Shape, Type, TypeSet, Universe};

impl<'a> Checker<'a> {
    /// What is wrong with one expectation, if anything is.
    pub(super) fn pattern_case(&self, case: &'a PatternCase) -> Option<Diagnostic> {
        let env = Env::default();
        let mut found = Asked::default();
        self.ask(&case.pattern, &env, &mut Vec::new(), MAX_DEPTH, &mut found);
        let shape = |types: TypeSet| {
            let mut shape = Shape {
                types: Some(types),
                ..Shape::default()
            };
            found.named.iter().for_each(|steps| name_slot(&mut shape, steps));
            for (steps, reading) in &found.read {
                read_as(&mut shape, steps, reading);
            }
            for (steps, asked) in &found.urls {
                for_each_text(&mut shape, steps, &mut |shape| asked.put_to(shape));
            }
            shape
        };
        // A value of any type, and yet not of a type that nothing is known of: `!P` stands alone here.
        let any = shape(Type::ALL.into_iter().filter(|kind| *kind != Type::Integer).collect());
        let slot = Slot::of(&any, "the value");
        let pattern = self.lower(&case.pattern, &env, &slot, Polarity::Neither)?;
        let pattern = self.without_claims(pattern, case.pattern.span)?;
        let text = json_literal::literal(&case.value, &|template| self.scope.text(template, self))?;
        let mut tape = Tape::default();
        let found = match tape.read(text.as_bytes(), &Limits::default()) {
            Err(fault) => Err(tape.error(&fault).to_string()),
            Ok(value) => {
                let shape = shape(type_of(&case.value.kind));
                universe::read(&Universe::of(&shape), &shape, &mut tape, value)
                    .map(|()| pattern.holds(&tape.node(value).into()))
                    .map_err(|denial| denial.message)
            }
        };
        let failed = |message: &str| Diagnostic::error("T0002", case.span, message);
        match (case.matches, found) {
            (true, Ok(true)) | (false, Ok(false) | Err(_)) => None,
            (true, Ok(false)) => Some(failed("the value is not in the pattern")),
            (true, Err(why)) => Some(failed("the value is in no pattern").label(why)),
            (false, Ok(true)) => Some(failed("the value is in the pattern")),
        }
    }
}

fn type_of(value: &JsonLiteralKind) -> TypeSet {
    let kind = match value {
        JsonLiteralKind::Null => Type::Null,
        JsonLiteralKind::Bool(_) => Type::Boolean,
        JsonLiteralKind::Number(_) => Type::Number,
        JsonLiteralKind::Str(_) => Type::String,
        JsonLiteralKind::Array(_) => Type::Array,
        JsonLiteralKind::Object(_) => Type::Object,
    };
    [kind].into_iter().collect()
}
