//! The artifact: a header line with the digest of what follows, the policy as one line of JSON, the parameters of its
//! rules as another, and the programs of its tools as bytes.
//!
//! ```text
//! mcppb 2 sha256:<64 hex digits>
//! {"language":…}
//! [{"name":…},…]
//! <programs>
//! ```
//!
//! One policy has one form: reading it back and writing it again must give the same bytes. Version 1 is one line of JSON,
//! with the parameters in the rules; its programs are compiled when it is loaded. `docs/artifact.md` is the format's description.

mod check;
mod gates;
mod lanes;
mod malformed;
mod shared;
#[cfg(test)]
mod tests;

pub use lanes::{is_header, is_plain, is_variable};
use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::program::{self, Program, codec};
use super::{Body, Digest};
use crate::pattern::Field;

/// The version of the language that this program compiles and decides. It is not the program's.
pub const LANGUAGE: &str = "0.1";

/// What an artifact begins with, before the version of its format.
const MAGIC: &str = "mcppb ";

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
    /// It is of a version of the format that this program does not know.
    #[error("the compiled policy is of a version of the format that this program does not know")]
    Version,
    /// Its programs are not what its rules are compiled to.
    #[error("the compiled policy decides otherwise than its rules read: `{0}` has another program")]
    Disagrees(String),
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
            Self::Version => "it takes a newer version of mcppc: the one that built it",
            Self::Disagrees(_) => {
                "it was tampered with, or another version of mcppc built it: build it again from its source"
            }
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

/// The versions of the format that this program reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Version {
    /// The policy alone.
    One,
    /// The policy, the parameters of its rules, and the programs of its tools.
    Two,
}

impl Version {
    /// Takes the version off what follows the magic.
    fn strip(rest: &[u8]) -> Option<(Self, &[u8])> {
        let one = rest.strip_prefix(b"1 ").map(|rest| (Self::One, rest));
        one.or_else(|| rest.strip_prefix(b"2 ").map(|rest| (Self::Two, rest)))
    }
}

/// What an artifact says, checked whole.
#[derive(Debug, PartialEq)]
pub struct Read {
    /// The policy.
    pub body: Body,
    /// The program of each tool, in the order of servers and tools; `None` in an artifact of version 1.
    pub programs: Option<Vec<Program>>,
}

/// The bytes of an artifact: the same for the same policy, always.
///
/// # Errors
/// `Malformed` if the body cannot be written as JSON, `Program` if its rules make no program, `TooLarge` past the bound.
pub fn write(body: &Body) -> Result<Vec<u8>, ArtifactError> {
    write_with(body, &compile(body)?)
}

/// The programs of a policy's tools, in the order of servers and tools.
///
/// # Errors
/// `Program` if its rules make none.
pub fn compile(body: &Body) -> Result<Vec<Program>, ArtifactError> {
    let tools = body.servers.values().flat_map(|server| server.tools.values());
    let programs = tools.map(|tool| program::compile(tool, &body.gated.gates));
    programs
        .collect::<Result<_, _>>()
        .map_err(|error| ArtifactError::Program(error.to_string()))
}

/// The same with programs that are made already.
///
/// # Errors
/// `Malformed` if the body cannot be written as JSON, `TooLarge` past the bound.
pub fn write_with(body: &Body, programs: &[Program]) -> Result<Vec<u8>, ArtifactError> {
    let (body, parameters) = shared::part(body)?;
    let mut content = json(&body)?;
    content.extend(parameters);
    content.push(b'\n');
    content.extend(codec::write(programs.iter()));
    let artifact = [format!("{MAGIC}2 {}\n", Digest::of(&content)).into_bytes(), content].concat();
    if artifact.len() > MAX_BYTES {
        Err(ArtifactError::TooLarge)
    } else {
        Ok(artifact)
    }
}

/// The same artifact without the text that it was compiled from. It decides alike; places in the text lead nowhere.
///
/// # Errors
/// What is wrong with the artifact.
pub fn strip(bytes: &[u8]) -> Result<Vec<u8>, ArtifactError> {
    let Read { mut body, programs } = read(bytes)?;
    body.sources.clear();
    let programs = programs.map_or_else(|| compile(&body), Ok)?;
    write_with(&body, &programs)
}

fn json(body: &impl Serialize) -> Result<Vec<u8>, ArtifactError> {
    let mut text = serde_json::to_vec(body).map_err(|error| ArtifactError::Malformed(error.to_string()))?;
    text.push(b'\n');
    Ok(text)
}

/// Reads an artifact and checks all of it.
///
/// # Errors
/// The first thing that is wrong with it.
pub fn read(bytes: &[u8]) -> Result<Read, ArtifactError> {
    if bytes.len() > MAX_BYTES {
        return Err(ArtifactError::TooLarge);
    }
    if bytes.is_empty() {
        return Err(ArtifactError::Empty);
    }
    let rest = bytes
        .strip_prefix(MAGIC.as_bytes())
        .ok_or(ArtifactError::NotAnArtifact)?;
    let (version, rest) = Version::strip(rest).ok_or(ArtifactError::Version)?;
    let (digest, content) = split_line(rest).ok_or(ArtifactError::NotAnArtifact)?;
    if digest != Digest::of(content).to_string().as_bytes() {
        return Err(ArtifactError::Digest);
    }
    match version {
        Version::One => Ok(Read {
            body: read_first_body(content)?,
            programs: None,
        }),
        Version::Two => {
            // INVARIANT: JSON without white space has no line break, and any other is refused below.
            let (text, rest) = split_line(content).unwrap_or((content, b""));
            let (parameters, programs) = split_line(rest).unwrap_or((rest, b""));
            let body = read_body(text, parameters)?;
            // Both lines end in a line break.
            if text.len() + parameters.len() + programs.len() + 2 != content.len() {
                return Err(ArtifactError::NotCanonical);
            }
            let programs = Some(read_programs(&body, programs)?);
            Ok(Read { body, programs })
        }
    }
}

/// What stands before the first line break, and what behind it.
fn split_line(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = bytes.iter().position(|byte| *byte == b'\n')?;
    let (line, rest) = bytes.split_at_checked(end)?;
    Some((line, rest.strip_prefix(b"\n").unwrap_or(rest)))
}

/// Of version 1, in which each rule has its parameters written out.
fn read_first_body(text: &[u8]) -> Result<Body, ArtifactError> {
    let body: Body<Field> = parse(text, 2)?;
    check_versions(&body)?;
    if json(&body)? != text {
        return Err(ArtifactError::NotCanonical);
    }
    let mut fields = Vec::new();
    let body = body.try_map(|field| {
        let field = Arc::new(field);
        fields.push(Arc::clone(&field));
        Ok::<_, ArtifactError>(field)
    })?;
    check::check(&body, &fields).map_err(ArtifactError::Inconsistent)?;
    Ok(body)
}

fn read_body(text: &[u8], parameters: &[u8]) -> Result<Body, ArtifactError> {
    let body: Body<u32> = parse(text, 2)?;
    check_versions(&body)?;
    let fields: Vec<Arc<Field>> = super::shared(parse(parameters, 3)?);
    if serde_json::to_vec(&body).ok().as_deref() != Some(text) {
        return Err(ArtifactError::NotCanonical);
    }
    let body = shared::join(body, &fields, parameters)?;
    check::check(&body, &fields).map_err(ArtifactError::Inconsistent)?;
    Ok(body)
}

fn check_versions<F>(body: &Body<F>) -> Result<(), ArtifactError> {
    if body.language != LANGUAGE {
        let built = body.language.clone();
        return Err(ArtifactError::Language { built });
    }
    let ours = unicode_version();
    if body.unicode != ours {
        let built = body.unicode.clone();
        return Err(ArtifactError::Unicode { built, ours });
    }
    Ok(())
}

fn read_programs(body: &Body, bytes: &[u8]) -> Result<Vec<Program>, ArtifactError> {
    let tools = || body.servers.values().flat_map(|server| server.tools.values());
    let programs = codec::read(bytes, tools().count())
        .ok_or_else(|| ArtifactError::Malformed("its programs cannot be read".to_owned()))?;
    for (tool, program) in tools().zip(&programs) {
        let gates = body.gated.gates.len();
        codec::check(program, tool.prohibitions.len(), tool.grants.len(), gates)
            .map_err(ArtifactError::Inconsistent)?;
    }
    Ok(programs)
}

/// Reads the JSON that stands on this line of the artifact.
fn parse<T: DeserializeOwned>(text: &[u8], line: usize) -> Result<T, ArtifactError> {
    if depth(text) > MAX_DEPTH {
        return Err(ArtifactError::Malformed(format!(
            "more than {MAX_DEPTH} levels of nesting"
        )));
    }
    let mut parser = serde_json::Deserializer::from_slice(text);
    // INVARIANT: the parser's own limit, 128, is replaced by the one above.
    parser.disable_recursion_limit();
    let read = T::deserialize(&mut parser).and_then(|read| parser.end().map(|()| read));
    read.map_err(|error| malformed::explain(text, &error, line))
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
