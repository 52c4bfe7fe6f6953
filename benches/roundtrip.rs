//! Round trips through the gateway over those through a byte-copy pipe: the same echo server, the same client, rounds
//! in turn. Prints; asserts nothing.
//!
//! `cargo bench --bench roundtrip`

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::zombie_processes,
    reason = "a program to measure with"
)]

use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

const POLICY: &str = "policy \"bench\"\nserver echo\nallow echo.echo { text: text(..=1000) }\n";
const TOOL: &str =
    r#"{"name":"echo","inputSchema":{"type":"object","properties":{"text":{"type":"string"}},"required":["text"]}}"#;
const ROUNDS: usize = 20;
const CALLS: usize = 1_000;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    match arguments.get(1).map(String::as_str) {
        Some("echo-server") => echo_server(),
        Some("copy-pipe") => copy_pipe(),
        // `cargo bench` passes options of its own.
        _ => measure(),
    }
}

fn measure() {
    let folder = tempfile::tempdir().unwrap();
    let this = std::env::current_exe().unwrap();
    let mut pipe = Peer::start(Command::new(&this).arg("copy-pipe"));
    let mut gateway = Peer::start(&mut gateway(folder.path(), &this));
    let (mut through_pipe, mut through_gateway) = (Vec::new(), Vec::new());
    pipe.round(&mut Vec::new());
    gateway.round(&mut Vec::new());
    for _ in 0..ROUNDS {
        pipe.round(&mut through_pipe);
        gateway.round(&mut through_gateway);
    }
    let (pipe, gateway) = (quantiles(through_pipe), quantiles(through_gateway));
    println!("round trips, {} of each, relaxed durability", ROUNDS * CALLS);
    println!("             p50          p99");
    println!("pipe     {:>8.1} us  {:>8.1} us", micros(pipe.0), micros(pipe.1));
    println!("gateway  {:>8.1} us  {:>8.1} us", micros(gateway.0), micros(gateway.1));
    println!(
        "ratio    {:>8.2}     {:>8.2}",
        ratio(gateway.0, pipe.0),
        ratio(gateway.1, pipe.1)
    );
}

fn gateway(folder: &Path, this: &Path) -> Command {
    let policy = folder.join("policy.mcpp");
    std::fs::write(&policy, POLICY).unwrap();
    let mcppc = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mcppc"));
        command.env("XDG_CONFIG_HOME", folder).env("XDG_STATE_HOME", folder);
        command
    };
    let mut lock = mcppc();
    lock.arg("lock").arg(&policy).arg("--").arg(this).arg("echo-server");
    assert!(lock.output().unwrap().status.success());
    let mut run = mcppc();
    run.args(["run", "--durability", "relaxed", "--policy"]).arg(&policy);
    run.arg("--").arg(this).arg("echo-server");
    run
}

/// A process that is talked to, and stopped when it is dropped.
struct Peer {
    process: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Peer {
    fn start(command: &mut Command) -> Self {
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut peer = Self {
            input: process.stdin.take().unwrap(),
            output: BufReader::new(process.stdout.take().unwrap()),
            process,
        };
        peer.ask(r#"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{}}}"#);
        writeln!(
            peer.input,
            r#"{{"jsonrpc":"2.0","method":"notifications/initialized"}}"#
        )
        .unwrap();
        peer
    }

    fn round(&mut self, times: &mut Vec<Duration>) {
        for id in 1..=CALLS {
            let call = format!(
                r#"{{"jsonrpc":"2.0","id":{id},"method":"tools/call","params":{{"name":"echo","arguments":{{"text":"the quick brown fox jumps over the lazy dog"}}}}}}"#
            );
            let start = Instant::now();
            let reply = self.ask(&call);
            times.push(start.elapsed());
            assert!(reply.contains("lazy dog"), "{reply}");
        }
    }

    fn ask(&mut self, line: &str) -> String {
        self.input.write_all(format!("{line}\n").as_bytes()).unwrap();
        let mut reply = String::new();
        self.output.read_line(&mut reply).unwrap();
        reply
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The median and the 99th percentile.
fn quantiles(mut times: Vec<Duration>) -> (Duration, Duration) {
    times.sort();
    (times[times.len() / 2], times[times.len() * 99 / 100])
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

fn ratio(a: Duration, b: Duration) -> f64 {
    a.as_secs_f64() / b.as_secs_f64()
}

/// Between standard streams and an echo server, two threads that copy.
fn copy_pipe() {
    let this = std::env::current_exe().unwrap();
    let mut server = Command::new(this)
        .arg("echo-server")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let (input, output) = (server.stdin.take().unwrap(), server.stdout.take().unwrap());
    std::thread::spawn(move || copy(std::io::stdin().lock(), input));
    copy(output, std::io::stdout().lock());
}

fn copy(mut from: impl Read, mut to: impl Write) {
    let mut buffer = vec![0; 64 << 10];
    while let Ok(read @ 1..) = from.read(&mut buffer) {
        to.write_all(&buffer[..read]).unwrap();
        to.flush().unwrap();
    }
}

fn echo_server() {
    let mut output = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let message: serde_json::Value = serde_json::from_str(&line.unwrap()).unwrap();
        let Some(id) = message.get("id") else { continue };
        let result = match message["method"].as_str().unwrap() {
            "initialize" => r#"{"protocolVersion":"2025-11-25","capabilities":{"tools":{}},"serverInfo":{"name":"echo","version":"1"}}"#.to_owned(),
            "tools/list" => format!(r#"{{"tools":[{TOOL}]}}"#),
            _ => format!(r#"{{"content":[{{"type":"text","text":{}}}],"isError":false}}"#, message["params"]["arguments"]["text"]),
        };
        output
            .write_all(format!("{{\"jsonrpc\":\"2.0\",\"id\":{id},\"result\":{result}}}\n").as_bytes())
            .unwrap();
        output.flush().unwrap();
    }
}
