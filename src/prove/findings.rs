//! What rules of one tool come to beside each other: those that do nothing.

use super::budget::{Budget, Refusal};
use super::ground::{Buckets, Ground, example};
use super::search::Assignment;
use crate::table::gates::Placed;
use crate::table::program::compile::formula::{Formula, Formulas};
use crate::table::{Effect, Gate, Gated, Tool};

/// Why a rule does nothing for a tool. Rules are named by their places among all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// A grant that holds for no call.
    Empty,
    /// A grant that holds only where this one does, which has the same effects.
    Covered(u32),
    /// A grant that holds only where one of these prohibitions does.
    Prohibited(Vec<u32>),
    /// A prohibition that holds for no call that a grant allows.
    Idle,
}

/// The rules of a tool that do nothing for it, with why.
///
/// # Errors
/// If it takes more steps than there are, or rests on what is not known exactly.
pub fn findings(tool: &Tool, gated: &Gated, budget: &Budget) -> Result<Vec<(u32, Finding)>, Refusal> {
    if tool.grants.is_empty() {
        return Ok(Vec::new());
    }
    let mut of_tool = OfTool {
        ground: Ground::new(tool, gated, budget)?,
        tool,
        gated,
        budget,
        denying: Vec::new(),
    };
    let grants = of_tool.of_grants()?;
    let prohibitions = of_tool.of_prohibitions()?;
    Ok([grants, prohibitions].concat())
}

struct OfTool<'f> {
    ground: Ground,
    tool: &'f Tool,
    gated: &'f Gated,
    budget: &'f Budget,
    /// The prohibitions that are known to hold for a call that a grant allows.
    denying: Vec<usize>,
}

impl OfTool<'_> {
    fn of_grants(&mut self) -> Result<Vec<(u32, Finding)>, Refusal> {
        let grants = self.ground.grants.clone();
        let near = Buckets::new(&self.ground.frame.formulas, &grants);
        let prohibitions = Buckets::new(&self.ground.frame.formulas, &self.ground.prohibitions);
        let mut found = Vec::new();
        for (at, (grant, rule)) in grants.iter().zip(&self.tool.grants).enumerate() {
            let all = [self.ground.base, *grant];
            let Some(call) = example(&mut self.ground.frame.formulas, &all, &[], self.budget)? else {
                found.push((rule.rule, Finding::Empty));
                continue;
            };
            let covering = covering(
                (&mut self.ground.frame.formulas, self.ground.base),
                (&grants, &near),
                (at, &call),
                &|other| adds_nothing((self.tool, self.gated), at, other),
                self.budget,
            )?;
            let by = covering.and_then(|other| self.tool.grants.get(other));
            if let Some(by) = by {
                found.push((rule.rule, Finding::Covered(by.rule)));
            } else if let Some(by) = self.prohibited(*grant, call, &prohibitions)? {
                found.push((rule.rule, Finding::Prohibited(by)));
            }
        }
        Ok(found)
    }

    /// The prohibitions that leave nothing of a grant; `None` if something is left.
    fn prohibited(
        &mut self,
        grant: Formula,
        call: Assignment,
        prohibitions: &Buckets,
    ) -> Result<Option<Vec<u32>>, Refusal> {
        let (mut call, mut by) = (call, Vec::new());
        loop {
            let all = &self.ground.prohibitions;
            let holding = prohibitions.holding(&self.ground.frame.formulas, all, &call);
            self.denying.extend(&holding);
            let Some(next) = holding.first() else {
                return Ok(None);
            };
            by.push(*next);
            let none: Vec<Formula> = by.iter().filter_map(|at| all.get(*at)).copied().collect();
            let all = [self.ground.base, grant];
            match example(&mut self.ground.frame.formulas, &all, &none, self.budget)? {
                Some(other) => call = other,
                None => break,
            }
        }
        let rules = by.iter().filter_map(|at| self.tool.prohibitions.get(*at));
        Ok(Some(rules.map(|prohibition| prohibition.rule).collect()))
    }

    fn of_prohibitions(&mut self) -> Result<Vec<(u32, Finding)>, Refusal> {
        let mut found = Vec::new();
        for (at, prohibition) in self.tool.prohibitions.iter().enumerate() {
            if !self.denying.contains(&at) && self.is_idle(at)? {
                found.push((prohibition.rule, Finding::Idle));
            }
        }
        Ok(found)
    }

    fn is_idle(&mut self, at: usize) -> Result<bool, Refusal> {
        let Some(prohibition) = self.ground.prohibitions.get(at).copied() else {
            return Ok(false);
        };
        for grant in self.ground.grants.clone() {
            let all = [self.ground.base, prohibition, grant];
            if example(&mut self.ground.frame.formulas, &all, &[], self.budget)?.is_some() {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// Has a grant no effect that another one does not have?
fn adds_nothing((tool, gated): (&Tool, &Gated), grant: usize, other: usize) -> bool {
    let gate = |at: usize| tool.grants.get(at).and_then(|grant| gated.gate(grant.gate?));
    let none = Gate::open(Effect::Allow);
    let (Some(grant), other) = (gate(grant), gate(other).unwrap_or(&none)) else {
        return true;
    };
    fn within<T: PartialEq>(these: Option<&Placed<Vec<T>>>, those: Option<&Placed<Vec<T>>>) -> bool {
        let mut these = these.iter().flat_map(|these| &these.is);
        these.all(|this| those.is_some_and(|those| those.is.contains(this)))
    }
    fn none_or_same<T: PartialEq>(this: Option<&Placed<T>>, that: Option<&Placed<T>>) -> bool {
        this.is_none_or(|this| that.is_some_and(|that| this.is == that.is))
    }
    within(grant.marks.as_ref(), other.marks.as_ref())
        && within(grant.limits.as_ref(), other.limits.as_ref())
        && none_or_same(grant.returns.as_ref(), other.returns.as_ref())
        && none_or_same(grant.record.as_ref(), other.record.as_ref())
        && none_or_same(grant.with.as_ref(), other.with.as_ref())
        && none_or_same(grant.to.as_ref(), other.to.as_ref())
}

/// One of some formulas that holds wherever this one does; of equal ones the later has one. `call`: where it holds.
pub fn covering(
    (formulas, base): (&mut Formulas, Formula),
    (items, near): (&[Formula], &Buckets),
    (at, call): (usize, &Assignment),
    may: &dyn Fn(usize) -> bool,
    budget: &Budget,
) -> Result<Option<usize>, Refusal> {
    let Some(item) = items.get(at).copied() else {
        return Ok(None);
    };
    let candidates = near.holding(formulas, items, call);
    budget.spend(1 + candidates.len())?;
    for other_at in candidates.into_iter().filter(|other| *other != at && may(*other)) {
        let Some(other) = items.get(other_at).copied() else {
            continue;
        };
        let is_within = example(formulas, &[base, item], &[other], budget)?.is_none();
        let is_first = |formulas: &mut Formulas| -> Result<bool, Refusal> {
            Ok(other_at > at && example(formulas, &[base, other], &[item], budget)?.is_none())
        };
        if is_within && !is_first(formulas)? {
            return Ok(Some(other_at));
        }
    }
    Ok(None)
}
