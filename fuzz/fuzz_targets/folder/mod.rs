//! A folder in memory, for a log.
#![allow(dead_code, reason = "each target uses a part of it")]

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use jiff::Timestamp;
use mcppc::evidence::{Durability, Log, LogOptions, Record, Signer, VerifierKey};

pub const NOW: Timestamp = Timestamp::UNIX_EPOCH;

/// An artifact, and records made under it: of `fixtures/evidence/golden`.
pub static ARTIFACT: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let folder = format!("{GOLDEN}/artifacts");
    let mut artifacts = fs::read_dir(folder).expect("the golden log is there");
    let artifact = artifacts.next().expect("it has an artifact").expect("it can be listed");
    fs::read(artifact.path()).expect("it can be read")
});

const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/evidence/golden");

/// The files of a small log that was closed, by name.
pub static LOG: LazyLock<BTreeMap<String, Vec<u8>>> = LazyLock::new(|| {
    let folder = Folder::empty();
    let log = Log::open(folder.path(), options()).expect("a log is begun").log;
    log.store_artifact(&ARTIFACT).expect("there is room");
    let mut calls = Vec::new();
    for mut record in records() {
        match &mut record {
            Record::PolicyLoad { .. } | Record::Intent(_) => {}
            Record::Outcome(outcome) if calls.len() == 1 => outcome.intent = calls[0],
            _ => continue,
        }
        let index = log.append(&record).expect("it may come next");
        if matches!(&record, Record::Intent(intent) if intent.allow) {
            calls.push(index);
        }
    }
    log.close(NOW).expect("it is closed");
    drop(log);
    folder.files()
});

/// Some records of the golden log, as they stand in its first bundle.
fn records() -> Vec<Record> {
    let bundle = fs::read(format!("{GOLDEN}/tile/entries/000")).expect("the golden log is there");
    let mut rest = bundle.as_slice();
    let mut records = Vec::new();
    while let Some((length, after)) = rest.split_first_chunk()
        && records.len() < 8
    {
        let (line, after) = after.split_at(usize::from(u16::from_be_bytes(*length)));
        // After the start that mends a crash: an opening, a policy, a call and its outcome, and denials.
        records.extend(serde_json::from_slice(line));
        rest = after;
    }
    records
}

/// A key for tests.
pub static SIGNER: LazyLock<Signer> =
    LazyLock::new(|| Signer::new("mcppc/evidence/test", &[7; 32]).expect("the name is one"));
pub static KEY: LazyLock<VerifierKey> = LazyLock::new(|| SIGNER.verifier().clone());

pub fn options() -> LogOptions {
    LogOptions {
        origin: "mcppc/test/one".to_owned(),
        signer: SIGNER.clone(),
        durability: Durability::Relaxed,
        now: NOW,
    }
}

pub struct Folder(tempfile::TempDir);

impl Folder {
    pub fn empty() -> Self {
        // Where the system has a file system in memory: a sync there costs nothing.
        let memory = Path::new("/dev/shm");
        let base = if memory.is_dir() {
            memory.to_owned()
        } else {
            std::env::temp_dir()
        };
        Self(tempfile::tempdir_in(base).expect("there is room"))
    }

    pub fn log() -> Self {
        let folder = Self::empty();
        LOG.iter().for_each(|(name, bytes)| folder.put(name, bytes));
        folder
    }

    /// All files by name, but those that hold nothing.
    fn files(&self) -> BTreeMap<String, Vec<u8>> {
        let mut files = BTreeMap::new();
        let mut folders = vec![self.path().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).expect("it is there") {
                let path = entry.expect("it can be listed").path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                let name = path
                    .strip_prefix(self.path())
                    .expect("it is in there")
                    .display()
                    .to_string();
                if name != "lock" && name != "reserve" {
                    files.insert(name, fs::read(path).expect("it can be read"));
                }
            }
        }
        files
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    pub fn put(&self, name: &str, bytes: &[u8]) {
        let Some(path) = self.place(name) else { return };
        let made = path
            .parent()
            .map(|folder| fs::DirBuilder::new().recursive(true).mode(0o700).create(folder));
        // A file may stand where a folder should, or the other way round: then it stays as it is.
        if matches!(made, Some(Ok(()))) {
            let _ = fs::write(path, bytes);
        }
    }

    pub fn remove(&self, name: &str) {
        if let Some(path) = self.place(name) {
            let _ = fs::remove_file(path);
        }
    }

    pub fn get(&self, name: &str) -> Option<Vec<u8>> {
        fs::read(self.place(name)?).ok()
    }

    /// Names that a log may have; none leads out of the folder.
    fn place(&self, name: &str) -> Option<PathBuf> {
        let part = |part: &str| {
            let known = part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'.');
            known && part.len() <= 80 && part.bytes().any(|byte| byte != b'.')
        };
        let fits = name.split('/').count() <= 8 && name.split('/').all(part);
        fits.then(|| self.0.path().join(name))
    }
}
