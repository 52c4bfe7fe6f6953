//! The gateway as a client sees it, in front of a server that says what it executed.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test"
)]

mod gateway_support;

use std::process::Command;
use std::time::{Duration, Instant};

use gateway_support::{Bench, is_alive};
use serde_json::{Value, json};

#[test]
fn what_is_allowed_is_executed_and_what_is_not_never_arrives() {
    let bench = Bench::new();
    let mut gateway = bench.start("strict", &[]);
    let hello = gateway.shake_hands();
    assert_eq!(
        hello["result"]["capabilities"],
        json!({ "tools": { "listChanged": true } })
    );
    gateway.still_works(1);
    let denied = gateway.call(2, "run", &json!({ "n": 1_000_001 }));
    assert_eq!(denied["result"]["structuredContent"]["reason"], "pattern_mismatch");
    let unlisted = gateway.call(3, "run", &json!({ "m": 1 }));
    assert_eq!(unlisted["result"]["structuredContent"]["reason"], "unlisted_parameter");
    assert_eq!(gateway.call(4, "nonesuch", &json!({}))["error"]["code"], -32602);
    for (id, method) in [
        (5, "resources/list"),
        (6, "prompts/get"),
        (7, "tasks/list"),
        (8, "foo/bar"),
    ] {
        assert_eq!(gateway.ask(id, method, &json!({}))["error"]["code"], -32601, "{method}");
    }
    assert!(gateway.close().success());
    assert_eq!(bench.executed(), ["capabilities {}", "run 1"]);
    let (code, report) = bench.verify();
    assert_eq!(code, Some(0), "{report}");
}

#[test]
fn the_server_reaches_nobody_through_the_client() {
    let bench = Bench::new();
    let mut gateway = bench.connect("relaxed", &[]);
    let reply = gateway.call(1, "ask", &json!({}));
    let answers: Vec<Value> = serde_json::from_str(reply["result"]["content"][0]["text"].as_str().unwrap()).unwrap();
    assert_eq!(answers[0]["error"]["code"], -32601);
    assert_eq!(answers[1]["error"]["code"], -1);
    assert_eq!(answers[2]["result"]["action"], "decline");
    gateway.still_works(2);
}

#[test]
fn a_tool_that_changes_is_hidden_and_denied() {
    let bench = Bench::new();
    let mut gateway = bench.connect("strict", &[]);
    gateway.still_works(1);
    gateway.call(2, "change", &json!({}));
    let denied = gateway.call(3, "run", &json!({}));
    assert_eq!(denied["result"]["structuredContent"]["refusal"], "drift", "{denied}");
    let list = gateway.ask(4, "tools/list", &json!({}));
    let names: Vec<&str> = list["result"]["tools"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|t| t["name"].as_str())
        .collect();
    assert_eq!(names, ["hang", "crash", "ask", "change", "garble"]);
    assert!(gateway.close().success());
    assert!(bench.evidence().contains("tool_drift"));
    assert_eq!(
        bench.executed().iter().filter(|line| line.starts_with("run")).count(),
        1
    );
    let (code, report) = bench.verify();
    assert_eq!(code, Some(0), "{report}");
}

#[test]
fn a_server_that_crashes_is_reported_and_recorded() {
    let bench = Bench::new();
    let mut gateway = bench.connect("strict", &[]);
    gateway
        .say(&json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": { "name": "hang" } }).to_string());
    let crashed = gateway.call(2, "crash", &json!({}));
    assert!(
        crashed["error"]["message"].as_str().unwrap().contains("exit status: 3"),
        "{crashed}"
    );
    assert_eq!(gateway.wait().code(), Some(1));
    let mut stderr = String::new();
    std::io::Read::read_to_string(&mut gateway.process.stderr.take().unwrap(), &mut stderr).unwrap();
    assert!(
        stderr.contains("the server `oracle` ended by itself: exit status: 3"),
        "{stderr}"
    );
    assert!(bench.evidence().contains("server_exit"));
    let (code, report) = bench.verify();
    assert_eq!(code, Some(0), "{report}");
}

#[test]
fn nothing_is_left_running() {
    for signal in [None, Some("TERM"), Some("INT"), Some("HUP")] {
        let bench = Bench::new();
        let mut gateway = bench.connect("relaxed", &["--stubborn"]);
        gateway.still_works(1);
        let child = std::fs::read_to_string(bench.path("oracle.log.child")).unwrap();
        assert!(is_alive(&child));
        let started = Instant::now();
        let status = match signal {
            None => gateway.close(),
            Some(name) => {
                let process = gateway.process.id().to_string();
                assert!(
                    Command::new("kill")
                        .args(["-s", name, &process])
                        .status()
                        .unwrap()
                        .success()
                );
                gateway.wait()
            }
        };
        let expected = match signal {
            Some("TERM") => 143,
            Some("INT") => 130,
            Some("HUP") => 129,
            _ => 0,
        };
        assert_eq!(status.code(), Some(expected));
        assert!(started.elapsed() < Duration::from_secs(6), "{:?}", started.elapsed());
        std::thread::sleep(Duration::from_millis(50));
        assert!(!is_alive(&child), "an orphan after {signal:?}");
        assert_eq!(bench.verify().0, Some(0));
    }
}

#[test]
fn calls_that_came_with_the_end_are_answered() {
    let bench = Bench::new();
    let mut gateway = bench.start("strict", &[]);
    let lines = [
        json!({ "jsonrpc": "2.0", "id": 0, "method": "initialize", "params": { "protocolVersion": "2025-06-18", "capabilities": {} } }),
        json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }),
        json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": { "name": "run", "arguments": { "n": 7 } } }),
    ];
    let lines: String = lines.iter().map(|line| format!("{line}\n")).collect();
    gateway.raw(lines.as_bytes());
    gateway.input = None;
    assert_eq!(gateway.answer(&json!(1))["result"]["content"][0]["text"], "done");
    assert!(gateway.wait().success());
}

#[test]
fn it_says_why_it_does_not_start() {
    let bench = Bench::new();
    for (arguments, message) in [
        (vec!["--server", "nonesuch"], "the policy has no server `nonesuch`"),
        (vec![], "the policy does not say how `oracle` is started"),
        (vec!["--", "/nonexistent/server"], "cannot run `/nonexistent/server`"),
    ] {
        let mut command = bench.mcppc();
        command
            .arg("run")
            .arg("--policy")
            .arg(bench.path("policy.mcpp"))
            .args(arguments);
        let output = command.output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(stderr.contains(message), "{stderr}");
    }
}

#[test]
fn the_demonstration_goes_as_told() {
    let bench = Bench::new();
    let output = bench
        .mcppc()
        .arg("demo")
        .env("TMPDIR", bench.folder.path())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "{text}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let verdicts = [
        "filtered", "allowed", "denied", "denied", "denied", "denied", "verified", "found",
    ];
    let seen: Vec<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix(' ')?.split_whitespace().nth(1))
        .collect();
    assert_eq!(
        seen.into_iter()
            .filter(|word| verdicts.contains(word))
            .collect::<Vec<_>>(),
        verdicts,
        "{text}"
    );
    let left = std::fs::read_dir(bench.folder.path()).unwrap();
    assert!(
        left.flatten()
            .all(|entry| !entry.file_name().to_string_lossy().starts_with("mcppc-demo"))
    );
}
