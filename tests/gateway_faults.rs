//! Crashes, and input that nobody should have to read.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test"
)]

mod gateway_support;

use std::collections::BTreeSet;
use std::io::Write as _;
use std::time::{Duration, Instant};

use gateway_support::Bench;
use serde_json::{Value, json};

const MEBIBYTE: u64 = 1 << 20;

/// How often the gateway is killed: 20 times, or as often as `MCPPC_KILLS` says.
fn kills() -> u64 {
    std::env::var("MCPPC_KILLS").map_or(20, |text| text.parse().expect("a number in MCPPC_KILLS"))
}

/// A small generator (xorshift), so that a failing run can be had again.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }
}

#[test]
fn what_was_executed_was_written_down_before() {
    let bench = Bench::new();
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let mut next = 0_u64;
    for round in 0..kills() {
        let durability = if round % 2 == 0 { "strict" } else { "relaxed" };
        let mut gateway = bench.connect(durability, &[]);
        let end = Instant::now() + Duration::from_millis(random.below(60));
        let mut input = gateway.input.take().unwrap();
        while Instant::now() < end {
            next += 1;
            let call = json!({ "jsonrpc": "2.0", "id": next, "method": "tools/call", "params": { "name": "run", "arguments": { "n": next } } });
            writeln!(input, "{call}").unwrap();
            std::thread::sleep(Duration::from_micros(random.below(500)));
        }
        gateway.process.kill().unwrap();
        gateway.process.wait().unwrap();
    }
    // The last crash is recovered from by the next gateway, which also closes in good order.
    let mut gateway = bench.connect("strict", &[]);
    gateway.still_works(1_000_000);
    assert!(gateway.close().success());
    std::thread::sleep(Duration::from_millis(100));
    let executed: BTreeSet<String> = bench
        .executed()
        .into_iter()
        .filter(|line| line.starts_with("run "))
        .collect();
    let evidence = bench.evidence();
    assert!(executed.len() > 1, "nothing was executed: the test shows nothing");
    for line in &executed {
        let n = line.trim_start_matches("run ");
        let intent = format!(r#"\"arguments\":{{\"n\":{n}}}"#);
        assert!(
            evidence.contains(&intent),
            "`{line}` was executed and is not in the evidence"
        );
    }
    let (code, report) = bench.verify();
    assert_eq!(code, Some(0), "{report}");
}

#[test]
fn malformed_messages_are_answered_and_forgotten() {
    let bench = Bench::new();
    let mut gateway = bench.connect("relaxed", &[]);
    gateway.still_works(1);
    let call = |arguments: &str| {
        format!(r#"{{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{{"name":"run","arguments":{arguments}}}}}"#)
    };
    let deep = format!(r#"{{"n":{}1{}}}"#, "[".repeat(10_000), "]".repeat(10_000));
    let cases = [
        (call(r#"{"n":1,"n":2}"#), "malformed_call"),
        (call(r#"{"n":1,"N":2}"#), "malformed_call"),
        (call(r#"{"n":1,"\u004e":2}"#), "malformed_call"),
        (call(r#"{"n":1e400}"#), "wrong_type"),
        (call(r#"{"n":1.0}"#), "wrong_type"),
        (call(r#"{"n":"\ud800"}"#), "malformed_call"),
        (call(&deep), "too_large"),
        (call("{").replace("}}", ""), "malformed_call"),
        (r#"[{"jsonrpc":"2.0","id":2,"method":"ping"}]"#.to_owned(), "refused"),
        ("nonsense".to_owned(), "malformed_call"),
    ];
    for (line, reason) in cases {
        gateway.say(&line);
        let answer = gateway.hear();
        let data = [
            &answer["error"]["data"]["reason"],
            &answer["result"]["structuredContent"]["reason"],
        ];
        assert!(data.contains(&&json!(reason)), "{answer}");
        gateway.still_works(3);
    }
    gateway.raw(b"{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"\xff\xfe\"}\n");
    assert!(
        gateway.hear()["error"]["message"]
            .as_str()
            .unwrap()
            .contains("invalid UTF-8")
    );
    gateway.still_works(4);
    gateway.raw(b"{\"jsonrpc\":\"2.0\",\"id\":2,\"met");
    gateway.input = None;
    assert_eq!(gateway.hear()["error"]["code"], -32700);
    assert!(gateway.wait().success());
    let (code, report) = bench.verify();
    assert_eq!(code, Some(0), "{report}");
}

#[test]
fn a_line_of_100_megabytes_takes_no_memory() {
    let bench = Bench::new();
    let mut gateway = bench.connect("relaxed", &[]);
    gateway.still_works(1);
    let before = gateway.peak_memory();
    let chunk = vec![b'x'; 1 << 20];
    gateway.raw(br#"{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":""#);
    for _ in 0..100 {
        gateway.raw(&chunk);
    }
    gateway.raw(b"\"}}\n");
    let answer = gateway.hear();
    assert_eq!(answer["error"]["data"]["reason"], "too_large", "{answer}");
    gateway.still_works(3);
    let grown = gateway.peak_memory() - before;
    assert!(grown < 16 * MEBIBYTE, "{grown} bytes");
    assert!(gateway.close().success());
    assert_eq!(bench.verify().0, Some(0));
}

#[test]
fn ten_thousand_calls_at_once_are_too_many() {
    let bench = Bench::new();
    let mut gateway = bench.connect("relaxed", &[]);
    gateway.still_works(1);
    let mut input = gateway.input.take().unwrap();
    let writer = std::thread::spawn(move || {
        for id in 10..10_010 {
            let call = json!({ "jsonrpc": "2.0", "id": id, "method": "tools/call", "params": { "name": "hang" } });
            writeln!(input, "{call}").unwrap();
        }
        input
    });
    let overloaded = |answer: &Value| answer["result"]["structuredContent"]["refusal"] == "overloaded";
    for _ in 0..10_000 - 1_024 {
        let answer = gateway.hear();
        assert!(overloaded(&answer), "{answer}");
    }
    let mut input = writer.join().unwrap();
    writeln!(
        input,
        r#"{{"jsonrpc":"2.0","method":"notifications/cancelled","params":{{"requestId":10}}}}"#
    )
    .unwrap();
    gateway.input = Some(input);
    gateway.still_works(5);
    assert!(gateway.peak_memory() < 64 * MEBIBYTE, "{} bytes", gateway.peak_memory());
    assert!(gateway.close().success());
    let (code, report) = bench.verify();
    assert_eq!(code, Some(0), "{report}");
}

#[test]
fn garbage_from_the_server_does_not_reach_the_client() {
    let bench = Bench::new();
    let mut gateway = bench.connect("relaxed", &[]);
    let answer = gateway.call(1, "garble", &json!({}));
    assert_eq!(answer["result"]["isError"], true);
    assert!(answer["result"]["a"].is_null(), "{answer}");
    gateway.still_works(2);
}

/// What is one line here is several to some clients: it is dropped, and said on stderr.
#[test]
fn a_server_that_breaks_its_lines_with_carriage_returns_is_reported() {
    let bench = Bench::new();
    let server =
        r#"read line; printf '{"jsonrpc":"2.0","id":0,"result":{}}\r{"jsonrpc":"2.0","id":9}\n'; cat >/dev/null"#;
    let mut command = bench.mcppc();
    command.arg("run").arg("--policy").arg(bench.path("policy.mcpp"));
    command.args(["--", "sh", "-c", server]);
    let mut gateway = gateway_support::Gateway::run(&mut command);
    gateway.say(r#"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{}}"#);
    let answer = gateway.hear();
    assert_eq!((&answer["id"], &answer["error"]["code"]), (&json!(0), &json!(-32603)));
    let mut stderr = gateway.process.stderr.take().unwrap();
    gateway.close();
    let mut text = String::new();
    std::io::Read::read_to_string(&mut stderr, &mut text).unwrap();
    assert!(
        text.contains("mcppc: a message of the server was not passed on"),
        "{text}"
    );
}

/// The signal that comes with a write beyond `ulimit -f` ended the gateway, with no word to the client.
#[test]
fn a_limit_on_the_size_of_files_is_a_failed_write() {
    let bench = Bench::new();
    let direct = bench.gateway("relaxed", &[]);
    let mut limited = std::process::Command::new("sh");
    // In units of 512 or 1024 bytes: more than the reserve, and soon used up.
    limited.args(["-c", "ulimit -f 4096; exec \"$@\"", "sh"]);
    limited.arg(direct.get_program()).args(direct.get_args());
    limited.envs(direct.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let mut gateway = gateway_support::Gateway::run(&mut limited);
    gateway.shake_hands();
    let long = "x".repeat(50_000);
    let refused = (1..200).find(|id| {
        gateway.call(1_000 + id, "run", &json!({ "n": long }));
        let answer = gateway.call(*id, "run", &json!({ "n": id }));
        answer["result"].to_string().contains("\"refusal\":\"evidence\"")
    });
    assert!(refused.is_some_and(|id| id > 20), "{refused:?}");
    assert_eq!(gateway.close().code(), Some(3));
}
