//! Patterns: sets of JSON values. What a value looks like here, and whether it is in a set.

mod automaton;
mod claimed;
mod datum;
mod decimal;
mod decimal_ref;
mod glob;
mod holds;
mod join;
mod machine;
mod reading;

use serde::{Deserialize, Serialize};

pub use automaton::{Automaton, AutomatonError};
pub use claimed::{ClaimUse, Claimed, Claims, Fills, Piece};
pub use datum::{Array, Datum, Object};
pub use decimal::Decimal;
pub use decimal_ref::DecimalRef;
pub use glob::{Dialect, GlobError, glob_to_regex, path_to_regex};
pub use holds::{Mismatch, may_stand_in_line};
pub use join::join;
pub use machine::{Machine, Sets};
pub use reading::{
    EmailPattern, HostPattern, Malformed, ReadingKind, UrlPart, UrlPattern, default_port, ip_regex, lift, not_after,
    not_before, written,
};

/// A place in the sources that an artifact carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "(u32, u32, u32)", from = "(u32, u32, u32)")]
pub struct At {
    /// Which source, from 0.
    pub source: u32,
    /// The first byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl From<At> for (u32, u32, u32) {
    fn from(at: At) -> Self {
        (at.source, at.start, at.end)
    }
}

impl From<(u32, u32, u32)> for At {
    fn from((source, start, end): (u32, u32, u32)) -> Self {
        Self { source, start, end }
    }
}

/// A pattern and the place it was written at.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pattern {
    /// Where.
    pub at: At,
    /// What it holds.
    #[serde(rename = "is")]
    pub kind: PatternKind,
}

/// The sets that a pattern is made of. Constants and references are resolved, strings are read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum PatternKind {
    /// Every value.
    Any,
    /// `null`.
    Null,
    /// `true` and `false`.
    AnyBool,
    /// One of them.
    Bool(bool),
    /// One number.
    Number(Decimal),
    /// Numbers from `low` to `high`, both included where they are.
    Range {
        /// The least.
        low: Option<Decimal>,
        /// The greatest.
        high: Option<Decimal>,
        /// Whole numbers only.
        integer: bool,
    },
    /// One string.
    String(String),
    /// Strings by length in Unicode scalar values.
    Text {
        /// At least.
        min: u64,
        /// At most.
        max: Option<u64>,
        /// Without control characters, line breaks and bidirectional controls.
        line: bool,
    },
    /// Strings that an automaton accepts whole.
    Automaton(Automaton),
    /// Strings with what the caller's claims say in them.
    Claimed(Claimed),
    /// Strings that were read as this reading: every canonical value of it.
    Reading(ReadingKind),
    /// Arrays whose elements all match, by length.
    Array {
        /// Of every element.
        element: Box<Pattern>,
        /// At least.
        min: u64,
        /// At most.
        max: Option<u64>,
    },
    /// Arrays with at least one such element.
    Has(Box<Pattern>),
    /// Objects by their members.
    Object {
        /// In the order in which they were written.
        fields: Vec<Field>,
        /// Other members are free.
        open: bool,
    },
    /// Objects whose members all match, by how many there are.
    Map {
        /// Of every key. A key is a string without a reading.
        key: Box<Pattern>,
        /// Of every value.
        value: Box<Pattern>,
        /// At least.
        min: u64,
        /// At most.
        max: Option<u64>,
    },
    /// All but these.
    Not(Box<Pattern>),
    /// What is in all of them.
    And(Vec<Pattern>),
    /// What is in one of them.
    Or(Vec<Pattern>),
}

/// One member of an object pattern, or one parameter of a rule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// May it be absent? In a prohibition also where the server's default is in the pattern.
    pub optional: bool,
    /// Where it is written, name and pattern.
    pub at: At,
    /// What it must be where it is present.
    pub pattern: Pattern,
}
