//! `ip("10.0.0.0/8")`: the addresses of a network, over their canonical text.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

use super::Malformed;

/// A group of an IPv6 address.
const GROUP: &str = "(?:[0-9a-f]{1,4})";

/// The regular expression of one address or one network.
///
/// # Errors
/// What is wrong with it.
pub fn ip_regex(text: &str) -> Result<String, Malformed> {
    let network = match text.parse::<IpAddr>() {
        Ok(address) => IpNet::from(address),
        Err(_) => text
            .parse::<IpNet>()
            .map_err(|_| Malformed::new("it is no address and no network such as `10.0.0.0/8`"))?,
    };
    if network.addr() != network.network() {
        return Err(Malformed::new(format!("the network is written `{}`", network.trunc())));
    }
    match network {
        IpNet::V4(network) => Ok(v4(network)),
        IpNet::V6(network) => match carried(network) {
            Some(carried) => Err(Malformed::new(format!(
                "such addresses are read as the IPv4 addresses that they carry; write `{carried}`"
            ))),
            None => Ok(v6(network)),
        },
    }
}

/// The IPv4 network that is read in place of one of IPv4-mapped (RFC 4291) or NAT64 addresses (RFC 6052).
fn carried(network: Ipv6Net) -> Option<Ipv4Net> {
    let mapped = Ipv6Net::new(Ipv6Addr::new(0, 0, 0, 0, 0, 0xffff, 0, 0), 96).ok()?;
    let nat64 = Ipv6Net::new(Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, 0, 0), 96).ok()?;
    if !mapped.contains(&network) && !nat64.contains(&network) {
        return None;
    }
    let [.., a, b, c, d] = network.addr().octets();
    Ipv4Net::new(Ipv4Addr::new(a, b, c, d), network.prefix_len().checked_sub(96)?).ok()
}

fn v4(network: Ipv4Net) -> String {
    let (first, last) = (network.network().octets(), network.broadcast().octets());
    let octet = |(first, last): (u8, u8)| match (first, last) {
        (0, u8::MAX) => "[0-9]+".to_owned(),
        (first, last) => any_of((first..=last).map(|n| n.to_string())),
    };
    let octets: Vec<String> = first.into_iter().zip(last).map(octet).collect();
    octets.join(r"\.")
}

/// RFC 5952 writes one run of zeros as `::`. For each place at which such a run can hide some of the groups that the
/// network fixes, and for none, the groups that stand beside it. Texts that are not canonical do not occur, so it does
/// not matter that some of them match.
fn v6(network: Ipv6Net) -> String {
    let (first, last) = (network.network().segments(), network.broadcast().segments());
    let groups: Vec<(u16, u16)> = first.into_iter().zip(last).collect();
    let count = usize::from(network.prefix_len().div_ceil(16));
    let (fixed, free) = groups.split_at_checked(count).unwrap_or((&groups, &[]));
    let joined = |groups: &[(u16, u16)]| groups.iter().map(group).collect::<Vec<_>>().join(":");
    let mut forms = vec![match (fixed, free) {
        ([], _) => "[0-9a-f:]*:[0-9a-f:]*".to_owned(),
        (fixed, []) => joined(fixed),
        (fixed, _) => format!("{}:[0-9a-f:]*", joined(fixed)),
    }];
    for start in 0..fixed.len() {
        let (before, rest) = fixed.split_at_checked(start).unwrap_or_default();
        for length in 2..=rest.len() {
            let (run, after) = rest.split_at_checked(length).unwrap_or_default();
            if is_zero(run) && !after.is_empty() {
                let after = [after, free].concat();
                forms.push(format!("{}::{}", joined(before), joined(&after)));
            }
        }
        if is_zero(rest) {
            // The run goes on, perhaps, and what stands after it is free.
            let more = match free.len() {
                0 => String::new(),
                1 => format!("{GROUP}?"),
                n => format!("(?:{GROUP}(?::{GROUP}){{0,{}}})?", n - 1),
            };
            forms.push(format!("{}::{more}", joined(before)));
        }
    }
    any_of(forms.into_iter())
}

/// Can all of these groups be zero?
fn is_zero(groups: &[(u16, u16)]) -> bool {
    groups.iter().all(|(first, _)| *first == 0)
}

/// The numbers of a group in hexadecimal without leading zeros. A network's first and last number differ in the low bits
/// only, so each digit has a range of its own.
fn group(&(first, last): &(u16, u16)) -> String {
    let digit = |number: u16, place: u32| u32::from(number >> (4 * place) & 0xf);
    let forms = (0..4_u32).rev().filter_map(|leading| {
        if (leading + 1..4).any(|place| digit(first, place) > 0) {
            return None;
        }
        let lowest = |place: u32| if place == leading && leading > 0 { 1 } else { 0 };
        let digits = (0..=leading).rev().map(|place| {
            let (low, high) = (digit(first, place).max(lowest(place)), digit(last, place));
            let of = |n| char::from_digit(n, 16);
            let digits: String = (low..=high).filter_map(of).collect();
            if digits.is_empty() {
                None
            } else {
                Some(format!("[{digits}]"))
            }
        });
        digits.collect::<Option<String>>()
    });
    any_of(forms)
}

fn any_of(forms: impl Iterator<Item = String>) -> String {
    format!("(?:{})", forms.collect::<Vec<_>>().join("|"))
}
