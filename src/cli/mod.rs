//! The command line: one file a subcommand. Arguments in, exit code out; the work is elsewhere.

mod bound;
mod build;
mod check;
pub mod codes;
mod completions;
mod demo;
mod diff;
#[cfg(target_os = "linux")]
mod doctor;
mod eval;
mod explain;
mod files;
mod fmt;
mod keygen;
#[cfg(target_os = "linux")]
mod lane;
mod lock;
mod man;
mod prove;
mod revision;
mod run;
mod signature;
mod source;
#[cfg(target_os = "linux")]
mod supervise;
mod terminal;
mod test;
#[cfg(test)]
mod tests;
mod verify;
mod whole;

use std::process::ExitCode;
use std::sync::LazyLock;

use clap::{CommandFactory, Parser, Subcommand, ValueEnum};

use crate::table::artifact::LANGUAGE;

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

/// The program's version and the language's, which is another.
fn long_version() -> &'static str {
    static VERSION: LazyLock<String> = LazyLock::new(|| format!("{} (language {LANGUAGE})", env!("CARGO_PKG_VERSION")));
    &VERSION
}

#[derive(Debug, Subcommand)]
enum Command {
    Check(check::Args),
    Explain(explain::Args),
    Fmt(fmt::Args),
    Lock(lock::Args),
    Build(build::Args),
    Keygen(keygen::Args),
    Eval(eval::Args),
    Test(test::Args),
    Prove(prove::Args),
    Diff(diff::Args),
    Run(run::Args),
    #[cfg(target_os = "linux")]
    #[command(hide = true)]
    Supervise(supervise::Args),
    #[cfg(target_os = "linux")]
    #[command(hide = true)]
    Lane(lane::Args),
    Demo(demo::Args),
    #[command(hide = true)]
    DemoServer(demo::ServerArgs),
    Verify(verify::Args),
    #[cfg(target_os = "linux")]
    Doctor(doctor::Args),
    Completions(completions::Args),
    Man(man::Args),
}

/// The command line as clap knows it, for what is made from it.
fn command() -> clap::Command {
    Cli::command()
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
            // Help and version are asked for; everything else could not run.
            terminal::note(error.print());
            let code = if error.use_stderr() { FAILED } else { FINE };
            return unless_lost(code.into());
        }
    };
    unless_lost(run(cli.command))
}

/// What nobody could read was not said, whatever it was.
fn unless_lost(code: ExitCode) -> ExitCode {
    let Some(error) = terminal::lost() else { return code };
    terminal::fail(&format_args!("cannot write the output: {error}"), None);
    FAILED.into()
}

fn run(command: Command) -> ExitCode {
    match command {
        Command::Check(args) => check::run(&args).into(),
        Command::Explain(args) => explain::run(&args).into(),
        Command::Fmt(args) => fmt::run(&args).into(),
        Command::Lock(args) => lock::run(&args).into(),
        Command::Build(args) => build::run(&args).into(),
        Command::Keygen(args) => keygen::run(&args).into(),
        Command::Eval(args) => eval::run(&args).into(),
        Command::Test(args) => test::run(&args).into(),
        Command::Prove(args) => prove::run(&args).into(),
        Command::Diff(args) => diff::run(&args).into(),
        Command::Run(args) => run::run(&args),
        #[cfg(target_os = "linux")]
        Command::Supervise(args) => supervise::run(&args).into(),
        #[cfg(target_os = "linux")]
        Command::Lane(args) => lane::run(&args),
        Command::Demo(args) => demo::run(&args),
        Command::DemoServer(args) => demo::serve(&args),
        Command::Verify(args) => verify::run(&args),
        #[cfg(target_os = "linux")]
        Command::Doctor(args) => doctor::run(&args).into(),
        Command::Completions(args) => completions::run(&args).into(),
        Command::Man(args) => man::run(&args).into(),
    }
}
