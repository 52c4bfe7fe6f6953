//! Two policies compared: which calls of a tool one of them allows and the other does not.

use std::collections::BTreeSet;
use std::rc::Rc;

use jiff::Timestamp;

use super::budget::{Budget, Forms, Refusal};
use super::circumstances::{Asked, Circumstances};
use super::conditions::Conditions;
use super::frame::Frame;
use super::hunt::{Hunt, call};
use super::merged::Merged;
use super::question::rule_of;
use super::sample::Sample;
use crate::eval::{Decision, decide_line};
use crate::table::program::compile::expression::Expression;
use crate::table::program::compile::formula::Formula;
use crate::table::{Policy, Rule, Tool};

/// How the calls of a tool that two policies allow lie to each other.
#[derive(Clone, Debug)]
pub struct Difference {
    /// Is there a call that only the new policy allows?
    pub more: Direction,
    /// Is there a call that only the old policy allows?
    pub less: Direction,
}

/// One direction of a comparison.
#[derive(Clone, Debug)]
pub enum Direction {
    /// There is none.
    None,
    /// This one.
    Some(Box<Access>),
    /// It is not known.
    Refused(Refusal),
}

/// A call that one policy allows and the other does not.
#[derive(Clone, Debug)]
pub struct Access {
    /// The call with all that goes with it, one line for `mcppc eval`.
    pub call: String,
    /// The grant that allows it.
    pub by: Option<Rule>,
    /// What the other policy says of it.
    pub otherwise: Decision,
}

/// Compares what two policies allow of one tool, with so many steps for either direction. Every call that is shown was
/// put to the evaluator under both.
#[must_use]
pub fn compare(old: &Policy, new: &Policy, server: &str, tool: &str, now: Timestamp, steps: u64) -> Difference {
    let forms = Rc::default();
    let direction = |from: &Policy, to: &Policy| {
        let found = only_in(to, from, (server, tool), now, steps, &forms);
        found.unwrap_or_else(Direction::Refused)
    };
    Difference {
        more: direction(old, new),
        less: direction(new, old),
    }
}

/// A call that `this` allows and `other` does not.
fn only_in(
    this: &Policy,
    other: &Policy,
    (server, tool): (&str, &str),
    now: Timestamp,
    steps: u64,
    forms: &Rc<Forms>,
) -> Result<Direction, Refusal> {
    let budget = Budget::new(steps, forms);
    let Some(own) = this.tool(server, tool) else {
        return Ok(Direction::None);
    };
    let merged = Merged::new(this.gated(), other.gated());
    let theirs = other.tool(server, tool).map(|tool| merged.of_other(tool));
    let mut conditions = Conditions::new(&own.arguments, &merged.gated);
    let (denying, allowing) = rules(&mut conditions, own)?;
    let (their_denying, their_allowing) = match &theirs {
        Some(theirs) => rules(&mut conditions, theirs)?,
        None => Default::default(),
    };
    let universe = conditions.universe().clone();
    let mut frame = Frame::new(&mut conditions.scope, &universe, true, &budget)?;
    let gates: &BTreeSet<u32> = &conditions.gates;
    let asked = Asked::default();
    let (circumstances, limited) =
        Circumstances::new(&mut frame, &merged.gated, gates, &conditions.amounts, asked, &budget)?;
    let mut of = |expressions: &[Expression]| -> Vec<Formula> {
        expressions.iter().map(|expression| frame.formula(expression)).collect()
    };
    let (denying, allowing) = (of(&denying), of(&allowing));
    let (mut refusing, their_allowing) = (of(&their_denying), of(&their_allowing));
    let none_of = |frame: &mut Frame, rules: &[Formula]| {
        let none: Vec<Formula> = rules.iter().map(|rule| frame.formulas.not(*rule)).collect();
        frame.formulas.all(none)
    };
    let undenied = none_of(&mut frame, &denying);
    refusing.push(none_of(&mut frame, &their_allowing));
    let refused = frame.formulas.one(refusing);
    let base = [frame.constraint, limited, undenied, refused];
    let base = frame.formulas.all(base);
    let goals: Vec<Formula> = allowing
        .iter()
        .map(|grant| frame.formulas.all([base, *grant]))
        .collect();
    let decide = |policy: &Policy, line: &Sample| {
        let line = known_to(policy, line).to_string();
        decide_line(policy, None, line.as_bytes(), now)
    };
    let shows = |line: &Sample| decide(this, line).is_allow() && !decide(other, line).is_allow();
    let mut hunt = Hunt {
        frame,
        circumstances,
        budget: &budget,
        gated: &merged.gated,
        line: &|arguments, around| call(server, tool, arguments, merged.named_as_written(around)),
        shows: &shows,
        unknown: None,
    };
    for (goal, grant) in goals.into_iter().zip(&own.grants) {
        let found = hunt.through(goal).map_err(|mut refusal| {
            refusal.at.extend(this.rule(grant.rule).map(|rule| rule.at));
            refusal
        })?;
        if let Some(line) = found {
            let (allowed, otherwise) = (decide(this, &line), decide(other, &line));
            return Ok(Direction::Some(Box::new(Access {
                call: known_to(this, &line).to_string(),
                by: allowed.rule().and_then(|rule| rule_of(this, rule)),
                otherwise,
            })));
        }
    }
    if let Some(unknown) = hunt.unknown {
        return Ok(Direction::Refused(unknown));
    }
    let same = theirs.is_none_or(|theirs| theirs.arguments == own.arguments);
    // What the other takes for no value of its slot, or reads as another, is not told apart.
    Ok(if same || own.grants.is_empty() {
        Direction::None
    } else {
        Direction::Refused(Refusal::new(
            "the two policies read the tool's parameters in different ways",
        ))
    })
}

fn rules(conditions: &mut Conditions<'_>, tool: &Tool) -> Result<(Vec<Expression>, Vec<Expression>), Refusal> {
    let prohibitions = tool.prohibitions.iter().map(|rule| conditions.prohibition(rule));
    let prohibitions = prohibitions.collect::<Result<_, _>>()?;
    Ok((
        prohibitions,
        tool.grants.iter().map(|rule| conditions.grant(rule)).collect(),
    ))
}

/// The call without the labels and counters that a policy does not have.
fn known_to(policy: &Policy, line: &Sample) -> Sample {
    let gated = policy.gated();
    let members = line.members().iter().map(|(name, value)| {
        let value = match (name.as_str(), value) {
            ("labels", Sample::Array(labels)) => {
                let known = |label: &&Sample| match label {
                    Sample::String(label) => gated.labels.contains_key(label),
                    _ => false,
                };
                Sample::Array(labels.iter().filter(known).cloned().collect())
            }
            ("counters", Sample::Object(counters)) => {
                let known = |(name, _): &&(String, Sample)| gated.limits.contains_key(name);
                Sample::Object(counters.iter().filter(known).cloned().collect())
            }
            _ => value.clone(),
        };
        (name.clone(), value)
    });
    let is_empty = |value: &Sample| matches!(value, Sample::Array(all) if all.is_empty());
    let kept = members
        .filter(|(name, value)| name == "arguments" || !(is_empty(value) || *value == Sample::Object(Vec::new())));
    Sample::Object(kept.collect())
}
