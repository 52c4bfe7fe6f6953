//! What can keep evidence from being written.

use std::io;
use std::path::{Path, PathBuf};

use crate::note::NoteError;

/// Why the log could not be opened or written. Whoever gets one of these allows nothing.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum EvidenceError {
    /// The system refused.
    #[error("could not {doing} `{}`: {cause}", path.display())]
    Io {
        /// What was tried, `write` say.
        doing: &'static str,
        /// On which file.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
        /// How to mend it, where there is something to say.
        #[help]
        mend: Option<&'static str>,
    },
    /// Another process writes to this log.
    #[error("another process writes evidence to `{}`", .0.display())]
    #[diagnostic(help("give each gateway a folder of its own with `--evidence DIR`"))]
    Locked(PathBuf),
    /// What is on disk is not what was signed. Nothing is written to such a log.
    #[error("the evidence in `{}` is not what was signed: {what}", path.display())]
    #[diagnostic(help("run `mcppc verify` on it, keep it for who has to know, and begin a new folder"))]
    Damaged {
        /// The file or folder.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// A log under another name than the one that its checkpoints were signed with.
    #[error("the log in `{}` was begun as `{was}`, and would go on as `{now}`", path.display())]
    #[diagnostic(help("give the folder and the policy their old names, or begin a new folder with `--evidence DIR`"))]
    Renamed {
        /// The folder.
        path: PathBuf,
        /// Its name as it was signed.
        was: String,
        /// Its name as it is now.
        now: String,
    },
    /// A folder in which others could change what is kept.
    #[error("the folder `{}` is not used: {what}", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
        /// How to mend it.
        #[help]
        mend: String,
    },
    /// A key file that is not used as it is.
    #[error("the key in `{}` is not used: {what}", path.display())]
    Key {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
        /// How to mend it.
        #[help]
        mend: String,
    },
    /// A note, or its key, that does not hold.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// Neither `XDG_…_HOME` nor `HOME` names an absolute folder.
    #[error("no home folder is known")]
    #[diagnostic(help("set `HOME`, or `XDG_CONFIG_HOME` and `XDG_STATE_HOME`, to an absolute path"))]
    NoHome,
    /// Something failed before; this log takes nothing more.
    #[error("the evidence log stopped: {0}")]
    #[diagnostic(help("mend the cause, then restart the gateway: it recovers what was written"))]
    Poisoned(String),
    /// The disk is full: only records that close what was begun are still taken.
    #[error("the disk with the evidence is full")]
    #[diagnostic(help("make room, then restart the gateway"))]
    Full,
    /// The log was closed.
    #[error("the evidence log is closed")]
    Closed,
    /// A record that would make the log inconsistent, an outcome without its intent say; it was not written.
    #[error("not a record for this log: {0}")]
    Misuse(String),
}

impl EvidenceError {
    /// Turns an I/O error into one that says what was tried.
    pub(super) fn io(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |cause| Self::Io {
            doing,
            path,
            cause,
            mend: None,
        }
    }

    pub(super) fn damaged(path: &Path, what: impl Into<String>) -> Self {
        Self::Damaged {
            path: path.to_owned(),
            what: what.into(),
        }
    }

    /// The same with what to do, where the folder of evidence was opened.
    pub(super) fn of_folder(mut self) -> Self {
        if let Self::Io { cause, mend, .. } = &mut self {
            *mend = match cause.kind() {
                io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem | io::ErrorKind::NotFound => {
                    Some("name a folder that this user can make and write to with `--evidence DIR`")
                }
                io::ErrorKind::AlreadyExists | io::ErrorKind::NotADirectory => {
                    Some("a file has that name: name a folder with `--evidence DIR`")
                }
                io::ErrorKind::FileTooLarge => Some("raise the limit on the size of files, `ulimit -f`"),
                _ => None,
            }
        }
        self
    }
}
