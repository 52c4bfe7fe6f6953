//! The decision: prohibitions first, then grants; whatever is left is denied.

use std::sync::Arc;

use super::at::parameter;
use super::call::escape_pointer;
use super::gates::{Failing, Gates};
use super::{At, Call, Context, Decision, Denial, Effects, Permit, Reason, Scratch, Verdict, universe};
use crate::json::Value;
use crate::pattern::{self, Datum, Field, Mismatch};
use crate::table::{Grant, Policy, RuleRef, Step, Tool, Universe};

impl Policy {
    /// Decides a call: a pure function of artifact, call and context.
    ///
    /// In this order, and the first that applies is the answer: a tool that is not pinned; a value outside its
    /// universe or not canonical, in the order of the call; a prohibition, then a grant, in the order of the source;
    /// else the reason is that of the nearest grant, the one that fewest parameters and parts of its gate fail.
    #[must_use]
    pub fn decide(&self, call: &Call<'_>, context: &Context) -> Decision {
        let Some(tool) = self.tool(call.server, call.tool) else {
            let message = format!("the lock pins no tool `{}.{}`", call.server, call.tool.escape_debug());
            return Decision::Deny(Denial::new(Reason::UnknownTool, message));
        };
        let arguments = match read_arguments(tool, call.arguments) {
            Ok(arguments) => arguments,
            Err(denial) => return Decision::Deny(denial),
        };
        let gates = Gates::new(self, tool, &arguments, context);
        let mut scratch = Scratch::default();
        match self.rule_that_holds(call, &arguments, &gates, &mut scratch, &mut ()) {
            Verdict::Allow(rule) => Decision::Allow(Permit {
                rule: Arc::clone(self.rule_ref(rule)),
                effects: self.effects(call, tool, &gates, &scratch),
            }),
            Verdict::Prohibited(rule) => Decision::Deny(self.prohibited(rule)),
            Verdict::NoGrantHolds | Verdict::NoSuchCall => Decision::Deny(self.nearest(call, tool, &arguments, &gates)),
        }
    }

    /// Which grant comes nearest, and what of it does not hold.
    fn nearest(&self, call: &Call<'_>, tool: &Tool, arguments: &Datum<'_>, gates: &Gates<'_, '_>) -> Denial {
        let failing = |grant: &&Grant| failures(grant, arguments).len() + self.failing(grant, gates).len();
        match tool.grants.iter().min_by_key(failing) {
            Some(grant) => self.explain(grant, arguments, gates),
            None => Denial::new(
                Reason::NoGrant,
                format!("no grant speaks of `{}.{}`", call.server, call.tool),
            ),
        }
    }

    /// What of a grant's gate does not hold.
    fn failing<'g>(&'g self, grant: &Grant, gates: &Gates<'g, '_>) -> Vec<(Failing<'g>, pattern::At)> {
        let gate = grant.gate.and_then(|gate| self.gated().gate(gate));
        gate.map(|gate| gates.failing(gate)).unwrap_or_default()
    }

    /// What the grants that hold do.
    fn effects(&self, call: &Call<'_>, tool: &Tool, gates: &Gates<'_, '_>, scratch: &Scratch) -> Effects {
        let Some(program) = self.program(call.server, call.tool) else {
            return Effects::default();
        };
        let grants = scratch.effective(program);
        gates.effects(grants.filter_map(|at| tool.grants.get(at as usize)))
    }

    fn prohibited(&self, rule: u32) -> Denial {
        let place = self.rule(rule).map(|rule| rule.at);
        let reason = self.rule(rule).and_then(|rule| rule.because.clone());
        let message = reason.unwrap_or_else(|| "a prohibition holds".to_owned());
        Denial {
            place,
            ..Denial::new(Reason::Prohibited, message).by(self.rule_ref(rule))
        }
    }

    fn explain(&self, grant: &Grant, arguments: &Datum<'_>, gates: &Gates<'_, '_>) -> Denial {
        let rule: &Arc<RuleRef> = self.rule_ref(grant.rule);
        let denial = match failures(grant, arguments).into_iter().next() {
            Some(Failure::Unlisted(name)) => {
                let message = format!(
                    "the nearest grant does not name the parameter `{}`",
                    name.escape_debug()
                );
                Denial::new(Reason::UnlistedParameter, message).at(pointer([name]))
            }
            Some(Failure::Missing(field)) => Denial {
                place: Some(field.at),
                ..Denial::new(Reason::MissingParameter, format!("`{}` is missing", field.name))
                    .at(pointer([&*field.name]))
            },
            Some(Failure::Mismatch(field, mismatch)) => {
                let path = pointer(std::iter::once(&*field.name).chain(mismatch.path.iter().map(String::as_str)));
                let message = format!("the value of `{}` is not one that the policy allows", parameter(&path));
                Denial {
                    place: Some(mismatch.pattern.at),
                    ..Denial::new(Reason::PatternMismatch, message).at(path)
                }
            }
            None => match self.failing(grant, gates).into_iter().next() {
                Some((failing, at)) => gates.denial(&failing, at),
                // Not reached: only a grant that fails is explained.
                None => Denial::new(Reason::NoGrant, "no grant holds"),
            },
        };
        let whole: Option<pattern::At> = self.rule(grant.rule).map(|rule| rule.at);
        Denial {
            place: denial.place.or(whole),
            ..denial.by(rule)
        }
    }
}

/// The arguments, each in its universe and canonical.
pub(super) fn read_arguments<'a>(tool: &Tool, arguments: Option<&Value<'a>>) -> Result<Datum<'a>, Denial> {
    let Some(arguments) = arguments else {
        return Ok(Datum::Object(Vec::new()));
    };
    let universe = Universe::of(&tool.arguments);
    let first = arguments
        .members()
        .iter()
        .find(|member| !universe.has_member(&member.key));
    if let Some(member) = first
        && arguments.confusable(universe.known()).is_none()
    {
        let message = format!("the tool has no parameter `{}`", member.key.escape_debug());
        return Err(Denial::new(Reason::UnlistedParameter, message).at(pointer([&*member.key])));
    }
    universe::read(&universe, &tool.arguments, arguments, &At::ARGUMENTS)
}

/// Is there an object at these steps but the last that has no member of the last step's name?
#[must_use]
pub fn lacks(value: &Datum<'_>, steps: &[Step]) -> bool {
    match (steps.split_first(), value) {
        (Some((Step::Key(key), [])), Datum::Object(_)) => value.get(key).is_none(),
        (Some((Step::Key(key), rest)), Datum::Object(_)) => value.get(key).is_some_and(|inner| lacks(inner, rest)),
        (Some((Step::Each, rest)), Datum::Array(elements)) => elements.iter().any(|inner| lacks(inner, rest)),
        _ => false,
    }
}

/// Why a grant does not hold.
enum Failure<'g> {
    Unlisted(String),
    Missing(&'g Field),
    Mismatch(&'g Field, Mismatch<'g>),
}

/// All reasons, unlisted parameters first in the order of the call, then the grant's own in its order.
fn failures<'g>(grant: &'g Grant, arguments: &Datum<'_>) -> Vec<Failure<'g>> {
    let members: &[_] = match arguments {
        Datum::Object(members) => members,
        _ => &[],
    };
    let unlisted = members
        .iter()
        .filter(|(key, _)| !grant.fields.iter().any(|f| f.name == *key));
    let own = grant
        .fields
        .iter()
        .filter_map(|field| match arguments.get(&field.name) {
            Some(value) => Some(Failure::Mismatch(field, field.pattern.mismatch(value)?)),
            None => (!field.optional).then_some(Failure::Missing(field)),
        });
    unlisted
        .map(|(key, _)| Failure::Unlisted(key.to_string()))
        .chain(own)
        .collect()
}

pub(super) fn pointer<S: AsRef<str>>(steps: impl IntoIterator<Item = S>) -> String {
    steps
        .into_iter()
        .map(|step| format!("/{}", escape_pointer(step.as_ref())))
        .collect()
}
