//! What a policy lets be done.

use std::path::Path;

use super::summary::{Chosen, Summary, summary};
use super::{Format, human, markdown};
use crate::cli::source::load_for_review;
use crate::cli::terminal::{fail, out};
use crate::cli::{FAILED, FINE, LoadError, SourceArgs, build};
use crate::diagnostic::nearest;
use crate::table::{FullName, Policy};

pub fn run(path: &Path, tool: Option<&str>, source: &SourceArgs, format: Format) -> u8 {
    let policy = match load_for_review(path, source) {
        Ok(loaded) => loaded.policy,
        Err(LoadError::Read(path, error)) => {
            let help = "name a policy, an artifact, or a code such as `E0120`";
            fail(&LoadError::Read(path, error), Some(help));
            return FAILED;
        }
        Err(error) => {
            build::report(&error);
            return FAILED;
        }
    };
    match choose(&policy, tool) {
        Ok(chosen) => {
            out(written(&summary(&policy, chosen), format));
            FINE
        }
        Err((message, help)) => {
            fail(&message, help.as_deref());
            FAILED
        }
    }
}

fn written(summary: &Summary, format: Format) -> String {
    match format {
        Format::Human => human::written(summary),
        Format::Md => markdown::written(summary),
        Format::Json => serde_json::json!(summary).to_string(),
    }
}

/// The tool of that name: `server.tool`, or its own name where one server has it.
fn choose<'p>(policy: &'p Policy, asked: Option<&str>) -> Result<Chosen<'p>, (String, Option<String>)> {
    let Some(asked) = asked else { return Ok(None) };
    let all: Vec<(&str, &str)> = policy
        .servers()
        .flat_map(|server| policy.tools(server).map(move |tool| (server, tool)))
        .collect();
    let full = |(server, tool): &(&str, &str)| FullName(server, tool).to_string();
    if let Some(found) = all.iter().find(|pair| full(pair) == asked) {
        return Ok(Some(*found));
    }
    let own: Vec<&(&str, &str)> = all.iter().filter(|(_, tool)| *tool == asked).collect();
    match own.as_slice() {
        [only] => Ok(Some(**only)),
        [] => {
            let names: Vec<String> = all.iter().map(full).collect();
            let short = all.iter().map(|(_, tool)| *tool);
            let near = nearest(asked, names.iter().map(String::as_str).chain(short));
            let help = near.map(|near| format!("did you mean `{near}`?"));
            Err((format!("the policy's lock pins no tool `{asked}`"), help))
        }
        several => {
            let names: Vec<String> = several.iter().map(|pair| format!("`{}`", full(pair))).collect();
            let help = format!("name one of {}", names.join(", "));
            Err((format!("several servers have a tool `{asked}`"), Some(help)))
        }
    }
}
