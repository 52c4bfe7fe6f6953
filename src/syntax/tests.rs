//! Tests of the whole of `syntax`.

use super::ast::File;
use super::parse;
use crate::diagnostic::{Diagnostic, Source};

fn parsed(text: &str) -> (File, Vec<Diagnostic>) {
    parse(&Source::new("test.mcpp", text))
}

/// The tree as text, without its places.
fn bare(tree: &impl std::fmt::Debug) -> String {
    let text = format!("{tree:?}");
    let mut pieces = text.split("Span { ");
    let mut out = pieces.next().unwrap().to_owned();
    for piece in pieces {
        out.push('@');
        out.push_str(piece.split_once('}').unwrap().1);
    }
    out.replace("span: @, ", "").replace(", span: @", "")
}

#[test]
fn a_rule_is_read() {
    let (file, diagnostics) = parsed("allow fs.read { path: \"a\" }");
    assert!(diagnostics.is_empty(), "{diagnostics:?}");
    assert!(
        bare(&file).contains("Str(Template { parts: [Text(\"a\")] })"),
        "{file:?}"
    );
}
