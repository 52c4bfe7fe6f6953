//! Messages that are not calls, in both eras.

use super::*;

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

/// Python, Java and .NET part lines at a lone carriage return: one message here was three there, and the one in the
/// middle passed undecided.
#[test]
fn a_call_between_carriage_returns_is_not_smuggled() {
    let smuggled = r#"{"jsonrpc":"2.0","id":77,"method":"tools/call","params":{"name":"write"}}"#;
    let mut bench = Bench::legacy();
    for carrier in [
        format!("{{\"jsonrpc\":\"2.0\",\"method\":\"notifications/progress\",\"params\":{{\"x\":\r{smuggled}\r}}}}"),
        format!("{{\"jsonrpc\":\"2.0\",\"id\":5,\"method\":\"ping\",\"params\":\r{smuggled}\r}}"),
        format!(
            "{{\"jsonrpc\":\"2.0\",\"id\":5,\"method\":\"tools/call\",\"params\":{{\"name\":\"read\"}},\"x\":\r{smuggled}\r}}"
        ),
    ] {
        let (sent, answers) = bench.client(&carrier);
        assert!(sent.is_empty(), "{sent:?}");
        assert!(
            answers[0].contains("a carriage return within a message"),
            "{}",
            answers[0]
        );
        assert_eq!(bench.last_intent().refusal, Some(Refusal::Protocol));
    }
    let (sent, _) = bench.client("{\"jsonrpc\":\"2.0\",\"id\":5,\"method\":\"ping\"}\r");
    assert_eq!(
        sent,
        [r#"{"jsonrpc":"2.0","id":5,"method":"ping"}"#],
        "at its end it is a line break"
    );
}

/// Node's `readline` parts lines at U+2028 too, which JSON allows in strings.
#[test]
fn line_separators_in_strings_are_escaped_before_the_decision() {
    let mut bench = Bench::legacy();
    let (sent, _) = bench
        .client("{\"jsonrpc\":\"2.0\",\"id\":5,\"method\":\"ping\",\"params\":{\"a\":\"x\u{2028}{}\u{2029}\u{85}\"}}");
    assert_eq!(
        sent,
        [r#"{"jsonrpc":"2.0","id":5,"method":"ping","params":{"a":"x\u2028{}\u2029\u0085"}}"#]
    );
}

#[test]
fn a_connection_is_greeted_once_and_stays_in_its_era() {
    let mut bench = Bench::legacy();
    bench.refused(
        r#"{"jsonrpc":"2.0","id":5,"method":"initialize","params":{"protocolVersion":"2025-11-25"}}"#,
        Refusal::Protocol,
    );
    bench.refused(
        r#"{"jsonrpc":"2.0","id":5,"method":"tools/list","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}}}"#,
        Refusal::Protocol,
    );
}

#[test]
fn batches_are_answered_under_each_of_their_ids() {
    let mut bench = Bench::legacy();
    let batch = r#"[{"jsonrpc":"2.0","id":5,"method":"ping"},{"jsonrpc":"2.0","id":6,"method":"ping"}]"#;
    let (sent, answers) = bench.client(batch);
    assert!(sent.is_empty());
    for (answer, id) in answers.iter().skip(1).zip(["5", "6"]) {
        assert!(
            answer.starts_with(&format!("{{\"jsonrpc\":\"2.0\",\"id\":{id},\"error\"")),
            "{answer}"
        );
    }
    assert_eq!(answers.len(), 3);
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

/// A server that asks for a call writes no record of a call, nor as many records as it likes.
#[test]
fn what_the_server_asks_is_laid_to_the_server() {
    let mut bench = Bench::legacy();
    let before = bench.records().len();
    let call = call("1", "read", "{}");
    bench.server(&call);
    let intent = bench.last_intent();
    assert_eq!((intent.from, intent.refusal), (Side::Server, Some(Refusal::Method)));
    assert_eq!(
        (intent.method.as_deref(), intent.tool, intent.definition),
        (Some("tools/call"), None, None)
    );
    assert_eq!(intent.message, None);
    assert_eq!(
        (intent.digest, intent.size),
        (Digest::of(call.as_bytes()), call.len() as u64)
    );
    let long = "x".repeat(65);
    for _ in 0..1100 {
        bench.server(&format!(r#"{{"jsonrpc":"2.0","id":1,"method":"{long}"}}"#));
    }
    assert_eq!(bench.last_intent().method, None);
    assert_eq!(bench.records().len(), before + 1000);
    bench.client(&call);
    assert_eq!(bench.last_intent().from, Side::Client);
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

/// The same from the server's side: no client may take one answer for several, and none waits for ever.
#[test]
fn an_answer_with_a_carriage_return_is_replaced_under_its_id() {
    let mut bench = Bench::legacy();
    let again = r#"{"jsonrpc":"2.0","id":"a","method":"tools/list"}"#;
    bench.client(again);
    let mut out = Output::default();
    let torn = br#"{"jsonrpc":"2.0","id":"a","result":{"tools":[]}}~{"jsonrpc":"2.0","id":"a","result":{}}"#;
    let torn: Vec<u8> = torn.iter().map(|b| if *b == b'~' { b'\r' } else { *b }).collect();
    bench.session.on_server(Line::Message(&torn), bench.now, &mut out);
    let (_, answers) = split(&out);
    assert_eq!(answers.len(), 1);
    assert!(
        answers[0].starts_with(r#"{"jsonrpc":"2.0","id":"a","error":{"code":-32603"#)
            && answers[0].contains("carriage return"),
        "{answers:?}"
    );
    assert!(out.remarks[0].contains("carriage return"));
    assert_eq!(bench.client(again).0, [again], "the id is free again");
}

#[test]
fn a_torn_answer_to_a_call_has_an_outcome() {
    let mut bench = Bench::legacy();
    bench.client(&call("1", "read", "{}"));
    bench.client(&call("2", "read", "{}"));
    let nothing = (vec![], vec![]);
    assert_eq!(bench.server("{\"id\":\r}"), nothing, "either could be meant");
    let (_, answers) = bench.server("{\"jsonrpc\":\"2.0\",\"id\":2,\r\"result\":{}}");
    assert!(answers[0].contains(r#""id":2"#), "{answers:?}");
    assert_eq!(bench.last_status(), OutcomeStatus::Replaced);
    assert_eq!(bench.server("10 %\r20 %"), nothing, "a progress bar is no answer");
    let (_, answers) = bench.server("{\"id\":\r}");
    assert!(answers[0].contains(r#""id":1"#), "only one can be meant: {answers:?}");
    assert_eq!(bench.last_status(), OutcomeStatus::Replaced);
}
