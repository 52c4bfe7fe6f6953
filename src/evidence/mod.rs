//! The record of every decision: written before anything is forwarded, checkable afterwards.
//!
//! `docs/evidence.md` describes the format, what it shows and what it cannot show.

mod checkpoint;
mod clerk;
mod disk;
mod entry;
mod error;
pub mod keys;
mod log;
mod note;
mod record;
mod recover;
mod tail;
mod tile;
mod tree;

pub use checkpoint::Checkpoint;
pub use error::EvidenceError;
pub use log::{Durability, Log, LogOptions, Opened, Recovered};
pub use note::{NoteError, Signer, VerifierKey};
pub use record::{Base64, Intent, Message, Outcome, OutcomeStatus, Record, Refusal};

#[cfg(test)]
mod log_tests;
