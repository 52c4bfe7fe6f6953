//! The name of a policy. It is shown to people, stands in every record and signature of evidence, and names a folder.

use crate::diagnostic::is_hidden;

/// What is wrong with it, if something is, in words that follow "the policy's name".
#[must_use]
pub fn fault(name: &str) -> Option<&'static str> {
    if name.chars().any(is_hidden) {
        Some("has characters that are not shown")
    } else if !name.chars().any(char::is_alphanumeric) {
        Some("has no letter or digit")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_people_can_read() {
        for name in ["acme/support", "p", "7", "mcppc demo", "\u{653f}\u{7b56}"] {
            assert_eq!(fault(name), None, "{name}");
        }
        for name in ["", "..", "/", " ", "-"] {
            assert_eq!(fault(name), Some("has no letter or digit"), "{name}");
        }
        for name in ["a\u{200b}b", "a\nb", "a\u{202e}b", "\u{feff}a"] {
            assert_eq!(fault(name), Some("has characters that are not shown"), "{name}");
        }
    }
}
