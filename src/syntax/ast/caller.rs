//! Who calls.

use super::{Body, Ident};
use crate::diagnostic::Span;

/// `caller NAME { claim: pattern }`: a set of callers. The block is open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallerDef {
    /// Its name.
    pub name: Ident,
    /// Patterns over the claims of a verified token; keys are names.
    pub claims: Body,
}

/// `for a | !b`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Callers {
    /// From `for` on.
    pub span: Span,
    /// The alternatives, at least one.
    pub any_of: Vec<CallerRef>,
}

/// `a`, `!a`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallerRef {
    /// Written with `!`: everyone else.
    pub negated: bool,
    /// The `caller` that is meant.
    pub name: Ident,
}
