//! Regular expressions → as few machines as will hold them.

use super::{Budget, ProgramError};
use crate::pattern::{Machine, Sets, join};

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

/// One machine where all fit, else those that come of joining neighbours for as long as they fit.
pub fn partition(regexes: &[&str], budget: &Budget) -> Result<Vec<Made>, ProgramError> {
    let sample: Vec<&str> = regexes
        .iter()
        .step_by(regexes.len().div_ceil(SAMPLE).max(1))
        .copied()
        .collect();
    let fits = |regexes: &[&str]| {
        let written = regexes.iter().map(|regex| regex.len()).sum();
        Some((Machine::new(regexes, limit(written, budget)).ok()?, written))
    };
    if (sample.len() == regexes.len() || fits(&sample).is_some())
        && let Some(((machine, sets), written)) = fits(regexes)
    {
        let holds = (0..regexes.len()).collect();
        return Ok(vec![Made {
            machine,
            sets,
            holds,
            written,
        }]);
    }
    let mut order: Vec<(bool, usize)> = regexes
        .iter()
        .enumerate()
        .map(|(at, regex)| (floats(regex), at))
        .collect();
    order.sort_unstable();
    let alone = order
        .into_iter()
        .map(|(_, at)| alone(regexes.get(at).copied().unwrap_or(""), at));
    let mut machines = alone.collect::<Result<Vec<Made>, _>>()?;
    loop {
        let before = machines.len();
        machines = joined(machines, budget);
        if machines.len() == before {
            return Ok(machines);
        }
    }
}

/// What a machine of several expressions may take.
fn limit(written: usize, budget: &Budget) -> usize {
    budget
        .automaton_at_most
        .min(budget.automaton + written * budget.automaton_per_byte)
}

/// Does a star come first? Such expressions multiply with each other, and those that begin with letters do not.
fn floats(regex: &str) -> bool {
    regex.starts_with('(') || regex.starts_with('.') || regex.starts_with('[')
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
    let (machine, sets) = join(one_of, other_of, first_sets, limit(written, budget))?;
    Some(Made {
        machine,
        sets,
        holds: one.holds.iter().chain(&other.holds).copied().collect(),
        written,
    })
}
