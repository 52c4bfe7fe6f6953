//! `waive CODE "reason"`: a lint that is not shown for the statement below.
//!
//! Some lints come of proofs, which are made later, or not at all: waivers of these wait for them.

use super::super::codes;
use super::super::package::Package;
use crate::diagnostic::{Diagnostic, Severity, Span, nearest};
use crate::syntax::ast::{TemplatePart, Waiver};

/// A waiver of one lint, without its reason.
#[derive(Clone, Debug)]
pub(in crate::check) struct Waived {
    code: String,
    /// Where it stands.
    at: Span,
    /// The statement below it.
    statement: Span,
}

/// Takes out what is waived, and says which waivers cannot be or waive nothing. Gives those that wait for proofs.
pub(in crate::check) fn waive(package: &Package, diagnostics: &mut Vec<Diagnostic>) -> Vec<Waived> {
    let (mut said, mut waiting) = (Vec::new(), Vec::new());
    for statement in package.statements() {
        for waiver in &statement.waivers {
            let waived = Waived {
                code: waiver.code.name.clone(),
                at: waiver.span,
                statement: statement.span,
            };
            match refused(waiver) {
                Some(error) => said.push(error),
                None if codes::BY_PROOF.contains(&waived.code.as_str()) => waiting.push(waived),
                None => said.extend(take_out(&waived, diagnostics)),
            }
        }
    }
    // Where something is wrong not every lint was looked for.
    let failed = diagnostics.iter().chain(&said).any(|d| d.severity == Severity::Error);
    said.retain(|d| !failed || d.severity == Severity::Error);
    diagnostics.extend(said);
    super::super::sort(diagnostics);
    waiting
}

/// The same for waivers that waited, now that the proofs were made.
pub(in crate::check) fn settle(waiting: &[Waived], diagnostics: &mut Vec<Diagnostic>) {
    for waived in waiting {
        let idle = take_out(waived, diagnostics);
        diagnostics.extend(idle);
    }
    super::super::sort(diagnostics);
}

/// Takes out the diagnostics of the statement that are waived; if there are none, says so.
fn take_out(waived: &Waived, diagnostics: &mut Vec<Diagnostic>) -> Option<Diagnostic> {
    let before = diagnostics.len();
    diagnostics.retain(|diagnostic| {
        let place = diagnostic.primary.span;
        let within = waived.statement.start <= place.start && place.end <= waived.statement.end;
        diagnostic.code != waived.code || !within
    });
    (before == diagnostics.len()).then(|| idle(waived))
}

fn refused(waiver: &Waiver) -> Option<Diagnostic> {
    let code = waiver.code.name.as_str();
    let error = |span, message: String| Some(Diagnostic::error(codes::BAD_WAIVER, span, message));
    let lints = || {
        codes::TABLE
            .iter()
            .map(|code| code.code)
            .filter(|code| code.starts_with('L'))
    };
    if code.starts_with('E') {
        let error = error(
            waiver.code.span,
            format!("`{code}` is an error, and errors cannot be waived"),
        );
        return error.map(|error| error.help("mend what it says"));
    }
    if !lints().any(|lint| lint == code) {
        let error = error(waiver.code.span, format!("there is no lint `{code}`"));
        return match nearest(code, lints()) {
            Some(near) => error.map(|error| error.help(format!("did you mean `{near}`?"))),
            None => error,
        };
    }
    let blank = |part: &TemplatePart| matches!(part, TemplatePart::Text(text) if text.trim().is_empty());
    if waiver.reason.parts.iter().all(blank) {
        let error = error(waiver.reason.span, "this waiver gives no reason".to_owned());
        return error.map(|error| error.help("say why the lint does not apply here"));
    }
    None
}

fn idle(waived: &Waived) -> Diagnostic {
    let message = format!("the statement below has no `{}`", waived.code);
    Diagnostic::warning(codes::IDLE_WAIVER, waived.at, message).help("take the waiver out")
}
