//! What grants say of a tool's lane: one credential, one egress set, and such as its server can have.

use std::collections::{BTreeMap, BTreeSet};

use crate::check::{Checker, codes};
use crate::diagnostic::{Diagnostic, Span};
use crate::pattern::At;
use crate::table::gates::{Gate, Gated, Placed};
use crate::table::lanes::Injection;
use crate::table::{FullName, Grant, Lanes, Rule, Server, Transport};

/// A clause of a grant: the name in it, and where it stands; where there is none, where the grant does.
type Clause<'g> = (Option<&'g str>, At);

impl Checker<'_> {
    /// Until it is proved which grants can hold for one call, all grants on a tool agree.
    pub(in crate::check) fn check_lanes(&self, servers: &BTreeMap<String, Server>, rules: &[Rule], lanes: &Lanes) {
        let gated = self.gated.borrow();
        let mut shared: BTreeMap<&str, (At, BTreeSet<String>)> = BTreeMap::new();
        for (server_name, server) in servers {
            for (tool_name, tool) in &server.tools {
                let full = FullName(server_name, tool_name).to_string();
                let of = |get: fn(&Gate) -> Option<&Placed<String>>| {
                    let clause = |grant: &Grant| -> Option<Clause<'_>> {
                        let gate = grant.gate.and_then(|gate| gated.gate(gate));
                        match gate.and_then(get) {
                            Some(clause) => Some((Some(clause.is.as_str()), clause.at)),
                            None => Some((None, rules.get(usize::try_from(grant.rule).ok()?)?.at)),
                        }
                    };
                    tool.grants.iter().filter_map(clause).collect::<Vec<_>>()
                };
                let (with, to) = (of(|gate| gate.with.as_ref()), of(|gate| gate.to.as_ref()));
                self.check_same("with", "credential", &full, &with);
                self.check_same("to", "egress set", &full, &to);
                let Some((Some(name), at)) = with.first() else { continue };
                let of_credential = shared.entry(name).or_insert_with(|| (*at, BTreeSet::new()));
                of_credential.1.insert(full);
                if (at.source, at.start) < (of_credential.0.source, of_credential.0.start) {
                    of_credential.0 = *at;
                }
                self.check_injection(name, self.span(*at), server, lanes);
                if let Some((Some(egress), at)) = to.first() {
                    self.check_reach(name, egress, self.span(*at), lanes);
                }
            }
        }
        for server in servers.values().filter(|server| server.single_lane) {
            self.check_single(server, &gated, rules);
        }
        for (name, (at, tools)) in shared.iter().filter(|(_, (_, tools))| tools.len() > 1) {
            let listed: Vec<String> = tools.iter().map(|tool| format!("`{tool}`")).collect();
            let message = format!("`{name}` is what several tools act as: {}", listed.join(", "));
            let help = "whatever one of them needs, all can do; give each tool a credential of its own";
            self.report::<()>(Diagnostic::warning(codes::SHARED, self.span(*at), message).help(help));
        }
    }

    /// A server of which there is one process: what its tools act as and where it may connect is the same for all.
    fn check_single(&self, server: &Server, gated: &Gated, rules: &[Rule]) {
        let grants = server.tools.values().filter_map(|tool| tool.grants.first());
        let mut lanes = grants.filter_map(|grant| {
            let gate = grant.gate.and_then(|gate| gated.gate(gate));
            let name = |clause: Option<&Placed<String>>| clause.map(|clause| clause.is.clone());
            let with = name(gate.and_then(|gate| gate.with.as_ref()));
            let to = name(gate.and_then(|gate| gate.to.as_ref()));
            Some(((with, to), rules.get(usize::try_from(grant.rule).ok()?)?.at))
        });
        let Some((first, first_at)) = lanes.next() else { return };
        if let Some((_, at)) = lanes.find(|(lane, _)| *lane != first) {
            let message = "the tools of a server with a `single lane` differ in credential or egress set";
            let error = Diagnostic::error(codes::SINGLE_LANE, self.span(at), message);
            let help = "give all its grants the same `with` and `to`, or take `single lane` out";
            self.report::<()>(error.also(self.span(first_at), "the other grant").help(help));
        }
    }

    fn check_same(&self, word: &str, what: &str, tool: &str, clauses: &[Clause<'_>]) {
        let Some(((first, first_at), others)) = clauses.split_first() else {
            return;
        };
        for (_, at) in others.iter().filter(|(name, _)| name != first) {
            let message = format!("the grants on `{tool}` do not agree on the {what} (`{word}`)");
            let error = Diagnostic::error(codes::DISAGREE, self.span(*at), message);
            let help = "both may hold for one call, which has one; give all grants on a tool the same";
            self.report::<()>(error.also(self.span(*first_at), "the other grant").help(help));
        }
    }

    /// A header is for a remote server, a variable for a process.
    fn check_injection(&self, name: &str, span: Span, server: &Server, lanes: &Lanes) {
        let inject = lanes.credentials.get(name).map(|credential| &credential.inject);
        let why = match (&server.transport, inject) {
            (Some(Transport::Stdio(_)), Some(Injection::Header { .. })) => "a header, and the server is a process",
            (Some(Transport::Http(_)), Some(Injection::Env(_) | Injection::Sentinel { .. })) => {
                "a variable, and the server is reached by HTTP"
            }
            _ => return,
        };
        let message = format!("`{name}` is put into {why}");
        self.report::<()>(Diagnostic::error(codes::CREDENTIAL, span, message));
    }

    /// What stands in for a secret is exchanged where the server may connect.
    fn check_reach(&self, credential: &str, egress: &str, span: Span, lanes: &Lanes) {
        let inject = lanes.credentials.get(credential).map(|credential| &credential.inject);
        let (Some(Injection::Sentinel { origin, .. }), Some(set)) = (inject, lanes.egress.get(egress)) else {
            return;
        };
        if !self.leads_to(set, origin) {
            let message = format!("`{credential}` is for `{origin}`, and `{egress}` does not lead there");
            self.report::<()>(Diagnostic::error(codes::EGRESS, span, message).help("add the host to the egress set"));
        }
    }
}
