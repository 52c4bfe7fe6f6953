//! Call + table → decision, in bounded work. No I/O, no clock, no state of its own.

mod call;
mod decision;
mod message;

pub use call::{Call, Caller, Context};
pub use decision::{Decision, Denial, Reason, RuleRef};
pub use message::{MessageDecision, decide_message, too_large};
