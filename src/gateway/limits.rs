//! Bounds of a session. A client that goes past them is denied, not disconnected.

use std::time::Duration;

use crate::json;

/// The bounds. Each is tested at the limit and one past it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Of one message from the client: 4 MiB and 64 levels, as the evaluator has them.
    pub client: json::Limits,
    /// Of one message from the server: 64 MiB, since results carry files and images, 512 levels, and a million
    /// values.
    pub server: json::Limits,
    /// Requests that wait for an answer: 1,024. Clients in use have a handful; the bound keeps the table small.
    pub requests: usize,
    /// Bytes that wait to be read by the server, and bytes of calls that wait for the list of tools: 16 MiB each.
    pub waiting: usize,
    /// How long calls wait for the list of tools: 30 s, longer than slow servers take to start.
    pub listing: Duration,
    /// Tools that a server may have, and entries of a page of anything else that is listed: 4,096.
    pub tools: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            client: json::Limits::default(),
            server: json::Limits {
                bytes: 64 << 20,
                depth: 512,
                values: 1_000_000,
            },
            requests: 1_024,
            waiting: 16 << 20,
            listing: Duration::from_secs(30),
            tools: 4_096,
        }
    }
}
