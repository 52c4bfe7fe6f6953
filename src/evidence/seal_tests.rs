//! Full tails are sealed behind the back of the calls: what is between them and their bundles is never lost.

use std::fs;
use std::path::Path;
use std::sync::MutexGuard;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::clerk::Published;
use super::fixture::*;
use super::writer::lock;
use super::*;

/// While this is held, nothing is sealed and nothing is signed.
fn hold_the_clerk(log: &Log) -> MutexGuard<'_, Published> {
    log.writer.published.lock().unwrap()
}

/// A log of two records.
fn begin(dir: &Path, durability: Durability) -> Log {
    let Opened { log, .. } = Log::open(dir, options(durability)).unwrap();
    load(&log);
    log
}

fn append(log: &Log, count: u64) {
    for _ in 0..count {
        log.append(&refused()).unwrap();
    }
}

fn size(log: &Log) -> u64 {
    lock(&log.writer.state).unwrap().tree.size()
}

fn wait_for(what: &str, mut done: impl FnMut() -> bool) {
    let start = Instant::now();
    while !done() {
        assert!(start.elapsed().as_secs() < 60, "{what}");
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// The folder of a log with `records` records whose clerk has not come to seal.
fn unsealed(records: u64, durability: Durability) -> tempfile::TempDir {
    let (dir, crashed) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let log = begin(dir.path(), durability);
    let held = hold_the_clerk(&log);
    append(&log, records - 2);
    log.commit(records - 1).unwrap();
    copy(dir.path(), crashed.path());
    drop(held);
    crashed
}

fn mended(dir: &Path) -> Recovered {
    let before = check(dir);
    assert_ne!(before.verdict(), Verdict::Tampered, "{before}");
    let Opened { log, recovered } = open(dir);
    assert_eq!(recovered.records, before.records);
    log.close(time()).unwrap();
    let after = check(dir);
    assert_eq!(after.verdict(), Verdict::Complete, "{after}");
    recovered
}

#[test]
fn a_crash_before_the_tail_is_sealed() {
    for records in [255, 256, 257, 300, 511, 512] {
        let dir = unsealed(records, Durability::Strict);
        assert!(!dir.path().join("tile/entries/000").exists());
        let recovered = mended(dir.path());
        assert_eq!((recovered.records, recovered.dropped_bytes), (records, 0));
    }
}

/// Each line of the table in `seal.rs`, made by hand.
#[test]
fn a_crash_at_every_step_of_sealing() {
    for step in 0..4 {
        let dir = unsealed(300, Durability::Strict);
        let sealed = tempfile::tempdir().unwrap();
        copy(dir.path(), sealed.path());
        // A start seals first; its own checkpoint is not taken over.
        drop(open(sealed.path()));
        fs::remove_dir_all(sealed.path().join("tile/entries/001.p")).unwrap();
        fs::remove_dir_all(sealed.path().join("tile/0/001.p")).unwrap();
        fs::remove_dir_all(sealed.path().join("tile/1/000.p")).unwrap();
        let at = |name: &str| dir.path().join(name);
        if step >= 1 {
            copy(&sealed.path().join("tile"), &at("tile"));
        }
        if step >= 2 {
            fs::rename(at("next"), at("tail")).unwrap();
        }
        if step >= 3 {
            fs::write(at("next"), tail::header(512)).unwrap();
        }
        assert_eq!(mended(dir.path()).records, 300);
    }
}

/// In the relaxed mode a power cut may take the end of the full tail and leave the next one.
#[test]
fn behind_what_a_power_cut_took_nothing_is_kept() {
    let dir = unsealed(300, Durability::Relaxed);
    let path = dir.path().join("tail");
    let length = fs::metadata(&path).unwrap().len();
    fs::File::options()
        .write(true)
        .open(&path)
        .unwrap()
        .set_len(length - 1)
        .unwrap();
    let recovered = mended(dir.path());
    assert_eq!(recovered.records, 255);
    assert!(recovered.dropped_bytes > 44 * 100, "{recovered:?}");
}

#[test]
fn a_next_tail_that_no_crash_leaves_is_refused() {
    for next in [
        tail::header(0),
        tail::header(256),
        tail::header(768),
        b"mcppc-tail/1".to_vec(),
    ] {
        let dir = unsealed(257, Durability::Strict);
        fs::rename(dir.path().join("next"), dir.path().join("tail")).unwrap();
        fs::write(dir.path().join("next"), next).unwrap();
        // Without its bundle the tail would be damaged anyway.
        let sealed = unsealed(257, Durability::Strict);
        drop(open(sealed.path()));
        for file in ["tile/entries/000", "tile/0/000"] {
            fs::create_dir_all(dir.path().join(file).parent().unwrap()).unwrap();
            fs::copy(sealed.path().join(file), dir.path().join(file)).unwrap();
        }
        assert_eq!(check(dir.path()).verdict(), Verdict::Tampered);
        let opened = Log::open(dir.path(), options(Durability::Strict));
        assert!(matches!(opened, Err(EvidenceError::Damaged { .. })), "{opened:?}");
    }
}

#[test]
fn a_closed_log_has_no_next_tail() {
    for records in [1, 252, 253, 254, 255, 509, 510] {
        let dir = tempfile::tempdir().unwrap();
        let log = begin(dir.path(), Durability::Strict);
        assert!(dir.path().join("next").exists());
        append(&log, records);
        log.close(time()).unwrap();
        assert!(!dir.path().join("next").exists());
        assert!(matches!(log.append(&refused()), Err(EvidenceError::Closed)));
        assert_eq!(check(dir.path()).verdict(), Verdict::Complete);
    }
}

#[test]
fn appends_wait_for_a_clerk_that_cannot_keep_up() {
    let dir = tempfile::tempdir().unwrap();
    let log = begin(dir.path(), Durability::Strict);
    std::thread::scope(|scope| {
        let held = hold_the_clerk(&log);
        for _ in 0..2 {
            scope.spawn(|| append(&log, 1000));
        }
        wait_for("two tails are filled", || size(&log) == 512);
        // A log that would not wait goes on here.
        std::thread::sleep(Duration::from_millis(50));
        assert_eq!(size(&log), 512);
        drop(held);
    });
    assert_eq!(size(&log), 2002);
    log.close(time()).unwrap();
    assert_eq!(check(dir.path()).verdict(), Verdict::Complete);
}

#[test]
fn an_append_that_waits_is_told_when_the_log_stops() {
    let dir = tempfile::tempdir().unwrap();
    let log = begin(dir.path(), Durability::Strict);
    std::thread::scope(|scope| {
        let held = hold_the_clerk(&log);
        let waits = scope.spawn(|| (0..1000).find_map(|_| log.append(&refused()).err()));
        wait_for("two tails are filled", || size(&log) == 512);
        log.writer.poison("the disk is gone".to_owned());
        let told = waits.join().unwrap();
        assert!(
            matches!(&told, Some(EvidenceError::Poisoned(why)) if why == "the disk is gone"),
            "{told:?}"
        );
        drop(held);
    });
}

/// Without its clerk a log would fill, and then wait for ever.
#[test]
fn a_clerk_that_panics_stops_the_log() {
    let dir = tempfile::tempdir().unwrap();
    let log = begin(dir.path(), Durability::Strict);
    std::thread::scope(|scope| {
        let panics = scope.spawn(|| {
            let _held = hold_the_clerk(&log);
            panic!("on purpose: the clerk finds its lock poisoned");
        });
        assert!(panics.join().is_err());
    });
    let told = (0..1000).find_map(|_| log.append(&refused()).err());
    assert!(matches!(told, Some(EvidenceError::Poisoned(_))), "{told:?}");
}

#[test]
fn a_log_is_verified_while_it_is_written() {
    let dir = tempfile::tempdir().unwrap();
    let log = begin(dir.path(), Durability::Strict);
    let enough = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !enough.load(Ordering::Relaxed) && size(&log) < 100_000 {
                append(&log, 1);
            }
        });
        let mut sizes = std::collections::BTreeSet::new();
        while sizes.len() < 10 {
            let report = check(dir.path());
            if report.verdict() == Verdict::Tampered {
                enough.store(true, Ordering::Relaxed);
                panic!("{report}");
            }
            sizes.insert(report.records);
        }
        enough.store(true, Ordering::Relaxed);
    });
}
