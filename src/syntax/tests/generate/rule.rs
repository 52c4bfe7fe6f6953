//! Grants, prohibitions and assertions.

use proptest::prelude::*;

use super::super::super::ast::{
    Assertion, Body, CallerRef, Callers, Capability, CapabilitySelector, Clause, ClauseKind, Comparator, Comparison,
    FieldKey, LimitUse, Operand, Record, RecordForm, Returns, Rule, Selector, ServerSelector, SlotPath, SlotStep,
    ToolNames, ToolSelector,
};
use super::pattern::{fields, pattern, spreads};
use super::values::{any_name, claim, given, ident, moment, named, size, template};
use crate::diagnostic::Span;

/// A prohibition may be bare; a grant has its braces.
pub(in super::super) fn rule(prohibits: bool) -> impl Strategy<Value = Rule> {
    let body = prop_oneof![4 => body(true, prohibits).prop_map(Some), 1 => Just(None)];
    (selectors(prohibits), callers(), body, clauses(prohibits)).prop_map(move |(tools, callers, body, clauses)| Rule {
        tools,
        callers,
        body: body.or_else(|| (!prohibits).then(Body::default)),
        clauses,
    })
}

pub(super) fn assertion() -> impl Strategy<Value = Assertion> {
    let kind = any::<bool>().prop_flat_map(|always| {
        let bare = if always { 0 } else { 1 };
        (
            Just(always),
            prop_oneof![4 => body(true, !always).prop_map(Some), bare => Just(None)],
        )
    });
    (kind, selectors(false), callers(), prop::option::of(given(moment()))).prop_map(
        |((always, body), tools, callers, at)| Assertion {
            always,
            tools,
            callers,
            body: body.or_else(|| always.then(Body::default)),
            at,
        },
    )
}

/// Braces: a rule's, which may name slots of the envelope, or a caller's.
pub(super) fn body(of_rule: bool, any_reading: bool) -> impl Strategy<Value = Body> {
    let mut key = any_name().prop_map(FieldKey::Name).boxed();
    if of_rule {
        let slot = prop::sample::select(vec!["meta", "task", "input"]);
        key = prop_oneof![9 => key, 1 => slot.prop_map(|slot| FieldKey::Envelope(named(slot.to_owned())))].boxed();
    }
    if any_reading {
        key = prop_oneof![4 => key, 1 => ident().prop_map(FieldKey::AnyReading)].boxed();
    }
    (fields(key, pattern().boxed()), spreads()).prop_map(|(fields, spreads)| Body {
        span: Span::default(),
        fields,
        spreads,
    })
}

pub(super) fn selectors(prohibits: bool) -> impl Strategy<Value = Vec<Selector>> {
    let span = Span::default();
    let tools = prop_oneof![
        any_name().prop_map(ToolNames::One),
        prop::collection::vec(any_name(), 1..3).prop_map(ToolNames::Many),
        Just(ToolNames::All)
    ];
    let tools =
        (any_name(), tools).prop_map(move |(server, tools)| Selector::Tools(ToolSelector { span, server, tools }));
    let capability = (any_name(), capability())
        .prop_map(move |(server, kind)| Selector::Capability(CapabilitySelector { span, server, kind }));
    let all = any_name().prop_map(move |server| Selector::All(ServerSelector { span, server }));
    let set = ident().prop_map(Selector::Set);
    let one = prop_oneof![6 => tools, 1 => capability, 1 => set, u32::from(prohibits) => all];
    prop::collection::vec(one, 1..3)
}

pub(super) fn capability() -> impl Strategy<Value = Capability> {
    prop::sample::select(Capability::ALL.to_vec()).prop_map(|(_, kind)| kind)
}

fn callers() -> impl Strategy<Value = Option<Callers>> {
    let one = (any::<bool>(), ident()).prop_map(|(negated, name)| CallerRef { negated, name });
    prop::option::of(prop::collection::vec(one, 1..3).prop_map(|any_of| Callers {
        span: Span::default(),
        any_of,
    }))
}

/// Clauses in any order, each once.
fn clauses(prohibits: bool) -> impl Strategy<Value = Vec<Clause>> {
    let labels = || prop::collection::vec(ident(), 1..3);
    let when = prop::collection::vec(comparison(), 1..3).prop_map(ClauseKind::When);
    let kind = if prohibits {
        prop_oneof![
            when,
            labels().prop_map(ClauseKind::After),
            template().prop_map(ClauseKind::Because)
        ]
        .boxed()
    } else {
        prop_oneof![
            when,
            labels().prop_map(ClauseKind::Requires),
            labels().prop_map(ClauseKind::Unless),
            labels().prop_map(ClauseKind::Marks),
            given(moment()).prop_map(ClauseKind::Until),
            prop::collection::vec(limit_use(), 1..3).prop_map(ClauseKind::Limit),
            ident().prop_map(ClauseKind::With),
            ident().prop_map(ClauseKind::To),
            record().prop_map(ClauseKind::Record),
            returns().prop_map(ClauseKind::Returns),
        ]
        .boxed()
    };
    prop::collection::vec(kind, 0..4).prop_map(|kinds| {
        let mut once: Vec<Clause> = Vec::new();
        for kind in kinds {
            if once.iter().all(|other| other.kind.keyword() != kind.keyword()) {
                let span = Span::default();
                once.push(Clause { span, kind });
            }
        }
        once
    })
}

fn comparison() -> impl Strategy<Value = Comparison> {
    let operand = || prop_oneof![members().prop_map(Operand::Slot), claim().prop_map(Operand::Claim)];
    let comparator = prop::sample::select(Comparator::ALL.to_vec());
    (operand(), comparator, operand()).prop_map(|(left, (_, comparator), right)| Comparison {
        span: Span::default(),
        left,
        comparator,
        right,
    })
}

fn members() -> impl Strategy<Value = SlotPath> {
    prop::collection::vec(any_name().prop_map(SlotStep::Key), 1..3).prop_map(|steps| SlotPath {
        span: Span::default(),
        steps,
    })
}

/// From the arguments to a slot; the first step is a key.
pub(super) fn steps() -> impl Strategy<Value = Vec<SlotStep>> {
    let step = prop_oneof![any_name().prop_map(SlotStep::Key), Just(SlotStep::Each)];
    (any_name(), prop::collection::vec(step, 0..3))
        .prop_map(|(first, rest)| [vec![SlotStep::Key(first)], rest].concat())
}

fn slot_path() -> impl Strategy<Value = SlotPath> {
    steps().prop_map(|steps| SlotPath {
        span: Span::default(),
        steps,
    })
}

fn limit_use() -> impl Strategy<Value = LimitUse> {
    (ident(), prop::option::of(slot_path())).prop_map(|(name, slot)| LimitUse { name, slot })
}

fn record() -> impl Strategy<Value = Record> {
    let form = prop_oneof![Just(RecordForm::Hash), Just(RecordForm::Drop)];
    (prop::collection::vec(slot_path(), 1..3), form).prop_map(|(slots, form)| Record { slots, form })
}

fn returns() -> impl Strategy<Value = Returns> {
    let pattern = || prop::option::of(pattern());
    (prop::option::of(size()), pattern(), pattern()).prop_map(|(size, types, links)| Returns { size, types, links })
}
