//! From a value to the number of its class: tables for words, numbers, lengths and members.

use crate::json::signature;
use crate::pattern::{Decimal, DecimalRef, Machine, ReadingKind};
use crate::table::buckets::Buckets;

/// Words and their places: one look-up, whatever their number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words {
    /// All of them, one after the other.
    pub(super) text: String,
    /// Where each ends.
    pub(super) ends: Vec<u32>,
    /// The signature of each.
    pub(super) signatures: Vec<u32>,
    /// The places of words by signature.
    buckets: Buckets,
    /// The bytes of the longest.
    longest: usize,
    /// The most words that are looked at for a word.
    search: usize,
    /// How often a byte of what is looked for is looked at.
    passes: usize,
}

impl Words {
    /// INVARIANT: the words ascend.
    pub(super) fn new<'w>(words: impl IntoIterator<Item = &'w str>) -> Self {
        let mut made = Self::default();
        for word in words {
            made.text.push_str(word);
            made.ends.push(u32::try_from(made.text.len()).unwrap_or(u32::MAX));
            made.signatures.push(signature(word));
            made.longest = made.longest.max(word.len());
        }
        if made.ends.is_empty() {
            return made;
        }
        made.buckets = Buckets::of(&made.signatures);
        made.search = steps(made.buckets.fullest());
        made.passes = 1 + steps(made.most_alike());
        made
    }

    /// How many words there are.
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The words, in order.
    pub(super) fn iter(&self) -> impl Iterator<Item = &str> {
        let starts = std::iter::once(&0).chain(&self.ends);
        starts
            .zip(&self.ends)
            .filter_map(|(start, end)| self.text.get(*start as usize..*end as usize))
    }

    #[inline]
    fn bytes(&self, place: u32) -> &[u8] {
        let place = place as usize;
        let start = place.checked_sub(1).and_then(|before| self.ends.get(before));
        let (start, end) = (start.copied().unwrap_or(0), self.ends.get(place).copied().unwrap_or(0));
        let text = self.text.as_bytes();
        text.get(start as usize..end as usize).unwrap_or_default()
    }

    /// The place of a word.
    #[must_use]
    pub fn find(&self, word: &str) -> Option<usize> {
        if word.len() > self.longest {
            return None;
        }
        self.find_signed(word.as_bytes(), signature(word))
    }

    /// The same where the word's signature is known.
    #[must_use]
    #[inline]
    pub fn find_signed(&self, word: &[u8], signature: u32) -> Option<usize> {
        let near = self.buckets.get(signature);
        let order = |place: &u32| {
            let theirs = self.signatures.get(*place as usize).unwrap_or(&0);
            // Of those with one signature the places ascend, and with them the words.
            theirs.cmp(&signature).then_with(|| self.bytes(*place).cmp(word))
        };
        let found = near.binary_search_by(order).ok()?;
        near.get(found).map(|place| *place as usize)
    }

    /// The most words that are looked at for a word.
    #[must_use]
    pub fn longest_search(&self) -> usize {
        self.search
    }

    /// How often a byte of what is looked for is looked at: for its signature, and for each word with the same that it is
    /// compared with.
    #[must_use]
    pub fn passes(&self) -> usize {
        self.passes
    }

    fn most_alike(&self) -> usize {
        let mut signatures = self.signatures.clone();
        signatures.sort_unstable();
        signatures.chunk_by(|a, b| a == b).map(<[u32]>::len).max().unwrap_or(0)
    }
}

/// The most things that are looked at to find one among so many that are in order. The search of the standard library
/// may look at one of them once more.
fn steps(count: usize) -> usize {
    match count {
        0 | 1 => count,
        _ => 2 + count.ilog2() as usize,
    }
}

/// How strings are told apart: some words by themselves, all others by an automaton.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Strings {
    /// The words that patterns name.
    pub(super) words: Words,
    /// The class of each of them, for strings without a reading and for those of each reading.
    pub(super) of_words: [Vec<u32>; READINGS],
    /// For all other strings.
    pub(super) machine: Option<Machine>,
    /// The class of what the machine says, likewise.
    pub(super) of_answers: [Vec<u32>; READINGS],
}

/// No reading, and each reading that there is.
pub const READINGS: usize = 1 + ReadingKind::ALL.len();

/// The place of a reading among these.
#[must_use]
pub fn reading_place(reading: Option<ReadingKind>) -> usize {
    reading.map_or(0, |kind| usize::from(kind.mark()))
}

impl Strings {
    /// The class of a string.
    #[must_use]
    pub fn class(&self, text: &str, reading: Option<ReadingKind>) -> u32 {
        let reading = reading_place(reading);
        if let Some(place) = self.words.find(text) {
            return entry(&self.of_words, reading, place);
        }
        let answer = self.machine.as_ref().map_or(0, |machine| machine.says(text));
        entry(&self.of_answers, reading, answer as usize)
    }

    /// How often a byte of the string is looked at, at most.
    #[must_use]
    pub fn passes(&self) -> usize {
        self.words.passes() + usize::from(self.machine.is_some())
    }
}

fn entry(classes: &[Vec<u32>; READINGS], reading: usize, place: usize) -> u32 {
    classes
        .get(reading)
        .and_then(|classes| classes.get(place))
        .copied()
        .unwrap_or(0)
}

/// How numbers are told apart: by where they stand among bounds, and by whether they are whole.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Numbers {
    /// Ascending.
    pub(super) bounds: Vec<Decimal>,
    /// Whether whole numbers are classes of their own.
    pub(super) integers: bool,
}

impl Numbers {
    /// How many classes there are.
    #[must_use]
    pub fn classes(&self) -> u32 {
        self.places() * if self.integers { 2 } else { 1 }
    }

    /// At each bound, before it, and past the last.
    pub(super) fn places(&self) -> u32 {
        u32::try_from(2 * self.bounds.len() + 1).unwrap_or(u32::MAX / 2)
    }

    /// The class of a number, from 0.
    #[must_use]
    pub fn class(&self, number: DecimalRef<'_>) -> u32 {
        let place = match self.bounds.binary_search_by(|bound| bound.view().cmp(&number)) {
            Ok(at) => 2 * at + 1,
            Err(before) => 2 * before,
        };
        let place = u32::try_from(place).unwrap_or(0);
        if self.integers && number.is_integer() {
            self.places() + place
        } else {
            place
        }
    }
}

/// How lengths are told apart. Class 0 is that of what has no length.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lengths {
    /// The lengths at which a class begins, ascending.
    pub(super) cuts: Vec<u64>,
    /// Whether strings of one line are classes of their own.
    pub(super) lines: bool,
}

impl Lengths {
    /// How many classes there are, that of no length included.
    #[must_use]
    pub fn classes(&self) -> u32 {
        1 + self.ranges() * if self.lines { 2 } else { 1 }
    }

    pub(super) fn ranges(&self) -> u32 {
        u32::try_from(self.cuts.len() + 1).unwrap_or(u32::MAX / 2)
    }

    /// The class of what is so long; `line`: it is a string of one line.
    #[must_use]
    pub fn class(&self, length: usize, line: bool) -> u32 {
        let length = u64::try_from(length).unwrap_or(u64::MAX);
        let range = u32::try_from(self.cuts.partition_point(|cut| *cut <= length)).unwrap_or(0);
        1 + range + if self.lines && line { self.ranges() } else { 0 }
    }

    /// The class of a string of so many bytes, where it has no other whatever its characters are.
    #[must_use]
    pub fn class_by_bytes(&self, bytes: usize) -> Option<u32> {
        // A character takes four bytes at most.
        let (least, most) = (self.class(bytes.div_ceil(4), false), self.class(bytes, false));
        (!self.lines && least == most).then_some(most)
    }

    /// Do strings have to be looked at for being of one line?
    #[must_use]
    pub fn asks_for_lines(&self) -> bool {
        self.lines
    }
}

/// Which closed sets of keys hold all keys of an object: a state, and a step for each member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Closed {
    /// The keys that have a column, by their places among all known keys, ascending. All others share the last column.
    pub(super) keys: Vec<u32>,
    /// Row after row, the row that each key leads to.
    pub(super) next: Vec<u32>,
}

impl Closed {
    /// The state after a member; `key`: its place among the known keys.
    #[must_use]
    pub fn step(&self, state: u32, key: Option<usize>) -> u32 {
        let column = key.and_then(|key| self.column(key)).unwrap_or(self.keys.len());
        let row = state as usize * self.stride();
        self.next.get(row + column).copied().unwrap_or(0)
    }

    #[inline]
    fn column(&self, key: usize) -> Option<usize> {
        let wanted = u32::try_from(key).ok()?;
        // Most often every key has a column.
        if self.keys.get(key) == Some(&wanted) {
            return Some(key);
        }
        self.keys.binary_search(&wanted).ok()
    }

    /// How many states there are.
    #[must_use]
    pub fn states(&self) -> u32 {
        u32::try_from(self.next.len() / self.stride()).unwrap_or(u32::MAX)
    }

    fn stride(&self) -> usize {
        self.keys.len() + 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_and_others_are_not() {
        let all: Vec<String> = (1000..2000).map(|n| format!("word {n}")).collect();
        let words = Words::new(all.iter().map(String::as_str));
        for (place, word) in all.iter().enumerate() {
            assert_eq!(words.find(word), Some(place));
        }
        assert_eq!(words.find("word 100"), None);
        assert_eq!(words.find(""), None);
        assert_eq!(words.passes(), 2);
        assert!(words.longest_search() < 6);
        assert_eq!(Words::new([]).find("a"), None);
        assert_eq!(Words::new([""]).find(""), Some(0));
    }

    /// Signatures are no secret, and the same for words that differ by case: such words cost a search, not a look at each.
    #[test]
    fn words_of_one_signature_are_found_in_few_steps() {
        let letter = |word: u32, at: u32| if word >> at & 1 == 1 { 'a' } else { 'A' };
        let word = |word: u32| (0..13).map(|at| letter(word, at)).collect::<String>();
        let mut all: Vec<String> = (0..4096).map(word).collect();
        all.sort_unstable();
        let words = Words::new(all.iter().map(String::as_str));
        assert_eq!(words.signatures, vec![words.signatures[0]; 4096]);
        for (place, word) in all.iter().enumerate() {
            assert_eq!(words.find(word), Some(place));
        }
        assert_eq!(words.find(&word(4096)), None);
        assert_eq!((words.longest_search(), words.passes()), (14, 15));
    }

    #[test]
    fn numbers_stand_at_bounds_or_between() {
        let decimal = |text| Decimal::parse(text).unwrap();
        let numbers = Numbers {
            bounds: vec![decimal("0"), decimal("1.5")],
            integers: true,
        };
        let class = |text| numbers.class(DecimalRef::parse(text).unwrap());
        let classes = ["-0.5", "0", "0.5", "1.5", "2.5", "-1", "1", "2"].map(class);
        assert_eq!(classes, [0, 6, 2, 3, 4, 5, 7, 9]);
        assert_eq!(numbers.classes(), 10);
    }

    #[test]
    fn lengths_begin_at_cuts() {
        let lengths = Lengths {
            cuts: vec![1, 5],
            lines: true,
        };
        assert_eq!([0, 1, 4, 5].map(|length| lengths.class(length, false)), [1, 2, 2, 3]);
        assert_eq!([0, 1, 4, 5].map(|length| lengths.class(length, true)), [4, 5, 5, 6]);
        assert_eq!(lengths.classes(), 7);
        assert_eq!(lengths.class_by_bytes(2), None);
        let lengths = Lengths {
            lines: false,
            ..lengths
        };
        assert_eq!(
            [0, 1, 4, 5, 17].map(|bytes| lengths.class_by_bytes(bytes)),
            [Some(1), Some(2), Some(2), None, Some(3)]
        );
    }
}
