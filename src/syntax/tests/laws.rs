//! What is printed parses to the same tree; and no text makes the parser panic.

use proptest::prelude::*;

use super::super::ast::{
    Argument, Body, Clause, ClauseKind, Field, FieldKey, Ident, Length, NumberRange, Pattern, PatternKind, Rule,
    Selector, StatementKind, Template, TemplatePart, ToolNames, ToolSelector,
};
use super::super::{format, parse};
use super::{parsed, without_places};
use crate::diagnostic::json::to_json;
use crate::diagnostic::render::{Style, render};
use crate::diagnostic::{Source, Span};

fn ident() -> impl Strategy<Value = Ident> {
    let reserved = [
        "true", "false", "null", "has", "url", "host", "ip", "email", "datetime", "date",
    ];
    "[A-Za-z_][A-Za-z0-9_]{0,6}"
        .prop_filter("means something else in a pattern", move |name| {
            !reserved.contains(&name.as_str())
        })
        .prop_map(named)
}

/// A name of any kind, as a key, a server or a tool may have.
fn any_name() -> impl Strategy<Value = Ident> {
    prop_oneof![
        "[A-Za-z_][A-Za-z0-9_-]{0,6}",
        prop::sample::select(vec![
            "any",
            "has",
            "all",
            "r",
            "true",
            "because",
            "",
            "-",
            "${a}",
            "{caller.x}",
            "é",
            "a\"\\b\n"
        ])
        .prop_map(str::to_owned),
        any::<String>(),
    ]
    .prop_map(named)
}

fn named(name: String) -> Ident {
    Ident {
        name,
        span: Span::default(),
    }
}

fn template() -> impl Strategy<Value = Template> {
    let text = prop_oneof![
        "[ -~]{1,8}",
        "[${}a-c\\\\\"]{1,6}",
        "(\\{caller[.}]?|\\$\\{|\\PC|\\p{C}){1,4}"
    ];
    prop::collection::vec(
        prop_oneof![text.prop_map(TemplatePart::Text), ident().prop_map(TemplatePart::Const)],
        0..4,
    )
    .prop_map(|parts| {
        let mut joined: Vec<TemplatePart> = Vec::new();
        for part in parts {
            match (joined.last_mut(), part) {
                (Some(TemplatePart::Text(before)), TemplatePart::Text(text)) => before.push_str(&text),
                (_, part) => joined.push(part),
            }
        }
        Template {
            span: Span::default(),
            parts: joined,
        }
    })
}

fn digits() -> impl Strategy<Value = String> {
    prop_oneof![
        "0",
        "-?[1-9][0-9]{0,20}",
        "(0|-?[1-9][0-9]{0,5})\\.[0-9]{1,5}",
        "-0\\.[0-9]{0,3}[1-9]"
    ]
}

fn range() -> impl Strategy<Value = NumberRange> {
    prop_oneof![
        (digits(), digits()).prop_map(|(low, high)| (Some(low), Some(high))),
        digits().prop_map(|same| (Some(same.clone()), Some(same))),
        digits().prop_map(|low| (Some(low), None)),
        digits().prop_map(|high| (None, Some(high))),
    ]
    .prop_map(|(low, high)| NumberRange {
        span: Span::default(),
        low,
        high,
    })
}

fn length() -> impl Strategy<Value = Option<Length>> {
    let bounds = prop_oneof![
        (any::<u64>(), any::<Option<u64>>()),
        (0..3_u64, prop::option::of(0..3_u64))
    ];
    prop::option::of(bounds.prop_map(|(min, max)| Length {
        span: Span::default(),
        min,
        max,
    }))
}

fn argument() -> impl Strategy<Value = Argument> {
    prop_oneof![template().prop_map(Argument::Str), range().prop_map(Argument::Range)]
}

fn pattern() -> impl Strategy<Value = Pattern> {
    let leaf = prop_oneof![
        template().prop_map(PatternKind::Str),
        digits().prop_map(PatternKind::Number),
        any::<bool>().prop_map(PatternKind::Bool),
        Just(PatternKind::Null),
        range().prop_map(PatternKind::Range),
        ident().prop_map(PatternKind::Name),
        (ident(), prop::collection::vec(argument(), 1..3)).prop_map(|(name, args)| PatternKind::Call { name, args }),
    ];
    leaf.prop_map(placed).prop_recursive(5, 40, 4, |inner| {
        let boxed = inner.clone().prop_map(Box::new);
        prop_oneof![
            (boxed.clone(), length()).prop_map(|(element, length)| PatternKind::Array { element, length }),
            boxed.clone().prop_map(PatternKind::Has),
            boxed.clone().prop_map(PatternKind::Nullable),
            boxed.prop_map(PatternKind::Not),
            prop::collection::vec(inner.clone(), 2..4).prop_map(PatternKind::And),
            prop::collection::vec(inner.clone(), 2..4).prop_map(PatternKind::Or),
            (
                fields(any_name().prop_map(FieldKey::Name).boxed(), inner.boxed()),
                any::<bool>()
            )
                .prop_map(|(fields, open)| PatternKind::Object {
                    fields,
                    spreads: Vec::new(),
                    open
                }),
        ]
        .prop_map(placed)
    })
}

fn placed(kind: PatternKind) -> Pattern {
    Pattern {
        span: Span::default(),
        kind,
    }
}

/// Fields with keys that stand once.
fn fields(key: BoxedStrategy<FieldKey>, pattern: BoxedStrategy<Pattern>) -> impl Strategy<Value = Vec<Field>> {
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

fn rule(may_be_bare: bool) -> impl Strategy<Value = Rule> {
    let tools = prop_oneof![
        any_name().prop_map(ToolNames::One),
        prop::collection::vec(any_name(), 1..3).prop_map(ToolNames::Many),
        Just(ToolNames::All)
    ];
    let selector = (any_name(), tools).prop_map(|(server, tools)| {
        Selector::Tools(ToolSelector {
            span: Span::default(),
            server,
            tools,
        })
    });
    let key = if may_be_bare {
        prop_oneof![
            any_name().prop_map(FieldKey::Name),
            ident().prop_map(FieldKey::AnyReading)
        ]
        .boxed()
    } else {
        any_name().prop_map(FieldKey::Name).boxed()
    };
    let body = fields(key, pattern().boxed());
    (
        prop::collection::vec(selector, 1..3),
        body,
        any::<bool>(),
        prop::option::of(template()),
    )
        .prop_map(move |(tools, fields, bare, because)| {
            let body = (!(may_be_bare && bare)).then_some(fields);
            let body = body.map(|fields| Body {
                fields,
                ..Body::default()
            });
            let because = because.filter(|_| may_be_bare).map(ClauseKind::Because);
            Rule {
                tools,
                callers: None,
                body,
                clauses: because
                    .into_iter()
                    .map(|kind| Clause {
                        span: Span::default(),
                        kind,
                    })
                    .collect(),
            }
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn a_printed_pattern_is_the_same_pattern(pattern in pattern()) {
        let text = format!("pattern p = {}", format::pattern(&pattern));
        let (file, diagnostics) = parsed(&text);
        prop_assert!(diagnostics.is_empty(), "{text}\n{diagnostics:?}");
        prop_assert_eq!(text.lines().count(), 1);
        match &file.statements[..] {
            [statement] => match &statement.kind {
                StatementKind::Pattern(def) => {
                    prop_assert_eq!(without_places(&def.pattern), without_places(&pattern), "{}", text);
                    prop_assert_eq!(format::pattern(&def.pattern), format::pattern(&pattern));
                }
                other => prop_assert!(false, "{other:?}"),
            },
            other => prop_assert!(false, "{other:?}"),
        }
    }

    #[test]
    fn a_printed_grant_is_the_same_grant(rule in rule(false)) {
        let text = format::rule("allow", &rule);
        let (file, diagnostics) = parsed(&text);
        prop_assert!(diagnostics.is_empty(), "{text}\n{diagnostics:?}");
        let [StatementKind::Allow(read)] = &file.statements.iter().map(|s| s.kind.clone()).collect::<Vec<_>>()[..] else {
            return Err(TestCaseError::fail(text));
        };
        prop_assert_eq!(without_places(read), without_places(&rule), "{}", text);
    }

    #[test]
    fn a_printed_prohibition_is_the_same_prohibition(rule in rule(true)) {
        let text = format::rule("deny", &rule);
        let (file, diagnostics) = parsed(&text);
        prop_assert!(diagnostics.is_empty(), "{text}\n{diagnostics:?}");
        let [StatementKind::Deny(read)] = &file.statements.iter().map(|s| s.kind.clone()).collect::<Vec<_>>()[..] else {
            return Err(TestCaseError::fail(text));
        };
        prop_assert_eq!(without_places(read), without_places(&rule), "{}", text);
    }

    #[test]
    fn bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        survives(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn tokens_in_any_order_never_panic(tokens in prop::collection::vec(token(), 0..60)) {
        survives(&tokens.concat());
    }

    /// A valid policy with one piece cut out, which comes nearer to what people write.
    #[test]
    fn a_policy_with_a_hole_never_panics(start in 0_usize..4000, length in 0_usize..40) {
        let text = include_str!("../../../fixtures/syntax/ok_whole_example.mcpp");
        let with_hole: String = text.chars().take(start).chain(text.chars().skip(start + length)).collect();
        survives(&with_hole);
    }
}

fn token() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "allow", "deny", "test", "server", "pattern", "const", "policy", "use", "limit", "because", "for", "has",
        "any", "all", "r", "r#", " ", " ", "\n", "\r", "\t", "{", "}", "(", ")", "[", "]", "\"", "\"a\"", "\\", "$",
        "${", "{caller.", "//", "///", "//!", ".", "..", "...", "..=", "=", ":", ";", ",", "|", "&", "!", "?", "*",
        "@", "-", "+", "0", "12", "1_0", "1e5", "5m", "x", "é", "\u{202e}", "\u{feff}", "null",
    ])
    .prop_map(str::to_owned)
}

/// Parses and shows everything. Places are in the text and on borders of characters, and what is understood without
/// an error is all there.
fn survives(text: &str) {
    let source = Source::new("x.mcpp", text);
    let (file, diagnostics) = parse(&source);
    for diagnostic in &diagnostics {
        for label in [Some(&diagnostic.primary), diagnostic.secondary.as_ref()]
            .into_iter()
            .flatten()
        {
            assert!(text.get(label.span.start..label.span.end).is_some(), "{diagnostic:?}");
        }
        assert!(to_json(&source, diagnostic)["line"].is_u64());
    }
    for style in [
        Style::default(),
        Style {
            color: true,
            unicode: true,
        },
    ] {
        assert_eq!(render(&source, &diagnostics, style).is_empty(), diagnostics.is_empty());
    }
    for statement in &file.statements {
        assert!(text.get(statement.span.start..statement.span.end).is_some());
    }
}
