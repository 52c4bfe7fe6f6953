//! The demonstration: an agent, a file server, and a policy between them, over real pipes.

mod client;
pub mod server;
mod stage;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use client::{Answer, Client};
use stage::Stage;

/// One thing that happened, and whether it should have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scene {
    /// What was tried, in words.
    pub what: &'static str,
    /// The same as it was sent.
    pub call: String,
    /// How it ended, in a word: `allowed`, `denied`, `verified`, `found`.
    pub verdict: &'static str,
    /// Why, or what came back.
    pub detail: String,
    /// Is that how it should have ended?
    pub as_told: bool,
}

/// Plays it with `program`, which is this program, in a new folder under `temporary`; `show` gets each scene as it
/// ends.
///
/// # Errors
/// When a process cannot be run, or files cannot be made.
pub fn play(program: &Path, temporary: &Path, show: &mut dyn FnMut(&Scene)) -> io::Result<()> {
    let stage = Stage::set(temporary)?;
    let mut client = Client::start(&mut gateway(program, &stage))?;
    for scene in [list, read, outside, dots, unlisted, injected] {
        show(&scene(&mut client, &stage)?);
    }
    let status = client.close()?;
    show(&verify(program, &stage, "check the evidence of all this", 0)?);
    let changed = change_one_byte(&stage.evidence())?;
    let mut scene = verify(program, &stage, "change one byte of it and check again", 1)?;
    scene.call = changed;
    scene.as_told &= status.success();
    show(&scene);
    Ok(())
}

fn gateway(program: &Path, stage: &Stage) -> std::process::Command {
    let mut command = stage.command(program);
    let workspace = stage.workspace();
    command.arg("run").arg("--policy").arg(stage.policy());
    command.arg("--set").arg(format!("root={}", workspace.display()));
    command.arg("--evidence").arg(stage.evidence());
    command.arg("--").arg(program).arg("demo-server").arg(workspace);
    command
}

fn list(client: &mut Client, _: &Stage) -> io::Result<Scene> {
    let tools = client.tools()?;
    Ok(Scene {
        what: "see the tools that it has",
        call: "tools/list".to_owned(),
        verdict: "filtered",
        as_told: tools == ["read_text_file", "list_directory", "send_mail"],
        detail: format!("{}; write_file is not granted, so it is not shown", tools.join(", ")),
    })
}

fn read(client: &mut Client, stage: &Stage) -> io::Result<Scene> {
    let path = stage.workspace().join("notes.txt");
    allowed(client, "read a note", &json!({ "path": path }))
}

fn outside(client: &mut Client, _: &Stage) -> io::Result<Scene> {
    denied(
        client,
        "read outside the workspace",
        "read_text_file",
        &json!({ "path": "/etc/passwd" }),
        "pattern_mismatch",
    )
}

fn dots(client: &mut Client, stage: &Stage) -> io::Result<Scene> {
    let path = format!("{}/../policy.mcpp", stage.workspace().display());
    denied(
        client,
        "climb out of it with `..`",
        "read_text_file",
        &json!({ "path": path }),
        "ambiguous_value",
    )
}

fn unlisted(client: &mut Client, stage: &Stage) -> io::Result<Scene> {
    let arguments = json!({ "path": stage.workspace().join("notes.txt"), "follow_links": true });
    denied(
        client,
        "use a parameter that no grant names",
        "read_text_file",
        &arguments,
        "unlisted_parameter",
    )
}

/// The file is read, which is allowed, and the agent falls for what it says.
fn injected(client: &mut Client, stage: &Stage) -> io::Result<Scene> {
    let path = stage.workspace().join("invoice.txt");
    let Answer::Text(text) = client.call("read_text_file", &json!({ "path": path }))? else {
        return Err(io::Error::other("the invoice could not be read"));
    };
    let to = text
        .split_whitespace()
        .find_map(|word| word.contains('@').then(|| word.trim_end_matches('.')));
    let arguments = json!({ "to": to.unwrap_or_default(), "body": text });
    denied(
        client,
        "obey an instruction hidden in a file",
        "send_mail",
        &arguments,
        "pattern_mismatch",
    )
}

fn allowed(client: &mut Client, what: &'static str, arguments: &Value) -> io::Result<Scene> {
    let answer = client.call("read_text_file", arguments)?;
    Ok(scene(
        what,
        "read_text_file",
        arguments,
        &answer,
        matches!(answer, Answer::Text(_)),
    ))
}

fn denied(client: &mut Client, what: &'static str, tool: &str, arguments: &Value, reason: &str) -> io::Result<Scene> {
    let answer = client.call(tool, arguments)?;
    let as_told = matches!(&answer, Answer::Denied(seen, _) if seen == reason);
    Ok(scene(what, tool, arguments, &answer, as_told))
}

fn scene(what: &'static str, tool: &str, arguments: &Value, answer: &Answer, as_told: bool) -> Scene {
    let (verdict, detail) = match answer {
        Answer::Text(text) => ("allowed", format!("\"{}\"", text.trim_end())),
        Answer::Denied(reason, message) => ("denied", format!("{reason}: {message}")),
        Answer::Other(reply) => ("failed", reply.clone()),
    };
    Scene {
        what,
        call: format!("{tool} {}", shown(arguments)),
        verdict,
        detail,
        as_told,
    }
}

/// Arguments on one line, long texts cut.
fn shown(arguments: &Value) -> String {
    let short = |value: &Value| match value.as_str() {
        Some(text) if text.chars().count() > 60 && !text.starts_with('/') => {
            format!("\"{}…\"", text.chars().take(24).collect::<String>())
        }
        _ => value.to_string(),
    };
    let members = arguments.as_object().into_iter().flatten();
    let members: Vec<String> = members
        .map(|(name, value)| format!("{name}: {}", short(value)))
        .collect();
    format!("{{ {} }}", members.join(", "))
}

fn verify(program: &Path, stage: &Stage, what: &'static str, expected: i32) -> io::Result<Scene> {
    let output = stage.command(program).arg("verify").arg(stage.evidence()).output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let code = output.status.code();
    Ok(Scene {
        what,
        call: "mcppc verify".to_owned(),
        verdict: match code {
            Some(0) => "verified",
            Some(1) => "found",
            _ => "failed",
        },
        detail: text.lines().next().unwrap_or_default().to_owned(),
        as_told: code == Some(expected),
    })
}

/// Turns the decision of the last denial around, as one would who has something to hide; says what was done.
fn change_one_byte(evidence: &Path) -> io::Result<String> {
    const DENIED: &[u8] = b"pattern_mismatch";
    for path in files(evidence)? {
        let mut bytes = fs::read(&path)?;
        let at = bytes.windows(DENIED.len()).rposition(|window| window == DENIED);
        if let Some(byte) = at.and_then(|at| bytes.get_mut(at)) {
            *byte = b'P';
            fs::write(&path, bytes)?;
            let name = path.strip_prefix(evidence).unwrap_or(&path);
            return Ok(format!("one byte of `{}`", name.display()));
        }
    }
    Err(io::Error::other("the denial is not in the evidence"))
}

/// All files below a folder, in order.
fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(files(&path)?);
        } else {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}
