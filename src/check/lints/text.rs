//! Prohibitions that go by how a free text is written.

use super::super::{Checker, codes};
use super::free::is_free_slot;
use crate::diagnostic::Diagnostic;
use crate::pattern::{At, Pattern, PatternKind};
use crate::table::{Prohibition, Tool, Universe};

impl Checker<'_> {
    pub(super) fn lint_text(&self, full: &str, tool: &Tool, prohibition: &Prohibition) {
        let arguments = Universe::of(&tool.arguments);
        for field in &prohibition.fields {
            let Some(at) = spelling(&field.pattern, &arguments.member(&field.name)) else {
                continue;
            };
            let message = format!(
                "this prohibits some spellings of `{}` of `{full}`, which is free text",
                field.name
            );
            let help = "grant what is meant to be allowed; what no grant names is denied";
            self.report::<()>(Diagnostic::warning(codes::TEXT_BOUNDARY, self.span(at), message).help(help));
        }
    }
}

/// The first part of a pattern that goes by the spelling of a free text.
fn spelling(pattern: &Pattern, slot: &Universe<'_>) -> Option<At> {
    match &pattern.kind {
        PatternKind::Automaton(_) | PatternKind::Not(_) if is_free_slot(slot) => Some(pattern.at),
        PatternKind::And(parts) | PatternKind::Or(parts) => parts.iter().find_map(|part| spelling(part, slot)),
        PatternKind::Array { element, .. } | PatternKind::Has(element) => spelling(element, &slot.element()),
        PatternKind::Object { fields, .. } => fields
            .iter()
            .find_map(|field| spelling(&field.pattern, &slot.member(&field.name))),
        PatternKind::Map { value, .. } => spelling(value, &slot.entry()),
        _ => None,
    }
}
