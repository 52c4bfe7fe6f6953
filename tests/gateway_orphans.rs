//! Whatever becomes of the gateway, nothing of the server outlives it; and how the server ended is known.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test"
)]

mod gateway_support;

use std::fs;
use std::io::Read as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use gateway_support::{Bench, Gateway, is_alive, oracle};
use serde_json::json;

/// The number of a process that the oracle has written down: its own, its child's or its daemon's.
fn process(bench: &Bench, which: &str) -> String {
    let id = fs::read_to_string(bench.path(&format!("oracle.log.{which}"))).unwrap();
    assert!(is_alive(&id), "the {which} does not run: the test shows nothing");
    id
}

fn send(signal: &str, process: &str) {
    let kill = Command::new("kill")
        .args(["-s", signal, "--", process])
        .status()
        .unwrap();
    assert!(kill.success());
}

/// Waits until it is so: what is ended from outside is not ended at once.
fn soon(what: &str, holds: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !holds() {
        assert!(Instant::now() < deadline, "{what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn all_end(processes: &[String]) {
    for process in processes {
        soon("an orphan is left", || !is_alive(process));
    }
}

fn parent(process: &str) -> String {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap();
    let after_name = stat.rsplit(')').next().unwrap();
    after_name.split_whitespace().nth(1).unwrap().to_owned()
}

fn stderr(gateway: &mut Gateway) -> String {
    let mut text = String::new();
    gateway
        .process
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut text)
        .unwrap();
    text
}

#[test]
fn a_daemon_ends_with_the_connection() {
    let bench = Bench::new();
    let mut gateway = bench.connect("relaxed", &["--daemon"]);
    gateway.still_works(1);
    let daemon = process(&bench, "daemon");
    assert!(gateway.close().success());
    assert!(!is_alive(&daemon), "an orphan");
}

#[test]
fn a_daemon_ends_when_the_server_crashes() {
    let bench = Bench::new();
    let mut gateway = bench.connect("relaxed", &["--daemon"]);
    let daemon = process(&bench, "daemon");
    gateway.call(1, "crash", &json!({}));
    assert_eq!(gateway.wait().code(), Some(1));
    assert!(!is_alive(&daemon), "an orphan");
}

#[test]
fn a_daemon_ends_when_the_gateway_is_told_to_stop() {
    let bench = Bench::new();
    let mut gateway = bench.connect("relaxed", &["--daemon", "--stubborn", "--deaf"]);
    let processes = ["server", "child", "daemon"].map(|which| process(&bench, which));
    send("TERM", &gateway.process.id().to_string());
    assert_eq!(gateway.wait().code(), Some(143));
    for process in processes {
        assert!(!is_alive(&process), "an orphan");
    }
}

#[test]
fn nothing_outlives_a_gateway_that_was_killed() {
    for options in [
        &["--daemon"][..],
        &["--daemon", "--stubborn"],
        &["--daemon", "--stubborn", "--deaf"],
    ] {
        let bench = Bench::new();
        let mut gateway = bench.connect("relaxed", options);
        gateway.still_works(1);
        let mut processes = vec![process(&bench, "server"), process(&bench, "daemon")];
        if options.contains(&"--stubborn") {
            processes.push(process(&bench, "child"));
        }
        processes.push(parent(&processes[0]));
        gateway.process.kill().unwrap();
        gateway.process.wait().unwrap();
        all_end(&processes);
    }
}

/// Some clients end whatever they have started by its process group.
#[test]
fn nothing_outlives_a_process_group_that_was_killed() {
    let bench = Bench::new();
    let mut command = bench.gateway("relaxed", &["--daemon", "--stubborn"]);
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    let mut gateway = Gateway::run(&mut command);
    gateway.shake_hands();
    let processes = ["server", "child", "daemon"].map(|which| process(&bench, which));
    send("KILL", &format!("-{}", gateway.process.id()));
    all_end(&processes);
}

#[test]
fn a_daemon_that_ends_by_itself_leaves_no_remains() {
    let bench = Bench::new();
    let mut gateway = bench.connect("relaxed", &["--daemon"]);
    let daemon = process(&bench, "daemon");
    send("KILL", &daemon);
    soon("a zombie is left", || !Path::new(&format!("/proc/{daemon}")).exists());
    gateway.still_works(1);
    assert!(gateway.close().success());
}

#[test]
fn nothing_is_left_of_a_server_that_was_asked_for_its_tools() {
    let bench = Bench::new();
    let mut lock = bench.mcppc();
    lock.arg("lock").arg(bench.path("policy.mcpp")).arg("--").arg(oracle());
    lock.arg(bench.path("oracle.log"))
        .args(["--daemon", "--stubborn", "--deaf"]);
    // Not to files of this test: an orphan would hold them open for long.
    assert!(lock.stderr(Stdio::null()).status().unwrap().success());
    for which in ["server", "child", "daemon"] {
        let id = fs::read_to_string(bench.path(&format!("oracle.log.{which}"))).unwrap();
        assert!(!is_alive(&id), "the {which} is left");
    }
}

#[test]
fn a_server_that_was_killed_is_reported_and_recorded() {
    let bench = Bench::new();
    let mut gateway = bench.connect("strict", &[]);
    send("KILL", &process(&bench, "server"));
    assert_eq!(gateway.wait().code(), Some(1));
    let stderr = stderr(&mut gateway);
    assert!(
        stderr.contains("the server `oracle` ended by itself: signal: 9"),
        "{stderr}"
    );
    let evidence = bench.evidence();
    assert!(evidence.contains("server_exit") && evidence.contains("signal: 9"));
    let (code, report) = bench.verify();
    assert_eq!(code, Some(0), "{report}");
}

/// What the server closes is closed: nobody else holds its output open.
#[test]
fn a_server_that_closes_its_output_is_ended() {
    let bench = Bench::new();
    let mut command = bench.mcppc();
    command.arg("run").arg("--policy").arg(bench.path("policy.mcpp"));
    command.args([
        "--",
        "sh",
        "-c",
        "echo $$ >$0; read hello; exec >/dev/null; exec sleep 60",
    ]);
    let mut gateway = Gateway::run(command.arg(bench.path("oracle.log.server")));
    gateway.say(&json!({ "jsonrpc": "2.0", "id": 1, "method": "initialize", "params": { "protocolVersion": "2025-11-25", "capabilities": {} } }).to_string());
    let reply = gateway.answer(&json!(1));
    assert!(
        reply["error"]["message"].as_str().unwrap().contains("signal: 15"),
        "{reply}"
    );
    assert_eq!(gateway.wait().code(), Some(1));
    let server = fs::read_to_string(bench.path("oracle.log.server")).unwrap();
    assert!(!is_alive(&server), "an orphan");
}

#[test]
fn a_supervisor_that_was_killed_takes_the_server_with_it() {
    let bench = Bench::new();
    let mut gateway = bench.connect("strict", &["--stubborn"]);
    let processes = ["server", "child"].map(|which| process(&bench, which));
    gateway
        .say(&json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": { "name": "hang" } }).to_string());
    soon("the call does not arrive", || {
        bench.executed().iter().any(|line| line.starts_with("hang"))
    });
    send("KILL", &parent(&processes[0]));
    assert!(gateway.answer(&json!(1))["error"].is_object());
    assert_eq!(gateway.wait().code(), Some(1));
    all_end(&processes);
    let stderr = stderr(&mut gateway);
    assert!(stderr.contains("the supervisor has gone"), "{stderr}");
    assert!(bench.evidence().contains("server_exit"));
    let (code, report) = bench.verify();
    assert_eq!(code, Some(0), "{report}");
}

#[test]
fn a_supervisor_heeds_no_signals() {
    let bench = Bench::new();
    let mut gateway = bench.connect("relaxed", &[]);
    let supervisor = parent(&process(&bench, "server"));
    assert_ne!(supervisor, gateway.process.id().to_string());
    for signal in ["TERM", "INT", "HUP"] {
        send(signal, &supervisor);
    }
    gateway.still_works(1);
    assert!(gateway.close().success());
}

#[test]
fn it_says_why_a_server_cannot_be_started() {
    let bench = Bench::new();
    let text = bench.path("text");
    fs::write(&text, "no program").unwrap();
    fs::set_permissions(&text, fs::Permissions::from_mode(0o644)).unwrap();
    for (program, cause) in [
        ("/nonexistent/server", "No such file or directory"),
        ("nonexistent-server", "No such file or directory"),
        (text.to_str().unwrap(), "Permission denied"),
    ] {
        let mut command = bench.mcppc();
        command.arg("run").arg("--policy").arg(bench.path("policy.mcpp"));
        let output = command.args(["--", program, "--option"]).output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(stderr.contains(&format!("cannot run `{program}`: {cause}")), "{stderr}");
    }
}

/// What a process can tell of how it was started: arguments, environment, signals, descriptors, place.
const TELL_ALL: &str = r#"
out=$1; shift
{
    printf '<%s>\n' "$@"
    env | grep -v '^_=' | sort
    grep -E '^Sig(Blk|Ign)' /proc/self/status
    ls /proc/self/fd
    pwd
} >"$out"
"#;

#[test]
fn the_server_is_started_as_if_there_were_nothing_between() {
    let bench = Bench::new();
    let out = bench.path("told");
    let server = [
        "sh",
        "-c",
        TELL_ALL,
        "sh",
        out.to_str().unwrap(),
        "--help",
        "a b",
        "",
        "--",
        "\u{e9}",
    ];
    let mut direct = Command::new(server[0]);
    direct.args(&server[1..]);
    let mut behind = bench.mcppc();
    behind.arg("run").arg("--policy").arg(bench.path("policy.mcpp"));
    behind.arg("--").args(server);
    let [direct, behind] = [direct, behind].map(|mut command| {
        command
            .env("XDG_CONFIG_HOME", bench.path("config"))
            .env("XDG_STATE_HOME", bench.path("state"));
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let mut process = command.spawn().unwrap();
        // The end of its input would be a reason to end it.
        let input = process.stdin.take();
        process.wait().unwrap();
        drop(input);
        let told = fs::read_to_string(&out).unwrap();
        fs::remove_file(&out).unwrap();
        without_handled_signals(&told)
    });
    assert!(direct.contains("<a b>") && direct.contains("SigIgn"), "{direct}");
    assert_eq!(direct, behind);
}

/// Signals that the gateway handles itself (HUP, INT and TERM) are not passed on as ignored, as a test run in the
/// background would have them.
fn without_handled_signals(told: &str) -> String {
    const HANDLED: u64 = 1 | 1 << 1 | 1 << 14;
    let line = |line: &str| match line.strip_prefix("SigIgn:") {
        Some(mask) => format!("SigIgn: {:x}", u64::from_str_radix(mask.trim(), 16).unwrap() & !HANDLED),
        None => line.to_owned(),
    };
    told.lines().map(line).collect::<Vec<_>>().join("\n")
}
