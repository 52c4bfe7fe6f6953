//! What tools act as, and where their servers may connect.

mod agree;
mod credentials;
mod egress;

use super::scope::unknown;
use super::{Checker, codes};
use crate::diagnostic::{Diagnostic, Span};
use crate::eval::reading;
use crate::syntax::ast::{Ident, Server, StatementKind};
use crate::table::artifact::is_variable;
use crate::table::{Lanes, Reading, UrlReading};

impl Checker<'_> {
    /// The credentials and egress sets of the policy.
    pub(super) fn lanes(&self) -> Lanes {
        let mut lanes = Lanes::default();
        for statement in self.package.statements() {
            match &statement.kind {
                StatementKind::Credential(written) => {
                    let found = self.credential(written, statement.span);
                    lanes
                        .credentials
                        .extend(found.map(|found| (written.name.name.clone(), found)));
                }
                StatementKind::Egress(written) => {
                    let found = self.egress(written, statement.span);
                    lanes
                        .egress
                        .extend(found.map(|found| (written.name.name.clone(), found)));
                }
                StatementKind::EgressAdvisory => lanes.advisory = true,
                _ => {}
            }
        }
        lanes
    }

    /// `with NAME`.
    pub(super) fn with(&self, name: &Ident) -> Option<String> {
        if self.scope.credentials.contains(name.name.as_str()) {
            return Some(name.name.clone());
        }
        self.report(unknown("credential", name, self.scope.credentials.iter().copied()))
    }

    /// `to NAME`.
    pub(super) fn to(&self, name: &Ident) -> Option<String> {
        if self.scope.egress.contains(name.name.as_str()) {
            return Some(name.name.clone());
        }
        self.report(unknown("egress set", name, self.scope.egress.iter().copied()))
    }

    /// `env: "HOME", …`: the variables that a server's process gets.
    pub(super) fn passed_on(&self, server: &Server) -> Option<Vec<String>> {
        let mut names: Vec<String> = Vec::new();
        let env = server.env.as_ref()?;
        if matches!(server.transport, Some(crate::syntax::ast::Transport::Http(_))) {
            let message = "a server that is reached by HTTP is no process, and has no variables";
            self.report::<()>(Diagnostic::error(codes::SERVER_OPTION, env.span, message));
        }
        for name in &env.names {
            if names.contains(&name.name) {
                let message = format!("`{}` is named twice", name.name);
                self.report::<()>(Diagnostic::error(codes::DUPLICATE, name.span, message));
            }
            self.variable(&name.name, name.span, codes::SERVER_OPTION);
            names.push(name.name.clone());
        }
        Some(names)
    }

    fn variable(&self, name: &str, span: Span, code: &'static str) {
        if !is_variable(name) {
            let message = format!("`{}` is no name of a variable", name.escape_debug());
            let help = "letters, digits and `_`, and no digit first: `\"HOME\"`";
            self.report::<()>(Diagnostic::error(code, span, message).help(help));
        }
    }

    /// A URL in its one form, under one of these schemes.
    fn url_of(&self, text: &str, schemes: &[&str], span: Span, code: &'static str) -> Option<()> {
        let reading = Reading::Url(UrlReading {
            schemes: schemes.iter().map(|scheme| (*scheme).to_owned()).collect(),
            ..UrlReading::default()
        });
        match reading::read(&reading, text) {
            Ok(_) => Some(()),
            Err(why) => {
                let message = format!("`{}` is no canonical URL: {why}", text.escape_debug());
                self.report(Diagnostic::error(code, span, message))
            }
        }
    }
}
