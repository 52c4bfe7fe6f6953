//! An MCP server that writes down what it executes, and misbehaves when told to.
//!
//! `oracle LOG [OPTION…]`: each executed call adds a line to LOG before it is answered; `LOG.server` gets its process id,
//! and `LOG.environment` the names of its variables.
//!
//! - `--stubborn`: it starts a child of its own (its process id goes to `LOG.child`) and does not end when its input does.
//! - `--daemon`: before anything else it starts a daemon (its process id goes to `LOG.daemon`): a process that is nobody's
//!   child, in a session of its own, which holds all that it has inherited.
//! - `--deaf`: it does not end at SIGTERM either.
//! - `--result=JSON`: what `run` answers.
//! - `--ask=JSON`: what `ask` asks of the client: an array of methods with their params, `[["roots/list", {}]]`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::zombie_processes,
    reason = "a test"
)]

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, Write};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

const TOOLS: [&str; 6] = ["run", "hang", "crash", "ask", "change", "garble"];

struct Oracle {
    log: File,
    changed: bool,
    /// The id of the `ask` that is open, and what was answered so far.
    asking: Option<(Value, Vec<Value>)>,
    /// What `run` answers, where it was told.
    result: Option<Value>,
    /// What `ask` asks for.
    asks: Vec<(String, Value)>,
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().expect("the log's path");
    let options: Vec<String> = arguments.collect();
    let is_set = |option: &str| options.iter().any(|given| given == option);
    match options.first().map(String::as_str) {
        Some("become-daemon") => return become_daemon(&path),
        Some("be-daemon") => return std::thread::sleep(Duration::from_secs(1_000)),
        _ => {}
    }
    write_id(&path, "server", std::process::id());
    let variables: Vec<String> = std::env::vars_os()
        .map(|(name, _)| name.to_string_lossy().into_owned())
        .collect();
    fs::write(format!("{path}.environment"), variables.join("\n")).expect("the environment");
    if is_set("--daemon") {
        let parent = itself(&path, "become-daemon").status().expect("a daemon's parent");
        assert!(parent.success());
    }
    if is_set("--deaf") {
        let ignored = Arc::default();
        signal_hook::flag::register(signal_hook::consts::SIGTERM, ignored).expect("a handler");
    }
    if is_set("--stubborn") {
        let child = Command::new("sleep").arg("1000").spawn().expect("a child");
        write_id(&path, "child", child.id());
    }
    let log = OpenOptions::new()
        .append(true)
        .create(true)
        .open(path)
        .expect("the log");
    let mut oracle = Oracle {
        log,
        changed: false,
        asking: None,
        result: options
            .iter()
            .find_map(|option| option.strip_prefix("--result="))
            .map(|json| serde_json::from_str(json).expect("a result in JSON")),
        asks: options
            .iter()
            .find_map(|option| option.strip_prefix("--ask="))
            .map_or_else(usual_asks, |json| serde_json::from_str(json).expect("requests in JSON")),
    };
    for line in io::stdin().lock().lines() {
        let Ok(line) = line else { break };
        let message: Value = serde_json::from_str(&line).expect("strict JSON from the gateway");
        oracle.on(&message);
    }
    if is_set("--stubborn") {
        std::thread::sleep(Duration::from_secs(1_000));
    }
}

fn usual_asks() -> Vec<(String, Value)> {
    let methods = ["roots/list", "sampling/createMessage", "elicitation/create"];
    methods.map(|method| (method.to_owned(), json!({}))).into()
}

/// Leaves the session, and its child to whoever takes orphans.
fn become_daemon(path: &str) {
    rustix::process::setsid().expect("a session");
    let daemon = itself(path, "be-daemon").spawn().expect("a daemon");
    write_id(path, "daemon", daemon.id());
}

fn itself(path: &str, role: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().expect("this program"));
    command.args([path, role]);
    command
}

fn write_id(path: &str, of: &str, id: u32) {
    fs::write(format!("{path}.{of}"), id.to_string()).expect("a process id");
}

impl Oracle {
    fn on(&mut self, message: &Value) {
        let Some(id) = message.get("id") else { return };
        match message.get("method").and_then(Value::as_str) {
            Some("initialize") => {
                let revision = &message["params"]["protocolVersion"];
                self.log_line(&format!("capabilities {}", message["params"]["capabilities"]));
                let capabilities =
                    json!({ "tools": { "listChanged": true }, "resources": {}, "prompts": {}, "completions": {} });
                let server = json!({ "name": "oracle", "version": "1" });
                reply(
                    id,
                    &json!({ "protocolVersion": revision, "capabilities": capabilities, "serverInfo": server }),
                );
            }
            Some("tools/list") => reply(id, &json!({ "tools": TOOLS.map(|name| self.definition(name)) })),
            Some("tools/call") => self.call(id, &message["params"]),
            Some(method) => {
                let params = &message["params"];
                let about = params
                    .get("uri")
                    .or(params.get("name"))
                    .map_or(String::new(), |name| format!(" {name}"));
                self.log_line(&format!("method {method}{about}"));
                reply(id, &answer(method, params));
            }
            None => self.on_answer(message),
        }
    }

    fn definition(&self, name: &str) -> Value {
        let description = if self.changed && name == "run" {
            "Now does something else."
        } else {
            ""
        };
        json!({
            "name": name,
            "description": description,
            "inputSchema": { "type": "object", "properties": { "n": { "type": "integer" } } },
        })
    }

    fn call(&mut self, id: &Value, params: &Value) {
        let name = params["name"].as_str().unwrap_or_default();
        self.log_line(&format!("{name} {}", params["arguments"]["n"]));
        match name {
            "hang" => {}
            "crash" => std::process::exit(3),
            "ask" => {
                self.asking = Some((id.clone(), Vec::new()));
                for (id, (method, params)) in self.asks.iter().enumerate() {
                    say(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }));
                }
            }
            "change" => {
                self.changed = true;
                say(&json!({ "jsonrpc": "2.0", "method": "notifications/tools/list_changed" }));
                text(id, "changed");
            }
            "garble" => {
                println!("a log line on the wrong stream");
                println!(r#"{{"jsonrpc":"2.0","id":{id},"result":{{"a":1,"a":2}}}}"#);
            }
            _ => match &self.result {
                Some(result) => reply(id, result),
                None => text(id, "done"),
            },
        }
    }

    fn on_answer(&mut self, message: &Value) {
        let Some((id, mut answers)) = self.asking.take() else {
            return;
        };
        answers.push(message.clone());
        if answers.len() == self.asks.len() {
            text(&id, &json!(answers).to_string());
        } else {
            self.asking = Some((id, answers));
        }
    }

    fn log_line(&mut self, line: &str) {
        writeln!(self.log, "{line}").expect("the log");
    }
}

/// What it has beside tools.
fn answer(method: &str, params: &Value) -> Value {
    let uris = [
        "file:///srv/work/a.md",
        "file:///srv/work/.git/config",
        "file:///etc/passwd",
        "memo://insights",
    ];
    match method {
        "resources/list" => {
            let resource = |uri: &str| json!({ "uri": uri, "name": "n" });
            json!({ "resources": uris.map(resource) })
        }
        "resources/templates/list" => {
            json!({ "resourceTemplates": [{ "uriTemplate": "file:///{path}", "name": "n" }] })
        }
        "resources/read" => json!({ "contents": [{ "uri": params["uri"], "text": "content" }] }),
        "prompts/list" => json!({ "prompts": [{ "name": "greet" }, { "name": "leak" }] }),
        "prompts/get" => json!({ "messages": [] }),
        "completion/complete" => json!({ "completion": { "values": ["Ann"] } }),
        _ => json!({}),
    }
}

fn text(id: &Value, text: &str) {
    reply(
        id,
        &json!({ "content": [{ "type": "text", "text": text }], "isError": false }),
    );
}

fn reply(id: &Value, result: &Value) {
    say(&json!({ "jsonrpc": "2.0", "id": id, "result": result }));
}

fn say(message: &Value) {
    println!("{message}");
}
