//! `mcppc build`.

use std::path::PathBuf;

use super::bound::{self, BoundArgs};
use super::check::show;
use super::source::load;
use super::terminal::{err, fail, out};
use super::{FAILED, FINE, Format, LoadError, NO, SourceArgs};

/// Compile a policy to an artifact
///
/// The artifact is one file that evaluator, gateway and verifier are driven from. The same policy gives the same bytes;
/// their digest is printed, and how much work one decision takes at most.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Exit codes: 0 built, 1 the policy is wrong, 2 it could not run.\n\nExample:\n  mcppc build support.mcpp -o support.mcppb"
)]
pub struct Args {
    /// The policy
    policy: PathBuf,
    /// Where to write the artifact
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    #[command(flatten)]
    bound: BoundArgs,
    #[command(flatten)]
    source: SourceArgs,
}

pub fn run(args: &Args) -> u8 {
    let loaded = match load(&args.policy, &args.source) {
        Ok(loaded) => loaded,
        Err(error) => return report(&error),
    };
    if let Some((source, warnings)) = &loaded.warnings {
        show(source, warnings, Format::Human);
    }
    if let Some(code) = bound::refused(&loaded.policy, &args.bound, Format::Human) {
        return code;
    }
    match write_whole(&args.output, &loaded.bytes) {
        Ok(()) => {
            out(loaded.policy.digest());
            err(bound::shown(&loaded.policy));
            FINE
        }
        Err(error) => {
            fail(&format_args!("cannot write `{}`: {error}", args.output.display()), None);
            FAILED
        }
    }
}

/// Writes a file whole or not at all.
pub fn write_whole(path: &std::path::Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".tmp");
    let temporary = path.with_file_name(name);
    std::fs::write(&temporary, bytes)?;
    std::fs::rename(&temporary, path)
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
