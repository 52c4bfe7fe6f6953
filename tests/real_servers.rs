//! Real servers behind the gateway, driven by real clients, in every era that both speak.
//!
//! Each call is made twice, straight and through `mcppc run`. An allowed call must come back with
//! the same bytes, and must have reached the server with the bytes that the client sent; a denied
//! one must not have reached it at all.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod common {
    pub mod scene;
    pub mod session;
    pub mod workspace;
}

use std::path::PathBuf;

use serde_json::{Value, json};

use common::scene::{Scene, denied, hidden, same};
use common::session::{Session, Tools, requests, text};
use common::workspace::{Workspace, assert_exit};

/// Only speaks up to 2025-11-25; `auto` asks it for more and has to fall back.
#[test]
fn filesystem() {
    let (space, tools) = (Workspace::new(), Tools::find());
    let root = work_files(&space);
    let scene = Scene::locked(space, tools.filesystem(&root), |server| {
        filesystem_policy(&text(&root), server)
    });
    let at = |name: &str| format!("{}/{name}", text(&root));
    scene.compare(
        &["legacy", "auto"],
        &[
            "list_allowed_directories",
            "list_directory",
            "read_multiple_files",
            "read_text_file",
            "write_file",
        ],
        &[
            same("read_text_file", json!({ "path": at("notes.md") })),
            same("read_text_file", json!({ "path": at("notes.md"), "head": 1 })),
            same("read_text_file", json!({ "path": at("no such file") })),
            same(
                "read_multiple_files",
                json!({ "paths": [at("notes.md"), at("sub/ünïcode.txt")] }),
            ),
            same("list_directory", json!({ "path": at("sub") })),
            same(
                "write_file",
                json!({ "path": at("out/a.txt"), "content": "€ \"quoted\"\n" }),
            ),
            same("list_allowed_directories", json!({})),
            denied("read_text_file", json!({ "path": "/etc/passwd" })),
            denied("read_text_file", json!({ "path": at("sub/../notes.md") })),
            denied("read_text_file", json!({ "path": at(".env") })),
            denied("read_text_file", json!({ "path": at("private/key") })),
            denied("read_text_file", json!({ "path": at("notes.md"), "follow": true })),
            denied(
                "read_multiple_files",
                json!({ "paths": [at("notes.md"), "/etc/passwd"] }),
            ),
            denied("write_file", json!({ "path": at("elsewhere.txt"), "content": "" })),
            hidden(
                "move_file",
                json!({ "source": at("nothing"), "destination": at("moved") }),
            ),
        ],
    );
}

#[test]
fn git() {
    let (space, tools) = (Workspace::new(), Tools::find());
    let repository = text(&repository(&space));
    let scene = Scene::locked(space, tools.git(), |server| git_policy(&repository, server));
    scene.compare(
        &["legacy", "modern", "auto"],
        &["git_diff_unstaged", "git_log", "git_show", "git_status"],
        &[
            same("git_status", json!({ "repo_path": repository })),
            same("git_log", json!({ "repo_path": repository, "max_count": 1 })),
            same("git_show", json!({ "repo_path": repository, "revision": "HEAD" })),
            same(
                "git_show",
                json!({ "repo_path": repository, "revision": "no-such-branch" }),
            ),
            same("git_diff_unstaged", json!({ "repo_path": repository })),
            denied(
                "git_show",
                json!({ "repo_path": repository, "revision": "--output=/tmp/evil" }),
            ),
            denied("git_status", json!({ "repo_path": "/" })),
            denied("git_log", json!({ "repo_path": repository, "max_count": "1" })),
            hidden("git_reset", json!({ "repo_path": repository })),
            hidden("no_such_tool", json!({})),
        ],
    );
}

/// The git server's transport parts lines at a lone carriage return, too: what is one message to the specification is
/// three to it. Straight to the server the hidden call is made; through the gateway it never gets there.
#[test]
fn a_call_hidden_between_carriage_returns_does_not_reach_git() {
    let (space, tools) = (Workspace::new(), Tools::find());
    let path = repository(&space);
    let repository = text(&path);
    let scene = Scene::locked(space, tools.git(), |server| git_policy(&repository, server));
    let branches = || {
        let output = scene
            .space
            .command("git")
            .arg("-C")
            .arg(&path)
            .arg("branch")
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let hidden = json!({ "jsonrpc": "2.0", "id": 77, "method": "tools/call", "params": {
        "name": "git_create_branch", "arguments": { "repo_path": repository, "branch_name": "pwned" } } });
    let carrier = format!(
        "{{\"jsonrpc\":\"2.0\",\"method\":\"notifications/progress\",\"params\":{{\"progressToken\":1,\"x\":\r{hidden}\r}}}}"
    );
    speak(&scene, &scene.gateway, &carrier);
    assert!(!branches().contains("pwned"), "{}", branches());
    scene.verify();
    speak(&scene, &scene.server, &carrier);
    assert!(
        branches().contains("pwned"),
        "the server no longer parts lines there: find another for this test"
    );
}

/// Greets a server, says one line more, asks for its tools, and waits for that answer.
fn speak(scene: &Scene, command: &[String], line: &str) {
    use std::io::{BufRead, BufReader, Write};
    let (program, arguments) = command.split_first().unwrap();
    let mut child = scene
        .space
        .command(program)
        .args(arguments)
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let hello = json!({ "jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
        "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": { "name": "t", "version": "0" } } });
    writeln!(stdin, "{hello}").unwrap();
    lines.next().unwrap().unwrap();
    writeln!(
        stdin,
        "{}",
        json!({ "jsonrpc": "2.0", "method": "notifications/initialized" })
    )
    .unwrap();
    writeln!(stdin, "{line}").unwrap();
    writeln!(
        stdin,
        "{}",
        json!({ "jsonrpc": "2.0", "id": 2, "method": "tools/list" })
    )
    .unwrap();
    let answered = |line: &str| serde_json::from_str::<Value>(line).is_ok_and(|answer| answer["id"] == 2);
    assert!(lines.by_ref().any(|line| answered(&line.unwrap())));
    drop(stdin);
    child.wait().unwrap();
}

/// A server that the policy only names: its tools come from a saved reply, its command from `run`.
/// The reply was given to a legacy client, and serves for modern ones as well.
#[test]
fn time() {
    let (space, tools) = (Workspace::new(), Tools::find());
    let calls = space.write("calls.jsonl", "");
    let asked = Session::drive(&space, &tools, &["--era", "legacy"], &calls, &tools.time());
    let reply = space.write("tools.json", &asked.lists[0]);
    let scene = Scene::bare(space, tools.time(), TIME_POLICY, &format!("clock={}", text(&reply)));
    let convert =
        |from: &str, time: &str, to: &str| json!({ "source_timezone": from, "time": time, "target_timezone": to });
    scene.compare(
        &["legacy", "modern", "auto"],
        &["convert_time"],
        &[
            same("convert_time", convert("UTC", "12:00", "Asia/Tokyo")),
            same("convert_time", convert("UTC", "23:59", "No/Such_Zone")),
            denied("convert_time", convert("America/New_York", "12:00", "UTC")),
            denied("convert_time", convert("UTC", "24:00", "UTC")),
            hidden("get_current_time", json!({ "timezone": "UTC" })),
        ],
    );
}

/// This server gives up its own folders for whatever roots a client names.
#[test]
fn roots_of_a_client_do_not_move_the_server() {
    let (space, tools) = (Workspace::new(), Tools::find());
    let root = work_files(&space);
    let scene = Scene::locked(space, tools.filesystem(&root), |server| {
        filesystem_policy(&text(&root), server)
    });
    let calls = scene.calls(&[same("list_allowed_directories", json!({}))]);
    let drive = |options: &[&str], command: &[String]| {
        Session::drive(
            &scene.space,
            &scene.tools,
            &[&["--era", "legacy"], options].concat(),
            &calls,
            command,
        )
        .replies
    };
    let straight = drive(&[], &scene.server);
    assert_ne!(drive(&["--roots", "file:///usr"], &scene.server), straight);
    assert_eq!(drive(&["--roots", "file:///usr"], &scene.gateway), straight);
    assert!(requests(&scene.log, "notifications/roots/list_changed").is_empty());
    scene.verify();
}

#[test]
fn inspector() {
    let (space, tools) = (Workspace::new(), Tools::find());
    let root = work_files(&space);
    let files = Scene::locked(space, tools.filesystem(&root), |server| {
        filesystem_policy(&text(&root), server)
    });
    let read = |name: &str| files.call("read_text_file", &json!({ "path": root.join(name) }));
    files.inspect(&["legacy", "auto"], &read("notes.md"), &read("private/key"));

    let space = Workspace::new();
    let repository = repository(&space);
    let git = Scene::locked(space, tools.git(), |server| git_policy(&text(&repository), server));
    let show = |revision: &str| git.call("git_show", &json!({ "repo_path": repository, "revision": revision }));
    git.inspect(
        &["legacy", "modern", "auto"],
        &show("HEAD"),
        &show("--output=/tmp/evil"),
    );
}

fn work_files(space: &Workspace) -> PathBuf {
    space.write("work/notes.md", "first line\nsecond line\n");
    space.write("work/sub/ünïcode.txt", "h\u{e9}llo \u{2028} \u{1f980}\n");
    space.write("work/private/key", "secret\n");
    space.write("work/.env", "TOKEN=1\n");
    space.write("work/out/.keep", "");
    space.path("work")
}

/// Two commits with fixed dates, so that the hashes are the same in every run; one file changed since.
fn repository(space: &Workspace) -> PathBuf {
    let path = space.path("repository");
    let git = |arguments: &[&str]| {
        let mut command = space.command("git");
        for role in ["AUTHOR", "COMMITTER"] {
            command
                .env(format!("GIT_{role}_NAME"), "Ann")
                .env(format!("GIT_{role}_EMAIL"), "ann@example.com");
            command.env(format!("GIT_{role}_DATE"), "2026-01-02T03:04:05Z");
        }
        let output = command.arg("-C").arg(&path).args(arguments).output().unwrap();
        assert_exit(&output, 0, &format!("git {arguments:?}"));
    };
    space.write("repository/README.md", "one\n");
    git(&["init", "--quiet", "--initial-branch=main"]);
    git(&["add", "."]);
    git(&["commit", "--quiet", "--message=first"]);
    space.write("repository/README.md", "two\n");
    git(&["commit", "--quiet", "--all", "--message=second"]);
    space.write("repository/README.md", "three\n");
    path
}

fn filesystem_policy(root: &str, server: &str) -> String {
    format!(
        r#"policy "tests/filesystem"

const root = "{root}"

server fs = stdio {server} {{
  path: *.path, *.paths[], *.source, *.destination
}}

pattern inside    = path("${{root}}/**")
pattern work_file = inside & !glob("**/.env")

allow fs.read_text_file {{ path: work_file, head?: 1..=1000, tail?: 1..=1000 }}
allow fs.read_multiple_files {{ paths: [work_file; 1..=5] }}
allow fs.list_directory {{ path: inside }}
allow fs.write_file {{ path: path("${{root}}/out/**"), content: text(..=2_000) }}
allow fs.list_allowed_directories {{}}

deny fs.* {{ any path: glob("**/private/**") }} because "private stays private"
"#
    )
}

fn git_policy(repository: &str, server: &str) -> String {
    format!(
        r#"policy "tests/git"

server git = stdio {server} {{ path: *.repo_path }}

pattern here     = path("{repository}")
pattern revision = regex("[A-Za-z0-9_][A-Za-z0-9_./~^-]*")

allow git.git_status {{ repo_path: here }}
allow git.git_log {{ repo_path: here, max_count?: 1..=50 }}
allow git.git_show {{ repo_path: here, revision: revision }}
allow git.git_diff_unstaged {{ repo_path: here, context_lines?: 0..=20 }}
"#
    )
}

const TIME_POLICY: &str = r#"policy "tests/time"

server clock

allow clock.convert_time {
  source_timezone: "UTC" | "Europe/London"
  time:            regex("([01][0-9]|2[0-3]):[0-5][0-9]")
  target_timezone: text(1..=40)
}
"#;
