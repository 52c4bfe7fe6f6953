//! `mcppc lock`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::check::show;
use super::files::Folder;
use super::source::{self, lock_path, read_lock, read_source};
use super::terminal::{err, fail, out};
use super::whole::write_whole;
use super::{FAILED, FINE, Format, LoadError, NO, SourceArgs};
use crate::check::{Outline, outline};
use crate::json::{Kind, Limits, parse};
use crate::lock::{AskError, Change, Lock, LockError, LockedServer, PinError, ask, diff, pin_tools};
use crate::process::{Launch, Supervision};
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
    /// The command of the server that the policy gives none for, or of the one that --server names
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
    Twice(String),
    NoTaker,
    WhichTaker(String),
    NoCommand(String),
    Http(String),
    Ask(String, AskError),
    List(PathBuf, String),
    Page(PathBuf),
    Unwritable(PathBuf, LockError),
    Write(PathBuf, std::io::Error),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Load(error) => error.fmt(f),
            Self::Policy => f.write_str("the policy is wrong"),
            Self::NoServer(name) => write!(f, "the policy has no server `{name}`"),
            Self::Twice(name) => write!(f, "two tool lists are given for `{name}`"),
            Self::NoTaker => f.write_str("the command after `--` is for none of the policy's servers"),
            Self::WhichTaker(names) => write!(f, "the command after `--` could be for each of {names}"),
            Self::NoCommand(name) => write!(f, "the policy does not say how `{name}` is started"),
            Self::Http(name) => write!(f, "`{name}` is an HTTP server, which this version cannot ask"),
            Self::Ask(name, error) => write!(f, "`{name}`: {error}"),
            Self::List(path, error) => write!(f, "`{}`: {error}", path.display()),
            Self::Page(path) => write!(
                f,
                "`{}` is not the whole list: its `nextCursor` says that there are more tools",
                path.display()
            ),
            Self::Unwritable(path, error) => write!(f, "`{}` was left as it is: {error}", path.display()),
            Self::Write(path, error) => write!(f, "cannot write `{}`: {error}", path.display()),
        }
    }
}

impl Failure {
    fn help(&self) -> Option<&'static str> {
        match self {
            Self::NoTaker => {
                Some("it is for a server that has no transport in the policy, or for the one named with `--server`")
            }
            Self::WhichTaker(_) => Some("name one with `--server`"),
            Self::NoCommand(_) => Some("give its command after `--`, or a saved list with `--tools NAME=FILE`"),
            Self::Http(_) => Some("give a saved list with `--tools NAME=FILE`"),
            Self::List(..) => Some("a saved list is `{\"tools\": […]}` or the JSON-RPC response to `tools/list`"),
            Self::Page(_) => Some("put the tools of all pages into one list `{\"tools\": […]}`, without `nextCursor`"),
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
    let outline =
        outline(&source, &Folder::of(&args.policy), &args.source.sets).map_err(|(sources, diagnostics)| {
            show(&sources, &diagnostics, Format::Human);
            Failure::Policy
        })?;
    let command_for = check_names(args, &outline)?;
    let path = lock_path(&args.policy, &args.source);
    let locked = read_lock(&path).map_err(Failure::Load)?;
    if args.check && locked.is_none() && !outline.servers.is_empty() {
        let help = format!("`mcppc lock {}` makes it", args.policy.display());
        fail(&format_args!("there is no lock `{}`", path.display()), Some(&help));
        return Ok(NO);
    }
    let before = locked.clone().unwrap_or_default();
    let servers = servers(args, &outline, &before, command_for)?;
    let next = Lock {
        wildcards: wildcards(&servers, &before, &outline),
        servers,
    };
    let changes = diff(&before, &next);
    for change in changes.iter().filter(|_| locked.is_some()) {
        out(change);
    }
    if args.check {
        let expanded = before.wildcards == next.wildcards;
        if !expanded && changes.is_empty() {
            out("the wildcards in the lock are not what they would be: run `mcppc lock`");
        }
        return Ok(if expanded && changes.is_empty() { FINE } else { NO });
    }
    write(args, &path, locked.as_ref(), &changes, &next)
}

fn write(args: &Args, path: &Path, locked: Option<&Lock>, changes: &[Change], next: &Lock) -> Result<u8, Failure> {
    if changes.iter().any(Change::is_drift) && locked.is_some() && !args.accept {
        err(format_args!("\n`{}` was left as it is", path.display()));
        err("  help: look at what has changed; `mcppc lock --accept` takes it");
        return Ok(NO);
    }
    let same = locked == Some(next);
    if !same {
        let text = next
            .to_text()
            .map_err(|error| Failure::Unwritable(path.to_owned(), error))?;
        write_whole(path, text.as_bytes(), None).map_err(|error| Failure::Write(path.to_owned(), error))?;
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

/// Do the arguments speak of the policy's servers, and of each in one way? Gives the server that the command after
/// `--` is for.
fn check_names<'o>(args: &Args, outline: &'o Outline) -> Result<Option<&'o str>, Failure> {
    let lists = || args.tools.iter().map(|(name, _)| name);
    if let Some(unknown) = lists()
        .chain(&args.server)
        .find(|name| !outline.servers.contains_key(*name))
    {
        return Err(Failure::NoServer(unknown.clone()));
    }
    let mut seen = BTreeSet::new();
    if let Some(twice) = lists().find(|name| !seen.insert(*name)) {
        return Err(Failure::Twice(twice.clone()));
    }
    if args.command.is_empty() {
        return Ok(None);
    }
    let only = args.server.len() == 1;
    let takes = |name: &String, transport: &Option<Transport>| {
        is_asked(args, name) && !seen.contains(name) && (only || transport.is_none())
    };
    let takers = outline
        .servers
        .iter()
        .filter(|(name, transport)| takes(name, transport));
    match takers.map(|(name, _)| name.as_str()).collect::<Vec<_>>().as_slice() {
        [only] => Ok(Some(only)),
        [] => Err(Failure::NoTaker),
        several => Err(Failure::WhichTaker(format!("`{}`", several.join("`, `")))),
    }
}

fn is_asked(args: &Args, server: &String) -> bool {
    args.server.is_empty() || args.server.contains(server)
}

/// The servers as they are now; those that are not asked, or that are another policy's, stay as they are locked.
fn servers(
    args: &Args,
    outline: &Outline,
    before: &Lock,
    command_for: Option<&str>,
) -> Result<BTreeMap<String, LockedServer>, Failure> {
    let mut servers = before.servers.clone();
    for (name, transport) in &outline.servers {
        let server = match args.tools.iter().find(|(server, _)| server == name) {
            Some((_, file)) => from_file(file)?,
            None if !is_asked(args, name) => continue,
            None => {
                let command = match command_for == Some(name) {
                    true => &args.command,
                    false => command_of(name, transport.as_ref())?,
                };
                let variables = outline.env.get(name).cloned();
                from_server(args, name, command.to_vec(), variables)?
            }
        };
        servers.insert(name.clone(), server);
    }
    Ok(servers)
}

fn from_file(path: &Path) -> Result<LockedServer, Failure> {
    let bytes = source::read(path, MAX_LIST).map_err(Failure::Load)?;
    let failed = |error: String| Failure::List(path.to_owned(), error);
    let list = parse(
        &bytes,
        &Limits {
            bytes: usize::MAX,
            depth: 80,
            values: 1_000_000,
        },
    )
    .map_err(|error| failed(error.to_string()))?;
    let cursor = list.get("result").unwrap_or(&list).get("nextCursor");
    if cursor.is_some_and(|cursor| cursor.kind != Kind::Null) {
        return Err(Failure::Page(path.to_owned()));
    }
    let mut server = LockedServer::default();
    pin_tools(&list, &mut server.tools).map_err(|error: PinError| failed(error.to_string()))?;
    Ok(server)
}

fn command_of<'t>(name: &str, transport: Option<&'t Transport>) -> Result<&'t [String], Failure> {
    match transport {
        Some(Transport::Stdio(command)) => Ok(command),
        Some(Transport::Http(_)) => Err(Failure::Http(name.to_owned())),
        None => Err(Failure::NoCommand(name.to_owned())),
    }
}

fn from_server(
    args: &Args,
    name: &str,
    command: Vec<String>,
    variables: Option<Vec<String>>,
) -> Result<LockedServer, Failure> {
    err(format_args!("asking {name} for its tools"));
    let patience = Duration::from_secs(args.timeout);
    let launch = Launch { command, variables };
    ask(&launch, Supervision::best(), patience).map_err(|error| Failure::Ask(name.to_owned(), error))
}

/// What wildcards stand for once everything is accepted: what they stood for, and the tools that are new. One that is
/// not in the lock, or whose server was not, stands for all tools. A tool that someone took out of it does not come
/// back. Those that this policy does not name are kept: another policy beside it may.
fn wildcards(
    servers: &BTreeMap<String, LockedServer>,
    before: &Lock,
    outline: &Outline,
) -> BTreeMap<String, Vec<String>> {
    let mut wildcards = before.wildcards.clone();
    for wildcard in &outline.wildcards {
        let name = wildcard.strip_suffix(".*").unwrap_or(wildcard);
        let Some(server) = servers.get(name) else { continue };
        let accepted = before.servers.get(name).zip(before.wildcards.get(wildcard));
        let stands_for =
            |tool: &&String| accepted.is_none_or(|(old, tools)| tools.contains(tool) || !old.tools.contains_key(*tool));
        let tools = server.tools.keys().filter(stands_for).cloned().collect();
        wildcards.insert(wildcard.clone(), tools);
    }
    wildcards
}
