//! The sets of strings that are asked for at one place, in as few automata as will hold them.

use std::collections::{BTreeMap, HashMap};

use super::expression::Atom;
use super::partition::{Made, partition};
use super::set::ClassSet;
use super::settle::number;
use super::{Budget, ProgramError};
use crate::pattern::ReadingKind;
use crate::table::program::classify::{READINGS, Strings, Words, reading_place};

/// Strings told apart by words and one automaton.
pub struct Group {
    pub strings: Strings,
    /// How many classes there are, those before the strings' included.
    pub classes: u32,
    /// By question, the classes that say yes.
    yes: HashMap<usize, ClassSet>,
}

/// All that is asked of the strings at one place.
pub struct Groups {
    pub first: Group,
    pub more: Vec<Group>,
}

impl Group {
    /// The classes that answer a question with yes; `None` if this group does not know it.
    pub fn yes(&mut self, atom: usize) -> Option<ClassSet> {
        self.yes.remove(&atom)
    }
}

impl Groups {
    /// Groups the questions; the classes of the first group begin at `first_class`, those of the others after 0.
    pub fn new(atoms: &[Atom], first_class: u32, budget: &Budget) -> Result<Self, ProgramError> {
        let mut regexes: Vec<&str> = Vec::new();
        let mut known: HashMap<&str, usize> = HashMap::new();
        for atom in atoms {
            if let Atom::Regex(_, regex) = atom {
                known.entry(regex).or_insert_with(|| {
                    regexes.push(regex);
                    regexes.len() - 1
                });
            }
        }
        let mut machines = Vec::new();
        if !regexes.is_empty() {
            machines = partition(&regexes, budget)?;
        }
        let mut machines = machines.into_iter();
        let first = group(atoms, machines.next(), &known, first_class, true);
        let more = machines
            .map(|made| group(atoms, Some(made), &known, 0, false))
            .collect();
        Ok(Self { first, more })
    }
}

/// The classes that a machine's answers, and the words, come to.
fn group(
    atoms: &[Atom],
    made: Option<Made>,
    known: &HashMap<&str, usize>,
    first_class: u32,
    with_words: bool,
) -> Group {
    let (machine, sets, holds) = match made {
        Some(made) => (Some(made.machine), made.sets, made.holds),
        None => (None, vec![Vec::new()], Vec::new()),
    };
    let asked = Asked::new(atoms, known, &holds, with_words);
    let words: Vec<&str> = asked.words.keys().copied().collect();
    let answer_of = |word: &str| machine.as_ref().map_or(0, |machine| machine.says(word)) as usize;
    let mut keys: BTreeMap<Vec<usize>, u32> = BTreeMap::new();
    // Where a value that is no string has class 0, that class answers no question with yes.
    if first_class == 0 {
        keys.insert(Vec::new(), 0);
    }
    let keys_of_words: [Vec<Vec<usize>>; READINGS] = per_reading(|reading| {
        let key = |word: &&str| asked.key(Some(*word), sets.get(answer_of(word)), reading);
        words.iter().map(key).collect()
    });
    let keys_of_answers: [Vec<Vec<usize>>; READINGS] = per_reading(|reading| {
        let key = |set: &Vec<u32>| asked.key(None, Some(set), reading);
        sets.iter().map(key).collect()
    });
    let all = keys_of_words.iter().chain(&keys_of_answers).flatten();
    keys.extend(all.map(|key| (key.clone(), 0)));
    let mut yes: HashMap<usize, ClassSet> = asked.all.iter().map(|atom| (*atom, ClassSet::default())).collect();
    for ((key, class), next) in keys.iter_mut().zip(first_class..) {
        *class = next;
        for atom in key {
            yes.entry(*atom).or_default().push(next);
        }
    }
    let class = |key: &Vec<usize>| keys.get(key).copied().unwrap_or(0);
    let classes = |of: &[Vec<Vec<usize>>; READINGS]| of.each_ref().map(|keys| keys.iter().map(class).collect());
    Group {
        strings: Strings {
            of_words: classes(&keys_of_words),
            of_answers: classes(&keys_of_answers),
            words: Words::new(words),
            machine,
        },
        classes: first_class + number(keys.len()),
        yes,
    }
}

fn per_reading<T>(mut make: impl FnMut(Option<ReadingKind>) -> T) -> [T; READINGS] {
    std::array::from_fn(|place| {
        let reading = place
            .checked_sub(1)
            .and_then(|place| ReadingKind::ALL.get(place))
            .copied();
        debug_assert!(reading_place(reading) == place);
        make(reading)
    })
}

/// The questions that a group answers, by what their answers rest on.
struct Asked<'a> {
    all: Vec<usize>,
    words: BTreeMap<&'a str, Vec<usize>>,
    /// By place in the machine.
    regexes: Vec<Vec<usize>>,
    readings: Vec<usize>,
    atoms: &'a [Atom],
}

impl<'a> Asked<'a> {
    fn new(atoms: &'a [Atom], known: &HashMap<&str, usize>, holds: &[usize], with_words: bool) -> Self {
        let places: HashMap<usize, usize> = holds.iter().enumerate().map(|(place, regex)| (*regex, place)).collect();
        let mut asked = Self {
            all: Vec::new(),
            words: BTreeMap::new(),
            regexes: vec![Vec::new(); holds.len()],
            readings: Vec::new(),
            atoms,
        };
        for (at, atom) in atoms.iter().enumerate() {
            match atom {
                Atom::Reading(_) if with_words => asked.readings.push(at),
                Atom::Word(_, word) if with_words => asked.words.entry(word).or_default().push(at),
                Atom::Regex(_, regex) => {
                    let place = known.get(regex.as_str()).and_then(|regex| places.get(regex));
                    let Some(found) = place.and_then(|place| asked.regexes.get_mut(*place)) else {
                        continue;
                    };
                    found.push(at);
                }
                _ => continue,
            }
            asked.all.push(at);
        }
        asked
    }

    /// The questions that are answered with yes, ascending.
    fn key(&self, word: Option<&str>, set: Option<&Vec<u32>>, reading: Option<ReadingKind>) -> Vec<usize> {
        let of_word = word.and_then(|word| self.words.get(word)).into_iter().flatten();
        let of_set = set.into_iter().flatten();
        let of_set = of_set.filter_map(|place| self.regexes.get(*place as usize)).flatten();
        let holds = |at: &&usize| match self.atoms.get(**at) {
            Some(Atom::Word(asked, _) | Atom::Regex(asked, _)) => asked.is_none() || *asked == reading,
            Some(Atom::Reading(asked)) => Some(*asked) == reading,
            _ => false,
        };
        let mut key: Vec<usize> = of_word
            .chain(of_set)
            .chain(&self.readings)
            .filter(holds)
            .copied()
            .collect();
        key.sort_unstable();
        key
    }
}
