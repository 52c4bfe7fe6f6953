//! Canonical forms: a value is read in one way, or not at all.
//!
//! Each reading is a pure function from what was sent to the form that patterns see. It takes only what every reader it
//! may meet reads in the same way; what is in another form is refused with a reason, never put right. Where the value is
//! canonical already nothing is allocated. The rules and their sources are also in `docs/readings.md`.

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

use crate::table::Reading;

pub use datetime::check_format;
pub use why::Why;

/// Reads a value as its slot's reading says: what patterns see of it. O(bytes).
///
/// # Errors
/// Why it is not canonical.
pub fn read<'v>(reading: &Reading, value: &'v str) -> Result<Cow<'v, str>, Why<'v>> {
    match reading {
        Reading::Path(path) => path::read(path, value),
        Reading::Url(url) => url::read(url, value),
        Reading::Host => host::read(value).map(Cow::Borrowed),
        Reading::Ip => ip::read(value),
        Reading::Email => email::read(value),
        Reading::Datetime(datetime) => datetime::read(datetime, value),
        Reading::Date => datetime::read_date(value).map(Cow::Borrowed),
    }
}
