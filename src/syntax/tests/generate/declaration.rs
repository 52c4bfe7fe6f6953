//! Statements that give something a name.

use proptest::prelude::*;

use super::super::super::ast::{
    Budget, CallerDef, Const, Credential, CredentialSource, Destination, Egress, EnvVariables, Include, Injection,
    Label, LabelKind, Limit, LimitScope, Literal, LiteralKind, OauthSource, PatternDef, PolicyHeader, ReadingDecl,
    ReadingOption, Server, SlotSelector, Template, TemplatePart, ToolSet, Transport, Use, VaultSource, WiderScope,
};
use super::pattern::pattern;
use super::rule::{body, selectors, steps};
use super::values::{any_name, digits, duration, given, ident, moment, named, number, size, template};
use crate::diagnostic::Span;

pub(super) fn policy() -> impl Strategy<Value = PolicyHeader> {
    (template(), prop::option::of(template())).prop_map(|(name, environment)| PolicyHeader { name, environment })
}

pub(super) fn use_names() -> impl Strategy<Value = Use> {
    let names = || prop::collection::vec(ident(), 1..3);
    (names(), names()).prop_map(|(module, names)| Use { module, names })
}

pub(super) fn include() -> impl Strategy<Value = Include> {
    any_name().prop_map(|file| Include { file })
}

pub(super) fn constant() -> impl Strategy<Value = Const> {
    let kind = prop_oneof![
        template().prop_map(LiteralKind::Str),
        digits().prop_map(LiteralKind::Number),
        any::<bool>().prop_map(LiteralKind::Bool),
        moment().prop_map(LiteralKind::Moment),
        duration().prop_map(LiteralKind::Duration),
        size().prop_map(LiteralKind::Size),
    ];
    (ident(), kind).prop_map(|(name, kind)| Const {
        name,
        value: Literal {
            span: Span::default(),
            kind,
        },
    })
}

pub(super) fn pattern_def() -> impl Strategy<Value = PatternDef> {
    (ident(), prop::collection::vec(ident(), 0..3), pattern()).prop_map(|(name, mut params, pattern)| {
        params.dedup_by(|a, b| a.name == b.name);
        PatternDef { name, params, pattern }
    })
}

pub(super) fn tool_set() -> impl Strategy<Value = ToolSet> {
    (ident(), selectors(false)).prop_map(|(name, tools)| ToolSet { name, tools })
}

pub(super) fn caller() -> impl Strategy<Value = CallerDef> {
    (ident(), body(false, false)).prop_map(|(name, claims)| CallerDef { name, claims })
}

pub(super) fn label() -> impl Strategy<Value = Label> {
    let kind = prop_oneof![Just(LabelKind::Taint), Just(LabelKind::Proof)];
    (ident(), kind, prop::option::of(given(duration()))).prop_map(|(name, kind, lifetime)| Label {
        name,
        kind,
        lifetime,
    })
}

pub(super) fn limit() -> impl Strategy<Value = Limit> {
    let budget = prop_oneof![
        given(number()).prop_map(Budget::Calls),
        given(number()).prop_map(Budget::Sum)
    ];
    let scope = prop_oneof![Just(LimitScope::Caller), Just(LimitScope::All)];
    (ident(), budget, given(duration()), scope).prop_map(|(name, budget, window, scope)| Limit {
        name,
        budget,
        window,
        scope,
    })
}

pub(super) fn egress() -> impl Strategy<Value = Egress> {
    let one = prop_oneof![
        template().prop_map(Destination::Origin),
        template().prop_map(Destination::Network)
    ];
    (ident(), prop::collection::vec(one, 0..3)).prop_map(|(name, destinations)| Egress { name, destinations })
}

pub(super) fn server() -> impl Strategy<Value = Server> {
    let transport = prop_oneof![
        prop::collection::vec(template(), 1..3).prop_map(Transport::Stdio),
        template().prop_map(Transport::Http)
    ];
    let env = prop::collection::vec(any_name(), 1..3).prop_map(|names| EnvVariables {
        span: Span::default(),
        names,
    });
    let mark = || prop::option::of(Just(Span::default()));
    (
        any_name(),
        prop::option::of(transport),
        prop::collection::vec(reading(), 0..3),
        prop::option::of(env),
        mark(),
        mark(),
    )
        .prop_map(|(name, transport, readings, env, single_lane, stateful)| Server {
            name,
            transport,
            readings,
            env,
            single_lane,
            stateful,
        })
}

fn reading() -> impl Strategy<Value = ReadingDecl> {
    let selector = (prop::option::of(any_name()), steps()).prop_map(|(tool, steps)| SlotSelector {
        span: Span::default(),
        tool,
        steps,
    });
    let (options, slots) = (
        prop::collection::vec(option(), 0..3),
        prop::collection::vec(selector, 1..3),
    );
    (ident(), options, slots).prop_map(|(reading, options, slots)| ReadingDecl {
        span: Span::default(),
        reading,
        options,
        slots,
    })
}

fn option() -> impl Strategy<Value = ReadingOption> {
    let bare = prop::sample::select(vec!["posix", "windows", "case insensitive", "dir"]);
    let word = ident().prop_map(|word| Template {
        span: Span::default(),
        parts: vec![TemplatePart::Text(word.name)],
    });
    prop_oneof![
        bare.prop_map(|name| (name, Vec::new())),
        template().prop_map(|root| ("root", vec![root])),
        prop::collection::vec(template(), 1..3).prop_map(|schemes| ("scheme", schemes)),
        word.prop_map(|word| ("default", vec![word])),
    ]
    .prop_map(|(name, values)| ReadingOption {
        name: named(name.to_owned()),
        values,
    })
}

pub(super) fn credential() -> impl Strategy<Value = Credential> {
    let wider = prop_oneof![Just(WiderScope::Refuse), Just(WiderScope::Flag)];
    (
        ident(),
        source(),
        injection(),
        prop::option::of(template()),
        prop::option::of(given(duration())),
        prop::option::of(Just(Span::default())),
        prop::option::of(wider),
    )
        .prop_map(
            |(name, source, inject, scope, lifetime, per_caller, wider)| Credential {
                name,
                source,
                inject,
                scope,
                lifetime,
                per_caller,
                wider,
            },
        )
}

fn source() -> impl Strategy<Value = CredentialSource> {
    let vault = (template(), template(), template())
        .prop_map(|(address, path, field)| CredentialSource::Vault(Box::new(VaultSource { address, path, field })));
    let leaf = prop_oneof![
        template().prop_map(CredentialSource::Env),
        template().prop_map(CredentialSource::File),
        prop::collection::vec(template(), 1..3).prop_map(CredentialSource::Exec),
        vault,
    ];
    leaf.prop_recursive(2, 4, 1, |secret| {
        (
            template(),
            template(),
            prop::option::of(secret),
            prop::option::of(template()),
            any::<bool>(),
        )
            .prop_map(|(token, client, secret, audience, exchange)| {
                CredentialSource::Oauth(Box::new(OauthSource {
                    token,
                    client,
                    secret,
                    audience,
                    exchange,
                }))
            })
    })
}

fn injection() -> impl Strategy<Value = Injection> {
    prop_oneof![
        (template(), template()).prop_map(|(name, value)| Injection::Header { name, value }),
        template().prop_map(Injection::Env),
        (template(), template(), template()).prop_map(|(variable, origin, header)| Injection::Sentinel {
            variable,
            origin,
            header,
        }),
    ]
}
