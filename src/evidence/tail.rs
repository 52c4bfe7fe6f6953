//! The file of the records that do not fill a bundle yet.
//!
//! One line, `mcppc-tail/1 START`, with the index of the first record; then each record as in a bundle (its length
//! in 16 bits, big-endian, and its bytes), and its leaf hash after it, by which a torn write is told.

use super::tile::{push_entry, split_entry};
use super::tree::{Hash, leaf_hash};

const MAGIC: &str = "mcppc-tail/1 ";

/// A tail that was read: the longest prefix that is whole.
#[derive(Debug, PartialEq, Eq)]
pub struct Tail<'a> {
    /// The index of its first record.
    pub start: u64,
    /// The records that are whole, and their hashes.
    pub entries: Vec<(&'a [u8], Hash)>,
    /// How many bytes these are, with the first line.
    pub valid: usize,
}

/// A tail without records.
#[must_use]
pub fn header(start: u64) -> Vec<u8> {
    format!("{MAGIC}{start}\n").into_bytes()
}

/// What is appended for one record.
#[must_use]
pub fn frame(entry: &[u8], hash: &Hash) -> Vec<u8> {
    let mut frame = Vec::with_capacity(entry.len() + 2 + hash.len());
    push_entry(&mut frame, entry);
    frame.extend(hash);
    frame
}

/// Reads a tail up to the first record that is not whole; `None` where the first line is damaged.
#[must_use]
pub fn read(bytes: &[u8]) -> Option<Tail<'_>> {
    let line = bytes.iter().position(|byte| *byte == b'\n')?;
    let (first, mut rest) = bytes.split_at_checked(line + 1)?;
    let text = std::str::from_utf8(first).ok()?;
    let start = text.strip_prefix(MAGIC)?.strip_suffix('\n')?.parse().ok()?;
    if header(start) != first {
        return None;
    }
    let mut entries = Vec::new();
    while let Some((entry, hash, after)) = split_frame(rest) {
        entries.push((entry, hash));
        rest = after;
    }
    Some(Tail {
        start,
        entries,
        valid: bytes.len() - rest.len(),
    })
}

fn split_frame(bytes: &[u8]) -> Option<(&[u8], Hash, &[u8])> {
    let (entry, rest) = split_entry(bytes)?;
    let (hash, rest) = rest.split_first_chunk()?;
    (leaf_hash(entry) == *hash).then_some((entry, *hash, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_leaves_the_records_before_it() {
        let mut bytes = header(512);
        let mut ends = vec![bytes.len()];
        for entry in [b"one".as_slice(), b"", b"three"] {
            bytes.extend(frame(entry, &leaf_hash(entry)));
            ends.push(bytes.len());
        }
        for cut in 0..=bytes.len() {
            let tail = read(&bytes[..cut]);
            if cut < ends[0] {
                assert_eq!(tail, None);
                continue;
            }
            let whole = ends.iter().filter(|end| **end <= cut).count() - 1;
            let tail = tail.unwrap();
            assert_eq!((tail.start, tail.entries.len(), tail.valid), (512, whole, ends[whole]));
        }
    }

    #[test]
    fn a_changed_bit_ends_it() {
        let mut bytes = header(0);
        bytes.extend(frame(b"one", &leaf_hash(b"one")));
        for at in header(0).len()..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            assert_eq!(read(&changed).unwrap().entries.len(), 0, "{at}");
        }
    }

    #[test]
    fn only_one_spelling_of_the_first_line() {
        for first in [
            "mcppc-tail/1 01\n",
            "mcppc-tail/1 +1\n",
            "mcppc-tail/2 1\n",
            "mcppc-tail/1 1",
        ] {
            assert_eq!(read(first.as_bytes()), None, "{first}");
        }
    }
}
