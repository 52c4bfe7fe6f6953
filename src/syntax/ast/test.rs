//! Tests and the JSON in them.

use super::{Capability, Given, Ident, Moment, Number, Pattern, Template};
use crate::diagnostic::Span;

/// `test "…" { … }`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Test {
    /// Its name.
    pub name: Template,
    /// Its entries in order.
    pub entries: Vec<TestEntry>,
}

/// One entry of a test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TestEntry {
    /// `allow s.tool { … }`.
    Call(Case),
    /// `matches NAME VALUE`.
    Pattern(PatternCase),
}

/// `allow s.tool { … }` or `deny s.tool { … }` in a test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// The whole case.
    pub span: Span,
    /// Is the call to be allowed?
    pub allow: bool,
    /// The server.
    pub server: Ident,
    /// What of it is called.
    pub target: CaseTarget,
    /// The arguments.
    pub arguments: Vec<(Ident, JsonLiteral)>,
    /// The envelope's slots, without their `@`.
    pub envelope: Vec<(Ident, JsonLiteral)>,
    /// The circumstances.
    pub context: CaseContext,
}

/// `for { … } at T with LABEL, LIMIT: used`: the circumstances of a call in a test.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CaseContext {
    /// `for { … }`: the caller's claims; absent: the local user.
    pub caller: Option<Vec<(Ident, JsonLiteral)>>,
    /// `at T`; absent: now.
    pub at: Option<Given<Moment>>,
    /// `with LABEL, LIMIT: used`.
    pub state: Vec<CaseState>,
}

/// What a test calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CaseTarget {
    /// A tool.
    Tool(Ident),
    /// Another capability.
    Capability(Capability),
}

/// A label that is set, or a limit of which some is used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseState {
    /// The label or limit.
    pub name: Ident,
    /// How much of the limit is used.
    pub used: Option<Number>,
}

/// `matches NAME VALUE`, `rejects NAME VALUE`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PatternCase {
    /// The whole case.
    pub span: Span,
    /// Is the value to be in the pattern?
    pub matches: bool,
    /// The pattern: a name, or one with arguments.
    pub pattern: Pattern,
    /// The value.
    pub value: JsonLiteral,
}

/// A JSON value in a test; keys need no quotes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonLiteral {
    /// Where.
    pub span: Span,
    /// What.
    pub kind: JsonLiteralKind,
}

/// The kinds of JSON value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JsonLiteralKind {
    /// `null`.
    Null,
    /// `true`, `false`.
    Bool(bool),
    /// A number as JSON writes it, without `_`.
    Number(String),
    /// A string.
    Str(Template),
    /// An array.
    Array(Vec<JsonLiteral>),
    /// An object. Duplicate keys are kept: a test may want to show that they are refused.
    Object(Vec<(Ident, JsonLiteral)>),
}
