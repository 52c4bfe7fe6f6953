//! Asks a stdio server for its tools, as a client would.

use std::io::{BufRead, BufReader, PipeWriter, Read, Write};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel, sync_channel};
use std::time::{Duration, Instant};

use super::{LockedServer, PinError, pin_tools};
use crate::json::{JsonError, Limits, Value, canonical, parse, quote};
use crate::process::{Launch, ServerProcess, Supervision};

/// More than this in one message is no tool list.
const LIMITS: Limits = Limits {
    bytes: 32 << 20,
    depth: 80,
    values: 1_000_000,
};

/// More pages than this, and the server is going round in circles.
const MAX_PAGES: usize = 1_000;

/// A cursor longer than this is not sent back. Real ones are a number or a row's key.
const MAX_CURSOR: usize = 4_096;

/// How long a server has to end by itself once its input is closed.
const GRACE: Duration = Duration::from_secs(2);

/// Why a server's tools could not be had.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// It did not start.
    #[error("`{0}` cannot be started: {1}")]
    Start(String, std::io::Error),
    /// It ended, or closed its output, before it answered.
    #[error("the server ended before it answered `{0}`")]
    Ended(&'static str),
    /// It did not answer in time.
    #[error("the server did not answer `{0}` in time")]
    Timeout(&'static str),
    /// It answered with an error.
    #[error("the server refused `{0}`: {1}")]
    Refused(&'static str, String),
    /// It answered with something that is not strict JSON.
    #[error("the server's answer to `{0}` cannot be read: {1}")]
    Json(&'static str, JsonError),
    /// Its list of tools cannot be pinned.
    #[error("the server's tools cannot be pinned: {0}")]
    Pin(#[from] PinError),
    /// Its list does not end.
    #[error("the server's list of tools has more than {MAX_PAGES} pages")]
    Endless,
    /// It names the next page at length.
    #[error("the server's `nextCursor` has more than {MAX_CURSOR} bytes")]
    Cursor,
}

/// Starts the server, asks for all its tools, and ends it again. Every answer has `patience` to come.
///
/// # Errors
/// Why there is no answer to rely on.
pub fn ask(launch: &Launch, supervision: Supervision, patience: Duration) -> Result<LockedServer, AskError> {
    let mut session = Session::start(launch, supervision, patience)?;
    let outcome = session.ask();
    session.end();
    outcome
}

struct Session {
    server: ServerProcess,
    stdin: PipeWriter,
    lines: Receiver<Vec<u8>>,
    patience: Duration,
    next_id: u64,
}

impl Session {
    fn start(launch: &Launch, supervision: Supervision, patience: Duration) -> Result<Self, AskError> {
        let (server, stdin, stdout) = ServerProcess::start(launch, supervision)
            .map_err(|error| AskError::Start(launch.command.first().cloned().unwrap_or_default(), error))?;
        // One line waits at the most: a server that floods us is held back by its pipe.
        let (sender, lines) = sync_channel(1);
        std::thread::spawn(move || {
            let mut reader = BufReader::new(stdout);
            let bound = LIMITS.bytes as u64 + 2;
            loop {
                let mut line = Vec::new();
                let read = reader.by_ref().take(bound).read_until(b'\n', &mut line);
                if !matches!(read, Ok(1..)) || sender.send(line).is_err() {
                    return;
                }
            }
        });
        Ok(Self {
            server,
            stdin,
            lines,
            patience,
            next_id: 1,
        })
    }

    /// A server of 2025-11-25 or before is greeted with `initialize`; a later one refuses that and needs no greeting.
    fn ask(&mut self) -> Result<LockedServer, AskError> {
        let hello = r#"{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"mcppc","version":"0"}}"#;
        let (meta, info) = match self.request("initialize", hello) {
            Ok(answer) => {
                self.send(r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#);
                ("", answer)
            }
            Err(AskError::Refused(..)) => (
                r#""_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{"name":"mcppc","version":"0"},"io.modelcontextprotocol/clientCapabilities":{}}"#,
                String::from("{}"),
            ),
            Err(error) => return Err(error),
        };
        let mut server = named(&info);
        let mut cursor: Option<String> = None;
        for _ in 0..MAX_PAGES {
            let cursor_member = cursor.map(|cursor| format!("\"cursor\":{}", quote(&cursor)));
            let members: Vec<&str> = cursor_member
                .as_deref()
                .into_iter()
                .chain(Some(meta).filter(|m| !m.is_empty()))
                .collect();
            let answer = self.request("tools/list", &format!("{{{}}}", members.join(",")))?;
            let page = parse(answer.as_bytes(), &LIMITS).map_err(|error| AskError::Json("tools/list", error))?;
            pin_tools(&page, &mut server.tools)?;
            if server.name.is_empty() {
                let info = page
                    .get("_meta")
                    .and_then(|m| m.get("io.modelcontextprotocol/serverInfo"));
                (server.name, server.version) = info.map(name_and_version).unwrap_or_default();
            }
            match page.get("nextCursor").and_then(Value::as_str) {
                None => return Ok(server),
                Some(next) if next.len() > MAX_CURSOR => return Err(AskError::Cursor),
                next => cursor = next.map(str::to_owned),
            }
        }
        Err(AskError::Endless)
    }

    /// The result of a request as canonical JSON.
    fn request(&mut self, method: &'static str, params: &str) -> Result<String, AskError> {
        let id = self.next_id.to_string();
        self.next_id += 1;
        self.send(&format!(
            "{{\"jsonrpc\":\"2.0\",\"id\":{id},\"method\":{},\"params\":{params}}}",
            quote(method)
        ));
        let deadline = Instant::now() + self.patience;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            // Of a server that never stops talking there is always a line to be had.
            if left.is_zero() {
                return Err(AskError::Timeout(method));
            }
            let line = self.lines.recv_timeout(left).map_err(|error| match error {
                RecvTimeoutError::Timeout => AskError::Timeout(method),
                RecvTimeoutError::Disconnected => AskError::Ended(method),
            })?;
            let message = parse(&line, &LIMITS).map_err(|error| AskError::Json(method, error))?;
            if message.get("method").is_some() || message.get("id").is_none_or(|found| canonical(found) != id) {
                continue;
            }
            return match (message.get("result"), message.get("error")) {
                (Some(result), None) => Ok(canonical(result)),
                (_, error) => {
                    let text = error
                        .and_then(|e| e.get("message"))
                        .and_then(Value::as_str)
                        .unwrap_or("no reason given");
                    Err(AskError::Refused(method, text.to_owned()))
                }
            };
        }
    }

    /// A server that no longer reads is noticed by its missing answer.
    fn send(&mut self, message: &str) {
        let _ = self.stdin.write_all(format!("{message}\n").as_bytes());
    }

    /// Closes the input, waits, and ends what has not ended by itself.
    fn end(self) {
        drop(self.stdin);
        if let Ok(watch) = self.server.watch() {
            let (sender, ended) = channel();
            std::thread::spawn(move || {
                watch.wait();
                let _: Result<(), _> = sender.send(());
            });
            let _ = ended.recv_timeout(GRACE);
        }
        let _ = self.server.reap();
    }
}

fn named(info: &str) -> LockedServer {
    let parsed = parse(info.as_bytes(), &LIMITS).ok();
    let info = parsed.as_ref().and_then(|result| result.get("serverInfo"));
    let (name, version) = info.map(name_and_version).unwrap_or_default();
    LockedServer {
        name,
        version,
        ..LockedServer::default()
    }
}

fn name_and_version(info: &Value<'_>) -> (String, String) {
    let word = |key| info.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    (word("name"), word("version"))
}
