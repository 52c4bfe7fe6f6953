//! Diagnostics for code scanners: SARIF 2.1.0 (OASIS, with errata 01).

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

use serde_json::{Value, json};

use super::{Code, Diagnostic, Label, Severity, Source, Span, visible};

const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// What one run of the checker found.
#[derive(Debug, Default)]
pub struct Run {
    /// The sources that were checked, each with what was found in it.
    pub findings: Vec<(Source, Vec<Diagnostic>)>,
    /// Why others could not be checked.
    pub failures: Vec<String>,
}

/// The run as one SARIF log. `codes` finds what there is to say of a code; files below `base` are named relative to it.
#[must_use]
pub fn to_sarif(run: &Run, codes: impl Fn(&str) -> Option<&'static Code>, base: &Path) -> Value {
    let found = run.findings.iter().flat_map(|(_, diagnostics)| diagnostics);
    let ids: Vec<&str> = found.map(|d| d.code).collect::<BTreeSet<_>>().into_iter().collect();
    let results = run.findings.iter().flat_map(|(source, diagnostics)| {
        let uri = uri(&source.name, base);
        diagnostics.iter().map(move |found| (source, found, uri.clone()))
    });
    let results = results.map(|(source, found, uri)| result(source, found, &uri, &ids));
    let notification = |what: &String| json!({ "level": "error", "message": { "text": text(what) } });
    json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "mcppc",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": ids.iter().map(|id| rule(id, codes(id))).collect::<Vec<_>>(),
            } },
            "columnKind": "unicodeCodePoints",
            "invocations": [{
                "executionSuccessful": run.failures.is_empty(),
                "toolExecutionNotifications": run.failures.iter().map(notification).collect::<Vec<_>>(),
            }],
            "results": results.collect::<Vec<_>>(),
        }],
    })
}

fn rule(id: &str, code: Option<&Code>) -> Value {
    let level = if id.starts_with('L') { "warning" } else { "error" };
    let mut rule = json!({ "id": id, "defaultConfiguration": { "level": level } });
    if let (Some(Code { title, text: words, .. }), Value::Object(rule)) = (code, &mut rule) {
        rule.insert("shortDescription".to_owned(), json!({ "text": text(title) }));
        rule.insert("fullDescription".to_owned(), json!({ "text": text(words) }));
        rule.insert("help".to_owned(), json!({ "text": text(words) }));
    }
    rule
}

fn result(source: &Source, found: &Diagnostic, uri: &str, ids: &[&str]) -> Value {
    let level = match found.severity {
        Severity::Warning => "warning",
        Severity::Error => "error",
    };
    let help = found
        .help
        .as_ref()
        .map_or(String::new(), |help| format!("\nhelp: {help}"));
    let related = found.secondary.as_ref().map(|label| location(source, label, uri));
    json!({
        "ruleId": found.code,
        "ruleIndex": ids.iter().position(|id| *id == found.code),
        "level": level,
        "message": { "text": text(&format!("{}{help}", found.message)) },
        "locations": [location(source, &found.primary, uri)],
        "relatedLocations": related.into_iter().collect::<Vec<_>>(),
    })
}

/// Lines and columns begin at 1, and the end is one past the last, as ours do.
fn location(source: &Source, label: &Label, uri: &str) -> Value {
    let Span { start, end } = label.span;
    let ((line, column), (end_line, end_column)) = (source.position(start), source.position(end));
    let mut location = json!({
        "physicalLocation": {
            "artifactLocation": { "uri": uri },
            "region": { "startLine": line, "startColumn": column, "endLine": end_line, "endColumn": end_column },
        },
    });
    if let (false, Value::Object(location)) = (label.text.is_empty(), &mut location) {
        location.insert("message".to_owned(), json!({ "text": text(&label.text) }));
    }
    location
}

/// A message string: braces would be placeholders (3.11.5), `[…](…)` a link (3.11.6).
fn text(words: &str) -> String {
    visible(words)
        .replace('{', "{{")
        .replace('}', "}}")
        .replace("](", "] (")
}

/// A file as a URI (RFC 3986): relative where it lies below `base`, else absolute.
fn uri(name: &str, base: &Path) -> String {
    let absolute = without_dots(&base.join(name));
    match absolute.strip_prefix(base) {
        Ok(below) => encoded(&below.to_string_lossy()),
        Err(_) => format!("file://{}", encoded(&absolute.to_string_lossy())),
    }
}

/// The path without `.` and `..`, by its text alone.
fn without_dots(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => drop(out.pop()),
            part => out.push(part),
        }
    }
    out
}

/// All but the unreserved characters and `/` in percents: a first segment with `:` would be a scheme.
fn encoded(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(code: &str) -> Option<&'static Code> {
        const CODE: Code = Code {
            code: "E0104",
            title: "no such name",
            text: "Define `{NAME}`.",
        };
        (code == "E0104").then_some(&CODE)
    }

    fn log(run: &Run) -> Value {
        to_sarif(run, known, Path::new("/work"))
    }

    #[test]
    fn a_run_is_one_log_with_the_rules_that_it_needs() {
        let source = Source::new("policies/a b.mcpp", "ä = 1\n𝄞𝄞 = ä\n");
        let error = Diagnostic::error("E0104", Span::new(7, 15), "no `{x}`, see [this](1)")
            .label("here")
            .also(Span::new(0, 2), "there")
            .help("write `a`");
        let warning = Diagnostic::warning("L0001", Span::new(0, 0), "odd");
        let run = Run {
            findings: vec![(source, vec![error, warning])],
            failures: vec!["cannot read `x`".to_owned()],
        };
        insta::assert_snapshot!(serde_json::to_string_pretty(&log(&run)["runs"][0]).unwrap());
    }

    #[test]
    fn a_run_without_findings_is_a_log_too() {
        let log = log(&Run::default());
        assert_eq!(log["runs"][0]["results"], json!([]));
        assert_eq!(log["runs"][0]["invocations"][0]["executionSuccessful"], true);
    }

    #[test]
    fn files_are_named_relative_to_where_the_run_began() {
        for (name, wanted) in [
            ("policy.mcpp", "policy.mcpp"),
            ("./a/../policy.mcpp", "policy.mcpp"),
            ("/work/a/b.mcpp", "a/b.mcpp"),
            ("a:b%20.mcpp", "a%3Ab%2520.mcpp"),
            ("é ü.mcpp", "%C3%A9%20%C3%BC.mcpp"),
            ("../other/p.mcpp", "file:///other/p.mcpp"),
            ("/etc/p.mcpp", "file:///etc/p.mcpp"),
        ] {
            assert_eq!(uri(name, Path::new("/work")), wanted, "{name}");
        }
    }
}
