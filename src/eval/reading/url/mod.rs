//! *url*: an absolute URL that every reader takes apart in the same way.
//!
//! Sources: WHATWG URL (the parser and serialiser of section 4, special schemes and their ports of section 4.2); RFC 3986
//! sections 2.1 to 2.3 (percent-encoding), 3 (the parts) and 6.2 (which spellings are the same). What is taken is what
//! both read alike, and what the WHATWG serialiser writes back unchanged, an empty path and a slash at its end aside.

mod text;

use std::net::Ipv4Addr;

use super::{Canonical, Why, host, ip, path, put};
use crate::pattern::default_port;
use crate::table::UrlReading;
use text::{Percent, check_parameters, check_text};

/// The parts of a URL, as they stand in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parts<'a> {
    /// Before `://`.
    pub scheme: &'a str,
    /// A name, or an address; an IPv6 address in its brackets. Empty under `file`.
    pub host: &'a str,
    /// After `:`; `None`: the scheme's own.
    pub port: Option<&'a str>,
    /// From the first `/` on; empty if there is none.
    pub path: &'a str,
    /// After `?`.
    pub query: Option<&'a str>,
    /// After `#`.
    pub fragment: Option<&'a str>,
}

/// A canonical URL: without the slash at the end of its path, and with the IPv4 address where its host carries one.
pub(super) fn read<'a>(reading: &UrlReading, value: &'a str, written: &mut String) -> Result<Canonical, Why<'a>> {
    check_characters(value)?;
    let (scheme, rest) = match value.split_once("://") {
        Some((scheme, rest)) if !scheme.contains(['/', '?', '#', '@']) => (scheme, rest),
        _ => return read_without_scheme(reading, value, written),
    };
    check_scheme(reading, scheme)?;
    let (parts, carried) = check(reading, scheme, rest, written)?;
    let path = without_slash(parts.path);
    let slash = parts.path.len() - path.len();
    let bare = parts.query.is_none() && parts.fragment.is_none();
    if carried.is_none() && (slash == 0 || bare) {
        return Ok(Canonical::Beginning(value.len() - slash));
    }
    Ok(write(&parts, carried, written))
}

/// The parts of a URL, each of them canonical, and the IPv4 address that its host carries.
fn check<'a>(
    reading: &UrlReading,
    scheme: &'a str,
    rest: &'a str,
    written: &mut String,
) -> Result<(Parts<'a>, Option<Ipv4Addr>), Why<'a>> {
    let parts = split(scheme, rest)?;
    let carried = check_host(reading, &parts)?;
    check_port(&parts)?;
    check_path(&parts, written)?;
    if let Some(query) = parts.query {
        check_query(reading, scheme, query)?;
    }
    if let Some(fragment) = parts.fragment {
        check_fragment(reading, fragment)?;
    }
    Ok((parts, carried))
}

/// Takes a canonical URL apart. O(bytes).
#[must_use]
pub fn parts(canonical: &str) -> Option<Parts<'_>> {
    let (scheme, rest) = canonical.split_once("://")?;
    split(scheme, rest).ok()
}

/// What the WHATWG parser takes out, turns round, or encodes first.
fn check_characters(value: &str) -> Result<(), Why<'_>> {
    for c in value.chars() {
        match c {
            '\\' => return Err(Why::new("a backslash is a slash for some readers")),
            '\t' | '\n' | '\r' => return Err(Why::new("it has a tab or line break, which some readers take out")),
            c if c.is_control() => return Err(Why::new("it has a control character")),
            ' ' => return Err(Why::new("it has white space; write `%20`")),
            c if !c.is_ascii() => return Err(Why::new("it has characters outside ASCII; write them encoded")),
            _ => {}
        }
    }
    Ok(())
}

/// A value as if it had the slot's own scheme.
fn read_without_scheme<'a>(reading: &UrlReading, value: &'a str, written: &mut String) -> Result<Canonical, Why<'a>> {
    let Some(scheme) = &reading.default_scheme else {
        return Err(Why::new("it does not begin with a scheme and `://`"));
    };
    let authority = value.split(['/', '?', '#']).next().unwrap_or(value);
    if authority.contains(':') {
        // `tel:1`, `localhost:80`: WHATWG finds a scheme before the colon.
        return Err(Why::of(authority, "begins with what some readers take for a scheme"));
    }
    check_scheme(reading, scheme).map_err(|why| why.about(value))?;
    let (parts, carried) = check(reading, scheme, value, written).map_err(|why| why.about(value))?;
    Ok(write(&parts, carried, written))
}

fn check_scheme<'a>(reading: &UrlReading, scheme: &'a str) -> Result<(), Why<'a>> {
    if reading.schemes.iter().any(|known| known == scheme) {
        return Ok(());
    }
    if reading.schemes.iter().any(|known| known.eq_ignore_ascii_case(scheme)) {
        return Err(Why::of(scheme, "is a scheme in upper case; write it in lower case"));
    }
    Err(Why::of(scheme, "is no scheme that this slot takes"))
}

fn split<'a>(scheme: &'a str, rest: &'a str) -> Result<Parts<'a>, Why<'a>> {
    let (rest, fragment) = cut(rest, '#');
    let (rest, query) = cut(rest, '?');
    let end = rest.find('/').unwrap_or(rest.len());
    let (authority, path) = rest.split_at_checked(end).unwrap_or((rest, ""));
    if authority.contains('@') {
        return Err(Why::new("it names a user"));
    }
    let after_brackets = authority.find(']').map_or(0, |end| end + 1);
    let (_, after) = authority.split_at_checked(after_brackets).unwrap_or(("", authority));
    let (host, port) = match after
        .find(':')
        .and_then(|at| authority.split_at_checked(after_brackets + at))
    {
        Some((host, port)) => (host, port.strip_prefix(':')),
        None => (authority, None),
    };
    Ok(Parts {
        scheme,
        host,
        port,
        path,
        query,
        fragment,
    })
}

fn cut(text: &str, at: char) -> (&str, Option<&str>) {
    match text.split_once(at) {
        Some((before, after)) => (before, Some(after)),
        None => (text, None),
    }
}

/// A canonical host: the IPv4 address that it carries.
fn check_host<'a>(reading: &UrlReading, parts: &Parts<'a>) -> Result<Option<Ipv4Addr>, Why<'a>> {
    let name = parts.host;
    if parts.scheme == "file" {
        return match (name, parts.port) {
            ("", None) => Ok(None),
            _ => Err(Why::new("it names a file on another host")),
        };
    }
    if name.is_empty() {
        return Err(Why::new("it has no host"));
    }
    if let Some(address) = name.strip_prefix('[') {
        let Some(address) = address.strip_suffix(']') else {
            return Err(Why::of(name, "is no IP address"));
        };
        return ip::check_in_url(address);
    }
    let is_word = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._-".contains(&b);
    if reading.resource && !is_special(parts.scheme) && name.bytes().all(is_word) {
        return Ok(None);
    }
    if host::ends_in_number(name) {
        // A dot at its end is left to the rules of names.
        if name.ends_with('.') {
            host::check(name)?;
        }
        ip::check(name)?;
    } else {
        host::check(name)?;
    }
    Ok(None)
}

fn check_port<'a>(parts: &Parts<'a>) -> Result<(), Why<'a>> {
    let Some(port) = parts.port else { return Ok(()) };
    let digits = !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit());
    match port.parse::<u16>() {
        Ok(number) if digits && number > 0 && !port.starts_with('0') => {
            if default_port(parts.scheme) == Some(number) {
                return Err(Why::of(port, "is the scheme's own port, which is left out"));
            }
            Ok(())
        }
        _ => Err(Why::of(port, "is no port, or one with zeros before it")),
    }
}

fn check_path<'a>(parts: &Parts<'a>, written: &mut String) -> Result<(), Why<'a>> {
    let path = parts.path;
    check_text(path, b"/:@!$&'()*+,=", &Percent::PATH)?;
    let segments = without_slash(path);
    if segments.contains("//") || segments.ends_with('/') {
        return Err(Why::new("its path has an empty segment"));
    }
    if segments.split('/').any(|segment| matches!(segment, "." | "..")) {
        return Err(Why::new("its path has a `.` or `..` segment"));
    }
    if parts.scheme == "file" {
        return check_file(path, written);
    }
    Ok(())
}

/// The path of a `file` URL is also a path. It is decoded where there is room, which is empty again afterwards.
fn check_file<'a>(path: &'a str, room: &mut String) -> Result<(), Why<'a>> {
    text::decode(path, room);
    path::check_absolute(room).map_err(|why| why.about(path))?;
    room.clear();
    Ok(())
}

fn check_query<'a>(reading: &UrlReading, scheme: &str, query: &'a str) -> Result<(), Why<'a>> {
    if query.is_empty() {
        return Err(Why::new("nothing follows its `?`"));
    }
    // WHATWG encodes `'` in the query of a special scheme.
    let allowed: &[u8] = if is_special(scheme) {
        b"/?:@!$&()*+,;="
    } else {
        b"/?:@!$&'()*+,;="
    };
    check_text(query, allowed, &Percent::QUERY)?;
    if reading.inspected {
        check_parameters(query)?;
    }
    Ok(())
}

fn check_fragment<'a>(reading: &UrlReading, fragment: &'a str) -> Result<(), Why<'a>> {
    if fragment.is_empty() {
        return Err(Why::new("nothing follows its `#`"));
    }
    if !reading.fragment {
        return Err(Why::new("it has a fragment, which no rule names"));
    }
    check_text(fragment, b"/?:@!$&'()*+,;=", &Percent::QUERY)
}

/// Does WHATWG have rules of its own for the scheme?
fn is_special(scheme: &str) -> bool {
    scheme == "file" || default_port(scheme).is_some()
}

fn without_slash(path: &str) -> &str {
    path.strip_suffix('/').unwrap_or(path)
}

fn write(parts: &Parts<'_>, carried: Option<Ipv4Addr>, written: &mut String) -> Canonical {
    put(written, format_args!("{}://", parts.scheme));
    match carried {
        Some(address) => put(written, format_args!("{address}")),
        None => put(written, format_args!("{}", parts.host)),
    };
    let path = without_slash(parts.path);
    for (mark, part) in [
        (":", parts.port),
        ("", Some(path)),
        ("?", parts.query),
        ("#", parts.fragment),
    ] {
        if let Some(part) = part {
            written.push_str(mark);
            written.push_str(part);
        }
    }
    Canonical::Written
}
