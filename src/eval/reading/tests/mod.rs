//! The readings by example, and held against what others read.

mod datetime;
mod differential;
mod email;
mod host;
mod ip;
mod path;
mod url;
mod windows;

use std::borrow::Cow;

use super::{Why, read};
use crate::table::Reading;

/// What patterns see, or what the sender is told.
fn reads(reading: &Reading, value: &str) -> Result<String, String> {
    read(reading, value).map(Cow::into_owned).map_err(|why| why.to_string())
}

/// Each is read as it stands, without a copy.
fn assert_canonical(reading: &Reading, values: &[&str]) {
    for value in values {
        match read(reading, value) {
            Ok(Cow::Borrowed(read)) => assert_eq!(read, *value),
            other => panic!("{value:?}: {other:?}"),
        }
    }
}

/// Each is refused, for a reason that says so.
fn assert_refused(reading: &Reading, values: &[(&str, &str)]) {
    for (value, why) in values {
        match reads(reading, value) {
            Err(said) => assert!(said.contains(why), "{value:?}: {said}"),
            Ok(read) => panic!("{value:?} is read as {read:?}"),
        }
    }
}

#[test]
fn what_is_repeated_is_short_and_shows_what_is_hidden() {
    let text = "a\u{202e}b".repeat(100);
    let why = Why::of(&text, "is long");
    let said = why.to_string();
    assert!(
        said.starts_with("`a\\u{202e}ba") && said.ends_with("…` is long"),
        "{said}"
    );
    assert_eq!(why.rule(), "is long");
}
