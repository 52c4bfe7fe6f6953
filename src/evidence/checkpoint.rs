//! A signed head of the log: C2SP tlog-checkpoint.

use base64ct::{Base64, Encoding as _};

use super::tree::Hash;
use crate::note::{NoteError, Signer, VerifierKey};

/// The head of a log: which log, how many records, the root over them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which log: `mcppc/<policy>/<instance>`.
    pub origin: String,
    /// How many records.
    pub size: u64,
    /// The root over them.
    pub root: Hash,
}

impl Checkpoint {
    /// This head as a signed note.
    ///
    /// # Errors
    /// `Form` for an origin that is empty or has a line break or control characters.
    pub fn sign(&self, signer: &Signer) -> Result<String, NoteError> {
        let text = self.text();
        let unchanged = Self::from_text(&text).as_ref() == Ok(self);
        if unchanged {
            signer.sign(&text)
        } else {
            Err(NoteError::Form)
        }
    }

    /// Reads a checkpoint that `key` signed.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn open(note: &str, key: &VerifierKey) -> Result<Self, NoteError> {
        Self::from_text(key.open(note)?)
    }

    /// Reads a checkpoint without looking at its signatures: it says what the log claims, and proves nothing.
    ///
    /// # Errors
    /// `Form`.
    pub fn claimed(note: &str) -> Result<Self, NoteError> {
        let (text, _) = note.rsplit_once("\n\n").ok_or(NoteError::Form)?;
        Self::from_text(&format!("{text}\n"))
    }

    fn text(&self) -> String {
        format!(
            "{}\n{}\n{}\n",
            self.origin,
            self.size,
            Base64::encode_string(&self.root)
        )
    }

    /// Lines after the third are for others, and are refused: this log writes none.
    fn from_text(text: &str) -> Result<Self, NoteError> {
        let mut lines = text.lines();
        let (Some(origin), Some(size), Some(root), None) = (lines.next(), lines.next(), lines.next(), lines.next())
        else {
            return Err(NoteError::Form);
        };
        let root = Base64::decode_vec(root).map_err(|_| NoteError::Form)?;
        let checkpoint = Self {
            origin: origin.to_owned(),
            size: size.parse().map_err(|_| NoteError::Form)?,
            root: root.try_into().map_err(|_| NoteError::Form)?,
        };
        let one_spelling = !origin.is_empty() && checkpoint.text() == text;
        one_spelling.then_some(checkpoint).ok_or(NoteError::Form)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checkpoint() -> Checkpoint {
        Checkpoint {
            origin: "mcppc/acme/support/one".to_owned(),
            size: 7,
            root: [1; 32],
        }
    }

    #[test]
    fn is_signed_and_read_back() {
        let signer = Signer::new("test", &[1; 32]).unwrap();
        let note = checkpoint().sign(&signer).unwrap();
        assert_eq!(Checkpoint::open(&note, signer.verifier()), Ok(checkpoint()));
        assert_eq!(Checkpoint::claimed(&note), Ok(checkpoint()));
    }

    #[test]
    fn has_one_spelling() {
        let text = checkpoint().text();
        for other in [
            text.replace("\n7\n", "\n07\n"),
            text.replace("\n7\n", "\n+7\n"),
            text.replace("\n7\n", "\n7\r\n"),
            format!("{text}extension\n"),
            text.trim_end().to_owned(),
            text.replace("mcppc/acme/support/one", ""),
        ] {
            assert_eq!(Checkpoint::from_text(&other), Err(NoteError::Form), "{other:?}");
        }
    }

    #[test]
    fn an_origin_cannot_forge_lines() {
        let signer = Signer::new("test", &[1; 32]).unwrap();
        for origin in ["", "a\n9", "a\u{1}"] {
            let forged = Checkpoint {
                origin: origin.to_owned(),
                ..checkpoint()
            };
            assert_eq!(forged.sign(&signer), Err(NoteError::Form));
        }
    }
}
