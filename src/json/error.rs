//! What a text may be at most, and what can be wrong with it.

/// The longest key, in bytes. Parameters have names of a few dozen.
pub const MAX_KEY: usize = 1024;

/// Bounds on one text. Beyond them it is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The most bytes of the whole text.
    pub bytes: usize,
    /// The most containers within each other.
    pub depth: usize,
    /// The most values, containers included: each takes memory, however few bytes it is written with.
    pub values: usize,
}

impl Default for Limits {
    /// 4 MiB, as much as common clients send at most; 64 deep, as deep as a policy can speak of; a million values, some
    /// 100 MB of memory.
    fn default() -> Self {
        Self {
            bytes: 4 << 20,
            depth: 64,
            values: 1_000_000,
        }
    }
}

/// Why a text was refused, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{kind} at byte {offset}")]
pub struct JsonError {
    /// What is wrong.
    pub kind: JsonErrorKind,
    /// The byte at which it was seen.
    pub offset: usize,
}

/// What can be wrong with a text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JsonErrorKind {
    /// The text is longer than allowed.
    #[error("more than {0} bytes")]
    TooLarge(usize),
    /// Containers are nested deeper than allowed.
    #[error("more than {0} levels of nesting")]
    TooDeep(usize),
    /// There are more values than allowed.
    #[error("more than {0} values")]
    TooMany(usize),
    /// A key is longer than allowed.
    #[error("a key of more than {MAX_KEY} bytes")]
    KeyTooLong,
    /// The bytes are no UTF-8.
    #[error("invalid UTF-8")]
    InvalidUtf8,
    /// The text ends within a value.
    #[error("the text ends too early")]
    UnexpectedEnd,
    /// Something else stands where a value, or the named thing, should be.
    #[error("expected {0}")]
    Expected(&'static str),
    /// Something stands after the value.
    #[error("something after the value")]
    Trailing,
    /// A number that JSON does not have, `01` or `1.` say.
    #[error("malformed number")]
    Number,
    /// A control character in a string, not escaped.
    #[error("control character in a string")]
    ControlCharacter,
    /// An escape that JSON does not have.
    #[error("malformed escape")]
    Escape,
    /// Half a surrogate pair.
    #[error("lone surrogate")]
    LoneSurrogate,
    /// A key that stands twice in one object.
    #[error("duplicate key `{}`", .0.escape_debug())]
    DuplicateKey(String),
    /// Two keys of one object that differ only by case.
    #[error("key `{}` differs from another only by case", .0.escape_debug())]
    ConfusableKey(String),
    /// A key with a control character, or `__proto__`.
    #[error("key `{}` is not allowed", .0.escape_debug())]
    ForbiddenKey(String),
}
