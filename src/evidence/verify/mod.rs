//! The verifier: reads a log from its first record to its last and believes nothing in it.
//!
//! Memory: the right edge of the tree, one bundle, the tails, and the calls that are open. Time: linear in the log.

mod audit;
mod outcome;
mod redacted;
mod report;
mod side;
mod strays;

use std::io;
use std::path::{Path, PathBuf};

#[cfg(test)]
pub(super) use redacted::check as check_redacted;
pub use report::{Adopted, Finding, FindingKind, Gap, Report, Verdict};
pub use strays::Stray;

use self::audit::Audit;
use self::strays::Strays;
use super::checkpoint::Checkpoint;
use super::disk;
use super::entry::{self, Decoded};
use super::tail::{self, Tails};
use super::tile::{entries_path, hashes_path, push_entry, read_bundle, read_full_tile};
use super::tree::{Hash, TILE_WIDTH, Tile, Tree, leaf_hash};
use super::{EvidenceError, Ledger, NoteError, Record, VerifierKey};
use crate::table::{Digest, Policy};

/// What is trusted.
#[derive(Debug, Default)]
pub struct VerifyOptions {
    /// The only artifacts that may have been in force. Empty: those that lie beside the log are believed.
    pub policies: Vec<Policy>,
    /// The log's public key. `None`: the log is checked in itself, and anchored to nothing.
    pub key: Option<VerifierKey>,
    /// A checkpoint that was seen earlier: the log must still hold what it covered.
    pub since: Option<String>,
    /// The key that must have signed every artifact that was in force.
    pub signed_by: Option<VerifierKey>,
    /// Signatures of artifacts, beside those that lie beside the log.
    pub signatures: Vec<String>,
}

/// Why nothing could be said of a log.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum VerifyError {
    /// There is no log.
    #[error("there is no evidence in `{}`", .0.display())]
    #[diagnostic(help("give the folder that holds `checkpoint` and `tail`"))]
    NotALog(PathBuf),
    /// The earlier checkpoint is of no use.
    #[error("the earlier checkpoint is of no use: {0}")]
    #[diagnostic(help("give a copy of the log's `checkpoint` file as it was, and the key that signed it"))]
    Since(NoteError),
    /// What is remembered of callers rests on a log with a fault.
    #[error("the log does not verify, so nothing can be remembered from it: {0}")]
    #[diagnostic(help("run `mcppc verify` on the folder, keep it, and begin another one with `--evidence`"))]
    Memory(String),
    /// A file could not be read.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Io(#[from] EvidenceError),
}

/// Verifies the log in `dir`.
///
/// # Errors
/// Where it could not be read. What is wrong with it is in the report.
pub fn verify(dir: &Path, options: &VerifyOptions) -> Result<Report, VerifyError> {
    let mut audit = audited(dir, options)?;
    super::signature::audit(dir, options, &mut audit.report);
    Ok(audit.report)
}

/// What the records of the log in `dir` say of callers. A log that does not verify says nothing.
///
/// # Errors
/// Where it could not be read, or something is wrong with it.
pub fn remembered(dir: &Path) -> Result<Ledger, VerifyError> {
    let options = VerifyOptions::default();
    let audit = audited(dir, &options)?;
    match audit.report.findings.into_iter().next() {
        None => Ok(audit.ledger),
        Some(finding) => Err(VerifyError::Memory(finding.what)),
    }
}

fn audited<'a>(dir: &'a Path, options: &'a VerifyOptions) -> Result<Audit<'a>, VerifyError> {
    if !is_log(dir).map_err(EvidenceError::io("read", dir))? {
        return Err(VerifyError::NotALog(dir.to_owned()));
    }
    let since = options.since.as_deref().map(|note| match &options.key {
        Some(key) => Checkpoint::open(note, key),
        None => Checkpoint::claimed(note),
    });
    let mut reading = Reading {
        dir,
        options,
        note: Vec::new(),
        head: None,
        since: since.transpose().map_err(VerifyError::Since)?,
        tree: Tree::default(),
        audit: Audit::new(dir, &options.policies),
        strays: Strays::list(dir)?,
    };
    match reading.run() {
        Ok(()) => reading.audit.report.stray = reading.strays.left(),
        Err(Halt::Io(error)) => return Err(error.into()),
        Err(Halt::Tampered(finding)) => reading.audit.report.tampered(finding),
    }
    reading.audit.finish(reading.tree.size(), options.key.as_ref());
    Ok(reading.audit)
}

/// Is there anything of a log? What may not be looked into is not empty.
fn is_log(dir: &Path) -> io::Result<bool> {
    for name in ["checkpoint", "tail", "tile"] {
        match dir.join(name).symlink_metadata() {
            Ok(_) => return Ok(true),
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(false)
}

/// Why reading ends before the last record.
enum Halt {
    Tampered(Finding),
    Io(EvidenceError),
}

impl Halt {
    fn tampered(index: Option<u64>, what: impl Into<String>) -> Self {
        Self::Tampered(Finding {
            index,
            kind: FindingKind::Tampered,
            what: what.into(),
        })
    }
}

impl From<EvidenceError> for Halt {
    fn from(error: EvidenceError) -> Self {
        Self::Io(error)
    }
}

/// The files of the records that are in no bundle.
#[derive(PartialEq, Eq)]
struct TailFiles {
    tail: Vec<u8>,
    next: Option<Vec<u8>>,
}

struct Reading<'a> {
    dir: &'a Path,
    options: &'a VerifyOptions,
    /// The checkpoint's bytes.
    note: Vec<u8>,
    head: Option<Checkpoint>,
    since: Option<Checkpoint>,
    tree: Tree,
    audit: Audit<'a>,
    strays: Strays,
}

impl Reading<'_> {
    /// The checkpoint is read first and the tails next: a gateway may be writing, and what is read later is newer.
    fn run(&mut self) -> Result<(), Halt> {
        let head = self.read_head()?;
        if self.since.as_ref().is_some_and(|since| since.origin != head.origin) {
            return Err(Halt::tampered(None, "the earlier checkpoint is of another log"));
        }
        let files = self.read_tails()?;
        let tails = tail::read(&files.tail, files.next.as_deref())
            .map_err(|damage| Halt::tampered(None, format!("`{}`: {}", damage.file, damage.what)))?;
        self.passed(&[])?;
        for bundle in 0..tails.start / TILE_WIDTH as u64 {
            self.bundle(bundle)?;
        }
        let (path, bundle) = self.tails(&tails)?;
        self.unsealed(&path, &bundle, &files)?;
        let size = self.tree.size();
        let signed = head.size.max(self.since.as_ref().map_or(0, |since| since.size));
        if size < signed {
            let what = format!("damaged or missing: {signed} records were signed, {size} are whole");
            return Err(Halt::tampered(Some(size), what));
        }
        if tails.torn > 0 {
            self.audit.report.gaps.push(Gap::Torn { bytes: tails.torn });
        }
        Ok(())
    }

    fn read_head(&mut self) -> Result<Checkpoint, Halt> {
        self.note = self.need("checkpoint")?;
        let note = std::str::from_utf8(&self.note).map_err(|_| NoteError::Form);
        let head = note.and_then(|note| match &self.options.key {
            Some(key) => Checkpoint::open(note, key),
            None => Checkpoint::claimed(note),
        });
        let head = head.map_err(|error| {
            let other = match error {
                NoteError::Unsigned => " (is it another user's log? give its own key with `--key`)",
                _ => "",
            };
            Halt::tampered(None, format!("`checkpoint`: {error}{other}"))
        })?;
        self.audit.report.origin.clone_from(&head.origin);
        self.audit.report.signed = head.size;
        self.audit.report.root = Some(Digest::from(head.root));
        self.head = Some(head.clone());
        Ok(head)
    }

    fn bundle(&mut self, index: u64) -> Result<(), Halt> {
        let path = entries_path(index, TILE_WIDTH);
        let bytes = self.need(&path)?;
        let entries = read_bundle(&bytes).filter(|entries| entries.len() == TILE_WIDTH);
        let entries = entries.ok_or_else(|| Halt::tampered(None, format!("`{path}` is no full bundle")))?;
        let hashes = self.stored(&hashes_path(0, index, TILE_WIDTH))?;
        for ((at, entry), stored) in entries.iter().enumerate().zip(hashes) {
            let hash = leaf_hash(entry);
            if hash != stored {
                let index = self.tree.size();
                let what = "its bytes are not those that were hashed when it was written";
                return Err(Halt::tampered(Some(index), what));
            }
            for tile in self.entry(entry, hash) {
                if tile.level > 0 && self.stored(&tile.path())? != tile.hashes {
                    return Err(Halt::tampered(
                        None,
                        format!("`{}` is not what its records hash to", tile.path()),
                    ));
                }
            }
            self.passed(entries.get(..=at).unwrap_or_default())?;
        }
        Ok(())
    }

    /// `next` is read first: with a gateway that writes, it may become the tail meanwhile, and all that it held is in
    /// the tail then.
    fn read_tails(&self) -> Result<TailFiles, Halt> {
        let next = self.read("next")?;
        let tail = self.need("tail")?;
        let moved = next.as_deref().and_then(tail::start) <= tail::start(&tail);
        if moved && self.read("next")? != next {
            return Ok(TailFiles { tail, next: None });
        }
        Ok(TailFiles { tail, next })
    }

    /// Returns the path and the records of the bundle that is not full yet.
    fn tails(&mut self, tails: &Tails<'_>) -> Result<(String, Vec<u8>), Halt> {
        let mut rest = tails.entries.as_slice();
        let mut number = tails.start / TILE_WIDTH as u64;
        loop {
            let (records, after) = rest.split_at_checked(TILE_WIDTH).unwrap_or((rest, &[]));
            let mut entries = Vec::new();
            for (entry, hash) in records {
                entries.push(*entry);
                // A crash may have come before these tiles were written; the gateway makes up for it when it opens the
                // log.
                for tile in self.entry(entry, *hash) {
                    self.same_if_there(&tile.path(), &tile.to_bytes())?;
                }
                self.passed(&entries)?;
            }
            let mut bundle = Vec::new();
            entries.iter().for_each(|entry| push_entry(&mut bundle, entry));
            let path = entries_path(number, TILE_WIDTH);
            if records.len() < TILE_WIDTH {
                return Ok((path, bundle));
            }
            self.same_if_there(&path, &bundle)?;
            rest = after;
            number += 1;
        }
    }

    /// The bundle of a tail that is not full is not there, unless a gateway has gone on writing since it was read.
    fn unsealed(&self, path: &str, read: &[u8], files: &TailFiles) -> Result<(), Halt> {
        match self.read(path)? {
            Some(bytes) if !bytes.starts_with(read) || self.read_tails()? == *files => {
                Err(Halt::tampered(None, format!("`{path}` is not what its records give")))
            }
            _ => Ok(()),
        }
    }

    /// Takes one record. Returns the tiles that it completes.
    fn entry(&mut self, line: &[u8], hash: Hash) -> Vec<Tile> {
        let index = self.tree.size();
        match self.record(line) {
            Ok(record) => {
                if let Record::PolicyLoad { artifact, .. } = record {
                    self.strays.artifact(artifact);
                }
                self.audit.record(index, &record);
            }
            Err((kind, what)) => self.audit.report.found(Finding {
                index: Some(index),
                kind,
                what,
            }),
        }
        self.tree.push(hash)
    }

    fn record(&mut self, line: &[u8]) -> Result<Record, (FindingKind, String)> {
        let drift = |what| (FindingKind::Drift, what);
        let digest = match entry::decode(line).map_err(drift)? {
            Decoded::Record(record) => return Ok(*record),
            Decoded::Large(digest) => digest,
        };
        let path = format!("blobs/{}", digest.hex());
        self.strays.blob(&path);
        let bytes = disk::read_in(self.dir, &path).unwrap_or_default();
        let bytes = bytes.filter(|bytes| Digest::of(bytes) == digest);
        let bytes = bytes.ok_or_else(|| {
            (
                FindingKind::Tampered,
                format!("its file `{path}` is missing or changed"),
            )
        })?;
        entry::decode_record(&bytes).map_err(drift)
    }

    /// Compares the root where a checkpoint was signed. `entries` are those of the bundle that is being read.
    fn passed(&self, entries: &[&[u8]]) -> Result<(), Halt> {
        let here = |checkpoint: &&Checkpoint| checkpoint.size == self.tree.size();
        for checkpoint in [&self.head, &self.since].into_iter().flatten().filter(here) {
            if checkpoint.root != self.tree.root() {
                let what = format!(
                    "the root over {} records is not the one that was signed",
                    checkpoint.size
                );
                return Err(Halt::tampered(None, what));
            }
        }
        if self.head.as_ref().filter(here).is_none() {
            return Ok(());
        }
        for tile in self.tree.partial_tiles() {
            self.partial(
                &tile.path(),
                &hashes_path(tile.level, tile.index, TILE_WIDTH),
                &tile.to_bytes(),
            )?;
        }
        let mut bundle = Vec::new();
        entries.iter().for_each(|entry| push_entry(&mut bundle, entry));
        let (index, width) = (self.tree.size() / TILE_WIDTH as u64, entries.len() % TILE_WIDTH);
        if width > 0 {
            self.partial(&entries_path(index, width), &entries_path(index, TILE_WIDTH), &bundle)?;
        }
        Ok(())
    }

    /// A partial tile of the checkpoint must be there, unless the full one is, or a newer checkpoint came meanwhile.
    fn partial(&self, path: &str, full: &str, expected: &[u8]) -> Result<(), Halt> {
        if self.read(path)?.is_some() || self.read(full)?.is_some() {
            return self.same_if_there(path, expected);
        }
        if self.read("checkpoint")?.as_ref() == Some(&self.note) {
            return Err(missing(path));
        }
        Ok(())
    }

    fn same_if_there(&self, path: &str, expected: &[u8]) -> Result<(), Halt> {
        match self.read(path)? {
            Some(bytes) if bytes != expected => {
                Err(Halt::tampered(None, format!("`{path}` is not what its records give")))
            }
            _ => Ok(()),
        }
    }

    fn stored(&self, path: &str) -> Result<Vec<Hash>, Halt> {
        let bytes = self.need(path)?;
        read_full_tile(&bytes).ok_or_else(|| Halt::tampered(None, format!("`{path}` is no full tile")))
    }

    fn need(&self, path: &str) -> Result<Vec<u8>, Halt> {
        self.read(path)?.ok_or_else(|| missing(path))
    }

    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, Halt> {
        let at = self.dir.join(path);
        disk::read_in(self.dir, path).map_err(|cause| EvidenceError::io("read", &at)(cause).into())
    }
}

fn missing(path: &str) -> Halt {
    Halt::tampered(None, format!("`{path}` is missing"))
}
