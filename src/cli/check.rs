//! `mcppc check`.

use std::path::{Path, PathBuf};

use clap::ValueEnum;

use super::bound::{self, BoundArgs};
use super::terminal::{GREEN, err, fail, out, paint, style};
use super::{FAILED, FINE, Format, LoadError, NO, SourceArgs, codes, source};
use crate::check::{Checked, Sources, is_part};
use crate::diagnostic::render::{Style, render};
use crate::diagnostic::sarif::{Run, to_sarif};
use crate::diagnostic::{Diagnostic, Severity, Source, json::to_json, visible_line};
use crate::table::Capability;

/// Check policies against their locks
///
/// Parses each policy, types every rule against the tools that its lock pins, and shows every error with its place, or how much work
/// one decision takes at most.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Exit codes: 0 the policies are fine, 1 one is wrong, 2 it could not run.\n\nExamples:\n  mcppc check\n  mcppc check support.mcpp --set root=/srv/test\n  mcppc check --format sarif policies/ > mcppc.sarif"
)]
pub struct Args {
    /// Policies, or folders of them [default: this folder]
    paths: Vec<PathBuf>,
    /// How to write what was found
    #[arg(long, value_enum, default_value_t)]
    format: Report,
    #[command(flatten)]
    bound: BoundArgs,
    #[command(flatten)]
    source: SourceArgs,
}

/// How what was found is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Report {
    /// For people
    #[default]
    Human,
    /// One JSON object a line, one a finding
    Json,
    /// One log for code scanners, SARIF 2.1.0
    Sarif,
}

pub fn run(args: &Args) -> u8 {
    match args.format {
        Report::Human => for_each_policy(&args.paths, |path| one(path, args, Format::Human)),
        Report::Json => for_each_policy(&args.paths, |path| one(path, args, Format::Json)),
        Report::Sarif => scan(args),
    }
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

/// The same for every policy, in one log: what could not be read stands in it too.
fn scan(args: &Args) -> u8 {
    let mut run = Run::default();
    let mut worst = FINE;
    match policies(&args.paths) {
        Ok(found) => {
            for path in found {
                match found_in(&path, args) {
                    Ok((code, findings)) => {
                        worst = worst.max(code);
                        run.findings.extend(findings);
                    }
                    Err(error) => {
                        fail(&error, error.help());
                        run.failures.push(error.to_string());
                    }
                }
            }
        }
        Err(message) => {
            fail(&message, Some("name a policy file, or a folder that has `.mcpp` files"));
            run.failures.push(message);
        }
    }
    let here = std::env::current_dir().unwrap_or_default();
    out(to_sarif(&run, codes::find, &here));
    if run.failures.is_empty() { worst } else { FAILED }
}

/// What there is to say of a source.
type Findings = (Source, Vec<Diagnostic>);

/// The exit code of a policy, and what there is to say of it.
fn found_in(path: &Path, args: &Args) -> Result<(u8, Vec<Findings>), LoadError> {
    let (source, checked) = source::check_whole(path, &args.source)?;
    let mut findings = by_file(source, &checked);
    let Some(body) = checked.body else {
        return Ok((NO, findings));
    };
    let (policy, _) = source::built(path, &body)?;
    let over = bound::over(&policy, &args.bound);
    let code = if over.is_empty() { FINE } else { NO };
    findings.extend(over.into_iter().map(|(source, error)| (source, vec![error])));
    Ok((code, findings))
}

/// What there is to say of each file of a policy, its own first.
fn by_file(own: Source, checked: &Checked) -> Vec<Findings> {
    let mut found: Vec<Findings> = vec![(own, Vec::new())];
    for diagnostic in &checked.diagnostics {
        let (source, diagnostic) = checked.sources.local(diagnostic);
        match found.iter_mut().find(|(known, _)| known.name == source.name) {
            Some((_, of_file)) => of_file.push(diagnostic),
            None => found.push((source, vec![diagnostic])),
        }
    }
    found
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

fn one(path: &Path, args: &Args, format: Format) -> u8 {
    match source::check_whole(path, &args.source) {
        Ok((source, checked)) => {
            show(&checked.sources, &checked.diagnostics, format);
            let Some(body) = checked.body else { return NO };
            let policy = match source::built(path, &body) {
                Ok((policy, _)) => policy,
                Err(error) => {
                    fail(&error, error.help());
                    return FAILED;
                }
            };
            if bound::refused(&policy, &args.bound, format) {
                return NO;
            }
            if format == Format::Human {
                let style = style(&std::io::stdout());
                let tools = body.servers.values().flat_map(|server| server.tools.keys());
                let tools = tools.filter(|tool| Capability::of_tool(tool).is_none()).count();
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
