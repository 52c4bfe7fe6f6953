//! `host("*.acme.com")`: labels between dots.

use super::segments::{Atom, Malformed, Segment, Segments};
use super::{Char, chars};
use crate::pattern::glob::Piece;

/// A class of the characters of a label. `_` is in none, but where a resource has a word for its host.
pub(super) const LABEL: &str = "[a-z0-9_-]";

/// Names of hosts: `*` stays within a label, `**` crosses; `**.acme.com` also holds `acme.com`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostPattern {
    labels: Segments,
}

impl HostPattern {
    /// Parses the text of a pattern. Pieces marked `true` are literal.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(pieces: &[Piece<'_>]) -> Result<Self, Malformed> {
        Self::parse_chars(&chars(pieces))
    }

    pub(super) fn parse_chars(text: &[Char]) -> Result<Self, Malformed> {
        let labels = Segments::parse(text, '.')?;
        let number = |label: &Segment| {
            label
                .literal()
                .is_some_and(|text| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()))
        };
        let open = labels.0.last().is_some_and(|last| last.literal().is_none());
        if open && labels.0.iter().any(number) {
            // `10.0.*` would hold 10.0.0.1 and also 10.0.evil.com.
            return Err(Malformed::new(
                "it could be a name or an address; for addresses write `ip(\"10.0.0.0/8\")`",
            ));
        }
        Ok(Self { labels })
    }

    /// The regular expression over canonical names.
    #[must_use]
    pub fn regex(&self) -> String {
        self.labels.between('.', LABEL)
    }

    /// A host that it holds, if it holds any.
    #[must_use]
    pub fn example(&self) -> String {
        self.labels.example('.')
    }

    /// Is it `*` or `**` alone: any name?
    #[must_use]
    pub fn is_bare_star(&self) -> bool {
        matches!(self.labels.0.as_slice(), [Segment::Some(atoms)] if *atoms == [Atom::Star]) || self.labels.is_any()
    }

    /// Does it end in a star, `acme.*`? Whoever registers that name somewhere else is in it.
    #[must_use]
    pub fn has_open_end(&self) -> bool {
        match self.labels.0.last() {
            Some(Segment::Any) => true,
            Some(Segment::Some(atoms)) => atoms.as_slice() == [Atom::Star],
            None => false,
        }
    }

    /// Is it `**` alone?
    pub(super) fn is_any(&self) -> bool {
        self.labels.is_any()
    }

    /// Does it begin in the middle of a label, `*acme.com`? It then holds `evilacme.com` too.
    #[must_use]
    pub fn has_suffix_without_dot(&self) -> bool {
        matches!(self.labels.0.first(), Some(Segment::Some(atoms)) if matches!(atoms.as_slice(), [Atom::Star, _, ..]))
    }
}
