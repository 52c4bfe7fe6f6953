//! `mcppc doctor`: what this machine can enforce.

use std::fs::DirBuilder;
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::Serialize;

use super::terminal::{fail, out, with_causes};
use super::{FAILED, FINE, NO};
use crate::lane::{Failed, Step, Tried};

/// Say whether this machine can confine servers
///
/// Starts a process in a lane of its own, as the gateway would, and tries there what a server is to be kept from. Nothing is
/// concluded from versions or settings: what is said to hold was tried just now.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Exit codes: 0 servers can be confined, 1 they cannot, 2 it could not be found out.\n\nExamples:\n  mcppc doctor\n  mcppc doctor --json"
)]
pub struct Args {
    /// One JSON object
    #[arg(long)]
    json: bool,
}

/// What was found.
#[derive(Debug, Serialize)]
struct Findings {
    enforced: bool,
    steps: Vec<Found>,
    attempts: Vec<Tried>,
}

/// How a step went.
#[derive(Debug, Serialize)]
struct Found {
    step: Step,
    /// Null: it was not tried, since one before it failed.
    done: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mend: Option<&'static str>,
}

/// Tries a lane.
pub fn run(args: &Args) -> u8 {
    let tried = match try_lane() {
        Ok(tried) => tried,
        Err(error) => {
            fail(&format_args!("cannot try a lane: {}", with_causes(&error)), None);
            return FAILED;
        }
    };
    let findings = findings(tried);
    if args.json {
        out(serde_json::json!(findings));
    } else {
        out(written(&findings));
    }
    if findings.enforced { FINE } else { NO }
}

fn try_lane() -> io::Result<Result<Vec<Tried>, Failed>> {
    let scratch = Scratch::new()?;
    let folder = scratch.0.join("lane");
    std::fs::create_dir(&folder)?;
    let own = std::env::current_exe()?;
    let output = Command::new("/proc/self/exe")
        .args(["lane", "--folder"])
        .arg(&folder)
        .arg("--")
        .arg(own)
        .args(["lane", "--attempts", "--folder"])
        .arg(&folder)
        .env_clear()
        .stdin(Stdio::null())
        .output()?;
    let answer = |error: serde_json::Error| {
        let said = String::from_utf8_lossy(&output.stderr);
        io::Error::other(format!("the lane gave no answer ({}): {error}; {said}", output.status))
    };
    if output.status.success() {
        return serde_json::from_slice(&output.stdout).map(Ok).map_err(answer);
    }
    serde_json::from_slice(&output.stdout).map(Err).map_err(answer)
}

/// A folder that goes away again.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> io::Result<Self> {
        let path = std::env::temp_dir().join(format!("mcppc-doctor-{}", std::process::id()));
        DirBuilder::new().mode(0o700).create(&path)?;
        Path::canonicalize(&path).map(Self)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What stays behind is an empty folder of the user's.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn findings(tried: Result<Vec<Tried>, Failed>) -> Findings {
    let failed = tried.as_ref().err().cloned();
    let found = |step: Step| {
        let fails = failed.as_ref().filter(|failed| failed.step == step);
        Found {
            step,
            done: match &failed {
                Some(failed) if step > failed.step => None,
                _ => Some(fails.is_none()),
            },
            error: fails.map(|failed| failed.error.clone()),
            mend: fails.map(|_| step.mend()),
        }
    };
    let steps = Step::ALL.into_iter().map(found).collect();
    let attempts = tried.unwrap_or_default();
    Findings {
        enforced: !attempts.is_empty() && attempts.iter().all(|tried| tried.held),
        steps,
        attempts,
    }
}

fn written(findings: &Findings) -> String {
    let verdict = if findings.enforced {
        "servers can be confined here"
    } else {
        "servers cannot be confined here"
    };
    let word = |done: Option<bool>| match done {
        Some(true) => "ok    ",
        Some(false) => "failed",
        None => "-     ",
    };
    let step = |found: &Found| {
        let error = found.error.as_ref().map_or(String::new(), |error| format!(": {error}"));
        let mend = found
            .mend
            .map_or(String::new(), |mend| format!("\n          help: {mend}"));
        format!("  {}  {}{error}{mend}", word(found.done), found.step)
    };
    let steps = findings.steps.iter().map(step);
    let attempts = findings.attempts.iter();
    let attempts = attempts.map(|tried| format!("  {}  {}", word(Some(tried.held)), tried.what));
    let lines = std::iter::once(verdict.to_owned()).chain(steps).chain(attempts);
    lines.collect::<Vec<_>>().join("\n")
}
