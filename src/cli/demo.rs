//! `mcppc demo`, and the server that it needs.

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use super::terminal::{self, DIM, GREEN, RED, err, fail, out, paint};
use super::{FAILED, FINE, NO};
use crate::demo::{self, Scene};
use crate::diagnostic::render::Style;

/// See it work: an agent, a file server, and a policy between them
///
/// Needs no network and leaves nothing behind.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Exit codes: 0 all went as told, 1 something did not, 2 it could not run.\n\nExample:\n  mcppc demo"
)]
pub struct Args {}

/// The demonstration's file server.
#[derive(Debug, clap::Args)]
pub struct ServerArgs {
    /// The folder that it serves
    folder: PathBuf,
}

/// Plays the demonstration.
pub fn run(_: &Args) -> ExitCode {
    let style = terminal::style(&io::stdout());
    out(INTRODUCTION);
    let mut as_told = true;
    let mut number = 0;
    let mut show = |scene: &Scene| {
        number += 1;
        as_told &= scene.as_told;
        out(describe(number, scene, style));
    };
    let played = std::env::current_exe().and_then(|program| demo::play(&program, &std::env::temp_dir(), &mut show));
    match played {
        Err(error) => {
            fail(&format_args!("the demonstration could not run: {error}"), None);
            FAILED.into()
        }
        Ok(()) if as_told => {
            out(CONCLUSION);
            FINE.into()
        }
        Ok(()) => {
            err("something did not go as it should");
            NO.into()
        }
    }
}

const INTRODUCTION: &str = "An agent works with a file server. The gateway stands between them with a policy:

  allow office.read_text_file { path: path(\"${root}/**\"), head?: 1..=1000 }
  allow office.send_mail      { to: \"team@office.example\", body: text(..=2000) }
  … and two rules more: examples/demo/policy.mcpp

What the agent tries:
";

const CONCLUSION: &str = "
Nothing that was denied reached the server, and every decision can be derived again from the evidence.
Next: `mcppc check`, `mcppc lock` and `mcppc run` with a policy of your own.";

fn describe(number: usize, scene: &Scene, style: Style) -> String {
    let color = match scene.verdict {
        "denied" | "found" | "failed" => RED,
        _ => GREEN,
    };
    let verdict = paint(style, color, &format!("{:<9}", scene.verdict));
    let mark = if scene.as_told { "" } else { "   <- not as told" };
    format!(
        "{number:>2}  {verdict} {}{mark}\n              {}\n              {}",
        scene.what,
        paint(style, DIM, &scene.call),
        scene.detail
    )
}

/// Serves until standard input ends.
pub fn serve(args: &ServerArgs) -> ExitCode {
    match demo::server::serve(&args.folder, io::stdin().lock(), io::stdout().lock()) {
        Ok(()) => FINE.into(),
        Err(error) => {
            fail(&format_args!("cannot serve `{}`: {error}", args.folder.display()), None);
            FAILED.into()
        }
    }
}
