//! What is remembered of callers, as far as a decision rests on it, and what a decision adds to it.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::pattern::Decimal;

/// What is known of the caller at the time of a call. The evaluator keeps none of it: it comes in, and what is to be
/// added goes out as [`Effects`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct State {
    /// The labels that are set.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub labels: BTreeSet<String>,
    /// How much of each limit is used in the window that ends now; of one that is not named, nothing.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub used: BTreeMap<String, Decimal>,
}

impl State {
    /// Is nothing known?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty() && self.used.is_empty()
    }
}

/// What an allowed call does beside being forwarded: of all grants that hold, not only of the one that is named.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Effects {
    /// The labels that it sets: a taint with the intent, a proof after an outcome without error.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub marks: BTreeSet<String>,
    /// What it charges to each limit, with the intent.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub charges: BTreeMap<String, Decimal>,
    /// The rules whose `returns` the result must fit, by their ids: all of them.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub returns: BTreeSet<String>,
    /// The rules whose `record` says what the evidence does not keep, by their ids: the strictest of them counts.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub record: BTreeSet<String>,
    /// The credential that the tool acts as.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub with: Option<String>,
    /// The egress set of its server meanwhile.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
}

impl Effects {
    /// Is there nothing to do?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}
