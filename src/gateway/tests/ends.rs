//! Bounds, and the end of things.

use super::*;

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
