//! Policies for the tools of agents as others have published them, written in this language, and the mistakes that such
//! policies are published to warn of: a grant that never holds, one that a prohibition covers, one that leaves nothing out,
//! a sum without a bound. Each is an error, a lint with the rule, or a question that a call answers.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod common {
    pub mod folder;
}

use common::folder::Folder;
use serde_json::{Value, json};

/// A shop's tools, and an insurer's: a refund, a claim to file, a cover to change.
fn folder(rules: &str) -> Folder {
    let folder = Folder::new();
    let tools = json!({ "tools": [
        { "name": "process_refund", "inputSchema": { "type": "object", "required": ["order", "amount"], "properties": {
            "order": { "type": "string" }, "amount": { "type": "number" }, "reason": { "type": "string" } } } },
        { "name": "file_claim", "inputSchema": { "type": "object", "required": ["policy"], "properties": {
            "policy": { "type": "string" }, "description": { "type": "string" } } } },
        { "name": "update_coverage", "inputSchema": { "type": "object", "required": ["policy", "kind"], "properties": {
            "policy": { "type": "string" }, "kind": { "type": "string", "enum": ["liability", "collision"] } } } },
    ] });
    folder.write("shop.tools.json", &tools.to_string());
    let callers = "caller refund_agent { issuer: \"https://id.acme.com\", username: \"refund-agent\" }\n\
                   caller senior { issuer: \"https://id.acme.com\", role: \"senior-adjuster\" | \"manager\" }\n";
    folder.write(
        "shop.mcpp",
        &format!("policy \"acme/shop\"\nserver shop\n{callers}{rules}"),
    );
    std::fs::remove_file(folder.at("mcpp.lock")).unwrap();
    let run = folder.run(&["lock", "shop.mcpp", "--tools", "shop=shop.tools.json"]);
    assert_eq!(run.code, 0, "{run:?}");
    folder
}

/// The codes of `mcppc check` but for callers that nothing names.
fn codes(folder: &Folder) -> Vec<String> {
    let run = folder.run(&["check", "shop.mcpp", "--format", "json"]);
    let found = run.out.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let codes = found.map(|found| found["code"].as_str().unwrap().to_owned());
    codes.filter(|code| code != "L0012").collect()
}

const REFUNDS: &str = "allow shop.process_refund for refund_agent { order: line, amount: 0.0..=499.99 }\n";

#[test]
fn refunds_up_to_a_sum_for_one_agent() {
    let folder = folder(REFUNDS);
    assert_eq!(codes(&folder), [""; 0]);
    for (question, code) in [
        ("shop.process_refund { amount: 500.. }", 0),
        ("shop.process_refund for !refund_agent { amount: number }", 0),
        ("shop.process_refund { amount: 400.. }", 1),
        ("shop.process_refund { reason: text }", 0),
    ] {
        let run = folder.run(&["prove", "shop.mcpp", "--never", question]);
        assert_eq!(run.code, code, "{question}: {run:?}");
    }
}

#[test]
fn only_seniors_change_a_cover() {
    let folder = folder(
        "allow shop.update_coverage { policy: line, kind: \"liability\" | \"collision\" }\n\
         deny shop.update_coverage for !senior because \"ask a senior adjuster\"\n",
    );
    assert_eq!(codes(&folder), [""; 0]);
    let run = folder.run(&["prove", "shop.mcpp", "--never", "shop.update_coverage for !senior"]);
    assert_eq!(run.code, 0, "{run:?}");
}

#[test]
fn a_claim_needs_its_description() {
    let folder = folder("allow shop.file_claim { policy: line, description: text(1..=2000) }\n");
    assert_eq!(codes(&folder), [""; 0]);
    folder.write(
        "call.jsonl",
        r#"{"server":"shop","tool":"file_claim","arguments":{"policy":"p1"}}"#,
    );
    let run = folder.run(&["eval", "--policy", "shop.mcpp", "call.jsonl"]);
    assert_eq!(run.code, 1, "{run:?}");
}

#[test]
fn everything_can_be_stopped_at_once_and_is_said_to_be() {
    let folder = folder(&format!("{REFUNDS}deny shop.*\n"));
    assert_eq!(codes(&folder), ["L0020"]);
    let run = folder.run(&["prove", "shop.mcpp", "--never", "shop.*"]);
    assert_eq!(run.code, 0, "{run:?}");
}

#[test]
fn a_grant_that_can_never_hold_is_found() {
    let rule = "allow shop.process_refund { order: line, amount: (0.0..=100.0) & (500.0..=1000.0) }\n";
    assert_eq!(codes(&folder(rule)), ["L0018"]);
}

#[test]
fn a_second_grant_that_was_meant_to_narrow_the_first_is_found() {
    let narrower = "allow shop.process_refund for refund_agent { order: line, amount: 0.0..=50.0 }\n";
    assert_eq!(codes(&folder(&format!("{REFUNDS}{narrower}"))), ["L0019"]);
}

#[test]
fn bounds_that_together_leave_nothing_out_are_shown_by_a_call() {
    let folder = folder("allow shop.process_refund { order: line, amount: ..=500.0 | 500.0.. }\n");
    let run = folder.run(&[
        "prove",
        "shop.mcpp",
        "--never",
        "shop.process_refund { amount: 1000000.. }",
        "--json",
    ]);
    assert_eq!(run.code, 1, "{run:?}");
    let answer: Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(answer["call"]["arguments"]["amount"], 1_000_000);
}

#[test]
fn a_condition_on_what_the_tool_does_not_have_is_an_error() {
    let rule = "allow shop.process_refund { order: line, amount: 0.0..=10.0, currency: \"EUR\" }\n";
    assert_eq!(codes(&folder(rule)), ["E0120"]);
    let rule = "allow shop.process_refund { order: line, amount: \"10\" }\n";
    assert_eq!(codes(&folder(rule)), ["E0122"]);
    assert_eq!(codes(&folder("allow shop.process_refunds { }\n")), ["E0111"]);
}
