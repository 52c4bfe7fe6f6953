//! What gates say must fit together too.

use super::super::gates::{Comparison, Gate, LabelKind, LimitUse, MAX_LABELS, Operand, Placed};
use super::super::{Body, Effect, Limit, Reading, Returns, Step};
use super::check::{Found, MAX_NESTING, check_fields, check_pattern, check_place, check_shape, require};
use super::lanes::check_named;

/// Checks all that gates speak of.
pub fn check_gated(body: &Body) -> Found {
    let gated = &body.gated;
    for set in gated.callers.values() {
        check_shape(body, &set.claims)?;
        check_fields(body, &set.fields, MAX_NESTING)?;
        let mut claims = set.fields.iter().map(|field| field.pattern.reads_claims());
        require(
            !claims.any(|reads| reads),
            "a set of callers reads a claim in a pattern",
        )?;
        let by_issuer = set.fields.iter().any(|field| field.name == "issuer" && !field.optional);
        require(by_issuer, "a set of callers names no issuer")?;
        let read = |name: &str| set.claims.member(name).is_some();
        require(
            set.fields.iter().all(|field| read(&field.name)),
            "a claim is read in no way",
        )?;
    }
    require(gated.labels.len() <= MAX_LABELS, "there are more than 64 labels")?;
    gated.limits.values().try_for_each(check_limit)?;
    gated.gates.iter().try_for_each(|gate| check_gate(body, gate))
}

/// A rule's gate is there, and is one of its kind of rule.
pub fn check_gate_of(body: &Body, gate: Option<u32>, effect: Effect) -> Found {
    let Some(place) = gate else { return Ok(()) };
    let gate = body
        .gated
        .gate(place)
        .ok_or("a rule refers to a gate that is not there")?;
    require(
        gate.effect == effect,
        "a gate of a grant is a prohibition's, or the other way round",
    )
}

fn check_limit(limit: &Limit) -> Found {
    require(
        limit.units().is_some_and(|units| units > 0) && (limit.sum || limit.scale == 0),
        "a limit cannot be counted",
    )?;
    require(limit.seconds > 0, "a limit's window has no length")
}

fn check_gate(body: &Body, gate: &Gate) -> Found {
    check_places(body, gate)?;
    let of_grants = [
        gate.requires.is_some() || gate.unless.is_some() || gate.marks.is_some(),
        gate.until.is_some() || gate.limits.is_some(),
        gate.returns.is_some() || gate.record.is_some(),
        gate.with.is_some() || gate.to.is_some(),
    ];
    let fits = match gate.effect {
        Effect::Allow => gate.after.is_none(),
        Effect::Deny => !of_grants.contains(&true),
    };
    require(fits, "a clause stands in the wrong kind of rule")?;
    let callers = gate.callers.iter().flat_map(|callers| &callers.is);
    let mut sets = callers.filter_map(|who| who.set.as_ref());
    require(
        sets.all(|name| body.gated.callers.contains_key(name)),
        "a rule is for callers that are not there",
    )?;
    let kind = |name: &String| body.gated.labels.get(name).map(|label| label.kind);
    let are = |names: &Option<Placed<Vec<String>>>, wanted: LabelKind| {
        let mut names = names.iter().flat_map(|names| &names.is);
        names.all(|name| kind(name) == Some(wanted))
    };
    require(
        are(&gate.requires, LabelKind::Proof)
            && are(&gate.unless, LabelKind::Taint)
            && are(&gate.after, LabelKind::Taint)
            && gate.labels().all(|name| body.gated.labels.contains_key(name)),
        "a label is not there, or stands where it cannot",
    )?;
    let limits = gate.limits.iter().flat_map(|limits| &limits.is);
    limits.into_iter().try_for_each(|each| check_use(body, each))?;
    gate.returns
        .as_ref()
        .map_or(Ok(()), |returns| check_returns(body, &returns.is))?;
    check_named(body, gate)?;
    let recorded = gate.record.iter().flat_map(|record| &record.is.slots);
    let mut of_arguments = recorded.map(|slot| matches!(slot.first(), Some(Step::Key(_))));
    require(of_arguments.all(|is| is), "a slot that is not recorded is no parameter")?;
    let comparisons = gate.when.iter().flat_map(|when| &when.is);
    comparisons
        .into_iter()
        .try_for_each(|comparison| check_comparison(body, comparison))
}

fn check_places(body: &Body, gate: &Gate) -> Found {
    let labels = [&gate.requires, &gate.unless, &gate.after, &gate.marks];
    let places = labels.into_iter().flatten().map(|names| names.at);
    let others = [
        gate.callers.as_ref().map(|callers| callers.at),
        gate.until.as_ref().map(|until| until.at),
        gate.when.as_ref().map(|when| when.at),
        gate.limits.as_ref().map(|limits| limits.at),
        gate.returns.as_ref().map(|returns| returns.at),
        gate.record.as_ref().map(|record| record.at),
        gate.with.as_ref().map(|with| with.at),
        gate.to.as_ref().map(|to| to.at),
    ];
    places
        .chain(others.into_iter().flatten())
        .try_for_each(|at| check_place(body, at))
}

fn check_use(body: &Body, each: &LimitUse) -> Found {
    let limit = body.gated.limits.get(&each.limit);
    let fits = limit.is_some_and(|limit| limit.sum != each.slot.is_empty());
    require(fits, "a limit is not there, or is charged in a way that it cannot be")
}

fn check_returns(body: &Body, returns: &Returns) -> Found {
    require(
        *returns != Returns::default() && returns.size != Some(0),
        "what a grant returns is nothing",
    )?;
    if let Some(types) = &returns.types {
        check_pattern(body, types, MAX_NESTING)?;
    }
    let Some(links) = &returns.links else { return Ok(()) };
    check_shape(body, &links.read)?;
    require(
        matches!(links.read.reading.as_deref(), Some(Reading::Url(_))),
        "the links of a result are read in no way",
    )?;
    check_pattern(body, &links.pattern, MAX_NESTING)
}

fn check_comparison(body: &Body, comparison: &Comparison) -> Found {
    check_place(body, comparison.at)?;
    let sides = [&comparison.left, &comparison.right];
    let is_slot = |side: &&&Operand| matches!(side, Operand::Slot(keys) if !keys.is_empty());
    let is_claim = |side: &&&Operand| matches!(side, Operand::Claim(_));
    let slots = sides.iter().filter(is_slot).count();
    let claims = sides.iter().filter(is_claim).count();
    require(slots >= 1 && slots + claims == 2, "a comparison has no parameter")
}
