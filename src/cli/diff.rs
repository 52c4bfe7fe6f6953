//! `mcppc diff`.

mod changes;
mod human;
mod markdown;

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::ValueEnum;
use jiff::Timestamp;
use serde_json::{Value, json};

use self::changes::Change;
use super::build::report;
use super::source::load_policy_or_revision;
use super::terminal::out;
use super::{FAILED, FINE, LoadError, NO, SourceArgs};
use crate::prove::{Access, DEFAULT, Difference, Direction, compare};
use crate::table::{FullName, Policy};

/// Say what a change of a policy newly allows, and what it newly denies
///
/// Tool by tool: equivalent, more permissive, less permissive or incomparable, with a call that one policy allows and the
/// other does not. Then what changed of tools, callers, labels and limits. An answer is exact, or refused.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Exit codes: 0 compared, 1 something is newly allowed and `--no-new-access` is given, 2 a comparison is refused or it could not run.\n\nExamples:\n  mcppc diff main/support.mcpp support.mcpp\n    mcppc diff released.mcppb support.mcpp --no-new-access\n  mcppc diff git:main:support.mcpp support.mcpp\n  mcppc diff old.mcpp new.mcpp --format md"
)]
pub struct Args {
    /// The policy before, an artifact built from it, or `git:REV:PATH`
    old: PathBuf,
    /// The policy after, an artifact built from it, or `git:REV:PATH`
    new: PathBuf,
    /// Fail if anything is allowed that was not
    #[arg(long)]
    no_new_access: bool,
    /// The steps that the comparison of one tool may take, each way
    #[arg(long, value_name = "STEPS", default_value_t = DEFAULT)]
    budget: u64,
    /// How to write what was found
    #[arg(long, value_enum, default_value_t)]
    format: Report,
    #[command(flatten)]
    source: SourceArgs,
}

/// How what was found is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Report {
    /// For people
    #[default]
    Human,
    /// One JSON object a line, one a tool and one a change
    Json,
    /// A page for a review
    Md,
}

/// What became of one tool.
struct OfTool {
    /// `server.tool`.
    name: String,
    difference: Difference,
}

pub fn run(args: &Args) -> u8 {
    let load = |path| load_policy_or_revision(path, &args.source);
    let policies = load(&args.old).and_then(|old| Ok::<_, LoadError>((old, load(&args.new)?)));
    let (old, new) = match policies {
        Ok(policies) => policies,
        Err(error) => {
            report(&error);
            return FAILED;
        }
    };
    let now = Timestamp::now();
    let tools: Vec<OfTool> = tools(&old, &new)
        .into_iter()
        .map(|(server, tool)| OfTool {
            difference: compare(&old, &new, &server, &tool, now, args.budget),
            name: FullName(&server, &tool).to_string(),
        })
        .collect();
    let changes = changes::between(&old, &new);
    match args.format {
        Report::Human => human::show(&tools, &changes),
        Report::Json => show_json(&tools, &changes),
        Report::Md => markdown::show(&tools, &changes),
    }
    let more = tools
        .iter()
        .any(|tool| matches!(tool.difference.more, Direction::Some(_)));
    if more && args.no_new_access {
        return NO;
    }
    let refused = tools.iter().any(|tool| tool.verdict() == "refused");
    if refused { FAILED } else { FINE }
}

/// The tools that either policy has.
fn tools(old: &Policy, new: &Policy) -> BTreeSet<(String, String)> {
    let of = |policy: &Policy| {
        let named = |server: &str| {
            let names = policy.tools(server).map(|tool| (server.to_owned(), tool.to_owned()));
            names.collect::<Vec<_>>()
        };
        policy.servers().flat_map(named).collect::<Vec<_>>()
    };
    of(old).into_iter().chain(of(new)).collect()
}

impl OfTool {
    fn verdict(&self) -> &'static str {
        match (&self.difference.more, &self.difference.less) {
            (Direction::Some(_), Direction::Some(_)) => "incomparable",
            (Direction::Refused(_), _) | (_, Direction::Refused(_)) => "refused",
            (Direction::Some(_), Direction::None) => "more permissive",
            (Direction::None, Direction::Some(_)) => "less permissive",
            (Direction::None, Direction::None) => "equivalent",
        }
    }

    /// Each way, with what it is called.
    fn directions(&self) -> [(&'static str, &Direction); 2] {
        [
            ("newly allowed", &self.difference.more),
            ("no longer allowed", &self.difference.less),
        ]
    }
}

/// What the policy that does not allow a call says of it: the reason, and the rule.
fn otherwise(access: &Access) -> String {
    let rule = access.otherwise.rule();
    let rule = rule.map(|rule| format!(", {}:{} ({})", rule.file, rule.line, rule.id));
    format!("{}{}", access.otherwise.reason().as_str(), rule.unwrap_or_default())
}

/// The grant that allows a call.
fn by(access: &Access) -> String {
    let rule = access.by.as_ref().map(|rule| &rule.reference);
    rule.map_or_else(String::new, |rule| format!("{}:{} ({})", rule.file, rule.line, rule.id))
}

fn show_json(tools: &[OfTool], changes: &[Change]) {
    for tool in tools {
        let direction = |direction: &Direction| match direction {
            Direction::None => Value::Null,
            Direction::Refused(refusal) => json!({ "refused": refusal.why }),
            Direction::Some(access) => {
                let call: Value = serde_json::from_str(&access.call).unwrap_or_default();
                let rule = access.by.as_ref().map(|rule| &rule.reference);
                json!({
                    "call": call,
                    "rule": rule.map(|rule| json!({ "id": rule.id, "file": rule.file, "line": rule.line })),
                    "otherwise": access.otherwise.reason().as_str(),
                })
            }
        };
        out(json!({
            "tool": tool.name,
            "verdict": tool.verdict(),
            "newly_allowed": direction(&tool.difference.more),
            "no_longer_allowed": direction(&tool.difference.less),
        }));
    }
    for Change { what, name, how } in changes {
        out(json!({ "changed": what, "name": name, "how": how }));
    }
}
