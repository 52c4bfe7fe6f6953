//! Group commit: one thread syncs for all that wait.

use std::sync::Arc;

use super::EvidenceError;
use super::log::Durability;
use super::writer::{Writer, lock, panicked};

/// How far the disk has come.
pub(super) struct Durable {
    /// How many records are on the disk for certain.
    pub records: u64,
    /// How many are in bundles.
    pub sealed: u64,
    /// A thread is seeing to more.
    pub syncing: bool,
}

impl Durable {
    /// Of a log that was found: the records in bundles are on the disk, and what the tails hold is not known to be.
    pub fn from_bundles(records: u64) -> Self {
        Self {
            records,
            sealed: records,
            syncing: false,
        }
    }
}

impl Writer {
    pub(super) fn commit(&self, index: u64) -> Result<(), EvidenceError> {
        self.check()?;
        if self.durability == Durability::Relaxed {
            return Ok(());
        }
        self.make_durable(index.saturating_add(1))
    }

    /// Returns when the first `records` records are on the disk.
    ///
    /// INVARIANT: nobody else syncs a tail. Of two syncs of one file the system tells one only that data were lost.
    pub(super) fn make_durable(&self, records: u64) -> Result<(), EvidenceError> {
        let mut durable = lock(&self.durable)?;
        loop {
            self.check()?;
            if durable.records >= records {
                return Ok(());
            }
            if durable.syncing {
                durable = self.progress.wait(durable).map_err(|_| panicked())?;
                continue;
            }
            // This thread leads: it syncs for all that were written by now, and for those that wait.
            durable.syncing = true;
            let before = durable.records;
            drop(durable);
            let synced = self.sync_tails(before, records);
            durable = lock(&self.durable)?;
            durable.syncing = false;
            self.progress.notify_all();
            durable.records = durable.records.max(synced?);
        }
    }

    /// Of the tails that hold records after the first `before`, syncs the full one and, where `wanted` is not reached
    /// then, the other. Returns how many records are on the disk.
    fn sync_tails(&self, before: u64, wanted: u64) -> Result<u64, EvidenceError> {
        let (full, tail, records) = {
            let state = lock(&self.state)?;
            (state.full.clone(), Arc::clone(&state.tail.file), state.tree.size())
        };
        if wanted > records {
            let what = format!("record {} was not written", wanted - 1);
            return Err(EvidenceError::Misuse(what));
        }
        // Records before the tails are in bundles, which are on the disk before their tail is given up.
        if let Some(full) = full.filter(|full| full.end() > before) {
            self.try_io("sync", "tail", self.disk.sync(&full.file))?;
            if wanted <= full.end() {
                return Ok(full.end());
            }
        }
        self.try_io("sync", "tail", self.disk.sync(&tail))?;
        Ok(records)
    }

    /// Returns when the first `records` records are in bundles.
    pub(super) fn wait_until_sealed(&self, records: u64) -> Result<(), EvidenceError> {
        let mut durable = lock(&self.durable)?;
        loop {
            self.check()?;
            if durable.sealed >= records {
                return Ok(());
            }
            durable = self.progress.wait(durable).map_err(|_| panicked())?;
        }
    }

    /// The first `records` records are in bundles now.
    pub(super) fn note_sealed(&self, records: u64) -> Result<(), EvidenceError> {
        lock(&self.durable)?.sealed = records;
        self.progress.notify_all();
        Ok(())
    }
}
