//! The `mcppc` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    mcppc::cli::main()
}
