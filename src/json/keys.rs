//! The keys of an object: which may stand in one, and whether two of them could be taken for each other.

use std::hash::{BuildHasher, Hasher, RandomState};

use super::fold::{folded, same_but_for_case};
use super::scan::{SPACES, odd_bytes, plain_end, plain_length, word_at};
use super::tape::{Entry, Nodes};
use super::{FEW, JsonErrorKind, MAX_KEY};

/// A number that is the same for any two keys that differ only by case, and hardly ever for others: what tells most
/// keys apart without a look at them. It is no secret, so that keys can be made that have the same. O(bytes).
#[must_use]
pub fn signature(key: &str) -> u32 {
    plain_signature(key.as_bytes()).unwrap_or_else(|| folded_signature(key))
}

/// The signature of a key that is printable ASCII; `None` for others.
fn plain_signature(key: &[u8]) -> Option<u32> {
    let mut signature = Signature::default();
    let (words, rest) = key.as_chunks::<8>();
    words.iter().for_each(|word| signature.add(u64::from_le_bytes(*word)));
    let last = rest.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte));
    signature.add_first(last, rest.len());
    signature.if_plain()
}

/// Where the key ends that begins at `at` and has no escapes, and its signature if it is printable ASCII.
#[inline]
pub fn scan_key(text: &[u8], mut at: usize) -> (usize, Option<u32>) {
    let start = at;
    let mut signature = Signature::default();
    while let Some(word) = word_at(text, at) {
        if let Some(length) = plain_length(word) {
            signature.add_first(word, length);
            return (at + length, signature.if_plain());
        }
        signature.add(word);
        at += 8;
    }
    scan_last_key(text, start)
}

/// The same near the end of the text.
#[cold]
fn scan_last_key(text: &[u8], start: usize) -> (usize, Option<u32>) {
    let end = plain_end(text, start);
    (end, text.get(start..end).and_then(plain_signature))
}

/// The signature by the characters that a key's are folded to.
#[cold]
fn folded_signature(key: &str) -> u32 {
    let mut signature = Signature::default();
    let (mut word, mut length) = (0, 0);
    for c in folded(key) {
        for byte in c.encode_utf8(&mut [0; 4]).bytes() {
            word |= u64::from(byte) << (8 * length);
            length += 1;
            if length == 8 {
                signature.add(word);
                (word, length) = (0, 0);
            }
        }
    }
    signature.add_first(word, length);
    signature.end()
}

/// The signature of a key as far as it was read, eight bytes at a time.
#[derive(Default)]
struct Signature {
    sum: u64,
    /// Not zero if a byte was no printable ASCII.
    odd: u64,
}

impl Signature {
    /// An odd number with its bits well spread.
    const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

    #[inline]
    fn add(&mut self, word: u64) {
        // The bit by which ASCII letters differ by case is set in a space.
        self.sum = (self.sum.rotate_left(23) ^ (word | SPACES)).wrapping_mul(Self::SPREAD);
        self.odd |= odd_bytes(word);
    }

    /// Adds the first bytes of the last word, fewer than eight, as if spaces came behind them.
    #[inline]
    fn add_first(&mut self, word: u64, length: usize) {
        if length > 0 {
            let behind = u64::MAX << (8 * length);
            self.add(word & !behind | SPACES & behind);
        }
    }

    #[inline]
    fn if_plain(self) -> Option<u32> {
        (self.odd == 0).then(|| self.end())
    }

    #[inline]
    fn end(self) -> u32 {
        // Keys that differ in a few bits only must not come to sums that differ in a few.
        let mixed = (self.sum ^ self.sum >> 32).wrapping_mul(Self::SPREAD);
        let [.., a, b, c, d] = mixed.to_le_bytes();
        u32::from_le_bytes([a, b, c, d])
    }
}

/// The keys of one object while it is read.
#[derive(Debug)]
pub struct Keys {
    /// Where the object stands on the tape.
    object: u32,
    count: usize,
    /// A bit for each sixty-fourth of the signatures.
    seen: u64,
    /// Where its table begins, once it has one.
    table: Option<usize>,
}

impl Keys {
    /// None yet.
    pub fn of(object: u32) -> Self {
        Self {
            object,
            count: 0,
            seen: 0,
            table: None,
        }
    }

    /// Takes the last node for the object's next key. `plain` is its signature, if it is printable ASCII without escapes.
    ///
    /// # Errors
    /// Why it may not stand there; without the key's text.
    #[inline]
    pub fn add(&mut self, nodes: &mut Nodes, index: &mut KeyIndex, plain: Option<u32>) -> Result<(), JsonErrorKind> {
        let Nodes { text, entries } = nodes;
        let Some(key) = entries.last_mut() else {
            return Ok(());
        };
        let range = key.text.range();
        if range.len() > MAX_KEY {
            return Err(JsonErrorKind::KeyTooLong);
        }
        let signature = match plain {
            Some(signature) if text.as_bytes().get(range.start) != Some(&b'_') => signature,
            _ => check(key.text(text))?,
        };
        key.sign(signature);
        // Most keys of small objects are told apart by this alone.
        let bit = 1 << (signature >> 26);
        let is_new = self.count < FEW && self.seen & bit == 0;
        self.seen |= bit;
        self.count += 1;
        if is_new { Ok(()) } else { self.compare(nodes, index) }
    }

    /// Compares the last key, which is counted, with those before.
    #[cold]
    fn compare(&mut self, nodes: &Nodes, index: &mut KeyIndex) -> Result<(), JsonErrorKind> {
        let Some(key) = nodes.entries.last() else {
            return Ok(());
        };
        let earlier = if self.count <= FEW {
            let mut earlier = self.before_last(nodes).filter_map(|at| nodes.entries.get(at as usize));
            earlier.find(|earlier| are_confusable(nodes, earlier, key))
        } else {
            self.table = Some(self.table.unwrap_or(index.places.len()));
            index.add_to(self, nodes)
        };
        match earlier {
            None => Ok(()),
            Some(earlier) if earlier.text(&nodes.text) == key.text(&nodes.text) => {
                Err(JsonErrorKind::DuplicateKey(String::new()))
            }
            Some(_) => Err(JsonErrorKind::ConfusableKey(String::new())),
        }
    }

    /// The object has ended.
    #[inline]
    pub fn end(self, index: &mut KeyIndex) {
        if let Some(start) = self.table {
            index.places.truncate(start);
        }
    }

    /// The keys before the last node.
    fn before_last(&self, nodes: &Nodes) -> impl Iterator<Item = u32> {
        let mut at = self.object + 1;
        (1..self.count).map(move |_| {
            let key = at;
            at += 1 + nodes.entries.get(key as usize + 1).map_or(1, |value| value.size);
            key
        })
    }
}

const PROTO: &str = "__proto__";

/// The signature of a key that is not known to be harmless.
#[cold]
fn check(key: &str) -> Result<u32, JsonErrorKind> {
    if key == PROTO || key.chars().any(char::is_control) {
        return Err(JsonErrorKind::ForbiddenKey(String::new()));
    }
    Ok(signature(key))
}

#[inline]
fn are_confusable(nodes: &Nodes, a: &Entry, b: &Entry) -> bool {
    a.signature() == b.signature() && same_but_for_case(a.text(&nodes.text), b.text(&nodes.text))
}

/// Tables of keys for the large objects that are being read, one behind the other: an object that is read within
/// another ends before the other goes on.
#[derive(Debug, Default)]
pub struct KeyIndex {
    /// For each place the node of a key, or [`FREE`]: open addressing.
    places: Vec<u32>,
    /// Drawn at random, so that nobody can send keys that fall together.
    state: RandomState,
}

const FREE: u32 = u32::MAX;

impl KeyIndex {
    /// Forgets all keys.
    pub fn clear(&mut self) {
        self.places.clear();
    }

    /// Adds the last node to the table of `keys`, and returns the key there that it could be taken for.
    fn add_to<'n>(&mut self, keys: &Keys, nodes: &'n Nodes) -> Option<&'n Entry> {
        let start = keys.table?;
        // INVARIANT: at most half of the places are taken.
        let needed = 2 * keys.count;
        if self.places.len() - start < needed {
            self.places.truncate(start);
            self.places.resize(start + (2 * needed).next_power_of_two(), FREE);
            keys.before_last(nodes).for_each(|key| {
                self.add(start, nodes, key);
            });
        }
        self.add(start, nodes, u32::try_from(nodes.entries.len() - 1).ok()?)
    }

    fn add<'n>(&mut self, start: usize, nodes: &'n Nodes, at: u32) -> Option<&'n Entry> {
        let key = nodes.entries.get(at as usize)?;
        let table = self.places.get_mut(start..)?;
        let mask = table.len() - 1;
        let mut place = hash(&self.state, key.text(&nodes.text)) & mask;
        loop {
            let taken = table.get_mut(place)?;
            if *taken == FREE {
                *taken = at;
                return None;
            }
            let earlier = nodes.entries.get(*taken as usize)?;
            if are_confusable(nodes, earlier, key) {
                return Some(earlier);
            }
            place = (place + 1) & mask;
        }
    }
}

/// The same for keys that differ only by case.
fn hash(state: &RandomState, key: &str) -> usize {
    let mut hasher = state.build_hasher();
    folded(key).for_each(|c| hasher.write_u32(u32::from(c)));
    usize::try_from(hasher.finish() & u64::from(u32::MAX)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::super::{Limits, parse};
    use super::*;

    /// Members `a0` to `aN`, each with the value, and then `last`.
    fn object(count: usize, value: &str, last: &str) -> String {
        let members: Vec<String> = (0..count).map(|n| format!("\"a{n}\":{value}")).collect();
        format!("{{{},\"{last}\":0}}", members.join(","))
    }

    #[test]
    fn a_large_object_goes_on_after_large_ones_within_it() {
        let inner = object(40, "0", "b");
        for (last, wanted) in [
            ("b", None),
            ("a0", Some(JsonErrorKind::DuplicateKey("a0".into()))),
            ("A39", Some(JsonErrorKind::ConfusableKey("A39".into()))),
        ] {
            let text = object(40, &inner, last);
            let error = parse(text.as_bytes(), &Limits::default()).err();
            assert_eq!(error.map(|error| error.kind), wanted, "{last}");
        }
    }

    #[test]
    fn as_many_keys_as_a_text_can_have() {
        let members: Vec<String> = (0..300_000).map(|n| format!("\"{n:x}\":0")).collect();
        let text = format!("{{{}}}", members.join(","));
        assert!(parse(text.as_bytes(), &Limits::default()).is_ok());
        let twice = text.replace("\"493df\":", "\"7\":");
        assert_eq!(
            parse(twice.as_bytes(), &Limits::default()).unwrap_err().kind,
            JsonErrorKind::DuplicateKey("7".into())
        );
    }

    proptest::proptest! {
        #[test]
        fn keys_that_differ_only_by_case_have_one_signature(a in "[a-z@`_0-9k\u{212a}sſéÉßẞσς]{0,20}", upper in 0u32..1 << 20) {
            let change = |(at, c): (usize, char)| match c.to_uppercase().next() {
                Some(other) if upper >> at & 1 == 1 && same_but_for_case(&c.to_string(), &other.to_string()) => other,
                _ => c,
            };
            let b: String = a.chars().enumerate().map(change).collect();
            proptest::prop_assert!(same_but_for_case(&a, &b));
            proptest::prop_assert_eq!(signature(&a), signature(&b));
            proptest::prop_assert_eq!(signature(&a), signature(&super::super::fold(&a)));
        }
    }

    #[test]
    fn other_keys_hardly_ever_have_one_signature() {
        let keys = (0..100_000).flat_map(|n| [format!("key{n}"), format!("{n}"), format!("a_rather_long_key_{n}")]);
        let mut signatures: Vec<u32> = keys.map(|key| signature(&key)).collect();
        let all = signatures.len();
        signatures.sort_unstable();
        signatures.dedup();
        assert!(all - signatures.len() < 100, "{} are the same", all - signatures.len());
    }
}
