//! Servers, and how their values are read.

use super::{Ident, Template};
use crate::diagnostic::Span;

/// `server NAME [= transport] [{ readings and options }]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// Its name.
    pub name: Ident,
    /// Where it lives; absent: told to the gateway at start.
    pub transport: Option<Transport>,
    /// How values are read.
    pub readings: Vec<ReadingDecl>,
    /// `env: "HOME", …`: the variables passed on.
    pub env: Option<EnvVariables>,
    /// Where `single lane` stands: one process whatever credential and egress set its tools have.
    pub single_lane: Option<Span>,
    /// Where `stateful` stands: its process outlives a call.
    pub stateful: Option<Span>,
}

/// Where a server lives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Transport {
    /// `stdio "command" "arg"…`, one or more strings.
    Stdio(Vec<Template>),
    /// `http "url"`.
    Http(Template),
}

/// `env: "HOME", "PATH"`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnvVariables {
    /// The whole line.
    pub span: Span,
    /// The variables' names, at least one.
    pub names: Vec<Ident>,
}

/// `path dir root "…": *.path, tool.slot[]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadingDecl {
    /// The whole line.
    pub span: Span,
    /// The reading's name, `path` say.
    pub reading: Ident,
    /// Its options in order.
    pub options: Vec<ReadingOption>,
    /// The slots it is for.
    pub slots: Vec<SlotSelector>,
}

/// An option of a reading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadingOption {
    /// `dir`, `root`, `posix`, `windows`, `case insensitive` (with one space), `scheme`, `default`, …
    pub name: Ident,
    /// The strings after it; for `default https` the word, as text.
    pub values: Vec<Template>,
}

/// `*.path`, `git_add.files[]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlotSelector {
    /// The whole selector.
    pub span: Span,
    /// The tool; `None` for `*`.
    pub tool: Option<Ident>,
    /// The steps from the arguments to the slot, at least one, the first a key.
    pub steps: Vec<SlotStep>,
}

/// `edits[].newText`, `"odd name"`: a slot of the tools that a rule is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlotPath {
    /// The whole path.
    pub span: Span,
    /// The steps from the arguments to the slot, at least one, the first a key.
    pub steps: Vec<SlotStep>,
}

/// One step of a slot's path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SlotStep {
    /// Into an object's member.
    Key(Ident),
    /// `[]`: into each element of an array.
    Each,
}
