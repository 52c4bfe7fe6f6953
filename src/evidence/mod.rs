//! The record of every decision: written before anything is forwarded, checkable afterwards.

mod record;

pub use record::{Intent, Outcome, OutcomeStatus, Record, Refusal};
