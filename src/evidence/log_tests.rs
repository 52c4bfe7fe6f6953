//! The log as its users see it: what is appended is there, whatever happens between.

use std::fs;
use std::path::Path;

use super::fixture::*;
use super::*;
use crate::eval::Reason;
use crate::table::Digest;

/// An intent over a message of `size` bytes.
fn intent(allow: bool, size: usize) -> Record {
    let message = "x".repeat(size);
    let digest = Digest::of(message.as_bytes());
    Record::Intent(Intent {
        message: Some(Message::new(message.as_bytes())),
        digest,
        size: size as u64,
        allow,
        reason: if allow { Reason::Allowed } else { Reason::NoGrant },
        forwarded: allow.then_some(digest),
        ..decided(READ.as_bytes())
    })
}

/// The records of a log's folder, read with the formats' own functions only.
fn records(dir: &Path) -> Vec<Record> {
    let (tail, next) = (need(dir, "tail"), disk::read(&dir.join("next")).unwrap());
    let tails = tail::read(&tail, next.as_deref()).unwrap();
    let mut lines = Vec::new();
    for index in 0..tails.start / 256 {
        let bundle = need(dir, &tile::entries_path(index, 256));
        lines.extend(tile::read_bundle(&bundle).unwrap().iter().map(|line| line.to_vec()));
    }
    lines.extend(tails.entries.iter().map(|(line, _)| line.to_vec()));
    lines.iter().map(|line| decode(dir, line)).collect()
}

fn need(dir: &Path, name: &str) -> Vec<u8> {
    fs::read(dir.join(name)).unwrap()
}

fn decode(dir: &Path, line: &[u8]) -> Record {
    match entry::decode(line).unwrap() {
        entry::Decoded::Record(record) => *record,
        entry::Decoded::Large(digest) => {
            let bytes = fs::read(dir.join("blobs").join(digest.hex())).unwrap();
            assert_eq!(Digest::of(&bytes), digest);
            entry::decode_record(&bytes).unwrap()
        }
    }
}

fn kinds(records: &[Record]) -> Vec<&'static str> {
    let kind = |record: &Record| match record {
        Record::EpochOpen { .. } => "open",
        Record::Intent(_) => "intent",
        Record::Outcome(_) => "outcome",
        Record::Unresolved { .. } => "unresolved",
        Record::EpochClose { .. } => "close",
        _ => "other",
    };
    records.iter().map(kind).collect()
}

#[test]
fn what_is_appended_is_there() {
    let dir = tempfile::tempdir().unwrap();
    let Opened { log, recovered } = open(dir.path());
    assert_eq!(recovered, Recovered::default());
    let call = log.append(&intent(true, 10)).unwrap();
    log.commit(call).unwrap();
    log.append(&outcome(call)).unwrap();
    log.append(&intent(false, 10)).unwrap();
    log.close(time()).unwrap();
    assert!(matches!(log.append(&intent(false, 1)), Err(EvidenceError::Closed)));
    let found = records(dir.path());
    assert_eq!(kinds(&found), ["open", "intent", "outcome", "intent", "close"]);
    assert_eq!(found[1], intent(true, 10));
}

#[test]
fn a_log_goes_on_over_bundles_and_restarts() {
    let dir = tempfile::tempdir().unwrap();
    let mut expected = 0;
    for round in [250, 3, 1, 255, 256, 257, 600] {
        let Opened { log, recovered } = open(dir.path());
        assert_eq!((recovered.records, recovered.unresolved), (expected, 0));
        for _ in 0..round {
            log.append(&intent(false, 10)).unwrap();
        }
        log.close(time()).unwrap();
        expected += round + 2;
    }
    assert_eq!(records(dir.path()).len() as u64, expected);
    let note = fs::read_to_string(dir.path().join("checkpoint")).unwrap();
    let key = options(Durability::Strict).signer.verifier().clone();
    assert_eq!(Checkpoint::open(&note, &key).unwrap().size, expected);
}

#[test]
fn a_log_that_was_not_closed_gets_unresolved() {
    let dir = tempfile::tempdir().unwrap();
    let Opened { log, .. } = open(dir.path());
    let first = log.append(&intent(true, 10)).unwrap();
    for _ in 0..600 {
        log.append(&intent(false, 10)).unwrap();
    }
    let answered = log.append(&intent(true, 10)).unwrap();
    log.append(&outcome(answered)).unwrap();
    let last = log.append(&intent(true, 10)).unwrap();
    drop(log);
    let Opened { log, recovered } = open(dir.path());
    assert_eq!((recovered.records, recovered.unresolved), (605, 2));
    let found = records(dir.path());
    let unresolved = |intent| Record::Unresolved { time: time(), intent };
    assert_eq!(found[605..607], [unresolved(first), unresolved(last)]);
    assert_eq!(kinds(&found[607..]), ["open"]);
    // And once only.
    drop(log);
    assert_eq!(open(dir.path()).recovered.unresolved, 0);
}

#[test]
fn an_intent_that_is_open_at_the_close_gets_unresolved() {
    let dir = tempfile::tempdir().unwrap();
    let Opened { log, .. } = open(dir.path());
    log.append(&intent(true, 10)).unwrap();
    log.close(time()).unwrap();
    assert_eq!(kinds(&records(dir.path())), ["open", "intent", "unresolved", "close"]);
}

#[test]
fn one_outcome_for_one_allowed_intent() {
    let dir = tempfile::tempdir().unwrap();
    let Opened { log, .. } = open(dir.path());
    let allowed = log.append(&intent(true, 1)).unwrap();
    let denied = log.append(&intent(false, 1)).unwrap();
    log.append(&outcome(allowed)).unwrap();
    for wrong in [allowed, denied, 0, 99] {
        assert!(
            matches!(log.append(&outcome(wrong)), Err(EvidenceError::Misuse(_))),
            "{wrong}"
        );
    }
    log.append(&intent(false, 1)).unwrap();
    assert_eq!(
        kinds(&records(dir.path())),
        ["open", "intent", "intent", "outcome", "intent"]
    );
}

#[test]
fn a_record_of_any_size_is_kept() {
    let dir = tempfile::tempdir().unwrap();
    let Opened { log, .. } = open(dir.path());
    let line = serde_json::to_vec(&intent(false, 0)).unwrap().len();
    // `size` grows by four digits with the message.
    let fits = tile::MAX_ENTRY - line - 4;
    for size in [fits, fits + 1, 4 << 20] {
        log.append(&intent(false, size)).unwrap();
    }
    let found = records(dir.path());
    assert_eq!(
        found[1..],
        [intent(false, fits), intent(false, fits + 1), intent(false, 4 << 20)]
    );
    assert_eq!(fs::read_dir(dir.path().join("blobs")).unwrap().count(), 2);
}

#[test]
fn one_writer() {
    let dir = tempfile::tempdir().unwrap();
    let first = open(dir.path());
    let second = Log::open(dir.path(), options(Durability::Strict));
    assert!(matches!(second, Err(EvidenceError::Locked(_))));
    drop(first);
    open(dir.path());
}

#[test]
fn artifacts_are_kept_by_digest() {
    let dir = tempfile::tempdir().unwrap();
    let Opened { log, .. } = open(dir.path());
    let digest = log.store_artifact(b"artifact").unwrap();
    log.store_artifact(b"artifact").unwrap();
    let path = dir.path().join(format!("artifacts/{}.mcppb", digest.hex()));
    assert_eq!(fs::read(path).unwrap(), b"artifact");
}

#[test]
fn only_its_owner_may_read_it() {
    use std::os::unix::fs::PermissionsExt as _;
    let base = tempfile::tempdir().unwrap();
    let dir = base.path().join("log");
    let Opened { log, .. } = open(&dir);
    log.append(&intent(false, 100_000)).unwrap();
    log.store_artifact(b"artifact").unwrap();
    log.close(time()).unwrap();
    let mut folders = vec![dir];
    while let Some(folder) = folders.pop() {
        assert_eq!(fs::metadata(&folder).unwrap().permissions().mode() & 0o777, 0o700);
        for entry in fs::read_dir(folder).unwrap() {
            let (path, metadata) = entry.map(|e| (e.path(), e.metadata().unwrap())).unwrap();
            if metadata.is_dir() {
                folders.push(path);
            } else {
                assert_eq!(metadata.permissions().mode() & 0o777, 0o600, "{path:?}");
            }
        }
    }
}

/// A link in the folder is not followed: the file that it leads to stays as it is.
#[test]
fn nothing_is_written_through_a_link() {
    let base = tempfile::tempdir().unwrap();
    let victim = base.path().join("victim");
    fs::write(&victim, "precious").unwrap();
    for name in ["lock", "reserve", "checkpoint.tmp", "tail.tmp"] {
        let dir = base.path().join(name);
        disk::create_dirs(&disk::RealDisk, &dir).unwrap();
        std::os::unix::fs::symlink(&victim, dir.join(name)).unwrap();
        let opened = Log::open(&dir, options(Durability::Strict));
        assert!(matches!(opened, Err(EvidenceError::Io { .. })), "{name}: {opened:?}");
        assert_eq!(fs::read_to_string(&victim).unwrap(), "precious", "{name}");
    }
}

#[test]
fn a_folder_that_others_may_write_to_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = tempfile::tempdir().unwrap();
    for mode in [0o720, 0o702, 0o1777] {
        fs::set_permissions(dir.path(), fs::Permissions::from_mode(mode)).unwrap();
        let refused = Log::open(dir.path(), options(Durability::Strict));
        assert!(
            matches!(refused, Err(EvidenceError::Folder { .. })),
            "{mode:o}: {refused:?}"
        );
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0, "something was written");
    }
    fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o755)).unwrap();
    open(dir.path());
}

#[test]
fn two_threads_append_and_commit() {
    for durability in [Durability::Strict, Durability::Relaxed] {
        let dir = tempfile::tempdir().unwrap();
        let Opened { log, .. } = Log::open(dir.path(), options(durability)).unwrap();
        std::thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    for _ in 0..300 {
                        let call = log.append(&intent(true, 100)).unwrap();
                        log.commit(call).unwrap();
                        let answer = log.append(&outcome(call)).unwrap();
                        log.commit(answer).unwrap();
                        assert!(answer > call);
                    }
                });
            }
        });
        log.close(time()).unwrap();
        let found = records(dir.path());
        assert_eq!(found.len(), 1202);
        assert!(!kinds(&found).contains(&"unresolved"));
    }
}

#[test]
fn a_checkpoint_comes_by_itself() {
    let dir = tempfile::tempdir().unwrap();
    let Opened { log, .. } = Log::open(dir.path(), options(Durability::Relaxed)).unwrap();
    let call = log.append(&intent(false, 1)).unwrap();
    let signed = || {
        let note = fs::read_to_string(dir.path().join("checkpoint")).unwrap();
        Checkpoint::claimed(&note).unwrap().size
    };
    assert_eq!(signed(), call);
    let start = std::time::Instant::now();
    while signed() == call {
        assert!(start.elapsed().as_secs() < 20, "no checkpoint");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    assert_eq!(signed(), call + 1);
}
