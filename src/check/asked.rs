//! What a rule says of its tools' slots: members that it names, and readings by its own patterns, which hold where nothing
//! else gives one.

use std::collections::{BTreeMap, BTreeSet};

use super::Checker;
use super::env::{Env, Reference, Scoped};
use super::envelope::parameter_of;
use super::escapes::Polarity;
use super::spreads::{Braces, ScopedField};
use crate::pattern::{ReadingKind, UrlPattern};
use crate::syntax::ast::{Argument, Field, FieldKey, Ident, Pattern, PatternKind, Rule, Template};
use crate::table::{DatetimeReading, Reading, Shape, Step};

/// As deep as patterns nest.
const MAX_DEPTH: usize = 64;

/// The slots that a rule's patterns speak of, from the rule's braces on.
#[derive(Default)]
pub(super) struct Asked {
    /// Parameters that are named, and members of objects.
    pub(super) named: BTreeSet<Vec<Step>>,
    /// Slots at which a reading is used; the first, if there are several.
    pub(super) read: BTreeMap<Vec<Step>, Reading>,
    /// What is asked of URLs.
    pub(super) urls: BTreeMap<Vec<Step>, AskedOfUrl>,
    /// What is asked of every URL, by `any url`.
    pub(super) any_url: AskedOfUrl,
}

/// What must have one reading in a URL, since a rule looks at it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct AskedOfUrl {
    parameters: bool,
    fragment: bool,
}

impl AskedOfUrl {
    pub(super) fn put_to(self, shape: &mut Shape) {
        if let Some(Reading::Url(url)) = shape.reading.as_deref_mut() {
            url.inspected |= self.parameters;
            url.fragment |= self.fragment;
        }
    }

    /// The same of every slot within.
    pub(super) fn put_to_all(self, shape: &mut Shape) {
        if !self.parameters && !self.fragment {
            return;
        }
        self.put_to(shape);
        let properties = shape.properties.values_mut().map(|property| &mut property.shape);
        let others = shape
            .additional
            .as_deref_mut()
            .into_iter()
            .chain(shape.items.as_deref_mut());
        let within = properties
            .chain(shape.named.values_mut())
            .chain(others)
            .chain(&mut shape.any_of);
        within.for_each(|shape| self.put_to_all(shape));
    }

    fn or(self, other: Self) -> Self {
        Self {
            parameters: self.parameters || other.parameters,
            fragment: self.fragment || other.fragment,
        }
    }
}

impl<'a> Checker<'a> {
    pub(super) fn asked(&self, rule: &'a Rule, polarity: Polarity) -> Asked {
        self.asked_of(self.rule_fields(rule, polarity).into_iter().flatten())
    }

    /// The same of fields by themselves.
    pub(super) fn asked_of(&self, fields: impl IntoIterator<Item = ScopedField<'a>>) -> Asked {
        let mut asked = Asked::default();
        for (field, env) in fields {
            match &field.key {
                FieldKey::Name(name) => {
                    let mut at = vec![Step::Key(name.name.clone())];
                    asked.named.insert(at.clone());
                    self.ask(&field.pattern, &env, &mut at, MAX_DEPTH, &mut asked);
                }
                FieldKey::AnyReading(_) => {
                    let mut any = Asked::default();
                    self.ask(&field.pattern, &env, &mut Vec::new(), MAX_DEPTH, &mut any);
                    asked.any_url = any.urls.into_values().fold(asked.any_url, AskedOfUrl::or);
                }
                FieldKey::Envelope(slot) => {
                    let mut at = vec![Step::Key(parameter_of(slot).name)];
                    self.ask(&field.pattern, &env, &mut at, MAX_DEPTH, &mut asked);
                }
            }
        }
        asked
    }

    /// The slots, from here on, that a pattern speaks of.
    pub(super) fn ask(&self, pattern: &'a Pattern, env: &Env<'a>, at: &mut Vec<Step>, depth: usize, asked: &mut Asked) {
        let Some(depth) = depth.checked_sub(1).filter(|_| self.spend(pattern.span)) else {
            return;
        };
        if let Reference::To(Scoped { pattern, env }) = self.follow(pattern, env) {
            return self.ask(pattern, &env, at, depth, asked);
        }
        match &pattern.kind {
            PatternKind::Name(name) => self.ask_reading(name, &[], env, at, asked),
            PatternKind::Call { name, args } => self.ask_reading(name, args, env, at, asked),
            PatternKind::UrlParts(fields) => self.ask_url(at, asked_of_parts(fields), asked),
            PatternKind::Array { element: inner, .. } | PatternKind::Has(inner) => {
                at.push(Step::Each);
                self.ask(inner, env, at, depth, asked);
                at.pop();
            }
            PatternKind::Object { fields, spreads, open } => {
                let braces = Braces {
                    fields,
                    spreads,
                    open: *open,
                };
                for (field, env) in self.fields(braces, env, depth).into_iter().flatten() {
                    if let FieldKey::Name(name) = &field.key {
                        at.push(Step::Key(name.name.clone()));
                        asked.named.insert(at.clone());
                        self.ask(&field.pattern, &env, at, depth, asked);
                        at.pop();
                    }
                }
            }
            PatternKind::Nullable(inner) | PatternKind::Not(inner) => self.ask(inner, env, at, depth, asked),
            PatternKind::And(parts) | PatternKind::Or(parts) => {
                parts.iter().for_each(|part| self.ask(part, env, at, depth, asked));
            }
            // A slot is named by its key, and these are not: no reading is asked for.
            PatternKind::Map { .. }
            | PatternKind::Claim(_)
            | PatternKind::Str(_)
            | PatternKind::Number(_)
            | PatternKind::Bool(_)
            | PatternKind::Null
            | PatternKind::Range(_) => {}
        }
    }

    fn ask_reading(&self, name: &Ident, args: &[Argument], env: &Env<'a>, at: &[Step], asked: &mut Asked) {
        let Some(kind) = ReadingKind::named(&name.name) else {
            return;
        };
        let reading = match (kind, args) {
            (ReadingKind::Url, [Argument::Str(text)]) => return self.ask_url(at, self.asked_of_url(text, env), asked),
            (ReadingKind::Datetime, [Argument::Str(form), ..]) => Reading::Datetime(DatetimeReading {
                format: self.within(env).text(form),
            }),
            (kind, _) => Reading::plain(kind),
        };
        asked.read.entry(at.to_vec()).or_insert(reading);
    }

    fn ask_url(&self, at: &[Step], of_url: AskedOfUrl, asked: &mut Asked) {
        asked
            .read
            .entry(at.to_vec())
            .or_insert(Reading::plain(ReadingKind::Url));
        let before = asked.urls.get(at).copied().unwrap_or_default();
        asked.urls.insert(at.to_vec(), before.or(of_url));
    }

    fn asked_of_url(&self, text: &Template, env: &Env<'a>) -> AskedOfUrl {
        let (pieces, _) = self.within(env).pieces_with_claims(text).unwrap_or_default();
        let pieces: Vec<(&str, bool)> = pieces.iter().map(|(text, literal)| (text.as_str(), *literal)).collect();
        // What is wrong with it is said when it is lowered.
        UrlPattern::parse(&pieces).map_or_else(
            |_| AskedOfUrl::default(),
            |url| AskedOfUrl {
                parameters: url.inspects_query(),
                fragment: url.names_fragment(),
            },
        )
    }
}

/// A query is looked into unless any is as good as another.
fn asked_of_parts(fields: &[Field]) -> AskedOfUrl {
    let part = |wanted: &str| {
        fields
            .iter()
            .find(|field| matches!(&field.key, FieldKey::Name(name) if name.name == wanted))
    };
    let is_any = |field: &Field| matches!(&field.pattern.kind, PatternKind::Name(name) if name.name == "any");
    AskedOfUrl {
        parameters: part("query").is_some_and(|query| !is_any(query)),
        fragment: part("fragment").is_some(),
    }
}
