//! Any text under each reading: refused, or read as others read it, and the same again. And as the text of a pattern of
//! each reading: refused, or made into an expression that holds what the pattern gives as an example.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mcppc::eval::reading::{read, url};
use mcppc::pattern::{Automaton, EmailPattern, HostPattern, UrlPattern, ip_regex};
use mcppc::table::{DatetimeReading, PathReading, Reading, UrlReading};

fuzz_target!(|text: &str| {
    for reading in readings() {
        if let Ok(canonical) = read(&reading, text) {
            check(&reading, text, &canonical);
        }
    }
    patterns(text);
});

fn readings() -> Vec<Reading> {
    let path = PathReading {
        dir: true,
        root: Some("/r".to_owned()),
        ..PathReading::default()
    };
    let windows = PathReading {
        windows: true,
        fold: true,
        root: Some("c:/r".to_owned()),
        ..PathReading::default()
    };
    let schemes = ["https", "http", "ws", "ftp", "file", "git"].map(str::to_owned).to_vec();
    let url = UrlReading {
        schemes,
        default_scheme: Some("https".to_owned()),
        inspected: true,
        fragment: true,
        resource: false,
    };
    let form = DatetimeReading {
        format: Some("%d.%m.%Y %H:%M%z".to_owned()),
    };
    vec![
        Reading::Path(path.clone()),
        Reading::Path(PathReading { fold: true, ..path }),
        Reading::Path(windows),
        Reading::Url(url),
        Reading::Host,
        Reading::Ip,
        Reading::Email,
        Reading::Datetime(DatetimeReading::default()),
        Reading::Datetime(form),
        Reading::Date,
    ]
}

fn check(reading: &Reading, text: &str, canonical: &str) {
    match reading {
        Reading::Path(path) => {
            let segments: Vec<&str> = canonical.trim_start_matches('/').split('/').collect();
            let plain = segments.iter().all(|segment| !matches!(*segment, "." | ".."));
            assert!(plain && !canonical.contains("//") && !canonical.contains('\\'));
            assert!(!path.fold || !canonical.bytes().any(|b| b.is_ascii_uppercase()));
        }
        Reading::Url(_) => {
            let whole = if text.split(['/', '?', '#']).next().is_some_and(|first| first.ends_with(':')) {
                text.to_owned()
            } else {
                format!("https://{text}")
            };
            let theirs = ::url::Url::parse(&whole).expect("the standard takes it");
            let ours = url::parts(&whole).expect("it has parts");
            assert_eq!(theirs.scheme(), ours.scheme);
            assert_eq!(theirs.host_str().unwrap_or(""), ours.host);
            assert_eq!(theirs.port().map(|port| port.to_string()).as_deref(), ours.port);
            assert_eq!(theirs.path(), if ours.path.is_empty() && theirs.path() == "/" { "/" } else { ours.path });
            assert_eq!((theirs.query(), theirs.fragment()), (ours.query, ours.fragment));
            assert!(theirs.username().is_empty() && theirs.password().is_none());
            assert_eq!(read(reading, canonical).as_deref(), Ok(canonical));
        }
        Reading::Host => {
            assert_eq!(canonical, text);
            assert!(matches!(::url::Host::parse(text), Ok(::url::Host::Domain(name)) if name == text));
        }
        Reading::Ip => {
            let theirs: std::net::IpAddr = text.parse().expect("it is an address");
            let ours: std::net::IpAddr = canonical.parse().expect("it is an address");
            assert!(theirs.to_canonical() == ours || ours.is_ipv4());
        }
        Reading::Email => assert_eq!(canonical, text.to_ascii_lowercase()),
        Reading::Datetime(DatetimeReading { format: None }) => {
            let theirs: jiff::Timestamp = text.parse().expect("it is a time");
            assert_eq!(format!("{canonical}Z").parse(), Ok(theirs));
        }
        Reading::Datetime(_) => assert!(format!("{canonical}Z").parse::<jiff::Timestamp>().is_ok()),
        Reading::Date => assert!(text.parse::<jiff::civil::Date>().is_ok()),
    }
}

fn patterns(text: &str) {
    let holds = |regex: &str, example: &str| {
        if let Ok(automaton) = Automaton::new(regex) {
            assert!(automaton.accepts(example), "{regex} {example}");
        }
    };
    let pieces = [(text, false)];
    if let Ok(host) = HostPattern::parse(&pieces)
        && read(&Reading::Host, &host.example()).is_ok()
    {
        holds(&host.regex(), &host.example());
    }
    if let Ok(email) = EmailPattern::parse(&pieces)
        && let Ok(example) = read(&Reading::Email, &email.example())
    {
        holds(&email.regex(), &example);
    }
    if let Ok(url) = UrlPattern::parse(&pieces) {
        let reading = Reading::Url(UrlReading {
            schemes: vec![url.scheme().to_owned()],
            fragment: true,
            ..UrlReading::default()
        });
        if let Ok(example) = read(&reading, &url.example()) {
            holds(&url.regex(), &example);
        }
    }
    if let Ok(regex) = ip_regex(text) {
        let first = text.split('/').next().unwrap_or(text);
        if let Ok(example) = read(&Reading::Ip, first) {
            holds(&regex, &example);
        }
    }
}
