//! `returns { … }`: what of a server's results reaches the client, in every revision, and what the evidence says of it.

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

/// A gateway whose server answers `run` with this.
fn gateway(bench: &Bench, returns: &str, result: &Value) -> Gateway {
    let policy = format!("policy \"test/oracle\"\nserver oracle\nallow oracle.run {{}} returns {{ {returns} }}\n");
    fs::write(bench.path("policy.mcpp"), policy).unwrap();
    bench.start("strict", &[&format!("--result={result}")])
}

/// The outcomes' statuses, in the order of the evidence.
fn statuses(bench: &Bench) -> Vec<String> {
    let evidence = bench.evidence();
    let outcomes = evidence.split("{\"kind\":\"outcome\"").skip(1);
    let status = |record: &str| {
        record
            .split_once("\"status\":")
            .unwrap()
            .1
            .split(",\"is_error")
            .next()
            .unwrap()
            .to_owned()
    };
    let mut found: Vec<String> = outcomes.map(status).collect();
    found.dedup();
    found
}

const META: &str = "io.modelcontextprotocol/";

#[test]
fn a_result_outside_does_not_reach_the_client() {
    let secret = json!({ "content": [{ "type": "text", "text": "top secret" }] });
    let link =
        json!({ "content": [{ "type": "resource_link", "name": "n", "uri": "https://evil.example/top-secret" }] });
    for (returns, result, why) in [
        ("size: ..=20B", &secret, "size"),
        ("types: \"image\"", &secret, "types"),
        ("links: url(\"https://acme.com/**\")", &link, "links"),
    ] {
        for revision in ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25", "2026-07-28"] {
            let bench = Bench::new();
            let mut gateway = gateway(&bench, returns, result);
            let mut params = json!({ "name": "run", "arguments": {} });
            if revision == "2026-07-28" {
                params["_meta"] = json!({
                    format!("{META}protocolVersion"): revision,
                    format!("{META}clientInfo"): { "name": "t", "version": "1" },
                    format!("{META}clientCapabilities"): {},
                });
            } else {
                let hello = json!({ "protocolVersion": revision, "capabilities": {}, "clientInfo": { "name": "t", "version": "1" } });
                gateway.ask(1, "initialize", &hello);
                gateway.say(r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#);
            }
            let reply = gateway.ask(2, "tools/call", &params);
            assert_eq!(reply["result"]["isError"], true, "{revision}: {reply}");
            assert_eq!(
                reply["result"]["_meta"]["mcppc/denial"]["refusal"], "returns",
                "{reply}"
            );
            assert!(!reply.to_string().contains("secret"), "{reply}");
            assert!(gateway.close().success());
            assert_eq!(statuses(&bench), [format!("{{\"withheld\":\"{why}\"}}")]);
            assert_eq!(bench.executed().last().unwrap(), "run null");
            let (code, report) = bench.verify();
            assert_eq!(code, Some(0), "{report}");
        }
    }
}

#[test]
fn a_result_that_fits_passes_as_it_came() {
    let result = json!({ "content": [{ "type": "text", "text": "x" }], "structuredContent": { "n": 1 }, "other": 1 });
    let bench = Bench::new();
    let mut gateway = gateway(
        &bench,
        "size: ..=1KiB, types: \"text\", links: url(\"https://acme.com/**\")",
        &result,
    );
    gateway.shake_hands();
    assert_eq!(gateway.call(1, "run", &json!({}))["result"], result);
    assert!(gateway.close().success());
    assert_eq!(statuses(&bench), ["\"result\""]);
}

/// What was withheld is no proof that it was done.
#[test]
fn a_withheld_result_sets_no_proof() {
    let bench = Bench::new();
    let policy = "policy \"test/oracle\"\nserver oracle\nlabel done = proof per caller\n\
                  allow oracle.run {} marks done returns { size: ..=1B }\nallow oracle.hang {} requires done\n";
    fs::write(bench.path("policy.mcpp"), policy).unwrap();
    let mut gateway = bench.connect("strict", &[]);
    gateway.call(1, "run", &json!({}));
    let reply = gateway.call(2, "hang", &json!({}));
    assert_eq!(
        reply["result"]["structuredContent"]["reason"], "proof_missing",
        "{reply}"
    );
    assert!(gateway.close().success());
}
