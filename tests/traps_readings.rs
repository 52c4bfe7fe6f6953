//! Traps of readings: values that two programs take for two things, each with a policy and the call that would get through.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod common {
    #[allow(dead_code, reason = "it also holds what other tests need")]
    pub mod case;
}

use common::case::{decides, refused, tool};
use mcppc::eval::Reason;
use serde_json::{Value, json};

fn text(name: &str) -> Value {
    tool(json!({ name: { "type": "string" } }))
}

/// Each value of the parameter `v`, and what becomes of it.
#[track_caller]
fn reads(rules: &str, values: &[(&str, Reason)]) {
    for (value, reason) in values {
        let arguments = json!({ "v": value }).to_string();
        decides(&text("v"), rules, &[(&arguments, *reason)]);
    }
}

const AMBIGUOUS: Reason = Reason::AmbiguousValue;
const MISMATCH: Reason = Reason::PatternMismatch;

#[test]
fn a_url_is_where_every_reader_goes() {
    reads(
        r#"allow s.t { v: url("https://*.acme.com/v1/**") }"#,
        &[
            ("https://api.acme.com/v1/a", Reason::Allowed),
            ("https://api.acme.com@evil.com/v1/a", AMBIGUOUS),
            ("https://evil.com\\@api.acme.com/v1/a", AMBIGUOUS),
            ("https://evil.com#.acme.com/v1/a", AMBIGUOUS),
            ("https://evil.com/.acme.com/v1/a", MISMATCH),
            ("https://evil.com?x=.acme.com/v1/a", MISMATCH),
            ("https:/api.acme.com/v1/a", AMBIGUOUS),
            ("https:api.acme.com/v1/a", AMBIGUOUS),
            ("//api.acme.com/v1/a", AMBIGUOUS),
            ("HTTPS://api.acme.com/v1/a", AMBIGUOUS),
            ("http://api.acme.com/v1/a", AMBIGUOUS),
            ("https://api.acme.com:8443/v1/a", MISMATCH),
            ("https://api.acme.com:443/v1/a", AMBIGUOUS),
            ("https://evilacme.com/v1/a", MISMATCH),
            ("https://a.b.acme.com/v1/a", MISMATCH),
            ("https://api.acme.com./v1/a", AMBIGUOUS),
            ("https://api.acme.com/v1/../admin", AMBIGUOUS),
            ("https://api.acme.com/v1/%2e%2e/admin", AMBIGUOUS),
            ("https://api.acme.com/v1%2Fadmin", AMBIGUOUS),
            ("https://api.acme.com/v1/..;/admin", AMBIGUOUS),
            ("https://api.acme.com//v1/a", AMBIGUOUS),
            ("https://api.acme.com/v1/a?admin=1", MISMATCH),
            ("https://api.acme.com/v1/a\n", AMBIGUOUS),
            (" https://api.acme.com/v1/a", AMBIGUOUS),
            ("javascript:alert(1)", AMBIGUOUS),
        ],
    );
}

/// `!P` lets no malformed value in.
#[test]
fn what_cannot_be_read_is_not_outside_either() {
    reads(
        r#"allow s.t { v: url & !url("https://**.internal/**?**") }"#,
        &[
            ("https://acme.com/", Reason::Allowed),
            ("https://db.internal/", MISMATCH),
            ("https://db.internal:5432/", Reason::Allowed),
            ("https://DB.internal/", AMBIGUOUS),
            ("https://db.internal./", AMBIGUOUS),
            ("https://db\u{3002}internal/", AMBIGUOUS),
        ],
    );
}

#[test]
fn a_query_that_is_looked_into_has_each_parameter_once() {
    reads(
        r#"allow s.t { v: url { host: "acme.com", path: "/a", query: { page: regex("[0-9]+") } } }"#,
        &[
            ("https://acme.com/a?page=1", Reason::Allowed),
            ("https://acme.com/a?page=1&page=x", AMBIGUOUS),
            ("https://acme.com/a?page=1&p%61ge=x", AMBIGUOUS),
            ("https://acme.com/a?page=1;admin=1", AMBIGUOUS),
            ("https://acme.com/a?page=+1", AMBIGUOUS),
            ("https://acme.com/a?page=1&", AMBIGUOUS),
            ("https://acme.com/a?Page=1", MISMATCH),
            ("https://acme.com/a", MISMATCH),
        ],
    );
}

#[test]
fn an_address_is_one_whatever_it_is_written_as() {
    reads(
        r#"allow s.t { v: ip & !ip("10.0.0.0/8") & !ip("127.0.0.0/8") & !ip("::1") }"#,
        &[
            ("1.1.1.1", Reason::Allowed),
            ("10.1.2.3", MISMATCH),
            ("::ffff:10.1.2.3", MISMATCH),
            ("::ffff:a01:203", AMBIGUOUS),
            ("64:ff9b::a01:203", MISMATCH),
            ("::1", MISMATCH),
            ("0:0:0:0:0:0:0:1", AMBIGUOUS),
            ("127.1", AMBIGUOUS),
            ("0x7f.0.0.1", AMBIGUOUS),
            ("2130706433", AMBIGUOUS),
            ("010.1.2.3", AMBIGUOUS),
            ("fe80::1%eth0", AMBIGUOUS),
        ],
    );
}

#[test]
fn a_host_is_no_address_and_an_address_no_host() {
    reads(
        r#"allow s.t { v: host & !host("**.internal") }"#,
        &[
            ("acme.com", Reason::Allowed),
            ("db.internal", MISMATCH),
            ("internal", MISMATCH),
            ("DB.internal", AMBIGUOUS),
            ("db.internal.", AMBIGUOUS),
            ("127.0.0.1", AMBIGUOUS),
            ("127.1", AMBIGUOUS),
            ("0x7f.1", AMBIGUOUS),
            ("[::1]", AMBIGUOUS),
            ("db\u{3002}internal", AMBIGUOUS),
            ("xn--a", AMBIGUOUS),
        ],
    );
}

#[test]
fn a_mail_address_is_one_address() {
    reads(
        r#"allow s.t { v: email("*@acme.com") }"#,
        &[
            ("ann@acme.com", Reason::Allowed),
            ("ANN@ACME.COM", Reason::Allowed),
            ("ann@acme.com.evil.com", MISMATCH),
            ("ann@x.acme.com", MISMATCH),
            ("ann@evilacme.com", MISMATCH),
            ("ann@evil.com,x@acme.com", AMBIGUOUS),
            ("ann@evil.com x@acme.com", AMBIGUOUS),
            ("ann@acme.com\nBcc: x@evil.com", AMBIGUOUS),
            ("\"x@evil.com\"@acme.com", AMBIGUOUS),
            ("x@evil.com <ann@acme.com>", AMBIGUOUS),
            ("ann@evil.com@acme.com", AMBIGUOUS),
            ("ann@acme\u{ff0e}com", AMBIGUOUS),
        ],
    );
}

/// Times are instants, and a date is its beginning.
#[test]
fn a_time_is_an_instant() {
    reads(
        "allow s.t { v: datetime(2026-01-01..=2026-12-31) }",
        &[
            ("2026-01-01T00:00:00Z", Reason::Allowed),
            ("2026-01-01T00:59:59+01:00", MISMATCH),
            ("2025-12-31T23:30:00-01:00", Reason::Allowed),
            ("2026-12-31T00:00:00Z", Reason::Allowed),
            ("2026-12-31T00:00:00.000000001Z", MISMATCH),
            ("2026-06-01T00:00:60Z", AMBIGUOUS),
            ("2026-06-01 00:00:00Z", AMBIGUOUS),
            ("2026-06-01T00:00:00", AMBIGUOUS),
            ("2026-06-31T00:00:00Z", AMBIGUOUS),
        ],
    );
}

#[test]
fn a_name_of_windows_is_one_file() {
    reads(
        "server s { path windows: t.v }\nallow s.t { v: path(\"C:/work/**\") & !path(\"**/secret\") }",
        &[
            (r"C:\work\a", Reason::Allowed),
            (r"c:\Work\A", Reason::Allowed),
            (r"C:\work\SECRET", MISMATCH),
            (r"C:\work\secret.", AMBIGUOUS),
            (r"C:\work\secret ", AMBIGUOUS),
            (r"C:\work\secret:x", AMBIGUOUS),
            (r"C:\work\SECRET~1", AMBIGUOUS),
            (r"C:\work/..\x", AMBIGUOUS),
            (r"C:work\a", AMBIGUOUS),
            (r"\\?\C:\work\a", AMBIGUOUS),
            (r"\\host\share\a", AMBIGUOUS),
            (r"C:\work\NUL", AMBIGUOUS),
            (r"C:\work\aux.txt", AMBIGUOUS),
        ],
    );
}

/// A pattern in plain quotes is one value, so nothing else is prohibited.
#[test]
fn a_star_in_plain_quotes_is_said() {
    let case = common::case::Case::new(
        &text("path"),
        "server s { path: t.path }\ndeny s.t { path?: \"/etc/*\" }",
    );
    assert_eq!(case.codes(), ["L0017"]);
}

/// A slot is read in one way, for all rules.
#[test]
fn a_slot_has_one_reading() {
    refused(
        &text("v"),
        "allow s.t { v: url }\ndeny s.t { v: host(\"evil.com\") }",
        "E0140",
    );
    refused(&text("v"), "allow s.t { v: email }\nallow s.t { v: ip }", "E0140");
}
