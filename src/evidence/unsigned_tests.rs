//! Records that nobody signed: refused where no crash explains them, counted where one may.

use std::fs;
use std::path::Path;

use super::fixture::*;
use super::*;

fn opening(adopted: u64) -> Record {
    Record::EpochOpen {
        time: time(),
        evaluator: "mcppc 0".to_owned(),
        durability: "strict".to_owned(),
        adopted,
    }
}

fn loading() -> Record {
    Record::PolicyLoad {
        time: time(),
        artifact: crate::table::Digest::of(&artifact()),
        policy: "acme/test".to_owned(),
    }
}

/// What whoever may write to the folder can do without the key.
fn add(dir: &Path, records: &[Record]) {
    let path = dir.join("tail");
    let mut bytes = fs::read(&path).unwrap();
    for record in records {
        let line = entry::encode(record).unwrap().line;
        bytes.extend(tail::frame(&line, &tree::leaf_hash(&line)));
    }
    fs::write(path, bytes).unwrap();
}

/// A closed log of `records` records.
fn closed(records: u64) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let Opened { log, .. } = open(dir.path());
    load(&log);
    for _ in 3..records {
        log.append(&refused()).unwrap();
    }
    log.close(time()).unwrap();
    dir
}

#[test]
fn what_is_added_to_a_closed_log_is_never_signed() {
    let call = call(READ.as_bytes());
    for size in [3, 255, 256, 257] {
        let epoch = |index| {
            let close = Record::EpochClose { time: time() };
            [opening(0), loading(), call.clone(), outcome(index), close]
        };
        let dir = closed(size);
        // The tail takes no more than fills its bundle.
        let room = if size < 256 { 256 - size } else { 512 - size };
        let added = &epoch(size + 2)[..room.min(5) as usize];
        add(dir.path(), added);
        let note = fs::read(dir.path().join("checkpoint")).unwrap();
        let opened = Log::open(dir.path(), options(Durability::Strict));
        if added.len() == 1 {
            // What a crash leaves, too.
            assert_eq!(opened.unwrap().recovered.adopted, 1);
            continue;
        }
        assert!(
            matches!(opened, Err(EvidenceError::Damaged { .. })),
            "{size}: {opened:?}"
        );
        assert_eq!(fs::read(dir.path().join("checkpoint")).unwrap(), note);
        assert_eq!(check(dir.path()).verdict(), Verdict::Partial);
    }
}

#[test]
fn a_crash_before_the_opening_is_signed() {
    for size in [3, 254, 255, 256] {
        // And once more, in the start that mends it.
        for openings in [1, 2] {
            let dir = closed(size);
            add(dir.path(), &vec![opening(0); openings.min(256 - size as usize % 256)]);
            let Opened { log, recovered } = open(dir.path());
            log.close(time()).unwrap();
            let report = check(dir.path());
            assert_eq!(report.verdict(), Verdict::Complete, "{size}: {report}");
            let records = recovered.adopted;
            assert!(records > 0);
            assert_eq!(
                report.adopted,
                [Adopted {
                    index: size + records,
                    records
                }]
            );
        }
    }
}

#[test]
fn what_a_crash_left_is_counted_and_said() {
    let dir = tempfile::tempdir().unwrap();
    let log = session(dir.path());
    let size = lines(dir.path()).len() as u64;
    log.checkpoint().unwrap();
    drop(log);
    add(
        dir.path(),
        &[call(READ.as_bytes()), outcome(size), call(READ.as_bytes())],
    );
    let Opened { log, recovered } = open(dir.path());
    assert_eq!((recovered.adopted, recovered.unresolved), (3, 1));
    log.close(time()).unwrap();
    let report = check(dir.path());
    assert_eq!(report.verdict(), Verdict::Complete, "{report}");
    assert_eq!(
        report.adopted,
        [Adopted {
            index: size + 4,
            records: 3
        }]
    );
    let line = format!(
        "  adopted    3 records that nobody had signed, by record {}\n",
        size + 4
    );
    assert!(report.to_string().ends_with(&line), "{report}");
    let opening: serde_json::Value = serde_json::from_slice(&lines(dir.path())[size as usize + 4]).unwrap();
    assert_eq!(opening["adopted"], 3);
}

/// A crash in the start that mends a crash: its records are counted once.
#[test]
fn two_crashes_in_a_row() {
    let dir = tempfile::tempdir().unwrap();
    let log = session(dir.path());
    log.checkpoint().unwrap();
    drop(log);
    let size = lines(dir.path()).len() as u64;
    add(dir.path(), &[refused(), opening(1)]);
    open(dir.path()).log.close(time()).unwrap();
    let report = check(dir.path());
    assert_eq!(
        report.adopted,
        [Adopted {
            index: size + 2,
            records: 2
        }]
    );
}

#[test]
fn more_than_there_are() {
    let dir = closed(3);
    let mut all = lines(dir.path());
    all[0] = entry::encode(&opening(1)).unwrap().line;
    forge(dir.path(), &all, &signer());
    assert_eq!(check(dir.path()).verdict(), Verdict::Tampered);
}
