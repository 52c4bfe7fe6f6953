//! Signatures of artifacts, as commands find them: in the file of the artifact's name with `.sig` behind it.

use std::io;
use std::path::{Path, PathBuf};

use super::LoadError;
use super::source::read;
use crate::note::VerifierKey;
use crate::table::{Digest, SignatureError, signature};

/// The most bytes of a signature or a public key. Those that are made here have some 200.
const LARGEST: u64 = 64 << 10;

/// Why an artifact is not taken for a signed one.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum UnsignedError {
    /// What was given is no public key.
    #[error("`{0}` is no key for signatures, nor a file with one")]
    #[diagnostic(help("give what `mcppc keygen` printed, or its file that ends in `.vkey`"))]
    Key(String),
    /// There is no signature.
    #[error("`{}` is not signed: there is no `{}`", artifact.display(), signature.display())]
    #[diagnostic(help("build it with `mcppc build --sign KEY`, and keep the two files together"))]
    Missing {
        /// The artifact.
        artifact: PathBuf,
        /// Where its signature would be.
        signature: PathBuf,
    },
    /// The file cannot be read.
    #[error("{0}")]
    Read(LoadError),
    /// It is there and does not hold.
    #[error("`{}` is not signed by `{key}`: `{}` is {why}", artifact.display(), signature.display())]
    #[diagnostic(help("do not run it before you know who built it, and who signed what"))]
    Wrong {
        /// The artifact.
        artifact: PathBuf,
        /// Its signature.
        signature: PathBuf,
        /// The name of the key that is asked for.
        key: String,
        /// What is wrong with it.
        why: SignatureError,
    },
}

/// Where the signature of an artifact lies.
pub fn beside(artifact: &Path) -> PathBuf {
    let mut name = artifact.as_os_str().to_owned();
    name.push(".sig");
    name.into()
}

/// A public key, or the file that holds it.
pub fn read_key(text: &str) -> Option<VerifierKey> {
    text.parse().ok().or_else(|| {
        let bytes = read(Path::new(text), LARGEST).ok()?;
        std::str::from_utf8(&bytes).ok()?.trim_end().parse().ok()
    })
}

/// The signature beside an artifact; `None` where there is none.
pub fn find(artifact: &Path) -> Result<Option<String>, LoadError> {
    match read(&beside(artifact), LARGEST) {
        Err(LoadError::Read(_, error)) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        // What is no text is no signature either, which is said when it is checked.
        found => found.map(|bytes| Some(String::from_utf8_lossy(&bytes).into_owned())),
    }
}

/// The signature of an artifact, if it lies beside it and this key made it. `digest` is that of the bytes that were
/// loaded: what is checked is what runs.
pub fn require(key: &str, artifact: &Path, digest: Digest) -> Result<String, UnsignedError> {
    let key = read_key(key).ok_or_else(|| UnsignedError::Key(key.to_owned()))?;
    let (artifact, signature) = (artifact.to_owned(), beside(artifact));
    let Some(note) = find(&artifact).map_err(UnsignedError::Read)? else {
        return Err(UnsignedError::Missing { artifact, signature });
    };
    match signature::check(&note, &key, digest) {
        Ok(()) => Ok(note),
        Err(why) => {
            let key = key.name().to_owned();
            Err(UnsignedError::Wrong {
                artifact,
                signature,
                key,
                why,
            })
        }
    }
}
