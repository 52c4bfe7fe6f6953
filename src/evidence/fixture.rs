//! A small policy, a session under it, and a forger: what the tests of evidence share.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use super::tail;
use super::tile::{entries_path, push_entry};
use super::tree::{Tree, leaf_hash};
use super::*;
use crate::eval::{Caller, Context, Decision, Reason, State, decide_message};
use crate::json::{self, Limits};
use crate::pattern::{At, Field, Pattern, PatternKind};
use crate::table::{
    self, Body, Digest, Effect, Gated, Grant, Policy, Prohibition, Rule, RuleRef, Server, SourceText, Tool,
};

pub const READ: &str =
    r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"read","arguments":{"path":"a.txt"}}}"#;
pub const WRITE: &str =
    r#"{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"write","arguments":{"path":"a.txt"}}}"#;
pub const LIST: &str = r#"{"jsonrpc":"2.0","id":3,"method":"resources/list"}"#;

pub fn time() -> jiff::Timestamp {
    "2026-12-01T00:00:00Z".parse().unwrap()
}

pub fn signer() -> Signer {
    Signer::new("mcppc/evidence/test", &[7; 32]).unwrap()
}

pub fn options(durability: Durability) -> LogOptions {
    LogOptions {
        origin: "mcppc/test/one".to_owned(),
        signer: signer(),
        durability,
        now: time(),
    }
}

pub fn open(dir: &Path) -> Opened {
    Log::open(dir, options(Durability::Strict)).unwrap()
}

/// A policy that allows `fs.read` with a path, and prohibits `fs.write`.
pub fn artifact() -> Vec<u8> {
    let schema = br#"{"type":"object","properties":{"path":{"type":"string"}},"required":["path"]}"#;
    let shape = table::shape_of(&json::parse(schema, &Limits::default()).unwrap());
    let at = At {
        source: 0,
        start: 0,
        end: 1,
    };
    let rule = |line: u32, effect| Rule {
        reference: RuleRef {
            id: format!("00000000000{line}"),
            file: "test.mcpp".to_owned(),
            line,
        },
        effect,
        at,
        doc: String::new(),
        because: None,
    };
    let path = Field {
        name: "path".to_owned(),
        optional: false,
        at,
        pattern: Pattern {
            at,
            kind: PatternKind::Any,
        },
    };
    let tool = |name: &str, prohibited: bool| Tool {
        envelope: Vec::new(),
        definition: Digest::of(name.as_bytes()),
        arguments: shape.clone(),
        prohibitions: prohibited
            .then(|| Prohibition {
                rule: 1,
                fields: Vec::new(),
                any: Vec::new(),
                gate: None,
            })
            .into_iter()
            .collect(),
        grants: vec![Grant {
            rule: 0,
            fields: table::shared(vec![path.clone()]),
            gate: None,
        }],
    };
    let tools = BTreeMap::from([
        ("read".to_owned(), tool("read", false)),
        ("write".to_owned(), tool("write", true)),
    ]);
    let body = Body {
        language: "0.1".to_owned(),
        unicode: table::artifact::unicode_version(),
        policy: "acme/test".to_owned(),
        environment: None,
        servers: BTreeMap::from([(
            "fs".to_owned(),
            Server {
                tools,
                ..Server::default()
            },
        )]),
        rules: vec![rule(1, Effect::Allow), rule(2, Effect::Deny)],
        gated: Gated::default(),
        lanes: table::Lanes::default(),
        sources: vec![SourceText {
            name: "test.mcpp".to_owned(),
            text: "policy \"acme/test\"\n".to_owned(),
        }],
    };
    table::artifact::write(&body).unwrap()
}

/// The intent that an honest gateway records of this message.
pub fn decided(message: &[u8]) -> Intent {
    let policy = Policy::from_bytes(&artifact()).unwrap();
    let context = Context {
        caller: Caller::Local,
        time: time(),
        state: State::default(),
    };
    let limits = Limits::default();
    let decided = decide_message(&policy, "fs", message, &limits, &context);
    let tool = decided.tool.as_deref().and_then(|tool| policy.tool("fs", tool));
    let digest = Digest::of(message);
    Intent {
        time: time(),
        caller: Caller::Local,
        from: Side::Client,
        state: State::default(),
        revision: Some("2025-11-25".to_owned()),
        server: "fs".to_owned(),
        definition: tool.map(|tool| tool.definition),
        method: decided.method,
        tool: decided.tool,
        artifact: policy.digest(),
        message: (message.len() <= limits.bytes).then(|| Message::new(message)),
        redaction: None,
        digest,
        size: message.len() as u64,
        allow: decided.decision.is_allow(),
        reason: decided.decision.reason(),
        effects: decided.decision.effects(),
        rule: decided.decision.rule().map(Arc::as_ref).cloned(),
        parameter: match &decided.decision {
            Decision::Allow(_) => None,
            Decision::Deny(denial) => denial.parameter.clone(),
        },
        refusal: None,
        forwarded: decided.decision.is_allow().then_some(digest),
    }
}

pub fn call(message: &[u8]) -> Record {
    Record::Intent(decided(message))
}

/// A call of `fs.read` whose message has about `size` bytes more than is needed.
pub fn large_call(size: usize) -> Record {
    call(READ.replace("a.txt", &"x".repeat(size)).as_bytes())
}

pub fn refused() -> Record {
    Record::Intent(Intent {
        reason: Reason::Refused,
        refusal: Some(Refusal::Method),
        ..decided(LIST.as_bytes())
    })
}

pub fn outcome(intent: u64) -> Record {
    Record::Outcome(Outcome {
        time: time(),
        intent,
        status: OutcomeStatus::Result,
        is_error: Some(false),
        digest: Some(Digest::of(b"result")),
        size: 6,
        duration_us: 5,
    })
}

pub fn load(log: &Log) {
    let artifact = log.store_artifact(&artifact()).unwrap();
    log.append(&Record::PolicyLoad {
        time: time(),
        artifact,
        policy: "acme/test".to_owned(),
    })
    .unwrap();
}

/// A session with a record of every kind, not closed yet. The crash that `unresolved` needs comes in the middle.
pub fn session(dir: &Path) -> Log {
    let Opened { log, .. } = open(dir);
    load(&log);
    log.append(&call(READ.as_bytes())).unwrap();
    // Else it is up to the clock whether these are signed.
    log.checkpoint().unwrap();
    drop(log);
    let Opened { log, .. } = open(dir);
    load(&log);
    let read = log.append(&call(READ.as_bytes())).unwrap();
    log.commit(read).unwrap();
    log.append(&outcome(read)).unwrap();
    for message in [WRITE.as_bytes(), b"\xff", b"{}"] {
        log.append(&call(message)).unwrap();
    }
    log.append(&refused()).unwrap();
    let large = log.append(&large_call(70_000)).unwrap();
    log.append(&outcome(large)).unwrap();
    let drift = |tool: &str, live| Record::ToolDrift {
        time: time(),
        server: "fs".to_owned(),
        tool: tool.to_owned(),
        pinned: Some(Digest::of(tool.as_bytes())),
        live,
    };
    log.append(&drift("write", None)).unwrap();
    let exit = Record::ServerExit {
        time: time(),
        server: "fs".to_owned(),
        status: "exit status: 1".to_owned(),
    };
    log.append(&exit).unwrap();
    log
}

/// The entries of a log that fills no bundle yet.
pub fn lines(dir: &Path) -> Vec<Vec<u8>> {
    let bytes = fs::read(dir.join("tail")).unwrap();
    let tails = tail::read(&bytes, None).unwrap();
    assert_eq!(tails.start, 0);
    tails.entries.iter().map(|(line, _)| line.to_vec()).collect()
}

/// Writes the log anew with these entries: every hash is right, and the head is signed by `signer`.
pub fn forge(dir: &Path, lines: &[Vec<u8>], signer: &Signer) {
    let _ = fs::remove_dir_all(dir.join("tile"));
    let _ = fs::remove_file(dir.join("next"));
    let mut tree = Tree::default();
    let (mut tail, mut bundle) = (tail::header(0), Vec::new());
    for line in lines {
        tree.push(leaf_hash(line));
        tail.extend(tail::frame(line, &leaf_hash(line)));
        push_entry(&mut bundle, line);
    }
    let put = |path: String, bytes: &[u8]| {
        let path = dir.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    };
    for tile in tree.partial_tiles() {
        put(tile.path(), &tile.to_bytes());
    }
    if !lines.is_empty() {
        put(entries_path(0, lines.len()), &bundle);
    }
    put("tail".to_owned(), &tail);
    let head = Checkpoint {
        origin: "mcppc/test/one".to_owned(),
        size: tree.size(),
        root: tree.root(),
    };
    put("checkpoint".to_owned(), head.sign(signer).unwrap().as_bytes());
}

/// A copy of a log.
pub fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.metadata().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else if entry.file_name() != "reserve" {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// Every file of a log but `lock` and `reserve`, which hold nothing.
pub fn files(dir: &Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![dir.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if !path.ends_with("lock") && !path.ends_with("reserve") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// Verifies with the right key.
pub fn check(dir: &Path) -> Report {
    let options = VerifyOptions {
        key: Some(signer().verifier().clone()),
        ..VerifyOptions::default()
    };
    verify(dir, &options).unwrap()
}
