//! What patterns refer to: every name is defined, and no definition rests on itself.

use std::collections::BTreeSet;

use super::codes;
use super::env::wrong_count;
use super::scope::{BUILT_IN, Key, MAX_CHAIN, Scope, reserved, twice};
use crate::diagnostic::{Diagnostic, Span};
use crate::syntax::ast::{Argument, Field, Ident, Pattern, PatternDef, PatternKind, Template, TemplatePart};

impl Scope<'_> {
    /// Every name in a definition is defined, and its parameters have names of their own.
    pub(super) fn check_definition(&self, definition: &PatternDef, diagnostics: &mut Vec<Diagnostic>) {
        for param in &definition.params {
            if BUILT_IN.contains(&param.name.as_str()) {
                diagnostics.push(reserved(param));
            } else if let Some(first) = self.defined(param) {
                diagnostics.push(twice(param, first));
            }
        }
        Names {
            scope: self,
            params: &definition.params,
            diagnostics,
        }
        .pattern(&definition.pattern);
    }

    /// Where the name is given to something else.
    fn defined(&self, name: &Ident) -> Option<Span> {
        let pattern = self.pattern(name).map(|definition| definition.name.span);
        let constant = || self.written(name).map(|(_, constant)| constant.name.span);
        let tools = || self.tool_set(name).map(|set| set.name.span);
        pattern.or_else(constant).or_else(tools)
    }

    /// Is it a constant, with a value or without?
    pub(super) fn is_value(&self, name: &Ident) -> bool {
        self.written(name).is_some()
    }

    /// No definition rests on itself: a walk along the references, each definition once.
    pub(super) fn check_cycles(&self, diagnostics: &mut Vec<Diagnostic>) {
        let follow = |key: Key<'_>| {
            let definition = self.patterns.get(&key);
            definition.map(|d| references(&d.pattern)).unwrap_or_default()
        };
        let mut done: BTreeSet<Key<'_>> = BTreeSet::new();
        for start in self.patterns.keys() {
            // The definitions that are open, and what of each is still to be followed.
            let mut open: Vec<(Key<'_>, Vec<&Ident>)> = vec![(*start, follow(*start))];
            while let Some((key, waiting)) = open.last_mut() {
                let Some(reference) = waiting.pop() else {
                    done.insert(*key);
                    open.pop();
                    continue;
                };
                let next = self.key(reference);
                if open.iter().any(|(key, _)| *key == next) {
                    let message = format!("the pattern `{}` rests on itself", reference.name);
                    diagnostics.push(Diagnostic::error(codes::CYCLE, reference.span, message));
                } else if open.len() > MAX_CHAIN {
                    diagnostics.push(too_deep(reference));
                } else if !done.contains(&next) {
                    open.push((next, follow(next)));
                }
            }
        }
    }
}

/// A look at all names in one definition.
struct Names<'n, 'a> {
    scope: &'n Scope<'a>,
    params: &'n [Ident],
    diagnostics: &'n mut Vec<Diagnostic>,
}

impl Names<'_, '_> {
    fn is_param(&self, name: &Ident) -> bool {
        self.params.iter().any(|param| param.name == name.name)
    }

    fn pattern(&mut self, pattern: &Pattern) {
        match &pattern.kind {
            PatternKind::Name(name) => match self.scope.pattern(name) {
                _ if self.is_param(name) => {}
                Some(definition) if definition.params.is_empty() => {}
                Some(definition) => self.diagnostics.push(wrong_count(definition, pattern.span)),
                None if BUILT_IN.contains(&name.name.as_str()) || self.scope.is_value(name) => {}
                None => self.diagnostics.push(self.scope.unknown_pattern(name)),
            },
            PatternKind::Call { name, args } => {
                match self.scope.pattern(name) {
                    Some(definition) if definition.params.len() != args.len() => {
                        self.diagnostics.push(wrong_count(definition, pattern.span));
                    }
                    None if !BUILT_IN.contains(&name.name.as_str()) && !self.is_param(name) => {
                        self.diagnostics.push(self.scope.unknown_pattern(name));
                    }
                    _ => {}
                }
                self.arguments(args);
            }
            PatternKind::Str(template) => self.template(template),
            PatternKind::Array { element: inner, .. }
            | PatternKind::Has(inner)
            | PatternKind::Nullable(inner)
            | PatternKind::Not(inner) => self.pattern(inner),
            PatternKind::And(parts) | PatternKind::Or(parts) => parts.iter().for_each(|part| self.pattern(part)),
            PatternKind::Object { fields, spreads, .. } => {
                self.fields(fields);
                for spread in spreads {
                    if self.scope.pattern(&spread.name).is_none() && !self.is_param(&spread.name) {
                        self.diagnostics.push(self.scope.unknown_pattern(&spread.name));
                    }
                    self.arguments(&spread.args);
                }
            }
            PatternKind::UrlParts(fields) => self.fields(fields),
            PatternKind::Map { key, value, .. } => {
                self.pattern(key);
                self.pattern(value);
            }
            PatternKind::Number(_)
            | PatternKind::Bool(_)
            | PatternKind::Null
            | PatternKind::Range(_)
            | PatternKind::Claim(_) => {}
        }
    }

    fn fields(&mut self, fields: &[Field]) {
        fields.iter().for_each(|field| self.pattern(&field.pattern));
    }

    fn arguments(&mut self, arguments: &[Argument]) {
        for argument in arguments {
            match argument {
                Argument::Str(template) => self.template(template),
                Argument::Pattern(pattern) => self.pattern(pattern),
                Argument::Range(_) | Argument::Moments(_) => {}
            }
        }
    }

    fn template(&mut self, template: &Template) {
        for part in &template.parts {
            match part {
                TemplatePart::Const(name) if !self.is_param(name) => {
                    self.scope.constant(name, self.diagnostics);
                }
                TemplatePart::Const(_) | TemplatePart::Text(_) | TemplatePart::Claim(_) => {}
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
