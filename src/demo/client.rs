//! A scripted MCP client over real pipes: the handshake, then one call after another.

use std::io::{self, BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};

use serde_json::{Value, json};

use crate::mcp::Revision;

/// A client and the process that it talks to.
#[derive(Debug)]
pub struct Client {
    process: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    sent: u64,
}

/// What came of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The tool ran; its text.
    Text(String),
    /// The call was denied: the reason's code and the message.
    Denied(String, String),
    /// Something else.
    Other(String),
}

impl Client {
    /// Starts the process and shakes hands.
    ///
    /// # Errors
    /// When it cannot be started or does not answer.
    pub fn start(command: &mut Command) -> io::Result<Self> {
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let (Some(input), Some(output)) = (process.stdin.take(), process.stdout.take()) else {
            return Err(io::ErrorKind::BrokenPipe.into());
        };
        let mut client = Self {
            process,
            input,
            output: BufReader::new(output),
            sent: 0,
        };
        let hello = json!({
            "protocolVersion": Revision::V2025_11_25.as_str(),
            "capabilities": {},
            "clientInfo": { "name": "mcppc-demo", "version": env!("CARGO_PKG_VERSION") },
        });
        client.ask("initialize", &hello)?;
        client.say(&json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }))?;
        Ok(client)
    }

    /// The names of the tools.
    ///
    /// # Errors
    /// When there is no answer.
    pub fn tools(&mut self) -> io::Result<Vec<String>> {
        let reply = self.ask("tools/list", &json!({}))?;
        let tools = reply.pointer("/result/tools").and_then(Value::as_array);
        let name = |tool: &Value| tool.get("name").and_then(Value::as_str).map(str::to_owned);
        Ok(tools.into_iter().flatten().filter_map(name).collect())
    }

    /// Calls a tool.
    ///
    /// # Errors
    /// When there is no answer.
    pub fn call(&mut self, tool: &str, arguments: &Value) -> io::Result<Answer> {
        let reply = self.ask("tools/call", &json!({ "name": tool, "arguments": arguments }))?;
        let text = |pointer: &str| reply.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
        let is_error = reply.pointer("/result/isError").and_then(Value::as_bool);
        Ok(
            match (
                is_error,
                text("/result/content/0/text"),
                text("/result/structuredContent/reason"),
            ) {
                (Some(false), Some(text), _) => Answer::Text(text),
                (Some(true), _, Some(reason)) => {
                    Answer::Denied(reason, text("/result/structuredContent/message").unwrap_or_default())
                }
                _ => Answer::Other(reply.to_string()),
            },
        )
    }

    /// Hangs up, and waits for the process to end.
    ///
    /// # Errors
    /// What the system says.
    pub fn close(mut self) -> io::Result<ExitStatus> {
        drop(self.input);
        self.process.wait()
    }

    fn ask(&mut self, method: &str, params: &Value) -> io::Result<Value> {
        self.sent += 1;
        self.say(&json!({ "jsonrpc": "2.0", "id": self.sent, "method": method, "params": params }))?;
        let mut line = String::new();
        while self.output.read_line(&mut line)? > 0 {
            let message: Value = serde_json::from_str(&line)?;
            if message.get("id") == Some(&json!(self.sent)) {
                return Ok(message);
            }
            line.clear();
        }
        Err(io::ErrorKind::UnexpectedEof.into())
    }

    fn say(&mut self, message: &Value) -> io::Result<()> {
        writeln!(self.input, "{message}")
    }
}
