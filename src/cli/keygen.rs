//! `mcppc keygen`.

use std::io;
use std::path::{Path, PathBuf};

use miette::Diagnostic as _;

use super::terminal::{err, fail, out};
use super::{FAILED, FINE};
use crate::evidence::{Dirs, EvidenceError, keys};
use crate::note::{Signer, key_file};

/// Make a key that signs policies
///
/// The secret key goes to a file that only you may read, its public half into one beside it (`.vkey`) and to standard
/// output. Nothing is written over.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Exit codes: 0 made, 2 it could not be made.\n\nExamples:\n  mcppc keygen\n  mcppc keygen --out release.key"
)]
pub struct Args {
    /// Where the secret key goes [default: `$XDG_CONFIG_HOME/mcppc/policy.key`]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// Why no key was made.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
enum KeygenError {
    #[error("`{}` is there already", .0.display())]
    #[diagnostic(help("name another file with `--out`: keys are not written over"))]
    Exists(PathBuf),
    #[error("the secret key cannot be called `{}`", .0.display())]
    #[diagnostic(help("`.vkey` is for its public half: name it `….key`"))]
    Name(PathBuf),
    #[error("cannot write `{}`: {}", .0.display(), .1)]
    Write(PathBuf, io::Error),
    #[error("cannot make a key: {0}")]
    Random(io::Error),
    #[error(transparent)]
    #[diagnostic(transparent)]
    Folder(#[from] EvidenceError),
}

pub fn run(args: &Args) -> u8 {
    match make(args.out.as_deref()) {
        Ok(signer) => {
            out(signer.verifier());
            FINE
        }
        Err(error) => {
            fail(&error, error.help().map(|help| help.to_string()).as_deref());
            FAILED
        }
    }
}

fn make(asked: Option<&Path>) -> Result<Signer, KeygenError> {
    let secret = match asked {
        Some(path) => path.to_owned(),
        None => {
            let dirs = Dirs::from_env()?;
            keys::make_folder(&dirs)?;
            dirs.config.join("policy.key")
        }
    };
    let public = secret.with_extension("vkey");
    if public == secret {
        return Err(KeygenError::Name(secret));
    }
    if let Some(there) = [&secret, &public]
        .into_iter()
        .find(|path| path.symlink_metadata().is_ok())
    {
        return Err(KeygenError::Exists(there.clone()));
    }
    let signer = Signer::generate("mcppc/policy").map_err(KeygenError::Random)?;
    for (path, created) in [
        (&secret, key_file::create_secret(&secret, &signer)),
        (&public, key_file::create_public(&public, &signer)),
    ] {
        match created {
            Ok(true) => {}
            Ok(false) => return Err(KeygenError::Exists(path.clone())),
            Err(error) => return Err(KeygenError::Write(path.clone(), error)),
        }
    }
    err(format_args!(
        "the secret key is in `{}`; hand out its public half, `{}`",
        secret.display(),
        public.display()
    ));
    Ok(signer)
}
