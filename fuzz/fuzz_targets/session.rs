//! Any lines from client and server, in any order: no call reaches the server but one that the policy allows and that
//! the evidence holds, and nothing else than what the gateway lets through.
//!
//! Each line begins with a letter that says where it comes from: `c` the client, `s` the server; `C` and `S` the same,
//! with a line over the bound. `t` lets time pass, `x` ends the server, `r` makes the server read nothing from then on,
//! `a` and `m` make appending to the evidence, and making it durable, fail from then on.
#![no_main]

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use libfuzzer_sys::fuzz_target;
use mcppc::check::check;
use mcppc::diagnostic::Source;
use mcppc::digest::Digest;
use mcppc::eval::{Caller, decide_line};
use mcppc::evidence::{Ledger, Intent, Record};
use mcppc::gateway::{Config, Limits, Now, Output, RecordError, Recorder, ServerPolicy, Session};
use mcppc::lock::Lock;
use mcppc::mcp::Line;
use mcppc::table::{Policy, artifact};

static POLICY: LazyLock<Arc<Policy>> = LazyLock::new(|| {
    let lock = Lock::parse(include_str!("../../fixtures/policies/mcpp.lock")).expect("the fixture is a lock");
    let source = Source::new("files.mcpp", include_str!("../../fixtures/policies/files.mcpp"));
    let body = check(&source, Some(&lock), &[]).body.expect("the fixture checks");
    Arc::new(Policy::from_bytes(&artifact::write(&body).expect("it is written")).expect("it is read back"))
});

/// What else the gateway lets through, and asks for itself.
const METHODS: [&str; 9] = [
    "initialize",
    "server/discover",
    "tools/list",
    "ping",
    "logging/setLevel",
    "subscriptions/listen",
    "notifications/initialized",
    "notifications/cancelled",
    "notifications/progress",
];

#[derive(Default)]
struct Memory {
    records: Mutex<Vec<Record>>,
    broken: AtomicBool,
}

impl Recorder for Memory {
    fn append(&self, record: &Record) -> Result<u64, RecordError> {
        if self.broken.load(Ordering::Relaxed) {
            return Err(RecordError("the disk is full".to_owned()));
        }
        let mut records = self.records.lock().expect("nobody panicked");
        records.push(record.clone());
        Ok(records.len() as u64 - 1)
    }

    fn commit(&self, _: u64) -> Result<(), RecordError> {
        Ok(())
    }
}

struct Run {
    session: Session,
    memory: Arc<Memory>,
    now: Now,
    /// Making the evidence durable fails.
    lost: bool,
    /// Intents whose calls were forwarded.
    used: Vec<u64>,
}

fuzz_target!(|input: &[u8]| {
    let memory = Arc::new(Memory::default());
    let config = Config {
        ledger: Ledger::default(),
        blinding: None,
        server: "fs".to_owned(),
        caller: Caller::Local,
        limits: Limits {
            requests: 8,
            tools: 8,
            waiting: 4096,
            ..Limits::default()
        },
    };
    let judge = ServerPolicy {
        policy: Arc::clone(&POLICY),
        server: "fs".to_owned(),
    };
    let mut run = Run {
        session: Session::new(config, Arc::new(judge), Arc::clone(&memory) as Arc<dyn Recorder>),
        memory,
        now: Now {
            time: Timestamp::UNIX_EPOCH,
            instant: Instant::now(),
            waiting: 0,
        },
        lost: false,
        used: Vec::new(),
    };
    for line in input.split(|byte| *byte == b'\n') {
        if let Some((from, line)) = line.split_first() {
            run.step(*from, line);
        }
    }
    let mut out = Output::default();
    run.session.close(run.now, &mut out);
    run.send(out);
});

impl Run {
    fn step(&mut self, from: u8, line: &[u8]) {
        let mut out = Output::default();
        let oversized = || Line::Oversized {
            digest: Digest::of(line),
            size: line.len() as u64,
        };
        match from {
            b'c' => self.session.on_client(Line::Message(line), self.now, &mut out),
            b's' => self.session.on_server(Line::Message(line), self.now, &mut out),
            b'C' => self.session.on_client(oversized(), self.now, &mut out),
            b'S' => self.session.on_server(oversized(), self.now, &mut out),
            b't' => {
                self.now.instant += Duration::from_secs(31);
                self.session.on_deadline(self.now, &mut out);
            }
            b'x' => self.session.on_server_exit("exit status: 1", self.now, &mut out),
            b'r' => self.now.waiting = usize::MAX,
            b'a' => self.memory.broken.store(true, Ordering::Relaxed),
            b'm' => self.lost = true,
            _ => {}
        }
        self.send(out);
    }

    /// As the gateway sends: first the evidence is made durable.
    fn send(&mut self, mut out: Output) {
        if self.lost && out.commit.is_some() {
            self.session
                .unrecorded(&RecordError("the disk failed".to_owned()), &mut out);
            assert!(out.to_server.is_empty(), "sent without evidence");
        }
        for line in out.to_server.split_inclusive(|byte| *byte == b'\n') {
            self.to_server(line.strip_suffix(b"\n").expect("lines end"), out.commit);
        }
        for line in out.to_client.split_inclusive(|byte| *byte == b'\n') {
            assert!(!one_message(line.strip_suffix(b"\n").expect("lines end")).is_array());
        }
    }

    fn to_server(&mut self, line: &[u8], commit: Option<u64>) {
        let message = one_message(line);
        assert!(message.is_object(), "{message}");
        let Some(method) = message.get("method") else { return };
        let method = method.as_str().expect("a method is a string");
        if method == "tools/call" {
            return self.call(line, commit);
        }
        assert!(METHODS.contains(&method), "{message}");
    }

    fn call(&mut self, line: &[u8], commit: Option<u64>) {
        assert!(!self.lost, "forwarded without evidence");
        let decision = decide_line(&POLICY, Some("fs"), line, self.now.time);
        assert!(decision.is_allow(), "{}: {decision:?}", String::from_utf8_lossy(line));
        let digest = Digest::of(line);
        let records = self.memory.records.lock().expect("nobody panicked");
        let is_intent = |record: &Record| matches!(record, Record::Intent(Intent { allow: true, forwarded: Some(forwarded), .. }) if *forwarded == digest);
        let intent = (0..)
            .zip(records.iter())
            .find(|(index, record)| is_intent(record) && !self.used.contains(index));
        let (intent, _) = intent.expect("a call has an intent of its own");
        assert!(
            commit.is_some_and(|commit| commit >= intent),
            "the intent need not be durable"
        );
        self.used.push(intent);
    }
}

/// JSON that no reader takes for two messages.
fn one_message(line: &[u8]) -> serde_json::Value {
    let text = std::str::from_utf8(line).expect("UTF-8");
    assert!(!text.contains(['\r', '\n']), "{text:?}");
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}
