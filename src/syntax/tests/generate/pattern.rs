//! Patterns.

use proptest::prelude::*;

use super::super::super::ast::{Argument, Field, FieldKey, Pattern, PatternKind, Spread};
use super::values::{any_name, claim, digits, ident, length, moments, named, range, template};
use crate::diagnostic::Span;

pub(super) fn argument() -> impl Strategy<Value = Argument> {
    prop_oneof![
        template().prop_map(Argument::Str),
        range().prop_map(Argument::Range),
        moments().prop_map(Argument::Moments),
        ident().prop_map(|name| Argument::Pattern(placed(PatternKind::Name(name)))),
    ]
}

/// A pattern as an argument: what has a kind of its own is one of those.
fn as_argument(pattern: Pattern) -> Argument {
    match pattern.kind {
        PatternKind::Str(_) | PatternKind::Range(_) | PatternKind::Number(_) => {
            Argument::Pattern(placed(PatternKind::Not(Box::new(pattern))))
        }
        _ => Argument::Pattern(pattern),
    }
}

pub(super) fn spreads() -> impl Strategy<Value = Vec<Spread>> {
    let spread = (ident(), prop::collection::vec(argument(), 0..3)).prop_map(|(name, args)| Spread {
        span: Span::default(),
        name,
        args,
    });
    prop::collection::vec(spread, 0..2)
}

fn url_part() -> BoxedStrategy<FieldKey> {
    prop::sample::select(PatternKind::URL_PARTS.to_vec())
        .prop_map(|part| FieldKey::Name(named(part.to_owned())))
        .boxed()
}

pub(in super::super) fn pattern() -> impl Strategy<Value = Pattern> {
    let leaf = prop_oneof![
        template().prop_map(PatternKind::Str),
        digits().prop_map(PatternKind::Number),
        any::<bool>().prop_map(PatternKind::Bool),
        Just(PatternKind::Null),
        range().prop_map(PatternKind::Range),
        ident().prop_map(PatternKind::Name),
        claim().prop_map(PatternKind::Claim),
        (ident(), prop::collection::vec(argument(), 1..3)).prop_map(|(name, args)| PatternKind::Call { name, args }),
    ];
    leaf.prop_map(placed).prop_recursive(5, 40, 4, |inner| {
        let boxed = inner.clone().prop_map(Box::new);
        prop_oneof![
            (boxed.clone(), length()).prop_map(|(element, length)| PatternKind::Array { element, length }),
            boxed.clone().prop_map(PatternKind::Has),
            boxed.clone().prop_map(PatternKind::Nullable),
            boxed.clone().prop_map(PatternKind::Not),
            prop::collection::vec(inner.clone(), 2..4).prop_map(PatternKind::And),
            prop::collection::vec(inner.clone(), 2..4).prop_map(PatternKind::Or),
            (ident(), inner.clone()).prop_map(|(name, argument)| PatternKind::Call {
                name,
                args: vec![as_argument(argument)],
            }),
            (boxed.clone(), boxed.clone(), length()).prop_map(|(key, value, length)| PatternKind::Map {
                key,
                value,
                length
            }),
            fields(url_part(), inner.clone().boxed()).prop_map(PatternKind::UrlParts),
            (
                fields(any_name().prop_map(FieldKey::Name).boxed(), inner.boxed()),
                spreads(),
                any::<bool>()
            )
                .prop_map(|(fields, spreads, open)| PatternKind::Object { fields, spreads, open }),
        ]
        .prop_map(placed)
    })
}

pub(super) fn placed(kind: PatternKind) -> Pattern {
    Pattern {
        span: Span::default(),
        kind,
    }
}

/// Fields with keys that stand once.
pub(super) fn fields(
    key: BoxedStrategy<FieldKey>,
    pattern: BoxedStrategy<Pattern>,
) -> impl Strategy<Value = Vec<Field>> {
    let field = (key, any::<bool>(), pattern).prop_map(|(key, optional, pattern)| Field {
        span: Span::default(),
        key,
        optional,
        pattern,
    });
    prop::collection::vec(field, 0..4).prop_map(|fields| {
        let mut once: Vec<Field> = Vec::new();
        for field in fields {
            if once.iter().all(|other| other.key != field.key) {
                once.push(field);
            }
        }
        once
    })
}
