//! Call + table → decision, in bounded work. No I/O, no clock, no state of its own.

mod call;
mod capability;
mod decide;
mod decision;
mod envelope;
mod explain;
mod failure;
mod gates;
mod keep;
mod listing;
mod message;
mod pointer;
pub mod reading;
mod recorded;
mod result;
mod scratch;
mod state;
pub mod universe;
mod verdict;
mod walk;
#[cfg(test)]
mod walk_tests;

pub use call::{Call, Caller, Context};
pub use capability::asked_by;
pub use decide::lacks;
pub use decision::{Decision, Denial, Permit, Reason};
pub use gates::{has_identity, is_in, is_proof};
pub use keep::{Hidden, Keep};
pub use message::{MessageDecision, decide_message, too_large, unreadable};
pub use recorded::decide_line;
pub use result::{Answer, Withheld};
pub use scratch::Scratch;
pub use state::{Effects, State};
pub use verdict::Verdict;
pub use walk::Work;
