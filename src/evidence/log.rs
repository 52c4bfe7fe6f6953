//! The log: appended to by the gateway's threads, never rewritten.
//!
//! In the folder: `checkpoint` (the signed head), `tile/` (C2SP tlog-tiles), `tail` and `next` (the records that are in
//! no bundle yet), `artifacts/` and `blobs/` (files by digest), `lock`, `reserve`.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use jiff::Timestamp;

use super::disk::RealDisk;
use super::writer::{Writer, lock};
use super::{EvidenceError, Record};
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
    pub(super) writer: Arc<Writer>,
    pub(super) clerk: Mutex<Option<JoinHandle<()>>>,
}

impl Log {
    /// Opens the log in `dir`, or begins one, and becomes its only writer. What a crash cut off is dropped, an
    /// allowed intent without an outcome gets an `Unresolved`, and then the new epoch is opened.
    ///
    /// # Errors
    /// `Locked` where another process writes here; `Damaged` where the files do not give the root of the last
    /// checkpoint that was signed, or where records follow a signed close; I/O errors.
    pub fn open(dir: &Path, options: LogOptions) -> Result<Opened, EvidenceError> {
        super::recover::open(dir, options, Arc::new(RealDisk))
    }

    /// Adds a record and returns its index, from 0. The system has it when this returns: it survives a crash of this
    /// process; whether it survives one of the machine, `commit` says.
    ///
    /// # Errors
    /// `Misuse` for an outcome whose intent is not open: nothing is written. `Full`, `Poisoned`, `Closed`, I/O: the
    /// record must be taken as not written.
    pub fn append(&self, record: &Record) -> Result<u64, EvidenceError> {
        self.writer.append(record)
    }

    /// Returns when the record `index` and all before it are as durable as the log's mode promises. Threads that wait
    /// at the same time share one `fdatasync`.
    ///
    /// # Errors
    /// `Poisoned` where this or an earlier sync failed: the record may not be on the disk.
    pub fn commit(&self, index: u64) -> Result<(), EvidenceError> {
        self.writer.commit(index)
    }

    /// Keeps the bytes of an artifact beside the log, durable; returns their digest.
    ///
    /// # Errors
    /// I/O.
    pub fn store_artifact(&self, bytes: &[u8]) -> Result<Digest, EvidenceError> {
        let digest = Digest::of(bytes);
        self.writer.store(&format!("artifacts/{}.mcppb", digest.hex()), bytes)?;
        Ok(digest)
    }

    /// Signs a checkpoint over all records now. The log does so by itself within about a
    /// second of any record.
    ///
    /// # Errors
    /// Those of `append`.
    pub fn checkpoint(&self) -> Result<(), EvidenceError> {
        self.writer.checkpoint()
    }

    /// Closes the epoch and signs the last checkpoint. Intents that are still open get an `Unresolved`.
    ///
    /// # Errors
    /// Those of `append`.
    pub fn close(&self, time: Timestamp) -> Result<(), EvidenceError> {
        let open: Vec<u64> = lock(&self.writer.state)?.open.iter().copied().collect();
        for intent in open {
            self.append(&Record::Unresolved { time, intent })?;
        }
        self.append(&Record::EpochClose { time })?;
        self.checkpoint()?;
        self.writer.remove_next()
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        self.writer.bell.stop();
        let clerk = self.clerk.lock().map_or(None, |mut clerk| clerk.take());
        if let Some(clerk) = clerk {
            // It ends at the bell; a panic in it has been reported by then.
            drop(clerk.join());
        }
    }
}
