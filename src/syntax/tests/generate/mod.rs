//! Trees of the whole grammar, to be printed and read again.

mod declaration;
mod pattern;
mod rule;
mod test;
mod values;

use proptest::prelude::*;

pub(super) use pattern::pattern;
pub(super) use rule::rule;

use super::super::ast::{File, Statement, StatementKind, Waiver};
use crate::diagnostic::Span;
use values::{named, template};

/// A whole file.
pub(super) fn file() -> impl Strategy<Value = File> {
    (docs(), prop::collection::vec(statement(), 0..5)).prop_map(|(docs, statements)| File { docs, statements })
}

fn docs() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec("[ -~é]{0,20}", 0..2)
}

fn statement() -> impl Strategy<Value = Statement> {
    let waiver = ("[EL][0-9]{4}", template()).prop_map(|(code, reason)| Waiver {
        span: Span::default(),
        code: named(code),
        reason,
    });
    (docs(), prop::collection::vec(waiver, 0..2), kind()).prop_map(|(docs, waivers, kind)| Statement {
        docs,
        waivers,
        span: Span::default(),
        kind,
    })
}

fn kind() -> impl Strategy<Value = StatementKind> {
    prop_oneof![
        declaration::policy().prop_map(StatementKind::Policy),
        declaration::use_names().prop_map(StatementKind::Use),
        declaration::include().prop_map(StatementKind::Include),
        declaration::constant().prop_map(StatementKind::Const),
        declaration::server().prop_map(StatementKind::Server),
        declaration::caller().prop_map(StatementKind::Caller),
        declaration::credential().prop_map(StatementKind::Credential),
        declaration::egress().prop_map(StatementKind::Egress),
        Just(StatementKind::EgressAdvisory),
        declaration::label().prop_map(StatementKind::Label),
        declaration::limit().prop_map(StatementKind::Limit),
        declaration::pattern_def().prop_map(StatementKind::Pattern),
        declaration::tool_set().prop_map(StatementKind::Tools),
        rule(false).prop_map(StatementKind::Allow),
        rule(true).prop_map(StatementKind::Deny),
        rule::assertion().prop_map(StatementKind::Assert),
        test::test().prop_map(StatementKind::Test),
    ]
}
