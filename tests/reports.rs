//! What the commands write for other programs: SARIF for code scanners, JUnit XML for CI systems, the coverage of tests.
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

/// A folder with everything that lies in one of `fixtures/`, and in the folders within.
fn fixtures(name: &str) -> Workspace {
    let space = Workspace::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name);
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(&root).unwrap().to_str().unwrap();
            if path.is_dir() {
                folders.push(path);
            } else {
                space.write(name, &fs::read_to_string(&path).unwrap());
            }
        }
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

// ---- test --format junit ----

#[test]
fn results_are_read_by_ci_systems() {
    let space = fixtures("policies");
    let path = space.path("files.mcpp");
    let text = fs::read_to_string(&path).unwrap();
    let wrong = "deny  fs.read_file { path: \"/etc/passwd\" }";
    let text = text
        .replace(wrong, "allow fs.read_file { path: \"/etc/<passwd>\" }")
        .replace("metadata is", "\\\"a\\\" & <b> is");
    fs::write(&path, text).unwrap();
    space.write("broken.mcpp", "policy \"b\"\nallow nowhere.x {}\n");
    let arguments = ["test", "--format", "junit", "files.mcpp", "broken.mcpp", "missing.mcpp"];
    let output = space.mcppc(&arguments, b"");
    assert_exit(&output, 2, "test --format junit");
    let text = String::from_utf8(output.stdout).unwrap();
    let read = roxmltree::Document::parse(&text).unwrap();
    let total = ["tests", "failures", "errors"].map(|name| read.root_element().attribute(name).unwrap());
    assert_eq!(total, ["4", "1", "2"]);
    insta::assert_snapshot!(text);
}

#[test]
fn the_exit_code_is_that_of_the_tests_in_every_format() {
    let space = fixtures("policies");
    for (from, to, code) in [
        ("", "", 0),
        (
            "deny  fs.read_file { path: \"/etc",
            "allow fs.read_file { path: \"/etc",
            1,
        ),
    ] {
        let path = space.path("files.mcpp");
        fs::write(&path, fs::read_to_string(&path).unwrap().replacen(from, to, 1)).unwrap();
        for format in ["human", "json", "junit"] {
            for coverage in [&["--coverage"][..], &[]] {
                let output = space.mcppc(&[&["test", "--format", format], coverage].concat(), b"");
                assert_exit(&output, code, &format!("test --format {format} {coverage:?}"));
                let text = String::from_utf8(output.stdout).unwrap();
                assert_eq!(text.contains("touch"), !coverage.is_empty(), "{text}");
            }
        }
    }
}

// ---- test --coverage ----

const TOOLS: &str = r#"{ "tools": [{ "name": "send", "inputSchema": { "type": "object", "properties": {
    "to": { "type": "array", "items": { "type": "string" } },
    "kind": { "type": ["string", "null"] },
    "file": { "type": "string" }
} } }] }"#;

/// What the tests of these rules leave out, each as `kind text`.
fn untouched(rules: &str, cases: &str) -> Vec<String> {
    let space = Workspace::new();
    space.write("tools.json", TOOLS);
    let policy = format!("policy \"p\"\nserver m {{ path: send.file }}\n{rules}\ntest \"t\" {{\n{cases}\n}}\n");
    space.write("p.mcpp", &policy);
    assert_exit(
        &space.mcppc(&["lock", "p.mcpp", "--tools", "m=tools.json"], b""),
        0,
        "lock",
    );
    let output = space.mcppc(&["test", "--coverage", "--format", "json", "p.mcpp"], b"");
    assert_exit(&output, 0, &policy);
    let text = String::from_utf8(output.stdout).unwrap();
    let last: Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
    let words = |point: &Value| {
        format!(
            "{} {}",
            point["kind"].as_str().unwrap(),
            point["text"].as_str().unwrap()
        )
    };
    last["coverage"]["untouched"]
        .as_array()
        .unwrap()
        .iter()
        .map(words)
        .collect()
}

#[test]
fn a_rule_is_touched_by_the_calls_that_it_decides() {
    let rules = "allow m.send { kind: \"a\" }\nallow m.send { kind: \"b\", to: [text] }\n\
                 deny m.send { kind: \"x\" }\ndeny m.send { kind: \"x\", to: any }";
    assert_eq!(
        untouched(rules, "allow m.send { kind: \"a\" }"),
        [
            "grant allow m.send { kind: \"b\", to: [text] }",
            "prohibition deny m.send { kind: \"x\" }",
            "prohibition deny m.send { kind: \"x\", to: any }",
        ]
    );
    // The nearest grant is touched by a denial. Of two prohibitions the first decides.
    assert_eq!(
        untouched(
            rules,
            "deny m.send { kind: \"z\", to: [] }\ndeny m.send { kind: \"x\", to: [] }"
        ),
        [
            "grant allow m.send { kind: \"a\" }",
            "prohibition deny m.send { kind: \"x\", to: any }"
        ]
    );
    // A call that is denied before any rule is asked touches none.
    assert_eq!(untouched(rules, "deny m.send { kind: 1 }\ndeny m.none {}").len(), 4);
}

#[test]
fn an_alternative_is_touched_by_the_values_in_it() {
    let rules = "pattern who = \"ann\" | \"bob\"\nallow m.send { to: [who | \"eve\"], kind?: (\"a\" | \"b\")? }";
    let alternative = |text: &str| format!("alternative {text}");
    let all = ["\"ann\"", "\"bob\"", "\"eve\"", "(\"a\" | \"b\")?", "\"a\"", "\"b\""].map(alternative);
    assert_eq!(untouched(rules, "allow m.send { to: [] }"), all);
    assert_eq!(
        untouched(rules, "allow m.send { to: [\"bob\", \"eve\"], kind: null }"),
        ["\"ann\"", "\"a\"", "\"b\""].map(alternative)
    );
    // A value counts though another makes the call one that is denied.
    assert_eq!(
        untouched(rules, "deny m.send { to: [\"ann\", \"mallory\"], kind: \"a\" }"),
        ["\"bob\"", "\"eve\"", "(\"a\" | \"b\")?", "\"b\""].map(alternative)
    );
}

#[test]
fn what_is_ruled_out_and_what_is_prohibited_has_alternatives_too() {
    let rules = "allow m.send { file: !(glob(\"**/a\") | glob(\"**/b\")) }\ndeny m.* { any path: glob(\"/x/**\") | glob(\"/y/**\") }";
    assert_eq!(
        untouched(rules, "deny m.send { file: \"/a\" }\ndeny m.send { file: \"/x/1\" }"),
        ["alternative glob(\"**/b\")", "alternative glob(\"/y/**\")"]
    );
}

#[test]
fn people_see_what_is_not_touched_and_where() {
    let space = Workspace::new();
    space.write("tools.json", TOOLS);
    space.write(
        "p.mcpp",
        "policy \"p\"\nserver m\nallow m.send {\n  kind: \"a\" | \"b\"\n}\ndeny m.send { to: has any }\ntest \"t\" { allow m.send { kind: \"b\" } }\n",
    );
    space.mcppc(&["lock", "p.mcpp", "--tools", "m=tools.json"], b"");
    let output = space.mcppc(&["test", "--coverage", "p.mcpp"], b"");
    insta::assert_snapshot!(String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap());
}
