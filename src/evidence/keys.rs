//! The keys of this user's logs: made on first use, kept under the configuration folder.

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use base64ct::{Base64, Encoding as _};
use zeroize::Zeroizing;

use super::disk;
use super::{Blinding, EvidenceError, Signer, VerifierKey};
use crate::note::key_file::{self, KeyFileError};

/// The program's own folders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dirs {
    /// Keys: `$XDG_CONFIG_HOME/mcppc`.
    pub config: PathBuf,
    /// Evidence: `$XDG_STATE_HOME/mcppc`.
    pub state: PathBuf,
}

impl Dirs {
    /// The folders that the environment names. For the command line only.
    ///
    /// # Errors
    /// `NoHome`.
    pub fn from_env() -> Result<Self, EvidenceError> {
        Self::from_vars(|name| std::env::var_os(name))
    }

    /// The folders by these variables (XDG base directory specification): a path that is not absolute is ignored.
    ///
    /// # Errors
    /// `NoHome`.
    pub fn from_vars(var: impl Fn(&str) -> Option<OsString>) -> Result<Self, EvidenceError> {
        let absolute = |name: &str| var(name).map(PathBuf::from).filter(|path| path.is_absolute());
        let folder = |name: &str, fallback: &str| {
            let base = absolute(name).or_else(|| absolute("HOME").map(|home| home.join(fallback)));
            base.map(|base| base.join("mcppc")).ok_or(EvidenceError::NoHome)
        };
        Ok(Self {
            config: folder("XDG_CONFIG_HOME", ".config")?,
            state: folder("XDG_STATE_HOME", ".local/state")?,
        })
    }

    fn key(&self) -> PathBuf {
        self.config.join("evidence.key")
    }

    fn blinding(&self) -> PathBuf {
        self.config.join("evidence.salt")
    }

    fn verifier(&self) -> PathBuf {
        self.config.join("evidence.vkey")
    }
}

/// The key that signs; made where there is none yet, its public half pinned beside it in `evidence.vkey`.
///
/// # Errors
/// `Folder` where others may write to the folder; `Key` for a file that others may read, that is no key, or that is
/// not the one that is pinned; I/O.
pub fn signer(dirs: &Dirs) -> Result<Signer, EvidenceError> {
    check_folder(dirs)?;
    let path = dirs.key();
    let signer = match key_file::read(&path)? {
        Some(signer) => signer,
        None => make_signer(dirs)?,
    };
    match pinned(dirs)? {
        Some(key) if key == *signer.verifier() => {}
        Some(_) => {
            let mend = format!("put back the key of `{}`, or remove both", dirs.verifier().display());
            return Err(key_error(&path, "it is not the one that is pinned beside it", &mend));
        }
        None => {
            let path = dirs.verifier();
            key_file::create_public(&path, &signer).map_err(EvidenceError::io("create", &path))?;
        }
    }
    Ok(signer)
}

/// The key that salts hashes of values; made where there is none yet. The log is sound without it.
///
/// # Errors
/// `Folder` where others may write to the folder; `Key` for a file that others may read, or that holds no such key; I/O.
pub fn blinding(dirs: &Dirs) -> Result<Blinding, EvidenceError> {
    check_folder(dirs)?;
    let path = dirs.blinding();
    let read = || -> Result<Option<Blinding>, EvidenceError> {
        let Some(text) = key_file::read_secret(&path)? else {
            return Ok(None);
        };
        let mut key = Zeroizing::new([0; 32]);
        let decoded = Base64::decode(text.trim_end(), key.as_mut_slice()).is_ok_and(|key| key.len() == 32);
        let mend = "put it back from a copy, or remove it to have a new one made; hashes under the old one can then not be opened";
        let blinding = decoded.then(|| Blinding::new(&key));
        blinding
            .map(Some)
            .ok_or_else(|| key_error(&path, "it does not hold 32 bytes in base64", mend))
    };
    if let Some(found) = read()? {
        return Ok(found);
    }
    make_folder(dirs)?;
    let mut key = Zeroizing::new([0; 32]);
    let failed = EvidenceError::io("make", &path);
    getrandom::fill(key.as_mut_slice()).map_err(|error| failed(std::io::Error::other(error.to_string())))?;
    let text = Zeroizing::new(Base64::encode_string(key.as_slice()));
    key_file::create_secret_text(&path, &text).map_err(EvidenceError::io("create", &path))?;
    // Another process may have been first: its key is the one.
    read()?.ok_or_else(|| key_error(&path, "it went away as it was made", "see who removes it"))
}

/// The public key that is pinned for this user, if one is.
///
/// # Errors
/// `Folder` where others may write to the folder; `Key` where the file holds none; I/O.
pub fn pinned(dirs: &Dirs) -> Result<Option<VerifierKey>, EvidenceError> {
    check_folder(dirs)?;
    let path = dirs.verifier();
    let Some(bytes) = disk::read_linked(&path).map_err(EvidenceError::io("read", &path))? else {
        return Ok(None);
    };
    let key = std::str::from_utf8(&bytes)
        .ok()
        .and_then(|text| text.trim_end().parse().ok());
    let mend = "write the key of the log there, in the form `name+id+base64`";
    key.map(Some)
        .ok_or_else(|| key_error(&path, "it is not a key for signed notes", mend))
}

/// Before anything in the folder is believed.
fn check_folder(dirs: &Dirs) -> Result<(), EvidenceError> {
    if dirs.config.exists() {
        disk::check_private(&dirs.config)?;
    }
    Ok(())
}

/// Makes the folder of keys where it is missing, for its owner only.
///
/// # Errors
/// `Folder` where others may write to it; I/O.
pub fn make_folder(dirs: &Dirs) -> Result<(), EvidenceError> {
    let mut folder = fs::DirBuilder::new();
    let made = folder.recursive(true).mode(0o700).create(&dirs.config);
    made.map_err(EvidenceError::io("make", &dirs.config))?;
    check_folder(dirs)
}

fn make_signer(dirs: &Dirs) -> Result<Signer, EvidenceError> {
    let path = dirs.key();
    let signer = Signer::generate("mcppc/evidence").map_err(EvidenceError::io("make", &path))?;
    make_folder(dirs)?;
    key_file::create_secret(&path, &signer).map_err(EvidenceError::io("create", &path))?;
    // Another process may have been first: its key is the one.
    let mend = "see who removes it";
    key_file::read(&path)?.ok_or_else(|| key_error(&path, "it went away as it was made", mend))
}

impl From<KeyFileError> for EvidenceError {
    fn from(error: KeyFileError) -> Self {
        match error {
            KeyFileError::Io { doing, path, source } => Self::io(doing, &path)(source),
            KeyFileError::Exposed { path, mode } => {
                let what = format!("others may read or change it (mode {mode:04o})");
                key_error(&path, &what, &format!("chmod 600 '{}'", path.display()))
            }
            KeyFileError::NotAKey(path) => {
                let mend = "put it back from a copy, or remove it and `evidence.vkey` to have a new one made";
                key_error(&path, "it is not a key for signed notes", mend)
            }
        }
    }
}

fn key_error(path: &Path, what: &str, mend: &str) -> EvidenceError {
    EvidenceError::Key {
        path: path.to_owned(),
        what: what.to_owned(),
        mend: mend.to_owned(),
    }
}
