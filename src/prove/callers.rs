//! The ways in which callers differ for the sets that gates name.

use std::collections::{BTreeMap, BTreeSet};

use super::budget::{Budget, Refusal};
use super::frame::Frame;
use super::sample::Sample;
use super::search::rows;
use crate::eval::{Caller, has_identity, is_in};
use crate::json::{Limits, parse};
use crate::pattern::Field;
use crate::table::gates::Who;
use crate::table::program::compile::expression::{Expression, Scope};
use crate::table::program::compile::formula::Formula;
use crate::table::{CallerSet, Gated, Shape, Step, Type, Universe};

/// Callers whom the gates do not tell apart.
#[derive(Clone, Debug)]
pub struct CallerWay {
    is_local: bool,
    /// For each set whether they are in it; `None` where a claim that this rests on is absent.
    sets: BTreeMap<String, Option<bool>>,
    /// Can what is remembered be laid to them?
    pub has_identity: bool,
    /// The claims of one; `None`: the local user, or there may be one, and none was found.
    pub claims: Option<Sample>,
}

/// The most sets that one question tells callers apart by.
const MOST: usize = 6;

impl CallerWay {
    /// Is the caller one of these? `None` where a claim that this rests on is absent.
    pub fn is_of(&self, who: &Who) -> Option<bool> {
        let is = match &who.set {
            None => self.is_local,
            Some(_) if self.is_local => return None,
            Some(name) => self.sets.get(name).copied().flatten()?,
        };
        Some(is != who.not)
    }

    /// Is there a caller that can be shown?
    pub fn is_known(&self) -> bool {
        self.is_local || self.claims.is_some()
    }
}

/// All ways of callers, the plainest first.
pub fn ways(names: &BTreeSet<&str>, gated: &Gated, budget: &Budget) -> Result<Vec<CallerWay>, Refusal> {
    let sets: Vec<(&str, &CallerSet)> = names
        .iter()
        .filter_map(|name| Some((*name, gated.callers.get(*name)?)))
        .collect();
    if sets.len() > MOST {
        return Err(Refusal::new(format!("it rests on more than {MOST} sets of callers")));
    }
    let (found, samples) = rows_of(&sets, budget)?;
    let mut ways = vec![CallerWay {
        is_local: true,
        sets: BTreeMap::new(),
        has_identity: true,
        claims: None,
    }];
    for sample in samples.iter().flat_map(variants) {
        if let Some(way) = known(&sets, sample)
            && !ways.iter().any(|other| other.is_same(&way))
        {
            ways.push(way);
        }
    }
    for (answers, has_identity) in found
        .into_iter()
        .flat_map(|answers| [(answers.clone(), true), (answers, false)])
    {
        let names = sets.iter().map(|(name, _)| (*name).to_owned());
        let way = CallerWay {
            is_local: false,
            sets: names.zip(answers).collect(),
            has_identity,
            claims: None,
        };
        if !ways.iter().any(|other| other.is_same(&way)) {
            ways.push(way);
        }
    }
    Ok(ways)
}

impl CallerWay {
    fn is_same(&self, other: &Self) -> bool {
        (self.is_local, self.has_identity, &self.sets) == (other.is_local, other.has_identity, &other.sets)
    }
}

/// For each set whether a caller is in it.
type Answers = Vec<Option<bool>>;

/// What answers there may be for the sets together, and claims that give some of them.
fn rows_of(sets: &[(&str, &CallerSet)], budget: &Budget) -> Result<(Vec<Answers>, Vec<Sample>), Refusal> {
    let mut shape = Shape {
        types: Some([Type::Object].into_iter().collect()),
        ..Shape::default()
    };
    let mut exact = true;
    for (_, set) in sets {
        for (name, property) in &set.claims.properties {
            let known = shape.properties.entry(name.clone()).or_insert_with(|| property.clone());
            exact &= known == property;
        }
        // What is there and cannot be read is not absent.
        exact &= set.fields.iter().all(|field| !field.optional);
    }
    let mut scope = Scope::new(true);
    let mut questions: Vec<Expression> = Vec::new();
    for (_, set) in sets {
        questions.push(scope.fields(0, &set.fields, true));
        let required = set.fields.iter().filter(|field| !field.optional);
        let absent = required.map(|field: &Field| scope.lacks(0, &[Step::Key(field.name.clone())]));
        questions.push(Expression::One(absent.collect()));
    }
    let mut frame = Frame::new(&mut scope, &Universe::of(&shape), true, budget)?;
    let formulas: Vec<Formula> = questions.iter().map(|question| frame.formula(question)).collect();
    let found = rows(&mut frame.formulas, frame.constraint, &formulas, budget)?;
    let samples = found
        .iter()
        .filter_map(|(_, assignment)| frame.sample(assignment))
        .collect();
    let of = |yes: &Vec<usize>, place: usize| match (yes.contains(&(2 * place)), yes.contains(&(2 * place + 1))) {
        (_, true) => None,
        (is_in, false) => Some(is_in),
    };
    let answers = if exact {
        found
            .iter()
            .map(|(yes, _)| (0..sets.len()).map(|place| of(yes, place)).collect())
            .collect()
    } else {
        combinations(sets.len())
    };
    Ok((answers, samples))
}

/// Every answer for every set.
fn combinations(sets: usize) -> Vec<Answers> {
    let mut all = vec![Vec::new()];
    for _ in 0..sets {
        let more = |before: &Answers| {
            [Some(true), Some(false), None].map(|answer| before.iter().copied().chain([answer]).collect::<Answers>())
        };
        all = all.iter().flat_map(more).collect();
    }
    all
}

/// The same claims with and without what tells one caller from another.
fn variants(sample: &Sample) -> Vec<Sample> {
    let mut members: Vec<(String, Sample)> = sample.members().to_vec();
    for (_, value) in &mut members {
        // What is empty says nothing of a caller.
        if *value == Sample::String(String::new()) {
            *value = Sample::String("x".to_owned());
        }
    }
    let has = |members: &[(String, Sample)], name: &str| members.iter().any(|(key, _)| key == name);
    if has(&members, "email") && !has(&members, "email_verified") {
        members.push(("email_verified".to_owned(), Sample::Bool(true)));
    }
    let mut known = members.clone();
    for (name, text) in [("issuer", "https://issuer.example"), ("subject", "someone")] {
        if !has(&known, name) {
            known.push((name.to_owned(), Sample::String(text.to_owned())));
        }
    }
    let mut with_subject = members.clone();
    if !has(&with_subject, "subject") {
        with_subject.push(("subject".to_owned(), Sample::String("someone".to_owned())));
    }
    [with_subject, known, members].map(Sample::Object).into()
}

/// What the evaluator says of a caller.
fn known(sets: &[(&str, &CallerSet)], claims: Sample) -> Option<CallerWay> {
    let text = claims.to_string();
    let caller = Caller::from_claims(&parse(text.as_bytes(), &Limits::default()).ok()?)?;
    let answers = sets.iter().map(|(name, set)| ((*name).to_owned(), is_in(set, &caller)));
    Some(CallerWay {
        is_local: false,
        sets: answers.collect(),
        has_identity: has_identity(&caller),
        claims: Some(claims),
    })
}
