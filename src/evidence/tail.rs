//! The files of the records that fill no bundle yet: `tail`, and `next` for when it is full and not sealed yet.
//!
//! One line, `mcppc-tail/1 START`, with the index of the first record; then each record as in a bundle (its length
//! in 16 bits, big-endian, and its bytes), and its leaf hash after it, by which a torn write is told.

use super::tile::{push_entry, split_entry};
use super::tree::{Hash, TILE_WIDTH, leaf_hash};

const MAGIC: &str = "mcppc-tail/1 ";

/// The tails of a log as one: the longest prefix that is whole.
#[derive(Debug, PartialEq, Eq)]
pub struct Tails<'a> {
    /// The index of the first record.
    pub start: u64,
    /// The records that are whole, and their hashes. Those after the 256th are in `next`.
    pub entries: Vec<(&'a [u8], Hash)>,
    /// How many bytes are no part of that prefix.
    pub torn: u64,
}

/// Why a file is no tail of this log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Damage {
    /// The file's name.
    pub file: &'static str,
    /// What is wrong with it.
    pub what: &'static str,
}

/// One file.
#[derive(Debug, PartialEq, Eq)]
struct Tail<'a> {
    start: u64,
    entries: Vec<(&'a [u8], Hash)>,
    /// How many bytes the whole records are, with the first line.
    valid: usize,
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

/// How many bytes that is.
#[must_use]
pub fn frame_length(entry: &[u8]) -> u64 {
    (2 + entry.len() + size_of::<Hash>()) as u64
}

/// The index of a tail's first record; `None` where its first line is damaged.
#[must_use]
pub fn start(bytes: &[u8]) -> Option<u64> {
    split_header(bytes).map(|(start, _)| start)
}

/// Reads the files `tail` and `next` up to the first record that is not whole. Records in `next` behind a tail that is
/// not full are not of the prefix: a power cut took from the tail what was never promised to be on the disk.
///
/// # Errors
/// Where no crash leaves such files.
pub fn read<'a>(tail: &'a [u8], next: Option<&'a [u8]>) -> Result<Tails<'a>, Damage> {
    let first = read_file("tail", tail)?;
    let mut tails = Tails {
        start: first.start,
        torn: (tail.len() - first.valid) as u64,
        entries: first.entries,
    };
    let Some(bytes) = next else { return Ok(tails) };
    let next = read_file("next", bytes)?;
    if next.start.checked_sub(tails.start) != Some(TILE_WIDTH as u64) {
        let what = "it does not follow `tail`";
        return Err(Damage { file: "next", what });
    }
    let valid = if tails.entries.len() == TILE_WIDTH {
        tails.entries.extend(next.entries);
        next.valid
    } else {
        header(next.start).len()
    };
    tails.torn += (bytes.len() - valid) as u64;
    Ok(tails)
}

fn read_file<'a>(file: &'static str, bytes: &'a [u8]) -> Result<Tail<'a>, Damage> {
    let damage = |what| Damage { file, what };
    let tail = read_one(bytes).ok_or_else(|| damage("its first line is damaged"))?;
    if tail.start % TILE_WIDTH as u64 != 0 || tail.entries.len() > TILE_WIDTH {
        return Err(damage("it is no part of a log"));
    }
    Ok(tail)
}

fn read_one(bytes: &[u8]) -> Option<Tail<'_>> {
    let (start, mut rest) = split_header(bytes)?;
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

/// Only one spelling of the first line is one.
fn split_header(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let line = bytes.iter().position(|byte| *byte == b'\n')?;
    let (first, rest) = bytes.split_at_checked(line + 1)?;
    let text = std::str::from_utf8(first).ok()?;
    let start = text.strip_prefix(MAGIC)?.strip_suffix('\n')?.parse().ok()?;
    (header(start) == first).then_some((start, rest))
}

fn split_frame(bytes: &[u8]) -> Option<(&[u8], Hash, &[u8])> {
    let (entry, rest) = split_entry(bytes)?;
    let (hash, rest) = rest.split_first_chunk()?;
    (leaf_hash(entry) == *hash).then_some((entry, *hash, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A tail of `count` records.
    fn tail_of(start: u64, count: usize) -> Vec<u8> {
        let mut bytes = header(start);
        for index in 0..count {
            let entry = index.to_be_bytes();
            bytes.extend(frame(&entry, &leaf_hash(&entry)));
        }
        bytes
    }

    #[test]
    fn a_cut_leaves_the_records_before_it() {
        let mut bytes = header(512);
        let mut ends = vec![bytes.len()];
        for entry in [b"one".as_slice(), b"", b"three"] {
            bytes.extend(frame(entry, &leaf_hash(entry)));
            ends.push(bytes.len());
        }
        for cut in 0..=bytes.len() {
            let tails = read(&bytes[..cut], None);
            if cut < ends[0] {
                assert_eq!(tails.unwrap_err().file, "tail");
                continue;
            }
            let whole = ends.iter().filter(|end| **end <= cut).count() - 1;
            let tails = tails.unwrap();
            assert_eq!((tails.start, tails.entries.len()), (512, whole));
            assert_eq!(tails.torn as usize, cut - ends[whole]);
        }
    }

    #[test]
    fn a_changed_bit_ends_it() {
        let mut bytes = header(0);
        bytes.extend(frame(b"one", &leaf_hash(b"one")));
        for at in header(0).len()..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            assert_eq!(read(&changed, None).unwrap().entries.len(), 0, "{at}");
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
            assert_eq!(start(first.as_bytes()), None, "{first}");
        }
        assert_eq!(start(&header(7)), Some(7));
    }

    #[test]
    fn next_goes_on_where_the_tail_is_full() {
        let (full, next) = (tail_of(256, 256), tail_of(512, 3));
        let cut = &next[..next.len() - 1];
        for (tail, next, count) in [
            (&full, None, 256),
            (&full, Some(header(512)), 256),
            (&full, Some(next.clone()), 259),
            (&full, Some(cut.to_vec()), 258),
        ] {
            let tails = read(tail, next.as_deref()).unwrap();
            assert_eq!((tails.start, tails.entries.len()), (256, count));
        }
        assert_eq!(read(&full, Some(cut)).unwrap().torn, 2 + 8 + 32 - 1);
    }

    #[test]
    fn behind_a_gap_nothing_is_of_the_prefix() {
        let (tail, next) = (tail_of(0, 255), tail_of(256, 3));
        let tails = read(&tail, Some(&next)).unwrap();
        assert_eq!(
            (tails.entries.len(), tails.torn as usize),
            (255, next.len() - header(256).len())
        );
        assert_eq!(read(&tail, Some(&header(256))).unwrap().torn, 0);
    }

    #[test]
    fn what_no_crash_leaves() {
        let full = tail_of(256, 256);
        for (file, tail, next) in [
            ("tail", tail_of(1, 0), None),
            ("tail", tail_of(256, 257), None),
            ("next", full.clone(), Some(header(256))),
            ("next", full.clone(), Some(header(0))),
            ("next", full.clone(), Some(header(768))),
            ("next", full.clone(), Some(tail_of(512, 257))),
            ("next", full, Some(Vec::new())),
        ] {
            assert_eq!(read(&tail, next.as_deref()).unwrap_err().file, file);
        }
    }
}
