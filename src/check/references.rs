//! What patterns refer to: every name is defined, and no definition rests on itself.

use std::collections::BTreeSet;

use super::codes;
use super::scope::{BUILT_IN, MAX_CHAIN, Scope};
use crate::diagnostic::Diagnostic;
use crate::syntax::ast::{Argument, Field, Ident, Pattern, PatternKind, Template};

impl Scope<'_> {
    /// Every name in a pattern is defined.
    pub(super) fn check_names(&self, pattern: &Pattern, diagnostics: &mut Vec<Diagnostic>) {
        let resolve =
            |template: &Template, diagnostics: &mut Vec<Diagnostic>| drop(self.resolve(template, diagnostics));
        match &pattern.kind {
            PatternKind::Name(name) => {
                let known =
                    |name: &str| BUILT_IN.contains(&name) || self.patterns.contains_key(name) || self.is_constant(name);
                if !known(&name.name) {
                    diagnostics.push(self.unknown_pattern(name));
                }
            }
            PatternKind::Call { args, .. } => self.check_arguments(args, diagnostics),
            PatternKind::Str(template) => resolve(template, diagnostics),
            PatternKind::Array { element: inner, .. }
            | PatternKind::Has(inner)
            | PatternKind::Nullable(inner)
            | PatternKind::Not(inner) => self.check_names(inner, diagnostics),
            PatternKind::And(parts) | PatternKind::Or(parts) => {
                parts.iter().for_each(|part| self.check_names(part, diagnostics));
            }
            PatternKind::Object { fields, spreads, .. } => {
                fields
                    .iter()
                    .for_each(|Field { pattern, .. }| self.check_names(pattern, diagnostics));
                for spread in spreads {
                    if !self.patterns.contains_key(spread.name.name.as_str()) {
                        diagnostics.push(self.unknown_pattern(&spread.name));
                    }
                    self.check_arguments(&spread.args, diagnostics);
                }
            }
            PatternKind::UrlParts(fields) => {
                fields
                    .iter()
                    .for_each(|Field { pattern, .. }| self.check_names(pattern, diagnostics));
            }
            PatternKind::Map { key, value, .. } => {
                self.check_names(key, diagnostics);
                self.check_names(value, diagnostics);
            }
            PatternKind::Number(_)
            | PatternKind::Bool(_)
            | PatternKind::Null
            | PatternKind::Range(_)
            | PatternKind::Claim(_) => {}
        }
    }

    fn check_arguments(&self, arguments: &[Argument], diagnostics: &mut Vec<Diagnostic>) {
        for argument in arguments {
            match argument {
                Argument::Str(template) => drop(self.resolve(template, diagnostics)),
                Argument::Pattern(pattern) => self.check_names(pattern, diagnostics),
                Argument::Range(_) | Argument::Moments(_) => {}
            }
        }
    }

    /// No definition rests on itself: a walk along the references, each definition once.
    pub(super) fn check_cycles(&self, diagnostics: &mut Vec<Diagnostic>) {
        let follow = |name: &str| {
            self.patterns
                .get(name)
                .map(|d| references(&d.pattern))
                .unwrap_or_default()
        };
        let mut done: BTreeSet<&str> = BTreeSet::new();
        for start in self.patterns.keys() {
            // The definitions that are open, and what of each is still to be followed.
            let mut open: Vec<(&str, Vec<&Ident>)> = vec![(start, follow(start))];
            while let Some((name, waiting)) = open.last_mut() {
                let Some(reference) = waiting.pop() else {
                    done.insert(*name);
                    open.pop();
                    continue;
                };
                if open.iter().any(|(name, _)| *name == reference.name) {
                    let message = format!("the pattern `{}` rests on itself", reference.name);
                    diagnostics.push(Diagnostic::error(codes::CYCLE, reference.span, message));
                } else if open.len() > MAX_CHAIN {
                    diagnostics.push(too_deep(reference));
                } else if !done.contains(reference.name.as_str()) {
                    open.push((&reference.name, follow(&reference.name)));
                }
            }
        }
    }
}

/// The error for a chain of references that is too long.
pub(super) fn too_deep(name: &Ident) -> Diagnostic {
    Diagnostic::error(
        codes::TOO_MUCH,
        name.span,
        format!("definitions refer to each other more than {MAX_CHAIN} deep"),
    )
}

/// The names that a pattern refers to.
fn references(pattern: &Pattern) -> Vec<&Ident> {
    match &pattern.kind {
        PatternKind::Name(name) => vec![name],
        PatternKind::Array { element: inner, .. }
        | PatternKind::Has(inner)
        | PatternKind::Nullable(inner)
        | PatternKind::Not(inner) => references(inner),
        PatternKind::And(parts) | PatternKind::Or(parts) => parts.iter().flat_map(references).collect(),
        PatternKind::Object { fields, spreads, .. } => {
            let mut found: Vec<&Ident> = fields.iter().flat_map(|field| references(&field.pattern)).collect();
            for spread in spreads {
                found.push(&spread.name);
                found.extend(argument_references(&spread.args));
            }
            found
        }
        PatternKind::UrlParts(fields) => fields.iter().flat_map(|field| references(&field.pattern)).collect(),
        PatternKind::Map { key, value, .. } => [references(key), references(value)].concat(),
        PatternKind::Call { name, args } => {
            let mut found = vec![name];
            found.extend(argument_references(args));
            found
        }
        PatternKind::Str(_)
        | PatternKind::Number(_)
        | PatternKind::Bool(_)
        | PatternKind::Null
        | PatternKind::Range(_)
        | PatternKind::Claim(_) => Vec::new(),
    }
}

fn argument_references(arguments: &[Argument]) -> impl Iterator<Item = &Ident> {
    arguments.iter().flat_map(|argument| match argument {
        Argument::Pattern(pattern) => references(pattern),
        Argument::Str(_) | Argument::Range(_) | Argument::Moments(_) => Vec::new(),
    })
}
