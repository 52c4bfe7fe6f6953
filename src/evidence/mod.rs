//! The record of every decision: written before anything is forwarded, checkable afterwards.
//!
//! `docs/evidence.md` describes the format, what it shows and what it cannot show.

mod blinding;
mod checkpoint;
mod clerk;
mod disk;
mod durable;
mod entry;
mod error;
pub mod keys;
mod ledger;
mod log;
mod record;
mod recover;
mod redaction;
mod seal;
mod signature;
mod state;
mod tail;
mod tile;
mod tree;
mod unsigned;
mod verify;
mod writer;

pub use crate::note::{NoteError, Signer, VerifierKey};
pub use blinding::Blinding;
pub use checkpoint::Checkpoint;
pub use error::EvidenceError;
pub use keys::Dirs;
pub use ledger::Ledger;
pub use log::{Durability, Log, LogOptions, Opened, Recovered};
pub use record::{Base64, Intent, Message, Outcome, OutcomeStatus, Record, Refusal, Side};
pub use redaction::{RedactedValue, Redaction};
pub use signature::store_signature;
pub use verify::{
    Adopted, Finding, FindingKind, Gap, Report, Stray, Verdict, VerifyError, VerifyOptions, remembered, verify,
};

#[cfg(test)]
mod fault_tests;
#[cfg(test)]
pub(crate) mod fixture;
#[cfg(test)]
mod keys_tests;
#[cfg(test)]
mod kill_tests;
#[cfg(test)]
mod log_tests;
#[cfg(test)]
mod seal_tests;
#[cfg(test)]
mod unsigned_tests;
#[cfg(test)]
mod verify_tests;
