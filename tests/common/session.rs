//! Real clients and real servers, as `./test` installs them.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::workspace::{Workspace, assert_exit};

/// Where `./test` has put the pinned servers and clients.
pub struct Tools(PathBuf);

impl Tools {
    /// Fails where they are not installed: a test that needs them must not pass without them.
    pub fn find() -> Self {
        let named = std::env::var_os("MCPP_TOOLS").map(PathBuf::from);
        let folder = named.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join(".tools"));
        assert!(
            folder.join("stamp").is_file(),
            "the servers and clients that this test runs are not in {}: run ./test",
            folder.display()
        );
        Self(folder)
    }

    pub fn python(&self) -> String {
        self.at("python/bin/python")
    }

    pub fn filesystem(&self, root: &Path) -> Vec<String> {
        let server = "node/node_modules/@modelcontextprotocol/server-filesystem/dist/index.js";
        vec![self.node(), self.at(server), text(root)]
    }

    pub fn git(&self) -> Vec<String> {
        vec![self.at("python/bin/mcp-server-git")]
    }

    pub fn time(&self) -> Vec<String> {
        [&self.at("python/bin/mcp-server-time"), "--local-timezone", "UTC"]
            .map(String::from)
            .into()
    }

    /// The inspector's command line, up to its own options.
    pub fn inspector(&self) -> Vec<String> {
        let launcher = "node/node_modules/@modelcontextprotocol/inspector/clients/launcher/build/index.js";
        vec![self.node(), self.at(launcher), "--cli".into()]
    }

    /// `command` behind a pipe that writes each line of both directions to `log`.
    pub fn watched(&self, log: &Path, command: &[String]) -> Vec<String> {
        let mut watched = vec![self.python(), driver("wire.py"), text(log), "--".into()];
        watched.extend_from_slice(command);
        watched
    }

    fn node(&self) -> String {
        self.at("node/node_modules/.bin/node")
    }

    fn at(&self, path: &str) -> String {
        text(&self.0.join(path))
    }
}

/// What the SDK's client got from a server: the lines as they were on the wire.
pub struct Session {
    /// The protocol revision that was agreed on.
    pub revision: String,
    pub lists: Vec<String>,
    pub replies: Vec<String>,
}

impl Session {
    /// Lists the tools of `command`, then makes the calls in the file, one after the other.
    pub fn drive(space: &Workspace, tools: &Tools, options: &[&str], calls: &Path, command: &[String]) -> Self {
        let output = space
            .command(tools.python())
            .arg(driver("drive.py"))
            .args(options)
            .arg("--calls")
            .arg(calls)
            .arg("--")
            .args(command)
            .output()
            .unwrap();
        assert_exit(&output, 0, &format!("drive {options:?} {command:?}"));
        let mut session = Self {
            revision: String::new(),
            lists: Vec::new(),
            replies: Vec::new(),
        };
        for line in String::from_utf8(output.stdout).unwrap().lines() {
            match serde_json::from_str(line).unwrap() {
                Line::Era { era } => session.revision = era,
                Line::List { list } => session.lists.push(list),
                Line::Reply { reply } => session.replies.push(reply),
            }
        }
        session
    }

    /// The listed tools by name, each definition as its bytes.
    pub fn tools(&self) -> Vec<(String, String)> {
        let pages = self
            .lists
            .iter()
            .map(|page| serde_json::from_str::<ListReply>(page).unwrap());
        pages
            .flat_map(|page| page.result.tools)
            .map(|tool| (tool_name(&tool), tool.get().to_owned()))
            .collect()
    }
}

/// The requests with this method that a watched server was sent, as their bytes.
pub fn requests(log: &Path, method: &str) -> Vec<String> {
    let log = std::fs::read_to_string(log).unwrap();
    let lines = log.lines().map(|line| serde_json::from_str::<Seen>(line).unwrap());
    lines
        .filter(|seen| seen.from == "client")
        .map(|seen| seen.line)
        .filter(|line| serde_json::from_str::<Value>(line).unwrap()["method"] == method)
        .collect()
}

/// A path as the text that a command line or a policy holds.
pub fn text(path: &Path) -> String {
    path.to_str().unwrap().to_owned()
}

fn driver(name: &str) -> String {
    text(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/drivers").join(name))
}

fn tool_name(tool: &RawValue) -> String {
    let tool: Value = serde_json::from_str(tool.get()).unwrap();
    tool["name"].as_str().unwrap().to_owned()
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Line {
    Era { era: String },
    List { list: String },
    Reply { reply: String },
}

#[derive(Deserialize)]
struct ListReply {
    result: ListResult,
}

#[derive(Deserialize)]
struct ListResult {
    tools: Vec<Box<RawValue>>,
}

#[derive(Deserialize)]
struct Seen {
    from: String,
    line: String,
}
