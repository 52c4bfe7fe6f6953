//! What a session asks of the policy and of the evidence log.

use std::sync::Arc;

use crate::eval::{self, Answer, Context, Decision, Effects, Keep, Scratch, Withheld};
use crate::evidence::{Log, Record};
use crate::table::{Capability, Digest, Gated, Policy};

/// The policy, as far as it speaks of one server.
pub trait Judge: Send + Sync {
    /// The digest of the artifact that decides.
    fn artifact(&self) -> Digest;
    /// The digest of the tool's definition as pinned; `None` for a tool that is not.
    fn pinned(&self, tool: &str) -> Option<Digest>;
    /// Could this caller call the tool with some arguments?
    fn lists(&self, tool: &str, context: &Context) -> bool;
    /// The same of a capability, where some of its slots are known: the JSON of an object.
    fn shows(&self, kind: Capability, slots: &str, context: &Context) -> bool;
    /// Does a rule on this tool speak of what a client answers with a further call?
    fn takes_input(&self, tool: &str) -> bool;
    /// The capability that a message of this method asks for, if a rule speaks of it.
    fn asked_by(&self, method: &str) -> Option<Capability> {
        let (_, kind) = eval::asked_by(method)?;
        self.pinned(kind.tool()).map(|_| kind)
    }
    /// What the policy remembers of callers.
    fn gated(&self) -> &Gated;
    /// Why the answer to a call with these effects may not pass, if it may not.
    fn withholds(&self, tool: &str, effects: &Effects, answer: &Answer<'_>) -> Option<Withheld>;
    /// What may be kept of a message; `effects` are those of a call that was allowed.
    fn keeps(&self, tool: Option<&str>, effects: Option<&Effects>) -> Keep<'_>;
    /// Decides a message that is a `tools/call`, or asks for a capability.
    fn decide(&self, scratch: &mut Scratch, message: &str, context: &Context) -> Decision;
}

/// A policy and the name that it has for the server.
#[derive(Clone, Debug)]
pub struct ServerPolicy {
    /// The policy.
    pub policy: Arc<Policy>,
    /// The server's name in it.
    pub server: String,
}

impl Judge for ServerPolicy {
    fn artifact(&self) -> Digest {
        self.policy.digest()
    }

    fn pinned(&self, tool: &str) -> Option<Digest> {
        self.policy.tool(&self.server, tool).map(|entry| entry.definition)
    }

    fn lists(&self, tool: &str, context: &Context) -> bool {
        self.policy.lists(&self.server, tool, context)
    }

    fn shows(&self, kind: Capability, slots: &str, context: &Context) -> bool {
        self.policy.shows(&self.server, kind, slots, context)
    }

    fn takes_input(&self, tool: &str) -> bool {
        let tool = self.policy.tool(&self.server, tool);
        tool.is_some_and(|tool| tool.envelope.iter().any(|slot| slot == "input"))
    }

    fn gated(&self) -> &Gated {
        self.policy.gated()
    }

    fn withholds(&self, tool: &str, effects: &Effects, answer: &Answer<'_>) -> Option<Withheld> {
        self.policy.withholds(&self.server, tool, effects, answer)
    }

    fn keeps(&self, tool: Option<&str>, effects: Option<&Effects>) -> Keep<'_> {
        self.policy.keeps(&self.server, tool, effects)
    }

    fn decide(&self, scratch: &mut Scratch, message: &str, context: &Context) -> Decision {
        let verdict = self
            .policy
            .decide_bytes(scratch, &self.server, message.as_bytes(), context);
        verdict.decision()
    }
}

/// The evidence log.
pub trait Recorder: Send + Sync {
    /// Adds a record and returns its index.
    ///
    /// # Errors
    /// When it could not be written. Nothing may be allowed from then on.
    fn append(&self, record: &Record) -> Result<u64, RecordError>;

    /// Returns when all records up to this index are as durable as was asked for.
    ///
    /// # Errors
    /// When they are not. Nothing may be allowed from then on.
    fn commit(&self, upto: u64) -> Result<(), RecordError>;
}

/// The evidence log could not be written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the evidence log failed: {0}")]
pub struct RecordError(pub String);

impl Recorder for Log {
    fn append(&self, record: &Record) -> Result<u64, RecordError> {
        Self::append(self, record).map_err(|error| RecordError(error.to_string()))
    }

    fn commit(&self, upto: u64) -> Result<(), RecordError> {
        Self::commit(self, upto).map_err(|error| RecordError(error.to_string()))
    }
}
