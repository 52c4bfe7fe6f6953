//! Bytes looked at eight at a time.

const ONES: u64 = u64::from_le_bytes([0x01; 8]);
const HIGH: u64 = u64::from_le_bytes([0x80; 8]);

/// How many bytes come before the first quote, backslash or control character (RFC 8259 section 7), or the end.
#[inline]
pub fn plain_length(bytes: &[u8]) -> usize {
    let (words, rest) = bytes.as_chunks::<8>();
    let mut length = 0;
    for word in words {
        let stops = stops(u64::from_le_bytes(*word));
        if stops != 0 {
            // The first byte of the text is the lowest of the word.
            return length + (stops.trailing_zeros() / 8) as usize;
        }
        length += 8;
    }
    let is_stop = |byte: &u8| matches!(byte, 0..=0x1f | b'"' | b'\\');
    length + rest.iter().position(is_stop).unwrap_or(rest.len())
}

/// The high bit of each byte at which a plain run ends. Bits above the lowest may be wrong: a borrow runs upwards.
#[inline]
fn stops(word: u64) -> u64 {
    let quotes = word ^ (ONES * b'"' as u64);
    let backslashes = word ^ (ONES * b'\\' as u64);
    let below = |word: u64, limit: u64| word.wrapping_sub(ONES * limit) & !word & HIGH;
    below(quotes, 1) | below(backslashes, 1) | below(word, 0x20)
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
                    assert_eq!(plain_length(&text), if stops { at } else { 20 }, "{byte} at {at}");
                }
            }
        }
        assert_eq!(plain_length(b""), 0);
        assert_eq!(plain_length(b"\"\"\"\"\"\"\"\"\""), 0);
    }
}
