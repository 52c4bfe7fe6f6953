//! `mcppc eval`.

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde_json::json;

use super::build::report;
use super::terminal::{DIM, GREEN, RED, err, fail, out, paint, style};
use super::{FAILED, FINE, NO, SourceArgs, load_policy};
use crate::diagnostic::{Diagnostic, Source, Span, render::Style, render::render, visible_line};
use crate::eval::{Decision, Denial, Reason, decide_line};
use crate::json::Limits;
use crate::pattern::At;
use crate::table::Policy;

/// Decide recorded calls
///
/// Reads calls, one JSON object a line: {"tool": "fs.read_file", "arguments": {…}}, with "server", "caller", "time",
/// "labels" and "counters" where they matter, or a JSON-RPC tools/call as it was on the wire.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Exit codes: 0 all are allowed, 1 some are denied, 2 a line is unreadable or it could not run.\n\nExamples:\n  mcppc eval --policy support.mcpp calls.jsonl\n  echo '{\"tool\":\"fs.read_file\",\"arguments\":{\"path\":\"/etc/passwd\"}}' | mcppc eval --policy support.mcpp"
)]
pub struct Args {
    /// The policy, or an artifact built from it
    #[arg(long)]
    policy: PathBuf,
    /// The server that calls are for which do not say so themselves
    #[arg(long, value_name = "NAME")]
    server: Option<String>,
    /// One JSON object a call: index, decision, rule, reason, message, parameter
    #[arg(long)]
    json: bool,
    /// The calls; `-` or nothing for standard input
    calls: Option<PathBuf>,
    #[command(flatten)]
    source: SourceArgs,
}

pub fn run(args: &Args) -> u8 {
    let policy = match load_policy(&args.policy, &args.source) {
        Ok((policy, _)) => policy,
        Err(error) => {
            report(&error);
            return FAILED;
        }
    };
    if let Some(server) = args.server.as_deref()
        && !policy.servers().any(|name| name == server)
    {
        let names: Vec<&str> = policy.servers().collect();
        fail(
            &format_args!("the policy has no server `{server}`"),
            Some(&format!("it has {}", names.join(", "))),
        );
        return FAILED;
    }
    let outcome = match args.calls.as_deref().filter(|path| *path != Path::new("-")) {
        None => decide_all(&mut std::io::stdin().lock(), &policy, args),
        Some(path) => match std::fs::File::open(path) {
            Ok(file) => decide_all(&mut BufReader::new(file), &policy, args),
            Err(error) => Err(std::io::Error::new(
                error.kind(),
                format!("`{}`: {error}", path.display()),
            )),
        },
    };
    outcome.unwrap_or_else(|error| {
        fail(&format_args!("cannot read the calls: {error}"), None);
        FAILED
    })
}

fn decide_all(calls: &mut impl BufRead, policy: &Policy, args: &Args) -> std::io::Result<u8> {
    let mut worst = FINE;
    let mut index = 0_u64;
    while let Some(line) = read_line(calls)? {
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        let decision = decide_line(policy, args.server.as_deref(), &line, Timestamp::now());
        worst = worst.max(match decision.reason() {
            Reason::Allowed => FINE,
            Reason::MalformedCall | Reason::TooLarge => FAILED,
            _ => NO,
        });
        if args.json {
            out(to_json(index, &decision));
        } else {
            show(index, &decision, policy, style(&std::io::stdout()));
        }
        index += 1;
    }
    if index == 0 {
        err("no calls were read");
    }
    Ok(worst)
}

/// One line without its break. Of one that is too long no more is kept than shows that it is.
fn read_line(calls: &mut impl BufRead) -> std::io::Result<Option<Vec<u8>>> {
    let bound = Limits::default().bytes as u64 + 2;
    let mut line = Vec::new();
    if calls.by_ref().take(bound).read_until(b'\n', &mut line)? == 0 {
        return Ok(None);
    }
    if line.last() == Some(&b'\n') {
        line.pop();
        if line.last() == Some(&b'\r') {
            line.pop();
        }
    } else if line.len() as u64 == bound {
        calls.skip_until(b'\n')?;
    }
    Ok(Some(line))
}

fn to_json(index: u64, decision: &Decision) -> serde_json::Value {
    let (verdict, message, parameter) = match decision {
        Decision::Allow(_) => ("allow", "a grant holds", None),
        Decision::Deny(denial) => ("deny", denial.message.as_str(), denial.parameter.as_deref()),
    };
    let effects = decision.effects();
    let mut line = json!({
        "index": index,
        "decision": verdict,
        "rule": decision.rule().map(|rule| json!({ "id": rule.id, "file": rule.file, "line": rule.line })),
        "reason": decision.reason().as_str(),
        "message": message,
        "parameter": parameter,
    });
    // Most policies have none of these.
    let marks = (!effects.marks.is_empty()).then(|| ("marks".to_owned(), json!(effects.marks)));
    let charges = (!effects.charges.is_empty()).then(|| ("charges".to_owned(), json!(effects.charges)));
    let returns = (!effects.returns.is_empty()).then(|| ("returns".to_owned(), json!(effects.returns)));
    let record = (!effects.record.is_empty()).then(|| ("record".to_owned(), json!(effects.record)));
    let with = effects.with.map(|name| ("with".to_owned(), json!(name)));
    let to = effects.to.map(|name| ("to".to_owned(), json!(name)));
    if let Some(members) = line.as_object_mut() {
        members.extend(
            marks
                .into_iter()
                .chain(charges)
                .chain(returns)
                .chain(record)
                .chain(with)
                .chain(to),
        );
    }
    line
}

fn show(index: u64, decision: &Decision, policy: &Policy, style: Style) {
    let place = decision.rule().map_or(String::new(), |rule| {
        format!("{}:{} ({})", visible_line(&rule.file), rule.line, rule.id)
    });
    match decision {
        Decision::Allow(_) => out(format_args!(
            "{index} {} by the grant at {place}",
            paint(style, GREEN, "allow")
        )),
        Decision::Deny(denial) => {
            let parameter = denial
                .parameter
                .as_deref()
                .map_or(String::new(), |p| format!(" at {}", visible_line(p)));
            let reason = denial.reason.as_str();
            out(format_args!(
                "{index} {} {reason}{parameter}: {}",
                paint(style, RED, "deny"),
                visible_line(&denial.message)
            ));
            let by = if denial.reason == Reason::Prohibited {
                "by the prohibition"
            } else {
                "the nearest grant is"
            };
            if denial.rule.is_some() {
                out(paint(style, DIM, &format!("  {by} at {place}")));
            }
            if let Some(shown) = explain(denial, policy, style) {
                out(shown);
            }
        }
    }
}

/// The very part of the rule that decided, underlined in its source.
fn explain(denial: &Denial, policy: &Policy, style: Style) -> Option<String> {
    let at: At = denial.place?;
    let text = policy.source(at.source)?;
    let span = Span::new(usize::try_from(at.start).ok()?, usize::try_from(at.end).ok()?);
    let label = match denial.reason {
        Reason::Prohibited => "this holds",
        Reason::MissingParameter => "this parameter is missing",
        Reason::UnlistedParameter => "this grant does not name it",
        _ => "this does not hold",
    };
    let diagnostic = Diagnostic::error(denial.reason.as_str(), span, &denial.message).label(label);
    let name = visible_line(&text.name);
    let shown = render(&Source::new(name.as_str(), text.text.as_str()), &[diagnostic], style);
    // The code and the message stand above already.
    let lines = shown
        .lines()
        .skip_while(|line| !line.contains(&name))
        .filter(|line| !line.trim().is_empty());
    Some(lines.map(|line| format!("  {line}")).collect::<Vec<_>>().join("\n"))
}
