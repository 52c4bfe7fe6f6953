//! `mcppc check`.

use std::path::{Path, PathBuf};

use super::bound::{self, BoundArgs};
use super::terminal::{GREEN, err, fail, out, paint, style};
use super::{FAILED, FINE, Format, NO, SourceArgs, source};
use crate::diagnostic::{Diagnostic, Severity, Source, json::to_json, render::render, visible_line};

/// Check policies against their locks
///
/// Parses each policy, types every rule against the tools that its lock pins, and shows every error with its place, or how much work
/// one decision takes at most.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Exit codes: 0 the policies are fine, 1 one is wrong, 2 it could not run.\n\nExamples:\n  mcppc check\n  mcppc check support.mcpp --set root=/srv/test\n  mcppc check --format json policies/"
)]
pub struct Args {
    /// Policies, or folders of them [default: this folder]
    paths: Vec<PathBuf>,
    /// How to write what was found
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    #[command(flatten)]
    bound: BoundArgs,
    #[command(flatten)]
    source: SourceArgs,
}

pub fn run(args: &Args) -> u8 {
    for_each_policy(&args.paths, |path| one(path, args))
}

/// Runs a check on every policy of these paths; the exit code is that of the worst.
pub fn for_each_policy(paths: &[PathBuf], mut act: impl FnMut(&Path) -> u8) -> u8 {
    match policies(paths) {
        Ok(found) => found.iter().map(|path| act(path)).max().unwrap_or(FINE),
        Err(message) => {
            fail(&message, Some("name a policy file, or a folder that has `.mcpp` files"));
            FAILED
        }
    }
}

/// The policies named, and those in the folders named.
fn policies(paths: &[PathBuf]) -> Result<Vec<PathBuf>, String> {
    let here = [PathBuf::from(".")];
    let mut found = Vec::new();
    for path in if paths.is_empty() { &here } else { paths } {
        if !path.is_dir() {
            found.push(path.clone());
            continue;
        }
        let failed = |error| format!("cannot read the folder `{}`: {error}", path.display());
        let entries = std::fs::read_dir(path).map_err(failed)?;
        let mut files: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
        files.retain(|file| file.extension().is_some_and(|e| e == "mcpp"));
        files.sort();
        if files.is_empty() {
            return Err(format!("there is no `.mcpp` file in `{}`", path.display()));
        }
        // `./policy.mcpp` is shown as people write it.
        found.extend(
            files
                .into_iter()
                .map(|f| f.strip_prefix(".").map(Path::to_owned).unwrap_or(f)),
        );
    }
    Ok(found)
}

fn one(path: &Path, args: &Args) -> u8 {
    match source::check(path, &args.source) {
        Ok((source, checked)) => {
            show(&source, &checked.diagnostics, args.format);
            let Some(body) = checked.body else { return NO };
            let policy = match source::built(path, &body) {
                Ok((policy, _)) => policy,
                Err(error) => {
                    fail(&error, error.help());
                    return FAILED;
                }
            };
            if let Some(code) = bound::refused(&policy, &args.bound, args.format) {
                return code;
            }
            if args.format == Format::Human {
                let style = style(&std::io::stdout());
                let tools: usize = body.servers.values().map(|server| server.tools.len()).sum();
                out(format_args!(
                    "{} {}: {} rules, {tools} tools pinned",
                    paint(style, GREEN, "ok"),
                    visible_line(&source.name),
                    body.rules.len()
                ));
                out(format_args!("   {}", bound::shown(&policy)));
            }
            FINE
        }
        Err(error) => {
            fail(&error, error.help());
            FAILED
        }
    }
}

/// Shows diagnostics: to people on standard error, to machines on standard output.
pub fn show(source: &Source, diagnostics: &[Diagnostic], format: Format) {
    match format {
        Format::Json => diagnostics
            .iter()
            .for_each(|diagnostic| out(to_json(source, diagnostic))),
        Format::Human if diagnostics.is_empty() => {}
        Format::Human => {
            err(render(source, diagnostics, style(&std::io::stderr())).trim_end());
            let errors = diagnostics.iter().filter(|d| d.severity == Severity::Error).count();
            let warnings = diagnostics.len() - errors;
            err(format_args!(
                "\n{}: {}, {}",
                visible_line(&source.name),
                count(errors, "error"),
                count(warnings, "warning")
            ));
        }
    }
}

fn count(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}
