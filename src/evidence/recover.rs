//! Opening a log: a new one, one that was closed, or one whose writer crashed.

use std::collections::BTreeSet;
use std::fs::{File, TryLockError};
use std::io;
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, OnceLock};

use super::checkpoint::Checkpoint;
use super::clerk::{self, Bell, Published, partial_paths};
use super::disk::{self, Disk, need};
use super::log::{Durable, Inner, Log, LogOptions, Opened, Phase, Recovered, State, closed_intent};
use super::tail::{self, Tail};
use super::tile::{entries_path, hashes_path, push_entry, read_bundle, read_full_tile};
use super::tree::{Hash, TILE_WIDTH, Tile, Tree, leaf_hash};
use super::{EvidenceError, Record, unsigned};

/// Space that is kept for the records that close what was begun: some thousand outcomes.
const RESERVE: u64 = 1 << 20;

pub(super) fn open(dir: &Path, options: LogOptions, disk: Arc<dyn Disk>) -> Result<Opened, EvidenceError> {
    disk::create_dirs(&*disk, dir).map_err(EvidenceError::io("make", dir))?;
    disk::check_private(dir)?;
    let lock = take_lock(dir, &*disk)?;
    begin_if_new(dir, &options, &*disk)?;
    let found = Found::read(dir, &options)?;
    reserve(dir, &*disk)?;
    let (log, recovered) = found.resume(dir, &options, disk, lock)?;
    let opened = log.append(&Record::EpochOpen {
        time: options.now,
        evaluator: concat!("mcppc ", env!("CARGO_PKG_VERSION")).to_owned(),
        durability: options.durability.as_str().to_owned(),
        adopted: recovered.adopted,
    })?;
    log.commit(opened)?;
    log.checkpoint()?;
    Ok(Opened { log, recovered })
}

fn take_lock(dir: &Path, disk: &dyn Disk) -> Result<File, EvidenceError> {
    let path = dir.join("lock");
    let file = disk.open_or_create(&path).map_err(EvidenceError::io("open", &path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(EvidenceError::Locked(dir.to_owned())),
        Err(TryLockError::Error(error)) => Err(EvidenceError::io("lock", &path)(error)),
    }
}

/// A checkpoint over nothing is signed before anything else is there: from then on a log without one is damaged.
fn begin_if_new(dir: &Path, options: &LogOptions, disk: &dyn Disk) -> Result<(), EvidenceError> {
    let exists = |name: &str| dir.join(name).symlink_metadata().is_ok();
    if exists("tail") || exists("tile") {
        return Ok(());
    }
    let empty = Checkpoint {
        origin: options.origin.clone(),
        size: 0,
        root: Tree::default().root(),
    };
    let put = |name: &str, bytes: &[u8]| {
        let path = dir.join(name);
        disk::publish(disk, &path, bytes).map_err(EvidenceError::io("write", &path))
    };
    if !exists("checkpoint") {
        put("checkpoint", empty.sign(&options.signer)?.as_bytes())?;
    } else if read_checkpoint(dir, options)?.size > 0 {
        return Err(EvidenceError::damaged(&dir.join("tail"), "it is missing"));
    }
    put("tail", &tail::header(0))
}

fn read_checkpoint(dir: &Path, options: &LogOptions) -> Result<Checkpoint, EvidenceError> {
    let path = dir.join("checkpoint");
    let damaged = |what: &str| EvidenceError::damaged(&path, what);
    let bytes = need(&path)?;
    let note = std::str::from_utf8(&bytes).map_err(|_| damaged("not a signed note"))?;
    let checkpoint = Checkpoint::open(note, options.signer.verifier()).map_err(|error| damaged(&error.to_string()))?;
    if checkpoint.origin != options.origin {
        let what = format!("it is of `{}`, not of `{}`", checkpoint.origin, options.origin);
        return Err(damaged(&what));
    }
    Ok(checkpoint)
}

/// Space is reserved where the system can do so; elsewhere a full disk stops the log at once.
fn reserve(dir: &Path, disk: &dyn Disk) -> Result<(), EvidenceError> {
    let path = dir.join("reserve");
    let file = disk.create(&path).map_err(EvidenceError::io("create", &path))?;
    match disk.allocate(&file, RESERVE) {
        Err(error) if error.kind() != io::ErrorKind::Unsupported => Err(EvidenceError::io("reserve", &path)(error)),
        _ => Ok(()),
    }
}

/// A log as it was found, checked against its last checkpoint.
struct Found {
    /// Over every record that is whole.
    tree: Tree,
    /// Tiles that the tail's records complete: a crash came before they were written.
    unsealed: Vec<Tile>,
    bundle: Vec<u8>,
    tail_length: u64,
    /// Records after the checkpoint.
    unsigned: u64,
    dropped_bytes: u64,
    published: Published,
    open: BTreeSet<u64>,
}

impl Found {
    fn read(dir: &Path, options: &LogOptions) -> Result<Self, EvidenceError> {
        let checkpoint = read_checkpoint(dir, options)?;
        let path = dir.join("tail");
        let bytes = need(&path)?;
        let tail = tail::read(&bytes).ok_or_else(|| EvidenceError::damaged(&path, "its first line is damaged"))?;
        let width = TILE_WIDTH as u64;
        if tail.start % width != 0 || tail.entries.len() > TILE_WIDTH {
            return Err(EvidenceError::damaged(&path, "it is no part of a log"));
        }
        let records = tail.start + tail.entries.len() as u64;
        if records < checkpoint.size {
            let what = format!("{records} records are whole, and {} were signed", checkpoint.size);
            return Err(EvidenceError::damaged(&path, what));
        }

        let unsigned = unsigned::count(dir, &checkpoint, &tail)?;
        let bundles = tail.start / width;
        let mut replay = Replay::new(dir, &checkpoint, bundles)?;
        for bundle in checkpoint.size.min(tail.start) / width..bundles {
            replay.bundle(bundle)?;
        }
        let mut unsealed = Vec::new();
        let mut bundle = Vec::new();
        for (entry, hash) in &tail.entries {
            unsealed = replay.push(*hash)?;
            push_entry(&mut bundle, entry);
        }
        let sealed = dir.join(entries_path(bundles, TILE_WIDTH));
        // A bundle is written when its tail is full and on the disk: it has the same records, or somebody's.
        if sealed.exists() && need(&sealed)? != bundle {
            return Err(EvidenceError::damaged(&sealed, "it is not what `tail` holds"));
        }
        let published = replay.published(dir)?;
        Ok(Self {
            open: open_intents(dir, &tail)?,
            tree: replay.tree,
            unsealed,
            bundle,
            tail_length: tail.valid as u64,
            unsigned,
            dropped_bytes: (bytes.len() - tail.valid) as u64,
            published,
        })
    }

    /// Makes the log ready to be appended to.
    fn resume(
        self,
        dir: &Path,
        options: &LogOptions,
        disk: Arc<dyn Disk>,
        lock: File,
    ) -> Result<(Log, Recovered), EvidenceError> {
        let path = dir.join("tail");
        let file = disk.open_append(&path).map_err(EvidenceError::io("open", &path))?;
        if self.dropped_bytes > 0 {
            disk.truncate(&file, self.tail_length)
                .and_then(|()| disk.sync(&file))
                .map_err(EvidenceError::io("shorten", &path))?;
        }
        let recovered = Recovered {
            records: self.tree.size(),
            adopted: self.unsigned,
            dropped_bytes: self.dropped_bytes,
            unresolved: self.open.len() as u64,
        };
        let state = State {
            tree: self.tree,
            tail: Arc::new(file),
            tail_length: self.tail_length,
            bundle: self.bundle,
            open: self.open.clone(),
            phase: Phase::Running,
        };
        let inner = Arc::new(Inner {
            dir: dir.to_owned(),
            disk,
            origin: options.origin.clone(),
            signer: options.signer.clone(),
            durability: options.durability,
            published: Mutex::new(self.published),
            state: Mutex::new(state),
            durable: Mutex::new(Durable::default()),
            synced: Condvar::new(),
            bell: Bell::default(),
            poisoned: OnceLock::new(),
            files: Mutex::new(()),
            _lock: lock,
        });
        if !self.unsealed.is_empty() {
            inner.seal(&mut *super::log::lock(&inner.state)?, &self.unsealed)?;
        }
        let clerk = clerk::start(&inner).map_err(EvidenceError::io("watch over", dir))?;
        let log = Log {
            inner,
            clerk: Mutex::new(Some(clerk)),
        };
        for intent in self.open {
            log.append(&Record::Unresolved {
                time: options.now,
                intent,
            })?;
        }
        Ok((log, recovered))
    }
}

/// The tree, grown from the last checkpoint to the last record, and checked where it passes the checkpoint.
struct Replay<'a> {
    dir: &'a Path,
    checkpoint: &'a Checkpoint,
    tree: Tree,
    published: Option<Tree>,
}

impl<'a> Replay<'a> {
    fn new(dir: &'a Path, checkpoint: &'a Checkpoint, bundles: u64) -> Result<Self, EvidenceError> {
        let whole = (checkpoint.size / TILE_WIDTH as u64).min(bundles);
        let tree = Tree::restore(whole, |level, index| read_tile(dir, level, index))?;
        let mut replay = Self {
            dir,
            checkpoint,
            tree,
            published: None,
        };
        replay.compare()?;
        Ok(replay)
    }

    /// A bundle that was full before the crash, and may not have been signed.
    fn bundle(&mut self, index: u64) -> Result<(), EvidenceError> {
        let path = self.dir.join(entries_path(index, TILE_WIDTH));
        let bytes = need(&path)?;
        let entries = read_bundle(&bytes).filter(|entries| entries.len() == TILE_WIDTH);
        let entries = entries.ok_or_else(|| EvidenceError::damaged(&path, "it is no full bundle"))?;
        for entry in entries {
            for tile in self.push(leaf_hash(entry))? {
                if read_tile(self.dir, tile.level, tile.index)? != tile.hashes {
                    return Err(EvidenceError::damaged(&path, "its hashes are not those of its tile"));
                }
            }
        }
        Ok(())
    }

    fn push(&mut self, leaf: Hash) -> Result<Vec<Tile>, EvidenceError> {
        let tiles = self.tree.push(leaf);
        self.compare()?;
        Ok(tiles)
    }

    fn compare(&mut self) -> Result<(), EvidenceError> {
        if self.tree.size() != self.checkpoint.size {
            return Ok(());
        }
        if self.tree.root() != self.checkpoint.root {
            let what = "the root over its records is not the one that was signed";
            return Err(EvidenceError::damaged(self.dir, what));
        }
        self.published = Some(self.tree.clone());
        Ok(())
    }

    fn published(&mut self, dir: &Path) -> Result<Published, EvidenceError> {
        let tree = self.published.take();
        let tree = tree.ok_or_else(|| EvidenceError::damaged(dir, "the checkpoint was not reached"))?;
        Ok(Published {
            size: tree.size(),
            partial: partial_paths(&tree),
        })
    }
}

/// The allowed intents of the last epoch that have no outcome. Reads back to where that epoch began, and nothing where
/// it was closed.
fn open_intents(dir: &Path, tail: &Tail<'_>) -> Result<BTreeSet<u64>, EvidenceError> {
    let mut scan = Scan::default();
    let mut index = tail.start + tail.entries.len() as u64;
    for (entry, _) in tail.entries.iter().rev() {
        index -= 1;
        if scan.step(dir, index, entry)? {
            return Ok(scan.open);
        }
    }
    for bundle in (0..tail.start / TILE_WIDTH as u64).rev() {
        let path = dir.join(entries_path(bundle, TILE_WIDTH));
        let bytes = need(&path)?;
        let entries = read_bundle(&bytes).filter(|entries| entries.len() == TILE_WIDTH);
        for entry in entries
            .ok_or_else(|| EvidenceError::damaged(&path, "it is no full bundle"))?
            .iter()
            .rev()
        {
            index -= 1;
            if scan.step(dir, index, entry)? {
                return Ok(scan.open);
            }
        }
    }
    Ok(scan.open)
}

#[derive(Default)]
struct Scan {
    closed: BTreeSet<u64>,
    open: BTreeSet<u64>,
}

impl Scan {
    /// Takes one record, from the last to the first; `true` where the epoch is at an end.
    fn step(&mut self, dir: &Path, index: u64, line: &[u8]) -> Result<bool, EvidenceError> {
        match &unsigned::record(dir, index, line)? {
            Record::EpochOpen { .. } | Record::EpochClose { .. } => return Ok(true),
            Record::Intent(intent) if intent.allow && !self.closed.contains(&index) => drop(self.open.insert(index)),
            other => self.closed.extend(closed_intent(other)),
        }
        Ok(false)
    }
}

fn read_tile(dir: &Path, level: usize, index: u64) -> Result<Vec<Hash>, EvidenceError> {
    let path = dir.join(hashes_path(level, index, TILE_WIDTH));
    read_full_tile(&need(&path)?).ok_or_else(|| EvidenceError::damaged(&path, "it is no full tile"))
}
