//! Formulas over the classes of variables: each formula once, negation only in the sets of its leaves.

use std::collections::HashMap;
use std::rc::Rc;

use super::set::ClassSet;

/// A formula, by its place in [`Formulas`]. Equal formulas have equal places.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Formula(u32);

/// A variable, by its place in a frame.
pub type Variable = u32;

/// What a formula says.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Says {
    /// Nothing fits.
    Never,
    /// Everything fits.
    Always,
    /// The variable's class is one of these.
    In(Variable, Rc<ClassSet>),
    /// All of them hold.
    All(Rc<[Formula]>),
    /// One of them holds.
    One(Rc<[Formula]>),
}

/// All formulas about one frame.
#[derive(Debug)]
pub struct Formulas {
    /// How many classes each variable has.
    classes: Vec<u32>,
    says: Vec<Says>,
    /// The variables that each formula rests on, ascending.
    support: Vec<Rc<[Variable]>>,
    known: HashMap<Says, Formula>,
    negated: HashMap<Formula, Formula>,
}

pub const NEVER: Formula = Formula(0);
pub const ALWAYS: Formula = Formula(1);

impl Formulas {
    pub fn new() -> Self {
        let mut formulas = Self {
            classes: Vec::new(),
            says: Vec::new(),
            support: Vec::new(),
            known: HashMap::new(),
            negated: HashMap::new(),
        };
        formulas.put(Says::Never);
        formulas.put(Says::Always);
        formulas
    }

    /// A new variable with that many classes.
    pub fn variable(&mut self, classes: u32) -> Variable {
        self.classes.push(classes);
        u32::try_from(self.classes.len() - 1).unwrap_or(u32::MAX)
    }

    pub fn variables(&self) -> usize {
        self.classes.len()
    }

    pub fn classes(&self, variable: Variable) -> u32 {
        usize::try_from(variable)
            .ok()
            .and_then(|at| self.classes.get(at))
            .copied()
            .unwrap_or(0)
    }

    pub fn says(&self, formula: Formula) -> &Says {
        usize::try_from(formula.0)
            .ok()
            .and_then(|at| self.says.get(at))
            .unwrap_or(&Says::Never)
    }

    pub fn support(&self, formula: Formula) -> &[Variable] {
        usize::try_from(formula.0)
            .ok()
            .and_then(|at| self.support.get(at))
            .map_or(&[], |support| support)
    }

    pub fn rests_on(&self, formula: Formula, variable: Variable) -> bool {
        self.support(formula).binary_search(&variable).is_ok()
    }

    fn put(&mut self, says: Says) -> Formula {
        if let Some(known) = self.known.get(&says) {
            return *known;
        }
        let support: Rc<[Variable]> = match &says {
            Says::Never | Says::Always => Rc::new([]),
            Says::In(variable, _) => Rc::new([*variable]),
            Says::All(parts) | Says::One(parts) => {
                let mut all: Vec<Variable> = parts.iter().flat_map(|p| self.support(*p)).copied().collect();
                all.sort_unstable();
                all.dedup();
                all.into()
            }
        };
        let formula = Formula(u32::try_from(self.says.len()).unwrap_or(u32::MAX));
        self.says.push(says.clone());
        self.support.push(support);
        self.known.insert(says, formula);
        formula
    }

    pub fn is_in(&mut self, variable: Variable, set: ClassSet) -> Formula {
        if set.is_empty() {
            NEVER
        } else if set.is_all(self.classes(variable)) {
            ALWAYS
        } else {
            self.put(Says::In(variable, Rc::new(set)))
        }
    }

    pub fn all(&mut self, parts: impl IntoIterator<Item = Formula>) -> Formula {
        self.join(parts, true)
    }

    pub fn one(&mut self, parts: impl IntoIterator<Item = Formula>) -> Formula {
        self.join(parts, false)
    }

    /// Joins formulas, with what is of the same kind taken apart and leaves of one variable made one.
    fn join(&mut self, parts: impl IntoIterator<Item = Formula>, all: bool) -> Formula {
        let (neutral, decisive) = if all { (ALWAYS, NEVER) } else { (NEVER, ALWAYS) };
        let mut flat = Vec::new();
        for part in parts {
            match self.says(part) {
                Says::All(inner) if all => flat.extend_from_slice(inner),
                Says::One(inner) if !all => flat.extend_from_slice(inner),
                _ => flat.push(part),
            }
        }
        flat.retain(|part| *part != neutral);
        if flat.contains(&decisive) {
            return decisive;
        }
        flat.sort_unstable();
        flat.dedup();
        let mut leaves: Vec<(Variable, Rc<ClassSet>, Formula)> = Vec::new();
        let mut joined = Vec::new();
        for part in flat {
            match self.says(part) {
                Says::In(variable, set) => leaves.push((*variable, Rc::clone(set), part)),
                _ => joined.push(part),
            }
        }
        leaves.sort_by_key(|(variable, _, leaf)| (*variable, *leaf));
        for same in leaves.chunk_by(|a, b| a.0 == b.0) {
            let leaf = match same {
                [(_, _, only)] => *only,
                _ => {
                    let set = merge(same.iter().map(|(_, set, _)| &**set), all);
                    let variable = same.first().map_or(0, |(variable, _, _)| *variable);
                    self.is_in(variable, set)
                }
            };
            if leaf == decisive {
                return decisive;
            }
            joined.extend((leaf != neutral).then_some(leaf));
        }
        joined.sort_unstable();
        match joined.as_slice() {
            [] => neutral,
            [only] => *only,
            _ if all => self.put(Says::All(joined.into())),
            _ => self.put(Says::One(joined.into())),
        }
    }

    /// Its negation, pushed inward. The recursion is as deep as the formula, and that as deep as patterns nest.
    pub fn not(&mut self, formula: Formula) -> Formula {
        if let Some(known) = self.negated.get(&formula) {
            return *known;
        }
        let negated = match self.says(formula).clone() {
            Says::Never => ALWAYS,
            Says::Always => NEVER,
            Says::In(variable, set) => {
                let others = set.complement(self.classes(variable));
                self.is_in(variable, others)
            }
            Says::All(parts) => {
                let parts: Vec<Formula> = parts.iter().map(|part| self.not(*part)).collect();
                self.one(parts)
            }
            Says::One(parts) => {
                let parts: Vec<Formula> = parts.iter().map(|part| self.not(*part)).collect();
                self.all(parts)
            }
        };
        self.negated.insert(formula, negated);
        self.negated.insert(negated, formula);
        negated
    }

    /// What is left of it once the variable's class is known. Adds to `work` what was looked at.
    pub fn given(&mut self, formula: Formula, variable: Variable, class: u32, work: &mut usize) -> Formula {
        if !self.rests_on(formula, variable) {
            return formula;
        }
        *work += 1;
        match self.says(formula).clone() {
            Says::Never | Says::Always => formula,
            Says::In(_, set) if set.contains(class) => ALWAYS,
            Says::In(..) => NEVER,
            Says::All(parts) => {
                *work += parts.len();
                let mut left = Vec::with_capacity(parts.len());
                for part in parts.iter() {
                    match self.given(*part, variable, class, work) {
                        NEVER => return NEVER,
                        part => left.push(part),
                    }
                }
                self.all(left)
            }
            Says::One(parts) => {
                *work += parts.len();
                let mut left = Vec::with_capacity(parts.len());
                for part in parts.iter() {
                    match self.given(*part, variable, class, work) {
                        ALWAYS => return ALWAYS,
                        part => left.push(part),
                    }
                }
                self.one(left)
            }
        }
    }

    /// The classes of the variable at which what is left of the formula may change.
    pub fn edges(&self, formula: Formula, variable: Variable, into: &mut Vec<u32>) {
        if !self.rests_on(formula, variable) {
            return;
        }
        match self.says(formula) {
            Says::In(_, set) => into.extend(set.edges()),
            Says::All(parts) | Says::One(parts) => parts.iter().for_each(|part| self.edges(*part, variable, into)),
            Says::Never | Says::Always => {}
        }
    }

    /// How much there is to a formula: its parts and the runs of its leaves.
    pub fn size(&self, formula: Formula) -> usize {
        match self.says(formula) {
            Says::Never | Says::Always => 1,
            Says::In(_, set) => set.runs(),
            Says::All(parts) | Says::One(parts) => 1 + parts.iter().map(|part| self.size(*part)).sum::<usize>(),
        }
    }

    /// The share of the variable's classes under which the formula may still hold, where that can be told at a glance.
    pub fn share(&self, formula: Formula, variable: Variable) -> f64 {
        let share = |formula: Formula| match self.says(formula) {
            Says::In(found, set) if *found == variable => {
                Some(f64::from(set.len()) / f64::from(self.classes(variable)))
            }
            _ => None,
        };
        match self.says(formula) {
            Says::All(parts) => parts.iter().find_map(|part| share(*part)).unwrap_or(1.0),
            _ => share(formula).unwrap_or(1.0),
        }
    }
}

/// The union or the intersection of them; unions of many are made pairwise, so that none is walked too often.
fn merge<'s>(sets: impl Iterator<Item = &'s ClassSet>, all: bool) -> ClassSet {
    let mut sets: Vec<ClassSet> = sets.cloned().collect();
    while sets.len() > 1 {
        sets = sets
            .chunks(2)
            .map(|pair| match pair {
                [a, b] if all => a.intersection(b),
                [a, b] => a.union(b),
                rest => rest.first().cloned().unwrap_or_default(),
            })
            .collect();
    }
    sets.pop().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leaves_of_one_variable_become_one() {
        let mut formulas = Formulas::new();
        let (v, w) = (formulas.variable(4), formulas.variable(4));
        let leaf = |f: &mut Formulas, v, class| f.is_in(v, ClassSet::only(class));
        let (a, b, c) = (
            leaf(&mut formulas, v, 0),
            leaf(&mut formulas, v, 1),
            leaf(&mut formulas, w, 1),
        );
        assert_eq!(formulas.all([a, b]), NEVER);
        let either = formulas.one([a, b]);
        assert_eq!(formulas.says(either), &Says::In(v, ClassSet::run(0, 2).into()));
        let both = formulas.all([c, either]);
        assert_eq!(formulas.all([either, ALWAYS, c, either]), both);
        assert_eq!(formulas.support(both), [v, w]);
        assert_eq!(formulas.given(both, v, 1, &mut 0), c);
        assert_eq!(formulas.given(both, v, 2, &mut 0), NEVER);
        assert_eq!(formulas.given(both, w, 1, &mut 0), either);
        let neither = formulas.not(both);
        assert_eq!(formulas.given(neither, v, 2, &mut 0), ALWAYS);
        assert_eq!(formulas.not(neither), both);
        assert_eq!(formulas.one([both, neither]), formulas.one([neither, both]));
    }
}
