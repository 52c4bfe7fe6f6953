//! `url { host: P, path: Q, … }`: a pattern of one part, as a pattern of the whole URL.
//!
//! A canonical URL is taken apart by its punctuation alone, so an expression over a part becomes one over the whole with
//! that punctuation around it. What stands between the expressions (`&`, `|`, `!`) stays as it is.

use regex_syntax::hir::{ClassUnicode, Hir};

use super::encode::{is_nullable, is_unreserved, map, percent_encoded, restricted, text_of, with_slash};
use super::url::default_port;
use super::{Malformed, ReadingKind};
use crate::pattern::{At, Automaton, Decimal, Pattern, PatternKind};

/// A part of a URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UrlPart {
    /// Before `://`.
    Scheme,
    /// A name or an address, an IPv6 address without its brackets.
    Host,
    /// The port, which is the scheme's own where none is written.
    Port,
    /// From the first `/` on, without one at the end; `/` where there is none.
    Path,
    /// After `?`.
    Query,
    /// After `#`.
    Fragment,
}

/// What stands before a port or a path.
const UP_TO_HOST: &str = r"[^:]*://(?:\[[^\]]*\]|[^:/?#\[]*)";
/// What follows a host.
const AFTER_HOST: &str = "(?::[0-9]+)?(?:[/?#].*)?";

impl UrlPart {
    /// The part of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "scheme" => Self::Scheme,
            "host" => Self::Host,
            "port" => Self::Port,
            "path" => Self::Path,
            "query" => Self::Query,
            "fragment" => Self::Fragment,
            _ => return None,
        })
    }

    /// The URLs that have it, whatever it is.
    #[must_use]
    pub fn present(self) -> String {
        match self {
            Self::Query => r"(?s-u)[^?#]*\?.*",
            Self::Fragment => "(?s-u)[^#]*#.*",
            Self::Scheme | Self::Host | Self::Port | Self::Path => "(?s-u).*",
        }
        .to_owned()
    }

    /// The URLs in which it is as it is where nothing is said of it: absent, or the scheme's own; `scheme` is the slot's
    /// for the first part.
    #[must_use]
    pub fn left_out(self, scheme: &str) -> String {
        let after = match self {
            Self::Scheme => return format!("(?s-u){}://.*", regex_syntax::escape(scheme)),
            Self::Host => "[^:]*://(?:[/?#].*)?".to_owned(),
            Self::Port => format!("{UP_TO_HOST}(?:[/?#].*)?"),
            Self::Path => format!("{UP_TO_HOST}(?::[0-9]+)?(?:[?#].*)?"),
            Self::Query => "[^?#]*(?:#.*)?".to_owned(),
            Self::Fragment => "[^#]*".to_owned(),
        };
        format!("(?s-u){after}")
    }
}

/// A pattern of a part as a pattern of the whole. It speaks of URLs that have the part.
///
/// # Errors
/// It has a kind of pattern that no part can match, or its automaton is too large.
pub fn lift(pattern: &Pattern, part: UrlPart) -> Result<Pattern, Malformed> {
    let lifted = Lift { part, name: None }.pattern(pattern)?;
    if !matches!(part, UrlPart::Query | UrlPart::Fragment) {
        return Ok(lifted);
    }
    let present = automaton(pattern.at, &part.present())?;
    Ok(and(pattern.at, vec![present, lifted]))
}

#[derive(Clone, Copy)]
struct Lift<'n> {
    part: UrlPart,
    /// The parameter of the query that is spoken of.
    name: Option<&'n str>,
}

impl Lift<'_> {
    fn pattern(self, pattern: &Pattern) -> Result<Pattern, Malformed> {
        use PatternKind as P;
        let at = pattern.at;
        let all = |parts: &[Pattern]| {
            parts
                .iter()
                .map(|part| self.pattern(part))
                .collect::<Result<Vec<_>, _>>()
        };
        let regex = match &pattern.kind {
            P::And(parts) => return Ok(and(at, all(parts)?)),
            P::Or(parts) => {
                let kind = P::Or(all(parts)?);
                return Ok(Pattern { at, kind });
            }
            P::Not(inner) => {
                let kind = P::Not(Box::new(self.pattern(inner)?));
                return Ok(Pattern { at, kind });
            }
            P::Object { fields, open } if self.part == UrlPart::Query && self.name.is_none() => {
                return self.parameters(at, fields, *open);
            }
            P::Any => "(?s-u).*".to_owned(),
            P::Number(number) if self.part == UrlPart::Port => ports(Some(number), Some(number)),
            P::Range { low, high, .. } if self.part == UrlPart::Port => ports(low.as_ref(), high.as_ref()),
            P::Reading(ReadingKind::Host) if self.part == UrlPart::Host => {
                format!("(?s-u)[^:]*://(?:[a-z0-9_-]+\\.)*[a-z0-9_-]*[a-z_-][a-z0-9_-]*{AFTER_HOST}")
            }
            P::Reading(ReadingKind::Ip) if self.part == UrlPart::Host => {
                format!("(?s-u)[^:]*://(?:\\[[0-9a-f:]+\\]|[0-9]+(?:\\.[0-9]+){{3}}){AFTER_HOST}")
            }
            P::String(text) if self.part != UrlPart::Port => self.text(text),
            P::Automaton(automaton) if self.part != UrlPart::Port => self.expression(&automaton.hir()),
            P::Text { min, max, line } if self.part != UrlPart::Port => self.expression(&length(*min, *max, *line)?),
            _ => return Err(Malformed::new("no part of a URL is of this kind")),
        };
        automaton(at, &regex)
    }

    fn text(self, text: &str) -> String {
        let text = match self.part {
            UrlPart::Host => text.trim_start_matches('[').trim_end_matches(']'),
            UrlPart::Path if text.len() > 1 => text.strip_suffix('/').unwrap_or(text),
            _ => text,
        };
        self.expression(&Hir::literal(text.as_bytes()))
    }

    /// An expression over the part's text, as one over the whole URL.
    fn expression(self, hir: &Hir) -> String {
        if let Some(name) = self.name {
            return parameter(name, Some(hir));
        }
        let whole = match self.part {
            UrlPart::Scheme => {
                let scheme = restricted(hir, |b| is_unreserved(b) || b == b'+');
                format!("(?:{scheme})://.*")
            }
            UrlPart::Host => {
                let name = restricted(hir, |b| {
                    b.is_ascii_lowercase() || b.is_ascii_digit() || b"._-".contains(&b)
                });
                let address = restricted(hir, |b| b.is_ascii_hexdigit() || b == b':');
                format!("[^:]*://(?:(?:{name})|\\[(?:{address})\\]){AFTER_HOST}")
            }
            UrlPart::Path => {
                let path = with_slash(&restricted(hir, |b| !b"?#".contains(&b)));
                let root = Automaton::new(&hir.to_string()).is_ok_and(|automaton| automaton.accepts("/"));
                let none = if root { "|" } else { "" };
                format!("{UP_TO_HOST}(?::[0-9]+)?(?:{path}{none})(?:[?#].*)?")
            }
            UrlPart::Query => format!(r"[^?#]*\?(?:{})(?:#.*)?", restricted(hir, |b| b != b'#')),
            UrlPart::Fragment => format!("[^#]*#(?:{})", restricted(hir, |_| true)),
            UrlPart::Port => "[a&&b]".to_owned(),
        };
        format!("(?s-u){whole}")
    }

    /// `query: { page: P, q?: Q }`: in any order, each once.
    fn parameters(self, at: At, fields: &[super::super::Field], open: bool) -> Result<Pattern, Malformed> {
        let mut all = Vec::new();
        for field in fields {
            let present = automaton(at, &parameter(&field.name, None))?;
            let lift = Lift {
                name: Some(&field.name),
                ..self
            };
            let inner = lift.pattern(&field.pattern)?;
            let holds = and(at, vec![present.clone(), inner]);
            all.push(if field.optional {
                let absent = PatternKind::Not(Box::new(present));
                Pattern {
                    at,
                    kind: PatternKind::Or(vec![Pattern { at, kind: absent }, holds]),
                }
            } else {
                holds
            });
        }
        if !open {
            let names: Vec<String> = fields.iter().map(|field| name_regex(&field.name)).collect();
            let one = format!("(?:{})(?:=[^&#]*)?", names.join("|"));
            let only = if fields.is_empty() {
                "[a&&b]".to_owned()
            } else {
                format!("{one}(?:&{one})*")
            };
            all.push(automaton(at, &format!(r"(?s-u)[^?#]*\?{only}(?:#.*)?"))?);
        }
        Ok(and(at, all))
    }
}

/// The URLs whose query has this parameter, with such a value if one is given.
fn parameter(name: &str, value: Option<&Hir>) -> String {
    let value = value.map_or_else(
        || "(?:=[^&#]*)?".to_owned(),
        |hir| {
            let raw = |b| is_unreserved(b) || b"/?:@!$'()*,=".contains(&b);
            let encoded = map(hir, &|class| percent_encoded(class, raw));
            // Without `=` its value is empty.
            let empty = if is_nullable(hir) { "|" } else { "" };
            format!("(?:=(?:{encoded}){empty})")
        },
    );
    format!(
        r"(?s-u)[^?#]*\?(?:[^#]*&)?(?:{}){value}(?:&[^#]*)?(?:#.*)?",
        name_regex(name)
    )
}

fn name_regex(name: &str) -> String {
    let raw = |b| is_unreserved(b) || b"/?:@!$'()*,".contains(&b);
    let encode = |class: &ClassUnicode| percent_encoded(class, raw);
    text_of(name, &encode).to_string()
}

fn length(min: u64, max: Option<u64>, line: bool) -> Result<Hir, Malformed> {
    let class = if line {
        r"[^\p{Cc}\u{2028}\u{2029}\u{61c}\u{200e}\u{200f}\u{202a}-\u{202e}\u{2066}-\u{2069}]"
    } else {
        "(?s:.)"
    };
    let max = max.map_or_else(String::new, |max| max.to_string());
    regex_syntax::parse(&format!("{class}{{{min},{max}}}"))
        .map_err(|_| Malformed::new("the length is too large for an automaton"))
}

/// Ports from the least to the greatest; where none is written, the scheme's own.
fn ports(low: Option<&Decimal>, high: Option<&Decimal>) -> String {
    let number = |port: u16| Decimal::parse(&port.to_string());
    let all: Vec<u16> = (1..=u16::MAX).collect();
    let before = all.partition_point(|port| low.is_some_and(|low| number(*port).is_some_and(|port| port < *low)));
    let until = all.partition_point(|port| high.is_none_or(|high| number(*port).is_some_and(|port| port <= *high)));
    let run = all.get(before..until).unwrap_or_default();
    let (first, last) = (run.first().copied(), run.last().copied());
    let within = |port: u16| run.binary_search(&port).is_ok();
    let own = ["http", "https", "ws", "wss", "ftp"].into_iter();
    let own: Vec<&str> = own.filter(|scheme| default_port(scheme).is_some_and(within)).collect();
    let mut forms = Vec::new();
    if !own.is_empty() {
        forms.push(format!(
            r"(?:{})://(?:\[[^\]]*\]|[^:/?#\[]*)(?:[/?#].*)?",
            own.join("|")
        ));
    }
    if let Some((first, last)) = first.zip(last) {
        forms.push(format!("{UP_TO_HOST}:(?:{})(?:[/?#].*)?", decimal_range(first, last)));
    }
    format!(
        "(?s-u)(?:{})",
        if forms.is_empty() {
            "[a&&b]".to_owned()
        } else {
            forms.join("|")
        }
    )
}

/// Numbers in decimal, without zeros before them.
fn decimal_range(first: u16, last: u16) -> String {
    let mut forms = Vec::new();
    let mut from = u32::from(first);
    let to = u32::from(last);
    while from <= to {
        // The longest run from here of which the last digits are free.
        let free = (1..5)
            .take_while(|digits| {
                let size = 10_u32.pow(*digits);
                from.is_multiple_of(size) && from + size - 1 <= to && from > 0
            })
            .last()
            .unwrap_or(0);
        let size = 10_u32.pow(free);
        let mut fixed = (from / size).to_string();
        fixed.push_str(&"[0-9]".repeat(usize::try_from(free).unwrap_or(0)));
        forms.push(fixed);
        from += size;
    }
    forms.join("|")
}

fn automaton(at: At, regex: &str) -> Result<Pattern, Malformed> {
    let automaton = Automaton::new(regex).map_err(|error| Malformed::new(error.to_string()))?;
    Ok(Pattern {
        at,
        kind: PatternKind::Automaton(automaton),
    })
}

fn and(at: At, parts: Vec<Pattern>) -> Pattern {
    Pattern {
        at,
        kind: PatternKind::And(parts),
    }
}
