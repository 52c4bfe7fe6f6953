//! `url("https://*.acme.com/v1/**")`: the parts of a URL, each with stars of its own.

use super::segments::{Malformed, Segment, Segments};
use super::{Char, HostPattern, chars, escaped};
use crate::pattern::glob::Piece;

/// Characters of a path's segment, and of a query's parameter.
const SEGMENT: &str = "[^/?#]";
const PARAMETER: &str = "[^&#]";

/// The port that a scheme has where a URL names none: WHATWG URL section 4.2, the special schemes that have one.
#[must_use]
pub fn default_port(scheme: &str) -> Option<u16> {
    match scheme {
        "http" | "ws" => Some(80),
        "https" | "wss" => Some(443),
        "ftp" => Some(21),
        _ => None,
    }
}

/// URLs by their parts. What is not written is absent: no query, no fragment, the scheme's own port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UrlPattern {
    scheme: String,
    host: Host,
    port: Port,
    path: Segments,
    query: Option<Segments>,
    fragment: Option<Segments>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Host {
    /// Under `file`.
    None,
    /// An IPv6 address in its brackets.
    Address(String),
    Name(HostPattern),
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Port {
    Default,
    Any,
    One(String),
}

impl UrlPattern {
    /// Parses the text of a pattern. Pieces marked `true` are literal.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(pieces: &[Piece<'_>]) -> Result<Self, Malformed> {
        let text = chars(pieces);
        let no_scheme = || Malformed::new("it does not begin with a scheme and `://`");
        let colon = text.iter().position(|(c, _)| *c == ':').ok_or_else(no_scheme)?;
        let (scheme, rest) = text.split_at_checked(colon).ok_or_else(no_scheme)?;
        let rest = without(rest, "://").ok_or_else(no_scheme)?;
        if scheme.contains(&('*', true)) {
            let why = "its scheme has a star; write `url { scheme: \"http\" | \"https\", … }`";
            return Err(Malformed::new(why));
        }
        let scheme: String = scheme.iter().map(|(c, _)| c).collect();
        let (rest, fragment) = cut(rest, '#');
        let (rest, query) = cut(rest, '?');
        let end = rest.iter().position(|(c, _)| *c == '/').unwrap_or(rest.len());
        let (authority, path) = rest.split_at_checked(end).unwrap_or((rest, &[]));
        let (host, port) = parse_authority(authority)?;
        Ok(Self {
            port: parse_port(&scheme, port)?,
            scheme,
            host,
            path: parse_path(path)?,
            query: query.map(|query| Segments::parse(query, '&')).transpose()?,
            fragment: fragment.map(|fragment| Segments::parse(fragment, '/')).transpose()?,
        })
    }

    /// Its scheme.
    #[must_use]
    pub fn scheme(&self) -> &str {
        &self.scheme
    }

    /// What it says of the host, if that is a name.
    #[must_use]
    pub fn host(&self) -> Option<&HostPattern> {
        match &self.host {
            Host::Name(host) => Some(host),
            Host::None | Host::Address(_) => None,
        }
    }

    /// Does it tell one query from another?
    #[must_use]
    pub fn inspects_query(&self) -> bool {
        self.query.as_ref().is_some_and(|query| !query.is_any())
    }

    /// Does it name a fragment?
    #[must_use]
    pub fn names_fragment(&self) -> bool {
        self.fragment.is_some()
    }

    /// The regular expression over canonical URLs.
    #[must_use]
    pub fn regex(&self) -> String {
        let scheme: String = self.scheme.chars().map(escaped).collect();
        let host = match &self.host {
            Host::None => String::new(),
            Host::Address(text) => text.chars().map(escaped).collect(),
            Host::Name(host) if host.is_any() => ANY_HOST.to_owned(),
            Host::Name(host) => host.regex(),
        };
        let port = match &self.port {
            Port::Default => String::new(),
            Port::Any => "(?::[0-9]+)?".to_owned(),
            Port::One(port) => format!(":{port}"),
        };
        let path = self.path.after('/', SEGMENT);
        let query = self.query.as_ref().map_or_else(String::new, |query| {
            if query.is_any() {
                r"(?:\?[^#]+)?".to_owned()
            } else {
                format!(r"\?{}", query.between('&', PARAMETER))
            }
        });
        let fragment = self.fragment.as_ref().map_or_else(String::new, |fragment| {
            if fragment.is_any() {
                "(?:#.+)?".to_owned()
            } else {
                format!("#{}", fragment.between('/', "[^/]"))
            }
        });
        format!("(?s-u){scheme}://{host}{port}{path}{query}{fragment}")
    }

    /// A URL that it holds, if it holds any.
    #[must_use]
    pub fn example(&self) -> String {
        let host = match &self.host {
            Host::None => String::new(),
            Host::Address(text) => text.clone(),
            Host::Name(host) => host.example(),
        };
        let port = match &self.port {
            Port::One(port) => format!(":{port}"),
            Port::Default | Port::Any => String::new(),
        };
        let path: String = self
            .path
            .0
            .iter()
            .map(|one| format!("/{}", Segments(vec![one.clone()]).example('/')))
            .collect();
        let with = |mark: &str, part: &Option<Segments>, separator| {
            part.as_ref()
                .map_or_else(String::new, |part| format!("{mark}{}", part.example(separator)))
        };
        let (query, fragment) = (with("?", &self.query, '&'), with("#", &self.fragment, '/'));
        format!("{}://{host}{port}{path}{query}{fragment}", self.scheme)
    }
}

/// A name, an IPv4 address, or an IPv6 address in brackets.
pub(super) const ANY_HOST: &str = r"(?:\[[0-9a-f:]+\]|[a-z0-9._-]+)";

fn parse_authority(text: &[Char]) -> Result<(Host, Option<&[Char]>), Malformed> {
    if text.iter().any(|(c, _)| *c == '@') {
        return Err(Malformed::new("it names a user"));
    }
    if text.is_empty() {
        return Ok((Host::None, None));
    }
    if text.first().is_some_and(|(c, _)| *c == '[') {
        let end = text
            .iter()
            .position(|(c, _)| *c == ']')
            .map_or(text.len(), |end| end + 1);
        let (address, rest) = text.split_at_checked(end).unwrap_or((text, &[]));
        let address = address.iter().map(|(c, _)| c).collect();
        return match rest {
            [] => Ok((Host::Address(address), None)),
            [(':', _), port @ ..] => Ok((Host::Address(address), Some(port))),
            _ => Err(Malformed::new("what follows its address is no port")),
        };
    }
    let (host, port) = cut(text, ':');
    Ok((Host::Name(HostPattern::parse_chars(host)?), port))
}

fn parse_port(scheme: &str, port: Option<&[Char]>) -> Result<Port, Malformed> {
    let Some(port) = port else { return Ok(Port::Default) };
    if port == [('*', true)] {
        return Ok(Port::Any);
    }
    let text: String = port.iter().map(|(c, _)| c).collect();
    let number = text
        .parse::<u16>()
        .ok()
        .filter(|number| *number > 0 && number.to_string() == text);
    match number {
        Some(number) if default_port(scheme) == Some(number) => Ok(Port::Default),
        Some(_) => Ok(Port::One(text)),
        None => Err(Malformed::new("its port is no number from 1 to 65535, and not `*`")),
    }
}

/// A slash at its end says nothing, as in the values.
pub(super) fn parse_path(text: &[Char]) -> Result<Segments, Malformed> {
    let text = without(text, "/").unwrap_or(text);
    let text = match text {
        [rest @ .., ('/', _)] => rest,
        _ => text,
    };
    if text.is_empty() {
        return Ok(Segments::default());
    }
    let segments = Segments::parse(text, '/')?;
    if segments.0.contains(&Segment::Some(Vec::new())) {
        return Err(Malformed::new("its path has an empty segment"));
    }
    Ok(segments)
}

fn without<'t>(text: &'t [Char], prefix: &str) -> Option<&'t [Char]> {
    let mut rest = text;
    for wanted in prefix.chars() {
        match rest.split_first() {
            Some(((c, _), after)) if *c == wanted => rest = after,
            _ => return None,
        }
    }
    Some(rest)
}

fn cut(text: &[Char], at: char) -> (&[Char], Option<&[Char]>) {
    match text.iter().position(|(c, _)| *c == at) {
        Some(position) => (text.get(..position).unwrap_or(text), text.get(position + 1..)),
        None => (text, None),
    }
}
