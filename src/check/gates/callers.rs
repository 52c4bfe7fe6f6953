//! Who calls: sets of callers by their claims.

use std::collections::BTreeMap;

use super::placed;
use crate::check::env::Env;
use crate::check::escapes::Polarity;
use crate::check::lower::MAX_DEPTH;
use crate::check::scope::unknown;
use crate::check::slot::Slot;
use crate::check::spreads::{Braces, ScopedField};
use crate::check::{Checker, codes};
use crate::diagnostic::Diagnostic;
use crate::pattern::{Field, ReadingKind};
use crate::syntax::ast::{CallerDef, CallerRef, Callers, FieldKey};
use crate::table::gates::{Placed, Who};
use crate::table::{CallerSet, Property, Reading, Shape, Type};

/// The user at a stdio client: a caller without claims.
pub(in crate::check) const LOCAL: &str = "local";

impl<'a> Checker<'a> {
    pub(super) fn define_caller(&self, caller: &'a CallerDef) {
        let braces = Braces {
            fields: &caller.claims.fields,
            spreads: &caller.claims.spreads,
            open: true,
        };
        let Some(written) = self.fields(braces, &Env::default(), MAX_DEPTH) else {
            return;
        };
        let claims = self.claims_of(&written);
        let told_by_issuer = written
            .iter()
            .any(|(field, _)| !field.optional && matches!(&field.key, FieldKey::Name(name) if name.name == "issuer"));
        if !told_by_issuer {
            let message = format!("`{}` does not say whose tokens these are", caller.name.name);
            let help = "name the issuer, `issuer: \"https://…\"`: what a claim means is up to whoever issues it";
            self.report::<()>(Diagnostic::error(codes::CALLER, caller.name.span, message).help(help));
        }
        let fields = written.iter().map(|(field, env)| {
            let FieldKey::Name(name) = &field.key else {
                let message = "the braces of a caller name claims";
                return self.report(Diagnostic::error(codes::ANY, field.span, message));
            };
            let mut slot = Slot::parameter("", &name.name, &claims)?;
            slot.name = format!("the claim `{}`", name.name);
            Some(Field {
                name: name.name.clone(),
                optional: field.optional,
                at: self.at(field.span),
                pattern: {
                    let pattern = self.lower(&field.pattern, env, &slot, Polarity::Grant)?;
                    self.without_claims(pattern, field.pattern.span)?
                },
            })
        });
        let fields = fields.collect::<Vec<_>>().into_iter().collect::<Option<Vec<Field>>>();
        if let Some(fields) = fields {
            let set = CallerSet { claims, fields };
            self.gated.borrow_mut().callers.insert(caller.name.name.clone(), set);
        }
    }

    /// How each claim is read that a caller names: as the standards have it, or as its pattern says.
    fn claims_of(&self, written: &[ScopedField<'a>]) -> Shape {
        let mut properties = BTreeMap::new();
        for (field, _) in written {
            if let FieldKey::Name(name) = &field.key {
                let shape = claim(&name.name);
                properties.insert(
                    name.name.clone(),
                    Property {
                        shape,
                        ..Property::default()
                    },
                );
            }
        }
        let mut shape = Shape {
            types: Some([Type::Object].into_iter().collect()),
            properties,
            ..Shape::default()
        };
        self.read_as_asked(written, &mut shape);
        shape
    }

    pub(in crate::check) fn callers(&self, callers: &Callers) -> Option<Placed<Vec<Who>>> {
        let found = callers.any_of.iter().map(|caller| self.who(caller));
        let found = found.collect::<Vec<_>>().into_iter().collect();
        placed(self, callers.span, found)
    }

    fn who(&self, caller: &CallerRef) -> Option<Who> {
        let not = caller.negated;
        let name = caller.name.name.as_str();
        if name == LOCAL {
            return Some(Who { not, set: None });
        }
        if !self.scope.callers.contains_key(name) {
            let names = self.scope.callers.keys().copied().chain([LOCAL]);
            return self.report(unknown("caller", &caller.name, names));
        }
        let set = Some(name.to_owned());
        Some(Who { not, set })
    }
}

/// What a claim of this name can be; of others than these nothing is known.
fn claim(name: &str) -> Shape {
    let of = |kind: Type| Shape {
        types: Some([kind].into_iter().collect()),
        ..Shape::default()
    };
    match name {
        "issuer" | "subject" | "client" => of(Type::String),
        "scopes" | "groups" => Shape {
            items: Some(Box::new(of(Type::String))),
            ..of(Type::Array)
        },
        "email" => Shape {
            reading: Some(Box::new(Reading::plain(ReadingKind::Email))),
            ..of(Type::String)
        },
        _ => Shape::default(),
    }
}
