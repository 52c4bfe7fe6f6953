//! Budgets: is there enough left, and what is charged.

use super::Gates;
use crate::pattern::{Datum, Decimal};
use crate::table::Limit;
use crate::table::gates::{Gate, LimitUse};

impl Gates<'_> {
    /// The first use of a limit that there is not enough left for. Uses of one limit add up.
    pub(super) fn exceeded<'u>(&self, uses: &'u [LimitUse]) -> Option<&'u LimitUse> {
        uses.iter().enumerate().find_map(|(at, each)| {
            let same = uses.iter().take(at + 1).filter(|other| other.limit == each.limit);
            self.fits(same).is_none().then_some(each)
        })
    }

    /// `None` where these uses of one limit are more than is left, or cannot be counted.
    fn fits<'u>(&self, uses: impl Iterator<Item = &'u LimitUse>) -> Option<()> {
        let mut total = 0_u128;
        let mut most = 0_u128;
        for each in uses {
            let limit = self.gated.limits.get(&each.limit)?;
            let used = self.context.state.used.get(&each.limit);
            let used = used.map_or(Some(0), |used| used.units(limit.scale))?;
            most = limit.units()?.checked_sub(used)?;
            total = total.checked_add(self.amount(limit, each)?)?;
        }
        (total <= most).then_some(())
    }

    /// What one use comes to, in the limit's smallest unit; `None` for an amount with more decimals than the limit has,
    /// below zero, or too large to be counted.
    fn amount(&self, limit: &Limit, each: &LimitUse) -> Option<u128> {
        if !limit.sum {
            return Some(1);
        }
        match self.slot(&each.slot)? {
            Datum::Number(number) => number.units(limit.scale),
            _ => None,
        }
    }

    /// What a grant that holds charges, by limit.
    pub(super) fn charges(&self, gate: &Gate) -> Vec<(String, Decimal)> {
        let mut totals: Vec<(String, u128, u32)> = Vec::new();
        for each in gate.limits.iter().flat_map(|limits| &limits.is) {
            let Some(limit) = self.gated.limits.get(&each.limit) else {
                continue;
            };
            let units = self.amount(limit, each).unwrap_or(0);
            match totals.iter_mut().find(|(name, ..)| *name == each.limit) {
                Some((_, total, _)) => *total = total.saturating_add(units),
                None => totals.push((each.limit.clone(), units, limit.scale)),
            }
        }
        totals
            .into_iter()
            .map(|(name, units, scale)| (name, Decimal::of_units(units, scale)))
            .collect()
    }
}
