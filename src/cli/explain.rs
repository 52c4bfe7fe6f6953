//! `mcppc explain`: a code, or what a policy lets be done.

mod code;

use clap::ValueEnum;

use super::codes;

/// Say what a code means
///
/// Every error and lint has a code, `E0120` say; this is its section of `docs/errors.md`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Exit codes: 0 explained, 2 there is no such thing.\n\nExample:\n  mcppc explain E0120")]
pub struct Args {
    /// The code of an error or lint
    subject: String,
    /// How to write it
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// How an explanation is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    #[default]
    Human,
    /// Markdown
    Md,
    /// One JSON object
    Json,
}

pub fn run(args: &Args) -> u8 {
    code::run(&args.subject, args.format)
}
