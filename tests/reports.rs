//! What the commands write for other programs: SARIF for code scanners.
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

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use common::workspace::{Workspace, assert_exit};
use serde_json::{Value, json};

/// A folder with everything that lies in one of `fixtures/`.
fn fixtures(name: &str) -> Workspace {
    let space = Workspace::new();
    for entry in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name)).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        space.write(name, &fs::read_to_string(&path).unwrap());
    }
    space
}

/// What `./test` has installed: the schema of SARIF, and a validator. They must not be missing.
fn tools() -> PathBuf {
    let named = std::env::var_os("MCPP_TOOLS").map(PathBuf::from);
    let folder = named.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join(".tools"));
    assert!(
        folder.join("stamp").is_file(),
        "nothing is installed in {}: run ./test",
        folder.display()
    );
    folder
}

/// What the schema says against a log; empty for a valid one.
fn faults(log: &[u8]) -> String {
    let tools = tools();
    let schema = tools.join("node/node_modules/@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json");
    let driver = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/drivers/valid_sarif.py");
    let mut child = Command::new(tools.join("python/bin/python"))
        .args([driver, schema])
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(log).unwrap();
    let output = child.wait_with_output().unwrap();
    let errors = String::from_utf8(output.stderr).unwrap();
    assert_eq!(
        output.status.success(),
        errors.is_empty(),
        "the validator did not run: {errors}"
    );
    errors
}

// ---- check --format sarif ----

#[test]
fn what_check_finds_is_a_valid_log() {
    let space = fixtures("check");
    let output = space.mcppc(&["check", "--format", "sarif"], b"");
    assert_exit(&output, 1, "check --format sarif");
    assert_eq!(faults(&output.stdout), "");
    let log: Value = serde_json::from_slice(&output.stdout).unwrap();
    let run = &log["runs"][0];
    assert_eq!(run["columnKind"], "unicodeCodePoints");

    // The same as in the other form for programs, place by place.
    let lines = space.mcppc(&["check", "--format", "json"], b"").stdout;
    let lines: Vec<Value> = String::from_utf8(lines)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let results = run["results"].as_array().unwrap();
    assert!(
        lines.len() > 50 && results.len() == lines.len(),
        "{} and {}",
        results.len(),
        lines.len()
    );
    for (result, line) in results.iter().zip(&lines) {
        let place = &result["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], line["file"]);
        assert_eq!(
            place["region"],
            json!({
                "startLine": line["line"], "startColumn": line["column"],
                "endLine": line["end_line"], "endColumn": line["end_column"],
            })
        );
        assert_eq!(
            (&result["ruleId"], &result["level"]),
            (&line["code"], &line["severity"])
        );
        let rule = &run["tool"]["driver"]["rules"][usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap()];
        assert_eq!(rule["id"], line["code"]);
        assert!(!rule["help"]["text"].as_str().unwrap().is_empty(), "{rule}");
        let related = result["relatedLocations"].as_array().unwrap();
        assert_eq!(related.is_empty(), line["secondary"].is_null());
    }
    assert!(
        results
            .iter()
            .any(|result| result["relatedLocations"][0]["message"]["text"] == "first here")
    );
}

#[test]
fn a_log_says_what_could_not_be_checked() {
    let space = fixtures("policies");
    let output = space.mcppc(&["check", "--format", "sarif", "files.mcpp", "missing {0}.mcpp"], b"");
    assert_exit(&output, 2, "check of a missing file");
    assert_eq!(faults(&output.stdout), "");
    let log: Value = serde_json::from_slice(&output.stdout).unwrap();
    let invocation = &log["runs"][0]["invocations"][0];
    assert_eq!(invocation["executionSuccessful"], false);
    let said = invocation["toolExecutionNotifications"][0]["message"]["text"]
        .as_str()
        .unwrap();
    assert!(said.contains("cannot read `missing {{0}}.mcpp`"), "{said}");

    let empty = Workspace::new();
    let output = empty.mcppc(&["check", "--format", "sarif"], b"");
    assert_exit(&output, 2, "check of an empty folder");
    assert_eq!(faults(&output.stdout), "");
}

#[test]
fn a_fine_policy_is_an_empty_log() {
    let space = fixtures("policies");
    let output = space.mcppc(&["check", "--format", "sarif"], b"");
    assert_exit(&output, 0, "check --format sarif");
    assert_eq!(faults(&output.stdout), "");
    let log: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(log["runs"][0]["results"], json!([]));
}

#[test]
fn the_validator_finds_a_fault() {
    assert!(faults(br#"{ "version": "2.1.0", "runs": [{ "tool": {} }] }"#).contains("$.runs[0].tool"));
}
