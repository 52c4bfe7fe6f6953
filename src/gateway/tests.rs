//! Every rule of the wire, in both eras, on the session alone.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::*;
use crate::eval::{Caller, Context, Decision, Denial, Reason};
use crate::evidence::{Intent, Message, OutcomeStatus, Record, Refusal};
use crate::json::{self, Value};
use crate::mcp::Line;
use crate::table::{Digest, RuleRef};

const READ: &str = r#"{"name":"read","inputSchema":{"type":"object"}}"#;
const WRITE: &str = r#"{"name":"write","inputSchema":{"type":"object"},"outputSchema":{}}"#;
const HIDDEN: &str = r#"{"name":"hidden","inputSchema":{"type":"object"}}"#;
const META: &str = r#""_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{"name":"c"},"io.modelcontextprotocol/clientCapabilities":{},"progressToken":9}"#;
const OWN_META: &str = r#""_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{"name":"c"},"io.modelcontextprotocol/clientCapabilities":{}}"#;

/// Pins the three; grants `read` and `write`, but not with `"x":"bad"`.
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

    fn decide(&self, message: &Value<'_>, _: &Context) -> Decision {
        let call = match crate::eval::Call::from_params("s", message.get("params")) {
            Ok(call) => call,
            Err(denial) => return Decision::Deny(denial),
        };
        let x = call
            .arguments
            .and_then(|arguments| arguments.get("x"))
            .and_then(Value::as_str);
        match (call.tool, x) {
            ("read" | "write", Some("bad")) => {
                Decision::Deny(Denial::new(Reason::PatternMismatch, "`x` is bad").at("/x"))
            }
            ("read" | "write", _) => Decision::Allow(Arc::new(RuleRef {
                id: "r".into(),
                file: "p.mcpp".into(),
                line: 1,
            })),
            _ => Decision::Deny(Denial::new(Reason::NoGrant, "no grant")),
        }
    }
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

#[test]
fn an_allowed_call_passes_byte_for_byte_and_is_recorded() {
    let mut bench = Bench::legacy();
    let line = r#" {"id" : 12345678901234567890, "jsonrpc":"2.0","method":"tools/call", "params": {"arguments":{"n":1.0e2},"name":"re\u0061d"},"x":1}"#;
    let (sent, answers) = bench.client(line);
    assert_eq!((sent.as_slice(), answers.len()), ([line.to_owned()].as_slice(), 0));
    let intent = bench.last_intent();
    assert!(intent.allow && intent.forwarded == Some(Digest::of(line.as_bytes())));
    assert_eq!(intent.revision.as_deref(), Some("2025-11-25"));
    let result = r#"{"result":{"isError":false,"content":[], "n":1e400},"jsonrpc":"2.0","id":12345678901234567890} "#;
    assert_eq!(bench.server(result).1, [result]);
    assert!(
        matches!(bench.records().last(), Some(Record::Outcome(o)) if o.is_error == Some(false) && o.digest == Some(Digest::of(result.as_bytes())))
    );
    assert_eq!(bench.server(result).1, [""; 0], "an answer comes once");
}

#[test]
fn a_denied_call_is_a_result_for_the_model() {
    for (mut bench, denied, result_type) in [
        (Bench::legacy(), call("7", "read", r#"{"x":"bad"}"#), "null"),
        (
            Bench::modern(),
            modern_call("7", "read", r#"{"x":"bad"}"#),
            "\"complete\"",
        ),
    ] {
        let (sent, answers) = bench.client(&denied);
        assert!(sent.is_empty());
        let answer = parsed(&answers[0]);
        assert_eq!(get(&answer, "/result/isError"), true);
        assert_eq!(get(&answer, "/result/resultType").to_string(), result_type);
        assert_eq!(get(&answer, "/result/structuredContent/reason"), "pattern_mismatch");
        assert_eq!(get(&answer, "/result/structuredContent/parameter"), "/x");
        assert_eq!(get(&answer, "/result/content/0/text"), "denied by policy: `x` is bad");
        assert_eq!(bench.last_intent().reason, Reason::PatternMismatch);
    }
}

#[test]
fn a_denial_does_not_pretend_to_be_the_tools_own_output() {
    let mut bench = Bench::legacy();
    let answer = parsed(&bench.client(&call("7", "write", r#"{"x":"bad"}"#)).1[0]);
    assert_eq!(get(&answer, "/result/structuredContent"), &serde_json::Value::Null);
    assert_eq!(get(&answer, "/result/_meta/mcppc~1denial/reason"), "pattern_mismatch");
}

#[test]
fn tools_that_the_caller_may_not_see_are_unknown() {
    let mut bench = Bench::legacy();
    for tool in ["hidden", "nonesuch"] {
        let answer = bench.client(&call("7", tool, "{}")).1;
        let unknown =
            format!(r#"{{"jsonrpc":"2.0","id":7,"error":{{"code":-32602,"message":"Unknown tool: {tool}"}}}}"#);
        assert_eq!(answer, [unknown]);
        assert_eq!(bench.last_intent().reason, Reason::NoGrant);
    }
}

#[test]
fn lists_show_what_may_be_called() {
    let mut bench = Bench::legacy();
    bench.client(r#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#);
    let changed = WRITE.replace("\"outputSchema\":{}", "\"outputSchema\":{\"x\":1}");
    let (_, shown) = bench.server(&tools(
        "1",
        &[HIDDEN, READ, &changed, r#"{"name":"new"}"#, "7"],
        r#","a": 1.0"#,
    ));
    assert_eq!(shown, [tools("1", &[READ], r#","a": 1.0"#)]);
    let answer = bench.refused(&call("2", "write", "{}"), Refusal::Drift);
    assert!(answer.contains("not the one that was locked"), "{answer}");
    let drifts = |bench: &Bench| {
        bench
            .records()
            .iter()
            .filter(|r| matches!(r, Record::ToolDrift { .. }))
            .count()
    };
    assert_eq!(drifts(&bench), 2, "the changed one and the new one");
    bench.client(r#"{"jsonrpc":"2.0","id":3,"method":"tools/list"}"#);
    bench.server(&tools("3", &[&changed], ""));
    assert_eq!(drifts(&bench), 2, "once each");
    bench.client(r#"{"jsonrpc":"2.0","id":4,"method":"tools/list"}"#);
    bench.server(&tools("4", &[WRITE], ""));
    bench.refused(&call("5", "write", "{}"), Refusal::Drift);
}

#[test]
fn filtered_lists_are_private() {
    let mut bench = Bench::modern();
    let list = format!(r#"{{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{{{META}}}}}"#);
    for (given, shown) in [
        (
            r#","cacheScope": "public","resultType":"complete""#,
            r#","cacheScope": "private","resultType":"complete""#,
        ),
        (
            r#","cacheScope":"private","resultType":"complete""#,
            r#","cacheScope":"private","resultType":"complete""#,
        ),
    ] {
        bench.client(&list);
        assert_eq!(
            bench.server(&tools("1", &[READ, HIDDEN], given)).1,
            [tools("1", &[READ], shown)]
        );
    }
    bench.client(&list);
    let before = format!(
        r#"{{"jsonrpc":"2.0","id":1,"result":{{"cacheScope":"public","tools":[{HIDDEN}],"resultType":"complete"}}}}"#
    );
    let after = r#"{"jsonrpc":"2.0","id":1,"result":{"cacheScope":"private","tools":[],"resultType":"complete"}}"#;
    assert_eq!(bench.server(&before).1, [after]);
    bench.client(&list);
    let absent = bench.server(&tools("1", &[READ], r#","resultType":"complete""#)).1;
    assert_eq!(get(&parsed(&absent[0]), "/result/cacheScope"), "private");
}

#[test]
fn a_tool_that_is_defined_in_two_ways_is_nobodys() {
    let mut bench = Bench::legacy();
    bench.client(r#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#);
    let (_, shown) = bench.server(&tools("1", &[READ, r#"{"name":"read"}"#, WRITE], ""));
    assert_eq!(shown, [tools("1", &[WRITE], "")]);
    bench.refused(&call("2", "read", "{}"), Refusal::Drift);
}

#[test]
fn calls_wait_for_all_pages_and_go_in_order() {
    let mut bench = Bench::legacy();
    let (asked, told) = bench.server(r#"{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}"#);
    assert_eq!((asked.len(), told.len()), (1, 1));
    for id in ["1", "2", "3"] {
        assert_eq!(bench.client(&call(id, "read", "{}")), (vec![], vec![]));
    }
    assert!(
        bench.client(&call("4", "read", r#"{"x":"bad"}"#)).1[0].contains("denied"),
        "a denial need not wait"
    );
    bench.client(r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":2}}"#);
    bench.refused(&call("3", "read", "{}"), Refusal::DuplicateId);
    let (asked, _) = bench.server(&tools("\"mcppc/tools/2\"", &[WRITE], r#","nextCursor":"a\"b""#));
    assert_eq!(
        asked,
        [r#"{"jsonrpc":"2.0","id":"mcppc/tools/3","method":"tools/list","params":{"cursor":"a\"b"}}"#]
    );
    let (sent, _) = bench.server(&tools("\"mcppc/tools/3\"", &[READ], ""));
    assert_eq!(sent, [call("1", "read", "{}"), call("3", "read", "{}")]);
}

#[test]
fn a_pinned_tool_that_is_gone_has_drifted() {
    let mut bench = Bench::legacy();
    bench.server(r#"{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}"#);
    bench.server(&tools("\"mcppc/tools/2\"", &[WRITE], ""));
    bench.refused(&call("1", "read", "{}"), Refusal::Drift);
    assert!(
        bench
            .records()
            .iter()
            .any(|r| matches!(r, Record::ToolDrift { tool, live: None, .. } if tool == "read"))
    );
}

#[test]
fn calls_wait_for_the_handshake() {
    let hello = r#"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{}}"#;
    let mut bench = Bench::new();
    bench.client(hello);
    assert_eq!(
        bench.client(&call("1", "read", "{}")),
        (vec![], vec![]),
        "the server would not say its tools yet"
    );
    bench.client(r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#);
    bench.server(r#"{"jsonrpc":"2.0","id":0,"result":{"protocolVersion":"2025-06-18"}}"#);
    let (sent, _) = bench.server(&tools("\"mcppc/tools/1\"", &[READ], ""));
    assert_eq!(sent, [call("1", "read", "{}")]);

    let mut bench = Bench::new();
    bench.client(hello);
    bench.client(&call("1", "read", "{}"));
    let (_, answers) = bench.server(r#"{"jsonrpc":"2.0","id":0,"error":{"code":-32022,"message":"no"}}"#);
    assert_eq!(answers.len(), 2, "without a handshake nobody waits");
}

#[test]
fn calls_do_not_wait_for_ever() {
    let mut bench = Bench::legacy();
    bench.server(r#"{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}"#);
    assert_eq!(bench.session.deadline(), None);
    bench.client(&call("1", "read", "{}"));
    assert_eq!(bench.session.deadline(), Some(bench.start + Limits::default().listing));
    assert_eq!(bench.later(29).1.len(), 0);
    assert!(bench.later(30).1[0].contains("does not say what its tools are"));
    assert_eq!(bench.last_intent().refusal, Some(Refusal::Unlisted));
    let (asked, _) = bench.client(&call("2", "read", "{}"));
    assert_eq!(asked.len(), 1, "the next call asks again");
    let (_, answers) = bench.server(r#"{"jsonrpc":"2.0","id":"mcppc/tools/3","error":{"code":-32603,"message":"no"}}"#);
    assert!(answers[0].contains("does not say"));
}

#[test]
fn what_has_two_readings_is_refused() {
    let mut bench = Bench::legacy();
    for line in [
        r#"{"jsonrpc":"2.0","id":5,"method":"tools/call","params":{"name":"read","arguments":{"x":"a","x":"bad"}}}"#,
        r#"{"jsonrpc":"2.0","id":5,"method":"tools/call","params":{"name":"read","arguments":{"x":"a","X":"bad"}}}"#,
        r#"{"jsonrpc":"2.0","id":5,"method":"ping","method":"tools/call"}"#,
        r#"{"jsonrpc":"2.0","id":5,"method":"ping","Method":"tools/call"}"#,
    ] {
        let (sent, answers) = bench.client(line);
        assert!(sent.is_empty());
        assert!(
            answers[0].starts_with(r#"{"jsonrpc":"2.0","id":5,"error":{"code":-32700"#),
            "{}",
            answers[0]
        );
        assert_eq!(bench.last_intent().reason, Reason::MalformedCall);
    }
    for line in [
        r#"{"jsonrpc":"2.0","id":5,"method":"initialize","params":{"Capabilities":{"roots":{}}}}"#,
        r#"{"jsonrpc":"2.0","id":"mcppc/tools/9","method":"ping"}"#,
        r#"{"jsonrpc":"2.0","id":null,"method":"ping"}"#,
        r#"[{"jsonrpc":"2.0","id":5,"method":"ping"}]"#,
    ] {
        bench.refused(line, Refusal::Protocol);
    }
    let (sent, answers) = bench.line(true, Line::Message(b"{\"id\":1,\"x\":\"\xff\"}"));
    assert!(sent.is_empty() && answers[0].contains("invalid UTF-8"));
    let (sent, answers) = bench.line(
        true,
        Line::Oversized {
            digest: Digest::of(b"x"),
            size: 1 << 30,
        },
    );
    assert!(sent.is_empty() && answers[0].contains("more than 4194304 bytes"));
    assert_eq!(
        (bench.last_intent().reason, bench.last_intent().message),
        (Reason::TooLarge, None)
    );
    assert_eq!(bench.client(" \r"), (vec![], vec![]));
}

#[test]
fn methods_that_are_not_let_through() {
    let mut bench = Bench::legacy();
    for method in [
        "resources/list",
        "resources/read",
        "prompts/get",
        "tasks/list",
        "foo/bar",
    ] {
        let line = format!(r#"{{"jsonrpc":"2.0","id":"a","method":"{method}","params":{{}}}}"#);
        let answer = parsed(&bench.refused(&line, Refusal::Method));
        assert_eq!(
            (get(&answer, "/id"), get(&answer, "/error/code")),
            (&"a".into(), &(-32601).into())
        );
    }
    let answer = bench.refused(
        r#"{"jsonrpc":"2.0","id":1,"method":"completion/complete"}"#,
        Refusal::Method,
    );
    assert!(answer.contains(r#""values":[]"#));
    bench.refused(
        r#"{"jsonrpc":"2.0","method":"notifications/roots/list_changed"}"#,
        Refusal::Method,
    );
    bench.refused(r#"{"jsonrpc":"2.0","id":99,"result":{}}"#, Refusal::Protocol);
    for method in ["ping", "logging/setLevel", "tools/list"] {
        let line = format!(r#"{{"jsonrpc":"2.0","id":"{method}","method":"{method}"}}"#);
        assert_eq!(bench.client(&line).0, [line]);
    }
}

#[test]
fn revisions_that_are_not_known() {
    let mut bench = Bench::new();
    for revision in ["2027-01-01", "2025-11-25"] {
        let answer = parsed(&bench.refused(
            &modern_call("1", "read", "{}").replace("2026-07-28", revision),
            Refusal::Protocol,
        ));
        assert_eq!(get(&answer, "/error/code"), -32022);
        assert_eq!(get(&answer, "/error/data/supported/0"), "2026-07-28");
    }
    bench.client(r#"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{}}"#);
    let (_, answer) = bench.server(r#"{"jsonrpc":"2.0","id":0,"result":{"protocolVersion":"2031-01-01"}}"#);
    assert_eq!(get(&parsed(&answer[0]), "/error/code"), -32603);
    bench.refused(&call("1", "read", "{}"), Refusal::Protocol);
}

#[test]
fn handshakes_announce_less() {
    let mut bench = Bench::new();
    let (sent, _) = bench.client(
        r#"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"capabilities":{"roots":{},"sampling":{},"x":{}},"protocolVersion":"2025-06-18"}}"#,
    );
    assert_eq!(
        sent,
        [
            r#"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"capabilities":{"x":{}},"protocolVersion":"2025-06-18"}}"#
        ]
    );
    let (_, shown) = bench.server(
        r#"{"jsonrpc":"2.0","id":0,"result":{"capabilities":{"tools":{},"resources":{},"logging":{}},"protocolVersion":"2025-06-18"}}"#,
    );
    assert_eq!(
        shown,
        [
            r#"{"jsonrpc":"2.0","id":0,"result":{"capabilities":{"tools":{},"logging":{}},"protocolVersion":"2025-06-18"}}"#
        ]
    );

    let mut bench = Bench::modern();
    let offers = modern_call("1", "read", "{}").replace("Capabilities\":{}", "Capabilities\":{\"elicitation\":{}}");
    assert_eq!(bench.client(&offers).0, [modern_call("1", "read", "{}")]);
    assert_eq!(
        bench.last_intent().message,
        Some(Message::new(modern_call("1", "read", "{}").as_bytes()))
    );
}

#[test]
fn the_server_may_not_ask() {
    let mut bench = Bench::legacy();
    for (method, declined) in [
        ("roots/list", r#""error":{"code":-32601"#),
        ("sampling/createMessage", r#""error":{"code":-1"#),
        ("elicitation/create", r#""result":{"action":"decline"}"#),
        ("foo", r#""error":{"code":-32601"#),
    ] {
        let (answer, asked) = bench.server(&format!(r#"{{"jsonrpc":"2.0","id":0,"method":"{method}"}}"#));
        assert!(
            asked.is_empty() && answer[0].contains(declined) && answer[0].contains(r#""id":0"#),
            "{answer:?}"
        );
        assert_eq!(bench.last_intent().refusal, Some(Refusal::Method));
    }
    let ping = r#"{"jsonrpc":"2.0","id":0,"method":"ping"}"#;
    assert_eq!(bench.server(ping).1, [ping]);
    let pong = r#"{"jsonrpc":"2.0","id":0,"result":{}}"#;
    assert_eq!(bench.client(pong).0, [pong]);
    bench.refused(pong, Refusal::Protocol);
    let mut modern = Bench::modern();
    assert_eq!(modern.server(ping), (vec![], vec![]));
    assert_eq!(
        modern.server(r#"{"jsonrpc":"2.0","id":0,"method":"elicitation/create"}"#),
        (vec![], vec![])
    );
}

#[test]
fn only_complete_results_pass() {
    let mut bench = Bench::modern();
    bench.client(&modern_call("1", "read", "{}"));
    let (_, answers) =
        bench.server(r#"{"jsonrpc":"2.0","id":1,"result":{"resultType":"input_required","inputRequests":{"a":{}}}}"#);
    let answer = parsed(&answers[0]);
    assert_eq!(
        (get(&answer, "/result/isError"), get(&answer, "/result/inputRequests")),
        (&true.into(), &serde_json::Value::Null)
    );
    assert_eq!(bench.last_status(), OutcomeStatus::Replaced);
    bench.client(&modern_call("2", "read", "{}"));
    let (_, answers) = bench.server(r#"{"jsonrpc":"2.0","id":2,"result":{"a":1,"a":2}}"#);
    assert!(answers[0].contains("not strict JSON") && answers[0].contains(r#""id":2"#));
    assert_eq!(bench.last_status(), OutcomeStatus::Replaced);
    bench.client(&modern_call("3", "read", "{}"));
    let (_, answers) = bench.line(
        false,
        Line::Oversized {
            digest: Digest::of(b""),
            size: 1,
        },
    );
    assert!(answers[0].contains("too large"));
    assert_eq!(bench.server("a log line on the wrong stream"), (vec![], vec![]));
}

#[test]
fn retries_with_answers_are_decided_in_full() {
    let mut bench = Bench::modern();
    let retry = modern_call("1", "read", "{}").replace("\"arguments\"", "\"inputResponses\":{},\"arguments\"");
    let answer = parsed(&bench.client(&retry).1[0]);
    assert_eq!(get(&answer, "/result/structuredContent/parameter"), "/@input");
}

#[test]
fn cancelled_calls_end_once() {
    let mut bench = Bench::legacy();
    bench.client(&call("1", "read", "{}"));
    let cancel = r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}"#;
    assert_eq!(bench.client(cancel).0, [cancel]);
    bench.refused(&call("1", "read", "{}"), Refusal::DuplicateId);
    assert_eq!(
        bench.server(r#"{"jsonrpc":"2.0","id":1,"result":{}}"#),
        (vec![], vec![])
    );
    assert_eq!(bench.last_status(), OutcomeStatus::Cancelled);
    let records = bench.records().len();
    bench.server(r#"{"jsonrpc":"2.0","id":1,"result":{}}"#);
    assert_eq!(bench.records().len(), records);
}

#[test]
fn duplicate_ids_are_refused_while_the_first_is_open() {
    let mut bench = Bench::legacy();
    bench.client(&call("1", "read", "{}"));
    let answer = bench.refused(&call("1", "write", "{}"), Refusal::DuplicateId);
    assert!(answer.contains(r#""id":null"#), "{answer}");
    assert_eq!(bench.client(&call("\"1\"", "read", "{}")).0.len(), 1, "another id");
    bench.server(r#"{"jsonrpc":"2.0","id":1,"result":{}}"#);
    assert_eq!(bench.client(&call("1", "read", "{}")).0.len(), 1, "free again");
}

#[test]
fn bounds_at_the_limit_and_one_past_it() {
    let mut bench = Bench::legacy();
    bench.session.config.limits.requests = 3;
    for id in ["1", "2", "3"] {
        assert_eq!(bench.client(&call(id, "read", "{}")).0.len(), 1);
    }
    bench.refused(&call("4", "read", "{}"), Refusal::Overloaded);
    bench.refused(r#"{"jsonrpc":"2.0","id":5,"method":"ping"}"#, Refusal::Overloaded);
    bench.server(r#"{"jsonrpc":"2.0","id":1,"result":{}}"#);
    bench.now.waiting = bench.session.config.limits.waiting - 1;
    assert_eq!(bench.client(&call("4", "read", "{}")).0.len(), 1);
    bench.now.waiting += 1;
    bench.server(r#"{"jsonrpc":"2.0","id":2,"result":{}}"#);
    bench.refused(&call("6", "read", "{}"), Refusal::Overloaded);
    bench.refused(
        r#"{"jsonrpc":"2.0","method":"notifications/progress"}"#,
        Refusal::Overloaded,
    );
}

#[test]
fn held_bytes_are_bounded() {
    let line = call("1", "read", "{}");
    let mut bench = Bench::legacy();
    bench.session.config.limits.waiting = line.len();
    bench.server(r#"{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}"#);
    assert_eq!(bench.client(&line), (vec![], vec![]));
    bench.refused(&call("2", "read", "{}"), Refusal::Overloaded);
}

#[test]
fn too_many_tools_are_none() {
    let mut bench = Bench::with(Limits {
        tools: 1,
        ..Limits::default()
    });
    bench.client(&modern_call("1", "read", "{}"));
    let (sent, answers) = bench.server(&tools("\"mcppc/tools/1\"", &[READ, WRITE], ""));
    assert!(sent.is_empty() && answers[0].contains("does not say"));
}

#[test]
fn a_server_that_ends_leaves_nobody_waiting() {
    let mut bench = Bench::legacy();
    bench.client(&call("1", "read", "{}"));
    bench.client(r#"{"jsonrpc":"2.0","id":2,"method":"ping"}"#);
    bench.server(r#"{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}"#);
    bench.client(&call("3", "read", "{}"));
    let mut out = Output::default();
    bench.session.on_server_exit("exit status: 1", bench.now, &mut out);
    let (_, answers) = split(&out);
    assert_eq!(answers.len(), 3);
    assert!(
        answers.iter().all(|answer| answer.contains("exit status: 1")),
        "{answers:?}"
    );
    assert_eq!(bench.last_status(), OutcomeStatus::Gone);
    bench.refused(&call("4", "read", "{}"), Refusal::ServerGone);
    bench.refused(r#"{"jsonrpc":"2.0","id":5,"method":"ping"}"#, Refusal::ServerGone);
}

#[test]
fn without_evidence_nothing_is_allowed() {
    let mut bench = Bench::legacy();
    bench.client(&call("1", "read", "{}"));
    *bench.memory.broken.lock().unwrap() = true;
    let (sent, answers) = bench.client(&call("2", "read", "{}"));
    assert!(sent.is_empty() && answers[0].contains("disk full"));
    let (_, answers) = bench.server(r#"{"jsonrpc":"2.0","id":1,"result":{"secret":1}}"#);
    assert!(!answers[0].contains("secret") && answers[0].contains("disk full"));
    *bench.memory.broken.lock().unwrap() = false;
    assert!(bench.client(&call("3", "read", "{}")).0.is_empty(), "and never again");
}

#[test]
fn nothing_is_sent_on_evidence_that_is_not_durable() {
    let mut bench = Bench::legacy();
    let mut out = Output::default();
    let lines = [call("1", "read", "{}"), call("2", "read", r#"{"x":"bad"}"#)];
    for line in &lines {
        bench
            .session
            .on_client(Line::Message(line.as_bytes()), bench.now, &mut out);
    }
    assert!(out.commit.is_some() && !out.to_server.is_empty());
    bench.session.unrecorded(&RecordError("disk full".into()), &mut out);
    let (sent, answers) = split(&out);
    assert!(sent.is_empty() && out.commit.is_none());
    assert_eq!(answers.len(), 2);
    assert!(answers.iter().all(|answer| answer.contains("disk full")));
    assert!(bench.client(&call("3", "read", "{}")).0.is_empty());
}

#[test]
fn the_end_is_recorded() {
    let mut bench = Bench::legacy();
    bench.client(&call("1", "read", "{}"));
    bench.session.close(bench.now, &mut Output::default());
    assert_eq!(bench.last_status(), OutcomeStatus::Gone);
}
