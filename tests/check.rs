//! Every policy of `fixtures/check` says in comments what is wrong with it; the checker says the same, no more, no less.
//!
//! `//~ E0120 part of the message` stands on the line of the diagnostic, with one `^` after the `~` for each line
//! further down. `a|b` is either. It is the first of December 2026. `//# set NAME=VALUE` and `//# no lock` at the
//! beginning say how the policy is checked, and `//# findings` that it is looked for rules that do nothing.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    missing_docs
)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use mcppc::check::{Checked, FINDING, Loader, check_package_at, codes, find, prove};
use mcppc::diagnostic::render::{Style, render};
use mcppc::diagnostic::{Diagnostic, Severity, Source};
use mcppc::json::{Limits, parse};
use mcppc::lock::{Lock, LockedServer, pin_tools};

/// What a comment expects: a line, a code, and parts of the message or help of which one must be there.
#[derive(Debug)]
struct Expected {
    line: usize,
    code: String,
    parts: Vec<String>,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/check")
}

/// The files that policies include and use, beside them in a folder of their own.
struct Parts;

impl Loader for Parts {
    fn load(&self, name: &str) -> Result<Source, String> {
        let text = std::fs::read_to_string(folder().join(name)).map_err(|_| "there is no such file".to_owned())?;
        Ok(Source::new(name, text))
    }
}

fn policies() -> Vec<(Source, Checked)> {
    let lock = Lock::parse(&std::fs::read_to_string(folder().join("mcpp.lock")).unwrap()).unwrap();
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "mcpp"));
    files.sort();
    let checked = files.iter().map(|file| {
        let name = file.file_name().unwrap().to_str().unwrap().to_owned();
        let source = Source::new(name, std::fs::read_to_string(file).unwrap());
        let set = |line: &str| {
            let (name, value) = line.strip_prefix("//# set ")?.split_once('=')?;
            Some((name.to_owned(), value.to_owned()))
        };
        let sets: Vec<_> = source.text.lines().filter_map(set).collect();
        let locked = !source.text.lines().any(|line| line == "//# no lock");
        let now = "2026-12-01T00:00:00Z".parse().unwrap();
        let mut checked = check_package_at(&source, &[], &Parts, locked.then_some(&lock), &sets, Some(now));
        prove(&mut checked, now, mcppc::prove::DEFAULT);
        if source.text.lines().any(|line| line == "//# findings") {
            find(&mut checked, FINDING);
        }
        (source, checked)
    });
    checked.collect()
}

fn expectations(source: &Source) -> Vec<Expected> {
    let mut found = Vec::new();
    for (index, line) in source.text.lines().enumerate() {
        for comment in line.split("//~").skip(1) {
            let up = comment.chars().take_while(|c| *c == '^').count();
            let (code, parts) = comment[up..]
                .trim()
                .split_once(' ')
                .unwrap_or((comment[up..].trim(), ""));
            found.push(Expected {
                line: index + 1 - up,
                code: code.to_owned(),
                parts: parts.split('|').map(|part| part.trim().to_owned()).collect(),
            });
        }
    }
    found
}

/// The diagnostics with their files, each place in its own.
fn local(checked: &Checked) -> Vec<(Source, Diagnostic)> {
    checked
        .diagnostics
        .iter()
        .map(|found| checked.sources.local(found))
        .collect()
}

/// The policy's own file and those that its diagnostics are about.
fn files(source: &Source, checked: &Checked) -> Vec<Source> {
    let mut files = vec![source.clone()];
    for (file, _) in local(checked) {
        if !files.contains(&file) {
            files.push(file);
        }
    }
    files
}

fn meets(source: &Source, diagnostic: &Diagnostic, expected: &Expected) -> bool {
    let said = format!("{} {}", diagnostic.message, diagnostic.help.as_deref().unwrap_or(""));
    source.position(diagnostic.primary.span.start).0 == expected.line
        && diagnostic.code == expected.code
        && expected.parts.iter().any(|part| said.contains(part))
}

#[test]
fn every_policy_is_as_its_comments_say() {
    let mut wrong = Vec::new();
    let mut cases = 0;
    for (source, checked) in policies() {
        let all = files(&source, &checked);
        let mut open: Vec<(&Source, Expected)> = all
            .iter()
            .flat_map(|file| expectations(file).into_iter().map(move |expected| (file, expected)))
            .collect();
        // A line is a case, however much is said of it; many labels are one.
        let lines: BTreeSet<(&str, usize)> = open.iter().map(|(file, e)| (&*file.name, e.line)).collect();
        cases += if source.name.contains("labels_") {
            1
        } else {
            lines.len().max(1)
        };
        for (source, diagnostic) in local(&checked) {
            let met =
                |(file, expected): &(&Source, Expected)| **file == source && meets(&source, &diagnostic, expected);
            match open.iter().position(met) {
                Some(at) => drop(open.remove(at)),
                None => wrong.push(format!(
                    "{}:{}: not expected: {} {} ({})",
                    source.name,
                    source.position(diagnostic.primary.span.start).0,
                    diagnostic.code,
                    diagnostic.message,
                    diagnostic.help.as_deref().unwrap_or("")
                )),
            }
        }
        wrong.extend(
            open.iter()
                .map(|(file, missed)| format!("{}:{}: missed: {missed:?}", file.name, missed.line)),
        );
        let errors = checked.diagnostics.iter().any(|d| d.severity == Severity::Error);
        if checked.body.is_some() == errors {
            wrong.push(format!(
                "{}: compiles: {}, errors: {errors}",
                source.name,
                checked.body.is_some()
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(cases >= 250, "only {cases} cases");
}

#[test]
fn every_code_is_expected_somewhere() {
    let expected: BTreeSet<String> = policies()
        .iter()
        .flat_map(|(source, checked)| files(source, checked))
        .flat_map(|file| expectations(&file))
        .map(|expected| expected.code)
        .collect();
    let missing: Vec<&str> = codes::TABLE
        .iter()
        .map(|c| c.code)
        // The bound is refused by an option of the command: tests/cli.rs.
        .filter(|code| !expected.contains(*code) && *code != codes::BOUND)
        .collect();
    assert!(missing.is_empty(), "no policy has {missing:?}");
}

/// The lock is what the saved tool lists give.
#[test]
fn the_lock_is_of_the_tool_lists() {
    let locked = Lock::parse(&std::fs::read_to_string(folder().join("mcpp.lock")).unwrap()).unwrap();
    for name in ["fs", "db", "mail", "net"] {
        let list = std::fs::read(folder().join(format!("{name}.tools.json"))).unwrap();
        let mut server = LockedServer::default();
        pin_tools(&parse(&list, &Limits::default()).unwrap(), &mut server.tools).unwrap();
        assert_eq!(
            locked.servers[name], server,
            "run `mcppc lock` on a policy of all with `--tools`"
        );
    }
}

#[test]
fn people_are_told_what_is_wrong_where_and_how_to_mend_it() {
    let shown = [
        "absence",
        "any_reading",
        "default",
        "empty",
        "escapes",
        "everything_is_reported_at_once",
        "findings",
        "names",
        "lints",
        "no_lock",
        "open_negation",
        "readings",
        "regex",
        "set",
        "tools",
        "types",
        "unknown_parameter",
    ];
    for (source, checked) in policies() {
        let name = source.name.strip_suffix(".mcpp").unwrap();
        if shown.contains(&name) {
            insta::assert_snapshot!(name, render(&source, &checked.diagnostics, Style::default()));
        }
    }
}
