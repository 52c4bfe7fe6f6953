//! Closed objects: which sets of keys hold all keys of an object.

use std::collections::{BTreeSet, HashMap};

use super::formula::{Formulas, Variable};
use super::set::ClassSet;
use super::settle::number;
use crate::table::program::Closed;

/// The tables of an object's closed sets, and what they say.
pub struct ClosedSets {
    /// Each with its variable.
    pub tables: Vec<(Variable, Closed)>,
    /// For each set of keys the classes that say that it holds all.
    pub yes: Vec<(Variable, ClassSet)>,
}

/// Which keys each set holds, and how large a table may be.
struct Sets {
    holds: Vec<Vec<bool>>,
    keys: usize,
    most: usize,
}

impl ClosedSets {
    /// Makes as few tables as hold the sets, each with at most so many steps if it holds several.
    pub fn new(keys: &[&str], sets: &[BTreeSet<String>], formulas: &mut Formulas, most: usize) -> Self {
        let holds = |set: &BTreeSet<String>| keys.iter().map(|key| set.contains(*key)).collect();
        let all: Vec<usize> = (0..sets.len()).collect();
        let mut made = Self {
            tables: Vec::new(),
            yes: vec![(0, ClassSet::default()); sets.len()],
        };
        let sets = Sets {
            holds: sets.iter().map(holds).collect(),
            keys: keys.len(),
            most,
        };
        made.part(&sets, &all, formulas);
        made
    }

    /// One table of these sets, or one of each half.
    fn part(&mut self, sets: &Sets, which: &[usize], formulas: &mut Formulas) {
        if which.is_empty() {
            return;
        }
        let Some((table, states)) = sets.table(which) else {
            let (left, right) = which.split_at(which.len() / 2);
            self.part(sets, left, formulas);
            self.part(sets, right, formulas);
            return;
        };
        let variable = formulas.variable(table.states());
        self.tables.push((variable, table));
        for (class, state) in (0..).zip(&states) {
            for at in state {
                if let Some((known, classes)) = self.yes.get_mut(*at) {
                    *known = variable;
                    classes.push(class);
                }
            }
        }
    }
}

impl Sets {
    /// A state is the sets that still hold all keys; `None` if the table is too large. One of a single set never is.
    fn table(&self, which: &[usize]) -> Option<(Closed, Vec<Vec<usize>>)> {
        let mut states = vec![which.to_vec()];
        let mut known = HashMap::from([(which.to_vec(), 0)]);
        let mut next = Vec::new();
        let mut done = 0;
        while let Some(state) = states.get(done).cloned() {
            done += 1;
            for key in 0..=self.keys {
                let holds = |set: &&usize| self.holds.get(**set).and_then(|set| set.get(key)) == Some(&true);
                let left: Vec<usize> = state.iter().filter(holds).copied().collect();
                let place = *known.entry(left).or_insert_with_key(|left| {
                    states.push(left.clone());
                    number(states.len() - 1)
                });
                next.push(place);
            }
            if which.len() > 1 && states.len() * (self.keys + 1) > self.most {
                return None;
            }
        }
        let stride = number(self.keys + 1);
        Some((Closed { stride, next }, states))
    }
}
