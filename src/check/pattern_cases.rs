//! `matches NAME VALUE` and `rejects NAME VALUE`: what tests say of patterns.

use super::env::Env;
use super::escapes::Polarity;
use super::lower::MAX_DEPTH;
use super::readings::{Found, read_as_path};
use super::slot::{Slot, name_slot};
use super::{Checker, json_literal};
use crate::diagnostic::Diagnostic;
use crate::eval::{At, universe};
use crate::json::{Limits, parse};
use crate::syntax::ast::{JsonLiteralKind, PatternCase};
use crate::table::{Property, Shape, Type, TypeSet};

impl<'a> Checker<'a> {
    /// What is wrong with one expectation, if anything is.
    pub(super) fn pattern_case(&self, case: &'a PatternCase) -> Option<Diagnostic> {
        let env = Env::default();
        let mut found = Found::default();
        self.find(&case.pattern, &env, &mut Vec::new(), MAX_DEPTH, &mut found);
        let shape = |types: TypeSet| {
            let mut shape = Shape {
                types: Some(types),
                ..Shape::default()
            };
            found.named.iter().for_each(|steps| name_slot(&mut shape, steps));
            found.paths.iter().for_each(|steps| read_as_path(&mut shape, steps));
            shape
        };
        // A value of any type, and yet not of a type that nothing is known of: `!P` stands alone here.
        let any = Property {
            shape: shape(Type::ALL.into_iter().filter(|kind| *kind != Type::Integer).collect()),
            ..Property::default()
        };
        let slot = Slot::parameter("a test", "value", std::borrow::Cow::Owned(any));
        let pattern = self.lower(&case.pattern, &env, &slot, Polarity::Neither)?;
        let text = json_literal::literal(&case.value, &|template| self.scope.text(template, self))?;
        let found = match parse(text.as_bytes(), &Limits::default()) {
            Err(error) => Err(error.to_string()),
            Ok(value) => universe::read(&shape(type_of(&case.value.kind)), &value, &At::ARGUMENTS)
                .map(|datum| pattern.holds(&datum))
                .map_err(|denial| denial.message),
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
