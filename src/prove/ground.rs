//! All rules of one tool as formulas beside each other.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::budget::{Budget, Refusal};
use super::circumstances::{Asked, Circumstances};
use super::conditions::Conditions;
use super::frame::Frame;
use super::search::{Assignment, Search};
use crate::table::program::compile::expression::Expression;
use crate::table::program::compile::formula::{Formula, Formulas, Says, Variable};
use crate::table::program::compile::set::ClassSet;
use crate::table::{Gated, Tool};

/// The rules of one tool.
pub struct Ground {
    /// The arguments.
    pub frame: Frame,
    /// What holds of every call.
    pub base: Formula,
    /// What makes each grant hold.
    pub grants: Vec<Formula>,
    /// What makes each prohibition hold.
    pub prohibitions: Vec<Formula>,
}

impl Ground {
    /// At any time, whatever is remembered.
    pub fn new(tool: &Tool, gated: &Gated, budget: &Budget) -> Result<Self, Refusal> {
        let mut conditions = Conditions::new(&tool.arguments, gated);
        let prohibitions = tool.prohibitions.iter().map(|rule| conditions.prohibition(rule));
        let prohibitions = prohibitions.collect::<Result<Vec<Expression>, _>>()?;
        let grants: Vec<Expression> = tool.grants.iter().map(|grant| conditions.grant(grant)).collect();
        let universe = conditions.universe().clone();
        let mut frame = Frame::new(&mut conditions.scope, &universe, true, budget)?;
        let (gates, amounts) = (&conditions.gates, &conditions.amounts);
        let asked = Asked::default();
        let (_, limited) = Circumstances::new(&mut frame, gated, gates, amounts, asked, budget)?;
        let prohibitions = prohibitions.iter().map(|rule| frame.formula(rule)).collect();
        let grants = grants.iter().map(|rule| frame.formula(rule)).collect();
        let base = [frame.constraint, limited];
        Ok(Self {
            base: frame.formulas.all(base),
            frame,
            grants,
            prohibitions,
        })
    }
}

/// Classes for which all of these hold, and none of those; `None` if there are none.
pub fn example(
    formulas: &mut Formulas,
    all: &[Formula],
    none: &[Formula],
    budget: &Budget,
) -> Result<Option<Assignment>, Refusal> {
    let mut parts = all.to_vec();
    parts.extend(none.iter().map(|formula| formulas.not(*formula)));
    budget.spend(parts.len())?;
    let goal = formulas.all(parts);
    Search::new(goal).next(formulas, budget)
}

/// Formulas by the classes of one variable: those that can hold where it has a class are found without asking all.
pub struct Buckets {
    variable: Option<Variable>,
    by_class: BTreeMap<u32, Vec<usize>>,
    /// Those that can hold whatever its class is.
    rest: Vec<usize>,
}

/// The most entries of all buckets together, for each formula.
const ENTRIES: u64 = 64;

impl Buckets {
    /// By the variable that tells most of them apart.
    pub fn new(formulas: &Formulas, items: &[Formula]) -> Self {
        let leaves: Vec<Vec<(Variable, Rc<ClassSet>)>> = items.iter().map(|item| leaves(formulas, *item)).collect();
        let mut saved: BTreeMap<Variable, (u64, u64)> = BTreeMap::new();
        for (variable, set) in leaves.iter().flatten() {
            let (entries, saving) = saved.entry(*variable).or_default();
            *entries += u64::from(set.len());
            let classes = formulas.classes(*variable).max(1);
            *saving += u64::from(classes - set.len()) * 1_000 / u64::from(classes);
        }
        let most = ENTRIES.saturating_mul(items.len() as u64);
        let fitting = saved.iter().filter(|(_, (entries, _))| *entries <= most);
        let variable = fitting
            .max_by_key(|(_, (_, saving))| *saving)
            .map(|(variable, _)| *variable);
        let mut buckets = Self {
            variable,
            by_class: BTreeMap::new(),
            rest: Vec::new(),
        };
        for (at, leaves) in leaves.iter().enumerate() {
            match leaves.iter().find(|(of, _)| Some(*of) == variable) {
                Some((_, set)) => classes(set).for_each(|class| buckets.by_class.entry(class).or_default().push(at)),
                None => buckets.rest.push(at),
            }
        }
        buckets
    }

    /// Those that hold for these classes; where no class is chosen, it is the first.
    pub fn holding(&self, formulas: &Formulas, items: &[Formula], classes: &Assignment) -> Vec<usize> {
        let class = self.variable.and_then(|variable| classes.get(&variable)).copied();
        let near = self.by_class.get(&class.unwrap_or(0)).into_iter().flatten();
        let near = near.chain(&self.rest).copied();
        let mut found: Vec<usize> = near
            .filter(|at| items.get(*at).is_some_and(|item| holds(formulas, *item, classes)))
            .collect();
        found.sort_unstable();
        found
    }
}

/// The sets that variables must be in.
fn leaves(formulas: &Formulas, formula: Formula) -> Vec<(Variable, Rc<ClassSet>)> {
    let leaf = |formula: &Formula| match formulas.says(*formula) {
        Says::In(variable, set) => Some((*variable, Rc::clone(set))),
        _ => None,
    };
    match formulas.says(formula) {
        Says::All(parts) => parts.iter().filter_map(leaf).collect(),
        _ => leaf(&formula).into_iter().collect(),
    }
}

fn classes(set: &ClassSet) -> impl Iterator<Item = u32> + use<> {
    let edges: Vec<u32> = set.edges().collect();
    let runs: Vec<(u32, u32)> = edges
        .chunks_exact(2)
        .filter_map(|run| Some((*run.first()?, *run.last()?)))
        .collect();
    runs.into_iter().flat_map(|(start, end)| start..end)
}

/// Does a formula hold for these classes? INVARIANT: as deep as the patterns that it comes from.
fn holds(formulas: &Formulas, formula: Formula, classes: &Assignment) -> bool {
    match formulas.says(formula) {
        Says::Never => false,
        Says::Always => true,
        Says::In(variable, set) => set.contains(classes.get(variable).copied().unwrap_or(0)),
        Says::All(parts) => parts.iter().all(|part| holds(formulas, *part, classes)),
        Says::One(parts) => parts.iter().any(|part| holds(formulas, *part, classes)),
    }
}
