//! Who calls: the claims of a verified token, and whether a set of callers holds them.

use std::collections::BTreeMap;

use super::Gates;
use crate::eval::{Caller, universe};
use crate::json::{self, Limits, Tape, Value};
use crate::pattern::Datum;
use crate::table::gates::Who;
use crate::table::{CallerSet, LoadedTool, Shape, Universe};

/// The claims as JSON texts, by name. None where one could be taken for another.
#[derive(Debug, Default)]
pub(super) struct Claims(BTreeMap<String, String>);

impl Claims {
    pub(super) fn of(caller: &Caller) -> Self {
        let Caller::Claims(claims) = caller else {
            return Self::default();
        };
        let text = serde_json::to_string(claims).unwrap_or_default();
        // What the gateway reads strictly elsewhere is read strictly here: no two names that differ only by case.
        let Ok(value) = json::parse(text.as_bytes(), &Limits::default()) else {
            return Self::default();
        };
        let mut found: BTreeMap<String, String> = value
            .members()
            .iter()
            .filter(|member| !is_empty(&member.value))
            .map(|member| (member.key.to_string(), json::canonical(&member.value)))
            .collect();
        // An address that nobody has verified is none.
        if found.get("email_verified").map(String::as_str) != Some("true") {
            found.remove("email");
        }
        Self(found)
    }

    /// A claim, read as a shape says, given to a question; `None` where it is absent or cannot be read so.
    pub(super) fn ask<T>(&self, name: &str, shape: &Shape, question: impl FnOnce(&Datum<'_>) -> T) -> Option<T> {
        // A tape of its own: the call stays on the decision's.
        let mut tape = Tape::default();
        let root = tape.read(self.0.get(name)?.as_bytes(), &Limits::default()).ok()?;
        universe::read(&Universe::of(shape), shape, &mut tape, root).ok()?;
        Some(question(&tape.node(root).into()))
    }

    /// The same of a claim that is read as if it stood behind these keys in the arguments of a tool.
    pub(super) fn ask_within<T>(
        &self,
        name: &str,
        tool: &LoadedTool,
        keys: &[String],
        question: impl FnOnce(Datum<'_>) -> Option<T>,
    ) -> Option<T> {
        let within = |text: String, key: &String| format!("{{{}:{text}}}", json::quote(key));
        let text = keys.iter().rev().fold(self.0.get(name)?.clone(), within);
        let mut tape = Tape::default();
        let root = tape.read(text.as_bytes(), &Limits::default()).ok()?;
        universe::read_arguments(tool, &mut tape, root).ok()?;
        let root = Datum::from(tape.node(root));
        question(keys.iter().try_fold(root, |within, key| within.get(key))?)
    }

    fn are_in(&self, set: &CallerSet) -> Option<bool> {
        let mut all = true;
        for field in &set.fields {
            if field.optional && self.is_absent(&field.name) {
                continue;
            }
            let shape = set.claims.member(&field.name)?;
            all &= self.ask(&field.name, shape, |claim| field.pattern.holds(claim))?;
        }
        Some(all)
    }

    /// The text of a claim; `None` where it is no single text.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        serde_json::from_str(self.0.get(name)?).ok()
    }

    fn is_absent(&self, name: &str) -> bool {
        !self.0.contains_key(name)
    }

    /// Both of what tells one caller from another.
    pub(super) fn has_identity(&self) -> bool {
        let said = |name: &str| self.0.get(name).is_some_and(|text| text.starts_with('"'));
        said("issuer") && said("subject")
    }
}

/// What is empty says nothing of the caller.
fn is_empty(claim: &Value<'_>) -> bool {
    match &claim.kind {
        json::Kind::Null => true,
        json::Kind::String(text) => text.is_empty(),
        _ => false,
    }
}

impl Gates<'_> {
    /// Is the caller one of these? `None` where a claim that this rests on is absent.
    pub(super) fn is_of(&self, who: &Who) -> Option<bool> {
        let is = match (&who.set, &self.context.caller) {
            (None, caller) => *caller == Caller::Local,
            // The local user has no claims.
            (Some(_), Caller::Local) => return None,
            // INVARIANT: the artifact's reader has checked every name.
            (Some(name), Caller::Claims(_)) => self.in_set(self.gated.callers.get(name)?)?,
        };
        Some(is != who.not)
    }

    fn in_set(&self, set: &CallerSet) -> Option<bool> {
        self.claims().are_in(set)
    }
}

/// Is a caller with claims in a set? `None` where a claim that this rests on is absent.
#[must_use]
pub fn is_in(set: &CallerSet, caller: &Caller) -> Option<bool> {
    Claims::of(caller).are_in(set)
}

/// Can what is remembered be laid to this caller?
#[must_use]
pub fn has_identity(caller: &Caller) -> bool {
    *caller == Caller::Local || Claims::of(caller).has_identity()
}
