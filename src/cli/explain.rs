//! `mcppc explain`: what a code means, or what a policy lets be done.

mod code;
mod english;
mod human;
mod markdown;
mod policy;
mod summary;

use std::path::Path;

use clap::ValueEnum;

use super::terminal::fail;
use super::{FAILED, SourceArgs, codes};

/// Say what a policy lets be done, or what a code means
///
/// Of a policy: which tools may be called with which arguments, what is never allowed and why, and what nothing grants.
/// What is said of patterns is made from the compiled policy, and so is what is decided. Of a code, `E0120` say: what
/// the error or lint means, and how to mend it.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Exit codes: 0 explained, 2 there is no such thing.\n\nExamples:\n  mcppc explain support.mcpp\n  mcppc explain support.mcppb fs.read_file --format md\n  mcppc explain E0120"
)]
pub struct Args {
    /// A policy, an artifact built from it, or a code
    #[arg(value_name = "POLICY|CODE")]
    subject: String,
    /// Only this tool of the policy, `server.tool`
    tool: Option<String>,
    /// How to write it
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    #[command(flatten)]
    source: SourceArgs,
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
    if !codes::is_code(&args.subject) {
        return policy::run(
            Path::new(&args.subject),
            args.tool.as_deref(),
            &args.source,
            args.format,
        );
    }
    if args.tool.is_some() {
        fail(
            &"a code has no tools",
            Some("a policy that is called like a code is named `./E0120`"),
        );
        return FAILED;
    }
    code::run(&args.subject, args.format)
}
