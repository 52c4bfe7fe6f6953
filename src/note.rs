//! Signed notes with Ed25519: C2SP signed-note. Just the one signature type that checkpoints and artifacts need.

#[cfg(feature = "gateway")]
pub mod key_file;

use std::fmt;
use std::str::FromStr;

use base64ct::{Base64, Encoding as _};
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

/// The signature type `Ed25519` of signed-note.
const ED25519: u8 = 1;
const PRIVATE: &str = "PRIVATE+KEY+";
/// More signatures than a note must be accepted with (16) are refused.
const MAX_SIGNATURES: usize = 64;

/// Why a note, or a key for notes, does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// It is not in the form of a signed note.
    #[error("not a signed note")]
    Form,
    /// It bears no signature by this key.
    #[error("not signed by this key")]
    Unsigned,
    /// It bears a signature by this key's name and number that does not hold.
    #[error("the signature does not hold")]
    Signature,
    /// Not a key in the form `name+id+base64`.
    #[error("not a key for signed notes")]
    Key,
}

/// A key that signs. Its secret is wiped from memory when it is dropped, and is never shown.
#[derive(Clone)]
pub struct Signer {
    key: SigningKey,
    verifier: VerifierKey,
}

/// A public key, as it is pinned and handed out: `name+id+base64` (a *vkey*).
#[derive(Clone, PartialEq, Eq)]
pub struct VerifierKey {
    name: String,
    id: [u8; 4],
    key: VerifyingKey,
}

impl Signer {
    /// The key of this secret, under this name.
    ///
    /// # Errors
    /// `Key` for a name that is empty or has white space or `+` in it.
    pub fn new(name: &str, secret: &[u8; 32]) -> Result<Self, NoteError> {
        let key = SigningKey::from_bytes(secret);
        let verifier = VerifierKey::new(name, key.verifying_key())?;
        Ok(Self { key, verifier })
    }

    /// The public half.
    #[must_use]
    pub fn verifier(&self) -> &VerifierKey {
        &self.verifier
    }

    /// `text` as a note with this signature.
    ///
    /// # Errors
    /// `Form` for a text without a line break at its end, or with control characters.
    pub fn sign(&self, text: &str) -> Result<String, NoteError> {
        if !is_text(text) {
            return Err(NoteError::Form);
        }
        let signature = self.key.sign(text.as_bytes());
        let signature = Base64::encode_string(&[self.verifier.id.as_slice(), &signature.to_bytes()].concat());
        Ok(format!("{text}\n— {} {signature}\n", self.verifier.name))
    }

    /// The secret in the form that `parse` reads; the same as that of Go's `sumdb/note`.
    #[must_use]
    pub fn to_secret_text(&self) -> Zeroizing<String> {
        let bytes = Zeroizing::new([[ED25519].as_slice(), self.key.as_bytes()].concat());
        let base64 = Zeroizing::new(Base64::encode_string(&bytes));
        let (name, id) = (&self.verifier.name, hex(self.verifier.id));
        Zeroizing::new(format!("{PRIVATE}{name}+{id}+{}", *base64))
    }

    /// Reads a secret key.
    ///
    /// # Errors
    /// `Key` for anything else.
    pub fn parse(text: &str) -> Result<Self, NoteError> {
        let rest = text.strip_prefix(PRIVATE).ok_or(NoteError::Key)?;
        let (name, id, bytes) = split_key(rest)?;
        let signer = Self::new(name, &bytes)?;
        (signer.verifier.id == id).then_some(signer).ok_or(NoteError::Key)
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer")
            .field("verifier", &self.verifier)
            .finish_non_exhaustive()
    }
}

impl VerifierKey {
    fn new(name: &str, key: VerifyingKey) -> Result<Self, NoteError> {
        if name.is_empty() || name.chars().any(|c| c.is_whitespace() || c.is_control() || c == '+') {
            return Err(NoteError::Key);
        }
        let digest = Sha256::new()
            .chain_update(name)
            .chain_update([b'\n', ED25519])
            .chain_update(key.as_bytes())
            .finalize();
        let id = digest.first_chunk().copied().unwrap_or_default();
        Ok(Self {
            name: name.to_owned(),
            id,
            key,
        })
    }

    /// The key's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The text of a note that this key signed. Signatures of other keys are ignored.
    ///
    /// # Errors
    /// What is wrong with the note, or that this key did not sign it.
    pub fn open<'a>(&self, note: &'a str) -> Result<&'a str, NoteError> {
        let (text, signatures) = split_note(note)?;
        let mut signed = false;
        for (name, bytes) in signatures {
            let Some((id, signature)) = bytes.split_first_chunk::<4>() else {
                return Err(NoteError::Form);
            };
            if name != self.name || *id != self.id {
                continue;
            }
            let signature = Signature::from_slice(signature).map_err(|_| NoteError::Signature)?;
            self.key
                .verify_strict(text.as_bytes(), &signature)
                .map_err(|_| NoteError::Signature)?;
            signed = true;
        }
        signed.then_some(text).ok_or(NoteError::Unsigned)
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = [[ED25519].as_slice(), self.key.as_bytes()].concat();
        write!(f, "{}+{}+{}", self.name, hex(self.id), Base64::encode_string(&bytes))
    }
}

impl fmt::Debug for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for VerifierKey {
    type Err = NoteError;

    fn from_str(text: &str) -> Result<Self, NoteError> {
        let (name, id, bytes) = split_key(text)?;
        let key = VerifyingKey::from_bytes(&bytes).map_err(|_| NoteError::Key)?;
        let key = Self::new(name, key)?;
        (key.id == id).then_some(key).ok_or(NoteError::Key)
    }
}

/// Name, number, and key: public or secret.
type KeyParts<'a> = (&'a str, [u8; 4], Zeroizing<[u8; 32]>);

/// `name+id+base64`; the base64 itself may hold a `+`.
fn split_key(text: &str) -> Result<KeyParts<'_>, NoteError> {
    let (name, rest) = text.split_once('+').ok_or(NoteError::Key)?;
    let (id, base64) = rest.split_once('+').ok_or(NoteError::Key)?;
    let id_bytes = u32::from_str_radix(id, 16).map_err(|_| NoteError::Key)?.to_be_bytes();
    let mut bytes = Zeroizing::new([0; 33]);
    let decoded = Base64::decode(base64, bytes.as_mut_slice()).map_err(|_| NoteError::Key)?;
    match decoded.split_first_chunk() {
        Some((&[ED25519], key)) if hex(id_bytes) == id => {
            let key = key.try_into().map_err(|_| NoteError::Key)?;
            Ok((name, id_bytes, Zeroizing::new(key)))
        }
        _ => Err(NoteError::Key),
    }
}

type Signatures<'a> = Vec<(&'a str, Vec<u8>)>;

/// The text, and the name and bytes of each signature.
fn split_note(note: &str) -> Result<(&str, Signatures<'_>), NoteError> {
    // The blank line belongs to neither: the text keeps its own line break.
    let (before, lines) = note.rsplit_once("\n\n").ok_or(NoteError::Form)?;
    let text = note.get(..before.len() + 1).ok_or(NoteError::Form)?;
    let lines = lines.strip_suffix('\n').ok_or(NoteError::Form)?;
    if !is_text(text) || lines.split('\n').count() > MAX_SIGNATURES {
        return Err(NoteError::Form);
    }
    let signatures = lines.split('\n').map(|line| {
        let (name, base64) = line.strip_prefix("— ")?.split_once(' ')?;
        Some((name, Base64::decode_vec(base64).ok()?))
    });
    let signatures = signatures.collect::<Option<_>>().ok_or(NoteError::Form)?;
    Ok((text, signatures))
}

fn is_text(text: &str) -> bool {
    text.ends_with('\n') && text.chars().all(|c| c >= ' ' || c == '\n')
}

fn hex(id: [u8; 4]) -> String {
    format!("{:08x}", u32::from_be_bytes(id))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The key and the note in the documentation of Go's `golang.org/x/mod/sumdb/note`.
    const VKEY: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    const SKEY: &str = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
    const TEXT: &str =
        "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
    const NOTE: &str = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

    #[test]
    fn signs_and_reads_as_go_does() {
        let signer = Signer::parse(SKEY).unwrap();
        assert_eq!(signer.verifier().to_string(), VKEY);
        assert_eq!(signer.to_secret_text().as_str(), SKEY);
        assert_eq!(signer.sign(TEXT).unwrap(), NOTE);
        assert_eq!(VKEY.parse::<VerifierKey>().unwrap().open(NOTE), Ok(TEXT));
    }

    #[test]
    fn the_specifications_checkpoint_is_read() {
        // From tlog-checkpoint; its key is not given, so it is read and found unsigned by ours.
        let note = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n";
        let key: VerifierKey = VKEY.parse().unwrap();
        assert_eq!(key.open(note), Err(NoteError::Unsigned));
    }

    #[test]
    fn every_changed_byte_is_found() {
        let key: VerifierKey = VKEY.parse().unwrap();
        for at in 0..NOTE.len() {
            let mut changed = NOTE.as_bytes().to_vec();
            changed[at] ^= 1;
            if let Ok(changed) = std::str::from_utf8(&changed) {
                assert!(key.open(changed).is_err(), "{at}");
            }
            if NOTE.is_char_boundary(at) {
                assert!(key.open(&NOTE[..at]).is_err(), "{at}");
            }
        }
    }

    #[test]
    fn a_missing_signature_is_not_skipped() {
        let key: VerifierKey = VKEY.parse().unwrap();
        assert_eq!(key.open(&format!("{TEXT}\n")), Err(NoteError::Form));
        assert_eq!(key.open(TEXT), Err(NoteError::Form));
        let other = Signer::new("PeterNeumann", &[7; 32]).unwrap();
        assert_eq!(key.open(&other.sign(TEXT).unwrap()), Err(NoteError::Unsigned));
    }

    #[test]
    fn keys_have_one_spelling() {
        for text in [
            &VKEY.replace("c74f20a3", "c74f20a4"),
            &VKEY.replace("c74f20a3", "C74F20A3"),
            &VKEY.replace("PeterNeumann", "Peter Neumann"),
            &VKEY.replace("+AR", "+AB"),
            "a+b",
            "",
        ] {
            assert!(text.parse::<VerifierKey>().is_err(), "{text}");
        }
    }

    #[test]
    fn debug_shows_no_secret() {
        let shown = format!("{:?}", Signer::parse(SKEY).unwrap());
        assert!(!shown.contains("AYEKFALV") && !shown.contains("129, 10, 20"), "{shown}");
        assert!(shown.contains(VKEY));
    }
}
