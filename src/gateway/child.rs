//! The server's process and its process group: what it starts ends with it, unless it leaves the group.

use std::io;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};

/// A server's process, the leader of a process group of its own.
#[derive(Debug)]
pub struct ServerProcess {
    child: Child,
    group: Pid,
}

impl ServerProcess {
    /// Starts `command`, program first, with pipes for its input and output. It shares this process's stderr.
    ///
    /// # Errors
    /// What the system says; an empty command is `InvalidInput`.
    pub fn start(command: &[String]) -> io::Result<(Self, ChildStdin, ChildStdout)> {
        let (program, arguments) = command.split_first().ok_or(io::ErrorKind::InvalidInput)?;
        let mut child = Command::new(program)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .process_group(0)
            .spawn()?;
        let group = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
        match (child.stdin.take(), child.stdout.take(), group) {
            (Some(stdin), Some(stdout), Some(group)) => Ok((Self { child, group }, stdin, stdout)),
            _ => Err(io::ErrorKind::BrokenPipe.into()),
        }
    }

    /// The process group.
    pub fn group(&self) -> Pid {
        self.group
    }

    /// Ends what is left of the group, and takes the leader's status.
    ///
    /// # Errors
    /// What the system says.
    pub fn reap(mut self) -> io::Result<ExitStatus> {
        // INVARIANT: the leader is not reaped yet, so the group's number is still its own.
        signal(self.group, Signal::KILL);
        self.child.wait()
    }
}

/// Sends a signal to the group; one that has ended is not an error.
pub fn signal(group: Pid, signal: Signal) {
    // The only other cause of failure is that a member has changed its user; there is nothing to do about it.
    let _ = kill_process_group(group, signal);
}

/// Blocks until the leader has ended; it is not reaped.
pub fn wait_for_end(leader: Pid) {
    while let Err(rustix::io::Errno::INTR) = waitid(WaitId::Pid(leader), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT)
    {
    }
}

/// A status in words: `exit status: 1`, `signal: 9`.
pub fn describe(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("exit status: {code}"),
        (_, Some(signal)) => format!("signal: {signal}"),
        _ => status.to_string(),
    }
}
