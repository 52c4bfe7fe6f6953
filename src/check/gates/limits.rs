//! Budgets: what they hold, and what is counted.

use crate::check::constants::ConstValue;
use crate::check::rules::unknown_parameter;
use crate::check::scope::unknown;
use crate::check::{Checker, codes};
use crate::diagnostic::{Diagnostic, Span};
use crate::pattern::{Decimal, Field, Pattern, PatternKind};
use crate::syntax::ast::{self, Budget, Given, LimitScope, SlotStep};
use crate::table::gates::LimitUse;
use crate::table::{Limit, Tool, Universe};

impl Checker<'_> {
    pub(super) fn define_limit(&self, limit: &ast::Limit) {
        let (given, sum) = match &limit.budget {
            Budget::Calls(given) => (given, false),
            Budget::Sum(given) => (given, true),
        };
        let Some((digits, seconds)) = self.digits(given).zip(self.seconds(&limit.window)) else {
            return;
        };
        let scale = digits.split_once('.').map_or(0, |(_, fraction)| fraction.len());
        let scale = u32::try_from(scale).unwrap_or(u32::MAX);
        let most = Decimal::parse(&digits).filter(|most| most.units(scale).is_some_and(|units| units > 0));
        let name = &limit.name;
        let Some(most) = most.filter(|_| sum || scale == 0) else {
            let what = if sum {
                "more than nothing, and fits 128 bits"
            } else {
                "a whole number of calls, at least one"
            };
            let message = format!("`{}` cannot be counted: a budget is {what}", name.name);
            return self
                .report(Diagnostic::error(codes::LIMIT, name.span, message))
                .unwrap_or_default();
        };
        if seconds == 0 {
            let message = format!("the window of `{}` has no length", name.name);
            self.report::<()>(Diagnostic::error(codes::LIMIT, name.span, message));
        }
        let compiled = Limit {
            sum,
            most,
            scale,
            seconds,
            shared: limit.scope == LimitScope::All,
        };
        self.gated.borrow_mut().limits.insert(name.name.clone(), compiled);
    }

    fn digits(&self, given: &Given<ast::Number>) -> Option<String> {
        match given {
            Given::Literal(number) => Some(number.digits.clone()),
            Given::Const(name) => match self.constant(name)? {
                ConstValue::Number(digits) => Some(digits.clone()),
                _ => self.not_given(name, "a number"),
            },
        }
    }

    pub(super) fn uses(&self, uses: &[ast::LimitUse]) -> Option<Vec<LimitUse>> {
        let mut seen: Vec<LimitUse> = Vec::new();
        let mut whole = true;
        for each in uses {
            match self.limit_use(each) {
                Some(found) if seen.contains(&found) => {
                    let message = format!("`{}` is charged twice for the same", each.name.name);
                    self.report::<()>(Diagnostic::error(codes::DUPLICATE, each.name.span, message));
                }
                Some(found) => seen.push(found),
                None => whole = false,
            }
        }
        whole.then_some(seen)
    }

    fn limit_use(&self, each: &ast::LimitUse) -> Option<LimitUse> {
        let name = &each.name;
        let Some(limit) = self.scope.limits.get(name.name.as_str()) else {
            return self.report(unknown("limit", name, self.scope.limits.keys().copied()));
        };
        let error = |message: String, help: &str| Diagnostic::error(codes::LIMIT, name.span, message).help(help);
        match (&limit.budget, &each.slot) {
            (Budget::Calls(_), Some(_)) => {
                let message = format!("`{}` counts calls, and not what a parameter says", name.name);
                return self.report(error(message, "define it with `sum`, or leave the parameter out"));
            }
            (Budget::Sum(_), None) => {
                let message = format!("`{}` sums a parameter, and this does not say which", name.name);
                return self.report(error(message, "name it in parentheses, `limit spend(amount)`"));
            }
            _ => {}
        }
        let slot = match &each.slot {
            None => Vec::new(),
            Some(slot) => self.keys(slot)?,
        };
        Some(LimitUse {
            limit: name.name.clone(),
            slot,
        })
    }

    /// A slot by keys alone.
    pub(super) fn keys(&self, slot: &ast::SlotPath) -> Option<Vec<String>> {
        let key = |step: &SlotStep| match step {
            SlotStep::Key(name) => Some(name.name.clone()),
            SlotStep::Each => None,
        };
        let keys: Option<Vec<String>> = slot.steps.iter().map(key).collect();
        keys.or_else(|| {
            let message = "this is the elements of an array, and one value is needed";
            self.report(Diagnostic::error(codes::LIMIT, slot.span, message))
        })
    }

    /// What is summed is there in every call that the grant allows, and never below zero.
    pub(super) fn check_summed(&self, each: &ast::LimitUse, tool: &Tool, full: &str, fields: &[Field]) {
        let Some(slot) = &each.slot else { return };
        let [SlotStep::Key(first), ..] = slot.steps.as_slice() else {
            return;
        };
        if !Universe::of(&tool.arguments).has_member(&first.name) {
            return self.report(unknown_parameter(first, tool, full)).unwrap_or_default();
        }
        let keys = slot.steps.iter().filter_map(|step| match step {
            SlotStep::Key(name) => Some(name.name.as_str()),
            SlotStep::Each => None,
        });
        let keys: Vec<&str> = keys.collect();
        if !least_in(fields, &keys).is_some_and(|least| is_at_least_zero(&least)) {
            self.report_unsummable(slot.span, &keys.join("."));
        }
    }

    fn report_unsummable(&self, span: Span, slot: &str) {
        let message = format!("the grant does not say that `{slot}` is there and at least 0, so it cannot be summed");
        let help = "require it, with a range: `amount: 0.0..=100.0`";
        self.report::<()>(Diagnostic::error(codes::LIMIT, span, message).help(help));
    }
}

fn is_at_least_zero(least: &Decimal) -> bool {
    Decimal::parse("0").is_some_and(|zero| zero <= *least)
}

/// The least number that fields allow behind these keys, if there is always one.
fn least_in(fields: &[Field], keys: &[&str]) -> Option<Decimal> {
    let (key, rest) = keys.split_first()?;
    let field = fields.iter().find(|field| field.name == *key && !field.optional)?;
    least(&field.pattern, rest)
}

/// The same of one value. INVARIANT: as deep as patterns nest.
fn least(pattern: &Pattern, keys: &[&str]) -> Option<Decimal> {
    match &pattern.kind {
        PatternKind::Number(number) if keys.is_empty() => Some(number.clone()),
        PatternKind::Range { low, .. } if keys.is_empty() => low.clone(),
        PatternKind::Object { fields, .. } if !keys.is_empty() => least_in(fields, keys),
        PatternKind::And(parts) => parts.iter().filter_map(|part| least(part, keys)).max(),
        PatternKind::Or(parts) => {
            let each: Option<Vec<Decimal>> = parts.iter().map(|part| least(part, keys)).collect();
            each?.into_iter().min()
        }
        _ => None,
    }
}
