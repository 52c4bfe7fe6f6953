//! Every file of `fixtures/syntax` has a snapshot of its source, its tree and what is said of it. A file that is
//! named `ok_…` has no errors, `bad_…` has some.

use std::collections::BTreeSet;
use std::path::Path;

use super::super::codes::{self, TABLE};
use super::super::parse;
use super::{codes_of, without_places};
use crate::diagnostic::Source;
use crate::diagnostic::render::{Style, render};

#[test]
fn each_file_reads_as_its_snapshot_says() {
    insta::glob!("../../../fixtures/syntax", "*.mcpp", |path| {
        let source = read(path);
        let (file, diagnostics) = parse(&source);
        let tree: Vec<String> = file
            .docs
            .iter()
            .map(|line| format!("//! {line}"))
            .chain(file.statements.iter().map(without_places))
            .collect();
        let shown = format!(
            "---- source\n{}\n---- tree\n{}\n---- diagnostics\n{}",
            source.text,
            tree.join("\n"),
            render(&source, &diagnostics, Style::default())
        );
        let kind = source.name.split('_').next().unwrap_or_default();
        match kind {
            "ok" => assert!(diagnostics.is_empty(), "{shown}"),
            "bad" => assert!(!diagnostics.is_empty(), "{shown}"),
            _ => panic!("{} has no known beginning", source.name),
        }
        insta::with_settings!({
            snapshot_path => "../../../fixtures/syntax/snapshots", prepend_module_to_snapshot => false, omit_expression => true
        }, { insta::assert_snapshot!("reads", shown) });
    });
}

/// What needs a large file is tested in `limits`.
#[test]
fn each_code_has_a_file_that_shows_it() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/syntax");
    let mut seen = BTreeSet::from([codes::TOO_LARGE, codes::TOO_MANY]);
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "mcpp") {
            seen.extend(codes_of(&parse(&read(&path)).1));
        }
    }
    let all: BTreeSet<_> = TABLE.iter().map(|code| code.code).collect();
    assert_eq!(all.len(), TABLE.len(), "a code stands twice");
    assert_eq!(seen, all);
    assert!(
        TABLE
            .iter()
            .all(|code| codes::find(code.code) == Some(code) && !code.title.is_empty() && !code.text.is_empty())
    );
}

/// A message never shows what the grammar calls a thing, nor a type of Rust.
#[test]
fn no_message_speaks_of_the_grammar() {
    let grammar = include_str!("../../../grammar/mcpp.pest");
    let names: Vec<&str> = grammar
        .lines()
        .filter_map(|line| line.split_once('=').map(|(name, _)| name.trim()))
        .filter(|name| name.contains('_') && name.chars().all(|c| c.is_ascii_lowercase() || c == '_'))
        .collect();
    assert!(names.len() > 30, "{names:?}");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/syntax");
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "mcpp") {
            continue;
        }
        for diagnostic in parse(&read(&path)).1 {
            let said = format!(
                "{} {} {:?}",
                diagnostic.message, diagnostic.primary.text, diagnostic.help
            );
            assert!(
                !names.iter().any(|name| said.contains(name)),
                "{}: {said}",
                path.display()
            );
            assert!(!diagnostic.message.ends_with('.'), "{said}");
        }
    }
}

fn read(path: &Path) -> Source {
    Source::new(
        path.file_name().unwrap().to_str().unwrap(),
        std::fs::read_to_string(path).unwrap(),
    )
}
