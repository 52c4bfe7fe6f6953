//! What the language has and this version does not enforce. It is refused, so that nothing is read and then not done.
//!
//! Whoever implements a part removes its line from [`NOT_YET`]. The [walk] names every variant and every field of the
//! tree, without wildcards: what is added to the tree does not compile until it is named here.

mod walk;

use super::codes;
use super::sources::Placed;
use crate::diagnostic::{Diagnostic, Span};
use crate::syntax::ast::File;

/// A part of the language that can be missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Envelope,
}

/// The parts that are missing, and how they are called, with their verb.
const NOT_YET: &[(Part, &str)] = &[(Part::Envelope, "the envelope's slots (`@…`) are")];

/// An error for each part of a file that this version does not enforce; the outermost, where they are within each other.
pub fn refuse(source: &Placed, file: &File) -> Vec<Diagnostic> {
    let mut walk = walk::Walk::new(source);
    file.statements.iter().for_each(|statement| walk.statement(statement));
    walk.found
}

/// The error for a part that was let through and that nothing compiles: a mistake in this program, never in silence.
pub fn not_compiled(span: Span) -> Diagnostic {
    Diagnostic::error(codes::NOT_YET, span, "this is not enforced by this version of mcppc")
}
