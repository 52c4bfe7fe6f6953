//! A server, from where it is used.

use std::io::{self, PipeReader, PipeWriter};
use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use rustix::process::{Pid, Signal};

use super::children;
use super::control::{Order, Report, send_streams};
use super::group::{self, ProcessGroup};
use super::launch::Launch;

/// How long a supervisor has to say how the server ended: longer than it takes for anything.
const REPORT: Duration = Duration::from_secs(5);

/// Who sees to it that nothing of a server is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Supervision {
    /// A process between: this program, started again as `supervise`.
    Process,
    /// Nobody but the starter. What leaves the server's process group is out of reach, and nothing is ended when the
    /// starter is killed.
    Group,
}

impl Supervision {
    /// The best that there is here: a process needs Linux, and `/proc`.
    pub fn best() -> Self {
        if cfg!(target_os = "linux") && children::are_visible() {
            Self::Process
        } else {
            Self::Group
        }
    }
}

/// A server that was started.
#[derive(Debug)]
pub struct ServerProcess(Keeper);

#[derive(Debug)]
enum Keeper {
    Supervisor(Supervisor),
    Group(ProcessGroup),
}

impl ServerProcess {
    /// Starts a server with pipes for its input and output. It shares this process's stderr.
    ///
    /// # Errors
    /// What the system says; an empty command is `InvalidInput`.
    pub fn start(launch: &Launch, supervision: Supervision) -> io::Result<(Self, PipeWriter, PipeReader)> {
        let (server_stdin, stdin) = io::pipe()?;
        let (stdout, server_stdout) = io::pipe()?;
        let keeper = match supervision {
            Supervision::Process => Keeper::Supervisor(Supervisor::start(launch, server_stdin, server_stdout)?),
            Supervision::Group => {
                Keeper::Group(ProcessGroup::start(launch, server_stdin.into(), server_stdout.into())?)
            }
        };
        Ok((Self(keeper), stdin, stdout))
    }

    /// Asks the server and its group to end.
    pub fn terminate(&self) {
        match &self.0 {
            Keeper::Supervisor(supervisor) => Order::Terminate.send(&supervisor.control),
            Keeper::Group(group) => group.signal(Signal::TERM),
        }
    }

    /// Ends the server, and all that it has started.
    pub fn kill(&self) {
        match &self.0 {
            Keeper::Supervisor(supervisor) => Order::Kill.send(&supervisor.control),
            Keeper::Group(group) => group.signal(Signal::KILL),
        }
    }

    /// Something that waits for the end of the server, on another thread.
    ///
    /// # Errors
    /// When the system has no more descriptors.
    pub fn watch(&self) -> io::Result<Watch> {
        Ok(Watch(match &self.0 {
            Keeper::Supervisor(supervisor) => Watched::Control(supervisor.control.as_fd().try_clone_to_owned()?),
            Keeper::Group(group) => Watched::Leader(group.leader()),
        }))
    }

    /// Ends what is left, and tells how the server ended.
    ///
    /// # Errors
    /// When that cannot be known.
    pub fn reap(self) -> io::Result<ExitStatus> {
        self.kill();
        match self.0 {
            Keeper::Supervisor(supervisor) => supervisor.reap(),
            Keeper::Group(group) => group.reap(),
        }
    }
}

/// Waits for the end of a server.
#[derive(Debug)]
pub struct Watch(Watched);

#[derive(Debug)]
enum Watched {
    Control(OwnedFd),
    Leader(Pid),
}

impl Watch {
    /// Blocks until the server has ended.
    pub fn wait(self) {
        match self.0 {
            // The supervisor says nothing before, and closes its side at the latest when it ends itself.
            Watched::Control(control) => {
                while let Err(Errno::INTR) = poll(&mut [PollFd::new(&control, PollFlags::IN)], None) {}
            }
            Watched::Leader(leader) => group::wait_for_end(leader),
        }
    }
}

/// The supervisor's process, and the connection with it.
#[derive(Debug)]
struct Supervisor {
    process: Child,
    control: UnixStream,
    server: Pid,
}

impl Supervisor {
    fn start(launch: &Launch, stdin: PipeReader, stdout: PipeWriter) -> io::Result<Self> {
        let (control, theirs) = UnixStream::pair()?;
        // This very file, even if another has taken its place. A process group of its own keeps what is sent to the
        // gateway's group from the supervisor.
        let mut supervisor = Command::new("/proc/self/exe");
        // What the server is not to have, its parent has not either.
        launch.limit(&mut supervisor);
        let process = supervisor
            .arg0("mcppc")
            .args(["supervise", "--"])
            .args(&launch.command)
            .stdin(OwnedFd::from(theirs))
            .stdout(Stdio::null())
            .process_group(0)
            .spawn()
            .map_err(|error| unsupervised(&error))?;
        send_streams(&control, stdin, stdout).map_err(|error| unsupervised(&error))?;
        match Report::receive(&control) {
            Ok(Report::Started(server)) => Ok(Self {
                process,
                control,
                server,
            }),
            Ok(Report::Failed(error)) => Err(io::Error::from_raw_os_error(error)),
            Ok(Report::Ended(_)) => Err(unsupervised(&io::ErrorKind::InvalidData.into())),
            Err(error) => Err(unsupervised(&error)),
        }
    }

    fn reap(mut self) -> io::Result<ExitStatus> {
        self.control.set_read_timeout(Some(REPORT))?;
        match Report::receive(&self.control) {
            Ok(Report::Ended(status)) => {
                // It ends with its report. Its own status says nothing.
                let _ = self.process.wait();
                Ok(status)
            }
            Ok(_) => Err(io::ErrorKind::InvalidData.into()),
            Err(error) => {
                // Somebody has killed the supervisor, or it cannot end the server. The group is what is known.
                group::signal_group(self.server, Signal::KILL);
                Err(error)
            }
        }
    }
}

impl Drop for Supervisor {
    /// A watch may hold the connection open.
    fn drop(&mut self) {
        Order::Gone.send(&self.control);
    }
}

fn unsupervised(error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("its supervisor failed: {error}"))
}
