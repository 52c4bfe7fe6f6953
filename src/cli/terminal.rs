//! What is written, where, and how it looks there.

use std::error::Error;
use std::fmt::Display;
use std::io::{self, IsTerminal, Write};
use std::sync::OnceLock;

use crate::diagnostic::{render::Style, visible_line};

/// Why something that was written to standard output did not get there. A process has one of these, as it has one
/// standard output.
static LOST: OnceLock<io::Error> = OnceLock::new();

/// Writes a line to standard output. Where that fails the program goes on, and [`lost`] has the reason.
pub fn out(text: impl Display) {
    let mut stdout = io::stdout().lock();
    note(writeln!(stdout, "{text}").and_then(|()| stdout.flush()));
}

/// Remembers the first failure to write. A reader that has gone away has seen what it wanted.
pub fn note(written: io::Result<()>) {
    if let Err(error) = written
        && error.kind() != io::ErrorKind::BrokenPipe
    {
        let _ = LOST.set(error);
    }
}

/// Why not all of the output could be written.
pub fn lost() -> Option<&'static io::Error> {
    LOST.get()
}

/// Writes a line to standard error.
pub fn err(text: impl Display) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// Writes `error: …` and, where there is one, how to mend it. Errors quote files and servers: each stays on its line.
pub fn fail(error: &dyn Display, help: Option<&str>) {
    err(format_args!("error: {}", visible_line(&error.to_string())));
    if let Some(help) = help {
        err(format_args!("  help: {}", visible_line(help)));
    }
}

/// An error with what caused it, and that with its cause, on one line.
pub fn with_causes(error: &dyn Error) -> String {
    let causes = std::iter::successors(Some(error), |error| (*error).source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

/// The style of a stream: colour and Unicode on a terminal only; `NO_COLOR` (no-color.org) is respected.
pub fn style(stream: &impl IsTerminal) -> Style {
    let terminal = stream.is_terminal();
    let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let unicode = ["LC_ALL", "LC_CTYPE", "LANG"]
        .iter()
        .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()))
        .is_some_and(|locale| locale.to_lowercase().replace('-', "").contains("utf8"));
    Style {
        color: terminal && !no_color,
        unicode: terminal && unicode,
    }
}

/// Text with a colour, where the style has colours.
pub fn paint(style: Style, code: &str, text: &str) -> String {
    if style.color {
        format!("\x1b[{code}m{text}\x1b[0m")
    } else {
        text.to_owned()
    }
}

/// Green, for what is allowed or passes.
pub const GREEN: &str = "32";
/// Red, for what is denied or fails.
pub const RED: &str = "31";
/// Faint, for what is beside the point.
pub const DIM: &str = "2";
