//! What a policy costs by its number of rules: to build, to load, to keep, and to decide under. Prints; asserts nothing.
//!
//! `cargo bench --bench rules [-- COUNT…]`. With `--repeat N one|many COUNT` it only decides one call so often, for an
//! instruction counter to look at: the difference between two N is the work of the decisions.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "a program to measure with"
)]

use std::hint::black_box;
use std::time::{Duration, Instant};

use mcppc::check::check;
use mcppc::diagnostic::Source;
use mcppc::eval::{Caller, Context, Scratch, State};
use mcppc::json::{Limits, parse};
use mcppc::lock::{Lock, LockedServer, pin_tools};
use mcppc::pattern::{Automaton, PatternKind, path_to_regex};
use mcppc::table::{Body, Policy, Tool, artifact};

const COUNTS: [usize; 5] = [10, 100, 1_000, 10_000, 100_000];
const ROUNDS: usize = 9;

fn main() {
    let arguments: Vec<String> = std::env::args().filter(|a| a != "--bench").skip(1).collect();
    if let [repeat, times, spread, count] = arguments.as_slice()
        && repeat == "--repeat"
    {
        let setting = Setting::new(count.parse().unwrap(), spread == "many");
        return setting.repeat(times.parse().unwrap());
    }
    let counts: Vec<usize> = arguments.iter().map(|text| text.parse().unwrap()).collect();
    println!("rules            build       load   artifact   resident  |  allowed     denied       near      parse");
    for spread in [false, true] {
        for count in if counts.is_empty() { &COUNTS[..] } else { &counts } {
            measure(*count, spread);
        }
    }
}

fn measure(count: usize, spread: bool) {
    let body = body(count, spread);
    let start = Instant::now();
    let bytes = artifact::write(&body).unwrap();
    let build = start.elapsed();
    drop(body);
    let before = resident();
    let start = Instant::now();
    let policy = Policy::from_bytes(&bytes).unwrap();
    let load = start.elapsed();
    let kept = resident().saturating_sub(before);
    let setting = Setting { policy, count, spread };
    let calls = [
        setting.call(true, true),
        setting.call(false, false),
        setting.call(true, false),
    ];
    let mut times = vec![Vec::new(); 4];
    for _ in 0..ROUNDS {
        for (call, times) in calls.iter().zip(&mut times) {
            times.push(setting.time(call));
        }
        times[3].push(time(|| {
            black_box(serde_json::from_str::<serde_json::Value>(black_box(&calls[0].1)).unwrap());
        }));
    }
    let medians: Vec<String> = times
        .into_iter()
        .map(|mut times| {
            times.sort();
            format!("{:>8} ns", times[ROUNDS / 2].as_nanos())
        })
        .collect();
    let name = if spread { "on as many tools / 10" } else { "on one tool" };
    println!(
        "{count:>7} {:>8.1} ms {:>7.1} ms {:>7} KB {:>7} KB  | {}  {name}",
        millis(build),
        millis(load),
        bytes.len() / 1024,
        kept / 1024,
        medians.join(" ")
    );
}

struct Setting {
    policy: Policy,
    count: usize,
    spread: bool,
}

impl Setting {
    fn new(count: usize, spread: bool) -> Self {
        let bytes = artifact::write(&body(count, spread)).unwrap();
        let policy = Policy::from_bytes(&bytes).unwrap();
        Self { policy, count, spread }
    }

    /// A tool and arguments of about 400 bytes: in the folder of the middle rule or in none, its mode among those
    /// allowed or not.
    fn call(&self, path: bool, mode: bool) -> (String, String) {
        let rule = self.count / 2;
        let tool = if self.spread {
            format!("t{}", rule / 10)
        } else {
            "t0".to_owned()
        };
        let folder = if path { format!("p{rule}") } else { "q".to_owned() };
        let mode = if mode { "read" } else { "write" };
        let arguments = format!(
            r#"{{"path":"/srv/{folder}/docs/handbook/chapter-one/notes.md","mode":"{mode}","count":17,"note":"{}"}}"#,
            "the quick brown fox jumps over the lazy dog ".repeat(7)
        );
        (tool, arguments)
    }

    fn time(&self, (tool, arguments): &(String, String)) -> Duration {
        let mut scratch = Scratch::default();
        let context = context();
        let (tool, arguments) = (("s", tool.as_str()), arguments.as_bytes());
        time(|| {
            let verdict = self
                .policy
                .decide_arguments(&mut scratch, tool, black_box(arguments), &context);
            black_box(verdict.is_allow());
        })
    }

    fn repeat(&self, times: usize) {
        let (tool, arguments) = self.call(true, true);
        let (tool, arguments) = (("s", tool.as_str()), arguments.as_bytes());
        let (mut scratch, context) = (Scratch::default(), context());
        for _ in 0..times {
            let verdict = self
                .policy
                .decide_arguments(&mut scratch, tool, black_box(arguments), &context);
            assert!(verdict.is_allow(), "{verdict:?}");
        }
    }
}

fn context() -> Context {
    Context {
        caller: Caller::Local,
        time: jiff::Timestamp::UNIX_EPOCH,
        state: State::default(),
    }
}

/// The time that one of many takes.
fn time(mut work: impl FnMut()) -> Duration {
    const TIMES: u32 = 2_000;
    let start = Instant::now();
    (0..TIMES).for_each(|_| work());
    start.elapsed() / TIMES
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// The bytes that this process keeps in memory.
fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = status.split(' ').nth(1).and_then(|pages| pages.parse().ok());
    pages.unwrap_or(0_usize) * 4096
}

/// A policy with so many grants on one tool, or ten each on as many tools as that takes.
fn body(count: usize, spread: bool) -> Body {
    let tools = if spread { count.div_ceil(10) } else { 1 };
    let each = count.div_ceil(tools);
    let mut body = with_one_rule(tools);
    let rule = body.rules[0].clone();
    body.rules = (0..count).map(|_| rule.clone()).collect();
    let server = body.servers.get_mut("s").unwrap();
    for (name, tool) in &mut server.tools {
        let first = name.trim_start_matches('t').parse::<usize>().unwrap() * each;
        grants(tool, first, each);
    }
    body
}

fn grants(tool: &mut Tool, first: usize, count: usize) {
    let grant = tool.grants[0].clone();
    let made = (first..first + count).map(|rule| {
        let mut grant = grant.clone();
        grant.rule = u32::try_from(rule).unwrap();
        let regex = path_to_regex(&[(&format!("/srv/p{rule}/**"), false)]).unwrap();
        grant.fields[0].pattern.kind = PatternKind::Automaton(Automaton::new(&regex).unwrap());
        grant
    });
    tool.grants = made.collect();
}

fn with_one_rule(tools: usize) -> Body {
    let tool = |at: usize| {
        format!(
            r#"{{"name":"t{at}","inputSchema":{{"type":"object","properties":{{"path":{{"type":"string"}},"mode":{{"type":"string"}},"count":{{"type":"integer"}},"note":{{"type":"string"}}}},"required":["path"]}}}}"#
        )
    };
    let list: Vec<String> = (0..tools).map(tool).collect();
    let list = format!(r#"{{"tools":[{}]}}"#, list.join(","));
    let limits = Limits {
        bytes: usize::MAX,
        depth: 64,
        values: usize::MAX,
    };
    let mut server = LockedServer::default();
    pin_tools(&parse(list.as_bytes(), &limits).unwrap(), &mut server.tools).unwrap();
    let lock = Lock {
        servers: [("s".to_owned(), server)].into(),
        wildcards: [("s.*".to_owned(), (0..tools).map(|at| format!("t{at}")).collect())].into(),
    };
    let text = "policy \"bench\"\nserver s = stdio \"s\" { path: *.path }\n\
        allow s.* { path: path(\"/srv/**\"), mode?: \"read\" | \"list\", count?: 1..=100, note?: text(..=1000) }\n";
    let checked = check(&Source::new("bench.mcpp", text), Some(&lock), &[]);
    checked.body.unwrap_or_else(|| panic!("{:?}", checked.diagnostics))
}
