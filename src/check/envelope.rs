//! The envelope's slots, `@meta`, `@task` and `@input`: further parameters of the tools on which a statement names them.

use std::collections::BTreeMap;

use super::{Checker, codes};
use crate::diagnostic::{Diagnostic, Span};
use crate::syntax::ast::{Body, CaseTarget, FieldKey, Ident, Selector, StatementKind, TestEntry};
use crate::table::{Capability, Property, Server, Shape, Tool, Type};

/// The parameter that stands for a slot of the envelope, which is written without its `@` in the tree.
pub(super) fn parameter_of(slot: &Ident) -> Ident {
    Ident {
        name: format!("@{}", slot.name),
        span: slot.span,
    }
}

impl<'a> Checker<'a> {
    /// Gives tools the slots that statements name on them. Without one what a call has there is denied unseen.
    pub(super) fn add_envelopes(&self, servers: &mut BTreeMap<String, Server>) {
        for statement in self.package.statements() {
            match &statement.kind {
                StatementKind::Allow(rule) | StatementKind::Deny(rule) => {
                    self.add_slots(&rule.tools, rule.body.as_ref(), servers);
                }
                StatementKind::Assert(assertion) => self.add_slots(&assertion.tools, assertion.body.as_ref(), servers),
                StatementKind::Test(test) => {
                    for entry in &test.entries {
                        if let TestEntry::Call(case) = entry
                            && let CaseTarget::Tool(tool) = &case.target
                            && let Some(server) = servers.get_mut(&case.server.name)
                            && let Some(tool) = server.tools.get_mut(&tool.name)
                        {
                            case.envelope.iter().for_each(|(slot, _)| self.add_slot(tool, slot));
                        }
                    }
                }
                _ => {}
            }
        }
    }

    fn add_slots(&self, tools: &'a [Selector], body: Option<&'a Body>, servers: &mut BTreeMap<String, Server>) {
        let fields = body.into_iter().flat_map(|body| &body.fields);
        let slots: Vec<&Ident> = fields
            .filter_map(|field| match &field.key {
                FieldKey::Envelope(slot) => Some(slot),
                _ => None,
            })
            .collect();
        if slots.is_empty() {
            return;
        }
        for (server, name) in self.tools(tools, servers, None) {
            let tool = servers.get_mut(&server).and_then(|server| server.tools.get_mut(&name));
            if let Some(tool) = tool.filter(|_| Capability::of_tool(&name).is_none()) {
                slots.iter().for_each(|slot| self.add_slot(tool, slot));
            }
        }
    }

    fn add_slot(&self, tool: &mut Tool, slot: &Ident) {
        if tool.envelope.contains(&slot.name) {
            return;
        }
        let Ident { name, span } = parameter_of(slot);
        if tool
            .arguments
            .variants()
            .into_iter()
            .any(|shape| shape.properties.contains_key(&name))
        {
            let message = format!("a parameter of the tool is called `{name}` too");
            let help = "which of the two is meant could not be told: leave the envelope's slot out";
            return self
                .report::<()>(Diagnostic::error(codes::ENVELOPE_PARAMETER, span, message).help(help))
                .unwrap_or_default();
        }
        tool.envelope.push(slot.name.clone());
        tool.envelope.sort();
        let shape = Shape {
            types: Some([Type::Object].into_iter().collect()),
            ..Shape::default()
        };
        let property = Property {
            shape,
            ..Property::default()
        };
        tool.arguments.properties.insert(name, property);
    }

    /// What is kept out of the evidence is found by its place in the arguments, and the envelope's slots have none there.
    pub(super) fn check_hidden_envelope(&self, tool: &Tool, full: &str, span: Span) {
        if let Some(slot) = tool.envelope.first() {
            let message = format!("`record` on `{full}`, of which a rule names `@{slot}`");
            let help = "the envelope is kept as it came: leave out the one or the other";
            self.report::<()>(Diagnostic::error(codes::ENVELOPE_PARAMETER, span, message).help(help));
        }
    }
}
