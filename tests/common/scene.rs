//! A server with and without the gateway, and what one owes to the other.

use std::path::PathBuf;

use serde_json::{Value, json};

use super::session::{Session, Tools, requests, text};
use super::workspace::{Workspace, assert_exit, mcppc};

/// The inspector's exit code for a result with `isError`.
const RESULT_IS_ERROR: i32 = 5;

/// A server, and the gateway in front of it.
pub struct Scene {
    pub space: Workspace,
    pub tools: Tools,
    pub server: Vec<String>,
    pub gateway: Vec<String>,
    /// What the server behind the gateway was sent.
    pub log: PathBuf,
}

impl Scene {
    /// The policy says how to start the server, and `mcppc lock` starts it.
    pub fn locked(space: Workspace, server: Vec<String>, policy: impl FnOnce(&str) -> String) -> Self {
        let tools = Tools::find();
        let log = space.path("upstream.jsonl");
        let watched = tools.watched(&log, &server);
        let words: Vec<String> = watched.iter().map(|word| format!("{word:?}")).collect();
        let policy = text(&space.write("policy.mcpp", &policy(&words.join(" "))));
        assert_exit(&space.mcppc(&["lock", &policy], b""), 0, "lock");
        assert_exit(
            &space.mcppc(&["lock", "--check", &policy], b""),
            0,
            "lock --check, nothing having changed",
        );
        Self::new(space, tools, server, &policy, &[])
    }

    /// The policy only names the server.
    pub fn bare(space: Workspace, server: Vec<String>, policy: &str, saved: &str) -> Self {
        let tools = Tools::find();
        let policy = text(&space.write("policy.mcpp", policy));
        assert_exit(
            &space.mcppc(&["lock", "--tools", saved, &policy], b""),
            0,
            "lock --tools",
        );
        let watched = tools.watched(&space.path("upstream.jsonl"), &server);
        let command = [vec!["--".into()], watched].concat();
        Self::new(space, tools, server, &policy, &command)
    }

    fn new(space: Workspace, tools: Tools, server: Vec<String>, policy: &str, command: &[String]) -> Self {
        let evidence = text(&space.path("evidence"));
        let mut gateway = vec![text(mcppc())];
        gateway.extend(["run", "--policy", policy, "--evidence", &evidence].map(String::from));
        gateway.extend_from_slice(command);
        let log = space.path("upstream.jsonl");
        Self {
            space,
            tools,
            server,
            gateway,
            log,
        }
    }

    /// Makes the calls with and without the gateway, in each era, and verifies the evidence.
    pub fn compare(&self, eras: &[&str], granted: &[&str], calls: &[Call]) {
        let file = self.calls(calls);
        let wire = self.space.path("client.jsonl");
        for era in eras {
            let drive = |options: &[&str], command: &[String]| {
                Session::drive(
                    &self.space,
                    &self.tools,
                    &[&["--era", era], options].concat(),
                    &file,
                    command,
                )
            };
            let straight = drive(&[], &self.server);
            let gated = drive(&["--wire", &text(&wire)], &self.gateway);
            assert_eq!(gated.revision, straight.revision);

            let listed = straight
                .tools()
                .into_iter()
                .filter(|(name, _)| granted.contains(&name.as_str()));
            assert_eq!(
                gated.tools(),
                listed.collect::<Vec<_>>(),
                "{era}: what is listed, and how"
            );
            assert_eq!(gated.tools().len(), granted.len());

            assert_eq!(
                (gated.replies.len(), straight.replies.len()),
                (calls.len(), calls.len())
            );
            for ((call, with), without) in calls.iter().zip(&gated.replies).zip(&straight.replies) {
                call.judge(with, without, &gated.revision);
            }
            let allowed = requests(&wire, "tools/call").into_iter().zip(calls);
            let allowed = allowed
                .filter(|(_, call)| call.expected == Expected::Same)
                .map(|(line, _)| line);
            assert_eq!(
                requests(&self.log, "tools/call"),
                allowed.collect::<Vec<_>>(),
                "{era}: what was forwarded"
            );
        }
        self.verify();
    }

    /// The same with the inspector, which prints what it has understood of a result.
    pub fn inspect(&self, eras: &[&str], allowed: &[String], denied: &[String]) {
        for era in eras {
            let inspect = |arguments: &[String], command: &[String]| {
                let (program, own) = self
                    .tools
                    .inspector()
                    .split_first()
                    .map(|(p, o)| (p.clone(), o.to_vec()))
                    .unwrap();
                let mut inspector = self.space.command(program);
                inspector
                    .args(own)
                    .args(["--protocol-era", era, "--format", "json"])
                    .args(arguments);
                inspector.arg("--").args(command).output().unwrap()
            };
            let (with, without) = (inspect(allowed, &self.gateway), inspect(allowed, &self.server));
            assert_exit(&without, 0, "the inspector without the gateway");
            assert_exit(&with, 0, "the inspector with the gateway");
            assert_eq!(
                String::from_utf8(with.stdout).unwrap(),
                String::from_utf8(without.stdout).unwrap(),
                "{era}"
            );

            let with = inspect(denied, &self.gateway);
            assert_exit(&with, RESULT_IS_ERROR, "the inspector, being denied");
            let printed: Value = serde_json::from_slice(&with.stdout).unwrap();
            assert_eq!(printed["result"]["isError"], true, "{era}: {printed}");
        }
        self.verify();
    }

    pub fn calls(&self, calls: &[Call]) -> PathBuf {
        let lines: Vec<String> = calls.iter().map(|call| call.line.to_string()).collect();
        self.space.write("calls.jsonl", &lines.join("\n"))
    }

    /// The inspector's options for one call.
    pub fn call(&self, tool: &str, arguments: &Value) -> Vec<String> {
        let arguments = arguments.to_string();
        [
            "--method",
            "tools/call",
            "--tool-name",
            tool,
            "--tool-args-json",
            &arguments,
        ]
        .map(String::from)
        .into()
    }

    pub fn verify(&self) {
        let evidence = text(&self.space.path("evidence"));
        assert_exit(&self.space.mcppc(&["verify", &evidence], b""), 0, "verify");
    }
}

/// A call, and what the gateway owes to it.
pub struct Call {
    line: Value,
    expected: Expected,
}

#[derive(PartialEq)]
enum Expected {
    /// What the server says, errors included.
    Same,
    /// A result that is an error, as the tool is there but not for these arguments.
    Denied,
    /// The error of a tool that does not exist.
    Hidden,
}

impl Call {
    fn judge(&self, with: &str, without: &str, revision: &str) {
        if self.expected == Expected::Same {
            assert_eq!(with, without, "{}", self.line);
            return;
        }
        let (reply, served): (Value, Value) = (
            serde_json::from_str(with).unwrap(),
            serde_json::from_str(without).unwrap(),
        );
        assert_eq!(reply["id"], served["id"]);
        if self.expected == Expected::Hidden {
            assert_eq!(reply["error"]["code"], -32602, "{} gave {with}", self.line);
            return;
        }
        assert_eq!(reply["result"]["isError"], true, "{} gave {with}", self.line);
        assert_eq!(reply["result"]["content"][0]["type"], "text", "{with}");
        let modern = revision >= "2026-07-28";
        let complete = if modern { json!("complete") } else { Value::Null };
        assert_eq!(reply["result"]["resultType"], complete, "{with}");
    }
}

pub fn same(tool: &str, arguments: Value) -> Call {
    Call {
        line: json!({ "tool": tool, "arguments": arguments }),
        expected: Expected::Same,
    }
}

pub fn denied(tool: &str, arguments: Value) -> Call {
    Call {
        expected: Expected::Denied,
        ..same(tool, arguments)
    }
}

pub fn hidden(tool: &str, arguments: Value) -> Call {
    Call {
        expected: Expected::Hidden,
        ..same(tool, arguments)
    }
}
