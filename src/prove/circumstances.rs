//! Gates as formulas: who calls, when, and what is remembered.
//!
//! Labels and limits are free, and so are comparisons (`when`): whether two parameters can be equal is not looked into.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use super::budget::{Budget, Refusal};
use super::callers::{self, CallerWay};
use super::frame::Frame;
use super::sample::Sample;
use super::search::Assignment;
use crate::table::gates::{Comparison, Gate, LimitUse, Who};
use crate::table::program::compile::expression::Expression;
use crate::table::program::compile::formula::{ALWAYS, Formula, NEVER, Variable};
use crate::table::program::compile::set::ClassSet;
use crate::table::{Effect, Gated};

/// The classes of a comparison.
const HOLDS: u32 = 0;
const FAILS: u32 = 1;

/// All that gates tell apart.
#[derive(Default)]
pub struct Circumstances {
    callers: Option<(Variable, Vec<CallerWay>)>,
    /// Class 1 where it is set.
    labels: BTreeMap<String, Variable>,
    /// Class 1 where nothing is left.
    limits: BTreeMap<String, Variable>,
    /// The third class is where it cannot be told.
    comparisons: Vec<(Comparison, Variable)>,
    /// A time of each class.
    times: Option<(Variable, Vec<Timestamp>)>,
}

/// What is asked for beside the arguments.
#[derive(Clone, Copy, Debug, Default)]
pub struct Asked {
    /// At that time; `None`: at any.
    pub at: Option<Timestamp>,
    /// The caller can be told from others, and nothing is remembered of them.
    pub fresh: bool,
}

impl Circumstances {
    /// Gives each gate a formula; what is asked for beside is the last.
    pub fn new(
        frame: &mut Frame,
        gated: &Gated,
        gates: &BTreeSet<u32>,
        amounts: &BTreeMap<u32, Expression>,
        asked: Asked,
        budget: &Budget,
    ) -> Result<(Self, Formula), Refusal> {
        let found: Vec<(u32, &Gate)> = gates
            .iter()
            .filter_map(|place| Some((*place, gated.gate(*place)?)))
            .collect();
        let mut all = Self::default();
        let callers = found.iter().filter_map(|(_, gate)| gate.callers.as_ref());
        let who: Vec<&Who> = callers.flat_map(|callers| &callers.is).collect();
        if found.iter().any(|(_, gate)| gate.callers.is_some() || gate.remembers()) {
            let names: BTreeSet<&str> = who.iter().filter_map(|who| who.set.as_deref()).collect();
            let ways = callers::ways(&names, gated, budget)?;
            let classes = u32::try_from(ways.len()).unwrap_or(u32::MAX);
            all.callers = Some((frame.formulas.variable(classes), ways));
        }
        let mut constraints = vec![all.define_times(frame, &found, asked)];
        for (_, gate) in &found {
            for label in gate.labels() {
                all.labels
                    .entry(label.to_owned())
                    .or_insert_with(|| frame.formulas.variable(2));
            }
            for each in gate.limits.iter().flat_map(|limits| &limits.is) {
                all.limits
                    .entry(each.limit.clone())
                    .or_insert_with(|| frame.formulas.variable(2));
            }
        }
        if asked.fresh {
            if all.callers.is_some() {
                constraints.push(all.caller(frame, |way| way.has_identity));
            }
            for variable in all.labels.values().chain(all.limits.values()) {
                constraints.push(frame.formulas.is_in(*variable, ClassSet::only(0)));
            }
        }
        for (place, gate) in found {
            let formula = match gate.effect {
                Effect::Allow => all.of_grant(frame, gated, gate, amounts.get(&place)),
                Effect::Deny => all.of_prohibition(frame, gate),
            };
            frame.gates.insert(place, formula);
        }
        let constraint = frame.formulas.all(constraints);
        Ok((all, constraint))
    }

    fn define_times(&mut self, frame: &mut Frame, gates: &[(u32, &Gate)], asked: Asked) -> Formula {
        let cuts: BTreeSet<Timestamp> = gates
            .iter()
            .filter_map(|(_, gate)| Some(gate.until.as_ref()?.is))
            .collect();
        let Some(first) = cuts.first() else {
            self.times = asked.at.map(|at| (frame.formulas.variable(1), vec![at]));
            return ALWAYS;
        };
        let before = first
            .checked_sub(SignedDuration::from_secs(1))
            .unwrap_or(Timestamp::MIN);
        let mut times: Vec<Timestamp> = std::iter::once(before).chain(cuts.iter().copied()).collect();
        let classes = u32::try_from(times.len()).unwrap_or(u32::MAX);
        let variable = frame.formulas.variable(classes);
        let mut constraint = ALWAYS;
        if let Some(at) = asked.at {
            let class = cuts.iter().filter(|cut| **cut <= at).count();
            times.get_mut(class).into_iter().for_each(|time| *time = at);
            let class = u32::try_from(class).unwrap_or(u32::MAX);
            constraint = frame.formulas.is_in(variable, ClassSet::only(class));
        }
        self.times = Some((variable, times));
        constraint
    }

    fn of_grant(&mut self, frame: &mut Frame, gated: &Gated, gate: &Gate, amount: Option<&Expression>) -> Formula {
        let mut parts = Vec::new();
        if let Some(callers) = &gate.callers {
            parts.push(self.caller(frame, |way| callers.is.iter().any(|who| way.is_of(who) == Some(true))));
        }
        let limits = || gate.limits.iter().flat_map(|limits| &limits.is);
        let by_caller = |each: &LimitUse| gated.limits.get(&each.limit).is_none_or(|limit| !limit.shared);
        let labels = [&gate.requires, &gate.unless, &gate.marks];
        if labels.into_iter().any(Option::is_some) || limits().any(by_caller) {
            parts.push(self.caller(frame, |way| way.has_identity));
        }
        if let (Some(until), Some((variable, times))) = (&gate.until, &self.times) {
            let before = times.iter().filter(|time| **time < until.is).count();
            let before = ClassSet::run(0, u32::try_from(before).unwrap_or(u32::MAX));
            parts.push(frame.formulas.is_in(*variable, before));
        }
        for comparison in gate.when.iter().flat_map(|when| &when.is) {
            let variable = self.comparison(frame, comparison);
            parts.push(frame.formulas.is_in(variable, ClassSet::only(HOLDS)));
        }
        for label in gate.requires.iter().flat_map(|labels| &labels.is) {
            parts.push(self.label(frame, label, 1));
        }
        for label in gate.unless.iter().flat_map(|labels| &labels.is) {
            parts.push(self.label(frame, label, 0));
        }
        let one_each = limits().all(|each| limits().filter(|other| other.limit == each.limit).count() == 1);
        for each in limits() {
            let counted = gated.limits.get(&each.limit).is_some_and(|limit| !limit.sum);
            if counted && one_each {
                let variable = self.limits.get(&each.limit).copied().unwrap_or_default();
                parts.push(frame.formulas.is_in(variable, ClassSet::only(0)));
            }
        }
        if limits().any(|each| gated.limits.get(&each.limit).is_none_or(|limit| limit.sum)) || !one_each {
            let uses: Vec<&LimitUse> = limits().collect();
            parts.push(frame.free_as(&format!("{uses:?}")));
        }
        parts.extend(amount.map(|amount| frame.formula(amount)));
        frame.formulas.all(parts)
    }

    fn of_prohibition(&mut self, frame: &mut Frame, gate: &Gate) -> Formula {
        let mut parts = Vec::new();
        if let Some(callers) = &gate.callers {
            parts.push(self.caller(frame, |way| callers.is.iter().any(|who| way.is_of(who) != Some(false))));
        }
        if let Some(after) = &gate.after {
            let mut any = vec![self.caller(frame, |way| !way.has_identity)];
            any.extend(after.is.iter().map(|label| self.label(frame, label, 1)));
            parts.push(frame.formulas.one(any));
        }
        for comparison in gate.when.iter().flat_map(|when| &when.is) {
            let variable = self.comparison(frame, comparison);
            let fails = frame.formulas.is_in(variable, ClassSet::only(FAILS));
            parts.push(frame.formulas.not(fails));
        }
        frame.formulas.all(parts)
    }

    fn caller(&self, frame: &mut Frame, holds: impl Fn(&CallerWay) -> bool) -> Formula {
        let Some((variable, ways)) = &self.callers else {
            return NEVER;
        };
        let mut set = ClassSet::default();
        for (class, _) in (0..).zip(ways).filter(|(_, way)| holds(way)) {
            set.push(class);
        }
        frame.formulas.is_in(*variable, set)
    }

    fn label(&self, frame: &mut Frame, label: &str, class: u32) -> Formula {
        match self.labels.get(label) {
            Some(variable) => frame.formulas.is_in(*variable, ClassSet::only(class)),
            None => frame.free_as(label),
        }
    }

    /// The variable of a comparison; equal ones have one, wherever they stand.
    fn comparison(&mut self, frame: &mut Frame, comparison: &Comparison) -> Variable {
        let sides = |of: &Comparison| (of.left.clone(), of.is, of.right.clone());
        let mut known = self.comparisons.iter();
        if let Some((_, variable)) = known.find(|(other, _)| sides(other) == sides(comparison)) {
            return *variable;
        }
        let variable = frame.formulas.variable(3);
        self.comparisons.push((comparison.clone(), variable));
        variable
    }

    /// What stands beside a call's arguments; `None` where it is of a caller of whom none was found.
    pub fn sample(&self, assignment: &Assignment, gated: &Gated) -> Option<Vec<(String, Sample)>> {
        let mut members = Vec::new();
        if let Some((variable, ways)) = &self.callers {
            let way = ways.get(assignment.get(variable).copied().unwrap_or(0) as usize)?;
            if !way.is_known() {
                return None;
            }
            members.extend(way.claims.clone().map(|claims| ("caller".to_owned(), claims)));
        }
        if let Some((variable, times)) = &self.times {
            let time = times.get(assignment.get(variable).copied().unwrap_or(0) as usize)?;
            members.push(("time".to_owned(), Sample::String(time.to_string())));
        }
        let set = |variable: &Variable| assignment.get(variable) == Some(&1);
        let labels = self.labels.iter().filter(|(_, variable)| set(variable));
        let labels: Vec<Sample> = labels.map(|(name, _)| Sample::String(name.clone())).collect();
        if !labels.is_empty() {
            members.push(("labels".to_owned(), Sample::Array(labels)));
        }
        let used = self.limits.iter().filter(|(_, variable)| set(variable));
        let used = used.filter_map(|(name, _)| {
            let most = &gated.limits.get(name)?.most;
            Some((name.clone(), Sample::Number(most.to_string())))
        });
        let used: Vec<(String, Sample)> = used.collect();
        if !used.is_empty() {
            members.push(("counters".to_owned(), Sample::Object(used)));
        }
        Some(members)
    }

    /// The comparisons that an assignment rests on.
    pub fn compared(&self, assignment: &Assignment) -> Vec<&Comparison> {
        let asked = self.comparisons.iter();
        let asked = asked.filter(|(_, variable)| assignment.contains_key(variable));
        asked.map(|(comparison, _)| comparison).collect()
    }
}
