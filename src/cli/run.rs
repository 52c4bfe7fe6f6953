//! `mcppc run`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use clap::ValueEnum;
use jiff::Timestamp;
use miette::Diagnostic as _;

use super::signature::{self, UnsignedError};
use super::terminal::{err, fail, with_causes};
use super::{FAILED, FINE, LoadError, NO, SourceArgs, build, load_policy};
use crate::eval::Caller;
use crate::evidence::{
    Dirs, Durability, EvidenceError, Ledger, Log, LogOptions, Opened, Record, VerifyError, keys, remembered,
    store_signature,
};
use crate::gateway::{Client, Config, End, Limits, ServerPolicy, serve};
use crate::process::{Launch, Supervision};
use crate::table::{Policy, Transport};

/// The evidence is not complete: its log failed while the gateway ran.
const EVIDENCE_INCOMPLETE: u8 = 3;

/// Stand between an MCP client and a server on stdio
///
/// A client launches this in place of the server. Every tool call is decided by the policy and written down before it
/// reaches the server; what may not be called is not listed.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Exit codes: 0 the client closed the connection, 1 the server ended by itself, 2 it could not \
run, 3 the evidence is incomplete, 128+N stopped by signal N.\n\nExamples:\n  mcppc run --policy support.mcpp\n  \
mcppc run --policy support.mcpp --server fs -- npx -y @modelcontextprotocol/server-filesystem /srv/work\n  \
mcppc run --policy support.mcppb --require-signature release.vkey"
)]
pub struct Args {
    /// The policy, or an artifact made from it
    #[arg(long, value_name = "POLICY")]
    policy: PathBuf,
    /// The server, by its name in the policy [default: the only one]
    #[arg(long, value_name = "NAME")]
    server: Option<String>,
    /// Where to keep the evidence [default: a new folder under `$XDG_STATE_HOME/mcppc/evidence/<policy>`; for a policy with
    /// labels or limits, which are remembered there, the same one each time]
    #[arg(long, value_name = "DIR")]
    evidence: Option<PathBuf>,
    /// What a record must have reached before anything is done on the strength of it
    #[arg(long, value_enum, default_value_t = Reach::Strict)]
    durability: Reach,
    /// Run only an artifact that this key has signed; its public half (what `mcppc keygen` prints), or a file with it
    #[arg(long, value_name = "VKEY")]
    require_signature: Option<String>,
    #[command(flatten)]
    source: SourceArgs,
    /// The server's command line [default: the policy's]
    #[arg(last = true, value_name = "COMMAND")]
    command: Vec<String>,
}

/// What a record must have reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Reach {
    /// The disk
    Strict,
    /// The system: it survives a crash of the gateway, not one of the machine
    Relaxed,
}

/// Why the gateway did not start.
#[derive(Debug, thiserror::Error)]
enum RunError {
    #[error("{0}")]
    Load(LoadError),
    #[error("this version does not enforce everything that the policy says: {0}")]
    Unenforced(String),
    #[error("the policy speaks of no server")]
    NoServer,
    #[error("the policy speaks of several servers: {0}")]
    WhichServer(String),
    #[error("the policy has no server `{0}`")]
    UnknownServer(String),
    #[error("the policy does not say how `{0}` is started")]
    NoCommand(String),
    #[error("`{0}` is reached by HTTP, which this version does not serve yet")]
    Http(String),
    #[error(transparent)]
    Unsigned(#[from] UnsignedError),
    #[error("labels and limits stand in rules of several servers: {0}")]
    Shared(String),
    #[error(transparent)]
    Memory(#[from] VerifyError),
    #[error(transparent)]
    Evidence(#[from] EvidenceError),
    #[error("cannot run `{0}`: {1}")]
    Serve(String, std::io::Error),
}

impl RunError {
    fn help(&self) -> Option<String> {
        let help = match self {
            Self::Evidence(error) => return error.help().map(|help| help.to_string()),
            Self::Memory(error) => return error.help().map(|help| help.to_string()),
            Self::Unsigned(error) => return error.help().map(|help| help.to_string()),
            Self::WhichServer(_) | Self::UnknownServer(_) => Some("name one with `--server`"),
            Self::NoCommand(_) => Some("put its command line after `--`"),
            Self::Http(_) => Some("put the command line of a stdio server after `--`"),
            Self::Shared(_) => Some(
                "each gateway serves one server and remembers by itself: split the policy, or use them for one server only",
            ),
            Self::Unenforced(_) => Some("remove these clauses, or use a version that has them"),
            _ => None,
        };
        help.map(str::to_owned)
    }
}

/// Runs the gateway until the client, the server or a signal ends it.
pub fn run(args: &Args) -> ExitCode {
    match start(args) {
        Ok(code) => code.into(),
        Err(RunError::Load(error)) => {
            build::report(&error);
            FAILED.into()
        }
        Err(error) => {
            fail(&with_causes(&error), error.help().as_deref());
            FAILED.into()
        }
    }
}

fn start(args: &Args) -> Result<u8, RunError> {
    let (policy, artifact) = load_policy(&args.policy, &args.source).map_err(RunError::Load)?;
    let signed = args.require_signature.as_deref();
    let signed = signed.map(|key| signature::require(key, &args.policy, policy.digest()));
    let signature = signed.transpose()?;
    let unenforced = policy.unenforced();
    if !unenforced.is_empty() {
        return Err(RunError::Unenforced(unenforced.join(", ")));
    }
    let server = choose_server(&policy, args.server.as_deref())?;
    let launch = Launch {
        command: choose_command(&policy, &server, &args.command)?,
        variables: policy.passed_on(&server).map(<[String]>::to_vec),
    };
    outlive_file_limit().map_err(|error| RunError::Serve("signals".to_owned(), error))?;
    let remembers = remembers(&policy)?;
    let dirs = Dirs::from_env()?;
    let dir = folder(args, &policy, remembers.then_some(server.as_str()), &dirs);
    let log = Arc::new(open_log(args, &dirs, &dir, &policy, &artifact, signature.as_deref())?);
    let ledger = if remembers {
        remembered(&dir)?
    } else {
        Ledger::default()
    };
    let blinding = policy.hides(&server).then(|| keys::blinding(&dirs)).transpose()?;
    let judge = ServerPolicy {
        policy: Arc::new(policy),
        server: server.clone(),
    };
    let config = Config {
        server: server.clone(),
        caller: Caller::Local,
        limits: Limits::default(),
        ledger,
        blinding,
    };
    let client = Client::standard().map_err(|error| RunError::Serve("stdio".to_owned(), error))?;
    let supervision = Supervision::best();
    let ended = serve(config, Arc::new(judge), log.clone(), client, &launch, supervision);
    let closed = log.close(Timestamp::now());
    let program = launch.command.into_iter().next().unwrap_or_default();
    let end = ended.map_err(|error| RunError::Serve(program, error))?;
    if let Err(error) = closed {
        fail(&with_causes(&error), None);
        return Ok(EVIDENCE_INCOMPLETE);
    }
    Ok(match end {
        End::Client => FINE,
        End::Signal(signal) => u8::try_from(128 + signal).unwrap_or(FAILED),
        End::Server(status) => {
            err(format_args!("the server `{server}` ended by itself: {status}"));
            NO
        }
    })
}

fn choose_server(policy: &Policy, asked: Option<&str>) -> Result<String, RunError> {
    let servers: Vec<&str> = policy.servers().collect();
    match (asked, servers.as_slice()) {
        (Some(name), servers) if servers.contains(&name) => Ok(name.to_owned()),
        (Some(name), _) => Err(RunError::UnknownServer(name.to_owned())),
        (None, [only]) => Ok((*only).to_owned()),
        (None, []) => Err(RunError::NoServer),
        (None, several) => Err(RunError::WhichServer(several.join(", "))),
    }
}

fn choose_command(policy: &Policy, server: &str, given: &[String]) -> Result<Vec<String>, RunError> {
    if !given.is_empty() {
        return Ok(given.to_vec());
    }
    match policy.transport(server) {
        Some(Transport::Stdio(command)) => Ok(command.clone()),
        Some(Transport::Http(_)) => Err(RunError::Http(server.to_owned())),
        None => Err(RunError::NoCommand(server.to_owned())),
    }
}

/// A file of evidence that may not grow (`ulimit -f`) is a write that fails, and the gateway denies from then on. Without a
/// handler the signal that comes with it would end the gateway. What it starts has none of its own.
fn outlive_file_limit() -> std::io::Result<()> {
    signal_hook::flag::register(signal_hook::consts::SIGXFSZ, Arc::default()).map(drop)
}

/// Does the policy rest on what is remembered of callers? What one gateway remembers, another does not know, so that must
/// be about one server.
fn remembers(policy: &Policy) -> Result<bool, RunError> {
    let servers: Vec<&str> = policy.remembering().collect();
    match servers.as_slice() {
        [] => Ok(false),
        [_] => Ok(true),
        several => Err(RunError::Shared(several.join(", "))),
    }
}

/// Where the evidence goes: a new folder for each run, or, where it is what is remembered, the same one for the server
/// each time.
fn folder(args: &Args, policy: &Policy, kept_for: Option<&str>, dirs: &Dirs) -> PathBuf {
    let instance = || match kept_for {
        Some(server) => format!("kept-{}", file_name(server)),
        None => instance(Timestamp::now()),
    };
    let new = || {
        dirs.state
            .join("evidence")
            .join(file_name(policy.name()))
            .join(instance())
    };
    args.evidence.clone().unwrap_or_else(new)
}

/// Opens the log and writes what is in force.
fn open_log(
    args: &Args,
    dirs: &Dirs,
    dir: &Path,
    policy: &Policy,
    artifact: &[u8],
    signature: Option<&str>,
) -> Result<Log, EvidenceError> {
    let now = Timestamp::now();
    let label = dir
        .file_name()
        .map(|name| file_name(&name.to_string_lossy()))
        .unwrap_or_default();
    let options = LogOptions {
        origin: format!("mcppc/{}/{label}", file_name(policy.name())),
        signer: keys::signer(dirs)?,
        durability: match args.durability {
            Reach::Strict => Durability::Strict,
            Reach::Relaxed => Durability::Relaxed,
        },
        now,
    };
    let Opened { log, recovered } = Log::open(dir, options)?;
    if recovered.unresolved > 0 {
        err(format_args!(
            "the gateway crashed here before: {} calls are unresolved",
            recovered.unresolved
        ));
    }
    if recovered.adopted > 0 {
        err(format_args!(
            "{} records here were signed by nobody: a crash left them, or somebody added them; they are taken in and counted",
            recovered.adopted
        ));
    }
    let record = Record::PolicyLoad {
        time: now,
        artifact: log.store_artifact(artifact)?,
        policy: policy.name().to_owned(),
    };
    if let Some(note) = signature {
        store_signature(dir, policy.digest(), note)?;
    }
    let index = log.append(&record)?;
    log.commit(index)?;
    Ok(log)
}

/// This run's name: no two gateways of one machine have the same.
fn instance(now: Timestamp) -> String {
    format!("{}-{}", now.strftime("%Y%m%dT%H%M%SZ"), std::process::id())
}

/// A name as a file's name: whatever could mean something else there is a hyphen.
fn file_name(name: &str) -> String {
    let safe = |c: char| {
        if c.is_ascii_alphanumeric() || "_-".contains(c) {
            c
        } else {
            '-'
        }
    };
    name.chars().map(safe).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_leave_their_folder() {
        assert_eq!(file_name("acme/support v1.2"), "acme-support-v1-2");
        assert_eq!(file_name(".."), "--");
    }
}
