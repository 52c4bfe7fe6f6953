//! Which way a pattern faces, and the forms that would let a call slip past it.

use super::env::{Env, Reference, Scoped};
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
    /// It decides nothing: a test looks at the set alone.
    Neither,
}

impl Polarity {
    /// Under `!`.
    pub fn flipped(self) -> Self {
        match self {
            Self::Grant => Self::Prohibition,
            Self::Prohibition => Self::Grant,
            Self::Neither => Self::Neither,
        }
    }
}

impl<'a> Checker<'a> {
    /// Reports a form that an attacker could slip past. `beside` are the patterns that hold together with this one.
    pub(super) fn check_escape(&self, pattern: &'a Pattern, env: &Env<'a>, beside: &[Scoped<'a>], polarity: Polarity) {
        // What stands for another pattern is looked at there.
        if !matches!(self.follow(pattern, env), Reference::None) {
            return;
        }
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
            (PatternKind::Has(_), Polarity::Grant)
                if !beside.iter().any(|p| self.is_array(p.pattern, &p.env, MAX_DEPTH)) =>
            {
                self.report::<()>(
                    error(codes::FREE_ELEMENTS, "the other elements would be free")
                        .help("put `[Q]` beside it: `[Q] & has P`"),
                )
            }
            _ => None,
        };
    }

    /// Does the pattern say something of every element?
    fn is_array(&self, pattern: &'a Pattern, env: &Env<'a>, depth: usize) -> bool {
        let Some(depth) = depth.checked_sub(1).filter(|_| self.spend(pattern.span)) else {
            return false;
        };
        if let Reference::To(Scoped { pattern, env }) = self.follow(pattern, env) {
            return self.is_array(pattern, &env, depth);
        }
        match &pattern.kind {
            PatternKind::Array { .. } => true,
            PatternKind::And(parts) => parts.iter().any(|part| self.is_array(part, env, depth)),
            PatternKind::Or(parts) => parts.iter().all(|part| self.is_array(part, env, depth)),
            PatternKind::Name(_) => false,
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
    pub(super) fn is_positive(&self, pattern: &'a Pattern, env: &Env<'a>, depth: usize) -> bool {
        let Some(depth) = depth.checked_sub(1).filter(|_| self.spend(pattern.span)) else {
            return false;
        };
        if let Reference::To(Scoped { pattern, env }) = self.follow(pattern, env) {
            return self.is_positive(pattern, &env, depth);
        }
        match &pattern.kind {
            PatternKind::Not(_) => false,
            PatternKind::Name(name) => name.name != "any",
            PatternKind::Nullable(inner) => self.is_positive(inner, env, depth),
            PatternKind::And(parts) => parts.iter().any(|part| self.is_positive(part, env, depth)),
            PatternKind::Or(parts) => parts.iter().all(|part| self.is_positive(part, env, depth)),
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
