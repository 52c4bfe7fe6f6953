//! What is started, and what it finds in its environment.

use std::process::Command;

/// A server's command, and its variables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Launch {
    /// The command, program first.
    pub command: Vec<String>,
    /// The variables that are passed on, beside [`ALWAYS`]; `None`: all that this process has.
    pub variables: Option<Vec<String>>,
}

/// What every server gets: without these programs are not found, and texts and times are shown in ways nobody chose.
pub const ALWAYS: [&str; 6] = ["LANG", "LC_ALL", "LC_CTYPE", "PATH", "TMPDIR", "TZ"];

impl Launch {
    /// With all variables of this process.
    #[must_use]
    pub fn with_all(command: Vec<String>) -> Self {
        Self {
            command,
            variables: None,
        }
    }

    /// Gives a command the variables that it may have.
    pub(super) fn limit(&self, command: &mut Command) {
        let Some(variables) = &self.variables else { return };
        command.env_clear();
        for name in variables.iter().map(String::as_str).chain(ALWAYS) {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
    }
}
