//! `when`: two parameters, or a parameter and a claim.

use std::cmp::Ordering;

use super::Gates;
use crate::pattern::{Datum, ReadingKind};
use crate::table::gates::{Comparator, Comparison, Operand};

impl<'d> Gates<'d> {
    /// Does the comparison hold? `None` where a side is absent, or the two are not of one kind that compares so.
    pub(super) fn compare(&self, comparison: &Comparison) -> Option<bool> {
        let answer = |left: Datum<'_>, right: Datum<'_>| compared(left, comparison.is, right);
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

    pub(super) fn slot(&self, keys: &[String]) -> Option<Datum<'d>> {
        keys.iter().try_fold(self.arguments, |within, key| within.get(key))
    }

    /// A claim, read as the slot that it is compared with.
    fn claim(&self, name: &str, slot: &[String], question: impl FnOnce(Datum<'_>) -> Option<bool>) -> Option<bool> {
        self.claims().ask_within(name, self.tool, slot, question)
    }
}

fn compared(left: Datum<'_>, comparator: Comparator, right: Datum<'_>) -> Option<bool> {
    let (order, sorts) = match (left, right) {
        (Datum::Number(left), Datum::Number(right)) => (left.cmp(&right), true),
        // Times and days are in the order in which their canonical forms are written.
        (Datum::String(left, a), Datum::String(right, b)) if a == b => {
            let sorts = matches!(a, Some(ReadingKind::Datetime | ReadingKind::Date));
            (left.cmp(right), sorts)
        }
        (Datum::Bool(left), Datum::Bool(right)) => (left.cmp(&right), false),
        _ => return None,
    };
    match comparator {
        Comparator::Equal => Some(order == Ordering::Equal),
        Comparator::NotEqual => Some(order != Ordering::Equal),
        Comparator::Less => sorts.then_some(order == Ordering::Less),
        Comparator::AtMost => sorts.then_some(order != Ordering::Greater),
    }
}
