//! IP addresses.

use super::{assert_canonical, assert_refused, reads};
use crate::table::Reading;

#[test]
fn a_canonical_address_stays_as_it_is() {
    assert_canonical(
        &Reading::Ip,
        &[
            "127.0.0.1",
            "255.255.255.255",
            "0.0.0.0",
            "::",
            "::1",
            "2001:db8::1",
            "fe80::1",
            "1:0:0:2::3",
            "2002:a00::",
        ],
    );
}

#[test]
fn one_that_carries_an_ipv4_address_is_read_as_that() {
    assert_eq!(reads(&Reading::Ip, "::ffff:10.0.0.1").as_deref(), Ok("10.0.0.1"));
    assert_eq!(reads(&Reading::Ip, "64:ff9b::a00:1").as_deref(), Ok("10.0.0.1"));
    assert_eq!(reads(&Reading::Ip, "64:ff9b::").as_deref(), Ok("0.0.0.0"));
    assert_eq!(
        reads(&Reading::Ip, "64:ff9b:1::a00:1").as_deref(),
        Ok("64:ff9b:1::a00:1")
    );
}

#[test]
fn another_form_is_refused() {
    assert_refused(
        &Reading::Ip,
        &[
            ("", "empty"),
            (
                "0x7f.1",
                "`0x7f.1` is an IPv4 address in a form that not every reader takes",
            ),
            ("127.1", "in a form"),
            ("127.0.0.01", "in a form"),
            ("0127.0.0.1", "in a form"),
            ("2130706433", "in a form"),
            ("127.0.0.1.", "in a form"),
            ("::ffff:a00:1", "other than the one of RFC 5952"),
            ("64:ff9b::10.0.0.1", "other than the one of RFC 5952"),
            ("2001:DB8::1", "other than the one of RFC 5952"),
            ("2001:0db8::1", "other than the one of RFC 5952"),
            ("0:0:0:0:0:0:0:1", "other than the one of RFC 5952"),
            ("1:0:0:0:2::", "other than the one of RFC 5952"),
            ("1::2:3:4:5:6:7", "other than the one of RFC 5952"),
            ("fe80::1%eth0", "zone"),
            ("[::1]", "no IP address"),
            ("::1 ", "no IP address"),
            (":::", "no IP address"),
            ("10.0.0.0/8", "no IP address"),
            ("localhost", "no IP address"),
            ("\u{661}\u{662}", "no IP address"),
        ],
    );
}
