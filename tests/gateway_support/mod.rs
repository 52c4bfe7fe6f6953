//! A gateway in front of the oracle server, as a client would start it.
#![allow(dead_code, reason = "each test program uses a part of it")]

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::Once;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

const POLICY: &str = r#"policy "test/oracle"
server oracle
allow oracle.run { n?: ..=1000000 }
allow oracle.{hang, crash, ask, change, garble} {}
"#;

/// A folder with a policy, its lock, and places for keys, evidence and the oracle's log.
pub struct Bench {
    pub folder: TempDir,
}

impl Bench {
    pub fn new() -> Self {
        let bench = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        fs::write(bench.path("policy.mcpp"), POLICY).unwrap();
        let mut lock = bench.mcppc();
        lock.arg("lock")
            .arg(bench.path("policy.mcpp"))
            .arg("--")
            .arg(oracle())
            .arg(bench.path("lock.log"));
        let output = lock.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        bench
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn mcppc(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mcppc"));
        command
            .env("XDG_CONFIG_HOME", self.path("config"))
            .env("XDG_STATE_HOME", self.path("state"));
        command
    }

    /// The command line of a gateway; `durability` is `strict` or `relaxed`, `more` goes to the oracle.
    pub fn gateway(&self, durability: &str, more: &[&str]) -> Command {
        let mut command = self.mcppc();
        command.arg("run").arg("--policy").arg(self.path("policy.mcpp"));
        command
            .arg("--evidence")
            .arg(self.path("evidence"))
            .arg("--durability")
            .arg(durability);
        command.arg("--").arg(oracle()).arg(self.path("oracle.log")).args(more);
        command
    }

    /// Starts it.
    pub fn start(&self, durability: &str, more: &[&str]) -> Gateway {
        Gateway::run(&mut self.gateway(durability, more))
    }

    /// The same, after the handshake.
    pub fn connect(&self, durability: &str, more: &[&str]) -> Gateway {
        let mut gateway = self.start(durability, more);
        gateway.shake_hands();
        gateway
    }

    /// What the oracle executed.
    pub fn executed(&self) -> Vec<String> {
        let text = fs::read_to_string(self.path("oracle.log")).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    /// `mcppc verify --json`: its exit code and what it prints.
    pub fn verify(&self) -> (Option<i32>, String) {
        let output = self
            .mcppc()
            .arg("verify")
            .arg(self.path("evidence"))
            .arg("--json")
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        (output.status.code(), text)
    }

    /// All bytes of the evidence, for what must be in there somewhere.
    pub fn evidence(&self) -> String {
        let mut all = Vec::new();
        let mut folders = vec![self.path("evidence")];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    all.extend(fs::read(path).unwrap());
                }
            }
        }
        String::from_utf8_lossy(&all).into_owned()
    }
}

/// The oracle server. `cargo test --test …` does not build examples, so it is seen to here.
pub fn oracle() -> PathBuf {
    static BUILT: Once = Once::new();
    BUILT.call_once(|| {
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(["build", "--quiet", "--example", "oracle", "--manifest-path"]);
        cargo.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"));
        if !cfg!(debug_assertions) {
            cargo.arg("--release");
        }
        assert!(cargo.status().unwrap().success());
    });
    Path::new(env!("CARGO_BIN_EXE_mcppc"))
        .with_file_name("examples")
        .join("oracle")
}

/// A running gateway.
pub struct Gateway {
    pub process: Child,
    pub input: Option<ChildStdin>,
    pub output: BufReader<ChildStdout>,
}

impl Gateway {
    pub fn run(command: &mut Command) -> Self {
        let mut process = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        Self {
            input: process.stdin.take(),
            output: BufReader::new(process.stdout.take().unwrap()),
            process,
        }
    }

    pub fn shake_hands(&mut self) -> Value {
        let offers = json!({ "roots": {}, "sampling": {}, "elicitation": {} });
        let params = json!({ "protocolVersion": "2025-11-25", "capabilities": offers, "clientInfo": { "name": "t", "version": "1" } });
        self.say(&json!({ "jsonrpc": "2.0", "id": "hello", "method": "initialize", "params": params }).to_string());
        let reply = self.hear();
        self.say(r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#);
        reply
    }

    pub fn say(&mut self, line: &str) {
        self.raw(format!("{line}\n").as_bytes());
    }

    pub fn raw(&mut self, bytes: &[u8]) {
        self.input.as_mut().unwrap().write_all(bytes).unwrap();
    }

    /// The next line; null at the end.
    pub fn hear(&mut self) -> Value {
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        if line.is_empty() {
            Value::Null
        } else {
            serde_json::from_str(&line).unwrap()
        }
    }

    /// The answer to this id; other lines before it are passed over.
    pub fn answer(&mut self, id: &Value) -> Value {
        loop {
            let message = self.hear();
            if message.is_null() || &message["id"] == id {
                return message;
            }
        }
    }

    pub fn ask(&mut self, id: u64, method: &str, params: &Value) -> Value {
        self.say(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }).to_string());
        self.answer(&json!(id))
    }

    pub fn call(&mut self, id: u64, tool: &str, arguments: &Value) -> Value {
        self.ask(id, "tools/call", &json!({ "name": tool, "arguments": arguments }))
    }

    /// A call goes through as if nothing had happened.
    pub fn still_works(&mut self, id: u64) {
        let reply = self.call(id, "run", &json!({ "n": id }));
        assert_eq!(reply["result"]["content"][0]["text"], "done", "{reply}");
    }

    pub fn close(mut self) -> ExitStatus {
        self.input = None;
        self.wait()
    }

    pub fn wait(&mut self) -> ExitStatus {
        let deadline = Instant::now() + Duration::from_secs(20);
        loop {
            if let Some(status) = self.process.try_wait().unwrap() {
                return status;
            }
            assert!(Instant::now() < deadline, "the gateway does not end");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// The most memory that it ever had, in bytes.
    pub fn peak_memory(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() * 1024
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Is there such a process, and not just its remains?
pub fn is_alive(process: &str) -> bool {
    let stat = fs::read_to_string(format!("/proc/{}/stat", process.trim())).unwrap_or_default();
    stat.rsplit(')')
        .next()
        .is_some_and(|rest| !rest.trim().is_empty() && !rest.trim().starts_with('Z'))
}
