//! Recorded attacks on tools that take URLs and e-mail addresses, with their harmless neighbours, judged by `mcppc eval`
//! under the policy that each row assumes.
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
    pub mod judge;
    pub mod workspace;
}

use std::collections::BTreeMap;

use serde_json::{Value, json};

use common::corpora::{Recorded, corpora, rows};
use common::judge::{Judge, Verdict, call};

/// What a row assumes, and the rows.
struct Group {
    judge: Judge,
    /// The parameter that the policy is about.
    parameter: &'static str,
    harmless: String,
    rows: Vec<Recorded>,
}

#[test]
fn recorded_attacks_with_urls_and_addresses_are_denied_and_their_controls_allowed() {
    let Some(folder) = corpora("recorded attacks with URLs and addresses") else {
        return;
    };
    let mut by_context = BTreeMap::<(String, String), Vec<Recorded>>::new();
    for row in rows::<Recorded>(&folder.join("attacks/values.jsonl")) {
        let kind = &row.policy_context["allow"]["kind"];
        if row.decidable == "call" && (kind == "url" || kind == "email_domain") {
            let context = (row.tool.clone(), row.policy_context.to_string());
            by_context.entry(context).or_default().push(row);
        }
    }
    let (mut attacks, mut controls) = (0, 0);
    for group in by_context.into_values().map(group) {
        let verdict = group.judge.verdict(group.harmless.clone());
        assert_eq!(verdict.decision, "allow", "{}: {verdict:?}", group.harmless);
        let lines: Vec<String> = group.rows.iter().map(Recorded::line).collect();
        for (row, verdict) in group.rows.iter().zip(group.judge.verdicts(&lines)) {
            if row.kind == "attack" {
                attacks += 1;
                assert_eq!(verdict.decision, "deny", "attack {} is allowed: {}", row.id, row.line());
            } else {
                controls += 1;
                expect_allowed(&group, row, &verdict);
            }
        }
    }
    assert!(
        attacks >= 45 && controls >= 7,
        "only {attacks} attacks and {controls} controls were found"
    );
}

/// A harmless call is allowed. A URL that the WHATWG serialiser would write otherwise is refused for that very reason,
/// and allowed as it would write it.
fn expect_allowed(group: &Group, row: &Recorded, verdict: &Verdict) {
    let written = row.arguments[group.parameter]
        .as_str()
        .map(|text| url::Url::parse(text).unwrap().to_string());
    match written {
        Some(written) if row.arguments[group.parameter] != written => {
            assert_eq!(verdict.reason, "ambiguous_value", "{}: {verdict:?}", row.line());
            let mut arguments = row.arguments.clone();
            arguments[group.parameter] = written.into();
            let verdict = group.judge.verdict(call(&row.tool, &arguments.to_string()));
            assert_eq!(verdict.decision, "allow", "{arguments}: {verdict:?}");
        }
        _ => assert_eq!(verdict.decision, "allow", "{}: {verdict:?}", row.line()),
    }
}

/// The policy that an author who knows the row's context would write.
fn group(rows: Vec<Recorded>) -> Group {
    let tool = rows[0].tool.clone();
    let allow = &rows[0].policy_context["allow"];
    let texts = |key: &str| -> Vec<String> {
        let list = allow[key].as_array().unwrap().iter();
        list.map(|text| text.as_str().unwrap().to_owned()).collect()
    };
    if allow["kind"] == "email_domain" {
        let domains: Vec<String> = texts("domains")
            .iter()
            .map(|domain| format!("email(\"*@{domain}\")"))
            .collect();
        let policy = format!(
            "policy \"corpora/mail\"\nserver net\nallow net.{tool} {{ recipients: [{}; 1..=20], subject: line, body: text }}\n",
            domains.join(" | ")
        );
        let arguments = json!({ "recipients": [format!("ann@{}", texts("domains")[0])], "subject": "s", "body": "b" });
        return Group {
            judge: Judge::new("net", &tools(&tool, &["subject", "body"], Some("recipients")), &policy),
            parameter: "recipients",
            harmless: call(&tool, &arguments.to_string()),
            rows,
        };
    }
    let parameter = if tool == "connect" {
        "authorization_endpoint"
    } else {
        "url"
    };
    let below = allow["path_prefix"].as_str().unwrap_or("/").trim_end_matches('/');
    let hosts = texts("hosts");
    let patterns = texts("schemes").into_iter().flat_map(|scheme| {
        let url = move |host: &String| format!("url(\"{scheme}://{host}{below}/**?**\")");
        hosts.iter().map(url).collect::<Vec<_>>()
    });
    let policy = format!(
        "policy \"corpora/net\"\nserver net\nallow net.{tool} {{ {parameter}: {} }}\n",
        patterns.collect::<Vec<_>>().join(" | ")
    );
    let harmless = format!("https://{}{below}/a?b=1", hosts[0].replace('*', "x"));
    Group {
        judge: Judge::new("net", &tools(&tool, &[parameter], None), &policy),
        parameter,
        harmless: call(&tool, &json!({ parameter: harmless }).to_string()),
        rows,
    }
}

/// One tool with text parameters, and perhaps a list of texts.
fn tools(tool: &str, texts: &[&str], list: Option<&str>) -> String {
    let mut properties = serde_json::Map::new();
    for name in texts {
        properties.insert((*name).to_owned(), json!({ "type": "string" }));
    }
    if let Some(name) = list {
        properties.insert(
            name.to_owned(),
            json!({ "type": "array", "items": { "type": "string" } }),
        );
    }
    let required: Vec<Value> = properties.keys().map(|name| name.as_str().into()).collect();
    let schema = json!({ "type": "object", "properties": properties, "required": required });
    json!({ "tools": [{ "name": tool, "inputSchema": schema }] }).to_string()
}
