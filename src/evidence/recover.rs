//! Opening a log: a new one, one that was closed, or one whose writer crashed.

use std::collections::BTreeSet;
use std::fs::{File, TryLockError};
use std::io;
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, OnceLock};

use super::checkpoint::Checkpoint;
use super::clerk::{self, Bell, Published, partial_paths};
use super::disk::{self, Disk, need};
use super::durable::Durable;
use super::log::{Log, LogOptions, Opened, Recovered};
use super::state::{OpenTail, Phase, State, closed_intent};
use super::tail::{self, Tails};
use super::tile::{entries_path, hashes_path, read_bundle, read_full_tile};
use super::tree::{Hash, TILE_WIDTH, Tile, Tree, leaf_hash};
use super::writer::Writer;
use super::{EvidenceError, Record, unsigned};

/// Space that is kept for the records that close what was begun: some thousand outcomes.
const RESERVE: u64 = 1 << 20;

pub(super) fn open(dir: &Path, options: LogOptions, disk: Arc<dyn Disk>) -> Result<Opened, EvidenceError> {
    open_folder(dir, options, disk).map_err(EvidenceError::of_folder)
}

fn open_folder(dir: &Path, options: LogOptions, disk: Arc<dyn Disk>) -> Result<Opened, EvidenceError> {
    disk::create_dirs(&*disk, dir).map_err(EvidenceError::io("make", dir))?;
    disk::check_private(dir)?;
    let lock = take_lock(dir, &*disk)?;
    begin_if_new(dir, &options, &*disk)?;
    let found = Found::read(dir, &options, &*disk)?;
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
        return Err(EvidenceError::Renamed {
            path: dir.to_owned(),
            was: checkpoint.origin,
            now: options.origin.clone(),
        });
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
    /// A full tail with another after it: a crash came before it was sealed.
    full: Option<OpenTail>,
    /// The last one.
    tail: OpenTail,
    /// Records after the checkpoint.
    unsigned: u64,
    dropped_bytes: u64,
    published: Published,
    open: BTreeSet<u64>,
}

impl Found {
    fn read(dir: &Path, options: &LogOptions, disk: &dyn Disk) -> Result<Self, EvidenceError> {
        let checkpoint = read_checkpoint(dir, options)?;
        let (path, next) = (dir.join("tail"), dir.join("next"));
        let bytes = need(&path)?;
        let next = disk::read(&next).map_err(EvidenceError::io("read", &next))?;
        let tails = tail::read(&bytes, next.as_deref())
            .map_err(|damage| EvidenceError::damaged(&dir.join(damage.file), damage.what))?;
        let records = tails.start + tails.entries.len() as u64;
        if records < checkpoint.size {
            let what = format!("{records} records are whole, and {} were signed", checkpoint.size);
            return Err(EvidenceError::damaged(&path, what));
        }

        let unsigned = unsigned::count(dir, &checkpoint, &tails)?;
        let bundles = tails.start / TILE_WIDTH as u64;
        let mut replay = Replay::new(dir, &checkpoint, bundles)?;
        for bundle in checkpoint.size.min(tails.start) / TILE_WIDTH as u64..bundles {
            replay.bundle(bundle)?;
        }
        let mut full = None;
        let mut tail = open_tail(dir, disk, "tail", tails.start)?;
        for (entry, hash) in &tails.entries {
            if tail.is_full() {
                let next = open_tail(dir, disk, "next", tail.end())?;
                full = Some(std::mem::replace(&mut tail, next));
            }
            tail.take(entry, replay.push(*hash)?);
        }
        for tail in full.iter().chain([&tail]) {
            compare_bundle(dir, tail)?;
        }
        let published = replay.published(dir)?;
        Ok(Self {
            open: open_intents(dir, &tails)?,
            tree: replay.tree,
            full,
            tail,
            unsigned,
            dropped_bytes: tails.torn,
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
        if self.dropped_bytes > 0 {
            disk.truncate(&self.tail.file, self.tail.length)
                .and_then(|()| disk.sync(&self.tail.file))
                .map_err(EvidenceError::io("shorten", &dir.join("tail")))?;
        }
        let recovered = Recovered {
            records: self.tree.size(),
            adopted: self.unsigned,
            dropped_bytes: self.dropped_bytes,
            unresolved: self.open.len() as u64,
        };
        let sealed = self.full.as_ref().unwrap_or(&self.tail).start;
        let writer = Arc::new(Writer {
            dir: dir.to_owned(),
            disk,
            origin: options.origin.clone(),
            signer: options.signer.clone(),
            durability: options.durability,
            published: Mutex::new(self.published),
            state: Mutex::new(State {
                tree: self.tree,
                full: self.full.map(Arc::new),
                tail: self.tail,
                next: None,
                open: self.open.clone(),
                phase: Phase::Running,
            }),
            durable: Mutex::new(Durable::from_bundles(sealed)),
            progress: Condvar::new(),
            bell: Bell::default(),
            poisoned: OnceLock::new(),
            files: Mutex::new(()),
            _lock: lock,
        });
        writer.ready_next()?;
        writer.seal()?;
        let clerk = clerk::start(&writer).map_err(EvidenceError::io("watch over", dir))?;
        let log = Log {
            writer,
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

fn open_tail(dir: &Path, disk: &dyn Disk, name: &str, start: u64) -> Result<OpenTail, EvidenceError> {
    let path = dir.join(name);
    let file = disk.open_append(&path).map_err(EvidenceError::io("open", &path))?;
    Ok(OpenTail::new(Arc::new(file), start))
}

/// A bundle is written when its tail is full and on the disk: it has the same records, or somebody's.
fn compare_bundle(dir: &Path, tail: &OpenTail) -> Result<(), EvidenceError> {
    let sealed = dir.join(entries_path(tail.start / TILE_WIDTH as u64, TILE_WIDTH));
    if sealed.exists() && need(&sealed)? != tail.bundle {
        return Err(EvidenceError::damaged(&sealed, "it is not what the tail holds"));
    }
    Ok(())
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
fn open_intents(dir: &Path, tails: &Tails<'_>) -> Result<BTreeSet<u64>, EvidenceError> {
    let mut scan = Scan::default();
    let mut index = tails.start + tails.entries.len() as u64;
    for (entry, _) in tails.entries.iter().rev() {
        index -= 1;
        if scan.step(dir, index, entry)? {
            return Ok(scan.open);
        }
    }
    for bundle in (0..tails.start / TILE_WIDTH as u64).rev() {
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
