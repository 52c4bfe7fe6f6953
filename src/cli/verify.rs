//! `mcppc verify`: checks a log of evidence.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use miette::{IntoDiagnostic as _, WrapErr as _};

use super::FAILED;
use super::signature;
use super::terminal::{fail, out};
use crate::diagnostic::visible;
use crate::evidence::{Dirs, Report, VerifierKey, VerifyOptions, keys, verify};
use crate::table::Policy;

/// The most bytes of an artifact, a key or a checkpoint.
const LARGEST: u64 = 64 << 20;

/// Check the evidence that a gateway kept
///
/// Signatures, structure, and every decision, derived again.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Exit codes: 0 complete, 1 tampered or drifted, 2 it could not run, 3 valid up to a point or not anchored to a key, 4 whole but some decisions cannot be derived.\n\nExamples:\n  mcppc verify ~/.local/state/mcppc/evidence/acme-support/RUN\n  mcppc verify evidence --policy support.mcppb --key evidence.vkey --since checkpoint.old"
)]
pub struct Args {
    /// The folder with the evidence
    dir: PathBuf,
    /// An artifact that may have been in force; may be given several times; without it those beside the log are believed
    #[arg(long, value_name = "ARTIFACT")]
    policy: Vec<PathBuf>,
    /// The log's public key, or a file that holds it; without it the key pinned under `$XDG_CONFIG_HOME/mcppc`
    #[arg(long, value_name = "VKEY")]
    key: Option<String>,
    /// A copy of the log's `checkpoint` from earlier: what it covered must still be there
    #[arg(long, value_name = "CHECKPOINT")]
    since: Option<PathBuf>,
    /// Every artifact that was in force must be signed by this key; its public half, or a file with it
    #[arg(long, value_name = "VKEY")]
    require_signature: Option<String>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Runs it.
#[must_use]
pub fn run(args: &Args) -> ExitCode {
    match check(args) {
        Ok(report) => {
            print(&report, args.json);
            ExitCode::from(report.verdict().exit_code())
        }
        Err(error) => {
            let causes: Vec<String> = error.chain().map(ToString::to_string).collect();
            let help = error.help().map(|help| help.to_string());
            fail(&causes.join(": "), help.as_deref());
            ExitCode::from(FAILED)
        }
    }
}

fn check(args: &Args) -> miette::Result<Report> {
    let options = VerifyOptions {
        policies: args
            .policy
            .iter()
            .map(|path| read_policy(path))
            .collect::<miette::Result<_>>()?,
        key: match &args.key {
            Some(text) => Some(read_key(text)?),
            // Without a home nothing is pinned, which the report says.
            None => Dirs::from_env().map_or(Ok(None), |dirs| keys::pinned(&dirs))?,
        },
        since: args.since.as_deref().map(read_text).transpose()?,
        signed_by: args.require_signature.as_deref().map(read_signing_key).transpose()?,
        signatures: signatures(&args.policy)?,
    };
    Ok(verify(&args.dir, &options)?)
}

fn read_policy(path: &Path) -> miette::Result<Policy> {
    let context = || format!("could not read the artifact `{}`", path.display());
    let bytes = read(path).into_diagnostic().wrap_err_with(context)?;
    // Whether decisions follow from the rules is the question: what was compiled from them is compiled again.
    Policy::from_rules(&bytes).into_diagnostic().wrap_err_with(context)
}

fn read_key(text: &str) -> miette::Result<VerifierKey> {
    signature::read_key(text).ok_or_else(|| {
        miette::miette!(
            help = "give the text of the log's `evidence.vkey`, or the path of that file",
            "`{text}` is no key for evidence, nor a file with one"
        )
    })
}

fn read_signing_key(text: &str) -> miette::Result<VerifierKey> {
    signature::read_key(text).ok_or_else(|| signature::UnsignedError::Key(text.to_owned()).into())
}

/// What lies beside the artifacts that were named.
fn signatures(artifacts: &[PathBuf]) -> miette::Result<Vec<String>> {
    let found = artifacts.iter().filter_map(|path| signature::find(path).transpose());
    found.collect::<Result<_, _>>().into_diagnostic()
}

fn read_text(path: &Path) -> miette::Result<String> {
    let text = read(path).and_then(|bytes| String::from_utf8(bytes).map_err(io::Error::other));
    text.into_diagnostic()
        .wrap_err_with(|| format!("could not read `{}`", path.display()))
}

/// A file that was named on the command line; it may be a pipe, and ends somewhere.
fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(LARGEST + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LARGEST {
        return Err(io::Error::other("larger than 64 MiB"));
    }
    Ok(bytes)
}

fn print(report: &Report, json: bool) {
    if !json {
        return out(visible(report.to_string().trim_end()));
    }
    let mut value = serde_json::json!(report);
    if let Some(object) = value.as_object_mut() {
        object.insert("verdict".to_owned(), serde_json::json!(report.verdict()));
    }
    out(value);
}
