//! The commands on source policies, by what a user does: exit codes, what is printed, what is written.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    missing_docs
)]

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use mcppc::table::Policy;
use serde_json::{Value, json};
use tempfile::TempDir;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/policies");

/// What a run of the program did.
#[derive(Debug)]
struct Run {
    code: i32,
    out: String,
    err: String,
}

/// A folder with the policy, its lock, its tool list and its calls.
fn folder() -> TempDir {
    let folder = TempDir::new().unwrap();
    for entry in fs::read_dir(FOLDER).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, folder.path().join(path.file_name().unwrap())).unwrap();
    }
    folder
}

fn run(folder: &Path, args: &[&str]) -> Run {
    run_with(folder, args, b"")
}

fn run_with(folder: &Path, args: &[&str], input: &[u8]) -> Run {
    let mut child = Command::new(env!("CARGO_BIN_EXE_mcppc"))
        .args(args)
        .current_dir(folder)
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // One that does not read its input has gone by now.
    let _ = child.stdin.take().unwrap().write_all(input);
    let output = child.wait_with_output().unwrap();
    Run {
        code: output.status.code().expect("no signal"),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// A run as a snapshot shows it.
fn shown(run: &Run) -> String {
    format!("exit {}\n--- out\n{}--- err\n{}", run.code, run.out, run.err)
}

fn edit(file: &Path, from: &str, to: &str) {
    let text = fs::read_to_string(file).unwrap();
    assert!(text.contains(from), "{} has no `{from}`", file.display());
    fs::write(file, text.replace(from, to)).unwrap();
}

fn built(folder: &Path) -> Vec<u8> {
    let run = run(folder, &["build", "files.mcpp", "-o", "files.mcppb"]);
    assert_eq!(run.code, 0, "{run:?}");
    fs::read(folder.join("files.mcppb")).unwrap()
}

// ---- check ----

#[test]
fn check_says_fine_wrong_or_could_not_run() {
    let folder = folder();
    let fine = run(folder.path(), &["check"]);
    insta::assert_snapshot!("check_fine", shown(&fine));
    edit(&folder.path().join("files.mcpp"), "fs.read_file {", "fs.raed_file {");
    let wrong = run(folder.path(), &["check", "files.mcpp"]);
    insta::assert_snapshot!("check_wrong", shown(&wrong));
    let none = run(folder.path(), &["check", "missing.mcpp"]);
    insta::assert_snapshot!("check_missing", shown(&none));
    assert_eq!((fine.code, wrong.code, none.code), (0, 1, 2));
}

#[test]
fn a_bound_that_is_asked_for_is_kept() {
    let folder = folder();
    for command in [
        &["check", "files.mcpp"][..],
        &["build", "files.mcpp", "-o", "files.mcppb"],
    ] {
        let within = run(
            folder.path(),
            &[command, &["--max-bound", "passes=100,nodes=100_000"]].concat(),
        );
        assert_eq!(within.code, 0, "{}", within.err);
        assert!(format!("{}{}", within.out, within.err).contains("passes over 8,192 bytes"));
        let _ = fs::remove_file(folder.path().join("files.mcppb"));
        let over = run(folder.path(), &[command, &["--max-bound", "passes=1"]].concat());
        assert_eq!(over.code, 1);
        assert!(
            over.err.contains("E0150") && over.err.contains("passes, and 1 are allowed"),
            "{}",
            over.err
        );
        assert!(!folder.path().join("files.mcppb").exists());
        let unknown = run(folder.path(), &[command, &["--max-bound", "steps=1"]].concat());
        assert_eq!(unknown.code, 2);
    }
}

#[test]
fn check_of_several_gives_the_worst_code() {
    let folder = folder();
    fs::write(folder.path().join("wrong.mcpp"), "policy \"w\"\nallow nowhere.x {}\n").unwrap();
    assert_eq!(run(folder.path(), &["check"]).code, 1);
    assert_eq!(
        run(folder.path(), &["check", "files.mcpp", "wrong.mcpp", "missing.mcpp"]).code,
        2
    );
    let empty = folder.path().join("empty");
    fs::create_dir(&empty).unwrap();
    let run = run(&empty, &["check"]);
    assert_eq!(run.code, 2);
    assert!(run.err.contains("there is no `.mcpp` file"), "{}", run.err);
}

#[test]
fn check_json_is_one_diagnostic_a_line() {
    let folder = folder();
    edit(&folder.path().join("files.mcpp"), "head?: 1..=1000", "haed?: 1..=1000");
    let run = run(folder.path(), &["check", "--format", "json", "files.mcpp"]);
    assert_eq!(run.code, 1);
    let found = lines(&run.out);
    assert_eq!(found.len(), 1, "{}", run.out);
    for (key, value) in [
        ("code", json!("E0120")),
        ("severity", json!("error")),
        ("file", json!("files.mcpp")),
        ("help", json!("did you mean `head`?")),
    ] {
        assert_eq!(found[0][key], value, "{key}");
    }
    assert!(found[0]["line"].is_u64() && found[0]["column"].is_u64() && found[0]["message"].is_string());
    assert_eq!(run.err, "");
}

#[test]
fn files_that_cannot_be_read_are_said_so() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    fs::create_dir(at("folder.mcpp")).unwrap();
    fs::write(at("bytes.mcpp"), b"policy \"\xff\"").unwrap();
    for (args, part) in [
        (&["check", "bytes.mcpp"][..], "not UTF-8"),
        (&["check", "files.mcpp", "--lock", "folder.mcpp"], "cannot read"),
        (&["check", "files.mcpp", "--lock", "bytes.mcpp"], "not UTF-8"),
        (&["check", "files.mcpp", "--lock", "files.mcpp"], "is no lock: line 1"),
        (&["build", "files.mcpp", "-o", "nowhere/x.mcppb"], "cannot write"),
        (&["eval", "--policy", "nothing.mcppb"], "cannot read"),
        (
            &["eval", "--policy", "files.mcpp", "nothing.jsonl"],
            "cannot read the calls",
        ),
        (
            &["eval", "--policy", "files.mcpp", "--server", "gs", "calls.jsonl"],
            "has no server `gs`",
        ),
        (&["test", "missing.mcpp"], "cannot read"),
        (&["lock", "files.mcpp", "--tools", "fs=missing.json"], "cannot read"),
        (
            &["lock", "files.mcpp", "--tools", "gs=tools.json"],
            "has no server `gs`",
        ),
        (&["chekc"], "check"),
        (&["check", "--set", "novalue"], "NAME=VALUE"),
    ] {
        let run = run(folder.path(), args);
        assert_eq!(run.code, 2, "{args:?}: {run:?}");
        assert!(run.err.contains(part), "{args:?}: {}", run.err);
        assert!(!run.err.contains("panicked"), "{args:?}: {}", run.err);
    }
}

#[test]
fn set_gives_constants_other_values() {
    let folder = folder();
    let call = br#"{"tool":"read_file","arguments":{"path":"/other/a"}}"#;
    assert_eq!(
        run_with(folder.path(), &["eval", "--policy", "files.mcpp"], call).code,
        1
    );
    let args = ["eval", "--policy", "files.mcpp", "--set", "root=/other"];
    assert_eq!(run_with(folder.path(), &args, call).code, 0);
    let near = run(folder.path(), &["check", "files.mcpp", "--set", "rot=/x"]);
    assert_eq!(near.code, 1);
    assert!(near.err.contains("did you mean `root`?"), "{}", near.err);
    // The tests of the policy are about the root that is written in it.
    assert_eq!(
        run(folder.path(), &["test", "files.mcpp", "--set", "root=/other"]).code,
        1
    );
}

#[test]
fn the_lock_may_lie_elsewhere() {
    let folder = folder();
    fs::rename(folder.path().join("mcpp.lock"), folder.path().join("other.lock")).unwrap();
    let without = run(folder.path(), &["check", "files.mcpp"]);
    assert_eq!(without.code, 1);
    assert!(without.err.contains("mcppc lock"), "{}", without.err);
    assert_eq!(
        run(folder.path(), &["check", "files.mcpp", "--lock", "other.lock"]).code,
        0
    );
}

// ---- test ----

#[test]
fn test_says_pass_or_fail() {
    let folder = folder();
    let pass = run(folder.path(), &["test"]);
    insta::assert_snapshot!("test_pass", shown(&pass));
    edit(
        &folder.path().join("files.mcpp"),
        "deny  fs.read_file { path: \"/etc/passwd\" }",
        "allow fs.read_file { path: \"/etc/passwd\" }",
    );
    let fail = run(folder.path(), &["test", "files.mcpp"]);
    insta::assert_snapshot!("test_fail", shown(&fail));
    assert_eq!((pass.code, fail.code), (0, 1));
    let machine = run(folder.path(), &["test", "--format", "json", "files.mcpp"]);
    assert_eq!(machine.code, 1);
    let results = lines(&machine.out);
    assert_eq!(results.len(), 2);
    assert_eq!(
        (&results[0]["passed"], &results[1]["passed"]),
        (&json!(false), &json!(true))
    );
    assert_eq!(results[0]["failures"].as_array().unwrap().len(), 1);
    edit(&folder.path().join("files.mcpp"), "policy ", "polcy ");
    assert_eq!(run(folder.path(), &["test", "files.mcpp"]).code, 2);
}

// ---- eval ----

#[test]
fn eval_shows_people_the_rule_and_the_part_that_failed() {
    let folder = folder();
    let run = run(folder.path(), &["eval", "--policy", "files.mcpp", "calls.jsonl"]);
    insta::assert_snapshot!("eval_human", shown(&run));
    assert_eq!(run.code, 1);
}

#[test]
fn eval_json_is_one_object_a_line_from_source_and_artifact_alike() {
    let folder = folder();
    built(folder.path());
    let source = run(
        folder.path(),
        &["eval", "--json", "--policy", "files.mcpp", "calls.jsonl"],
    );
    let artifact = run(
        folder.path(),
        &["eval", "--json", "--policy", "files.mcppb", "calls.jsonl"],
    );
    assert_eq!(source.out, artifact.out);
    assert_eq!((source.code, artifact.code), (1, 1));
    for (index, line) in lines(&source.out).iter().enumerate() {
        let keys: Vec<&String> = line.as_object().unwrap().keys().collect();
        assert_eq!(keys, ["decision", "index", "message", "parameter", "reason", "rule"]);
        assert_eq!(line["index"], json!(index));
        assert!(line["decision"] == "allow" || line["decision"] == "deny");
        assert_eq!(line["decision"] == "allow", line["reason"] == "allowed");
        let rule = &line["rule"];
        assert!(rule.is_null() || (rule["id"].is_string() && rule["file"] == "files.mcpp" && rule["line"].is_u64()));
    }
    insta::assert_snapshot!("eval_json", source.out);
}

#[test]
fn eval_exits_by_the_worst_line_and_goes_on_after_a_bad_one() {
    let folder = folder();
    let eval = |input: &[u8]| run_with(folder.path(), &["eval", "--json", "--policy", "files.mcpp", "-"], input);
    let allow = br#"{"tool":"fs.read_file","arguments":{"path":"/srv/work/a"}}"#;
    let deny = br#"{"tool":"fs.read_file","arguments":{"path":"/etc/a"}}"#;
    assert_eq!(eval(allow).code, 0);
    assert_eq!(eval(&[&allow[..], b"\n\r\n", deny].concat()).code, 1);
    let bad: [&[u8]; 7] = [
        b"{",
        b"[]",
        b"\xff",
        b"{\"tool\":1}",
        b"{\"tool\":\"fs.read_file\",\"args\":{}}",
        b"null",
        b"{\"tool\":\"a\",\"tool\":\"b\"}",
    ];
    for bad in bad {
        let run = eval(&[bad, b"\n", allow, b"\n", deny].concat());
        let reasons: Vec<Value> = lines(&run.out).iter().map(|line| line["reason"].clone()).collect();
        assert_eq!(
            reasons,
            ["malformed_call", "allowed", "pattern_mismatch"],
            "{}",
            String::from_utf8_lossy(bad)
        );
        assert_eq!(run.code, 2);
    }
}

#[test]
fn eval_takes_calls_in_every_form() {
    let folder = folder();
    for (line, reason) in [
        (r#"{"tool":"read_file","arguments":{"path":"/srv/work/a"}}"#, "allowed"),
        (
            r#"{"tool":"read_file","server":"fs","arguments":{"path":"/srv/work/a"},"time":"2026-12-01T00:00:00Z"}"#,
            "allowed",
        ),
        (
            r#"{"tool":"read_file","arguments":{"path":"/srv/work/a"},"caller":{"subject":"u1"},"labels":[],"counters":{}}"#,
            "allowed",
        ),
        (
            r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"read_file","arguments":{"path":"/srv/work/a"}}}"#,
            "allowed",
        ),
        (
            r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"read_file","arguments":{"path":"/etc/a"}}}"#,
            "pattern_mismatch",
        ),
        (r#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#, "malformed_call"),
        (r#"{"tool":"gs.read_file","arguments":{}}"#, "unknown_tool"),
        (r#"{"tool":"fs.read_file"}"#, "missing_parameter"),
        (
            r#"{"tool":"read_file","arguments":{"path":"/srv/work/a"},"labels":["seen"]}"#,
            "malformed_call",
        ),
        (
            r#"{"tool":"read_file","arguments":{"path":"/srv/work/a"},"time":"tomorrow"}"#,
            "malformed_call",
        ),
        (r#"{"tool":"read_file","arguments":null}"#, "malformed_call"),
    ] {
        let run = run_with(
            folder.path(),
            &["eval", "--json", "--policy", "files.mcpp"],
            line.as_bytes(),
        );
        assert_eq!(lines(&run.out)[0]["reason"], reason, "{line}: {}", run.out);
    }
}

// ---- build ----

#[test]
fn build_gives_the_same_bytes_wherever_the_policy_lies() {
    let (here, there) = (folder(), folder());
    let first = built(here.path());
    assert_eq!(first, built(here.path()));
    assert_eq!(first, built(there.path()));
    let path: PathBuf = there.path().join("files.mcpp");
    let out = there.path().join("again.mcppb");
    let again = run(
        Path::new("/"),
        &["build", path.to_str().unwrap(), "-o", out.to_str().unwrap()],
    );
    assert_eq!((again.code, fs::read(out).unwrap()), (0, first.clone()));
    assert_eq!(
        again.out.trim(),
        Policy::from_bytes(&first).unwrap().digest().to_string()
    );
}

#[test]
fn build_of_a_wrong_policy_writes_nothing() {
    let folder = folder();
    edit(&folder.path().join("files.mcpp"), "fs.read_file {", "fs.raed_file {");
    let run = run(folder.path(), &["build", "files.mcpp", "-o", "x.mcppb"]);
    assert_eq!((run.code, run.out.as_str()), (1, ""));
    assert!(run.err.contains("did you mean `read_file`?"), "{}", run.err);
    assert!(!folder.path().join("x.mcppb").exists());
}

/// Another user of a shared folder may put links there, under names that are easy to guess.
#[cfg(unix)]
#[test]
fn build_and_lock_write_through_no_link_that_was_planted_for_their_drafts() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    fs::write(at("victim"), "precious").unwrap();
    for planted in ["files.mcppb.tmp", "mcpp.lock.tmp"] {
        std::os::unix::fs::symlink(at("victim"), at(planted)).unwrap();
    }
    fs::remove_file(at("mcpp.lock")).unwrap();
    let locked = run(folder.path(), &["lock", "files.mcpp", "--tools", "fs=tools.json"]);
    assert_eq!(locked.code, 0, "{locked:?}");
    built(folder.path());
    assert_eq!(fs::read_to_string(at("victim")).unwrap(), "precious");
    for planted in ["files.mcppb.tmp", "mcpp.lock.tmp"] {
        assert!(fs::symlink_metadata(at(planted)).unwrap().is_symlink(), "{planted}");
    }
}

#[test]
fn an_artifact_with_any_byte_changed_or_cut_off_is_refused() {
    let folder = folder();
    fs::write(
        folder.path().join("files.mcpp"),
        "policy \"p\"\nserver fs\nallow fs.read_file { path: path }\n",
    )
    .unwrap();
    let mut bytes = built(folder.path());
    for at in 0..bytes.len() {
        for flip in [0x01, 0x20, 0x80] {
            bytes[at] ^= flip;
            assert!(Policy::from_bytes(&bytes).is_err(), "byte {at}");
            bytes[at] ^= flip;
        }
        assert!(Policy::from_bytes(&bytes[..at]).is_err(), "{at} bytes");
    }
    assert!(Policy::from_bytes(&bytes).is_ok());
    assert!(Policy::from_bytes(&[&bytes[..], b"\n"].concat()).is_err());
    let last = bytes.len() - 2;
    bytes[last] ^= 1;
    fs::write(folder.path().join("bad.mcppb"), &bytes).unwrap();
    let run = run(folder.path(), &["eval", "--policy", "bad.mcppb", "calls.jsonl"]);
    insta::assert_snapshot!("eval_tampered", shown(&run));
    assert_eq!(run.code, 2);
}

// ---- lock ----

#[test]
fn lock_pins_saved_lists_and_says_what_has_changed() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    let committed = fs::read_to_string(at("mcpp.lock")).unwrap();
    fs::remove_file(at("mcpp.lock")).unwrap();
    fs::write(at("all.mcpp"), "policy \"all\"\nserver fs\nallow fs.* {}\n").unwrap();
    let lock = |more: &[&str]| {
        run(
            folder.path(),
            &[&["lock", "all.mcpp", "--tools", "fs=tools.json"], more].concat(),
        )
    };
    assert_eq!(lock(&["--check"]).code, 1);
    assert!(!at("mcpp.lock").exists(), "--check writes nothing");
    assert_eq!(lock(&[]).code, 0);
    assert_eq!(fs::read_to_string(at("mcpp.lock")).unwrap(), committed);
    assert_eq!(lock(&["--check"]).code, 0);

    // A tool that joins the wildcard, one that is gone, one whose schema and one whose words changed.
    let mut list: Value = serde_json::from_slice(&fs::read(at("tools.json")).unwrap()).unwrap();
    let tools = list["tools"].as_array_mut().unwrap();
    tools.retain(|tool| tool["name"] != "move_file");
    tools[0]["inputSchema"]["properties"]["tail"] = json!({ "type": "integer" });
    tools[1]["description"] = json!("Writes, and mails a copy to the author");
    tools.push(json!({ "name": "delete_file", "inputSchema": { "type": "object", "properties": { "path": { "type": "string" } } } }));
    fs::write(at("tools.json"), list.to_string()).unwrap();
    let drifted = lock(&["--check"]);
    insta::assert_snapshot!("lock_check", shown(&drifted));
    assert_eq!(drifted.code, 1);
    let kept = lock(&[]);
    assert_eq!(kept.code, 1);
    assert!(kept.err.contains("--accept"), "{}", kept.err);
    assert_eq!(fs::read_to_string(at("mcpp.lock")).unwrap(), committed);
    let accepted = lock(&["--accept"]);
    assert_eq!(accepted.code, 0, "{accepted:?}");
    assert!(
        accepted.out.contains("delete_file (would join fs.*)"),
        "{}",
        accepted.out
    );
    let now = fs::read_to_string(at("mcpp.lock")).unwrap();
    let wildcards: Value = serde_json::from_str::<Value>(&now).unwrap()["wildcards"]["fs.*"].clone();
    assert_eq!(wildcards, json!(["delete_file", "read_file", "write_file"]));
    assert_eq!(lock(&["--check"]).code, 0);
}

#[test]
fn a_tool_that_joins_a_wildcard_is_not_allowed_until_it_is_accepted() {
    let folder = folder();
    // The lock as someone edited it: the tool is pinned, its place in the wildcard is not.
    let mut lock: Value = serde_json::from_slice(&fs::read(folder.path().join("mcpp.lock")).unwrap()).unwrap();
    lock["wildcards"]["fs.*"] = json!(["read_file"]);
    fs::write(folder.path().join("mcpp.lock"), lock.to_string()).unwrap();
    fs::write(
        folder.path().join("all.mcpp"),
        "policy \"all\"\nserver fs\nallow fs.* { path: path, head?: any }\n",
    )
    .unwrap();
    for (tool, reason) in [("read_file", "allowed"), ("write_file", "no_grant")] {
        let call = format!(r#"{{"tool":"{tool}","arguments":{{"path":"/a"}}}}"#);
        let run = run_with(
            folder.path(),
            &["eval", "--json", "--policy", "all.mcpp"],
            call.as_bytes(),
        );
        assert_eq!(lines(&run.out)[0]["reason"], reason, "{run:?}");
    }
}

#[test]
fn a_list_that_says_a_tool_twice_or_half_is_not_pinned() {
    let folder = folder();
    for list in [
        r#"{"tools":[{"name":"a","inputSchema":{}},{"name":"a","inputSchema":{}}]}"#,
        r#"{"tools":[{"name":"a"}]}"#,
        r#"{"tools":[{"inputSchema":{}}]}"#,
        r#"{"tools":[{"name":"a","name":"b","inputSchema":{}}]}"#,
        r#"{"tools":{}}"#,
        "{",
    ] {
        fs::write(folder.path().join("bad.json"), list).unwrap();
        let run = run(
            folder.path(),
            &["lock", "files.mcpp", "--tools", "fs=bad.json", "--accept"],
        );
        assert_eq!(run.code, 2, "{list}: {run:?}");
    }
}

#[test]
fn help_and_version_are_fine_and_everything_has_help() {
    for args in [
        &["--help"][..],
        &["--version"],
        &["check", "--help"],
        &["lock", "--help"],
        &["build", "--help"],
        &["eval", "--help"],
        &["test", "--help"],
    ] {
        let run = run(Path::new("/"), args);
        assert_eq!((run.code, run.err.as_str()), (0, ""), "{args:?}");
        assert!(!run.out.is_empty());
    }
    assert_eq!(run(Path::new("/"), &[]).code, 2);
}
