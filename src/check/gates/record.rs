//! `record SLOT, … as hash|drop`: what is kept out of the evidence exists, and does not stand there by another way.

use std::collections::BTreeMap;

use crate::check::readings::step;
use crate::check::rules::unknown_parameter;
use crate::check::{Checker, codes};
use crate::diagnostic::Diagnostic;
use crate::pattern::At;
use crate::syntax::ast::{self, SlotStep};
use crate::table::{RecordForm, Recorded, Server, Step, Tool, Type, Universe};

impl Checker<'_> {
    pub(super) fn recorded(&self, record: &ast::Record) -> Recorded {
        let mut slots: Vec<Vec<Step>> = Vec::new();
        for slot in &record.slots {
            let steps: Vec<Step> = slot.steps.iter().map(step).collect();
            if slots.contains(&steps) {
                self.report::<()>(Diagnostic::error(codes::DUPLICATE, slot.span, "this is named twice"));
            }
            slots.push(steps);
        }
        let form = match record.form {
            ast::RecordForm::Hash => RecordForm::Hash,
            ast::RecordForm::Drop => RecordForm::Drop,
        };
        Recorded { slots, form }
    }

    /// The tool has the slots that are named.
    pub(super) fn check_recorded(&self, record: &ast::Record, tool: &Tool, full: &str) {
        record
            .slots
            .iter()
            .for_each(|slot| self.check_recorded_slot(slot, tool, full).unwrap_or_default());
    }

    fn check_recorded_slot(&self, slot: &ast::SlotPath, tool: &Tool, full: &str) -> Option<()> {
        let mut place = Universe::of(&tool.arguments);
        for (depth, step) in slot.steps.iter().enumerate() {
            place = match step {
                SlotStep::Key(name) if place.has_member(&name.name) => place.member(&name.name),
                SlotStep::Key(name) if depth == 0 => return self.report(unknown_parameter(name, tool, full)),
                SlotStep::Key(name) => {
                    let message = format!("there is no member `{}` there", name.name);
                    return self.report(Diagnostic::error(codes::UNKNOWN_PARAMETER, name.span, message));
                }
                SlotStep::Each if place.possible_types().has(Type::Array) => place.element(),
                SlotStep::Each => {
                    let message = format!("what stands before `[]` is no array in `{full}`");
                    return self.report(Diagnostic::error(codes::RECORD, slot.span, message));
                }
            };
        }
        Some(())
    }

    /// What is charged stands in the evidence, so it cannot be kept out of it: by no two grants on one tool, since both
    /// may hold.
    pub(in crate::check) fn check_charged_and_hidden(&self, servers: &BTreeMap<String, Server>) {
        for tool in servers.values().flat_map(|server| server.tools.values()) {
            let mut hidden: Vec<(At, &[Step])> = Vec::new();
            let mut charged: Vec<(At, Vec<Step>)> = Vec::new();
            let gated = self.gated.borrow();
            for gate in tool.grants.iter().filter_map(|grant| gated.gate(grant.gate?)) {
                let record = gate.record.iter();
                hidden
                    .extend(record.flat_map(|record| record.is.slots.iter().map(|slot| (record.at, slot.as_slice()))));
                if let Some(limits) = &gate.limits {
                    let summed = limits.is.iter().filter(|each| !each.slot.is_empty());
                    charged.extend(summed.map(|each| (limits.at, each.slot.iter().cloned().map(Step::Key).collect())));
                }
            }
            let overlap = |(_, hidden): &&(At, &[Step])| {
                let within =
                    |(_, charged): &&(At, Vec<Step>)| charged.starts_with(hidden) || hidden.starts_with(charged);
                charged.iter().find(within).map(|(at, _)| *at)
            };
            for found in &hidden {
                if let Some(charged) = overlap(&found) {
                    let message = "what a limit sums stands in the evidence, so this keeps nothing out of it";
                    let error = Diagnostic::error(codes::RECORD, self.span(found.0), message);
                    self.report::<()>(error.also(self.span(charged), "summed here"));
                }
            }
        }
    }
}
