//! Patterns of hosts, addresses, URLs and times, by taking pattern and value apart.

use std::net::IpAddr;

use url::Url;

use super::glob::Char;
use super::reading::{carried, decoded};

/// The parts of a canonical URL; `path` is `/` where there is none, an IPv6 address has no brackets.
pub struct Parts {
    pub scheme: String,
    pub host: String,
    /// The scheme's own where none is written.
    pub port: Option<u16>,
    pub port_is_written: bool,
    pub path: String,
    pub query: Option<String>,
    pub fragment: Option<String>,
}

impl Parts {
    pub fn of(url: &str) -> Self {
        let parsed = Url::parse(url).unwrap();
        let path = parsed.path().trim_end_matches('/');
        Self {
            scheme: parsed.scheme().to_owned(),
            host: parsed.host_str().unwrap_or("").trim_matches(['[', ']']).to_owned(),
            port: parsed.port_or_known_default(),
            port_is_written: parsed.port().is_some(),
            path: if path.is_empty() {
                "/".to_owned()
            } else {
                path.to_owned()
            },
            query: parsed.query().map(str::to_owned),
            fragment: parsed.fragment().map(str::to_owned),
        }
    }
}

impl Parts {
    /// Is the host an address?
    pub fn has_address(&self) -> bool {
        self.host.parse::<IpAddr>().is_ok()
    }
}

/// A host as a policy writes it, as it is matched.
pub fn literal_host(text: &str) -> String {
    let text = text.trim_matches(['[', ']']);
    text.parse()
        .map_or(text.to_owned(), |address| carried(address).to_string())
}

/// The parameters of a query, by name, decoded.
pub fn parameters(query: &str) -> Vec<(String, String)> {
    let one = |one: &str| {
        let (name, value) = one.split_once('=').unwrap_or((one, ""));
        (decoded(name), decoded(value))
    };
    query.split('&').map(one).collect()
}

/// Does `url("…")` match?
pub fn url(pattern: &[Char], value: &str) -> bool {
    let value = Parts::of(value);
    let at = find(pattern, "://").unwrap();
    let scheme = text(&pattern[..at]);
    let (rest, fragment) = cut(&pattern[at + 3..], '#');
    let (rest, query) = cut(rest, '?');
    let slash = rest.iter().position(|c| c.0 == '/').unwrap_or(rest.len());
    let (authority, path) = rest.split_at(slash);
    let colon = authority
        .iter()
        .rposition(|c| c.0 == ':')
        .filter(|_| authority.last().unwrap_or(&('x', false)).0 != ']');
    let (host_pattern, port) = colon.map_or((authority, None), |at| (&authority[..at], Some(&authority[at + 1..])));
    let own = Url::parse(&format!("{scheme}://h"))
        .ok()
        .and_then(|url| url.port_or_known_default());
    let port_fits = match port {
        None => value.port == own,
        Some([('*', true)]) => true,
        Some(port) => value.port == text(port).parse().ok(),
    };
    let path: Vec<Char> = match path {
        [('/', _), rest @ .., ('/', _)] | [('/', _), rest @ ..] => rest.to_vec(),
        _ => Vec::new(),
    };
    let is_any = |pattern: &[Char]| {
        pattern
            .split(|c| c.0 == '&')
            .all(|one| one == [('*', true), ('*', true)])
    };
    scheme == value.scheme
        && (host_pattern == [('*', true), ('*', true)] || host(&strip(host_pattern), &value.host))
        && port_fits
        && segments(&path, value.path.trim_start_matches('/'), '/')
        && match (query, &value.query) {
            (None, None) => true,
            (Some(pattern), None) => is_any(pattern),
            (Some(pattern), Some(query)) => is_any(pattern) || segments(pattern, query, '&'),
            (None, Some(_)) => false,
        }
        && match (fragment, &value.fragment) {
            (None, None) => true,
            (Some(pattern), None) => is_any(pattern),
            (Some(pattern), Some(fragment)) => is_any(pattern) || segments(pattern, fragment, '/'),
            (None, Some(_)) => false,
        }
}

/// Does `host("…")` match?
pub fn host(pattern: &[Char], value: &str) -> bool {
    segments(pattern, value, '.')
}

/// Does `email("…")` match?
pub fn email(pattern: &[Char], value: &str) -> bool {
    let at = pattern.iter().position(|c| c.0 == '@').unwrap();
    let (local, domain) = value.split_once('@').unwrap();
    let lower = |pattern: &[Char]| -> Vec<Char> { pattern.iter().map(|(c, s)| (c.to_ascii_lowercase(), *s)).collect() };
    let one: Vec<char> = local.chars().collect();
    wild(&lower(&pattern[..at]), &one) && host(&lower(&pattern[at + 1..]), domain)
}

/// Is the address in the network?
pub fn ip(network: &str, value: &str) -> bool {
    let address: IpAddr = value.trim_matches(['[', ']']).parse().unwrap();
    match network.parse::<IpAddr>() {
        Ok(one) => one == address,
        Err(_) => network.parse::<ipnet::IpNet>().unwrap().contains(&address),
    }
}

/// Segments of a pattern against those of a value; `**` is any number of them.
fn segments(pattern: &[Char], value: &str, separator: char) -> bool {
    let patterns: Vec<&[Char]> = if pattern.is_empty() {
        Vec::new()
    } else {
        pattern.split(|c| c.0 == separator).collect()
    };
    let values: Vec<Vec<char>> = match value {
        "" => Vec::new(),
        value => value.split(separator).map(|one| one.chars().collect()).collect(),
    };
    run(&patterns, &values)
}

fn run(patterns: &[&[Char]], values: &[Vec<char>]) -> bool {
    let Some((first, rest)) = patterns.split_first() else {
        return values.is_empty();
    };
    if *first == [('*', true), ('*', true)] {
        return (0..=values.len()).any(|n| run(rest, &values[n..]));
    }
    values
        .split_first()
        .is_some_and(|(value, others)| wild(first, value) && run(rest, others))
}

/// One segment, in which a star is any characters.
fn wild(pattern: &[Char], text: &[char]) -> bool {
    match pattern.split_first() {
        None => text.is_empty(),
        Some((('*', true), rest)) => (0..=text.len()).any(|n| wild(rest, &text[n..])),
        Some(((c, _), rest)) => text.first() == Some(c) && wild(rest, &text[1..]),
    }
}

fn strip(pattern: &[Char]) -> Vec<Char> {
    pattern.iter().copied().filter(|c| c.0 != '[' && c.0 != ']').collect()
}

fn cut(pattern: &[Char], at: char) -> (&[Char], Option<&[Char]>) {
    match pattern.iter().position(|c| c.0 == at) {
        Some(place) => (&pattern[..place], Some(&pattern[place + 1..])),
        None => (pattern, None),
    }
}

fn find(pattern: &[Char], wanted: &str) -> Option<usize> {
    text(pattern).find(wanted)
}

fn text(pattern: &[Char]) -> String {
    pattern.iter().map(|c| c.0).collect()
}

/// Does a pattern `url("…")` tell queries apart, and does it name the fragment?
pub fn looks_at(pattern: &str) -> (bool, bool) {
    let (rest, fragment) = pattern
        .split_once('#')
        .map_or((pattern, None), |(rest, text)| (rest, Some(text)));
    let query = rest.split_once('?').map(|(_, query)| query);
    (
        query.is_some_and(|query| query.split('&').any(|one| one != "**")),
        fragment.is_some(),
    )
}
