//! `mcppc completions`.

use clap_complete::{Shell, generate};

use super::FINE;
use super::terminal::out;

/// Write completions for a shell
///
/// They go to standard output; where they belong is the shell's affair.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  mcppc completions bash > ~/.local/share/bash-completion/completions/mcppc\n  mcppc completions zsh > \"${fpath[1]}/_mcppc\"\n  mcppc completions fish > ~/.config/fish/completions/mcppc.fish"
)]
pub struct Args {
    /// The shell
    shell: Shell,
}

pub fn run(args: &Args) -> u8 {
    // Into memory first: a reader that goes away is no reason to panic.
    let mut script = Vec::new();
    generate(args.shell, &mut super::command(), "mcppc", &mut script);
    out(String::from_utf8_lossy(&script).trim_end());
    FINE
}
