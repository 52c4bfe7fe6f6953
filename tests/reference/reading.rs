//! The readings other than path: which values are canonical, and what they are called. Written down from `docs/readings.md`
//! with what the `url` crate, `idna`, the standard library and `jiff` say.

use std::net::{IpAddr, Ipv4Addr};

use url::{Host, Url};

use super::path::{self, PathReading};

/// How the strings of a slot are read.
#[derive(Clone, Debug, PartialEq)]
pub enum Reading {
    Path(PathReading),
    Url(UrlReading),
    Host,
    Ip,
    Email,
    Datetime(Option<String>),
    Date,
}

/// How a slot's URLs are declared, and what rules ask of them.
#[derive(Clone, Debug, PartialEq)]
pub struct UrlReading {
    pub schemes: Vec<String>,
    pub default: Option<String>,
    pub inspected: bool,
    pub fragment: bool,
}

impl Default for UrlReading {
    fn default() -> Self {
        Self {
            schemes: vec!["https".to_owned()],
            default: None,
            inspected: false,
            fragment: false,
        }
    }
}

impl UrlReading {
    /// The scheme that is meant where a rule says nothing of it.
    pub fn own_scheme(&self) -> &str {
        let https = self.schemes.iter().find(|scheme| *scheme == "https");
        self.default.as_ref().or(https).unwrap_or(&self.schemes[0])
    }
}

impl Reading {
    /// How a slot is read where a rule says no more than this.
    pub fn plain(name: &str) -> Option<Self> {
        Some(match name {
            "path" => Self::Path(PathReading::default()),
            "url" => Self::Url(UrlReading::default()),
            "host" => Self::Host,
            "ip" => Self::Ip,
            "email" => Self::Email,
            "datetime" => Self::Datetime(None),
            "date" => Self::Date,
            _ => return None,
        })
    }

    /// The same, with nothing asked yet of a URL's query and fragment.
    pub fn without_questions(&self) -> Self {
        match self {
            Self::Url(url) => Self::Url(UrlReading {
                inspected: false,
                fragment: false,
                ..url.clone()
            }),
            other => other.clone(),
        }
    }

    /// What a rule looks at in a URL has to have one reading.
    pub fn ask(&mut self, other: &Self) {
        if let (Self::Url(own), Self::Url(other)) = (self, other) {
            own.inspected |= other.inspected;
            own.fragment |= other.fragment;
        }
    }

    pub fn name(&self) -> &'static str {
        match self {
            Self::Path(_) => "path",
            Self::Url(_) => "url",
            Self::Host => "host",
            Self::Ip => "ip",
            Self::Email => "email",
            Self::Datetime(_) => "datetime",
            Self::Date => "date",
        }
    }

    /// What patterns see of a value; `None` if it has more than one reading.
    pub fn canonical(&self, value: &str) -> Option<String> {
        match self {
            Self::Path(path) => path::canonical(path, value),
            Self::Url(url) => canonical_url(url, value),
            Self::Host => is_host(value).then(|| value.to_owned()),
            Self::Ip => canonical_ip(value),
            Self::Email => canonical_email(value),
            Self::Datetime(None) => canonical_time(value),
            Self::Datetime(Some(form)) => time_in_form(form, value),
            Self::Date => is_date(value).then(|| value.to_owned()),
        }
    }
}

/// A name that strict IDNA leaves as it is, and that nobody takes for an address.
fn is_host(value: &str) -> bool {
    let name = matches!(Host::parse(value), Ok(Host::Domain(name)) if name == value);
    name && idna::domain_to_ascii_strict(value).is_ok_and(|ascii| ascii == value)
}

fn canonical_ip(value: &str) -> Option<String> {
    let address: IpAddr = value.parse().ok()?;
    (address.to_string() == value).then(|| carried(address).to_string())
}

/// The IPv4 address that an IPv6 address carries.
pub fn carried(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V6(v6) if v6.octets()[..12] == [0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0] => {
            let [.., a, b, c, d] = v6.octets();
            Ipv4Addr::new(a, b, c, d).into()
        }
        other => other.to_canonical(),
    }
}

fn canonical_email(value: &str) -> Option<String> {
    let value = value.to_ascii_lowercase();
    let parts: Vec<&str> = value.split('@').collect();
    let [local, host] = parts.as_slice() else { return None };
    let atoms: Vec<&str> = local.split('.').collect();
    let atom = |text: &&str| {
        let allowed = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c);
        !text.is_empty() && text.chars().all(allowed)
    };
    (atoms.iter().all(atom) && local.len() <= 64 && value.len() <= 254 && is_host(host)).then(|| value.clone())
}

fn canonical_time(value: &str) -> Option<String> {
    let shape: String = value
        .chars()
        .map(|c| if c.is_ascii_digit() { '0' } else { c })
        .collect();
    let rest = shape.strip_prefix("0000-00-00T00:00:00")?;
    let (fraction, zone) = rest.split_at(rest.find(['Z', '+', '-'])?);
    let digits = fraction.strip_prefix('.').unwrap_or("0");
    let plain = (1..=9).contains(&digits.len()) && digits.chars().all(|c| c == '0');
    let offset =
        matches!(zone, "+00:00" | "-00:00") && value[value.len() - 5..] < *"24:00" && !value.ends_with("-00:00");
    if !plain || !(zone == "Z" || offset) || &value[17..19] == "60" || value.starts_with("0000") {
        return None;
    }
    written(value.parse().ok()?)
}

/// A canonical time.
pub fn instant(canonical: &str) -> jiff::Timestamp {
    format!("{canonical}Z").parse().unwrap()
}

fn time_in_form(form: &str, value: &str) -> Option<String> {
    let broken = jiff::fmt::strtime::parse(form, value).ok()?;
    let civil = broken
        .to_datetime()
        .or_else(|_| broken.to_date().map(|date| date.at(0, 0, 0, 0)));
    let zone = broken.offset().unwrap_or(jiff::tz::Offset::UTC).to_time_zone();
    let zoned = civil.ok()?.to_zoned(zone).ok()?;
    (zoned.strftime(form).to_string() == value).then(|| written(zoned.timestamp()))?
}

/// In UTC, as it is compared: without `Z`, and without zeros after a fraction.
fn written(time: jiff::Timestamp) -> Option<String> {
    let utc = time.to_zoned(jiff::tz::TimeZone::UTC);
    let text = utc.strftime("%Y-%m-%dT%H:%M:%S%.9f").to_string();
    let text = text.trim_end_matches('0').trim_end_matches('.');
    // Without a fraction the zeros of the seconds are no zeros after it.
    let text = if text.len() < 19 {
        utc.strftime("%Y-%m-%dT%H:%M:%S").to_string()
    } else {
        text.to_owned()
    };
    (1..=9999).contains(&utc.year()).then_some(text)
}

fn is_date(value: &str) -> bool {
    let date = value.parse::<jiff::civil::Date>();
    date.is_ok_and(|date| date.to_string() == value && date.year() > 0)
}

fn canonical_url(reading: &UrlReading, value: &str) -> Option<String> {
    let first = value.split(['/', '?', '#']).next().unwrap();
    let value = if value.starts_with(&format!("{first}//")) && first.ends_with(':') {
        value.to_owned()
    } else if first.contains(':') {
        return None;
    } else {
        format!("{}://{value}", reading.default.as_ref()?)
    };
    let url = Url::parse(&value).ok()?;
    let (scheme, rest) = value.split_once("://").unwrap();
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, after) = rest.split_at(end);
    let slash = if after.starts_with('/') { "" } else { "/" };
    let same = [value.clone(), format!("{scheme}://{authority}{slash}{after}")].contains(&url.to_string());
    if !same || !reading.schemes.iter().any(|known| known == scheme) || authority.contains('@') {
        return None;
    }
    let host = canonical_host(&url)?;
    let port = url.port();
    let written_port = authority
        .rsplit_once(':')
        .filter(|_| !authority.ends_with(']'))
        .map(|(_, port)| port);
    if port == Some(0) || port.map(|port| port.to_string()).as_deref() != written_port {
        return None;
    }
    let path = after.split(['?', '#']).next().unwrap();
    let path = if url.path().is_empty() || path.is_empty() {
        ""
    } else {
        path.strip_suffix('/').unwrap_or(path)
    };
    let bad_segment = |segment: &str| segment.is_empty() || segment.contains(';');
    if path.split('/').skip(1).any(bad_segment) || !is_encoded(path, "/:@!$&'()*+,=", true) {
        return None;
    }
    if scheme == "file" {
        let reading = PathReading {
            dir: true,
            ..PathReading::default()
        };
        path::canonical(&reading, &decoded(url.path()))?;
    }
    let (query, fragment) = (url.query(), url.fragment());
    let special = matches!(scheme, "http" | "https" | "ws" | "wss" | "ftp" | "file");
    let in_query = if special { "/?:@!$&()*+,;=" } else { "/?:@!$&'()*+,;=" };
    let one_reading = |query: &str| !reading.inspected || are_parameters(query);
    if query.is_some_and(|query| query.is_empty() || !is_encoded(query, in_query, false) || !one_reading(query))
        || fragment
            .is_some_and(|text| !reading.fragment || text.is_empty() || !is_encoded(text, "/?:@!$&'()*+,;=", false))
    {
        return None;
    }
    let with = |mark: &str, text: Option<String>| text.map_or(String::new(), |text| format!("{mark}{text}"));
    Some(format!(
        "{scheme}://{host}{}{path}{}{}",
        with(":", port.map(|port| port.to_string())),
        with("?", query.map(str::to_owned)),
        with("#", fragment.map(str::to_owned))
    ))
}

/// The host as it is matched.
fn canonical_host(url: &Url) -> Option<String> {
    if url.scheme() == "file" {
        return url.host().is_none().then(String::new);
    }
    let text = url.host_str()?;
    if let Some(inner) = text.strip_prefix('[') {
        let address: IpAddr = inner.strip_suffix(']').unwrap().parse().unwrap();
        return Some(match carried(address) {
            IpAddr::V4(v4) => v4.to_string(),
            IpAddr::V6(_) => text.to_owned(),
        });
    }
    let is_v4 = text.parse::<Ipv4Addr>().is_ok();
    (is_v4 || is_host(text)).then(|| text.to_owned())
}

/// Only these characters, letters and digits, and percent-encoding of others in its one form.
fn is_encoded(text: &str, allowed: &str, path: bool) -> bool {
    let unreserved = |c: char| c.is_ascii_alphanumeric() || "-._~".contains(c);
    let pieces: Vec<&str> = text.split('%').collect();
    let plain = |piece: &str| piece.chars().all(|c| unreserved(c) || allowed.contains(c));
    let mut bytes = Vec::new();
    for (index, piece) in pieces.iter().enumerate() {
        let after = if index == 0 {
            bytes.push(b'a');
            piece
        } else {
            let digits = piece
                .get(..2)
                .filter(|digits| digits.chars().all(|c| "0123456789ABCDEF".contains(c)));
            let Some(digits) = digits else { return false };
            let byte = u8::from_str_radix(digits, 16).unwrap();
            let c = char::from(byte);
            let refused =
                unreserved(c) || byte == 0 || (path && (c.is_control() && c.is_ascii() || "/\\%;".contains(c)));
            if refused {
                return false;
            }
            bytes.push(byte);
            &piece[2..]
        };
        if !plain(after) {
            return false;
        }
        // What stands between encoded bytes ends a character.
        if !after.is_empty() {
            bytes.push(b'a');
        }
    }
    String::from_utf8(bytes).is_ok()
}

/// Each name once, and nothing that readers take apart in different ways.
fn are_parameters(query: &str) -> bool {
    let names: Vec<String> = query
        .split('&')
        .map(|one| decoded(one.split('=').next().unwrap()))
        .collect();
    let twice = |(index, name): (usize, &String)| names[..index].contains(name);
    !query.contains(['+', ';'])
        && names.len() <= 64
        && !names.contains(&String::new())
        && !names.iter().enumerate().any(twice)
}

/// What a percent-encoded text stands for.
pub fn decoded(text: &str) -> String {
    let mut pieces = text.split('%');
    let mut bytes = pieces.next().unwrap().as_bytes().to_vec();
    for piece in pieces {
        match piece.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                bytes.extend(&piece.as_bytes()[2..]);
            }
            None => {
                bytes.push(b'%');
                bytes.extend(piece.as_bytes());
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
