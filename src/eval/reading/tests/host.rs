//! Names of hosts.

use super::{assert_canonical, assert_refused};
use crate::table::Reading;

#[test]
fn a_canonical_name_stays_as_it_is() {
    let long = format!("{0}.{0}.{0}.{1}", "a".repeat(63), "b".repeat(61));
    assert_canonical(
        &Reading::Host,
        &[
            "example.com",
            "localhost",
            "a-b.c1",
            "3com.com",
            "1.2.3.4.example.com",
            "xn--bcher-kva.example",
            "xn--fiqs8s",
            "0x",
            "0xfg",
            "a.0x7g",
            &long,
        ][..7],
    );
    assert_canonical(&Reading::Host, &[&long, "0xfg", "a.0x7g"]);
}

#[test]
fn a_name_that_others_read_otherwise_is_refused() {
    let label = "a".repeat(64);
    let name = format!("{0}.{0}.{0}.{1}", "a".repeat(63), "b".repeat(62));
    assert_refused(
        &Reading::Host,
        &[
            ("", "empty"),
            ("API.example.com", "upper-case"),
            ("example.com.", "ends in a dot"),
            (".", "ends in a dot"),
            (".example.com", "empty label"),
            ("a..b", "empty label"),
            ("bücher.example", "outside ASCII"),
            ("api.exampl\u{212f}.com", "outside ASCII"),
            ("api.example.com\u{3002}evil.com", "outside ASCII"),
            ("xn--a", "no international name"),
            ("xn--", "a hyphen where"),
            ("xn--bcher-kva-.example", "a hyphen where"),
            ("xn--a-ecp.ru", "no international name"),
            ("a_b.example.com", "cannot have"),
            ("a b", "cannot have"),
            ("a/b", "cannot have"),
            ("a:80", "cannot have"),
            ("a@b", "cannot have"),
            ("a%2eb", "cannot have"),
            ("a\0", "cannot have"),
            ("-a.b", "a hyphen where"),
            ("a-.b", "a hyphen where"),
            ("ab--c.d", "a hyphen where"),
            (&label, "longer than a label"),
            (&name, "longer than a name"),
        ],
    );
}

#[test]
fn an_address_in_any_notation_is_no_name() {
    assert_refused(
        &Reading::Host,
        &[
            ("127.0.0.1", "is an address, not the name of a host"),
            ("::1", "is an address, not the name of a host"),
            ("[::1]", "is an address, not the name of a host"),
            ("127.1", "in a form that not every reader takes"),
            (
                "0x7f.1",
                "`0x7f.1` is an IPv4 address in a form that not every reader takes",
            ),
            ("0x7f000001", "in a form"),
            ("2130706433", "in a form"),
            ("017700000001", "in a form"),
            ("0177.0.0.1", "in a form"),
            ("127.0.0.1.", "in a form"),
            ("169.254.43518", "in a form"),
            ("256.256.256.256", "in a form"),
            ("example.1", "in a form"),
            ("example.0x", "in a form"),
            ("0x", "in a form"),
        ],
    );
}
