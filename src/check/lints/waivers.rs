//! `waive CODE "reason"`: a lint that is not shown for the statement below.

use super::super::codes;
use super::super::package::Package;
use crate::diagnostic::{Diagnostic, Severity, nearest};
use crate::syntax::ast::{Statement, TemplatePart, Waiver};

/// Takes out what is waived, and says which waivers cannot be or waive nothing.
pub(in crate::check) fn waive(package: &Package, diagnostics: &mut Vec<Diagnostic>) {
    let mut said = Vec::new();
    for statement in package.statements() {
        for waiver in &statement.waivers {
            match refused(waiver) {
                Some(error) => said.push(error),
                None if take_out(waiver, statement, diagnostics) == 0 => said.push(idle(waiver)),
                None => {}
            }
        }
    }
    // Where something is wrong not every lint was looked for.
    let failed = diagnostics.iter().chain(&said).any(|d| d.severity == Severity::Error);
    said.retain(|d| !failed || d.severity == Severity::Error);
    diagnostics.extend(said);
    super::super::sort(diagnostics);
}

/// How many diagnostics of the statement were waived.
fn take_out(waiver: &Waiver, statement: &Statement, diagnostics: &mut Vec<Diagnostic>) -> usize {
    let before = diagnostics.len();
    diagnostics.retain(|diagnostic| {
        let place = diagnostic.primary.span;
        let within = statement.span.start <= place.start && place.end <= statement.span.end;
        diagnostic.code != waiver.code.name || !within
    });
    before - diagnostics.len()
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

fn idle(waiver: &Waiver) -> Diagnostic {
    let message = format!("the statement below has no `{}`", waiver.code.name);
    Diagnostic::warning(codes::IDLE_WAIVER, waiver.span, message).help("take the waiver out")
}
