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
        let way = |(start, end): (u64, Option<u64>)| {
            let length = start.max(least);
            let sendable = |canonical: String| canonical::sent(reading, &canonical).filter(|sent| takes(sent));
            let characters = usize::try_from(length.min(LONGEST + 1)).unwrap_or(0);
            let mut texts = found.texts.iter().filter(|_| length <= LONGEST);
            let as_found = || {
                let fits = |length: u64| start <= length && end.is_none_or(|end| length < end);
                let mut texts = found.texts.iter().map(|text| &text.text);
                texts.find_map(|text| fits(text.chars().count() as u64).then(|| sendable(text.clone()))?)
            };
            StringWay {
                yes: self.yes(&found.answers, found.word, mark, length),
                sent: texts
                    .find_map(|text| sendable(text.of_length(characters)?))
                    .or_else(as_found),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pattern::{Automaton, may_stand_in_line};
    use crate::table::PathReading;
    use proptest::prelude::*;

    const REGEXES: [&str; 12] = [
        "a+",
        "(a|b)*c",
        "a.b",
        "(?s:.*)",
        "",
        "/a(?:/(?s:.)*)?",
        "(?:(?s:.*)/)?b(?:/(?s:.)*)?",
        "[^a]*",
        "(?:aa)*",
        "é|abc",
        "a{2,3}",
        "/[^/]*",
    ];

    fn atom() -> impl Strategy<Value = Atom> {
        let kind = prop_oneof![Just(None), Just(Some(ReadingKind::Path))];
        let regex = (kind.clone(), proptest::sample::select(&REGEXES[..]));
        let word = (kind, proptest::sample::select(&["", "a", "ab", "/a", "/a/b", "é"][..]));
        prop_oneof![
            regex.prop_map(|(kind, regex)| Atom::Regex(kind, regex.to_owned())),
            word.prop_map(|(kind, word)| Atom::Word(kind, word.to_owned())),
            (0..4_u64, 0..3_u64, any::<bool>(), any::<bool>()).prop_map(|(min, more, ends, line)| Atom::Text {
                min,
                max: ends.then_some(min + more),
                line,
            }),
            Just(Atom::String),
            Just(Atom::Reading(ReadingKind::Path)),
        ]
    }

    /// What an atom says of a string, said plainly.
    fn holds(atom: &Atom, text: &str, mark: Option<ReadingKind>) -> bool {
        let length = text.chars().count() as u64;
        match atom {
            Atom::Regex(asked, regex) => {
                (asked.is_none() || *asked == mark) && Automaton::new(regex).unwrap().accepts(text)
            }
            Atom::Word(asked, word) => (asked.is_none() || *asked == mark) && word == text,
            Atom::Text { min, max, line } => {
                *min <= length && max.is_none_or(|max| length <= max) && (!line || text.chars().all(may_stand_in_line))
            }
            Atom::Reading(asked) => Some(*asked) == mark,
            _ => true,
        }
    }

    /// All texts over these characters, up to a length.
    fn texts(alphabet: &str, most: usize) -> Vec<String> {
        let mut all = vec![String::new()];
        let mut last = all.clone();
        for _ in 0..most {
            last = last
                .iter()
                .flat_map(|text| alphabet.chars().map(move |c| format!("{text}{c}")))
                .collect();
            all.extend(last.clone());
        }
        all
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        /// Every string has its way, and every way a string that is of it: no more ways than there are, and no fewer.
        #[test]
        fn the_ways_are_those_of_all_strings(atoms in proptest::collection::vec(atom(), 0..6), is_path in any::<bool>()) {
            let path = Reading::Path(PathReading::default());
            let reading = is_path.then_some(&path);
            let strings = Strings::new(&atoms).unwrap();
            let budget = Budget::new(2_000_000, &std::rc::Rc::default());
            let ways = strings.ways(reading, &|_| true, &budget).unwrap();
            for sent in texts("abcé/\n", 4) {
                let Some((seen, mark)) = canonical::seen(reading, &sent) else { continue };
                let yes: Vec<usize> = (0..atoms.len()).filter(|at| holds(&atoms[*at], &seen, mark)).collect();
                prop_assert!(ways.iter().any(|way| way.yes == yes), "{sent:?} {yes:?} {atoms:?}");
                prop_assert_eq!(strings.way_of(reading, &sent).unwrap().yes, yes);
            }
            for way in &ways {
                let Some(sent) = &way.sent else { continue };
                let (seen, mark) = canonical::seen(reading, sent).unwrap();
                let yes: Vec<usize> = (0..atoms.len()).filter(|at| holds(&atoms[*at], &seen, mark)).collect();
                prop_assert_eq!(&way.yes, &yes, "{:?} {:?}", sent, &atoms);
            }
        }
    }

    fn is_empty(pattern: impl Fn(&[usize]) -> bool, atoms: &[Atom]) -> bool {
        let budget = Budget::new(2_000_000, &std::rc::Rc::default());
        let ways = Strings::new(atoms).unwrap().ways(None, &|_| true, &budget).unwrap();
        !ways.iter().any(|way| pattern(&way.yes))
    }

    #[test]
    fn emptiness_and_inclusion_follow() {
        let regex = |regex: &str| Atom::Regex(None, regex.to_owned());
        let atoms = [
            regex("a+"),
            regex("(?:aa)*"),
            regex("a*"),
            Atom::Text {
                min: 1,
                max: Some(1),
                line: false,
            },
        ];
        let has = |yes: &[usize], at: usize| yes.contains(&at);
        // P and not P; P without P or Q.
        assert!(is_empty(|yes| has(yes, 0) && !has(yes, 0), &atoms));
        assert!(is_empty(|yes| has(yes, 0) && !(has(yes, 0) || has(yes, 1)), &atoms));
        // Both are in `a*`, and neither is in the other.
        assert!(is_empty(|yes| (has(yes, 0) || has(yes, 1)) && !has(yes, 2), &atoms));
        assert!(!is_empty(|yes| has(yes, 0) && !has(yes, 1), &atoms));
        assert!(!is_empty(|yes| has(yes, 1) && !has(yes, 0), &atoms));
        // One `a` is no even number of them.
        assert!(!is_empty(|yes| has(yes, 0) && has(yes, 3), &atoms));
    }
}
