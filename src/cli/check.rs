//! `mcppc check`.

use std::path::{Path, PathBuf};

use super::terminal::{GREEN, err, fail, out, paint, style};
use super::{FAILED, FINE, Format, NO, SourceArgs, source};
use crate::check::{Sources, is_part};
use crate::diagnostic::render::{Style, render};
use crate::diagnostic::{Diagnostic, Severity, json::to_json, visible_line};

/// Check policies against their locks
///
/// Parses each policy, types every rule against the tools that its lock pins, and shows every error with its place.
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
        // What others include or use is checked with them.
        files.retain(|file| !source::read_source(file).is_ok_and(|source| is_part(&source)));
        if files.is_empty() {
            return Err(format!("no `.mcpp` file in `{}` is a policy", path.display()));
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
            show(&checked.sources, &checked.diagnostics, args.format);
            let Some(body) = checked.body else { return NO };
            if args.format == Format::Human {
                let style = style(&std::io::stdout());
                let tools: usize = body.servers.values().map(|server| server.tools.len()).sum();
                out(format_args!(
                    "{} {}: {} rules, {tools} tools pinned",
                    paint(style, GREEN, "ok"),
                    visible_line(&source.name),
                    body.rules.len()
                ));
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
pub fn show(sources: &Sources, diagnostics: &[Diagnostic], format: Format) {
    match format {
        Format::Json => diagnostics.iter().for_each(|diagnostic| {
            let (source, diagnostic) = sources.local(diagnostic);
            out(to_json(&source, &diagnostic));
        }),
        Format::Human if diagnostics.is_empty() => {}
        Format::Human => {
            err(render_all(sources, diagnostics, style(&std::io::stderr())).trim_end());
            let errors = diagnostics.iter().filter(|d| d.severity == Severity::Error).count();
            let warnings = diagnostics.len() - errors;
            err(format_args!(
                "\n{}: {}, {}",
                visible_line(sources.name()),
                count(errors, "error"),
                count(warnings, "warning")
            ));
        }
    }
}

/// Diagnostics for people, each with its place in its own file.
pub fn render_all(sources: &Sources, diagnostics: &[Diagnostic], style: Style) -> String {
    let shown = diagnostics.iter().map(|diagnostic| {
        let (source, diagnostic) = sources.local(diagnostic);
        render(&source, &[diagnostic], style)
    });
    shown.collect()
}

fn count(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}
