//! What the gateway remembers of a caller: budgets and labels, over restarts and crashes, and from nothing but its log.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test"
)]

mod gateway_support;

use std::fs;

use gateway_support::{Bench, Gateway};
use serde_json::{Value, json};

fn bench(rules: &str) -> Bench {
    let bench = Bench::new();
    fs::write(
        bench.path("policy.mcpp"),
        format!("policy \"test/oracle\"\nserver oracle\n{rules}\n"),
    )
    .unwrap();
    bench
}

/// Why a call is denied; `allowed` where it was executed.
fn reason(gateway: &mut Gateway, id: u64, tool: &str) -> String {
    let reply = gateway.call(id, tool, &json!({}));
    match &reply["result"]["structuredContent"]["reason"] {
        Value::String(reason) => reason.clone(),
        _ => {
            assert!(reply["error"].is_null(), "{reply}");
            "allowed".to_owned()
        }
    }
}

fn executed(bench: &Bench, tool: &str) -> usize {
    let lines = bench.executed();
    lines.iter().filter(|line| line.starts_with(tool)).count()
}

const FEW: &str = "limit few = 3 per 1h per caller\nallow oracle.run {} limit few";

#[test]
fn a_budget_survives_a_restart() {
    let bench = bench(FEW);
    let mut gateway = bench.connect("strict", &[]);
    assert_eq!(reason(&mut gateway, 1, "run"), "allowed");
    assert_eq!(reason(&mut gateway, 2, "run"), "allowed");
    assert!(gateway.close().success());
    let mut gateway = bench.connect("strict", &[]);
    assert_eq!(reason(&mut gateway, 3, "run"), "allowed");
    assert_eq!(reason(&mut gateway, 4, "run"), "limit_exceeded");
    assert!(gateway.close().success());
    assert_eq!(executed(&bench, "run"), 3);
    let (code, report) = bench.verify();
    assert_eq!(code, Some(0), "{report}");
}

#[test]
fn a_budget_survives_a_crash_of_the_gateway() {
    let bench = bench(FEW);
    for id in 1..=3 {
        let mut gateway = bench.connect("strict", &[]);
        assert_eq!(reason(&mut gateway, id, "run"), "allowed");
        gateway.process.kill().unwrap();
        gateway.process.wait().unwrap();
    }
    let mut gateway = bench.connect("strict", &[]);
    assert_eq!(reason(&mut gateway, 4, "run"), "limit_exceeded");
    assert!(gateway.close().success());
    assert_eq!(executed(&bench, "run"), 3);
    let (code, report) = bench.verify();
    assert_eq!(code, Some(0), "{report}");
}

#[test]
fn a_call_that_is_denied_takes_nothing() {
    let bench = bench("limit few = 1 per 1h per caller\nallow oracle.run { n?: 1..=9 } limit few");
    let mut gateway = bench.connect("strict", &[]);
    for id in 1..=3 {
        let denied = gateway.call(id, "run", &json!({ "n": 10 }));
        assert_eq!(denied["result"]["structuredContent"]["reason"], "pattern_mismatch");
    }
    assert_eq!(reason(&mut gateway, 4, "run"), "allowed");
    assert_eq!(reason(&mut gateway, 5, "run"), "limit_exceeded");
}

#[test]
fn a_budget_comes_back_when_its_window_has_passed() {
    let bench = bench("limit few = 1 per 2s per caller\nallow oracle.run {} limit few");
    let mut gateway = bench.connect("strict", &[]);
    assert_eq!(reason(&mut gateway, 1, "run"), "allowed");
    let mut id = 2;
    // However slow the machine, it comes back; how fast is not what is tested.
    while reason(&mut gateway, id, "run") == "limit_exceeded" {
        id += 1;
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    assert!(gateway.close().success());
    assert_eq!(executed(&bench, "run"), 2);
    let (code, report) = bench.verify();
    assert_eq!(code, Some(0), "{report}");
}

const LABELS: &str = "label seen = taint per caller\nlabel done = proof per caller\n\
    allow oracle.run {} unless seen marks done\nallow oracle.ask {} marks seen\nallow oracle.change {} requires done\n\
    deny oracle.change after seen";

#[test]
fn labels_are_remembered_over_a_restart() {
    let bench = bench(LABELS);
    let mut gateway = bench.connect("strict", &[]);
    assert_eq!(reason(&mut gateway, 1, "change"), "proof_missing");
    assert_eq!(reason(&mut gateway, 2, "run"), "allowed");
    assert!(gateway.close().success());
    let mut gateway = bench.connect("strict", &[]);
    assert_eq!(reason(&mut gateway, 3, "ask"), "allowed");
    assert_eq!(reason(&mut gateway, 4, "run"), "tainted");
    assert!(gateway.close().success());
    let mut gateway = bench.connect("strict", &[]);
    assert_eq!(reason(&mut gateway, 5, "run"), "tainted");
    assert_eq!(reason(&mut gateway, 6, "change"), "prohibited");
    assert!(gateway.close().success());
    let (code, report) = bench.verify();
    assert_eq!(code, Some(0), "{report}");
}

#[test]
fn nothing_is_proved_by_a_call_that_was_not_answered() {
    let bench =
        bench("label done = proof per caller\nallow oracle.hang {} marks done\nallow oracle.run {} requires done");
    let mut gateway = bench.connect("strict", &[]);
    gateway.say(r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"hang","arguments":{}}}"#);
    assert_eq!(reason(&mut gateway, 2, "run"), "proof_missing");
    gateway.process.kill().unwrap();
    gateway.process.wait().unwrap();
    let mut gateway = bench.connect("strict", &[]);
    assert_eq!(reason(&mut gateway, 3, "run"), "proof_missing");
}

#[test]
fn a_gateway_is_told_where_it_remembers_if_nobody_says() {
    let bench = bench(FEW);
    for id in 1..=4 {
        let mut command = bench.mcppc();
        command.arg("run").arg("--policy").arg(bench.path("policy.mcpp"));
        command
            .arg("--")
            .arg(gateway_support::oracle())
            .arg(bench.path("oracle.log"));
        let mut gateway = Gateway::run(&mut command);
        gateway.shake_hands();
        let expected = if id < 4 { "allowed" } else { "limit_exceeded" };
        assert_eq!(reason(&mut gateway, id, "run"), expected, "call {id}");
        assert!(gateway.close().success());
    }
}

#[test]
fn a_log_that_was_changed_is_no_memory() {
    let bench = bench(FEW);
    let mut gateway = bench.connect("strict", &[]);
    assert_eq!(reason(&mut gateway, 1, "run"), "allowed");
    assert!(gateway.close().success());
    let tail = bench.path("evidence").join("tail");
    let bytes = fs::read(&tail).unwrap();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    assert!(text.contains(r#""few":"1""#), "{text}");
    let mut changed = bytes.clone();
    let at = bytes.windows(9).position(|window| window == br#""few":"1""#).unwrap();
    changed[at + 7] = b'0';
    fs::write(&tail, changed).unwrap();
    let mut gateway = bench.start("strict", &[]);
    assert_eq!(gateway.wait().code(), Some(2));
}

#[test]
fn a_memory_that_two_gateways_would_share_is_refused() {
    let bench = Bench::new();
    let policy = "policy \"test/oracle\"\nserver oracle\nserver other\nlimit few = 3 per 1h per all\n\
        allow oracle.run {} limit few\nallow other.run {} limit few\n";
    fs::write(bench.path("policy.mcpp"), policy).unwrap();
    let lock: Value = serde_json::from_str(&fs::read_to_string(bench.path("mcpp.lock")).unwrap()).unwrap();
    let mut both = lock.clone();
    both["servers"]["other"] = lock["servers"]["oracle"].clone();
    fs::write(bench.path("mcpp.lock"), both.to_string()).unwrap();
    let mut command = bench.mcppc();
    command.arg("run").arg("--policy").arg(bench.path("policy.mcpp"));
    command
        .args(["--server", "oracle", "--"])
        .arg(gateway_support::oracle());
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(
        said.contains("labels and limits stand in rules of several servers: oracle, other"),
        "{said}"
    );
}
