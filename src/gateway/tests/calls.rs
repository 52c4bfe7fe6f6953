//! Calls: allowed, denied, cancelled.

use super::*;

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
fn a_result_that_is_withheld_is_recorded_and_replaced() {
    let large = "x".repeat(1 << 20);
    for answer in [
        format!(r#"{{"jsonrpc":"2.0","id":1,"result":{{"content":[],"isError":false,"x":"{large}"}}}}"#),
        format!(r#"{{"jsonrpc":"2.0","id":1,"error":{{"code":1,"message":"{large}"}}}}"#),
    ] {
        let mut bench = Bench::legacy();
        bench.client(&call("1", "write", "{}"));
        let (_, shown) = bench.server(&answer);
        let reply = parsed(&shown[0]);
        assert_eq!(get(&reply, "/result/isError"), true);
        assert_eq!(get(&reply, "/result/_meta/mcppc~1denial/refusal"), "returns");
        assert!(shown[0].len() < 1_000, "nothing of the answer is left: {}", shown[0]);
        match bench.records().last() {
            Some(Record::Outcome(outcome)) => {
                assert_eq!(outcome.status, OutcomeStatus::Withheld(Withheld::Size));
                assert_eq!(outcome.digest, Some(Digest::of(answer.as_bytes())));
                assert_eq!(outcome.size, answer.len() as u64);
            }
            other => panic!("no outcome: {other:?}"),
        }
        assert_eq!(bench.server(&answer).1, [""; 0], "an answer comes once");
    }
}
