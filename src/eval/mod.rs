//! Call + table → decision, in bounded work. No I/O, no clock, no state of its own.

mod call;
mod decide;
mod decision;
mod listing;
pub mod reading;
pub mod universe;

pub use call::{Call, Caller, Context};
pub use decision::{Decision, Denial, Reason};
