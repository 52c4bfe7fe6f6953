//! Recorded attacks by the values of parameters that are neither paths nor URLs: numbers, listed values, free text, SQL,
//! and calls of tools that nobody granted. Judged by `mcppc eval` under the policy that each row assumes.
//!
//! The rows are read from the folder `MCPP_CORPORA`, and under `CI=true` a missing folder is a failure.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod common {
    #[allow(dead_code, reason = "it also holds what other tests read")]
    pub mod corpora;
    #[allow(dead_code, reason = "it also holds what other tests ask")]
    pub mod judge;
    #[allow(dead_code, reason = "it also holds what other tests need")]
    pub mod workspace;
}

use std::collections::BTreeMap;

use serde_json::{Value, json};

use common::corpora::{Recorded, corpora, rows};
use common::judge::{Judge, call};

#[test]
fn recorded_attacks_by_values_are_denied_and_their_controls_allowed() {
    let Some(folder) = corpora("recorded attacks by values") else {
        return;
    };
    let mut groups = BTreeMap::<String, (Assumed, Vec<Recorded>)>::new();
    for row in rows::<Recorded>(&folder.join("attacks/values.jsonl")) {
        if row.decidable == "call" && !is_judged_elsewhere(&row) {
            let key = format!("{} {}", row.tool, row.policy_context);
            groups
                .entry(key)
                .or_insert_with(|| (assumed(&row), Vec::new()))
                .1
                .push(row);
        }
    }
    let (mut attacks, mut controls) = (0, 0);
    for (assumed, rows) in groups.into_values() {
        let judge = Judge::new("s", &assumed.tools, &assumed.policy);
        // Without it, a policy that denies everything would pass for one that stops attacks.
        let harmless = judge.verdict(assumed.harmless.clone());
        assert_eq!(harmless.decision, "allow", "{}: {harmless:?}", assumed.harmless);
        let lines: Vec<String> = rows.iter().map(Recorded::line).collect();
        for (row, verdict) in rows.iter().zip(judge.verdicts(&lines)) {
            let wanted = if row.kind == "attack" { "deny" } else { "allow" };
            assert_eq!(verdict.decision, wanted, "{} {}: {verdict:?}", row.id, row.line());
            match row.kind.as_str() {
                "attack" => attacks += 1,
                _ => controls += 1,
            }
        }
    }
    assert!(
        attacks >= 24 && controls >= 5,
        "only {attacks} attacks and {controls} controls were found"
    );
}

/// Rows about paths and envelopes are in `corpora.rs`, those about URLs and addresses in `corpora_net.rs`.
fn is_judged_elsewhere(row: &Recorded) -> bool {
    let allow = &row.policy_context["allow"];
    let has = |tools: &str| {
        let tools: Value = serde_json::from_str(tools).unwrap();
        tools["tools"]
            .as_array()
            .unwrap()
            .iter()
            .any(|tool| tool["name"] == row.tool)
    };
    allow["kind"] == "url"
        || allow["kind"] == "email_domain"
        || allow["tools"] == json!(["read_file"])
        || has(include_str!("../fixtures/mcp-tools/filesystem.json"))
        || has(include_str!("../fixtures/mcp-tools/git.json"))
}

/// What a row assumes: the tools, the policy of an author who knows the row's context, and a call that nothing speaks
/// against.
struct Assumed {
    tools: String,
    policy: String,
    harmless: String,
}

fn assumed(row: &Recorded) -> Assumed {
    let allow = &row.policy_context["allow"];
    let (schema, rule, harmless) = match row.tool.as_str() {
        "slack_post_message" => (
            json!({ "channel_id": text(), "text": text() }),
            r#"{ channel_id: "C024BE91L", text: markdown_without_links }"#.to_owned(),
            json!({ "channel_id": "C024BE91L", "text": "The report is done. See you tomorrow." }),
        ),
        "update_page" => (
            json!({ "page_id": text(), "content": text() }),
            "{ page_id: text(1..=40), content: markdown_without_links }".to_owned(),
            json!({ "page_id": "x", "content": "One line, and another." }),
        ),
        "send_message" => (
            json!({ "recipient": text(), "message": text() }),
            format!("{{ recipient: {}, message: text }}", listed(allow)),
            json!({ "recipient": "+14155550100", "message": "hello" }),
        ),
        // The language has no pattern of SQL, so the author lists the questions that may be asked.
        "query" | "execute_sql" => {
            let name = if row.tool == "query" { "sql" } else { "query" };
            (
                json!({ name: text() }),
                format!(r#"{{ {name}: regex("SELECT \\* FROM support_(tickets|messages)( WHERE id = [0-9]+)?") }}"#),
                json!({ name: "SELECT * FROM support_messages" }),
            )
        }
        "get_figma_data" => (
            json!({ "fileKey": text(), "nodeId": text() }),
            format!("{{ fileKey: regex(\"[A-Za-z0-9]+\"), nodeId: {} }}", regex(allow)),
            json!({ "fileKey": "abc", "nodeId": "1:2" }),
        ),
        "kubectl_scale" => (
            json!({ "name": text(), "replicas": { "type": "integer" } }),
            format!("{{ name: {}, replicas: 1..=10 }}", regex(allow)),
            json!({ "name": "web-1", "replicas": 1 }),
        ),
        "search_code" => (
            json!({ "query": text() }),
            r#"{ query: regex(r"[A-Za-z0-9 _.:/-]*") }"#.to_owned(),
            json!({ "query": "repo:acme/web TODO" }),
        ),
        "create_pull_request" => return read_only(),
        "send_money" if allow["param"] == "amount" => (
            json!({ "amount": { "type": "number" } }),
            format!("{{ amount: {}.0..={}.0 }}", allow["min"], allow["max"]).replace("0.01.0", "0.01"),
            json!({ "amount": 50 }),
        ),
        "send_money" if allow["param"] == "id" => {
            let id = allow["values"][0].clone();
            (
                json!({ "id": { "type": "number" }, "amount": { "type": "number" } }),
                format!("{{ id: {id}, amount?: 0.01..=100.0 }}"),
                json!({ "id": id }),
            )
        }
        "send_money" => (
            json!({ "recipient": text() }),
            format!("{{ recipient: {} }}", listed(allow)),
            json!({ "recipient": allow["values"][0] }),
        ),
        "share_file" => (
            json!({ "permission": { "type": "string", "enum": ["r", "rw"] } }),
            format!("{{ permission: {} }}", listed(allow)),
            json!({ "permission": "r" }),
        ),
        tool => panic!("{} is judged nowhere: {tool} {}", row.id, row.policy_context),
    };
    let required: Vec<&String> = schema
        .as_object()
        .unwrap()
        .keys()
        .filter(|key| !rule.contains(&format!("{key}?:")))
        .collect();
    let input = json!({ "type": "object", "properties": schema, "required": required });
    Assumed {
        tools: json!({ "tools": [{ "name": row.tool, "inputSchema": input }] }).to_string(),
        policy: format!(
            "policy \"corpora/values\"\nuse std::text::{{markdown_without_links}}\nserver s\nallow s.{} {rule}\n",
            row.tool
        ),
        harmless: call(&row.tool, &harmless.to_string()),
    }
}

/// A server with a tool that reads and one that writes, of which the first is granted.
fn read_only() -> Assumed {
    let names = ["owner", "repo", "title", "head", "base", "body"];
    let properties: serde_json::Map<_, _> = names.map(|name| (name.to_owned(), text())).into_iter().collect();
    let schema = json!({ "type": "object", "properties": properties });
    let tools =
        ["create_pull_request", "list_pull_requests"].map(|name| json!({ "name": name, "inputSchema": schema }));
    Assumed {
        tools: json!({ "tools": tools }).to_string(),
        policy: "policy \"corpora/values\"\nserver s\nallow s.list_pull_requests { owner: text, repo: text }\n"
            .to_owned(),
        harmless: call("list_pull_requests", r#"{"owner":"ukend0464","repo":"pacman"}"#),
    }
}

fn text() -> Value {
    json!({ "type": "string" })
}

/// The values that a row lists, as alternatives.
fn listed(allow: &Value) -> String {
    let values = allow["values"].as_array().unwrap().iter();
    values.map(Value::to_string).collect::<Vec<_>>().join(" | ")
}

/// The expression that a row gives, which is for the whole value here.
fn regex(allow: &Value) -> String {
    format!("regex(r\"{}\")", allow["pattern"].as_str().unwrap())
}
