//! `mcppc fmt`.

use std::fmt;
use std::fs;
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use serde_json::json;
use similar::TextDiff;

use super::check::show;
use super::source::{self, MAX_SOURCE};
use super::terminal::{err, fail, out};
use super::whole::write_whole;
use super::{FAILED, FINE, Format, LoadError, NO};
use crate::check::Sources;
use crate::diagnostic::json::to_json;
use crate::diagnostic::{Source, visible_line};
use crate::syntax::layout::{LayoutError, lay_out};

/// How many lines of the differences in one file `--check` shows.
const MAX_DIFF: usize = 40;
/// How deep folders are searched: deeper than people nest them, so that a loop of mounts ends.
const MAX_DEPTH: usize = 32;

/// Lay policies out in the usual way
///
/// Changes white space, line breaks and the commas between entries; comments and spelling stay. A file is written only if its new text
/// has the same meaning and the same comments, and whole or not at all. One with syntax errors is left as it is.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Exit codes: 0 done, or with --check nothing to do, 1 with --check a file would change, 2 a file could not be laid out.\n\nExamples:\n  mcppc fmt\n  mcppc fmt --check policies/\n  mcppc fmt - < policy.mcpp"
)]
pub struct Args {
    /// Policies, or folders of them and of folders; `-` reads standard input and writes standard output [default: this folder]
    paths: Vec<PathBuf>,
    /// Write nothing; list the files that would change, and how
    #[arg(long)]
    check: bool,
    /// One JSON object a file
    #[arg(long)]
    json: bool,
}

pub fn run(args: &Args) -> u8 {
    match policies(&args.paths) {
        Ok(paths) => paths.iter().map(|path| one(path, args)).max().unwrap_or(FINE),
        Err(message) => {
            fail(&message, Some("name a policy file, or a folder that has `.mcpp` files"));
            FAILED
        }
    }
}

/// Why a file was left as it is.
enum Failure {
    Load(LoadError),
    Layout(Source, LayoutError),
    /// It could not be written.
    Write(PathBuf, io::Error),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Load(error) => error.fmt(f),
            Self::Layout(source, error) => write!(f, "`{}` is left as it is: {error}", source.name),
            Self::Write(path, error) => write!(f, "cannot write `{}`: {error}", path.display()),
        }
    }
}

/// Lays a file out, writes it where that is asked for, and says so.
fn one(path: &Path, args: &Args) -> u8 {
    match laid_out(path) {
        Ok((_, text)) if is_input(path) && !args.check && !args.json => {
            // A reader that has gone away ends nothing.
            let _ = io::stdout().lock().write_all(text.as_bytes());
            FINE
        }
        Ok((source, text)) => {
            let changes = *source.text != text;
            if changes
                && !args.check
                && !is_input(path)
                && let Err(error) = write(path, &text)
            {
                return failed(&source.name, &Failure::Write(path.to_owned(), error), args);
            }
            tell(&source, &text, changes, args);
            if changes && args.check { NO } else { FINE }
        }
        Err(failure) => failed(&name(path), &failure, args),
    }
}

fn laid_out(path: &Path) -> Result<(Source, String), Failure> {
    let source = if is_input(path) {
        from_input(path)
    } else {
        source::read_source(path)
    };
    let source = source.map_err(Failure::Load)?;
    match lay_out(&source) {
        Ok(text) => Ok((source, text)),
        Err(error) => Err(Failure::Layout(source, error)),
    }
}

fn is_input(path: &Path) -> bool {
    path == Path::new("-")
}

fn name(path: &Path) -> String {
    if is_input(path) {
        "<stdin>".to_owned()
    } else {
        path.display().to_string()
    }
}

fn from_input(path: &Path) -> Result<Source, LoadError> {
    let mut bytes = Vec::new();
    let read = io::stdin().lock().take(MAX_SOURCE + 1).read_to_end(&mut bytes);
    let shown = || PathBuf::from(name(path));
    read.map_err(|error| LoadError::Read(shown(), error))?;
    if bytes.len() as u64 > MAX_SOURCE {
        return Err(LoadError::TooLarge(shown()));
    }
    let text = String::from_utf8(bytes).map_err(|_| LoadError::NotText(shown()))?;
    Ok(Source::new(name(path), text))
}

/// Writes a file whole or not at all, with the mode that it has. A link stays one: what it leads to is written.
fn write(path: &Path, text: &str) -> io::Result<()> {
    let path = fs::canonicalize(path)?;
    let permissions = fs::metadata(&path)?.permissions();
    // Another file in its place would get around that.
    if permissions.readonly() {
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, "it is read-only"));
    }
    write_whole(&path, text.as_bytes(), Some(permissions))
}

fn tell(source: &Source, text: &str, changes: bool, args: &Args) {
    if args.json {
        let file = &*source.name;
        out(json!({ "file": file, "changes": changes, "text": text, "error": null, "diagnostics": [] }));
    } else if changes {
        out(visible_line(&source.name));
        if args.check {
            difference(&source.text, text);
        }
    }
}

/// Shows how two texts differ, to people.
fn difference(old: &str, new: &str) {
    let diff = TextDiff::from_lines(old, new);
    let shown = diff
        .unified_diff()
        .context_radius(1)
        .missing_newline_hint(false)
        .to_string();
    let lines: Vec<&str> = shown.lines().collect();
    for line in lines.iter().take(MAX_DIFF) {
        err(visible_line(line));
    }
    if let Some(more) = lines.len().checked_sub(MAX_DIFF).filter(|more| *more > 0) {
        err(format_args!("… and {more} lines more"));
    }
}

fn failed(name: &str, failure: &Failure, args: &Args) -> u8 {
    if args.json {
        let diagnostics: Vec<_> = match failure {
            Failure::Layout(source, LayoutError::Wrong(found)) => {
                found.iter().map(|one| to_json(source, one)).collect()
            }
            _ => Vec::new(),
        };
        out(
            json!({ "file": name, "changes": false, "text": null, "error": failure.to_string(), "diagnostics": diagnostics }),
        );
        return FAILED;
    }
    match failure {
        Failure::Layout(source, LayoutError::Wrong(found)) => show(&Sources::one(source), found, Format::Human),
        Failure::Load(error) => fail(error, error.help()),
        other => fail(other, None),
    }
    FAILED
}

/// The files named, and those in the folders named and in the folders of these. Hidden folders, and links to folders,
/// are passed over.
fn policies(paths: &[PathBuf]) -> Result<Vec<PathBuf>, String> {
    let here = [PathBuf::from(".")];
    let mut found = Vec::new();
    for path in if paths.is_empty() { &here } else { paths } {
        if !path.is_dir() {
            found.push(path.clone());
            continue;
        }
        let mut files = Vec::new();
        search(path, &mut files, 0)?;
        if files.is_empty() {
            return Err(format!("there is no `.mcpp` file in `{}`", path.display()));
        }
        found.append(&mut files);
    }
    Ok(found)
}

fn search(folder: &Path, files: &mut Vec<PathBuf>, depth: usize) -> Result<(), String> {
    let failed = |error| format!("cannot read the folder `{}`: {error}", folder.display());
    if depth > MAX_DEPTH {
        return Ok(());
    }
    let mut entries = fs::read_dir(folder)
        .map_err(failed)?
        .collect::<io::Result<Vec<_>>>()
        .map_err(failed)?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        let is_folder = entry.file_type().map_err(failed)?.is_dir();
        let hidden = entry.file_name().as_encoded_bytes().starts_with(b".");
        if is_folder && !hidden {
            search(&path, files, depth + 1)?;
        } else if !is_folder && path.extension().is_some_and(|e| e == "mcpp") {
            // `./policy.mcpp` is shown as people write it.
            files.push(path.strip_prefix(".").map(Path::to_owned).unwrap_or(path));
        }
    }
    Ok(())
}
