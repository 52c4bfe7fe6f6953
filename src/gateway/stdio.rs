//! The session between two real pairs of pipes.
//!
//! One thread reads the client, one reads the server; each takes what it has read through the session and writes what
//! comes of it itself, so that a message crosses the gateway without a change of threads.

use std::fs::File;
use std::io::{self, Write as _};
use std::os::fd::{AsFd, OwnedFd};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use super::outlet::Outlet;
use super::{Config, Judge, Now, Output, Recorder, Session};
use crate::mcp::Lines;
use crate::process::{Launch, ServerProcess, Supervision, describe};

/// How long a server has to end after its input is closed, and again after SIGTERM: as long as common clients give it.
const GRACE: Duration = Duration::from_secs(2);
/// The same after a signal: whoever sent it will not wait long either.
const SHORT_GRACE: Duration = Duration::from_millis(500);
/// How long calls that wait for the list of tools may still be answered when the client has said its last.
const LAST_CALLS: Duration = Duration::from_secs(10);
/// How many bytes may wait for a client that does not read; beyond, the gateway waits too.
const TO_CLIENT: usize = 64 << 20;

/// How a connection ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// The client closed its side.
    Client,
    /// The gateway was told to stop, by this signal.
    Signal(i32),
    /// The server ended by itself, with this status in words.
    Server(String),
}

/// The client's end of the connection: standard input and output, say.
#[derive(Debug)]
pub struct Client {
    /// What it says.
    pub input: OwnedFd,
    /// What it hears.
    pub output: OwnedFd,
}

enum Event {
    ClientSilent,
    ServerSilent,
    ServerEnded,
    Signal(i32),
}

/// Starts a server and stands between it and the client until one of them ends. When this returns, the server and all
/// that it started have ended, as far as `supervision` goes, what came of open calls is recorded, and the client has
/// been told.
///
/// # Errors
/// When the server cannot be started, or the system refuses threads, pipes or signals.
pub fn serve(
    config: Config,
    judge: Arc<dyn Judge>,
    recorder: Arc<dyn Recorder>,
    client: Client,
    launch: &Launch,
    supervision: Supervision,
) -> io::Result<End> {
    let (events, inbox) = channel();
    watch_signals(events.clone())?;
    let bound = (config.limits.client.bytes, config.limits.server.bytes);
    let (server, stdin, stdout) = ServerProcess::start(launch, supervision)?;
    let gateway = Arc::new(Gateway {
        session: Mutex::new(Session::new(config, judge, Arc::clone(&recorder))),
        recorder,
        server: Outlet::new(stdin.into(), usize::MAX),
        client: Outlet::new(client.output, TO_CLIENT),
    });
    let client_lines = Lines::new(File::from(client.input), bound.0);
    let server_lines = Lines::new(File::from(OwnedFd::from(stdout)), bound.1);
    let watch = server.watch()?;
    let done = events.clone();
    gateway.thread("server", Gateway::server_outlet)?;
    gateway.thread("client", Gateway::client_outlet)?;
    let ended = events.clone();
    gateway.thread("wait", move |_| {
        watch.wait();
        let _ = ended.send(Event::ServerEnded);
    })?;
    gateway.thread("from-client", move |gateway| gateway.read_client(client_lines, &events))?;
    gateway.thread("from-server", move |gateway| gateway.read_server(server_lines, &done))?;

    let mut stop = Stop {
        inbox,
        server_silent: false,
        server_ended: false,
    };
    let cause = stop.wait_for_cause();
    if cause == Cause::Client {
        stop.wait_for(LAST_CALLS, |_| gateway.lock().deadline().is_none());
    }
    let grace = if matches!(cause, Cause::Signal(_)) {
        SHORT_GRACE
    } else {
        GRACE
    };
    stop.end_server(&gateway, &server, grace);
    let status = server
        .reap()
        .map_or_else(|error| format!("how is not known: {error}"), describe);
    // The pipe has no writer left: what the server said is read to its end.
    stop.wait_for(GRACE, |stop| stop.server_silent);
    gateway.finish(cause == Cause::Server, &status);
    stop.wait_for(GRACE, |_| gateway.client.waiting() == 0);
    Ok(match cause {
        Cause::Client => End::Client,
        Cause::Signal(signal) => End::Signal(signal),
        Cause::Server => End::Server(status),
    })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Cause {
    Client,
    Signal(i32),
    Server,
}

/// What is known of the end.
struct Stop {
    inbox: Receiver<Event>,
    server_silent: bool,
    server_ended: bool,
}

impl Stop {
    fn wait_for_cause(&mut self) -> Cause {
        match self.inbox.recv() {
            Ok(Event::ClientSilent) => Cause::Client,
            Ok(Event::Signal(signal)) => Cause::Signal(signal),
            Ok(event) => {
                self.note(&event);
                Cause::Server
            }
            Err(_) => Cause::Server,
        }
    }

    /// Closes the server's input, waits, asks it to end, waits, ends it. A signal meanwhile cuts the waiting short.
    fn end_server(&mut self, gateway: &Gateway, server: &ServerProcess, grace: Duration) {
        gateway.server.close();
        for end in [ServerProcess::terminate, ServerProcess::kill] {
            if self.wait_for(grace, |stop| stop.server_ended) {
                return;
            }
            end(server);
        }
        self.wait_for(GRACE, |stop| stop.server_ended);
    }

    /// Waits until `done`, at most that long.
    fn wait_for(&mut self, most: Duration, done: impl Fn(&Self) -> bool) -> bool {
        const STEP: Duration = Duration::from_millis(20);
        let deadline = Instant::now() + most;
        while !done(self) {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.inbox.recv_timeout(left.min(STEP)) {
                Ok(Event::Signal(_)) => return done(self),
                Ok(event) => self.note(&event),
                Err(RecvTimeoutError::Timeout) if !left.is_zero() => {}
                Err(_) => return done(self),
            }
        }
        true
    }

    fn note(&mut self, event: &Event) {
        match event {
            Event::ServerSilent => self.server_silent = true,
            Event::ServerEnded => self.server_ended = true,
            Event::ClientSilent | Event::Signal(_) => {}
        }
    }
}

struct Gateway {
    session: Mutex<Session>,
    recorder: Arc<dyn Recorder>,
    server: Outlet,
    client: Outlet,
}

impl Gateway {
    fn thread<F: FnOnce(&Self) + Send + 'static>(
        self: &Arc<Self>,
        name: &str,
        run: F,
    ) -> io::Result<thread::JoinHandle<()>> {
        let gateway = Arc::clone(self);
        thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || run(&gateway))
    }

    fn server_outlet(&self) {
        self.server.drain();
    }

    fn client_outlet(&self) {
        self.client.drain();
    }

    fn lock(&self) -> MutexGuard<'_, Session> {
        self.session.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> Now {
        Now {
            time: Timestamp::now(),
            instant: Instant::now(),
            waiting: self.server.waiting(),
        }
    }

    /// All that the client says. Lines that came together rest on one commit.
    fn read_client(&self, mut lines: Lines<File>, events: &Sender<Event>) {
        let mut out = Output::default();
        let mut deadline = None;
        loop {
            if !is_readable(lines.get_ref(), deadline) {
                let mut session = self.lock();
                session.on_deadline(self.now(), &mut out);
                deadline = session.deadline();
                self.send(session, &mut out);
                continue;
            }
            let more = lines.fill().unwrap_or(false);
            let mut session = self.lock();
            let now = self.now();
            while let Some(line) = lines.next_ready() {
                session.on_client(line, now, &mut out);
            }
            deadline = session.deadline();
            self.send(session, &mut out);
            if !more {
                break;
            }
        }
        let _ = events.send(Event::ClientSilent);
    }

    /// All that the server says.
    fn read_server(&self, mut lines: Lines<File>, events: &Sender<Event>) {
        let mut out = Output::default();
        loop {
            let more = lines.fill().unwrap_or(false);
            let mut session = self.lock();
            let now = self.now();
            while let Some(line) = lines.next_ready() {
                session.on_server(line, now, &mut out);
            }
            self.send(session, &mut out);
            if !more {
                break;
            }
        }
        let _ = events.send(Event::ServerSilent);
    }

    /// The connection is over: open calls are closed in the evidence, and the client hears the last.
    fn finish(&self, server_ended: bool, status: &str) {
        // A client that does not read must not keep the evidence from being closed.
        self.client.end();
        let mut out = Output::default();
        let mut session = self.lock();
        if server_ended {
            session.on_server_exit(status, self.now(), &mut out);
        }
        session.close(self.now(), &mut out);
        self.send(session, &mut out);
        self.client.close();
    }

    /// Makes the evidence durable, then sends. Whoever sends to one side takes its outlet before the session is free
    /// again, so that what was decided first is sent first.
    ///
    /// INVARIANT: locks are taken in the order session, server, client; nobody takes the session with an outlet held.
    fn send(&self, session: MutexGuard<'_, Session>, out: &mut Output) {
        if out.is_empty() {
            return;
        }
        out.remarks.drain(..).for_each(remark);
        let server = (!out.to_server.is_empty()).then(|| self.server.lock());
        let client = (!out.to_client.is_empty()).then(|| self.client.lock());
        drop(session);
        if let Some(Err(error)) = out.commit.map(|upto| self.recorder.commit(upto)) {
            drop((server, client));
            self.lock().unrecorded(&error, out);
            self.client.send(self.client.lock(), &out.to_client);
            return out.clear();
        }
        if let Some(server) = server {
            self.server.send(server, &out.to_server);
        }
        if let Some(client) = client {
            self.client.send(client, &out.to_client);
        }
        out.clear();
    }
}

/// Says something on stderr, where somebody reads that: the gateway waits for nobody there.
fn remark(line: &str) {
    let stderr = io::stderr();
    let mut fds = [PollFd::new(&stderr, PollFlags::OUT)];
    if poll(&mut fds, Some(&Timespec::default())).is_ok_and(|ready| ready > 0) {
        let _ = writeln!(&stderr, "mcppc: {line}");
    }
}

/// Waits for something to read, not beyond the deadline. Without a deadline the reading itself waits.
fn is_readable(file: &File, deadline: Option<Instant>) -> bool {
    let Some(deadline) = deadline else { return true };
    let left = deadline.saturating_duration_since(Instant::now());
    let timeout = Timespec::try_from(left).ok();
    let mut fds = [PollFd::new(file, PollFlags::IN)];
    // After an error the reading will tell.
    poll(&mut fds, timeout.as_ref()).map_or(true, |ready| ready > 0)
}

fn watch_signals(events: Sender<Event>) -> io::Result<()> {
    let mut signals = Signals::new([SIGTERM, SIGINT, SIGHUP])?;
    thread::Builder::new().name("signals".to_owned()).spawn(move || {
        for signal in signals.forever() {
            let _ = events.send(Event::Signal(signal));
        }
    })?;
    Ok(())
}

impl Client {
    /// This process's standard input and output.
    ///
    /// # Errors
    /// When the system has no more descriptors.
    pub fn standard() -> io::Result<Self> {
        Ok(Self {
            input: io::stdin().as_fd().try_clone_to_owned()?,
            output: io::stdout().as_fd().try_clone_to_owned()?,
        })
    }
}
