//! One connection between a client and a server: what has been said, and what may be said next.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::Instant;

use super::asked::AskedOfClient;
use super::in_flight::{Asked, InFlight, SentCall};
use super::live::Live;
use super::replies::{self, Denied};
use super::{Judge, Limits, Now, Output, Recorder};
use crate::eval::{Caller, Context, Denial, Effects, Reason, Scratch, State};
use crate::evidence::{Blinding, Intent, Ledger, Message, Outcome, OutcomeStatus, Record, Refusal, Side};
use crate::json::{self, Value};
use crate::mcp::{self, INTERNAL_ERROR, RequestId, Revision};
use crate::table::Digest;

/// What a session needs to know beforehand.
#[derive(Clone, Debug)]
pub struct Config {
    /// The server's name in the policy.
    pub server: String,
    /// Who is at the client's end.
    pub caller: Caller,
    /// The bounds.
    pub limits: Limits,
    /// What is remembered of callers from before.
    pub ledger: Ledger,
    /// What salts the hashes of values that are not kept; `None` where the policy has no such values.
    pub blinding: Option<Blinding>,
}

/// The state machine. Every public method takes what came and adds to an [`Output`] what is to be sent for it.
pub struct Session {
    pub(super) config: Config,
    pub(super) judge: Arc<dyn Judge>,
    /// What decisions are made in.
    pub(super) scratch: Scratch,
    pub(super) recorder: Arc<dyn Recorder>,
    pub(super) connection: Connection,
    pub(super) live: Live,
    pub(super) in_flight: InFlight,
    /// Calls that wait for the list of tools, and their bytes.
    pub(super) held: VecDeque<Held>,
    pub(super) held_bytes: usize,
    /// Pings of the server that the client has not answered.
    pub(super) pings: HashSet<RequestId>,
    /// Requests of the server that a grant has let through, and the client has not answered.
    pub(super) asked: HashMap<RequestId, AskedOfClient>,
    /// How many requests of the server were refused and recorded, and what is kept of them.
    pub(super) declined: usize,
    pub(super) declined_bytes: usize,
    /// Tools that are not as pinned, and as the evidence says: denied from then on.
    pub(super) drifted: HashSet<String>,
    /// Why nothing may be allowed any more: the evidence log failed.
    pub(super) sealed: Option<String>,
    /// How the server ended.
    pub(super) server_gone: Option<String>,
}

/// Which era the connection is in.
#[derive(Debug)]
pub(super) enum Connection {
    /// Not known yet.
    Fresh,
    /// The client has said `initialize`.
    Greeting,
    /// The handshake is done.
    Legacy(Revision),
    /// Every request carries its own `_meta`; this is what the gateway's own requests carry.
    Modern(String),
}

/// A call that waits for the list of tools.
#[derive(Debug)]
pub(super) struct Held {
    pub id: RequestId,
    pub text: String,
    pub since: Instant,
}

/// A message as far as it could be read: what a record says of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Heard<'m> {
    pub from: Side,
    pub kept: Option<&'m [u8]>,
    pub digest: Digest,
    pub size: u64,
    pub method: Option<&'m str>,
    pub tool: Option<&'m str>,
    pub revision: Option<Revision>,
}

impl<'m> Heard<'m> {
    /// Nothing but the bytes.
    pub fn bytes(bytes: &'m [u8]) -> Self {
        Self {
            from: Side::Client,
            kept: Some(bytes),
            digest: Digest::of(bytes),
            size: bytes.len() as u64,
            method: None,
            tool: None,
            revision: None,
        }
    }

    /// A message that was parsed.
    pub fn message(text: &'m str, message: &'m Value<'m>) -> Self {
        let (method, tool) = mcp::names(message);
        Self {
            method,
            tool,
            ..Self::bytes(text.as_bytes())
        }
    }
}

impl Session {
    /// A session on a fresh connection.
    #[must_use]
    pub fn new(config: Config, judge: Arc<dyn Judge>, recorder: Arc<dyn Recorder>) -> Self {
        Self {
            scratch: Scratch::new(config.limits.client),
            config,
            judge,
            recorder,
            connection: Connection::Fresh,
            live: Live::default(),
            in_flight: InFlight::default(),
            held: VecDeque::new(),
            held_bytes: 0,
            pings: HashSet::new(),
            asked: HashMap::new(),
            declined: 0,
            declined_bytes: 0,
            drifted: HashSet::new(),
            sealed: None,
            server_gone: None,
        }
    }

    /// When [`Self::on_deadline`] wants to be called: calls wait for the list of tools, and not for ever.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        let oldest = self.held.front()?;
        Some(oldest.since + self.config.limits.listing)
    }

    /// Time has passed.
    pub fn on_deadline(&mut self, now: Now, out: &mut Output) {
        if self.deadline().is_some_and(|deadline| deadline <= now.instant) {
            self.live.fail();
            self.release(now, out);
        }
    }

    /// The server has ended, with `status` in words: whoever waits is told.
    pub fn on_server_exit(&mut self, status: &str, now: Now, out: &mut Output) {
        self.server_gone = Some(status.to_owned());
        self.record(
            &Record::ServerExit {
                time: now.time,
                server: self.config.server.clone(),
                status: status.to_owned(),
            },
            out,
        );
        self.release(now, out);
        let message = format!("the server ended before it answered ({status})");
        for id in self.give_up(now, out) {
            out.client(&replies::error(Some(&id), INTERNAL_ERROR, &message, None));
        }
    }

    /// The client is gone or the gateway stops: what is open is recorded as such.
    pub fn close(&mut self, now: Now, out: &mut Output) {
        for held in std::mem::take(&mut self.held) {
            self.record_unheld(&held, now, out);
        }
        self.give_up(now, out);
    }

    /// The evidence that `out` rests on is not durable: nothing in it may be sent. Afterwards it holds what may be.
    pub fn unrecorded(&mut self, error: &super::RecordError, out: &mut Output) {
        self.sealed = Some(error.to_string());
        let (rests, asks) = (std::mem::take(&mut out.rests), std::mem::take(&mut out.asks));
        out.clear();
        self.unask(&asks, out);
        let denied = self.refused(Refusal::Evidence, error.to_string());
        for (id, shape) in rests {
            self.in_flight.remove(&id);
            out.client(&replies::denial(&id, &denied, shape));
        }
    }

    /// A call that waited for the list of tools, and that nobody wants any more.
    pub(super) fn record_unheld(&mut self, held: &Held, now: Now, out: &mut Output) {
        let denied = self.refused(
            Refusal::Unlisted,
            "the call was given up before the server's tools were known",
        );
        // INVARIANT: it was read once already.
        if let Ok(value) = json::parse(held.text.as_bytes(), &self.config.limits.client) {
            self.record_denied(&Heard::message(&held.text, &value), &denied, now, out);
        }
    }

    /// Records outcomes of all that is open; returns who waited.
    fn give_up(&mut self, now: Now, out: &mut Output) -> Vec<RequestId> {
        self.give_up_asked(now, out);
        let (waiting, cancelled) = self.in_flight.drain();
        for call in cancelled {
            self.outcome(&call, OutcomeStatus::Cancelled, None, None, now, out);
        }
        let mut ids = Vec::new();
        for (id, asked) in waiting {
            if let Asked::Call(call) = asked {
                self.outcome(&call, OutcomeStatus::Gone, None, None, now, out);
            }
            ids.push(id);
        }
        ids
    }

    /// Appends a record. Where that fails, nothing is allowed from here on.
    pub(super) fn record(&mut self, record: &Record, out: &mut Output) -> Option<u64> {
        if self.sealed.is_some() {
            return None;
        }
        match self.recorder.append(record) {
            Ok(index) => {
                // A taint and a charge with the intent, a proof with the outcome. What is not durable yet holds up all that
                // comes after it.
                self.config.ledger.record(index, record, self.judge.gated());
                out.commit = Some(index);
                Some(index)
            }
            Err(error) => {
                self.sealed = Some(error.to_string());
                None
            }
        }
    }

    pub(super) fn outcome(
        &mut self,
        call: &SentCall,
        status: OutcomeStatus,
        is_error: Option<bool>,
        answer: Option<&[u8]>,
        now: Now,
        out: &mut Output,
    ) -> Option<u64> {
        let duration = now.instant.saturating_duration_since(call.sent);
        let outcome = Outcome {
            time: now.time,
            intent: call.intent,
            status,
            is_error,
            digest: answer.map(|bytes| match &self.config.blinding {
                Some(blinding) if call.redacted => blinding.digest(now.time, bytes),
                _ => Digest::of(bytes),
            }),
            size: answer.map_or(0, |bytes| bytes.len() as u64),
            duration_us: u64::try_from(duration.as_micros()).unwrap_or(u64::MAX),
        };
        self.record(&Record::Outcome(outcome), out)
    }

    /// The record of a message that is denied.
    pub(super) fn record_denied(&mut self, heard: &Heard<'_>, denied: &Denied, now: Now, out: &mut Output) {
        let mut intent = Intent {
            allow: false,
            reason: denied.denial.reason,
            rule: denied.denial.rule.as_deref().cloned(),
            parameter: denied.denial.parameter.clone(),
            refusal: denied.refusal,
            ..self.intent(heard, now)
        };
        self.redact(&mut intent);
        self.record(&Record::Intent(intent), out);
    }

    /// Takes out of a record what the policy keeps out of the evidence.
    pub(super) fn redact(&self, intent: &mut Intent) {
        let keep = self
            .judge
            .keeps(intent.tool.as_deref(), intent.allow.then_some(&intent.effects));
        intent.redact(&keep, self.config.blinding.as_ref(), &self.config.limits.client);
    }

    /// The record of a message that is allowed and forwarded as it was heard, but for the decision.
    pub(super) fn intent(&self, heard: &Heard<'_>, now: Now) -> Intent {
        let legacy = match self.connection {
            Connection::Legacy(revision) => Some(revision),
            _ => None,
        };
        let tool = heard.tool.or_else(|| {
            let kind = self.judge.asked_by(heard.method?)?;
            (heard.from == Side::Client).then_some(kind.tool())
        });
        Intent {
            time: now.time,
            caller: self.config.caller.clone(),
            from: heard.from,
            state: self.state(now),
            revision: heard.revision.or(legacy).map(|revision| revision.as_str().to_owned()),
            server: self.config.server.clone(),
            method: heard.method.map(str::to_owned),
            tool: tool.map(str::to_owned),
            definition: tool.and_then(|tool| self.judge.pinned(tool)),
            artifact: self.judge.artifact(),
            message: heard.kept.map(Message::new),
            redaction: None,
            digest: heard.digest,
            size: heard.size,
            allow: true,
            reason: Reason::Allowed,
            rule: None,
            effects: Effects::default(),
            parameter: None,
            refusal: None,
            forwarded: None,
        }
    }

    pub(super) fn refused(&self, refusal: Refusal, message: impl Into<String>) -> Denied {
        Denied {
            denial: Denial::new(Reason::Refused, message),
            refusal: Some(refusal),
        }
    }

    /// What is remembered of the caller.
    fn state(&self, now: Now) -> State {
        self.config
            .ledger
            .state(&self.config.caller, now.time, self.judge.gated())
    }

    pub(super) fn context(&self, now: Now) -> Context {
        Context {
            caller: self.config.caller.clone(),
            time: now.time,
            state: self.state(now),
        }
    }
}
