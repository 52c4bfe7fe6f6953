//! The codes of all diagnostics, wherever they are declared, and those of `mcppc test`.

use crate::check;
use crate::diagnostic::{Code, codes, nearest};
use crate::syntax;

codes! {
    TEST = "T0001", "a call is not decided as its test expects",
        "`mcppc test` makes the calls of each `test` block and compares the decisions with the words `allow` and `deny` before them. \
         Either the rules or the test are not what was meant; the label says which rule or which reason decided.";
    PATTERN_TEST = "T0002", "a pattern does not hold what its test expects",
        "`matches NAME VALUE` says that the value is in the pattern, and `rejects NAME VALUE` that it is not. A value that has no one \
         reading is in no pattern.";
}

/// Every code that the program may show, in the order of `docs/errors.md`.
pub fn all() -> impl Iterator<Item = &'static Code> {
    syntax::codes::TABLE.iter().chain(check::codes::TABLE).chain(TABLE)
}

/// The entry of a code.
#[must_use]
pub fn find(code: &str) -> Option<&'static Code> {
    all().find(|entry| entry.code == code)
}

/// Is it written as codes are, `E0123`? In small letters it is meant as one, too.
#[must_use]
pub fn is_code(text: &str) -> bool {
    let digits = text.strip_prefix(['E', 'L', 'T', 'e', 'l', 't']);
    digits.is_some_and(|digits| digits.len() == 4 && digits.bytes().all(|digit| digit.is_ascii_digit()))
}

/// The code that is meant by one that does not exist.
#[must_use]
pub fn near(code: &str) -> Option<&'static str> {
    nearest(code, all().map(|entry| entry.code))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_code_means_two_things() {
        let codes: Vec<&str> = all().map(|entry| entry.code).collect();
        assert_eq!(codes.iter().collect::<BTreeSet<_>>().len(), codes.len());
        assert!(codes.iter().all(|code| is_code(code)));
    }

    #[test]
    fn codes_are_told_from_files() {
        for (text, wanted) in [
            ("E0120", true),
            ("l0001", true),
            ("E012", false),
            ("E01200", false),
            ("X0001", false),
        ] {
            assert_eq!(is_code(text), wanted, "{text}");
        }
        for text in ["policy.mcpp", "E0120.mcpp", "", "É0001"] {
            assert!(!is_code(text), "{text}");
        }
        assert!(near("E0199").is_some_and(|near| near.starts_with("E01")));
        assert_eq!(near("L9999"), None);
    }
}
