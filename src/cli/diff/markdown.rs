//! Differences as a page for a review.

use super::changes::Change;
use super::{OfTool, by, otherwise};
use crate::cli::terminal::out;
use crate::diagnostic::visible_line;
use crate::prove::Direction;

/// A table of the tools that differ, the calls under it, and a list of other changes.
pub fn show(tools: &[OfTool], changes: &[Change]) {
    let differing: Vec<&OfTool> = tools.iter().filter(|tool| tool.verdict() != "equivalent").collect();
    out("# What the new policy allows\n");
    if !differing.is_empty() {
        out("| tool | the new policy is |\n|---|---|");
        for tool in &differing {
            out(format_args!("| {} | {} |", code(&tool.name), tool.verdict()));
        }
        out("");
    }
    out(format_args!(
        "{} of {} tools are equivalent.\n",
        tools.len() - differing.len(),
        tools.len()
    ));
    for tool in differing {
        out(format_args!("## {}\n", code(&tool.name)));
        for (what, direction) in tool.directions() {
            match direction {
                Direction::None => {}
                Direction::Refused(refusal) => out(format_args!("- {what}: not known, since {}", plain(&refusal.why))),
                Direction::Some(access) => {
                    out(format_args!("- {what}: {}", code(&access.call)));
                    out(format_args!(
                        "  by {}; otherwise {}",
                        code(&by(access)),
                        code(&otherwise(access))
                    ));
                }
            }
        }
        out("");
    }
    if !changes.is_empty() {
        out("## Other changes\n");
        for Change { what, name, how } in changes {
            out(format_args!("- {what} {}: {}", code(name), plain(how)));
        }
    }
}

/// Text that Markdown leaves alone, whatever is in it: more backticks around it than in it.
fn code(text: &str) -> String {
    let text = visible_line(text).replace('|', "\\|");
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let space = if longest > 0 { " " } else { "" };
    format!("{fence}{space}{text}{space}{fence}")
}

/// Words of the program, with what people wrote in code of its own.
fn plain(text: &str) -> String {
    if text.contains('`') {
        code(text)
    } else {
        visible_line(text)
    }
}
