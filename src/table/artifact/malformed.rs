//! What is wrong with an artifact that cannot be parsed, in words for whoever has it.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::error::Category;

use super::{ArtifactError, LANGUAGE};

/// A name that is longer is not one that a version of this program wrote.
const LONGEST_NAME: usize = 64;

/// As much as any version can be asked to write as this one does.
#[derive(Deserialize)]
struct Language {
    language: String,
}

/// The keys of rules, wherever an artifact has them.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Clauses {
    rules: Vec<Keys>,
    gated: Gated,
    servers: BTreeMap<String, Server>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Gated {
    gates: Vec<Keys>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Server {
    tools: BTreeMap<String, Tool>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Tool {
    grants: Vec<Keys>,
    prohibitions: Vec<Keys>,
}

type Keys = BTreeMap<String, IgnoredAny>;

/// Why a line of an artifact does not parse. `text` has been checked for its nesting; `line` is its number.
pub fn explain(text: &[u8], error: &serde_json::Error, line: usize) -> ArtifactError {
    // Another language may well have another form.
    match serde_json::from_slice(text) {
        Ok(Language { language }) if language != LANGUAGE => return ArtifactError::Language { built: language },
        _ => {}
    }
    let message = error.to_string();
    match unknown(&message) {
        Some(name) if is_clause(text, name) => ArtifactError::Unenforced(name.to_owned()),
        _ => ArtifactError::Malformed(words(error, &message, line)),
    }
}

fn unknown(message: &str) -> Option<&str> {
    let name = message.strip_prefix("unknown field `")?.split('`').next()?;
    (name.len() <= LONGEST_NAME).then_some(name)
}

fn is_clause(text: &[u8], name: &str) -> bool {
    let Ok(clauses) = serde_json::from_slice::<Clauses>(text) else {
        return false;
    };
    let tools = clauses.servers.values().flat_map(|server| server.tools.values());
    let parts = tools.flat_map(|tool| tool.grants.iter().chain(&tool.prohibitions));
    let gates = &clauses.gated.gates;
    clauses
        .rules
        .iter()
        .chain(gates)
        .chain(parts)
        .any(|rule| rule.contains_key(name))
}

/// The place in the file, and what is wrong there. The text begins on the line `first`.
fn words(error: &serde_json::Error, message: &str, first: usize) -> String {
    let what = match error.classify() {
        Category::Data => data(message),
        _ => "this is no JSON".to_owned(),
    };
    match error.line() {
        0 => what,
        line => format!("line {}, column {}: {what}", first + line - 1, error.column()),
    }
}

/// The parser speaks of the types that it reads into, which are nobody's affair.
fn data(message: &str) -> String {
    let name = || message.split('`').nth(1).filter(|name| name.len() <= LONGEST_NAME);
    let said = |what: &str| name().map(|name| format!("`{name}` {what}"));
    let starts = |with: &str| message.starts_with(with);
    let what = if starts("unknown") {
        said("is not known to this version")
    } else if starts("missing field") {
        said("is missing")
    } else if starts("duplicate field") {
        said("stands twice")
    } else {
        None
    };
    what.unwrap_or_else(|| "a value of another kind is expected here".to_owned())
}
