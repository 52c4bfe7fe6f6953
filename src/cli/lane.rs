//! `mcppc lane`, which the program starts for itself.

use std::path::PathBuf;
use std::process::ExitCode;

use super::FAILED;
use super::terminal::out;
use crate::lane;

/// Runs one program in a lane. Where that fails, the failed step is written to standard output as JSON.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The folder that the program may write to
    #[arg(long, value_name = "DIR")]
    folder: PathBuf,
    /// This is the first process in the lane already
    #[arg(long)]
    inside: bool,
    /// Try what a program in a lane is kept from, instead of running one
    #[arg(long, conflicts_with = "inside")]
    attempts: bool,
    /// The program's command line
    #[arg(last = true, value_name = "COMMAND")]
    command: Vec<String>,
}

/// Runs it, and ends as it does.
pub fn run(args: &Args) -> ExitCode {
    if args.attempts {
        out(serde_json::json!(lane::attempts(&args.folder)));
        return ExitCode::SUCCESS;
    }
    let run = if args.inside { lane::inside } else { lane::enter };
    match run(&args.folder, &args.command) {
        Ok(code) => u8::try_from(code).unwrap_or(FAILED).into(),
        Err(failed) => {
            out(serde_json::json!(failed));
            FAILED.into()
        }
    }
}
