//! Patterns of readings: what `host("…")`, `url("…")` and their kin denote, as regular expressions over the canonical
//! forms that `eval::reading` gives. All of these forms are ASCII, so the expressions are too.
//!
//! The text of such a pattern is parsed first and kept in parts, so that what is wrong with it, or unwise, can be said of
//! its parts. In it only `*` and `**` are special; the text of a constant never is.

mod email;
mod encode;
mod host;
mod ip;
mod kind;
mod moment;
mod part;
mod segments;
#[cfg(test)]
mod tests;
mod url;
mod written;

pub use email::EmailPattern;
pub use host::HostPattern;
pub use ip::ip_regex;
pub use kind::ReadingKind;
pub use moment::{not_after, not_before};
pub use part::{UrlPart, lift};
pub use segments::Malformed;
pub use url::{UrlPattern, default_port};
pub use written::written;

use super::glob::Piece;

/// One character of a pattern's text, and whether it may be special.
type Char = (char, bool);

fn chars(pieces: &[Piece<'_>]) -> Vec<Char> {
    let of = |&(text, literal): &Piece<'_>| text.chars().map(move |c| (c, !literal)).collect::<Vec<_>>();
    pieces.iter().flat_map(of).collect()
}

/// The character as a regular expression.
fn escaped(c: char) -> String {
    regex_syntax::escape(c.encode_utf8(&mut [0; 4]))
}
