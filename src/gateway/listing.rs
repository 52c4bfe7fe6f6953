//! The server's tools: asked for, compared with the pinned ones, and shown to the client as far as it may see them.

use super::live::Definition;
use super::replies;
use super::session::{Connection, Session};
use super::{Now, Output};
use crate::evidence::Record;
use crate::json::{self, Value};
use crate::mcp::RequestId;
use crate::table::Digest;

impl Session {
    /// Asks the server for its tools, in the connection's own era.
    pub(super) fn ask_for_tools(&mut self, out: &mut Output) {
        let id = self.live.ask();
        self.ask_page(&id, None, out);
    }

    fn ask_page(&mut self, id: &RequestId, cursor: Option<&str>, out: &mut Output) {
        let meta = match &self.connection {
            Connection::Modern(meta) => Some(meta.as_str()),
            _ => None,
        };
        out.server(&replies::list_tools(id, cursor, meta));
    }

    /// The answer to the gateway's own question; `None` for an error.
    pub(super) fn on_tools(&mut self, result: Option<&Value<'_>>, now: Now, out: &mut Output) {
        let Some(page) = result.and_then(read_page) else {
            self.live.fail();
            return self.release(now, out);
        };
        self.note_drift(&page, now, out);
        if self.live.len() + page.len() > self.config.limits.tools || self.live.is_endless() {
            self.live.fail();
            return self.release(now, out);
        }
        match result
            .and_then(|result| result.get("nextCursor"))
            .and_then(Value::as_str)
        {
            Some(cursor) => {
                let id = self.live.next_page(page);
                self.ask_page(&id, Some(cursor), out);
            }
            None if self.live.complete(page) => self.ask_for_tools(out),
            None => self.release(now, out),
        }
    }

    /// A page of tools for the client: without those that it may not see, or that are not as pinned. `None` where it
    /// cannot be read.
    pub(super) fn filter_tools(
        &mut self,
        text: &str,
        result: &Value<'_>,
        now: Now,
        out: &mut Output,
    ) -> Option<String> {
        let page = read_page(result)?;
        if page.len() > self.config.limits.tools {
            return None;
        }
        self.note_drift(&page, now, out);
        self.live.passed(&page);
        let tools = result.get("tools")?;
        let hidden: Vec<usize> = tools
            .elements()
            .iter()
            .enumerate()
            .filter(|(_, entry)| !self.is_shown(entry, now))
            .map(|(index, _)| index)
            .collect();
        Some(edit_page(text, result, tools, &hidden))
    }

    fn is_shown(&self, entry: &Value<'_>, now: Now) -> bool {
        let name = entry.get("name").and_then(Value::as_str);
        name.is_some_and(|tool| self.is_as_pinned(tool) && self.may_see(tool, now))
    }

    /// Could this caller call it with some arguments?
    pub(super) fn may_see(&self, tool: &str, now: Now) -> bool {
        self.judge.pinned(tool).is_some() && self.judge.lists(tool, &self.context(now))
    }

    /// Is the tool defined as it was when it was locked, and has been all the time?
    pub(super) fn is_as_pinned(&self, tool: &str) -> bool {
        let live = self.live.get(tool).and_then(|definition| definition.digest);
        live.is_some() && live == self.judge.pinned(tool) && !self.drifted.contains(tool)
    }

    /// A pinned tool that the server no longer has is a drift too.
    pub(super) fn note_absent(&mut self, tool: &str, now: Now, out: &mut Output) {
        if self.live.get(tool).is_none() {
            self.drift(tool, None, now, out);
        }
    }

    fn note_drift(&mut self, page: &[(String, Definition)], now: Now, out: &mut Output) {
        for (tool, definition) in page {
            self.drift(tool, definition.digest, now, out);
        }
    }

    /// Records that a tool is not as pinned, once.
    fn drift(&mut self, tool: &str, live: Option<Digest>, now: Now, out: &mut Output) {
        let pinned = self.judge.pinned(tool);
        let same = live.is_some() && live == pinned;
        if same || self.drifted.contains(tool) || self.drifted.len() >= self.config.limits.tools {
            return;
        }
        self.drifted.insert(tool.to_owned());
        let record = Record::ToolDrift {
            time: now.time,
            server: self.config.server.clone(),
            tool: tool.to_owned(),
            pinned,
            live,
        };
        self.record(&record, out);
    }
}

/// Names and definitions of a page. Entries without a name are nobody's; `None` where there are no entries at all.
fn read_page(result: &Value<'_>) -> Option<Vec<(String, Definition)>> {
    let tools = result.get("tools")?;
    if !matches!(tools.kind, json::Kind::Array(_)) {
        return None;
    }
    Some(tools.elements().iter().filter_map(Definition::read).collect())
}

/// The page without the hidden entries, and for this caller alone to keep.
pub(super) fn edit_page(text: &str, result: &Value<'_>, tools: &Value<'_>, hidden: &[usize]) -> String {
    let scope = result
        .get("cacheScope")
        .filter(|scope| scope.as_str() != Some("private"));
    let make_private = |text: String| match scope {
        Some(scope) => {
            let (before, after) = (text.get(..scope.range.start), text.get(scope.range.end..));
            format!("{}\"private\"{}", before.unwrap_or(""), after.unwrap_or(""))
        }
        None => text,
    };
    // What stands later is edited first, so that places earlier in the text stay valid.
    let scope_is_later = scope.is_some_and(|scope| scope.range.start > tools.range.start);
    let edited = if scope_is_later {
        json::remove(&make_private(text.to_owned()), tools, hidden)
    } else {
        make_private(json::remove(text, tools, hidden))
    };
    if result.get("cacheScope").is_none() && result.get("resultType").is_some() {
        return json::insert_member(&edited, result, "cacheScope", "\"private\"");
    }
    edited
}
