//! Names of files under Windows.

use super::{assert_refused, reads};
use crate::table::{PathReading, Reading};

fn windows(dir: bool, root: Option<&str>) -> Reading {
    Reading::Path(PathReading {
        dir,
        windows: true,
        fold: true,
        root: root.map(str::to_owned),
    })
}

#[test]
fn patterns_see_slashes_and_lower_case() {
    for (value, read) in [
        (r"C:\", "c:/"),
        (r"C:\Users\ann\README.md", "c:/users/ann/readme.md"),
        (r"d:\a b\.git", "d:/a b/.git"),
        (r"C:\50%", "c:/50%"),
        (r"C:\console\null", "c:/console/null"),
        (r"C:\a~b", "c:/a~b"),
    ] {
        assert_eq!(reads(&windows(false, None), value).as_deref(), Ok(read), "{value}");
    }
}

#[test]
fn what_windows_reads_otherwise_is_refused() {
    assert_refused(
        &windows(false, None),
        &[
            ("C:/Users", "a slash parts segments"),
            (r"C:\a/b", "a slash parts segments"),
            (r"\\?\C:\Windows\System32", "a device"),
            (r"\\.\PhysicalDrive0", "a device"),
            (r"\\server\share\x", "another machine's share"),
            (r"\Windows", "no drive"),
            ("C:", "that drive's own folder"),
            (r"C:Users\x", "that drive's own folder"),
            (r"Users\x", "not absolute"),
            (r"CC:\x", "not absolute"),
            (r"C:\a\\b", "empty segment"),
            (r"C:\a\", "empty segment"),
            (r"C:\\", "empty segment"),
            (r"C:\a\..\b", "`.` or `..`"),
            (r"C:\a\.\b", "`.` or `..`"),
            (r"C:\a.\b", "ends in a dot"),
            (r"C:\a...", "ends in a dot"),
            (r"C:\a \b", "white space"),
            (r"C:\a.txt::$DATA", "`$`"),
            (r"C:\a.txt:stream", "a stream"),
            (r"C:\C:\x", "a stream"),
            (r"C:\PROGRA~1\x", "short name"),
            (r"C:\x~9.txt", "short name"),
            (r"C:\NUL", "a device"),
            (r"C:\nul.txt", "a device"),
            (r"C:\aux .log", "a device"),
            (r"C:\com1", "a device"),
            (r"C:\LPT9.tar.gz", "a device"),
            (r"C:\com¹", "a device"),
            (r"C:\a*b", "names on Windows cannot have"),
            (r"C:\a?", "names on Windows cannot have"),
            (r"C:\a|b", "names on Windows cannot have"),
            (r"C:\~\x", "begins with `~`"),
            (r"C:\%TEMP%\x", "%NAME%"),
            ("C:\\stra\u{df}e", "whose case"),
            ("/srv/work", "a slash parts segments"),
        ],
    );
}

#[test]
fn a_directory_may_end_in_one_backslash() {
    let reading = windows(true, None);
    assert_eq!(reads(&reading, r"C:\a\").as_deref(), Ok("c:/a"));
    assert_eq!(reads(&reading, r"C:\").as_deref(), Ok("c:/"));
    assert_refused(&reading, &[(r"C:\a\\", "empty segment"), (r"C:\\", "empty segment")]);
}

#[test]
fn a_relative_path_is_read_below_its_root() {
    let reading = windows(true, Some("c:/work"));
    assert_eq!(reads(&reading, r"a\B").as_deref(), Ok("c:/work/a/b"));
    assert_eq!(reads(&reading, r"a\").as_deref(), Ok("c:/work/a"));
    assert_eq!(reads(&reading, r"D:\x").as_deref(), Ok("d:/x"));
    for value in [r"..\x", r"\x", r"C:x", r".\x", r"~\x", r"nul", r"\"] {
        assert!(reads(&reading, value).is_err(), "{value:?}");
    }
    assert_eq!(reads(&windows(false, Some("c:/")), "a").as_deref(), Ok("c:/a"));
}
