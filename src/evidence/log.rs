//! The log: appended to by the gateway's threads, never rewritten.
//!
//! In the folder: `checkpoint` (the signed head), `tile/` (C2SP tlog-tiles), `tail` (the records that fill no bundle
//! yet), `artifacts/` and `blobs/` (files by digest), `lock`, `reserve`.

use std::collections::BTreeSet;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock};
use std::thread::JoinHandle;

use jiff::Timestamp;

use super::clerk::{Bell, Published};
use super::disk::{self, Disk};
use super::entry::{self, Encoded};
use super::tile::{entries_path, push_entry};
use super::tree::{TILE_WIDTH, Tile, Tree, leaf_hash};
use super::{EvidenceError, Record, tail};
use crate::note::Signer;
use crate::table::Digest;

/// What `commit` waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// The record is on the disk.
    Strict,
    /// The record is with the system, which survives a crash of the gateway; it is on the disk about a second later.
    Relaxed,
}

impl Durability {
    /// The word as it stands in options and evidence.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Strict => "strict",
            Self::Relaxed => "relaxed",
        }
    }
}

/// How a log is opened.
#[derive(Clone, Debug)]
pub struct LogOptions {
    /// Which log it is, in its checkpoints: `mcppc/<policy>/<instance>`.
    pub origin: String,
    /// The key that signs its checkpoints.
    pub signer: Signer,
    /// What `commit` waits for.
    pub durability: Durability,
    /// The time of opening.
    pub now: Timestamp,
}

/// An open log and what was found in it.
#[derive(Debug)]
pub struct Opened {
    /// The log.
    pub log: Log,
    /// What was found.
    pub recovered: Recovered,
}

/// What was found in a log's folder.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Recovered {
    /// How many records were there.
    pub records: u64,
    /// How many of them no checkpoint covered: the gateway takes them in, and nothing shows who wrote them.
    pub adopted: u64,
    /// How many bytes of a record that a crash had cut off were dropped.
    pub dropped_bytes: u64,
    /// How many allowed calls had no outcome; each has an `Unresolved` now.
    pub unresolved: u64,
}

/// The evidence log of one gateway. Any thread may use it.
///
/// After one failed write or sync it takes nothing more: what a failed `fsync` left on the disk is not known, and
/// asking again would report success.
#[derive(Debug)]
pub struct Log {
    pub(super) inner: Arc<Inner>,
    pub(super) clerk: Mutex<Option<JoinHandle<()>>>,
}

pub(super) struct Inner {
    pub dir: PathBuf,
    pub disk: Arc<dyn Disk>,
    pub origin: String,
    pub signer: Signer,
    pub durability: Durability,
    /// Locks are taken in this order: `published`, `state`, `durable`, `bell`.
    pub published: Mutex<Published>,
    pub state: Mutex<State>,
    pub durable: Mutex<Durable>,
    pub synced: Condvar,
    pub bell: Bell,
    /// Why the log takes nothing more.
    pub poisoned: OnceLock<String>,
    /// One writer at a time to `artifacts/` and `blobs/`.
    pub files: Mutex<()>,
    /// Held while the log is open: the lock on the folder.
    pub _lock: File,
}

pub(super) struct State {
    pub tree: Tree,
    pub tail: Arc<File>,
    /// The length of the tail's whole records.
    pub tail_length: u64,
    /// The records of the tail, as a bundle.
    pub bundle: Vec<u8>,
    /// Allowed intents without an outcome.
    pub open: BTreeSet<u64>,
    pub phase: Phase,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    Running,
    /// The disk is full: only records that close something are taken.
    Full,
    Closed,
}

/// How many records are on the disk, and whether a thread is seeing to more.
#[derive(Default)]
pub(super) struct Durable {
    pub records: u64,
    pub syncing: bool,
}

impl Log {
    /// Opens the log in `dir`, or begins one, and becomes its only writer. What a crash cut off is dropped, an
    /// allowed intent without an outcome gets an `Unresolved`, and then the new epoch is opened.
    ///
    /// # Errors
    /// `Locked` where another process writes here; `Damaged` where the files do not give the root of the last
    /// checkpoint that was signed, or where records follow a signed close; I/O errors.
    pub fn open(dir: &Path, options: LogOptions) -> Result<Opened, EvidenceError> {
        super::recover::open(dir, options, Arc::new(disk::RealDisk))
    }

    /// Adds a record and returns its index, from 0. The system has it when this returns: it survives a crash of this
    /// process; whether it survives one of the machine, `commit` says.
    ///
    /// # Errors
    /// `Misuse` for an outcome whose intent is not open: nothing is written. `Full`, `Poisoned`, `Closed`, I/O: the
    /// record must be taken as not written.
    pub fn append(&self, record: &Record) -> Result<u64, EvidenceError> {
        self.inner.append(record)
    }

    /// Returns when the record `index` and all before it are as durable as the log's mode promises. Threads that wait
    /// at the same time share one `fdatasync`.
    ///
    /// # Errors
    /// `Poisoned` where this or an earlier sync failed: the record may not be on the disk.
    pub fn commit(&self, index: u64) -> Result<(), EvidenceError> {
        self.inner.commit(index)
    }

    /// Keeps the bytes of an artifact beside the log, durable; returns their digest.
    ///
    /// # Errors
    /// I/O.
    pub fn store_artifact(&self, bytes: &[u8]) -> Result<Digest, EvidenceError> {
        let digest = Digest::of(bytes);
        self.inner.store(&format!("artifacts/{}.mcppb", digest.hex()), bytes)?;
        Ok(digest)
    }

    /// Signs a checkpoint over all records now. The log does so by itself within about a
    /// second of any record.
    ///
    /// # Errors
    /// Those of `append`.
    pub fn checkpoint(&self) -> Result<(), EvidenceError> {
        self.inner.checkpoint()
    }

    /// Closes the epoch and signs the last checkpoint. Intents that are still open get an `Unresolved`.
    ///
    /// # Errors
    /// Those of `append`.
    pub fn close(&self, time: Timestamp) -> Result<(), EvidenceError> {
        let open: Vec<u64> = lock(&self.inner.state)?.open.iter().copied().collect();
        for intent in open {
            self.append(&Record::Unresolved { time, intent })?;
        }
        self.append(&Record::EpochClose { time })?;
        self.checkpoint()
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        self.inner.bell.stop();
        let clerk = self.clerk.lock().map_or(None, |mut clerk| clerk.take());
        if let Some(clerk) = clerk {
            // It ends at the bell; a panic in it has been reported by then.
            drop(clerk.join());
        }
    }
}

impl Inner {
    pub(super) fn append(&self, record: &Record) -> Result<u64, EvidenceError> {
        let Encoded { line, blob } = entry::encode(record)?;
        self.check()?;
        if let Some((digest, bytes)) = blob {
            self.store(&format!("blobs/{}", digest.hex()), &bytes)?;
        }
        let mut state = lock(&self.state)?;
        self.check()?;
        state.admit(record)?;
        let index = state.tree.size();
        let hash = leaf_hash(&line);
        self.write(&mut state, record, &tail::frame(&line, &hash))?;
        state.note(record, index);
        push_entry(&mut state.bundle, &line);
        let full = state.tree.push(hash);
        if !full.is_empty() {
            self.seal(&mut state, &full)?;
        }
        self.bell.ring();
        Ok(index)
    }

    pub(super) fn commit(&self, index: u64) -> Result<(), EvidenceError> {
        self.check()?;
        if self.durability == Durability::Relaxed {
            return Ok(());
        }
        let mut durable = lock(&self.durable)?;
        loop {
            self.check()?;
            if durable.records > index {
                return Ok(());
            }
            if durable.syncing {
                durable = self.synced.wait(durable).map_err(|_| panicked())?;
                continue;
            }
            // This thread leads: it syncs for all that were written by now, and for those that wait.
            durable.syncing = true;
            drop(durable);
            let synced = self.sync_tail();
            durable = lock(&self.durable)?;
            durable.syncing = false;
            self.synced.notify_all();
            let records = synced?;
            durable.records = durable.records.max(records);
            if records <= index {
                return Err(EvidenceError::Misuse(format!("record {index} was not written")));
            }
        }
    }

    /// Syncs the tail; returns how many records are on the disk then.
    fn sync_tail(&self) -> Result<u64, EvidenceError> {
        let (file, records) = {
            let state = lock(&self.state)?;
            (Arc::clone(&state.tail), state.tree.size())
        };
        // Records before the tail are in bundles, which are on the disk before a new tail begins.
        self.try_io("sync", "tail", self.disk.sync(&file))?;
        Ok(records)
    }

    /// Writes to the tail. Where the disk is full, the torn record is taken back and the reserve is released: from
    /// then on there is room for records that close what was begun, and for nothing else.
    fn write(&self, state: &mut State, record: &Record, frame: &[u8]) -> Result<(), EvidenceError> {
        let mut written = self.disk.write(&state.tail, frame);
        if is_full(&written) && state.phase == Phase::Running {
            self.try_io("shorten", "tail", self.disk.truncate(&state.tail, state.tail_length))?;
            self.release_reserve(state)?;
            if !closes(record) {
                return Err(EvidenceError::Full);
            }
            written = self.disk.write(&state.tail, frame);
        }
        self.try_io("write", "tail", written)?;
        state.tail_length += frame.len() as u64;
        Ok(())
    }

    pub(super) fn release_reserve(&self, state: &mut State) -> Result<(), EvidenceError> {
        state.phase = Phase::Full;
        self.try_io("remove", "reserve", self.disk.remove(&self.dir.join("reserve")))
    }

    /// A bundle is full: it and the tiles that it completes become files for ever, and a new tail begins.
    pub(super) fn seal(&self, state: &mut State, tiles: &[Tile]) -> Result<(), EvidenceError> {
        let size = state.tree.size();
        let bundle = size / TILE_WIDTH as u64 - 1;
        // First, so that a bundle never holds what a power cut takes from the tail.
        self.try_io("sync", "tail", self.disk.sync(&state.tail))?;
        self.publish(&entries_path(bundle, TILE_WIDTH), &state.bundle)?;
        for tile in tiles {
            self.publish(&tile.path(), &tile.to_bytes())?;
        }
        let header = tail::header(size);
        self.publish("tail", &header)?;
        let file = self.try_io("open", "tail", self.disk.open_append(&self.dir.join("tail")))?;
        state.tail = Arc::new(file);
        state.tail_length = header.len() as u64;
        state.bundle.clear();
        let mut durable = lock(&self.durable)?;
        durable.records = durable.records.max(size);
        self.synced.notify_all();
        Ok(())
    }

    /// A file by its digest. One that is there already is left alone.
    fn store(&self, path: &str, bytes: &[u8]) -> Result<(), EvidenceError> {
        let _one_writer = lock(&self.files)?;
        let whole = disk::read(&self.dir.join(path)).is_ok_and(|found| found.as_deref() == Some(bytes));
        if whole { Ok(()) } else { self.publish(path, bytes) }
    }

    pub(super) fn publish(&self, path: &str, bytes: &[u8]) -> Result<(), EvidenceError> {
        let published = disk::publish(&*self.disk, &self.dir.join(path), bytes);
        self.try_io("write", path, published)
    }

    /// Passes a success on; a failure stops the log for good.
    pub(super) fn try_io<T>(&self, doing: &'static str, path: &str, result: io::Result<T>) -> Result<T, EvidenceError> {
        result.map_err(|source| {
            let path = self.dir.join(path);
            self.poison(format!("could not {doing} `{}`: {source}", path.display()));
            EvidenceError::Io { doing, path, source }
        })
    }

    fn poison(&self, why: String) {
        // The first cause is the one to tell.
        let _ = self.poisoned.set(why);
        drop(self.durable.lock());
        self.synced.notify_all();
    }

    pub(super) fn check(&self) -> Result<(), EvidenceError> {
        self.poisoned
            .get()
            .map_or(Ok(()), |why| Err(EvidenceError::Poisoned(why.clone())))
    }
}

impl State {
    /// May this record come next?
    fn admit(&self, record: &Record) -> Result<(), EvidenceError> {
        match self.phase {
            Phase::Closed => return Err(EvidenceError::Closed),
            Phase::Full if !closes(record) => return Err(EvidenceError::Full),
            Phase::Full | Phase::Running => {}
        }
        match closed_intent(record) {
            Some(intent) if !self.open.contains(&intent) => Err(EvidenceError::Misuse(format!(
                "record {intent} is no allowed intent that waits for its outcome"
            ))),
            _ => Ok(()),
        }
    }

    /// Takes note of what the record opens or closes.
    fn note(&mut self, record: &Record, index: u64) {
        match record {
            Record::Intent(intent) if intent.allow => drop(self.open.insert(index)),
            Record::EpochClose { .. } => self.phase = Phase::Closed,
            other => drop(closed_intent(other).map(|intent| self.open.remove(&intent))),
        }
    }
}

/// The intent that this record closes.
pub(super) fn closed_intent(record: &Record) -> Option<u64> {
    match record {
        Record::Outcome(outcome) => Some(outcome.intent),
        Record::Unresolved { intent, .. } => Some(*intent),
        _ => None,
    }
}

/// Is it a record that closes what was begun?
fn closes(record: &Record) -> bool {
    matches!(record, Record::EpochClose { .. } | Record::ServerExit { .. }) || closed_intent(record).is_some()
}

pub(super) fn is_full<T>(result: &io::Result<T>) -> bool {
    matches!(result, Err(error) if error.kind() == io::ErrorKind::StorageFull)
}

/// A thread that panicked with the lock held may have left anything behind it.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> Result<MutexGuard<'_, T>, EvidenceError> {
    mutex.lock().map_err(|_| panicked())
}

fn panicked() -> EvidenceError {
    EvidenceError::Poisoned("a thread panicked while it wrote".to_owned())
}

impl std::fmt::Debug for Inner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Inner").field("dir", &self.dir).finish_non_exhaustive()
    }
}
