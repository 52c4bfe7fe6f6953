//! `mcppc test`.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde_json::json;

use super::check::{for_each_policy, render_all, show};
use super::terminal::{GREEN, RED, fail, out, paint, style};
use super::{FAILED, FINE, Format, NO, SourceArgs, source};
use crate::check::{Case, Checked, Sources};
use crate::diagnostic::{Diagnostic, json::to_json, visible_line};
use crate::eval::{Call, Caller, Context, Decision};
use crate::json::{Limits, parse};
use crate::table::{ArtifactError, Policy, artifact};

/// Run the tests that stand in policies
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Exit codes: 0 all pass, 1 one fails, 2 it could not run.\n\nExample:\n  mcppc test support.mcpp"
)]
pub struct Args {
    /// Policies, or folders of them [default: this folder]
    paths: Vec<PathBuf>,
    /// How to write the results
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    #[command(flatten)]
    source: SourceArgs,
}

pub fn run(args: &Args) -> u8 {
    for_each_policy(&args.paths, |path| one(path, args))
}

fn one(path: &Path, args: &Args) -> u8 {
    let (source, checked) = match source::check(path, &args.source) {
        Ok(found) => found,
        Err(error) => {
            fail(&error, error.help());
            return FAILED;
        }
    };
    match compile(&checked) {
        Ok(Some(policy)) => run_tests(&source.name, &checked, &policy, args.format),
        Ok(None) => {
            show(&checked.sources, &checked.diagnostics, args.format);
            FAILED
        }
        Err(error) => {
            fail(&error, None);
            FAILED
        }
    }
}

fn compile(checked: &Checked) -> Result<Option<Policy>, ArtifactError> {
    let Some(body) = &checked.body else { return Ok(None) };
    Policy::from_bytes(&artifact::write(body)?).map(Some)
}

fn run_tests(name: &str, checked: &Checked, policy: &Policy, format: Format) -> u8 {
    let context = Context {
        caller: Caller::Local,
        time: Timestamp::now(),
    };
    let mut failed = 0_usize;
    for test in &checked.tests {
        let failures: Vec<Diagnostic> = test
            .cases
            .iter()
            .filter_map(|case| failure(policy, case, &context))
            .chain(test.failures.iter().cloned())
            .collect();
        failed += usize::from(!failures.is_empty());
        show_test(&checked.sources, &test.name, &failures, format);
    }
    if format == Format::Human {
        out(format_args!(
            "{}: {} passed, {failed} failed",
            visible_line(name),
            checked.tests.len() - failed
        ));
    }
    if failed == 0 { FINE } else { NO }
}

fn failure(policy: &Policy, case: &Case, context: &Context) -> Option<Diagnostic> {
    let decision = match parse(case.arguments.as_bytes(), &Limits::default()) {
        Ok(arguments) => policy.decide(
            &Call {
                server: &case.server,
                tool: &case.tool,
                arguments: Some(&arguments),
            },
            context,
        ),
        // What cannot be read is denied; a test may want to see that.
        Err(_) if !case.allow => return None,
        Err(error) => {
            return Some(Diagnostic::error("T0001", case.span, "the call is denied").label(error.to_string()));
        }
    };
    if decision.is_allow() == case.allow {
        return None;
    }
    Some(match decision {
        Decision::Allow(rule) => Diagnostic::error("T0001", case.span, "the call is allowed")
            .label(format!("by the grant on line {}", rule.line)),
        Decision::Deny(denial) => Diagnostic::error(
            "T0001",
            case.span,
            format!("the call is denied: {}", denial.reason.as_str()),
        )
        .label(denial.message),
    })
}

fn show_test(sources: &Sources, name: &str, failures: &[Diagnostic], format: Format) {
    let passed = failures.is_empty();
    if format == Format::Json {
        let json_of = |failure: &Diagnostic| {
            let (source, failure) = sources.local(failure);
            to_json(&source, &failure)
        };
        let failures: Vec<_> = failures.iter().map(json_of).collect();
        return out(json!({ "file": sources.name(), "test": name, "passed": passed, "failures": failures }));
    }
    let style = style(&std::io::stdout());
    let verdict = if passed {
        paint(style, GREEN, "pass")
    } else {
        paint(style, RED, "FAIL")
    };
    out(format_args!("{verdict} {}", visible_line(name)));
    if !passed {
        out(render_all(sources, failures, style).trim_end());
    }
}
