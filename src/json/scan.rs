//! Bytes looked at eight at a time: the first is the lowest of a word.

const ONES: u64 = u64::from_le_bytes([0x01; 8]);
const HIGH: u64 = u64::from_le_bytes([0x80; 8]);
const QUOTES: u64 = u64::from_le_bytes([b'"'; 8]);
const BACKSLASHES: u64 = u64::from_le_bytes([b'\\'; 8]);
const DELETES: u64 = u64::from_le_bytes([0x7f; 8]);
/// Eight spaces, the least of printable ASCII.
pub const SPACES: u64 = u64::from_le_bytes([b' '; 8]);

/// The eight bytes from `at` on; `None` where fewer are left.
#[inline]
pub fn word_at(bytes: &[u8], at: usize) -> Option<u64> {
    let word = bytes.get(at..)?.first_chunk()?;
    Some(u64::from_le_bytes(*word))
}

/// Where the first quote, backslash or control character is (RFC 8259 section 7), from `at` on; or the end.
#[inline]
pub fn plain_end(bytes: &[u8], mut at: usize) -> usize {
    while let Some(word) = word_at(bytes, at) {
        if let Some(length) = plain_length(word) {
            return at + length;
        }
        at += 8;
    }
    plain_end_bytewise(bytes, at)
}

/// The same near the end of the text.
#[cold]
fn plain_end_bytewise(bytes: &[u8], at: usize) -> usize {
    let is_stop = |byte: &u8| matches!(byte, 0..=0x1f | b'"' | b'\\');
    let rest = bytes.get(at..).unwrap_or_default();
    at + rest.iter().position(is_stop).unwrap_or(rest.len())
}

/// How many bytes of a word come before a quote, backslash or control character; `None` if there is none of them.
#[inline]
pub fn plain_length(word: u64) -> Option<usize> {
    let quotes = (word ^ QUOTES).wrapping_sub(ONES);
    let backslashes = (word ^ BACKSLASHES).wrapping_sub(ONES);
    let controls = word.wrapping_sub(SPACES);
    // A byte of ASCII has its high bit set now if it was less than what was taken off, or one below it was.
    let stops = (quotes | backslashes | controls) & !word & HIGH;
    (stops != 0).then(|| (stops.trailing_zeros() / 8) as usize)
}

/// The high bit of each byte that is no printable ASCII, if there is one: then also others may be set.
#[inline]
pub fn odd_bytes(word: u64) -> u64 {
    let controls = word.wrapping_sub(SPACES);
    let deletes = (word ^ DELETES).wrapping_sub(ONES);
    (controls | deletes | word) & HIGH
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_is_told_at_every_place() {
        for byte in 0..=u8::MAX {
            for at in 0..20 {
                for other in [b'a', 0x80, 0xff, 0x21, 0x7f] {
                    let mut text = [other; 20];
                    text[at] = byte;
                    let stops = matches!(byte, 0..=0x1f | b'"' | b'\\');
                    for start in 0..=at {
                        assert_eq!(plain_end(&text, start), if stops { at } else { 20 }, "{byte} at {at}");
                    }
                }
            }
        }
        for byte in 0..=u8::MAX {
            for at in 0..8 {
                let mut text = [b'~'; 8];
                text[at] = byte;
                let is_odd = odd_bytes(u64::from_le_bytes(text)) != 0;
                assert_eq!(is_odd, !matches!(byte, b' '..=b'~'), "{byte} at {at}");
            }
        }
        assert_eq!(plain_end(b"", 0), 0);
        assert_eq!(plain_end(b"\"\"\"\"\"\"\"\"\"", 2), 2);
    }
}
