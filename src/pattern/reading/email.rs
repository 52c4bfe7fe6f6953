//! `email("*@acme.com")`: a local part, which is one segment, and a host with segments of its own.

use super::HostPattern;
use super::chars;
use super::segments::{Atom, Malformed, atoms_example, atoms_regex, parse_atoms};
use crate::pattern::glob::Piece;

/// E-mail addresses, in lower case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmailPattern {
    local: Vec<Atom>,
    host: HostPattern,
}

impl EmailPattern {
    /// Parses the text of a pattern; letters of ASCII are taken in lower case. Pieces marked `true` are literal.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(pieces: &[Piece<'_>]) -> Result<Self, Malformed> {
        let mut text = chars(pieces);
        text.iter_mut().for_each(|(c, _)| c.make_ascii_lowercase());
        let parts: Vec<&[_]> = text.split(|(c, _)| *c == '@').collect();
        let &[local, host] = parts.as_slice() else {
            return Err(Malformed::new("an address has one `@`"));
        };
        Ok(Self {
            local: parse_atoms(local),
            host: HostPattern::parse_chars(host)?,
        })
    }

    /// The regular expression over canonical addresses.
    #[must_use]
    pub fn regex(&self) -> String {
        format!("{}@{}", atoms_regex(&self.local, "[^@]"), self.host.regex())
    }

    /// An address that it holds, if it holds any.
    #[must_use]
    pub fn example(&self) -> String {
        format!("{}@{}", atoms_example(&self.local), self.host.example())
    }

    /// What it says of the host.
    #[must_use]
    pub fn host(&self) -> &HostPattern {
        &self.host
    }
}
