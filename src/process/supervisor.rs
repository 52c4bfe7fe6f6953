//! The supervisor: the process between the gateway and one server.

use std::io::{self, Read as _};
use std::os::fd::AsFd as _;
use std::os::unix::net::UnixStream;
use std::process::ExitStatus;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::thread;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::process::{Pid, Signal, WaitOptions, getpid, kill_process, set_child_subreaper, waitpid};
use signal_hook::consts::{SIGCHLD, SIGHUP, SIGINT, SIGTERM};

use super::children::children;
use super::control::{Order, Report, receive_streams};
use super::group::ProcessGroup;
use super::launch::Launch;

/// How long the server of a gateway that was killed has to end by itself, and again after SIGTERM. Nobody waits for it.
const GRACE: Duration = Duration::from_secs(2);
/// How long it is tried to end what a server leaves behind. It takes milliseconds, unless somebody starts processes as
/// fast as they are ended.
const SWEEP: Duration = Duration::from_secs(2);

/// Runs `command` for the gateway at the other end of standard input, until the server ends, the gateway says so, or
/// the gateway is gone. When this returns, nothing is left that descends from the server and can be ended.
///
/// # Errors
/// When standard input is no such connection, or the system refuses.
pub fn supervise(command: &[String]) -> io::Result<()> {
    let gateway = UnixStream::from(io::stdin().as_fd().try_clone_to_owned()?);
    let (stdin, stdout) = receive_streams(&gateway)?;
    outlive_signals()?;
    let deaths = watch_children()?;
    // Where the system does not know this, what leaves the server's group is out of reach.
    let _ = set_child_subreaper(Some(getpid()));
    // Started from `/proc/self/exe`, it would show as `exe`.
    let _ = rustix::thread::set_name(c"mcppc-supervise");
    // Its own variables are those that the server may have.
    let launch = Launch::with_all(command.to_vec());
    match ProcessGroup::start(&launch, stdin.into(), stdout.into()) {
        Err(error) => Report::failed(&error).send(&gateway),
        Ok(server) => {
            Report::Started(server.leader()).send(&gateway);
            let supervisor = Supervisor {
                gateway,
                deaths,
                server,
            };
            supervisor.run()?;
        }
    }
    Ok(())
}

/// Signals are for the gateway, which tells what is to be done. They are caught rather than ignored: what is ignored
/// would be ignored in the server too.
fn outlive_signals() -> io::Result<()> {
    for signal in [SIGTERM, SIGINT, SIGHUP] {
        signal_hook::flag::register(signal, Arc::new(AtomicBool::new(false)))?;
    }
    Ok(())
}

/// Something to read whenever a child has ended.
fn watch_children() -> io::Result<UnixStream> {
    let (deaths, sender) = UnixStream::pair()?;
    signal_hook::low_level::pipe::register(SIGCHLD, sender)?;
    Ok(deaths)
}

struct Supervisor {
    gateway: UnixStream,
    deaths: UnixStream,
    server: ProcessGroup,
}

impl Supervisor {
    fn run(mut self) -> io::Result<()> {
        // That it cannot wait is a cause as well.
        let _ = self.wait_for_cause();
        let status = end_all(self.server)?;
        Report::Ended(status).send(&self.gateway);
        Ok(())
    }

    /// Waits until there is a reason to end what is left.
    fn wait_for_cause(&mut self) -> io::Result<()> {
        loop {
            let mut events = [
                PollFd::new(&self.deaths, PollFlags::IN),
                PollFd::new(&self.gateway, PollFlags::IN),
            ];
            retry(|| poll(&mut events, None))?;
            let [died, told] = events.map(|event| !event.revents().is_empty());
            if died && self.bury()? {
                return Ok(());
            }
            match told.then(|| Order::receive(&self.gateway)) {
                None => {}
                Some(Order::Terminate) => self.server.signal(Signal::TERM),
                Some(Order::Kill) => return Ok(()),
                Some(Order::Gone) => return self.wind_down(),
            }
        }
    }

    /// The server's input has ended with the gateway; the rest of an orderly end is done here.
    fn wind_down(&mut self) -> io::Result<()> {
        if !self.ends_within(GRACE)? {
            self.server.signal(Signal::TERM);
            self.ends_within(GRACE)?;
        }
        Ok(())
    }

    fn ends_within(&mut self, most: Duration) -> io::Result<bool> {
        let deadline = Instant::now() + most;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let timeout = Timespec::try_from(left).ok();
            let mut events = [PollFd::new(&self.deaths, PollFlags::IN)];
            if retry(|| poll(&mut events, timeout.as_ref()))? == 0 {
                return Ok(false);
            }
            if self.bury()? {
                return Ok(true);
            }
        }
    }

    /// Some child has ended: the server, or an orphan that somebody must reap. Was it the server?
    fn bury(&mut self) -> io::Result<bool> {
        self.deaths.read_exact(&mut [0])?;
        let ended = self.server.has_ended();
        if !ended {
            orphans(&self.server).into_iter().for_each(reap);
        }
        Ok(ended)
    }
}

/// Ends the server and all that descends from it.
fn end_all(server: ProcessGroup) -> io::Result<ExitStatus> {
    const STEP: Duration = Duration::from_millis(1);
    let deadline = Instant::now() + SWEEP;
    server.signal(Signal::KILL);
    // INVARIANT: when a process can be seen to have ended, its children are this one's already, and this one's children
    // stay where they can be seen until they are reaped here. So when the server has ended and there are no others
    // then, there are none further down either.
    while Instant::now() < deadline {
        let ended = server.has_ended();
        let left = orphans(&server).into_iter().filter(|orphan| end(*orphan)).count();
        if ended && left == 0 {
            break;
        }
        thread::sleep(STEP);
    }
    server.reap()
}

/// All children but the server. Where they cannot be seen any more there are none to be had.
fn orphans(server: &ProcessGroup) -> Vec<Pid> {
    let mut children = children().unwrap_or_default();
    children.retain(|child| *child != server.leader());
    children
}

/// Ends a child. One that has changed its user is out of reach.
fn end(child: Pid) -> bool {
    // INVARIANT: nobody else reaps it, so the number is its own.
    let killed = kill_process(child, Signal::KILL).is_ok();
    reap(child);
    killed
}

/// Takes the remains of a child, if it has ended.
fn reap(child: Pid) {
    let _ = waitpid(Some(child), WaitOptions::NOHANG);
}

/// A signal that comes meanwhile is no failure.
fn retry<T>(mut call: impl FnMut() -> Result<T, Errno>) -> Result<T, Errno> {
    loop {
        match call() {
            Err(Errno::INTR) => {}
            result => return result,
        }
    }
}
