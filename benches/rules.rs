//! What a policy costs by its number of rules: to compile, to load, and to keep. Each in a process of its own, so that
//! the most memory that it took can be read off. Prints Markdown; asserts nothing.
//!
//! `cargo bench --bench rules [-- COUNT…]`

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a program to measure with"
)]

mod policies;

use std::hint::black_box;
use std::process::Command;
use std::time::{Duration, Instant};

use mcppc::table::{Policy, artifact};
use policies::{MOST_IN_TEXT, Size};
use sha2::{Digest, Sha256};

const COUNTS: [usize; 4] = [10, 100, 1_000, 10_000];
const LOADS: usize = 9;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|a| a != "--bench").collect();
    if let [one, count, on] = arguments.as_slice()
        && one == "--one"
    {
        return measure(Size::new(count.parse().unwrap(), on == "many"));
    }
    let counts: Vec<usize> = arguments.iter().map(|text| text.parse().unwrap()).collect();
    println!(
        "| rules | on | check, ms | write, ms | most memory, MB | artifact, bytes a rule | load, ms | load / SHA-256 | kept, bytes a rule |"
    );
    println!("|---|---|---|---|---|---|---|---|---|");
    for on in ["one", "many"] {
        for count in if counts.is_empty() { &COUNTS[..] } else { &counts } {
            let this = std::env::current_exe().unwrap();
            let run = Command::new(this)
                .args(["--one", &count.to_string(), on])
                .output()
                .unwrap();
            assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
            print!("{}", String::from_utf8(run.stdout).unwrap());
        }
    }
}

fn measure(size: Size) {
    let row = |cells: &[String]| println!("| {} | {} | {} |", size.rules, size.on(), cells.join(" | "));
    let start = Instant::now();
    let body = policies::body(size);
    // Those of a policy that no text has room for are made, not checked.
    let checked = (size.rules <= MOST_IN_TEXT).then(|| start.elapsed());
    let start = Instant::now();
    let written = artifact::write(&body);
    let wrote = start.elapsed();
    let compiled = [
        checked.map_or("-".to_owned(), millis),
        millis(wrote),
        format!("{}", most_memory() / 1_000_000),
    ];
    drop(body);
    let Ok(bytes) = written else {
        let refused = written.err().map(|error| error.to_string()).unwrap_or_default();
        return row(&[&compiled[..], &[refused]].concat());
    };
    let mut policy = None;
    let kept = allocation_counter::measure(|| policy = Some(Policy::from_bytes(&bytes))).bytes_current;
    if let Some(Err(error)) = policy {
        return row(&[&compiled[..], &[error.to_string()]].concat());
    }
    drop(policy);
    let load = median(|| drop(black_box(Policy::from_bytes(black_box(&bytes)).unwrap())));
    let hash = median(|| {
        black_box(Sha256::digest(black_box(&bytes)));
    });
    let loaded = [
        (bytes.len() / size.rules).to_string(),
        millis(load),
        format!("{:.1}", load.as_secs_f64() / hash.as_secs_f64()),
        (usize::try_from(kept).unwrap() / size.rules).to_string(),
    ];
    row(&[&compiled[..], &loaded].concat());
}

fn median(work: impl Fn()) -> Duration {
    let mut times: Vec<Duration> = (0..LOADS)
        .map(|_| {
            let start = Instant::now();
            work();
            start.elapsed()
        })
        .collect();
    times.sort();
    times[LOADS / 2]
}

fn millis(time: Duration) -> String {
    format!("{:.1}", time.as_secs_f64() * 1e3)
}

/// The most memory that this process has had, in bytes, as Linux says.
fn most_memory() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM"));
    let kilobytes = line.and_then(|line| line.split_ascii_whitespace().nth(1)?.parse().ok());
    kilobytes.unwrap_or(0_usize) * 1024
}
