//! E-mail addresses.

use super::{assert_canonical, assert_refused, reads};
use crate::table::Reading;

#[test]
fn one_address_is_read_in_lower_case() {
    assert_canonical(
        &Reading::Email,
        &["ann@acme.com", "a.b+c@x.y", "!#$%&'*/=?^_`{|}~-@x", "o'neil@x.org"],
    );
    assert_eq!(
        reads(&Reading::Email, "ALICE@EXAMPLE.COM").as_deref(),
        Ok("alice@example.com")
    );
}

#[test]
fn what_mail_programs_read_otherwise_is_refused() {
    let local = format!("{}@x.y", "a".repeat(65));
    let long = format!("a@{}", "b.".repeat(127) + "c");
    assert_refused(
        &Reading::Email,
        &[
            ("", "no `@`"),
            ("ann", "no `@`"),
            ("@acme.com", "empty or too long"),
            (&local, "empty or too long"),
            (&long, "longer than an address"),
            ("ann@", "empty"),
            ("alice@example.com@evil.com", "more than one `@`"),
            ("alice@example.com, mallory@evil.com", "more than one `@`"),
            ("alice@example.com,mallory", "cannot have"),
            ("\"alice@example.com\" <mallory@evil.com>", "more than one `@`"),
            ("Ann <ann@acme.com>", "in quotes only"),
            ("\"a b\"@acme.com", "in quotes only"),
            ("ann(comment)@acme.com", "in quotes only"),
            ("ann,bob@acme.com", "in quotes only"),
            ("ann@acme.com\r\nBcc: x", "cannot have"),
            ("ann\r\n@acme.com", "in quotes only"),
            (" ann@acme.com", "in quotes only"),
            ("ann@acme.com ", "cannot have"),
            (".ann@acme.com", "a dot at an end"),
            ("a..b@acme.com", "a dot at an end"),
            ("ann@acme.com.", "ends in a dot"),
            ("ann@[127.0.0.1]", "an address"),
            ("ann@127.0.0.1", "an address"),
            ("ann@127.1", "in a form"),
            ("änn@acme.com", "outside ASCII"),
            ("ann@\u{1d58c}mail.com", "outside ASCII"),
        ],
    );
}
