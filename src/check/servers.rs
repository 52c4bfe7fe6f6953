//! Servers: where they live, what their processes get, and the tools that the lock pins for them.

use std::collections::BTreeMap;

use super::{Checker, codes};
use crate::diagnostic::Diagnostic;
use crate::lock::Lock;
use crate::syntax::ast::{self, StatementKind};
use crate::table::{Capability, Server, Tool, Transport, shape_of};

impl Checker<'_> {
    pub(super) fn report_missing_lock(&self) {
        let first = self
            .package
            .statements()
            .find(|s| matches!(s.kind, StatementKind::Server(_)));
        if let Some(server) = first {
            self.report::<()>(
                Diagnostic::error(
                    codes::NO_LOCK,
                    server.span,
                    "the tools of this policy's servers are not locked",
                )
                .help("run `mcppc lock` on the policy: it asks the servers for their tools and writes `mcpp.lock`"),
            );
        }
    }

    pub(super) fn variables(&self) -> BTreeMap<String, Vec<String>> {
        let servers = self.scope.servers.values();
        servers
            .filter_map(|server| Some((server.name.name.clone(), self.passed_on(server)?)))
            .collect()
    }

    pub(super) fn transports(&self) -> BTreeMap<String, Option<Transport>> {
        use ast::Transport as Written;
        let resolve = |written: &Written| match written {
            Written::Http(url) => Some(Transport::Http(self.scope.text(url, self)?)),
            Written::Stdio(words) => Some(Transport::Stdio(
                words
                    .iter()
                    .map(|word| self.scope.text(word, self))
                    .collect::<Option<_>>()?,
            )),
        };
        let servers = self.scope.servers.values();
        servers
            .map(|server| (server.name.name.clone(), server.transport.as_ref().and_then(resolve)))
            .collect()
    }

    pub(super) fn servers(
        &self,
        transports: BTreeMap<String, Option<Transport>>,
        lock: &Lock,
    ) -> BTreeMap<String, Server> {
        let tools = |server: &str| {
            let locked = lock.servers.get(server).map(|server| &server.tools);
            if locked.is_none()
                && let Some(written) = self.scope.servers.get(server)
            {
                self.report::<()>(
                    Diagnostic::error(
                        codes::NO_LOCK,
                        written.name.span,
                        format!("the lock has no server `{server}`"),
                    )
                    .help("run `mcppc lock` on the policy: it asks the server for its tools"),
                );
            }
            let tool = |schema: &str| {
                let limits = crate::json::Limits {
                    bytes: usize::MAX,
                    depth: 80,
                    values: 1_000_000,
                };
                crate::json::parse(schema.as_bytes(), &limits)
                    .map(|schema| shape_of(&schema))
                    .unwrap_or_default()
            };
            locked
                .into_iter()
                .flatten()
                .filter(|(name, _)| Capability::of_tool(name).is_none())
                .map(|(name, locked)| {
                    let arguments = tool(&locked.schema);
                    let pinned = Tool {
                        definition: locked.definition,
                        arguments,
                        envelope: Vec::new(),
                        prohibitions: Vec::new(),
                        grants: Vec::new(),
                    };
                    (name.clone(), pinned)
                })
                .collect()
        };
        let mut variables = self.variables();
        transports
            .into_iter()
            .map(|(name, transport)| {
                let written = self.scope.servers.get(name.as_str());
                let server = Server {
                    transport,
                    env: variables.remove(&name),
                    single_lane: written.is_some_and(|server| server.single_lane.is_some()),
                    stateful: written.is_some_and(|server| server.stateful.is_some()),
                    tools: tools(&name),
                };
                (name, server)
            })
            .collect()
    }
}
