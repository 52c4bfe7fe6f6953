//! Sealing: a full tail becomes a bundle and tiles, files for ever, while records go on into the next one.
//!
//! On the disk, step by step, for a tail that begins with record 0 (after each of them a crash may come):
//!
//! | | `tail` | `next` | `tile/entries/000` |
//! |---|---|---|---|
//! | the tail is full, the next one is written to | 0… | 256… | |
//! | the bundle and the tiles are written | 0… | 256… | whole |
//! | the next tail takes the place of the full one | 256… | | whole |
//! | there is another next one | 256… | 512, empty | whole |

use std::fs::File;
use std::io;
use std::sync::Arc;

use super::disk;
use super::state::OpenTail;
use super::tile::entries_path;
use super::tree::TILE_WIDTH;
use super::writer::{Writer, lock};
use super::{EvidenceError, tail};

impl Writer {
    /// Seals what is full by now.
    pub(super) fn seal(&self) -> Result<(), EvidenceError> {
        let _one_clerk = lock(&self.published)?;
        let records = lock(&self.state)?.tree.size();
        self.seal_up_to(records)
    }

    /// Seals the bundles that the first `records` records fill. `published` is held.
    pub(super) fn seal_up_to(&self, records: u64) -> Result<(), EvidenceError> {
        self.check()?;
        loop {
            let full = lock(&self.state)?.full.clone();
            let Some(full) = full.filter(|full| full.end() <= records) else {
                return Ok(());
            };
            self.seal_one(&full)?;
        }
    }

    fn seal_one(&self, full: &OpenTail) -> Result<(), EvidenceError> {
        // First, so that a bundle never holds what a power cut takes from the tail.
        self.make_durable(full.end())?;
        self.publish(&entries_path(full.start / TILE_WIDTH as u64, TILE_WIDTH), &full.bundle)?;
        for tile in &full.tiles {
            self.publish(&tile.path(), &tile.to_bytes())?;
        }
        let moved = self.disk.rename(&self.dir.join("next"), &self.dir.join("tail"));
        // On the disk before there is another next one: else that could be all that a power cut leaves.
        let moved = moved.and_then(|()| self.disk.sync_dir(&self.dir));
        self.try_io("rename", "next", moved)?;
        let next = self.with_reserve(|| self.begin_next(full.end() + TILE_WIDTH as u64));
        let next = self.try_io("write", "next", next)?;

        let mut state = lock(&self.state)?;
        state.full = None;
        state.next = Some(next);
        let turned = state.turn();
        drop(state);
        if turned {
            self.bell.ring(true);
        }
        self.note_sealed(full.end())
    }

    fn publish(&self, path: &str, bytes: &[u8]) -> Result<(), EvidenceError> {
        let published = self.with_reserve(|| disk::publish(&*self.disk, &self.dir.join(path), bytes));
        self.try_io("write", path, published)
    }

    /// Sees to a next tail in a log that was found: none, or an old one that a crash left.
    pub(super) fn ready_next(&self) -> Result<(), EvidenceError> {
        let mut state = lock(&self.state)?;
        if state.full.is_none() {
            let next = self.begin_next(state.tail.end());
            state.next = Some(self.try_io("write", "next", next)?);
            state.turn();
        }
        Ok(())
    }

    /// Puts an empty next tail in place, which will begin with the record `start`.
    fn begin_next(&self, start: u64) -> io::Result<Arc<File>> {
        let path = self.dir.join("next");
        disk::publish(&*self.disk, &path, &tail::header(start))?;
        self.disk.open_append(&path).map(Arc::new)
    }

    /// The log is closed: there is no next tail.
    pub(super) fn remove_next(&self) -> Result<(), EvidenceError> {
        let _one_clerk = lock(&self.published)?;
        self.check()?;
        if lock(&self.state)?.next.take().is_none() {
            return Ok(());
        }
        self.try_io("remove", "next", self.disk.remove(&self.dir.join("next")))
    }
}
