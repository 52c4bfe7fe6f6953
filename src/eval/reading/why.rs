//! Why a value was not read.

use std::fmt;

/// More of a value than this is not repeated to whoever sent it.
const MAX_SHOWN: usize = 80;

/// Why a value is not canonical, as a short sentence for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Why {
    /// The part of the value that is at fault; the sentence is about it.
    part: Option<Box<str>>,
    /// The sentence, or what it says of the part.
    says: &'static str,
}

impl Why {
    /// A sentence about the whole value.
    pub(super) fn new(says: &'static str) -> Self {
        Self { part: None, says }
    }

    /// What is to be said of a part of the value, as `says` goes on after it.
    pub(super) fn of(part: &str, says: &'static str) -> Self {
        Self {
            part: Some(part.into()),
            says,
        }
    }

    /// The rule alone, without what was sent.
    #[must_use]
    pub fn rule(&self) -> &'static str {
        self.says
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(part) = &self.part else {
            return f.write_str(self.says);
        };
        let shown: String = part.chars().take(MAX_SHOWN).collect();
        let more = if shown.len() < part.len() { "…" } else { "" };
        write!(f, "`{}{more}` {}", shown.escape_debug(), self.says)
    }
}
