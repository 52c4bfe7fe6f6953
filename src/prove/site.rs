//! The ways in which the value at one place can be.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::budget::{Budget, Refusal};
use super::numbers;
use super::sample::Sample;
use super::strings::Strings;
use crate::pattern::{Decimal, Pattern, PatternKind};
use crate::table::program::compile::expression::Atom;
use crate::table::{Reading, Shape, Type, TypeSet, Universe};

/// What a value is, as far as more follows from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// There is none.
    Absent,
    /// One without parts.
    Scalar,
    /// An array.
    Array,
    /// An object.
    Object,
}

/// Values that answer the same questions with yes.
#[derive(Clone, Debug)]
pub struct Way {
    /// What they are.
    pub kind: Kind,
    /// The questions about the value, by their places.
    pub yes: Vec<usize>,
    /// The questions that at least one element answers with yes.
    pub some: Vec<usize>,
    /// One of them; `None`: there may be one, and none was found. An object's members stand apart.
    pub sample: Option<Sample>,
}

/// Values: the questions that they answer with yes, and one of them.
pub type Row = (Vec<usize>, Option<Sample>);

/// The ways of values that are no arrays and no objects, the plainest first.
pub fn scalars(atoms: &[Atom], universe: &Universe<'_>, budget: &Budget) -> Result<Vec<Way>, Refusal> {
    let types = universe.possible_types();
    let listed = listed(universe);
    let takes = |sample: &Sample| listed.as_ref().is_none_or(|listed| listed.contains(sample));
    let mut found = Vec::new();
    for (kind, sample) in [
        (Type::Null, Sample::Null),
        (Type::Boolean, Sample::Bool(false)),
        (Type::Boolean, Sample::Bool(true)),
    ] {
        if types.has(kind) && takes(&sample) {
            found.push((plain(atoms, &sample), Some(sample)));
        }
    }
    found.extend(of_numbers(atoms, types, listed.as_deref()));
    if types.has(Type::String) {
        found.extend(of_strings(atoms, universe, listed.as_deref(), budget)?);
    }
    let mut ways: BTreeMap<Vec<usize>, Option<Sample>> = BTreeMap::new();
    for (yes, sample) in found {
        let known = ways.entry(yes).or_insert_with(|| sample.clone());
        let shorter = |new: &Sample| known.as_ref().is_none_or(|old| new.size() < old.size());
        if sample.as_ref().is_some_and(shorter) {
            *known = sample;
        }
    }
    let mut ways: Vec<Way> = ways
        .into_iter()
        .map(|(yes, sample)| Way {
            kind: Kind::Scalar,
            yes,
            some: Vec::new(),
            sample,
        })
        .collect();
    ways.sort_by_key(|way| way.sample.as_ref().map_or(usize::MAX, Sample::size));
    Ok(ways)
}

fn plain(atoms: &[Atom], sample: &Sample) -> Vec<usize> {
    let holds = |atom: &Atom| match (atom, sample) {
        (Atom::Null, Sample::Null) => true,
        (Atom::Bool(wanted), Sample::Bool(found)) => wanted == found,
        _ => false,
    };
    places(atoms, holds)
}

/// The places of the questions that are answered with yes.
pub fn places(atoms: &[Atom], holds: impl Fn(&Atom) -> bool) -> Vec<usize> {
    let holding = atoms.iter().enumerate().filter(|(_, atom)| holds(atom));
    holding.map(|(at, _)| at).collect()
}

fn of_numbers(atoms: &[Atom], types: TypeSet, listed: Option<&[Sample]>) -> Vec<Row> {
    if !types.has(Type::Integer) && !types.has(Type::Number) {
        return Vec::new();
    }
    let mut bounds: BTreeSet<Decimal> = BTreeSet::new();
    for atom in atoms {
        if let Atom::Number { low, high, .. } = atom {
            bounds.extend(low.iter().chain(high).cloned());
        }
    }
    let tokens = listed.into_iter().flatten().filter_map(|sample| match sample {
        Sample::Number(token) => Decimal::parse(token),
        _ => None,
    });
    bounds.extend(tokens);
    let bounds: Vec<Decimal> = bounds.into_iter().collect();
    let ways = numbers::ways(&bounds, types.has(Type::Number)).into_iter();
    let taken = ways.filter(|way| {
        let is_listed = |sample: &Sample| match sample {
            Sample::Number(listed) => way.is_bound && Decimal::parse(listed) == way.low,
            _ => false,
        };
        listed.is_none_or(|listed| listed.iter().any(is_listed))
    });
    let answered = taken.map(|way| {
        let yes = places(atoms, |atom| match atom {
            Atom::Number { low, high, integer } => way.is_in(low.as_ref(), high.as_ref(), *integer),
            _ => false,
        });
        (yes, way.token.map(Sample::Number))
    });
    answered.collect()
}

fn of_strings(
    atoms: &[Atom],
    universe: &Universe<'_>,
    listed: Option<&[Sample]>,
    budget: &Budget,
) -> Result<Vec<Row>, Refusal> {
    let strings = Strings::new(atoms)?;
    let only_strings = universe.possible_types() == [Type::String].into_iter().collect();
    // What some readers take for something else is refused where more than strings are taken.
    let takes = |sent: &str| only_strings || !(sent.trim().starts_with(['[', '{']) || sent.trim() == "null");
    let mut found = Vec::new();
    for reading in readings(universe) {
        let ways = match listed {
            None => strings.ways(reading, &takes, budget)?,
            Some(listed) => {
                let texts = listed.iter().filter_map(|sample| match sample {
                    Sample::String(text) => Some(text.as_str()),
                    _ => None,
                });
                let texts = texts.filter(|text| takes(text));
                texts.filter_map(|text| strings.way_of(reading, text)).collect()
            }
        };
        found.extend(ways.into_iter().map(|way| (way.yes, way.sent.map(Sample::String))));
    }
    Ok(found)
}

/// How strings of a slot may be read, whichever alternative they take. One way, unless a schema is odd.
fn readings<'s>(universe: &Universe<'s>) -> Vec<Option<&'s Reading>> {
    let mut found: Vec<Option<&Reading>> = Vec::new();
    for shape in universe.shapes() {
        let reading = shape.reading.as_deref();
        if shape.any_of.is_empty() && shape.own_types().has(Type::String) && !found.contains(&reading) {
            found.push(reading);
        }
    }
    found
}

/// The values that a slot takes, where every alternative lists its own; `None`: others too.
fn listed(universe: &Universe<'_>) -> Option<Vec<Sample>> {
    match universe {
        Universe::Stated(shape) => listed_by(shape),
        Universe::Silent(_) => None,
        Universe::All(parts) => parts.iter().find_map(listed),
        Universe::One(parts) => {
            let lists = parts.iter().map(listed).collect::<Option<Vec<_>>>()?;
            Some(lists.concat())
        }
    }
}

fn listed_by(shape: &Shape) -> Option<Vec<Sample>> {
    if let Some(values) = &shape.values {
        let mut found = Vec::new();
        return samples(values, &mut found).then_some(found);
    }
    if shape.types == Some([Type::Null].into_iter().collect()) {
        return Some(vec![Sample::Null]);
    }
    if shape.any_of.is_empty() {
        return None;
    }
    let lists = shape.any_of.iter().map(listed_by).collect::<Option<Vec<_>>>()?;
    Some(lists.concat())
}

/// The scalars of a list; `false` if it has anything else.
fn samples(values: &Pattern, into: &mut Vec<Sample>) -> bool {
    into.push(match &values.kind {
        PatternKind::Or(parts) => return parts.iter().all(|part| samples(part, into)),
        PatternKind::String(text) => Sample::String(text.clone()),
        PatternKind::Number(number) => Sample::Number(number.to_string()),
        PatternKind::Bool(value) => Sample::Bool(*value),
        PatternKind::Null => Sample::Null,
        _ => return false,
    });
    true
}

/// The most combinations of what elements are that one array is told apart by.
const COMBINATIONS: usize = 20_000;

/// The longest array that is made up.
const LONGEST: u64 = 4_096;

/// The ways of arrays whose elements can be so.
pub fn arrays(atoms: &[Atom], rows: &[Row], budget: &Budget) -> Result<Vec<Way>, Refusal> {
    let known: Vec<&Row> = rows.iter().filter(|(_, sample)| sample.is_some()).collect();
    let every: Vec<&Row> = rows.iter().collect();
    let (all, found) = (unions(&every, budget)?, unions(&known, budget)?);
    let mut cuts = BTreeSet::from([0]);
    for atom in atoms {
        if let Atom::Elements { min, max } = atom {
            cuts.insert(*min);
            cuts.extend(max.and_then(|max| max.checked_add(1)));
        }
    }
    let ends = cuts.iter().skip(1).copied().map(Some).chain([None]);
    let ranges: Vec<(u64, Option<u64>)> = cuts.iter().copied().zip(ends).collect();
    let answers_nothing = |rows: &[&Row]| rows.iter().any(|(yes, _)| yes.is_empty());
    let mut ways = Vec::new();
    let mut sorted: Vec<(&Vec<usize>, &Vec<usize>)> = all.iter().collect();
    sorted.sort_by_key(|(some, elements)| (elements.len(), *some));
    for (some, elements) in sorted {
        let least = u64::try_from(elements.len()).unwrap_or(u64::MAX);
        for (start, end) in &ranges {
            let length = least.max(*start);
            // An array without elements has one length, unless elements can be that answer nothing with yes.
            if end.is_some_and(|end| end <= length) || (some.is_empty() && length > 0 && !answers_nothing(&every)) {
                continue;
            }
            budget.spend(1 + atoms.len())?;
            let yes = places(atoms, |atom| match atom {
                Atom::Array => true,
                Atom::Elements { min, max } => *min <= length && max.is_none_or(|max| length <= max),
                _ => false,
            });
            let sample = found
                .get(some)
                .and_then(|elements| filled(elements, &known, *start, *end));
            ways.push(Way {
                kind: Kind::Array,
                yes,
                some: some.clone(),
                sample,
            });
        }
    }
    Ok(ways)
}

/// Every union of rows, with the fewest rows that make it.
fn unions(rows: &[&Row], budget: &Budget) -> Result<HashMap<Vec<usize>, Vec<usize>>, Refusal> {
    let mut found: HashMap<Vec<usize>, Vec<usize>> = HashMap::from([(Vec::new(), Vec::new())]);
    let mut layer = vec![Vec::new()];
    while !layer.is_empty() {
        let mut next = Vec::new();
        for union in layer {
            for (at, (yes, _)) in rows.iter().enumerate() {
                budget.spend(1 + yes.len())?;
                let mut more: Vec<usize> = Vec::with_capacity(union.len() + yes.len());
                more.extend(union.iter().chain(yes));
                more.sort_unstable();
                more.dedup();
                if found.contains_key(&more) {
                    continue;
                }
                let mut elements = found.get(&union).cloned().unwrap_or_default();
                elements.push(at);
                found.insert(more.clone(), elements);
                next.push(more);
            }
            if found.len() > COMBINATIONS {
                let why = format!("the elements of an array can be put together in more than {COMBINATIONS} ways");
                return Err(Refusal::new(why));
            }
        }
        layer = next;
    }
    Ok(found)
}

/// An array of these rows with a length in this range: the last is repeated.
fn filled(elements: &[usize], rows: &[&Row], start: u64, end: Option<u64>) -> Option<Sample> {
    let least = u64::try_from(elements.len()).ok()?;
    let length = least.max(start);
    if end.is_some_and(|end| end <= length) || length > LONGEST {
        return None;
    }
    let sample = |at: usize| rows.get(at).and_then(|(_, sample)| sample.clone());
    let mut all: Vec<Sample> = elements.iter().map(|at| sample(*at)).collect::<Option<_>>()?;
    let nothing = || rows.iter().position(|(yes, _)| yes.is_empty());
    while (all.len() as u64) < length {
        all.push(match all.last() {
            Some(last) => last.clone(),
            None => sample(nothing()?)?,
        });
    }
    Some(Sample::Array(all))
}
