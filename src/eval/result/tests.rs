//! Results of every form under every limit.

use super::*;
use crate::check::check;
use crate::diagnostic::Source;
use crate::eval::{Call, Caller, Context, State};
use crate::lock::{Lock, LockedServer, pin_tools};
use crate::table::artifact;

/// A policy with one tool, `s.t`, and these rules.
fn policy(rules: &str) -> Policy {
    let list = br#"{"tools":[{"name":"t","inputSchema":{"type":"object","properties":{"a":{"type":"integer"}}}}]}"#;
    let mut server = LockedServer::default();
    pin_tools(&json::parse(list, &Limits::default()).unwrap(), &mut server.tools).unwrap();
    let lock = Lock {
        servers: [("s".to_owned(), server)].into(),
        ..Lock::default()
    };
    let text = format!("policy \"p\"\nserver s\n{rules}\n");
    let checked = check(&Source::new("p.mcpp", text), Some(&lock), &[]);
    let body = checked.body.unwrap_or_else(|| panic!("{:?}", checked.diagnostics));
    Policy::from_bytes(&artifact::write(&body).unwrap()).unwrap()
}

/// What the call `s.t { a: 1 }` does.
fn effects(policy: &Policy) -> Effects {
    let arguments = json::parse(br#"{"a":1}"#, &Limits::default()).unwrap();
    let call = Call {
        server: "s",
        tool: "t",
        arguments: Some(&arguments),
    };
    let context = Context {
        caller: Caller::Local,
        time: jiff::Timestamp::UNIX_EPOCH,
        state: State::default(),
    };
    policy.decide(&call, &context).effects()
}

/// Why an answer, a result or an error, is withheld.
fn answered(policy: &Policy, message: &str) -> Option<Withheld> {
    let value = json::parse(message.as_bytes(), &Limits::default()).unwrap();
    let answer = Answer {
        size: message.len() as u64,
        result: value.get("result"),
        error: value.get("error"),
    };
    policy.withholds("s", "t", &effects(policy), &answer)
}

/// The same for a result with this content.
fn returned(policy: &Policy, content: &str) -> Option<Withheld> {
    answered(policy, &format!(r#"{{"result":{{"content":[{content}]}}}}"#))
}

const TEXT: &str = r#"{"type":"text","text":"x"}"#;

#[test]
fn a_size_is_of_the_whole_answer() {
    let policy = policy("allow s.t { a: int } returns { size: ..=64B }");
    let of_size = |size: usize| format!(r#"{{"result":{{"x":"{}"}}}}"#, "y".repeat(size - 19));
    assert_eq!(of_size(64).len(), 64);
    assert_eq!(answered(&policy, &of_size(64)), None);
    assert_eq!(answered(&policy, &of_size(65)), Some(Withheld::Size));
    let error = format!(r#"{{"error":{{"code":1,"message":"{}"}}}}"#, "x".repeat(64));
    assert_eq!(answered(&policy, &error), Some(Withheld::Size));
    assert!(policy.is_larger("s", "t", &effects(&policy), 65));
    assert!(!policy.is_larger("s", "t", &effects(&policy), 64));
}

#[test]
fn content_is_of_the_types_that_are_let_through() {
    let some = policy(r#"allow s.t { a: int } returns { types: "text" | "image" }"#);
    let image = r#"{"type":"image","data":"","mimeType":"image/png"}"#;
    assert_eq!(returned(&some, ""), None);
    assert_eq!(returned(&some, &format!("{TEXT},{image}")), None);
    for other in [
        r#"{"type":"audio"}"#,
        r#"{"type":"resource_link","uri":"https://a.example/"}"#,
        r#"{"type":"video"}"#,
        r#"{"type":"Text"}"#,
        r#"{"type":["text"]}"#,
        r#"{"text":"x"}"#,
        r#""text""#,
    ] {
        assert_eq!(
            returned(&some, &format!("{TEXT},{other}")),
            Some(Withheld::Types),
            "{other}"
        );
    }
    // All but one is all but one of those that are known.
    let negated = policy(r#"allow s.t { a: int } returns { types: !"image" }"#);
    assert_eq!(returned(&negated, r#"{"type":"audio"}"#), None);
    assert_eq!(returned(&negated, r#"{"type":"video"}"#), Some(Withheld::Types));
}

#[test]
fn what_has_no_content_cannot_be_asked_about() {
    let policy = policy(r#"allow s.t { a: int } returns { types: "text" }"#);
    for message in [
        r#"{"result":{}}"#,
        r#"{"result":{"Content":[]}}"#,
        r#"{"result":{"content":{"type":"text"}}}"#,
        r#"{"result":{"toolResult":"x"}}"#,
        r#"{"result":[]}"#,
        r#"{"error":{"code":-32042,"message":"m","data":{"elicitations":[]}}}"#,
    ] {
        assert_eq!(answered(&policy, message), Some(Withheld::Form), "{message}");
    }
    assert_eq!(answered(&policy, r#"{"error":{"code":-32603,"message":"m"}}"#), None);
    let structured = r#"{"result":{"content":[],"structuredContent":{"x":1},"isError":true}}"#;
    assert_eq!(answered(&policy, structured), None);
}

#[test]
fn links_are_read_as_urls() {
    let policy = policy(
        r#"allow s.t { a: int } returns { links: url("https://*.acme.com/**") | url("file:///srv/**") | url("memo://notes/*") }"#,
    );
    let link = |uri: &str| format!(r#"{{"type":"resource_link","name":"n","uri":{uri}}}"#);
    let embedded = |uri: &str| format!(r#"{{"type":"resource","resource":{{"uri":{uri},"text":"x"}}}}"#);
    for uri in [
        r#""https://www.acme.com/a""#,
        r#""file:///srv/a.txt""#,
        r#""memo://notes/1""#,
    ] {
        assert_eq!(returned(&policy, &link(uri)), None, "{uri}");
        assert_eq!(returned(&policy, &format!("{TEXT},{}", embedded(uri))), None, "{uri}");
    }
    for uri in [
        r#""https://evil.example/a""#,
        r#""http://www.acme.com/a""#,
        r#""https://www.acme.com@evil.example/a""#,
        r#""https://www.acme.com/../a""#,
        r#""file:///srv/../etc/passwd""#,
        r#""memo:notes/1""#,
        r#""data:text/html,x""#,
        "null",
        "[]",
    ] {
        assert_eq!(returned(&policy, &link(uri)), Some(Withheld::Links), "{uri}");
        assert_eq!(returned(&policy, &embedded(uri)), Some(Withheld::Links), "{uri}");
    }
    for content in [
        r#"{"type":"resource_link","name":"n"}"#,
        r#"{"type":"resource","resource":{"text":"x"}}"#,
        r#"{"type":"text","text":"x","uri":"https://evil.example/"}"#,
        r#"{"type":"resource_link","uri":"memo://notes/1","icons":[{"src":"https://evil.example/i.png"}]}"#,
        r#"{"type":"resource_link","uri":"memo://notes/1","icons":{"src":"https://evil.example/i.png"}}"#,
        r#"{"type":"resource","resource":{"uri":"memo://notes/1","icons":[{}]}}"#,
        r#"{"type":"gallery","pictures":["https://evil.example/"]}"#,
    ] {
        assert_eq!(returned(&policy, content), Some(Withheld::Links), "{content}");
    }
}

#[test]
fn all_grants_that_hold_limit_the_result() {
    let policy = policy(
        "allow s.t { a: int } returns { size: ..=100B, types: \"text\" | \"audio\" }\n\
         allow s.t { a: 1 } returns { types: \"text\" | \"image\" }\n\
         allow s.t { a: 1 }\n\
         allow s.t { a: 2 } returns { size: ..=1B }",
    );
    assert_eq!(effects(&policy).returns.len(), 2);
    assert_eq!(returned(&policy, TEXT), None);
    assert_eq!(returned(&policy, r#"{"type":"audio"}"#), Some(Withheld::Types));
    assert_eq!(returned(&policy, r#"{"type":"image"}"#), Some(Withheld::Types));
    let large = format!(r#"{{"type":"image","data":"{}"}}"#, "x".repeat(100));
    assert_eq!(returned(&policy, &large), Some(Withheld::Size));
}
