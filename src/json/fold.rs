//! Keys that differ only by case, or by how their accents are written.

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization;

/// A form in which two keys are equal if they are equal under Unicode simple case folding (CaseFolding.txt, statuses C
/// and S), or canonically equivalent, as `é` in one character and in two: strings of some languages are equal then. A
/// few more are equal too, such as `ı` and `i`: what is to be told apart by people and programs alike should not hang
/// on them. It is for comparing, not for showing. O(bytes).
#[must_use]
pub fn fold(key: &str) -> Cow<'_, str> {
    if key.bytes().all(|b| b.is_ascii() && !b.is_ascii_uppercase()) {
        return Cow::Borrowed(key);
    }
    Cow::Owned(folded(key).collect())
}

/// Are two keys equal but for case and accents' form? The same as comparing their folded forms, without making them.
#[must_use]
pub fn same_but_for_case(a: &str, b: &str) -> bool {
    // Two ASCII letters fold together exactly when they differ by ASCII case.
    if a.is_ascii() && b.is_ascii() {
        a.eq_ignore_ascii_case(b)
    } else {
        folded(a).eq(folded(b))
    }
}

/// The characters of the folded form.
pub(crate) fn folded(key: &str) -> impl Iterator<Item = char> {
    key.nfd().map(fold_char)
}

/// Up and down again: `K`, `k` and the Kelvin sign meet in `k`, `ſ` and `s` in `s`, `ς` and `σ` in `σ`.
fn fold_char(c: char) -> char {
    match c {
        c if c.is_ascii() => c.to_ascii_lowercase(),
        // Three pairs whose upper case is not one character.
        '\u{1fd3}' => '\u{390}',
        '\u{1fe3}' => '\u{3b0}',
        '\u{fb06}' => '\u{fb05}',
        c => {
            let upper = single(c, c.to_uppercase());
            single(upper, upper.to_lowercase())
        }
    }
}

/// The mapping of a character, where it is one character.
fn single(c: char, mut mapped: impl Iterator<Item = char>) -> char {
    match (mapped.next(), mapped.next()) {
        (Some(only), None) => only,
        _ => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use regex_syntax::hir::{ClassUnicode, ClassUnicodeRange};

    #[test]
    fn letters_that_differ_by_case_fold_together() {
        for (a, b) in [
            ("path", "PATH"),
            ("path", "Path"),
            ("task", "tas\u{212a}"),
            ("file\u{17f}", "FILES"),
            ("é", "É"),
            ("σ", "ς"),
            ("ß", "ẞ"),
            ("é", "e\u{301}"),
            ("É", "e\u{301}"),
            ("ệ", "e\u{302}\u{323}"),
        ] {
            assert_eq!(fold(a), fold(b), "{a} {b}");
            assert!(same_but_for_case(a, b), "{a} {b}");
        }
    }

    #[test]
    fn other_letters_do_not() {
        for (a, b) in [("path", "paths"), ("e", "é"), ("ß", "ss"), ("a", "а")] {
            assert_ne!(fold(a), fold(b), "{a} {b}");
            assert!(!same_but_for_case(a, b), "{a} {b}");
        }
    }

    #[test]
    fn whatever_unicode_folds_together_is_together_here() {
        for c in '\u{80}'..=char::MAX {
            let mut class = ClassUnicode::new([ClassUnicodeRange::new(c, c)]);
            class.try_case_fold_simple().unwrap();
            for other in class.iter().flat_map(|range| range.start()..=range.end()) {
                assert_eq!(fold_char(c), fold_char(other), "{c} {other}");
            }
        }
    }
}
