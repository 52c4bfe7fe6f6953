//! Why a grant does not hold.

use super::gates::{Failing, Gates};
use super::pointer::{escape, parameter};
use super::{Denial, Reason};
use crate::pattern::{At, Claims, Datum, Field};
use crate::table::Grant;

/// One reason, and what it is about.
#[derive(Clone, Copy, Debug)]
pub enum Failure<'g, 't> {
    /// A parameter that the grant does not name.
    Unlisted(&'t str),
    /// One that it requires is absent.
    Missing(&'g Field),
    /// One that its pattern does not hold.
    Mismatch(&'g Field, Datum<'t>),
    /// A part of its gate, and where that is asked for.
    Gate(Failing<'g>, At),
}

/// How many parameters fail a grant; its gate is not asked.
#[must_use]
pub(super) fn count_failures(grant: &Grant, gates: &Gates<'_>) -> usize {
    unlisted(grant, gates.arguments()).count() + own(grant, gates).count()
}

/// The first: unlisted parameters in the order of the call, then the grant's own in its order.
#[must_use]
pub(super) fn first_failure<'g, 't>(grant: &'g Grant, gates: &Gates<'t>) -> Option<Failure<'g, 't>> {
    let first = unlisted(grant, gates.arguments()).map(Failure::Unlisted).next();
    first.or_else(|| own(grant, gates).next())
}

/// The first parameter that the grant does not name.
#[must_use]
pub(super) fn first_unlisted<'t>(grant: &Grant, gates: &Gates<'t>) -> Option<&'t str> {
    unlisted(grant, gates.arguments()).next()
}

fn unlisted<'t>(grant: &Grant, arguments: &Datum<'t>) -> impl Iterator<Item = &'t str> {
    let object = match arguments {
        Datum::Object(object) => Some(*object),
        _ => None,
    };
    let keys = object.into_iter().flat_map(|object| object.keys());
    keys.filter(|key| !grant.fields.iter().any(|field| field.name == *key))
}

/// A field with a claim that says nothing is not judged by its pattern: that claim is what fails.
fn own<'g, 't>(grant: &'g Grant, gates: &Gates<'t>) -> impl Iterator<Item = Failure<'g, 't>> {
    let holds = |field: &Field, value: &Datum<'_>| {
        gates.silent_in(&field.pattern).is_some() || field.pattern.holds_for(value, gates)
    };
    grant
        .fields
        .iter()
        .filter_map(move |field| match gates.arguments().get(&field.name) {
            Some(value) => (!holds(field, &value)).then_some(Failure::Mismatch(field, value)),
            None => (!field.optional).then_some(Failure::Missing(field)),
        })
}

impl Failure<'_, '_> {
    /// The reason's code.
    #[must_use]
    pub fn reason(self) -> Reason {
        match self {
            Self::Unlisted(_) => Reason::UnlistedParameter,
            Self::Missing(_) => Reason::MissingParameter,
            Self::Mismatch(..) => Reason::PatternMismatch,
            Self::Gate(failing, _) => failing.reason(),
        }
    }

    /// The denial, with its words.
    #[must_use]
    pub fn explain(self, claims: &dyn Claims) -> Denial {
        match self {
            Self::Unlisted(name) => {
                let message = format!(
                    "the nearest grant does not name the parameter `{}`",
                    name.escape_debug()
                );
                Denial::new(self.reason(), message).at(pointer([name]))
            }
            Self::Missing(field) => Denial {
                place: Some(field.at),
                ..Denial::new(self.reason(), format!("`{}` is missing", field.name)).at(pointer([&*field.name]))
            },
            Self::Mismatch(field, value) => {
                let mismatch = field.pattern.mismatch(&value, claims);
                let steps = mismatch.iter().flat_map(|mismatch| &mismatch.path);
                let path = pointer(std::iter::once(&field.name).chain(steps));
                let message = format!("the value of `{}` is not one that the policy allows", parameter(&path));
                Denial {
                    place: mismatch.map(|mismatch| mismatch.pattern.at),
                    ..Denial::new(self.reason(), message).at(path)
                }
            }
            Self::Gate(failing, at) => Denial {
                place: Some(at),
                ..failing.explain()
            },
        }
    }
}

/// The place behind these steps, as a JSON pointer.
pub fn pointer<S: AsRef<str>>(steps: impl IntoIterator<Item = S>) -> String {
    steps
        .into_iter()
        .map(|step| format!("/{}", escape(step.as_ref())))
        .collect()
}
