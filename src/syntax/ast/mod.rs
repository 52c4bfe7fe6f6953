//! The syntax tree: what was written, with its places, and nothing that needs a lock to know.

mod caller;
mod credential;
mod declaration;
mod pattern;
mod rule;
mod server;
mod test;
mod value;

pub use caller::{CallerDef, CallerRef, Callers};
pub use credential::{Credential, CredentialSource, Injection, OauthSource, VaultSource, WiderScope};
pub use declaration::{
    Budget, Const, Destination, Egress, Include, Label, LabelKind, Limit, LimitScope, PatternDef, PolicyHeader,
    ToolSet, Use,
};
pub use pattern::{
    Argument, Body, Field, FieldKey, Length, MomentRange, NumberRange, Pattern, PatternKind, Range, Spread,
};
pub use rule::{
    Assertion, Capability, CapabilitySelector, Clause, ClauseKind, Comparator, Comparison, LimitUse, Operand, Record,
    RecordForm, Returns, Rule, Selector, ServerSelector, ToolNames, ToolSelector,
};
pub use server::{EnvVariables, ReadingDecl, ReadingOption, Server, SlotPath, SlotSelector, SlotStep, Transport};
pub use test::{Case, CaseContext, CaseState, CaseTarget, JsonLiteral, JsonLiteralKind, PatternCase, Test, TestEntry};
pub use value::{
    Claim, Duration, Given, Literal, LiteralKind, Moment, Number, Size, SizeUnit, Template, TemplatePart, TimeUnit,
};

use crate::diagnostic::Span;

/// A name or word with its place. A quoted name is held without its quotes, unescaped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ident {
    /// The name.
    pub name: String,
    /// Where it stands (with its quotes, where it has them).
    pub span: Span,
}

/// One source file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct File {
    /// The `//!` lines, without the marker and one leading space.
    pub docs: Vec<String>,
    /// The statements in the order in which they stand.
    pub statements: Vec<Statement>,
}

/// One statement with its documentation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// The `///` lines above it, without the marker and one leading space.
    pub docs: Vec<String>,
    /// The waivers above it.
    pub waivers: Vec<Waiver>,
    /// From its keyword to its end, without comments around it.
    pub span: Span,
    /// What it is.
    pub kind: StatementKind,
}

/// `waive CODE "reason"`: a lint that is not to be shown for the statement below.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiver {
    /// The whole waiver.
    pub span: Span,
    /// The lint, `L0001`.
    pub code: Ident,
    /// Why.
    pub reason: Template,
}

/// The kinds of statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StatementKind {
    /// `policy "name" for environment "env"`.
    Policy(PolicyHeader),
    /// `use std::fs::{secrets}`.
    Use(Use),
    /// `include "base.mcpp"`.
    Include(Include),
    /// `const NAME = …`.
    Const(Const),
    /// `server NAME = … { … }`.
    Server(Server),
    /// `caller NAME { … }`.
    Caller(CallerDef),
    /// `credential NAME { … }`.
    Credential(Credential),
    /// `egress NAME { … }`.
    Egress(Egress),
    /// `egress advisory`.
    EgressAdvisory,
    /// `label NAME = …`.
    Label(Label),
    /// `limit NAME = …`.
    Limit(Limit),
    /// `pattern NAME = …`.
    Pattern(PatternDef),
    /// `tools NAME = …`.
    Tools(ToolSet),
    /// `allow TOOLS { … }`: a grant.
    Allow(Rule),
    /// `deny TOOLS { … } because "…"`: a prohibition.
    Deny(Rule),
    /// `assert never|always …`.
    Assert(Assertion),
    /// `test "…" { … }`.
    Test(Test),
}
