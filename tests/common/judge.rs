//! `mcppc eval` over many lines under one policy.

use serde::Deserialize;
use serde_json::Value;

use super::workspace::{Workspace, assert_exit};

/// A policy beside its lock, and the evaluator that decides under it.
pub struct Judge {
    space: Workspace,
    policy: String,
}

/// What `mcppc eval --json` says about one line.
#[derive(Debug, Deserialize)]
pub struct Verdict {
    index: usize,
    pub decision: String,
    pub reason: String,
}

impl Judge {
    /// Locks `server`'s tools from a saved `tools/list` reply.
    pub fn new(server: &str, tools: &str, policy: &str) -> Self {
        let space = Workspace::new();
        let saved = space.write("tools.json", tools);
        let path = space.write("policy.mcpp", policy).to_str().unwrap().to_owned();
        let saved = format!("{server}={}", saved.display());
        let locked = space.mcppc(&["lock", "--tools", &saved, &path], b"");
        assert_exit(&locked, 0, &format!("lock --tools for\n{policy}"));
        Self { space, policy: path }
    }

    /// One verdict a line, in their order. A line need not be JSON.
    pub fn verdicts(&self, lines: &[String]) -> Vec<Verdict> {
        let output = self.space.mcppc(
            &["eval", "--policy", &self.policy, "--json", "-"],
            lines.join("\n").as_bytes(),
        );
        let text = String::from_utf8(output.stdout).unwrap();
        let verdicts: Vec<Verdict> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert_eq!(verdicts.len(), lines.len(), "eval left lines out: {complaint}");
        let first = verdicts.first().map_or(0, |verdict| verdict.index);
        assert!(
            verdicts
                .iter()
                .zip(first..)
                .all(|(verdict, index)| verdict.index == index),
            "{text}"
        );
        verdicts
    }

    pub fn verdict(&self, line: String) -> Verdict {
        self.verdicts(&[line]).remove(0)
    }
}

/// A call as `eval` reads it; `arguments` is raw text, well formed or not.
pub fn call(tool: &str, arguments: &str) -> String {
    format!(r#"{{"tool":{},"arguments":{arguments}}}"#, Value::from(tool))
}
