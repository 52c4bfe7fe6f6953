//! An expression that was made from a pattern of a reading → the text of that pattern, for people. It is exact: the
//! expression is made from the text again, and compared.

use super::host::LABEL;
use super::url::ANY_HOST;
use super::{EmailPattern, HostPattern, ReadingKind, UrlPattern, ip_regex, not_after, not_before};
use crate::pattern::glob::Piece;

const FLAGS: &str = "(?s-u)";

/// What an author would write in the parentheses of the reading; `None` for an expression of another origin.
#[must_use]
pub fn written(kind: ReadingKind, regex: &str) -> Option<String> {
    let inner = regex.strip_prefix(FLAGS)?;
    match kind {
        ReadingKind::Path => None,
        ReadingKind::Url => with_stars(inner, |pieces| {
            UrlPattern::parse(pieces).is_ok_and(|url| url.regex() == regex)
        }),
        ReadingKind::Host => with_stars(inner, |pieces| {
            HostPattern::parse(pieces).is_ok_and(|host| host.regex() == inner)
        }),
        ReadingKind::Email => with_stars(inner, |pieces| {
            EmailPattern::parse(pieces).is_ok_and(|email| email.regex() == inner)
        }),
        ReadingKind::Ip => network(inner),
        ReadingKind::Datetime | ReadingKind::Date => bound(inner),
    }
}

/// The stars that the pieces of an expression stand for; the longest first.
fn with_stars(regex: &str, is_same: impl Fn(&[Piece<'_>]) -> bool) -> Option<String> {
    let known: [(String, &str); 12] = [
        (ANY_HOST.to_owned(), "**"),
        (format!("(?:{LABEL}+\\.)*"), "**."),
        (format!("(?:\\.{LABEL}+)*"), ".**"),
        (format!("{LABEL}+"), "*"),
        (format!("{LABEL}*"), "*"),
        ("(?:/[^/?#]+)*".to_owned(), "/**"),
        (r"(?:\?[^#]+)?".to_owned(), "?**"),
        ("(?:#.+)?".to_owned(), "#**"),
        ("(?::[0-9]+)?".to_owned(), ":*"),
        (r"(?:\&[^&#]+)*".to_owned(), "&**"),
        (r"(?:[^&#]+\&)*".to_owned(), "**&"),
        ("[^@]*".to_owned(), "*"),
    ];
    let classes = ["[^/?#]+", "[^/?#]*", "[^&#]+", "[^&#]*", "[^/]+", "[^/]*"];
    let mut pieces: Vec<(String, bool)> = Vec::new();
    let mut rest = regex;
    while let Some(first) = rest.chars().next() {
        let star = known.iter().find(|(token, _)| rest.starts_with(token.as_str()));
        if let Some((token, star)) = star {
            pieces.push(((*star).to_owned(), false));
            rest = rest.strip_prefix(token.as_str())?;
        } else if let Some(class) = classes.iter().find(|class| rest.starts_with(**class)) {
            pieces.push(("*".to_owned(), false));
            rest = rest.strip_prefix(class)?;
        } else {
            let escaped = rest.strip_prefix('\\');
            let literal = escaped.map_or(Some(first), |after| after.chars().next())?;
            rest = escaped.unwrap_or(rest).strip_prefix(literal)?;
            pieces.push((literal.to_string(), true));
        }
    }
    // A star that is no wildcard cannot be written without a constant.
    if pieces.iter().any(|(text, literal)| *literal && text == "*") {
        return None;
    }
    let borrowed: Vec<Piece<'_>> = pieces.iter().map(|(text, literal)| (text.as_str(), *literal)).collect();
    is_same(&borrowed).then(|| pieces.iter().map(|(text, _)| text.as_str()).collect())
}

/// `A..` or `..=B`: the bound itself is the last alternative.
fn bound(regex: &str) -> Option<String> {
    let last = regex.rsplit('|').next()?;
    let low = last.strip_suffix(".*");
    let text = low.unwrap_or(last).replace('\\', "");
    let zone = if text.contains('T') { "Z" } else { "" };
    match low {
        Some(_) => (not_before(&text) == regex).then(|| format!("{text}{zone}..")),
        None => (not_after(&text) == regex).then(|| format!("..={text}{zone}")),
    }
}

/// A network: its first address by the first digits of each place, its length by trying.
fn network(regex: &str) -> Option<String> {
    let first = first_address(regex)?;
    let lengths = if first.contains(':') { 0..=128 } else { 0..=32 };
    let network = lengths.rev().map(|length| format!("{first}/{length}"));
    network
        .into_iter()
        .find(|network| ip_regex(network).is_ok_and(|made| made == regex))
}

fn first_address(regex: &str) -> Option<String> {
    if regex.contains(r"\.") {
        let octets = regex.split(r"\.").map(|octet| match octet {
            "[0-9]+" => "0",
            list => list
                .trim_start_matches("(?:")
                .trim_end_matches(')')
                .split('|')
                .next()
                .unwrap_or("0"),
        });
        return Some(octets.collect::<Vec<_>>().join("."));
    }
    if regex == "(?:[0-9a-f:]*:[0-9a-f:]*)" {
        return Some("::".to_owned());
    }
    // Without `::` the groups stand first, each as `(?:[2][0][0][1])` or with shorter forms after `|`.
    let mut groups = Vec::new();
    let mut rest = regex.strip_prefix("(?:")?;
    while let Some(group) = rest.strip_prefix("(?:") {
        let (group, after) = group.split_once(')')?;
        let longest = group.split('|').next()?;
        let leads = group
            .contains('|')
            .then(|| group.rsplit('|').next())
            .flatten()
            .unwrap_or(longest);
        groups.push(
            leads
                .split('[')
                .skip(1)
                .filter_map(|class| class.chars().next())
                .collect::<String>(),
        );
        rest = after.strip_prefix(':').unwrap_or("");
    }
    let missing = if groups.len() < 8 { "::" } else { "" };
    let text = format!("{}{missing}", groups.join(":"));
    text.parse::<std::net::Ipv6Addr>()
        .ok()
        .map(|address| address.to_string())
}
