//! Spreads: the fields of a named object pattern within other braces.

use std::collections::BTreeMap;

use super::env::{Env, Reference, Scoped};
use super::escapes::Polarity;
use super::lower::MAX_DEPTH;
use super::{Checker, codes};
use crate::diagnostic::{Diagnostic, Span};
use crate::syntax::ast::{Field, FieldKey, Pattern, PatternKind, Rule, Spread};

/// A field of braces, and what the parameters in it stand for.
pub type ScopedField<'a> = (&'a Field, Env<'a>);

/// Braces: what stands in them, and whether other keys are free.
#[derive(Clone, Copy)]
pub struct Braces<'a> {
    /// The fields.
    pub fields: &'a [Field],
    /// The spreads.
    pub spreads: &'a [Spread],
    /// Are other keys free?
    pub open: bool,
}

impl<'a> Checker<'a> {
    /// The fields of a rule's braces, with those of its spreads; `None` if one of them was reported.
    pub(super) fn rule_fields(&self, rule: &'a Rule, polarity: Polarity) -> Option<Vec<ScopedField<'a>>> {
        let Some(body) = &rule.body else {
            return Some(Vec::new());
        };
        let braces = Braces {
            fields: &body.fields,
            spreads: &body.spreads,
            open: polarity == Polarity::Prohibition,
        };
        self.fields(braces, &Env::default(), MAX_DEPTH)
    }

    /// The fields of braces, with those of their spreads. A key that stands twice is an error.
    pub(super) fn fields(&self, braces: Braces<'a>, env: &Env<'a>, depth: usize) -> Option<Vec<ScopedField<'a>>> {
        let mut found: Vec<ScopedField<'a>> = braces.fields.iter().map(|field| (field, env.clone())).collect();
        if braces.spreads.is_empty() {
            return Some(found);
        }
        let mut places: BTreeMap<&str, Span> = BTreeMap::new();
        places.extend(
            braces
                .fields
                .iter()
                .filter_map(|field| Some((key_of(field)?, field.span))),
        );
        let mut sound = true;
        for spread in braces.spreads {
            let Some(fields) = self.spread(spread, braces.open, env, depth) else {
                sound = false;
                continue;
            };
            let key = |(field, _): &ScopedField<'a>| key_of(field);
            let known = fields.iter().filter_map(key).find(|key| places.contains_key(key));
            if let Some((key, first)) = known.and_then(|key| Some((key, *places.get(key)?))) {
                sound = false;
                self.report::<()>(key_twice(key, spread, first));
                continue;
            }
            if !fields.iter().all(|_| self.spend(spread.span)) {
                return None;
            }
            places.extend(fields.iter().filter_map(key).map(|key| (key, spread.span)));
            found.extend(fields);
        }
        sound.then_some(found)
    }

    fn spread(&self, spread: &'a Spread, open: bool, env: &Env<'a>, depth: usize) -> Option<Vec<ScopedField<'a>>> {
        let mut depth = depth;
        let mut at = self.spread_pattern(spread, env)?;
        loop {
            depth = depth.checked_sub(1).filter(|_| self.spend(spread.span))?;
            if let PatternKind::Object {
                fields,
                spreads,
                open: is_open,
            } = &at.pattern.kind
            {
                if *is_open && !open {
                    return self.report(open_spread(spread, at.pattern));
                }
                let braces = Braces {
                    fields,
                    spreads,
                    open: *is_open,
                };
                return self.fields(braces, &at.env, depth);
            }
            match self.follow(at.pattern, &at.env) {
                Reference::To(next) => at = next,
                Reference::Argument | Reference::None => return self.report(no_object(spread, at.pattern.span)),
            }
        }
    }

    /// What the name of a spread stands for.
    fn spread_pattern(&self, spread: &'a Spread, env: &Env<'a>) -> Option<Scoped<'a>> {
        let name = &spread.name;
        if let Some((argument, outer)) = env.get(&name.name) {
            return match argument {
                crate::syntax::ast::Argument::Pattern(pattern) if spread.args.is_empty() => Some(Scoped {
                    pattern,
                    env: outer.clone(),
                }),
                _ => self.report(no_object(spread, argument.span())),
            };
        }
        let Some(definition) = self.scope.pattern(name) else {
            return self.report(self.scope.unknown_pattern(name));
        };
        match Env::call(definition, &spread.args, spread.span, env) {
            Ok(env) => Some(Scoped {
                pattern: &definition.pattern,
                env,
            }),
            Err(error) => self.report(*error),
        }
    }
}

/// The key of a field; an object pattern has no others than names.
fn key_of(field: &Field) -> Option<&str> {
    match &field.key {
        FieldKey::Name(name) => Some(&name.name),
        FieldKey::AnyReading(_) | FieldKey::Envelope(_) => None,
    }
}

fn key_twice(name: &str, spread: &Spread, first: Span) -> Diagnostic {
    let message = format!("the key `{name}` stands twice: `{}` has it too", spread.name.name);
    Diagnostic::error(codes::SPREAD_KEY, spread.span, message)
        .also(first, "first here")
        .help("leave one of them out")
}

fn no_object(spread: &Spread, place: Span) -> Diagnostic {
    let message = format!("`{}` is no object pattern, so it has no fields", spread.name.name);
    Diagnostic::error(codes::SPREAD, spread.span, message)
        .also(place, "this is what it stands for")
        .help("a spread takes the name of a `pattern NAME = { … }`")
}

fn open_spread(spread: &Spread, pattern: &Pattern) -> Diagnostic {
    let message = format!("`{}` leaves other keys free, and these braces do not", spread.name.name);
    Diagnostic::error(codes::SPREAD, spread.span, message)
        .also(pattern.span, "it ends with `..`")
        .help("take the `..` out of it: a spread gives its fields alone")
}
