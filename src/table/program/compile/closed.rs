//! Closed objects: which sets of keys hold all keys of an object.

use std::collections::{BTreeMap, BTreeSet, HashMap};

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

/// The sets of one object.
struct Sets {
    /// The keys of each, by their places, ascending.
    keys: Vec<Vec<u32>>,
    /// The most steps that one table may have.
    most: usize,
}

/// A step costs this at most on the way to a table that is too large.
const WORK_PER_STEP: usize = 64;

impl ClosedSets {
    /// Makes as few tables as hold the sets of these keys, which are sorted; each with at most so many steps if it holds several.
    pub fn new(keys: &[&str], sets: &[BTreeSet<String>], formulas: &mut Formulas, most: usize) -> Self {
        let place = |key: &String| keys.binary_search(&key.as_str()).ok().map(number);
        let all: Vec<u32> = (0..number(sets.len())).collect();
        let mut made = Self {
            tables: Vec::new(),
            yes: vec![(0, ClassSet::default()); sets.len()],
        };
        let sets = Sets {
            keys: sets.iter().map(|set| set.iter().filter_map(place).collect()).collect(),
            most,
        };
        made.part(&sets, &all, formulas);
        made
    }

    /// One table of these sets, or one of each half.
    fn part(&mut self, sets: &Sets, which: &[u32], formulas: &mut Formulas) {
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
                if let Some((known, classes)) = self.yes.get_mut(*at as usize) {
                    *known = variable;
                    classes.push(class);
                }
            }
        }
    }
}

impl Sets {
    /// A state is the sets that still hold all keys; `None` if the table is too large. One of a single set never is.
    fn table(&self, which: &[u32]) -> Option<(Closed, Vec<Vec<u32>>)> {
        let mut holders: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        for set in which {
            for key in self.keys.get(*set as usize).into_iter().flatten() {
                holders.entry(*key).or_default().push(*set);
            }
        }
        let one = which.len() == 1;
        let mut work = WORK_PER_STEP * self.most + holders.values().map(Vec::len).sum::<usize>();
        let mut states = vec![which.to_vec()];
        let mut known = HashMap::from([(which.to_vec(), 0)]);
        let mut next = Vec::new();
        let mut done = 0;
        while let Some(state) = states.get(done).cloned() {
            done += 1;
            for held in holders.values().chain([&Vec::new()]) {
                let left = common(&state, held, &mut work);
                if work == 0 && !one {
                    return None;
                }
                let place = *known.entry(left).or_insert_with_key(|left| {
                    states.push(left.clone());
                    number(states.len() - 1)
                });
                next.push(place);
                if states.len() * (holders.len() + 1) > self.most && !one {
                    return None;
                }
            }
        }
        let keys = holders.into_keys().collect();
        Some((Closed { keys, next }, states))
    }
}

/// What is in both; the fewer are sought among the more.
fn common(one: &[u32], other: &[u32], work: &mut usize) -> Vec<u32> {
    let (few, many) = if one.len() < other.len() {
        (one, other)
    } else {
        (other, one)
    };
    *work = work.saturating_sub(few.len());
    few.iter()
        .filter(|set| many.binary_search(set).is_ok())
        .copied()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As many sets as keys would take their product; the tables take what they are worth.
    #[test]
    fn many_sets_of_different_keys_are_tables_in_proportion() {
        let keys: Vec<String> = (0..20_000).map(|n| format!("{n:05}")).collect();
        let sets: Vec<BTreeSet<String>> = keys.iter().map(|key| [key.clone()].into()).collect();
        let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
        let made = ClosedSets::new(&keys, &sets, &mut Formulas::new(), 1 << 16);
        let steps: usize = made.tables.iter().map(|(_, table)| table.states() as usize).sum();
        assert!(
            made.tables.len() < 200 && steps < 30_000,
            "{} {steps}",
            made.tables.len()
        );
        for (place, (variable, yes)) in made.yes.iter().enumerate().step_by(997) {
            let (_, table) = made.tables.iter().find(|(found, _)| found == variable).unwrap();
            let after = |key| table.step(0, key);
            assert!(yes.contains(0) && yes.contains(after(Some(place))));
            assert!(!yes.contains(after(None)) && !yes.contains(after(Some((place + 1) % 20_000))));
        }
    }
}
