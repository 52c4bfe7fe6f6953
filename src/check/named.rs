//! Names in patterns: parameters, definitions, built-in patterns and constants.

use super::codes;
use super::constants::ConstValue;
use super::env::Env;
use super::escapes::Polarity;
use super::lower::{Beside, Lowering};
use super::not_yet::not_compiled;
use super::slot::Slot;
use crate::diagnostic::{Diagnostic, Span};
use crate::pattern::{Pattern, PatternKind, ReadingKind};
use crate::syntax::ast::{Argument, Ident, NumberRange, PatternDef};
use crate::table::Type;

impl<'a> Lowering<'_, 'a> {
    pub(super) fn name(
        self,
        name: &'a Ident,
        span: Span,
        slot: &Slot<'_>,
        polarity: Polarity,
        beside: &Beside<'a>,
    ) -> Option<Pattern> {
        if let Some((argument, outer)) = self.env.get(&name.name) {
            return Lowering { env: outer, ..self }.argument(argument, slot, polarity, beside);
        }
        if let Some(definition) = self.checker.scope.pattern(name) {
            return self.apply(definition, &[], span, slot, polarity, beside);
        }
        let kind = match name.name.as_str() {
            "any" => PatternKind::Any,
            "bool" => self.typed(Type::Boolean, span, slot).map(|()| PatternKind::AnyBool)?,
            "int" => self.typed(Type::Integer, span, slot).map(|()| any_number(true))?,
            "number" => self.typed(Type::Number, span, slot).map(|()| any_number(false))?,
            "text" => self.typed(Type::String, span, slot).map(|()| any_text(false))?,
            "line" => self.typed(Type::String, span, slot).map(|()| any_text(true))?,
            "glob" | "regex" => {
                let message = format!("`{}` takes a string", name.name);
                let help = format!("write `{}(\"…\")`", name.name);
                return self
                    .checker
                    .report(Diagnostic::error(codes::NOT_A_PATTERN, span, message).help(help));
            }
            other => match ReadingKind::named(other) {
                Some(kind) => self.reading(kind, span, slot).map(|()| PatternKind::Reading(kind))?,
                None => self.constant(name, span, slot)?,
            },
        };
        self.leaf(kind, span, slot)
    }

    /// A definition stands for its pattern, and its parameters in it for the arguments.
    pub(super) fn apply(
        self,
        definition: &'a PatternDef,
        args: &'a [Argument],
        span: Span,
        slot: &Slot<'_>,
        polarity: Polarity,
        beside: &Beside<'a>,
    ) -> Option<Pattern> {
        match Env::call(definition, args, span, self.env) {
            Ok(env) => Lowering { env: &env, ..self }.pattern(&definition.pattern, slot, polarity, beside),
            Err(error) => self.checker.report(*error),
        }
    }

    /// What an argument is where the parameter stands in for a pattern.
    fn argument(
        self,
        argument: &'a Argument,
        slot: &Slot<'_>,
        polarity: Polarity,
        beside: &Beside<'a>,
    ) -> Option<Pattern> {
        let span = argument.span();
        let kind = match argument {
            Argument::Pattern(pattern) => return self.pattern(pattern, slot, polarity, beside),
            Argument::Str(template) => self.string(template, slot)?,
            // A number alone is an argument like a range of one.
            Argument::Range(NumberRange {
                low: Some(low),
                high: Some(high),
                ..
            }) if low == high => self.number(low, span, slot)?,
            Argument::Range(range) => self.range(range, slot)?,
            Argument::Moments(_) => return self.checker.report(not_compiled(span)),
        };
        self.leaf(kind, span, slot)
    }

    /// A constant stands for its value. One that is not there was reported with the names.
    fn constant(self, name: &Ident, span: Span, slot: &Slot<'_>) -> Option<PatternKind> {
        match self.checker.scope.value(name) {
            Some(ConstValue::Str(text)) => self.literal(text, span, slot),
            Some(ConstValue::Number(token)) => self.number(token, span, slot),
            Some(ConstValue::Bool(value)) => self
                .typed(Type::Boolean, span, slot)
                .map(|()| PatternKind::Bool(*value)),
            Some(ConstValue::Size(size)) => self.number(&size.bytes().to_string(), span, slot),
            Some(ConstValue::Duration(_)) => {
                let message = format!("`{}` is a duration, and no slot takes one", name.name);
                let help = "write the number that the tool takes: which unit it counts in is its own affair";
                self.checker
                    .report(Diagnostic::error(codes::TYPE, span, message).help(help))
            }
            Some(ConstValue::Moment(_)) => {
                let message = "dates as patterns are not enforced by this version of mcppc";
                self.checker.report(Diagnostic::error(codes::NOT_YET, span, message))
            }
            // Why it has no value was reported where it stands.
            None if self.checker.scope.written(name).is_some() => None,
            None => self.checker.report(self.checker.scope.unknown_pattern(name)),
        }
    }
}

fn any_number(integer: bool) -> PatternKind {
    PatternKind::Range {
        low: None,
        high: None,
        integer,
    }
}

fn any_text(line: bool) -> PatternKind {
    PatternKind::Text {
        min: 0,
        max: None,
        line,
    }
}
