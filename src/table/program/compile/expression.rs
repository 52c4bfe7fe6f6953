//! Patterns taken apart: what each asks of which place.

use std::borrow::Borrow;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::pattern::{ClaimUse, Decimal, Field, Pattern, PatternKind, ReadingKind};
use crate::table::program::{KEY_SITE, OfCaller};
use crate::table::{AnyReading, Grant, Prohibition, Step};

/// A question about one value that its class answers.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Atom {
    /// Is there none?
    Absent,
    Null,
    Bool(bool),
    Array,
    Object,
    String,
    /// A string that was read so.
    Reading(ReadingKind),
    /// One word, read so where that is asked.
    Word(Option<ReadingKind>, String),
    /// What a regular expression matches whole, read so where that is asked.
    Regex(Option<ReadingKind>, String),
    /// A string by length.
    Text {
        min: u64,
        max: Option<u64>,
        line: bool,
    },
    Number {
        low: Option<Decimal>,
        high: Option<Decimal>,
        integer: bool,
    },
    /// An array by length.
    Elements {
        min: u64,
        max: Option<u64>,
    },
    /// An object by how many members it has.
    Members {
        min: u64,
        max: Option<u64>,
    },
}

/// A condition on a frame.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Expression {
    Always,
    /// A place, and a question about what stands there.
    Atom(usize, usize),
    /// At least one element of the array at a place answers a question with yes.
    Some(usize, usize),
    /// A place, and a question about how many members stand there.
    Size(usize, usize),
    /// At least one member of the object at a place answers a question with yes.
    Entry(usize, usize),
    /// All keys of the object at a place are in one of its closed sets.
    Closed(usize, usize),
    /// At least one string, of those with a reading, answers a question with yes.
    Anywhere(usize, usize),
    /// A gate holds.
    Gate(u32),
    /// What is asked of the caller's claims holds; by its place in the scope of the arguments.
    OfCaller(usize),
    Not(Box<Expression>),
    All(Vec<Expression>),
    One(Vec<Expression>),
}

/// A place and what is asked of it.
#[derive(Debug, Default)]
pub struct Place {
    pub atoms: Vec<Atom>,
    known: HashMap<Atom, usize>,
    /// The keys that lead to it from its frame's value.
    keys: Vec<String>,
    /// The places of members.
    pub members: BTreeMap<String, usize>,
    /// The sets of keys that close an object.
    pub closed: Vec<BTreeSet<String>>,
    known_closed: BTreeMap<BTreeSet<String>, usize>,
    /// What is asked of elements.
    pub each: Option<Box<Scope>>,
    /// What is asked of members, whatever they are called.
    pub entries: Option<Box<Scope>>,
}

/// A frame: its places, and the questions that are asked of it as a whole.
#[derive(Debug)]
pub struct Scope {
    pub places: Vec<Place>,
    pub questions: Vec<Expression>,
    /// What is asked of the caller's claims.
    pub of_caller: Vec<OfCaller>,
    known: HashMap<Expression, usize>,
    /// Is its value the arguments, which are an object always?
    of_arguments: bool,
}

impl Scope {
    pub fn new(of_arguments: bool) -> Self {
        Self {
            places: vec![Place::default()],
            questions: Vec::new(),
            of_caller: Vec::new(),
            known: HashMap::new(),
            of_arguments,
        }
    }

    /// Of the members of an object: the value first, and its key.
    fn of_entries() -> Self {
        let mut scope = Self::new(false);
        scope.places.resize_with(KEY_SITE + 1, Place::default);
        scope
    }

    pub fn question(&mut self, question: Expression) -> usize {
        let next = self.questions.len();
        let at = *self.known.entry(question.clone()).or_insert(next);
        if at == next {
            self.questions.push(question);
        }
        at
    }

    fn atom(&mut self, place: usize, atom: Atom) -> Expression {
        let Some(found) = self.places.get_mut(place) else {
            return Expression::Always;
        };
        let next = found.atoms.len();
        let at = *found.known.entry(atom.clone()).or_insert(next);
        if at == next {
            found.atoms.push(atom);
        }
        Expression::Atom(place, at)
    }

    pub fn member(&mut self, place: usize, name: &str) -> usize {
        let next = self.places.len();
        let Some(found) = self.places.get_mut(place) else {
            return place;
        };
        if let Some(known) = found.members.get(name) {
            return *known;
        }
        found.members.insert(name.to_owned(), next);
        let mut keys = found.keys.clone();
        keys.push(name.to_owned());
        self.places.push(Place {
            keys,
            ..Place::default()
        });
        next
    }

    fn object(&mut self, place: usize) -> Expression {
        if self.of_arguments && place == 0 {
            Expression::Always
        } else {
            self.atom(place, Atom::Object)
        }
    }

    /// Is the value at a place, which is there, in the pattern?
    ///
    /// INVARIANT: a checked artifact bounds how deep patterns nest.
    pub fn pattern(&mut self, place: usize, pattern: &Pattern) -> Expression {
        use PatternKind as P;
        // What arrays and maps hold is asked as a whole: their elements have frames of their own.
        let is_whole = matches!(
            pattern.kind,
            P::Claimed(_) | P::Array { .. } | P::Has(_) | P::Map { .. }
        );
        if is_whole && pattern.reads_claims() {
            let keys = self.places.get(place).map(|place| place.keys.clone());
            return self.of_caller(OfCaller::At(keys.unwrap_or_default(), pattern.clone()));
        }
        let atom = match &pattern.kind {
            P::Any => return Expression::Always,
            P::Null => Atom::Null,
            P::AnyBool => {
                let both = [true, false].map(|value| self.atom(place, Atom::Bool(value)));
                return Expression::One(both.into());
            }
            P::Bool(value) => Atom::Bool(*value),
            P::Number(number) => Atom::Number {
                low: Some(number.clone()),
                high: Some(number.clone()),
                integer: false,
            },
            P::Range { low, high, integer } => Atom::Number {
                low: low.clone(),
                high: high.clone(),
                integer: *integer,
            },
            P::String(word) => Atom::Word(None, word.clone()),
            P::Text {
                min: 0,
                max: None,
                line: false,
            } => Atom::String,
            P::Text { min, max, line } => Atom::Text {
                min: *min,
                max: *max,
                line: *line,
            },
            P::Automaton(automaton) => Atom::Regex(None, automaton.regex().to_owned()),
            // Asked above.
            P::Claimed(_) => return Expression::Not(Box::new(Expression::Always)),
            P::Reading(reading) => Atom::Reading(*reading),
            P::Array { element, min, max } => return self.array(place, element, *min, *max),
            P::Has(element) => return self.some(place, |scope| scope.pattern(0, element)),
            P::Object { fields, open } => return self.fields(place, fields, *open),
            P::Map { key, value, min, max } => return self.map(place, (key, value), *min, *max),
            P::Not(inner) => return Expression::Not(Box::new(self.pattern(place, inner))),
            P::And(parts) => return self.both(place, parts),
            P::Or(parts) => return Expression::One(parts.iter().map(|part| self.pattern(place, part)).collect()),
        };
        self.atom(place, atom)
    }

    fn of_caller(&mut self, asked: OfCaller) -> Expression {
        let known = self.of_caller.iter().position(|known| *known == asked);
        Expression::OfCaller(known.unwrap_or_else(|| {
            self.of_caller.push(asked);
            self.of_caller.len() - 1
        }))
    }

    fn says(&mut self, claim: &ClaimUse) -> Expression {
        self.of_caller(OfCaller::Says(claim.clone()))
    }

    /// The fields of a grant. Where a claim that one of them reads says nothing, the grant does not hold.
    pub fn granted<F: Borrow<Field>>(&mut self, fields: &[F]) -> Expression {
        let mut parts = vec![self.fields(0, fields, false)];
        let claims = fields.iter().flat_map(|field| field.borrow().pattern.claims());
        parts.extend(claims.map(|claim| self.says(claim)));
        Expression::All(parts)
    }

    /// The fields of a prohibition. Where a claim that a field reads says nothing, the field counts as if it held.
    pub fn prohibited<F: Borrow<Field>>(&mut self, fields: &[F]) -> Expression {
        let parts = fields.iter().map(|field| {
            let holds = self.fields(0, std::slice::from_ref(field), true);
            self.or_says_nothing(holds, &field.borrow().pattern)
        });
        Expression::All(parts.collect())
    }

    /// It holds, or a claim that the pattern reads says nothing.
    pub fn or_says_nothing(&mut self, holds: Expression, pattern: &Pattern) -> Expression {
        let claims = pattern.claims();
        let silent = claims
            .into_iter()
            .map(|claim| Expression::Not(Box::new(self.says(claim))));
        Expression::One(std::iter::once(holds).chain(silent).collect())
    }

    fn array(&mut self, place: usize, element: &Pattern, min: u64, max: Option<u64>) -> Expression {
        let length = match (min, max) {
            (0, None) => Atom::Array,
            _ => Atom::Elements { min, max },
        };
        let length = self.atom(place, length);
        if matches!(element.kind, PatternKind::Any) {
            return length;
        }
        let other = self.some(place, |scope| Expression::Not(Box::new(scope.pattern(0, element))));
        Expression::All(vec![length, Expression::Not(Box::new(other))])
    }

    fn map(&mut self, place: usize, (key, value): (&Pattern, &Pattern), min: u64, max: Option<u64>) -> Expression {
        let mut parts = vec![self.object(place)];
        if (min, max) != (0, None)
            && let Expression::Atom(place, at) = self.atom(place, Atom::Members { min, max })
        {
            parts.push(Expression::Size(place, at));
        }
        if let Some(found) = self.places.get_mut(place) {
            let entries = found.entries.get_or_insert_with(|| Box::new(Self::of_entries()));
            let fits = Expression::All(vec![entries.pattern(KEY_SITE, key), entries.pattern(0, value)]);
            let other = entries.question(Expression::Not(Box::new(fits)));
            parts.push(Expression::Not(Box::new(Expression::Entry(place, other))));
        }
        Expression::All(parts)
    }

    pub fn some(&mut self, place: usize, question: impl FnOnce(&mut Self) -> Expression) -> Expression {
        let Some(found) = self.places.get_mut(place) else {
            return Expression::Always;
        };
        let each = found.each.get_or_insert_with(|| Box::new(Self::new(false)));
        let question = question(each);
        Expression::Some(place, each.question(question))
    }

    /// All parts. What a reading and a set of strings say together is one question.
    fn both(&mut self, place: usize, parts: &[Pattern]) -> Expression {
        let reading = parts.iter().find_map(|part| match part.kind {
            PatternKind::Reading(reading) => Some(reading),
            _ => None,
        });
        let joined = |part: &Pattern| match &part.kind {
            PatternKind::String(word) => Some(Atom::Word(reading, word.clone())),
            PatternKind::Automaton(automaton) => Some(Atom::Regex(reading, automaton.regex().to_owned())),
            _ => None,
        };
        let is_joined = reading.is_some() && parts.iter().any(|part| joined(part).is_some());
        let parts = parts.iter().filter_map(|part| match joined(part) {
            Some(atom) => Some(self.atom(place, atom)),
            None if is_joined && part.kind == PatternKind::Reading(reading?) => None,
            None => Some(self.pattern(place, part)),
        });
        Expression::All(parts.collect())
    }

    pub fn fields<F: Borrow<Field>>(&mut self, place: usize, fields: &[F], open: bool) -> Expression {
        let mut parts = vec![self.object(place)];
        for field in fields.iter().map(Borrow::borrow) {
            let member = self.member(place, &field.name);
            let absent = self.atom(member, Atom::Absent);
            let within = self.pattern(member, &field.pattern);
            parts.push(if field.optional {
                Expression::One(vec![absent, within])
            } else {
                Expression::All(vec![Expression::Not(Box::new(absent)), within])
            });
        }
        if !open {
            let keys: BTreeSet<String> = fields.iter().map(|field| field.borrow().name.clone()).collect();
            parts.extend(self.closed(place, keys));
        }
        Expression::All(parts)
    }

    fn closed(&mut self, place: usize, keys: BTreeSet<String>) -> Option<Expression> {
        let found = self.places.get_mut(place)?;
        let next = found.closed.len();
        let at = *found.known_closed.entry(keys.clone()).or_insert(next);
        if at == next {
            found.closed.push(keys);
        }
        Some(Expression::Closed(place, at))
    }

    /// Is there an object at these steps but the last that has no member of the last step's name?
    pub fn lacks(&mut self, place: usize, steps: &[Step]) -> Expression {
        match steps {
            [] => Expression::Not(Box::new(Expression::Always)),
            [Step::Key(key)] => {
                let member = self.member(place, key);
                Expression::All(vec![self.object(place), self.atom(member, Atom::Absent)])
            }
            [Step::Key(key), rest @ ..] => {
                let member = self.member(place, key);
                Expression::All(vec![self.object(place), self.lacks(member, rest)])
            }
            [Step::Each, rest @ ..] => self.some(place, |scope| scope.lacks(0, rest)),
        }
    }
}

/// All that is asked of a tool's arguments.
#[derive(Debug)]
pub struct Rules {
    pub scope: Scope,
    /// What is asked of all strings with a reading.
    pub anywhere: Vec<(ReadingKind, Scope)>,
    pub prohibitions: Vec<Expression>,
    pub grants: Vec<Expression>,
    /// The gates that they ask for.
    pub gates: BTreeSet<u32>,
}

impl Rules {
    pub fn new(prohibitions: &[Prohibition], grants: &[Grant]) -> Self {
        let mut rules = Self {
            scope: Scope::new(true),
            anywhere: Vec::new(),
            prohibitions: Vec::new(),
            grants: Vec::new(),
            gates: BTreeSet::new(),
        };
        for prohibition in prohibitions {
            let mut parts = vec![rules.scope.prohibited(&prohibition.fields)];
            parts.extend(prohibition.any.iter().map(|any| rules.any(any)));
            parts.extend(rules.gate(prohibition.gate));
            rules.prohibitions.push(Expression::All(parts));
        }
        for grant in grants {
            let mut parts = vec![rules.scope.granted(&grant.fields)];
            parts.extend(rules.gate(grant.gate));
            rules.grants.push(Expression::All(parts));
        }
        rules
    }

    fn gate(&mut self, gate: Option<u32>) -> Option<Expression> {
        self.gates.extend(gate);
        gate.map(Expression::Gate)
    }

    fn any(&mut self, any: &AnyReading) -> Expression {
        if any.pattern.reads_claims() {
            let asked = OfCaller::Anywhere(any.reading, any.pattern.clone());
            let mut parts = vec![self.scope.of_caller(asked)];
            parts.extend(any.absent.iter().map(|steps| self.scope.lacks(0, steps)));
            return self.scope.or_says_nothing(Expression::One(parts), &any.pattern);
        }
        let at = self.anywhere.iter().position(|(reading, _)| *reading == any.reading);
        let at = at.unwrap_or_else(|| {
            self.anywhere.push((any.reading, Scope::new(false)));
            self.anywhere.len() - 1
        });
        let mut parts = Vec::new();
        if let Some((_, scope)) = self.anywhere.get_mut(at) {
            let question = scope.pattern(0, &any.pattern);
            parts.push(Expression::Anywhere(at, scope.question(question)));
        }
        parts.extend(any.absent.iter().map(|steps| self.scope.lacks(0, steps)));
        Expression::One(parts)
    }
}
