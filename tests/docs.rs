//! The documents say what the program does: each code is explained in its own words, and each policy parses.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use mcppc::diagnostic::{Code, Source};
use mcppc::eval::Reason;
use mcppc::syntax;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The text with one space where there was any white space: documents are wrapped, tables are not.
fn unwrapped(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn codes() -> impl Iterator<Item = &'static Code> {
    mcppc::cli::codes::all()
}

/// The sections of `docs/errors.md`: heading, and text without line breaks.
fn error_sections() -> Vec<(String, String)> {
    let text = read("docs/errors.md");
    let parts = text.split("\n### ").skip(1);
    let section = |part: &str| {
        let (heading, body) = part.split_once('\n').unwrap();
        let body = body.split("\n## ").next().unwrap();
        (heading.to_owned(), unwrapped(body))
    };
    parts.map(section).collect()
}

#[test]
fn every_code_has_its_section_with_the_words_of_the_table() {
    let sections = error_sections();
    for code in codes() {
        let heading = format!("{}: {}", code.code, code.title);
        let found = sections.iter().find(|(found, _)| *found == heading);
        let (_, text) = found.unwrap_or_else(|| panic!("docs/errors.md has no section `{heading}`"));
        assert_eq!(*text, unwrapped(code.text), "{heading}");
    }
}

#[test]
fn no_section_is_about_a_code_that_is_not_there() {
    let known: BTreeSet<String> = codes().map(|code| format!("{}: {}", code.code, code.title)).collect();
    for (heading, _) in error_sections() {
        assert!(known.contains(&heading), "docs/errors.md: `{heading}`");
    }
}

#[test]
fn every_reason_has_its_row() {
    let text = read("docs/reasons.md");
    for reason in Reason::ALL {
        let row = format!("| `{}` | ", reason.as_str());
        let rows = text.lines().filter(|line| line.starts_with(&row)).count();
        assert_eq!(rows, 1, "docs/reasons.md: rows that begin with {row}");
    }
}

/// `README.md` and the files in `docs/`.
fn documents() -> Vec<PathBuf> {
    let mut found = vec![root().join("README.md")];
    for entry in fs::read_dir(root().join("docs")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "md") {
            found.push(path);
        }
    }
    found
}

/// The blocks marked `mcpp`, each with the line that it begins on.
fn policies(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut lines = text.lines().enumerate();
    while let Some((number, line)) = lines.next() {
        if line == "```mcpp" {
            let block: Vec<&str> = lines
                .by_ref()
                .map(|(_, line)| line)
                .take_while(|line| *line != "```")
                .collect();
            found.push((number + 2, block.join("\n")));
        }
    }
    found
}

#[test]
fn every_policy_in_the_documents_parses() {
    let mut blocks = 0;
    for path in documents() {
        let name = path.strip_prefix(root()).unwrap().display().to_string();
        for (line, text) in policies(&read(&path)) {
            blocks += 1;
            let (_, diagnostics) = syntax::parse(&Source::new(name.as_str(), text.as_str()));
            let messages: Vec<&str> = diagnostics.iter().map(|found| found.message.as_str()).collect();
            assert!(messages.is_empty(), "{name}, from line {line}: {messages:?}");
        }
    }
    assert!(blocks >= 5, "only {blocks} blocks were found");
}

#[test]
fn links_between_documents_lead_somewhere() {
    let top = ["ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"].map(|name| root().join(name));
    for path in documents().into_iter().chain(top) {
        let text = read(&path);
        let targets = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        for target in targets.filter(|target| !target.contains("://")) {
            let file = target.split('#').next().unwrap();
            let exists = file.is_empty() || path.parent().unwrap().join(file).exists();
            assert!(exists, "{}: {target}", path.display());
        }
    }
}
