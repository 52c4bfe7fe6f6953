//! `mcppc explain`, by what a user asks: what a code means, and what a policy lets be done.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs
)]

mod common {
    pub mod workspace;
}

use common::workspace::{Workspace, assert_exit};
use mcppc::cli::codes;
use serde_json::{Value, json};

/// What the program says in full: exit code and both streams.
fn explain(space: &Workspace, arguments: &[&str]) -> String {
    let output = space.mcppc(&[&["explain"], arguments].concat(), b"");
    format!(
        "exit {}\n--- out\n{}--- err\n{}",
        output.status.code().unwrap(),
        String::from_utf8(output.stdout).unwrap(),
        String::from_utf8(output.stderr).unwrap()
    )
}

// ---- codes ----

#[test]
fn a_code_is_explained_to_people() {
    insta::assert_snapshot!(explain(&Workspace::new(), &["E0121"]));
}

#[test]
fn every_code_is_explained_as_the_page_of_errors_does() {
    let space = Workspace::new();
    for code in codes::all() {
        let output = space.mcppc(&["explain", "--format", "md", code.code], b"");
        assert_exit(&output, 0, code.code);
        let wanted = format!("### {}: {}\n\n{}\n", code.code, code.title, code.text);
        assert_eq!(String::from_utf8(output.stdout).unwrap(), wanted);
    }
}

#[test]
fn a_code_is_explained_to_programs_and_in_small_letters() {
    let output = Workspace::new().mcppc(&["explain", "t0001", "--format", "json"], b"");
    assert_exit(&output, 0, "explain t0001");
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    let code = codes::find("T0001").unwrap();
    assert_eq!(
        found,
        json!({ "code": "T0001", "title": code.title, "text": code.text })
    );
}

#[test]
fn the_nearest_code_is_suggested_for_one_that_is_not_there() {
    insta::assert_snapshot!(explain(&Workspace::new(), &["E0199"]));
}
