//! `tools/call`, and requests for capabilities: decided, recorded, then forwarded, or answered here.

use super::from_client::Request;
use super::in_flight::{Asked, SentCall};
use super::replies::{self, Denied, Shape};
use super::session::{Connection, Heard, Held, Session};
use super::{Now, Output};
use crate::eval::Decision;
use crate::evidence::{Intent, Record, Refusal};
use crate::json;
use crate::table::Capability;

/// A call that was read, with what its record says.
pub(super) struct CallRequest<'r, 'm> {
    request: &'r Request<'m>,
    tool: Option<&'m str>,
    /// What it asks for, where that is no tool.
    capability: Option<Capability>,
    heard: Heard<'m>,
}

impl<'r, 'm> CallRequest<'r, 'm> {
    pub fn new(request: &'r Request<'m>) -> Self {
        let heard = request.heard();
        Self {
            request,
            tool: heard.tool,
            capability: None,
            heard,
        }
    }

    /// The same of a request for a capability.
    pub fn of(request: &'r Request<'m>, kind: Capability) -> Self {
        Self {
            tool: Some(kind.tool()),
            capability: Some(kind),
            ..Self::new(request)
        }
    }
}

/// What becomes of a call.
enum Verdict {
    Forward(Box<Intent>),
    Hold,
    Deny(Denied),
}

impl Session {
    pub(super) fn on_call(&mut self, call: &CallRequest<'_, '_>, now: Now, out: &mut Output) {
        match self.judge_call(call, now, out) {
            Verdict::Forward(intent) => self.forward(call, *intent, now, out),
            Verdict::Hold => self.hold(call, now, out),
            Verdict::Deny(denied) => self.deny(call, &denied, now, out),
        }
    }

    /// The policy first, then what the gateway itself must refuse.
    fn judge_call(&mut self, call: &CallRequest<'_, '_>, now: Now, out: &mut Output) -> Verdict {
        let context = self.context(now);
        let permit = match self.judge.decide(&mut self.scratch, call.request.text, &context) {
            Decision::Allow(permit) => permit,
            Decision::Deny(denial) => return Verdict::Deny(Denied { denial, refusal: None }),
        };
        let refused = |refusal, message: String| Verdict::Deny(self.refused(refusal, message));
        if let Some(error) = &self.sealed {
            return refused(Refusal::Evidence, error.clone());
        }
        if let Some(status) = &self.server_gone {
            return refused(Refusal::ServerGone, format!("the server has ended ({status})"));
        }
        if let Some(message) = self.overloaded(now) {
            return refused(Refusal::Overloaded, message);
        }
        if matches!(self.connection, Connection::Fresh) && call.request.revision.is_none() {
            return refused(Refusal::Protocol, "a call before the handshake".to_owned());
        }
        if call.capability.is_some() && matches!(self.connection, Connection::Greeting) {
            return refused(Refusal::Protocol, "a request before the handshake is over".to_owned());
        }
        if call.capability.is_none()
            && let Some(verdict) = self.unpinned(call, now, out)
        {
            return verdict;
        }
        Verdict::Forward(Box::new(Intent {
            rule: Some((*permit.rule).clone()),
            effects: permit.effects,
            forwarded: Some(call.heard.digest),
            ..self.intent(&call.heard, now)
        }))
    }

    /// The tool is not known to be as it was locked.
    fn unpinned(&mut self, call: &CallRequest<'_, '_>, now: Now, out: &mut Output) -> Option<Verdict> {
        if !self.live.is_known() {
            return Some(Verdict::Hold);
        }
        let tool = call.tool.unwrap_or_default();
        if self.is_as_pinned(tool) {
            return None;
        }
        self.note_absent(tool, now, out);
        let message = format!("the server's `{tool}` is not the one that was locked");
        Some(Verdict::Deny(self.refused(Refusal::Drift, message)))
    }

    fn forward(&mut self, call: &CallRequest<'_, '_>, mut intent: Intent, now: Now, out: &mut Output) {
        self.redact(&mut intent);
        let (effects, redacted) = (intent.effects.clone(), intent.redaction.is_some());
        let Some(intent) = self.record(&Record::Intent(intent), out) else {
            let error = self.sealed.clone().unwrap_or_default();
            let denied = self.refused(Refusal::Evidence, error);
            return self.deny(call, &denied, now, out);
        };
        let Request { id, text, revision, .. } = call.request;
        if call.capability.is_some() {
            self.learn_era(call.request);
        }
        let sent = SentCall {
            intent,
            tool: call.tool.unwrap_or_default().to_owned(),
            effects,
            redacted,
            sent: now.instant,
            modern: revision.is_some(),
        };
        out.rests.push((id.clone(), Shape::of(&sent.tool, sent.modern)));
        self.in_flight.insert(id.clone(), Asked::Call(sent));
        out.server(text);
    }

    fn hold(&mut self, call: &CallRequest<'_, '_>, now: Now, out: &mut Output) {
        let text = call.request.text;
        if self.held_bytes + text.len() > self.config.limits.waiting {
            let denied = self.refused(Refusal::Overloaded, "too many bytes wait for the list of tools");
            return self.deny(call, &denied, now, out);
        }
        self.learn_era(call.request);
        self.held_bytes += text.len();
        self.held.push_back(Held {
            id: call.request.id.clone(),
            text: text.to_owned(),
            since: now.instant,
        });
        // Servers may refuse to list their tools before the handshake is over.
        if !self.live.is_asking() && !matches!(self.connection, Connection::Greeting) {
            self.ask_for_tools(out);
        }
    }

    /// The list of tools is there, or will not come: calls that waited for it are judged, in their order.
    pub(super) fn release(&mut self, now: Now, out: &mut Output) {
        let held = std::mem::take(&mut self.held);
        self.held_bytes = 0;
        for Held { text, .. } in held {
            self.release_one(&text, now, out);
        }
    }

    fn release_one(&mut self, text: &str, now: Now, out: &mut Output) {
        // INVARIANT: it was read once already.
        let Ok(value) = json::parse(text.as_bytes(), &self.config.limits.client) else {
            return;
        };
        let Some(request) = Request::read(&value, text) else {
            return;
        };
        let call = CallRequest::new(&request);
        if self.live.is_known() || self.server_gone.is_some() {
            return self.on_call(&call, now, out);
        }
        let denied = self.refused(Refusal::Unlisted, "the server does not say what its tools are");
        self.deny(&call, &denied, now, out);
    }

    fn deny(&mut self, call: &CallRequest<'_, '_>, denied: &Denied, now: Now, out: &mut Output) {
        self.record_denied(&call.heard, denied, now, out);
        let Request { id, revision, .. } = call.request;
        let modern = revision.is_some();
        let shape = Shape::of(call.tool.unwrap_or_default(), modern);
        out.rests.push((id.clone(), shape));
        let hidden = call
            .tool
            .filter(|_| call.capability.is_none())
            .filter(|tool| denied.refusal.is_none() && !self.may_see(tool, now));
        if let Some(tool) = hidden {
            return out.client(&replies::unknown_tool(id, tool));
        }
        let live = call.tool.and_then(|tool| self.live.get(tool));
        let shape = Shape {
            output_schema: live.is_some_and(|definition| definition.output_schema),
            capability: call.capability,
            ..shape
        };
        out.client(&replies::denial(id, denied, shape));
    }
}
