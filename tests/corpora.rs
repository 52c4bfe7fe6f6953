//! Recorded attacks with their harmless neighbours, and the cases of the filesystem server's own
//! tests, judged by `mcppc eval` under the policy that each row assumes.
//!
//! The rows may not be redistributed: they are read from the folder `MCPP_CORPORA`, and under
//! `CI=true` a missing folder is a failure.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod common {
    pub mod corpora;
    pub mod judge;
    pub mod workspace;
}

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use common::corpora::{Recorded, corpora, rows, say};
use common::judge::{Judge, Verdict, call};

#[test]
fn recorded_attacks_are_denied_and_their_controls_allowed() {
    let Some(folder) = corpora("recorded attacks") else {
        return;
    };
    let mut groups = BTreeMap::<(Subject, String), Vec<Recorded>>::new();
    for row in rows::<Recorded>(&folder.join("attacks/values.jsonl")) {
        if let Some(subject) = Subject::of(&row).filter(|_| row.decidable == "call") {
            groups
                .entry((subject, row.policy_context.to_string()))
                .or_default()
                .push(row);
        }
    }
    let (mut attacks, mut controls) = (0, 0);
    for ((subject, _), rows) in groups {
        let judge = subject.judge(&rows[0].policy_context["allow"]);
        for row in &rows {
            let harmless = subject.harmless(&row.tool, &rows[0].policy_context["allow"]);
            let verdict = judge.verdict(harmless.clone());
            assert_eq!(verdict.decision, "allow", "beside {}: {harmless}: {verdict:?}", row.id);
        }
        let lines: Vec<String> = rows.iter().map(Recorded::line).collect();
        for (row, verdict) in rows.iter().zip(judge.verdicts(&lines)) {
            if row.kind == "attack" {
                attacks += 1;
                assert_eq!(verdict.decision, "deny", "attack {} is allowed: {}", row.id, row.line());
            } else {
                controls += 1;
                let path = row.arguments["path"].as_str().unwrap_or("/");
                expect_allowed(&judge, &row.tool, path, &Spelling::of(path), &verdict);
            }
        }
    }
    assert!(
        attacks >= 40 && controls >= 12,
        "only {attacks} attacks and {controls} controls were found"
    );
}

#[test]
fn cases_of_the_filesystem_server() {
    let Some(folder) = corpora("cases of the filesystem server") else {
        return;
    };
    let mut groups = BTreeMap::<(String, Vec<String>), Vec<PathCase>>::new();
    for row in rows::<PathCase>(&folder.join("standards/filesystem_paths.jsonl")) {
        groups
            .entry((row.platform.clone(), row.allowed.clone()))
            .or_default()
            .push(row);
    }
    let (mut count, mut ambiguous) = (0, Vec::new());
    for ((platform, allowed), rows) in groups {
        let judge = path_judge(&platform, &allowed);
        let lines: Vec<String> = rows.iter().map(|row| read(&row.path)).collect();
        for (row, verdict) in rows.iter().zip(judge.verdicts(&lines)) {
            count += 1;
            if row.expect == "deny" {
                assert_eq!(verdict.decision, "deny", "line {}: {:?} is allowed", row.line, row.path);
                continue;
            }
            let spelling = Spelling::of(&row.path);
            expect_allowed(&judge, "read_text_file", &row.path, &spelling, &verdict);
            if !matches!(spelling, Spelling::Canonical) {
                ambiguous.push(format!("  {platform} {:?}\n", row.path));
            }
        }
    }
    assert!(count >= 100, "only {count} cases were found");
    say(&format!(
        "{} of {count} cases are spelt ambiguously, so refused:\n{}",
        ambiguous.len(),
        ambiguous.concat()
    ));
}

/// A harmless call is allowed; spelt otherwise than canonically it is refused for that very
/// reason, and allowed when spelt canonically.
fn expect_allowed(judge: &Judge, tool: &str, path: &str, spelling: &Spelling, verdict: &Verdict) {
    if let Spelling::Canonical = spelling {
        assert_eq!(verdict.decision, "allow", "{tool} {path:?}: {verdict:?}");
        return;
    }
    assert_eq!(verdict.reason, "ambiguous_value", "{tool} {path:?}: {verdict:?}");
    if let Spelling::Respelt(canonical) = spelling {
        let verdict = judge.verdict(call(tool, &json!({ "path": canonical }).to_string()));
        assert_eq!(
            verdict.decision, "allow",
            "{tool} {path:?} as {canonical:?}: {verdict:?}"
        );
    }
}

/// How a path of a harmless call is spelt, by the rules of the path reading.
enum Spelling {
    Canonical,
    /// Ambiguous as given; this spelling of the same path is canonical.
    Respelt(String),
    /// No spelling of it is read: a share of Windows, or a name that some program expands.
    Refused,
}

impl Spelling {
    fn of(path: &str) -> Self {
        if is_windows(path) {
            let segments = path.split(['/', '\\']).filter(|segment| !["", "."].contains(segment));
            let canonical = segments.collect::<Vec<_>>().join("\\");
            return if path == canonical {
                Self::Canonical
            } else {
                Self::Respelt(canonical)
            };
        }
        let expanded = path.split('/').any(|segment| segment.matches('%').count() > 1); // `%NAME%`
        if expanded || !path.starts_with('/') {
            return Self::Refused;
        }
        let segments = path.split('/').filter(|segment| !["", "."].contains(segment));
        let canonical = format!("/{}", segments.collect::<Vec<_>>().join("/"));
        if path == canonical {
            Self::Canonical
        } else {
            Self::Respelt(canonical)
        }
    }
}

/// Which tools a recorded row is about.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Subject {
    Filesystem,
    Git,
    /// Names of tools, and JSON-RPC around a call, about one tool `read_file` that needs no arguments.
    Envelope,
}

impl Subject {
    fn of(row: &Recorded) -> Option<Self> {
        let has = |tools: &str| {
            let tools: Value = serde_json::from_str(tools).unwrap();
            tools["tools"]
                .as_array()
                .unwrap()
                .iter()
                .any(|tool| tool["name"] == row.tool)
        };
        if row.policy_context["allow"]["tools"] == json!(["read_file"]) {
            Some(Self::Envelope)
        } else if has(FILESYSTEM_TOOLS) {
            Some(Self::Filesystem)
        } else {
            has(GIT_TOOLS).then_some(Self::Git)
        }
    }

    /// A call of the same tool that nothing speaks against: without it, a policy that denies
    /// everything would pass for one that stops attacks.
    fn harmless(self, tool: &str, allow: &Value) -> String {
        let root = folder(allow["root"].as_str().unwrap_or_default());
        let path = format!("{}/a.txt", root.trim_end_matches('/'));
        let path = if is_windows(&root) {
            path.replace('/', "\\")
        } else {
            path
        };
        let (tool, mut arguments) = match (self, tool) {
            (Self::Envelope, _) => ("read_file", json!({})),
            (_, "read_multiple_files") => (tool, json!({ "paths": [path] })),
            (_, "edit_file") => (
                tool,
                json!({ "path": path, "edits": [{ "oldText": "--x", "newText": "y" }] }),
            ),
            (Self::Filesystem, _) => (tool, json!({ "path": path })),
            (_, "git_add") => (tool, json!({ "files": ["src/main.rs"] })),
            (_, "git_commit") => (tool, json!({ "message": "--amend" })),
            (_, "git_checkout") => (tool, json!({ "branch_name": "main" })),
            (_, "git_create_branch") => (tool, json!({ "branch_name": "new", "base_branch": "main" })),
            (_, "git_diff") => (tool, json!({ "target": "v1.0" })),
            (_, "git_show") => (tool, json!({ "revision": "main" })),
            (_, "git_log") => (tool, json!({ "start_timestamp": "2026-01-02" })),
            _ => (tool, json!({})),
        };
        if self == Self::Git {
            arguments["repo_path"] = root.into();
        }
        call(tool, &arguments.to_string())
    }

    /// The policy that an author who knows the row's context would write.
    fn judge(self, allow: &Value) -> Judge {
        let root = allow["root"].as_str().unwrap_or_default();
        match self {
            Self::Envelope => Judge::new("fs", &envelope_tools(), ENVELOPE_POLICY),
            Self::Git => Judge::new("git", GIT_TOOLS, &git_policy(root)),
            Self::Filesystem => {
                let except = allow["except"].as_array().map_or(&[][..], Vec::as_slice);
                let except = except
                    .iter()
                    .map(|glob| format!(" & !glob({glob})"))
                    .collect::<String>();
                let inside = format!("{}{except}", inside(root));
                Judge::new("fs", FILESYSTEM_TOOLS, &filesystem_policy(&inside, is_windows(root)))
            }
        }
    }
}

/// The folders that a row of the server's tests allows, as a policy says them. On POSIX, what is no
/// absolute path grants nothing, and without any folder nothing is granted.
fn path_judge(platform: &str, allowed: &[String]) -> Judge {
    let windows = platform == "windows";
    let grants = |root: &&String| (windows && is_windows(root)) || root.starts_with('/') && !root.contains('\0');
    let folders: Vec<String> = allowed.iter().filter(grants).map(|root| inside(root)).collect();
    let windows = windows && allowed.iter().any(|root| is_windows(root));
    let policy = if folders.is_empty() {
        "policy \"corpora/nothing\"\nserver fs { path: *.path }\n".to_owned()
    } else {
        filesystem_policy(&folders.join(" | "), windows)
    };
    Judge::new("fs", FILESYSTEM_TOOLS, &policy)
}

/// The pattern of a folder and all below it.
fn inside(root: &str) -> String {
    let folder = folder(root);
    format!("path({})", Value::from(format!("{}/**", folder.trim_end_matches('/'))))
}

fn is_windows(path: &str) -> bool {
    path.as_bytes().get(1..3) == Some(b":\\") || path.as_bytes().get(1..3) == Some(b":/")
}

/// A folder, as patterns spell it.
fn folder(root: &str) -> String {
    if is_windows(root) {
        return root.replace('\\', "/").trim_end_matches('/').to_owned();
    }
    let mut segments = Vec::new();
    let root = if root.starts_with('/') { root } else { "/" };
    for segment in root.split('/').filter(|segment| !["", "."].contains(segment)) {
        if segment == ".." {
            segments.pop();
        } else {
            segments.push(segment);
        }
    }
    format!("/{}", segments.join("/"))
}

fn filesystem_policy(inside: &str, windows: bool) -> String {
    let option = if windows { " windows" } else { "" };
    format!(
        r#"policy "corpora/filesystem"
server fs {{ path{option}: *.path, *.paths[], *.source, *.destination }}
pattern inside = {inside}
allow fs.{{read_file, read_text_file}} {{ path: inside, head?: 1..=1000, tail?: 1..=1000 }}
allow fs.read_multiple_files {{ paths: [inside; 1..=20] }}
allow fs.edit_file {{ path: inside, edits: [{{ oldText: text, newText: text }}; 1..=20], dryRun?: bool }}
"#
    )
}

fn git_policy(root: &str) -> String {
    let here = inside(root);
    format!(
        r#"policy "corpora/git"
server git {{ path: *.repo_path }}
pattern here      = {here}
pattern revision  = regex("[A-Za-z0-9_][A-Za-z0-9_./-]*")
pattern timestamp = regex("[0-9][0-9T:.Z+-]*")
pattern file      = regex("[A-Za-z0-9_][A-Za-z0-9_.-]*(/[A-Za-z0-9_][A-Za-z0-9_.-]*)*")
allow git.git_status {{ repo_path: here }}
waive L0003 "git takes pathspecs here, not paths"
allow git.git_add {{ repo_path: here, files: [file; 1..=50] }}
allow git.git_commit {{ repo_path: here, message: text(1..=1000) }}
allow git.git_checkout {{ repo_path: here, branch_name: revision }}
allow git.git_create_branch {{ repo_path: here, branch_name: revision, base_branch?: revision }}
allow git.git_diff {{ repo_path: here, target: revision, context_lines?: 0..=20 }}
allow git.git_show {{ repo_path: here, revision: revision }}
allow git.git_log {{ repo_path: here, max_count?: 1..=100, start_timestamp?: timestamp, end_timestamp?: timestamp }}
"#
    )
}

const ENVELOPE_POLICY: &str = r#"policy "corpora/envelope"
server fs { path: *.path }
allow fs.read_file { path?: path("/**") }
"#;

const FILESYSTEM_TOOLS: &str = include_str!("../fixtures/mcp-tools/filesystem.json");
const GIT_TOOLS: &str = include_str!("../fixtures/mcp-tools/git.json");

fn envelope_tools() -> String {
    let path = json!({ "path": { "type": "string" } });
    json!({ "tools": [{ "name": "read_file", "inputSchema": { "type": "object", "properties": path } }] }).to_string()
}

fn read(path: &str) -> String {
    call("read_text_file", &json!({ "path": path }).to_string())
}

/// A row of `standards/filesystem_paths.jsonl`.
#[derive(Deserialize)]
struct PathCase {
    line: u32,
    path: String,
    allowed: Vec<String>,
    expect: String,
    platform: String,
}
