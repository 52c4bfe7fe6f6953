//! Assertions are proved, or the policy does not compile.

use jiff::Timestamp;

use super::{Assertion, Checked, Sources, codes, has_errors, sort};
use crate::diagnostic::{Diagnostic, Span};
use crate::prove::{Answer, Claim, Prover, Question, Refutation};
use crate::table::{ArtifactError, Body, Effect, FullName, Policy, artifact};

/// Proves the assertions of a policy that has no error otherwise, each of its questions within so many steps. What is
/// broken, or not known, is an error, and then there is no policy. `now` is the time of an `always` that states none.
pub fn prove(checked: &mut Checked, now: Timestamp, steps: u64) {
    if checked.assertions.is_empty() {
        return;
    }
    let Some(policy) = checked.body.as_ref().map(built) else {
        return;
    };
    // What cannot be built is said by those who build it.
    let Ok(policy) = policy else { return };
    let prover = Prover::new(&policy, steps);
    let found: Vec<Diagnostic> = checked
        .assertions
        .iter()
        .filter_map(|assertion| fault(assertion, &prover, &checked.sources, now))
        .collect();
    checked.diagnostics.extend(found);
    sort(&mut checked.diagnostics);
    if has_errors(&checked.diagnostics) {
        checked.body = None;
        checked.tests.clear();
    }
}

fn built(body: &Body) -> Result<Policy, ArtifactError> {
    Policy::from_bytes(&artifact::write(body)?)
}

/// What is wrong with an assertion: the first of its questions that has another answer than it should.
fn fault(assertion: &Assertion, prover: &Prover<'_>, sources: &Sources, now: Timestamp) -> Option<Diagnostic> {
    assertion.questions.iter().find_map(|question| {
        let full = FullName(&question.server, &question.tool);
        match prover.ask(question, now) {
            Answer::Proved => None,
            Answer::Empty => {
                let message = format!("`{full}` has no such call, so this asserts nothing");
                let help = "no value of its parameters is in these patterns together";
                Some(Diagnostic::error(codes::NO_SUCH_CALL, assertion.span, message).help(help))
            }
            Answer::Refuted(refutation) => Some(broken(assertion.span, question, &refutation, sources)),
            Answer::Refused(refusal) => {
                let message = format!("this could not be proved for `{full}`: {}", refusal.why);
                let error = Diagnostic::error(codes::UNPROVED, assertion.span, message);
                let rule = refusal.at.first().and_then(|at| sources.span(*at));
                Some(match rule {
                    Some(span) => error.also(span, "it rests on this"),
                    None => error.help("ask less at once: fewer tools, or simpler patterns"),
                })
            }
        }
    })
}

fn broken(span: Span, question: &Question, refutation: &Refutation, sources: &Sources) -> Diagnostic {
    let full = FullName(&question.server, &question.tool);
    let (message, what) = match question.claims {
        Claim::Never => (
            format!("a call of `{full}` that must never be allowed is"),
            "this grant allows it",
        ),
        Claim::Always => (
            format!("a call of `{full}` that must always be allowed is not"),
            "this is the nearest grant",
        ),
    };
    let help = format!("this call breaks it:\n{}", refutation.call);
    let error = Diagnostic::error(codes::ASSERTION, span, message).help(help);
    let rule = refutation.rule.as_ref();
    let place = rule.and_then(|rule| sources.span(rule.at));
    let what = match rule.map(|rule| rule.effect) {
        Some(Effect::Deny) => "this prohibition holds",
        _ => what,
    };
    match place {
        Some(place) => error.also(place, what),
        None => error,
    }
}
