//! The part of a gate that does not hold, and its words.

use crate::eval::failure::pointer;
use crate::eval::{Denial, Reason};
use crate::table::gates::{Comparison, LimitUse, Operand};

/// What keeps a grant from holding beside its patterns.
#[derive(Clone, Copy, Debug)]
pub enum Failing<'d> {
    /// It is not for this caller.
    Caller,
    /// A claim that its patterns read is absent, or cannot stand where they have it.
    Claim(&'d str),
    /// What it rests on cannot be laid to this caller.
    NoIdentity,
    /// Its time is over.
    Expired,
    /// A comparison does not hold.
    When(&'d Comparison),
    /// A label that it requires is not set.
    Missing(&'d str),
    /// A label that it excludes is set.
    Set(&'d str),
    /// There is not enough left.
    Limit(&'d LimitUse),
}

impl Failing<'_> {
    /// The reason's code.
    #[must_use]
    pub fn reason(self) -> Reason {
        match self {
            Self::Caller | Self::Claim(_) => Reason::WrongCaller,
            Self::NoIdentity => Reason::UnknownCaller,
            Self::Expired => Reason::Expired,
            Self::When(_) => Reason::ConditionFailed,
            Self::Missing(_) => Reason::ProofMissing,
            Self::Set(_) => Reason::Tainted,
            Self::Limit(_) => Reason::LimitExceeded,
        }
    }

    /// The denial, with its words.
    #[must_use]
    pub fn explain(self) -> Denial {
        let message = match self {
            Self::Caller => "the nearest grant is not for this caller".to_owned(),
            Self::Claim(name) => format!(
                "the nearest grant reads the caller's claim `{name}`, which is absent or cannot stand where it is put"
            ),
            Self::NoIdentity => {
                "the nearest grant rests on what is remembered of a caller, and this one has no issuer and subject"
                    .to_owned()
            }
            Self::Expired => "the nearest grant has expired".to_owned(),
            Self::When(_) => "a condition of the nearest grant does not hold".to_owned(),
            Self::Missing(label) => format!("the nearest grant requires `{label}`, which is not set"),
            Self::Set(label) => format!("`{label}` is set"),
            Self::Limit(each) => format!("the limit `{}` does not allow it", each.limit),
        };
        let denial = Denial::new(self.reason(), message);
        match self.slot() {
            Some(keys) => denial.at(pointer(keys)),
            None => denial,
        }
    }

    /// The parameter that it is about.
    fn slot(&self) -> Option<&[String]> {
        match self {
            Self::When(comparison) => {
                let sides = [&comparison.left, &comparison.right];
                sides.into_iter().find_map(|side| match side {
                    Operand::Slot(keys) => Some(keys.as_slice()),
                    Operand::Claim(_) => None,
                })
            }
            Self::Limit(each) if !each.slot.is_empty() => Some(&each.slot),
            _ => None,
        }
    }
}
