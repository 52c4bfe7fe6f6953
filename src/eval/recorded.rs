//! A recorded call, one line of JSON: for `mcppc eval`, and for tests against a corpus.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::{Call, Caller, Context, Decision, Denial, Reason, State, decide_message};
use crate::json::{Kind, Limits, Member, Value, parse};
use crate::pattern::Decimal;
use crate::table::{Capability, Policy};

/// The keys that a line may have.
const KEYS: [&str; 7] = ["tool", "arguments", "server", "caller", "time", "labels", "counters"];

/// Decides one line: `{"tool": …, "arguments": {…}}` with what goes with it, or a JSON-RPC `tools/call` as it was on
/// the wire. `server` is where a call goes that does not say so itself; `now` is its time, likewise.
#[must_use]
pub fn decide_line(policy: &Policy, server: Option<&str>, line: &[u8], now: Timestamp) -> Decision {
    decide(policy, server, line, now).unwrap_or_else(Decision::Deny)
}

fn decide(policy: &Policy, server: Option<&str>, line: &[u8], now: Timestamp) -> Result<Decision, Denial> {
    let limits = Limits::default();
    let value = parse(line, &limits).map_err(|error| super::message::unreadable(&error))?;
    if value.get("jsonrpc").is_some() {
        let server = server.or_else(|| only_server(policy));
        let server = server
            .ok_or_else(|| malformed("the call does not say which server it is for: name one with `--server`"))?;
        let context = Context {
            caller: Caller::Local,
            time: now,
            state: State::default(),
        };
        return Ok(decide_message(policy, server, line, &limits, &context).decision);
    }
    if !value.is_object() {
        return Err(malformed("a line is an object: `{\"tool\": …, \"arguments\": {…}}`"));
    }
    if let Some(member) = value.members().iter().find(|m| !KEYS.contains(&&*m.key)) {
        return Err(malformed(&format!("a line has no `{}`", member.key.escape_debug())));
    }
    let name = value
        .get("tool")
        .and_then(Value::as_str)
        .ok_or_else(|| malformed("the line names no `tool`"))?;
    let server = match value.get("server") {
        None => server,
        Some(named) => Some(named.as_str().ok_or_else(|| malformed("`server` is no string"))?),
    };
    let (server, tool) = locate(policy, server, name)?;
    let arguments = value.get("arguments");
    if arguments.is_some_and(|arguments| !arguments.is_object()) {
        return Err(malformed("`arguments` is no object"));
    }
    let context = Context {
        caller: caller(value.get("caller"))?,
        time: time(value.get("time"), now)?,
        state: State {
            labels: labels(policy, value.get("labels"))?,
            used: counters(policy, value.get("counters"))?,
        },
    };
    Ok(policy.decide(
        &Call {
            server,
            tool,
            arguments,
        },
        &context,
    ))
}

/// Which server, and the tool's own name there: `fs.read_file`, or `read_file` where a server is named or is the
/// only one.
fn locate<'n>(policy: &'n Policy, server: Option<&'n str>, name: &'n str) -> Result<(&'n str, &'n str), Denial> {
    // `fs:resource`: what is no tool.
    let capability = name
        .split_once(':')
        .and_then(|(before, kind)| Some((before, Capability::named(kind)?)));
    match (capability, server) {
        (Some((before, kind)), None) if policy.servers().any(|server| server == before) => {
            return Ok((before, kind.tool()));
        }
        (Some((before, kind)), Some(server)) if before == server => return Ok((server, kind.tool())),
        _ => {}
    }
    if let Some(server) = server {
        // Named twice is fine where both say the same.
        let own = name
            .split_once('.')
            .filter(|(before, tool)| *before == server && policy.tool(server, tool).is_some());
        return Ok((server, own.map_or(name, |(_, tool)| tool)));
    }
    match name.split_once('.') {
        Some((before, tool)) if policy.servers().any(|server| server == before) => Ok((before, tool)),
        _ => match only_server(policy) {
            Some(server) => Ok((server, name)),
            None => Err(malformed(&format!(
                "`{}` does not say which server it is of",
                name.escape_debug()
            ))),
        },
    }
}

fn only_server(policy: &Policy) -> Option<&str> {
    let mut servers = policy.servers();
    servers.next().filter(|_| servers.next().is_none())
}

fn caller(value: Option<&Value<'_>>) -> Result<Caller, Denial> {
    let Some(value) = value else { return Ok(Caller::Local) };
    if !value.is_object() {
        return Err(malformed("`caller` is no object of claims"));
    }
    Caller::from_claims(value).ok_or_else(|| malformed("`caller` has a claim that cannot be read"))
}

fn time(value: Option<&Value<'_>>, now: Timestamp) -> Result<Timestamp, Denial> {
    let Some(value) = value else { return Ok(now) };
    let parsed = value.as_str().and_then(|text| text.parse().ok());
    parsed.ok_or_else(|| malformed("`time` is no RFC 3339 time, `2026-12-01T00:00:00Z` say"))
}

/// The labels that are set. One that the policy does not have is a slip of the pen.
fn labels(policy: &Policy, labels: Option<&Value<'_>>) -> Result<BTreeSet<String>, Denial> {
    let Some(labels) = labels else {
        return Ok(BTreeSet::new());
    };
    if !matches!(labels.kind, Kind::Array(_)) {
        return Err(malformed("`labels` is no array of names"));
    }
    let label = |label: &Value<'_>| {
        let name = label
            .as_str()
            .ok_or_else(|| malformed("`labels` is no array of names"))?;
        match policy.gated().labels.contains_key(name) {
            true => Ok(name.to_owned()),
            false => Err(unknown("label", name)),
        }
    };
    labels.elements().iter().map(label).collect()
}

/// How much of each limit is used: a number, or a string with one.
fn counters(policy: &Policy, counters: Option<&Value<'_>>) -> Result<BTreeMap<String, Decimal>, Denial> {
    let Some(counters) = counters else {
        return Ok(BTreeMap::new());
    };
    if !counters.is_object() {
        return Err(malformed("`counters` is no object"));
    }
    let counter = |member: &Member<'_>| {
        let limit = policy.gated().limits.get(&*member.key);
        let limit = limit.ok_or_else(|| unknown("limit", &member.key))?;
        let used = match &member.value.kind {
            Kind::Number(token) => Decimal::parse(token),
            Kind::String(text) => Decimal::parse(text),
            _ => None,
        };
        let used = used.filter(|used| used.units(limit.scale).is_some());
        let used = used.ok_or_else(|| {
            malformed(&format!(
                "`{}` is no amount that this limit counts",
                member.key.escape_debug()
            ))
        })?;
        Ok((member.key.to_string(), used))
    };
    counters.members().iter().map(counter).collect()
}

fn unknown(what: &str, name: &str) -> Denial {
    malformed(&format!("the policy has no {what} `{}`", name.escape_debug()))
}

fn malformed(message: &str) -> Denial {
    Denial::new(Reason::MalformedCall, message)
}
