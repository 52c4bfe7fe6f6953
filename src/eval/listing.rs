//! What a caller may see: judged apart from calls, since a list has no arguments.

use std::sync::Arc;

use super::failure::first_unlisted;
use super::gates::Gates;
use super::{Context, universe};
use crate::json::{Limits, Tape};
use crate::pattern::{Datum, Field};
use crate::table::{AnyReading, Capability, Grant, Policy, Prohibition};

impl Policy {
    /// Could this caller call the tool with some arguments? (`tools/list` is judged by this.) Caller and time are as they
    /// are, labels and limits at their best.
    #[must_use]
    pub fn lists(&self, server: &str, tool: &str, context: &Context) -> bool {
        let Some(loaded) = self.loaded(server, tool) else {
            return false;
        };
        let mut tape = Tape::default();
        let arguments = tape.add_empty_object();
        let gates = Gates::new(self, loaded, tape.node(arguments).into(), context);
        let prohibits_all = |prohibition: &Prohibition| {
            let silent = |pattern| gates.silent_in(pattern).is_some();
            prohibition.fields.iter().all(|field| silent(&field.pattern))
                && prohibition.any.iter().all(|any| silent(&any.pattern))
                && prohibition.gate.is_none_or(|gate| gates.prohibits_all(gate))
        };
        let tool = &loaded.tool;
        tool.grants.iter().any(|grant| {
            grant.gate.is_none_or(|gate| gates.could_hold(gate))
                && grant
                    .fields
                    .iter()
                    .all(|field| gates.silent_in(&field.pattern).is_none())
        }) && !tool.prohibitions.iter().any(prohibits_all)
    }

    /// The same of a capability, where some of its slots are known: could what a list names be asked for, with some values
    /// of the others? `slots` is the JSON of an object.
    #[must_use]
    pub fn shows(&self, server: &str, kind: Capability, slots: &str, context: &Context) -> bool {
        let Some(loaded) = self.loaded(server, kind.tool()) else {
            return false;
        };
        let mut tape = Tape::default();
        let Ok(known) = tape.read(slots.as_bytes(), &Limits::default()) else {
            return false;
        };
        if universe::read_arguments(loaded, &mut tape, known).is_err() {
            return false;
        }
        let gates = Gates::new(self, loaded, tape.node(known).into(), context);
        loaded.tool.grants.iter().any(|grant| could_grant(grant, &gates))
            && !loaded.tool.prohibitions.iter().any(|each| prohibits(each, &gates))
    }
}

/// Could the grant hold with these values, and some of the others?
fn could_grant(grant: &Grant, gates: &Gates<'_>) -> bool {
    let known = |field: &Arc<Field>| {
        let value = gates.arguments().get(&field.name);
        gates.silent_in(&field.pattern).is_none() && value.is_none_or(|value| field.pattern.holds_for(&value, gates))
    };
    grant.gate.is_none_or(|gate| gates.could_hold(gate))
        && first_unlisted(grant, gates).is_none()
        && grant.fields.iter().all(known)
}

/// Does the prohibition hold with these values, whatever the others are?
fn prohibits(prohibition: &Prohibition, gates: &Gates<'_>) -> bool {
    let known = |field: &Arc<Field>| {
        let value = gates.arguments().get(&field.name);
        gates.silent_in(&field.pattern).is_some() || value.is_some_and(|value| field.pattern.holds_for(&value, gates))
    };
    let any = |any: &AnyReading| {
        let holds = |value: &Datum<'_>| any.pattern.holds_for(value, gates);
        gates.silent_in(&any.pattern).is_some() || gates.arguments().any_reading(any.reading, &holds)
    };
    prohibition.fields.iter().all(known)
        && prohibition.any.iter().all(any)
        && prohibition.gate.is_none_or(|gate| gates.prohibits_all(gate))
}
