//! Where tiles lie and what is in them: C2SP tlog-tiles, sections Merkle Tree and Log entries.

use super::tree::{Hash, TILE_WIDTH, Tile};

/// The most bytes of one entry: bundles give its length in 16 bits.
pub const MAX_ENTRY: usize = u16::MAX as usize;

impl Tile {
    /// Its path within the log.
    #[must_use]
    pub fn path(&self) -> String {
        hashes_path(self.level, self.index, self.hashes.len())
    }

    /// Its file: the hashes, one after the other.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.hashes.concat()
    }
}

/// The path of the hash tile `index` of `level` that is `width` hashes wide.
#[must_use]
pub fn hashes_path(level: usize, index: u64, width: usize) -> String {
    format!("tile/{level}/{}", number_path(index, width))
}

/// The path of the bundle `index` that holds `width` entries.
#[must_use]
pub fn entries_path(index: u64, width: usize) -> String {
    format!("tile/entries/{}", number_path(index, width))
}

/// `1234067` is `x001/x234/067`; a partial tile has its width after it.
fn number_path(index: u64, width: usize) -> String {
    let mut path = format!("{:03}", index % 1000);
    let mut rest = index / 1000;
    while rest > 0 {
        path = format!("x{:03}/{path}", rest % 1000);
        rest /= 1000;
    }
    if width < TILE_WIDTH {
        path.push_str(&format!(".p/{width}"));
    }
    path
}

/// The hashes of a full tile's file; `None` where it is not one.
#[must_use]
pub fn read_full_tile(bytes: &[u8]) -> Option<Vec<Hash>> {
    let (hashes, rest) = bytes.as_chunks();
    (hashes.len() == TILE_WIDTH && rest.is_empty()).then(|| hashes.to_vec())
}

/// Adds `entry` to a bundle. INVARIANT: at most `MAX_ENTRY` bytes; more is cut off and will not verify.
pub fn push_entry(bundle: &mut Vec<u8>, entry: &[u8]) {
    let length = u16::try_from(entry.len()).unwrap_or(u16::MAX);
    bundle.extend(length.to_be_bytes());
    bundle.extend(entry.iter().take(usize::from(length)));
}

/// Splits the first entry off a bundle; `None` at its end or where it is cut off.
#[must_use]
pub fn split_entry(bundle: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bundle.split_first_chunk()?;
    rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))
}

/// The entries of a bundle; `None` where the last is cut off.
#[must_use]
pub fn read_bundle(mut bundle: &[u8]) -> Option<Vec<&[u8]>> {
    let mut entries = Vec::new();
    while !bundle.is_empty() {
        let (entry, rest) = split_entry(bundle)?;
        entries.push(entry);
        bundle = rest;
    }
    Some(entries)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_those_of_the_specification() {
        assert_eq!(hashes_path(0, 1_234_067, 256), "tile/0/x001/x234/067");
        assert_eq!(hashes_path(1, 1, 17), "tile/1/001.p/17");
        assert_eq!(entries_path(0, 1), "tile/entries/000.p/1");
        assert_eq!(entries_path(1000, 256), "tile/entries/x001/000");
    }

    #[test]
    fn bundles_are_read_back_and_cuts_are_seen() {
        let mut bundle = Vec::new();
        for entry in [b"".as_slice(), b"a", &[7; MAX_ENTRY]] {
            push_entry(&mut bundle, entry);
        }
        assert_eq!(&bundle[..5], [0, 0, 0, 1, b'a']);
        assert_eq!(read_bundle(&bundle).unwrap().len(), 3);
        for cut in [1, 3, 4, 6, 100, bundle.len() - 1] {
            assert_eq!(read_bundle(&bundle[..cut]), None, "{cut}");
        }
    }
}
