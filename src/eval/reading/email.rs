//! *email*: one mailbox, in the form that needs no quoting.
//!
//! Sources: RFC 5321 section 4.1.2 (`Dot-string "@" Domain`) and 4.5.3.1 (lengths); RFC 5322 section 3.2.3 (`atext`).
//! What RFC 5322 allows beside is left out: quoted local parts, comments, display names, lists, domain literals.

use super::{Canonical, Why, host};

/// The longest local part, and the longest address that fits a path (RFC 5321 section 4.5.3.1).
const MAX_LOCAL: usize = 64;
const MAX_ADDRESS: usize = 254;

/// One address, in lower case: hosts tell no case apart, and no mail system that one meets does in the local part.
pub(super) fn read<'v>(value: &'v str, written: &mut String) -> Result<Canonical, Why<'v>> {
    if !value.is_ascii() {
        return Err(Why::new("it has characters outside ASCII"));
    }
    if value.len() > MAX_ADDRESS {
        return Err(Why::new("it is longer than an address can be"));
    }
    let Some((local, domain)) = value.split_once('@') else {
        return Err(Why::new("it has no `@`"));
    };
    if domain.contains('@') {
        return Err(Why::new("it has more than one `@`"));
    }
    check_local(local)?;
    if !value.bytes().any(|b| b.is_ascii_uppercase()) {
        host::read(domain).map_err(|why| why.about(domain))?;
        return Ok(Canonical::whole(value));
    }
    written.push_str(value);
    written.make_ascii_lowercase();
    let lower = written.split_once('@').map_or("", |(_, domain)| domain);
    host::read(lower).map_err(|why| why.about(domain))?;
    Ok(Canonical::Written)
}

fn check_local(local: &str) -> Result<(), Why<'_>> {
    if local.is_empty() || local.len() > MAX_LOCAL {
        return Err(Why::new("what stands before its `@` is empty or too long"));
    }
    let atom = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&b);
    if local.split('.').any(str::is_empty) {
        return Err(Why::of(local, "has a dot at an end, or two together"));
    }
    if !local.bytes().all(|b| b == b'.' || atom(b)) {
        return Err(Why::of(local, "has a character that an address has in quotes only"));
    }
    Ok(())
}
