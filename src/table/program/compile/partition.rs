//! Regular expressions → as few machines as will hold them.

use super::{Budget, ProgramError};
use crate::pattern::{Machine, Sets, floats, join};

/// A machine, and which expressions it holds, by their places.
pub struct Made {
    pub machine: Machine,
    pub sets: Sets,
    pub holds: Vec<usize>,
    /// The bytes of the expressions.
    written: usize,
}

/// Whether many expressions fit one machine is tried out with so many of them.
const SAMPLE: usize = 16;

/// One machine where all fit, else those that come of joining neighbours for as long as they fit. Expressions that
/// begin with a star and those that do not are each put together first: a few of the former among many of the latter
/// would make one automaton of all dear to try.
pub fn partition(regexes: &[&str], budget: &Budget) -> Result<Vec<Made>, ProgramError> {
    let all: Vec<(usize, &str)> = regexes.iter().copied().enumerate().collect();
    if all.len() <= SAMPLE
        && let Some(made) = together(&all, budget)
    {
        return Ok(vec![made]);
    }
    let (floating, anchored): (Vec<_>, Vec<_>) = all.into_iter().partition(|(_, regex)| floats(regex));
    let mut machines = alike(&floating, budget)?;
    machines.extend(alike(&anchored, budget)?);
    Ok(joined_while_it_fits(machines, budget))
}

fn alike(regexes: &[(usize, &str)], budget: &Budget) -> Result<Vec<Made>, ProgramError> {
    let sample: Vec<_> = regexes
        .iter()
        .step_by(regexes.len().div_ceil(SAMPLE).max(1))
        .copied()
        .collect();
    if together(&sample, budget).is_some()
        && let Some(made) = together(regexes, budget)
    {
        return Ok(vec![made]);
    }
    let machines = regexes
        .iter()
        .map(|(at, regex)| alone(regex, *at))
        .collect::<Result<_, _>>()?;
    Ok(joined_while_it_fits(machines, budget))
}

fn together(regexes: &[(usize, &str)], budget: &Budget) -> Option<Made> {
    let (holds, regexes): (Vec<usize>, Vec<&str>) = regexes.iter().copied().unzip();
    let written = regexes.iter().map(|regex| regex.len()).sum();
    let (machine, sets) = Machine::new(&regexes, limit(written, budget)).ok()?;
    Some(Made {
        machine,
        sets,
        holds,
        written,
    })
}

fn joined_while_it_fits(mut machines: Vec<Made>, budget: &Budget) -> Vec<Made> {
    loop {
        let before = machines.len();
        machines = joined(machines, budget);
        if machines.len() == before {
            return machines;
        }
    }
}

/// What a machine of several expressions may take.
fn limit(written: usize, budget: &Budget) -> usize {
    budget
        .automaton_at_most
        .min(budget.automaton + written * budget.automaton_per_byte)
}

fn alone(regex: &str, at: usize) -> Result<Made, ProgramError> {
    let made = Machine::new(&[regex], ALONE);
    let (machine, sets) = made.map_err(|error| ProgramError::Pattern(regex.to_owned(), error))?;
    Ok(Made {
        machine,
        sets,
        holds: vec![at],
        written: regex.len(),
    })
}

/// What a machine of one expression may take: what the checker grants it too.
const ALONE: usize = 1 << 20;

/// Each with its neighbour, where that fits.
fn joined(machines: Vec<Made>, budget: &Budget) -> Vec<Made> {
    let mut after = Vec::with_capacity(machines.len());
    let mut machines = machines.into_iter();
    let mut held = machines.next();
    for next in machines {
        let Some(before) = held.take() else {
            held = Some(next);
            continue;
        };
        match both(&before, &next, budget) {
            Some(both) => after.push(both),
            None => {
                after.push(before);
                held = Some(next);
            }
        }
    }
    after.extend(held);
    after
}

fn both(one: &Made, other: &Made, budget: &Budget) -> Option<Made> {
    let written = one.written + other.written;
    let first_sets = u32::try_from(one.holds.len()).ok()?;
    let (one_of, other_of) = ((&one.machine, &one.sets), (&other.machine, &other.sets));
    // What does not multiply takes about as much as both.
    let both = budget.automaton + 4 * (one.machine.bytes() + other.machine.bytes());
    let (machine, sets) = join(one_of, other_of, first_sets, both.min(limit(written, budget)))?;
    Some(Made {
        machine,
        sets,
        holds: one.holds.iter().chain(&other.holds).copied().collect(),
        written,
    })
}
