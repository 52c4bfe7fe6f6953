//! How the strings of a slot are read, with what its declaration says.

use serde::{Deserialize, Serialize};

use crate::pattern::ReadingKind;

/// How the strings of a slot are read. What is canonical under each is in `docs/readings.md`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Reading {
    /// A file name.
    Path(PathReading),
    /// A URL.
    Url(UrlReading),
    /// The name of a host.
    Host,
    /// An IP address.
    Ip,
    /// One e-mail address.
    Email,
    /// A point in time.
    Datetime(DatetimeReading),
    /// A day.
    Date,
}

/// What the declaration of a `path` slot says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PathReading {
    /// May it end in one separator?
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub dir: bool,
    /// Does its file system tell no upper from lower case? It is then compared in lower case. Always so under
    /// `windows`.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub fold: bool,
    /// Is it a name of Windows, parted by `\`? In patterns, and in the canonical form, it is parted by `/`.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub windows: bool,
    /// Where relative names begin; `None`: they are refused. Absolute, and in the form that patterns see.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub root: Option<String>,
}

/// What the declaration of a `url` slot says, and what the rules ask of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct UrlReading {
    /// The schemes that it may have, in lower case, at least one.
    pub schemes: Vec<String>,
    /// The one of them that a value without a scheme is read with; `None`: it must have one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_scheme: Option<String>,
    /// Does a rule speak of single parameters of the query? Then each has one name and one spelling.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub inspected: bool,
    /// Does a rule name the fragment? Without one, a value that has a fragment is refused.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub fragment: bool,
    /// Is it the `uri` of a resource, or another slot of a capability? Under a scheme that is not of the web its authority is any plain word then.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub resource: bool,
}

/// What the declaration of a `datetime` slot says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DatetimeReading {
    /// The one form that it has, as strftime writes it; `None`: RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub format: Option<String>,
}

impl Default for UrlReading {
    fn default() -> Self {
        Self {
            schemes: vec!["https".to_owned()],
            default_scheme: None,
            inspected: false,
            fragment: false,
            resource: false,
        }
    }
}

impl Reading {
    /// Which reading it is.
    #[must_use]
    pub fn kind(&self) -> ReadingKind {
        match self {
            Self::Path(_) => ReadingKind::Path,
            Self::Url(_) => ReadingKind::Url,
            Self::Host => ReadingKind::Host,
            Self::Ip => ReadingKind::Ip,
            Self::Email => ReadingKind::Email,
            Self::Datetime(_) => ReadingKind::Datetime,
            Self::Date => ReadingKind::Date,
        }
    }

    /// The reading of that kind, without options.
    #[must_use]
    pub fn plain(kind: ReadingKind) -> Self {
        match kind {
            ReadingKind::Path => Self::Path(PathReading::default()),
            ReadingKind::Url => Self::Url(UrlReading::default()),
            ReadingKind::Host => Self::Host,
            ReadingKind::Ip => Self::Ip,
            ReadingKind::Email => Self::Email,
            ReadingKind::Datetime => Self::Datetime(DatetimeReading::default()),
            ReadingKind::Date => Self::Date,
        }
    }
}
