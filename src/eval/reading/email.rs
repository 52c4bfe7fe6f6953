//! *email*: one mailbox, in the form that needs no quoting.
//!
//! Sources: RFC 5321 section 4.1.2 (`Dot-string "@" Domain`) and 4.5.3.1 (lengths); RFC 5322 section 3.2.3 (`atext`).
//! What RFC 5322 allows beside is left out: quoted local parts, comments, display names, lists, domain literals.

use std::borrow::Cow;

use super::{Why, host};

/// The longest local part, and the longest address that fits a path (RFC 5321 section 4.5.3.1).
const MAX_LOCAL: usize = 64;
const MAX_ADDRESS: usize = 254;

/// One address, in lower case: hosts tell no case apart, and no mail system that one meets does in the local part.
pub(super) fn read(value: &str) -> Result<Cow<'_, str>, Why<'_>> {
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
    let read = if value.bytes().any(|b| b.is_ascii_uppercase()) {
        Cow::Owned(value.to_ascii_lowercase())
    } else {
        Cow::Borrowed(value)
    };
    let lower = read.split_once('@').map_or("", |(_, domain)| domain);
    match host::read(lower) {
        Ok(_) => {}
        Err(why) => return Err(why.about(domain)),
    }
    Ok(read)
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
