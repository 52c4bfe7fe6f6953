//! Into a lane, in two processes: one that makes the namespaces, and the first one in them, which runs the server.
//!
//! A process that asks for a pid namespace is not in it; the next that it starts is. That one cannot be the server itself:
//! the first process of a namespace gets no signal that it has not asked for, and has to take the status of every orphan.

use std::fs;
use std::io;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::Path;
use std::process::{Command, ExitStatus};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use rustix::mount::{MountFlags, MountPropagationFlags, mount, mount_change};
use rustix::process::{Pid, Signal, WaitOptions, getgid, getuid, set_parent_process_death_signal, wait};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

use super::step::{Failed, Step};
use super::{confine, loopback, system};

/// Makes the namespaces, runs `command` in them through [`inside`], and gives its exit code.
///
/// # Errors
/// The step that failed; nothing has been run then.
pub fn enter(folder: &Path, command: &[String]) -> Result<i32, Failed> {
    outlive_signals().map_err(Failed::io(Step::First))?;
    let (user, group) = (getuid().as_raw(), getgid().as_raw());
    let before = network().map_err(Failed::io(Step::Namespaces))?;
    system::unshare().map_err(Failed::io(Step::Namespaces))?;
    if network().map_err(Failed::io(Step::Namespaces))? == before {
        return Err(Failed::at(Step::Namespaces)("the network is still the machine's"));
    }
    map_user(user, group).map_err(Failed::io(Step::User))?;
    loopback::up().map_err(Failed::io(Step::Loopback))?;
    confine::keep_for_the_first().map_err(Failed::io(Step::First))?;
    let mut first = Command::new("/proc/self/exe");
    first.arg0("mcppc").args(["lane", "--inside", "--folder"]).arg(folder);
    let status = first.arg("--").args(command).status();
    Ok(code(status.map_err(Failed::io(Step::First))?))
}

/// The rest of the way, as the first process of the namespace: confines itself, runs `command`, and takes the status of all that
/// end. With this process all others of the namespace end.
///
/// # Errors
/// The step that failed; nothing has been run then.
pub fn inside(folder: &Path, command: &[String]) -> Result<i32, Failed> {
    set_parent_process_death_signal(Some(Signal::KILL)).map_err(|error| Failed::io(Step::First)(error.into()))?;
    outlive_signals().map_err(Failed::io(Step::First))?;
    own_proc().map_err(Failed::io(Step::Proc))?;
    close_inherited().map_err(Failed::io(Step::Descriptors))?;
    confine::drop_capabilities().map_err(Failed::io(Step::Capabilities))?;
    confine::restrict_writes(folder).map_err(Failed::at(Step::Landlock))?;
    confine::restrict_calls().map_err(Failed::at(Step::Seccomp))?;
    let no_program = || Failed::at(Step::Program)("there is no command");
    let (program, arguments) = command.split_first().ok_or_else(no_program)?;
    let server = Command::new(program)
        .args(arguments)
        .current_dir(folder)
        .spawn()
        .map_err(Failed::io(Step::Program))?;
    wait_for(server.id()).map_err(Failed::io(Step::Program))
}

/// Signals are for the server, which is in the same process group. They are caught rather than ignored: what is ignored would be
/// ignored in the server too.
fn outlive_signals() -> io::Result<()> {
    for signal in [SIGTERM, SIGINT, SIGHUP] {
        signal_hook::flag::register(signal, Arc::new(AtomicBool::new(false)))?;
    }
    Ok(())
}

/// The network namespace that this process is in.
fn network() -> io::Result<std::path::PathBuf> {
    fs::read_link("/proc/self/ns/net")
}

/// The user is itself in the namespace, and there is nobody else (user_namespaces(7)).
fn map_user(user: u32, group: u32) -> io::Result<()> {
    fs::write("/proc/self/setgroups", "deny")?;
    fs::write("/proc/self/uid_map", format!("{user} {user} 1\n"))?;
    fs::write("/proc/self/gid_map", format!("{group} {group} 1\n"))
}

fn own_proc() -> io::Result<()> {
    mount_change("/", MountPropagationFlags::REC | MountPropagationFlags::PRIVATE)?;
    let flags = MountFlags::NOSUID | MountFlags::NODEV | MountFlags::NOEXEC;
    mount("proc", "/proc", "proc", flags, None)?;
    if std::process::id() == 1 {
        Ok(())
    } else {
        Err(io::Error::other("this is not the first process of its namespace"))
    }
}

/// What the gateway's starter has left open may be a connection. The three standard streams stay; where one is a socket the
/// lane does not start, since a socket may send elsewhere.
fn close_inherited() -> io::Result<()> {
    use std::os::unix::fs::FileTypeExt as _;

    for entry in fs::read_dir("/proc/self/fd")? {
        let name = entry?.file_name();
        let number: i32 = name.to_string_lossy().parse().map_err(io::Error::other)?;
        if number > 2 {
            system::close_on_exec(number)?;
        } else if fs::metadata(format!("/proc/self/fd/{number}"))?.file_type().is_socket() {
            return Err(io::Error::other(format!("the standard stream {number} is a socket")));
        }
    }
    Ok(())
}

fn wait_for(server: u32) -> io::Result<i32> {
    let server = i32::try_from(server).ok().and_then(Pid::from_raw);
    loop {
        match wait(WaitOptions::empty()) {
            Ok(Some((ended, status))) if Some(ended) == server => {
                return Ok(code(ExitStatus::from_raw(status.as_raw())));
            }
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

/// As shells say it.
fn code(status: ExitStatus) -> i32 {
    status
        .code()
        .or_else(|| status.signal().map(|signal| 128 + signal))
        .unwrap_or(1)
}
