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

    /// The reading of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}
