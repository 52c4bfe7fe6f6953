//! What compiles and is still likely to be a mistake. `waive CODE "reason"` above a statement quiets a lint there.

mod free;
mod strings;
mod text;
mod unread;
mod unused;
mod waivers;
mod wide;

use std::collections::BTreeMap;

use super::Checker;
use crate::diagnostic::Span;
use crate::lock::Lock;
use crate::pattern::At;
use crate::table::{FullName, Server};

pub(super) use waivers::{Waived, settle, waive};

impl Checker<'_> {
    /// Looks at a policy that was lowered, for all that can be said with its tools at hand.
    pub(super) fn lint(&self, servers: &BTreeMap<String, Server>, lock: &Lock) {
        for (server, Server { tools, .. }) in servers {
            let locked = lock.servers.get(server).map(|server| &server.tools);
            for (name, tool) in tools {
                let full = FullName(server, name).to_string();
                let schema = locked.and_then(|tools| Some(tools.get(name)?.schema.as_str()));
                self.lint_grants(&full, tool, schema);
                tool.prohibitions.iter().for_each(|p| self.lint_text(&full, tool, p));
            }
        }
        self.lint_wildcards();
        let mut found = self.diagnostics.borrow_mut();
        let files = self.package.sources.files.iter().zip(&self.package.files);
        files.for_each(|(file, tree)| found.extend(strings::lint(file, tree)));
        // What an included file defines is for whoever includes it.
        let policy = self.package.sources.files.first().zip(self.package.files.first());
        found.extend(
            policy
                .into_iter()
                .flat_map(|(placed, file)| unused::lint(&placed.source, file)),
        );
    }
}

impl Checker<'_> {
    /// Where a place of the table is among all files.
    pub(super) fn span(&self, at: At) -> Span {
        let offset = |offset: u32| usize::try_from(offset).unwrap_or(usize::MAX);
        let base = self
            .package
            .sources
            .files
            .get(offset(at.source))
            .map_or(0, |file| file.base);
        Span::new(
            base.saturating_add(offset(at.start)),
            base.saturating_add(offset(at.end)),
        )
    }
}
