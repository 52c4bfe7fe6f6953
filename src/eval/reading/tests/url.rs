//! URLs.

use super::{assert_canonical, assert_refused, reads};
use crate::eval::reading::url::{Parts, parts};
use crate::table::{Reading, UrlReading};

fn https() -> Reading {
    Reading::Url(UrlReading::default())
}

fn with(schemes: &[&str], change: impl FnOnce(&mut UrlReading)) -> Reading {
    let mut url = UrlReading {
        schemes: schemes.iter().map(|&scheme| scheme.to_owned()).collect(),
        ..UrlReading::default()
    };
    change(&mut url);
    Reading::Url(url)
}

#[test]
fn a_canonical_url_stays_as_it_is() {
    assert_canonical(
        &https(),
        &[
            "https://api.example.com",
            "https://api.example.com/v1/items?id=1",
            "https://api.example.com:8443/a",
            "https://api.example.com/%E2%82%AC",
            "https://127.0.0.1/x",
            "https://[2001:db8::1]:444/x",
            "https://h/a.b/..c/...?q=a+b;c&d=%2F%25",
            "https://h/@scope/a:b,c=(d)*!$&'",
            "https://h?x",
        ],
    );
}

#[test]
fn a_slash_at_the_end_of_the_path_says_nothing() {
    for (value, read) in [
        ("https://h/", "https://h"),
        ("https://h/v1/", "https://h/v1"),
        ("https://h/?q=/", "https://h?q=/"),
        ("https://h/v1/?q=1", "https://h/v1?q=1"),
    ] {
        assert_eq!(reads(&https(), value).as_deref(), Ok(read), "{value}");
    }
}

#[test]
fn its_parts_can_be_asked_for() {
    let found = parts("https://[::1]:8443/a/b?x=1#y").unwrap();
    let wanted = Parts {
        scheme: "https",
        host: "[::1]",
        port: Some("8443"),
        path: "/a/b",
        query: Some("x=1"),
        fragment: Some("y"),
    };
    assert_eq!(found, wanted);
    assert_eq!(
        parts("https://h").map(|found| (found.host, found.path, found.query)),
        Some(("h", "", None))
    );
}

#[test]
fn a_host_that_carries_an_ipv4_address_is_read_as_that() {
    for value in ["https://[::ffff:a9fe:a9fe]/x", "https://[64:ff9b::a9fe:a9fe]/x"] {
        assert_eq!(reads(&https(), value).as_deref(), Ok("https://169.254.169.254/x"));
    }
}

#[test]
fn a_url_with_another_reading_is_refused() {
    assert_refused(
        &https(),
        &[
            ("", "does not begin with a scheme"),
            ("api.example.com", "does not begin with a scheme"),
            ("//api.example.com/", "does not begin with a scheme"),
            ("https:api.example.com", "does not begin with a scheme"),
            ("https:/api.example.com", "does not begin with a scheme"),
            ("data:text/plain,hi", "does not begin with a scheme"),
            ("--upload-pack=touch /tmp/pwn", "white space"),
            ("http://api.example.com/", "`http` is no scheme that this slot takes"),
            ("file:///etc/passwd", "no scheme that this slot takes"),
            ("HTTPS://api.example.com/", "in upper case"),
            ("https:///x", "has no host"),
            ("https://", "has no host"),
            ("https://:443/", "has no host"),
            ("https://api.example.com:443@evil.com/", "names a user"),
            ("https://@h/", "names a user"),
            ("https://h@x?y", "names a user"),
            ("https://API.example.com/", "upper-case"),
            ("https://api.example.com./", "ends in a dot"),
            ("https://127.0.0.1./", "ends in a dot"),
            ("https://a_b.example.com/", "cannot have"),
            ("https://api.example.com%00.evil.com/", "cannot have"),
            ("https://api.example.com%40evil.com/", "cannot have"),
            ("https://api.example.com\u{3002}evil.com/", "outside ASCII"),
            ("https://api.example.com\n.evil.com/", "tab or line break"),
            ("https://evil.com\\.api.example.com/", "backslash"),
            ("https://h /", "white space"),
            (" https://h/", "white space"),
            ("https://h/\u{1}", "control character"),
            (
                "https://0x7f.1/",
                "`0x7f.1` is an IPv4 address in a form that not every reader takes",
            ),
            ("https://0251.0376.0251.0376/", "in a form"),
            ("https://2130706433/", "in a form"),
            ("https://169.254.43518/", "in a form"),
            ("https://[::ffff:10.0.0.1]/", "other than the one"),
            ("https://[fe80::1%25eth0]/", "zone"),
            ("https://[::1/", "no IP address"),
            ("https://::1/", "no host"),
            ("https://h::1/", "no port"),
            ("https://[::1]x/", "no IP address"),
            ("https://h:443/", "the scheme's own port"),
            ("https://h:0443/", "zeros before it"),
            ("https://h:/", "no port"),
            ("https://h:0/", "no port"),
            ("https://h:65536/", "no port"),
            ("https://h:+80/", "no port"),
            ("https://h//", "empty segment"),
            ("https://h//x", "empty segment"),
            ("https://h/a//b", "empty segment"),
            ("https://h/a//", "empty segment"),
            ("https://h/a/../b", "`.` or `..`"),
            ("https://h/a/..", "`.` or `..`"),
            ("https://h/./b", "`.` or `..`"),
            ("https://h/v1/%2e%2e/admin", "in lower case"),
            ("https://h/v1/%2E%2E/admin", "some readers decode first"),
            ("https://h/a%2Fb", "some readers decode first"),
            ("https://h/a%5Cb", "some readers decode first"),
            ("https://h/a%252e", "some readers decode first"),
            ("https://h/a%41", "some readers decode first"),
            ("https://h/a%3Bb", "some readers decode first"),
            ("https://h/a%00", "encoded control character"),
            ("https://h/a%0D%0Ab", "encoded control character"),
            ("https://h/a%C0%AF", "no UTF-8"),
            ("https://h/a%E2%82", "no UTF-8"),
            ("https://h/a%ED%A0%80", "no UTF-8"),
            ("https://h/a%e2%82%ac", "in lower case"),
            ("https://h/a%", "without two digits"),
            ("https://h/a%2", "without two digits"),
            ("https://h/a%GG", "without two digits"),
            ("https://h/a;v=1/b", "`;` begins parameters"),
            ("https://h/a|b", "must be percent-encoded"),
            ("https://h/a\"b", "must be percent-encoded"),
            ("https://h/a[b]", "must be percent-encoded"),
            ("https://h/?", "nothing follows its `?`"),
            ("https://h/?a='b'", "must be percent-encoded"),
            ("https://h/?a%00", "encoded control character"),
            ("https://h/?%41", "some readers decode first"),
            ("https://h/#", "nothing follows its `#`"),
            ("https://h/#x", "has a fragment"),
            ("https://evil.com#@api.example.com/", "has a fragment"),
        ],
    );
}

#[test]
fn a_slot_says_which_schemes_it_takes() {
    let reading = with(&["https", "http", "ws", "git"], |_| {});
    assert_canonical(
        &reading,
        &["http://h/x", "ws://h", "git://h:9418/x", "http://h:443", "git://h:443"],
    );
    assert_refused(
        &reading,
        &[
            ("http://h:80/", "own port"),
            ("ws://h:80", "own port"),
            ("git://0x7f.1/x", "in a form"),
            ("git://H/x", "upper-case"),
            ("ftp://h/", "no scheme that this slot takes"),
        ],
    );
}

#[test]
fn a_scheme_may_be_left_out_where_the_slot_says_so() {
    let reading = with(&["https", "http"], |url| url.default_scheme = Some("https".to_owned()));
    for (value, read) in [
        ("www.example.com", "https://www.example.com"),
        ("example.com/a?u=http://x", "https://example.com/a?u=http://x"),
        (
            "https.example.com/a?u=http://x",
            "https://https.example.com/a?u=http://x",
        ),
        ("http://example.com", "http://example.com"),
        ("http/", "https://http"),
    ] {
        assert_eq!(reads(&reading, value).as_deref(), Ok(read), "{value}");
    }
    assert_refused(
        &reading,
        &[
            ("", "no host"),
            ("//example.com", "no host"),
            ("/x", "no host"),
            ("localhost:3000/x", "take for a scheme"),
            ("javascript:alert(1)", "take for a scheme"),
            ("user@host", "names a user"),
            ("user@host://x", "take for a scheme"),
            ("file:///x", "no scheme that this slot takes"),
        ],
    );
}

#[test]
fn a_query_that_a_rule_looks_into_has_one_reading() {
    let reading = with(&["https"], |url| url.inspected = true);
    assert_canonical(
        &reading,
        &[
            "https://h?a=1&b=2",
            "https://h?a",
            "https://h?a=&b==",
            "https://h?%40=1",
        ],
    );
    assert_refused(
        &reading,
        &[
            ("https://h?a=1&a=2", "`a` stands twice"),
            ("https://h?a&a=", "`a` stands twice"),
            ("https://h?@=1&%40=2", "`%40` stands twice"),
            ("https://h?a=x+y", "`+` and `;`"),
            ("https://h?a=1;b=2", "`+` and `;`"),
            ("https://h?a=1&&b=2", "without a name"),
            ("https://h?&", "without a name"),
            ("https://h?=1", "without a name"),
            (&format!("https://h?{}", "a&".repeat(65)), "more parameters"),
        ],
    );
}

#[test]
fn a_fragment_is_taken_where_a_rule_names_it() {
    let reading = with(&["https"], |url| url.fragment = true);
    assert_canonical(&reading, &["https://h#x", "https://h/a?b#c/d?e"]);
    assert_refused(
        &reading,
        &[
            ("https://h#a#b", "must be percent-encoded"),
            ("https://h/#", "nothing follows"),
        ],
    );
}

#[test]
fn a_file_url_is_also_a_path() {
    let reading = with(&["file"], |_| {});
    assert_canonical(&reading, &["file:///etc/passwd", "file:///a%20b"]);
    assert_eq!(reads(&reading, "file:///").as_deref(), Ok("file://"));
    assert_eq!(reads(&reading, "file:///a/").as_deref(), Ok("file:///a"));
    assert_refused(
        &reading,
        &[
            ("file://host/x", "on another host"),
            ("file://localhost/x", "on another host"),
            ("file://", "empty"),
            ("file:///~/x", "begins with `~`"),
            ("file:///$HOME", "`$`"),
            ("file:///a/%20b", "white space"),
            ("file:///a/../b", "`.` or `..`"),
            ("file:////a", "empty segment"),
            ("file:/a", "does not begin with a scheme"),
        ],
    );
}

#[test]
fn a_resource_may_have_any_word_for_an_authority() {
    let reading = with(&["https", "memo"], |url| url.resource = true);
    assert_canonical(
        &reading,
        &["memo://1/x", "memo://insights", "memo://a_b..c-", "https://h"],
    );
    assert_refused(
        &reading,
        &[
            ("memo:///x", "no host"),
            ("memo://A/x", "upper-case"),
            ("https://1/x", "in a form"),
        ],
    );
}
