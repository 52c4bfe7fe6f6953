//! Secret keys on disk: for their owner only, and never written over.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::Signer;
use crate::digest::Digest;

/// The most bytes that are read. A key has some 120.
const LARGEST: u64 = 4096;

/// Why a key file is not used.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum KeyFileError {
    /// The system refused.
    #[error("could not {doing} `{}`: {source}", path.display())]
    Io {
        /// What was tried, `read` say.
        doing: &'static str,
        /// On which file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Others than its owner have rights on it.
    #[error("the key in `{}` is not used: others may read or change it (mode {mode:04o})", path.display())]
    #[diagnostic(help("if nobody did: chmod 600 '{}'", path.display()))]
    Exposed {
        /// The file.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// It holds no secret key.
    #[error("`{}` holds no secret key for signed notes", .0.display())]
    #[diagnostic(help("`mcppc keygen` makes one"))]
    NotAKey(PathBuf),
}

/// Reads a secret key; `None` where there is no such file.
///
/// # Errors
/// Where others have rights on the file, or it holds something else; I/O.
pub fn read(path: &Path) -> Result<Option<Signer>, KeyFileError> {
    let Some(text) = read_secret(path)? else {
        return Ok(None);
    };
    let signer = Signer::parse(text.trim_end());
    signer.map(Some).map_err(|_| KeyFileError::NotAKey(path.to_owned()))
}

/// Reads a file of secret text; `None` where there is none.
///
/// # Errors
/// Where others have rights on the file; I/O.
pub fn read_secret(path: &Path) -> Result<Option<Zeroizing<String>>, KeyFileError> {
    let failed = |source| KeyFileError::Io {
        doing: "read",
        path: path.to_owned(),
        source,
    };
    let file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        opened => opened.map_err(failed)?,
    };
    let mode = file.metadata().map_err(failed)?.mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(KeyFileError::Exposed {
            path: path.to_owned(),
            mode,
        });
    }
    // Room for all of it: a buffer that grows leaves copies behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(LARGEST as usize));
    file.take(LARGEST).read_to_end(&mut bytes).map_err(failed)?;
    let text = std::str::from_utf8(&bytes).unwrap_or_default();
    Ok(Some(Zeroizing::new(text.to_owned())))
}

/// Writes a secret key to a new file that only its owner may read. `false` where there is a file already: it stays.
///
/// # Errors
/// I/O.
pub fn create_secret(path: &Path, signer: &Signer) -> io::Result<bool> {
    create_secret_text(path, &signer.to_secret_text())
}

/// Writes secret text to a new file that only its owner may read. `false` where there is a file already: it stays.
///
/// # Errors
/// I/O.
pub fn create_secret_text(path: &Path, secret: &str) -> io::Result<bool> {
    create(path, &[secret.as_bytes(), b"\n"], 0o600)
}

/// Writes the public half of a key to a new file. `false` where there is a file already: it stays.
///
/// # Errors
/// I/O.
pub fn create_public(path: &Path, signer: &Signer) -> io::Result<bool> {
    create(path, &[signer.verifier().to_string().as_bytes(), b"\n"], 0o644)
}

/// Creates a file with these bytes, whole and durable, unless there is one already.
fn create(path: &Path, parts: &[&[u8]], mode: u32) -> io::Result<bool> {
    // Nobody can foresee the draft's name, so that no file that was left or put there is in the way.
    let random = getrandom::u64().map_err(|error| io::Error::other(error.to_string()))?;
    let draft = path.with_extension(format!("{random:016x}.tmp"));
    let written = write_new(&draft, parts, mode).and_then(|()| match fs::hard_link(&draft, path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        linked => linked.map(|()| true),
    });
    drop(fs::remove_file(&draft));
    written
}

fn write_new(path: &Path, parts: &[&[u8]], mode: u32) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(path)?;
    parts.iter().try_for_each(|part| file.write_all(part))?;
    file.sync_all()
}

impl Signer {
    /// A new key from the system's randomness. It is named `KIND/` and a number that follows from its public half, so
    /// that keys are told apart by name too.
    ///
    /// # Errors
    /// Where the system gives no randomness, or `kind` cannot stand in a name.
    pub fn generate(kind: &str) -> io::Result<Self> {
        let mut secret = Zeroizing::new([0; 32]);
        getrandom::fill(secret.as_mut_slice()).map_err(|error| io::Error::other(error.to_string()))?;
        let public = Self::new("mcppc", &secret)
            .map_err(io::Error::other)?
            .verifier()
            .to_string();
        let number = Digest::of(public.as_bytes()).hex();
        Self::new(&format!("{kind}/{}", number.get(..8).unwrap_or_default()), &secret).map_err(io::Error::other)
    }
}
