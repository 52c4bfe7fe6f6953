//! The characters of a URL's path, query and fragment, and their percent-encoding.

use super::super::Why;

/// Parameters past this many are not compared with each other.
const MAX_PARAMETERS: usize = 64;

/// What must not be percent-encoded, beside what need not be.
pub(super) struct Percent {
    /// Encoded control characters.
    controls: fn(u8) -> bool,
    /// Encoded characters of which some readers part, end or decode again.
    reserved: &'static [u8],
}

impl Percent {
    /// `/`, `\`, `.`, `%` and control characters: readers decode them before or after they take the path apart.
    pub(super) const PATH: Self = Self {
        controls: |b| b.is_ascii_control(),
        reserved: b"/\\.%;",
    };
    /// NUL ends a text for some.
    pub(super) const QUERY: Self = Self {
        controls: |b| b == 0,
        reserved: b"",
    };
}

/// Letters, digits, `-._~`, what else is allowed, and percent-encoding in its one spelling: upper-case digits (RFC 3986
/// section 2.1), nothing encoded that need not be (section 2.3), whole characters of UTF-8.
pub(super) fn check_text<'t>(text: &'t str, allowed: &[u8], percent: &Percent) -> Result<(), Why<'t>> {
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let at = text.len() - rest.len();
        rest = after;
        if byte == b'%' {
            rest = check_encoded(after, percent)?;
        } else if byte == b';' && !allowed.contains(&b';') {
            return Err(Why::new("`;` begins parameters of a segment for some readers"));
        } else if !is_unreserved(byte) && !allowed.contains(&byte) {
            let shown = text.get(at..=at).unwrap_or(text);
            return Err(Why::of(shown, "must be percent-encoded here"));
        }
    }
    Ok(())
}

/// One encoded character after its first `%`; what follows it.
fn check_encoded<'t>(rest: &'t [u8], percent: &Percent) -> Result<&'t [u8], Why<'static>> {
    let (first, mut rest) = hex(rest)?;
    let mut bytes = [first, 0, 0, 0];
    let length = length(first).ok_or(Why::new("it has percent-encoded bytes that are no UTF-8"))?;
    for byte in bytes.iter_mut().take(length).skip(1) {
        let after = rest.strip_prefix(b"%").unwrap_or_default();
        (*byte, rest) = hex(after).map_err(|_| Why::new("it has percent-encoded bytes that are no UTF-8"))?;
    }
    if str::from_utf8(bytes.get(..length).unwrap_or_default()).is_err() {
        return Err(Why::new("it has percent-encoded bytes that are no UTF-8"));
    }
    if is_unreserved(first) || percent.reserved.contains(&first) {
        return Err(Why::new(
            "it has a percent-encoded character that some readers decode first",
        ));
    }
    if first.is_ascii() && (percent.controls)(first) {
        return Err(Why::new("it has a percent-encoded control character"));
    }
    Ok(rest)
}

/// How many bytes the character has that begins with this one.
fn length(first: u8) -> Option<usize> {
    match first {
        0..=0x7f => Some(1),
        0xc2..=0xdf => Some(2),
        0xe0..=0xef => Some(3),
        0xf0..=0xf4 => Some(4),
        _ => None,
    }
}

fn hex(text: &[u8]) -> Result<(u8, &[u8]), Why<'static>> {
    let digit = |b: u8| match b {
        b'0'..=b'9' => Some(b - b'0'),
        b'A'..=b'F' => Some(b - b'A' + 10),
        _ => None,
    };
    match text {
        [high, low, rest @ ..] => match (digit(*high), digit(*low)) {
            (Some(high), Some(low)) => Ok((high << 4 | low, rest)),
            _ if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => Err(Why::new(
                "it has percent-encoding in lower case; write `%2A`, not `%2a`",
            )),
            _ => Err(Why::new("it has a `%` without two digits after it")),
        },
        _ => Err(Why::new("it has a `%` without two digits after it")),
    }
}

/// RFC 3986 section 2.3.
fn is_unreserved(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b"-._~".contains(&b)
}

/// `a=1&b=2`, each name once: readers differ in which of two they take, in what `+` and `;` are, and in what an empty
/// parameter is.
pub(super) fn check_parameters(query: &str) -> Result<(), Why<'_>> {
    if query.contains(['+', ';']) {
        return Err(Why::new("`+` and `;` mean different things to readers of a query"));
    }
    let names = || {
        query
            .split('&')
            .map(|parameter| parameter.split('=').next().unwrap_or(parameter))
    };
    if names().count() > MAX_PARAMETERS {
        return Err(Why::new("its query has more parameters than are compared"));
    }
    for (index, name) in names().enumerate() {
        if name.is_empty() {
            return Err(Why::new("its query has a parameter without a name"));
        }
        if names().take(index).any(|other| bytes(other).eq(bytes(name))) {
            return Err(Why::of(name, "stands twice in the query"));
        }
    }
    Ok(())
}

/// The bytes that a text stands for.
fn bytes(text: &str) -> impl Iterator<Item = u8> + '_ {
    let mut rest = text.as_bytes();
    std::iter::from_fn(move || {
        let (&byte, after) = rest.split_first()?;
        let (byte, after) = match byte {
            b'%' => hex(after).unwrap_or((byte, after)),
            _ => (byte, after),
        };
        rest = after;
        Some(byte)
    })
}

/// Writes the text that a checked text stands for.
pub(super) fn decode(text: &str, written: &mut String) {
    let mut bytes = bytes(text);
    while let Some(first) = bytes.next() {
        let mut character = [first, 0, 0, 0];
        let length = length(first).unwrap_or(1);
        for byte in character.iter_mut().take(length).skip(1) {
            *byte = bytes.next().unwrap_or(0);
        }
        // INVARIANT: what was checked stands for whole characters.
        let character = str::from_utf8(character.get(..length).unwrap_or_default());
        written.push_str(character.unwrap_or("\u{fffd}"));
    }
}
