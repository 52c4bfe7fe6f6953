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
    if value.is_empty() {
        return Err(Why::new("it is empty"));
    }
    if value.parse::<std::net::IpAddr>().is_ok() || value.starts_with('[') {
        return Err(Why::of(value, "is an address, not the name of a host"));
    }
    if ends_in_number(value) {
        return Err(Why::of(value, ODD_ADDRESS));
    }
    check(value)?;
    Ok(value)
}

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
