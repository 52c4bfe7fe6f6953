//! What goes into a session beside lines, and what comes out.

use std::time::Instant;

use jiff::Timestamp;

use super::replies::Shape;
use crate::mcp::RequestId;
use crate::table::Capability;

/// The world as a session sees it when a line comes.
#[derive(Clone, Copy, Debug)]
pub struct Now {
    /// The clock, for decisions and records.
    pub time: Timestamp,
    /// The same moment on a clock that does not jump, for durations.
    pub instant: Instant,
    /// Bytes sent to the server that it has not read yet.
    pub waiting: usize,
}

/// What is to be sent, in this order and not before the evidence is durable up to `commit`. Where that fails, nothing
/// of it is sent, and [`super::Session::unrecorded`] says what is sent instead.
#[derive(Debug, Default)]
pub struct Output {
    /// The index of the last record that all this rests on.
    pub commit: Option<u64>,
    /// Lines for the server.
    pub to_server: Vec<u8>,
    /// Lines for the client.
    pub to_client: Vec<u8>,
    /// Lines for whoever runs the gateway.
    pub remarks: Vec<&'static str>,
    /// Requests that are answered here, or forwarded on the strength of a record; and how a denial of
    /// each looks.
    pub(super) rests: Vec<(RequestId, Shape)>,
    /// Requests of the server that go to the client on the strength of a record, or whose answers go to the server.
    pub(super) asks: Vec<(RequestId, Capability)>,
}

impl Output {
    /// Is there nothing to send and nothing to make durable?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.commit.is_none() && self.to_server.is_empty() && self.to_client.is_empty() && self.remarks.is_empty()
    }

    /// Nothing any more; the memory is kept.
    pub fn clear(&mut self) {
        self.commit = None;
        self.to_server.clear();
        self.to_client.clear();
        self.remarks.clear();
        self.rests.clear();
        self.asks.clear();
    }

    pub(super) fn remark(&mut self, line: &'static str) {
        self.remarks.push(line);
    }

    pub(super) fn server(&mut self, line: &str) {
        push(&mut self.to_server, line);
    }

    pub(super) fn client(&mut self, line: &str) {
        push(&mut self.to_client, line);
    }
}

fn push(out: &mut Vec<u8>, line: &str) {
    out.extend_from_slice(line.as_bytes());
    out.push(b'\n');
}
