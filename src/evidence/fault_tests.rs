//! Every file operation fails once, and what was promised before still holds.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::disk::{Disk, RealDisk};
use super::fixture::*;
use super::*;

/// A disk on which one operation fails, and that knows what a power cut would leave.
#[derive(Default)]
struct FaultyDisk {
    /// How many operations were asked for.
    asked: AtomicUsize,
    /// Which one fails, from 1; 0 for none.
    fails: AtomicUsize,
    /// All from that one on fail: the disk is full, or gone.
    for_good: bool,
    /// No file can be made whose path has this in it.
    broken: Mutex<Option<&'static str>>,
    full: bool,
    /// By inode, the length that was synced.
    synced: Mutex<HashMap<u64, u64>>,
}

impl FaultyDisk {
    fn ask(&self) -> io::Result<()> {
        let number = self.asked.fetch_add(1, Ordering::SeqCst) + 1;
        match self.fails.load(Ordering::SeqCst) {
            0 => Ok(()),
            fails if number == fails || (self.for_good && number > fails) => Err(self.error()),
            _ => Ok(()),
        }
    }

    fn error(&self) -> io::Error {
        if self.full {
            io::ErrorKind::StorageFull.into()
        } else {
            io::Error::other("the disk fails")
        }
    }

    /// Takes from the tails what was never synced.
    fn cut_power(&self, dir: &Path) {
        for name in ["tail", "next"] {
            let Ok(tail) = File::options().write(true).open(dir.join(name)) else {
                continue;
            };
            let metadata = tail.metadata().unwrap();
            let length = self.synced.lock().unwrap().get(&metadata.ino()).copied();
            if let Some(length) = length {
                tail.set_len(length.min(metadata.len())).unwrap();
            }
        }
    }
}

impl Disk for FaultyDisk {
    fn create_dir(&self, path: &Path) -> io::Result<()> {
        self.ask().and_then(|()| RealDisk.create_dir(path))
    }
    fn create(&self, path: &Path) -> io::Result<File> {
        let broken = *self.broken.lock().unwrap();
        if broken.is_some_and(|part| path.to_str().unwrap().contains(part)) {
            return Err(self.error());
        }
        self.ask().and_then(|()| RealDisk.create(path))
    }
    fn open_or_create(&self, path: &Path) -> io::Result<File> {
        self.ask().and_then(|()| RealDisk.open_or_create(path))
    }
    fn open_append(&self, path: &Path) -> io::Result<File> {
        self.ask()?;
        let file = RealDisk.open_append(path)?;
        let metadata = file.metadata()?;
        // What was there when it was opened is taken as synced: `publish` synced it, or an earlier process did.
        self.synced.lock().unwrap().insert(metadata.ino(), metadata.len());
        Ok(file)
    }
    fn write(&self, file: &File, bytes: &[u8]) -> io::Result<()> {
        if let Err(error) = self.ask() {
            // A write that fails has written some of it.
            RealDisk.write(file, &bytes[..bytes.len() / 2])?;
            return Err(error);
        }
        RealDisk.write(file, bytes)
    }
    fn sync(&self, file: &File) -> io::Result<()> {
        self.ask()?;
        let metadata = file.metadata()?;
        RealDisk.sync(file)?;
        self.synced.lock().unwrap().insert(metadata.ino(), metadata.len());
        Ok(())
    }
    fn truncate(&self, file: &File, length: u64) -> io::Result<()> {
        self.ask().and_then(|()| RealDisk.truncate(file, length))
    }
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.ask().and_then(|()| RealDisk.rename(from, to))
    }
    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        self.ask().and_then(|()| RealDisk.sync_dir(path))
    }
    fn remove(&self, path: &Path) -> io::Result<()> {
        // A full disk still removes.
        if self.full { Ok(()) } else { self.ask() }.and_then(|()| RealDisk.remove(path))
    }
    fn allocate(&self, file: &File, length: u64) -> io::Result<()> {
        self.ask().and_then(|()| RealDisk.allocate(file, length))
    }
}

fn open_on(dir: &Path, disk: &Arc<FaultyDisk>) -> Result<Log, EvidenceError> {
    let disk: Arc<dyn Disk> = Arc::clone(disk) as _;
    recover::open(dir, options(Durability::Strict), disk).map(|opened| opened.log)
}

/// Two calls, a checkpoint, and more calls; where the log had 248 records, these fill a bundle, and go on while the
/// clerk has not sealed it. Counts what was promised: the records that were committed.
fn use_log(log: &Log, promised: &mut u64) -> Result<(), EvidenceError> {
    let artifact = log.store_artifact(&artifact())?;
    log.append(&Record::PolicyLoad {
        time: time(),
        artifact,
        policy: "acme/test".to_owned(),
    })?;
    let mut held = None;
    for round in 0..6 {
        let index = log.append(&call(READ.as_bytes()))?;
        log.commit(index)?;
        *promised = index + 1;
        let index = log.append(&outcome(index))?;
        log.commit(index)?;
        *promised = index + 1;
        if round == 1 {
            log.checkpoint()?;
            held = Some(log.writer.published.lock());
        }
    }
    drop(held);
    log.close(time())
}

/// A closed log of 248 records.
fn base() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let Opened { log, .. } = open(dir.path());
    load(&log);
    for _ in 0..245 {
        log.append(&refused()).unwrap();
    }
    log.close(time()).unwrap();
    dir
}

/// One run on a disk that fails; returns how many operations were asked for.
fn run(base: &Path, disk: FaultyDisk) -> usize {
    let dir = tempfile::tempdir().unwrap();
    copy(base, dir.path());
    let disk = Arc::new(disk);
    let mut promised = 0;
    let done = open_on(dir.path(), &disk).and_then(|log| {
        let done = use_log(&log, &mut promised);
        if done.is_err() && !disk.full {
            // One failure, and it takes nothing more, though the disk would.
            let poisoned = |result| matches!(result, Err(EvidenceError::Poisoned(_)));
            assert!(poisoned(log.append(&refused())), "{done:?}");
            assert!(poisoned(log.commit(0).map(|()| 0)));
        }
        done
    });
    let asked = disk.asked.load(Ordering::SeqCst);
    let fails = disk.fails.load(Ordering::SeqCst);
    if (1..=asked).contains(&fails) {
        assert!(done.is_err(), "a failure was passed over");
    }
    disk.cut_power(dir.path());
    if dir.path().join("tail").exists() {
        let before = check(dir.path());
        assert_ne!(before.verdict(), Verdict::Tampered, "{fails}: {before}");
        assert!(
            before.records >= promised,
            "{fails}: {promised} were promised: {before}"
        );
    }
    open(dir.path()).log.close(time()).unwrap();
    let after = check(dir.path());
    assert_eq!(after.verdict(), Verdict::Complete, "{fails}: {after}");
    asked
}

#[test]
fn every_operation_fails_once() {
    let base = base();
    let count = run(base.path(), FaultyDisk::default());
    assert!(count > 60, "{count}");
    for fails in 1..=count {
        run(
            base.path(),
            FaultyDisk {
                fails: fails.into(),
                ..FaultyDisk::default()
            },
        );
    }
}

#[test]
fn a_new_log_is_begun_over_any_failure() {
    let base = tempfile::tempdir().unwrap();
    for fails in 1..30 {
        run(
            base.path(),
            FaultyDisk {
                fails: fails.into(),
                for_good: true,
                ..FaultyDisk::default()
            },
        );
    }
}

#[test]
fn a_full_disk_takes_what_closes_and_nothing_else() {
    let dir = tempfile::tempdir().unwrap();
    let disk = Arc::new(FaultyDisk {
        full: true,
        ..FaultyDisk::default()
    });
    let log = open_on(dir.path(), &disk).unwrap();
    load(&log);
    let open = log.append(&call(READ.as_bytes())).unwrap();
    log.commit(open).unwrap();
    disk.fails
        .store(disk.asked.load(Ordering::SeqCst) + 1, Ordering::SeqCst);
    let full = log.append(&refused());
    assert!(matches!(full, Err(EvidenceError::Full)), "{full:?}");
    assert!(!dir.path().join("reserve").exists());
    assert!(matches!(log.append(&call(READ.as_bytes())), Err(EvidenceError::Full)));
    let index = log.append(&outcome(open)).unwrap();
    log.commit(index).unwrap();
    log.close(time()).unwrap();
    let report = check(dir.path());
    assert_eq!((report.verdict(), report.outcomes), (Verdict::Complete, 1), "{report}");
}

/// A failed sync is not asked for again: the system would say that all is well.
#[test]
fn a_failed_sync_is_final() {
    let base = base();
    let dir = tempfile::tempdir().unwrap();
    copy(base.path(), dir.path());
    let disk = Arc::new(FaultyDisk::default());
    let log = open_on(dir.path(), &disk).unwrap();
    let asked = disk.asked.load(Ordering::SeqCst);
    drop(log);
    fs::remove_dir_all(dir.path()).unwrap();
    copy(base.path(), dir.path());
    let disk = Arc::new(FaultyDisk {
        fails: (asked + 2).into(),
        ..FaultyDisk::default()
    });
    let log = open_on(dir.path(), &disk).unwrap();
    let index = log.append(&refused()).unwrap();
    assert!(matches!(
        log.commit(index),
        Err(EvidenceError::Io { doing: "sync", .. })
    ));
    for _ in 0..3 {
        assert!(matches!(log.commit(index), Err(EvidenceError::Poisoned(_))));
    }
    assert!(log.checkpoint().is_err() && log.close(time()).is_err());
    assert_eq!(disk.asked.load(Ordering::SeqCst), asked + 2);
}

/// Nobody waits for the clerk to seal; that it failed is seen all the same.
#[test]
fn a_failed_sealing_stops_the_log() {
    for broken in ["tile/entries", "tile/0", "next"] {
        let dir = tempfile::tempdir().unwrap();
        let disk = Arc::new(FaultyDisk::default());
        let log = open_on(dir.path(), &disk).unwrap();
        load(&log);
        // The clerk waits until the tail is full, however long that takes here.
        let held = log.writer.published.lock().unwrap();
        for _ in 2..256 {
            log.append(&refused()).unwrap();
        }
        *disk.broken.lock().unwrap() = Some(broken);
        drop(held);
        let start = std::time::Instant::now();
        while log.writer.check().is_ok() {
            assert!(start.elapsed().as_secs() < 60, "nothing was sealed");
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
        let told = log.append(&call(READ.as_bytes()));
        assert!(
            matches!(&told, Err(EvidenceError::Poisoned(why)) if why.contains(broken)),
            "{told:?}"
        );
        assert!(matches!(log.commit(255), Err(EvidenceError::Poisoned(_))));
        assert!(log.checkpoint().is_err() && log.close(time()).is_err());
        drop(log);
        let report = check(dir.path());
        assert_eq!((report.verdict(), report.records), (Verdict::Partial, 256), "{report}");
        open(dir.path()).log.close(time()).unwrap();
        assert_eq!(check(dir.path()).verdict(), Verdict::Complete);
    }
}

/// The disk fills while the clerk seals: what was begun can still be closed.
#[test]
fn a_sealing_takes_from_the_reserve() {
    let dir = tempfile::tempdir().unwrap();
    let disk = Arc::new(FaultyDisk {
        full: true,
        ..FaultyDisk::default()
    });
    let log = open_on(dir.path(), &disk).unwrap();
    load(&log);
    let open = log.append(&call(READ.as_bytes())).unwrap();
    let held = log.writer.published.lock().unwrap();
    while log.append(&refused()).unwrap() < 300 {}
    log.commit(300).unwrap();
    // The next that is asked of the disk is to make the folder of the bundle.
    disk.fails
        .store(disk.asked.load(Ordering::SeqCst) + 1, Ordering::SeqCst);
    drop(held);
    log.checkpoint().unwrap();
    assert!(!dir.path().join("reserve").exists());
    assert!(matches!(log.append(&refused()), Err(EvidenceError::Full)));
    log.append(&outcome(open)).unwrap();
    log.close(time()).unwrap();
    assert_eq!(check(dir.path()).verdict(), Verdict::Complete);
}
