//! What is read here is read by others, and as the same.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use proptest::prelude::*;

use super::reads;
use crate::eval::reading::url::{Parts, parts};
use crate::table::{Reading, UrlReading};

const SCHEMES: [&str; 8] = ["http", "https", "ws", "wss", "ftp", "file", "git", "a+b.c-d"];

fn any_scheme() -> Reading {
    Reading::Url(UrlReading {
        schemes: SCHEMES.map(str::to_owned).to_vec(),
        fragment: true,
        ..UrlReading::default()
    })
}

/// Texts near URLs: what parsers differ on stands in each part.
fn near_url() -> impl Strategy<Value = String> {
    let scheme = "(https|http|ws|file|git|a\\+b\\.c-d|HTTP)(://|://|://|://|:/|:|:\\\\\\\\)";
    let host = "((([a-c0-9]|xn--|xn--bcher-kva|_|%41|-){1,3}\\.){0,3}(com|[a-c]{1,2}|7|0x7f|[0-9]{1,3}|)\\.?|\\[(::1|::ffff:[0-9]{1,2}|1:0:0:2::|2001:DB8::|0:0::1|::1\\.2\\.3\\.4)\\])";
    let user = "(|||||||a@|a:b@|@)";
    let port = "(|||:80|:443|:8080|:0|:|:070|:99999)";
    let path = "((/(a|b\\.c|\\.|\\.\\.|~x|%2E|%2f|%C3%A9|%c3%a9|%|%FF|;v|'|\\||@|:|é|\\\\|C:|C\\||\\$|)){0,4})";
    let query = "(|||\\?((a=1|b|'|%27|\\+|\"|<|;|#|\\^|`|\\{|\\?|/|&){0,4}))";
    let fragment = "(|||#((a|b|'|%27|\"|<|`|\\{|\\?|/|#){0,3}))";
    (scheme, user, host, port, path, query, fragment).prop_map(|(a, b, c, d, e, f, g)| [a, b, c, d, e, f, g].concat())
}

/// The WHATWG parser finds the same parts, and writes back what was given.
fn agrees_with_whatwg(value: &str) -> Result<(), TestCaseError> {
    let Ok(read) = reads(&any_scheme(), value) else {
        return Ok(());
    };
    let theirs = url::Url::parse(value).map_err(|error| TestCaseError::fail(format!("{value}: {error}")))?;
    let given: Parts<'_> = parts(value).unwrap();
    let written = theirs.as_str();
    let with_slash = format!(
        "{}://{}{}/",
        given.scheme,
        given.host,
        given.port.map_or(String::new(), |p| format!(":{p}"))
    );
    let without_path = value.replacen(with_slash.trim_end_matches('/'), &with_slash, 1);
    prop_assert!(
        written == value || (given.path.is_empty() && written == without_path),
        "{} {}",
        value,
        written
    );
    prop_assert_eq!(theirs.scheme(), given.scheme);
    prop_assert_eq!(theirs.host_str().unwrap_or(""), given.host);
    prop_assert_eq!(
        theirs.port().map(|port| port.to_string()),
        given.port.map(str::to_owned)
    );
    prop_assert_eq!(theirs.query(), given.query);
    prop_assert_eq!(theirs.fragment(), given.fragment);
    prop_assert_eq!(theirs.username(), "");
    prop_assert_eq!(theirs.password(), None);
    if given.path.is_empty() {
        prop_assert!(matches!(theirs.path(), "" | "/"));
    } else {
        prop_assert_eq!(theirs.path(), given.path);
    }
    let seen = parts(&read).unwrap();
    prop_assert_eq!(seen.path, given.path.strip_suffix('/').unwrap_or(given.path));
    prop_assert_eq!(
        (seen.scheme, seen.port, seen.query, seen.fragment),
        (given.scheme, given.port, given.query, given.fragment)
    );
    prop_assert_eq!(reads(&any_scheme(), &read), Ok(read.clone()));
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    #[test]
    fn urls_are_those_of_whatwg(value in near_url()) {
        agrees_with_whatwg(&value)?;
    }

    // The same under one base, as a browser reads it: nothing is relative.
    #[test]
    fn no_url_depends_on_where_it_stands(value in near_url()) {
        if reads(&any_scheme(), &value).is_ok() {
            let base = url::Url::parse("https://base.example/x/y").unwrap();
            prop_assert_eq!(base.join(&value).ok(), url::Url::parse(&value).ok());
        }
    }

    #[test]
    fn hosts_are_those_of_idna(value in "(([a-c0-9]|-|_|--|xn--|xn--bcher-kva|xn--fiqs8s|xn--a|A|é|\u{212a}){0,4}\\.){0,3}([a-c]{0,2}|7|0x7f|0x|1)\\.?") {
        let strict = idna::domain_to_ascii_strict(&value).is_ok_and(|ascii| ascii == value);
        let address = matches!(url::Host::parse(&value), Ok(url::Host::Ipv4(_)) | Err(url::ParseError::InvalidIpv4Address));
        prop_assert_eq!(reads(&Reading::Host, &value).is_ok(), strict && !address, "{} {}", strict, address);
    }

    #[test]
    fn every_address_is_read_in_its_own_text(bits: u128, shift in 0_u32..128, small: u32) {
        for address in [Ipv6Addr::from(bits >> shift), Ipv6Addr::from(bits << shift)] {
            if address.to_ipv4_mapped().is_none() && address.segments()[..6] != [0x64, 0xff9b, 0, 0, 0, 0] {
                prop_assert_eq!(reads(&Reading::Ip, &address.to_string()), Ok(address.to_string()));
            }
        }
        let address = Ipv4Addr::from(small);
        prop_assert_eq!(reads(&Reading::Ip, &address.to_string()), Ok(address.to_string()));
        prop_assert_eq!(reads(&Reading::Ip, &address.to_ipv6_mapped().to_string()), Ok(address.to_string()));
    }

    #[test]
    fn addresses_are_those_of_the_standard_library(value in "([0-9a-f]{0,4}:{1,2}){0,8}([0-9a-f]{0,4}|[0-9]{1,3}(\\.[0-9]{1,3}){1,4})|(0|1|01|255|256|0x1)(\\.(0|1|01|255|256|0x1)){0,4}") {
        let theirs = value.parse::<IpAddr>().ok();
        let canonical = theirs.filter(|address| address.to_string() == value);
        let carried = canonical.map(|address| match address {
            IpAddr::V6(v6) if v6.segments()[..6] == [0x64, 0xff9b, 0, 0, 0, 0] => Ipv4Addr::from_bits(v6.to_bits() as u32).into(),
            other => other.to_canonical(),
        });
        prop_assert_eq!(reads(&Reading::Ip, &value).ok(), carried.map(|address| address.to_string()));
    }

    #[test]
    fn times_are_those_of_jiff(value in "[012][0-9]{3}-[01][0-9]-[0-3][0-9][Tt ][0-2][0-9]:[0-5][0-9]:[0-6][0-9](\\.[0-9]{1,10})?(Z|z||[+-][0-2][0-9]:[0-5][0-9]|-00:00)") {
        let reading = Reading::plain(crate::pattern::ReadingKind::Datetime);
        if let Ok(read) = reads(&reading, &value) {
            let theirs: jiff::Timestamp = value.parse().unwrap();
            prop_assert_eq!(format!("{read}Z").parse::<jiff::Timestamp>().unwrap(), theirs);
        }
    }
}
