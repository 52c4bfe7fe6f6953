//! What is checked before parsing: size, nesting, brackets, strings, hidden characters. The limits
//! here bound every recursion that comes after.

use std::borrow::Cow;

use pest::Parser as _;

use super::codes;
use super::grammar::{Grammar, Pair, Rule, span_of};
use crate::diagnostic::{Diagnostic, Span, is_hidden};

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
    /// The brackets without a partner.
    lone: Vec<Span>,
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

/// Scans a source text that begins at `base`. An error means that it is past a limit and must not be parsed.
pub(super) fn scan(text: &str, base: usize) -> Result<Scan, Box<Diagnostic>> {
    if text.len() - base > MAX_SOURCE {
        let start = (0..=base + MAX_SOURCE)
            .rev()
            .find(|at| text.is_char_boundary(*at))
            .unwrap_or(0);
        let past_limit = Diagnostic::error(
            codes::TOO_LARGE,
            Span::new(start, text.len()),
            "the source is larger than 1 MiB",
        )
        .label("the limit is passed here")
        .help("split the policy");
        return Err(Box::new(past_limit));
    }
    let mut scan = Scan {
        damage: hidden_characters(text),
        ..Scan::default()
    };
    let mut brackets = Brackets::default();
    for pair in Grammar::parse(Rule::lexemes, text).map_err(|_| Box::new(unreadable(text)))? {
        let span = span_of(&pair);
        match pair.as_rule() {
            Rule::doc => scan.docs.push(doc(text, &pair)),
            Rule::broken_string => scan.damage.push(unterminated(span)),
            Rule::open => brackets.open.push((pair.as_str(), span)),
            Rule::close => brackets.close(pair.as_str(), span),
            _ => {}
        }
        if brackets.open.len() > MAX_NESTING {
            return Err(Box::new(too_deep(span)));
        }
    }
    brackets.lone.append(&mut brackets.open);
    scan.damage.extend(
        brackets
            .lone
            .iter()
            .take(MAX_ERRORS + 1)
            .map(|(bracket, span)| without_partner(bracket, *span)),
    );
    scan.lone = brackets.lone.into_iter().map(|(_, span)| span).collect();
    scan.damage.truncate(MAX_ERRORS + 1);
    Ok(scan)
}

impl Scan {
    /// The text with its brackets balanced, byte for byte as long: in the place of a bracket without a
    /// partner stands what no rule takes.
    pub(super) fn balanced<'s>(&self, text: &'s str) -> Cow<'s, str> {
        if self.lone.is_empty() {
            return Cow::Borrowed(text);
        }
        let mut lone: Vec<usize> = self.lone.iter().map(|span| span.start).collect();
        lone.sort_unstable();
        let mut lone = lone.into_iter().peekable();
        let balanced = text
            .char_indices()
            .map(|(at, c)| if lone.next_if_eq(&at).is_some() { '%' } else { c });
        Cow::Owned(balanced.collect())
    }
}

/// The error for what is nested deeper than [`MAX_NESTING`].
pub(super) fn too_deep(span: Span) -> Diagnostic {
    Diagnostic::error(codes::TOO_DEEP, span, format!("nested more than {MAX_NESTING} deep"))
        .label("the limit is passed here")
        .help("give an inner part a name with `pattern NAME = …`")
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

/// The brackets of a text, from left to right.
#[derive(Default)]
struct Brackets<'s> {
    /// Those that are open, outermost first.
    open: Vec<(&'s str, Span)>,
    /// Those that have no partner.
    lone: Vec<(&'s str, Span)>,
}

impl<'s> Brackets<'s> {
    /// Takes the partner of a closing bracket away; what was opened after it was never closed.
    fn close(&mut self, bracket: &'s str, span: Span) {
        match self.open.iter().rposition(|(open, _)| partner(open) == bracket) {
            Some(at) => self.lone.extend(self.open.drain(at..).skip(1)),
            None => self.lone.push((bracket, span)),
        }
    }
}

fn partner(bracket: &str) -> &'static str {
    match bracket {
        "{" => "}",
        "(" => ")",
        "[" => "]",
        "}" => "{",
        ")" => "(",
        _ => "[",
    }
}

fn without_partner(bracket: &str, span: Span) -> Diagnostic {
    let partner = partner(bracket);
    if matches!(bracket, "{" | "(" | "[") {
        Diagnostic::error(codes::UNCLOSED, span, format!("`{bracket}` is never closed"))
            .label("opened here")
            .help(format!("close it with `{partner}`"))
    } else {
        Diagnostic::error(codes::UNOPENED, span, format!("`{bracket}` closes nothing"))
            .help(format!("remove it, or open it with `{partner}`"))
    }
}

fn unterminated(span: Span) -> Diagnostic {
    Diagnostic::error(codes::UNTERMINATED, span, "a string does not end on its line")
        .help("close it with `\"`; a line break inside is written `\\n`")
}

/// For a text that the flat grammar rejects; it takes any character, so there is none.
fn unreadable(text: &str) -> Diagnostic {
    Diagnostic::error(codes::UNEXPECTED, Span::new(0, text.len()), "the source cannot be read")
}
