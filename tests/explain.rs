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
    let said = explain(&Workspace::new(), &["E0199"]);
    let wanted = "exit 2\n--- out\n--- err\nerror: there is no code `E0199`\n  help: did you mean `E01";
    assert!(said.starts_with(wanted), "{said}");
}

// ---- policies ----

/// A folder with the policy `files.mcpp` and its lock.
fn files() -> Workspace {
    let space = Workspace::new();
    for name in ["files.mcpp", "mcpp.lock"] {
        let text = std::fs::read_to_string(format!("{}/fixtures/policies/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap();
        space.write(name, &text);
    }
    space
}

fn edit(space: &Workspace, name: &str, from: &str, to: &str) {
    let text = std::fs::read_to_string(space.path(name)).unwrap();
    assert!(text.contains(from), "{name} has no `{from}`");
    space.write(name, &text.replace(from, to));
}

#[test]
fn a_policy_is_explained_tool_by_tool() {
    insta::assert_snapshot!(explain(&files(), &["files.mcpp"]));
}

#[test]
fn a_policy_is_explained_for_a_review() {
    insta::assert_snapshot!(explain(&files(), &["files.mcpp", "--format", "md"]));
}

#[test]
fn one_tool_is_explained_to_programs() {
    let space = files();
    let output = space.mcppc(&["explain", "files.mcpp", "write_file", "--format", "json"], b"");
    assert_exit(&output, 0, "explain --format json");
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(found["servers"].as_array().unwrap().len(), 1);
    assert_eq!(found["servers"][0]["not_granted"], json!([]));
    insta::assert_snapshot!(serde_json::to_string_pretty(&found["servers"][0]["granted"]).unwrap());
}

#[test]
fn an_artifact_says_the_same_as_its_source() {
    let space = files();
    assert_exit(
        &space.mcppc(&["build", "files.mcpp", "-o", "files.mcppb"], b""),
        0,
        "build",
    );
    for format in ["human", "md", "json"] {
        let say = |subject: &str| explain(&space, &[subject, "--format", format]);
        assert_eq!(say("files.mcpp"), say("files.mcppb"));
    }
}

#[test]
fn what_is_said_is_what_was_compiled_whatever_the_text_says() {
    let said = explain(&files(), &["files.mcpp", "fs.read_file", "--set", "root=/other"]);
    assert!(
        said.contains("a path like `/other/**`") && !said.contains("/srv/work"),
        "{said}"
    );
}

#[test]
fn what_nothing_grants_and_what_is_always_denied_is_said() {
    let space = files();
    let said = explain(&space, &["files.mcpp", "fs.move_file"]);
    assert!(
        said.contains("nothing grants these: every call is denied\n  fs.move_file\n"),
        "{said}"
    );
    edit(
        &space,
        "files.mcpp",
        "deny fs.* { any path: glob(\"**/.git/**\") }",
        "deny fs.write_file",
    );
    let said = explain(&space, &["files.mcpp", "fs.write_file"]);
    assert!(
        said.contains("whatever the arguments: repository metadata is off limits"),
        "{said}"
    );
}

#[test]
fn a_tool_that_is_not_there_is_suggested() {
    let space = files();
    insta::assert_snapshot!(explain(&space, &["files.mcpp", "fs.raed_file"]));
    let said = explain(&space, &["files.mcpp", "wirte_file"]);
    assert!(
        said.starts_with("exit 2") && said.contains("did you mean `write_file`?"),
        "{said}"
    );
}

#[test]
fn what_cannot_be_explained_is_said_with_a_way_on() {
    let space = files();
    for (arguments, part) in [
        (&["E12"][..], "a code such as `E0120`"),
        (&["E0120", "fs.read_file"], "a code has no tools"),
        (&["mcpp.lock"], "`mcpp.lock` is a lock, and no policy's source"),
    ] {
        let said = explain(&space, arguments);
        assert!(
            said.starts_with("exit 2") && said.contains(part),
            "{arguments:?}: {said}"
        );
    }
}

#[test]
fn names_and_words_of_others_are_no_markup() {
    let space = files();
    let tool = r#"{ "tools": [{ "name": "a|<b>", "inputSchema": {} }] }"#;
    space.write("tools.json", tool);
    space.write(
        "odd.mcpp",
        "policy \"odd\"\nserver fs\n/// [x](http://y) | <script>\nallow fs.* {}\n",
    );
    let locked = space.mcppc(&["lock", "odd.mcpp", "--tools", "fs=tools.json", "--accept"], b"");
    assert_exit(&locked, 0, "lock");
    let said = explain(&space, &["odd.mcpp"]) + &explain(&space, &["odd.mcpp", "--format", "md"]);
    insta::assert_snapshot!(said);
}

#[test]
fn every_example_is_explained_in_every_format() {
    let space = Workspace::new();
    for example in [
        "agentdojo/workspace",
        "demo/policy",
        "fetch/read-write",
        "filesystem/read-write",
        "git/read-write",
        "github/read-write",
        "memory/read-write",
        "sqlite/read-write",
        "time/policy",
    ] {
        let policy = format!("{}/examples/{example}.mcpp", env!("CARGO_MANIFEST_DIR"));
        for format in ["human", "md", "json"] {
            let said = explain(&space, &[&policy, "--format", format]);
            assert!(said.starts_with("exit 0") && !said.contains("`?`"), "{said}");
        }
    }
}
