//! A server's process and its process group.

use std::io;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::process::{Child, Command, ExitStatus, Stdio};

use super::launch::Launch;
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};

/// A server's process, the leader of a process group of its own.
#[derive(Debug)]
pub struct ProcessGroup {
    child: Child,
    leader: Pid,
}

impl ProcessGroup {
    /// Starts a server. It shares this process's stderr.
    ///
    /// # Errors
    /// What the system says; an empty command is `InvalidInput`.
    pub fn start(launch: &Launch, stdin: Stdio, stdout: Stdio) -> io::Result<Self> {
        let (program, arguments) = launch.command.split_first().ok_or(io::ErrorKind::InvalidInput)?;
        let mut command = Command::new(program);
        launch.limit(&mut command);
        let child = command
            .args(arguments)
            .stdin(stdin)
            .stdout(stdout)
            .process_group(0)
            .spawn()?;
        let leader = pid_of(&child)?;
        Ok(Self { child, leader })
    }

    /// The server's process; its number is the group's.
    pub fn leader(&self) -> Pid {
        self.leader
    }

    /// Sends a signal to the group.
    pub fn signal(&self, signal: Signal) {
        // INVARIANT: the leader is not reaped before `reap`, so the group's number is still its own.
        signal_group(self.leader, signal);
    }

    /// Has the leader ended?
    pub fn has_ended(&self) -> bool {
        let peek = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT | WaitIdOptions::NOHANG;
        // A leader that cannot be waited for is none.
        !matches!(waitid(WaitId::Pid(self.leader), peek), Ok(None))
    }

    /// Ends what is left of the group, and takes the leader's status.
    ///
    /// # Errors
    /// What the system says.
    pub fn reap(mut self) -> io::Result<ExitStatus> {
        self.signal(Signal::KILL);
        self.child.wait()
    }
}

/// Sends a signal to a group; one that has ended is not an error.
pub fn signal_group(group: Pid, signal: Signal) {
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

fn pid_of(child: &Child) -> io::Result<Pid> {
    let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    pid.ok_or_else(|| io::Error::other("the system gave a process no number"))
}
