//! Claims in patterns: whether what a caller's token says can stand where a pattern has it.

use mcppc::syntax::ast::{Argument, Field, Pattern, PatternKind, Template, TemplatePart};

use super::path::{self, PathReading};
use super::pattern::{Names, name_of};
use super::reading::Reading;
use super::universe::{Step, Universe};

impl Names {
    /// Does a claim that the pattern of the slot `at` reads say nothing there?
    pub fn says_nothing(&self, pattern: &Pattern, at: &[Step], of: &Universe) -> bool {
        self.fillings(pattern, at, of).contains(&false)
    }

    /// Does it read any?
    pub fn reads_claims(&self, pattern: &Pattern, of: &Universe) -> bool {
        !self.fillings(pattern, &[], of).is_empty()
    }

    /// For each claim: can what it says stand there?
    fn fillings(&self, pattern: &Pattern, at: &[Step], of: &Universe) -> Vec<bool> {
        let again = |pattern: &Pattern| self.fillings(pattern, at, of);
        let path = match of.readings.get(at) {
            Some(Reading::Path(path)) => Some(path),
            _ => None,
        };
        match &pattern.kind {
            PatternKind::Claim(claim) => {
                let text = self.says(&claim.name.name);
                vec![text.is_some_and(|text| path.is_none_or(|path| whole(path, &text).is_some()))]
            }
            PatternKind::Str(template) => self.in_text(template, path),
            PatternKind::Call { args, .. } => {
                let of = |argument: &Argument| match argument {
                    Argument::Str(template) => self.in_text(template, path),
                    _ => Vec::new(),
                };
                args.iter().flat_map(of).collect()
            }
            PatternKind::Name(name) => self.patterns.get(&name.name).map(again).unwrap_or_default(),
            PatternKind::Array { element: inner, .. } | PatternKind::Has(inner) => {
                self.fillings(inner, &[at, &[Step::Each]].concat(), of)
            }
            PatternKind::Object { fields, .. } => {
                let within = |field: &Field| {
                    let slot = [at, &[Step::Key(name_of(field).to_owned())]].concat();
                    self.fillings(&field.pattern, &slot, of)
                };
                fields.iter().flat_map(within).collect()
            }
            PatternKind::Nullable(inner) | PatternKind::Not(inner) => again(inner),
            PatternKind::And(parts) | PatternKind::Or(parts) => parts.iter().flat_map(again).collect(),
            PatternKind::Map { key, value, .. } => {
                // No slot has this name, so none of them has a reading.
                let nowhere = [at, &[Step::Key("\u{0}".to_owned())]].concat();
                let within = [key, value].into_iter();
                within
                    .flat_map(|pattern| self.fillings(pattern, &nowhere, of))
                    .collect()
            }
            _ => Vec::new(),
        }
    }

    fn in_text(&self, template: &Template, path: Option<&PathReading>) -> Vec<bool> {
        let part = |part: &TemplatePart| match part {
            TemplatePart::Claim(claim) => {
                let text = self.says(&claim.name.name);
                Some(text.is_some_and(|text| path.is_none_or(|path| is_segment(path, &text))))
            }
            TemplatePart::Text(_) | TemplatePart::Const(_) => None,
        };
        template.parts.iter().filter_map(part).collect()
    }

    /// The text of a claim.
    pub fn says(&self, claim: &str) -> Option<String> {
        self.claims.borrow().get(claim).cloned()
    }
}

/// A claim as a whole path, which has no root before it.
pub fn whole(path: &PathReading, text: &str) -> Option<String> {
    let plain = PathReading {
        dir: false,
        root: None,
        ..path.clone()
    };
    path::canonical(&plain, text)
}

fn is_segment(path: &PathReading, text: &str) -> bool {
    let top = if path.windows { "c:\\" } else { "/" };
    whole(path, &format!("{top}{text}")).is_some_and(|name| name.len() > top.len() && name.matches('/').count() == 1)
}
