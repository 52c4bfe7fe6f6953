//! Signatures of artifacts: a signed note (C2SP) that names the artifact's digest, kept beside it.
//!
//! ```text
//! mcppc artifact
//! sha256:<64 hex digits>
//!
//! — mcppc/policy/1f0c7a52 <base64>
//! ```
//!
//! The first line keeps it apart from all else that a key may sign: no checkpoint has such a second line. A signature
//! says who signed, not when: an artifact that was signed once stays signed.

use crate::digest::Digest;
use crate::note::{NoteError, Signer, VerifierKey};

/// The first line of the text that is signed.
const TITLE: &str = "mcppc artifact\n";

/// Why a signature does not hold for an artifact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// The note, or its signature, does not hold.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// The key signed it, but it is about something else than artifacts.
    #[error("not a signature of an artifact")]
    Form,
    /// It is the signature of another artifact.
    #[error("the signature of another artifact, {0}")]
    Other(Digest),
}

/// The signature of the artifact with this digest.
///
/// # Errors
/// None that can happen: the text is one that notes can hold.
pub fn sign(signer: &Signer, artifact: Digest) -> Result<String, NoteError> {
    signer.sign(&format!("{TITLE}{artifact}\n"))
}

/// Did this key sign the artifact with this digest?
///
/// # Errors
/// Why it cannot be said that it did.
pub fn check(note: &str, key: &VerifierKey, artifact: Digest) -> Result<(), SignatureError> {
    let text = key.open(note)?;
    let digest = text.strip_prefix(TITLE).and_then(|rest| rest.strip_suffix('\n'));
    match digest.and_then(|digest| digest.parse().ok()) {
        None => Err(SignatureError::Form),
        Some(signed) if signed == artifact => Ok(()),
        Some(signed) => Err(SignatureError::Other(signed)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(seed: u8) -> Signer {
        Signer::new("acme/policy", &[seed; 32]).unwrap()
    }

    #[test]
    fn a_signature_holds_for_its_artifact_and_key_alone() {
        let (signer, artifact) = (key(1), Digest::of(b"artifact"));
        let note = sign(&signer, artifact).unwrap();
        let vkey = signer.verifier();
        assert_eq!(check(&note, vkey, artifact), Ok(()));
        let other = Digest::of(b"another");
        assert_eq!(check(&note, vkey, other), Err(SignatureError::Other(artifact)));
        // Another key of the same name: its number tells them apart.
        assert_eq!(
            check(&note, key(2).verifier(), artifact),
            Err(NoteError::Unsigned.into())
        );
        assert_eq!(check("", vkey, artifact), Err(NoteError::Form.into()));
    }

    #[test]
    fn nothing_else_that_the_key_signs_is_a_signature_of_an_artifact() {
        let (signer, artifact) = (key(1), Digest::of(b"artifact"));
        let root = "IYpRAUMqRFpUVxbTyHoEVtmDyxVNrTLk1WFHpQPLSkQ=";
        for text in [
            format!("{artifact}\n"),
            format!("mcppc artifact\n7\n{root}\n"),
            format!("mcppc artifact\n\n{artifact}\n"),
            format!("mcppc artifact\n{artifact}\nmore\n"),
            format!("Mcppc artifact\n{artifact}\n"),
        ] {
            let note = signer.sign(&text).unwrap();
            assert_eq!(
                check(&note, signer.verifier(), artifact),
                Err(SignatureError::Form),
                "{text}"
            );
        }
    }

    #[test]
    fn a_signature_with_any_byte_changed_is_refused() {
        let (signer, artifact) = (key(1), Digest::of(b"artifact"));
        let note = sign(&signer, artifact).unwrap();
        for at in 0..note.len() {
            let mut changed = note.clone().into_bytes();
            changed[at] ^= 1;
            if let Ok(changed) = String::from_utf8(changed) {
                assert!(check(&changed, signer.verifier(), artifact).is_err(), "byte {at}");
            }
        }
    }
}
