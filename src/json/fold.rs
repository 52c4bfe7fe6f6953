//! Unicode simple case folding of keys.

use std::borrow::Cow;

use regex_syntax::hir::{ClassUnicode, ClassUnicodeRange};

/// A form in which two keys are equal exactly when they are equal under Unicode simple case folding (UAX #44,
/// `scf`). It is the least member of each character's folding class, not the folding itself: for comparing, not for
/// showing.
#[must_use]
pub fn fold(key: &str) -> Cow<'_, str> {
    if key.bytes().all(|b| b.is_ascii() && !b.is_ascii_alphabetic()) {
        return Cow::Borrowed(key);
    }
    Cow::Owned(key.chars().map(fold_char).collect())
}

/// Are two keys equal but for case? The same as comparing their folded forms, without making them.
#[must_use]
pub fn same_but_for_case(a: &str, b: &str) -> bool {
    // Two ASCII letters fold together exactly when they differ by ASCII case.
    if a.is_ascii() && b.is_ascii() {
        a.eq_ignore_ascii_case(b)
    } else {
        fold(a) == fold(b)
    }
}

/// ASCII letters are folded by the table too: `k` has a sibling outside ASCII (the Kelvin sign), and so has `s`.
fn fold_char(c: char) -> char {
    match c {
        'a'..='z' => c.to_ascii_uppercase(),
        '\0'..='\x7f' => c,
        _ => {
            let mut class = ClassUnicode::new([ClassUnicodeRange::new(c, c)]);
            // Fails only where the tables were left out of the build; then nothing is folded.
            if class.try_case_fold_simple().is_err() {
                return c;
            }
            class.ranges().first().map_or(c, ClassUnicodeRange::start)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_that_differ_by_case_fold_together() {
        for (a, b) in [
            ("path", "PATH"),
            ("path", "Path"),
            ("task", "tas\u{212a}"),
            ("file\u{17f}", "FILES"),
            ("é", "É"),
            ("σ", "ς"),
        ] {
            assert_eq!(fold(a), fold(b), "{a} {b}");
            assert!(same_but_for_case(a, b), "{a} {b}");
        }
    }

    #[test]
    fn other_letters_do_not() {
        for (a, b) in [("path", "paths"), ("e", "é"), ("ß", "ss"), ("i", "ı"), ("a", "а")] {
            assert_ne!(fold(a), fold(b), "{a} {b}");
            assert!(!same_but_for_case(a, b), "{a} {b}");
        }
    }
}
