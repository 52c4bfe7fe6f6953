//! A pattern at its slot: typed, resolved, and made into a set.

use std::collections::BTreeSet;

use super::env::{Env, Scoped};
use super::escapes::Polarity;
use super::not_yet::not_compiled;
use super::slot::Slot;
use super::spreads::Braces;
use super::{Checker, codes};
use crate::diagnostic::{Diagnostic, Span, nearest};
use crate::pattern::{Datum, Decimal, Field, Pattern, PatternKind, UrlPart};
use crate::syntax::ast::{self, FieldKey, Length, NumberRange, PatternKind as Written};
use crate::table::{Shape, Type, TypeSet};

/// As deep as patterns nest; references count as a level.
pub(super) const MAX_DEPTH: usize = 64;

/// The patterns that hold together with the one being lowered.
pub(super) type Beside<'a> = [Scoped<'a>];

impl<'a> Checker<'a> {
    /// Lowers a pattern to a set of the slot's universe; `None` if that was reported as an error.
    pub(super) fn lower(
        &self,
        pattern: &'a ast::Pattern,
        env: &Env<'a>,
        slot: &Slot<'_>,
        polarity: Polarity,
    ) -> Option<Pattern> {
        self.within(env).pattern(pattern, slot, polarity, &[])
    }

    /// The look at a definition whose parameters stand for these.
    pub(super) fn within<'c>(&'c self, env: &'c Env<'a>) -> Lowering<'c, 'a> {
        Lowering {
            checker: self,
            depth: MAX_DEPTH,
            part: None,
            env,
        }
    }
}

#[derive(Clone, Copy)]
pub(super) struct Lowering<'c, 'a> {
    pub(super) checker: &'c Checker<'a>,
    pub(super) depth: usize,
    /// The part of a URL that the slot is.
    pub(super) part: Option<UrlPart>,
    /// What the parameters of the definition that is being looked at stand for.
    pub(super) env: &'c Env<'a>,
}

impl<'a> Lowering<'_, 'a> {
    pub(super) fn pattern(
        mut self,
        pattern: &'a ast::Pattern,
        slot: &Slot<'_>,
        polarity: Polarity,
        beside: &Beside<'a>,
    ) -> Option<Pattern> {
        let Some(depth) = self.depth.checked_sub(1) else {
            return self.error(
                codes::CYCLE,
                pattern.span,
                "patterns refer to each other more than 64 deep",
            );
        };
        if !self.checker.spend(pattern.span) {
            return None;
        }
        self.depth = depth;
        self.checker.check_escape(pattern, self.env, beside, polarity);
        let kind = match &pattern.kind {
            Written::Name(name) => return self.name(name, pattern.span, slot, polarity, beside),
            Written::Str(template) => self.string(template, slot)?,
            Written::Number(token) => self.number(token, pattern.span, slot)?,
            Written::Bool(value) => self
                .typed(Type::Boolean, pattern.span, slot)
                .map(|()| PatternKind::Bool(*value))?,
            Written::Null => self.null(pattern.span, slot)?,
            Written::Range(range) => self.range(range, slot)?,
            Written::Call { name, args } => match self.checker.scope.pattern(name) {
                Some(definition) => return self.apply(definition, args, pattern.span, slot, polarity, beside),
                None => self.call(name, args, pattern.span, slot)?,
            },
            Written::Array { element, length } => self.array(element, length.as_ref(), pattern.span, slot, polarity)?,
            Written::Has(element) => {
                self.typed(Type::Array, pattern.span, slot)?;
                PatternKind::Has(Box::new(self.pattern(element, &slot.element(), polarity, &[])?))
            }
            Written::Object { fields, spreads, open } => {
                let braces = Braces {
                    fields,
                    spreads,
                    open: *open,
                };
                self.object(braces, pattern.span, slot, polarity)?
            }
            Written::UrlParts(fields) => self.url_parts(fields, pattern.span, slot, polarity)?,
            Written::Map { key, value, length } => {
                self.map((key, value), length.as_ref(), pattern.span, slot, polarity)?
            }
            Written::Claim(claim) => self.claim(claim, slot)?,
            Written::Nullable(inner) => {
                let null = self.null(pattern.span, slot);
                let inner = self.pattern(inner, slot, polarity, beside)?;
                let null = Pattern {
                    at: self.checker.at(pattern.span),
                    kind: null?,
                };
                PatternKind::Or(vec![inner, null])
            }
            Written::Not(inner) => {
                self.check_negation(pattern.span, slot, beside);
                PatternKind::Not(Box::new(self.pattern(inner, slot, polarity.flipped(), &[])?))
            }
            Written::And(parts) => PatternKind::And(self.parts(parts, slot, polarity, beside)?),
            Written::Or(parts) => PatternKind::Or(self.alternatives(parts, slot, polarity, beside)?),
        };
        self.leaf(kind, pattern.span, slot)
    }

    /// A pattern, and an error if the schema lists the slot's values and none of them is in it.
    pub(super) fn leaf(self, kind: PatternKind, span: Span, slot: &Slot<'_>) -> Option<Pattern> {
        use PatternKind as P;
        let pattern = Pattern {
            at: self.checker.at(span),
            kind,
        };
        let found = match &pattern.kind {
            P::String(text) => format!("`{text}`"),
            P::Number(number) => format!("`{number}`"),
            P::Bool(_) | P::Range { .. } | P::Text { .. } | P::Automaton(_) => "in this pattern".to_owned(),
            _ => return Some(pattern),
        };
        let Some(values) = slot.listed().filter(|values| !values.iter().any(|v| pattern.holds(v))) else {
            return Some(pattern);
        };
        let names: Vec<String> = values.iter().map(described).collect();
        let near = match &pattern.kind {
            P::String(text) => nearest(text, names.iter().map(String::as_str)),
            _ => None,
        };
        let help = near.map_or_else(
            || format!("it is one of {}", names.join(", ")),
            |near| format!("did you mean `{near}`?"),
        );
        let message = format!("{} is never {found}", slot.name);
        self.checker
            .report(Diagnostic::error(codes::TYPE, span, message).help(help))
    }

    pub(super) fn error<T>(self, code: &'static str, span: Span, message: impl Into<String>) -> Option<T> {
        self.checker.report(Diagnostic::error(code, span, message))
    }

    /// Each part of `P & Q`, with all the others beside it.
    fn parts(
        self,
        parts: &'a [ast::Pattern],
        slot: &Slot<'_>,
        polarity: Polarity,
        beside: &Beside<'a>,
    ) -> Option<Vec<Pattern>> {
        let lowered = parts.iter().enumerate().map(|(index, part)| {
            let others = parts.iter().enumerate().filter(|(i, _)| *i != index);
            let others = others.map(|(_, pattern)| Scoped {
                pattern,
                env: self.env.clone(),
            });
            let beside: Vec<Scoped<'a>> = beside.iter().cloned().chain(others).collect();
            self.pattern(part, slot, polarity, &beside)
        });
        // All parts, so that all their errors are seen.
        lowered.collect::<Vec<_>>().into_iter().collect()
    }

    fn alternatives(
        self,
        parts: &'a [ast::Pattern],
        slot: &Slot<'_>,
        polarity: Polarity,
        beside: &Beside<'a>,
    ) -> Option<Vec<Pattern>> {
        let lowered = parts.iter().map(|part| self.pattern(part, slot, polarity, beside));
        lowered.collect::<Vec<_>>().into_iter().collect()
    }

    fn check_negation(self, span: Span, slot: &Slot<'_>, beside: &Beside<'a>) {
        let untyped = slot.universe.possible_types() == TypeSet::ALL;
        let positive = |p: &Scoped<'a>| self.checker.is_positive(p.pattern, &p.env, MAX_DEPTH);
        if untyped && !beside.iter().any(positive) {
            let who = match slot.universe.types() {
                TypeSet::ALL => "the lock",
                _ => "an alternative of its schema",
            };
            let message = format!(
                "{who} says nothing of the type of {}, so `!` would hold for values of every kind",
                slot.name
            );
            let help = "put a positive pattern beside it: `text & !P`";
            self.checker
                .report::<()>(Diagnostic::error(codes::OPEN_NEGATION, span, message).help(help));
        }
    }

    pub(super) fn typed(self, kind: Type, span: Span, slot: &Slot<'_>) -> Option<()> {
        let types = slot.universe.types();
        let number = kind == Type::Number && types.has(Type::Integer);
        if types.has(kind) || number || (kind == Type::Integer && types.has(Type::Number)) {
            return Some(());
        }
        let message = format!(
            "this matches {}, but {} takes {}",
            kind.described(),
            slot.name,
            types.described()
        );
        self.error(codes::TYPE, span, message)
    }

    fn null(self, span: Span, slot: &Slot<'_>) -> Option<PatternKind> {
        if slot.universe.types().has(Type::Null) {
            return Some(PatternKind::Null);
        }
        let message = format!("{} is never null", slot.name);
        let help = "for a parameter that may be left out write `name?: P`";
        self.checker
            .report(Diagnostic::error(codes::TYPE, span, message).help(help))
    }

    pub(super) fn number(self, token: &str, span: Span, slot: &Slot<'_>) -> Option<PatternKind> {
        self.typed(Type::Number, span, slot)?;
        let decimal = self.decimal(token, span)?;
        if !decimal.view().is_integer() {
            let types = slot.universe.types();
            if !types.has(Type::Number) {
                return self.error(
                    codes::TYPE,
                    span,
                    format!("`{token}` is not whole, but {} takes {}", slot.name, types.described()),
                );
            }
        }
        Some(PatternKind::Number(decimal))
    }

    fn decimal(self, token: &str, span: Span) -> Option<Decimal> {
        match Decimal::parse(token) {
            Some(decimal) => Some(decimal),
            None => self.error(codes::EMPTY, span, format!("`{token}` is no number")),
        }
    }

    pub(super) fn range(self, range: &NumberRange, slot: &Slot<'_>) -> Option<PatternKind> {
        self.typed(Type::Number, range.span, slot)?;
        let bound = |token: &Option<String>| token.as_deref().map(|token| self.decimal(token, range.span));
        let (low, high) = (bound(&range.low), bound(&range.high));
        let low = low.map_or(Some(None), |found| found.map(Some))?;
        let high = high.map_or(Some(None), |found| found.map(Some))?;
        if let (Some(low), Some(high)) = (&low, &high)
            && low > high
        {
            return self.error(codes::EMPTY, range.span, format!("nothing is between {low} and {high}"));
        }
        let integer = [&range.low, &range.high]
            .into_iter()
            .flatten()
            .all(|token| !token.contains('.'));
        Some(PatternKind::Range { low, high, integer })
    }

    fn array(
        self,
        element: &'a ast::Pattern,
        length: Option<&Length>,
        span: Span,
        slot: &Slot<'_>,
        polarity: Polarity,
    ) -> Option<PatternKind> {
        self.typed(Type::Array, span, slot)?;
        let (min, max) = self.lengths(length, span, "no array is so long and so short")?;
        let element = Box::new(self.pattern(element, &slot.element(), polarity, &[])?);
        Some(PatternKind::Array { element, min, max })
    }

    fn object(self, braces: Braces<'a>, span: Span, slot: &Slot<'_>, polarity: Polarity) -> Option<PatternKind> {
        self.typed(Type::Object, span, slot)?;
        let fields = self.checker.fields(braces, self.env, self.depth)?;
        let lowered = fields
            .iter()
            .map(|(field, env)| Lowering { env, ..self }.field(field, slot, polarity));
        let fields = lowered.collect::<Vec<_>>().into_iter().collect::<Option<Vec<_>>>()?;
        let open = braces.open;
        Some(PatternKind::Object { fields, open })
    }

    fn map(
        self,
        (key, value): (&'a ast::Pattern, &'a ast::Pattern),
        length: Option<&Length>,
        span: Span,
        slot: &Slot<'_>,
        polarity: Polarity,
    ) -> Option<PatternKind> {
        self.typed(Type::Object, span, slot)?;
        let names = slot.universe.names();
        if !names.is_empty() {
            let names: BTreeSet<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
            let names: Vec<String> = names.into_iter().collect();
            let message = format!(
                "a map says the same of every member, but {} has members of its own: {}",
                slot.name,
                names.join(", ")
            );
            let help = "name them: `{ a: P, b?: Q }`";
            return self
                .checker
                .report(Diagnostic::error(codes::MAP, span, message).help(help));
        }
        let (min, max) = self.lengths(length, span, "no object has so many members and so few")?;
        let keys = Shape {
            types: Some([Type::String].into_iter().collect()),
            ..Shape::default()
        };
        let key = self.pattern(key, &Slot::of(&keys, &format!("a key of {}", slot.name)), polarity, &[]);
        let value = self.pattern(value, &slot.entry(), polarity, &[]);
        Some(PatternKind::Map {
            key: Box::new(key?),
            value: Box::new(value?),
            min,
            max,
        })
    }

    fn lengths(self, length: Option<&Length>, span: Span, otherwise: &str) -> Option<(u64, Option<u64>)> {
        let (min, max) = length.map_or((0, None), |length| (length.min, length.max));
        if max.is_some_and(|max| max < min) {
            return self.error(codes::EMPTY, length.map_or(span, |l| l.span), otherwise);
        }
        Some((min, max))
    }

    fn field(self, field: &'a ast::Field, slot: &Slot<'_>, polarity: Polarity) -> Option<Field> {
        let name = match &field.key {
            FieldKey::Name(name) => name,
            FieldKey::Envelope(slot) => return self.checker.report(not_compiled(slot.span)),
            FieldKey::AnyReading(_) => {
                return self.error(
                    codes::ANY,
                    field.span,
                    "`any` stands in the braces of a prohibition, not within a value",
                );
            }
        };
        let Some(member) = slot.member(&name.name) else {
            let error = Diagnostic::error(
                codes::UNKNOWN_PARAMETER,
                name.span,
                format!("{} has no member `{}`", slot.name, name.name),
            );
            let near = nearest(&name.name, slot.universe.names());
            return self.checker.report(match near {
                Some(near) => error.help(format!("did you mean `{near}`?")),
                None => error,
            });
        };
        let pattern = self.pattern(&field.pattern, &member, polarity, &[])?;
        self.checker.settle(field, name, &member, pattern, polarity)
    }
}

/// A scalar as it is written in a policy, without quotes.
fn described(value: &Datum<'_>) -> String {
    match value {
        Datum::String(text, _) => (*text).to_owned(),
        Datum::Number(number) => Decimal::from(*number).to_string(),
        Datum::Bool(value) => value.to_string(),
        _ => "null".to_owned(),
    }
}
