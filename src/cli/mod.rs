//! The command line: one file a subcommand. Arguments in, exit code out; the work is elsewhere.

mod build;
mod check;
mod demo;
mod eval;
mod files;
mod lock;
mod run;
mod source;
mod terminal;
mod test;
mod verify;

use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum};

pub use source::{LoadError, SourceArgs, load_policy};

/// It went well: the policy is fine, all is allowed, everything verifies.
pub const FINE: u8 = 0;
/// The answer is no.
pub const NO: u8 = 1;
/// It could not run.
pub const FAILED: u8 = 2;

/// Decide what AI agents may do: compile policies for MCP tool calls, test them, enforce them, prove what was done.
#[derive(Debug, Parser)]
#[command(name = "mcppc", version, long_version = long_version(), max_term_width = 100)]
#[command(
    after_help = "Exit codes: 0 fine, 1 the answer is no, 2 it could not run.\n\n`mcppc demo` shows the whole of it in one screen."
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

fn long_version() -> &'static str {
    concat!(env!("CARGO_PKG_VERSION"), " (language 0.1)")
}

#[derive(Debug, Subcommand)]
enum Command {
    Check(check::Args),
    Lock(lock::Args),
    Build(build::Args),
    Eval(eval::Args),
    Test(test::Args),
    Run(run::Args),
    Demo(demo::Args),
    #[command(hide = true)]
    DemoServer(demo::ServerArgs),
    Verify(verify::Args),
}

/// How results are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    #[default]
    Human,
    /// For machines: JSON, one object a line.
    Json,
}

/// Runs the command line and gives its exit code.
#[must_use]
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are asked for; everything else could not run. A closed pipe is no reason to panic.
            let _ = error.print();
            return if error.use_stderr() { FAILED } else { FINE }.into();
        }
    };
    match cli.command {
        Command::Check(args) => check::run(&args).into(),
        Command::Lock(args) => lock::run(&args).into(),
        Command::Build(args) => build::run(&args).into(),
        Command::Eval(args) => eval::run(&args).into(),
        Command::Test(args) => test::run(&args).into(),
        Command::Run(args) => run::run(&args),
        Command::Demo(args) => demo::run(&args),
        Command::DemoServer(args) => demo::serve(&args),
        Command::Verify(args) => verify::run(&args),
    }
}
