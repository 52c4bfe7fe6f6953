//! JSON values that answers show.

use std::fmt;

use crate::json::quote;

/// A JSON value, as it is to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sample {
    /// `null`.
    Null,
    /// `true`, `false`.
    Bool(bool),
    /// A number, by its token.
    Number(String),
    /// A string.
    String(String),
    /// An array.
    Array(Vec<Sample>),
    /// An object; no key stands twice.
    Object(Vec<(String, Sample)>),
}

impl Sample {
    /// How much there is to read.
    #[must_use]
    pub fn size(&self) -> usize {
        match self {
            Self::Null | Self::Bool(_) => 1,
            Self::Number(token) => token.len(),
            Self::String(text) => 2 + text.len(),
            Self::Array(elements) => 2 + elements.iter().map(|element| 1 + element.size()).sum::<usize>(),
            Self::Object(members) => {
                let of = |(key, value): &(String, Self)| 4 + key.len() + value.size();
                2 + members.iter().map(of).sum::<usize>()
            }
        }
    }

    /// The members, if it is an object.
    #[must_use]
    pub fn members(&self) -> &[(String, Self)] {
        match self {
            Self::Object(members) => members,
            _ => &[],
        }
    }
}

impl fmt::Display for Sample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Bool(value) => write!(f, "{value}"),
            Self::Number(token) => f.write_str(token),
            Self::String(text) => f.write_str(&quote(text)),
            Self::Array(elements) => {
                f.write_str("[")?;
                for (at, element) in elements.iter().enumerate() {
                    write!(f, "{}{element}", if at > 0 { "," } else { "" })?;
                }
                f.write_str("]")
            }
            Self::Object(members) => {
                f.write_str("{")?;
                for (at, (key, value)) in members.iter().enumerate() {
                    write!(f, "{}{}:{value}", if at > 0 { "," } else { "" }, quote(key))?;
                }
                f.write_str("}")
            }
        }
    }
}
