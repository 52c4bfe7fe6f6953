//! A small MCP file server, for the demonstration: four tools, both eras, nothing outside its own folder.

use std::fs::{self, OpenOptions};
use std::io::{self, BufRead, Write};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::mcp::{INVALID_PARAMS, META_REVISION, METHOD_NOT_FOUND, PARSE_ERROR, Revision};

/// The tools as they are announced.
pub const TOOLS: &str = include_str!("tools.json");

/// Mail is not sent but put here, in the server's folder.
const OUTBOX: &str = "outbox.txt";

/// Serves `folder` until `input` ends: one message a line.
///
/// # Errors
/// When the folder is not there, or reading or writing fails.
pub fn serve(folder: &Path, input: impl BufRead, mut output: impl Write) -> io::Result<()> {
    let server = Server {
        folder: folder.canonicalize()?,
    };
    for line in input.lines() {
        if let Some(reply) = server.answer(&line?) {
            writeln!(output, "{reply}")?;
            output.flush()?;
        }
    }
    Ok(())
}

struct Server {
    folder: PathBuf,
}

impl Server {
    fn answer(&self, line: &str) -> Option<Value> {
        let Ok(request) = serde_json::from_str::<Value>(line) else {
            return Some(error(&Value::Null, PARSE_ERROR, "Parse error"));
        };
        // Notifications want no answer.
        let id = request.get("id")?;
        let params = request.get("params").unwrap_or(&Value::Null);
        let modern = params
            .pointer(&format!("/_meta/{}", META_REVISION.replace('/', "~1")))
            .is_some();
        let result = match request.get("method").and_then(Value::as_str)? {
            "initialize" => initialize(params),
            "server/discover" if modern => json!({
                "supportedVersions": [Revision::V2026_07_28.as_str()],
                "capabilities": { "tools": {} },
                "ttlMs": 0,
                "cacheScope": "private",
            }),
            "ping" => json!({}),
            "tools/list" => list(modern),
            "tools/call" => match self.call(params) {
                Some(result) => result,
                None => return Some(error(id, INVALID_PARAMS, "Unknown tool")),
            },
            _ => return Some(error(id, METHOD_NOT_FOUND, "Method not found")),
        };
        Some(complete(id, result, modern))
    }

    /// `None` for a tool that is not there. What a tool cannot do is a result that is an error.
    fn call(&self, params: &Value) -> Option<Value> {
        let argument = |name: &str| params.pointer(&format!("/arguments/{name}"));
        let text = |name: &str| argument(name).and_then(Value::as_str).unwrap_or_default();
        let done = match params.get("name").and_then(Value::as_str)? {
            "read_text_file" => self.read(text("path"), argument("head").and_then(Value::as_u64)),
            "list_directory" => self.list_directory(text("path")),
            "write_file" => self.write(text("path"), text("content")),
            "send_mail" => self.send_mail(text("to"), text("body")),
            _ => return None,
        };
        let (text, is_error) = match done {
            Ok(text) => (text, false),
            Err(error) => (error.to_string(), true),
        };
        Some(json!({ "content": [{ "type": "text", "text": text }], "isError": is_error }))
    }

    fn read(&self, path: &str, head: Option<u64>) -> io::Result<String> {
        let text = fs::read_to_string(self.inside(path)?)?;
        let lines = usize::try_from(head.unwrap_or(u64::MAX)).unwrap_or(usize::MAX);
        Ok(text.split_inclusive('\n').take(lines).collect())
    }

    fn list_directory(&self, path: &str) -> io::Result<String> {
        let entries = fs::read_dir(self.inside(path)?)?;
        let name = |entry: io::Result<fs::DirEntry>| Ok(entry?.file_name().to_string_lossy().into_owned());
        let mut names = entries.map(name).collect::<io::Result<Vec<String>>>()?;
        names.sort();
        Ok(names.join("\n"))
    }

    fn write(&self, path: &str, content: &str) -> io::Result<String> {
        let path = Path::new(path);
        let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
            return Err(io::ErrorKind::InvalidInput.into());
        };
        // A new file, so that no link is followed.
        let path = self.inside(&parent.to_string_lossy())?.join(name);
        OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(path)?
            .write_all(content.as_bytes())?;
        Ok("written".to_owned())
    }

    fn send_mail(&self, to: &str, body: &str) -> io::Result<String> {
        let mut outbox = OpenOptions::new()
            .append(true)
            .create(true)
            .open(self.folder.join(OUTBOX))?;
        writeln!(outbox, "{to}: {body}")?;
        Ok("sent".to_owned())
    }

    /// The path with its links resolved, if it is in the server's folder. A file server owes this, policy or not.
    fn inside(&self, path: &str) -> io::Result<PathBuf> {
        let path = Path::new(path).canonicalize()?;
        if path.starts_with(&self.folder) {
            Ok(path)
        } else {
            Err(io::ErrorKind::PermissionDenied.into())
        }
    }
}

fn initialize(params: &Value) -> Value {
    let asked = params
        .get("protocolVersion")
        .and_then(Value::as_str)
        .and_then(Revision::parse);
    let revision = asked
        .filter(|revision| !revision.is_modern())
        .unwrap_or(Revision::V2025_11_25);
    json!({
        "protocolVersion": revision.as_str(),
        "capabilities": { "tools": {} },
        "serverInfo": { "name": "mcppc-demo", "version": env!("CARGO_PKG_VERSION") },
    })
}

fn list(modern: bool) -> Value {
    let tools: Value = serde_json::from_str(TOOLS).unwrap_or_default();
    if modern {
        json!({ "tools": tools, "ttlMs": 0, "cacheScope": "private" })
    } else {
        json!({ "tools": tools })
    }
}

fn complete(id: &Value, mut result: Value, modern: bool) -> Value {
    if let (true, Some(members)) = (modern, result.as_object_mut()) {
        members.insert("resultType".to_owned(), json!("complete"));
    }
    json!({ "jsonrpc": "2.0", "id": id, "result": result })
}

fn error(id: &Value, code: i32, message: &str) -> Value {
    json!({ "jsonrpc": "2.0", "id": id, "error": { "code": code, "message": message } })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(folder: &Path, lines: &str) -> Vec<Value> {
        let mut output = Vec::new();
        serve(folder, lines.as_bytes(), &mut output).unwrap();
        let text = String::from_utf8(output).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    fn call(folder: &Path, tool: &str, arguments: Value) -> Value {
        let request = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": { "name": tool, "arguments": arguments } });
        ask(folder, &request.to_string()).remove(0)
    }

    #[test]
    fn both_eras() {
        let folder = tempfile::tempdir().unwrap();
        let replies = ask(
            folder.path(),
            r#"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-06-18"}}
{"jsonrpc":"2.0","method":"notifications/initialized"}
{"jsonrpc":"2.0","id":1,"method":"tools/list"}
{"jsonrpc":"2.0","id":2,"method":"tools/list","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}}}
{"jsonrpc":"2.0","id":3,"method":"foo"}
nonsense"#,
        );
        assert_eq!(replies.len(), 5);
        assert_eq!(replies[0]["result"]["protocolVersion"], "2025-06-18");
        assert_eq!(
            (&replies[1]["result"]["resultType"], &replies[2]["result"]["resultType"]),
            (&Value::Null, &json!("complete"))
        );
        assert_eq!(replies[1]["result"]["tools"].as_array().unwrap().len(), 4);
        assert_eq!(
            (&replies[3]["error"]["code"], &replies[4]["error"]["code"]),
            (&json!(-32601), &json!(-32700))
        );
    }

    #[test]
    fn nothing_outside_its_folder() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("in");
        fs::create_dir(&folder).unwrap();
        fs::write(root.path().join("secret"), "s").unwrap();
        fs::write(folder.join("a"), "1\n2\n").unwrap();
        std::os::unix::fs::symlink(root.path().join("secret"), folder.join("link")).unwrap();
        let path = |name: &str| folder.join(name).display().to_string();
        let read =
            |name: &str| call(&folder, "read_text_file", json!({ "path": path(name), "head": 1 }))["result"].clone();
        assert_eq!(
            (&read("a")["isError"], &read("a")["content"][0]["text"]),
            (&json!(false), &json!("1\n"))
        );
        assert_eq!(read("../secret")["isError"], true);
        assert_eq!(read("link")["isError"], true);
        let write = |name: &str| {
            call(&folder, "write_file", json!({ "path": path(name), "content": "x" }))["result"]["isError"].clone()
        };
        assert_eq!(
            [write("new"), write("../new"), write("a"), write("..")],
            [json!(false), json!(true), json!(true), json!(true)]
        );
        assert_eq!(call(&folder, "nonesuch", json!({}))["error"]["code"], -32602);
    }
}
