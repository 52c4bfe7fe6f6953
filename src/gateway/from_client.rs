//! What a client says.

use super::calls::CallRequest;
use super::capabilities;
use super::entries::Entries;
use super::in_flight::Asked;
use super::live::OWN_ID;
use super::replies::{self, Denied};
use super::session::{Connection, Heard, Session};
use super::{Now, Output};
use crate::eval::{self, Denial};
use crate::evidence::{OutcomeStatus, Refusal};
use crate::json::{self, Value};
use crate::mcp::{
    INTERNAL_ERROR, INVALID_REQUEST, Line, META_REVISION, METHOD_NOT_FOUND, Message, OneLine, PARSE_ERROR, RequestId,
    Revision, one_line, recover_id,
};
use crate::table::Capability;

/// A request that was read, with the bytes that would be forwarded.
pub(super) struct Request<'m> {
    pub id: RequestId,
    pub message: &'m Value<'m>,
    pub method: &'m str,
    pub params: Option<&'m Value<'m>>,
    pub text: &'m str,
    /// Does it carry a revision of its own, and which?
    pub revision: Option<&'m str>,
}

impl Session {
    /// A line from the client.
    pub fn on_client(&mut self, line: Line<'_>, now: Now, out: &mut Output) {
        match line {
            Line::Message(bytes) if bytes.iter().all(u8::is_ascii_whitespace) => {}
            // What is one message here must be one to the server.
            Line::Message(bytes) => match one_line(bytes) {
                OneLine::Same(bytes) => self.on_client_bytes(bytes, now, out),
                OneLine::Escaped(bytes) => self.on_client_bytes(&bytes, now, out),
                OneLine::CarriageReturn => {
                    let denied = self.refused(Refusal::Protocol, "a carriage return within a message");
                    let id = recover_id(bytes).filter(|id| !self.is_taken(id));
                    self.refuse(id.as_ref(), &Heard::bytes(bytes), INVALID_REQUEST, &denied, now, out);
                }
            },
            Line::Oversized { digest, size } => {
                let heard = Heard {
                    kept: None,
                    digest,
                    size,
                    ..Heard::bytes(&[])
                };
                let denied = by_policy(eval::too_large(&self.config.limits.client));
                self.refuse(None, &heard, INVALID_REQUEST, &denied, now, out);
            }
        }
    }

    fn on_client_bytes(&mut self, bytes: &[u8], now: Now, out: &mut Output) {
        let value = match json::parse(bytes, &self.config.limits.client) {
            Ok(value) => value,
            Err(error) => {
                let denied = by_policy(eval::unreadable(&error));
                let id = recover_id(bytes).filter(|id| !self.is_taken(id));
                return self.refuse(id.as_ref(), &Heard::bytes(bytes), PARSE_ERROR, &denied, now, out);
            }
        };
        // INVARIANT: strict JSON is UTF-8.
        let text = std::str::from_utf8(bytes).unwrap_or("");
        match Message::read(&value) {
            Err(error) => {
                let denied = self.refused(Refusal::Protocol, error.to_string());
                let heard = Heard::message(text, &value);
                let id = recover_id(bytes).filter(|id| !self.is_taken(id));
                self.refuse(id.as_ref(), &heard, INVALID_REQUEST, &denied, now, out);
                // Whoever waits for answers to a batch is told under each of its ids.
                let batched = value.elements().iter().filter_map(|e| RequestId::read(e.get("id")?));
                for id in batched.filter(|id| !self.is_taken(id)) {
                    out.client(&replies::refusal(Some(&id), INVALID_REQUEST, &denied));
                }
            }
            Ok(Message::Request { method, params, .. }) => {
                if let Some(edited) =
                    params.and_then(|params| capabilities::strip_request(text, method, params, &self.shut(now)))
                {
                    // What is decided on is what is forwarded.
                    return self.on_client_bytes(edited.as_bytes(), now, out);
                }
                if let Some(request) = Request::read(&value, text) {
                    self.on_request(&request, now, out);
                }
            }
            Ok(Message::Notification { method, params }) => {
                let heard = Heard::message(text, &value);
                self.on_client_notification(text, &heard, method, params, now, out);
            }
            Ok(Message::Response { id, result }) => {
                if id.as_ref().is_some_and(|id| self.pings.remove(id)) {
                    out.server(text);
                } else if !id.is_some_and(|id| self.on_client_answer(&id, result, text, now, out)) {
                    let denied = self.refused(Refusal::Protocol, "an answer that nobody waits for");
                    self.record_denied(&Heard::message(text, &value), &denied, now, out);
                }
            }
        }
    }

    fn on_request(&mut self, request: &Request<'_>, now: Now, out: &mut Output) {
        if let Some((id, code, denied)) = self.unacceptable(request, now) {
            return self.refuse(id, &request.heard(), code, &denied, now, out);
        }
        if let Some(revision) = request
            .revision
            .filter(|name| !Revision::parse(name).is_some_and(Revision::is_modern))
        {
            let denied = self.refused(
                Refusal::Protocol,
                format!("unknown revision `{}`", revision.escape_debug()),
            );
            self.record_denied(&request.heard(), &denied, now, out);
            return out.client(&replies::unsupported_revision(&request.id, revision));
        }
        if let Some(message) = self.out_of_turn(request) {
            let denied = self.refused(Refusal::Protocol, message);
            return self.refuse(Some(&request.id), &request.heard(), INVALID_REQUEST, &denied, now, out);
        }
        let asked = match request.method {
            "tools/call" => {
                let call = CallRequest::new(request);
                return self.on_call(&call, now, out);
            }
            "initialize" | "server/discover" => Asked::Handshake,
            "tools/list" => Asked::List,
            "ping" | "logging/setLevel" | "subscriptions/listen" => Asked::Other,
            method => match (self.capability_of(method), Entries::of(method)) {
                (Some(kind), _) => return self.on_call(&CallRequest::of(request, kind), now, out),
                (None, Some(entries)) if self.is_granted(entries.kind(), now) => Asked::Entries(entries),
                _ => return self.refuse_method(request, now, out),
            },
        };
        if request.method == "initialize" {
            self.connection = Connection::Greeting;
        } else {
            self.learn_era(request);
        }
        self.in_flight.insert(request.id.clone(), asked);
        out.server(request.text);
    }

    /// A connection is in one era, and greeted once.
    fn out_of_turn(&self, request: &Request<'_>) -> Option<&'static str> {
        let legacy = matches!(self.connection, Connection::Legacy(_) | Connection::Greeting);
        match (legacy, request.method, request.revision) {
            (true, "initialize", _) => Some("the handshake was begun already"),
            (true, _, Some(_)) => Some("this connection began with a handshake: its requests carry no revision"),
            _ => None,
        }
    }

    /// What is wrong with a request whatever it asks: to which id the answer goes, and its code.
    fn unacceptable<'r>(&self, request: &'r Request<'_>, now: Now) -> Option<(Option<&'r RequestId>, i32, Denied)> {
        let id = &request.id;
        let (to, code, refusal, message) = if self.is_taken(id) {
            // Not to the id itself: that would be read as the answer to the request that is in flight.
            let message = format!("a request with the id {id} is in flight");
            (None, INVALID_REQUEST, Refusal::DuplicateId, message)
        } else if id.token().trim_start_matches('"').starts_with(OWN_ID) {
            let message = format!("ids that begin with `{OWN_ID}` are the gateway's own");
            (Some(id), INVALID_REQUEST, Refusal::Protocol, message)
        } else if let Some(key) = request.params.and_then(capabilities::confusable) {
            let message = format!("the key `{}` could be taken for another", key.escape_debug());
            (Some(id), INVALID_REQUEST, Refusal::Protocol, message)
        } else if request.method == "tools/call" || self.capability_of(request.method).is_some() {
            return None;
        } else if let Some(status) = &self.server_gone {
            let message = format!("the server has ended ({status})");
            (Some(id), INTERNAL_ERROR, Refusal::ServerGone, message)
        } else if let Some(message) = self.overloaded(now) {
            (Some(id), INTERNAL_ERROR, Refusal::Overloaded, message)
        } else {
            return None;
        };
        Some((to, code, self.refused(refusal, message)))
    }

    /// Too much in flight for one more?
    pub(super) fn overloaded(&self, now: Now) -> Option<String> {
        let limits = &self.config.limits;
        if self.in_flight.len() + self.held.len() >= limits.requests {
            return Some(format!("{} requests are in flight already", limits.requests));
        }
        (now.waiting >= limits.waiting).then(|| "the server does not read what it is sent".to_owned())
    }

    fn is_taken(&self, id: &RequestId) -> bool {
        self.in_flight.contains(id) || self.held.iter().any(|held| held.id == *id)
    }

    /// The gateway's own requests are made as the client's are.
    pub(super) fn learn_era(&mut self, request: &Request<'_>) {
        let meta = request.params.and_then(|params| params.get("_meta"));
        if let (Connection::Fresh | Connection::Modern(_), Some(_), Some(meta)) =
            (&self.connection, request.revision, meta)
        {
            self.connection = Connection::Modern(replies::own_meta(request.text, meta));
        }
    }

    /// The capability that a client asks for by this method, if a rule speaks of it.
    fn capability_of(&self, method: &str) -> Option<Capability> {
        self.judge.asked_by(method).filter(|kind| !kind.asked_by_server())
    }

    fn refuse_method(&mut self, request: &Request<'_>, now: Now, out: &mut Output) {
        let method = request.method.escape_debug();
        let denied = self.refused(Refusal::Method, format!("`{method}` is not let through"));
        if request.method == "completion/complete" {
            self.record_denied(&request.heard(), &denied, now, out);
            return out.client(&replies::empty_completion(&request.id, request.revision.is_some()));
        }
        self.refuse(Some(&request.id), &request.heard(), METHOD_NOT_FOUND, &denied, now, out);
    }

    fn on_client_notification(
        &mut self,
        text: &str,
        heard: &Heard<'_>,
        method: &str,
        params: Option<&Value<'_>>,
        now: Now,
        out: &mut Output,
    ) {
        let passes = match method {
            "notifications/initialized" | "notifications/cancelled" | "notifications/progress" => true,
            "notifications/roots/list_changed" => self.is_granted(Capability::Roots, now),
            _ => false,
        };
        if !passes {
            let denied = self.refused(
                Refusal::Method,
                format!("`{}` is not let through", method.escape_debug()),
            );
            return self.record_denied(heard, &denied, now, out);
        }
        if self.server_gone.is_some() || now.waiting >= self.config.limits.waiting {
            let denied = self.refused(Refusal::Overloaded, "the server does not read what it is sent");
            return self.record_denied(heard, &denied, now, out);
        }
        if method == "notifications/cancelled" && !self.on_cancelled(params, now, out) {
            return;
        }
        out.server(text);
        if method == "notifications/initialized" && !self.live.is_asking() {
            self.ask_for_tools(out);
        }
    }

    /// The client does not want an answer any more. Does the server know of the request?
    fn on_cancelled(&mut self, params: Option<&Value<'_>>, now: Now, out: &mut Output) -> bool {
        let Some(id) = params
            .and_then(|params| params.get("requestId"))
            .and_then(RequestId::read)
        else {
            return false;
        };
        if let Some(position) = self.held.iter().position(|held| held.id == id) {
            if let Some(held) = self.held.remove(position) {
                self.held_bytes -= held.text.len();
                self.record_unheld(&held, now, out);
            }
            return false;
        }
        if !self.in_flight.contains(&id) {
            return false;
        }
        if let Some(forgotten) = self.in_flight.cancel(&id) {
            self.outcome(&forgotten, OutcomeStatus::Cancelled, None, None, now, out);
        }
        true
    }

    /// Records that a message is denied, and says so.
    fn refuse(
        &mut self,
        id: Option<&RequestId>,
        heard: &Heard<'_>,
        code: i32,
        denied: &Denied,
        now: Now,
        out: &mut Output,
    ) {
        self.record_denied(heard, denied, now, out);
        out.client(&replies::refusal(id, code, denied));
    }
}

impl<'m> Request<'m> {
    /// The request that `value` is, parsed from `text`; `None` if it is another kind of message.
    pub fn read(value: &'m Value<'m>, text: &'m str) -> Option<Self> {
        let Ok(Message::Request { id, method, params }) = Message::read(value) else {
            return None;
        };
        let meta = params.and_then(|params| params.get("_meta"));
        let revision = meta.and_then(|meta| meta.get(META_REVISION)).and_then(Value::as_str);
        Some(Self {
            id,
            message: value,
            method,
            params,
            text,
            revision,
        })
    }

    pub fn heard(&self) -> Heard<'m> {
        Heard {
            revision: self.revision.and_then(Revision::parse),
            ..Heard::message(self.text, self.message)
        }
    }
}

fn by_policy(denial: Denial) -> Denied {
    Denied { denial, refusal: None }
}
