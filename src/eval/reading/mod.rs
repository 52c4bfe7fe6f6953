//! Canonical forms: a value is read in one way, or not at all.
//!
//! Each reading is a pure function from what was sent to the form that patterns see. It takes only what every reader it
//! may meet reads in the same way; what is in another form is refused with a reason, never put right. The rules and their
//! sources are also in `docs/readings.md`.

mod datetime;
mod email;
mod host;
mod ip;
mod path;
#[cfg(test)]
mod tests;
pub mod url;
mod why;
mod windows;

use std::borrow::Cow;
use std::fmt::Write as _;

use crate::table::Reading;

pub use datetime::check_format;
pub use why::Why;

/// What patterns see of a value that is canonical.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Canonical {
    /// So many bytes of it, from its beginning.
    Beginning(usize),
    /// Another text, which was written out.
    Written,
}

impl Canonical {
    fn whole(value: &str) -> Self {
        Self::Beginning(value.len())
    }
}

/// Reads a value as its slot's reading says: what patterns see of it. O(bytes).
///
/// # Errors
/// Why it is not canonical.
pub fn read<'v>(reading: &Reading, value: &'v str) -> Result<Cow<'v, str>, Why<'v>> {
    let mut written = String::new();
    Ok(match read_into(reading, value, &mut written)? {
        Canonical::Beginning(length) => Cow::Borrowed(value.get(..length).unwrap_or(value)),
        Canonical::Written => Cow::Owned(written),
    })
}

/// The same without memory of its own: what is no part of the value is written into `written`, which is empty before.
///
/// # Errors
/// Why it is not canonical.
pub fn read_into<'v>(reading: &Reading, value: &'v str, written: &mut String) -> Result<Canonical, Why<'v>> {
    match reading {
        Reading::Path(path) => path::read(path, value, written),
        Reading::Url(url) => url::read(url, value, written),
        Reading::Host => host::read(value).map(Canonical::whole),
        Reading::Ip => ip::read(value, written),
        Reading::Email => email::read(value, written),
        Reading::Datetime(datetime) => datetime::read(datetime, value, written),
        Reading::Date => datetime::read_date(value).map(Canonical::whole),
    }
}

/// Writes to a text, which does not fail.
fn put(written: &mut String, what: std::fmt::Arguments<'_>) -> Canonical {
    // INVARIANT: a `String` takes what is written to it.
    let _ = written.write_fmt(what);
    Canonical::Written
}
