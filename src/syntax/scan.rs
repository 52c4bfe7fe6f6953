//! What is checked before parsing: size, nesting, brackets, strings, hidden characters. The limits
//! here bound every recursion that comes after.

use pest::Parser as _;

use super::codes;
use super::grammar::{Grammar, Pair, Rule, span_of};
use crate::diagnostic::{Diagnostic, Span};

/// The most bytes a source file may have: large for what people write, small for what a parser holds.
pub const MAX_SOURCE: usize = 1 << 20;

/// How deep brackets and operators may be nested: more than people read, and small enough that
/// recursion over a tree needs no more than a small stack.
pub const MAX_NESTING: usize = 64;

/// How many errors of one file are kept: more than anyone reads at once, and few enough that showing them is quick.
pub const MAX_ERRORS: usize = 100;

/// What the scan found in a source that is within the limits.
#[derive(Default)]
pub(super) struct Scan {
    /// The doc comments, in order.
    pub(super) docs: Vec<Doc>,
    /// Brackets without a partner, strings without an end, hidden characters.
    pub(super) damage: Vec<Diagnostic>,
}

/// A doc comment, one line.
pub(super) struct Doc {
    /// The whole comment.
    pub(super) span: Span,
    /// `//!` rather than `///`.
    pub(super) of_file: bool,
    /// Nothing but white space stands before it on its line.
    pub(super) own_line: bool,
    /// Its text without the marker and one leading space.
    pub(super) text: String,
}

/// Scans a source text. An error means that it is past a limit and must not be parsed.
pub(super) fn scan(text: &str) -> Result<Scan, Diagnostic> {
    if text.len() > MAX_SOURCE {
        let start = text.floor_char_boundary(MAX_SOURCE);
        return Err(Diagnostic::error(
            codes::TOO_LARGE,
            Span::new(start, text.len()),
            "the source is larger than 1 MiB",
        )
        .label("the limit is passed here")
        .help("split the policy"));
    }
    let mut scan = Scan {
        damage: hidden_characters(text),
        ..Scan::default()
    };
    let mut open: Vec<(&str, Span)> = Vec::new();
    for pair in Grammar::parse(Rule::lexemes, text).map_err(|_| unreadable(text))? {
        let span = span_of(&pair);
        match pair.as_rule() {
            Rule::doc => scan.docs.push(doc(text, &pair)),
            Rule::broken_string => scan.damage.push(unterminated(span)),
            Rule::open => open.push((pair.as_str(), span)),
            Rule::close => close(&mut open, &pair, &mut scan.damage),
            _ => {}
        }
        if open.len() > MAX_NESTING {
            return Err(too_deep(span));
        }
    }
    scan.damage
        .extend(open.iter().map(|(bracket, span)| unclosed(bracket, *span)));
    scan.damage.truncate(MAX_ERRORS + 1);
    Ok(scan)
}

/// The error for what is nested deeper than [`MAX_NESTING`].
pub(super) fn too_deep(span: Span) -> Diagnostic {
    Diagnostic::error(codes::TOO_DEEP, span, format!("nested more than {MAX_NESTING} deep"))
        .label("the limit is passed here")
        .help("give an inner part a name with `pattern NAME = …`")
}

/// Is this a character that shows nothing, or makes other text look different?
pub(super) fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61C}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}')
}

fn hidden_characters(text: &str) -> Vec<Diagnostic> {
    text.char_indices()
        .filter(|(at, c)| match c {
            '\n' | '\t' => false,
            '\r' => text.as_bytes().get(at + 1) != Some(&b'\n'),
            '\u{FEFF}' => *at != 0,
            c => is_hidden(*c),
        })
        .map(|(at, c)| {
            let code = u32::from(c);
            Diagnostic::error(
                codes::HIDDEN,
                Span::new(at, at + c.len_utf8()),
                format!("the hidden character U+{code:04X} in the source"),
            )
            .help(format!("remove it, or write `\\u{{{code:x}}}` in a string"))
        })
        .take(MAX_ERRORS + 1)
        .collect()
}

fn doc(text: &str, pair: &Pair) -> Doc {
    let span = span_of(pair);
    let body = pair.as_str().get(3..).unwrap_or_default();
    let before = text
        .get(..span.start)
        .unwrap_or_default()
        .rsplit('\n')
        .next()
        .unwrap_or_default();
    Doc {
        span,
        of_file: pair.as_str().starts_with("//!"),
        own_line: before.trim_matches(['\u{FEFF}', ' ', '\t']).is_empty(),
        text: body.strip_prefix(' ').unwrap_or(body).to_owned(),
    }
}

/// Takes the partner of a closing bracket off the stack; what was opened after it was never closed.
fn close(open: &mut Vec<(&str, Span)>, pair: &Pair, damage: &mut Vec<Diagnostic>) {
    let partner = match pair.as_str() {
        "}" => "{",
        ")" => "(",
        _ => "[",
    };
    match open.iter().rposition(|(bracket, _)| *bracket == partner) {
        Some(at) => damage.extend(open.drain(at..).skip(1).map(|(bracket, span)| unclosed(bracket, span))),
        None => damage.push(
            Diagnostic::error(
                codes::UNOPENED,
                span_of(pair),
                format!("`{}` closes nothing", pair.as_str()),
            )
            .help(format!("remove it, or open it with `{partner}`")),
        ),
    }
}

fn unclosed(bracket: &str, span: Span) -> Diagnostic {
    let partner = match bracket {
        "{" => "}",
        "(" => ")",
        _ => "]",
    };
    Diagnostic::error(codes::UNCLOSED, span, format!("`{bracket}` is never closed"))
        .label("opened here")
        .help(format!("close it with `{partner}`"))
}

fn unterminated(span: Span) -> Diagnostic {
    Diagnostic::error(codes::UNTERMINATED, span, "a string does not end on its line")
        .help("close it with `\"`; a line break inside is written `\\n`")
}

/// For a text that the flat grammar rejects; it takes any character, so there is none.
fn unreadable(text: &str) -> Diagnostic {
    Diagnostic::error(codes::UNEXPECTED, Span::new(0, text.len()), "the source cannot be read")
}
