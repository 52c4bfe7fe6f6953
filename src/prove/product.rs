//! Automata walked side by side: which of their answers go together, and the shortest texts of each.

use std::collections::{BTreeMap, HashMap, VecDeque};

use super::budget::{Budget, Refusal};
use super::canonical::Canonical;
use crate::pattern::Machine;

/// Texts that all automata answer alike.
#[derive(Debug)]
pub struct Found {
    /// What each machine says.
    pub answers: Vec<u32>,
    /// The word that it is, by its place; `None`: none of the words.
    pub word: Option<usize>,
    /// Some of them, shortest first.
    pub texts: Vec<Text>,
}

/// A text, and where it can be made longer.
#[derive(Clone, Debug)]
pub struct Text {
    /// The text.
    pub text: String,
    /// An offset at which this character may be put in, as often as one likes, and nothing changes.
    pub longer: Option<(usize, char)>,
}

/// The most texts that are kept of one kind: more are only looked for where one is not canonical after all.
const TEXTS: usize = 6;

/// What is walked side by side.
pub struct Product<'a> {
    machines: Vec<&'a Machine>,
    canonical: Option<&'a Canonical>,
    words: Trie,
    /// One byte of each kind, the plainest first.
    bytes: Vec<u8>,
    /// Does nothing tell one byte past ASCII from another?
    is_plain: bool,
}

/// Where the walk stands: the row of each machine and of the canonical forms, the state of UTF-8, the node of the words.
type State = Box<[u32]>;

impl<'a> Product<'a> {
    pub fn new(machines: Vec<&'a Machine>, canonical: Option<&'a Canonical>, words: &[&str]) -> Self {
        let words = Trie::new(words);
        let mut kinds: BTreeMap<Vec<u8>, u8> = BTreeMap::new();
        let all = machines.iter().copied().chain(canonical.map(Canonical::machine));
        let all: Vec<&Machine> = all.collect();
        for byte in (0..=u8::MAX).filter(|byte| utf8_kind(*byte).is_some()) {
            let mut kind: Vec<u8> = all.iter().map(|machine| column(machine, byte)).collect();
            kind.extend(utf8_kind(byte));
            kind.push(if words.uses(byte) { byte } else { 0xff });
            let plainest = kinds.entry(kind).or_insert(byte);
            if rank(byte) < rank(*plainest) {
                *plainest = byte;
            }
        }
        let column_past_ascii = |machine: &&Machine| {
            let columns = machine.columns.get(0x80..).unwrap_or_default();
            columns.windows(2).all(|pair| pair.first() == pair.last())
        };
        let is_plain = all.iter().all(column_past_ascii) && !(0x80..=u8::MAX).any(|byte| words.uses(byte));
        let mut bytes: Vec<u8> = kinds.into_values().collect();
        bytes.sort_unstable_by_key(|byte| rank(*byte));
        Self {
            machines,
            canonical,
            words,
            bytes,
            is_plain,
        }
    }

    /// All kinds of text that there are.
    pub fn kinds(&self, budget: &Budget) -> Result<Vec<Found>, Refusal> {
        let mut walk = Walk {
            product: self,
            budget,
            states: Vec::new(),
            known: HashMap::new(),
        };
        let mut kinds: HashMap<(Vec<u32>, Option<usize>), usize> = HashMap::new();
        let mut found: Vec<Found> = Vec::new();
        let mut layer = VecDeque::from([walk.add(self.start(), 0, [0, 0])?]);
        let mut next = Vec::new();
        while !layer.is_empty() {
            // A layer is what one more character leads to; the bytes of a character are within it.
            while let Some(at) = layer.pop_front() {
                if let Some(kind) = walk.kind(at) {
                    let place = *kinds.entry(kind.clone()).or_insert(found.len());
                    if place == found.len() {
                        let (answers, word) = kind;
                        found.push(Found {
                            answers,
                            word,
                            texts: Vec::new(),
                        });
                    }
                    if let Some(one) = found.get_mut(place)
                        && (one.texts.len() < TEXTS || one.texts.iter().all(|text| text.longer.is_none()))
                        && one.texts.len() < 4 * TEXTS
                    {
                        one.texts.extend(walk.text(at));
                    }
                }
                let here = walk.states.get(at).map(|(state, ..)| state.clone()).unwrap_or_default();
                let past_ascii = self.past_ascii(&here);
                budget.spend(self.bytes.len())?;
                for byte in &self.bytes {
                    let (step, piece) = match &past_ascii {
                        Some(_) if !byte.is_ascii() => continue,
                        _ => (self.step(&here, *byte), [*byte, 0]),
                    };
                    let Some(state) = step.filter(|state| !walk.known.contains_key(state)) else {
                        continue;
                    };
                    let is_whole = self.is_whole(&state);
                    let added = walk.add(state, at, piece)?;
                    if is_whole {
                        next.push(added);
                    } else {
                        layer.push_back(added);
                    }
                }
                if let Some(Some(state)) = past_ascii
                    && !walk.known.contains_key(&state)
                {
                    next.push(walk.add(state, at, PAST_ASCII)?);
                }
            }
            layer.extend(next.drain(..));
        }
        Ok(found)
    }

    fn start(&self) -> State {
        let rows = self.machines.iter().map(|machine| machine.start);
        let canonical = self.canonical.map_or(0, |canonical| canonical.machine().start);
        rows.chain([canonical, 0, 1]).collect()
    }

    /// `None` where no text goes on so.
    fn step(&self, state: &[u32], byte: u8) -> Option<State> {
        let mut after = Vec::with_capacity(state.len());
        for (machine, row) in self.machines.iter().zip(state) {
            after.push(machine.after(*row, column(machine, byte)));
        }
        let [canonical, utf8, word] = state.last_chunk::<3>()?;
        after.push(match self.canonical {
            Some(of) => {
                let row = of.machine().after(*canonical, column(of.machine(), byte));
                // Nothing that goes on from here is canonical.
                if !of.is_live(row) {
                    return None;
                }
                row
            }
            None => 0,
        });
        after.push(utf8_step(*utf8, byte)?);
        after.push(self.words.step(*word, byte));
        Some(after.into())
    }

    /// Where any character past ASCII leads, if all of them lead to one place: then one of them stands for all.
    #[expect(clippy::option_option, reason = "all may lead nowhere")]
    fn past_ascii(&self, state: &[u32]) -> Option<Option<State>> {
        if !self.is_plain || !self.is_whole(state) {
            return None;
        }
        let [lead, byte] = PAST_ASCII;
        let once = self.step(state, lead);
        let twice = once.as_ref().and_then(|state| self.step(state, byte));
        let (Some(once), Some(twice)) = (&once, &twice) else {
            // Nothing follows already from the first byte: the others begin alike. From the second, others may differ.
            return once.is_none().then_some(None);
        };
        // However many bytes it has, the rows stay where the first led.
        let rows = |state: &State| state.len().saturating_sub(2);
        (once.get(..rows(once)) == twice.get(..rows(twice))).then(|| Some(twice.clone()))
    }

    /// Does it stand behind a whole character?
    fn is_whole(&self, state: &[u32]) -> bool {
        state.last_chunk::<3>().is_some_and(|[_, utf8, _]| *utf8 == 0)
    }
}

/// `é`.
const PAST_ASCII: [u8; 2] = [0xc3, 0xa9];

struct Walk<'p, 'a> {
    product: &'p Product<'a>,
    budget: &'p Budget,
    /// Each with the one before it, and the byte between, or two of them.
    states: Vec<(State, usize, [u8; 2])>,
    known: HashMap<State, usize>,
}

impl Walk<'_, '_> {
    fn add(&mut self, state: State, before: usize, piece: [u8; 2]) -> Result<usize, Refusal> {
        self.budget.spend(8)?;
        let place = self.states.len();
        self.known.insert(state.clone(), place);
        self.states.push((state, before, piece));
        Ok(place)
    }

    /// What a text that ends here is; `None` where none may end.
    fn kind(&self, at: usize) -> Option<(Vec<u32>, Option<usize>)> {
        let (state, ..) = self.states.get(at)?;
        let [canonical, utf8, word] = state.last_chunk::<3>()?;
        if *utf8 != 0 || self.product.canonical.is_some_and(|of| !of.accepts(*canonical)) {
            return None;
        }
        let answers = self.product.machines.iter().zip(state);
        let answers = answers.map(|(machine, row)| machine.answer(*row)).collect();
        Some((answers, self.product.words.word(*word)))
    }

    /// How many bytes lead here.
    fn length(&self, at: usize) -> usize {
        let (mut here, mut length) = (at, 0);
        while let Some((_, before, piece)) = self.states.get(here).filter(|_| here != 0) {
            length += if *piece == PAST_ASCII { 2 } else { 1 };
            here = *before;
        }
        length
    }

    fn text(&self, at: usize) -> Option<Text> {
        let mut bytes = Vec::new();
        let mut places = vec![at];
        let mut here = at;
        while here != 0 {
            let (_, before, piece) = self.states.get(here)?;
            match *piece {
                PAST_ASCII => bytes.extend([0xa9, 0xc3]),
                [byte, _] => bytes.push(byte),
            }
            here = *before;
            places.push(here);
        }
        bytes.reverse();
        places.reverse();
        let repeated = |place: usize| {
            let (state, ..) = self.states.get(place)?;
            let mut plain = self.product.bytes.iter().filter(|byte| byte.is_ascii_graphic());
            let byte = plain.find(|byte| self.product.step(state, **byte).as_ref() == Some(state))?;
            Some(char::from(*byte))
        };
        let whole = |place: &usize| {
            self.states
                .get(*place)
                .is_some_and(|(state, ..)| self.product.is_whole(state))
        };
        // From the end on, where a text reads best when it is made longer.
        let mut loops = places.iter().rev().filter(|place| whole(place));
        let longer = loops.find_map(|place| Some((self.length(*place), repeated(*place)?)));
        let text = String::from_utf8(bytes).ok()?;
        Some(Text { text, longer })
    }
}

impl Text {
    /// One of so many characters, if there is one.
    pub fn of_length(&self, characters: usize) -> Option<String> {
        let more = characters.checked_sub(self.text.chars().count())?;
        if more == 0 {
            return Some(self.text.clone());
        }
        let (offset, c) = self.longer?;
        let (before, after) = self.text.split_at_checked(offset)?;
        let between: String = std::iter::repeat_n(c, more).collect();
        Some(format!("{before}{between}{after}"))
    }
}

/// INVARIANT: a machine has a column for every byte.
fn column(machine: &Machine, byte: u8) -> u8 {
    machine.columns.get(usize::from(byte)).copied().unwrap_or(0)
}

/// What reads best comes first.
fn rank(byte: u8) -> (u8, u8) {
    let group = match byte {
        b'a'..=b'z' => 0,
        b'1'..=b'9' => 1,
        b'0' => 2,
        b'A'..=b'Z' => 3,
        b'-' | b'_' | b'.' => 4,
        0x21..=0x7e => 5,
        b' ' => 6,
        0x80.. => 7,
        _ => 8,
    };
    (group, byte)
}

/// Bytes that UTF-8 tells apart (RFC 3629 section 4); `None` for those that it does not have.
fn utf8_kind(byte: u8) -> Option<u8> {
    Some(match byte {
        0x00..=0x7f => 0,
        0x80..=0x8f => 1,
        0x90..=0x9f => 2,
        0xa0..=0xbf => 3,
        0xc2..=0xdf => 4,
        0xe0 => 5,
        0xe1..=0xec | 0xee | 0xef => 6,
        0xed => 7,
        0xf0 => 8,
        0xf1..=0xf3 => 9,
        0xf4 => 10,
        _ => return None,
    })
}

/// From one state of UTF-8 to the next: 0 is between characters, 1 to 3 are the bytes to come, and the rest are those
/// of which the second byte is not free.
fn utf8_step(state: u32, byte: u8) -> Option<u32> {
    Some(match (state, byte) {
        (0, 0x00..=0x7f) | (1, 0x80..=0xbf) => 0,
        (0, 0xc2..=0xdf) | (2, 0x80..=0xbf) | (4, 0xa0..=0xbf) | (5, 0x80..=0x9f) => 1,
        (0, 0xe1..=0xec | 0xee | 0xef) | (3, 0x80..=0xbf) | (6, 0x90..=0xbf) | (7, 0x80..=0x8f) => 2,
        (0, 0xf1..=0xf3) => 3,
        (0, 0xe0) => 4,
        (0, 0xed) => 5,
        (0, 0xf0) => 6,
        (0, 0xf4) => 7,
        _ => return None,
    })
}

/// Words as a tree. Node 0 is outside of all, node 1 the beginning.
struct Trie {
    nodes: Vec<(BTreeMap<u8, u32>, Option<usize>)>,
    used: [bool; 256],
}

impl Trie {
    fn new(words: &[&str]) -> Self {
        let mut trie = Self {
            nodes: vec![(BTreeMap::new(), None), (BTreeMap::new(), None)],
            used: [false; 256],
        };
        for (place, word) in words.iter().enumerate() {
            let mut at = 1;
            for byte in word.bytes() {
                if let Some(used) = trie.used.get_mut(usize::from(byte)) {
                    *used = true;
                }
                let new = u32::try_from(trie.nodes.len()).unwrap_or(0);
                let Some((next, _)) = trie.nodes.get_mut(at) else { break };
                let target = *next.entry(byte).or_insert(new);
                if target == new {
                    trie.nodes.push((BTreeMap::new(), None));
                }
                at = target as usize;
            }
            if let Some((_, word)) = trie.nodes.get_mut(at) {
                *word = Some(place);
            }
        }
        trie
    }

    fn uses(&self, byte: u8) -> bool {
        self.used.get(usize::from(byte)).copied().unwrap_or(false)
    }

    fn step(&self, node: u32, byte: u8) -> u32 {
        let node = self.nodes.get(node as usize);
        node.and_then(|(next, _)| next.get(&byte)).copied().unwrap_or(0)
    }

    fn word(&self, node: u32) -> Option<usize> {
        self.nodes.get(node as usize).and_then(|(_, word)| *word)
    }
}
