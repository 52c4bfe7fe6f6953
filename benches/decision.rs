//! What a decision takes, from the bytes of a call of 530 bytes: beside what it takes to parse the same text into
//! values, into a type made for it, and to hash it; by the number of rules, all on one tool or spread over many. Rounds
//! in turn, medians, and ratios of the same run. Prints Markdown; asserts nothing about time.
//!
//! `cargo bench --bench decision [-- COUNT…]`, or `cargo bench --bench decision -- --repeat NAME COUNT one|many TIMES` to
//! do one of them so often under so many rules, for a profiler or a counter of instructions: the difference between two
//! TIMES is the work of the decisions.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a program to measure with"
)]

mod policies;

use std::hint::black_box;
use std::time::Instant;

use jiff::Timestamp;
use mcppc::eval::{Caller, Context, Reason, Scratch, State};
use mcppc::json::{Limits, Tape};
use mcppc::table::{Policy, artifact};
use serde::Deserialize;
use sha2::{Digest, Sha256};

use policies::Size;

/// A call of the tool `t00000`, in the folder of rule 0: 530 bytes.
const CALL: &str = concat!(
    r#"{"jsonrpc":"2.0","id":4711,"method":"tools/call","params":{"name":"t00000","arguments":{"#,
    r#""path":"/home/agent/p00000/2026/q3/report-2026-11.json","host":"files.internal.example.net","#,
    r#""ip":"192.168.7.9","mode":"read","limit":500,"#,
    r#""query":"select region, sum(amount) as total from sales where quarter = 'Q3' group by region ..","#,
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

const COUNTS: [usize; 4] = [10, 100, 1_000, 10_000];
const ROUNDS: usize = 101;
const CALLS: u32 = 100;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|a| a != "--bench").collect();
    if let [repeat, name, count, on, times] = arguments.as_slice()
        && repeat == "--repeat"
    {
        let size = Size::new(count.parse().unwrap(), on == "many");
        return do_one(name, size, times.parse().unwrap());
    }
    let counts: Vec<usize> = arguments.iter().map(|text| text.parse().unwrap()).collect();
    let counts = if counts.is_empty() { &COUNTS[..] } else { &counts };
    print_decisions(counts);
    print_floors(counts[0]);
}

fn print_decisions(counts: &[usize]) {
    println!("| rules | on | allowed | prohibited | in no rule's folder | near miss | `Value`, µs |");
    println!("|---|---|---|---|---|---|---|");
    for spread in [false, true] {
        for count in counts {
            let size = Size::new(*count, spread);
            let policy = policy(size);
            let medians = medians(&mut decisions(&policy, size));
            let ratios: Vec<String> = medians[1..]
                .iter()
                .map(|time| format!("{:.2}", time / medians[0]))
                .collect();
            println!(
                "| {count} | {} | {} | {:.2} |",
                size.on(),
                ratios.join(" | "),
                medians[0] / 1e3
            );
        }
    }
}

fn print_floors(count: usize) {
    let policy = policy(Size::new(count, false));
    let mut subjects = floors(&policy);
    let medians = medians(&mut subjects);
    println!("\n| what | ns | ratio |\n|---|---|---|");
    for ((name, _), median) in subjects.iter().zip(&medians) {
        println!("| {name} | {median:.0} | {:.2} |", median / medians[0]);
    }
}

fn do_one(name: &str, size: Size, times: u32) {
    let policy = policy(size);
    let mut subjects = decisions(&policy, size);
    subjects.extend(floors(&policy));
    let (_, act) = subjects.iter_mut().find(|(subject, _)| *subject == name).unwrap();
    (0..times).for_each(|_| act());
}

fn policy(size: Size) -> Policy {
    Policy::from_bytes(&artifact::write(&policies::body(size)).unwrap()).unwrap()
}

/// The time that each takes, in nanoseconds.
fn medians(subjects: &mut [Subject<'_>]) -> Vec<f64> {
    let mut rounds = vec![Vec::new(); subjects.len()];
    for _ in 0..ROUNDS {
        for ((_, act), times) in subjects.iter_mut().zip(&mut rounds) {
            let start = Instant::now();
            (0..CALLS).for_each(|_| act());
            times.push(start.elapsed().as_secs_f64() * 1e9 / f64::from(CALLS));
        }
    }
    rounds.into_iter().map(median).collect()
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

type Subject<'p> = (&'static str, Box<dyn FnMut() + 'p>);

/// Values first, then calls that the middle rule decides.
fn decisions(policy: &Policy, size: Size) -> Vec<Subject<'_>> {
    let rule = size.rules / 2;
    let call = CALL.replace("t00000", &size.tool(rule));
    let allowed = call.replace("p00000", &format!("p{rule:05}"));
    let prohibited = allowed.replace("/2026/q3/", "/20/.ssh/");
    let elsewhere = call.replace("p00000", "q00000");
    let near_miss = allowed.replace("\"limit\":500", "\"limit\":  0");
    vec![
        ("values", Box::new(values)),
        ("allowed", Box::new(decision(policy, allowed, Reason::Allowed))),
        ("prohibited", Box::new(decision(policy, prohibited, Reason::Prohibited))),
        (
            "elsewhere",
            Box::new(decision(policy, elsewhere, Reason::PatternMismatch)),
        ),
        (
            "near-miss",
            Box::new(decision(policy, near_miss, Reason::PatternMismatch)),
        ),
    ]
}

fn floors(policy: &Policy) -> Vec<Subject<'_>> {
    vec![
        ("values", Box::new(values)),
        ("typed", Box::new(typed)),
        (
            "sha256",
            Box::new(|| {
                black_box(Sha256::digest(black_box(CALL)));
            }),
        ),
        ("tape", Box::new(tape())),
        ("decision", Box::new(decision(policy, CALL.to_owned(), Reason::Allowed))),
    ]
}

fn values() {
    drop(black_box(
        serde_json::from_str::<serde_json::Value>(black_box(CALL)).unwrap(),
    ));
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

/// Decides again and again; why is asked once, beforehand.
fn decision(policy: &Policy, call: String, wanted: Reason) -> impl FnMut() {
    let mut scratch = Scratch::default();
    let context = Context {
        caller: Caller::Local,
        time: Timestamp::UNIX_EPOCH,
        state: State::default(),
    };
    assert_eq!(call.len(), CALL.len(), "{call}");
    let verdict = policy.decide_bytes(&mut scratch, "files", call.as_bytes(), &context);
    assert_eq!(verdict.reason(), wanted, "{call}");
    move || {
        let verdict = policy.decide_bytes(&mut scratch, "files", black_box(call.as_bytes()), &context);
        black_box(verdict.is_allow());
    }
}
