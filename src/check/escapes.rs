//! Which way a pattern faces, and the forms that would let a call slip past it.

use super::{Checker, codes};
use crate::diagnostic::Diagnostic;
use crate::syntax::ast::{Pattern, PatternKind};

/// As deep as patterns nest.
const MAX_DEPTH: usize = 64;

/// What a match of the pattern means for the call. `!` turns it round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Polarity {
    /// A match lets the call through.
    Grant,
    /// A match stops it.
    Prohibition,
}

impl Polarity {
    /// Under `!`.
    pub fn flipped(self) -> Self {
        match self {
            Self::Grant => Self::Prohibition,
            Self::Prohibition => Self::Grant,
        }
    }
}

impl Checker<'_> {
    /// Reports a form that an attacker could slip past. `beside` are the patterns that hold together with this one.
    pub(super) fn check_escape(&self, pattern: &Pattern, beside: &[&Pattern], polarity: Polarity) {
        let error = |code, message: &str| Diagnostic::error(code, pattern.span, message);
        match (&pattern.kind, polarity) {
            (PatternKind::Array { .. }, Polarity::Prohibition) => self.report::<()>(
                error(codes::ESCAPE_ELEMENT, "one more element would escape this prohibition")
                    .help("write `has P` in place of `[P]`"),
            ),
            (PatternKind::Object { open: false, .. }, Polarity::Prohibition) => self.report::<()>(
                error(codes::ESCAPE_KEY, "one more key would escape this prohibition").help("end the object with `..`"),
            ),
            (PatternKind::Map { .. }, Polarity::Prohibition) => self.report::<()>(
                error(codes::ESCAPE_KEY, "one more key would escape this prohibition")
                    .help("name the keys that are meant, and end the object with `..`"),
            ),
            (PatternKind::Has(_), Polarity::Grant) if !beside.iter().any(|p| self.is_array(p, MAX_DEPTH)) => self
                .report::<()>(
                    error(codes::FREE_ELEMENTS, "the other elements would be free")
                        .help("put `[Q]` beside it: `[Q] & has P`"),
                ),
            _ => None,
        };
    }

    /// Does the pattern say something of every element?
    fn is_array(&self, pattern: &Pattern, depth: usize) -> bool {
        let Some(depth) = depth.checked_sub(1).filter(|_| self.spend(pattern.span)) else {
            return false;
        };
        match &pattern.kind {
            PatternKind::Array { .. } => true,
            PatternKind::Name(name) => self
                .scope
                .patterns
                .get(name.name.as_str())
                .is_some_and(|d| self.is_array(&d.pattern, depth)),
            PatternKind::And(parts) => parts.iter().any(|part| self.is_array(part, depth)),
            PatternKind::Or(parts) => parts.iter().all(|part| self.is_array(part, depth)),
            PatternKind::Str(_)
            | PatternKind::Number(_)
            | PatternKind::Bool(_)
            | PatternKind::Null
            | PatternKind::Range(_)
            | PatternKind::Claim(_)
            | PatternKind::Call { .. }
            | PatternKind::UrlParts(_)
            | PatternKind::Has(_)
            | PatternKind::Object { .. }
            | PatternKind::Map { .. }
            | PatternKind::Nullable(_)
            | PatternKind::Not(_) => false,
        }
    }

    /// Does the pattern say what a value is, and not only what it is not?
    pub(super) fn is_positive(&self, pattern: &Pattern, depth: usize) -> bool {
        let Some(depth) = depth.checked_sub(1).filter(|_| self.spend(pattern.span)) else {
            return false;
        };
        match &pattern.kind {
            PatternKind::Not(_) => false,
            PatternKind::Name(name) if name.name == "any" => false,
            PatternKind::Name(name) => self
                .scope
                .patterns
                .get(name.name.as_str())
                .is_none_or(|d| self.is_positive(&d.pattern, depth)),
            PatternKind::Nullable(inner) => self.is_positive(inner, depth),
            PatternKind::And(parts) => parts.iter().any(|part| self.is_positive(part, depth)),
            PatternKind::Or(parts) => parts.iter().all(|part| self.is_positive(part, depth)),
            PatternKind::Str(_)
            | PatternKind::Number(_)
            | PatternKind::Bool(_)
            | PatternKind::Null
            | PatternKind::Range(_)
            | PatternKind::Claim(_)
            | PatternKind::Call { .. }
            | PatternKind::UrlParts(_)
            | PatternKind::Array { .. }
            | PatternKind::Has(_)
            | PatternKind::Object { .. }
            | PatternKind::Map { .. } => true,
        }
    }
}
