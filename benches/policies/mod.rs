//! The policies that everything here is measured with: a folder for each rule and the same nine demands
//! beside it, all rules on one tool or ten each on as many tools as that takes, and one prohibition over all readings.

use std::ops::Range;
use std::sync::Arc;

use mcppc::check::check;
use mcppc::diagnostic::Source;
use mcppc::lock::Lock;
use mcppc::pattern::{Automaton, PatternKind, path_to_regex};
use mcppc::table::{Body, Tool};

/// What each rule says beside its own folder.
const REST: &str = r#"pattern rest = {
  host: host("*.internal.example.net")
  ip: ip("192.168.0.0/16")
  mode: "read" | "list"
  limit: 1..=1000
  query: text(..=200)
  encoding?: "utf-8"
  follow_symlinks?: false
  offset?: 0..=100
  tags?: [text(..=20); ..=8]
}
"#;

const SCHEMA: &str = r#"{"type":"object","required":["path","query"],"properties":{
  "path":{"type":"string"},"host":{"type":"string"},"ip":{"type":"string"},
  "mode":{"type":"string","enum":["read","list","write"]},"limit":{"type":"integer"},"query":{"type":"string"},
  "encoding":{"type":"string"},"follow_symlinks":{"type":"boolean"},"offset":{"type":"integer"},
  "tags":{"type":"array","items":{"type":"string"}}}}"#;

/// The most rules that a policy's text has room for: more are made of the rules of a smaller one.
pub const MOST_IN_TEXT: usize = 10_000;

/// How many rules there are, and how many tools they are about.
#[derive(Clone, Copy)]
pub struct Size {
    pub rules: usize,
    pub tools: usize,
}

impl Size {
    pub fn new(rules: usize, spread: bool) -> Self {
        let tools = if spread { rules.div_ceil(10) } else { 1 };
        Self { rules, tools }
    }

    /// The tool that a rule is about.
    pub fn tool(self, rule: usize) -> String {
        format!("t{:05}", rule / self.each())
    }

    /// How many rules each tool has; the last may have fewer.
    fn each(self) -> usize {
        self.rules.div_ceil(self.tools)
    }

    /// In words.
    pub fn on(self) -> String {
        match self.tools {
            1 => "1 tool".to_owned(),
            tools => format!("{tools} tools"),
        }
    }
}

/// A policy of that size, checked.
pub fn body(size: Size) -> Body {
    if size.rules <= MOST_IN_TEXT {
        return check_text(&text(size), size.tools);
    }
    let one_each = Size {
        rules: size.tools,
        ..size
    };
    let mut body = check_text(&text(one_each), size.tools);
    let rule = body.rules.first().unwrap().clone();
    let prohibition = body.rules.pop().unwrap();
    body.rules = vec![rule; size.rules];
    body.rules.push(prohibition);
    let tools = body.servers.get_mut("files").unwrap().tools.values_mut();
    for (tool, first) in tools.zip((0..size.rules).step_by(size.each())) {
        grow(tool, first..size.rules.min(first + size.each()), size);
    }
    body
}

/// Makes these rules of a tool's first.
fn grow(tool: &mut Tool, rules: Range<usize>, size: Size) {
    let first = tool.grants.first().unwrap().clone();
    let grants = rules.map(|rule| {
        let mut grant = first.clone();
        grant.rule = u32::try_from(rule).unwrap();
        let regex = path_to_regex(&[(&format!("/home/agent/p{rule:05}/**"), false)]).unwrap();
        let path = grant.fields.iter_mut().find(|field| field.name == "path").unwrap();
        Arc::make_mut(path).pattern.kind = PatternKind::Automaton(Automaton::new(&regex).unwrap());
        grant
    });
    tool.grants = grants.collect();
    for prohibition in &mut tool.prohibitions {
        prohibition.rule = u32::try_from(size.rules).unwrap();
    }
}

/// The text of a policy.
pub fn text(size: Size) -> String {
    let rules: Vec<String> = (0..size.rules)
        .map(|rule| {
            let tool = size.tool(rule);
            format!("allow files.{tool} {{ path: path(\"/home/agent/p{rule:05}/**\"), ...rest }}\n")
        })
        .collect();
    format!(
        "policy \"bench\"\nserver files {{ path: *.path, host: *.host, ip: *.ip }}\n{REST}{}deny files.* {{ any path: path(\"**/.ssh/**\") }}\n",
        rules.concat()
    )
}

/// Checks a policy's text, under a lock with so many tools.
pub fn check_text(text: &str, tools: usize) -> Body {
    let names: Vec<String> = (0..tools).map(|tool| format!("t{tool:05}")).collect();
    let digest = "0".repeat(64);
    let pins: Vec<String> = names
        .iter()
        .map(|name| format!(r#""{name}":{{"definition":"sha256:{digest}","inputSchema":{SCHEMA}}}"#))
        .collect();
    let lock = format!(
        r#"{{"lock":1,"servers":{{"files":{{"tools":{{{}}}}}}},"wildcards":{{"files.*":{names:?}}}}}"#,
        pins.join(",")
    );
    let checked = check(
        &Source::new("bench.mcpp", text),
        Some(&Lock::parse(&lock).unwrap()),
        &[],
    );
    assert!(checked.body.is_some(), "{:?}", checked.diagnostics);
    checked.body.unwrap()
}
