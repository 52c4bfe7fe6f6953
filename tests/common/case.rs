//! One policy about one server, and what is decided under it.

use jiff::Timestamp;
use mcppc::check::{Checked, check};
use mcppc::diagnostic::Source;
use mcppc::eval::{Reason, decide_line};
use mcppc::lock::Lock;
use mcppc::table::{Policy, artifact};
use serde_json::{Value, json};

/// A policy about a server `s`, whose tools have these input schemas.
pub struct Case {
    pub lock: Lock,
    pub policy: String,
}

impl Case {
    pub fn new(tools: &Value, rules: &str) -> Self {
        let definition = format!("sha256:{}", "0".repeat(64));
        let tools = tools.as_object().unwrap();
        let pin = |schema: &Value| json!({ "definition": definition, "inputSchema": schema });
        let pinned: serde_json::Map<_, _> = tools.iter().map(|(name, schema)| (name.clone(), pin(schema))).collect();
        let accepted: Vec<&String> = tools.keys().filter(|name| !name.starts_with("new_")).collect();
        let lock = json!({ "lock": 1, "servers": { "s": { "tools": pinned } }, "wildcards": { "s.*": accepted } });
        let server = if rules.contains("server s") { "" } else { "server s\n" };
        Self {
            lock: Lock::parse(&lock.to_string()).unwrap(),
            policy: format!("policy \"trap\"\n{server}{rules}"),
        }
    }

    pub fn check(&self) -> Checked {
        check(&Source::new("trap.mcpp", self.policy.as_str()), Some(&self.lock), &[])
    }

    pub fn codes(&self) -> Vec<&'static str> {
        self.check().diagnostics.iter().map(|d| d.code).collect()
    }

    pub fn policy(&self) -> Policy {
        let checked = self.check();
        let body = checked
            .body
            .unwrap_or_else(|| panic!("{}\n{:?}", self.policy, checked.diagnostics));
        Policy::from_bytes(&artifact::write(&body).unwrap()).unwrap()
    }

    pub fn reason(&self, tool: &str, arguments: &str) -> Reason {
        let policy = self.policy();
        let line = format!(r#"{{"tool":"s.{tool}","arguments":{arguments}}}"#);
        decide_line(&policy, None, line.as_bytes(), Timestamp::UNIX_EPOCH).reason()
    }
}

/// One tool `t` with these parameters, none required.
pub fn tool(properties: Value) -> Value {
    json!({ "t": { "type": "object", "properties": properties } })
}

#[track_caller]
pub fn decides(tools: &Value, rules: &str, calls: &[(&str, Reason)]) {
    let case = Case::new(tools, rules);
    for (arguments, reason) in calls {
        assert_eq!(case.reason("t", arguments), *reason, "{rules}\n{arguments}");
    }
}

#[track_caller]
pub fn refused(tools: &Value, rules: &str, code: &str) {
    let case = Case::new(tools, rules);
    assert!(case.check().body.is_none(), "{rules}");
    assert!(case.codes().contains(&code), "{rules}: {:?}", case.codes());
}

/// What a line says beside tool and arguments.
#[track_caller]
pub fn decides_around(tools: &Value, rules: &str, calls: &[(&str, &str, Reason)]) {
    let case = Case::new(tools, rules);
    let checked = case.check();
    let body = checked
        .body
        .unwrap_or_else(|| panic!("{rules}\n{:?}", checked.diagnostics));
    let policy = Policy::from_bytes(&artifact::write(&body).unwrap()).unwrap();
    for (arguments, around, reason) in calls {
        let line = format!(r#"{{"tool":"s.t","arguments":{arguments}{around}}}"#);
        let found = decide_line(&policy, None, line.as_bytes(), Timestamp::UNIX_EPOCH).reason();
        assert_eq!(found, *reason, "{rules}\n{line}");
    }
}
