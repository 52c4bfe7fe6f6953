//! `mcppc supervise`, which the program starts for itself.

use super::terminal::fail;
use super::{FAILED, FINE};
use crate::process;

/// Runs one server for the program that has started this.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The server's command line
    #[arg(last = true, required = true, value_name = "COMMAND")]
    command: Vec<String>,
}

/// Supervises the server until it has ended.
pub fn run(args: &Args) -> u8 {
    match process::supervise(&args.command) {
        Ok(()) => FINE,
        Err(error) => {
            fail(&format_args!("cannot supervise the server: {error}"), None);
            FAILED
        }
    }
}
