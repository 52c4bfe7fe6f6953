//! `mcppc build`.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use miette::Diagnostic as _;

use super::bound::{self, BoundArgs};
use super::check::show;
use super::signature::beside;
use super::source::{Loaded, load_whole, lock_path};
use super::terminal::{err, fail, out};
use super::whole::write_whole;
use super::{FAILED, FINE, Format, LoadError, NO, SourceArgs};
use crate::note::{Signer, key_file};
use crate::table::{ArtifactError, Policy, artifact, signature};

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
    /// Leave the text of the policy out: what is decided stays the same, what is explained has no excerpts
    #[arg(long)]
    strip: bool,
    #[command(flatten)]
    bound: BoundArgs,
    #[command(flatten)]
    source: SourceArgs,
}

pub fn run(args: &Args) -> u8 {
    // Before anything is written.
    if let Err((error, help)) = check_output(args) {
        fail(&error, Some(help));
        return FAILED;
    }
    let Ok(signer) = args.sign.as_deref().map(signer).transpose() else {
        return FAILED;
    };
    let loaded = match load_whole(&args.policy, &args.source).and_then(|loaded| stripped(args, loaded)) {
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

/// The same without the text of the policy, where that is asked for.
fn stripped(args: &Args, loaded: Loaded) -> Result<Loaded, LoadError> {
    if !args.strip {
        return Ok(loaded);
    }
    let strip = || -> Result<Loaded, ArtifactError> {
        let bytes = artifact::strip(&loaded.bytes)?;
        Ok(Loaded {
            policy: Policy::from_bytes(&bytes)?,
            bytes,
            ..loaded
        })
    };
    strip().map_err(|error| LoadError::Artifact(args.policy.clone(), error))
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

/// Nothing that the build reads is written over, whatever name it has there.
fn check_output(args: &Args) -> Result<(), (String, &'static str)> {
    const HELP: &str = "name another file with `-o`, `support.mcppb` say";
    let lock = lock_path(&args.policy, &args.source);
    let read = [
        ("the policy itself", Some(args.policy.as_path())),
        ("the policy's lock", Some(lock.as_path())),
        ("the key to sign with", args.sign.as_deref()),
    ];
    let signature = args.sign.as_ref().map(|_| beside(&args.output));
    for written in std::iter::once(&args.output).chain(&signature) {
        let shown = written.display();
        match fs::metadata(written) {
            Ok(metadata) if metadata.is_dir() => return Err((format!("`{shown}` is a folder"), HELP)),
            Ok(metadata) if !metadata.is_file() => return Err((format!("`{shown}` is no regular file"), HELP)),
            _ => {}
        }
        let same = |path: &Path| is_same_file(written, path);
        if let Some((what, _)) = read.iter().find(|(_, path)| path.is_some_and(same)) {
            return Err((format!("the output is {what}: `{shown}`"), HELP));
        }
    }
    // One of the policy's other files, perhaps; never an artifact.
    if args.output.extension().is_some_and(|extension| extension == "mcpp") {
        return Err((format!("`{}` is called like a source", args.output.display()), HELP));
    }
    Ok(())
}

/// Two names of one file: links of either kind are seen through.
fn is_same_file(one: &Path, other: &Path) -> bool {
    let identity = |path: &Path| fs::metadata(path).map(|file| (file.dev(), file.ino())).ok();
    identity(one).is_some_and(|file| identity(other) == Some(file))
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
