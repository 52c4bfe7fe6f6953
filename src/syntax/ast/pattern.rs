//! Patterns, and the braces that hold them.

use super::{Claim, Ident, Moment, Template};
use crate::diagnostic::Span;

/// What stands between the braces of a rule or a caller.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Body {
    /// The braces and all between them.
    pub span: Span,
    /// Its fields.
    pub fields: Vec<Field>,
    /// Its spreads. Where they stand among the fields makes no difference.
    pub spreads: Vec<Spread>,
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
    /// `any path`: every slot with that reading; in the braces of prohibitions and of `assert never` only.
    AnyReading(Ident),
    /// `@meta`: a slot of the envelope, without its `@`; in the braces of rules and assertions only.
    Envelope(Ident),
}

/// `...NAME`, `...NAME(args)`: the fields of a named object pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spread {
    /// The whole of it.
    pub span: Span,
    /// The pattern's name.
    pub name: Ident,
    /// Its arguments; none where it has no parentheses.
    pub args: Vec<Argument>,
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
    /// A number literal; its digits as in [`LiteralKind::Number`](super::LiteralKind::Number).
    Number(String),
    /// `true`, `false`.
    Bool(bool),
    /// `null`.
    Null,
    /// `1..=10`, `..=5`, `11..`.
    Range(NumberRange),
    /// `caller.email`: the value of a claim.
    Claim(Claim),
    /// A name without arguments: a built-in (`text`, `line`, `int`, `path`, …), a pattern or a constant.
    Name(Ident),
    /// `text(..=200)`, `glob("…")`, `url("…")`, `my_pattern(line)`: a name with arguments.
    Call {
        /// What is called.
        name: Ident,
        /// Its arguments, at least one.
        args: Vec<Argument>,
    },
    /// `url { scheme: P, host: P, … }`; keys are names, each of [`PatternKind::URL_PARTS`].
    UrlParts(Vec<Field>),
    /// `[P]`, `[P; 1..=5]`.
    Array {
        /// Of each element.
        element: Box<Pattern>,
        /// How many there may be.
        length: Option<Length>,
    },
    /// `has P`.
    Has(Box<Pattern>),
    /// `{ a: P, b?: P, ...NAME, .. }`.
    Object {
        /// Its fields; keys are names.
        fields: Vec<Field>,
        /// Its spreads.
        spreads: Vec<Spread>,
        /// Written with `..`: other keys are free.
        open: bool,
    },
    /// `{ [text]: P; ..=20 }`: an object of any keys.
    Map {
        /// Of each key.
        key: Box<Pattern>,
        /// Of each value.
        value: Box<Pattern>,
        /// How many there may be.
        length: Option<Length>,
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

impl PatternKind {
    /// The parts that `url { … }` can name.
    pub const URL_PARTS: [&str; 6] = ["scheme", "host", "port", "path", "query", "fragment"];
}

/// A range with its place, both ends included, at least one of them given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Range<T> {
    /// Where.
    pub span: Span,
    /// The lower bound.
    pub low: Option<T>,
    /// The upper bound.
    pub high: Option<T>,
}

/// A range of numbers, digits as in [`LiteralKind::Number`](super::LiteralKind::Number).
pub type NumberRange = Range<String>;

/// A range of moments.
pub type MomentRange = Range<Moment>;

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
    /// A range of numbers, or a single one.
    Range(NumberRange),
    /// A range of moments, or a single one.
    Moments(MomentRange),
    /// Any other pattern.
    Pattern(Pattern),
}

impl Argument {
    /// Where it stands.
    #[must_use]
    pub fn span(&self) -> Span {
        match self {
            Self::Str(template) => template.span,
            Self::Range(range) => range.span,
            Self::Moments(range) => range.span,
            Self::Pattern(pattern) => pattern.span,
        }
    }
}
