//! Call + table → decision, in bounded work. No I/O, no clock, no state of its own.

mod call;
mod decision;

pub use call::{Call, Caller, Context};
pub use decision::{Decision, Denial, Reason, RuleRef};
