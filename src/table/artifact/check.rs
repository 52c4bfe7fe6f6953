//! What an artifact says must fit together: nothing that decides later is left to be found out then.

use std::sync::Arc;

use super::super::policy_name;
use super::super::{Body, Effect, PathReading, Reading, Rule, RuleRef, Server, Shape, Tool, Transport};
use super::gates::{check_gate_of, check_gated};
use super::lanes::{check_lane_of, check_lanes, is_variable};
use crate::json::{self, Limits, canonical};
use crate::pattern::{At, Field, Pattern, PatternKind};

/// Patterns nested deeper than this are not read: twice what the language allows, since lowering may put one around
/// another.
pub(super) const MAX_NESTING: usize = 128;

/// A default is part of a schema, and read with its limits.
const DEFAULT: Limits = Limits {
    bytes: usize::MAX,
    depth: 80,
    values: 1_000_000,
};

/// The slots of the envelope.
const ENVELOPE: [&str; 3] = ["input", "meta", "task"];

/// What is wrong, in words that follow "the compiled policy is inconsistent: ".
pub(super) type Found = Result<(), &'static str>;

/// Checks all of it. `fields` are the parameters of all its rules: what many have is looked at once.
///
/// # Errors
/// The first thing that does not fit.
pub fn check(body: &Body, fields: &[Arc<Field>]) -> Found {
    require(
        policy_name::fault(&body.policy).is_none(),
        "the policy's name is no name",
    )?;
    require(
        body.sources.iter().all(|source| is_plain(&source.name)),
        "the name of a source has control characters",
    )?;
    body.rules.iter().try_for_each(|rule| check_rule(body, rule))?;
    fields
        .iter()
        .try_for_each(|field| check_field(body, field, MAX_NESTING))?;
    check_lanes(body)?;
    check_gated(body)?;
    body.servers.values().try_for_each(|server| check_server(body, server))
}

fn check_rule(body: &Body, rule: &Rule) -> Found {
    let RuleRef { id, file, line } = &rule.reference;
    require(is_rule_id(id), "a rule's id is malformed")?;
    require(is_plain(file), "the name of a rule's file has control characters")?;
    require(*line >= 1, "a rule stands on no line")?;
    check_place(body, rule.at)
}

fn check_server(body: &Body, server: &Server) -> Found {
    if let Some(Transport::Stdio(command)) = &server.transport {
        require(!command.is_empty(), "a server's command is empty")?;
    }
    let mut passed_on = server.env.iter().flatten();
    require(
        passed_on.all(|name| is_variable(name)),
        "a server gets a variable without a name",
    )?;
    server.tools.values().try_for_each(|tool| {
        check_tool(body, tool)?;
        check_lane_of(body, server, tool)
    })
}

fn check_tool(body: &Body, tool: &Tool) -> Found {
    check_shape(body, &tool.arguments)?;
    check_envelope(tool)?;
    for grant in &tool.grants {
        check_effect(body, grant.rule, Effect::Allow)?;
        check_gate_of(body, grant.gate, Effect::Allow)?;
    }
    for prohibition in &tool.prohibitions {
        check_effect(body, prohibition.rule, Effect::Deny)?;
        check_gate_of(body, prohibition.gate, Effect::Deny)?;
        for any in &prohibition.any {
            check_pattern(body, &any.pattern, MAX_NESTING)?;
        }
    }
    Ok(())
}

/// Each slot of the envelope once, with its parameter.
fn check_envelope(tool: &Tool) -> Found {
    let known = |slot: &String| ENVELOPE.contains(&slot.as_str());
    let has = |slot: &String| tool.arguments.properties.contains_key(&format!("@{slot}"));
    require(
        tool.envelope.iter().all(|slot| known(slot) && has(slot)) && tool.envelope.is_sorted_by(|a, b| a < b),
        "a slot of the envelope is none",
    )
}

fn check_effect(body: &Body, rule: u32, effect: Effect) -> Found {
    match usize::try_from(rule).ok().and_then(|at| body.rules.get(at)) {
        Some(rule) if rule.effect == effect => Ok(()),
        Some(_) => Err("a grant rests on a `deny`, or a prohibition on an `allow`"),
        None => Err("a tool refers to a rule that is not there"),
    }
}

/// INVARIANT: the parser's limit bounds this recursion, and no shape holds itself.
pub(super) fn check_shape(body: &Body, shape: &Shape) -> Found {
    shape.reading.as_deref().map_or(Ok(()), check_reading)?;
    if let Some(values) = &shape.values {
        check_pattern(body, values, MAX_NESTING)?;
    }
    for property in shape.properties.values() {
        require(
            property.defaults.iter().all(|default| is_canonical_json(default)),
            "a default is malformed",
        )?;
        check_shape(body, &property.shape)?;
    }
    let inner = shape.additional.iter().chain(&shape.items).map(AsRef::as_ref);
    inner
        .chain(shape.named.values())
        .chain(&shape.any_of)
        .try_for_each(|shape| check_shape(body, shape))
}

fn check_reading(reading: &Reading) -> Found {
    match reading {
        Reading::Path(path) => {
            require(path.fold || !path.windows, "a path of Windows tells case apart")?;
            require(
                path.root.as_deref().is_none_or(|root| is_canonical(path, root)),
                "a `root` is no canonical path",
            )
        }
        Reading::Url(url) => {
            let known = |scheme: &String| url.schemes.contains(scheme);
            require(
                !url.schemes.is_empty() && url.schemes.iter().all(|scheme| is_scheme(scheme)),
                "a `scheme` is malformed",
            )?;
            require(
                url.default_scheme.as_ref().is_none_or(known),
                "a default scheme is none of the slot's",
            )
        }
        Reading::Host | Reading::Ip | Reading::Email | Reading::Datetime(_) | Reading::Date => Ok(()),
    }
}

pub(super) fn check_fields(body: &Body, fields: &[Field], depth: usize) -> Found {
    fields.iter().try_for_each(|field| check_field(body, field, depth))
}

fn check_field(body: &Body, field: &Field, depth: usize) -> Found {
    check_place(body, field.at)?;
    check_pattern(body, &field.pattern, depth)
}

pub(super) fn check_pattern(body: &Body, pattern: &Pattern, depth: usize) -> Found {
    let Some(depth) = depth.checked_sub(1) else {
        return Err("a pattern is nested too deep");
    };
    check_place(body, pattern.at)?;
    match &pattern.kind {
        PatternKind::Array { element, .. } | PatternKind::Has(element) | PatternKind::Not(element) => {
            check_pattern(body, element, depth)
        }
        PatternKind::And(parts) | PatternKind::Or(parts) => {
            parts.iter().try_for_each(|part| check_pattern(body, part, depth))
        }
        PatternKind::Object { fields, .. } => check_fields(body, fields, depth),
        PatternKind::Map { key, value, .. } => {
            check_pattern(body, key, depth)?;
            check_pattern(body, value, depth)
        }
        _ => Ok(()),
    }
}

/// In an artifact without sources places lead nowhere, and nothing is shown for them.
pub(super) fn check_place(body: &Body, at: At) -> Found {
    if body.sources.is_empty() {
        return Ok(());
    }
    let text = usize::try_from(at.source)
        .ok()
        .and_then(|source| body.sources.get(source))
        .map(|source| source.text.as_str());
    let range = usize::try_from(at.start).ok().zip(usize::try_from(at.end).ok());
    let stands = text
        .zip(range)
        .is_some_and(|(text, (start, end))| text.get(start..end).is_some());
    require(stands, "a place is not in the sources")
}

pub(super) fn require(holds: bool, otherwise: &'static str) -> Found {
    if holds { Ok(()) } else { Err(otherwise) }
}

/// Twelve hex digits, and from the second rule of the same text on `-n`.
fn is_rule_id(id: &str) -> bool {
    let (hash, repeat) = id.split_once('-').map_or((id, None), |(hash, n)| (hash, Some(n)));
    hash.len() == 12
        && hash.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
        && repeat.is_none_or(|n| !n.is_empty() && !n.starts_with('0') && n.bytes().all(|b| b.is_ascii_digit()))
}

fn is_plain(name: &str) -> bool {
    !name.chars().any(char::is_control)
}

/// Absolute, with no segment that is empty, `.` or `..`, and with a drive where there are drives.
fn is_canonical(path: &PathReading, root: &str) -> bool {
    let segments = if path.windows {
        let rest = root.strip_prefix(|drive: char| drive.is_ascii_lowercase());
        rest.and_then(|rest| rest.strip_prefix(":/"))
    } else {
        root.strip_prefix('/')
    };
    let plain = |segment: &str| !matches!(segment, "" | "." | "..");
    let canonical = |segments: &str| segments.is_empty() || segments.split('/').all(plain);
    is_plain(root) && segments.is_some_and(canonical)
}

/// RFC 3986 section 3.1, in lower case.
fn is_scheme(scheme: &str) -> bool {
    scheme.starts_with(|c: char| c.is_ascii_lowercase())
        && scheme
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"+-.".contains(&b))
}

fn is_canonical_json(text: &str) -> bool {
    json::parse(text.as_bytes(), &DEFAULT).is_ok_and(|value| canonical(&value) == text)
}
