//! Grants, prohibitions and assertions: their tools and clauses.

use super::{Body, Callers, Claim, Field, Given, Ident, Moment, Pattern, Size, SlotPath, Template};
use crate::diagnostic::Span;

/// A grant or a prohibition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// The tools it is about, at least one.
    pub tools: Vec<Selector>,
    /// The callers it is about; absent: all.
    pub callers: Option<Callers>,
    /// Its braces. A grant always has them; a prohibition without them is about every call.
    pub body: Option<Body>,
    /// What follows the braces, in the order in which it stands, each clause once.
    pub clauses: Vec<Clause>,
}

impl Rule {
    /// The fields in its braces.
    pub fn fields(&self) -> impl Iterator<Item = &Field> {
        self.body.iter().flat_map(|body| &body.fields)
    }
}

/// `assert never|always TOOLS [for CALLERS] { … } [at T]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assertion {
    /// `always` rather than `never`.
    pub always: bool,
    /// The tools it is about, at least one.
    pub tools: Vec<Selector>,
    /// The callers it is about; absent: all.
    pub callers: Option<Callers>,
    /// Its braces. `assert always` has them always; `assert never` without them is about every call.
    pub body: Option<Body>,
    /// `at T`.
    pub at: Option<Given<Moment>>,
}

/// One of the tools, or sets of them, that a rule is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selector {
    /// `server.tool`, `server.{a, b}`, `server.*`.
    Tools(ToolSelector),
    /// `server:resource`.
    Capability(CapabilitySelector),
    /// The name of a `tools` statement.
    Set(Ident),
    /// `all server`: its tools and every other capability; in prohibitions only.
    All(ServerSelector),
}

impl Selector {
    /// The tools of a server, if it is such a selector.
    #[must_use]
    pub fn tools(&self) -> Option<&ToolSelector> {
        match self {
            Self::Tools(tools) => Some(tools),
            Self::Capability(_) | Self::Set(_) | Self::All(_) => None,
        }
    }

    /// Where it stands.
    #[must_use]
    pub fn span(&self) -> Span {
        match self {
            Self::Tools(tools) => tools.span,
            Self::Capability(capability) => capability.span,
            Self::Set(name) => name.span,
            Self::All(all) => all.span,
        }
    }
}

/// `server.tool`, `server.{a, b}`, `server.*`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToolSelector {
    /// The whole selector.
    pub span: Span,
    /// The server.
    pub server: Ident,
    /// Which of its tools.
    pub tools: ToolNames,
}

/// Which tools of a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ToolNames {
    /// One, by name.
    One(Ident),
    /// `{a, b}`: at least one.
    Many(Vec<Ident>),
    /// `*`.
    All,
}

/// `server:resource`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CapabilitySelector {
    /// The whole selector.
    pub span: Span,
    /// The server.
    pub server: Ident,
    /// What it offers, or asks for.
    pub kind: Capability,
}

/// What a server offers, or asks for, beside tools.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Capability {
    /// Reading a resource.
    Resource,
    /// Getting a prompt.
    Prompt,
    /// Completing an argument.
    Completion,
    /// The server asks for a model's answer.
    Sampling,
    /// The server asks the user.
    Elicitation,
    /// The server asks for the client's roots.
    Roots,
}

impl Capability {
    /// All, with how they are written.
    pub const ALL: [(&str, Self); 6] = [
        ("resource", Self::Resource),
        ("prompt", Self::Prompt),
        ("completion", Self::Completion),
        ("sampling", Self::Sampling),
        ("elicitation", Self::Elicitation),
        ("roots", Self::Roots),
    ];
}

/// `all server`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerSelector {
    /// The whole selector.
    pub span: Span,
    /// The server.
    pub server: Ident,
}

/// What follows the braces of a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clause {
    /// From its keyword on.
    pub span: Span,
    /// What it says.
    pub kind: ClauseKind,
}

/// The kinds of clause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClauseKind {
    /// `because "…"`; prohibitions only.
    Because(Template),
    /// `when a == b, …`: all of them.
    When(Vec<Comparison>),
    /// `requires a, b`: all of these labels; grants only.
    Requires(Vec<Ident>),
    /// `unless a, b`: none of these labels; grants only.
    Unless(Vec<Ident>),
    /// `after a, b`: any of these labels; prohibitions only.
    After(Vec<Ident>),
    /// `until T`: before it; grants only.
    Until(Given<Moment>),
    /// `limit a, b(slot)`: within all of these budgets; grants only.
    Limit(Vec<LimitUse>),
    /// `with CREDENTIAL`; grants only.
    With(Ident),
    /// `to EGRESS`; grants only.
    To(Ident),
    /// `marks a, b`: sets these labels; grants only.
    Marks(Vec<Ident>),
    /// `record SLOT, … as hash|drop`; grants only.
    Record(Record),
    /// `returns { … }`; grants only.
    Returns(Returns),
}

impl ClauseKind {
    /// The word that it begins with.
    #[must_use]
    pub fn keyword(&self) -> &'static str {
        match self {
            Self::Because(_) => "because",
            Self::When(_) => "when",
            Self::Requires(_) => "requires",
            Self::Unless(_) => "unless",
            Self::After(_) => "after",
            Self::Until(_) => "until",
            Self::Limit(_) => "limit",
            Self::With(_) => "with",
            Self::To(_) => "to",
            Self::Marks(_) => "marks",
            Self::Record(_) => "record",
            Self::Returns(_) => "returns",
        }
    }
}

/// `a == b` between parameters, or between a parameter and a claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comparison {
    /// The whole of it.
    pub span: Span,
    /// The left side.
    pub left: Operand,
    /// How they compare.
    pub comparator: Comparator,
    /// The right side.
    pub right: Operand,
}

/// One side of a comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Operand {
    /// `a`, `a.b`: a parameter or a member of one, never through an array.
    Slot(SlotPath),
    /// `caller.x`.
    Claim(Claim),
}

/// How two values compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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

impl Comparator {
    /// All, with how they are written.
    pub const ALL: [(&str, Self); 4] = [
        ("==", Self::Equal),
        ("!=", Self::NotEqual),
        ("<", Self::Less),
        ("<=", Self::AtMost),
    ];
}

/// `limit NAME`, `limit NAME(slot)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LimitUse {
    /// The limit.
    pub name: Ident,
    /// The parameter that it sums.
    pub slot: Option<SlotPath>,
}

/// `record a, b as hash|drop`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The slots, at least one.
    pub slots: Vec<SlotPath>,
    /// What stands for their values in the evidence.
    pub form: RecordForm,
}

/// What stands for a value in the evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordForm {
    /// Its hash.
    Hash,
    /// Nothing.
    Drop,
}

/// `returns { size: ..=1MiB, types: P, links: P }`: the results that are let through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Returns {
    /// `size: ..=1MiB`: the largest.
    pub size: Option<Size>,
    /// `types: "text" | "image"`: the types of content.
    pub types: Option<Pattern>,
    /// `links: P`: the addresses that are linked to.
    pub links: Option<Pattern>,
}
