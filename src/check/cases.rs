//! The tests of a policy.

use std::collections::BTreeMap;

use super::capabilities::kind_of;
use super::envelope::parameter_of;
use super::{Case, Checker, Test, codes, json_literal};
use crate::diagnostic::Diagnostic;
use crate::syntax::ast::{self, CaseTarget, StatementKind, TestEntry};
use crate::table::Server;

impl Checker<'_> {
    pub(super) fn tests(&self, servers: &BTreeMap<String, Server>) -> Vec<Test> {
        let mut tests = Vec::new();
        for statement in self.package.statements() {
            let StatementKind::Test(test) = &statement.kind else {
                continue;
            };
            // The standard library is tested with this program.
            if self.package.sources.is_standard(statement.span) {
                continue;
            }
            let name = self.scope.text(&test.name, self);
            let (mut cases, mut failures) = (Vec::new(), Vec::new());
            for entry in &test.entries {
                match entry {
                    TestEntry::Call(case) => cases.extend(self.case(case, servers)),
                    TestEntry::Pattern(case) => failures.extend(self.pattern_case(case)),
                }
            }
            tests.extend(name.map(|name| Test { name, cases, failures }));
        }
        tests
    }

    fn case(&self, case: &ast::Case, servers: &BTreeMap<String, Server>) -> Option<Case> {
        self.scope.server(&case.server, self)?;
        let circumstances = self.circumstances(&case.context);
        let tool = match &case.target {
            CaseTarget::Tool(tool) => self.case_tool(case, tool, servers)?,
            CaseTarget::Capability(kind) => kind_of(*kind).tool(),
        };
        let envelope = case.envelope.iter();
        let envelope = envelope.map(|(slot, value)| (parameter_of(slot), value.clone()));
        let members: Vec<_> = case.arguments.iter().cloned().chain(envelope).collect();
        let (caller, at, state) = circumstances?;
        Some(Case {
            span: case.span,
            allow: case.allow,
            server: case.server.name.clone(),
            tool: tool.to_owned(),
            arguments: json_literal::object(&members, &|template| self.scope.text(template, self))?,
            caller,
            at,
            state,
        })
    }

    fn case_tool<'t>(
        &self,
        case: &ast::Case,
        tool: &'t ast::Ident,
        servers: &BTreeMap<String, Server>,
    ) -> Option<&'t str> {
        if self.is_taken(&case.server, tool) {
            return None;
        }
        // A denial of a tool that does not exist may be what is tested; a grant of it is a slip of the pen.
        if case.allow {
            self.tool(servers, &case.server, tool)?;
        } else if servers
            .get(&case.server.name)
            .is_some_and(|s| !s.tools.contains_key(&tool.name))
        {
            let message = format!(
                "the lock pins no tool `{}.{}`: this is denied whatever the rules say",
                case.server.name, tool.name
            );
            self.report::<()>(Diagnostic::warning(codes::ABSENT_TOOL, tool.span, message));
        }
        Some(&tool.name)
    }
}
