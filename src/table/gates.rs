//! What must hold of a rule beside its patterns, and what a grant does when it holds.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Effect, Recorded, Returns, Shape};
use crate::pattern::{At, Decimal, Field};

/// The most labels of one policy: what is remembered of a caller stays a small fixed set.
pub const MAX_LABELS: usize = 64;

/// What gates speak of: callers, labels and budgets by their names, and the gates themselves, each once.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Gated {
    /// The sets of callers that gates name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub callers: BTreeMap<String, CallerSet>,
    /// What is remembered of callers.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, Label>,
    /// The budgets.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub limits: BTreeMap<String, Limit>,
    /// What grants and prohibitions refer to by place.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub gates: Vec<Gate>,
}

impl Gated {
    /// Nothing at all?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// A gate by its place.
    #[must_use]
    pub fn gate(&self, place: u32) -> Option<&Gate> {
        self.gates.get(usize::try_from(place).ok()?)
    }
}

/// `caller NAME { claim: pattern }`: verified callers by their claims.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CallerSet {
    /// How each claim is read: an object with a member for each.
    pub claims: Shape,
    /// What each claim must be; `issuer` is one of them, always. Other claims are free.
    pub fields: Vec<Field>,
}

/// `label NAME = taint|proof per caller [for D]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Label {
    /// What it remembers.
    pub kind: LabelKind,
    /// For how many seconds; `None`: for ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<u64>,
}

/// What a label remembers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LabelKind {
    /// That something may have touched the caller: set with the intent.
    Taint,
    /// That something was done: set after an outcome without error.
    Proof,
}

/// `limit NAME = N per D per caller|all`, `limit NAME = sum N per D per caller|all`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limit {
    /// Is it the values of a parameter that are counted, rather than calls?
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub sum: bool,
    /// How much there may be in a window.
    pub most: Decimal,
    /// How many decimals an amount may have.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub scale: u32,
    /// The length of the window, which slides.
    pub seconds: u64,
    /// Do all callers share it?
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub shared: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

impl Limit {
    /// What it holds, in its smallest unit; `None` where that cannot be counted, which a checked artifact has not.
    #[must_use]
    pub fn units(&self) -> Option<u128> {
        self.most.units(self.scale)
    }
}

/// A clause, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Placed<T> {
    /// Where.
    pub at: At,
    /// What it says.
    pub is: T,
}

/// What must hold of a rule beside its patterns, and what a grant does when it holds. What is `None` asks for nothing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gate {
    /// Of which kind of rule: what is absent keeps a grant from holding, and makes a prohibition hold.
    pub effect: Effect,
    /// `for a | !b`: one of these.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub callers: Option<Placed<Vec<Who>>>,
    /// `until T`: before it. Of grants.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Placed<Timestamp>>,
    /// `when a == b, …`: all of these.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<Placed<Vec<Comparison>>>,
    /// `requires a, b`: all of these. Of grants.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requires: Option<Placed<Vec<String>>>,
    /// `unless a, b`: none of these. Of grants.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unless: Option<Placed<Vec<String>>>,
    /// `after a, b`: one of these. Of prohibitions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Placed<Vec<String>>>,
    /// `limit a, b(slot)`: within all of these, and charged to all. Of grants.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limits: Option<Placed<Vec<LimitUse>>>,
    /// `marks a, b`: what is remembered of the caller. Of grants.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub marks: Option<Placed<Vec<String>>>,
    /// `returns { … }`: the results that are let through. Of grants.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub returns: Option<Placed<Returns>>,
    /// `record a, b as hash|drop`: the values that the evidence does not keep. Of grants.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record: Option<Placed<Recorded>>,
    /// `with NAME`: the credential that the tool acts as. Of grants.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub with: Option<Placed<String>>,
    /// `to NAME`: where its server may connect meanwhile. Of grants.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Placed<String>>,
}

impl Gate {
    /// One that asks for nothing.
    #[must_use]
    pub fn open(effect: Effect) -> Self {
        Self {
            effect,
            callers: None,
            until: None,
            when: None,
            requires: None,
            unless: None,
            after: None,
            limits: None,
            marks: None,
            returns: None,
            record: None,
            with: None,
            to: None,
        }
    }

    /// Does it do anything when it holds?
    #[must_use]
    pub fn has_effects(&self) -> bool {
        let remembered = self.limits.is_some() || self.marks.is_some();
        remembered || self.returns.is_some() || self.record.is_some() || self.with.is_some() || self.to.is_some()
    }

    /// Does it rest on what is remembered of callers, or add to it?
    #[must_use]
    pub fn remembers(&self) -> bool {
        self.limits.is_some() || self.labels().next().is_some()
    }

    /// How much there is to ask: what counts as look-ups in the bound.
    #[must_use]
    pub fn parts(&self) -> u64 {
        let lists = [
            self.callers.as_ref().map(|c| c.is.len()),
            self.when.as_ref().map(|w| w.is.len()),
            self.limits.as_ref().map(|l| l.is.len()),
            self.until.as_ref().map(|_| 1),
        ];
        let labels = [&self.requires, &self.unless, &self.after, &self.marks];
        let labels = labels.into_iter().flatten().map(|names| names.is.len());
        lists.into_iter().flatten().chain(labels).sum::<usize>() as u64
    }

    /// The labels that it names, whatever for.
    pub fn labels(&self) -> impl Iterator<Item = &str> {
        let lists = [&self.requires, &self.unless, &self.after, &self.marks];
        lists
            .into_iter()
            .flatten()
            .flat_map(|names| &names.is)
            .map(String::as_str)
    }
}

/// One alternative of `for`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Who {
    /// Everyone else.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub not: bool,
    /// The name of a set of callers; `None`: the local user.
    pub set: Option<String>,
}

/// `limit NAME`, `limit NAME(slot)`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LimitUse {
    /// The limit.
    pub limit: String,
    /// The parameter that it sums: keys from the arguments on. Empty where calls are counted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub slot: Vec<String>,
}

/// `a == b`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Comparison {
    /// Where it stands.
    pub at: At,
    /// The left side.
    pub left: Operand,
    /// How they compare.
    pub is: Comparator,
    /// The right side.
    pub right: Operand,
}

/// One side of a comparison.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operand {
    /// A parameter, or a member of one: keys from the arguments on.
    Slot(Vec<String>),
    /// What the caller's token says, read as the other side is.
    Claim(String),
}

/// How two values compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Comparator {
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    AtMost,
}
