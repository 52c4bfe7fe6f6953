//! A source as a flat run of tokens, for what does not ask how they belong together.

use pest::Parser as _;

use super::grammar::{Grammar, Rule, span_of};
use crate::diagnostic::{Source, Span};

/// A token and its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// Where it stands; of a string, with its quotes.
    pub span: Span,
}

/// The kinds of token that are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// A name or keyword.
    Word,
    /// A string, plain or raw.
    Str,
}

/// The words and strings of a source, in order, without its comments.
#[must_use]
pub fn tokens(source: &Source) -> Vec<Token> {
    let pairs = Grammar::parse(Rule::lexemes, &source.text).into_iter().flatten();
    let token = |pair| {
        let kind = match pest::iterators::Pair::as_rule(&pair) {
            Rule::word => TokenKind::Word,
            Rule::string => TokenKind::Str,
            _ => return None,
        };
        Some(Token {
            kind,
            span: span_of(&pair),
        })
    };
    pairs.filter_map(token).collect()
}
