//! `record … as hash|drop`: what is left out stands nowhere in the evidence, and the evidence verifies all the same.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test"
)]

mod gateway_support;

use std::fs;

use gateway_support::Bench;
use serde_json::{Value, json};

/// A number that stands nowhere else.
const SECRET: u64 = 918_273_645_546;

/// A session with the value in every place that a client can put it.
fn session(form: &str) -> Bench {
    let bench = Bench::new();
    let policy = format!(
        "policy \"test/oracle\"\nserver oracle\nlabel done = proof per caller\n\
         allow oracle.run {{ n: 918273645546 }} record n as {form} marks done\nallow oracle.crash {{}} requires done\n"
    );
    fs::write(bench.path("policy.mcpp"), policy).unwrap();
    let mut gateway = bench.connect("strict", &[]);
    assert_eq!(
        gateway.call(1, "run", &json!({ "n": SECRET }))["result"]["isError"],
        false
    );
    for (id, tool, arguments) in [
        (2, "run", json!({ "n": SECRET + 1 })),
        (3, "run", json!({ "n": SECRET.to_string() })),
        (4, "run", json!({ "N": SECRET })),
        (5, "run", json!({ "m": SECRET })),
        (6, "run", json!([SECRET])),
        (7, "Run", json!({ "n": SECRET })),
    ] {
        let reply = gateway.call(id, tool, &arguments);
        let is_denied = reply["result"]["isError"] == json!(true) || reply["error"].is_object();
        assert!(is_denied, "{reply}");
    }
    gateway.ask(8, "resources/read", &json!({ "uri": SECRET }));
    gateway.say(&format!(r#"{{"jsonrpc":"2.0","id":9,"method":"tools/call","params":{{"name":"run","arguments":{{"n":{SECRET},"n":1}}}}}}"#));
    assert!(gateway.hear()["error"].is_object());
    gateway.call(10, "crash", &json!({}));
    gateway.wait();
    bench
}

#[test]
fn the_evidence_does_not_hold_what_is_left_out() {
    for form in ["hash", "drop"] {
        let bench = session(form);
        assert!(
            bench.executed().contains(&format!("run {SECRET}")),
            "it is forwarded as it was"
        );
        // The policy's text, which names the value, is beside the log.
        fs::remove_dir_all(bench.path("evidence/artifacts")).unwrap();
        let evidence = bench.evidence();
        // With one more at its end it was tried too.
        assert!(!evidence.contains("91827364554"), "{evidence}");
        assert_eq!(evidence.contains("{\"slot\":\"/n\",\"hash\":\"sha256:"), form == "hash");
        assert!(evidence.contains("\"effects\":{\"marks\":[\"done\"],\"record\":["));
    }
}

#[test]
fn the_verifier_says_what_it_cannot_derive() {
    let (code, report) = session("hash").verify();
    assert_eq!(code, Some(4), "{report}");
    let report: Value = serde_json::from_str(&report).unwrap();
    assert_eq!(report["verdict"], "underived");
    assert_eq!(report["findings"], json!([]));
    // The call that was left whole, since nothing of its tool is left out.
    assert_eq!(report["derived"], 1, "{report}");
}
