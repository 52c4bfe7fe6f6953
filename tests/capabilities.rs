//! What a server offers, or asks for, beside tools: decided from the messages as they are on the wire.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod common {
    #[allow(dead_code, reason = "it also holds what other tests need")]
    pub mod case;
}

use common::case::{Case, tool};
use jiff::Timestamp;
use mcppc::eval::{Decision, Reason, decide_line};
use serde_json::{Value, json};

const RULES: &str = r#"
allow s:resource { uri: url("file:///srv/work/**") | "memo://insights" }
deny  s:resource { uri: url("file:///srv/work/.git/**") }
allow s:prompt { name: "greet", arguments?: { to: text(..=5) } }
allow s:completion { ref: { type: "ref/prompt", name: "greet" }, argument: "to", value: text(..=5) }
allow s:sampling { model?: "small", max_tokens: ..=100, include_context?: "none" }
allow s:elicitation { mode?: "form" }
allow s:elicitation { mode: "url", url: url("https://login.acme.com/**") }
allow s.t {}
"#;

#[track_caller]
fn decides(rules: &str, method: &str, calls: &[(Value, Reason)]) {
    let policy = Case::new(&tool(json!({})), rules).policy();
    for (params, reason) in calls {
        let message = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params }).to_string();
        let decision = decide_line(&policy, None, message.as_bytes(), Timestamp::UNIX_EPOCH);
        assert_eq!(decision.reason(), *reason, "{message}");
    }
}

#[test]
fn a_resource_is_its_uri_in_one_reading() {
    for method in ["resources/read", "resources/subscribe", "resources/unsubscribe"] {
        let uri = |uri: &str| json!({ "uri": uri });
        decides(
            RULES,
            method,
            &[
                (uri("file:///srv/work/a.md"), Reason::Allowed),
                (uri("memo://insights"), Reason::Allowed),
                (uri("memo://insights/other"), Reason::PatternMismatch),
                (uri("file:///srv/work/.git/config"), Reason::Prohibited),
                (uri("file:///etc/passwd"), Reason::PatternMismatch),
                (uri("file:///srv/work/../../etc/passwd"), Reason::AmbiguousValue),
                (uri("file:///srv/work/%2e%2e/x"), Reason::AmbiguousValue),
                (uri("file://localhost/srv/work/a.md"), Reason::AmbiguousValue),
                (uri("FILE:///srv/work/a.md"), Reason::AmbiguousValue),
                (uri("https://evil.example/"), Reason::AmbiguousValue),
                (json!({}), Reason::MissingParameter),
                (json!({ "uri": ["file:///srv/work/a.md"] }), Reason::WrongType),
                (
                    json!({ "uri": "memo://insights", "Uri": "file:///etc/passwd" }),
                    Reason::MalformedCall,
                ),
                (
                    json!({ "uri": "memo://insights", "task": {} }),
                    Reason::UnlistedParameter,
                ),
                (
                    json!({ "uri": "memo://insights", "_meta": { "progressToken": 1 } }),
                    Reason::Allowed,
                ),
                (
                    json!({ "uri": "memo://insights", "_meta": { "x": 1 } }),
                    Reason::UnlistedParameter,
                ),
                (json!([]), Reason::MalformedCall),
            ],
        );
    }
}

#[test]
fn a_prompt_is_its_name_and_its_arguments() {
    decides(
        RULES,
        "prompts/get",
        &[
            (json!({ "name": "greet" }), Reason::Allowed),
            (
                json!({ "name": "greet", "arguments": { "to": "Ann" } }),
                Reason::Allowed,
            ),
            (
                json!({ "name": "greet", "arguments": { "to": "everyone" } }),
                Reason::PatternMismatch,
            ),
            (
                json!({ "name": "greet", "arguments": { "to": "Ann", "cc": "Bob" } }),
                Reason::PatternMismatch,
            ),
            (json!({ "name": "greet", "arguments": { "to": 1 } }), Reason::WrongType),
            (json!({ "name": "other" }), Reason::PatternMismatch),
        ],
    );
}

#[test]
fn a_completion_is_what_is_completed_so_far() {
    let of =
        |name: &str, argument: Value| json!({ "ref": { "type": "ref/prompt", "name": name }, "argument": argument });
    let context = |mut params: Value| {
        params["context"] = json!({ "arguments": { "x": "leak" } });
        params
    };
    let fine = || of("greet", json!({ "name": "to", "value": "A" }));
    decides(
        RULES,
        "completion/complete",
        &[
            (fine(), Reason::Allowed),
            (
                of("other", json!({ "name": "to", "value": "A" })),
                Reason::PatternMismatch,
            ),
            (
                of("greet", json!({ "name": "cc", "value": "A" })),
                Reason::PatternMismatch,
            ),
            (of("greet", json!({ "name": "to" })), Reason::MissingParameter),
            (of("greet", json!("to")), Reason::MalformedCall),
            (
                of("greet", json!({ "name": "to", "value": "A", "more": 1 })),
                Reason::UnlistedParameter,
            ),
            (context(fine()), Reason::UnlistedParameter),
        ],
    );
}

#[test]
fn sampling_is_one_model_and_so_many_tokens() {
    let hints = |hints: Value| json!({ "messages": [], "maxTokens": 10, "modelPreferences": { "hints": hints } });
    decides(
        RULES,
        "sampling/createMessage",
        &[
            (json!({ "messages": [], "maxTokens": 10 }), Reason::Allowed),
            (
                json!({ "messages": [], "maxTokens": 10, "systemPrompt": "x", "temperature": 0.5 }),
                Reason::Allowed,
            ),
            (json!({ "messages": [], "maxTokens": 101 }), Reason::PatternMismatch),
            (json!({ "messages": [] }), Reason::MissingParameter),
            (
                json!({ "messages": [], "maxTokens": 10, "includeContext": "allServers" }),
                Reason::PatternMismatch,
            ),
            (hints(json!([{ "name": "small" }])), Reason::Allowed),
            (hints(json!([{ "name": "large" }])), Reason::PatternMismatch),
            (
                hints(json!([{ "name": "small" }, { "name": "large" }])),
                Reason::MalformedCall,
            ),
            (hints(json!([])), Reason::Allowed),
            (
                json!({ "messages": [], "maxTokens": 10, "metadata": { "model": "large" } }),
                Reason::UnlistedParameter,
            ),
            (
                json!({ "messages": [], "maxTokens": 10, "tools": [] }),
                Reason::UnlistedParameter,
            ),
        ],
    );
}

#[test]
fn an_elicitation_is_a_form_or_a_page_on_a_known_host() {
    let page = |url: &str| json!({ "mode": "url", "message": "m", "elicitationId": "1", "url": url });
    decides(
        RULES,
        "elicitation/create",
        &[
            (json!({ "message": "m", "requestedSchema": {} }), Reason::Allowed),
            (
                json!({ "mode": "form", "message": "m", "requestedSchema": {} }),
                Reason::Allowed,
            ),
            (page("https://login.acme.com/a"), Reason::Allowed),
            (page("https://login.acme.com.evil.example/a"), Reason::PatternMismatch),
            (page("http://login.acme.com/a"), Reason::AmbiguousValue),
            (json!({ "mode": "url", "message": "m" }), Reason::PatternMismatch),
            // Without a mode it is a form, whatever the client makes of the address.
            (
                json!({ "message": "m", "url": "https://login.acme.com/a" }),
                Reason::UnlistedParameter,
            ),
        ],
    );
}

#[test]
fn a_tool_cannot_pass_for_a_capability() {
    decides(
        RULES,
        "tools/call",
        &[
            (
                json!({ "name": ":resource", "arguments": { "uri": "memo://insights" } }),
                Reason::NoGrant,
            ),
            (json!({ "name": "t" }), Reason::Allowed),
        ],
    );
    // Nor does a server's own tool of that name take part in what the rules say.
    let own = json!({ ":resource": { "type": "object", "properties": { "path": { "type": "string" } } } });
    let case = Case::new(&own, "allow s:resource { uri: \"https://a.example/x\" }");
    assert_eq!(case.reason("t", "{}"), Reason::UnknownTool);
    assert_eq!(case.policy().tools("s").collect::<Vec<_>>(), [":resource"]);
    let wild = Case::new(&own, "allow s.* { path: text }").policy();
    assert_eq!(wild.tools("s").count(), 0);
}

#[test]
fn what_no_rule_speaks_of_is_no_call_at_all() {
    decides(
        "allow s.t {}",
        "resources/read",
        &[(json!({ "uri": "memo://insights" }), Reason::MalformedCall)],
    );
    decides(
        "deny s:resource",
        "resources/read",
        &[(json!({ "uri": "https://a.example/" }), Reason::Prohibited)],
    );
    decides(
        "allow s:resource { uri: \"memo://a\" }\ndeny all s",
        "resources/read",
        &[(json!({ "uri": "memo://a" }), Reason::Prohibited)],
    );
}

#[test]
fn an_answer_is_as_good_as_its_worst_root() {
    let policy = Case::new(&tool(json!({})), "allow s:roots { uri: url(\"file:///srv/**\") }").policy();
    let decided =
        |message: Value| decide_line(&policy, None, message.to_string().as_bytes(), Timestamp::UNIX_EPOCH).reason();
    let answer = |roots: Value| json!({ "jsonrpc": "2.0", "id": 1, "result": { "roots": roots } });
    let root = |uri: &str| json!({ "uri": uri });
    for (roots, reason) in [
        (json!([root("file:///srv/a")]), Reason::Allowed),
        (json!([root("file:///srv/a"), root("file:///srv/b")]), Reason::Allowed),
        (
            json!([root("file:///srv/a"), root("file:///etc")]),
            Reason::PatternMismatch,
        ),
        (
            json!([root("file:///etc"), root("file:///srv/a")]),
            Reason::PatternMismatch,
        ),
        (json!([root("file:///srv/../etc")]), Reason::AmbiguousValue),
        (
            json!([{ "uri": "file:///srv/a", "path": "/etc" }]),
            Reason::UnlistedParameter,
        ),
        (json!([{}]), Reason::MissingParameter),
        (json!(["file:///srv/a"]), Reason::MalformedCall),
        (json!({}), Reason::MalformedCall),
        (json!([]), Reason::MalformedCall),
    ] {
        assert_eq!(decided(answer(roots.clone())), reason, "{roots}");
    }
    let mut more = answer(json!([root("file:///srv/a")]));
    more["result"]["more"] = json!(1);
    assert_eq!(decided(more), Reason::UnlistedParameter);
    let asked = json!({ "jsonrpc": "2.0", "id": 1, "method": "roots/list" });
    assert_eq!(decided(asked), Reason::MalformedCall);
}

#[test]
fn the_bound_counts_what_is_read_twice_and_decided_often() {
    let rules = "allow s.t {}\nallow s:resource { uri: \"memo://a\" }\nallow s:roots { uri: url(\"file:///srv/**\") }";
    let policy = Case::new(&tool(json!({})), rules).policy();
    let of = |tool: &str, bytes| policy.bound_of("s", tool).of(bytes);
    assert!(of(":resource", 100).passes >= of("t", 100).passes + 2);
    assert!(of(":roots", 1_000).nodes > of(":roots", 10).nodes);
    assert_eq!(of(":resource", 1_000).nodes, of(":resource", 10).nodes);
}

// ---- the envelope of a call ----

const ENVELOPE: &str = r#"
allow s.t { @meta?: { trace: text(..=4) }, @input?: { ok: { action: "accept", .. } } }
allow s.u {}
deny s.* { @task: any }
"#;

fn two() -> Value {
    json!({ "t": { "type": "object" }, "u": { "type": "object" } })
}

#[test]
fn what_rides_beside_the_arguments_is_denied_unless_a_grant_names_it() {
    let policy = Case::new(&two(), ENVELOPE).policy();
    let decided = |params: &Value| {
        let message = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params }).to_string();
        decide_line(&policy, None, message.as_bytes(), Timestamp::UNIX_EPOCH)
    };
    let accepted = json!({ "ok": { "action": "accept", "content": {} } });
    for (params, reason) in [
        (json!({ "name": "t" }), Reason::Allowed),
        (
            json!({ "name": "t", "_meta": { "progressToken": 1, "trace": "abc" } }),
            Reason::Allowed,
        ),
        (json!({ "name": "t", "_meta": { "progressToken": 1 } }), Reason::Allowed),
        (
            json!({ "name": "t", "_meta": { "trace": "abcde" } }),
            Reason::PatternMismatch,
        ),
        (
            json!({ "name": "t", "_meta": { "trace": "abc", "x": 1 } }),
            Reason::PatternMismatch,
        ),
        (json!({ "name": "t", "inputResponses": accepted }), Reason::Allowed),
        (
            json!({ "name": "t", "inputResponses": accepted, "requestState": "s" }),
            Reason::Allowed,
        ),
        (
            json!({ "name": "t", "requestState": "s", "inputResponses": { "ok": { "action": "decline" } } }),
            Reason::PatternMismatch,
        ),
        (json!({ "name": "t", "requestState": {} }), Reason::UnlistedParameter),
        (
            json!({ "name": "t", "inputResponses": { "other": {} } }),
            Reason::PatternMismatch,
        ),
        (json!({ "name": "t", "task": { "ttl": 1 } }), Reason::Prohibited),
        (json!({ "name": "t", "task": 1 }), Reason::WrongType),
        (json!({ "name": "t", "other": 1 }), Reason::UnlistedParameter),
        // An argument is no part of the envelope, whatever it is called.
        (
            json!({ "name": "t", "arguments": { "@meta": { "trace": "abc" } } }),
            Reason::MalformedCall,
        ),
        (
            json!({ "name": "u", "_meta": { "trace": "abc" } }),
            Reason::UnlistedParameter,
        ),
        (json!({ "name": "u", "task": {} }), Reason::Prohibited),
        (json!({ "name": "u", "inputResponses": {} }), Reason::UnlistedParameter),
    ] {
        assert_eq!(decided(&params).reason(), reason, "{params}");
    }
    let Decision::Deny(denial) = decided(&json!({ "name": "t", "_meta": { "trace": "abcde" } })) else {
        panic!("it is denied")
    };
    assert_eq!(denial.parameter.as_deref(), Some("/@meta/trace"));
}

#[test]
fn a_tool_with_a_parameter_of_that_name_has_no_such_slot() {
    let own = json!({ "t": { "type": "object", "properties": { "@meta": { "type": "string" } } } });
    let case = Case::new(&own, "allow s.t { \"@meta\": \"x\" }");
    let message = |params: Value| json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params });
    let decided = |params: Value| {
        let message = message(params).to_string();
        decide_line(&case.policy(), None, message.as_bytes(), Timestamp::UNIX_EPOCH).reason()
    };
    assert_eq!(
        decided(json!({ "name": "t", "arguments": { "@meta": "x" } })),
        Reason::Allowed
    );
    assert_eq!(
        decided(json!({ "name": "t", "arguments": { "@meta": "x" }, "_meta": { "x": 1 } })),
        Reason::UnlistedParameter
    );
    let both = Case::new(&own, "allow s.t { @meta: any }");
    assert!(both.codes().contains(&"E0192"), "{:?}", both.codes());
}
