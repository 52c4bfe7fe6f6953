//! What rules ask for beside patterns, and what grants do: said as plainly as possible.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use mcppc::eval::Reason;
use mcppc::syntax::ast::{
    Budget, CallerRef, ClauseKind, Comparator, Comparison, Given, Limit, LimitScope, LimitUse, Operand, Rule, SlotPath,
    SlotStep, StatementKind,
};
use serde_json::json;

use super::Reference;
use super::json::{self, Value};
use super::number::Number;
use super::pattern::{Polarity, name_of};
use super::universe::{Readings, Said, Step, Universe};

/// Who calls, when, and what is remembered.
#[derive(Clone, Debug)]
pub struct Circumstances {
    /// The claims as JSON text; `None`: the local user.
    pub claims: Option<String>,
    pub time: Timestamp,
    pub labels: BTreeSet<String>,
    pub used: BTreeMap<String, String>,
}

/// What an allowed call marks, and charges in the smallest unit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Effects {
    pub marks: BTreeSet<String>,
    pub charges: BTreeMap<String, u128>,
}

type Members = [(String, Value)];

impl Reference {
    /// Why a grant's gates do not hold, in their order.
    pub fn gate_failures(
        &self,
        rule: &Rule,
        arguments: &Members,
        tool: &Universe,
        around: &Circumstances,
    ) -> Vec<Reason> {
        let mut failures = Vec::new();
        if let Some(callers) = &rule.callers
            && !callers.any_of.iter().any(|who| self.is_of(who, around) == Some(true))
        {
            failures.push(Reason::WrongCaller);
        }
        let mut rests_on_caller = false;
        let (mut expired, mut when, mut missing, mut set, mut over) = (None, Vec::new(), Vec::new(), Vec::new(), None);
        for clause in &rule.clauses {
            match &clause.kind {
                ClauseKind::Until(Given::Literal(moment)) if around.time >= moment.time => {
                    expired = Some(Reason::Expired);
                }
                ClauseKind::When(all) => {
                    let fails = |c: &&Comparison| self.compare(c, arguments, tool, around) != Some(true);
                    when.extend(all.iter().filter(fails).map(|_| Reason::ConditionFailed));
                }
                ClauseKind::Requires(names) => {
                    rests_on_caller = true;
                    let lacks = names.iter().filter(|name| !around.labels.contains(&name.name));
                    missing.extend(lacks.map(|_| Reason::ProofMissing));
                }
                ClauseKind::Unless(names) => {
                    rests_on_caller = true;
                    let has = names.iter().filter(|name| around.labels.contains(&name.name));
                    set.extend(has.map(|_| Reason::Tainted));
                }
                ClauseKind::Marks(_) => rests_on_caller = true,
                ClauseKind::Limit(uses) => {
                    rests_on_caller |= uses.iter().any(|each| self.limit(each).1 == LimitScope::Caller);
                    let totals = self.totals(uses, arguments);
                    if !totals.is_some_and(|totals| totals.iter().all(|(name, total)| self.fits(name, *total, around)))
                    {
                        over = Some(Reason::LimitExceeded);
                    }
                }
                _ => {}
            }
        }
        if rests_on_caller && !has_identity(around) {
            failures.push(Reason::UnknownCaller);
        }
        failures.extend(expired);
        failures.extend(when);
        failures.extend(missing);
        failures.extend(set);
        failures.extend(over);
        failures
    }

    /// Do a prohibition's gates hold?
    pub fn gates_prohibit(&self, rule: &Rule, arguments: &Members, tool: &Universe, around: &Circumstances) -> bool {
        let callers = rule.callers.as_ref();
        callers.is_none_or(|callers| callers.any_of.iter().any(|who| self.is_of(who, around) != Some(false)))
            && rule.clauses.iter().all(|clause| match &clause.kind {
                ClauseKind::When(all) => all
                    .iter()
                    .all(|c| self.compare(c, arguments, tool, around) != Some(false)),
                ClauseKind::After(names) => {
                    !has_identity(around) || names.iter().any(|name| around.labels.contains(&name.name))
                }
                _ => true,
            })
    }

    /// What grants that hold do together.
    pub fn effects(&self, rules: &[&Rule], arguments: &Members) -> Effects {
        let mut effects = Effects::default();
        for clause in rules.iter().flat_map(|rule| &rule.clauses) {
            match &clause.kind {
                ClauseKind::Marks(names) => effects.marks.extend(names.iter().map(|name| name.name.clone())),
                ClauseKind::Limit(uses) => {
                    for (name, total) in self.totals(uses, arguments).unwrap() {
                        let charged = effects.charges.entry(name).or_default();
                        *charged = total.max(*charged);
                    }
                }
                _ => {}
            }
        }
        effects
    }

    /// Is the caller one of these? `None` where a claim is absent.
    fn is_of(&self, who: &CallerRef, around: &Circumstances) -> Option<bool> {
        if who.name.name == "local" {
            return Some(around.claims.is_none() != who.negated);
        }
        let claims = claims(around)?;
        let definition = self.file.statements.iter().find_map(|statement| match &statement.kind {
            StatementKind::Caller(caller) if caller.name.name == who.name.name => Some(caller),
            _ => None,
        });
        let mut all = true;
        for field in &definition.unwrap().claims.fields {
            let name = name_of(field);
            let Some(value) = claims.get(name) else {
                if field.optional {
                    continue;
                }
                return None;
            };
            let schema = match name {
                "issuer" | "subject" | "client" => json!({ "type": "string" }),
                "groups" | "scopes" => json!({ "type": "array", "items": { "type": "string" } }),
                _ => json!(true),
            };
            let schema = json!({ "type": "object", "properties": { name: schema } });
            let mut said = Said::default();
            self.speak(&field.pattern, &[Step::Key(name.to_owned())], &mut said);
            let universe = Universe::new(schema, Readings::new(), &said);
            let value = only(
                universe
                    .arguments(&Value::Object(vec![(name.to_owned(), value.clone())]))
                    .ok()?,
                &[name],
            )?;
            let slot = [Step::Key(name.to_owned())];
            all &= self
                .names
                .holds(&field.pattern, &value, &slot, &universe, Polarity::Grant);
        }
        Some(all != who.negated)
    }

    fn compare(&self, c: &Comparison, arguments: &Members, tool: &Universe, around: &Circumstances) -> Option<bool> {
        let other = match (&c.left, &c.right) {
            (Operand::Slot(slot), _) | (_, Operand::Slot(slot)) => keys(slot),
            _ => panic!("two claims"),
        };
        let side = |operand: &Operand| match operand {
            Operand::Slot(slot) => only(Value::Object(arguments.to_vec()), &keys(slot)),
            Operand::Claim(claim) => {
                let value = claims(around)?.get(&claim.name.name)?.clone();
                let wrap = |inner: Value, key: &&str| Value::Object(vec![((*key).to_owned(), inner)]);
                let wrapped = other.iter().rev().fold(value, wrap);
                only(tool.arguments(&wrapped).ok()?, &other)
            }
        };
        let (left, right) = (side(&c.left)?, side(&c.right)?);
        let order = match (&left, &right) {
            (Value::Number(a), Value::Number(b)) => Number::read(a).unwrap().partial_cmp(&Number::read(b).unwrap()),
            // Canonical times and days are in the order of the texts.
            (
                Value::String {
                    text: a,
                    read: Some("datetime" | "date"),
                },
                Value::String { text: b, .. },
            ) => Some(a.cmp(b)),
            (Value::String { read: a, .. }, Value::String { read: b, .. }) if a == b => None,
            (Value::Bool(_), Value::Bool(_)) => None,
            _ => return None,
        };
        let equal = order.map_or(left == right, |order| order.is_eq());
        match c.comparator {
            Comparator::Equal => Some(equal),
            Comparator::NotEqual => Some(!equal),
            Comparator::Less => Some(order?.is_lt()),
            Comparator::AtMost => Some(order?.is_le()),
        }
    }

    /// What a limit holds, as written, and whose it is.
    fn limit(&self, each: &LimitUse) -> (String, LimitScope, bool) {
        let found = self.file.statements.iter().find_map(|statement| match &statement.kind {
            StatementKind::Limit(limit) if limit.name.name == each.name.name => Some(limit),
            _ => None,
        });
        let limit = found.unwrap();
        match &limit.budget {
            Budget::Calls(Given::Literal(number)) => (number.digits.clone(), limit.scope, false),
            Budget::Sum(Given::Literal(number)) => (number.digits.clone(), limit.scope, true),
            other => panic!("not of the core: {other:?}"),
        }
    }

    /// What these uses come to for each limit; `None` where one cannot be counted.
    fn totals(&self, uses: &[LimitUse], arguments: &Members) -> Option<BTreeMap<String, u128>> {
        let mut totals = BTreeMap::new();
        for each in uses {
            let amount = match &each.slot {
                None => 1,
                Some(slot) => match only(Value::Object(arguments.to_vec()), &keys(slot))? {
                    Value::Number(token) => units(&token, scale(&self.limit(each).0))?,
                    _ => return None,
                },
            };
            let total: &mut u128 = totals.entry(each.name.name.clone()).or_default();
            *total = total.checked_add(amount)?;
        }
        Some(totals)
    }

    fn fits(&self, name: &str, total: u128, around: &Circumstances) -> bool {
        let found = self.file.statements.iter().find_map(|statement| match &statement.kind {
            StatementKind::Limit(limit) if limit.name.name == name => Some(&limit.budget),
            _ => None,
        });
        let (Budget::Calls(Given::Literal(most)) | Budget::Sum(Given::Literal(most))) = found.unwrap() else {
            panic!("not of the core");
        };
        let scale = scale(&most.digits);
        let used = around.used.get(name).map_or(0, |used| units(used, scale).unwrap());
        used.checked_add(total)
            .is_some_and(|all| all <= units(&most.digits, scale).unwrap())
    }
}

fn scale(digits: &str) -> usize {
    digits.split_once('.').map_or(0, |(_, fraction)| fraction.len())
}

/// A number of 10^-scale, if it is a whole one and not negative.
fn units(token: &str, scale: usize) -> Option<u128> {
    let (mantissa, exponent) = token.split_once(['e', 'E']).unwrap_or((token, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let mut digits = format!("{whole}{fraction}");
    let mut shift =
        i64::try_from(scale).unwrap() + exponent.parse::<i64>().ok()? - i64::try_from(fraction.len()).unwrap();
    if digits.trim_start_matches('-').bytes().all(|b| b == b'0') {
        return Some(0);
    }
    while shift < 0 && digits.ends_with('0') {
        digits.pop();
        shift += 1;
    }
    let power = 10_u128.checked_pow(u32::try_from(shift).ok()?)?;
    digits.parse::<u128>().ok()?.checked_mul(power)
}

/// The claims that say something.
fn claims(around: &Circumstances) -> Option<BTreeMap<String, Value>> {
    let Value::Object(members) = json::read(around.claims.as_ref()?)? else {
        return None;
    };
    let empty = |value: &Value| match value {
        Value::Null => true,
        Value::String { text, .. } => text.is_empty(),
        _ => false,
    };
    Some(members.into_iter().filter(|(_, value)| !empty(value)).collect())
}

/// The claims that are one text.
pub fn texts(around: &Circumstances) -> BTreeMap<String, String> {
    let text = |(name, value)| match value {
        Value::String { text, .. } => Some((name, text)),
        _ => None,
    };
    claims(around).into_iter().flatten().filter_map(text).collect()
}

fn has_identity(around: &Circumstances) -> bool {
    identity(around).is_some()
}

/// What tells a caller from others.
pub fn identity(around: &Circumstances) -> Option<String> {
    let Some(claims) = claims(around) else {
        return around.claims.is_none().then(|| "local".to_owned());
    };
    let text = |name: &str| match claims.get(name) {
        Some(Value::String { text, .. }) => Some(text.clone()),
        _ => None,
    };
    Some(format!("{:?}", (text("issuer")?, text("subject")?, text("client"))))
}

/// A number of 10^-scale, in digits.
pub fn of_units(units: u128, scale: usize) -> String {
    let digits = format!("{units:0>width$}", width = scale + 1);
    let (whole, fraction) = digits.split_at(digits.len() - scale);
    if scale == 0 {
        whole.to_owned()
    } else {
        format!("{whole}.{fraction}")
    }
}

/// How many decimals a limit counts.
pub fn scale_of(limit: &Limit) -> usize {
    match &limit.budget {
        Budget::Calls(Given::Literal(most)) | Budget::Sum(Given::Literal(most)) => scale(&most.digits),
        other => panic!("not of the core: {other:?}"),
    }
}

fn keys(slot: &SlotPath) -> Vec<&str> {
    slot.steps
        .iter()
        .map(|step| match step {
            SlotStep::Key(name) => name.name.as_str(),
            SlotStep::Each => panic!("an element"),
        })
        .collect()
}

/// What stands behind these keys.
fn only(value: Value, keys: &[&str]) -> Option<Value> {
    keys.iter().try_fold(value, |value, key| match value {
        Value::Object(members) => members
            .into_iter()
            .find(|(name, _)| name == key)
            .map(|(_, value)| value),
        _ => None,
    })
}
