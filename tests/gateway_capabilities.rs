//! Resources, prompts and the rest through a gateway, in front of a server that says what reached it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test"
)]

mod gateway_support;

use std::fs;

use gateway_support::{Bench, Gateway};
use serde_json::{Value, json};

const REVISIONS: [&str; 5] = ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25", "2026-07-28"];

const RULES: &str = r#"
label read = taint per caller
limit thrice = 3 per 1h per caller
allow oracle.run {}
deny  oracle.hang after read
allow oracle.hang {}
allow oracle:resource { uri: url("file:///srv/work/**") | "memo://insights" } limit thrice marks read
deny  oracle:resource { uri: url("file:///srv/work/.git/**") } because "not these"
allow oracle:prompt { name: "greet", arguments?: { to: text(..=5) } }
allow oracle:completion { ref: { type: "ref/prompt", name: "greet" }, argument: "to", value: text(..=5) }
"#;

fn bench(rules: &str) -> Bench {
    let bench = Bench::new();
    fs::write(
        bench.path("policy.mcpp"),
        format!("policy \"test/oracle\"\nserver oracle\n{rules}"),
    )
    .unwrap();
    bench
}

/// A connection in some revision.
struct Connected {
    gateway: Gateway,
    revision: &'static str,
    hello: Value,
}

impl Connected {
    fn new(bench: &Bench, revision: &'static str) -> Self {
        let mut gateway = bench.start("strict", &[]);
        let mut hello = Value::Null;
        if revision != "2026-07-28" {
            let offers = json!({ "roots": {}, "sampling": {}, "elicitation": {} });
            let params = json!({ "protocolVersion": revision, "capabilities": offers, "clientInfo": { "name": "t", "version": "1" } });
            hello = gateway.ask(0, "initialize", &params);
            gateway.say(r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#);
        }
        Self {
            gateway,
            revision,
            hello,
        }
    }

    fn ask(&mut self, id: u64, method: &str, mut params: Value) -> Value {
        if self.revision == "2026-07-28" {
            let named = |name: &str| format!("io.modelcontextprotocol/{name}");
            params["_meta"] = json!({
                named("protocolVersion"): self.revision,
                named("clientInfo"): { "name": "t", "version": "1" },
                named("clientCapabilities"): {},
            });
        }
        self.gateway.ask(id, method, &params)
    }
}

fn reached(bench: &Bench) -> Vec<String> {
    let lines = bench.executed().into_iter();
    lines
        .filter_map(|line| line.strip_prefix("method ").map(str::to_owned))
        .collect()
}

#[track_caller]
fn verifies(bench: &Bench) {
    let (code, report) = bench.verify();
    assert_eq!(code, Some(0), "{report}");
}

#[test]
fn a_resource_is_read_where_a_grant_says_so_and_nowhere_else() {
    for revision in REVISIONS {
        let bench = bench(RULES);
        let mut client = Connected::new(&bench, revision);
        let mut read = |id, uri: &str| client.ask(id, "resources/read", json!({ "uri": uri }));
        let fine = read(1, "file:///srv/work/a.md");
        assert_eq!(fine["result"]["contents"][0]["text"], "content", "{revision}: {fine}");
        for (id, uri, reason) in [
            (2, "file:///srv/work/.git/config", "prohibited"),
            (3, "file:///etc/passwd", "pattern_mismatch"),
            (4, "file:///srv/work/../../etc/passwd", "ambiguous_value"),
            (5, "file:///srv/work/%2e%2e/%2e%2e/etc/passwd", "ambiguous_value"),
            (6, "FILE:///srv/work/a.md", "ambiguous_value"),
            (7, "https://evil.example/", "ambiguous_value"),
        ] {
            let denied = read(id, uri);
            assert_eq!(denied["error"]["code"], -32602, "{revision}: {denied}");
            assert_eq!(denied["error"]["data"]["reason"], reason, "{revision}: {denied}");
        }
        assert!(client.gateway.close().success());
        assert_eq!(
            reached(&bench),
            [r#"resources/read "file:///srv/work/a.md""#],
            "{revision}"
        );
        verifies(&bench);
    }
}

#[test]
fn a_subscription_is_decided_as_a_read_is() {
    let bench = bench(RULES);
    let mut client = Connected::new(&bench, "2025-11-25");
    for (id, method) in [(1, "resources/subscribe"), (2, "resources/unsubscribe")] {
        assert!(client.ask(id, method, json!({ "uri": "memo://insights" }))["result"].is_object());
        let denied = client.ask(id + 2, method, json!({ "uri": "file:///etc/passwd" }));
        assert_eq!(denied["error"]["data"]["reason"], "pattern_mismatch");
    }
    assert!(client.gateway.close().success());
    assert_eq!(reached(&bench).len(), 2);
    verifies(&bench);
}

#[test]
fn a_read_is_charged_and_marked_as_a_call_is() {
    let bench = bench(RULES);
    let mut client = Connected::new(&bench, "2025-11-25");
    for id in 1..=3 {
        let fine = client.ask(id, "resources/read", json!({ "uri": "memo://insights" }));
        assert!(fine["result"].is_object(), "{fine}");
    }
    let denied = client.ask(4, "resources/read", json!({ "uri": "memo://insights" }));
    assert_eq!(denied["error"]["data"]["reason"], "limit_exceeded", "{denied}");
    let tainted = client.gateway.call(5, "hang", &json!({}));
    assert_eq!(
        tainted["result"]["structuredContent"]["reason"], "prohibited",
        "{tainted}"
    );
    assert!(client.gateway.close().success());
    assert!(!bench.executed().iter().any(|line| line.starts_with("hang")));
    verifies(&bench);
}

#[test]
fn lists_name_what_could_be_asked_for() {
    for revision in REVISIONS {
        let bench = bench(RULES);
        let mut client = Connected::new(&bench, revision);
        let resources = client.ask(1, "resources/list", json!({}));
        let names = |list: &Value, key: &str| {
            list.as_array()
                .unwrap()
                .iter()
                .map(|e| e[key].clone())
                .collect::<Vec<_>>()
        };
        assert_eq!(
            names(&resources["result"]["resources"], "uri"),
            ["file:///srv/work/a.md", "memo://insights"]
        );
        let prompts = client.ask(2, "prompts/list", json!({}));
        assert_eq!(names(&prompts["result"]["prompts"], "name"), ["greet"]);
        let templates = client.ask(3, "resources/templates/list", json!({}));
        assert_eq!(templates["result"]["resourceTemplates"].as_array().unwrap().len(), 1);
        assert!(client.gateway.close().success());
        verifies(&bench);
    }
}

#[test]
fn prompts_and_completions_are_decided_by_their_names_and_arguments() {
    for revision in REVISIONS {
        let bench = bench(RULES);
        let mut client = Connected::new(&bench, revision);
        let fine = client.ask(
            1,
            "prompts/get",
            json!({ "name": "greet", "arguments": { "to": "Ann" } }),
        );
        assert!(fine["result"]["messages"].is_array(), "{fine}");
        for (id, params) in [
            (2, json!({ "name": "leak" })),
            (3, json!({ "name": "greet", "arguments": { "to": "everyone" } })),
        ] {
            let denied = client.ask(id, "prompts/get", params);
            assert_eq!(denied["error"]["data"]["reason"], "pattern_mismatch", "{denied}");
        }
        let complete = |name: &str, value: &str| json!({ "ref": { "type": "ref/prompt", "name": name }, "argument": { "name": "to", "value": value } });
        let fine = client.ask(4, "completion/complete", complete("greet", "A"));
        assert_eq!(fine["result"]["completion"]["values"], json!(["Ann"]), "{fine}");
        let denied = client.ask(5, "completion/complete", complete("leak", "A"));
        assert_eq!(denied["result"]["completion"]["values"], json!([]), "{denied}");
        assert!(client.gateway.close().success());
        assert_eq!(
            reached(&bench),
            [r#"prompts/get "greet""#, "completion/complete"],
            "{revision}"
        );
        verifies(&bench);
    }
}

#[test]
fn what_nothing_grants_is_not_announced_and_not_let_through() {
    let bench = bench("allow oracle.run {}\nallow oracle:prompt { name: \"greet\" }");
    let mut client = Connected::new(&bench, "2025-11-25");
    assert_eq!(
        client.hello["result"]["capabilities"],
        json!({ "tools": { "listChanged": true }, "prompts": {} })
    );
    for (id, method) in [
        (1, "resources/list"),
        (2, "resources/read"),
        (3, "resources/templates/list"),
    ] {
        let denied = client.ask(id, method, json!({ "uri": "memo://insights" }));
        assert_eq!(denied["error"]["code"], -32601, "{denied}");
    }
    assert_eq!(
        client.ask(4, "completion/complete", json!({}))["result"]["completion"]["values"],
        json!([])
    );
    // What a server asks for is not what a client may ask for.
    assert_eq!(
        client.ask(5, "sampling/createMessage", json!({ "maxTokens": 1 }))["error"]["code"],
        -32601
    );
    assert!(client.gateway.close().success());
    assert!(reached(&bench).is_empty());
    verifies(&bench);
}

#[test]
fn nothing_is_read_before_the_handshake() {
    let bench = bench(RULES);
    let mut gateway = bench.start("strict", &[]);
    let denied = gateway.ask(1, "resources/read", &json!({ "uri": "memo://insights" }));
    assert_eq!(denied["error"]["data"]["refusal"], "protocol", "{denied}");
    assert!(gateway.close().success());
    assert!(reached(&bench).is_empty());
    verifies(&bench);
}

// ---- what the server asks of the client ----

const ASKED: &str = r#"
label asked = proof per caller
limit thrice = 3 per 1h per caller
allow oracle.ask {}
allow oracle.run {} requires asked
allow oracle:sampling { model?: "small", max_tokens: ..=100, include_context?: "none" } limit thrice
allow oracle:elicitation { mode?: "form" } marks asked
allow oracle:elicitation { mode: "url", url: url("https://login.acme.com/**") }
allow oracle:roots { uri: url("file:///srv/work/**") }
"#;

/// Calls `ask` and answers what reaches the client; returns the methods that did, and what the server was answered.
fn asks(gateway: &mut Gateway, id: u64, answer: impl Fn(&Value) -> Value) -> (Vec<Value>, Vec<Value>) {
    gateway.say(
        &json!({ "jsonrpc": "2.0", "id": id, "method": "tools/call", "params": { "name": "ask", "arguments": {} } })
            .to_string(),
    );
    let mut reached = Vec::new();
    loop {
        let message = gateway.hear();
        assert!(!message.is_null(), "the gateway has ended");
        if message.get("method").is_some() {
            let mut reply = answer(&message);
            reply["jsonrpc"] = json!("2.0");
            reply["id"] = message["id"].clone();
            gateway.say(&reply.to_string());
            reached.push(message);
        } else if message["id"] == json!(id) {
            let text = message["result"]["content"][0]["text"].as_str().unwrap();
            return (reached, serde_json::from_str(text).unwrap());
        }
    }
}

fn connect(bench: &Bench, revision: &str, requests: &Value) -> Gateway {
    let mut gateway = bench.start("strict", &[&format!("--ask={requests}")]);
    let offers = json!({ "roots": { "listChanged": true }, "sampling": {}, "elicitation": {} });
    let params =
        json!({ "protocolVersion": revision, "capabilities": offers, "clientInfo": { "name": "t", "version": "1" } });
    gateway.ask(0, "initialize", &params);
    gateway.say(r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#);
    gateway
}

fn page(url: &str) -> Value {
    json!(["elicitation/create", { "mode": "url", "message": "m", "elicitationId": "1", "url": url }])
}

#[test]
fn a_server_reaches_the_client_with_what_a_grant_says_and_nothing_else() {
    let requests = json!([
        ["sampling/createMessage", { "messages": [], "maxTokens": 10 }],
        ["sampling/createMessage", { "messages": [], "maxTokens": 101 }],
        ["sampling/createMessage", { "messages": [], "maxTokens": 10, "includeContext": "allServers" }],
        ["sampling/createMessage", { "messages": [], "maxTokens": 10, "modelPreferences": { "hints": [{ "name": "large" }] } }],
        ["elicitation/create", { "message": "m", "requestedSchema": {} }],
        page("https://login.acme.com/in"),
        page("https://login.acme.com.evil.example/in"),
        page("http://login.acme.com/in"),
        ["tasks/list", {}],
    ]);
    for revision in ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"] {
        let bench = bench(ASKED);
        let mut gateway = connect(&bench, revision, &requests);
        let (reached, answers) = asks(&mut gateway, 1, |_| json!({ "result": { "action": "accept" } }));
        let ids: Vec<u64> = reached.iter().map(|request| request["id"].as_u64().unwrap()).collect();
        assert_eq!(ids, [0, 4, 5], "{revision}: {reached:?}");
        let by_id = |id: u64| answers.iter().find(|answer| answer["id"] == json!(id)).unwrap();
        for id in [0, 4, 5] {
            assert_eq!(by_id(id)["result"]["action"], "accept", "{revision}");
        }
        for id in [1, 2, 3] {
            assert_eq!(by_id(id)["error"]["code"], -1, "{revision}");
        }
        for id in [6, 7] {
            assert_eq!(by_id(id)["result"]["action"], "decline", "{revision}");
        }
        assert_eq!(by_id(8)["error"]["code"], -32601, "{revision}");
        assert!(gateway.close().success());
        verifies(&bench);
    }
}

#[test]
fn what_a_server_asks_for_is_charged_and_its_answer_is_a_proof() {
    let bench = bench(ASKED);
    let sampling = json!(["sampling/createMessage", { "messages": [], "maxTokens": 1 }]);
    let form = json!(["elicitation/create", { "message": "m", "requestedSchema": {} }]);
    let mut gateway = connect(
        &bench,
        "2025-11-25",
        &json!([sampling, sampling, sampling, sampling, form]),
    );
    let too_early = gateway.call(1, "run", &json!({}));
    assert_eq!(
        too_early["result"]["structuredContent"]["reason"], "proof_missing",
        "{too_early}"
    );
    let (reached, _) = asks(&mut gateway, 2, |_| json!({ "result": {} }));
    assert_eq!(reached.len(), 4, "three of four, and the form");
    let now = gateway.call(3, "run", &json!({}));
    assert_eq!(now["result"]["content"][0]["text"], "done", "{now}");
    assert!(gateway.close().success());
    verifies(&bench);
}

#[test]
fn a_server_sees_the_roots_that_a_grant_names() {
    let bench = bench(ASKED);
    let mut gateway = connect(&bench, "2025-11-25", &json!([["roots/list", {}]]));
    let mut answered =
        |id, roots: Value| asks(&mut gateway, id, |_| json!({ "result": { "roots": roots } })).1[0].clone();
    let root = |uri: &str| json!({ "uri": uri, "name": "n" });
    let all = json!([root("file:///srv/work/a"), root("file:///srv/work/b")]);
    assert_eq!(answered(1, all.clone())["result"]["roots"], all);
    let mixed = json!([
        root("file:///"),
        root("file:///srv/work/a"),
        root("file:///srv/work/../..")
    ]);
    assert_eq!(
        answered(2, mixed)["result"]["roots"],
        json!([root("file:///srv/work/a")])
    );
    assert_eq!(answered(3, json!([root("file:///")]))["result"]["roots"], json!([]));
    assert_eq!(answered(4, json!([]))["result"]["roots"], json!([]));
    assert_eq!(
        answered(5, json!([{ "uri": "file:///srv/work/a", "path": "/etc" }]))["result"]["roots"],
        json!([])
    );
    assert_eq!(answered(6, json!("file:///"))["error"]["code"], -32601);
    gateway.say(r#"{"jsonrpc":"2.0","method":"notifications/roots/list_changed"}"#);
    assert!(gateway.close().success());
    verifies(&bench);
}

#[test]
fn a_request_that_nobody_answers_has_an_outcome_still() {
    let bench = bench(ASKED);
    let form = json!(["elicitation/create", { "message": "m", "requestedSchema": {} }]);
    let mut gateway = connect(&bench, "2025-11-25", &json!([form]));
    gateway.say(r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"ask","arguments":{}}}"#);
    assert_eq!(gateway.hear()["method"], "elicitation/create");
    assert!(gateway.close().success());
    verifies(&bench);
}

#[test]
fn a_client_hears_what_it_could_do_for_the_server_only_where_it_may() {
    let bench = bench("allow oracle.run {}\nallow oracle:roots { uri: url(\"file:///srv/**\") }");
    let gateway = connect(&bench, "2025-11-25", &json!([]));
    assert!(gateway.close().success());
    let offered = r#"capabilities {"roots":{"listChanged":true}}"#;
    assert_eq!(bench.executed(), [offered]);
}

// ---- what a server asks within a result ----

#[test]
fn a_result_that_asks_for_more_passes_where_all_it_asks_for_is_granted() {
    let form = json!({ "method": "elicitation/create", "params": { "message": "m", "requestedSchema": {} } });
    let model =
        |most: u64| json!({ "method": "sampling/createMessage", "params": { "messages": [], "maxTokens": most } });
    let rules = r#"
label done = proof per caller
allow oracle.run { n?: int, @input?: { [text]: { action: "accept", .. } } } marks done
allow oracle.hang {} requires done
allow oracle:sampling { max_tokens: ..=100 }
allow oracle:elicitation { mode?: "form" }
"#;
    let roots = json!({ "method": "roots/list" });
    for (entries, passes) in [
        (json!({ "a": form }), true),
        (json!({ "a": form, "b": model(10) }), true),
        (json!({}), true),
        (json!({ "a": form, "b": model(101) }), false),
        (json!({ "a": roots }), false),
        (json!({ "a": { "method": "tools/call", "params": {} } }), false),
        (
            json!({ "a": { "method": "elicitation/create", "params": {}, "more": 1 } }),
            false,
        ),
        (json!([form]), false),
    ] {
        let bench = bench(rules);
        let result = json!({ "resultType": "input_required", "inputRequests": entries, "requestState": "s" });
        let gateway = bench.start("strict", &[&format!("--result={result}")]);
        let mut client = Connected {
            gateway,
            revision: "2026-07-28",
            hello: Value::Null,
        };
        let reply = client.ask(1, "tools/call", json!({ "name": "run", "arguments": {} }));
        let asked = reply["result"]["inputRequests"].is_object();
        assert_eq!(asked, passes, "{entries}: {reply}");
        if !passes {
            assert_eq!(reply["result"]["isError"], true, "{reply}");
        }
        // It was not done, whatever was asked.
        let early = client.ask(2, "tools/call", json!({ "name": "hang", "arguments": {} }));
        assert_eq!(
            early["result"]["structuredContent"]["reason"], "proof_missing",
            "{early}"
        );
        // The answer is a call of its own.
        let again = |action: &str| json!({ "name": "run", "arguments": {}, "inputResponses": { "a": { "action": action } }, "requestState": "s" });
        let denied = client.ask(3, "tools/call", again("cancel"));
        assert_eq!(
            denied["result"]["structuredContent"]["reason"], "pattern_mismatch",
            "{denied}"
        );
        let before = bench.executed().len();
        client.ask(4, "tools/call", again("accept"));
        assert_eq!(bench.executed().len(), before + 1, "it reached the server");
        assert!(client.gateway.close().success());
        verifies(&bench);
    }
}

#[test]
fn nobody_is_asked_for_what_could_not_be_answered() {
    let entries =
        json!({ "a": { "method": "elicitation/create", "params": { "message": "m", "requestedSchema": {} } } });
    let result = json!({ "resultType": "input_required", "inputRequests": entries });
    let bench = bench("allow oracle.run {}\nallow oracle:elicitation { mode?: \"form\" }");
    let gateway = bench.start("strict", &[&format!("--result={result}")]);
    let mut client = Connected {
        gateway,
        revision: "2026-07-28",
        hello: Value::Null,
    };
    let reply = client.ask(1, "tools/call", json!({ "name": "run", "arguments": {} }));
    assert_eq!(reply["result"]["isError"], true, "{reply}");
    assert!(client.gateway.close().success());
    verifies(&bench);
}
