//! A policy as a git repository has it: `git:REV:PATH`, with the lock and the other files of the same revision.
//!
//! `git` is asked for objects by their names alone: no shell, no filter, no hook, and nothing is fetched.

use std::fmt;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::check::Loader;
use crate::diagnostic::Source;

/// What such a name begins with. A file that is called so is named with `./` before it.
const SCHEME: &str = "git:";

/// The most bytes of a file that a policy asks for; the parser's own limit is the same.
const MAX_FILE: u64 = 1 << 20;

/// A file of one commit, and the folder that it lies in.
#[derive(Debug)]
pub struct Revision {
    /// The revision, as it was written.
    written: String,
    /// The commit that it stood for when it was first asked: everything is read from that one.
    commit: String,
    path: PathBuf,
}

/// Why a file of a revision could not be had.
#[derive(Debug)]
pub enum RevisionError {
    /// It is not written as it should be.
    Misspelt,
    /// The program could not be run.
    Git(std::io::Error),
    /// There is no such commit, or no repository.
    NoCommit(String),
    /// The commit has no such file.
    NoFile(String, PathBuf),
    /// A file with more bytes than this.
    TooLarge(PathBuf, u64),
}

impl fmt::Display for RevisionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Misspelt => f.write_str("it is not written `git:REV:PATH`, where neither begins with `-`"),
            Self::Git(error) => write!(f, "`git` cannot be run: {error}"),
            Self::NoCommit(revision) => write!(f, "git knows of no commit `{revision}` here"),
            Self::NoFile(revision, path) => write!(f, "`{revision}` has no file `{}`", path.display()),
            Self::TooLarge(path, most) => write!(f, "`{}` has more than {most} bytes", path.display()),
        }
    }
}

impl RevisionError {
    /// How to mend it.
    pub fn help(&self) -> &'static str {
        match self {
            Self::Misspelt => "for example `git:main:policies/support.mcpp`",
            Self::Git(_) => "put `git` where `PATH` leads, or name files",
            Self::NoCommit(_) => "`git rev-parse --verify` says what it makes of it, and why a repository is not read",
            Self::NoFile(..) => {
                "a path begins at the top of the repository, or with `./` at this folder; a link is not followed"
            }
            Self::TooLarge(..) => "it is no policy, lock or artifact",
        }
    }
}

impl Revision {
    /// What a name like `git:REV:PATH` stands for; `None` if it is a file's.
    pub fn named(name: &Path) -> Option<Result<Self, RevisionError>> {
        let rest = name.to_str()?.strip_prefix(SCHEME)?;
        let parts = rest.split_once(':').filter(|(revision, path)| {
            let sound = |part: &str| !part.is_empty() && !part.starts_with('-') && !part.chars().any(char::is_control);
            sound(revision) && sound(path)
        });
        let Some((revision, path)) = parts else {
            return Some(Err(RevisionError::Misspelt));
        };
        Some(Self::resolved(revision, path))
    }

    fn resolved(revision: &str, path: &str) -> Result<Self, RevisionError> {
        let wanted = format!("{revision}^{{commit}}");
        let found = git(&["rev-parse", "--verify", "--quiet", "--end-of-options", &wanted], 128)?;
        let commit = found.map(|found| String::from_utf8_lossy(found.bytes()).trim().to_owned());
        let is_name = |commit: &String| commit.len() >= 40 && commit.bytes().all(|byte| byte.is_ascii_hexdigit());
        let commit = commit.filter(is_name);
        Ok(Self {
            commit: commit.ok_or_else(|| RevisionError::NoCommit(revision.to_owned()))?,
            written: revision.to_owned(),
            path: PathBuf::from(path),
        })
    }

    /// The file's path in the repository.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The file itself, within a bound.
    pub fn read(&self, most: u64) -> Result<Vec<u8>, RevisionError> {
        self.read_at(&self.path, most)
    }

    /// A file beside it; `None` if there is no such file.
    pub fn read_beside(&self, name: &str, most: u64) -> Result<Option<Vec<u8>>, RevisionError> {
        match self.read_at(&self.path.with_file_name(name), most) {
            Err(RevisionError::NoFile(..)) => Ok(None),
            found => found.map(Some),
        }
    }

    fn read_at(&self, path: &Path, most: u64) -> Result<Vec<u8>, RevisionError> {
        let object = format!("{}:{}", self.commit, path.display());
        match git(&["cat-file", "blob", &object], most)? {
            Some(Output::Whole(bytes)) => Ok(bytes),
            Some(Output::Cut(_)) => Err(RevisionError::TooLarge(path.to_owned(), most)),
            None => Err(RevisionError::NoFile(self.written.clone(), path.to_owned())),
        }
    }

    /// How a file of it is written.
    fn name_of(&self, path: &Path) -> String {
        format!("{SCHEME}{}:{}", self.written, path.display())
    }
}

impl Loader for Revision {
    fn load(&self, name: &str) -> Result<Source, String> {
        let path = self.path.with_file_name(name);
        let bytes = self.read_at(&path, MAX_FILE).map_err(|error| error.to_string())?;
        let text = String::from_utf8(bytes).map_err(|_| "it is not UTF-8 text".to_owned())?;
        Ok(Source::new(self.name_of(&path), text))
    }
}

/// What the program wrote.
enum Output {
    Whole(Vec<u8>),
    /// It would have written more.
    Cut(Vec<u8>),
}

impl Output {
    fn bytes(&self) -> &[u8] {
        match self {
            Self::Whole(bytes) | Self::Cut(bytes) => bytes,
        }
    }
}

/// Runs `git` with these words; `None` if it says no. What it writes beyond the bound is not read.
fn git(words: &[&str], most: u64) -> Result<Option<Output>, RevisionError> {
    let mut child = Command::new("git")
        // What stands in for another object here need not do so where the policy is reviewed.
        .arg("--no-replace-objects")
        .args(words)
        .env("GIT_NO_LAZY_FETCH", "1")
        .env("GIT_OPTIONAL_LOCKS", "0")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(RevisionError::Git)?;
    let mut bytes = Vec::new();
    let read = child
        .stdout
        .take()
        .map(|out| out.take(most.saturating_add(1)).read_to_end(&mut bytes));
    let cut = bytes.len() as u64 > most;
    if cut {
        // It may have ended by itself meanwhile.
        let _ = child.kill();
    }
    let status = child.wait().map_err(RevisionError::Git)?;
    read.transpose().map_err(RevisionError::Git)?;
    Ok(match (cut, status.success()) {
        (true, _) => Some(Output::Cut(bytes)),
        (false, true) => Some(Output::Whole(bytes)),
        (false, false) => None,
    })
}
