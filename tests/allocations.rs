//! A decision takes no memory: not when it allows, and not when it denies, until somebody asks why.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use allocation_counter::measure;
use jiff::Timestamp;
use mcppc::check::check;
use mcppc::diagnostic::Source;
use mcppc::eval::{Caller, Context, Decision, Reason, Scratch};
use mcppc::lock::Lock;
use mcppc::table::{Policy, artifact};

const POLICY: &str = r#"policy "allocations"
server s { path: path, dir "x" }
"#;

const RULES: &str = r#"policy "allocations"
server s { path { root "/srv/work" dir }: *.path, *.paths[] }
allow s.t {
  path: path("/srv/work/**") & !glob("**/.git/**")
  n?: -10..=10.5
  mode?: "a" | "b"
  paths?: [path; ..=20]
  inner?: { text: line(..=50), ... }
}
deny s.t { any path: glob("**/.env") } because "secrets"
deny s.t { mode: "b" }
"#;

const SCHEMA: &str = r#"{"type":"object","required":["path"],"properties":{
  "path":{"type":"string"},"n":{"type":"number"},"mode":{"anyOf":[{"type":"null"},{"type":"string"}]},
  "paths":{"type":"array","items":{"type":"string"}},
  "inner":{"type":"object","properties":{"text":{"type":"string"}},"additionalProperties":true}}}"#;
