//! One line for every reader.
//!
//! The transport parts messages at `\n`. Many programs part lines elsewhere too: at a lone `\r` (Python's text streams,
//! Java, .NET), at U+2028 and U+2029 (Node's `readline`), at U+0085. What is one message here could be three there, and
//! the one in the middle would have passed undecided.

use std::borrow::Cow;

/// A message as it may be forwarded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OneLine<'m> {
    /// As it came, without a `\r` at its end.
    Same(&'m [u8]),
    /// The same JSON with the line separators in its strings escaped.
    Escaped(Vec<u8>),
    /// There is a `\r` within it. In JSON it can only be white space: nothing is lost where it is refused.
    CarriageReturn,
}

/// Line separators beyond ASCII, as UTF-8 has them, and the escapes that JSON strings have for them.
const SEPARATORS: [(&[u8], &[u8]); 3] = [
    ("\u{85}".as_bytes(), b"\\u0085"),
    ("\u{2028}".as_bytes(), b"\\u2028"),
    ("\u{2029}".as_bytes(), b"\\u2029"),
];

/// Makes one line of a message, whoever reads it. O(bytes).
#[must_use]
pub fn one_line(message: &[u8]) -> OneLine<'_> {
    let message = message.strip_suffix(b"\r").unwrap_or(message);
    if message.contains(&b'\r') {
        return OneLine::CarriageReturn;
    }
    match escaped(message) {
        Cow::Borrowed(same) => OneLine::Same(same),
        Cow::Owned(escaped) => OneLine::Escaped(escaped),
    }
}

/// Outside of strings none of these is JSON, nor behind a `\` that escapes it: the parser refuses the message then. Behind
/// such a `\` it stays as it is: `\` and `\u2028` together would be JSON, of another text.
fn escaped(message: &[u8]) -> Cow<'_, [u8]> {
    let separator = |at: usize| {
        let rest = message.get(at..).unwrap_or_default();
        SEPARATORS.iter().find(|(bytes, _)| rest.starts_with(bytes))
    };
    let is_lead = |byte: &u8| matches!(byte, 0xc2 | 0xe2);
    if !message
        .iter()
        .enumerate()
        .any(|(at, byte)| is_lead(byte) && separator(at).is_some())
    {
        return Cow::Borrowed(message);
    }
    let (mut out, mut at) = (Vec::with_capacity(message.len()), 0);
    let mut behind_backslash = false;
    while let Some(byte) = message.get(at) {
        let found = separator(at).filter(|_| is_lead(byte) && !behind_backslash);
        behind_backslash = *byte == b'\\' && !behind_backslash;
        match found {
            Some((bytes, escape)) => {
                out.extend_from_slice(escape);
                at += bytes.len();
            }
            None => {
                out.push(*byte);
                at += 1;
            }
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_carriage_return_is_at_the_end_or_nowhere() {
        assert_eq!(one_line(b"{}\r"), OneLine::Same(b"{}"));
        assert_eq!(one_line(b"{}"), OneLine::Same(b"{}"));
        for message in [&b"{\r}"[..], b"\r{}", b"{}\r\r"] {
            assert_eq!(one_line(message), OneLine::CarriageReturn);
        }
    }

    #[test]
    fn separators_in_strings_are_escaped_and_mean_the_same() {
        let message = "[\"a\u{2028}b\u{2029}c\u{85}d\u{e9}\u{2027}\"]";
        let OneLine::Escaped(escaped) = one_line(message.as_bytes()) else {
            panic!("it has separators")
        };
        assert_eq!(
            std::str::from_utf8(&escaped).unwrap(),
            "[\"a\\u2028b\\u2029c\\u0085d\u{e9}\u{2027}\"]"
        );
        let value = |text: &[u8]| serde_json::from_slice::<serde_json::Value>(text).unwrap();
        assert_eq!(value(&escaped), value(message.as_bytes()));
    }

    /// Found by fuzzing: `\` before U+2028 is no JSON, and the text `\u2028` was forwarded.
    #[test]
    fn what_was_no_json_is_none_afterwards() {
        let json = |message: &str| match one_line(message.as_bytes()) {
            OneLine::Escaped(line) => serde_json::from_slice::<serde_json::Value>(&line).ok(),
            other => panic!("{other:?}"),
        };
        assert_eq!(json("[\"a\\\u{2028}\"]"), None);
        assert_eq!(json("[\"a\\\\\u{2028}\"]"), Some(serde_json::json!(["a\\\u{2028}"])));
        assert_eq!(json("[\"a\\\\\\\u{85}\"]"), None);
    }
}
