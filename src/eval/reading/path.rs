//! *path*: the name of a file, as POSIX and Windows write it.
//!
//! Sources: POSIX.1-2024 section 4.16 (pathname resolution) for segments, `.`, `..` and slashes; the rest is what shells,
//! libraries and servers are known to expand or rewrite. For Windows see the module beside this one.

use std::sync::LazyLock;

use regex_syntax::hir::{Class, ClassUnicode, HirKind};
use unicode_normalization::is_nfc;

use super::{Canonical, Why, put, windows};
use crate::table::PathReading;

/// A canonical absolute path: what it is called once its declared root is put before a relative one, the separator that
/// `dir` allows is taken off its end, and letters are in lower case where the file system does not tell them apart.
pub(super) fn read<'a>(reading: &PathReading, value: &'a str, written: &mut String) -> Result<Canonical, Why<'a>> {
    if !reading.fold && !reading.windows && is_plain(value) {
        return Ok(Canonical::whole(value));
    }
    check_characters(value)?;
    if reading.fold {
        check_case(value)?;
    }
    let read = if reading.windows {
        windows::read(reading, value, written)
    } else {
        read_posix(reading, value, written)
    }?;
    Ok(if reading.fold {
        lower_case(value, read, written)
    } else {
        read
    })
}

fn lower_case(value: &str, read: Canonical, written: &mut String) -> Canonical {
    if let Canonical::Beginning(length) = read {
        let kept = value.get(..length).unwrap_or(value);
        if !kept.bytes().any(|b| b.is_ascii_uppercase()) {
            return read;
        }
        written.push_str(kept);
    }
    written.make_ascii_lowercase();
    Canonical::Written
}

/// Is it an absolute path, as it stands or with one slash more? For names within other values.
pub(super) fn check_absolute(value: &str) -> Result<(), Why<'_>> {
    check_characters(value)?;
    let reading = PathReading {
        dir: true,
        ..PathReading::default()
    };
    // Nothing is written where there is no root.
    read_posix(&reading, value, &mut String::new()).map(drop)
}

fn read_posix<'a>(reading: &PathReading, value: &'a str, written: &mut String) -> Result<Canonical, Why<'a>> {
    if value.contains('\\') {
        return Err(Why::new("a backslash parts segments for some readers"));
    }
    let value = match value.strip_suffix('/') {
        Some(shorter) if reading.dir && !shorter.is_empty() && !shorter.ends_with('/') => shorter,
        _ => value,
    };
    if value == "/" {
        return Ok(Canonical::whole(value));
    }
    let segments = value.strip_prefix('/').unwrap_or(value);
    check_home(segments)?;
    segments.split('/').try_for_each(check_segment)?;
    match (&reading.root, value.starts_with('/')) {
        (_, true) => Ok(Canonical::whole(value)),
        (Some(root), false) => Ok(put(written, format_args!("{}/{value}", root.trim_end_matches('/')))),
        (None, false) => Err(Why::new("it is not absolute")),
    }
}

/// Most paths are absolute, are made of letters and digits mostly, and have no segment that is empty or begins with a
/// dot: nothing more needs to be asked of them.
fn is_plain(value: &str) -> bool {
    let (mut faults, mut before) = (0, 0);
    for byte in value.bytes() {
        let class = CLASSES.get(usize::from(byte)).copied().unwrap_or(ODD);
        // What is set beside `ODD` counts only behind a slash.
        faults |= class & (before >> 1 | ODD);
        before = class;
    }
    faults == 0 && value.starts_with('/') && !value.ends_with('/')
}

/// It may mean something to some reader.
const ODD: u8 = 1;
/// It may not stand behind a slash.
const NOT_FIRST: u8 = 2;
const SLASH: u8 = NOT_FIRST | 4;

/// What each byte is in a path.
#[expect(clippy::indexing_slicing, reason = "evaluated by the compiler; a byte is below 256")]
static CLASSES: [u8; 256] = {
    let mut classes = [ODD; 256];
    let mut plain: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-+,=@#";
    while let [byte, rest @ ..] = plain {
        classes[*byte as usize] = 0;
        plain = rest;
    }
    classes[b'/' as usize] = SLASH;
    classes[b'.' as usize] = NOT_FIRST;
    classes
};

fn check_characters(value: &str) -> Result<(), Why<'_>> {
    if value.is_empty() {
        return Err(Why::new("it is empty"));
    }
    for c in value.chars() {
        match c {
            '$' => return Err(Why::new("`$` is expanded by some readers")),
            c if c.is_control() => return Err(Why::new("it has a control character")),
            c if !c.is_ascii() && is_default_ignorable(c) => {
                return Err(Why::new("it has a character that is not shown"));
            }
            _ => {}
        }
    }
    if has_percent_name(value) {
        return Err(Why::new("`%NAME%` is expanded by some readers"));
    }
    if is_nfc(value) {
        Ok(())
    } else {
        Err(Why::new("it is not in Unicode normalization form C"))
    }
}

/// Shells expand `~` and `~user` at the beginning.
pub(super) fn check_home(segments: &str) -> Result<(), Why<'_>> {
    if segments.starts_with('~') {
        return Err(Why::new(
            "a first segment that begins with `~` is expanded by some readers",
        ));
    }
    Ok(())
}

pub(super) fn check_segment(segment: &str) -> Result<(), Why<'_>> {
    match segment {
        "" => return Err(Why::new("it has an empty segment or a slash at its end")),
        "." | ".." => return Err(Why::new("it has a `.` or `..` segment")),
        _ => {}
    }
    let trimmed = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '`');
    if segment.starts_with(trimmed) || segment.ends_with(trimmed) {
        return Err(Why::new("a segment begins or ends with white space or a quote"));
    }
    Ok(())
}

/// Where case does not count, only letters that every file system folds in the same way: those of ASCII, and others in
/// lower case that have one upper case which has one lower case, themselves. NTFS folds by a table of its volume, APFS by
/// Unicode's full folding: they differ on `ß`, `ſ`, `ı`, the Kelvin sign and their like.
fn check_case(value: &str) -> Result<(), Why<'_>> {
    let odd = value.char_indices().find(|(_, c)| !folds_alike(*c));
    odd.map_or(Ok(()), |(at, c)| {
        let letter = value.get(at..at + c.len_utf8()).unwrap_or(value);
        Err(Why::of(
            letter,
            "is a letter whose case not every file system reads alike",
        ))
    })
}

fn folds_alike(c: char) -> bool {
    let is_lower = || single(c.to_lowercase()) == Some(c);
    let comes_back = |upper: char| upper == c || (!upper.is_ascii() && single(upper.to_lowercase()) == Some(c));
    c.is_ascii() || (is_lower() && single(c.to_uppercase()).is_some_and(comes_back))
}

/// The mapping of a character, where it is one character.
fn single(mut mapped: impl Iterator<Item = char>) -> Option<char> {
    mapped.next().filter(|_| mapped.next().is_none())
}

/// `%` NAME `%` with nothing but letters, digits and `_ ( )` between: a variable in Windows' shells.
fn has_percent_name(value: &str) -> bool {
    let is_name = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_alphanumeric() || "_()".contains(c));
    // What comes before the first `%` and after the last is not between two.
    let end = value.rfind('%').unwrap_or(0);
    value.get(..end).unwrap_or("").split('%').skip(1).any(is_name)
}

/// Unicode's `Default_Ignorable_Code_Point` (DerivedCoreProperties.txt).
fn is_default_ignorable(c: char) -> bool {
    static CLASS: LazyLock<Option<ClassUnicode>> = LazyLock::new(|| {
        let hir = regex_syntax::parse(r"\p{Default_Ignorable_Code_Point}").ok()?;
        match hir.into_kind() {
            HirKind::Class(Class::Unicode(class)) => Some(class),
            _ => None,
        }
    });
    // Without the table every such character is refused.
    CLASS.as_ref().is_none_or(|class| {
        class
            .ranges()
            .iter()
            .any(|range| (range.start()..=range.end()).contains(&c))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        // The short way is one of the long way.
        #[test]
        fn plain_paths_are_read_as_others_are(value in "[/a.~\\\\$% -]{0,12}") {
            if is_plain(&value) {
                proptest::prop_assert!(check_characters(&value).is_ok());
                let mut written = String::new();
                let read = read_posix(&PathReading::default(), &value, &mut written);
                proptest::prop_assert_eq!(read, Ok(Canonical::whole(&value)));
            }
        }
    }
}
