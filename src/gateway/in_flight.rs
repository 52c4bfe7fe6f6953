//! Requests of the client that the server has not answered.

use std::collections::{HashMap, VecDeque};
use std::time::Instant;

use super::entries::Entries;
use crate::eval::Effects;
use crate::mcp::RequestId;

/// How many cancelled requests are remembered, to know a late answer when it comes.
const CANCELLED: usize = 1_024;

/// What was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    /// `tools/call`, or a request for a capability.
    Call(SentCall),
    /// `initialize` or `server/discover`.
    Handshake,
    /// `tools/list`.
    List,
    /// A list of what capabilities are about.
    Entries(Entries),
    /// Anything else that is let through.
    Other,
}

/// A call that was forwarded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SentCall {
    /// The index of its intent.
    pub intent: u64,
    /// The tool.
    pub tool: String,
    /// What the grants that held say of its result.
    pub effects: Effects,
    /// Is not all of it kept? What answers it may repeat what is not.
    pub redacted: bool,
    /// When it was forwarded.
    pub sent: Instant,
    /// Was it a modern request?
    pub modern: bool,
}

/// The table of them.
#[derive(Debug, Default)]
pub struct InFlight {
    requests: HashMap<RequestId, Asked>,
    cancelled: VecDeque<(RequestId, Option<SentCall>)>,
}

impl InFlight {
    /// How many wait for an answer; cancelled ones do not.
    pub fn len(&self) -> usize {
        self.requests.len()
    }

    /// Could an answer to this id come?
    pub fn contains(&self, id: &RequestId) -> bool {
        self.requests.contains_key(id) || self.cancelled.iter().any(|(cancelled, _)| cancelled == id)
    }

    /// A request was forwarded.
    pub fn insert(&mut self, id: RequestId, asked: Asked) {
        self.requests.insert(id, asked);
    }

    /// What was asked under this id.
    pub fn get(&self, id: &RequestId) -> Option<&Asked> {
        self.requests.get(id)
    }

    /// An answer came.
    pub fn remove(&mut self, id: &RequestId) -> Option<Asked> {
        self.requests.remove(id)
    }

    /// The client no longer waits. Returns the call that is given up to make room, if any: its answer would be
    /// unknown from now on.
    pub fn cancel(&mut self, id: &RequestId) -> Option<SentCall> {
        let call = match self.requests.remove(id)? {
            Asked::Call(call) => Some(call),
            _ => None,
        };
        self.cancelled.push_back((id.clone(), call));
        if self.cancelled.len() <= CANCELLED {
            return None;
        }
        self.cancelled.pop_front().and_then(|(_, call)| call)
    }

    /// A late answer came: to a call, or to some other request.
    pub fn remove_cancelled(&mut self, id: &RequestId) -> Option<Option<SentCall>> {
        let position = self.cancelled.iter().position(|(cancelled, _)| cancelled == id)?;
        self.cancelled.remove(position).map(|(_, call)| call)
    }

    /// The only request, if there is one only.
    pub fn only(&self) -> Option<RequestId> {
        let mut ids = self.requests.keys();
        ids.next().filter(|_| self.requests.len() == 1).cloned()
    }

    /// Nothing more will come: all that waited, by id, and the calls that were cancelled.
    pub fn drain(&mut self) -> (Vec<(RequestId, Asked)>, Vec<SentCall>) {
        let mut waiting: Vec<_> = self.requests.drain().collect();
        waiting.sort_by(|(a, _), (b, _)| a.cmp(b));
        let cancelled = self.cancelled.drain(..).filter_map(|(_, call)| call).collect();
        (waiting, cancelled)
    }
}
