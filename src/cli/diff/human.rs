//! Differences for people.

use super::changes::Change;
use super::{OfTool, by, otherwise};
use crate::cli::terminal::{DIM, GREEN, RED, out, paint, style};
use crate::diagnostic::visible_line;
use crate::prove::Direction;

/// Tool by tool, then what else changed. Tools that are equivalent are counted.
pub fn show(tools: &[OfTool], changes: &[Change]) {
    let style = style(&std::io::stdout());
    let mut equivalent = 0;
    for tool in tools {
        let colour = match tool.verdict() {
            "equivalent" => {
                equivalent += 1;
                continue;
            }
            "less permissive" => GREEN,
            _ => RED,
        };
        out(format_args!(
            "{} {}",
            visible_line(&tool.name),
            paint(style, colour, tool.verdict())
        ));
        for (what, direction) in tool.directions() {
            match direction {
                Direction::None => {}
                Direction::Refused(refusal) => {
                    out(format_args!(
                        "  {what}: not known, since {}",
                        visible_line(&refusal.why)
                    ));
                }
                Direction::Some(access) => {
                    out(format_args!("  {what}: {}", visible_line(&access.call)));
                    let rules = format!("    by {}; otherwise {}", by(access), otherwise(access));
                    out(paint(style, DIM, &visible_line(&rules)));
                }
            }
        }
    }
    out(format_args!("{equivalent} of {} tools equivalent", tools.len()));
    for Change { what, name, how } in changes {
        out(visible_line(&format!("{what} {name}: {how}")));
    }
}
