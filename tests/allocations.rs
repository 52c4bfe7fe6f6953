//! A decision takes no memory: not when it allows, and not when it denies, until somebody asks why.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use allocation_counter::measure;
use jiff::Timestamp;
use mcppc::check::check;
use mcppc::diagnostic::Source;
use mcppc::eval::{Caller, Context, Reason, Scratch, State};
use mcppc::lock::Lock;
use mcppc::table::{Policy, artifact};

/// Every reading, and every way in which its canonical form is another text than the value.
const POLICY: &str = r#"policy "allocations"
server s {
  path dir root "/srv/work": t.path, t.paths[]
  path windows root "C:/work": w.windows
  path case insensitive: w.folded
  url default https: t.url
  url scheme "file": t.file
  host: t.host
  ip: t.ip
  email: t.email
  datetime: t.datetime
  date: t.date
}
allow s.t {
  path: path("/srv/work/**") & !path("**/.git/**")
  n?: -10..=10.5
  mode?: "a" | "b"
  paths?: [path; ..=20]
  inner?: { text: line(..=50), .. }
  url?: url
  file?: url
  host?: host
  ip?: ip
  email?: email
  datetime?: datetime
  date?: date
}
allow s.w { windows?: path, folded?: path }
deny s.t { any path: path("**/.env") } because "secrets"
deny s.t { mode: "b" }
"#;

const SCHEMA: &str = r#"{"type":"object","required":["path"],"properties":{
  "path":{"type":"string"},"n":{"type":"number"},"mode":{"anyOf":[{"type":"null"},{"type":"string"}]},
  "paths":{"type":"array","items":{"type":"string"}},
  "inner":{"type":"object","properties":{"text":{"type":"string"}},"additionalProperties":true},
  "url":{"type":"string"},"file":{"type":"string"},"host":{"type":"string"},"ip":{"type":"string"},
  "email":{"type":"string"},"datetime":{"type":"string"},"date":{"type":"string"}}}"#;

const PATHS: &str = r#"{"type":"object","properties":{"windows":{"type":"string"},"folded":{"type":"string"}}}"#;

fn policy() -> Policy {
    let pin = |schema: &str| format!(r#"{{"definition":"sha256:{}","inputSchema":{schema}}}"#, "0".repeat(64));
    let tools = format!(r#"{{"t":{},"w":{}}}"#, pin(SCHEMA), pin(PATHS));
    let lock = format!(r#"{{"lock":1,"servers":{{"s":{{"tools":{tools}}}}},"wildcards":{{}}}}"#);
    let checked = check(
        &Source::new("allocations.mcpp", POLICY),
        Some(&Lock::parse(&lock).unwrap()),
        &[],
    );
    let body = checked.body.unwrap_or_else(|| panic!("{:?}", checked.diagnostics));
    Policy::from_bytes(&artifact::write(&body).unwrap()).unwrap()
}

fn call(arguments: &str) -> String {
    format!(r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{"name":"t","arguments":{arguments}}}}}"#)
}

/// Calls of every kind, and what is said of them.
fn calls() -> Vec<(String, Reason)> {
    let with = |more: &str| call(&format!(r#"{{"path":"a/b",{more}}}"#));
    let to_w = |arguments: &str| call(arguments).replace(r#""name":"t""#, r#""name":"w""#);
    let long = format!(
        r#""inner":{{"text":"x","more":[{}0]}}"#,
        "{\"k\":\"v\\n\"},".repeat(200)
    );
    let many: Vec<String> = (0..200).map(|n| format!("\"k{n}\":{n}")).collect();
    vec![
        (call(r#"{"path":"/srv/work/a"}"#), Reason::Allowed),
        (call(r#"{"path":"a/\u0062"}"#), Reason::Allowed),
        (with(r#""n":1.25e0,"mode":"a""#), Reason::Allowed),
        (with(r#""n":0.12345678901234567"#), Reason::WrongType),
        (
            with(r#""paths":["x","/srv/y/","z.md"],"inner":{"text":"é"}"#),
            Reason::Allowed,
        ),
        (with(&long), Reason::Allowed),
        (
            with(&format!(r#""inner":{{"text":"x",{}}}"#, many.join(","))),
            Reason::Allowed,
        ),
        (to_w(r#"{"windows":"docs\\a.txt"}"#), Reason::Allowed),
        (to_w(r#"{"folded":"/Srv/É"}"#), Reason::AmbiguousValue),
        (to_w(r#"{"folded":"/Srv/A"}"#), Reason::Allowed),
        (with(r#""url":"example.com/a/?q=1""#), Reason::Allowed),
        (with(r#""url":"https://[::ffff:a00:1]/a""#), Reason::Allowed),
        (with(r#""file":"file:///a%20b""#), Reason::Allowed),
        (with(r#""host":"example.com""#), Reason::Allowed),
        (with(r#""ip":"::ffff:10.0.0.1""#), Reason::Allowed),
        (with(r#""email":"Ann@example.com""#), Reason::Allowed),
        (with(r#""datetime":"2026-12-01T10:00:00.5+01:00""#), Reason::Allowed),
        (with(r#""date":"2026-12-01""#), Reason::Allowed),
        (call(r#"{"path":"a/.env"}"#), Reason::Prohibited),
        (with(r#""mode":"b""#), Reason::Prohibited),
        (with(r#""mode":"c""#), Reason::PatternMismatch),
        (call(r#"{"path":"/etc/passwd"}"#), Reason::PatternMismatch),
        (call(r#"{"path":"a/../b"}"#), Reason::AmbiguousValue),
        (call(r#"{"path":"a/b%x%/c"}"#), Reason::AmbiguousValue),
        (with(r#""other":1"#), Reason::UnlistedParameter),
        (call("{}"), Reason::MissingParameter),
        (call(r#"{"path":7}"#), Reason::WrongType),
        (call(r#"{"path":"a","path":"b"}"#), Reason::MalformedCall),
        (call("7"), Reason::MalformedCall),
        (call("{}").replace("\"t\"", "\"u\""), Reason::UnknownTool),
        (call(&"[".repeat(100)), Reason::TooLarge),
        ("\u{feff}{}".to_owned(), Reason::MalformedCall),
    ]
}

#[test]
fn a_decision_takes_no_memory() {
    let (policy, calls, mut scratch) = (policy(), calls(), Scratch::default());
    let context = Context {
        caller: Caller::Local,
        time: Timestamp::UNIX_EPOCH,
        state: State::default(),
    };
    // The first time the memory grows to what the largest call needs.
    for round in 0..2 {
        for (call, wanted) in &calls {
            let mut found = None;
            let took = measure(|| {
                let verdict = policy.decide_bytes(&mut scratch, "s", call.as_bytes(), &context);
                found = Some((verdict.reason(), verdict.rule().is_some()));
            });
            assert_eq!(found.map(|(reason, _)| reason), Some(*wanted), "{call}");
            assert!(round == 0 || took.count_total == 0, "{took:?} for {call}");
        }
    }
}

#[test]
fn memory_that_is_taken_is_counted() {
    assert_eq!(measure(|| drop(Vec::<u8>::with_capacity(8))).count_total, 1);
}
