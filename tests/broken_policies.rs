//! What broke policies that others wrote by hand for the same agents: a parameter beside the constrained one left free, a
//! pattern that a missing parameter satisfies, a rule on an array that a string satisfies, a regular expression without
//! anchors, a rule on a parameter that the tool does not have. Written in this language each is an error or a warning, or
//! means what its author meant.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod common {
    #[allow(dead_code, reason = "it also holds what other tests need")]
    pub mod workspace;
}

use serde_json::Value;

use common::workspace::Workspace;

/// A rule under the tools of AgentDojo, and what is said about it.
struct Rule {
    space: Workspace,
    policy: String,
}

impl Rule {
    fn new(rule: &str) -> Self {
        let space = Workspace::new();
        let lock = format!("{}/examples/agentdojo/mcpp.lock", env!("CARGO_MANIFEST_DIR"));
        space.write("mcpp.lock", &std::fs::read_to_string(lock).unwrap());
        let server = match rule.contains("workspace.") {
            true => "workspace { email: send_email.bcc[] }",
            false => "banking",
        };
        let text = format!("policy \"broken\"\nserver {server}\n{rule}\n");
        let policy = space.write("policy.mcpp", &text).to_str().unwrap().to_owned();
        Self { space, policy }
    }

    /// The codes of `mcppc check`.
    fn codes(&self) -> Vec<String> {
        let output = self.space.mcppc(&["check", "--format", "json", &self.policy], b"");
        let text = String::from_utf8(output.stdout).unwrap();
        text.lines()
            .map(|line| {
                serde_json::from_str::<Value>(line).unwrap()["code"]
                    .as_str()
                    .unwrap()
                    .to_owned()
            })
            .collect()
    }

    /// The reason of the decision on a call.
    fn reason(&self, tool: &str, arguments: &str) -> String {
        let call = format!(r#"{{"tool":"{tool}","arguments":{arguments}}}"#);
        let output = self
            .space
            .mcppc(&["eval", "--json", "--policy", &self.policy, "-"], call.as_bytes());
        let complaint = String::from_utf8_lossy(&output.stderr);
        let said: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{complaint}"));
        said["reason"].as_str().unwrap().to_owned()
    }
}

/// A grant is closed, so what it does not name is not free.
#[test]
fn a_sibling_that_nobody_thought_of_is_not_granted() {
    let rule =
        Rule::new(r#"allow workspace.send_email { recipients: [email("*@acme.example")], subject: text, body: text }"#);
    let plain = r#"{"recipients":["ann@acme.example"],"subject":"","body":""}"#;
    let copied = r#"{"recipients":["ann@acme.example"],"subject":"","body":"","bcc":["x@evil.example"]}"#;
    assert_eq!(rule.reason("workspace.send_email", plain), "allowed");
    assert_eq!(rule.reason("workspace.send_email", copied), "unlisted_parameter");
}

/// One that is named, and takes anyone, is a warning.
#[test]
fn a_sibling_that_is_left_free_is_a_warning() {
    let rule = r#"allow workspace.send_email { recipients: [email("*@acme.example")], bcc?: [email], subject: text, body: text }"#;
    assert_eq!(Rule::new(rule).codes(), ["L0005"]);
}

#[test]
fn a_missing_parameter_satisfies_no_grant() {
    let without = Rule::new("allow banking.send_money { amount: 0.01..=100.0, subject: text, date: text }");
    assert_eq!(without.codes(), ["E0121"]);
    let with = Rule::new(r#"allow banking.update_scheduled_transaction { id: 7, recipient: "GB29" }"#);
    assert_eq!(
        with.reason("banking.update_scheduled_transaction", r#"{"id":7}"#),
        "missing_parameter"
    );
}

#[test]
fn a_prohibition_that_absence_escapes_is_a_warning() {
    let rule = Rule::new(r#"deny banking.update_scheduled_transaction { recipient: !"GB29" }"#);
    assert_eq!(rule.codes(), ["L0001", "L0008"]);
    let copies = Rule::new(r#"deny workspace.send_email { bcc: has !email("*@acme.example") }"#);
    assert_eq!(copies.codes(), ["L0001"]);
}

#[test]
fn a_rule_on_an_array_is_not_for_strings() {
    for pattern in [
        r#"email("*@acme.example")"#,
        r#"regex(".*@acme[.]example")"#,
        r#""ann@acme.example""#,
    ] {
        let rule = format!("allow workspace.send_email {{ recipients: {pattern}, subject: text, body: text }}");
        assert_eq!(Rule::new(&rule).codes(), ["E0122"], "{pattern}");
    }
    let rule =
        Rule::new(r#"allow workspace.send_email { recipients: [email("*@acme.example")], subject: text, body: text }"#);
    let call = r#"{"recipients":"ann@acme.example","subject":"","body":""}"#;
    assert_eq!(rule.reason("workspace.send_email", call), "wrong_type");
}

/// A regular expression matches the whole value, and an anchor that would hold for one alternative only is an error.
#[test]
fn a_regular_expression_is_anchored() {
    for pattern in ["^ann|ben$", ".*(@acme[.]example$|@partner[.]example)"] {
        let rule = format!(r#"allow banking.update_password {{ password: regex("{pattern}") }}"#);
        assert_eq!(Rule::new(&rule).codes(), ["E0129"], "{pattern}");
    }
    let rule = Rule::new(r#"allow banking.update_password { password: regex("[a-z]+") }"#);
    assert_eq!(
        rule.reason("banking.update_password", r#"{"password":"abc"}"#),
        "allowed"
    );
    assert_eq!(
        rule.reason("banking.update_password", r#"{"password":"abc1"}"#),
        "pattern_mismatch"
    );
}

#[test]
fn a_parameter_that_the_tool_does_not_have_is_an_error() {
    let grant = r#"allow banking.update_password { password: text, sender: "me" }"#;
    let prohibition = r#"deny banking.send_money { sender: "me" }"#;
    for rule in [grant, prohibition] {
        assert_eq!(Rule::new(rule).codes(), ["E0120"], "{rule}");
    }
}
