//! What a decision takes, from the bytes of a call of 530 bytes: beside what it takes to parse the same text into
//! values, into a type made for it, and to hash it. Rounds in turn, medians, and ratios of the same run. Prints;
//! asserts nothing about time.
//!
//! `cargo bench --bench decision`, or `cargo bench --bench decision -- NAME 100000` to do one of them so many times, for
//! a profiler or a counter of instructions.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a program to measure with"
)]

use std::hint::black_box;
use std::time::Instant;

use jiff::Timestamp;
use mcppc::check::check;
use mcppc::diagnostic::Source;
use mcppc::eval::{Caller, Context, Reason, Scratch, universe};
use mcppc::json::{Limits, Tape};
use mcppc::lock::Lock;
use mcppc::table::{Policy, artifact};
use serde::Deserialize;
use sha2::{Digest, Sha256};

const POLICY: &str = r#"policy "bench"
server files { path: *.path }
allow files.search {
  path: path("/home/agent/work/**") & !glob("**/.git/**")
  host: glob("*.example.net")
  ip: text(..=40)
  mode: "read" | "list"
  limit: 1..=1000
  query: text(..=200)
  encoding?: "utf-8"
  follow_symlinks?: false
  offset?: 0..=100
  tags?: [text(..=20); ..=8]
}
deny files.* { any path: glob("**/.ssh/**") }
"#;

const SCHEMA: &str = r#"{"type":"object","required":["path","query"],"properties":{
  "path":{"type":"string"},"host":{"type":"string"},"ip":{"type":"string"},
  "mode":{"type":"string","enum":["read","list","write"]},"limit":{"type":"integer"},"query":{"type":"string"},
  "encoding":{"type":"string"},"follow_symlinks":{"type":"boolean"},"offset":{"type":"integer"},
  "tags":{"type":"array","items":{"type":"string"}}}}"#;

const CALL: &str = concat!(
    r#"{"jsonrpc":"2.0","id":4711,"method":"tools/call","params":{"name":"search","arguments":{"#,
    r#""path":"/home/agent/work/2026/q3/report-2026-11.json","host":"files.internal.example.net","#,
    r#""ip":"192.168.7.9","mode":"read","limit":500,"#,
    r#""query":"select region, sum(amount) as total from sales where quarter = 'Q3' group by region","#,
    r#""encoding":"utf-8","follow_symlinks":false,"offset":0,"tags":["finance","weekly","agent-7"]},"#,
    r#""_meta":{"progressToken":"tok-9f31c2","traceparent":"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"}}}"#,
);

/// What is read of a call by whoever knows its type, and nothing is copied.
#[derive(Deserialize)]
struct Typed<'a> {
    #[serde(borrow)]
    method: &'a str,
    params: Params<'a>,
}

#[derive(Deserialize)]
struct Params<'a> {
    name: &'a str,
    #[serde(borrow)]
    arguments: Arguments<'a>,
}

#[derive(Deserialize)]
struct Arguments<'a> {
    path: &'a str,
    host: &'a str,
    ip: &'a str,
    mode: &'a str,
    limit: i64,
}

const ROUNDS: usize = 1_001;
const CALLS: u32 = 200;

fn main() {
    let policy = policy();
    let mut subjects = subjects(&policy);
    let arguments: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with("--")).collect();
    if let [name, times] = arguments.as_slice() {
        let times: u32 = times.parse().unwrap();
        let (_, act) = subjects.iter_mut().find(|(subject, _)| subject == name).unwrap();
        return (0..times).for_each(|_| act());
    }
    let mut rounds = vec![Vec::new(); subjects.len()];
    for _ in 0..ROUNDS {
        for ((_, act), times) in subjects.iter_mut().zip(&mut rounds) {
            let start = Instant::now();
            (0..CALLS).for_each(|_| act());
            times.push(start.elapsed().as_secs_f64() * 1e9 / f64::from(CALLS));
        }
    }
    let medians: Vec<f64> = rounds.into_iter().map(median).collect();
    println!("{} bytes, medians of {ROUNDS} rounds of {CALLS}", CALL.len());
    println!("{:<24}{:>12}{:>22}", "", "ns", "of values (serde_json)");
    for ((name, _), median) in subjects.iter().zip(&medians) {
        println!("{name:<24}{median:>12.0}{:>22.2}", median / medians[0]);
    }
}

type Subject<'p> = (&'static str, Box<dyn FnMut() + 'p>);

fn subjects(policy: &Policy) -> Vec<Subject<'_>> {
    let prohibited = CALL.replace("/q3/", "/.ssh/");
    let near_miss = CALL.replace("\"limit\":500", "\"limit\":1001");
    let wrong_type = CALL.replace("\"limit\":500", "\"limit\":\"5\"");
    vec![
        (
            "values",
            Box::new(|| {
                drop(black_box(
                    serde_json::from_str::<serde_json::Value>(black_box(CALL)).unwrap(),
                ))
            }),
        ),
        ("typed", Box::new(typed)),
        (
            "sha256",
            Box::new(|| {
                black_box(Sha256::digest(black_box(CALL)));
            }),
        ),
        ("tape", Box::new(tape())),
        ("tape+universe", Box::new(checked(policy))),
        ("allowed", Box::new(decision(policy, CALL.to_owned(), Reason::Allowed))),
        ("prohibited", Box::new(decision(policy, prohibited, Reason::Prohibited))),
        (
            "near-miss",
            Box::new(decision(policy, near_miss, Reason::PatternMismatch)),
        ),
        ("wrong-type", Box::new(decision(policy, wrong_type, Reason::WrongType))),
    ]
}

fn typed() {
    let call: Typed<'_> = serde_json::from_str(black_box(CALL)).unwrap();
    let Arguments {
        path,
        host,
        ip,
        mode,
        limit,
    } = call.params.arguments;
    black_box((call.method, call.params.name, path, host, ip, mode, limit));
}

fn tape() -> impl FnMut() {
    let mut tape = Tape::default();
    move || {
        black_box(tape.read(black_box(CALL.as_bytes()), &Limits::default())).unwrap();
    }
}

fn checked(policy: &Policy) -> impl FnMut() {
    let mut tape = Tape::default();
    let universe = &policy.loaded("files", "search").unwrap().universe;
    move || {
        tape.read(black_box(CALL.as_bytes()), &Limits::default()).unwrap();
        let params = tape.root().get("params").unwrap();
        let arguments = params.get("arguments").unwrap().id();
        black_box(universe::read(universe, &mut tape, arguments)).unwrap();
    }
}

fn decision(policy: &Policy, call: String, wanted: Reason) -> impl FnMut() {
    let mut scratch = Scratch::default();
    let context = Context {
        caller: Caller::Local,
        time: Timestamp::UNIX_EPOCH,
    };
    move || {
        let verdict = policy.decide_bytes(&mut scratch, "files", black_box(call.as_bytes()), &context);
        assert_eq!(black_box(verdict.reason()), wanted);
    }
}

fn policy() -> Policy {
    let digest = "0".repeat(64);
    let lock = format!(
        r#"{{"lock":1,"servers":{{"files":{{"tools":{{"search":{{"definition":"sha256:{digest}","inputSchema":{SCHEMA}}}}}}}}},"wildcards":{{"files.*":["search"]}}}}"#
    );
    let checked = check(
        &Source::new("bench.mcpp", POLICY),
        Some(&Lock::parse(&lock).unwrap()),
        &[],
    );
    for diagnostic in &checked.diagnostics {
        println!("{}: {}", diagnostic.code, diagnostic.message);
    }
    Policy::from_bytes(&artifact::write(&checked.body.unwrap()).unwrap()).unwrap()
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}
