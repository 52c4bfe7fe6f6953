//! Files → policies: what every command that compiles from source has in common.

use std::fmt;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::files::Folder;
use super::revision::{Revision, RevisionError};
use crate::check::{self, Checked, Loader, Sources};
use crate::diagnostic::{Diagnostic, Source};
use crate::lock::{Lock, LockError};
use crate::prove;
use crate::table::{ArtifactError, Body, Policy, artifact};

/// The most bytes of a source or lock; artifacts have a bound of their own.
pub const MAX_SOURCE: u64 = 32 << 20;

/// Options of every command that compiles from source.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct SourceArgs {
    /// The lock [default: `mcpp.lock` beside the policy]
    #[arg(long, value_name = "FILE")]
    pub lock: Option<PathBuf>,
    /// Give a constant of the policy another value; may be repeated
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = parse_set)]
    pub sets: Vec<(String, String)>,
}

fn parse_set(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("expected NAME=VALUE")?;
    Ok((name.to_owned(), value.to_owned()))
}

/// Why a policy could not be had.
#[derive(Debug)]
pub enum LoadError {
    /// A file that could not be read.
    Read(PathBuf, std::io::Error),
    /// A file with more bytes than is sensible.
    TooLarge(PathBuf),
    /// A source that is no text.
    NotText(PathBuf),
    /// A lock that is no lock.
    Lock(PathBuf, LockError),
    /// An artifact that was not accepted.
    Artifact(PathBuf, ArtifactError),
    /// An artifact or a lock where a policy's source is meant; which of the two.
    NotASource(PathBuf, &'static str),
    /// An artifact, with options that only a source can follow.
    Compiled(PathBuf),
    /// A file of a revision that could not be had.
    Revision(PathBuf, RevisionError),
    /// The policy is wrong.
    Policy(Sources, Vec<Diagnostic>),
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read(path, error) => write!(f, "cannot read `{}`: {error}", path.display()),
            Self::TooLarge(path) => write!(f, "`{}` has more than {MAX_SOURCE} bytes", path.display()),
            Self::NotText(path) => write!(f, "`{}` is not UTF-8 text", path.display()),
            Self::Lock(path, error) => write!(f, "`{}` is no lock: {error}", path.display()),
            Self::Artifact(path, error) => write!(f, "`{}`: {error}", path.display()),
            Self::NotASource(path, what) => write!(f, "`{}` is {what}, and no policy's source", path.display()),
            Self::Compiled(path) => write!(
                f,
                "`{}` is compiled already: `--lock` and `--set` cannot change it",
                path.display()
            ),
            Self::Revision(path, error) => write!(f, "cannot read `{}`: {error}", path.display()),
            Self::Policy(..) => f.write_str("the policy does not compile"),
        }
    }
}

impl std::error::Error for LoadError {}

impl LoadError {
    /// How to mend it, where there is something to say.
    #[must_use]
    pub fn help(&self) -> Option<&'static str> {
        match self {
            Self::Lock(..) => Some("if it was edited by hand, `mcppc lock` makes it anew once it is removed"),
            Self::Artifact(_, error) => Some(error.help()),
            Self::NotASource(..) => Some("name the `.mcpp` file that it was made from"),
            Self::Revision(_, error) => Some(error.help()),
            Self::Compiled(_) => Some("give them to `mcppc build`, or name the policy's source"),
            _ => None,
        }
    }
}

/// Reads a whole file, within a bound.
pub fn read(path: &Path, max: u64) -> Result<Vec<u8>, LoadError> {
    let failed = |error| LoadError::Read(path.to_owned(), error);
    let mut bytes = Vec::new();
    fs::File::open(path)
        .map_err(failed)?
        .take(max + 1)
        .read_to_end(&mut bytes)
        .map_err(failed)?;
    if bytes.len() as u64 > max {
        Err(LoadError::TooLarge(path.to_owned()))
    } else {
        Ok(bytes)
    }
}

/// Reads a policy's source.
pub fn read_source(path: &Path) -> Result<Source, LoadError> {
    source_of(path, read(path, MAX_SOURCE)?)
}

fn source_of(path: &Path, bytes: Vec<u8>) -> Result<Source, LoadError> {
    if is_artifact(path, &bytes) {
        return Err(LoadError::NotASource(path.to_owned(), "an artifact"));
    }
    let text = String::from_utf8(bytes).map_err(|_| LoadError::NotText(path.to_owned()))?;
    // No statement begins so, and a lock does.
    if text.starts_with('{') && Lock::parse(&text).is_ok() {
        return Err(LoadError::NotASource(path.to_owned(), "a lock"));
    }
    Ok(Source::new(path.display().to_string(), text))
}

/// Is it meant as an artifact? One that was cut short is still called like one.
fn is_artifact(path: &Path, bytes: &[u8]) -> bool {
    artifact::is_artifact(bytes) || path.extension().is_some_and(|extension| extension == "mcppb")
}

/// Where the lock of a policy lies.
pub fn lock_path(policy: &Path, args: &SourceArgs) -> PathBuf {
    args.lock.clone().unwrap_or_else(|| policy.with_file_name("mcpp.lock"))
}

/// Reads a lock; `None` if there is no such file.
pub fn read_lock(path: &Path) -> Result<Option<Lock>, LoadError> {
    let bytes = match read(path, MAX_SOURCE) {
        Err(LoadError::Read(_, error)) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        other => other?,
    };
    lock_of(path, bytes).map(Some)
}

fn lock_of(path: &Path, bytes: Vec<u8>) -> Result<Lock, LoadError> {
    let text = String::from_utf8(bytes).map_err(|_| LoadError::NotText(path.to_owned()))?;
    Lock::parse(&text).map_err(|error| LoadError::Lock(path.to_owned(), error))
}

/// Parses and checks a policy against its lock, and proves what it asserts. One without servers needs no lock.
pub fn check(path: &Path, args: &SourceArgs) -> Result<(Source, Checked), LoadError> {
    let (source, mut checked) = check_asked(path, &[], args)?;
    check::prove(&mut checked, Timestamp::now(), prove::DEFAULT);
    Ok((source, checked))
}

/// The same, and looks for rules that do nothing: for who shows what the compiler remarks.
pub fn check_whole(path: &Path, args: &SourceArgs) -> Result<(Source, Checked), LoadError> {
    let (source, mut checked) = check(path, args)?;
    check::find(&mut checked, check::FINDING);
    Ok((source, checked))
}

/// The same with assertions beside it; nothing is proved.
pub fn check_asked(path: &Path, asked: &[Source], args: &SourceArgs) -> Result<(Source, Checked), LoadError> {
    let source = read_source(path)?;
    let lock = read_lock(&lock_path(path, args))?;
    let checked = check_read(&source, asked, lock, &Folder::of(path), args);
    Ok((source, checked))
}

/// A source and its lock, wherever they were read.
fn check_read(
    source: &Source,
    asked: &[Source],
    lock: Option<Lock>,
    loader: &dyn Loader,
    args: &SourceArgs,
) -> Checked {
    let outline = || check::outline(source, loader, &args.sets);
    let lock = match lock {
        None if outline().is_ok_and(|outline| outline.servers.is_empty()) => Some(Lock::default()),
        lock => lock,
    };
    check::check_package_at(source, asked, loader, lock.as_ref(), &args.sets, Some(Timestamp::now()))
}

/// A policy ready to decide.
pub struct Loaded {
    /// The policy.
    pub policy: Policy,
    /// Its artifact.
    pub bytes: Vec<u8>,
    /// What the compiler remarked, where it was compiled just now.
    pub warnings: Option<(Sources, Vec<Diagnostic>)>,
}

/// A policy from its source or from an artifact.
///
/// # Errors
/// What is wrong with the files or with the policy.
pub fn load(path: &Path, args: &SourceArgs) -> Result<Loaded, LoadError> {
    load_checked(path, args, check)
}

/// How a source is checked.
type Check = fn(&Path, &SourceArgs) -> Result<(Source, Checked), LoadError>;

fn load_checked(path: &Path, args: &SourceArgs, check: Check) -> Result<Loaded, LoadError> {
    let read_back =
        |bytes: &[u8]| Policy::from_bytes(bytes).map_err(|error| LoadError::Artifact(path.to_owned(), error));
    let bytes = read(path, artifact::MAX_BYTES as u64)?;
    if is_artifact(path, &bytes) {
        if args.lock.is_some() || !args.sets.is_empty() {
            return Err(LoadError::Compiled(path.to_owned()));
        }
        return Ok(Loaded {
            policy: read_back(&bytes)?,
            bytes,
            warnings: None,
        });
    }
    let (_, checked) = check(path, args)?;
    let Some(body) = checked.body else {
        return Err(LoadError::Policy(checked.sources, checked.diagnostics));
    };
    let (policy, bytes) = built(path, &body)?;
    Ok(Loaded {
        policy,
        bytes,
        warnings: Some((checked.sources, checked.diagnostics)),
    })
}

/// The same where its rules are shown to people, or signed for them: an artifact whose programs are not those of its
/// rules is refused.
///
/// # Errors
/// What is wrong with the files or with the policy.
pub fn load_for_review(path: &Path, args: &SourceArgs) -> Result<Loaded, LoadError> {
    reviewed(path, load(path, args)?)
}

/// The same where the compiler's remarks are shown: also of rules that do nothing.
///
/// # Errors
/// What is wrong with the files or with the policy.
pub fn load_whole(path: &Path, args: &SourceArgs) -> Result<Loaded, LoadError> {
    reviewed(path, load_checked(path, args, check_whole)?)
}

fn reviewed(path: &Path, loaded: Loaded) -> Result<Loaded, LoadError> {
    if loaded.warnings.is_none() {
        let checked = loaded.policy.check_programs();
        checked.map_err(|error| LoadError::Artifact(path.to_owned(), error))?;
    }
    Ok(loaded)
}

/// A compiled policy's artifact, and the policy as it is read from that.
pub fn built(path: &Path, body: &Body) -> Result<(Policy, Vec<u8>), LoadError> {
    let bytes = artifact::write(body);
    let built = bytes.and_then(|bytes| Ok((Policy::from_bytes(&bytes)?, bytes)));
    built.map_err(|error| LoadError::Artifact(path.to_owned(), error))
}

/// The same for who does not care for warnings: the policy and its artifact.
///
/// # Errors
/// What is wrong with the files or with the policy.
pub fn load_policy(path: &Path, args: &SourceArgs) -> Result<(Policy, Vec<u8>), LoadError> {
    load(path, args).map(|loaded| (loaded.policy, loaded.bytes))
}

/// A policy from its source, an artifact, or either as a revision has it: `git:REV:PATH`. The options are for a source.
///
/// # Errors
/// What is wrong with the files or with the policy.
pub fn load_policy_or_revision(path: &Path, args: &SourceArgs) -> Result<Policy, LoadError> {
    let failed = |error| LoadError::Revision(path.to_owned(), error);
    let Some(revision) = Revision::named(path) else {
        let bytes = read(path, artifact::MAX_BYTES as u64)?;
        let none = SourceArgs::default();
        let args = if is_artifact(path, &bytes) { &none } else { args };
        return load_policy(path, args).map(|(policy, _)| policy);
    };
    let revision = revision.map_err(failed)?;
    let bytes = revision.read(artifact::MAX_BYTES as u64).map_err(failed)?;
    if is_artifact(revision.path(), &bytes) {
        return Policy::from_bytes(&bytes).map_err(|error| LoadError::Artifact(path.to_owned(), error));
    }
    let source = source_of(path, bytes)?;
    let lock = match &args.lock {
        Some(lock) => read_lock(lock)?,
        None => {
            let bytes = revision.read_beside("mcpp.lock", MAX_SOURCE).map_err(failed)?;
            bytes.map(|bytes| lock_of(path, bytes)).transpose()?
        }
    };
    let mut checked = check_read(&source, &[], lock, &revision, args);
    check::prove(&mut checked, Timestamp::now(), prove::DEFAULT);
    match checked.body {
        Some(body) => built(path, &body).map(|(policy, _)| policy),
        None => Err(LoadError::Policy(checked.sources, checked.diagnostics)),
    }
}
