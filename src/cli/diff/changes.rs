//! What changed of a policy beside what it allows: tools, callers, labels and limits.

use std::collections::{BTreeMap, BTreeSet};

use crate::pattern::At;
use crate::prove::is_same;
use crate::table::{FullName, Gated, LabelKind, Limit, Policy, Transport};

/// Something that one policy has in another way than the other, or not at all.
pub struct Change {
    /// `server`, `tool`, `credential`, `egress`, `caller`, `label` or `limit`.
    pub what: &'static str,
    /// Its name.
    pub name: String,
    /// `added`, `removed`, or how it was and is.
    pub how: String,
}

/// All changes between two policies.
pub fn between(old: &Policy, new: &Policy) -> Vec<Change> {
    let mut found = Vec::new();
    let described = |policy: &Policy, of: fn(&Policy, &str) -> String| -> BTreeMap<String, String> {
        let servers = policy.servers();
        servers.map(|server| (server.to_owned(), of(policy, server))).collect()
    };
    compare(
        "server",
        &described(old, transport),
        &described(new, transport),
        &mut found,
    );
    compare("tool", &tools(old), &tools(new), &mut found);
    compare("credential", &credentials(old), &credentials(new), &mut found);
    compare("egress", &egress(old), &egress(new), &mut found);
    of_callers(old.gated(), new.gated(), &mut found);
    for (what, of) in [("label", labels as fn(&Gated) -> _), ("limit", limits)] {
        compare(what, &of(old.gated()), &of(new.gated()), &mut found);
    }
    found
}

fn of_callers(old: &Gated, new: &Gated, into: &mut Vec<Change>) {
    let names: BTreeSet<&String> = old.callers.keys().chain(new.callers.keys()).collect();
    for name in names {
        let how = match (old.callers.get(name), new.callers.get(name)) {
            (Some(old), Some(new)) if is_same(old, new) => continue,
            (Some(_), Some(_)) => "changed",
            (None, _) => "added",
            (Some(_), None) => "removed",
        };
        into.push(Change {
            what: "caller",
            name: name.clone(),
            how: how.to_owned(),
        });
    }
}

fn compare(what: &'static str, old: &BTreeMap<String, String>, new: &BTreeMap<String, String>, into: &mut Vec<Change>) {
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    for name in names {
        let how = match (old.get(name), new.get(name)) {
            (Some(old), Some(new)) if old == new => continue,
            (Some(old), Some(new)) if what == "limit" || what == "label" || what == "server" => {
                format!("{old} became {new}")
            }
            (Some(_), Some(_)) => "changed".to_owned(),
            (None, _) => "added".to_owned(),
            (Some(_), None) => "removed".to_owned(),
        };
        into.push(Change {
            what,
            name: name.clone(),
            how,
        });
    }
}

fn transport(policy: &Policy, server: &str) -> String {
    match policy.transport(server) {
        None => "no transport".to_owned(),
        Some(Transport::Http(url)) => format!("`{url}`"),
        Some(Transport::Stdio(words)) => format!("`{}`", words.join(" ")),
    }
}

/// The pinned definition of each tool.
fn tools(policy: &Policy) -> BTreeMap<String, String> {
    let of_server = |server: &str| {
        let tools = policy.tools(server).map(|name| {
            let definition = policy.tool(server, name).map(|tool| tool.definition.to_string());
            (FullName(server, name).to_string(), definition.unwrap_or_default())
        });
        tools.collect::<Vec<_>>()
    };
    policy.servers().flat_map(of_server).collect()
}

/// Where a thing is written does not count.
const NOWHERE: At = At {
    source: 0,
    start: 0,
    end: 0,
};

fn credentials(policy: &Policy) -> BTreeMap<String, String> {
    let described = policy.lanes().credentials.iter().map(|(name, credential)| {
        let mut credential = credential.clone();
        credential.at = NOWHERE;
        (name.clone(), format!("{credential:?}"))
    });
    described.collect()
}

fn egress(policy: &Policy) -> BTreeMap<String, String> {
    let sets = policy.lanes().egress.iter();
    sets.map(|(name, set)| (name.clone(), format!("{:?}", set.to)))
        .collect()
}

fn labels(gated: &Gated) -> BTreeMap<String, String> {
    let described = gated.labels.iter().map(|(name, label)| {
        let kind = match label.kind {
            LabelKind::Taint => "taint",
            LabelKind::Proof => "proof",
        };
        let lasts = label
            .seconds
            .map_or_else(String::new, |seconds| format!(" for {seconds}s"));
        (name.clone(), format!("{kind}{lasts}"))
    });
    described.collect()
}

fn limits(gated: &Gated) -> BTreeMap<String, String> {
    let described = |limit: &Limit| {
        let (sum, whose) = (
            if limit.sum { "sum " } else { "" },
            if limit.shared { "all" } else { "caller" },
        );
        format!("{sum}{} per {}s per {whose}", limit.most, limit.seconds)
    };
    gated
        .limits
        .iter()
        .map(|(name, limit)| (name.clone(), described(limit)))
        .collect()
}
