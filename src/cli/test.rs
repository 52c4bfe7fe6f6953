//! `mcppc test`.

mod coverage;
mod junit;

use std::path::{Path, PathBuf};

use clap::ValueEnum;
use jiff::Timestamp;
use serde_json::json;

use self::coverage::Coverage;
use self::junit::Outcome;
use super::check::{for_each_policy, render_all, show};
use super::terminal::{GREEN, RED, fail, out, paint, style};
use super::{FAILED, FINE, NO, SourceArgs, codes, source};
use crate::check::{Case, Checked, Sources};
use crate::diagnostic::render::Style;
use crate::diagnostic::{Diagnostic, json::to_json, visible_line};
use crate::eval::{Call, Context, Decision};
use crate::json::{Limits, parse};
use crate::table::{ArtifactError, Policy, artifact};

/// Run the tests that stand in policies
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Exit codes: 0 all pass, 1 one fails, 2 it could not run.\n\nExamples:\n  mcppc test support.mcpp\n  mcppc test --coverage support.mcpp\n  mcppc test --format junit policies/ > results.xml"
)]
pub struct Args {
    /// Policies, or folders of them [default: this folder]
    paths: Vec<PathBuf>,
    /// How to write the results
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Say which grants, prohibitions and alternatives no test touches; it changes no exit code
    #[arg(long)]
    coverage: bool,
    #[command(flatten)]
    source: SourceArgs,
}

/// How results are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    #[default]
    Human,
    /// One JSON object a line, one a test
    Json,
    /// One JUnit XML document
    Junit,
}

/// Where the results go: to the output at once, or into a document that is written at the end.
struct Report {
    format: Format,
    coverage: bool,
    suites: Vec<junit::Suite>,
}

pub fn run(args: &Args) -> u8 {
    let mut report = Report {
        format: args.format,
        coverage: args.coverage,
        suites: Vec::new(),
    };
    let code = for_each_policy(&args.paths, |path| one(path, &args.source, &mut report));
    if args.format == Format::Junit {
        out(junit::document(&report.suites));
    }
    code
}

fn one(path: &Path, source: &SourceArgs, report: &mut Report) -> u8 {
    let failed = |error: &dyn std::fmt::Display, help: Option<&str>, report: &mut Report| {
        fail(error, help);
        report.not_run(&path.display().to_string(), &error.to_string(), String::new());
        FAILED
    };
    let (_, checked) = match source::check(path, source) {
        Ok(found) => found,
        Err(error) => return failed(&error, error.help(), report),
    };
    match compile(&checked) {
        Ok(Some(policy)) => run_tests(&checked, &policy, report),
        Ok(None) => {
            report.not_compiled(&checked);
            FAILED
        }
        Err(error) => failed(&error, None, report),
    }
}

fn compile(checked: &Checked) -> Result<Option<Policy>, ArtifactError> {
    let Some(body) = &checked.body else { return Ok(None) };
    Policy::from_bytes(&artifact::write(body)?).map(Some)
}

fn run_tests(checked: &Checked, policy: &Policy, report: &mut Report) -> u8 {
    let now = Timestamp::now();
    let mut coverage = Coverage::new(policy);
    let results: Vec<(&str, Vec<Diagnostic>)> = checked
        .tests
        .iter()
        .map(|test| {
            let failures = test
                .cases
                .iter()
                .filter_map(|case| failure(policy, case, now, &mut coverage))
                .chain(test.failures.iter().cloned());
            (test.name.as_str(), failures.collect())
        })
        .collect();
    report.ran(&checked.sources, &results, &coverage);
    if results.iter().all(|(_, failures)| failures.is_empty()) {
        FINE
    } else {
        NO
    }
}

fn failure(policy: &Policy, case: &Case, now: Timestamp, coverage: &mut Coverage<'_>) -> Option<Diagnostic> {
    let arguments = match parse(case.arguments.as_bytes(), &Limits::default()) {
        Ok(arguments) => arguments,
        // What cannot be read is denied; a test may want to see that.
        Err(_) if !case.allow => return None,
        Err(error) => {
            return Some(Diagnostic::error(codes::TEST, case.span, "the call is denied").label(error.to_string()));
        }
    };
    let call = Call {
        server: &case.server,
        tool: &case.tool,
        arguments: Some(&arguments),
    };
    let context = Context {
        caller: case.caller.clone(),
        time: case.at.unwrap_or(now),
        state: case.state.clone(),
    };
    let decision = policy.decide(&call, &context);
    coverage.touch(&case.server, &case.tool, &arguments, &decision);
    if decision.is_allow() == case.allow {
        return None;
    }
    Some(match decision {
        Decision::Allow(permit) => Diagnostic::error(codes::TEST, case.span, "the call is allowed")
            .label(format!("by the grant on line {}", permit.rule.line)),
        Decision::Deny(denial) => Diagnostic::error(
            codes::TEST,
            case.span,
            format!("the call is denied: {}", denial.reason.as_str()),
        )
        .label(denial.message),
    })
}

impl Report {
    /// The tests of a policy ran.
    fn ran(&mut self, sources: &Sources, results: &[(&str, Vec<Diagnostic>)], coverage: &Coverage<'_>) {
        match self.format {
            Format::Human => {
                results
                    .iter()
                    .for_each(|(name, failures)| show_test(sources, name, failures));
                let failed = results.iter().filter(|(_, failures)| !failures.is_empty()).count();
                let name = visible_line(sources.name());
                out(format_args!(
                    "{name}: {} passed, {failed} failed",
                    results.len() - failed
                ));
                if self.coverage {
                    out(format_args!("{name}: {}", coverage.to_text()));
                }
            }
            Format::Json => {
                for (name, failures) in results {
                    let passed = failures.is_empty();
                    let failures: Vec<_> = failures.iter().map(|failure| json_of(sources, failure)).collect();
                    out(json!({ "file": sources.name(), "test": name, "passed": passed, "failures": failures }));
                }
                if self.coverage {
                    out(json!({ "file": sources.name(), "coverage": coverage.to_json() }));
                }
            }
            Format::Junit => {
                let cases = results.iter().map(|(name, failures)| junit::Case {
                    name: (*name).to_owned(),
                    outcome: match failures.first() {
                        None => Outcome::Passed,
                        Some(first) => Outcome::Failed(first.message.clone(), plain(sources, failures)),
                    },
                });
                self.suites.push(junit::Suite {
                    file: sources.name().to_owned(),
                    cases: cases.collect(),
                    output: self.coverage.then(|| coverage.to_text()),
                });
            }
        }
    }

    fn not_compiled(&mut self, checked: &Checked) {
        let sources = &checked.sources;
        match self.format {
            Format::Human => show(sources, &checked.diagnostics, super::Format::Human),
            Format::Json => show(sources, &checked.diagnostics, super::Format::Json),
            Format::Junit => {
                let text = plain(sources, &checked.diagnostics);
                self.not_run(sources.name(), "the policy does not compile", text);
            }
        }
    }

    /// A policy whose tests did not run must not look like one without tests.
    fn not_run(&mut self, file: &str, why: &str, text: String) {
        self.suites.push(junit::Suite {
            file: file.to_owned(),
            cases: vec![junit::Case {
                name: "the policy compiles".to_owned(),
                outcome: Outcome::Error(why.to_owned(), text),
            }],
            output: None,
        });
    }
}

fn show_test(sources: &Sources, name: &str, failures: &[Diagnostic]) {
    let style = style(&std::io::stdout());
    let verdict = if failures.is_empty() {
        paint(style, GREEN, "pass")
    } else {
        paint(style, RED, "FAIL")
    };
    out(format_args!("{verdict} {}", visible_line(name)));
    if !failures.is_empty() {
        out(render_all(sources, failures, style).trim_end());
    }
}

fn plain(sources: &Sources, diagnostics: &[Diagnostic]) -> String {
    render_all(sources, diagnostics, Style::default()).trim_end().to_owned()
}

fn json_of(sources: &Sources, failure: &Diagnostic) -> serde_json::Value {
    let (source, failure) = sources.local(failure);
    to_json(&source, &failure)
}
