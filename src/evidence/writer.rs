//! Appending: what a record passes on its way into the tail.

use std::fs::File;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock};

use super::clerk::{Bell, Published};
use super::disk::{self, Disk};
use super::durable::Durable;
use super::entry::{self, Encoded};
use super::log::Durability;
use super::state::{Phase, State, closes};
use super::tree::leaf_hash;
use super::{EvidenceError, Record, tail};
use crate::note::Signer;

/// What the threads of a log share.
pub(super) struct Writer {
    pub dir: PathBuf,
    pub disk: Arc<dyn Disk>,
    pub origin: String,
    pub signer: Signer,
    pub durability: Durability,
    /// Locks are taken in this order: `published`, `state`, `durable`, `bell`. Whoever seals or signs holds the first.
    pub published: Mutex<Published>,
    pub state: Mutex<State>,
    pub durable: Mutex<Durable>,
    /// `durable` has changed, or the log stopped.
    pub progress: Condvar,
    pub bell: Bell,
    /// Why the log takes nothing more.
    pub poisoned: OnceLock<String>,
    /// One writer at a time to `artifacts/` and `blobs/`.
    pub files: Mutex<()>,
    /// Held while the log is open: the lock on the folder.
    pub _lock: File,
}

impl Writer {
    pub(super) fn append(&self, record: &Record) -> Result<u64, EvidenceError> {
        let Encoded { line, blob } = entry::encode(record)?;
        self.check()?;
        if let Some((digest, bytes)) = blob {
            self.store(&format!("blobs/{}", digest.hex()), &bytes)?;
        }
        let mut state = self.state_with_room()?;
        self.check()?;
        state.admit(record)?;
        let hash = leaf_hash(&line);
        self.write(&mut state, record, &tail::frame(&line, &hash))?;
        let index = state.take(record, &line, hash);
        let turned = state.turn();
        drop(state);
        self.bell.ring(turned);
        Ok(index)
    }

    /// The state, as soon as its tail has room. It has none only where the clerk did not seal the tail before while
    /// this one filled: what waits for the clerk, on the disk and in memory, is never more than two bundles.
    fn state_with_room(&self) -> Result<MutexGuard<'_, State>, EvidenceError> {
        loop {
            let state = lock(&self.state)?;
            if !state.tail.is_full() {
                return Ok(state);
            }
            let before = state.tail.start;
            drop(state);
            self.wait_until_sealed(before)?;
        }
    }

    /// Writes to the tail. Where the disk is full, the torn record is taken back and the reserve is released: from
    /// then on there is room for records that close what was begun, and for nothing else.
    fn write(&self, state: &mut State, record: &Record, frame: &[u8]) -> Result<(), EvidenceError> {
        let mut written = self.disk.write(&state.tail.file, frame);
        if is_full(&written) && state.phase == Phase::Running {
            self.try_io(
                "shorten",
                "tail",
                self.disk.truncate(&state.tail.file, state.tail.length),
            )?;
            self.release_reserve(state)?;
            if !closes(record) {
                return Err(EvidenceError::Full);
            }
            written = self.disk.write(&state.tail.file, frame);
        }
        self.try_io("write", "tail", written)
    }

    fn release_reserve(&self, state: &mut State) -> Result<(), EvidenceError> {
        state.phase = Phase::Full;
        self.try_io("remove", "reserve", self.disk.remove(&self.dir.join("reserve")))
    }

    /// Does it, and where the disk is full does it again with the reserve released.
    pub(super) fn with_reserve<T>(&self, act: impl Fn() -> io::Result<T>) -> io::Result<T> {
        let done = act();
        if !is_full(&done) {
            return done;
        }
        let mut state = self.state.lock().map_err(|_| io::Error::other(panicked()))?;
        if state.phase != Phase::Running {
            return done;
        }
        self.release_reserve(&mut state).map_err(io::Error::other)?;
        drop(state);
        act()
    }

    /// A file by its digest. One that is there already is left alone.
    pub(super) fn store(&self, path: &str, bytes: &[u8]) -> Result<(), EvidenceError> {
        let _one_writer = lock(&self.files)?;
        let path_in_log = self.dir.join(path);
        if disk::read(&path_in_log).is_ok_and(|found| found.as_deref() == Some(bytes)) {
            return Ok(());
        }
        self.try_io("write", path, disk::publish(&*self.disk, &path_in_log, bytes))
    }

    /// Passes a success on; a failure stops the log for good.
    pub(super) fn try_io<T>(&self, doing: &'static str, path: &str, result: io::Result<T>) -> Result<T, EvidenceError> {
        result.map_err(|source| {
            let path = self.dir.join(path);
            self.poison(format!("could not {doing} `{}`: {source}", path.display()));
            EvidenceError::io(doing, &path)(source)
        })
    }

    /// From now on nothing is taken, and nobody waits.
    pub(super) fn poison(&self, why: String) {
        // The first cause is the one to tell.
        let _ = self.poisoned.set(why);
        // Who found nothing wrong, and is about to wait, waits before it lets go of this.
        drop(self.durable.lock());
        self.progress.notify_all();
    }

    pub(super) fn check(&self) -> Result<(), EvidenceError> {
        self.poisoned
            .get()
            .map_or(Ok(()), |why| Err(EvidenceError::Poisoned(why.clone())))
    }
}

fn is_full<T>(result: &io::Result<T>) -> bool {
    matches!(result, Err(error) if error.kind() == io::ErrorKind::StorageFull)
}

/// A thread that panicked with the lock held may have left anything behind it.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> Result<MutexGuard<'_, T>, EvidenceError> {
    mutex.lock().map_err(|_| panicked())
}

pub(super) fn panicked() -> EvidenceError {
    EvidenceError::Poisoned("a thread panicked while it wrote".to_owned())
}

impl std::fmt::Debug for Writer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Writer").field("dir", &self.dir).finish_non_exhaustive()
    }
}
