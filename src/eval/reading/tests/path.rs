//! Names of files under POSIX.

use super::{assert_canonical, assert_refused, reads};
use crate::table::{PathReading, Reading};

fn plain() -> Reading {
    Reading::Path(PathReading::default())
}

fn with(change: impl FnOnce(&mut PathReading)) -> Reading {
    let mut path = PathReading::default();
    change(&mut path);
    Reading::Path(path)
}

#[test]
fn a_canonical_path_stays_as_it_is() {
    let values = [
        "/",
        "/a",
        "/srv/work/a b.md",
        "/a/..b",
        "/a/b..",
        "/a/...",
        "/a/50%.pdf",
        "/a/50%-60%",
    ];
    assert_canonical(&plain(), &values);
    assert_canonical(&plain(), &["/café", "/a/.git", "/a/x~", "/A/README.md"]);
}

#[test]
fn a_path_with_another_reading_is_refused() {
    assert_refused(
        &plain(),
        &[
            ("", "it is empty"),
            ("a", "not absolute"),
            ("a/b", "not absolute"),
            ("./a", "`.` or `..`"),
            ("//", "empty segment"),
            ("//a", "empty segment"),
            ("/a//b", "empty segment"),
            ("/a/", "slash at its end"),
            ("/a/./b", "`.` or `..`"),
            ("/a/../b", "`.` or `..`"),
            ("/..", "`.` or `..`"),
            ("/.", "`.` or `..`"),
            ("~", "begins with `~`"),
            ("~/x", "begins with `~`"),
            ("/~root/x", "begins with `~`"),
            ("/a\\b", "backslash"),
            ("C:\\x", "backslash"),
            ("/a\0b", "control character"),
            ("/a\nb", "control character"),
            ("/a\u{7f}", "control character"),
            ("/a/ b", "white space or a quote"),
            ("/a /b", "white space or a quote"),
            ("/a/b ", "white space or a quote"),
            ("/a/\u{a0}b", "white space or a quote"),
            ("/\"a\"", "white space or a quote"),
            ("/'a", "white space or a quote"),
            ("/$HOME", "`$`"),
            ("/%HOME%/x", "%NAME%"),
            ("/cafe\u{301}", "normalization form C"),
            ("/a\u{200b}b", "not shown"),
            ("/a\u{ad}b", "not shown"),
            ("/a\u{202e}b", "not shown"),
            ("/a/\u{feff}b", "not shown"),
        ],
    );
}

#[test]
fn a_directory_may_end_in_one_slash() {
    let reading = with(|path| path.dir = true);
    assert_eq!(reads(&reading, "/a/").as_deref(), Ok("/a"));
    assert_canonical(&reading, &["/a", "/"]);
    assert_refused(&reading, &[("/a//", "slash at its end"), ("//", "empty segment")]);
}

#[test]
fn a_relative_path_is_read_below_its_root() {
    let reading = with(|path| path.root = Some("/srv/work".to_owned()));
    assert_eq!(reads(&reading, "a/b").as_deref(), Ok("/srv/work/a/b"));
    assert_eq!(reads(&reading, "/etc/passwd").as_deref(), Ok("/etc/passwd"));
    for value in ["../x", "a/../../x", ".", "", "a/", "~x"] {
        assert!(reads(&reading, value).is_err(), "{value:?}");
    }
}

#[test]
fn where_case_does_not_count_letters_are_lower() {
    let reading = with(|path| path.fold = true);
    assert_canonical(&reading, &["/users/ann", "/été/文件"]);
    assert_eq!(reads(&reading, "/Users/ann/.SSH").as_deref(), Ok("/users/ann/.ssh"));
    // File systems differ on these: `ß` is `ss` to APFS, `ſ` is `s`, `ı` may be `i`. The Kelvin sign is not even in NFC.
    for value in ["/straße", "/\u{17f}sh", "/b\u{131}n", "/ÉTÉ", "/λόγος", "/\u{fb01}le"] {
        assert_refused(&reading, &[(value, "whose case not every file system reads alike")]);
    }
}

proptest::proptest! {
    // What is canonical is read the same again: no second reading hides in it.
    #[test]
    fn reading_is_idempotent(value in "[/aA.~\\\\$% \u{301}-]{0,12}", fold: bool) {
        let reading = with(|path| { path.dir = true; path.root = Some("/r".to_owned()); path.fold = fold; });
        if let Ok(read) = reads(&reading, &value) {
            proptest::prop_assert_eq!(reads(&plain(), &read), Ok(read.clone()));
            proptest::prop_assert!(!read.contains("//") && !read.split('/').any(|s| s == ".." || s == "."));
        }
    }
}
