//! Since 2026-07-28 a server asks for the client's help within a result, `input_required`: each entry is decided as the
//! request that it is, and the result passes where all of them may.

use super::asked::of_server;
use super::in_flight::SentCall;
use super::session::{Connection, Session};
use super::{Now, Output};
use crate::eval::Decision;
use crate::evidence::OutcomeStatus;
use crate::json::{self, Member, Value};
use crate::table::Capability;

/// The most entries of one result: a server asks for a few things at once.
const ENTRIES: usize = 64;

impl Session {
    /// May the client get this result of a call of a tool, which asks for more? What is decided is recorded.
    pub(super) fn may_ask(
        &mut self,
        call: &SentCall,
        text: &str,
        result: &Value<'_>,
        now: Now,
        out: &mut Output,
    ) -> bool {
        let is_modern = matches!(self.connection, Connection::Modern(_)) && call.modern;
        // Otherwise the answer would be asked for in vain.
        let takes_answer = Capability::of_tool(&call.tool).is_none() && self.judge.takes_input(&call.tool);
        let is_asking = result.get("resultType").and_then(Value::as_str) == Some("input_required");
        if !is_modern || !takes_answer || !is_asking || result.get("task").is_some() {
            return false;
        }
        let entries = match result.get("inputRequests") {
            None => &[][..],
            Some(entries) if entries.is_object() => entries.members(),
            Some(_) => return false,
        };
        if entries.len() > ENTRIES {
            return false;
        }
        let mut passed = Vec::new();
        let all = entries.iter().all(|entry| match self.ask_for(entry, text, now, out) {
            Some(asked) => {
                passed.push(asked);
                true
            }
            None => false,
        });
        // Its answer comes with another call, which is decided in full.
        let status = if all {
            OutcomeStatus::Passed
        } else {
            OutcomeStatus::Gone
        };
        let recorded = passed
            .iter()
            .map(|asked| self.outcome(asked, status, None, None, now, out));
        // Each of them, whatever becomes of the others.
        let recorded: Vec<_> = recorded.collect();
        all && recorded.iter().all(Option::is_some)
    }

    /// One entry; `None` where it may not pass.
    fn ask_for(&mut self, entry: &Member<'_>, text: &str, now: Now, out: &mut Output) -> Option<SentCall> {
        let Member { key, value, .. } = entry;
        let method = value.get("method").and_then(Value::as_str)?;
        let is_known = |member: &Member<'_>| matches!(&*member.key, "method" | "params");
        let kind = self.judge.asked_by(method).filter(|kind| kind.said_by_server());
        let kind = kind.filter(|_| value.members().iter().all(is_known))?;
        let params = value.get("params").map_or("{}", |params| params.raw(text));
        let (id, quoted) = (json::quote(key), json::quote(method));
        let request = format!(r#"{{"jsonrpc":"2.0","id":{id},"method":{quoted},"params":{params}}}"#);
        let heard = of_server(kind, method, &request, &self.config.limits);
        let context = self.context(now);
        match self.judge.decide(&mut self.scratch, &request, &context) {
            Decision::Allow(permit) => self.record_permitted(&heard, permit, now, out),
            Decision::Deny(denial) => {
                self.record_unasked(&heard, denial, now, out);
                None
            }
        }
    }
}
