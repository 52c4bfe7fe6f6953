//! What a server says.

use super::capabilities;
use super::in_flight::{Asked, SentCall};
use super::replies::{self, Shape};
use super::session::{Connection, Heard, Session};
use super::{Now, Output};
use crate::eval::{self, Reason, Withheld};
use crate::evidence::{OutcomeStatus, Refusal, Side};
use crate::json::{self, Kind, Value};
use crate::mcp::{INTERNAL_ERROR, Line, Message, RequestId, Revision, recover_id, recover_ids};

/// How many pings of the server may wait for the client.
const PINGS: usize = 64;

/// The longest method, in bytes, that the record of such a request names.
const METHOD: usize = 64;

/// An answer of the server.
struct Answer<'m> {
    id: RequestId,
    /// `None` for an error.
    result: Option<&'m Value<'m>>,
    error: Option<&'m Value<'m>>,
    text: &'m str,
}

impl Session {
    /// A line from the server.
    pub fn on_server(&mut self, line: Line<'_>, now: Now, out: &mut Output) {
        match line {
            Line::Message(bytes) if bytes.iter().all(u8::is_ascii_whitespace) => {}
            Line::Message(bytes) => self.on_server_bytes(bytes, now, out),
            // Whose answer it was is lost with it, unless only one can be meant.
            Line::Oversized { .. } => {
                if let Some(id) = self.in_flight.only() {
                    self.replace(&id, &[], "the server's answer is too large", now, out);
                }
            }
        }
    }

    fn on_server_bytes(&mut self, bytes: &[u8], now: Now, out: &mut Output) {
        let bytes = bytes.strip_suffix(b"\r").unwrap_or(bytes);
        if bytes.contains(&b'\r') {
            return self.replace_torn(bytes, now, out);
        }
        let value = match json::parse(bytes, &self.config.limits.server) {
            Ok(value) => value,
            Err(error) => {
                let message = format!("the server's answer is not strict JSON: {error}");
                return self.replace_recovered(bytes, &message, now, out);
            }
        };
        // INVARIANT: strict JSON is UTF-8.
        let text = std::str::from_utf8(bytes).unwrap_or("");
        match Message::read(&value) {
            Err(error) => {
                let message = format!("the server's answer is no JSON-RPC message: {error}");
                // Whoever waits for an answer in a batch is told that it does not come.
                let batched: Vec<RequestId> = value
                    .elements()
                    .iter()
                    .filter_map(|e| RequestId::read(e.get("id")?))
                    .collect();
                for id in &batched {
                    self.replace(id, bytes, &message, now, out);
                }
                if batched.is_empty() {
                    self.replace_recovered(bytes, &message, now, out);
                }
            }
            Ok(Message::Response { id: Some(id), result }) => {
                let error = value.get("error");
                let answer = Answer {
                    id,
                    result,
                    error,
                    text,
                };
                self.on_answer(&answer, now, out);
            }
            // Nobody can tell what it answers.
            Ok(Message::Response { id: None, .. }) => {}
            Ok(Message::Notification { method, params }) => {
                self.on_server_notification(text, method, params, now, out);
            }
            Ok(Message::Request { id, method, .. }) => {
                self.on_server_request(id, method, text, now, out);
            }
        }
    }

    fn on_answer(&mut self, answer: &Answer<'_>, now: Now, out: &mut Output) {
        if self.live.is_open(&answer.id) {
            return self.on_tools(answer.result, now, out);
        }
        if let Some(late) = self.in_flight.remove_cancelled(&answer.id) {
            if let Some(call) = late {
                let bytes = Some(answer.text.as_bytes());
                self.outcome(&call, OutcomeStatus::Cancelled, answer.is_error(), bytes, now, out);
            }
            return;
        }
        if answer.is_incomplete() {
            if let (Some(Asked::Call(call)), Some(result)) = (self.in_flight.get(&answer.id).cloned(), answer.result)
                && self
                    .judge
                    .withholds(&call.tool, &call.effects, &answer.as_evaluated())
                    .is_none()
                && self.may_ask(&call, answer.text, result, now, out)
            {
                self.in_flight.remove(&answer.id);
                return self.on_asking(answer, &call, now, out);
            }
            let message = "the server asks for more instead of answering, which is not let through";
            return self.replace(&answer.id, answer.text.as_bytes(), message, now, out);
        }
        match self.in_flight.remove(&answer.id) {
            // Nobody asked, or it was answered before.
            None => {}
            Some(Asked::Call(call)) => self.on_call_answer(answer, &call, now, out),
            Some(Asked::Handshake) => self.on_handshake(answer, now, out),
            Some(Asked::List) => self.on_list(answer, now, out),
            Some(Asked::Entries(entries)) => {
                self.on_entries((&answer.id, answer.text, answer.result), entries, now, out);
            }
            Some(Asked::Other) => out.client(answer.text),
        }
    }

    fn on_call_answer(&mut self, answer: &Answer<'_>, call: &SentCall, now: Now, out: &mut Output) {
        let withheld = self.judge.withholds(&call.tool, &call.effects, &answer.as_evaluated());
        let status = match (withheld, answer.result) {
            (Some(why), _) => OutcomeStatus::Withheld(why),
            (None, Some(_)) => OutcomeStatus::Result,
            (None, None) => OutcomeStatus::Error,
        };
        let bytes = Some(answer.text.as_bytes());
        let recorded = self.outcome(call, status, answer.is_error(), bytes, now, out);
        let shape = Shape::of(&call.tool, call.modern);
        out.rests.push((answer.id.clone(), shape));
        let denied = match (recorded, withheld) {
            (Some(_), None) => return out.client(answer.text),
            (Some(_), Some(why)) => self.refused(Refusal::Returns, withheld_message(why)),
            (None, _) => self.refused(Refusal::Evidence, self.sealed.clone().unwrap_or_default()),
        };
        out.client(&replies::denial(&answer.id, &denied, shape));
    }

    /// The server asks for more, and may.
    fn on_asking(&mut self, answer: &Answer<'_>, call: &SentCall, now: Now, out: &mut Output) {
        let bytes = Some(answer.text.as_bytes());
        let recorded = self.outcome(call, OutcomeStatus::InputRequired, None, bytes, now, out);
        let shape = Shape::of(&call.tool, call.modern);
        out.rests.push((answer.id.clone(), shape));
        match recorded {
            Some(_) => out.client(answer.text),
            None => {
                let denied = self.refused(Refusal::Evidence, self.sealed.clone().unwrap_or_default());
                out.client(&replies::denial(&answer.id, &denied, shape));
            }
        }
    }

    /// `initialize` or `server/discover`, without the capabilities that this gateway does not let through.
    fn on_handshake(&mut self, answer: &Answer<'_>, now: Now, out: &mut Output) {
        if matches!(self.connection, Connection::Greeting) {
            self.connection = Connection::Fresh;
        }
        let revision = answer.result.and_then(|result| result.get("protocolVersion"));
        match revision.map(|name| {
            name.as_str()
                .and_then(Revision::parse)
                .filter(|revision| !revision.is_modern())
        }) {
            None => {}
            Some(Some(revision)) => self.connection = Connection::Legacy(revision),
            Some(None) => {
                let message = "the server speaks a revision that this gateway does not know";
                out.client(&replies::error(Some(&answer.id), INTERNAL_ERROR, message, None));
                return self.release(now, out);
            }
        }
        self.strip_handshake(answer, now, out);
        if matches!(self.connection, Connection::Fresh) {
            self.release(now, out);
        }
    }

    fn strip_handshake(&self, answer: &Answer<'_>, now: Now, out: &mut Output) {
        let shut = self.shut(now);
        let mut text = answer.text.to_owned();
        loop {
            let edited = json::parse(text.as_bytes(), &self.config.limits.server)
                .ok()
                .and_then(|value| capabilities::strip_result(&text, value.get("result")?, &shut));
            match edited {
                Some(edited) => text = edited,
                None => return out.client(&text),
            }
        }
    }

    fn on_list(&mut self, answer: &Answer<'_>, now: Now, out: &mut Output) {
        let Some(result) = answer.result else {
            return out.client(answer.text);
        };
        match self.filter_tools(answer.text, result, now, out) {
            Some(filtered) => out.client(&filtered),
            None => {
                let message = "the server's list of tools cannot be read";
                out.client(&replies::error(Some(&answer.id), INTERNAL_ERROR, message, None));
            }
        }
    }

    fn on_server_notification(
        &mut self,
        text: &str,
        method: &str,
        params: Option<&Value<'_>>,
        now: Now,
        out: &mut Output,
    ) {
        match method {
            "notifications/message" | "notifications/progress" | "notifications/subscriptions/acknowledged" => {}
            "notifications/tools/list_changed" => {
                if self.live.changed() && !matches!(self.connection, Connection::Fresh) {
                    self.ask_for_tools(out);
                }
            }
            "notifications/cancelled" => {
                let id = params
                    .and_then(|params| params.get("requestId"))
                    .and_then(RequestId::read);
                if !id.is_some_and(|id| self.on_withdrawn(&id, now, out)) {
                    return;
                }
            }
            _ if self.may_hear(method, params, now) => {}
            _ => return,
        }
        out.client(text);
    }

    /// The client is asked for something. Only a ping reaches it, and what is granted; in a modern connection nothing does.
    fn on_server_request(&mut self, id: RequestId, method: &str, text: &str, now: Now, out: &mut Output) {
        let legacy = !matches!(self.connection, Connection::Modern(_));
        if method == "ping" && legacy && self.pings.len() < PINGS {
            self.pings.insert(id);
            return out.client(text);
        }
        if self.asks_client(&id, method, text, now, out) {
            return;
        }
        self.record_declined(method, text, now, out);
        if legacy && now.waiting < self.config.limits.waiting {
            out.server(&replies::decline(&id, method));
        }
    }

    /// Nobody on the client's side said it: it is kept under the server's name, and not in full, and no server fills the
    /// disk with it.
    fn record_declined(&mut self, method: &str, text: &str, now: Now, out: &mut Output) {
        if !self.may_record_declined(0) {
            return;
        }
        let heard = Heard {
            from: Side::Server,
            kept: None,
            method: Some(method).filter(|method| method.len() <= METHOD),
            ..Heard::bytes(text.as_bytes())
        };
        let message = format!("the server may not ask for `{}`", method.escape_debug());
        let denied = self.refused(Refusal::Method, message);
        self.record_denied(&heard, &denied, now, out);
    }

    /// A line with a carriage return within: a client could take it for several messages.
    fn replace_torn(&mut self, bytes: &[u8], now: Now, out: &mut Output) {
        let message = "the server's answer has a carriage return within";
        out.remark("a message of the server was not passed on: it has a carriage return within");
        let mut ids = recover_ids(bytes);
        // Whose answer it was is lost, unless only one can be meant; lines of a log or a progress bar are no answers.
        if ids.is_empty() && bytes.trim_ascii_start().starts_with(b"{") {
            ids.extend(self.in_flight.only());
        }
        for id in ids {
            self.replace_unread(&id, bytes, message, now, out);
        }
    }

    fn replace_recovered(&mut self, bytes: &[u8], message: &str, now: Now, out: &mut Output) {
        if let Some(id) = recover_id(bytes) {
            self.replace_unread(&id, bytes, message, now, out);
        }
    }

    /// The answer to this request cannot be read; it may be the gateway's own.
    fn replace_unread(&mut self, id: &RequestId, bytes: &[u8], message: &str, now: Now, out: &mut Output) {
        if self.live.is_open(id) {
            return self.on_tools(None, now, out);
        }
        self.replace(id, bytes, message, now, out);
    }

    /// Something came that may not pass: whoever waits for it is told so.
    fn replace(&mut self, id: &RequestId, bytes: &[u8], message: &str, now: Now, out: &mut Output) {
        match self.in_flight.remove(id) {
            None => {}
            Some(Asked::Call(call)) => {
                self.outcome(&call, OutcomeStatus::Replaced, None, Some(bytes), now, out);
                let denied = self.refused(Refusal::Protocol, message);
                debug_assert_eq!(denied.denial.reason, Reason::Refused);
                let shape = Shape::of(&call.tool, call.modern);
                out.rests.push((id.clone(), shape));
                out.client(&replies::denial(id, &denied, shape));
            }
            Some(_) => out.client(&replies::error(Some(id), INTERNAL_ERROR, message, None)),
        }
    }
}

/// What the client is told of a result that it does not get: nothing that the server said.
fn withheld_message(why: Withheld) -> String {
    format!("the call was made, and its result is withheld: {}", why.described())
}

impl Answer<'_> {
    fn as_evaluated(&self) -> eval::Answer<'_> {
        eval::Answer {
            size: self.text.len() as u64,
            result: self.result,
            error: self.error,
        }
    }

    fn is_error(&self) -> Option<bool> {
        match self.result?.get("isError")?.kind {
            Kind::Bool(is_error) => Some(is_error),
            _ => None,
        }
    }

    /// Something else than a complete result: `input_required`, or a task.
    fn is_incomplete(&self) -> bool {
        if self.result.is_some_and(|result| result.get("task").is_some()) {
            return true;
        }
        let kind = self.result.and_then(|result| result.get("resultType"));
        kind.is_some_and(|kind| kind.as_str() != Some("complete"))
    }
}
