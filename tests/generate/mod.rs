//! Tools, policies about them, and calls, made at random so that most policies check and calls are near their borders.

pub mod call;
pub mod circumstances;
pub mod policy;
pub mod reading;
pub mod schema;
pub mod tape;
