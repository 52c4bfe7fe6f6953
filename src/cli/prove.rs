//! `mcppc prove`.

use std::path::PathBuf;

use jiff::Timestamp;
use serde_json::json;
use serde_json::value::RawValue;

use super::build::report;
use super::source::{built, check_asked};
use super::terminal::{DIM, GREEN, RED, fail, out, paint, style};
use super::{FAILED, FINE, LoadError, NO, SourceArgs};
use crate::check::Assertion;
use crate::diagnostic::{Source, visible_line};
use crate::prove::{Answer, Claim, DEFAULT, Prover, Question, Refutation};
use crate::table::{FullName, Policy};

/// Ask whether calls can be allowed, and get a proof or a call
///
/// A question is written like an assertion without its first two words: which tools, and what their parameters are.
/// `--never` claims that no such call is allowed; other parameters are free, and so are callers, time, labels and limits.
/// `--always` claims that every such call is allowed, with no other parameters, no labels set and nothing used of limits. Without
/// either, the assertions of the policy are answered. An answer is exact, or refused.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Exit codes: 0 proved, 1 refuted, 2 refused or it could not run.\n\nExamples:\n  mcppc prove support.mcpp\n  mcppc prove support.mcpp --never 'fs.* { any path: !path(\"/srv/work/**\") }'\n  mcppc prove support.mcpp --always 'fs.read { path: path(\"/srv/work/docs/**\") }'"
)]
pub struct Args {
    /// The policy
    policy: PathBuf,
    /// Claim that no such call is allowed; may be repeated
    #[arg(long, value_name = "QUESTION")]
    never: Vec<String>,
    /// Claim that every such call is allowed; may be repeated
    #[arg(long, value_name = "QUESTION")]
    always: Vec<String>,
    /// The steps that the answer for one tool may take
    #[arg(long, value_name = "STEPS", default_value_t = DEFAULT)]
    budget: u64,
    /// One JSON object an answer: claim, server, tool, answer, and the call, or why there is none
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    source: SourceArgs,
}

pub fn run(args: &Args) -> u8 {
    answered(args).unwrap_or_else(|error| {
        report(&error);
        FAILED
    })
}

fn answered(args: &Args) -> Result<u8, LoadError> {
    let source =
        |claim: &str, question: &String| Source::new(format!("--{claim}"), format!("assert {claim} {question}"));
    let never = args.never.iter().map(|question| source("never", question));
    let asked: Vec<Source> = never
        .chain(args.always.iter().map(|question| source("always", question)))
        .collect();
    let (_, checked) = check_asked(&args.policy, &asked, &args.source)?;
    let Some(body) = &checked.body else {
        return Err(LoadError::Policy(checked.sources, checked.diagnostics));
    };
    let (policy, _) = built(&args.policy, body)?;
    let is_asked =
        |assertion: &&Assertion| asked.is_empty() || checked.sources.file_name(assertion.span).starts_with("--");
    let questions = checked
        .assertions
        .iter()
        .filter(is_asked)
        .flat_map(|assertion| &assertion.questions);
    let prover = Prover::new(&policy, args.budget);
    let (mut code, mut count) = (FINE, 0);
    for question in questions {
        let answer = prover.ask(question, Timestamp::now());
        count += 1;
        code = match (&answer, code) {
            (Answer::Proved, code) => code,
            (Answer::Refuted(_), _) | (_, NO) => NO,
            (Answer::Refused(_) | Answer::Empty, _) => FAILED,
        };
        if args.json {
            out(to_json(question, &answer));
        } else {
            show(question, &answer, &policy);
        }
    }
    if count == 0 {
        fail(
            &"the policy asserts nothing, and nothing was asked",
            Some("ask with `--never 'TOOLS { … }'` or `--always 'TOOLS { … }'`"),
        );
        return Ok(FAILED);
    }
    Ok(code)
}

fn claim(question: &Question) -> &'static str {
    match question.claims {
        Claim::Never => "never",
        Claim::Always => "always",
    }
}

fn to_json(question: &Question, answer: &Answer) -> serde_json::Value {
    let mut line = json!({
        "claim": claim(question),
        "server": question.server,
        "tool": question.tool,
        "answer": match answer {
            Answer::Proved => "proved",
            Answer::Refuted(_) => "refuted",
            Answer::Empty | Answer::Refused(_) => "refused",
        },
    });
    let members: Vec<(&str, serde_json::Value)> = match answer {
        Answer::Proved => Vec::new(),
        Answer::Empty => vec![("why", json!(EMPTY))],
        Answer::Refused(refusal) => vec![("why", json!(refusal.why))],
        Answer::Refuted(refutation) => {
            let Refutation { call, decision, rule } = &**refutation;
            let rule = rule.as_ref().map(|rule| {
                let reference = &rule.reference;
                json!({ "id": reference.id, "file": reference.file, "line": reference.line })
            });
            let call = RawValue::from_string(call.clone())
                .map(|call| json!(call))
                .unwrap_or_default();
            vec![
                ("call", call),
                ("reason", json!(decision.reason().as_str())),
                ("rule", json!(rule)),
            ]
        }
    };
    if let Some(line) = line.as_object_mut() {
        line.extend(members.into_iter().map(|(name, value)| (name.to_owned(), value)));
    }
    line
}

const EMPTY: &str = "there is no such call: no value of its parameters is in these patterns together";

fn show(question: &Question, answer: &Answer, policy: &Policy) {
    let style = style(&std::io::stdout());
    let what = visible_line(&format!(
        "{} {}",
        claim(question),
        FullName(&question.server, &question.tool)
    ));
    match answer {
        Answer::Proved => out(format_args!("{} {what}", paint(style, GREEN, "proved"))),
        Answer::Empty => out(format_args!("{} {what}: {EMPTY}", paint(style, RED, "refused"))),
        Answer::Refused(refusal) => {
            out(format_args!(
                "{} {what}: {}",
                paint(style, RED, "refused"),
                visible_line(&refusal.why)
            ));
            for at in &refusal.at {
                let place = policy.source(at.source).map(|source| {
                    let before = usize::try_from(at.start)
                        .ok()
                        .and_then(|start| source.text.get(..start));
                    let line = before.unwrap_or_default().matches('\n').count() + 1;
                    format!("  see {}:{line}", visible_line(&source.name))
                });
                out(paint(style, DIM, &place.unwrap_or_default()));
            }
        }
        Answer::Refuted(refutation) => {
            out(format_args!("{} {what}", paint(style, RED, "refuted")));
            out(format_args!("  {}", visible_line(&refutation.call)));
            let reason = refutation.decision.reason().as_str();
            let rule = refutation.rule.as_ref().map(|rule| {
                let reference = &rule.reference;
                format!(
                    ": {}:{} ({})",
                    visible_line(&reference.file),
                    reference.line,
                    reference.id
                )
            });
            out(paint(style, DIM, &format!("  {reason}{}", rule.unwrap_or_default())));
        }
    }
}
