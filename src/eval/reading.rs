//! Canonical forms: a value is read in one way, or not at all.

use std::fmt;
use std::sync::LazyLock;

use regex_syntax::hir::{Class, ClassUnicode, HirKind};
use unicode_normalization::is_nfc;

use crate::table::{PathReading, Reading};

/// A canonical form: a part of the value as it was sent, and what is put before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Canonical<'r, 't> {
    /// The root of a relative path, without a slash at its end.
    pub root: Option<&'r str>,
    /// The value from its beginning, to its end or less.
    pub text: &'t str,
}

impl fmt::Display for Canonical<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.root {
            Some(root) => write!(f, "{root}/{}", self.text),
            None => f.write_str(self.text),
        }
    }
}

/// Reads a string as the slot's reading says.
///
/// # Errors
/// Why it is not canonical, in words that follow "`VALUE` is ambiguous: ".
pub fn read<'r, 't>(reading: &'r Reading, value: &'t str) -> Result<Canonical<'r, 't>, &'static str> {
    match reading {
        Reading::Path(path) => read_path(path, value),
    }
}

/// A canonical absolute POSIX path: what it is called once its declared root is put before a relative one, and the
/// slash that `dir` allows is taken off. Source: `readings`, *path*; the list of what servers and shells rewrite.
fn read_path<'r, 't>(reading: &'r PathReading, value: &'t str) -> Result<Canonical<'r, 't>, &'static str> {
    if is_plain_path(value) {
        return Ok(Canonical { root: None, text: value });
    }
    check_path_characters(value)?;
    let text = match value.strip_suffix('/') {
        Some(shorter) if reading.dir && !shorter.is_empty() && !shorter.ends_with('/') => shorter,
        _ => value,
    };
    let absolute = Canonical { root: None, text };
    if text == "/" {
        return Ok(absolute);
    }
    let segments = text.strip_prefix('/').unwrap_or(text);
    if segments.starts_with('~') {
        return Err("a first segment that begins with `~` is expanded by some readers");
    }
    segments.split('/').try_for_each(check_segment)?;
    match &reading.root {
        _ if text.starts_with('/') => Ok(absolute),
        Some(root) => Ok(Canonical {
            root: Some(root.trim_end_matches('/')),
            text,
        }),
        None => Err("it is not absolute"),
    }
}

fn check_path_characters(value: &str) -> Result<(), &'static str> {
    if value.is_empty() {
        return Err("it is empty");
    }
    for c in value.chars() {
        match c {
            '\\' => return Err("a backslash parts segments for some readers"),
            '$' => return Err("`$` is expanded by some readers"),
            c if c.is_control() => return Err("it has a control character"),
            c if !c.is_ascii() && is_default_ignorable(c) => return Err("it has a character that is not shown"),
            _ => {}
        }
    }
    if has_percent_name(value) {
        return Err("`%NAME%` is expanded by some readers");
    }
    if is_nfc(value) {
        Ok(())
    } else {
        Err("it is not in Unicode normalization form C")
    }
}

/// Most paths are absolute, are made of letters and digits mostly, and have no segment that is empty or begins with a
/// dot: nothing more needs to be asked of them.
fn is_plain_path(value: &str) -> bool {
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

fn check_segment(segment: &str) -> Result<(), &'static str> {
    match segment {
        "" => return Err("it has an empty segment or a slash at its end"),
        "." | ".." => return Err("it has a `.` or `..` segment"),
        _ => {}
    }
    let trimmed = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '`');
    if segment.starts_with(trimmed) || segment.ends_with(trimmed) {
        return Err("a segment begins or ends with white space or a quote");
    }
    Ok(())
}

/// `%` NAME `%` with nothing but letters, digits and `_ ( )` between: a variable in Windows' shells.
fn has_percent_name(value: &str) -> bool {
    let is_name = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_alphanumeric() || "_()".contains(c));
    // What comes before the first `%` and after the last is not between two.
    let end = value.rfind('%').unwrap_or(0);
    let inner = value.get(..end).unwrap_or("").split('%').skip(1);
    inner.into_iter().any(is_name)
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

    fn path(reading: &PathReading, value: &str) -> Result<String, &'static str> {
        read_path(reading, value).map(|path| path.to_string())
    }

    #[test]
    fn a_canonical_path_stays_as_it_is() {
        let reading = PathReading::default();
        for value in [
            "/",
            "/a",
            "/srv/work/a b.md",
            "/a/..b",
            "/a/b..",
            "/a/...",
            "/a/50%.pdf",
            "/a/50%-60%",
            "/café",
            "/a/.git",
            "/a/x~",
        ] {
            assert_eq!(path(&reading, value).as_deref(), Ok(value), "{value}");
        }
    }

    #[test]
    fn a_path_with_another_reading_is_refused() {
        let reading = PathReading::default();
        for value in [
            "",
            "a",
            "a/b",
            "./a",
            "//",
            "//a",
            "/a//b",
            "/a/",
            "/a/./b",
            "/a/../b",
            "/..",
            "/.",
            "~",
            "~/x",
            "/~root/x",
            "/a\\b",
            "/a\0b",
            "/a\nb",
            "/a\u{7f}",
            "/a/ b",
            "/a /b",
            "/a/b ",
            "/a/\u{a0}b",
            "/\"a\"",
            "/'a",
            "/$HOME",
            "/%HOME%/x",
            "/cafe\u{301}",
            "/a\u{200b}b",
            "/a\u{ad}b",
            "/a\u{202e}b",
            "C:\\x",
            "/a/\u{feff}b",
        ] {
            assert!(path(&reading, value).is_err(), "{value:?}");
        }
    }

    #[test]
    fn a_directory_may_end_in_one_slash() {
        let reading = PathReading { dir: true, root: None };
        assert_eq!(path(&reading, "/a/").as_deref(), Ok("/a"));
        assert_eq!(path(&reading, "/a").as_deref(), Ok("/a"));
        assert_eq!(path(&reading, "/").as_deref(), Ok("/"));
        assert!(path(&reading, "/a//").is_err());
        assert!(path(&reading, "//").is_err());
    }

    #[test]
    fn a_relative_path_is_read_below_its_root() {
        let reading = PathReading {
            dir: false,
            root: Some("/srv/work".to_owned()),
        };
        assert_eq!(path(&reading, "a/b").as_deref(), Ok("/srv/work/a/b"));
        assert_eq!(path(&reading, "/etc/passwd").as_deref(), Ok("/etc/passwd"));
        for value in ["../x", "a/../../x", ".", "", "a/", "~x"] {
            assert!(path(&reading, value).is_err(), "{value:?}");
        }
    }

    proptest::proptest! {
        // The short way is one of the long way.
        #[test]
        fn plain_paths_are_read_as_others_are(value in "[/a.~\\\\$% -]{0,12}") {
            if is_plain_path(&value) {
                proptest::prop_assert!(check_path_characters(&value).is_ok());
                proptest::prop_assert!(value[1..].split('/').all(|segment| check_segment(segment).is_ok()));
            }
        }

        // What is canonical is read the same again: no second reading hides in it.
        #[test]
        fn reading_is_idempotent(value in "[/a.~\\\\$% \u{301}-]{0,12}") {
            if let Ok(read) = path(&PathReading { dir: true, root: Some("/r".to_owned()) }, &value) {
                proptest::prop_assert_eq!(path(&PathReading::default(), &read), Ok(read.clone()));
                proptest::prop_assert!(!read.contains("//") && !read.split('/').any(|s| s == ".." || s == "."));
            }
        }
    }
}
