//! `mcppc build`.

use std::path::{Path, PathBuf};

use miette::Diagnostic as _;

use super::bound::{self, BoundArgs};
use super::check::show;
use super::signature::beside;
use super::source::load;
use super::terminal::{err, fail, out};
use super::whole::write_whole;
use super::{FAILED, FINE, Format, LoadError, NO, SourceArgs};
use crate::note::{Signer, key_file};
use crate::table::signature;

/// Compile a policy to an artifact
///
/// The artifact is one file that evaluator, gateway and verifier are driven from. The same policy gives the same bytes;
/// their digest is printed, and how much work one decision takes at most.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Exit codes: 0 built, 1 the policy is wrong, 2 it could not run.\n\nExamples:\n  mcppc build support.mcpp -o support.mcppb\n  mcppc build support.mcpp -o support.mcppb --sign release.key"
)]
pub struct Args {
    /// The policy
    policy: PathBuf,
    /// Where to write the artifact
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// Sign the artifact with this secret key, made by `mcppc keygen`; the signature goes to `FILE.sig`
    #[arg(long, value_name = "KEY")]
    sign: Option<PathBuf>,
    #[command(flatten)]
    bound: BoundArgs,
    #[command(flatten)]
    source: SourceArgs,
}

pub fn run(args: &Args) -> u8 {
    // Before anything is written.
    let Ok(signer) = args.sign.as_deref().map(signer).transpose() else {
        return FAILED;
    };
    let loaded = match load(&args.policy, &args.source) {
        Ok(loaded) => loaded,
        Err(error) => return report(&error),
    };
    if let Some((source, warnings)) = &loaded.warnings {
        show(source, warnings, Format::Human);
    }
    if bound::refused(&loaded.policy, &args.bound, Format::Human) {
        return NO;
    }
    let digest = loaded.policy.digest();
    let written = write(&args.output, &loaded.bytes).and_then(|()| match &signer {
        Some(signer) => {
            let note = signature::sign(signer, digest).map_err(|error| error.to_string())?;
            write(&beside(&args.output), note.as_bytes())
        }
        None => Ok(()),
    });
    match written {
        Ok(()) => {
            out(digest);
            err(bound::shown(&loaded.policy));
            FINE
        }
        Err(error) => {
            fail(&error, None);
            FAILED
        }
    }
}

/// The key to sign with; what is wrong with it is said here.
fn signer(path: &Path) -> Result<Signer, ()> {
    match key_file::read(path) {
        Ok(Some(signer)) => return Ok(signer),
        Ok(None) => fail(
            &format_args!("there is no key `{}`", path.display()),
            Some("`mcppc keygen` makes one"),
        ),
        Err(error) => fail(&error, error.help().map(|help| help.to_string()).as_deref()),
    }
    Err(())
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), String> {
    write_whole(path, bytes, None).map_err(|error| format!("cannot write `{}`: {error}", path.display()))
}

/// Shows why a policy could not be had; gives the exit code.
pub fn report(error: &LoadError) -> u8 {
    if let LoadError::Policy(source, diagnostics) = error {
        show(source, diagnostics, Format::Human);
        return NO;
    }
    fail(error, error.help());
    FAILED
}
