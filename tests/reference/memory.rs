//! What is remembered of callers: every label and charge since the beginning, looked through each time.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use mcppc::syntax::ast::{Given, Label, LabelKind, Limit, LimitScope, StatementKind};

use super::Reference;
use super::gates::{Circumstances, Effects, identity, of_units, scale_of};

/// All that calls have marked and charged.
#[derive(Debug, Default)]
pub struct Memory {
    events: Vec<Event>,
}

/// One label that was set, or one charge.
#[derive(Debug)]
struct Event {
    name: String,
    caller: Option<String>,
    time: Timestamp,
    units: u128,
}

impl Memory {
    /// What a call by this caller at this time finds.
    pub fn around(&self, reference: &Reference, claims: Option<String>, time: Timestamp) -> Circumstances {
        let mut around = Circumstances {
            claims,
            time,
            labels: BTreeSet::new(),
            used: BTreeMap::new(),
        };
        let caller = identity(&around);
        for label in reference.labels() {
            let seconds = label.lifetime.as_ref().map(seconds);
            let is_set =
                |event: &&Event| event.name == label.name.name && event.is_of(&caller) && event.lasts(seconds, time);
            if self.events.iter().any(|event| is_set(&event)) {
                around.labels.insert(label.name.name.clone());
            }
        }
        for limit in reference.limits() {
            let seconds = Some(seconds(&limit.window));
            let is_used = |event: &&Event| {
                let whose = limit.scope == LimitScope::All || event.is_of(&caller);
                event.name == limit.name.name && whose && event.lasts(seconds, time)
            };
            let used: u128 = self.events.iter().filter(is_used).map(|event| event.units).sum();
            around
                .used
                .insert(limit.name.name.clone(), of_units(used, scale_of(limit)));
        }
        around
    }

    /// A call was allowed, and perhaps came to a good end.
    pub fn take(&mut self, reference: &Reference, around: &Circumstances, effects: &Effects, good: bool) {
        let caller = identity(around);
        for name in &effects.marks {
            let is_proof = |label: &&Label| label.name.name == *name && label.kind == LabelKind::Proof;
            if good || !reference.labels().any(|label| is_proof(&label)) {
                self.events.push(Event {
                    name: name.clone(),
                    caller: caller.clone(),
                    time: around.time,
                    units: 0,
                });
            }
        }
        for (name, units) in &effects.charges {
            self.events.push(Event {
                name: name.clone(),
                caller: caller.clone(),
                time: around.time,
                units: *units,
            });
        }
    }
}

impl Event {
    /// Nobody else's, and not of one who cannot be told from others.
    fn is_of(&self, caller: &Option<String>) -> bool {
        caller.is_some() && self.caller == *caller
    }

    fn lasts(&self, seconds: Option<u64>, now: Timestamp) -> bool {
        let age = now.duration_since(self.time);
        seconds.is_none_or(|seconds| age.as_nanos() < i128::from(seconds) * 1_000_000_000)
    }
}

impl Reference {
    fn labels(&self) -> impl Iterator<Item = &Label> {
        self.file
            .statements
            .iter()
            .filter_map(|statement| match &statement.kind {
                StatementKind::Label(label) => Some(label),
                _ => None,
            })
    }

    fn limits(&self) -> impl Iterator<Item = &Limit> {
        self.file
            .statements
            .iter()
            .filter_map(|statement| match &statement.kind {
                StatementKind::Limit(limit) => Some(limit),
                _ => None,
            })
    }
}

fn seconds(given: &Given<mcppc::syntax::ast::Duration>) -> u64 {
    match given {
        Given::Literal(duration) => duration.count * duration.unit.seconds(),
        Given::Const(name) => panic!("not of the core: {name:?}"),
    }
}
