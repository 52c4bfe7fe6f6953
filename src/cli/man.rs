//! `mcppc man`.

use std::io;
use std::path::{Path, PathBuf};

use clap_mangen::{Man, generate_to};

use super::terminal::{fail, out};
use super::{FAILED, FINE};

/// Write the man pages
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Exit codes: 0 written, 2 it could not be written.\n\nExamples:\n  mcppc man | man -l -\n  mcppc man --out ~/.local/share/man/man1"
)]
pub struct Args {
    /// A folder for a page of each command, made where it is missing [default: one page, to standard output]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

pub fn run(args: &Args) -> u8 {
    let Some(dir) = &args.out else {
        return match page() {
            Ok(page) => {
                out(page.trim_end());
                FINE
            }
            Err(error) => failed(&error),
        };
    };
    match write(dir) {
        Ok(()) => FINE,
        Err(error) => failed(&io::Error::new(error.kind(), format!("`{}`: {error}", dir.display()))),
    }
}

/// The page of the program itself.
fn page() -> io::Result<String> {
    let mut page = Vec::new();
    // As in the folder, where `help` has no page.
    Man::new(super::command().disable_help_subcommand(true)).render(&mut page)?;
    Ok(String::from_utf8_lossy(&page).into_owned())
}

fn write(dir: &Path) -> io::Result<()> {
    std::fs::create_dir_all(dir)?;
    generate_to(super::command(), dir)
}

fn failed(error: &io::Error) -> u8 {
    fail(&format_args!("cannot write the man pages: {error}"), None);
    FAILED
}
