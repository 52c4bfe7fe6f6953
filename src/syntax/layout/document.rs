//! A source between reading and printing.

/// A file.
#[derive(Default)]
pub(super) struct Layout<'s> {
    /// The statements, waivers among them, each one a line or more.
    pub(super) statements: Vec<Vec<Piece<'s>>>,
    /// The comments after the last statement.
    pub(super) end: Vec<Comment<'s>>,
    /// All comments of the file, in order.
    pub(super) all_comments: Vec<&'s str>,
}

/// A comment.
pub(super) struct Comment<'s> {
    /// With its `//`; white space at its end is kept in doc comments only, whose text is part of the policy.
    pub(super) text: &'s str,
    /// It stands on the line of the token before it.
    pub(super) trailing: bool,
    /// An empty line is before it.
    pub(super) blank: bool,
}

/// A word, string, number or sign, with what stands between it and the one before.
pub(super) struct Token<'s> {
    pub(super) text: &'s str,
    pub(super) comments: Vec<Comment<'s>>,
    /// The author began a line with it, or with a comment before it.
    pub(super) newline: bool,
    /// An empty line is before it, after the last of its comments.
    pub(super) blank: bool,
    /// No space stands before it.
    pub(super) tight_before: bool,
    /// No space stands behind it.
    pub(super) tight_after: bool,
}

/// A part of a statement.
pub(super) enum Piece<'s> {
    Token(Token<'s>),
    Brackets(Brackets<'s>),
    Chain(Chain<'s>),
}

/// What stands in brackets, with them.
pub(super) struct Brackets<'s> {
    pub(super) open: Token<'s>,
    pub(super) entries: Vec<Vec<Piece<'s>>>,
    pub(super) close: Token<'s>,
    pub(super) style: Style,
    /// The author broke a line inside, or there is a comment.
    pub(super) broken: bool,
}

/// How brackets look.
#[derive(Clone, Copy)]
pub(super) struct Style {
    /// `{ a }` rather than `{a}`.
    pub(super) padded: bool,
    /// On lines of their own, too, entries end with a comma.
    pub(super) commas: bool,
}

/// Parts that stand on one line, or each on its own.
pub(super) struct Chain<'s> {
    /// Two or more.
    pub(super) parts: Vec<Vec<Piece<'s>>>,
    pub(super) kind: ChainKind,
    /// The author broke a line between tokens that are in no brackets of it.
    pub(super) broken: bool,
    /// There are broken brackets in it.
    pub(super) holds_broken: bool,
}

/// What the parts of a chain are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum ChainKind {
    /// Operands, all but the first with their operator, or the elements of a list without brackets.
    Operands,
    /// A rule or a case up to its braces, and its clauses.
    Clauses,
}

impl<'s> Piece<'s> {
    /// The token that it begins with.
    pub(super) fn first(&self) -> Option<&Token<'s>> {
        match self {
            Self::Token(token) => Some(token),
            Self::Brackets(brackets) => Some(&brackets.open),
            Self::Chain(chain) => chain.parts.first()?.first()?.first(),
        }
    }

    /// It cannot stand on one line.
    pub(super) fn is_broken(&self) -> bool {
        match self {
            Self::Token(token) => !token.comments.is_empty(),
            Self::Brackets(brackets) => brackets.broken,
            Self::Chain(chain) => chain.broken || chain.holds_broken,
        }
    }
}
