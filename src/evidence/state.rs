//! What a log knows of itself while it is open: its tree, its tails, the calls without an outcome.

use std::collections::BTreeSet;
use std::fs::File;
use std::sync::Arc;

use super::tile::push_entry;
use super::tree::{Hash, TILE_WIDTH, Tile, Tree};
use super::{EvidenceError, Record, tail};

/// A file of records that are in no bundle yet, and what it holds.
pub(super) struct OpenTail {
    pub file: Arc<File>,
    /// The index of its first record.
    pub start: u64,
    /// The length of its whole records, with the first line.
    pub length: u64,
    /// Its records, as a bundle.
    pub bundle: Vec<u8>,
    /// The tiles that its records complete: none, until it is full.
    pub tiles: Vec<Tile>,
}

impl OpenTail {
    /// A tail without records.
    pub fn new(file: Arc<File>, start: u64) -> Self {
        Self {
            file,
            start,
            length: tail::header(start).len() as u64,
            bundle: Vec::new(),
            tiles: Vec::new(),
        }
    }

    /// Takes note of a record that the file has, and of the tiles that it completes.
    pub fn take(&mut self, line: &[u8], tiles: Vec<Tile>) {
        self.length += tail::frame_length(line);
        push_entry(&mut self.bundle, line);
        self.tiles = tiles;
    }

    /// Does it hold a whole bundle?
    pub fn is_full(&self) -> bool {
        !self.tiles.is_empty()
    }

    /// The index after its last record, when it is full.
    pub fn end(&self) -> u64 {
        self.start + TILE_WIDTH as u64
    }
}

pub(super) struct State {
    pub tree: Tree,
    /// The tail that is full, and that the clerk seals: the file `tail`.
    pub full: Option<Arc<OpenTail>>,
    /// The tail that is written to: the file `next` while there is a full one, else `tail`.
    pub tail: OpenTail,
    /// An empty tail for when this one is full: the file `next`. INVARIANT: there is one, or a full tail, until the log
    /// is closed.
    pub next: Option<Arc<File>>,
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

impl State {
    /// May this record come next?
    pub fn admit(&self, record: &Record) -> Result<(), EvidenceError> {
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

    /// Takes note of a record that the tail's file has; returns its index.
    pub fn take(&mut self, record: &Record, line: &[u8], hash: Hash) -> u64 {
        let index = self.tree.size();
        match record {
            Record::Intent(intent) if intent.allow => drop(self.open.insert(index)),
            Record::EpochClose { .. } => self.phase = Phase::Closed,
            other => drop(closed_intent(other).map(|intent| self.open.remove(&intent))),
        }
        let tiles = self.tree.push(hash);
        self.tail.take(line, tiles);
        index
    }

    /// Turns to the next tail where this one is full and the one before it is sealed. Is there one to seal now?
    pub fn turn(&mut self) -> bool {
        if !self.tail.is_full() || self.full.is_some() {
            return false;
        }
        let Some(file) = self.next.take() else { return false };
        let next = OpenTail::new(file, self.tail.end());
        self.full = Some(Arc::new(std::mem::replace(&mut self.tail, next)));
        true
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
pub(super) fn closes(record: &Record) -> bool {
    matches!(record, Record::EpochClose { .. } | Record::ServerExit { .. }) || closed_intent(record).is_some()
}
