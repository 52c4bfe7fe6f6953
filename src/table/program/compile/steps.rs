//! Formulas → the steps of a frame: one diagram if it fits, else several.

use super::formula::{Formula, Formulas, Says};
use super::grow::{Goal, Grown, grow};
use super::set::ClassSet;
use super::settle::number;
use super::{Budget, ProgramError, Step};
use crate::table::program::{Gives, Rows};

/// The steps that find the first entry that holds, or all that do.
pub fn steps(
    formulas: &mut Formulas,
    entries: &[(u32, Formula)],
    goal: Goal,
    budget: &Budget,
) -> Result<Vec<Step>, ProgramError> {
    let mut steps = Vec::new();
    part(formulas, entries, goal, budget, &mut steps)?;
    Ok(steps)
}

/// One diagram, or one of each half: what is found first is found in the earlier half.
fn part(
    formulas: &mut Formulas,
    entries: &[(u32, Formula)],
    goal: Goal,
    budget: &Budget,
    into: &mut Vec<Step>,
) -> Result<(), ProgramError> {
    if entries.is_empty() {
        return Ok(());
    }
    if let Some(grown) = grow(formulas, entries, goal, budget) {
        into.push(step(grown, entries, goal));
        return Ok(());
    }
    if let [(entry, formula)] = entries {
        let smaller = taken_apart(formulas, *formula, budget, into)?;
        let grown = grow(formulas, &[(*entry, smaller)], goal, budget).ok_or(ProgramError::TooLarge)?;
        into.push(step(grown, entries, goal));
        return Ok(());
    }
    let (left, right) = entries.split_at(entries.len() / 2);
    part(formulas, left, goal, budget, into)?;
    part(formulas, right, goal, budget, into)
}

/// The same formula over fewer variables: each of its parts is found by steps of its own, before.
fn taken_apart(
    formulas: &mut Formulas,
    formula: Formula,
    budget: &Budget,
    into: &mut Vec<Step>,
) -> Result<Formula, ProgramError> {
    let (parts, all) = match formulas.says(formula).clone() {
        Says::All(parts) => (parts, true),
        Says::One(parts) => (parts, false),
        _ => return Ok(formula),
    };
    let join = |formulas: &mut Formulas, parts: Vec<Formula>| {
        if all { formulas.all(parts) } else { formulas.one(parts) }
    };
    let mut parts = parts.to_vec();
    while parts.len() > budget.parts {
        let mut joined = Vec::new();
        for some in parts.chunks(budget.parts) {
            let mut named = Vec::new();
            for part in some {
                named.push(by_itself(formulas, *part, budget, into)?);
            }
            let chunk = join(formulas, named);
            joined.push(by_itself_always(formulas, chunk, budget, into)?);
        }
        parts = joined;
    }
    let mut named = Vec::new();
    for part in parts {
        named.push(by_itself(formulas, part, budget, into)?);
    }
    Ok(join(formulas, named))
}

/// A leaf as it is; of anything else a variable that a step finds.
fn by_itself(
    formulas: &mut Formulas,
    formula: Formula,
    budget: &Budget,
    into: &mut Vec<Step>,
) -> Result<Formula, ProgramError> {
    match formulas.says(formula) {
        Says::All(_) | Says::One(_) => by_itself_always(formulas, formula, budget, into),
        _ => Ok(formula),
    }
}

fn by_itself_always(
    formulas: &mut Formulas,
    formula: Formula,
    budget: &Budget,
    into: &mut Vec<Step>,
) -> Result<Formula, ProgramError> {
    let mut before = Vec::new();
    part(formulas, &[(0, formula)], Goal::First, budget, &mut before)?;
    let variable = formulas.variable(2);
    if let Some(last) = before.last_mut() {
        last.gives = Gives::Variable(variable);
    }
    into.append(&mut before);
    Ok(formulas.is_in(variable, ClassSet::only(1)))
}

fn step(grown: Grown, entries: &[(u32, Formula)], goal: Goal) -> Step {
    let gives = match goal {
        Goal::First => Gives::Verdict,
        Goal::All => Gives::Row(rows(&grown.sets, entries)),
    };
    Step {
        diagram: grown.diagram,
        gives,
    }
}

/// One row a set, of the words that the entries lie in.
fn rows(sets: &[Vec<u32>], entries: &[(u32, Formula)]) -> Rows {
    let word = |entry: Option<&(u32, Formula)>| entry.map_or(0, |(entry, _)| entry / 64);
    let (from, to) = (word(entries.first()), word(entries.last()) + 1);
    let width = to - from;
    let mut words = Vec::with_capacity(sets.len() * width as usize);
    for set in sets {
        let mut row = vec![0_u64; width as usize];
        for entry in set {
            if let Some(word) = row.get_mut((entry / 64 - from) as usize) {
                *word |= 1 << (entry % 64);
            }
        }
        words.extend(row);
    }
    debug_assert_eq!(number(words.len()), number(sets.len()) * width);
    Rows { from, width, words }
}
