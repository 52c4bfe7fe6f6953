//! A policy laid out as people like to read it: its words, their spelling and every comment stay; white space, line
//! breaks and the commas that separate entries are the layout's.
//!
//! The reader turns what the grammar matched into tokens, brackets and chains; the printer breaks the brackets and
//! chains that the author broke, and those that are too long for a line. Two laws hold of the result, and it is refused
//! where they do not: it parses to the same tree, and its comments are the same in the same order. A third is tested:
//! laid out again it does not change.
//!
//! A general pretty-printer does not serve: in such documents a line break inside a group breaks all groups around it,
//! and here `}` and its clauses stay together when the braces are broken.

mod document;
mod measure;
mod printer;
mod reader;

use std::fmt;

use super::scan::MAX_SOURCE;
use super::{format, parse};
use crate::diagnostic::{Diagnostic, Source};

/// The width of a line, in characters, where it can be kept: what people read beside a second file on one screen.
pub const WIDTH: usize = 100;

/// How far the inside of brackets is moved to the right.
const INDENT: usize = 2;

/// Why a source was not laid out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LayoutError {
    /// It has errors.
    Wrong(Vec<Diagnostic>),
    /// With its white space it would be more than a source may be.
    TooLarge,
    /// The result would not say the same. This is a defect of the layout; the check is here so that it costs nobody a
    /// policy.
    Unfaithful,
}

impl fmt::Display for LayoutError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Wrong(_) => write!(f, "the policy has errors"),
            Self::TooLarge => write!(f, "laid out, the policy would be larger than 1 MiB"),
            Self::Unfaithful => write!(
                f,
                "the layout would change what the policy says; this is a defect of `mcppc`"
            ),
        }
    }
}

impl std::error::Error for LayoutError {}

/// The text of a source, laid out.
///
/// # Errors
/// What is wrong with the source, and a result that would not say the same.
pub fn lay_out(source: &Source) -> Result<String, LayoutError> {
    let (tree, diagnostics) = parse(source);
    if !diagnostics.is_empty() {
        return Err(LayoutError::Wrong(diagnostics));
    }
    let unreadable = || LayoutError::Unfaithful;
    let before = reader::read(&source.text).ok_or_else(unreadable)?;
    let text = printer::print(&before);
    if text.len() > MAX_SOURCE {
        return Err(LayoutError::TooLarge);
    }
    let (read_back, diagnostics) = parse(&Source::new(source.name.clone(), text.as_str()));
    let after = reader::read(&text).ok_or_else(unreadable)?;
    let same_tree = diagnostics.is_empty() && format::file(&tree) == format::file(&read_back);
    let same = same_tree && before.all_comments == after.all_comments;
    if same { Ok(text) } else { Err(LayoutError::Unfaithful) }
}
