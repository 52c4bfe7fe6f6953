//! *ip*: an IP address in its canonical text.
//!
//! Sources: RFC 6943 section 3.1.1 (dotted quads without leading zeros; what `inet_aton` takes beside is ambiguous);
//! RFC 5952 section 4 (IPv6 text) and 5 (mixed notation for IPv4-mapped addresses); RFC 4007 section 11 (zones, which
//! mean something on one machine only); RFC 4291 section 2.5.5.2 (IPv4-mapped); RFC 6052 section 2.1 (NAT64).

use std::fmt::{self, Display, Write};
use std::net::{Ipv4Addr, Ipv6Addr};

use super::host::{ODD_ADDRESS, ends_in_number};
use super::{Canonical, Why, put};

/// The prefix of NAT64 addresses, RFC 6052 section 2.1.
const NAT64: [u16; 6] = [0x64, 0xff9b, 0, 0, 0, 0];

/// A canonical address. One that carries an IPv4 address is read as that one.
pub(super) fn read<'v>(value: &'v str, written: &mut String) -> Result<Canonical, Why<'v>> {
    Ok(match check(value)? {
        Some(carried) => put(written, format_args!("{carried}")),
        None => Canonical::whole(value),
    })
}

/// A canonical address: the IPv4 address that it carries.
pub(super) fn check(value: &str) -> Result<Option<Ipv4Addr>, Why<'_>> {
    if value.is_empty() {
        return Err(Why::new("it is empty"));
    }
    if is_dotted_quad(value) {
        return Ok(None);
    }
    if value.contains(':') {
        return check_v6(value, |address, value| is_text_of(value, address));
    }
    if ends_in_number(value) {
        return Err(Why::of(value, ODD_ADDRESS));
    }
    Err(Why::of(value, "is no IP address"))
}

/// Four numbers below 256 with dots between them, no zero before another digit: what `Ipv4Addr` reads, in one pass.
fn is_dotted_quad(value: &str) -> bool {
    let (mut dots, mut digits, mut number) = (0, 0, 0_u16);
    for byte in value.bytes() {
        match byte {
            b'0'..=b'9' if digits == 0 || number > 0 => {
                digits += 1;
                number = 10 * number + u16::from(byte - b'0');
            }
            b'.' if digits > 0 => (dots, digits, number) = (dots + 1, 0, 0),
            _ => return false,
        }
        if number > 255 || dots > 3 {
            return false;
        }
    }
    dots == 3 && digits > 0
}

/// The same of an IPv6 address as it stands in a URL, without its brackets: WHATWG URL section 3.5, *IPv6 serializer*, writes all of
/// them with hexadecimal digits.
pub(super) fn check_in_url(value: &str) -> Result<Option<Ipv4Addr>, Why<'_>> {
    check_v6(value, |address, value| match address.segments() {
        [0, 0, 0, 0, 0, 0xffff, high, low] => is_text_of(value, format_args!("::ffff:{high:x}:{low:x}")),
        _ => is_text_of(value, address),
    })
}

fn check_v6(value: &str, is_canonical: impl Fn(Ipv6Addr, &str) -> bool) -> Result<Option<Ipv4Addr>, Why<'_>> {
    if value.contains('%') {
        return Err(Why::of(value, "has a zone, which means something on one machine only"));
    }
    let Ok(address) = value.parse::<Ipv6Addr>() else {
        return Err(Why::of(value, "is no IP address"));
    };
    if !is_canonical(address, value) {
        return Err(Why::of(
            value,
            "is an IPv6 address in a form other than the one of RFC 5952",
        ));
    }
    Ok(carried(address))
}

/// The IPv4 address that an IPv6 address carries: packets to the one arrive at the other.
fn carried(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let [a, b, c, d, e, f, high, low] = address.segments();
    let nat64 = || {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        ([a, b, c, d]).into()
    };
    address
        .to_ipv4_mapped()
        .or_else(|| ([a, b, c, d, e, f] == NAT64).then(nat64))
}

/// Is this the text that is written for it? Nothing is put together to find out.
fn is_text_of(text: &str, written: impl Display) -> bool {
    let mut rest = Expected(text);
    write!(rest, "{written}").is_ok() && rest.0.is_empty()
}

/// What is still to be written.
struct Expected<'a>(&'a str);

impl Write for Expected<'_> {
    fn write_str(&mut self, written: &str) -> fmt::Result {
        self.0 = self.0.strip_prefix(written).ok_or(fmt::Error)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn dotted_quads_are_what_others_read(value in "([0-3]?[0-9]{1,2}[.]?){0,6}|[0-9.]{0,16}") {
            proptest::prop_assert_eq!(is_dotted_quad(&value), value.parse::<Ipv4Addr>().is_ok());
        }
    }
}
