//! Names that nothing uses.

use std::collections::HashMap;

use super::super::codes;
use crate::diagnostic::{Diagnostic, Source};
use crate::syntax::ast::{File, Ident, StatementKind};
use crate::syntax::tokens::{TokenKind, tokens};

/// A warning for each name that a policy defines and never says again. Goes by words: a parameter that is called like
/// a constant counts as its use, so nothing that is used is ever reported.
pub(super) fn lint(source: &Source, file: &File) -> Vec<Diagnostic> {
    let mut said: HashMap<&str, usize> = HashMap::new();
    for token in tokens(source) {
        let text = source.text.get(token.span.start..token.span.end).unwrap_or_default();
        match token.kind {
            TokenKind::Word => *said.entry(text).or_default() += 1,
            TokenKind::Str => {
                let whole = std::iter::once(text.trim_matches('"'));
                let within = text
                    .split("${")
                    .skip(1)
                    .filter_map(|rest| Some(rest.split_once('}')?.0.trim()));
                whole.chain(within).for_each(|name| *said.entry(name).or_default() += 1);
            }
        }
    }
    let unused = |name: &Ident| said.get(name.name.as_str()).copied().unwrap_or_default() < 2;
    let defined = file.statements.iter().filter_map(|statement| defined(&statement.kind));
    defined
        .filter(|(_, name)| unused(name))
        .map(|(what, name)| {
            let message = format!("nothing uses the {what} `{}`", name.name);
            Diagnostic::warning(codes::UNUSED, name.span, message).help("take it out, or use it where it was meant")
        })
        .collect()
}

fn defined(statement: &StatementKind) -> Option<(&'static str, &Ident)> {
    Some(match statement {
        StatementKind::Const(constant) => ("constant", &constant.name),
        StatementKind::Server(server) => ("server", &server.name),
        StatementKind::Caller(caller) => ("caller", &caller.name),
        StatementKind::Credential(credential) => ("credential", &credential.name),
        StatementKind::Egress(egress) => ("egress set", &egress.name),
        StatementKind::Label(label) => ("label", &label.name),
        StatementKind::Limit(limit) => ("limit", &limit.name),
        StatementKind::Pattern(pattern) => ("pattern", &pattern.name),
        StatementKind::Tools(tools) => ("set of tools", &tools.name),
        StatementKind::Policy(_)
        | StatementKind::Use(_)
        | StatementKind::Include(_)
        | StatementKind::EgressAdvisory
        | StatementKind::Allow(_)
        | StatementKind::Deny(_)
        | StatementKind::Assert(_)
        | StatementKind::Test(_) => return None,
    })
}
