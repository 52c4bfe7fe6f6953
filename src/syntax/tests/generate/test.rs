//! Tests and the JSON in them.

use proptest::prelude::*;

use super::super::super::ast::{
    Case, CaseContext, CaseState, CaseTarget, Ident, JsonLiteral, JsonLiteralKind, Pattern, PatternCase, PatternKind,
    Test, TestEntry,
};
use super::pattern::{argument, placed};
use super::rule::capability;
use super::values::{any_name, digits, given, ident, moment, named, number, template};
use crate::diagnostic::Span;

pub(super) fn test() -> impl Strategy<Value = Test> {
    let entry = prop_oneof![
        3 => case().prop_map(TestEntry::Call),
        1 => pattern_case().prop_map(TestEntry::Pattern)
    ];
    (template(), prop::collection::vec(entry, 0..4)).prop_map(|(name, entries)| Test { name, entries })
}

fn case() -> impl Strategy<Value = Case> {
    let target = prop_oneof![
        3 => any_name().prop_map(CaseTarget::Tool),
        1 => capability().prop_map(CaseTarget::Capability)
    ];
    let slot = prop::sample::select(vec!["meta", "task", "input"]);
    let envelope = prop::collection::vec((slot.prop_map(|slot| named(slot.to_owned())), json()), 0..2);
    (any::<bool>(), any_name(), target, members(), envelope, context()).prop_map(
        |(allow, server, target, arguments, envelope, context)| Case {
            span: Span::default(),
            allow,
            server,
            target,
            arguments,
            envelope,
            context,
        },
    )
}

fn context() -> impl Strategy<Value = CaseContext> {
    let name = ident().prop_filter("begins the next case", |name| {
        !["allow", "deny", "matches", "rejects"].contains(&name.name.as_str())
    });
    let state = (name, prop::option::of(number())).prop_map(|(name, used)| CaseState { name, used });
    (
        prop::option::of(members()),
        prop::option::of(given(moment())),
        prop::collection::vec(state, 0..3),
    )
        .prop_map(|(caller, at, state)| CaseContext { caller, at, state })
}

fn pattern_case() -> impl Strategy<Value = PatternCase> {
    (any::<bool>(), named_pattern(), json()).prop_map(|(matches, pattern, value)| PatternCase {
        span: Span::default(),
        matches,
        pattern,
        value,
    })
}

fn named_pattern() -> impl Strategy<Value = Pattern> {
    prop_oneof![
        ident().prop_map(PatternKind::Name),
        (ident(), prop::collection::vec(argument(), 1..3)).prop_map(|(name, args)| PatternKind::Call { name, args }),
    ]
    .prop_map(placed)
}

fn members() -> impl Strategy<Value = Vec<(Ident, JsonLiteral)>> {
    prop::collection::vec((any_name(), json()), 0..3)
}

fn json() -> impl Strategy<Value = JsonLiteral> {
    let leaf = prop_oneof![
        Just(JsonLiteralKind::Null),
        any::<bool>().prop_map(JsonLiteralKind::Bool),
        prop_oneof![digits(), "-?[1-9]\\.[0-9]{1,3}[eE][+-]?[0-9]{1,2}"].prop_map(JsonLiteralKind::Number),
        template().prop_map(JsonLiteralKind::Str),
    ];
    let placed = |kind| JsonLiteral {
        span: Span::default(),
        kind,
    };
    leaf.prop_map(placed).prop_recursive(2, 6, 3, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(JsonLiteralKind::Array),
            prop::collection::vec((any_name(), inner), 0..3).prop_map(JsonLiteralKind::Object),
        ]
        .prop_map(placed)
    })
}
