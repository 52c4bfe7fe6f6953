//! What is kept of calls, in all the ways in which they can be near a grant.

use std::rc::Rc;
use std::sync::Arc;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use super::*;
use crate::diagnostic::Source;
use crate::eval::{Caller, Context, State, decide_message};
use crate::evidence::verify::check_redacted as check;
use crate::evidence::{Record, fixture};
use crate::lock::{Lock, LockedServer, pin_tools};
use crate::table::{Policy, artifact};

const TOOLS: &str = r#"{"tools":[
    {"name":"pay","inputSchema":{"type":"object","properties":{"to":{"type":"string"},"pin":{"type":"string"},"card":{
        "type":"object","properties":{"number":{"type":"string"},"name":{"type":"string"}}},
        "notes":{"type":"array","items":{"type":"object","properties":{"text":{"type":"string"}}}}}}},
    {"name":"read","inputSchema":{"type":"object","properties":{"id":{"type":"string"}}}}]}"#;

pub fn policy(rules: &str) -> Policy {
    let mut server = LockedServer::default();
    let list = json::parse(TOOLS.as_bytes(), &Limits::default()).unwrap();
    pin_tools(&list, &mut server.tools).unwrap();
    let lock = Lock {
        servers: [("fs".to_owned(), server)].into(),
        ..Lock::default()
    };
    let text = format!("policy \"p\"\nserver fs\n{rules}\n");
    let checked = crate::check::check(&Source::new("p.mcpp", text), Some(&lock), &[]);
    let body = checked.body.unwrap_or_else(|| panic!("{:?}", checked.diagnostics));
    Policy::from_bytes(&artifact::write(&body).unwrap()).unwrap()
}

pub const RULES: &str = "allow fs.read { id: text }\n\
    allow fs.pay { to: \"ann\", pin?: text(4), card?: { number: text, name?: text }, notes?: [{ text: text }] } \
    record pin, notes[].text as drop\n\
    allow fs.pay { to: text(..=5), card: { number: text, name?: text } } record card.number as hash";

/// What is kept of a message, as a gateway would.
pub fn intent(policy: &Policy, message: &str) -> Intent {
    let context = Context {
        caller: Caller::Local,
        time: fixture::time(),
        state: State::default(),
    };
    let decided = decide_message(policy, "fs", message.as_bytes(), &Limits::default(), &context);
    let mut intent = Intent {
        tool: decided.tool,
        method: decided.method,
        effects: decided.decision.effects(),
        allow: decided.decision.is_allow(),
        reason: decided.decision.reason(),
        rule: decided.decision.rule().map(Arc::as_ref).cloned(),
        parameter: match &decided.decision {
            crate::eval::Decision::Allow(_) => None,
            crate::eval::Decision::Deny(denial) => denial.parameter.clone(),
        },
        forwarded: decided.decision.is_allow().then(|| Digest::of(message.as_bytes())),
        ..fixture::decided(message.as_bytes())
    };
    let keep = policy.keeps("fs", intent.tool.as_deref(), intent.allow.then_some(&intent.effects));
    intent.redact(&keep, Some(&Blinding::new(&[7; 32])), &Limits::default());
    intent
}

pub fn call(tool: &str, arguments: &str) -> String {
    format!(r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{"name":"{tool}","arguments":{arguments}}}}}"#)
}

/// The arguments that are kept, what was left out, and the parameter that is named.
fn arguments(intent: &Intent) -> String {
    let text = match &intent.message {
        Some(Message::Text(text)) => text.as_str(),
        _ => "nothing",
    };
    let arguments = text
        .split_once("\"arguments\":")
        .map_or(text, |(_, rest)| rest.strip_suffix("}}").unwrap_or(rest));
    let redaction = intent.redaction.clone().unwrap_or_default();
    let value = |value: &RedactedValue| {
        format!(
            "{} {}",
            value.slot,
            if value.hash.is_some() { "hashed" } else { "dropped" }
        )
    };
    let values: Vec<String> = redaction.values.iter().map(value).collect();
    let parameter = intent.parameter.as_deref().unwrap_or("-");
    let verdict = if intent.allow { "allow" } else { "deny" };
    format!(
        "{verdict} {arguments} [{}] -{} {parameter}",
        values.join(", "),
        redaction.removed
    )
}

#[test]
fn what_is_kept_of_calls() {
    let policy = policy(RULES);
    let calls = [
        // The first grant holds.
        ("pay", r#"{"to":"ann","pin":"1234"}"#),
        (
            "pay",
            r#"{"to":"ann", "pin":"1234", "notes":[{"text":"s1"}, {"text":"s2"}]}"#,
        ),
        // Both do: the union.
        ("pay", r#"{"to":"ann","card":{"number":"4711","name":"a"}}"#),
        // The second alone.
        ("pay", r#"{"to":"bob","card":{"number":"4711"}}"#),
        // Near misses keep no more than a hit of any grant.
        ("pay", r#"{"to":"mallory","pin":"1234"}"#),
        ("pay", r#"{"to":"ann","pin":"12345"}"#),
        ("pay", r#"{"to":"ann","Pin":"1234"}"#),
        ("pay", r#"{"to":"ann","pinn":"1234"}"#),
        ("pay", r#"{"to":"ann","card":"4711"}"#),
        (
            "pay",
            r#"{"to":"mallory","card":{"num":"4711","number":"4712","name":"a"}}"#,
        ),
        ("pay", r#"{"to":"ann","card":["4711"],"notes":"s"}"#),
        ("pay", r#"{"to":"ann","notes":[{"text":{"x":"s"}},"s"]}"#),
        ("pay", r#"{"to":"ann","1234":0}"#),
        ("Pay", r#"{"to":"ann","pin":"1234"}"#),
        // Nothing of this tool is kept out.
        ("read", r#"{"id":7}"#),
        ("read", r#"{"id":"x","pin":"1234"}"#),
    ];
    let kept: Vec<String> = calls
        .iter()
        .map(|(tool, text)| arguments(&intent(&policy, &call(tool, text))))
        .collect();
    insta::assert_snapshot!(kept.join("\n"), @r#"
    allow {"to":"ann","pin":null} [/pin dropped] -0 -
    allow {"to":"ann","pin":null,"notes":[{"text":null},{"text":null}]} [/pin dropped, /notes/0/text dropped, /notes/1/text dropped] -0 -
    allow {"to":"ann","card":{"number":null,"name":"a"}} [/card/number hashed] -0 -
    allow {"to":"bob","card":{"number":null}} [/card/number hashed] -0 -
    deny {"to":"mallory","pin":null} [/pin dropped] -0 /to
    deny {"to":"ann","pin":null} [/pin dropped] -0 /pin
    deny {"to":"ann"} [] -1 -
    deny {"to":"ann"} [] -1 -
    deny {"to":"ann","card":null} [/card hashed] -0 /card
    deny {"to":"mallory","card":{"number":null,"name":"a"}} [/card/number hashed] -1 /to
    deny {"to":"ann","card":null,"notes":null} [/card hashed, /notes dropped] -0 /card
    deny {"to":"ann","notes":[{"text":null},null]} [/notes/0/text dropped, /notes/1 dropped] -0 /notes/0/text
    deny {"to":"ann"} [] -1 -
    deny nothing [] -0 -
    deny {"id":7} [] -0 /id
    deny {"id":"x","pin":"1234"} [] -0 /pin
    "#);
}

#[test]
fn of_what_is_no_call_of_a_pinned_tool_nothing_is_kept() {
    let policy = policy(RULES);
    for message in [
        r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"pay","arguments":{"pin":"1234","pin":"1234"}}}"#,
        r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"pay","arguments":["1234"]}}"#,
        r#"{"jsonrpc":"2.0","id":1,"method":"tools/calls","params":{"name":"pay","arguments":{"pin":"1234"}}}"#,
        r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"payy","arguments":{"pin":"1234"}}}"#,
        "1234",
    ] {
        let intent = intent(&policy, message);
        assert_eq!((intent.message.as_ref(), intent.size), (None, 0), "{message}");
        assert_ne!(intent.digest, Digest::of(message.as_bytes()), "{message}");
    }
    // What else stands in the envelope may be meant for it.
    let meta = call("pay", "{}").replace(
        "\"arguments\"",
        "\"_meta\":{\"pin\":\"1234\"},\"pin\":\"1234\",\"arguments\"",
    );
    let intent = intent(&policy, &meta);
    assert_eq!(intent.message, Some(Message::Text(call("pay", "{}"))));
    assert_eq!(intent.parameter, None);
}

#[test]
fn without_such_a_clause_all_is_kept() {
    let policy = policy("allow fs.pay { to: text, pin?: text }");
    let message = call("pay", r#"{"to":"ann","pin":"1234"}"#);
    let intent = intent(&policy, &message);
    assert_eq!((intent.message, intent.redaction), (Some(Message::Text(message)), None));
}

#[test]
fn neither_digest_nor_size_tells_what_was_left_out() {
    let policy = policy(RULES);
    let kept = |pin: &str| {
        let message = call("pay", &format!(r#"{{"to":"ann","pin":"{pin}"}}"#));
        (intent(&policy, &message), Digest::of(message.as_bytes()))
    };
    let ((one, plain), (other, _)) = (kept("1234"), kept("4321"));
    assert_eq!(one.forwarded, Some(one.digest));
    assert_ne!(one.digest, plain);
    assert_ne!(one.digest, other.digest);
    let told = |intent: &Intent| serde_json::to_string(&Record::Intent(intent.clone())).unwrap();
    assert_eq!(
        told(&one).replace(&one.digest.to_string(), ""),
        told(&other).replace(&other.digest.to_string(), "")
    );
}

#[test]
fn a_record_is_not_larger_than_the_call() {
    let policy = policy(RULES);
    let notes = |count: usize| {
        let notes = vec![r#"{"text":"s"}"#; count].join(",");
        intent(&policy, &call("pay", &format!(r#"{{"to":"ann","notes":[{notes}]}}"#)))
    };
    assert_eq!(notes(MOST).redaction.unwrap().values.len(), MOST);
    let past = notes(MOST + 1);
    assert_eq!((past.message, past.redaction), (None, Some(Redaction::default())));
    assert!(past.allow);
}

/// The value that must not be kept, somewhere in a value of any form.
fn secret() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("\"SECRET\"".to_owned()),
        Just("1".to_owned()),
        Just("null".to_owned())
    ];
    leaf.prop_recursive(3, 8, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..3).prop_map(|all| format!("[{}]", all.join(","))),
            vec(inner, 0..3).prop_map(|all| {
                let keys = ["text", "number", "x"].iter().zip(all);
                let members: Vec<String> = keys.map(|(key, value)| format!("\"{key}\":{value}")).collect();
                format!("{{{}}}", members.join(","))
            }),
        ]
    })
}

/// Arguments that have it wherever a `record` of the rules may find it, and under other names.
fn hiding() -> impl Strategy<Value = String> {
    let note = prop_oneof![secret(), secret().prop_map(|text| format!("{{\"text\":{text}}}"))];
    let notes = prop_oneof![
        secret().prop_filter("as a list its elements are notes", |notes| !notes.starts_with('[')),
        vec(note, 0..3).prop_map(|notes| format!("[{}]", notes.join(","))),
    ];
    let card = prop_oneof![
        secret(),
        secret().prop_map(|number| format!("{{\"number\":{number},\"name\":\"n\"}}"))
    ];
    let to = prop_oneof![Just("ann"), Just("bob"), Just("mallory")];
    (
        to,
        option::of(secret()),
        option::of(notes),
        option::of(card),
        option::of(secret()),
    )
        .prop_map(|(to, pin, notes, card, other)| {
            let given = [("pin", pin), ("notes", notes), ("card", card), ("Pin", other)];
            let given = given
                .into_iter()
                .filter_map(|(key, value)| Some(format!(",\"{key}\":{}", value?)));
            format!("{{\"to\":\"{to}\"{}}}", given.collect::<String>())
        })
}

proptest! {
    /// What is denied keeps none of it, what is allowed keeps what its own grants let be kept, and the verifier is content.
    #[test]
    fn nothing_that_is_left_out_is_kept(arguments in hiding()) {
        let policy = POLICY.with(Rc::clone);
        let intent = intent(&policy, &call("pay", &arguments));
        let kept = serde_json::to_string(&Record::Intent(intent.clone())).unwrap();
        prop_assert!(intent.allow || !kept.contains("SECRET"), "{kept}");
        prop_assert_eq!(check(&policy, &intent), Ok(()), "{}", kept);
    }
}

thread_local! {
    static POLICY: Rc<Policy> = Rc::new(policy(RULES));
}
