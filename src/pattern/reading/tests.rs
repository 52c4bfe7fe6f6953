//! What patterns of readings hold, over canonical forms.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use proptest::prelude::*;

use super::*;
use crate::pattern::{At, Automaton, Datum, Field, Pattern, PatternKind};

fn holds(regex: &str, text: &str) -> bool {
    Automaton::new(regex).unwrap().accepts(text)
}

fn table(parse: impl Fn(&str) -> String, cases: &[(&str, &[&str], &[&str])]) {
    for (pattern, inside, outside) in cases {
        let regex = parse(pattern);
        for text in *inside {
            assert!(holds(&regex, text), "{pattern} does not hold {text}: {regex}");
        }
        for text in *outside {
            assert!(!holds(&regex, text), "{pattern} holds {text}: {regex}");
        }
    }
}

/// The expression and the text of each pattern can be had from each other.
fn table_of(kind: ReadingKind, parse: impl Fn(&str) -> String, cases: &[(&str, &[&str], &[&str])]) {
    table(&parse, cases);
    for (pattern, ..) in cases {
        let regex = parse(pattern);
        let regex = if regex.starts_with("(?s-u)") {
            regex
        } else {
            format!("(?s-u){regex}")
        };
        let again = written(kind, &regex).unwrap_or_else(|| panic!("{pattern}: {regex}"));
        assert_eq!(parse(&again), parse(pattern), "{pattern} {again}");
    }
}

#[test]
fn stars_stay_within_a_label() {
    table_of(
        ReadingKind::Host,
        |text| HostPattern::parse(&[(text, false)]).unwrap().regex(),
        &[
            ("acme.com", &["acme.com"], &["x.acme.com", "acmexcom", "acme.co"]),
            (
                "*.acme.com",
                &["x.acme.com"],
                &["acme.com", "x.y.acme.com", "evilacme.com", "x.acme.com.evil"],
            ),
            (
                "**.acme.com",
                &["acme.com", "x.acme.com", "x.y.acme.com"],
                &["evilacme.com", "acme.com.x"],
            ),
            ("a.**.b", &["a.b", "a.x.b", "a.x.y.b"], &["axb", "a.xb"]),
            ("a.**", &["a", "a.b", "a.b.c"], &["ab"]),
            ("a.**.**", &["a", "a.b", "a.b.c"], &["ab"]),
            ("**.**.a", &["a", "b.a"], &["ba"]),
            ("*", &["localhost"], &["a.b"]),
            ("**", &["localhost", "a.b.c"], &[]),
            (
                "api-*.acme.*",
                &["api-1.acme.com", "api-.acme.org"],
                &["api-1.x.acme.com", "api.acme.com"],
            ),
        ],
    );
}

#[test]
fn what_lints_ask_of_a_host_is_kept() {
    let host = |text| HostPattern::parse(&[(text, false)]).unwrap();
    for (text, bare, no_dot) in [
        ("*", true, false),
        ("**", true, false),
        ("*.com", false, false),
        ("*acme.com", false, true),
        ("a*.com", false, false),
        ("**.com", false, false),
    ] {
        assert_eq!(
            (host(text).is_bare_star(), host(text).has_suffix_without_dot()),
            (bare, no_dot),
            "{text}"
        );
    }
    assert_eq!(host("*.a*.**").example(), "x.ax.x");
}

#[test]
fn a_host_that_might_be_an_address_is_refused() {
    for text in ["10.*", "10.0.**", "*.0.0.*"] {
        let error = HostPattern::parse(&[(text, false)]).unwrap_err();
        assert!(error.to_string().contains("`ip(\"10.0.0.0/8\")`"), "{error}");
    }
    for text in ["a.**b", "**a.b", "a***"] {
        assert_eq!(
            HostPattern::parse(&[(text, false)]).unwrap_err().to_string(),
            "`**` must be a whole segment"
        );
    }
    assert!(HostPattern::parse(&[("10", false), (".*", true)]).is_ok());
}

#[test]
fn an_address_has_a_local_part_and_a_host() {
    table_of(
        ReadingKind::Email,
        |text| EmailPattern::parse(&[(text, false)]).unwrap().regex(),
        &[
            (
                "*@acme.com",
                &["ann@acme.com", "a.b@acme.com"],
                &["ann@x.acme.com", "ann@evil.com", "ann@acme.com.x"],
            ),
            ("Ann@ACME.com", &["ann@acme.com"], &["bob@acme.com", "annx@acme.com"]),
            (
                "*@*.acme.com",
                &["ann@x.acme.com"],
                &["ann@acme.com", "ann@x.y.acme.com"],
            ),
            ("sales-*@**", &["sales-x@acme.com"], &["sales@acme.com"]),
        ],
    );
    for text in ["acme.com", "a@b@c", "*"] {
        assert!(EmailPattern::parse(&[(text, false)]).is_err(), "{text}");
    }
    let email = EmailPattern::parse(&[("a", false), ("*", true), ("@*.x", false)]).unwrap();
    assert_eq!(
        (email.example().as_str(), email.host().is_bare_star()),
        ("a*@x.x", false)
    );
}

fn url(text: &str) -> UrlPattern {
    UrlPattern::parse(&[(text, false)]).unwrap_or_else(|error| panic!("{text}: {error}"))
}

#[test]
fn what_a_url_leaves_out_is_absent() {
    table_of(
        ReadingKind::Url,
        |text| url(text).regex(),
        &[
            (
                "https://acme.com",
                &["https://acme.com"],
                &[
                    "http://acme.com",
                    "https://acme.com/x",
                    "https://acme.com?x",
                    "https://acme.com:444",
                ],
            ),
            ("https://acme.com/", &["https://acme.com"], &["https://acme.com/x"]),
            (
                "https://*.acme.com/v1/**",
                &["https://api.acme.com/v1", "https://api.acme.com/v1/a/b"],
                &[
                    "https://acme.com/v1",
                    "https://a.b.acme.com/v1",
                    "https://api.acme.com/v12",
                    "https://api.acme.com",
                    "https://api.acme.com/v1?x",
                    "https://evil.com/x.acme.com/v1",
                    "https://api.acme.com:8443/v1",
                ],
            ),
            (
                "https://acme.com/**",
                &["https://acme.com", "https://acme.com/x/y"],
                &["https://acme.com.evil.com", "https://acme.com?x"],
            ),
            (
                "https://acme.com/*",
                &["https://acme.com/x"],
                &["https://acme.com", "https://acme.com/x/y"],
            ),
            (
                "https://acme.com/**/x",
                &["https://acme.com/x", "https://acme.com/a/x"],
                &["https://acme.com/ax"],
            ),
            (
                "https://acme.com/a*/",
                &["https://acme.com/a", "https://acme.com/ab"],
                &["https://acme.com/a/b"],
            ),
            ("https://acme.com:443/x", &["https://acme.com/x"], &[]),
            (
                "https://acme.com:8443",
                &["https://acme.com:8443"],
                &["https://acme.com", "https://acme.com:84431"],
            ),
            (
                "https://acme.com:*",
                &["https://acme.com:8443", "https://acme.com"],
                &["https://acme.com:"],
            ),
            (
                "https://**/x",
                &["https://a/x", "https://a.b/x", "https://127.0.0.1/x", "https://[::1]/x"],
                &["https://a:1/x", "https:///x"],
            ),
            ("https://[::1]/x", &["https://[::1]/x"], &["https://[::2]/x"]),
            ("https://[::1]:1/x", &["https://[::1]:1/x"], &["https://[::1]/x"]),
            ("https://10.0.0.1", &["https://10.0.0.1"], &["https://10x0.0.1"]),
            (
                "https://a/b?x=1",
                &["https://a/b?x=1"],
                &["https://a/b", "https://a/b?x=12", "https://a/b?x=1&y=2"],
            ),
            (
                "https://a/b?x=*",
                &["https://a/b?x=1", "https://a/b?x="],
                &["https://a/b?x=1&y=2", "https://a/b?x=1#f"],
            ),
            (
                "https://a/b?x=*&**",
                &["https://a/b?x=1", "https://a/b?x=1&y=2"],
                &["https://a/b?y=1&x=2"],
            ),
            (
                "https://a/b?**",
                &["https://a/b", "https://a/b?x", "https://a/b?x=1&y"],
                &["https://a/b/c", "https://a/b#x"],
            ),
            ("https://a#x", &["https://a#x"], &["https://a"]),
            ("https://a#**", &["https://a#x/y", "https://a"], &[]),
            (
                "file:///srv/**",
                &["file:///srv", "file:///srv/x"],
                &["file:///srvx", "file://srv"],
            ),
            ("file:///**", &["file://", "file:///x"], &[]),
        ],
    );
}

#[test]
fn what_is_wrong_with_a_url_is_said() {
    for (text, why) in [
        ("acme.com/**", "does not begin with a scheme"),
        ("https:acme.com", "does not begin with a scheme"),
        ("http*://acme.com", "its scheme has a star"),
        ("https://a@b", "names a user"),
        ("https://a:b", "its port is no number"),
        ("https://a:0443", "its port is no number"),
        ("https://a:70000", "its port is no number"),
        ("https://[::1]x", "no port"),
        ("https://a/x**", "must be a whole segment"),
        ("https://a//b", "empty segment"),
        ("https://10.0.0.*", "for addresses write"),
    ] {
        let error = UrlPattern::parse(&[(text, false)]).unwrap_err();
        assert!(error.to_string().contains(why), "{text}: {error}");
    }
}

#[test]
fn a_url_says_what_it_asks_for() {
    let found = url("https://*.acme.com:*/a*/**?x=*#y");
    assert_eq!(
        (found.scheme(), found.inspects_query(), found.names_fragment()),
        ("https", true, true)
    );
    assert_eq!(found.example(), "https://x.acme.com/ax/x?x=x#y");
    assert!(!url("https://a?**").inspects_query() && !url("https://a").inspects_query());
    assert!(url("https://[::1]").host().is_none() && url("https://a").host().is_some());
}

#[test]
fn a_network_holds_its_addresses() {
    table_of(
        ReadingKind::Ip,
        |text| ip_regex(text).unwrap(),
        &[
            (
                "10.0.0.0/8",
                &["10.0.0.0", "10.255.255.255"],
                &["11.0.0.0", "110.0.0.0", "10a0.0.0"],
            ),
            (
                "192.168.4.0/22",
                &["192.168.4.0", "192.168.7.255"],
                &["192.168.8.0", "192.168.3.255", "192.168.40.0"],
            ),
            ("127.0.0.1", &["127.0.0.1"], &["127.0.0.2", "127.0.0.11"]),
            ("0.0.0.0/0", &["1.2.3.4"], &["::1"]),
            ("::1", &["::1"], &["::", "::11", "1::1"]),
            (
                "fe80::/10",
                &["fe80::1", "febf::", "fe80:1:2:3:4:5:6:7"],
                &["fec0::1", "fe8::1"],
            ),
            (
                "2001:db8::/32",
                &["2001:db8::", "2001:db8:1::2", "2001:db8:0:1::"],
                &["2001:db9::", "2001:db80::"],
            ),
            (
                "2001::/32",
                &["2001::1", "2001:0:1::", "2001::1:0:0:1"],
                &["2001:1::", "2001:db8::"],
            ),
            ("fc00::/7", &["fc00::", "fdff::1"], &["fe00::", "fc0::"]),
            ("::/0", &["::1", "::", "1:2:3:4:5:6:7:8"], &["1.2.3.4"]),
            ("64:ff9b:1::/48", &["64:ff9b:1::1"], &["64:ff9b::1", "64:ff9b:2::1"]),
        ],
    );
    for (text, why) in [
        ("10.0.0.1/8", "written `10.0.0.0/8`"),
        ("10.0.0/8", "no address and no network"),
        ("0x7f.1", "no address and no network"),
        ("10.0.0.0/33", "no address and no network"),
        ("::ffff:10.0.0.0/104", "write `10.0.0.0/8`"),
        ("64:ff9b::a00:1", "write `10.0.0.1/32`"),
        ("fe80::1%eth0", "no address and no network"),
    ] {
        let error = ip_regex(text).unwrap_err();
        assert!(error.to_string().contains(why), "{text}: {error}");
    }
}

fn leaf(kind: PatternKind) -> Pattern {
    let at = At {
        source: 0,
        start: 0,
        end: 0,
    };
    Pattern { at, kind }
}

fn regex(text: &str) -> Pattern {
    leaf(PatternKind::Automaton(Automaton::new(text).unwrap()))
}

fn string(text: &str) -> Pattern {
    leaf(PatternKind::String(text.to_owned()))
}

fn not(inner: Pattern) -> Pattern {
    leaf(PatternKind::Not(Box::new(inner)))
}

fn number(text: &str) -> Pattern {
    leaf(PatternKind::Number(crate::pattern::Decimal::parse(text).unwrap()))
}

fn in_url(pattern: &Pattern, url: &str) -> bool {
    pattern.holds(&Datum::String(url, Some(ReadingKind::Url)))
}

#[test]
fn an_expression_of_another_origin_has_no_text() {
    for (kind, regex) in [
        (ReadingKind::Host, "(?s-u)[a-z]+"),
        (ReadingKind::Host, "a"),
        (ReadingKind::Host, r"(?s-u)a\*"),
        (ReadingKind::Url, "(?s-u).*"),
        (ReadingKind::Ip, "(?s-u)10"),
        (ReadingKind::Datetime, "(?s-u)2026.*"),
        (ReadingKind::Path, "(?s)/a"),
    ] {
        assert_eq!(written(kind, regex), None, "{regex}");
    }
}

#[test]
fn a_pattern_of_a_part_looks_at_that_part_alone() {
    use UrlPart::{Fragment, Host, Path, Port, Query, Scheme};
    let range = |low: &str, high: &str| {
        let bound = |text: &str| crate::pattern::Decimal::parse(text);
        leaf(PatternKind::Range {
            low: bound(low),
            high: bound(high),
            integer: true,
        })
    };
    let cases: &[(UrlPart, Pattern, &[&str], &[&str])] = &[
        (
            Scheme,
            string("https"),
            &["https://a", "https://a/http://"],
            &["http://a", "httpss://a"],
        ),
        (Scheme, regex("https?"), &["https://a", "http://a"], &["ftp://a/https"]),
        (Scheme, not(string("http")), &["https://a"], &["http://a"]),
        (
            Host,
            string("a.b"),
            &["https://a.b", "https://a.b:1/x", "https://a.b?x"],
            &["https://a.b.c", "https://x/a.b", "https://x?a.b"],
        ),
        (
            Host,
            regex(".*evil.*"),
            &["https://evil", "https://x.evil.y:1/z"],
            &["https://a/evil", "https://a?evil", "https://a#evil"],
        ),
        (
            Host,
            regex(".*0"),
            &["https://a0:1"],
            &["https://a:80", "https://[::1]:80"],
        ),
        (Host, string("[::1]"), &["https://[::1]:80/x"], &["https://[::2]"]),
        (Host, regex("::1"), &["https://[::1]"], &["https://1"]),
        (
            Host,
            regex(&ip_regex("fe80::/10").unwrap()),
            &["https://[fe80::1]:444/x"],
            &["https://[::1]", "https://a/[fe80::1]"],
        ),
        (
            Host,
            regex(&ip_regex("10.0.0.0/8").unwrap()),
            &["https://10.1.2.3/x"],
            &["https://11.1.2.3/10.1.2.3", "https://10.1.2.3.a"],
        ),
        (
            Host,
            leaf(PatternKind::Reading(ReadingKind::Ip)),
            &["https://10.1.2.3", "https://[::1]/x"],
            &["https://a", "https://10.1.2.3.a"],
        ),
        (
            Host,
            leaf(PatternKind::Reading(ReadingKind::Host)),
            &["https://a", "https://1.2.3.4.com:1", "https://3com"],
            &["https://10.1.2.3", "https://[::1]"],
        ),
        (Host, leaf(PatternKind::Any), &["https://a"], &[]),
        (
            Port,
            number("443"),
            &["https://a", "wss://a/x", "http://a:443", "https://[::1]"],
            &["https://a:444", "http://a", "git://a", "https://a:4430"],
        ),
        (
            Port,
            number("8080"),
            &["https://a:8080/x", "https://[::1]:8080"],
            &["https://a", "https://a/:8080", "https://a?x:8080"],
        ),
        (
            Port,
            range("80", "1023"),
            &["https://a", "http://a", "git://a:99", "http://a:1023"],
            &["http://a:1024", "ftp://a", "git://a", "git://a:79"],
        ),
        (
            Port,
            range("1", "65535"),
            &["https://a", "a://b:1", "a://b:65535"],
            &["a://b"],
        ),
        (
            Path,
            string("/"),
            &["https://a", "https://a?x", "https://a:1"],
            &["https://a/b"],
        ),
        (
            Path,
            string("/v1/"),
            &["https://a/v1", "https://a:1/v1?x"],
            &["https://a/v1/x", "https://a/v", "https://a"],
        ),
        (Path, regex("/.*"), &["https://a", "https://a/b/c?d#e"], &[]),
        (
            Path,
            regex(".*b"),
            &["https://a/b", "https://a/x/b?x"],
            &[
                "https://b",
                "https://ab",
                "https://a?b",
                "https://a#/b",
                "https://a.b/c",
            ],
        ),
        (
            Path,
            regex("(?:/[a-z]+)+"),
            &["https://a/b/c"],
            &["https://a/1", "https://a"],
        ),
        (
            Path,
            not(regex("/admin(?:/.*)?")),
            &["https://a", "https://a/x/admin"],
            &["https://a/admin", "https://a/admin/x?y"],
        ),
        (
            Query,
            string("a=1"),
            &["https://a?a=1", "https://a/?a=1#x"],
            &["https://a", "https://a?a=12", "https://a/a=1", "https://a#?a=1"],
        ),
        (
            Query,
            not(string("a=1")),
            &["https://a?a=2"],
            &["https://a", "https://a?a=1"],
        ),
        (
            Query,
            leaf(PatternKind::Any),
            &["https://a?x"],
            &["https://a", "https://a#?x"],
        ),
        (Query, regex(".*\\?x"), &["https://a?b?x"], &["https://a?x"]),
        (
            Fragment,
            regex("a.*"),
            &["https://a#a", "https://a?x#ab?c"],
            &["https://a#b", "https://a?a"],
        ),
        (Fragment, leaf(PatternKind::Any), &["https://a#x"], &["https://a"]),
    ];
    for (part, pattern, inside, outside) in cases {
        let lifted = lift(pattern, *part).unwrap();
        for url in *inside {
            assert!(in_url(&lifted, url), "{part:?} {pattern:?} does not hold {url}");
        }
        for url in *outside {
            assert!(!in_url(&lifted, url), "{part:?} {pattern:?} holds {url}");
        }
    }
    assert!(lift(&leaf(PatternKind::Null), Host).is_err());
    assert!(lift(&number("1"), Path).is_err());
}

#[test]
fn parameters_are_asked_for_by_name_and_by_what_they_stand_for() {
    let field = |name: &str, optional, pattern| Field {
        name: name.to_owned(),
        optional,
        at: leaf(PatternKind::Any).at,
        pattern,
    };
    let query = |fields, open| lift(&leaf(PatternKind::Object { fields, open }), UrlPart::Query).unwrap();
    let text = |min, max, line| leaf(PatternKind::Text { min, max, line });
    let cases: &[(Pattern, &[&str], &[&str])] = &[
        (
            query(
                vec![field("a", false, string("1")), field("b", true, regex("x+"))],
                false,
            ),
            &["a=1", "a=1&b=x", "b=xx&a=1"],
            &["b=x", "a=2", "a=1&b=y", "a=1&c=1", "aa=1", "xa=1", "a=1&b"],
        ),
        (
            query(vec![field("a", false, not(string("1")))], true),
            &["a=2", "a", "b&a=2"],
            &["a=1", "b=1", "b&a=1"],
        ),
        (
            query(vec![field("a", false, string("ü /?&=+"))], false),
            &["a=%C3%BC%20/?%26=%2B", "a=%C3%BC%20%2F%3F%26%3D%2B"],
            &["a=u"],
        ),
        (
            query(vec![field("a b", false, string("."))], false),
            &["a%20b=."],
            &["a%20b=x", "a=."],
        ),
        (
            query(vec![field("a", false, string(""))], false),
            &["a", "a="],
            &["a=1"],
        ),
        (
            query(vec![field("a", false, text(2, Some(3), false))], false),
            &["a=xx", "a=%E2%82%AC%0A", "a=%F0%9F%98%80x/"],
            &["a=x", "a=xxxx", "a=%E2%82%AC"],
        ),
        (
            query(vec![field("a", false, text(0, None, true))], false),
            &["a=x", "a", "a=%E2%82%AC"],
            &["a=%0A", "a=%E2%80%AE", "a=%7F"],
        ),
        (
            query(vec![field("a", false, regex("[b-d%]*"))], false),
            &["a=bd", "a=%25b"],
            &["a=a", "a=%62"],
        ),
        (query(Vec::new(), true), &["x"], &[]),
        (query(Vec::new(), false), &[], &["x"]),
    ];
    for (pattern, inside, outside) in cases {
        for url in *inside {
            assert!(
                in_url(pattern, &format!("https://h/p?{url}#f")),
                "{pattern:?} does not hold {url}"
            );
        }
        for url in *outside {
            assert!(
                !in_url(pattern, &format!("https://h/p?{url}")),
                "{pattern:?} holds {url}"
            );
        }
        assert!(!in_url(pattern, "https://h/p"), "{pattern:?}");
    }
}

#[test]
fn parts_that_are_left_out_are_absent_or_the_schemes_own() {
    for (part, inside, outside) in [
        ("scheme", "https://a", "http://a"),
        ("port", "https://a/b:1?:2", "https://a:1"),
        ("path", "https://a:1?x", "https://a/x"),
        ("query", "https://a/x#?", "https://a?x"),
        ("fragment", "https://a?x", "https://a#x"),
        ("host", "file:///x", "https://a/x"),
    ] {
        let regex = UrlPart::named(part).unwrap().left_out("https");
        assert!(holds(&regex, inside) && !holds(&regex, outside), "{part}");
    }
    assert_eq!(UrlPart::named("user"), None);
}

proptest! {
    // Each case compiles automata, which is slow without optimisation.
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn networks_are_those_of_ipnet(bits: u128, shift in 0_u32..128, prefix in 0_u8..=128, other: u128, small: u32, near: u32, length in 0_u8..=32) {
        let network = ipnet::Ipv6Net::new(Ipv6Addr::from(bits >> shift), prefix).unwrap().trunc();
        if let Ok(regex) = ip_regex(&network.to_string()) {
            let flipped = bits >> shift ^ 1_u128.checked_shl(128 - u32::from(prefix)).unwrap_or(0);
            for address in [bits >> shift, other >> shift, flipped, other & (u128::MAX >> prefix.min(127)) | bits >> shift] {
                let address = Ipv6Addr::from(address);
                let carries = address.to_ipv4_mapped().is_some() || address.segments()[..6] == [0x64, 0xff9b, 0, 0, 0, 0];
                prop_assert!(carries || holds(&regex, &address.to_string()) == network.contains(&address), "{} {}", network, address);
            }
        }
        let network = ipnet::Ipv4Net::new(Ipv4Addr::from(small), length).unwrap().trunc();
        let regex = ip_regex(&network.to_string()).unwrap();
        for address in [small, near, small ^ 1, small ^ 1_u32.checked_shl(32 - u32::from(length)).unwrap_or(0)] {
            let address = Ipv4Addr::from(address);
            prop_assert_eq!(holds(&regex, &IpAddr::from(address).to_string()), network.contains(&address));
        }
    }

    #[test]
    fn times_lie_between_their_bounds(a in moment(), b in moment()) {
        prop_assert_eq!(written(ReadingKind::Datetime, &format!("(?s-u){}", not_before(&a))), Some(format!("{a}Z..")));
        prop_assert_eq!(written(ReadingKind::Datetime, &format!("(?s-u){}", not_after(&a))), Some(format!("..={a}Z")));
        prop_assert_eq!(holds(&not_before(&a), &b), b >= a, "{} {}", &a, &b);
        prop_assert_eq!(holds(&not_after(&a), &b), b <= a, "{} {}", &a, &b);
    }

    #[test]
    fn days_lie_between_their_bounds(a in "202[0-9]-0[1-9]-0[1-9]", b in "202[0-9]-0[1-9]-0[1-9]") {
        prop_assert_eq!(holds(&not_before(&a), &b), b >= a);
        prop_assert_eq!(holds(&not_after(&a), &b), b <= a);
    }

    #[test]
    fn ports_lie_between_their_bounds(low in 1_u16.., high in 1_u16.., port in 1_u16..) {
        let bound = |port: u16| crate::pattern::Decimal::parse(&port.to_string());
        let pattern = leaf(PatternKind::Range { low: bound(low), high: bound(high), integer: true });
        let lifted = lift(&pattern, UrlPart::Port).unwrap();
        for port in [port, low, high, low.saturating_add(1), high.saturating_sub(1).max(1)] {
            prop_assert_eq!(in_url(&lifted, &format!("a://h:{port}/x")), (low..=high).contains(&port), "{} {} {}", low, high, port);
        }
    }

    // The expression over a part and the part itself say the same.
    #[test]
    fn a_part_matches_as_it_would_alone(
        expression in "([abc/.:?#\\[\\]]|\\.\\*|\\[\\^a\\]|\\(a\\|/b\\)\\?|\\(/\\[a-z\\]\\+\\)\\*){0,4}",
        url in "(https|a)://([ab]{1,2}(\\.c)?|\\[::a\\])(:8)?(/[abc:.]{1,2}){0,3}(\\?[abc/?:]{1,3})?(#[abc/?:]{1,3})?",
    ) {
        let escaped = regex_escape_brackets(&expression);
        let Ok(automaton) = Automaton::new(&escaped) else { return Ok(()) };
        let parts = crate::eval::reading::url::parts(&url).unwrap();
        let path = if parts.path.is_empty() { "/" } else { parts.path };
        let host = parts.host.trim_matches(['[', ']']);
        for (part, text) in [(UrlPart::Scheme, Some(parts.scheme)), (UrlPart::Host, Some(host)), (UrlPart::Path, Some(path)), (UrlPart::Query, parts.query), (UrlPart::Fragment, parts.fragment)] {
            let lifted = lift(&leaf(PatternKind::Automaton(automaton.clone())), part).unwrap();
            prop_assert_eq!(in_url(&lifted, &url), text.is_some_and(|text| automaton.accepts(text)), "{:?} {} {}", part, escaped, url);
        }
    }
}

/// Brackets and points that stand alone are literal.
fn regex_escape_brackets(expression: &str) -> String {
    expression.replace("?#", "\\?#").replace("][", "\\]\\[")
}

fn moment() -> impl Strategy<Value = String> {
    "20(24|25)-0[1-3]-(01|28)T(00|23):(00|59):(00|59)(\\.[0-9]{0,3}[1-9])?"
}
