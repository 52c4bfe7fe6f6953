//! The thread that seals full tails and signs checkpoints, so that no call waits for either.

use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::EvidenceError;
use super::checkpoint::Checkpoint;
use super::disk;
use super::tile::entries_path;
use super::tree::{TILE_WIDTH, Tree};
use super::writer::{Writer, lock};

/// How long a record waits for a checkpoint at most. It bounds what a stolen disk could lose unseen, and in the
/// relaxed mode what a crash of the machine does.
const PERIOD: Duration = Duration::from_secs(1);

/// What the last checkpoint put into the folder.
pub(super) struct Published {
    /// Its size.
    pub size: u64,
    /// Its partial tiles: replaced by those of the next.
    pub partial: Vec<PathBuf>,
}

/// Tells the clerk what there is to do.
#[derive(Default)]
pub(super) struct Bell {
    calls: Mutex<Calls>,
    rung: Condvar,
}

#[derive(Default)]
struct Calls {
    /// Since when there is a record without a checkpoint.
    unsigned: Option<Instant>,
    /// There is a full tail.
    full: bool,
    stop: bool,
}

enum Task {
    Seal,
    Sign,
}

impl Bell {
    /// There is a record more, or a `full` tail.
    pub(super) fn ring(&self, full: bool) {
        let mut calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        let news = full || calls.unsigned.is_none();
        calls.unsigned.get_or_insert_with(Instant::now);
        calls.full |= full;
        if news {
            self.rung.notify_all();
        }
    }

    /// The clerk is to end.
    pub(super) fn stop(&self) {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner).stop = true;
        self.rung.notify_all();
    }

    /// Waits for the next task; `None` where the clerk is to end. To sign goes before to seal, so that checkpoints
    /// come however fast tails fill.
    fn wait(&self) -> Option<Task> {
        let mut calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        while !calls.stop {
            let left = calls.unsigned.map(|since| PERIOD.saturating_sub(since.elapsed()));
            if left == Some(Duration::ZERO) {
                calls.unsigned = None;
                return Some(Task::Sign);
            }
            if std::mem::take(&mut calls.full) {
                return Some(Task::Seal);
            }
            calls = match left {
                Some(left) => {
                    let waited = self.rung.wait_timeout(calls, left);
                    waited.unwrap_or_else(PoisonError::into_inner).0
                }
                None => self.rung.wait(calls).unwrap_or_else(PoisonError::into_inner),
            };
        }
        None
    }
}

/// Starts the clerk.
pub(super) fn start(writer: &Arc<Writer>) -> std::io::Result<JoinHandle<()>> {
    let writer = Arc::clone(writer);
    std::thread::Builder::new().name("evidence".to_owned()).spawn(move || {
        let clerk = Clerk(&writer);
        while let Some(task) = writer.bell.wait()
            && clerk.does(&task).is_ok()
        {}
    })
}

struct Clerk<'a>(&'a Writer);

impl Clerk<'_> {
    fn does(&self, task: &Task) -> Result<(), EvidenceError> {
        match task {
            Task::Seal => self.0.seal(),
            Task::Sign => self.0.checkpoint(),
        }
    }
}

impl Drop for Clerk<'_> {
    /// However it ends, by a panic too: nobody seals any more, and an append that waited for it would wait for ever.
    fn drop(&mut self) {
        self.0.poison("its clerk has ended".to_owned());
    }
}

impl Writer {
    /// Seals what is full, puts the partial tiles in place, and signs the head.
    pub(super) fn checkpoint(&self) -> Result<(), EvidenceError> {
        let mut published = lock(&self.published)?;
        self.check()?;
        let (tree, bundle) = {
            let state = lock(&self.state)?;
            (state.tree.clone(), state.tail.bundle.clone())
        };
        if tree.size() == published.size {
            return Ok(());
        }
        self.seal_up_to(tree.size())?;
        self.make_durable(tree.size())?;
        let done = self.with_reserve(|| self.put_head(&tree, &bundle));
        self.try_io("write", "checkpoint", done)?;
        let partial = partial_paths(&tree);
        for old in published.partial.iter().filter(|old| !partial.contains(old)) {
            self.try_io("remove", "tile", self.remove_partial(old))?;
        }
        *published = Published {
            size: tree.size(),
            partial,
        };
        Ok(())
    }

    fn put_head(&self, tree: &Tree, bundle: &[u8]) -> std::io::Result<()> {
        for tile in tree.partial_tiles() {
            disk::publish(&*self.disk, &self.dir.join(tile.path()), &tile.to_bytes())?;
        }
        if let Some(path) = partial_bundle(tree) {
            disk::publish(&*self.disk, &self.dir.join(path), bundle)?;
        }
        let checkpoint = Checkpoint {
            origin: self.origin.clone(),
            size: tree.size(),
            root: tree.root(),
        };
        let note = checkpoint.sign(&self.signer).map_err(std::io::Error::other)?;
        disk::publish(&*self.disk, &self.dir.join("checkpoint"), note.as_bytes())
    }

    fn remove_partial(&self, path: &std::path::Path) -> std::io::Result<()> {
        let path = self.dir.join(path);
        match self.disk.remove(&path) {
            // A crash may have come between its removal and this one.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            other => other?,
        }
        if let Some(folder) = disk::partial_folder(&path) {
            // Others may still be in it: then it stays.
            drop(std::fs::remove_dir(folder));
        }
        Ok(())
    }
}

fn partial_bundle(tree: &Tree) -> Option<String> {
    let width = tree.size() % TILE_WIDTH as u64;
    let index = tree.size() / TILE_WIDTH as u64;
    (width > 0).then(|| entries_path(index, usize::try_from(width).unwrap_or(0)))
}

/// The partial tiles of a tree, within the log.
pub(super) fn partial_paths(tree: &Tree) -> Vec<PathBuf> {
    let hashes = tree.partial_tiles().into_iter().map(|tile| tile.path());
    hashes.chain(partial_bundle(tree)).map(PathBuf::from).collect()
}
