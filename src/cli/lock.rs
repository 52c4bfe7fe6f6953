//! `mcppc lock`.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::build::write_whole;
use super::check::show;
use super::source::{self, lock_path, read_lock, read_source};
use super::terminal::{err, fail, out};
use super::{FAILED, FINE, Format, LoadError, NO, SourceArgs};
use crate::check::{Outline, outline};
use crate::json::{Limits, parse};
use crate::lock::{AskError, Change, Lock, LockedServer, PinError, ask, diff, pin_tools};
use crate::table::Transport;

/// The most bytes of a saved tool list.
const MAX_LIST: u64 = 32 << 20;

/// Pin the tools of a policy's servers
///
/// Starts each server that the policy names, asks for its tools, and writes `mcpp.lock` beside the policy: what is not
/// pinned does not exist. Where a pinned tool has changed, or a new one appeared, nothing is written without --accept.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Exit codes: 0 the lock is up to date, 1 servers have drifted, 2 it could not run.\n\nExamples:\n  mcppc lock support.mcpp\n  mcppc lock support.mcpp --tools fs=tools.json\n  mcppc lock support.mcpp --check\n  mcppc lock support.mcpp --server mail -- ./mail-server --stdio"
)]
pub struct Args {
    /// The policy
    policy: PathBuf,
    /// Take a server's tools from a saved `tools/list` reply; may be repeated
    #[arg(long, value_name = "NAME=FILE", value_parser = parse_tools)]
    tools: Vec<(String, PathBuf)>,
    /// Write nothing: say whether the servers are as they are locked
    #[arg(long, conflicts_with = "accept")]
    check: bool,
    /// Take what has changed
    #[arg(long)]
    accept: bool,
    /// Only these servers; the others stay as they are locked
    #[arg(long, value_name = "NAME")]
    server: Vec<String>,
    /// Seconds to wait for each answer of a server
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    timeout: u64,
    #[command(flatten)]
    source: SourceArgs,
    /// The command of the server that the policy gives none for
    #[arg(last = true)]
    command: Vec<String>,
}

fn parse_tools(text: &str) -> Result<(String, PathBuf), String> {
    let (name, file) = text.split_once('=').ok_or("expected NAME=FILE")?;
    Ok((name.to_owned(), PathBuf::from(file)))
}

/// Why there is no lock to write.
enum Failure {
    Load(LoadError),
    Policy,
    NoServer(String),
    NoCommand(String),
    Http(String),
    Ask(String, AskError),
    List(PathBuf, String),
    Write(PathBuf, std::io::Error),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Load(error) => error.fmt(f),
            Self::Policy => f.write_str("the policy is wrong"),
            Self::NoServer(name) => write!(f, "the policy has no server `{name}`"),
            Self::NoCommand(name) => write!(f, "the policy does not say how `{name}` is started"),
            Self::Http(name) => write!(f, "`{name}` is an HTTP server, which this version cannot ask"),
            Self::Ask(name, error) => write!(f, "`{name}`: {error}"),
            Self::List(path, error) => write!(f, "`{}`: {error}", path.display()),
            Self::Write(path, error) => write!(f, "cannot write `{}`: {error}", path.display()),
        }
    }
}

impl Failure {
    fn help(&self) -> Option<&'static str> {
        match self {
            Self::NoCommand(_) => Some("give its command after `--`, or a saved list with `--tools NAME=FILE`"),
            Self::Http(_) => Some("give a saved list with `--tools NAME=FILE`"),
            Self::List(..) => Some("a saved list is `{\"tools\": […]}` or the JSON-RPC response to `tools/list`"),
            Self::Load(error) => error.help(),
            _ => None,
        }
    }
}

pub fn run(args: &Args) -> u8 {
    match lock(args) {
        Ok(code) => code,
        Err(Failure::Policy) => FAILED,
        Err(failure) => {
            fail(&failure, failure.help());
            FAILED
        }
    }
}

fn lock(args: &Args) -> Result<u8, Failure> {
    let source = read_source(&args.policy).map_err(Failure::Load)?;
    let outline = outline(&source, &args.source.sets).map_err(|diagnostics| {
        show(&source, &diagnostics, Format::Human);
        Failure::Policy
    })?;
    let named = args.tools.iter().map(|(name, _)| name).chain(&args.server);
    if let Some(unknown) = named.into_iter().find(|name| !outline.servers.contains_key(*name)) {
        return Err(Failure::NoServer(unknown.clone()));
    }
    let path = lock_path(&args.policy, &args.source);
    let locked = read_lock(&path).map_err(Failure::Load)?;
    let live = live(args, &outline, locked.as_ref())?;
    let changes = diff(locked.as_ref().unwrap_or(&Lock::default()), &live);
    let next = with_wildcards(live, locked.as_ref(), &outline, args.accept);
    for change in changes.iter().filter(|_| locked.is_some()) {
        out(change);
    }
    finish(args, &path, locked.as_ref(), &changes, &next)
}

fn finish(args: &Args, path: &Path, locked: Option<&Lock>, changes: &[Change], next: &Lock) -> Result<u8, Failure> {
    let same = locked == Some(next);
    if args.check {
        if !same && changes.is_empty() {
            out("the lock lacks a wildcard's expansion: run `mcppc lock`");
        }
        return Ok(if same { FINE } else { NO });
    }
    if changes.iter().any(Change::is_drift) && locked.is_some() && !args.accept {
        err(format_args!("\n`{}` was left as it is", path.display()));
        err("  help: look at what has changed; `mcppc lock --accept` takes it");
        return Ok(NO);
    }
    if !same {
        write_whole(path, next.to_text().as_bytes()).map_err(|error| Failure::Write(path.to_owned(), error))?;
    }
    let tools: usize = next.servers.values().map(|server| server.tools.len()).sum();
    let what = if same { "is up to date" } else { "is written" };
    err(format_args!(
        "{} {what}: {} servers, {tools} tools",
        path.display(),
        next.servers.len()
    ));
    Ok(FINE)
}

/// The servers as they are now; those that are not asked for stay as they are locked.
fn live(args: &Args, outline: &Outline, locked: Option<&Lock>) -> Result<Lock, Failure> {
    let mut servers = BTreeMap::new();
    for (name, transport) in &outline.servers {
        let saved = args.tools.iter().find(|(server, _)| server == name);
        let wanted = args.server.is_empty() || args.server.contains(name);
        let before = locked.and_then(|lock| lock.servers.get(name));
        let server = match (saved, before) {
            (Some((_, file)), _) => from_file(file)?,
            (None, Some(before)) if !wanted => before.clone(),
            (None, None) if !wanted => continue,
            _ => from_server(args, name, transport.as_ref())?,
        };
        servers.insert(name.clone(), server);
    }
    Ok(Lock {
        servers,
        wildcards: locked.map(|lock| lock.wildcards.clone()).unwrap_or_default(),
    })
}

fn from_file(path: &Path) -> Result<LockedServer, Failure> {
    let bytes = source::read(path, MAX_LIST).map_err(Failure::Load)?;
    let failed = |error: String| Failure::List(path.to_owned(), error);
    let list = parse(
        &bytes,
        &Limits {
            bytes: usize::MAX,
            depth: 80,
        },
    )
    .map_err(|error| failed(error.to_string()))?;
    let mut server = LockedServer::default();
    pin_tools(&list, &mut server.tools).map_err(|error: PinError| failed(error.to_string()))?;
    Ok(server)
}

fn from_server(args: &Args, name: &str, transport: Option<&Transport>) -> Result<LockedServer, Failure> {
    let named = args.server.len() == 1 && !args.command.is_empty();
    let command = match transport {
        _ if named => &args.command,
        Some(Transport::Stdio(command)) => command,
        Some(Transport::Http(_)) => return Err(Failure::Http(name.to_owned())),
        None if args.command.is_empty() => return Err(Failure::NoCommand(name.to_owned())),
        None => &args.command,
    };
    err(format_args!("asking {name} for its tools"));
    ask(command, Duration::from_secs(args.timeout)).map_err(|error| Failure::Ask(name.to_owned(), error))
}

/// The expansions of the policy's wildcards: all tools where the wildcard is new or what is new is accepted,
/// otherwise what was accepted before.
fn with_wildcards(mut next: Lock, locked: Option<&Lock>, outline: &Outline, accept: bool) -> Lock {
    let mut wildcards = BTreeMap::new();
    for wildcard in &outline.wildcards {
        let server = wildcard.strip_suffix(".*").unwrap_or(wildcard);
        let tools: Vec<String> = next
            .servers
            .get(server)
            .into_iter()
            .flat_map(|s| s.tools.keys().cloned())
            .collect();
        // A server that was not locked before has nothing that was accepted.
        let before = locked
            .filter(|lock| lock.servers.contains_key(server) && !accept)
            .and_then(|lock| lock.wildcards.get(wildcard));
        wildcards.insert(wildcard.clone(), before.cloned().unwrap_or(tools));
    }
    next.wildcards = wildcards;
    next
}
