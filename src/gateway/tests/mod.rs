//! Every rule of the wire, in both eras, on the session alone.

mod calls;
mod ends;
mod lists;
mod wire;

use std::sync::{Arc, LazyLock, Mutex};
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::*;
use crate::eval::{Answer, Caller, Context, Decision, Denial, Effects, Keep, Permit, Reason, Scratch, Withheld};
use crate::evidence::{Intent, Ledger, Message, OutcomeStatus, Record, Refusal, Side};
use crate::json::{self, Value};
use crate::mcp::Line;
use crate::table::{Body, Capability, Digest, Gated, Policy, RuleRef, artifact};

const READ: &str = r#"{"name":"read","inputSchema":{"type":"object"}}"#;
const WRITE: &str = r#"{"name":"write","inputSchema":{"type":"object"},"outputSchema":{}}"#;
const HIDDEN: &str = r#"{"name":"hidden","inputSchema":{"type":"object"}}"#;
const META: &str = r#""_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{"name":"c"},"io.modelcontextprotocol/clientCapabilities":{},"progressToken":9}"#;
const OWN_META: &str = r#""_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{"name":"c"},"io.modelcontextprotocol/clientCapabilities":{}}"#;

/// Pins the three; grants `read` and `write`, but not with `"x":"bad"`, and lets no answer of a megabyte through.
struct Fake;

impl Judge for Fake {
    fn artifact(&self) -> Digest {
        Digest::of(b"artifact")
    }

    fn pinned(&self, tool: &str) -> Option<Digest> {
        let definition = [READ, WRITE, HIDDEN]
            .into_iter()
            .find(|d| d.contains(&format!("\"{tool}\"")))?;
        let value = json::parse(definition.as_bytes(), &json::Limits::default()).unwrap();
        Some(Digest::of(json::canonical(&value).as_bytes()))
    }

    fn lists(&self, tool: &str, _: &Context) -> bool {
        tool != "hidden"
    }

    fn shows(&self, _: Capability, _: &str, _: &Context) -> bool {
        false
    }

    fn takes_input(&self, _: &str) -> bool {
        false
    }

    fn gated(&self) -> &Gated {
        static NOTHING: LazyLock<Gated> = LazyLock::new(Gated::default);
        &NOTHING
    }

    fn withholds(&self, _: &str, _: &Effects, answer: &Answer<'_>) -> Option<Withheld> {
        (answer.size >= 1 << 20).then_some(Withheld::Size)
    }

    fn keeps(&self, _: Option<&str>, _: Option<&Effects>) -> Keep<'_> {
        Keep::All
    }

    fn decide(&self, scratch: &mut Scratch, message: &str, context: &Context) -> Decision {
        // What is no call, or carries more than arguments, is not for a policy that knows no tool to find unknown.
        let verdict = no_tools()
            .decide_bytes(scratch, "s", message.as_bytes(), context)
            .decision();
        if verdict.reason() != Reason::UnknownTool {
            return verdict;
        }
        let message = json::parse(message.as_bytes(), &json::Limits::default()).unwrap();
        let params = message.get("params").unwrap();
        let text = |value: Option<&Value<'_>>| value.and_then(Value::as_str).unwrap_or("").to_owned();
        let x = params.get("arguments").and_then(|arguments| arguments.get("x"));
        match (text(params.get("name")).as_str(), Some(text(x).as_str())) {
            ("read" | "write", Some("bad")) => {
                Decision::Deny(Denial::new(Reason::PatternMismatch, "`x` is bad").at("/x"))
            }
            ("read" | "write", _) => Decision::Allow(Permit {
                rule: Arc::new(RuleRef {
                    id: "r".into(),
                    file: "p.mcpp".into(),
                    line: 1,
                }),
                effects: Effects::default(),
            }),
            _ => Decision::Deny(Denial::new(Reason::NoGrant, "no grant")),
        }
    }
}

fn no_tools() -> Policy {
    let body = Body {
        language: artifact::LANGUAGE.to_owned(),
        unicode: artifact::unicode_version(),
        policy: "test".to_owned(),
        ..Body::default()
    };
    Policy::from_bytes(&artifact::write(&body).unwrap()).unwrap()
}

#[derive(Default)]
struct Memory {
    records: Mutex<Vec<Record>>,
    broken: Mutex<bool>,
}

impl Recorder for Memory {
    fn append(&self, record: &Record) -> Result<u64, RecordError> {
        if *self.broken.lock().unwrap() {
            return Err(RecordError("disk full".into()));
        }
        let mut records = self.records.lock().unwrap();
        records.push(record.clone());
        Ok(records.len() as u64 - 1)
    }

    fn commit(&self, _: u64) -> Result<(), RecordError> {
        Ok(())
    }
}

struct Bench {
    session: Session,
    memory: Arc<Memory>,
    start: Instant,
    now: Now,
}

/// What came out: lines for the server and lines for the client.
type Lines = (Vec<String>, Vec<String>);

impl Bench {
    fn new() -> Self {
        Self::with(Limits::default())
    }

    fn with(limits: Limits) -> Self {
        let memory = Arc::new(Memory::default());
        let config = Config {
            server: "s".into(),
            caller: Caller::Local,
            limits,
            ledger: Ledger::default(),
            blinding: None,
        };
        let start = Instant::now();
        Self {
            session: Session::new(config, Arc::new(Fake), memory.clone()),
            memory,
            start,
            now: Now {
                time: Timestamp::UNIX_EPOCH,
                instant: start,
                waiting: 0,
            },
        }
    }

    /// After the handshake, the tools known.
    fn legacy() -> Self {
        let mut bench = Self::new();
        bench.client(r#"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{}}}"#);
        bench.server(
            r#"{"jsonrpc":"2.0","id":0,"result":{"protocolVersion":"2025-11-25","capabilities":{"tools":{}}}}"#,
        );
        let (asked, _) = bench.client(r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#);
        assert_eq!(
            asked[1],
            r#"{"jsonrpc":"2.0","id":"mcppc/tools/1","method":"tools/list","params":{}}"#
        );
        let (_, shown) = bench.server(&tools("\"mcppc/tools/1\"", &[READ, WRITE, HIDDEN], ""));
        assert!(shown.is_empty());
        bench
    }

    fn modern() -> Self {
        let mut bench = Self::new();
        let (asked, _) = bench.client(&modern_call("0", "read", "{}"));
        let own = format!(r#"{{"jsonrpc":"2.0","id":"mcppc/tools/1","method":"tools/list","params":{{{OWN_META}}}}}"#);
        assert_eq!(asked, [own], "the call is held, the gateway asks as the client would");
        let (sent, _) = bench.server(&tools(
            "\"mcppc/tools/1\"",
            &[READ, WRITE, HIDDEN],
            r#","resultType":"complete""#,
        ));
        assert_eq!(sent, [modern_call("0", "read", "{}")]);
        bench.server(r#"{"jsonrpc":"2.0","id":0,"result":{"resultType":"complete","content":[]}}"#);
        bench
    }

    fn line(&mut self, from_client: bool, line: Line<'_>) -> Lines {
        let mut out = Output::default();
        if from_client {
            self.session.on_client(line, self.now, &mut out);
        } else {
            self.session.on_server(line, self.now, &mut out);
        }
        split(&out)
    }

    fn client(&mut self, line: &str) -> Lines {
        self.line(true, Line::Message(line.as_bytes()))
    }

    fn server(&mut self, line: &str) -> Lines {
        self.line(false, Line::Message(line.as_bytes()))
    }

    fn later(&mut self, seconds: u64) -> Lines {
        self.now.instant = self.start + Duration::from_secs(seconds);
        let mut out = Output::default();
        self.session.on_deadline(self.now, &mut out);
        split(&out)
    }

    fn records(&self) -> Vec<Record> {
        self.memory.records.lock().unwrap().clone()
    }

    fn last_intent(&self) -> Intent {
        let records = self.records();
        let intents = records.into_iter().rev().find_map(|record| match record {
            Record::Intent(intent) => Some(intent),
            _ => None,
        });
        intents.expect("an intent")
    }

    fn last_status(&self) -> OutcomeStatus {
        match self.records().last() {
            Some(Record::Outcome(outcome)) => outcome.status,
            other => panic!("no outcome: {other:?}"),
        }
    }

    /// The client's line is answered by the gateway and never reaches the server.
    fn refused(&mut self, line: &str, refusal: Refusal) -> String {
        let (sent, mut answers) = self.client(line);
        assert!(sent.is_empty(), "{line} was forwarded");
        let intent = self.last_intent();
        assert_eq!((intent.allow, intent.refusal), (false, Some(refusal)), "{line}");
        assert_eq!(intent.forwarded, None);
        answers.pop().unwrap_or_default()
    }
}

fn split(out: &Output) -> Lines {
    let lines = |bytes: &[u8]| std::str::from_utf8(bytes).unwrap().lines().map(str::to_owned).collect();
    (lines(&out.to_server), lines(&out.to_client))
}

fn tools(id: &str, definitions: &[&str], more: &str) -> String {
    let definitions = definitions.join(" , ");
    format!(r#"{{"jsonrpc":"2.0","id":{id},"result":{{"tools":[{definitions}]{more}}}}}"#)
}

fn call(id: &str, tool: &str, arguments: &str) -> String {
    format!(
        r#"{{"jsonrpc":"2.0","id":{id},"method":"tools/call","params":{{"name":"{tool}","arguments":{arguments}}}}}"#
    )
}

fn modern_call(id: &str, tool: &str, arguments: &str) -> String {
    format!(
        r#"{{"jsonrpc":"2.0","id":{id},"method":"tools/call","params":{{"name":"{tool}","arguments":{arguments},{META}}}}}"#
    )
}

fn get<'v>(value: &'v serde_json::Value, pointer: &str) -> &'v serde_json::Value {
    value.pointer(pointer).unwrap_or(&serde_json::Value::Null)
}

fn parsed(line: &str) -> serde_json::Value {
    serde_json::from_str(line).unwrap()
}
