//! The corpora that may not be redistributed: read from the folder `MCPP_CORPORA`. Under `CI=true` a missing folder is a
//! failure.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::judge::call;

/// A row of `attacks/values.jsonl`.
#[derive(Deserialize)]
pub struct Recorded {
    pub id: String,
    pub kind: String,
    pub decidable: String,
    pub tool: String,
    pub arguments: Value,
    /// Text that stands in place of `arguments`, or of the whole message.
    arguments_raw: Option<String>,
    pub policy_context: Value,
}

impl Recorded {
    pub fn line(&self) -> String {
        match &self.arguments_raw {
            Some(message) if self.tool == "tools/call" => message.clone(),
            Some(arguments) => call(&self.tool, arguments),
            None => call(&self.tool, &self.arguments.to_string()),
        }
    }
}

pub fn rows<T: DeserializeOwned>(file: &Path) -> Vec<T> {
    let text = fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

pub fn corpora(what: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("MCPP_CORPORA").map(PathBuf::from);
    let ci = std::env::var_os("CI").is_some_and(|value| value == "true");
    assert!(
        folder.is_some() || !ci,
        "MCPP_CORPORA is not set: the {what} would not be tested"
    );
    if folder.is_none() {
        say(&format!(
            "NOT RUN: MCPP_CORPORA is not set, so the {what} were not tested\n"
        ));
    }
    folder
}

/// Past the test harness, which keeps what passing tests print to itself.
pub fn say(text: &str) {
    io::stderr().write_all(text.as_bytes()).unwrap();
}
