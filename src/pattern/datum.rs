//! A value that has been read: in its universe, and in the one form that patterns speak of.

use std::borrow::Cow;

use super::{Decimal, ReadingKind};

/// A value as patterns see it. Strings with a reading are in canonical form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Datum<'a> {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number, exact.
    Number(Decimal),
    /// A string and the reading that its slot has.
    String(Cow<'a, str>, Option<ReadingKind>),
    /// An array.
    Array(Vec<Datum<'a>>),
    /// An object; no key stands twice.
    Object(Vec<(Cow<'a, str>, Datum<'a>)>),
}

impl Datum<'_> {
    /// The member of that name, if this is an object that has it.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Object(members) => members.iter().find(|(key, _)| key == name).map(|(_, value)| value),
            _ => None,
        }
    }

    /// Does the value, or one within it, have this reading and satisfy the test?
    #[must_use]
    pub fn any_reading(&self, reading: ReadingKind, test: &impl Fn(&Self) -> bool) -> bool {
        match self {
            Self::String(_, kind) => *kind == Some(reading) && test(self),
            Self::Array(elements) => elements.iter().any(|e| e.any_reading(reading, test)),
            Self::Object(members) => members.iter().any(|(_, value)| value.any_reading(reading, test)),
            Self::Null | Self::Bool(_) | Self::Number(_) => false,
        }
    }
}
