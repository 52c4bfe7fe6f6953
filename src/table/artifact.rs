//! The artifact: a header line with the digest of what follows, and the policy as JSON.
//!
//! ```text
//! mcppb 1 sha256:<64 hex digits>
//! {"language":…}
//! ```
//!
//! One policy has one text: reading it back and writing it again must give the same bytes.

use serde::Deserialize as _;

use super::{Body, Digest};
use crate::pattern::{At, Field, Pattern, PatternKind};

/// The version of the format, in the header.
const MAGIC: &str = "mcppb 1 ";

/// More than this is not read. Ten thousand rules take a few megabytes.
pub const MAX_BYTES: usize = 64 << 20;

/// Patterns nested deeper than this are not read: twice what the language allows, since a reference may stand in
/// each place.
const MAX_NESTING: usize = 128;

/// JSON nested deeper than this is not read. The deepest pattern, objects within objects, takes five levels for each of
/// the language's 64; the reader's recursion, about a kilobyte a level, stays within a thread's stack.
const MAX_JSON_NESTING: usize = 400;

/// Why an artifact was not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ArtifactError {
    /// It does not begin as an artifact does.
    #[error("not a compiled policy: it does not begin with `{MAGIC}`")]
    NotAnArtifact,
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
    /// It was made with other Unicode tables, under which names may be read differently.
    #[error("the compiled policy was built with Unicode {built}, this program has {ours}: build it again")]
    Unicode {
        /// Theirs.
        built: String,
        /// Ours.
        ours: String,
    },
    /// Something in it refers to what is not there.
    #[error("the compiled policy is inconsistent: {0}")]
    Inconsistent(&'static str),
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
    let ours = unicode_version();
    if body.unicode != ours {
        return Err(ArtifactError::Unicode {
            built: body.unicode,
            ours,
        });
    }
    check(&body)?;
    if write(&body)? == bytes {
        Ok(body)
    } else {
        Err(ArtifactError::NotCanonical)
    }
}

/// Deep policies are deeper than serde_json's own bound: ours is kept before.
fn parse(text: &[u8]) -> Result<Body, ArtifactError> {
    if nesting(text) > MAX_JSON_NESTING {
        return Err(ArtifactError::Inconsistent("a pattern is nested too deep"));
    }
    let malformed = |error: serde_json::Error| ArtifactError::Malformed(error.to_string());
    let mut reader = serde_json::Deserializer::from_slice(text);
    reader.disable_recursion_limit();
    let body = Body::deserialize(&mut reader).map_err(malformed)?;
    reader.end().map_err(malformed)?;
    Ok(body)
}

/// How deep the brackets of a JSON text nest.
fn nesting(text: &[u8]) -> usize {
    let (mut depth, mut deepest, mut in_string, mut escaped) = (0_usize, 0, false, false);
    for byte in text {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'{' | b'[' if !in_string => depth += 1,
            b'}' | b']' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest
}

fn check(body: &Body) -> Result<(), ArtifactError> {
    for rule in &body.rules {
        check_place(body, rule.at)?;
    }
    for tool in body.servers.values().flat_map(|server| server.tools.values()) {
        for rule in tool
            .grants
            .iter()
            .map(|g| g.rule)
            .chain(tool.prohibitions.iter().map(|p| p.rule))
        {
            if usize::try_from(rule).ok().and_then(|at| body.rules.get(at)).is_none() {
                return Err(ArtifactError::Inconsistent("a tool refers to a rule that is not there"));
            }
        }
        let grants = tool.grants.iter().flat_map(|g| &g.fields);
        check_fields(
            body,
            grants.chain(tool.prohibitions.iter().flat_map(|p| &p.fields)),
            MAX_NESTING,
        )?;
        for any in tool.prohibitions.iter().flat_map(|p| &p.any) {
            check_pattern(body, &any.pattern, MAX_NESTING)?;
        }
    }
    Ok(())
}

fn check_fields<'f>(
    body: &Body,
    fields: impl IntoIterator<Item = &'f Field>,
    depth: usize,
) -> Result<(), ArtifactError> {
    for field in fields {
        check_place(body, field.at)?;
        check_pattern(body, &field.pattern, depth)?;
    }
    Ok(())
}

fn check_pattern(body: &Body, pattern: &Pattern, depth: usize) -> Result<(), ArtifactError> {
    let Some(depth) = depth.checked_sub(1) else {
        return Err(ArtifactError::Inconsistent("a pattern is nested too deep"));
    };
    check_place(body, pattern.at)?;
    match &pattern.kind {
        PatternKind::Array { element, .. } | PatternKind::Has(element) | PatternKind::Not(element) => {
            check_pattern(body, element, depth)
        }
        PatternKind::And(parts) | PatternKind::Or(parts) => {
            parts.iter().try_for_each(|part| check_pattern(body, part, depth))
        }
        PatternKind::Object { fields, .. } => check_fields(body, fields, depth),
        _ => Ok(()),
    }
}

fn check_place(body: &Body, at: At) -> Result<(), ArtifactError> {
    let text = usize::try_from(at.source)
        .ok()
        .and_then(|source| body.sources.get(source))
        .map(|s| s.text.as_str());
    let range = usize::try_from(at.start).ok().zip(usize::try_from(at.end).ok());
    match (text, range) {
        (Some(text), Some((start, end))) if text.get(start..end).is_some() => Ok(()),
        _ => Err(ArtifactError::Inconsistent("a place is not in the sources")),
    }
}
