//! Places → sites: variables with their classes, and for each question the classes that answer it with yes.

use std::collections::{BTreeMap, BTreeSet};

use super::closed::ClosedSets;
use super::expression::{Atom, Expression, Place, Scope};
use super::formula::{ALWAYS, Formula, Formulas, NEVER, Variable};
use super::set::ClassSet;
use super::steps::steps;
use super::strings::Groups;
use super::{Budget, Goal, ProgramError};
use crate::pattern::Decimal;
use crate::table::program::{Each, FIRST_NUMBER, Frame, Lengths, Members, Numbers, OfValue, Site, Words, kind};

/// The classes of a variable that say yes.
type Yes = (Variable, ClassSet);

/// A frame whose variables are known, and what its questions come to.
pub struct Settled {
    pub formulas: Formulas,
    pub sites: Vec<Site>,
    places: Vec<Answers>,
    /// By set of questions that are asked of strings anywhere.
    pub anywhere: Vec<Vec<Formula>>,
    /// The variable of each gate.
    pub gates: BTreeMap<u32, Variable>,
    /// The variable of each thing that is asked of the caller's claims.
    pub of_caller: Vec<Variable>,
}

/// What each question at a place comes to.
#[derive(Default)]
struct Answers {
    atoms: Vec<Yes>,
    some: Vec<Formula>,
    entries: Vec<Formula>,
    closed: Vec<Yes>,
}

/// Settles a frame, and first those within it.
pub fn settle(scope: &Scope, budget: &Budget) -> Result<Settled, ProgramError> {
    let mut settled = Settled {
        formulas: Formulas::new(),
        sites: Vec::new(),
        places: Vec::new(),
        anywhere: Vec::new(),
        gates: BTreeMap::new(),
        of_caller: Vec::new(),
    };
    settled.of_caller = scope.of_caller.iter().map(|_| settled.formulas.variable(2)).collect();
    for place in &scope.places {
        let (site, answers) = settle_place(place, &mut settled.formulas, budget)?;
        settled.sites.push(site);
        settled.places.push(answers);
    }
    Ok(settled)
}

fn settle_place(place: &Place, formulas: &mut Formulas, budget: &Budget) -> Result<(Site, Answers), ProgramError> {
    let mut site = Site::default();
    let mut answers = Answers::default();
    if !place.atoms.is_empty() {
        settle_atoms(&place.atoms, &mut site, &mut answers, formulas, budget)?;
    }
    if !place.members.is_empty() || !place.closed.is_empty() {
        let keys: Vec<&str> = place.members.keys().map(String::as_str).collect();
        let closed = ClosedSets::new(&keys, &place.closed, formulas, budget.closed);
        answers.closed = closed.yes;
        site.members = Some(Members {
            keys: Words::new(keys),
            sites: place.members.values().map(|at| number(*at)).collect(),
            closed: closed.tables,
        });
    }
    if let Some(scope) = &place.each {
        let (each, some) = each(scope, formulas, budget)?;
        answers.some = some;
        site.each = Some(each);
    }
    if let Some(scope) = &place.entries {
        let (each, entries) = each(scope, formulas, budget)?;
        answers.entries = entries;
        site.entries = Some(each);
    }
    Ok((site, answers))
}

/// The frame of values that come one after the other, and for each of its questions the formula that at least one of
/// them answers it with yes.
pub fn each(scope: &Scope, outside: &mut Formulas, budget: &Budget) -> Result<(Each, Vec<Formula>), ProgramError> {
    let mut inside = settle(scope, budget)?;
    let questions: Vec<Formula> = scope
        .questions
        .iter()
        .map(|question| inside.formula(question))
        .collect();
    let mut distinct: Vec<Formula> = questions.clone();
    distinct.sort_unstable();
    distinct.dedup();
    distinct.retain(|question| *question != NEVER);
    let entries: Vec<(u32, Formula)> = (0..).zip(distinct.iter().copied()).collect();
    let steps = steps(&mut inside.formulas, &entries, Goal::All, budget)?;
    let first = number(outside.variables());
    let variables: Vec<Variable> = distinct.iter().map(|_| outside.variable(2)).collect();
    let some = questions.iter().map(|question| match distinct.binary_search(question) {
        Ok(at) => outside.is_in(variables.get(at).copied().unwrap_or(0), ClassSet::only(1)),
        Err(_) => NEVER,
    });
    let some = some.collect();
    let each = Each {
        frame: inside.frame(steps),
        first,
        count: number(distinct.len()),
    };
    Ok((each, some))
}

impl Settled {
    /// Gives each gate a variable.
    pub fn name_gates(&mut self, gates: &BTreeSet<u32>) {
        self.gates = gates.iter().map(|gate| (*gate, self.formulas.variable(2))).collect();
    }

    pub fn frame(self, steps: Vec<super::Step>) -> Frame {
        Frame {
            sites: self.sites,
            variables: number(self.formulas.variables()),
            steps,
        }
    }

    /// INVARIANT: as deep as the patterns that it comes from.
    pub fn formula(&mut self, expression: &Expression) -> Formula {
        let answers = |settled: &Self, place: &usize, of: fn(&Answers) -> &Vec<Yes>, at: &usize| {
            settled
                .places
                .get(*place)
                .and_then(|answers| of(answers).get(*at))
                .cloned()
        };
        let yes = match expression {
            Expression::Always => return ALWAYS,
            Expression::Atom(place, at) | Expression::Size(place, at) => {
                answers(self, place, |answers| &answers.atoms, at)
            }
            Expression::Closed(place, at) => answers(self, place, |answers| &answers.closed, at),
            Expression::Some(place, at) => {
                let some = self.places.get(*place).and_then(|answers| answers.some.get(*at));
                return some.copied().unwrap_or(NEVER);
            }
            Expression::Entry(place, at) => {
                let entries = self.places.get(*place).and_then(|answers| answers.entries.get(*at));
                return entries.copied().unwrap_or(NEVER);
            }
            Expression::Anywhere(which, at) => {
                let some = self.anywhere.get(*which).and_then(|questions| questions.get(*at));
                return some.copied().unwrap_or(NEVER);
            }
            Expression::Gate(gate) => self.gates.get(gate).map(|variable| (*variable, ClassSet::only(1))),
            Expression::OfCaller(at) => self.of_caller.get(*at).map(|variable| (*variable, ClassSet::only(1))),
            Expression::Not(inner) => {
                let inner = self.formula(inner);
                return self.formulas.not(inner);
            }
            Expression::All(parts) => {
                let parts: Vec<Formula> = parts.iter().map(|part| self.formula(part)).collect();
                return self.formulas.all(parts);
            }
            Expression::One(parts) => {
                let parts: Vec<Formula> = parts.iter().map(|part| self.formula(part)).collect();
                return self.formulas.one(parts);
            }
        };
        yes.map_or(NEVER, |(variable, set)| self.formulas.is_in(variable, set))
    }
}

/// The variables of a value by itself, and which of their classes answer each question with yes.
fn settle_atoms(
    atoms: &[Atom],
    site: &mut Site,
    answers: &mut Answers,
    formulas: &mut Formulas,
    budget: &Budget,
) -> Result<(), ProgramError> {
    let numbers = numbers(atoms);
    let first_string = FIRST_NUMBER + numbers.classes();
    let mut groups = Groups::new(atoms, first_string, budget)?;
    let variable = formulas.variable(groups.first.classes);
    let more: Vec<Variable> = groups
        .more
        .iter()
        .map(|group| formulas.variable(group.classes))
        .collect();
    let mut counted = |what: Counted| {
        let lengths = lengths(atoms, what)?;
        Some((formulas.variable(lengths.classes()), lengths))
    };
    let length = counted(Counted::Characters);
    let elements = counted(Counted::Elements);
    let sizes = counted(Counted::Members);
    let strings = groups.first.classes;
    let of_length = |of: &Option<(Variable, Lengths)>, min: u64, max: Option<u64>, line: bool| {
        let found = of
            .as_ref()
            .map(|(variable, lengths)| (*variable, in_length(lengths, min, max, line)));
        found.unwrap_or_default()
    };
    for (at, atom) in atoms.iter().enumerate() {
        let one = |class| (variable, ClassSet::only(class));
        answers.atoms.push(match atom {
            Atom::Absent => one(kind::ABSENT),
            Atom::Null => one(kind::NULL),
            Atom::Bool(false) => one(kind::FALSE),
            Atom::Bool(true) => one(kind::TRUE),
            Atom::Array => one(kind::ARRAY),
            Atom::Object => one(kind::OBJECT),
            Atom::String => (variable, ClassSet::run(first_string, strings)),
            Atom::Number { low, high, integer } => {
                (variable, in_range(&numbers, low.as_ref(), high.as_ref(), *integer))
            }
            Atom::Text { min, max, line } => of_length(&length, *min, *max, *line),
            Atom::Elements { min, max } => of_length(&elements, *min, *max, false),
            Atom::Members { min, max } => of_length(&sizes, *min, *max, false),
            Atom::Reading(_) | Atom::Word(..) | Atom::Regex(..) => match groups.first.yes(at) {
                Some(set) => (variable, set),
                None => groups
                    .more
                    .iter_mut()
                    .zip(&more)
                    .find_map(|(group, variable)| Some((*variable, group.yes(at)?)))
                    .unwrap_or_default(),
            },
        });
    }
    site.length = length;
    site.elements = elements;
    site.sizes = sizes;
    site.more = more
        .into_iter()
        .zip(groups.more.into_iter().map(|group| group.strings))
        .collect();
    site.value = Some(OfValue {
        variable,
        numbers,
        strings: groups.first.strings,
    });
    Ok(())
}

fn numbers(atoms: &[Atom]) -> Numbers {
    let mut bounds: BTreeSet<&Decimal> = BTreeSet::new();
    let mut integers = false;
    for atom in atoms {
        if let Atom::Number { low, high, integer } = atom {
            bounds.extend(low.iter().chain(high));
            integers |= integer;
        }
    }
    Numbers {
        bounds: bounds.into_iter().cloned().collect(),
        integers,
    }
}

fn in_range(numbers: &Numbers, low: Option<&Decimal>, high: Option<&Decimal>, integer: bool) -> ClassSet {
    let place = |bound: &Decimal| number(2 * numbers.bounds.partition_point(|known| known < bound) + 1);
    let start = low.map_or(0, place);
    let end = high.map_or(numbers.places(), |high| place(high) + 1);
    let run = |first: u32| ClassSet::run(first + start, first + end);
    let whole = run(FIRST_NUMBER + numbers.places());
    match (numbers.integers, integer) {
        (true, true) => whole,
        (true, false) => whole.union(&run(FIRST_NUMBER)),
        (false, _) => run(FIRST_NUMBER),
    }
}

/// What a length counts.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Counted {
    Characters,
    Elements,
    Members,
}

/// How strings, arrays or objects are told apart by length, if that is asked.
fn lengths(atoms: &[Atom], counted: Counted) -> Option<Lengths> {
    let mut cuts = BTreeSet::new();
    let (mut asked, mut lines) = (false, false);
    for atom in atoms {
        let (min, max) = match atom {
            Atom::Text { min, max, line } if counted == Counted::Characters => {
                lines |= line;
                (min, max)
            }
            Atom::Elements { min, max } if counted == Counted::Elements => (min, max),
            Atom::Members { min, max } if counted == Counted::Members => (min, max),
            _ => continue,
        };
        asked = true;
        cuts.insert(*min);
        cuts.extend(max.and_then(|max| max.checked_add(1)));
    }
    cuts.remove(&0);
    let cuts = cuts.into_iter().collect();
    asked.then_some(Lengths { cuts, lines })
}

fn in_length(lengths: &Lengths, min: u64, max: Option<u64>, line: bool) -> ClassSet {
    let range = |cut: u64| number(lengths.cuts.partition_point(|known| *known <= cut));
    let (start, end) = (1 + range(min), 2 + max.map_or(number(lengths.cuts.len()), range));
    let run = |first: u32| ClassSet::run(first + start, first + end);
    match (lengths.lines, line) {
        (true, true) => run(lengths.ranges()),
        (true, false) => run(0).union(&run(lengths.ranges())),
        (false, _) => run(0),
    }
}

/// INVARIANT: places and counts stay far below 2³², since patterns are fewer.
pub fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
