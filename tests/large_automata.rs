//! Patterns of which one automaton would take hundreds of megabytes. Each either compiles within the limits, and means what
//! it says, or is refused at its place.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::fmt::Write;

use jiff::Timestamp;
use mcppc::check::{Checked, check};
use mcppc::diagnostic::Source;
use mcppc::eval::{Reason, decide_line};
use mcppc::lock::Lock;
use mcppc::table::{Policy, artifact};
use serde_json::json;

/// A policy about one tool with a text and a path.
fn checked(rules: &str) -> (Source, Checked) {
    let schema = json!({ "type": "object", "properties": { "s": { "type": "string" }, "path": { "type": "string" } } });
    let pinned = json!({ "t": { "definition": format!("sha256:{}", "0".repeat(64)), "inputSchema": schema } });
    let lock = json!({ "lock": 1, "servers": { "s": { "tools": pinned } }, "wildcards": {} });
    let source = Source::new(
        "p.mcpp",
        format!("policy \"large\"\nserver s {{ path: *.path }}\n{rules}\n"),
    );
    let checked = check(&source, Some(&Lock::parse(&lock.to_string()).unwrap()), &[]);
    (source, checked)
}

/// The compiled policy, which is small enough to be loaded again and again.
#[track_caller]
fn compiled(rules: &str) -> Policy {
    let (_, checked) = checked(rules);
    let body = checked.body.unwrap_or_else(|| panic!("{:?}", checked.diagnostics));
    let bytes = artifact::write(&body).unwrap();
    assert!(bytes.len() < 100_000, "the artifact has {} bytes", bytes.len());
    Policy::from_bytes(&bytes).unwrap()
}

#[track_caller]
fn decides(policy: &Policy, arguments: &serde_json::Value, reason: Reason) {
    let line = json!({ "tool": "s.t", "arguments": arguments }).to_string();
    let decision = decide_line(policy, None, line.as_bytes(), Timestamp::UNIX_EPOCH);
    assert_eq!(decision.reason(), reason, "{line}");
}

/// The refusal names the very pattern.
#[track_caller]
fn refused(pattern: &str, why: &str) {
    let rules = format!("allow s.t {{ s?: {pattern}, path: path(\"/srv/**\") }}");
    let (source, checked) = checked(&rules);
    assert!(checked.body.is_none(), "{pattern} compiles");
    let found = checked.diagnostics.iter().find(|found| found.code == "E0129");
    let found = found.unwrap_or_else(|| panic!("{:?}", checked.diagnostics));
    let place = found.primary.span;
    assert!(
        pattern.contains(source.text.get(place.start..place.end).unwrap()),
        "{found:?}"
    );
    assert!(found.message.contains(why), "{found:?}");
}

/// A length is counted beside the automaton: within it, the two together took 77 MB.
#[test]
fn a_length_and_a_word_anywhere_in_the_text() {
    let policy = compiled("allow s.t { s: text(..=200) & regex(\"(?s).*secret.*\") }");
    let text =
        |before: usize, behind: usize| json!({ "s": format!("{}secret{}", "é".repeat(before), "x".repeat(behind)) });
    decides(&policy, &text(97, 97), Reason::Allowed);
    decides(&policy, &text(97, 98), Reason::PatternMismatch);
    decides(&policy, &json!({ "s": "no word" }), Reason::PatternMismatch);
}

/// It has to know of each of the last twenty characters whether it was one of three: 2²⁰ states.
#[test]
fn what_has_to_remember_the_last_twenty_characters_is_refused() {
    refused(r#"regex(".*[a-c].{20}")"#, "more than");
    refused(r#"regex("(.*[a-c].{20})?")"#, "more than");
    refused(r#"glob("*a????????????????????")"#, "more than");
}

#[test]
fn a_word_boundary_is_refused() {
    refused(r#"regex(r"\bword\b")"#, "word boundary");
    refused(r#"regex(r"(?-u:\b)word")"#, "word boundary");
}

/// In one automaton sixteen of them took 224 MB: it has to know which of the folders it has seen.
#[test]
fn sixteen_folders_anywhere_in_a_path() {
    let mut rules = "allow s.t { path: path(\"/srv/**\") }\n".to_owned();
    for n in 0..16 {
        writeln!(rules, "deny s.t {{ path: path(\"**/n{n}/**\") }}").unwrap();
    }
    let policy = compiled(&rules);
    for n in 0..16 {
        decides(
            &policy,
            &json!({ "path": format!("/srv/a/n{n}/b") }),
            Reason::Prohibited,
        );
        decides(&policy, &json!({ "path": format!("/srv/n{n}") }), Reason::Prohibited);
    }
    decides(&policy, &json!({ "path": "/srv/a/n16/b" }), Reason::Allowed);
    let bound = policy.bound().of(8_192);
    assert!(bound.passes <= 20, "{bound:?}");
}

/// That all of them are in one path, in any order, is 2¹⁶ states of what was seen, and no automaton holds them.
#[test]
fn sixteen_folders_that_must_all_be_in_a_path() {
    let all: Vec<String> = (0..16).map(|n| format!("path(\"**/n{n}/**\")")).collect();
    let policy = compiled(&format!("allow s.t {{ path: {} }}", all.join(" & ")));
    let path = |names: std::ops::Range<i32>| names.rev().map(|n| format!("/n{n}")).collect::<String>();
    decides(&policy, &json!({ "path": path(0..16) }), Reason::Allowed);
    decides(&policy, &json!({ "path": path(1..16) }), Reason::PatternMismatch);
    let any = all.join(" | ");
    let policy = compiled(&format!("allow s.t {{ path: path & !({any}) }}"));
    decides(&policy, &json!({ "path": "/a/n16" }), Reason::Allowed);
    decides(&policy, &json!({ "path": "/a/n15/b" }), Reason::PatternMismatch);
}
