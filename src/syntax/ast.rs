//! The syntax tree: what was written, with its places, and nothing that needs a lock to know.

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
    /// From its keyword to its end, without comments around it.
    pub span: Span,
    /// What it is.
    pub kind: StatementKind,
}

/// The kinds of statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StatementKind {
    /// `policy "name" for environment "env"`.
    Policy(PolicyHeader),
    /// `const NAME = …`.
    Const(Const),
    /// `server NAME = … { … }`.
    Server(Server),
    /// `pattern NAME = …`.
    Pattern(PatternDef),
    /// `allow TOOLS { … }`: a grant.
    Allow(Rule),
    /// `deny TOOLS { … } because "…"`: a prohibition.
    Deny(Rule),
    /// `test "…" { … }`.
    Test(Test),
}

/// `policy NAME [for environment NAME]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyHeader {
    /// The policy's name.
    pub name: Template,
    /// The environment it is for.
    pub environment: Option<Template>,
}

/// `const NAME = …`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Const {
    /// Its name.
    pub name: Ident,
    /// Its value.
    pub value: Literal,
}

/// A value that is written down: of a constant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Literal {
    /// Where.
    pub span: Span,
    /// What.
    pub kind: LiteralKind,
}

/// The kinds of literal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LiteralKind {
    /// A string.
    Str(Template),
    /// A number, its digits without `_`: `-?(0|[1-9][0-9]*)(\.[0-9]+)?`.
    Number(String),
    /// `true` or `false`.
    Bool(bool),
}

/// A string as written: text and the constants put into it. A raw string has one text part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    /// The whole string with its quotes.
    pub span: Span,
    /// Its parts in order; two texts never stand side by side; empty for `""`.
    pub parts: Vec<TemplatePart>,
}

/// A part of a string.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TemplatePart {
    /// Text with its escapes resolved.
    Text(String),
    /// `${NAME}`.
    Const(Ident),
}

/// `server NAME [= transport] [{ readings }]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// Its name.
    pub name: Ident,
    /// Where it lives; absent: told to the gateway at start.
    pub transport: Option<Transport>,
    /// How values are read.
    pub readings: Vec<ReadingDecl>,
}

/// Where a server lives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Transport {
    /// `stdio "command" "arg"…`, one or more strings.
    Stdio(Vec<Template>),
    /// `http "url"`.
    Http(Template),
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
    /// `dir`, `root`, `posix`, `windows`, `case insensitive` (with one space), …
    pub name: Ident,
    /// The strings after it.
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

/// One step of a slot's path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SlotStep {
    /// Into an object's member.
    Key(Ident),
    /// `[]`: into each element of an array.
    Each,
}

/// `pattern NAME = P`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PatternDef {
    /// Its name.
    pub name: Ident,
    /// What it stands for.
    pub pattern: Pattern,
}

/// A grant or a prohibition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// The tools it is about, at least one.
    pub tools: Vec<ToolSelector>,
    /// Its braces. A grant always has them; a prohibition without them is about every call.
    pub body: Option<Vec<Field>>,
    /// The braces' place, where there are braces.
    pub body_span: Option<Span>,
    /// `because "…"`; prohibitions only.
    pub because: Option<Template>,
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

/// One entry in the braces of a rule or of an object pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// The whole entry.
    pub span: Span,
    /// What it is about.
    pub key: FieldKey,
    /// Written `name?:`.
    pub optional: bool,
    /// What its value must be.
    pub pattern: Pattern,
}

/// What a field is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FieldKey {
    /// A parameter or a key, by name.
    Name(Ident),
    /// `any path`: every slot with that reading; in prohibitions' braces only.
    AnyReading(Ident),
}

/// A pattern with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    /// Where.
    pub span: Span,
    /// What.
    pub kind: PatternKind,
}

/// The kinds of pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PatternKind {
    /// A string literal.
    Str(Template),
    /// A number literal; its digits as in [`LiteralKind::Number`].
    Number(String),
    /// `true`, `false`.
    Bool(bool),
    /// `null`.
    Null,
    /// `1..=10`, `..=5`, `11..`: at least one bound, digits as in [`LiteralKind::Number`].
    Range(NumberRange),
    /// A name without arguments: a built-in (`text`, `line`, `int`, `path`, …), a pattern or a constant.
    Name(Ident),
    /// `text(..=200)`, `glob("…")`, `regex("…")`, `path("…")`: a name with arguments.
    Call {
        /// What is called.
        name: Ident,
        /// Its arguments, at least one.
        args: Vec<Argument>,
    },
    /// `[P]`, `[P; 1..=5]`.
    Array {
        /// Of each element.
        element: Box<Pattern>,
        /// How many there may be.
        length: Option<Length>,
    },
    /// `has P`.
    Has(Box<Pattern>),
    /// `{ a: P, b?: P, .. }`.
    Object {
        /// Its fields; keys are names.
        fields: Vec<Field>,
        /// Written with `..`: other keys are free.
        open: bool,
    },
    /// `P?`: `P | null`.
    Nullable(Box<Pattern>),
    /// `!P`.
    Not(Box<Pattern>),
    /// `P & Q & …`, two or more.
    And(Vec<Pattern>),
    /// `P | Q | …`, two or more.
    Or(Vec<Pattern>),
}

/// A range of numbers with its place, both ends included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NumberRange {
    /// Where.
    pub span: Span,
    /// The lower bound.
    pub low: Option<String>,
    /// The upper bound.
    pub high: Option<String>,
}

/// A length: one number, or a range. Whole numbers; `min == max` for one number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Length {
    /// Where.
    pub span: Span,
    /// At least.
    pub min: u64,
    /// At most.
    pub max: Option<u64>,
}

/// An argument of a pattern call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Argument {
    /// A string.
    Str(Template),
    /// A range or a single number.
    Range(NumberRange),
}

impl Argument {
    /// Where it stands.
    #[must_use]
    pub fn span(&self) -> Span {
        match self {
            Self::Str(template) => template.span,
            Self::Range(range) => range.span,
        }
    }
}

/// `test "…" { … }`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Test {
    /// Its name.
    pub name: Template,
    /// Its cases in order.
    pub cases: Vec<Case>,
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
    /// The tool.
    pub tool: Ident,
    /// The arguments.
    pub arguments: Vec<(Ident, JsonLiteral)>,
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
