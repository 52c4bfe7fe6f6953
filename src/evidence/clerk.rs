//! The thread that signs checkpoints, so that no call waits for one.

use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::EvidenceError;
use super::checkpoint::Checkpoint;
use super::disk;
use super::log::{Inner, Phase, is_full, lock};
use super::tile::entries_path;
use super::tree::{TILE_WIDTH, Tree};

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

/// Tells the clerk that there is something to sign.
#[derive(Default)]
pub(super) struct Bell {
    calls: Mutex<Calls>,
    rung: Condvar,
}

#[derive(Default)]
struct Calls {
    /// There is a record without a checkpoint.
    waiting: bool,
    stop: bool,
}

impl Bell {
    /// There is a record more.
    pub(super) fn ring(&self) {
        let mut calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        if !std::mem::replace(&mut calls.waiting, true) {
            self.rung.notify_all();
        }
    }

    /// The clerk is to end.
    pub(super) fn stop(&self) {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner).stop = true;
        self.rung.notify_all();
    }

    /// Waits for a record, and then up to `PERIOD` for more; `false` where the clerk is to end.
    fn wait(&self) -> bool {
        let calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        let calls = self.rung.wait_while(calls, |c| !c.waiting && !c.stop);
        let mut calls = calls.unwrap_or_else(PoisonError::into_inner);
        let until = Instant::now() + PERIOD;
        while !calls.stop {
            let Some(left) = until.checked_duration_since(Instant::now()) else {
                break;
            };
            let waited = self.rung.wait_timeout(calls, left);
            calls = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        calls.waiting = false;
        !calls.stop
    }
}

/// Starts the clerk.
pub(super) fn start(inner: &Arc<Inner>) -> std::io::Result<JoinHandle<()>> {
    let inner = Arc::clone(inner);
    std::thread::Builder::new()
        .name("evidence".to_owned())
        .spawn(move || while inner.bell.wait() && inner.checkpoint().is_ok() {})
}

impl Inner {
    /// Syncs what was written, puts the partial tiles in place, and signs the head.
    pub(super) fn checkpoint(&self) -> Result<(), EvidenceError> {
        let mut published = lock(&self.published)?;
        self.check()?;
        let (tree, bundle, tail) = {
            let state = lock(&self.state)?;
            (state.tree.clone(), state.bundle.clone(), Arc::clone(&state.tail))
        };
        if tree.size() == published.size {
            return Ok(());
        }
        let mut done = self.put_head(&tree, &bundle, &tail);
        if is_full(&done) {
            let mut state = lock(&self.state)?;
            if state.phase == Phase::Running {
                self.release_reserve(&mut state)?;
                drop(state);
                done = self.put_head(&tree, &bundle, &tail);
            }
        }
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

    fn put_head(&self, tree: &Tree, bundle: &[u8], tail: &std::fs::File) -> std::io::Result<()> {
        self.disk.sync(tail)?;
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
