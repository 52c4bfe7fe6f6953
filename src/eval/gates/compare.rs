//! `when`: two parameters, or a parameter and a claim.

use std::cmp::Ordering;

use super::Gates;
use crate::pattern::{Datum, ReadingKind};
use crate::table::gates::{Comparator, Comparison, Operand};

impl Gates<'_, '_> {
    /// Does the comparison hold? `None` where a side is absent, or the two are not of one kind that compares so.
    pub(super) fn compare(&self, comparison: &Comparison) -> Option<bool> {
        let answer = |left: &Datum<'_>, right: &Datum<'_>| compared(left, comparison.is, right);
        match (&comparison.left, &comparison.right) {
            (Operand::Slot(left), Operand::Slot(right)) => answer(self.slot(left)?, self.slot(right)?),
            (Operand::Slot(slot), Operand::Claim(claim)) => {
                self.claim(claim, slot, |claim| answer(self.slot(slot)?, claim))
            }
            (Operand::Claim(claim), Operand::Slot(slot)) => {
                self.claim(claim, slot, |claim| answer(claim, self.slot(slot)?))
            }
            (Operand::Claim(_), Operand::Claim(_)) => None,
        }
    }

    fn slot(&self, keys: &[String]) -> Option<&Datum<'_>> {
        keys.iter().try_fold(self.arguments, |within, key| within.get(key))
    }

    /// A claim, read as the slot that it is compared with.
    fn claim(&self, name: &str, slot: &[String], question: impl FnOnce(&Datum<'_>) -> Option<bool>) -> Option<bool> {
        self.claims().ask_within(name, &self.tool.arguments, slot, question)
    }
}

fn compared(left: &Datum<'_>, comparator: Comparator, right: &Datum<'_>) -> Option<bool> {
    let sorts = match (left, right) {
        (Datum::Number(_), Datum::Number(_)) => true,
        (Datum::String(_, a), Datum::String(_, b)) if a == b => {
            matches!(a, Some(ReadingKind::Datetime | ReadingKind::Date))
        }
        (Datum::Bool(_), Datum::Bool(_)) => false,
        _ => return None,
    };
    match comparator {
        Comparator::Equal => Some(left == right),
        Comparator::NotEqual => Some(left != right),
        Comparator::Less => sorts.then(|| order(left, right) == Ordering::Less),
        Comparator::AtMost => sorts.then(|| order(left, right) != Ordering::Greater),
    }
}

/// Of numbers by value, of times and days as their canonical forms are written.
fn order(left: &Datum<'_>, right: &Datum<'_>) -> Ordering {
    match (left, right) {
        (Datum::Number(left), Datum::Number(right)) => left.cmp(right),
        (Datum::String(left, _), Datum::String(right, _)) => left.cmp(right),
        _ => Ordering::Equal,
    }
}
