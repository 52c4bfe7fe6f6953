//! The server's tools: filtered, compared with the pinned ones, waited for.

use super::*;

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
    let given_up = bench.last_intent();
    assert_eq!((given_up.allow, given_up.refusal), (false, Some(Refusal::Unlisted)));
    assert!(given_up.message.is_some(), "the call that was cancelled, in full");
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
fn a_list_of_which_nothing_is_shown_takes_no_longer_than_another() {
    let mut bench = Bench::with(Limits {
        tools: 200_000,
        ..Limits::default()
    });
    bench.client(
        r#"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{}}}"#,
    );
    bench.server(r#"{"jsonrpc":"2.0","id":0,"result":{"protocolVersion":"2025-11-25","capabilities":{"tools":{}}}}"#);
    bench.client(r#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#);
    let unknown: Vec<String> = (0..100_000).map(|n| format!(r#"{{"name":"t{n}"}}"#)).collect();
    let unknown: Vec<&str> = unknown.iter().map(String::as_str).collect();
    let (_, shown) = bench.server(&tools("1", &unknown, ""));
    assert_eq!(shown, [tools("1", &[], "")]);
}
