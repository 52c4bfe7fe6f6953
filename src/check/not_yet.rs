//! What was let through and nothing compiles.

use super::codes;
use crate::diagnostic::{Diagnostic, Span};

/// The error for a part that was let through and that nothing compiles: a mistake in this program, never in silence.
pub fn not_compiled(span: Span) -> Diagnostic {
    Diagnostic::error(codes::NOT_YET, span, "this is not enforced by this version of mcppc")
}
