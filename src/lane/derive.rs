//! From a policy to its lanes.

use std::collections::BTreeMap;

use crate::table::Policy;
use crate::table::gates::{Gate, Placed};

/// What the tools of one process have in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lane<'p> {
    /// What they act as.
    pub credential: Option<&'p str>,
    /// Where their process may connect; `None`: nothing is said of it.
    pub egress: Option<&'p str>,
    /// Is there a process for each caller, since the credential is the caller's own?
    pub per_caller: bool,
    /// The tools, by name.
    pub tools: Vec<&'p str>,
}

/// The lanes of a server, those that say least first. What no grant speaks of runs in none.
#[must_use]
pub fn lanes<'p>(policy: &'p Policy, server: &str) -> Vec<Lane<'p>> {
    let mut lanes: BTreeMap<(Option<&str>, Option<&str>), Vec<&str>> = BTreeMap::new();
    for name in policy.tools(server) {
        // All grants on a tool name the same: the compiler and the reader of artifacts see to it.
        let Some(grant) = policy.tool(server, name).and_then(|tool| tool.grants.first()) else {
            continue;
        };
        let gate = grant.gate.and_then(|gate| policy.gated().gate(gate));
        let named = |get: fn(&Gate) -> &Option<Placed<String>>| Some(get(gate?).as_ref()?.is.as_str());
        let key = (named(|gate| &gate.with), named(|gate| &gate.to));
        lanes.entry(key).or_default().push(name);
    }
    let lane = |((credential, egress), tools): ((Option<&'p str>, Option<&'p str>), Vec<&'p str>)| Lane {
        credential,
        egress,
        per_caller: credential
            .and_then(|name| policy.lanes().credentials.get(name))
            .is_some_and(|credential| credential.per_caller),
        tools,
    };
    lanes.into_iter().map(lane).collect()
}
