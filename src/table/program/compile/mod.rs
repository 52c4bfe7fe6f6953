//! Rules → program.
//!
//! 1. `expression`: patterns are taken apart into questions about places, each question once.
//! 2. `settle`: a place's questions become variables with classes, by way of automata, bounds and tables; a question
//!    becomes the set of classes that answer it with yes.
//! 3. `formula`: a rule becomes a formula over such sets, with negation pushed into them.
//! 4. `grow`, `steps`: formulas become diagrams, within a budget that is linear in them.

mod closed;
pub(crate) mod expression;
pub(crate) mod formula;
mod grow;
pub(crate) mod partition;
pub(crate) mod set;
mod settle;
mod steps;
mod strings;

use super::{Anywhere, Program, Step};
use crate::pattern::AutomatonError;
use crate::table::{Gate, Tool};
use expression::{Expression, Rules};
use formula::Formula;
use grow::Goal;
use settle::number;

/// Why rules make no program.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProgramError {
    /// A pattern by itself is more than can be held.
    #[error("the pattern `{0}` cannot be held: {1}")]
    Pattern(String, AutomatonError),
    /// A formula is, even taken apart.
    #[error("a rule is too large to be compiled")]
    TooLarge,
}

/// How large a part of a program may be before it is made of two. Whatever these are, the program decides alike.
#[derive(Clone, Copy, Debug)]
pub struct Budget {
    /// What the making of a diagram may cost, in entries and parts looked at, however small it is.
    pub work: usize,
    /// What it may cost more for each part of its formulas. Rules that differ in one parameter need about ten.
    pub work_per_part: usize,
    /// A formula with more parts is taken apart, if its diagram is too large.
    pub parts: usize,
    /// The bytes that an automaton of several expressions may take while it is made, whatever they are.
    pub automaton: usize,
    /// What it may take more for each byte of its expressions: a state a byte, and a place for each kind of byte.
    pub automaton_per_byte: usize,
    /// What it may take at most.
    pub automaton_at_most: usize,
    /// The most steps of the table of an object's closed sets of keys. Tools have tens of parameters, and rules name
    /// a few sets of them.
    pub closed: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            work: 50_000,
            work_per_part: 500,
            parts: 16,
            automaton: 256 << 10,
            automaton_per_byte: 512,
            automaton_at_most: 96 << 20,
            closed: 1 << 16,
        }
    }
}

/// The program of a tool; `gates` are those of the policy.
///
/// # Errors
/// The pattern that cannot be held.
pub fn compile(tool: &Tool, gates: &[Gate]) -> Result<Program, ProgramError> {
    compile_within(tool, gates, &Budget::default())
}

/// The same with parts of another size.
///
/// # Errors
/// The pattern that cannot be held.
pub fn compile_within(tool: &Tool, gates: &[Gate], budget: &Budget) -> Result<Program, ProgramError> {
    let rules = Rules::new(&tool.prohibitions, &tool.grants);
    let mut settled = settle::settle(&rules.scope, budget)?;
    settled.name_gates(&rules.gates);
    let mut anywhere = Vec::new();
    for (reading, scope) in &rules.anywhere {
        let (each, questions) = settle::each(scope, &mut settled.formulas, budget)?;
        settled.anywhere.push(questions);
        anywhere.push(Anywhere {
            reading: *reading,
            each,
        });
    }
    let mut entries = |expressions: &[Expression], from: u32| -> Vec<(u32, Formula)> {
        let formulas = expressions.iter().map(|expression| settled.formula(expression));
        (from..).zip(formulas).collect()
    };
    let prohibitions = number(rules.prohibitions.len());
    let denying = entries(&rules.prohibitions, 0);
    let allowing = entries(&rules.grants, prohibitions);
    let mut steps = steps::steps(&mut settled.formulas, &denying, Goal::First, budget)?;
    steps.extend(steps::steps(&mut settled.formulas, &allowing, Goal::First, budget)?);
    let (effective, effects) = effects(tool, gates, &allowing);
    let effects = steps::steps(&mut settled.formulas, &effects, Goal::All, budget)?;
    Ok(Program {
        of_caller: rules
            .scope
            .of_caller
            .iter()
            .cloned()
            .zip(settled.of_caller.iter().copied())
            .collect(),
        gates: settled
            .gates
            .iter()
            .map(|(gate, variable)| (*gate, *variable))
            .collect(),
        effects,
        effective,
        frame: settled.frame(steps),
        anywhere,
        prohibitions,
    })
}

/// The grants that do something when they hold, and their formulas numbered anew.
fn effects(tool: &Tool, gates: &[Gate], allowing: &[(u32, Formula)]) -> (Vec<u32>, Vec<(u32, Formula)>) {
    let gate = |place: Option<u32>| place.and_then(|place| gates.get(usize::try_from(place).ok()?));
    let mut effective = Vec::new();
    let mut formulas = Vec::new();
    for (at, (grant, (_, formula))) in (0..).zip(tool.grants.iter().zip(allowing)) {
        if gate(grant.gate).is_some_and(Gate::has_effects) {
            formulas.push((number(effective.len()), *formula));
            effective.push(at);
        }
    }
    (effective, formulas)
}
