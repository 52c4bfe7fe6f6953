//! Which classes make a formula hold: a search that looks at no formula twice.

use std::collections::{BTreeMap, HashSet};
use std::rc::Rc;

use super::budget::{Budget, Refusal};
use crate::table::program::compile::formula::{ALWAYS, Formula, Formulas, NEVER, Says, Variable};

/// The classes of variables; others are free.
pub type Assignment = BTreeMap<Variable, u32>;

/// A variable that was chosen, and what is left of a formula under its classes.
struct Level {
    formula: Formula,
    variable: Variable,
    /// Each class that makes a difference, the plainest first, and what is left then.
    cases: Vec<(u32, Formula)>,
    next: usize,
}

/// Goes through the ways in which a formula holds, until one is accepted.
pub struct Search {
    stack: Vec<Level>,
    exhausted: HashSet<Formula>,
    current: Formula,
}

impl Search {
    pub fn new(goal: Formula) -> Self {
        Self {
            stack: Vec::new(),
            exhausted: HashSet::new(),
            current: goal,
        }
    }

    /// The next way; `None` once there is none. Each step takes what it looks at from the budget.
    pub fn next(&mut self, formulas: &mut Formulas, budget: &Budget) -> Result<Option<Assignment>, Refusal> {
        loop {
            if self.current == ALWAYS {
                let chosen = self.stack.iter().filter_map(|level| {
                    let (class, _) = level.cases.get(level.next.checked_sub(1)?)?;
                    Some((level.variable, *class))
                });
                let assignment = chosen.collect();
                // Should it not be accepted, the search goes on behind it.
                self.current = NEVER;
                return Ok(Some(assignment));
            }
            if self.current != NEVER && !self.exhausted.contains(&self.current) {
                let level = expand(formulas, self.current, budget)?;
                self.stack.push(level);
            }
            if !self.backtrack() {
                return Ok(None);
            }
        }
    }

    fn backtrack(&mut self) -> bool {
        while let Some(level) = self.stack.last_mut() {
            if let Some((_, left)) = level.cases.get(level.next) {
                level.next += 1;
                self.current = *left;
                return true;
            }
            self.exhausted.insert(level.formula);
            self.stack.pop();
        }
        false
    }
}

fn expand(formulas: &mut Formulas, formula: Formula, budget: &Budget) -> Result<Level, Refusal> {
    let variable = choose(formulas, formula);
    let classes = formulas.classes(variable);
    let mut edges = vec![0];
    formulas.edges(formula, variable, &mut edges);
    // Where the variable must be in a set, only what is in it is looked at.
    let must_be = match formulas.says(formula) {
        Says::All(parts) => parts.iter().find_map(|part| match formulas.says(*part) {
            Says::In(of, set) if *of == variable => Some(Rc::clone(set)),
            _ => None,
        }),
        _ => None,
    };
    edges.retain(|edge| *edge < classes && must_be.as_ref().is_none_or(|set| set.contains(*edge)));
    edges.sort_unstable();
    edges.dedup();
    let mut cases: Vec<(u32, Formula)> = Vec::new();
    let mut seen = HashSet::from([NEVER]);
    for class in edges {
        let mut work = 1;
        let left = formulas.given(formula, variable, class, &mut work);
        budget.spend(work)?;
        if seen.insert(left) {
            cases.push((class, left));
        }
    }
    Ok(Level {
        formula,
        variable,
        cases,
        next: 0,
    })
}

/// A variable that decides much: of what must hold, the leaf that holds least often, else the smallest part's first.
fn choose(formulas: &Formulas, formula: Formula) -> Variable {
    let mut at = formula;
    loop {
        match formulas.says(at) {
            Says::In(variable, _) => return *variable,
            Says::Never | Says::Always => return formulas.support(formula).first().copied().unwrap_or(0),
            Says::All(parts) => {
                let leaf = parts.iter().filter_map(|part| match formulas.says(*part) {
                    Says::In(variable, set) => Some((set.len(), *variable)),
                    _ => None,
                });
                if let Some((_, variable)) = leaf.min() {
                    return variable;
                }
                let smallest = parts.iter().min_by_key(|part| formulas.support(**part).len());
                at = smallest.copied().unwrap_or(NEVER);
            }
            Says::One(parts) => {
                let smallest = parts.iter().min_by_key(|part| formulas.support(**part).len());
                at = smallest.copied().unwrap_or(NEVER);
            }
        }
    }
}

/// Which of some formulas hold together: every set of them that can be, with classes that make it so.
pub fn rows(
    formulas: &mut Formulas,
    constraint: Formula,
    questions: &[Formula],
    budget: &Budget,
) -> Result<Vec<(Vec<usize>, Assignment)>, Refusal> {
    let mut variables: Vec<Variable> = questions
        .iter()
        .chain([&constraint])
        .flat_map(|formula| formulas.support(*formula))
        .copied()
        .collect();
    variables.sort_unstable();
    variables.dedup();
    let all: Vec<Formula> = std::iter::once(constraint).chain(questions.iter().copied()).collect();
    let mut states: Vec<(Vec<Formula>, Assignment)> = vec![(all, Assignment::new())];
    states.retain(|(state, _)| state.first() != Some(&NEVER));
    for variable in variables {
        let mut next: BTreeMap<Vec<Formula>, Assignment> = BTreeMap::new();
        for (state, assignment) in states {
            let mut edges = vec![0];
            state
                .iter()
                .for_each(|formula| formulas.edges(*formula, variable, &mut edges));
            edges.retain(|edge| *edge < formulas.classes(variable));
            edges.sort_unstable();
            edges.dedup();
            for class in edges {
                let mut work = 1 + state.len();
                let left = state
                    .iter()
                    .map(|formula| formulas.given(*formula, variable, class, &mut work));
                let left: Vec<Formula> = left.collect();
                budget.spend(work)?;
                if left.first() != Some(&NEVER) {
                    next.entry(left).or_insert_with(|| {
                        let mut assignment = assignment.clone();
                        assignment.insert(variable, class);
                        assignment
                    });
                }
            }
        }
        states = next.into_iter().collect();
    }
    let holding = states.into_iter().map(|(state, assignment)| {
        let yes = state.iter().skip(1).enumerate().filter(|(_, left)| **left == ALWAYS);
        (yes.map(|(at, _)| at).collect(), assignment)
    });
    Ok(holding.collect())
}
