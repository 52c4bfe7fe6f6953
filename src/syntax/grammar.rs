//! The parser that pest makes of `grammar/mcpp.pest`. No type of pest leaves `syntax`.

use pest_derive::Parser;

use crate::diagnostic::Span;

/// The generated parser.
#[derive(Parser)]
#[grammar = "../grammar/mcpp.pest"]
pub(super) struct Grammar;

/// A piece of source that a rule matched.
pub(super) type Pair<'s> = pest::iterators::Pair<'s, Rule>;

/// Where it stands.
pub(super) fn span_of(pair: &Pair) -> Span {
    let span = pair.as_span();
    Span::new(span.start(), span.end())
}
