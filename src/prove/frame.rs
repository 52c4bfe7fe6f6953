//! The arguments of a tool, or an element of an array: places with the ways that their values can be, and formulas over
//! them.

use std::collections::{BTreeMap, BTreeSet};

use super::budget::{Budget, Refusal};
use super::sample::Sample;
use super::search::{Assignment, rows};
use super::site::{Kind, Row, Way, arrays, places, scalars};
use crate::table::program::compile::expression::{Atom, Expression, Place, Scope};
use crate::table::program::compile::formula::{ALWAYS, Formula, Formulas, NEVER, Variable};
use crate::table::program::compile::set::ClassSet;
use crate::table::{Shape, Type, Universe};

/// Places, the ways of each, and what can be said of them together.
pub struct Frame {
    /// Formulas over the classes: the class of a place is the place of its way.
    pub formulas: Formulas,
    /// The formula of each gate.
    pub gates: BTreeMap<u32, Formula>,
    /// What holds of every value.
    pub constraint: Formula,
    sites: Vec<Site>,
    /// The variables of what is not told apart, by what it is.
    free: BTreeMap<String, Variable>,
}

/// A place.
#[derive(Default)]
struct Site {
    variable: Variable,
    ways: Vec<Way>,
    /// The ways that answer each question with yes.
    atoms: Vec<ClassSet>,
    some: Vec<ClassSet>,
    absent: ClassSet,
    object: ClassSet,
    members: BTreeMap<String, usize>,
    closed: Vec<BTreeSet<String>>,
    /// Class 1 where the object has a member that nothing names.
    extra: Option<Variable>,
    /// Such a member.
    other: Option<(String, Sample)>,
}

/// What there is to know of a place before its ways are.
struct Known<'s> {
    universe: Universe<'s>,
    is_root: bool,
}

impl Frame {
    /// Of a value in a universe. `of_arguments`: it is an object always.
    ///
    /// INVARIANT: as deep as the patterns that the scope comes from.
    pub fn new(
        scope: &mut Scope,
        universe: &Universe<'_>,
        of_arguments: bool,
        budget: &Budget,
    ) -> Result<Self, Refusal> {
        let known = name_all(scope, universe, of_arguments);
        let mut frame = Self {
            formulas: Formulas::new(),
            gates: BTreeMap::new(),
            constraint: ALWAYS,
            sites: Vec::new(),
            free: BTreeMap::new(),
        };
        for (place, known) in scope.places.iter_mut().zip(&known) {
            let site = frame.site(place, known, of_arguments, budget)?;
            frame.sites.push(site);
        }
        frame.constraint = frame.constraints(of_arguments);
        Ok(frame)
    }

    fn site(
        &mut self,
        place: &mut Place,
        known: &Known<'_>,
        of_arguments: bool,
        budget: &Budget,
    ) -> Result<Site, Refusal> {
        let mut ways = Vec::new();
        let universe = &known.universe;
        // What a schema requires may still be left out of a call: grants ask for it, not the universe.
        if !known.is_root {
            ways.push(Way {
                kind: Kind::Absent,
                yes: places(&place.atoms, |atom| *atom == Atom::Absent),
                some: Vec::new(),
                sample: None,
            });
        }
        let types = universe.possible_types();
        if !(known.is_root && of_arguments) {
            ways.extend(scalars(&place.atoms, universe, budget)?);
            if types.has(Type::Array) {
                let rows = elements(place, universe, budget)?;
                ways.extend(arrays(&place.atoms, &rows, budget)?);
            }
        }
        if types.has(Type::Object) {
            ways.push(Way {
                kind: Kind::Object,
                yes: places(&place.atoms, |atom| *atom == Atom::Object),
                some: Vec::new(),
                sample: place
                    .members
                    .is_empty()
                    .then(|| minimal(universe, MAX_DEPTH, budget))
                    .flatten(),
            });
        }
        let questions = place.each.as_ref().map_or(0, |each| each.questions.len());
        let mut site = Site {
            atoms: vec![ClassSet::default(); place.atoms.len()],
            some: vec![ClassSet::default(); questions],
            members: place.members.clone(),
            closed: place.closed.clone(),
            ..Site::default()
        };
        for (class, way) in (0_u32..).zip(&ways) {
            for at in &way.yes {
                site.atoms.get_mut(*at).into_iter().for_each(|set| set.push(class));
            }
            for at in &way.some {
                site.some.get_mut(*at).into_iter().for_each(|set| set.push(class));
            }
            match way.kind {
                Kind::Absent => site.absent.push(class),
                Kind::Object => site.object.push(class),
                Kind::Scalar | Kind::Array => {}
            }
        }
        site.variable = self.formulas.variable(u32::try_from(ways.len()).unwrap_or(u32::MAX));
        site.ways = ways;
        if let Some(others) = others(universe, known.is_root && of_arguments) {
            site.extra = Some(self.formulas.variable(2));
            let mut names = std::iter::once("x".to_owned()).chain((1..).map(|n| format!("x{n}")));
            let name = names.find(|name| !site.members.contains_key(name));
            site.other = name.zip(minimal(&others, MAX_DEPTH, budget));
        }
        Ok(site)
    }

    /// A member is there only in an object.
    fn constraints(&mut self, of_arguments: bool) -> Formula {
        let mut all = Vec::new();
        for (place, site) in self.sites.iter().enumerate() {
            // There is no such value.
            if site.ways.is_empty() {
                all.push(NEVER);
            }
            let object = self.formulas.is_in(site.variable, site.object.clone());
            if place > 0 || !of_arguments {
                for member in site.members.values().filter_map(|at| self.sites.get(*at)) {
                    let absent = self.formulas.is_in(member.variable, member.absent.clone());
                    all.push(self.formulas.one([absent, object]));
                }
                if let Some(extra) = site.extra {
                    let none = self.formulas.is_in(extra, ClassSet::only(0));
                    all.push(self.formulas.one([none, object]));
                }
            }
        }
        self.formulas.all(all)
    }

    /// INVARIANT: as deep as the patterns that it comes from.
    pub fn formula(&mut self, expression: &Expression) -> Formula {
        match expression {
            Expression::Always => ALWAYS,
            Expression::Atom(place, at) => self.asked(*place, *at, |site| &site.atoms),
            Expression::Some(place, at) => self.asked(*place, *at, |site| &site.some),
            Expression::Closed(place, at) => self.closed(*place, *at),
            Expression::Gate(gate) => match self.gates.get(gate) {
                Some(gate) => *gate,
                None => self.free_as(&format!("{expression:?}")),
            },
            // Spelt out where conditions are made. What is not told apart may hold or not.
            Expression::Anywhere(..) | Expression::OfCaller(_) | Expression::Entry(..) | Expression::Size(..) => {
                self.free_as(&format!("{expression:?}"))
            }
            Expression::Not(inner) => {
                let inner = self.formula(inner);
                self.formulas.not(inner)
            }
            Expression::All(parts) => {
                let parts: Vec<Formula> = parts.iter().map(|part| self.formula(part)).collect();
                self.formulas.all(parts)
            }
            Expression::One(parts) => {
                let parts: Vec<Formula> = parts.iter().map(|part| self.formula(part)).collect();
                self.formulas.one(parts)
            }
        }
    }

    /// Something that may hold or not, whatever the value is; the same wherever it is called so.
    pub fn free_as(&mut self, name: &str) -> Formula {
        let known = self.free.get(name).copied();
        let variable = known.unwrap_or_else(|| self.formulas.variable(2));
        self.free.insert(name.to_owned(), variable);
        self.formulas.is_in(variable, ClassSet::only(1))
    }

    fn asked(&mut self, place: usize, at: usize, of: impl Fn(&Site) -> &Vec<ClassSet>) -> Formula {
        let Some((variable, set)) = self
            .sites
            .get(place)
            .and_then(|site| Some((site.variable, of(site).get(at)?.clone())))
        else {
            return NEVER;
        };
        self.formulas.is_in(variable, set)
    }

    /// All keys of an object are in one of its closed sets.
    fn closed(&mut self, place: usize, at: usize) -> Formula {
        let Some(site) = self.sites.get(place) else {
            return NEVER;
        };
        let Some(keys) = site.closed.get(at) else { return NEVER };
        let others = site.members.iter().filter(|(name, _)| !keys.contains(*name));
        let mut absent: Vec<(Variable, ClassSet)> = others
            .filter_map(|(_, at)| self.sites.get(*at))
            .map(|member| (member.variable, member.absent.clone()))
            .collect();
        absent.extend(site.extra.map(|extra| (extra, ClassSet::only(0))));
        let parts: Vec<Formula> = absent
            .into_iter()
            .map(|(variable, set)| self.formulas.is_in(variable, set))
            .collect();
        self.formulas.all(parts)
    }

    /// The value that these classes describe; `None` where one of them is of values of which none was found.
    pub fn sample(&self, assignment: &Assignment) -> Option<Sample> {
        self.sample_at(0, assignment)
    }

    fn sample_at(&self, place: usize, assignment: &Assignment) -> Option<Sample> {
        let site = self.sites.get(place)?;
        let way = site.way(assignment)?;
        if way.kind != Kind::Object || site.members.is_empty() {
            return way.sample.clone();
        }
        let mut members = Vec::new();
        for (name, at) in &site.members {
            let member = self.sites.get(*at)?;
            if member.way(assignment)?.kind != Kind::Absent {
                members.push((name.clone(), self.sample_at(*at, assignment)?));
            }
        }
        if site.extra.is_some_and(|extra| assignment.get(&extra) == Some(&1)) {
            members.push(site.other.clone()?);
        }
        Some(Sample::Object(members))
    }

    /// The place, as keys, of a value that classes describe and of which none was found.
    pub fn unknown(&self, assignment: &Assignment) -> Option<String> {
        let of = |(name, at): (&String, &usize)| {
            let site = self.sites.get(*at)?;
            let way = site.way(assignment)?;
            let is_unknown = way.kind != Kind::Absent && self.sample_at(*at, assignment).is_none();
            is_unknown.then(|| name.clone())
        };
        let mut members = self.sites.first().into_iter().flat_map(|site| &site.members);
        members.find_map(of)
    }
}

impl Site {
    /// The way that is chosen; absent, or the plainest, where none is.
    fn way(&self, assignment: &Assignment) -> Option<&Way> {
        match assignment.get(&self.variable) {
            Some(class) => self.ways.get(*class as usize),
            None => self.ways.first(),
        }
    }
}

/// Gives every member that the schema names a place, and finds the universe of each place.
fn name_all<'s>(scope: &mut Scope, universe: &Universe<'s>, of_arguments: bool) -> Vec<Known<'s>> {
    let mut known: Vec<Option<Known<'s>>> = vec![Some(Known {
        universe: universe.clone(),
        is_root: true,
    })];
    let mut at = 0;
    while at < scope.places.len() {
        let here = known
            .get(at)
            .and_then(Option::as_ref)
            .map(|known| known.universe.clone());
        let speaks = scope
            .places
            .get(at)
            .is_some_and(|place| !place.members.is_empty() || !place.closed.is_empty());
        if let Some(here) = here.filter(|_| speaks || (at == 0 && of_arguments)) {
            for name in here.known() {
                scope.member(at, name);
            }
            let members = scope
                .places
                .get(at)
                .map(|place| place.members.clone())
                .unwrap_or_default();
            for (name, member) in members {
                if known.len() <= member {
                    known.resize_with(member + 1, || None);
                }
                let found = Known {
                    universe: here.member(&name),
                    is_root: false,
                };
                if let Some(place) = known.get_mut(member) {
                    *place = Some(found);
                }
            }
        }
        at += 1;
    }
    known.into_iter().flatten().collect()
}

/// What the elements of an array can be.
fn elements(place: &mut Place, universe: &Universe<'_>, budget: &Budget) -> Result<Vec<Row>, Refusal> {
    let element = universe.element();
    let Some(scope) = &mut place.each else {
        return Ok(vec![(Vec::new(), minimal(&element, MAX_DEPTH, budget))]);
    };
    let mut frame = Frame::new(scope, &element, false, budget)?;
    let questions: Vec<Formula> = scope.questions.iter().map(|question| frame.formula(question)).collect();
    let found = rows(&mut frame.formulas, frame.constraint, &questions, budget)?;
    Ok(found
        .into_iter()
        .map(|(yes, assignment)| (yes, frame.sample(&assignment)))
        .collect())
}

/// What members of an object can be that nothing names; `None` if there are none.
fn others<'s>(universe: &Universe<'s>, of_arguments: bool) -> Option<Universe<'s>> {
    if !universe.possible_types().has(Type::Object) {
        return None;
    }
    let shapes = universe.shapes();
    let open = |shape: &&Shape| shape.additional.is_some();
    let silent = |shape: &&Shape| shape.properties.is_empty() && !shape.closed;
    let may_be = if of_arguments {
        shapes.iter().any(open) || shapes.iter().all(silent)
    } else {
        shapes.iter().any(|shape| !shape.closed)
    };
    // A name that no schema has.
    may_be.then(|| universe.member("\u{1}"))
}

/// As deep as schemas nest.
const MAX_DEPTH: usize = 64;

/// The steps that one plain value may take: far more than the canonical forms of any reading.
const MINIMAL: u64 = 1_000_000;

/// A plain value of a universe; `None` if none was found.
fn minimal(universe: &Universe<'_>, depth: usize, budget: &Budget) -> Option<Sample> {
    let depth = depth.checked_sub(1)?;
    let types = universe.possible_types();
    let scalar = scalars(&[], universe, &budget.beside(MINIMAL))
        .ok()?
        .into_iter()
        .find_map(|way| way.sample);
    if scalar.is_some() {
        return scalar;
    }
    if types.has(Type::Array) {
        return Some(Sample::Array(Vec::new()));
    }
    if !types.has(Type::Object) {
        return None;
    }
    let names: BTreeSet<&str> = universe.names().into_iter().collect();
    let required = names.into_iter().filter(|name| universe.requires(name));
    let members = required.map(|name| Some((name.to_owned(), minimal(&universe.member(name), depth, budget)?)));
    Some(Sample::Object(members.collect::<Option<_>>()?))
}
