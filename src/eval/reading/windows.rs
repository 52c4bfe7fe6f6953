//! *path* as Windows writes it.
//!
//! Source: Microsoft Learn, *Naming Files, Paths, and Namespaces* and *File path formats on Windows systems*: drives,
//! reserved characters and device names, the dots and spaces that Win32 takes off, short names, device paths.

use super::path::{check_home, check_segment};
use super::{Canonical, Why};
use crate::table::PathReading;

/// A path with a drive, or below the declared root. `\` parts segments in the value; what patterns see has `/`.
pub(super) fn read<'a>(reading: &PathReading, value: &'a str, written: &mut String) -> Result<Canonical, Why<'a>> {
    if value.contains('/') {
        return Err(Why::new("a slash parts segments for some readers; write `\\`"));
    }
    if value.starts_with(r"\\") {
        return Err(Why::new("it names a device or another machine's share"));
    }
    let segments = match (without_drive(value)?, value.starts_with('\\')) {
        (_, true) => return Err(Why::new("it has no drive")),
        (Some(segments), _) => segments,
        (None, _) if reading.root.is_none() => return Err(Why::new("it is not absolute")),
        (None, _) => value,
    };
    let is_drive = segments.is_empty() && segments.len() < value.len();
    let ends_in_one = |shorter: &&str| reading.dir && !shorter.is_empty() && !shorter.ends_with('\\');
    let shorter = value.strip_suffix('\\').filter(ends_in_one).filter(|_| !is_drive);
    let value = shorter.unwrap_or(value);
    let segments = segments
        .strip_suffix('\\')
        .filter(|_| shorter.is_some())
        .unwrap_or(segments);
    if !is_drive {
        check_home(segments)?;
        segments.split('\\').try_for_each(check_name)?;
    }
    if let Some(root) = reading.root.as_ref().filter(|_| segments.len() == value.len()) {
        written.push_str(root.trim_end_matches('/'));
        written.push('/');
    }
    written.extend(value.chars().map(|c| if c == '\\' { '/' } else { c }));
    Ok(Canonical::Written)
}

/// What follows `C:\`; `None` if there is no drive.
fn without_drive(value: &str) -> Result<Option<&str>, Why<'_>> {
    let mut chars = value.chars();
    match (chars.next(), chars.next()) {
        (Some(drive), Some(':')) if drive.is_ascii_alphabetic() => match chars.as_str().strip_prefix('\\') {
            Some(rest) => Ok(Some(rest)),
            None => Err(Why::new("what follows its drive is read below that drive's own folder")),
        },
        _ => Ok(None),
    }
}

fn check_name(name: &str) -> Result<(), Why<'_>> {
    check_segment(name)?;
    if name.contains(':') {
        return Err(Why::of(name, "names a stream of a file, or a second drive"));
    }
    if name.contains(['<', '>', '"', '|', '?', '*']) {
        return Err(Why::of(name, "has a character that names on Windows cannot have"));
    }
    if name.ends_with('.') {
        return Err(Why::of(name, "ends in a dot, which Windows takes off"));
    }
    if is_short(name) {
        return Err(Why::of(name, "could be the short name of another file"));
    }
    if is_device(name) {
        return Err(Why::of(name, "is the name of a device"));
    }
    Ok(())
}

/// `PROGRA~1`: made by Windows for a longer name.
fn is_short(name: &str) -> bool {
    let digit = |part: &str| part.starts_with(|c: char| c.is_ascii_digit());
    name.split('~').skip(1).any(digit)
}

/// `NUL`, `com1.txt`, `LPT¹`: whatever comes after the first dot, and spaces before it, are not looked at by Windows.
fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or(name).trim_end();
    if ["con", "prn", "aux", "nul"]
        .iter()
        .any(|device| stem.eq_ignore_ascii_case(device))
    {
        return true;
    }
    let mut chars = stem.chars();
    let port = chars
        .next_back()
        .is_some_and(|c| c.is_ascii_digit() || matches!(c, '¹' | '²' | '³'));
    port && ["com", "lpt"]
        .iter()
        .any(|device| chars.as_str().eq_ignore_ascii_case(device))
}
