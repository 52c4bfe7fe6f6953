//! Texts with claims of the caller in them. What a claim says is literal text, put in when a call is decided.

use serde::{Deserialize, Serialize};

use super::{Automaton, Pattern, PatternKind, ReadingKind};

/// The strings that begin with some pieces, end with others, and have a set of strings between them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claimed {
    /// What stands first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub before: Vec<Piece>,
    /// What stands between; `None`: nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub middle: Option<Automaton>,
    /// What stands last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub after: Vec<Piece>,
}

/// A part of such a string that has no other form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Piece {
    /// These characters.
    Text(String),
    /// What the claim says.
    Claim(ClaimUse),
}

/// A claim, and how its text is read where it stands.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClaimUse {
    /// The claim's name.
    pub name: String,
    /// What it fills.
    pub fills: Fills,
}

/// What the text of a claim fills: it must be canonical as that.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fills {
    /// Any text.
    Text,
    /// A whole path, by the file system that it is of.
    Path {
        /// Is it of Windows?
        windows: bool,
        /// Does case not count?
        fold: bool,
    },
    /// A whole value of another reading.
    Value(ReadingKind),
    /// One segment of a path.
    Segment {
        /// Is it of Windows?
        windows: bool,
        /// Does case not count?
        fold: bool,
    },
    /// One segment of a URL's path.
    UrlSegment,
    /// One label of a host's name.
    Label,
    /// The part of an address before its `@`.
    Local,
}

/// What the claims of a caller say.
pub trait Claims {
    /// The canonical text of a claim; `None` where it is absent, is no single text, or cannot stand there.
    fn says(&self, claim: &ClaimUse) -> Option<&str>;
}

/// No caller: no claim says anything.
impl Claims for () {
    fn says(&self, _: &ClaimUse) -> Option<&str> {
        None
    }
}

impl Claimed {
    /// Is the string one of these? None is where a claim says nothing.
    #[must_use]
    pub fn holds(&self, text: &str, claims: &dyn Claims) -> bool {
        self.between(text, claims).is_some_and(|rest| match &self.middle {
            Some(middle) => middle.accepts(rest),
            None => rest.is_empty(),
        })
    }

    /// What is left between the pieces.
    fn between<'t>(&self, text: &'t str, claims: &dyn Claims) -> Option<&'t str> {
        let mut rest = text;
        for piece in &self.before {
            rest = rest.strip_prefix(piece.text(claims)?)?;
        }
        for piece in self.after.iter().rev() {
            rest = rest.strip_suffix(piece.text(claims)?)?;
        }
        Some(rest)
    }

    /// The claims that it reads.
    pub fn claims(&self) -> impl Iterator<Item = &ClaimUse> {
        self.before.iter().chain(&self.after).filter_map(|piece| match piece {
            Piece::Text(_) => None,
            Piece::Claim(claim) => Some(claim),
        })
    }
}

impl Piece {
    fn text<'p>(&'p self, claims: &'p dyn Claims) -> Option<&'p str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Claim(claim) => claims.says(claim),
        }
    }
}

impl Pattern {
    /// The claims that it reads, each once.
    ///
    /// INVARIANT: a checked artifact bounds how deep patterns nest.
    #[must_use]
    pub fn claims(&self) -> Vec<&ClaimUse> {
        let mut found = Vec::new();
        self.collect_claims(&mut found);
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Does it read a claim?
    #[must_use]
    pub fn reads_claims(&self) -> bool {
        !self.claims().is_empty()
    }

    fn collect_claims<'p>(&'p self, found: &mut Vec<&'p ClaimUse>) {
        if let PatternKind::Claimed(claimed) = &self.kind {
            found.extend(claimed.claims());
        }
        self.parts().into_iter().for_each(|part| part.collect_claims(found));
    }

    /// How often a byte of a value may be looked at, at most, and how many questions may be asked of one.
    #[must_use]
    pub fn leaves(&self) -> u64 {
        let own = if matches!(self.kind, PatternKind::Claimed(_)) {
            2
        } else {
            1
        };
        self.parts().into_iter().map(Self::leaves).sum::<u64>() + own
    }

    /// Compiles the automata in it, so that no decision does, and says how many bytes they take; `None` if one is too
    /// large.
    ///
    /// INVARIANT: patterns nest as deep as the parser lets them.
    #[must_use]
    pub fn prepare(&self) -> Option<usize> {
        let own = match &self.kind {
            PatternKind::Automaton(automaton) => automaton.prepare()?,
            _ => 0,
        };
        let mut parts = self.parts().into_iter();
        parts.try_fold(own, |sum, part| sum.checked_add(part.prepare()?))
    }

    /// The patterns that it is made of.
    fn parts(&self) -> Vec<&Self> {
        match &self.kind {
            PatternKind::Array { element: part, .. } | PatternKind::Has(part) | PatternKind::Not(part) => vec![part],
            PatternKind::Map { key, value, .. } => vec![key, value],
            PatternKind::And(parts) | PatternKind::Or(parts) => parts.iter().collect(),
            PatternKind::Object { fields, .. } => fields.iter().map(|field| &field.pattern).collect(),
            _ => Vec::new(),
        }
    }
}
