//! The artifact: a header line with the digest of what follows, and the policy as JSON.
//!
//! ```text
//! mcppb 1 sha256:<64 hex digits>
//! {"language":…}
//! ```
//!
//! One policy has one text: reading it back and writing it again must give the same bytes.

mod check;
mod gates;
mod lanes;
mod malformed;
#[cfg(test)]
mod tests;

pub use lanes::{is_header, is_plain, is_variable};
use serde::Deserialize as _;

use super::{Body, Digest};

/// The version of the language that this program compiles and decides. It is not the program's.
pub const LANGUAGE: &str = "0.1";

/// The version of the format, in the header.
const MAGIC: &str = "mcppb 1 ";

/// More than this is not read. Ten thousand rules take a few megabytes.
pub const MAX_BYTES: usize = 64 << 20;

/// JSON nested deeper than this is not read. A policy nests at most 64 deep and a schema as much; a level of either
/// takes at most five of JSON (an object pattern: pattern, kind, object, list of fields, field).
const MAX_DEPTH: usize = 384;

/// Why an artifact was not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ArtifactError {
    /// It does not begin as an artifact does.
    #[error("not a compiled policy: it does not begin with `{MAGIC}`")]
    NotAnArtifact,
    /// There is nothing in it.
    #[error("not a compiled policy: it is empty")]
    Empty,
    /// It is longer than the bound.
    #[error("a compiled policy has at most {MAX_BYTES} bytes")]
    TooLarge,
    /// The digest in its header is not that of its body.
    #[error("the compiled policy was changed after it was built: its digest is not the one in its header")]
    Digest,
    /// Its body does not parse, or an automaton in it does not compile.
    #[error("the compiled policy is malformed: {0}")]
    Malformed(String),
    /// It is not written in the one way that this format has.
    #[error("the compiled policy is not in canonical form")]
    NotCanonical,
    /// It was compiled from another version of the language.
    #[error("the compiled policy is of language `{built}`, and this program knows `{LANGUAGE}`")]
    Language {
        /// Theirs.
        built: String,
    },
    /// It was made with other Unicode tables, under which names may be read differently.
    #[error("the compiled policy was built with Unicode {built}, and this program has {ours}")]
    Unicode {
        /// Theirs.
        built: String,
        /// Ours.
        ours: String,
    },
    /// A rule has a clause that this version does not know.
    #[error("the clause `{0}` is not enforced by this version")]
    Unenforced(String),
    /// Its rules make no program.
    #[error("the compiled policy cannot be decided in bounded work: {0}")]
    Program(String),
    /// Something in it refers to what is not there.
    #[error("the compiled policy is inconsistent: {0}")]
    Inconsistent(&'static str),
}

impl ArtifactError {
    /// How to mend it.
    #[must_use]
    pub fn help(&self) -> &'static str {
        match self {
            Self::Language { built } if is_newer(built) => "it takes a newer version of mcppc: the one that built it",
            Self::Unenforced(_) => "use the version of mcppc that built it, or build it again without the clause",
            _ => "build it again with `mcppc build`",
        }
    }
}

fn is_newer(language: &str) -> bool {
    let numbers = |text: &str| text.split('.').map(str::parse).collect::<Result<Vec<u32>, _>>();
    matches!((numbers(language), numbers(LANGUAGE)), (Ok(theirs), Ok(ours)) if theirs > ours)
}

/// Does it begin as an artifact does? A source never does.
#[must_use]
pub fn is_artifact(bytes: &[u8]) -> bool {
    bytes.starts_with(MAGIC.as_bytes())
}

/// The Unicode version of the tables that canonical forms rest on.
#[must_use]
pub fn unicode_version() -> String {
    let (major, minor, update) = unicode_normalization::UNICODE_VERSION;
    format!("{major}.{minor}.{update}")
}

/// The bytes of an artifact: the same for the same policy, always.
///
/// # Errors
/// `Malformed` if the body cannot be written as JSON, `TooLarge` past the bound.
pub fn write(body: &Body) -> Result<Vec<u8>, ArtifactError> {
    let mut text = serde_json::to_string(body).map_err(|error| ArtifactError::Malformed(error.to_string()))?;
    text.push('\n');
    let artifact = format!("{MAGIC}{}\n{text}", Digest::of(text.as_bytes())).into_bytes();
    if artifact.len() > MAX_BYTES {
        Err(ArtifactError::TooLarge)
    } else {
        Ok(artifact)
    }
}

/// Reads an artifact and checks all of it.
///
/// # Errors
/// The first thing that is wrong with it.
pub fn read(bytes: &[u8]) -> Result<Body, ArtifactError> {
    if bytes.len() > MAX_BYTES {
        return Err(ArtifactError::TooLarge);
    }
    if bytes.is_empty() {
        return Err(ArtifactError::Empty);
    }
    let rest = bytes
        .strip_prefix(MAGIC.as_bytes())
        .ok_or(ArtifactError::NotAnArtifact)?;
    let end = rest
        .iter()
        .position(|b| *b == b'\n')
        .ok_or(ArtifactError::NotAnArtifact)?;
    let (digest, text) = rest.split_at_checked(end).ok_or(ArtifactError::NotAnArtifact)?;
    let text = text.strip_prefix(b"\n").unwrap_or(text);
    if digest != Digest::of(text).to_string().as_bytes() {
        return Err(ArtifactError::Digest);
    }
    let body = parse(text)?;
    if body.language != LANGUAGE {
        return Err(ArtifactError::Language { built: body.language });
    }
    let ours = unicode_version();
    if body.unicode != ours {
        return Err(ArtifactError::Unicode {
            built: body.unicode,
            ours,
        });
    }
    check::check(&body).map_err(ArtifactError::Inconsistent)?;
    if write(&body)? == bytes {
        Ok(body)
    } else {
        Err(ArtifactError::NotCanonical)
    }
}

fn parse(text: &[u8]) -> Result<Body, ArtifactError> {
    if depth(text) > MAX_DEPTH {
        return Err(ArtifactError::Malformed(format!(
            "more than {MAX_DEPTH} levels of nesting"
        )));
    }
    let mut parser = serde_json::Deserializer::from_slice(text);
    // INVARIANT: the parser's own limit, 128, is replaced by the one above.
    parser.disable_recursion_limit();
    let body = Body::deserialize(&mut parser).and_then(|body| parser.end().map(|()| body));
    body.map_err(|error| malformed::explain(text, &error))
}

/// The most brackets open at one place, those in strings left out. Exact for JSON; other text is refused anyway, and
/// up to where it stops being JSON no parser goes deeper.
fn depth(text: &[u8]) -> usize {
    let (mut open, mut deepest) = (0_usize, 0);
    let mut bytes = text.iter();
    while let Some(byte) = bytes.next() {
        match byte {
            b'[' | b'{' => open += 1,
            b']' | b'}' => open = open.saturating_sub(1),
            b'"' => skip_string(&mut bytes),
            _ => {}
        }
        deepest = deepest.max(open);
    }
    deepest
}

fn skip_string<'b>(bytes: &mut impl Iterator<Item = &'b u8>) {
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' => return,
            b'\\' => drop(bytes.next()),
            _ => {}
        }
    }
}
