//! What is remembered of callers, as the records tell it: the gateway and the verifier read the same.
//!
//! There is no other memory than the log. A taint and a charge are there with the intent, a proof with the outcome, and
//! so none of them can be lost, or kept, without its record.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::{Intent, OutcomeStatus, Record};
use crate::eval::{Caller, State};
use crate::pattern::Decimal;
use crate::table::{Gated, LabelKind, Limit};

/// What is remembered, by policy, name of the label or limit, and caller: of another policy with other rules under the
/// same name too, since it is the name that a reload keeps.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ledger {
    /// The policy in force.
    policy: String,
    /// What was charged, and when, ascending.
    charges: BTreeMap<Key, Vec<(Timestamp, Decimal)>>,
    /// When a label was set last.
    labels: BTreeMap<Key, Timestamp>,
    /// The proofs of allowed calls that wait for their outcome, by the index of the intent.
    open: BTreeMap<u64, Vec<Key>>,
}

/// Policy, label or limit, and caller; the empty caller is all of them.
type Key = (String, String, String);

impl Ledger {
    /// Takes note of a record that stands in the log at this index. `gated` is of the policy in force.
    pub fn record(&mut self, index: u64, record: &Record, gated: &Gated) {
        match record {
            Record::PolicyLoad { policy, .. } => self.policy.clone_from(policy),
            Record::Intent(intent) if intent.allow => self.intent(index, intent, gated),
            Record::Outcome(outcome) => {
                let proofs = self.open.remove(&outcome.intent).unwrap_or_default();
                if outcome.status == OutcomeStatus::Result && outcome.is_error != Some(true) {
                    proofs.into_iter().for_each(|proof| self.set(proof, outcome.time));
                }
            }
            Record::Unresolved { intent, .. } => drop(self.open.remove(intent)),
            _ => {}
        }
    }

    fn intent(&mut self, index: u64, intent: &Intent, gated: &Gated) {
        let Some(caller) = identity(&intent.caller) else {
            // Only what all callers share can be charged.
            return self.charge(intent, gated, None);
        };
        for label in &intent.effects.marks {
            let key = self.key(label, &caller);
            match gated.labels.get(label).map(|label| label.kind) {
                Some(LabelKind::Proof) => self.open.entry(index).or_default().push(key),
                _ => self.set(key, intent.time),
            }
        }
        self.charge(intent, gated, Some(&caller));
    }

    fn charge(&mut self, intent: &Intent, gated: &Gated, caller: Option<&str>) {
        for (name, amount) in &intent.effects.charges {
            let shared = gated.limits.get(name).is_some_and(|limit| limit.shared);
            let Some(whose) = (if shared { Some("") } else { caller }) else {
                continue;
            };
            let key = self.key(name, whose);
            let charges = self.charges.entry(key).or_default();
            // A clock that goes back must not make room.
            let last = charges.last().map_or(intent.time, |(last, _)| *last);
            charges.push((intent.time.max(last), amount.clone()));
        }
    }

    fn set(&mut self, label: Key, time: Timestamp) {
        let since = self.labels.entry(label).or_insert(time);
        *since = time.max(*since);
    }

    /// What is remembered of a caller at a time.
    #[must_use]
    pub fn state(&self, caller: &Caller, time: Timestamp, gated: &Gated) -> State {
        let mut state = State::default();
        let identity = identity(caller);
        for (name, label) in &gated.labels {
            let since = identity
                .as_ref()
                .and_then(|caller| self.labels.get(&self.key(name, caller)));
            if since.is_some_and(|since| lasts(*since, label.seconds, time)) {
                state.labels.insert(name.clone());
            }
        }
        for (name, limit) in &gated.limits {
            let whose = if limit.shared { Some("") } else { identity.as_deref() };
            let charges = whose.and_then(|caller| self.charges.get(&self.key(name, caller)));
            let used = charges.map_or(0, |charges| used(charges, limit, time));
            if used > 0 {
                state.used.insert(name.clone(), Decimal::of_units(used, limit.scale));
            }
        }
        state
    }

    fn key(&self, name: &str, caller: &str) -> Key {
        (self.policy.clone(), name.to_owned(), caller.to_owned())
    }
}

/// What was charged in the window that ends now. An amount that the limit cannot count, since it had more decimals under
/// an earlier policy, takes all there is.
fn used(charges: &[(Timestamp, Decimal)], limit: &Limit, time: Timestamp) -> u128 {
    let within = |(since, _): &&(Timestamp, Decimal)| lasts(*since, Some(limit.seconds), time);
    let amounts = charges.iter().rev().take_while(within);
    let units = amounts.map(|(_, amount)| amount.units(limit.scale).or(limit.units()).unwrap_or(u128::MAX));
    units.fold(0, u128::saturating_add)
}

/// Is it less than so many seconds ago?
fn lasts(since: Timestamp, seconds: Option<u64>, time: Timestamp) -> bool {
    let Some(seconds) = seconds else { return true };
    let length = SignedDuration::from_secs(i64::try_from(seconds).unwrap_or(i64::MAX));
    since.checked_add(length).is_ok_and(|end| time < end) || since.checked_add(length).is_err()
}

/// What tells a caller from others; `None` for one who cannot be told.
fn identity(caller: &Caller) -> Option<String> {
    let Caller::Claims(claims) = caller else {
        return Some("local".to_owned());
    };
    let said = |name: &str| {
        claims
            .get(name)
            .and_then(|claim| claim.as_str())
            .filter(|text| !text.is_empty())
    };
    let parts = (said("issuer")?, said("subject")?, said("client"));
    serde_json::to_string(&parts).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::Effects;
    use crate::evidence::{Outcome, fixture};
    use crate::table::Label;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + seconds).unwrap()
    }

    fn gated() -> Gated {
        let label = |kind, seconds| Label { kind, seconds };
        let limit = |sum, most: &str, scale, seconds, shared| Limit {
            sum,
            most: Decimal::parse(most).unwrap(),
            scale,
            seconds,
            shared,
        };
        Gated {
            labels: BTreeMap::from([
                ("seen".to_owned(), label(LabelKind::Taint, Some(10))),
                ("done".to_owned(), label(LabelKind::Proof, None)),
            ]),
            limits: BTreeMap::from([
                ("few".to_owned(), limit(false, "3", 0, 10, false)),
                ("spend".to_owned(), limit(true, "5.00", 2, 20, true)),
            ]),
            ..Gated::default()
        }
    }

    fn intent(seconds: i64, caller: Caller) -> Record {
        let amount = |text: &str| Decimal::parse(text).unwrap();
        Record::Intent(Intent {
            time: at(seconds),
            caller,
            effects: Effects {
                marks: ["seen", "done"].map(str::to_owned).into(),
                charges: BTreeMap::from([("few".to_owned(), amount("1")), ("spend".to_owned(), amount("1.25"))]),
                ..Effects::default()
            },
            ..fixture::decided(fixture::READ.as_bytes())
        })
    }

    fn outcome(intent: u64, is_error: Option<bool>) -> Record {
        Record::Outcome(Outcome {
            time: at(1),
            intent,
            status: OutcomeStatus::Result,
            is_error,
            digest: None,
            size: 0,
            duration_us: 0,
        })
    }

    fn said(state: &State) -> String {
        format!("{:?} {:?}", state.labels, state.used)
    }

    #[test]
    fn taints_and_charges_come_with_the_intent_and_go_with_time() {
        let mut ledger = Ledger::default();
        ledger.record(0, &intent(0, Caller::Local), &gated());
        ledger.record(1, &intent(5, Caller::Local), &gated());
        let state = |seconds| said(&ledger.state(&Caller::Local, at(seconds), &gated()));
        insta::assert_snapshot!([5, 9, 10, 14, 15, 20, 25].map(state).join("\n"), @r#"
        {"seen"} {"few": 2, "spend": 2.5}
        {"seen"} {"few": 2, "spend": 2.5}
        {"seen"} {"few": 1, "spend": 2.5}
        {"seen"} {"few": 1, "spend": 2.5}
        {} {"spend": 2.5}
        {} {"spend": 1.25}
        {} {}
        "#);
    }

    #[test]
    fn a_proof_comes_with_an_outcome_without_error() {
        for (is_error, set) in [(None, true), (Some(false), true), (Some(true), false)] {
            let mut ledger = Ledger::default();
            ledger.record(0, &intent(0, Caller::Local), &gated());
            let state = |ledger: &Ledger| ledger.state(&Caller::Local, at(100), &gated()).labels.contains("done");
            assert!(!state(&ledger));
            ledger.record(1, &outcome(0, is_error), &gated());
            assert_eq!(state(&ledger), set, "{is_error:?}");
        }
    }

    #[test]
    fn callers_are_told_apart_by_issuer_subject_and_client() {
        let who = |text: &str| Caller::Claims(serde_json::from_str(text).unwrap());
        let ann = who(r#"{"issuer":"i","subject":"ann"}"#);
        let mut ledger = Ledger::default();
        ledger.record(0, &intent(0, ann.clone()), &gated());
        let labels = |caller: &Caller| ledger.state(caller, at(1), &gated()).labels.len();
        assert_eq!(labels(&ann), 1);
        for other in [
            r#"{"issuer":"j","subject":"ann"}"#,
            r#"{"issuer":"i","subject":"bob"}"#,
            r#"{"issuer":"i","subject":"ann","client":"c"}"#,
            r#"{"issuer":"i"}"#,
        ] {
            assert_eq!(labels(&who(other)), 0, "{other}");
            // What all share they share.
            assert_eq!(ledger.state(&who(other), at(1), &gated()).used.len(), 1);
        }
        assert_eq!(labels(&Caller::Local), 0);
    }

    #[test]
    fn a_clock_that_goes_back_makes_no_room() {
        let mut ledger = Ledger::default();
        ledger.record(0, &intent(50, Caller::Local), &gated());
        ledger.record(1, &intent(0, Caller::Local), &gated());
        let used = |seconds| {
            ledger
                .state(&Caller::Local, at(seconds), &gated())
                .used
                .get("few")
                .cloned()
        };
        assert_eq!(used(55), Decimal::parse("2"));
        assert_eq!(used(0), Decimal::parse("2"));
        assert_eq!(used(60), None);
    }
}
