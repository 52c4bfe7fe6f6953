//! Files that lie in a log and that none of its records refers to.
//!
//! They are no sign of tampering: a crash may come after a file is written and before its record is. Whoever keeps a log
//! should know what is not covered by it all the same.

use std::collections::BTreeSet;
use std::io;
use std::path::Path;

use serde::Serialize;

use super::super::{EvidenceError, disk};
use crate::table::Digest;

/// The folders whose files records refer to by their digest.
const FOLDERS: [&str; 2] = ["artifacts", "blobs"];

/// What no record refers to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Stray {
    /// How many files.
    pub files: u64,
    /// The first of them, by name.
    pub first: String,
}

/// The files that no record has referred to yet.
pub(super) struct Strays(BTreeSet<String>);

impl Strays {
    /// Those that are there now.
    pub fn list(dir: &Path) -> Result<Self, EvidenceError> {
        let mut found = BTreeSet::new();
        for name in FOLDERS {
            let folder = dir.join(name);
            let failed = EvidenceError::io("read", &folder);
            match names(&folder) {
                Ok(names) => found.extend(names.into_iter().map(|file| format!("{name}/{file}"))),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(failed(error)),
            }
        }
        Ok(Self(found))
    }

    /// A record refers to this large one.
    pub fn blob(&mut self, path: &str) {
        self.0.remove(path);
    }

    /// A record refers to this artifact, and with it to its signature.
    pub fn artifact(&mut self, artifact: Digest) {
        let path = format!("artifacts/{}.mcppb", artifact.hex());
        self.0.remove(&format!("{path}.sig"));
        self.0.remove(&path);
    }

    /// All records were read.
    pub fn left(self) -> Option<Stray> {
        let files = self.0.len() as u64;
        self.0.into_iter().next().map(|first| Stray { files, first })
    }
}

fn names(folder: &Path) -> io::Result<Vec<String>> {
    if folder.symlink_metadata()?.is_symlink() {
        return Err(disk::link());
    }
    let entries = folder.read_dir()?;
    entries
        .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
        .collect()
}
