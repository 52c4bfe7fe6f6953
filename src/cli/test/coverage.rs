//! Which rules, and which alternatives of their patterns, the tests of a policy touch.
//!
//! A rule is touched by a call that it decides: the grant that allows it, the prohibition that denies it, or the grant
//! that is nearest to allowing it. An alternative is touched where such a rule meets a value that is in it. An
//! alternative that is a choice itself is not counted, its own alternatives are; one of a named pattern counts once,
//! however many rules use the name.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::diagnostic::{Source, visible_line};
use crate::eval::{Decision, universe};
use crate::json::{self, Tape};
use crate::pattern::{At, Datum, Pattern, PatternKind};
use crate::table::{AnyReading, Effect, Grant, Policy, Prohibition, Tool, Universe};

/// A place as it is sorted: source, start, end.
type Place = (u32, u32, u32);

/// What was touched so far.
pub struct Coverage<'p> {
    policy: &'p Policy,
    rules: BTreeSet<String>,
    alternatives: BTreeSet<Place>,
}

impl<'p> Coverage<'p> {
    pub fn new(policy: &'p Policy) -> Self {
        Self {
            policy,
            rules: BTreeSet::new(),
            alternatives: BTreeSet::new(),
        }
    }

    /// Takes note of a call and its decision.
    pub fn touch(&mut self, server: &str, tool: &str, arguments: &json::Value<'_>, decision: &Decision) {
        let Some((rule, tool)) = decision.rule().zip(self.policy.tool(server, tool)) else {
            return;
        };
        self.rules.insert(rule.id.clone());
        let mut tape = Tape::default();
        let arguments = tape.copy(arguments);
        let shape = &tool.arguments;
        if universe::read(&Universe::of(shape), shape, &mut tape, arguments).is_err() {
            return;
        }
        let arguments: Datum<'_> = tape.node(arguments).into();
        let decides = |index: u32| {
            self.policy
                .rule(index)
                .is_some_and(|found| found.reference.id == rule.id)
        };
        let mut met = Vec::<Place>::new();
        for rule in rules_of(tool).filter(|rule| decides(rule.index())) {
            rule.meet(&arguments, &mut |pattern| met.push(pattern.at.into()));
        }
        self.alternatives.extend(met);
    }

    /// What there is to be touched, in the order of the sources, and whether it is.
    fn points(&self) -> Vec<Point> {
        let rules = self.policy.rules().iter().map(|rule| Point {
            kind: match rule.effect {
                Effect::Allow => "grant",
                Effect::Deny => "prohibition",
            },
            at: rule.at,
            touched: self.rules.contains(&rule.reference.id),
        });
        let mut places = BTreeSet::<Place>::new();
        for server in self.policy.servers() {
            for tool in self
                .policy
                .tools(server)
                .filter_map(|tool| self.policy.tool(server, tool))
            {
                for rule in rules_of(tool) {
                    rule.alternatives(&mut |arm| {
                        places.insert(arm.at.into());
                    });
                }
            }
        }
        let alternatives = places.into_iter().map(|place| Point {
            kind: "alternative",
            at: place.into(),
            touched: self.alternatives.contains(&place),
        });
        rules.chain(alternatives).collect()
    }

    /// In words: a line with the counts, and one for each that nothing touches.
    pub fn to_text(&self) -> String {
        let points = self.points();
        let counts = ["grant", "prohibition", "alternative"].map(|kind| {
            let (touched, all) = count(&points, kind);
            format!("{touched} of {all} {kind}s")
        });
        let mut lines = vec![format!("the tests touch {}", counts.join(", "))];
        for point in points.iter().filter(|point| !point.touched) {
            let Some((source, text)) = self.source(point.at) else {
                continue;
            };
            let (line, column) = source.position(usize::try_from(point.at.start).unwrap_or(0));
            let (first, more) = text.split_once('\n').map_or((&*text, ""), |(first, _)| (first, " …"));
            let place = format!("{}:{line}:{column}", source.name);
            lines.push(visible_line(&format!(
                "  not touched: the {} at {place}, `{first}{more}`",
                point.kind
            )));
        }
        lines.join("\n")
    }

    /// For programs.
    pub fn to_json(&self) -> Value {
        let points = self.points();
        let counts = |kind| {
            let (touched, all) = count(&points, kind);
            json!({ "touched": touched, "all": all })
        };
        let untouched = points.iter().filter(|point| !point.touched).filter_map(|point| {
            let (source, text) = self.source(point.at)?;
            let (line, column) = source.position(usize::try_from(point.at.start).ok()?);
            let (end_line, end_column) = source.position(usize::try_from(point.at.end).ok()?);
            Some(json!({
                "kind": point.kind, "text": text,
                "line": line, "column": column, "end_line": end_line, "end_column": end_column,
            }))
        });
        json!({
            "grants": counts("grant"),
            "prohibitions": counts("prohibition"),
            "alternatives": counts("alternative"),
            "untouched": untouched.collect::<Vec<_>>(),
        })
    }

    fn source(&self, at: At) -> Option<(Source, String)> {
        let source = self.policy.source(at.source)?;
        let (start, end) = (usize::try_from(at.start).ok()?, usize::try_from(at.end).ok()?);
        let text = source.text.get(start..end)?.to_owned();
        Some((Source::new(source.name.as_str(), source.text.as_str()), text))
    }
}

/// Something that a test can touch.
struct Point {
    kind: &'static str,
    at: At,
    touched: bool,
}

fn count(points: &[Point], kind: &str) -> (usize, usize) {
    let of_kind = || points.iter().filter(|point| point.kind == kind);
    (of_kind().filter(|point| point.touched).count(), of_kind().count())
}

/// What is done with each alternative that is found.
type Visit<'v> = dyn FnMut(&Pattern) + 'v;

/// What a rule says of one tool.
enum ToolRule<'p> {
    Grant(&'p Grant),
    Prohibition(&'p Prohibition),
}

fn rules_of(tool: &Tool) -> impl Iterator<Item = ToolRule<'_>> {
    let grants = tool.grants.iter().map(ToolRule::Grant);
    grants.chain(tool.prohibitions.iter().map(ToolRule::Prohibition))
}

impl ToolRule<'_> {
    fn index(&self) -> u32 {
        match self {
            Self::Grant(grant) => grant.rule,
            Self::Prohibition(prohibition) => prohibition.rule,
        }
    }

    fn parts(&self) -> (&[Arc<crate::pattern::Field>], &[AnyReading]) {
        match self {
            Self::Grant(grant) => (&grant.fields, &[]),
            Self::Prohibition(prohibition) => (&prohibition.fields, &prohibition.any),
        }
    }

    /// Its alternatives.
    fn alternatives(&self, visit: &mut Visit<'_>) {
        let (fields, any) = self.parts();
        fields.iter().for_each(|field| alternatives(&field.pattern, visit));
        any.iter().for_each(|any| alternatives(&any.pattern, visit));
    }

    /// Its alternatives that hold a value of this call.
    fn meet(&self, arguments: &Datum<'_>, visit: &mut Visit<'_>) {
        let (fields, any) = self.parts();
        for field in fields {
            if let Some(value) = arguments.get(&field.name) {
                meet(&field.pattern, &value, visit);
            }
        }
        for any in any {
            for value in arguments.strings_read_as(any.reading) {
                meet(&any.pattern, &value, visit);
            }
        }
    }
}

/// Every alternative in a pattern.
fn alternatives(pattern: &Pattern, visit: &mut Visit<'_>) {
    if let PatternKind::Or(arms) = &pattern.kind {
        arms.iter().filter(|arm| !is_choice(arm)).for_each(&mut *visit);
    }
    for part in parts(pattern) {
        alternatives(part, visit);
    }
}

/// Every alternative in a pattern that a value is in, or a value within it that the alternative is about.
fn meet(pattern: &Pattern, value: &Datum<'_>, visit: &mut Visit<'_>) {
    match (&pattern.kind, value) {
        (PatternKind::Or(arms), _) => {
            arms.iter()
                .filter(|arm| !is_choice(arm) && arm.holds(value))
                .for_each(&mut *visit);
            arms.iter().for_each(|arm| meet(arm, value, visit));
        }
        (PatternKind::Array { element, .. } | PatternKind::Has(element), Datum::Array(elements)) => {
            elements.iter().for_each(|value| meet(element, &value, visit));
        }
        (PatternKind::Object { fields, .. }, Datum::Object(_)) => {
            for field in fields {
                if let Some(value) = value.get(&field.name) {
                    meet(&field.pattern, &value, visit);
                }
            }
        }
        (PatternKind::Map { key, value: each, .. }, Datum::Object(members)) => {
            for (name, value) in members.iter() {
                meet(key, &Datum::String(name, None), visit);
                meet(each, &value, visit);
            }
        }
        (PatternKind::Not(_) | PatternKind::And(_), _) => {
            parts(pattern).into_iter().for_each(|part| meet(part, value, visit));
        }
        _ => {}
    }
}

fn is_choice(pattern: &Pattern) -> bool {
    matches!(pattern.kind, PatternKind::Or(_))
}

/// The patterns that one is made of.
fn parts(pattern: &Pattern) -> Vec<&Pattern> {
    match &pattern.kind {
        PatternKind::Array { element: part, .. } | PatternKind::Has(part) | PatternKind::Not(part) => vec![part],
        PatternKind::And(parts) | PatternKind::Or(parts) => parts.iter().collect(),
        PatternKind::Object { fields, .. } => fields.iter().map(|field| &field.pattern).collect(),
        PatternKind::Map { key, value, .. } => vec![key, value],
        _ => Vec::new(),
    }
}
