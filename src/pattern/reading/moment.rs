//! `datetime(A..=B)`: times by their canonical texts, which are in the order of the times.

use super::escaped;

/// Where a fraction begins: `2026-12-01T10:00:00.5`.
const FRACTION: usize = 19;

/// The regular expression of the texts that are not before this one.
#[must_use]
pub fn not_before(text: &str) -> String {
    let later = differing(text, |digit| (digit < '9').then(|| format!("[{}-9]", next(digit, 1))));
    format!("{later}{}.*", literal(text))
}

/// The regular expression of the texts that are not after this one.
#[must_use]
pub fn not_after(text: &str) -> String {
    let earlier = differing(text, |digit| (digit > '0').then(|| format!("[0-{}]", next(digit, -1))));
    // Without a fraction, or with the beginning of it, a time is earlier.
    let ends = (FRACTION..text.len()).filter(|end| *end != FRACTION + 1);
    let shorter: String = ends
        .filter_map(|end| text.get(..end))
        .map(|start| format!("{}|", literal(start)))
        .collect();
    format!("{earlier}{shorter}{}", literal(text))
}

/// The texts that first differ from this one at some digit, in a way that `class` says; each with `|` after it.
fn differing(text: &str, class: impl Fn(char) -> Option<String>) -> String {
    text.char_indices()
        .filter(|(_, c)| c.is_ascii_digit())
        .filter_map(|(at, digit)| Some(format!("{}{}.*|", literal(text.get(..at)?), class(digit)?)))
        .collect()
}

fn literal(text: &str) -> String {
    text.chars().map(escaped).collect()
}

fn next(digit: char, by: i32) -> char {
    let number = digit.to_digit(10).and_then(|n| n.checked_add_signed(by));
    number.and_then(|n| char::from_digit(n, 10)).unwrap_or(digit)
}
