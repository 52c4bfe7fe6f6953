//! Why a value was not read.

use std::fmt;

/// More of a value than this is not repeated to whoever sent it.
const MAX_SHOWN: usize = 80;

/// Why a value is not canonical, as a short sentence for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Why<'v> {
    /// The part of the value that is at fault; the sentence is about it.
    part: Option<&'v str>,
    /// The sentence, or what it says of the part.
    says: &'static str,
}

impl<'v> Why<'v> {
    /// A sentence about the whole value.
    pub(super) fn new(says: &'static str) -> Self {
        Self { part: None, says }
    }

    /// What is to be said of a part of the value, as `says` goes on after it.
    pub(super) fn of(part: &'v str, says: &'static str) -> Self {
        Self { part: Some(part), says }
    }

    /// The same of a part of the value as it was sent, where what was read had been put together.
    pub(super) fn about<'p>(self, part: &'p str) -> Why<'p> {
        Why {
            part: self.part.map(|_| part),
            says: self.says,
        }
    }

    /// The rule alone, without what was sent.
    #[must_use]
    pub fn rule(&self) -> &'static str {
        self.says
    }
}

impl fmt::Display for Why<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(part) = self.part else {
            return f.write_str(self.says);
        };
        let shown: String = part.chars().take(MAX_SHOWN).collect();
        let more = if shown.len() < part.len() { "…" } else { "" };
        write!(f, "`{}{more}` {}", shown.escape_debug(), self.says)
    }
}
