//! *host*: the name of a host, as it stands in DNS.
//!
//! Sources: RFC 1123 section 2.1 and RFC 1035 section 2.3.4 (letters, digits, hyphens; lengths); UTS #46 section 4 with
//! UseSTD3ASCIIRules, CheckHyphens and VerifyDnsLength, non-transitional (international names); WHATWG URL section 3.5,
//! *ends in a number* (what some readers take for an address).

use idna::AsciiDenyList;
use idna::uts46::{DnsLength, Hyphens, Uts46};

use super::Why;

/// What readers take for an address of their own, and others do not.
pub(super) const ODD_ADDRESS: &str = "is an IPv4 address in a form that not every reader takes";

/// The longest label and the longest name, in bytes (RFC 1035 section 2.3.4, the name without the dot of the root).
const MAX_LABEL: usize = 63;
const MAX_NAME: usize = 253;

/// A canonical name; not an address in any notation.
pub(super) fn read(value: &str) -> Result<&str, Why<'_>> {
    if !is_plain(value) {
        check_whole(value)?;
    }
    Ok(value)
}

fn check_whole(value: &str) -> Result<(), Why<'_>> {
    if value.is_empty() {
        return Err(Why::new("it is empty"));
    }
    if value.parse::<std::net::IpAddr>().is_ok() || value.starts_with('[') {
        return Err(Why::of(value, "is an address, not the name of a host"));
    }
    if ends_in_number(value) {
        return Err(Why::of(value, ODD_ADDRESS));
    }
    check(value)
}

/// Most names are short, have no two hyphens or dots together, and a last label that begins with a letter: nothing more
/// needs to be asked of them.
fn is_plain(value: &str) -> bool {
    let (mut faults, mut before, mut begins) = (0, DOT, 0);
    for byte in value.bytes() {
        let class = CLASSES.get(usize::from(byte)).copied().unwrap_or(ODD);
        // Two that part are a fault behind each other, at an end too.
        faults |= class & (before & PART | ODD);
        begins = if before == DOT { class } else { begins };
        before = class;
    }
    (faults | before & PART | begins & DIGIT) == 0 && value.len() <= MAX_LABEL
}

/// It may not stand in a name, or is a capital.
const ODD: u8 = 1;
/// It may only stand between letters and digits.
const PART: u8 = 2;
const DOT: u8 = 4 | PART;
const DIGIT: u8 = 8;

/// What each byte is in a name.
#[expect(clippy::indexing_slicing, reason = "evaluated by the compiler; a byte is below 256")]
static CLASSES: [u8; 256] = {
    let mut classes = [ODD; 256];
    let mut letter = b'a';
    while letter <= b'z' {
        classes[letter as usize] = 0;
        letter += 1;
    }
    let mut digit = b'0';
    while digit <= b'9' {
        classes[digit as usize] = DIGIT;
        digit += 1;
    }
    classes[b'-' as usize] = PART;
    classes[b'.' as usize] = DOT;
    classes
};

/// The rules of a name that does not end in a number.
pub(super) fn check(name: &str) -> Result<(), Why<'_>> {
    if name.ends_with('.') {
        return Err(Why::of(name, "ends in a dot, which some readers keep"));
    }
    if !name.is_ascii() {
        return Err(Why::of(
            name,
            "has characters outside ASCII; write its labels as `xn--…`",
        ));
    }
    if name.bytes().any(|b| b.is_ascii_uppercase()) {
        return Err(Why::of(name, "has upper-case letters; write them in lower case"));
    }
    if name.len() > MAX_NAME {
        return Err(Why::of(name, "is longer than a name in DNS"));
    }
    name.split('.').try_for_each(check_label)?;
    // Only such labels hold anything that IDNA could still object to.
    if name.split('.').any(|label| label.starts_with("xn--")) && !is_idna(name) {
        return Err(Why::of(name, "has an `xn--` label that is no international name"));
    }
    Ok(())
}

fn check_label(label: &str) -> Result<(), Why<'_>> {
    let plain = |b: u8| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-');
    if label.is_empty() {
        return Err(Why::new("its host has an empty label"));
    }
    if !label.bytes().all(plain) {
        return Err(Why::of(label, "has a character that names of hosts cannot have"));
    }
    if label.len() > MAX_LABEL {
        return Err(Why::of(label, "is longer than a label in DNS"));
    }
    let hyphens = label.as_bytes().get(2..4) == Some(b"--") && !label.starts_with("xn--");
    if label.starts_with('-') || label.ends_with('-') || hyphens {
        return Err(Why::of(
            label,
            "has a hyphen where international names keep it for themselves",
        ));
    }
    Ok(())
}

fn is_idna(name: &str) -> bool {
    let read = Uts46::new().to_ascii(name.as_bytes(), AsciiDenyList::STD3, Hyphens::Check, DnsLength::Verify);
    read.is_ok_and(|read| read == name)
}

/// Does the last label look like a number? Then readers after WHATWG take the whole for an IPv4 address, in hexadecimal,
/// octal, or fewer parts than four; others ask DNS for it.
pub(super) fn ends_in_number(host: &str) -> bool {
    let host = host.strip_suffix('.').unwrap_or(host);
    let last = host.rsplit('.').next().unwrap_or(host);
    let hexadecimal = last.strip_prefix("0x").or_else(|| last.strip_prefix("0X"));
    match hexadecimal {
        Some(digits) => digits.bytes().all(|b| b.is_ascii_hexdigit()),
        None => !last.is_empty() && last.bytes().all(|b| b.is_ascii_digit()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        // The short way is one of the long way.
        #[test]
        fn plain_names_are_read_as_others_are(value in "[a-z0-9.A_-]{0,8}|[xn019a-f.-]{0,8}|[a-z.]{60,66}") {
            if is_plain(&value) {
                proptest::prop_assert_eq!(check_whole(&value), Ok(()));
            }
        }
    }

    #[test]
    fn most_names_are_plain() {
        for name in ["a", "example.com", "eu-west-1.s3.example.com", "1a.b2"] {
            assert!(is_plain(name), "{name}");
        }
        for name in [
            "", ".", "a.", "a..b", "a-.b", "-a", "a--b", "a.1", "a.0xb", "1.2.3.4", "A", "é", "::a",
        ] {
            assert!(!is_plain(name), "{name}");
        }
    }
}
