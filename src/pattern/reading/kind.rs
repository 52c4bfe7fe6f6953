//! The readings by name.

use serde::{Deserialize, Serialize};

/// What the strings of a slot mean. The rules of each are in `docs/readings.md`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReadingKind {
    /// A file name.
    Path,
    /// A URL.
    Url,
    /// The name of a host.
    Host,
    /// An IP address.
    Ip,
    /// One e-mail address.
    Email,
    /// A point in time.
    Datetime,
    /// A day.
    Date,
}

impl ReadingKind {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Path,
        Self::Url,
        Self::Host,
        Self::Ip,
        Self::Email,
        Self::Datetime,
        Self::Date,
    ];

    /// Its name in the language.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Path => "path",
            Self::Url => "url",
            Self::Host => "host",
            Self::Ip => "ip",
            Self::Email => "email",
            Self::Datetime => "datetime",
            Self::Date => "date",
        }
    }

    /// How strings that were read so are marked on a tape; 0 marks those without a reading.
    #[must_use]
    pub fn mark(self) -> u8 {
        1 + self as u8
    }

    /// The reading that a mark stands for.
    #[must_use]
    pub fn marked(mark: u8) -> Option<Self> {
        // INVARIANT: they stand in `ALL` as they are declared.
        Self::ALL.get(usize::from(mark).checked_sub(1)?).copied()
    }

    /// The reading of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reading_has_a_mark_of_its_own() {
        for kind in ReadingKind::ALL {
            assert_eq!(ReadingKind::marked(kind.mark()), Some(kind));
        }
        assert_eq!(ReadingKind::marked(0), None);
        assert_eq!(ReadingKind::marked(u8::MAX), None);
    }
}
