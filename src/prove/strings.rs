//! The ways in which strings differ for a slot's patterns, each with a shortest string of its own.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::budget::{Budget, Refusal};
use super::canonical;
use super::product::{Found, Product};
use crate::pattern::ReadingKind;
use crate::table::Reading;
use crate::table::program::Budget as Sizes;
use crate::table::program::compile::expression::Atom;
use crate::table::program::compile::partition::{Made, partition};

/// Strings that answer the same questions with yes.
#[derive(Clone, Debug)]
pub struct StringWay {
    /// The questions, by their places, ascending.
    pub yes: Vec<usize>,
    /// One that may be sent; `None`: there may be one, and none was found.
    pub sent: Option<String>,
}

/// All that is asked of the strings of a slot.
pub struct Strings<'a> {
    atoms: &'a [Atom],
    machines: Vec<Made>,
    /// The questions that each regular expression answers.
    of_regex: Vec<Vec<usize>>,
    words: Vec<&'a str>,
    /// The lengths, in characters, at which an answer may change; 0 is the first.
    cuts: Vec<u64>,
}

/// What may stand in a line, see [`crate::pattern::may_stand_in_line`].
const LINE: &str = r"[^\p{Cc}\x{2028}\x{2029}\x{61c}\x{200e}\x{200f}\x{202a}-\x{202e}\x{2066}-\x{2069}]*";

/// Texts longer than this are not made up.
const LONGEST: u64 = 1 << 20;

impl<'a> Strings<'a> {
    pub fn new(atoms: &'a [Atom]) -> Result<Self, Refusal> {
        let mut regexes: Vec<&str> = Vec::new();
        let mut places: HashMap<&str, usize> = HashMap::new();
        let mut of_regex: Vec<Vec<usize>> = Vec::new();
        let mut words = BTreeSet::new();
        let mut cuts = BTreeSet::from([0]);
        for (at, atom) in atoms.iter().enumerate() {
            let regex = match atom {
                Atom::Regex(_, regex) => regex.as_str(),
                Atom::Text { line: true, .. } => LINE,
                _ => "",
            };
            match atom {
                Atom::Word(_, word) => drop(words.insert(word.as_str())),
                Atom::Text { min, max, .. } => {
                    cuts.insert(*min);
                    cuts.extend(max.and_then(|max| max.checked_add(1)));
                }
                _ => {}
            }
            if matches!(atom, Atom::Regex(..) | Atom::Text { line: true, .. }) {
                let place = *places.entry(regex).or_insert(regexes.len());
                if place == regexes.len() {
                    regexes.push(regex);
                    of_regex.push(Vec::new());
                }
                if let Some(of) = of_regex.get_mut(place) {
                    of.push(at);
                }
            }
        }
        let machines = match regexes.is_empty() {
            true => Vec::new(),
            false => partition(&regexes, &Sizes::default()).map_err(|error| Refusal::new(error.to_string()))?,
        };
        Ok(Self {
            atoms,
            machines,
            of_regex,
            words: words.into_iter().collect(),
            cuts: cuts.into_iter().collect(),
        })
    }

    /// All ways of strings that are read so. `takes`: may this be sent, whatever patterns say?
    pub fn ways(
        &self,
        reading: Option<&Reading>,
        takes: &dyn Fn(&str) -> bool,
        budget: &Budget,
    ) -> Result<Vec<StringWay>, Refusal> {
        let canonical = reading.and_then(|reading| budget.canonical(reading));
        let machines = self.machines.iter().map(|made| &made.machine).collect();
        let product = Product::new(machines, canonical.as_deref(), &self.words);
        let mut ways: BTreeMap<Vec<usize>, StringWay> = BTreeMap::new();
        for found in product.kinds(budget)? {
            for way in self.by_length(&found, reading, takes) {
                budget.spend(1 + way.yes.len())?;
                let known = ways.entry(way.yes.clone()).or_insert_with(|| way.clone());
                let shorter = |new: &String| known.sent.as_ref().is_none_or(|old| new.len() < old.len());
                if way.sent.as_ref().is_some_and(shorter) {
                    *known = way;
                }
            }
        }
        Ok(ways.into_values().collect())
    }

    /// A string that is sent, as the questions have it; `None` if it is not canonical.
    pub fn way_of(&self, reading: Option<&Reading>, sent: &str) -> Option<StringWay> {
        let (seen, mark) = canonical::seen(reading, sent)?;
        let answers = self
            .machines
            .iter()
            .map(|made| made.machine.says(&seen))
            .collect::<Vec<_>>();
        let word = self.words.binary_search(&seen.as_str()).ok();
        let length = u64::try_from(seen.chars().count()).unwrap_or(u64::MAX);
        Some(StringWay {
            yes: self.yes(&answers, word, mark, length),
            sent: Some(sent.to_owned()),
        })
    }

    /// One way for each range of lengths that these texts can have.
    fn by_length(&self, found: &Found, reading: Option<&Reading>, takes: &dyn Fn(&str) -> bool) -> Vec<StringWay> {
        let mark = reading.map(Reading::kind);
        let least = found
            .texts
            .iter()
            .map(|text| text.text.chars().count())
            .min()
            .unwrap_or(0);
        let least = u64::try_from(least).unwrap_or(u64::MAX);
        let ends = self.cuts.iter().skip(1).copied().map(Some).chain([None]);
        let ranges = self.cuts.iter().copied().zip(ends);
        let possible = ranges.filter(|(start, end)| {
            // A word has one length; of other texts none is shorter than the shortest.
            end.is_none_or(|end| least < end) && (found.word.is_none() || *start <= least)
        });
        let way = |(start, _): (u64, Option<u64>)| {
            let length = start.max(least);
            let sendable = |canonical: String| canonical::sent(reading, &canonical).filter(|sent| takes(sent));
            let characters = usize::try_from(length.min(LONGEST + 1)).unwrap_or(0);
            let mut texts = found.texts.iter().filter(|_| length <= LONGEST);
            StringWay {
                yes: self.yes(&found.answers, found.word, mark, length),
                sent: texts.find_map(|text| sendable(text.of_length(characters)?)),
            }
        };
        possible.map(way).collect()
    }

    /// The questions that are answered with yes.
    fn yes(&self, answers: &[u32], word: Option<usize>, mark: Option<ReadingKind>, length: u64) -> Vec<usize> {
        let word = word.and_then(|word| self.words.get(word));
        let held = self.machines.iter().zip(answers).flat_map(|(made, answer)| {
            let set = made.sets.get(*answer as usize).into_iter().flatten();
            set.filter_map(|place| made.holds.get(*place as usize))
        });
        let of_regexes = held.filter_map(|regex| self.of_regex.get(*regex)).flatten().copied();
        let of_regexes: BTreeSet<usize> = of_regexes.collect();
        let is_read = |asked: &Option<ReadingKind>| asked.is_none() || *asked == mark;
        let holds = |(at, atom): &(usize, &Atom)| match atom {
            Atom::String => true,
            Atom::Reading(asked) => mark == Some(*asked),
            Atom::Word(asked, wanted) => is_read(asked) && word == Some(&wanted.as_str()),
            Atom::Regex(asked, _) => is_read(asked) && of_regexes.contains(at),
            Atom::Text { min, max, line } => {
                *min <= length && max.is_none_or(|max| length <= max) && (!line || of_regexes.contains(at))
            }
            Atom::Absent
            | Atom::Null
            | Atom::Bool(_)
            | Atom::Array
            | Atom::Object
            | Atom::Number { .. }
            | Atom::Elements { .. }
            | Atom::Members { .. } => false,
        };
        self.atoms.iter().enumerate().filter(holds).map(|(at, _)| at).collect()
    }
}
