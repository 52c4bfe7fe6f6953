//! The compiled policy: what it is, how it is written, read and digested.

mod digest;
mod policy;

pub use digest::{Digest, DigestError};
pub use policy::{ArtifactError, Policy, ToolEntry};
