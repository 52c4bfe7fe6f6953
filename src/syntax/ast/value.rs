//! Values that are written down: strings, numbers, moments, durations, sizes.

use jiff::Timestamp;

use super::Ident;
use crate::diagnostic::Span;

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
    /// `2026-12-01`, `2026-12-01T08:00:00Z`.
    Moment(Moment),
    /// `15m`.
    Duration(Duration),
    /// `1MiB`.
    Size(Size),
}

/// Where a value of one type stands: written down, or the name of a constant that has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Given<T> {
    /// The value.
    Literal(T),
    /// A constant's name.
    Const(Ident),
}

/// A number with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Number {
    /// Where.
    pub span: Span,
    /// Its digits as in [`LiteralKind::Number`].
    pub digits: String,
}

/// A moment: a date stands for its beginning, 00:00Z.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment {
    /// Where.
    pub span: Span,
    /// As written.
    pub text: String,
    /// The moment itself.
    pub time: Timestamp,
}

impl Moment {
    /// Is it written as a date alone, `2026-12-01`?
    #[must_use]
    pub fn is_date(&self) -> bool {
        !self.text.contains('T')
    }
}

/// A length of time, a whole number of one unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Duration {
    /// Where.
    pub span: Span,
    /// How many.
    pub count: u64,
    /// Of what.
    pub unit: TimeUnit,
}

impl Duration {
    /// The longest duration in seconds: a hundred years of 366 days, so that sums with moments do not overflow.
    pub const MAX_SECONDS: u64 = 100 * 366 * 86_400;

    /// In seconds, at most [`Self::MAX_SECONDS`].
    #[must_use]
    pub fn seconds(&self) -> u64 {
        self.count.saturating_mul(self.unit.seconds())
    }
}

/// The units of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeUnit {
    /// `s`
    Second,
    /// `m`
    Minute,
    /// `h`
    Hour,
    /// `d`: 24 hours.
    Day,
}

impl TimeUnit {
    /// All, with how they are written.
    pub const ALL: [(&str, Self); 4] = [
        ("s", Self::Second),
        ("m", Self::Minute),
        ("h", Self::Hour),
        ("d", Self::Day),
    ];

    /// How many seconds one has.
    #[must_use]
    pub fn seconds(self) -> u64 {
        match self {
            Self::Second => 1,
            Self::Minute => 60,
            Self::Hour => 3_600,
            Self::Day => 86_400,
        }
    }
}

/// A number of bytes, a whole number of one unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Size {
    /// Where.
    pub span: Span,
    /// How many.
    pub count: u64,
    /// Of what.
    pub unit: SizeUnit,
}

impl Size {
    /// The largest size in bytes: more than any reply that a gateway could hold.
    pub const MAX_BYTES: u64 = 1 << 40;

    /// In bytes, at most [`Self::MAX_BYTES`].
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.count.saturating_mul(self.unit.bytes())
    }
}

/// The units of size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SizeUnit {
    /// `B`
    Byte,
    /// `KiB`
    Kibibyte,
    /// `MiB`
    Mebibyte,
    /// `GiB`
    Gibibyte,
}

impl SizeUnit {
    /// All, with how they are written.
    pub const ALL: [(&str, Self); 4] = [
        ("B", Self::Byte),
        ("KiB", Self::Kibibyte),
        ("MiB", Self::Mebibyte),
        ("GiB", Self::Gibibyte),
    ];

    /// How many bytes one has.
    #[must_use]
    pub fn bytes(self) -> u64 {
        match self {
            Self::Byte => 1,
            Self::Kibibyte => 1 << 10,
            Self::Mebibyte => 1 << 20,
            Self::Gibibyte => 1 << 30,
        }
    }
}

/// A string as written: text, and the constants and claims put into it. A raw string has one text part.
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
    /// `{caller.NAME}`.
    Claim(Claim),
}

/// `caller.email`, `caller."https://…"`: what the verified token says of the caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The whole of it.
    pub span: Span,
    /// The claim's name.
    pub name: Ident,
}
