//! The children of this process, as `/proc` has them.

use std::fs;
use std::io;

use rustix::process::{Pid, getpid};

/// Does `/proc` show this process, and under the number that it has? It may be missing, and it may be the `/proc` of
/// another namespace, whose numbers belong to strangers here.
pub fn are_visible() -> bool {
    let this = fs::read_link("/proc/self").ok();
    this.and_then(|name| pid(name.to_str()?)) == Some(getpid())
}

/// All processes whose parent is this one, those that have ended and are not reaped among them.
///
/// # Errors
/// When `/proc` cannot be read.
pub fn children() -> io::Result<Vec<Pid>> {
    let this = getpid();
    let processes = fs::read_dir("/proc")?.flatten();
    let numbers = processes.filter_map(|entry| pid(entry.file_name().to_str()?));
    Ok(numbers.filter(|pid| parent(*pid) == Some(this)).collect())
}

/// A process that is gone has none.
fn parent(of: Pid) -> Option<Pid> {
    let stat = fs::read(format!("/proc/{}/stat", of.as_raw_pid())).ok()?;
    parent_in(&String::from_utf8_lossy(&stat))
}

/// The parent is named after the program's name, which is in parentheses and may hold anything, and the state.
fn parent_in(stat: &str) -> Option<Pid> {
    let (_, after_name) = stat.rsplit_once(')')?;
    pid(after_name.split_whitespace().nth(1)?)
}

fn pid(number: &str) -> Option<Pid> {
    number.parse().ok().and_then(Pid::from_raw)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parent_is_found_whatever_the_program_is_called() {
        assert_eq!(parent_in("12 (a) S 7 12 12 0"), Pid::from_raw(7));
        assert_eq!(parent_in("12 (a) S 1 (b\n) Z 7 12 12 0"), Pid::from_raw(7));
        assert_eq!(parent_in("1 (init) S 0 1 1 0"), None);
        assert_eq!(parent_in(""), None);
    }
}
