//! The enforcement path: between one client and one server, on stdio.
//!
//! The core is [`Session`], a state machine without I/O: lines and the time go in, lines come out, together with the
//! point up to which the evidence must be durable before they are sent. What a message is worth is in `docs/gateway.md`.

mod asked;
mod calls;
mod capabilities;
mod entries;
mod from_client;
mod from_server;
mod in_flight;
mod input;
mod limits;
mod listing;
mod live;
mod outlet;
mod output;
mod ports;
mod replies;
mod session;
mod stdio;
#[cfg(test)]
mod tests;

pub use limits::Limits;
pub use output::{Now, Output};
pub use ports::{Judge, RecordError, Recorder, ServerPolicy};
pub use session::{Config, Session};
pub use stdio::{Client, End, serve};
