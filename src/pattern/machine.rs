//! Many sets of strings as one automaton: one step a byte says which of them a string is in.

use std::collections::HashMap;

use regex_automata::dfa::{Automaton as _, StartKind, dense};
use regex_automata::nfa::thompson::{self, WhichCaptures};
use regex_automata::util::primitives::StateID;
use regex_automata::{Anchored, Input, MatchKind};
use regex_syntax::hir::{Class, ClassBytes, ClassBytesRange, ClassUnicode, Hir, HirKind, Repetition};

use super::automaton::{AutomatonError, whole};

/// A deterministic automaton whose states say which sets hold a string that ends in them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Machine {
    /// The column of each byte.
    pub(crate) columns: Box<[u8; 256]>,
    /// How many columns a row has.
    pub(crate) stride: u32,
    /// The row where it starts, as its first place in `next`.
    pub(crate) start: u32,
    /// Where the rows end that lead to themselves only: what comes behind changes nothing there. They come first, and
    /// the first of them says that no set holds the string.
    pub(crate) settled: u32,
    /// Row after row, where each column leads.
    pub(crate) next: Vec<u32>,
    /// What each row says of a string that ends in it.
    pub(crate) says: Vec<u32>,
}

/// What a machine may say: the sets that hold the string, by their places, ascending.
pub type Sets = Vec<Vec<u32>>;

impl Machine {
    /// Makes one machine of regular expressions, each matched whole, and what its answers stand for. The first
    /// answer is that no set holds the string.
    ///
    /// # Errors
    /// `TooLarge` if it takes more than `limit` bytes; else what is wrong with an expression.
    pub fn new(regexes: &[&str], limit: usize) -> Result<(Self, Sets), AutomatonError> {
        let sets = regexes.iter().map(|regex| whole(regex).map(over_bytes));
        let sets = sets.collect::<Result<Vec<Hir>, _>>()?;
        let config = thompson::Config::new()
            .utf8(false)
            .which_captures(WhichCaptures::None)
            .nfa_size_limit(Some(limit));
        let nfa = thompson::Compiler::new()
            .configure(config)
            .build_many_from_hir(&sets)
            .map_err(|_| AutomatonError::TooLarge)?;
        let config = dense::Config::new()
            .start_kind(StartKind::Anchored)
            .match_kind(MatchKind::All)
            .accelerate(false)
            .dfa_size_limit(Some(limit))
            .determinize_size_limit(Some(4 * limit));
        let dfa = dense::Builder::new()
            .configure(config)
            .build_from_nfa(&nfa)
            .map_err(|_| AutomatonError::TooLarge)?;
        flatten(&dfa, limit).ok_or(AutomatonError::TooLarge)
    }

    /// A machine of these rows, which it puts in order. The first is the one that nothing follows from.
    pub(super) fn of_rows(columns: Box<[u8; 256]>, stride: u32, start: u32, next: &[u32], says: &[u32]) -> Self {
        let width = stride.max(1) as usize;
        let rows = || (0_u32..).step_by(width).zip(next.chunks_exact(width).zip(says));
        let is_settled = |row: u32, leads: &[u32]| leads.iter().all(|to| *to == row);
        let (settled, others): (Vec<_>, Vec<_>) = rows().partition(|(row, (leads, _))| is_settled(*row, leads));
        let mut moved = vec![0; says.len()];
        for ((old, _), new) in settled.iter().chain(&others).zip((0..).step_by(width)) {
            if let Some(place) = moved.get_mut(*old as usize / width) {
                *place = new;
            }
        }
        let moved = |row: u32| moved.get(row as usize / width).copied().unwrap_or(0);
        let ordered = || settled.iter().chain(&others).map(|(_, row)| row);
        Self {
            columns,
            stride,
            start: moved(start),
            settled: u32::try_from(settled.len() * width).unwrap_or(0),
            next: ordered()
                .flat_map(|(leads, _)| leads.iter().map(|to| moved(*to)))
                .collect(),
            says: ordered().map(|(_, says)| **says).collect(),
        }
    }

    /// What it says of a string.
    #[must_use]
    pub fn says(&self, text: &str) -> u32 {
        let (columns, next) = (&*self.columns, self.next.as_slice());
        let mut row = self.start;
        for byte in text.bytes() {
            let column = columns.get(usize::from(byte)).copied().unwrap_or(0);
            // INVARIANT: every place in `next` is the first of a row, and every column is below the stride.
            let Some(to) = next.get(row as usize + usize::from(column)) else {
                return 0;
            };
            row = *to;
            if row < self.settled {
                break;
            }
        }
        self.answer(row)
    }

    /// The row that a column leads to.
    pub(crate) fn after(&self, row: u32, column: u8) -> u32 {
        // INVARIANT: every place in `next` is the first of a row, and every column is below the stride.
        self.next.get(row as usize + usize::from(column)).copied().unwrap_or(0)
    }

    /// What it says of strings that end in a row.
    pub(crate) fn answer(&self, row: u32) -> u32 {
        self.says.get((row / self.stride.max(1)) as usize).copied().unwrap_or(0)
    }

    /// The bytes that it takes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.columns.len() + 4 * (self.next.len() + self.says.len())
    }
}

/// The rows that can be reached, numbered as they are found; `None` if what they say takes more than `limit` bytes.
fn flatten(dfa: &dense::DFA<Vec<u32>>, limit: usize) -> Option<(Machine, Sets)> {
    let mut columns = Box::new([0; 256]);
    for (byte, column) in (0..=u8::MAX).zip(columns.iter_mut()) {
        *column = dfa.byte_classes().get(byte);
    }
    let stride = u32::from(*columns.iter().max()?) + 1;
    let representatives: Vec<u8> = (0..stride)
        .filter_map(|column| {
            (0..=u8::MAX).find(|byte| columns.get(usize::from(*byte)).copied().map(u32::from) == Some(column))
        })
        .collect();
    let start = dfa.start_state_forward(&Input::new("").anchored(Anchored::Yes)).ok()?;
    let mut rows = Rows::default();
    // The first row is the one that nothing follows from.
    rows.next.extend(representatives.iter().map(|_| 0));
    rows.says.push(0);
    rows.set(Vec::new());
    let start = rows.row(dfa, start, stride)?;
    let mut done = 0;
    while let Some(state) = rows.order.get(done).copied() {
        for byte in &representatives {
            let next = rows.row(dfa, dfa.next_state(state, *byte), stride)?;
            rows.next.push(next);
        }
        let end = dfa.next_eoi_state(state);
        let mut held: Vec<u32> = if dfa.is_match_state(end) {
            (0..dfa.match_len(end))
                .map(|at| dfa.match_pattern(end, at).as_u32())
                .collect()
        } else {
            Vec::new()
        };
        held.sort_unstable();
        let says = rows.set(held);
        rows.says.push(says);
        if 4 * rows.held > limit {
            return None;
        }
        done += 1;
    }
    let mut sets: Vec<(Vec<u32>, u32)> = rows.sets.into_iter().collect();
    sets.sort_by_key(|(_, at)| *at);
    let machine = Machine::of_rows(columns, stride, start, &rows.next, &rows.says);
    Some((machine, sets.into_iter().map(|(set, _)| set).collect()))
}

#[derive(Default)]
struct Rows {
    order: Vec<StateID>,
    places: HashMap<StateID, u32>,
    next: Vec<u32>,
    says: Vec<u32>,
    sets: HashMap<Vec<u32>, u32>,
    /// How many numbers the sets have.
    held: usize,
}

impl Rows {
    /// The row of a state; `None` where numbers run out.
    fn row(&mut self, dfa: &dense::DFA<Vec<u32>>, state: StateID, stride: u32) -> Option<u32> {
        if dfa.is_dead_state(state) {
            return Some(0);
        }
        if let Some(row) = self.places.get(&state) {
            return Some(*row);
        }
        let row = u32::try_from(self.order.len())
            .ok()?
            .checked_add(1)?
            .checked_mul(stride)?;
        self.order.push(state);
        self.places.insert(state, row);
        Some(row)
    }

    fn set(&mut self, held: Vec<u32>) -> u32 {
        let next = u32::try_from(self.sets.len()).unwrap_or(u32::MAX);
        *self.sets.entry(held).or_insert_with_key(|held| {
            self.held += held.len();
            next
        })
    }
}

/// The same set of texts, with fewer states: where a star takes every character past ASCII, it may as well take their
/// bytes one by one. A character that is parted between two stars could be all in the first.
///
/// INVARIANT: the parser bounds the depth.
fn over_bytes(hir: Hir) -> Hir {
    match hir.into_kind() {
        HirKind::Repetition(repetition) => over_bytes_of_star(repetition),
        HirKind::Concat(parts) => Hir::concat(parts.into_iter().map(over_bytes).collect()),
        HirKind::Alternation(parts) => Hir::alternation(parts.into_iter().map(over_bytes).collect()),
        HirKind::Capture(capture) => over_bytes(*capture.sub),
        HirKind::Empty => Hir::empty(),
        HirKind::Literal(literal) => Hir::literal(literal.0),
        HirKind::Class(class) => Hir::class(class),
        HirKind::Look(look) => Hir::look(look),
    }
}

fn over_bytes_of_star(repetition: Repetition) -> Hir {
    let bytes = match (repetition.max, repetition.sub.kind()) {
        (None, HirKind::Class(Class::Unicode(class))) => bytes_of(class),
        _ => None,
    };
    let Some(bytes) = bytes else {
        return Hir::repetition(Repetition {
            sub: Box::new(over_bytes(*repetition.sub)),
            ..repetition
        });
    };
    let star = Hir::repetition(Repetition {
        min: 0,
        max: None,
        greedy: true,
        sub: Box::new(Hir::class(Class::Bytes(bytes))),
    });
    if repetition.min == 0 {
        return star;
    }
    let first = Hir::repetition(Repetition {
        max: Some(repetition.min),
        ..repetition
    });
    Hir::concat(vec![first, star])
}

/// The bytes of a class's characters, if every character past ASCII is among them.
fn bytes_of(class: &ClassUnicode) -> Option<ClassBytes> {
    let last = class.ranges().last()?;
    if last.start() > '\u{80}' || last.end() != char::MAX {
        return None;
    }
    let ascii = class.ranges().iter().filter_map(|range| {
        let start = u8::try_from(range.start()).ok().filter(u8::is_ascii)?;
        let end = u8::try_from(range.end()).unwrap_or(0x7f).min(0x7f);
        Some(ClassBytesRange::new(start, end))
    });
    Some(ClassBytes::new(ascii.chain([ClassBytesRange::new(0x80, 0xff)])))
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use proptest::prelude::*;

    use super::super::Automaton;
    use super::*;

    const LIMIT: usize = 1 << 20;

    const REGEXES: [&str; 12] = [
        "",
        ".*",
        "(?s:.)*",
        "/srv(?:/(?s:.)*)?",
        "(?:(?s:.)*/)?[.]git(?:/(?s:.)*)?",
        "/[^/]*/x",
        "[^a]+é",
        "[^/]{2,}[^é]*",
        "(?:é|a+)*",
        "[a-zà-ÿ]*",
        "/srv",
        "[^\\s\\S]",
    ];

    static ALL: LazyLock<(Machine, Sets, Vec<Automaton>)> = LazyLock::new(|| {
        let (machine, sets) = Machine::new(&REGEXES, LIMIT).unwrap();
        (
            machine,
            sets,
            REGEXES.map(|regex| Automaton::new(regex).unwrap()).into(),
        )
    });

    #[test]
    fn says_which_sets_hold_a_string() {
        let (machine, sets) = Machine::new(&["/a/.*", "/a/b|c", "é+"], LIMIT).unwrap();
        let says = |text| sets[machine.says(text) as usize].clone();
        assert_eq!(says("/a/b"), [0, 1]);
        assert_eq!(says("/a/x"), [0]);
        assert_eq!(says("c"), [1]);
        assert_eq!(says("éé"), [2]);
        assert!(says("").is_empty() && says("/a").is_empty() && says("\u{c3}").is_empty());
    }

    #[test]
    fn what_is_settled_is_read_no_further() {
        let (machine, sets) = Machine::new(&["/a(?:/(?s:.)*)?", "/b"], LIMIT).unwrap();
        // Behind `/a/`, and where nothing follows.
        assert_eq!(machine.settled, 2 * machine.stride);
        let says = |text| sets[machine.says(text) as usize].clone();
        assert_eq!(says("/a/b\n\u{1f600}"), [0]);
        assert_eq!(says("/b"), [1]);
        assert!(says("/ab").is_empty() && says("").is_empty());
    }

    #[test]
    fn what_crosses_too_often_is_too_large() {
        let crossing: Vec<String> = (0..16).map(|n| format!("(?:.*/)?n{n}(?:/.*)?")).collect();
        let crossing: Vec<&str> = crossing.iter().map(String::as_str).collect();
        assert_eq!(Machine::new(&crossing, LIMIT).unwrap_err(), AutomatonError::TooLarge);
    }

    proptest! {
        #[test]
        fn a_machine_agrees_with_each_automaton(text in "[/sрvaéx.git\n😀-]{0,8}|/srv/[a-é/]{0,6}") {
            let (machine, sets, automata) = &*ALL;
            let held = &sets[machine.says(&text) as usize];
            for ((at, regex), automaton) in (0..).zip(REGEXES).zip(automata) {
                prop_assert_eq!(held.contains(&at), automaton.accepts(&text), "{} {:?}", regex, text);
            }
        }
    }
}
