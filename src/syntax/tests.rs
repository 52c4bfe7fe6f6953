//! Tests of the whole of `syntax`: the corpus, the limits, and the laws.

mod corpus;
mod generate;
mod laws;
mod layout;
mod limits;

use super::ast::File;
use super::parse;
use crate::diagnostic::{Diagnostic, Source};

fn parsed(text: &str) -> (File, Vec<Diagnostic>) {
    parse(&Source::new("test.mcpp", text))
}

fn codes_of(diagnostics: &[Diagnostic]) -> Vec<&'static str> {
    diagnostics.iter().map(|diagnostic| diagnostic.code).collect()
}

/// A tree as text, without its places.
fn without_places(tree: &impl std::fmt::Debug) -> String {
    let text = format!("{tree:?}");
    let mut pieces = text.split("Span { ");
    let mut out = pieces.next().unwrap().to_owned();
    for piece in pieces {
        out.push('@');
        out.push_str(piece.split_once('}').unwrap().1);
    }
    out.replace("span: @, ", "").replace(", span: @", "")
}
