//! Statements that give something a name.

use super::{Duration, Given, Ident, Literal, Number, Pattern, Selector, Template};

/// `policy NAME [for environment NAME]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyHeader {
    /// The policy's name.
    pub name: Template,
    /// The environment it is for.
    pub environment: Option<Template>,
}

/// `use a::b::{x, y}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Use {
    /// The module, at least one word.
    pub module: Vec<Ident>,
    /// The names taken from it, at least one.
    pub names: Vec<Ident>,
}

/// `include "FILE"`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Include {
    /// The file.
    pub file: Ident,
}

/// `const NAME = …`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Const {
    /// Its name.
    pub name: Ident,
    /// Its value.
    pub value: Literal,
}

/// `pattern NAME(params) = P`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PatternDef {
    /// Its name.
    pub name: Ident,
    /// Its parameters; none where it has no parentheses.
    pub params: Vec<Ident>,
    /// What it stands for.
    pub pattern: Pattern,
}

/// `tools NAME = s.{a, b} | …`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToolSet {
    /// Its name.
    pub name: Ident,
    /// What is in it, at least one selector.
    pub tools: Vec<Selector>,
}

/// `egress NAME { … }`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Egress {
    /// Its name.
    pub name: Ident,
    /// Where a server may connect to.
    pub destinations: Vec<Destination>,
}

/// Where a server may connect to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Destination {
    /// `"https://host:port"`.
    Origin(Template),
    /// `ip("CIDR")`: where names may resolve to.
    Network(Template),
}

/// `label NAME = taint|proof per caller [for D]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// Its name.
    pub name: Ident,
    /// What it remembers.
    pub kind: LabelKind,
    /// How long.
    pub lifetime: Option<Given<Duration>>,
}

/// What a label remembers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LabelKind {
    /// That something may have touched the caller: set with the intent.
    Taint,
    /// That something was done: set with the outcome.
    Proof,
}

/// `limit NAME = N per D per caller|all`, `limit NAME = sum N per D per caller|all`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limit {
    /// Its name.
    pub name: Ident,
    /// What is counted, and how much of it there may be.
    pub budget: Budget,
    /// In how long.
    pub window: Given<Duration>,
    /// Who shares it.
    pub scope: LimitScope,
}

/// What a limit counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Budget {
    /// Calls.
    Calls(Given<Number>),
    /// `sum`: the values of a parameter.
    Sum(Given<Number>),
}

/// Who shares a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LimitScope {
    /// Nobody: each caller has one.
    Caller,
    /// All callers.
    All,
}
