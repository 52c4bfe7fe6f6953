//! Capabilities beside tools: which of them a policy speaks of, and what rules may ask of them.

use std::collections::{BTreeMap, BTreeSet};

use super::escapes::Polarity;
use super::lower::MAX_DEPTH;
use super::rules::names;
use super::{Checker, codes};
use crate::diagnostic::{Diagnostic, Span};
use crate::syntax::ast::{
    self, CaseTarget, ClauseKind, FieldKey, Ident, Rule, Selector, StatementKind, TestEntry, ToolNames, ToolSelector,
};
use crate::table::{Capability, Server};

impl<'a> Checker<'a> {
    /// Gives each server a tool for every kind that a statement names. Of what none names nothing is allowed.
    pub(super) fn add_capabilities(&self, servers: &mut BTreeMap<String, Server>) {
        for (name, kind) in self.named_capabilities() {
            let schemes = self.schemes_of(&name, kind);
            if let Some(server) = servers.get_mut(&name) {
                server.tools.insert(kind.tool().to_owned(), kind.pinned(schemes));
            }
        }
    }

    fn named_capabilities(&self) -> BTreeSet<(String, Capability)> {
        let mut found = BTreeSet::new();
        let mut selectors: Vec<&Selector> = self.scope.tool_sets.values().flat_map(|set| &set.tools).collect();
        for statement in self.package.statements() {
            match &statement.kind {
                StatementKind::Allow(rule) | StatementKind::Deny(rule) => selectors.extend(&rule.tools),
                StatementKind::Assert(assertion) => selectors.extend(&assertion.tools),
                StatementKind::Test(test) => found.extend(test.entries.iter().filter_map(|entry| match entry {
                    TestEntry::Call(case) => match case.target {
                        CaseTarget::Capability(kind) => Some((case.server.name.clone(), kind_of(kind))),
                        CaseTarget::Tool(_) => None,
                    },
                    TestEntry::Pattern(_) => None,
                })),
                _ => {}
            }
        }
        found.extend(selectors.into_iter().filter_map(|selector| match selector {
            Selector::Capability(one) => Some((one.server.name.clone(), kind_of(one.kind))),
            _ => None,
        }));
        found
    }

    /// The schemes that the rules on a kind name for its `uri`.
    fn schemes_of(&self, server: &str, kind: Capability) -> Vec<String> {
        let mut schemes = Vec::new();
        for statement in self.package.statements() {
            let (rule, polarity) = match &statement.kind {
                StatementKind::Allow(rule) => (rule, Polarity::Grant),
                StatementKind::Deny(rule) => (rule, Polarity::Prohibition),
                _ => continue,
            };
            let selected = self.selected(&rule.tools);
            if !selected
                .iter()
                .any(|selector| selector.server.name == server && names(selector, kind.tool()))
            {
                continue;
            }
            for (field, env) in self.rule_fields(rule, polarity).into_iter().flatten() {
                if matches!(&field.key, FieldKey::Name(name) if name.name == "uri") {
                    self.schemes(&field.pattern, &env, MAX_DEPTH, &mut schemes);
                }
            }
        }
        schemes.sort();
        schemes.dedup();
        schemes
    }

    /// A grant on a capability says nothing of what only a call of a tool has.
    pub(super) fn check_clauses_of(&self, rule: &Rule, kind: Capability) {
        for clause in &rule.clauses {
            let of_tools = matches!(
                clause.kind,
                ClauseKind::With(_) | ClauseKind::To(_) | ClauseKind::Record(_) | ClauseKind::Returns(_)
            );
            let counted = matches!(clause.kind, ClauseKind::Limit(_) | ClauseKind::Marks(_));
            let help = match kind {
                _ if of_tools => "give the tools of this rule a grant of their own, with the clause",
                Capability::Roots if counted => "one answer has many roots, and each is decided by itself",
                _ => continue,
            };
            let message = format!("a grant on `:{}` cannot have `{}`", kind.name(), clause.kind.keyword());
            self.report::<()>(Diagnostic::error(codes::CAPABILITY_CLAUSE, clause.span, message).help(help));
        }
    }

    /// A tool that is written as a capability's is called.
    pub(super) fn is_taken(&self, server: &Ident, tool: &Ident) -> bool {
        let Some(kind) = Capability::of_tool(&tool.name) else {
            return false;
        };
        let message = format!("no tool can be called `{}`", tool.name);
        let help = format!("for the capability write `{}:{}`", server.name, kind.name());
        self.report::<()>(Diagnostic::error(codes::UNKNOWN_TOOL, tool.span, message).help(help));
        true
    }
}

/// A capability as a selector of its tool.
pub(super) fn selector(span: Span, server: &Ident, kind: Capability) -> ToolSelector {
    ToolSelector {
        span,
        server: server.clone(),
        tools: ToolNames::One(Ident {
            name: kind.tool().to_owned(),
            span,
        }),
    }
}

pub(super) fn kind_of(written: ast::Capability) -> Capability {
    match written {
        ast::Capability::Resource => Capability::Resource,
        ast::Capability::Prompt => Capability::Prompt,
        ast::Capability::Completion => Capability::Completion,
        ast::Capability::Sampling => Capability::Sampling,
        ast::Capability::Elicitation => Capability::Elicitation,
        ast::Capability::Roots => Capability::Roots,
    }
}
