//! A recorded call, one line of JSON: for `mcppc eval`, and for tests against a corpus.

use jiff::Timestamp;

use super::{Call, Caller, Context, Decision, Denial, Reason, decide_message};
use crate::json::{Kind, Limits, Value, parse};
use crate::table::Policy;

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
    };
    known_state(value.get("labels"), value.get("counters"))?;
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
    let claims = serde_json::from_str(&crate::json::canonical(value));
    claims
        .map(Caller::Claims)
        .map_err(|_| malformed("`caller` has a claim that cannot be read"))
}

fn time(value: Option<&Value<'_>>, now: Timestamp) -> Result<Timestamp, Denial> {
    let Some(value) = value else { return Ok(now) };
    let parsed = value.as_str().and_then(|text| text.parse().ok());
    parsed.ok_or_else(|| malformed("`time` is no RFC 3339 time, `2026-12-01T00:00:00Z` say"))
}

/// A label or limit that the policy does not have is a slip of the pen; this version's policies have none.
fn known_state(labels: Option<&Value<'_>>, counters: Option<&Value<'_>>) -> Result<(), Denial> {
    let unknown = |what: &str, name: &str| {
        Err(malformed(&format!(
            "the policy has no {what} `{}`",
            name.escape_debug()
        )))
    };
    match labels.map(|labels| (&labels.kind, labels.elements().first())) {
        None | Some((Kind::Array(_), None)) => {}
        Some((Kind::Array(_), Some(first))) => return unknown("label", first.as_str().unwrap_or("?")),
        Some(_) => return Err(malformed("`labels` is no array of names")),
    }
    match counters.map(|counters| (counters.is_object(), counters.members().first())) {
        None | Some((true, None)) => Ok(()),
        Some((true, Some(first))) => unknown("limit", &first.key),
        Some((false, _)) => Err(malformed("`counters` is no object")),
    }
}

fn malformed(message: &str) -> Denial {
    Denial::new(Reason::MalformedCall, message)
}
