//! What is printed parses to the same tree; and no text makes the parser panic.

use proptest::prelude::*;

use super::super::ast::StatementKind;
use super::super::{format, parse};
use super::generate::{file, pattern, rule};
use super::{parsed, without_places};
use crate::diagnostic::Source;
use crate::diagnostic::json::to_json;
use crate::diagnostic::render::{Style, render};

/// How many of each there are: a thousand, or as many as `MCPP_POLICIES` says.
pub(super) fn cases() -> u32 {
    std::env::var("MCPP_POLICIES").map_or(1000, |text| text.parse().unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases()))]

    #[test]
    fn a_printed_file_is_the_same_file(file in file()) {
        let text = format::file(&file);
        let (read, diagnostics) = parsed(&text);
        prop_assert!(diagnostics.is_empty(), "{text}\n{diagnostics:?}");
        prop_assert_eq!(without_places(&read), without_places(&file), "{}", text);
        prop_assert_eq!(format::file(&read), text);
    }

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
