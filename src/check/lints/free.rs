//! Grants that leave free what they seem to restrict.

use super::super::{Checker, codes};
use super::unread::called_like;
use crate::diagnostic::Diagnostic;
use crate::pattern::{Field, Pattern, PatternKind, ReadingKind};
use crate::table::{Grant, Tool, Type, Universe};

/// Parameters that say who is written to, as servers call them.
const RECIPIENTS: [&str; 10] = [
    "to",
    "cc",
    "bcc",
    "recipient",
    "recipients",
    "replyto",
    "ccrecipients",
    "bccrecipients",
    "participants",
    "attendees",
];

/// What a description calls the parameter, by the words before its first preposition.
const DESCRIBED: [(&[&str], &str); 4] = [
    (
        &["command", "commands", "shell", "bash", "script", "code", "sql"],
        "a command",
    ),
    (&["url", "urls", "uri", "uris"], "a URL"),
    (&["path", "paths", "directory", "folder", "filename"], "a path"),
    (&["host", "hostname", "domain"], "a host"),
];

/// How many words of a description name the thing; what follows explains it.
const HEAD_WORDS: usize = 6;

impl Checker<'_> {
    /// The lints of one tool's grants. `schema` is the tool's input schema as JSON.
    pub(super) fn lint_grants(&self, full: &str, tool: &Tool, schema: Option<&str>) {
        if tool.grants.is_empty() {
            return;
        }
        let schema: serde_json::Value = schema
            .and_then(|text| serde_json::from_str(text).ok())
            .unwrap_or_default();
        let arguments = Universe::of(&tool.arguments);
        for grant in &tool.grants {
            self.lint_siblings(full, grant);
            for field in &grant.fields {
                let (slot, stated) = (arguments.member(&field.name), arguments.defaults(&field.name));
                if field.optional && stated.is_empty() && acts_at(&field.name, &slot) && !is_free(&field.pattern) {
                    self.warn_absent(full, field);
                }
                let description = schema
                    .pointer("/properties")
                    .and_then(|properties| properties.get(&field.name)?.get("description")?.as_str());
                if let Some(what) = description.and_then(described)
                    && called_like(&field.name).is_none()
                    && takes_text(&slot)
                    && is_free_text(&field.pattern)
                {
                    self.warn_described(full, field, what);
                }
            }
        }
    }

    fn lint_siblings(&self, full: &str, grant: &Grant) {
        let recipients = || {
            grant
                .fields
                .iter()
                .filter(|field| RECIPIENTS.contains(&&*folded(&field.name)))
        };
        let Some(restricted) = recipients().find(|field| !is_free(&field.pattern)) else {
            return;
        };
        for free in recipients().filter(|field| is_free(&field.pattern)) {
            let message = format!(
                "`{}` of `{full}` takes anyone, while `{}` is restricted",
                free.name, restricted.name
            );
            let help = format!("give `{}` the same pattern, or leave it out", free.name);
            let warning = Diagnostic::warning(codes::FREE_SIBLING, self.span(free.at), message).help(help);
            self.report::<()>(warning.also(self.span(restricted.at), "restricted here"));
        }
    }

    fn warn_absent(&self, full: &str, field: &Field) {
        let name = &field.name;
        let message = format!("without `{name}`, where `{full}` acts is the server's choice");
        let help = format!("write `{name}:` to require it");
        self.report::<()>(Diagnostic::warning(codes::FREE_WHEN_ABSENT, self.span(field.at), message).help(help));
    }

    fn warn_described(&self, full: &str, field: &Field, what: &str) {
        let message = format!(
            "`{}` of `{full}` is described as {what}, and any text is granted",
            field.name
        );
        let help = "say which values are allowed";
        self.report::<()>(Diagnostic::warning(codes::DESCRIBED, self.span(field.at), message).help(help));
    }
}

/// Does the parameter say where a call acts: a file, an address on the network?
fn acts_at(name: &str, slot: &Universe<'_>) -> bool {
    let places = [ReadingKind::Path, ReadingKind::Url, ReadingKind::Host, ReadingKind::Ip];
    places.into_iter().any(|kind| slot.has_reading(kind))
        || called_like(name).is_some_and(|kind| places.contains(&kind))
}

/// Can it be a free text, or several?
fn takes_text(slot: &Universe<'_>) -> bool {
    is_free_slot(slot) || is_free_slot(&slot.element())
}

/// Can it be a text, without a reading or a list of values?
pub(super) fn is_free_slot(slot: &Universe<'_>) -> bool {
    let shapes = slot.shapes();
    slot.types().has(Type::String)
        && !shapes
            .iter()
            .any(|shape| shape.reading.is_some() || shape.values.is_some())
}

/// Does a pattern say nothing of what a value means?
fn is_free(pattern: &Pattern) -> bool {
    matches!(pattern.kind, PatternKind::Reading(_)) || of_parts(pattern, is_free)
}

/// The same, for texts that are not read.
fn is_free_text(pattern: &Pattern) -> bool {
    of_parts(pattern, is_free_text)
}

fn of_parts(pattern: &Pattern, free: fn(&Pattern) -> bool) -> bool {
    match &pattern.kind {
        PatternKind::Any | PatternKind::Text { .. } => true,
        PatternKind::Array { element, .. } => free(element),
        PatternKind::Or(parts) => parts.iter().any(free),
        PatternKind::And(parts) => parts.iter().all(free),
        _ => false,
    }
}

fn folded(name: &str) -> String {
    name.to_lowercase().replace(['_', '-'], "")
}

/// What a description says that its parameter is: "Shell command to run" is a command, "Name of the directory" is not a
/// directory.
fn described(description: &str) -> Option<&'static str> {
    let words = description
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty());
    let head: Vec<String> = words
        .map(str::to_lowercase)
        .take_while(|word| !["of", "to", "for", "in", "that", "which", "with", "from", "as", "or"].contains(&&**word))
        .take(HEAD_WORDS)
        .collect();
    let named = DESCRIBED
        .into_iter()
        .find(|(words, _)| head.iter().any(|word| words.contains(&&**word)));
    named.map(|(_, what)| what)
}

#[cfg(test)]
mod tests {
    use super::described;

    #[test]
    fn a_description_is_known_by_its_first_words() {
        assert_eq!(described("The shell command to run"), Some("a command"));
        assert_eq!(described("SELECT SQL query to execute"), Some("a command"));
        assert_eq!(described("URL to fetch"), Some("a URL"));
        assert_eq!(described("Absolute path of the file"), Some("a path"));
        for other in [
            "Name of the directory",
            "Commit message",
            "Text for the command line",
            "",
            "…",
        ] {
            assert_eq!(described(other), None, "{other}");
        }
    }
}
