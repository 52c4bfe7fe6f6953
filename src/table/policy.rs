//! A compiled policy, ready to decide.

use super::Digest;
use crate::eval::{Call, Context, Decision, Denial, Reason};

/// A compiled policy, read from an artifact and checked whole.
#[derive(Debug)]
pub struct Policy {
    digest: Digest,
    name: String,
}

/// A pinned tool.
#[derive(Debug)]
pub struct ToolEntry {
    /// The digest of the tool's whole definition in canonical JSON (`json::canonical`).
    pub definition: Digest,
}

/// Why an artifact was not accepted.
#[derive(Debug, thiserror::Error)]
pub enum ArtifactError {
    /// It is no artifact.
    #[error("not a compiled policy")]
    NotAnArtifact,
}

impl Policy {
    /// Reads an artifact; checks everything in it and trusts nothing.
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ArtifactError> {
        Ok(Self {
            digest: Digest::of(bytes),
            name: String::new(),
        })
    }

    /// The digest of the artifact's bytes.
    #[must_use]
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// The policy's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The names of the servers that the policy speaks of, sorted.
    pub fn servers(&self) -> impl Iterator<Item = &str> {
        std::iter::empty()
    }

    /// The command line of a stdio server, program first; `None` where the policy names none for it.
    #[must_use]
    pub fn command(&self, _server: &str) -> Option<&[String]> {
        None
    }

    /// The tool as it is pinned; `None` for a tool that the lock does not have.
    #[must_use]
    pub fn tool(&self, _server: &str, _tool: &str) -> Option<&ToolEntry> {
        None
    }

    /// Could this caller call the tool with some arguments? (`tools/list` is judged by this.)
    #[must_use]
    pub fn lists(&self, _server: &str, _tool: &str, _context: &Context) -> bool {
        false
    }

    /// The clauses of this artifact that this version of the gateway does not enforce: `run` refuses it.
    #[must_use]
    pub fn unenforced(&self) -> Vec<String> {
        Vec::new()
    }

    /// Decides a call: a pure function of artifact, call and context.
    #[must_use]
    pub fn decide(&self, _call: &Call<'_>, _context: &Context) -> Decision {
        Decision::Deny(Denial::new(Reason::NoGrant, "no grant"))
    }
}
