//! What a server asks of the client: decided as a call is, in the other direction.
//!
//! In modern connections servers ask for nothing by themselves. Roots are in the client's answer, so it is the answer that
//! is decided on.

use super::in_flight::SentCall;
use super::replies;
use super::session::{Connection, Heard, Session};
use super::{Limits, Now, Output};
use crate::eval::{Decision, Denial, Permit};
use crate::evidence::{Intent, OutcomeStatus, Record, Side};
use crate::json::{self, Kind, Value};
use crate::mcp::RequestId;
use crate::table::Capability;

/// How many requests of the server may wait for the client: a server asks for one thing after another.
const WAITING: usize = 64;

/// The most bytes of denied requests that a session keeps, so that no server fills the disk with them.
const KEPT: usize = 16 << 20;

const ROOTS: &str = "roots/list";

/// A request of the server that the client has got.
#[derive(Debug)]
pub(super) enum AskedOfClient {
    /// It was decided when it came.
    Decided(SentCall),
    /// `roots/list`: its answer will be.
    Roots,
}

impl Session {
    /// A request of the server that a rule may let through. `false`: none speaks of it, or there is no room for it.
    pub(super) fn asks_client(&mut self, id: &RequestId, method: &str, text: &str, now: Now, out: &mut Output) -> bool {
        let is_ready = matches!(self.connection, Connection::Legacy(_)) && self.sealed.is_none();
        let is_taken = self.asked.contains_key(id) || self.pings.contains(id);
        if !is_ready || is_taken || self.asked.len() >= WAITING {
            return false;
        }
        if method == ROOTS && self.is_granted(Capability::Roots, now) {
            self.asked.insert(id.clone(), AskedOfClient::Roots);
            out.client(text);
            return true;
        }
        match self.judge.asked_by(method).filter(|kind| kind.asked_by_server()) {
            Some(kind) => self.on_asked(kind, (id, method, text), now, out),
            None => return false,
        }
        true
    }

    fn on_asked(&mut self, kind: Capability, (id, method, text): (&RequestId, &str, &str), now: Now, out: &mut Output) {
        let context = self.context(now);
        let heard = of_server(kind, method, text, &self.config.limits);
        let permit = match self.judge.decide(&mut self.scratch, text, &context) {
            Decision::Allow(permit) => permit,
            Decision::Deny(denial) => {
                self.record_unasked(&heard, denial, now, out);
                return self.decline(id, kind, now, out);
            }
        };
        let Some(call) = self.record_permitted(&heard, permit, now, out) else {
            return self.decline(id, kind, now, out);
        };
        out.asks.push((id.clone(), kind));
        self.asked.insert(id.clone(), AskedOfClient::Decided(call));
        out.client(text);
    }

    fn decline(&self, id: &RequestId, kind: Capability, now: Now, out: &mut Output) {
        if now.waiting < self.config.limits.waiting {
            out.server(&replies::decline(id, method_of(kind)));
        }
    }

    /// The record of what the server asked for and is denied.
    pub(super) fn record_unasked(&mut self, heard: &Heard<'_>, denial: Denial, now: Now, out: &mut Output) {
        if self.may_record_declined(heard.kept.map_or(0, <[u8]>::len)) {
            let denied = replies::Denied { denial, refusal: None };
            self.record_denied(heard, &denied, now, out);
        }
    }

    /// The record of something that is allowed and passed on.
    pub(super) fn record_permitted(
        &mut self,
        heard: &Heard<'_>,
        permit: Permit,
        now: Now,
        out: &mut Output,
    ) -> Option<SentCall> {
        let intent = Intent {
            rule: Some((*permit.rule).clone()),
            effects: permit.effects,
            forwarded: Some(heard.digest),
            ..self.intent(heard, now)
        };
        let effects = intent.effects.clone();
        let intent = self.record(&Record::Intent(intent), out)?;
        Some(SentCall {
            intent,
            tool: heard.tool.unwrap_or_default().to_owned(),
            effects,
            redacted: false,
            sent: now.instant,
            modern: false,
        })
    }

    /// An answer of the client. `false`: nobody waits for it.
    pub(super) fn on_client_answer(
        &mut self,
        id: &RequestId,
        result: Option<&Value<'_>>,
        text: &str,
        now: Now,
        out: &mut Output,
    ) -> bool {
        match self.asked.remove(id) {
            None => return false,
            Some(AskedOfClient::Roots) => self.on_roots(id, result, text, now, out),
            Some(AskedOfClient::Decided(call)) => {
                let status = match result {
                    Some(_) => OutcomeStatus::Result,
                    None => OutcomeStatus::Error,
                };
                let kind = Capability::of_tool(&call.tool).unwrap_or(Capability::Sampling);
                out.asks.push((id.clone(), kind));
                match self.outcome(&call, status, None, Some(text.as_bytes()), now, out) {
                    Some(_) => out.server(text),
                    None => self.decline(id, kind, now, out),
                }
            }
        }
        true
    }

    /// The client's roots, less those that no grant lets the server see.
    fn on_roots(&mut self, id: &RequestId, result: Option<&Value<'_>>, text: &str, now: Now, out: &mut Output) {
        let Some(result) = result else {
            // It has none to say.
            return out.server(text);
        };
        let roots = result.get("roots").filter(|roots| matches!(roots.kind, Kind::Array(_)));
        let Some(roots) = roots else {
            return self.decline(id, Capability::Roots, now, out);
        };
        if roots.elements().len() > self.config.limits.tools {
            return self.decline(id, Capability::Roots, now, out);
        }
        if roots.elements().is_empty() {
            return out.server(text);
        }
        let context = self.context(now);
        let denial = match self.judge.decide(&mut self.scratch, text, &context) {
            Decision::Allow(permit) => return self.pass_roots(id, text, permit, now, out),
            Decision::Deny(denial) => denial,
        };
        let denied = replies::Denied { denial, refusal: None };
        self.record_denied(&of_roots(text), &denied, now, out);
        let mut hidden = Vec::new();
        for (index, root) in roots.elements().iter().enumerate() {
            let alone = format!(
                r#"{{"jsonrpc":"2.0","id":{id},"result":{{"roots":[{}]}}}}"#,
                root.raw(text)
            );
            if !self.judge.decide(&mut self.scratch, &alone, &context).is_allow() {
                hidden.push(index);
            }
        }
        let left = json::remove(text, roots, &hidden);
        if hidden.len() == roots.elements().len() {
            return out.server(&left);
        }
        match self.judge.decide(&mut self.scratch, &left, &context) {
            Decision::Allow(permit) => self.pass_roots(id, &left, permit, now, out),
            Decision::Deny(_) => self.decline(id, Capability::Roots, now, out),
        }
    }

    /// Nothing comes back of an answer, so its outcome is there with it.
    fn pass_roots(&mut self, id: &RequestId, text: &str, permit: Permit, now: Now, out: &mut Output) {
        let call = self.record_permitted(&of_roots(text), permit, now, out);
        let passed = call.and_then(|call| self.outcome(&call, OutcomeStatus::Passed, None, None, now, out));
        out.asks.push((id.clone(), Capability::Roots));
        match passed {
            Some(_) => out.server(text),
            None => self.decline(id, Capability::Roots, now, out),
        }
    }

    /// The server does not want an answer any more. Does the client know of the request?
    pub(super) fn on_withdrawn(&mut self, id: &RequestId, now: Now, out: &mut Output) -> bool {
        match self.asked.remove(id) {
            None => self.pings.contains(id),
            Some(AskedOfClient::Roots) => true,
            Some(AskedOfClient::Decided(call)) => {
                self.outcome(&call, OutcomeStatus::Cancelled, None, None, now, out);
                true
            }
        }
    }

    /// Nobody will answer any more.
    pub(super) fn give_up_asked(&mut self, now: Now, out: &mut Output) {
        let mut open: Vec<_> = self.asked.drain().collect();
        open.sort_by(|(a, _), (b, _)| a.cmp(b));
        for (_, asked) in open {
            if let AskedOfClient::Decided(call) = asked {
                self.outcome(&call, OutcomeStatus::Gone, None, None, now, out);
            }
        }
    }

    /// The evidence of these is not durable: the server is told that the client declines.
    pub(super) fn unask(&mut self, asks: &[(RequestId, Capability)], out: &mut Output) {
        for (id, kind) in asks {
            self.asked.remove(id);
            out.server(&replies::decline(id, method_of(*kind)));
        }
    }

    /// Is there room for one more record of what the server was not given?
    pub(super) fn may_record_declined(&mut self, bytes: usize) -> bool {
        if self.declined >= DECLINED || self.declined_bytes + bytes > KEPT {
            return false;
        }
        self.declined += 1;
        self.declined_bytes += bytes;
        true
    }
}

/// How many refused requests of the server a session records; of more there is no record.
const DECLINED: usize = 1000;

/// A request of the server for a capability, kept as far as it is within the bounds of what is decided on.
pub(super) fn of_server<'m>(kind: Capability, method: &'m str, text: &'m str, limits: &Limits) -> Heard<'m> {
    Heard {
        from: Side::Server,
        kept: Some(text.as_bytes()).filter(|bytes| bytes.len() <= limits.client.bytes),
        method: Some(method),
        tool: Some(kind.tool()),
        ..Heard::bytes(text.as_bytes())
    }
}

fn of_roots(text: &str) -> Heard<'_> {
    Heard {
        method: Some(ROOTS),
        tool: Some(Capability::Roots.tool()),
        ..Heard::bytes(text.as_bytes())
    }
}

fn method_of(kind: Capability) -> &'static str {
    match kind {
        Capability::Elicitation => "elicitation/create",
        Capability::Roots => ROOTS,
        _ => "sampling/createMessage",
    }
}
