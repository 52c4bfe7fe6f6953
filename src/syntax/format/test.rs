//! Tests and the JSON in them.

use super::super::ast::{
    Case, CaseState, CaseTarget, Ident, JsonLiteral, JsonLiteralKind, PatternCase, Test, TestEntry,
};
use super::super::names::{is_tool_word, is_word};
use super::pattern::pattern;
use super::rule::capability;
use super::text::{given, moment, name, string};
use super::{braced, join};

pub(super) fn test(test: &Test) -> String {
    let entries: Vec<String> = test.entries.iter().map(entry).collect();
    format!("test {} {}", string(&test.name), braced(&entries))
}

fn entry(entry: &TestEntry) -> String {
    match entry {
        TestEntry::Call(call) => case(call),
        TestEntry::Pattern(of) => pattern_case(of),
    }
}

fn case(case: &Case) -> String {
    let verdict = if case.allow { "allow" } else { "deny" };
    let target = match &case.target {
        CaseTarget::Tool(tool) => format!(".{}", name(tool, is_tool_word)),
        CaseTarget::Capability(kind) => format!(":{}", capability(*kind)),
    };
    let mut members: Vec<String> = case.arguments.iter().map(member).collect();
    members.extend(
        case.envelope
            .iter()
            .map(|(slot, value)| format!("@{}: {}", slot.name, json(value))),
    );
    let mut text = format!("{verdict} {}{target} {}", name(&case.server, is_word), braced(&members));
    if let Some(claims) = &case.context.caller {
        text.push_str(&format!(" for {}", object(claims)));
    }
    if let Some(at) = &case.context.at {
        text.push_str(&format!(" at {}", given(at, moment)));
    }
    if !case.context.state.is_empty() {
        text.push_str(&format!(" with {}", join(&case.context.state, ", ", state)));
    }
    text
}

fn state(state: &CaseState) -> String {
    match &state.used {
        Some(used) => format!("{}: {}", state.name.name, used.digits),
        None => state.name.name.clone(),
    }
}

fn pattern_case(case: &PatternCase) -> String {
    let verdict = if case.matches { "matches" } else { "rejects" };
    format!("{verdict} {} {}", pattern(&case.pattern), json(&case.value))
}

fn member((key, value): &(Ident, JsonLiteral)) -> String {
    format!("{}: {}", name(key, is_word), json(value))
}

fn object(members: &[(Ident, JsonLiteral)]) -> String {
    braced(&members.iter().map(member).collect::<Vec<_>>())
}

fn json(value: &JsonLiteral) -> String {
    match &value.kind {
        JsonLiteralKind::Null => "null".to_owned(),
        JsonLiteralKind::Bool(value) => value.to_string(),
        JsonLiteralKind::Number(token) => token.clone(),
        JsonLiteralKind::Str(template) => string(template),
        JsonLiteralKind::Array(elements) => format!("[{}]", join(elements, ", ", json)),
        JsonLiteralKind::Object(members) => object(members),
    }
}
