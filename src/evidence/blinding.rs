//! Hashes that tell nothing to whoever can guess what they are of.

use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::json::{Value, canonical};
use crate::table::Digest;

/// The key that salts are made from. Whoever has it can show what a hash is of; once it is gone, nobody can.
#[derive(Clone)]
pub struct Blinding(Zeroizing<[u8; BLOCK]>);

/// The bytes that HMAC with SHA-256 takes as a key; a shorter one has zeros behind it (RFC 2104 section 2).
const BLOCK: usize = 64;

impl Blinding {
    /// With this key.
    #[must_use]
    pub fn new(key: &[u8; 32]) -> Self {
        let mut block = Zeroizing::new([0; BLOCK]);
        block.iter_mut().zip(key).for_each(|(to, from)| *to = *from);
        Self(block)
    }

    /// What stands for the digest of a message: HMAC-SHA-256 of `message`, the time in nanoseconds (16 bytes, big-endian),
    /// and the message.
    #[must_use]
    pub fn digest(&self, time: Timestamp, message: &[u8]) -> Digest {
        Digest::from(self.mac(&[b"message", &time.as_nanosecond().to_be_bytes(), message]))
    }

    /// The salt of one value of the record that has this digest: HMAC-SHA-256 of `value`, the digest's hex digits, and the
    /// slot. It can be shown with the value, and opens no other hash.
    #[must_use]
    pub fn salt(&self, record: Digest, slot: &str) -> [u8; 32] {
        self.mac(&[b"value", record.hex().as_bytes(), slot.as_bytes()])
    }

    /// What stands for a value: SHA-256 of its salt and its canonical JSON.
    #[must_use]
    pub fn hash(&self, record: Digest, slot: &str, value: &Value<'_>) -> Digest {
        let mut hasher = Sha256::new();
        hasher.update(self.salt(record, slot));
        hasher.update(canonical(value));
        Digest::from(hasher)
    }

    fn mac(&self, parts: &[&[u8]]) -> [u8; 32] {
        let mut mac = Hmac::<Sha256>::new(&(*self.0).into());
        parts.iter().for_each(|part| mac.update(part));
        mac.finalize().into_bytes().into()
    }
}

impl std::fmt::Debug for Blinding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Blinding")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::{Limits, parse};

    #[test]
    fn a_hash_tells_records_and_slots_apart() {
        let blinding = Blinding::new(&[7; 32]);
        let value = parse(br#""1234""#, &Limits::default()).unwrap();
        let (one, other) = (Digest::of(b"1"), Digest::of(b"2"));
        let hash = blinding.hash(one, "/pin", &value);
        assert_eq!(hash, blinding.hash(one, "/pin", &value));
        assert_ne!(hash, blinding.hash(other, "/pin", &value));
        assert_ne!(hash, blinding.hash(one, "/pan", &value));
        assert_ne!(hash, Blinding::new(&[8; 32]).hash(one, "/pin", &value));
        assert_ne!(hash, Digest::of(br#""1234""#));
    }

    #[test]
    fn whoever_is_given_a_salt_can_see_what_the_hash_is_of() {
        let blinding = Blinding::new(&[7; 32]);
        let value = parse(br#"{"b":1,"a":"x"}"#, &Limits::default()).unwrap();
        let record = blinding.digest(Timestamp::UNIX_EPOCH, b"message");
        let shown = [&blinding.salt(record, "/a")[..], br#"{"a":"x","b":1}"#].concat();
        assert_eq!(Digest::of(&shown), blinding.hash(record, "/a", &value));
    }
}
