//! Credentials, egress sets and servers' variables: what is said of them, what `run` does not do yet, and what it does.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test"
)]

mod gateway_support;

use std::fs;
use std::process::Output;

use gateway_support::{Bench, Gateway};
use serde_json::{Value, json};

const LANES: &str = r#"policy "test/oracle"
server oracle
credential token { source: env "TOKEN", inject: sentinel "T" at "https://api.acme.com" header "Authorization" }
egress api { "https://api.acme.com" }
allow oracle.run {} with token to api
allow oracle.hang {}
"#;

fn bench(policy: &str) -> Bench {
    let bench = Bench::new();
    fs::write(bench.path("policy.mcpp"), policy).unwrap();
    bench
}

fn mcppc(bench: &Bench, arguments: &[&str]) -> (Option<i32>, String) {
    let Output { status, stdout, stderr } = bench
        .mcppc()
        .current_dir(bench.folder.path())
        .args(arguments)
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&stdout).into_owned() + &String::from_utf8_lossy(&stderr);
    (status.code(), text)
}

#[test]
fn run_refuses_what_it_does_not_enforce_and_names_it() {
    let bench = bench(LANES);
    let output = bench.gateway("strict", &[]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    for wanted in [
        "`to api` of the grant at",
        "`with token` of the grant at",
        "policy.mcpp:5",
    ] {
        assert!(said.contains(wanted), "{wanted}: {said}");
    }
    assert!(!said.contains(":6"), "{said}");
    assert!(!bench.path("oracle.log").exists(), "nothing was started");
    assert!(!bench.path("evidence").exists(), "nothing was written");
}

#[test]
fn the_other_commands_honour_it() {
    let bench = bench(LANES);
    for command in ["check", "test", "build"] {
        let output: &[&str] = if command == "build" {
            &["-o", "policy.mcppb"]
        } else {
            &[]
        };
        let (code, said) = mcppc(&bench, &[&[command, "policy.mcpp"], output].concat());
        assert_eq!(code, Some(0), "{command}: {said}");
    }
    let (code, said) = mcppc(&bench, &["explain", "policy.mcppb"]);
    assert_eq!(code, Some(0), "{said}");
    for wanted in ["credential token { source: env", "egress api {", "with token to api"] {
        assert!(said.contains(wanted), "{wanted}: {said}");
    }
    fs::write(bench.path("calls.jsonl"), r#"{"tool":"oracle.run","arguments":{}}"#).unwrap();
    let (code, said) = mcppc(&bench, &["eval", "--json", "--policy", "policy.mcppb", "calls.jsonl"]);
    let decided: Value = serde_json::from_str(&said).unwrap();
    assert_eq!(
        (code, &decided["with"], &decided["to"]),
        (Some(0), &json!("token"), &json!("api"))
    );
}

#[test]
fn explain_shows_which_tools_share_a_process() {
    let bench = bench(LANES);
    for (format, wanted) in [
        (
            "human",
            [
                "a process of oracle with no credential, connecting anywhere: hang",
                "a process of oracle with credential token, connecting to api only: run",
            ],
        ),
        (
            "md",
            [
                "| with no credential, connecting anywhere | hang |",
                "| with credential token, connecting to api only | run |",
            ],
        ),
        (
            "json",
            [
                r#"{"credential":null,"egress":null,"tools":["hang"]}"#,
                r#"{"credential":"token","egress":"api","tools":["run"]}"#,
            ],
        ),
    ] {
        let (code, said) = mcppc(&bench, &["explain", "policy.mcpp", "--format", format]);
        assert_eq!(code, Some(0), "{said}");
        for wanted in wanted {
            assert!(said.contains(wanted), "{wanted}: {said}");
        }
    }
}

#[test]
fn a_server_without_such_clauses_has_no_lanes_to_show() {
    let bench = bench("policy \"test/oracle\"\nserver oracle\nallow oracle.run {}\n");
    let (_, said) = mcppc(&bench, &["explain", "policy.mcpp"]);
    assert!(!said.contains("a process of"), "{said}");
}

/// The names of the variables that the server had.
fn variables(bench: &Bench, log: &str) -> Vec<String> {
    let text = fs::read_to_string(bench.path(&format!("{log}.environment"))).unwrap();
    text.lines().map(str::to_owned).collect()
}

#[test]
fn a_server_gets_the_variables_that_are_named() {
    let bench = bench(
        "policy \"test/oracle\"\nserver oracle { env: \"PASSED_ON\", \"NOT_SET\" }\nallow oracle.run { n: int }\n",
    );
    let allowed = ["LANG", "LC_ALL", "LC_CTYPE", "PASSED_ON", "PATH", "TMPDIR", "TZ"];
    let check = |log: &str| {
        let found = variables(&bench, log);
        assert!(found.contains(&"PASSED_ON".to_owned()), "{found:?}");
        assert!(found.contains(&"PATH".to_owned()), "{found:?}");
        assert!(found.iter().all(|name| allowed.contains(&name.as_str())), "{found:?}");
    };
    let mut command = bench.gateway("strict", &[]);
    command.env("PASSED_ON", "1").env("SECRET", "1");
    let mut gateway = Gateway::run(&mut command);
    gateway.shake_hands();
    gateway.still_works(1);
    assert!(gateway.close().success());
    check("oracle.log");
    // Who is asked for the tools gets no more.
    let mut lock = bench.mcppc();
    lock.arg("lock")
        .arg(bench.path("policy.mcpp"))
        .arg("--")
        .arg(gateway_support::oracle())
        .arg(bench.path("again.log"));
    lock.env("PASSED_ON", "1").env("SECRET", "1");
    assert!(lock.status().unwrap().success());
    check("again.log");
}

#[test]
fn without_env_a_server_gets_all() {
    let bench = Bench::new();
    let mut command = bench.gateway("strict", &[]);
    let mut gateway = Gateway::run(command.env("SECRET", "1"));
    gateway.shake_hands();
    assert!(gateway.close().success());
    assert!(variables(&bench, "oracle.log").contains(&"SECRET".to_owned()));
}
