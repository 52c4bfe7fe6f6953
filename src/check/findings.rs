//! Lints by proof: rules that do nothing beside the others, and alternatives that another covers.

use std::collections::BTreeMap;

use super::lints::{Waived, settle};
use super::{Checked, Sources, codes};
use crate::diagnostic::{Diagnostic, Span};
use crate::pattern::At;
use crate::prove::{Alternative, Budget, Finding, Refusal, alternatives, findings};
use crate::table::{Body, Tool};

/// What is found of a policy may take so many steps: about a second.
pub const FINDING: u64 = 8_000_000;

/// Adds what is found of the rules of a policy that has no error, within so many steps. What was not looked into for want
/// of them is said too.
pub fn find(checked: &mut Checked, steps: u64) {
    let Some(body) = &checked.body else { return };
    let found = Looking::new(body, steps).found(&checked.sources);
    checked.diagnostics.extend(found);
    let waived: Vec<Waived> = std::mem::take(&mut checked.waived);
    settle(&waived, &mut checked.diagnostics);
}

/// A place in the table, to look things up by.
type Place = (u32, u32, u32);

/// All that was found, tool by tool.
struct Looking<'b> {
    body: &'b Body,
    /// For how many tools each rule stands.
    tools: BTreeMap<u32, usize>,
    /// For each rule, what is found of it for each tool.
    rules: BTreeMap<u32, Vec<Finding>>,
    /// For each alternative, what covers it wherever it stands.
    alternatives: BTreeMap<Place, Vec<Option<At>>>,
    /// The tools that were not looked into, and why.
    unknown: Vec<(String, u32, Refusal)>,
}

impl<'b> Looking<'b> {
    fn new(body: &'b Body, steps: u64) -> Self {
        let mut looking = Self {
            body,
            tools: BTreeMap::new(),
            rules: BTreeMap::new(),
            alternatives: BTreeMap::new(),
            unknown: Vec::new(),
        };
        let budget = Budget::of(steps);
        for (server, tools) in body.servers.iter().map(|(name, server)| (name, &server.tools)) {
            for (name, tool) in tools {
                if let Err((rule, refusal)) = looking.look(tool, &budget) {
                    looking.unknown.push((format!("{server}.{name}"), rule, refusal));
                }
            }
        }
        looking
    }

    fn look(&mut self, tool: &Tool, budget: &Budget) -> Result<(), (u32, Refusal)> {
        let grants = tool.grants.iter().map(|grant| grant.rule);
        let rules: Vec<u32> = grants.chain(tool.prohibitions.iter().map(|rule| rule.rule)).collect();
        for rule in &rules {
            *self.tools.entry(*rule).or_default() += 1;
        }
        let first = rules.first().copied().unwrap_or(0);
        let refused = |refusal| (first, refusal);
        for Alternative { at, by } in alternatives(tool, budget).map_err(refused)? {
            self.alternatives.entry(at.into()).or_default().push(by);
        }
        for (rule, finding) in findings(tool, &self.body.gated, budget).map_err(refused)? {
            self.rules.entry(rule).or_default().push(finding);
        }
        Ok(())
    }

    fn found(&self, sources: &Sources) -> Vec<Diagnostic> {
        let rules = self
            .rules
            .iter()
            .filter_map(|(rule, found)| self.of_rule(*rule, found, sources));
        let alternatives = self.alternatives.iter();
        let alternatives = alternatives.filter_map(|(at, by)| of_alternative((*at).into(), by, sources));
        rules.chain(alternatives).chain(self.not_looked_into(sources)).collect()
    }

    fn span(&self, rule: u32, sources: &Sources) -> Option<Span> {
        let rule = self.body.rules.get(usize::try_from(rule).ok()?)?;
        sources.span(rule.at)
    }

    /// A rule that does nothing for each of its tools.
    fn of_rule(&self, index: u32, found: &[Finding], sources: &Sources) -> Option<Diagnostic> {
        let rule = self.body.rules.get(usize::try_from(index).ok()?)?;
        let kind = |finding: &Finding| std::mem::discriminant(finding);
        let (first, rest) = found.split_first()?;
        let everywhere = Some(&found.len()) == self.tools.get(&index);
        // What is included is there for other policies too.
        if !everywhere || rest.iter().any(|other| kind(other) != kind(first)) || rule.at.source != 0 {
            return None;
        }
        let span = sources.span(rule.at)?;
        let warning = |code, message: &str| Diagnostic::warning(code, span, message);
        let with = |warning: Diagnostic, rule: u32, text: &str| match self.span(rule, sources) {
            Some(other) => warning.also(other, text),
            None => warning,
        };
        Some(match first {
            Finding::Empty => warning(codes::NEVER_HOLDS, "this grant holds for no call")
                .help("what it asks for cannot be so all at once; mend it, or take it out"),
            Finding::Covered(by) => {
                let found = warning(codes::COVERED, "another grant allows every call that this one does");
                with(found, *by, "this one")
                    .help("take it out; if it was meant to narrow the other, write that as a `deny`")
            }
            Finding::Prohibited(by) => {
                let found = warning(
                    codes::PROHIBITED,
                    "prohibitions hold for every call that this grant allows",
                );
                let found = by
                    .first()
                    .map_or_else(|| found.clone(), |rule| with(found.clone(), *rule, "this one holds"));
                let others: Vec<String> = by.iter().skip(1).filter_map(|rule| self.named(*rule)).collect();
                let others = match others.as_slice() {
                    [] => String::new(),
                    others => format!(": beside that one {}", others.join(", ")),
                };
                found.help(format!("take the grant out, or narrow what prohibits it{others}"))
            }
            Finding::Idle => warning(codes::DENIES_NOTHING, "no grant allows a call that this prohibits").help(
                "what no grant names is denied; take it out, or waive this if it stands guard over grants to come",
            ),
        })
    }

    fn named(&self, rule: u32) -> Option<String> {
        let rule = self.body.rules.get(usize::try_from(rule).ok()?)?;
        Some(format!("{}:{}", rule.reference.file, rule.reference.line))
    }

    fn not_looked_into(&self, sources: &Sources) -> Option<Diagnostic> {
        let (tool, rule, Refusal { why, .. }) = self.unknown.first()?;
        let others = match self.unknown.len() - 1 {
            0 => String::new(),
            others => format!(" and {others} more tools"),
        };
        let message = format!("which rules of `{tool}`{others} do nothing is not known: {why}");
        let found = Diagnostic::warning(codes::NOT_LOOKED_INTO, self.span(*rule, sources)?, message);
        Some(found.help("the policy decides as it says; only the lints by proof were not looked for"))
    }
}

/// An alternative that is covered wherever it stands, in the policy's own file.
fn of_alternative(at: At, by: &[Option<At>], sources: &Sources) -> Option<Diagnostic> {
    let (first, rest) = by.split_first()?;
    let other = (*first)?;
    if at.source != 0 || rest.iter().any(Option::is_none) {
        return None;
    }
    let message = "another alternative holds everything that this one does";
    let found = Diagnostic::warning(codes::ALTERNATIVE, sources.span(at)?, message);
    let found = match sources.span(other) {
        Some(other) => found.also(other, "this one"),
        None => found,
    };
    Some(found.help("take it out"))
}
