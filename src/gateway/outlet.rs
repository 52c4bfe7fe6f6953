//! Writing to a pipe without ever waiting for its reader.

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::OwnedFd;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

/// What a pipe takes at least, without blocking, when it says that it can be written to: `PIPE_BUF` on Linux, pipe(7).
const CHUNK: usize = 4 << 10;

/// One end of a pipe. Bytes are written at once as far as the reader lets them; what is left is written by a thread of
/// its own ([`Outlet::drain`]), in order.
#[derive(Debug)]
pub struct Outlet {
    state: Mutex<State>,
    changed: Condvar,
    waiting: AtomicUsize,
    /// How many bytes may wait before [`Outlet::send`] waits too; `usize::MAX` where the caller looks for itself.
    bound: usize,
}

#[derive(Debug)]
pub struct State {
    /// `None` once it is closed, or nobody reads any more.
    file: Option<File>,
    queue: Vec<u8>,
    /// The thread has taken bytes and is writing them: nobody may overtake.
    busy: bool,
    closing: bool,
    /// The last is being said: nobody waits for the reader any more.
    ending: bool,
}

impl Outlet {
    /// An outlet into `pipe`.
    pub fn new(pipe: OwnedFd, bound: usize) -> Self {
        Self {
            state: Mutex::new(State {
                file: Some(File::from(pipe)),
                queue: Vec::new(),
                busy: false,
                closing: false,
                ending: false,
            }),
            changed: Condvar::new(),
            waiting: AtomicUsize::new(0),
            bound,
        }
    }

    /// Bytes that the reader has not taken yet.
    pub fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }

    /// The right to send next.
    pub fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends `bytes`. Where nobody reads any more they are lost, as with any closed pipe.
    pub fn send(&self, mut state: MutexGuard<'_, State>, bytes: &[u8]) {
        while self.waiting() >= self.bound && state.file.is_some() && !state.closing && !state.ending {
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        let mut rest = bytes;
        if state.queue.is_empty() && !state.busy {
            rest = state.write_some(bytes);
        }
        if !rest.is_empty() && state.file.is_some() {
            self.waiting.fetch_add(rest.len(), Ordering::Relaxed);
            state.queue.extend_from_slice(rest);
            self.changed.notify_all();
        }
    }

    /// The connection is over: from now on [`Outlet::send`] does not wait, whatever the bound.
    pub fn end(&self) {
        self.lock().ending = true;
        self.changed.notify_all();
    }

    /// No more will be sent: the pipe is closed as soon as all is written.
    pub fn close(&self) {
        self.lock().closing = true;
        self.changed.notify_all();
    }

    /// Writes what waits, until the outlet is closed. For a thread of its own.
    pub fn drain(&self) {
        let mut state = self.lock();
        let Some(Ok(mut file)) = state.file.as_ref().map(File::try_clone) else {
            return;
        };
        loop {
            if state.queue.is_empty() && state.closing {
                state.file = None;
            }
            if state.file.is_none() {
                return;
            }
            if state.queue.is_empty() {
                state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
                continue;
            }
            let bytes = std::mem::take(&mut state.queue);
            state.busy = true;
            drop(state);
            let written = file.write_all(&bytes);
            state = self.lock();
            state.busy = false;
            if written.is_err() {
                state.file = None;
            }
            self.waiting.fetch_sub(bytes.len(), Ordering::Relaxed);
            self.changed.notify_all();
        }
    }
}

impl State {
    /// Writes as much as the pipe takes now; returns the rest.
    fn write_some<'b>(&mut self, mut bytes: &'b [u8]) -> &'b [u8] {
        while let Some(file) = &mut self.file
            && !bytes.is_empty()
        {
            if !can_write(file) {
                break;
            }
            let chunk = bytes.get(..CHUNK).unwrap_or(bytes);
            match file.write(chunk) {
                Ok(written) => bytes = bytes.get(written..).unwrap_or(&[]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => self.file = None,
            }
        }
        bytes
    }
}

fn can_write(file: &File) -> bool {
    let now = Timespec { tv_sec: 0, tv_nsec: 0 };
    let mut fds = [PollFd::new(file, PollFlags::OUT)];
    // An error counts as writable: the write itself will tell.
    poll(&mut fds, Some(&now)).map_or(true, |ready| ready > 0)
}
