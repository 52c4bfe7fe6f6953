//! `assert never` and `assert always`: what each asks of each tool.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::env::Env;
use super::envelope::parameter_of;
use super::escapes::Polarity;
use super::lower::MAX_DEPTH;
use super::rules::unknown_parameter;
use super::slot::Slot;
use super::spreads::{Braces, ScopedField};
use super::{Assertion, Checker, codes};
use crate::diagnostic::{Diagnostic, Span};
use crate::pattern::{Field, ReadingKind};
use crate::prove::{Claim, Question};
use crate::syntax::ast::{self, FieldKey, StatementKind};
use crate::table::{AnyReading, FullName, Server, Tool};

impl<'a> Checker<'a> {
    /// The policy's assertions, typed like rules. They say nothing of how slots are read: rules and servers do.
    pub(super) fn assertions(&self, servers: &BTreeMap<String, Server>) -> Vec<Assertion> {
        let mut found = Vec::new();
        for statement in self.package.statements() {
            if let StatementKind::Assert(assertion) = &statement.kind {
                found.push(Assertion {
                    span: statement.span,
                    questions: self.assertion(assertion, statement.span, servers).unwrap_or_default(),
                });
            }
        }
        found
    }

    fn assertion(
        &self,
        assertion: &'a ast::Assertion,
        span: Span,
        servers: &BTreeMap<String, Server>,
    ) -> Option<Vec<Question>> {
        let tools = self.tools(&assertion.tools, servers, None);
        let callers = assertion.callers.as_ref().map(|callers| self.callers(callers));
        let at = assertion
            .at
            .as_ref()
            .map(|at| self.moment(at).map(|moment| moment.time));
        let fields = self.asserted_fields(assertion)?;
        if !self.all_have_the_parameters(&fields, &tools, servers) {
            return None;
        }
        let any: Vec<(&ScopedField<'a>, ReadingKind)> = fields
            .iter()
            .filter_map(|field| Some((field, self.any_kind(field.0)?)))
            .collect();
        let (callers, at) = (
            callers.map_or(Some(None), |found| found.map(Some))?,
            at.map_or(Some(None), |at| at.map(Some))?,
        );
        let mut questions = Vec::new();
        for (server, name) in tools {
            let Some(tool) = servers.get(&server).and_then(|server| server.tools.get(&name)) else {
                continue;
            };
            // A tool without such a slot has no such call.
            if !any.iter().all(|(_, kind)| tool.arguments.has_reading(*kind)) {
                continue;
            }
            let full = FullName(&server, &name).to_string();
            let any = any
                .iter()
                .map(|(field, kind)| self.any_reading(field, *kind, tool, &full));
            let any = any.collect::<Vec<_>>().into_iter().collect::<Option<Vec<AnyReading>>>();
            let named = fields
                .iter()
                .filter(|(field, _)| !matches!(field.key, FieldKey::AnyReading(_)));
            let named = named.map(|field| self.asserted(field, tool, &full, assertion.always));
            let named = named.collect::<Vec<_>>().into_iter().collect::<Option<Vec<Field>>>();
            let (Some(fields), Some(any)) = (named, any) else {
                continue;
            };
            questions.push(Question {
                claims: if assertion.always { Claim::Always } else { Claim::Never },
                server,
                tool: name,
                fields,
                any,
                callers: callers.clone(),
                at,
                place: self.at(span),
            });
        }
        if questions.is_empty() && !any.is_empty() {
            let message = "this asserts nothing: none of its tools has a slot with that reading";
            let help = "declare readings in the server's block: `path: *.path`";
            return self.report(Diagnostic::error(codes::NO_SUCH_CALL, span, message).help(help));
        }
        Some(questions)
    }

    fn asserted_fields(&self, assertion: &'a ast::Assertion) -> Option<Vec<ScopedField<'a>>> {
        let Some(body) = &assertion.body else {
            return Some(Vec::new());
        };
        let braces = Braces {
            fields: &body.fields,
            spreads: &body.spreads,
            open: !assertion.always,
        };
        self.fields(braces, &Env::default(), MAX_DEPTH)
    }

    /// One parameter of an assertion, for one tool. In a `never` an absent one is judged as its default, as in a
    /// prohibition, and the same forms would let calls slip past it.
    fn asserted(&self, (field, env): &ScopedField<'a>, tool: &Tool, full: &str, always: bool) -> Option<Field> {
        let name = match &field.key {
            FieldKey::Name(name) => Cow::Borrowed(name),
            FieldKey::Envelope(slot) => Cow::Owned(parameter_of(slot)),
            FieldKey::AnyReading(reading) => {
                let message = format!(
                    "`any {}` stands in the braces of a prohibition or an `assert never`",
                    reading.name
                );
                return self.report(Diagnostic::error(codes::ANY, field.span, message));
            }
        };
        let Some(slot) = Slot::parameter(full, &name.name, &tool.arguments) else {
            return self.report(unknown_parameter(&name, tool, full));
        };
        let polarity = if always {
            Polarity::Neither
        } else {
            Polarity::Prohibition
        };
        let pattern = self.lower(&field.pattern, env, &slot, polarity)?;
        let pattern = self.without_claims(pattern, field.pattern.span)?;
        // Where there is no default, that a parameter may be absent is no slip of the pen here.
        let absence = if slot.defaults.is_empty() {
            Polarity::Neither
        } else {
            polarity
        };
        self.settle(field, &name, &slot, pattern, absence)
    }
}
