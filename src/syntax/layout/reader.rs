//! What the grammar matched → tokens, brackets and chains.

use pest::Parser as _;

use super::document::{Brackets, Chain, ChainKind, Comment, Layout, Piece, Style, Token};
use crate::syntax::grammar::{Grammar, Pair, Rule, span_of};

/// Reads a source that has no errors.
pub(super) fn read(text: &str) -> Option<Layout<'_>> {
    let file = Grammar::parse(Rule::file, text).ok()?.next()?;
    let mut reader = Reader {
        text,
        at: 0,
        gap: Gap::default(),
        all_comments: Vec::new(),
        frames: Vec::new(),
    };
    let mut statements = Vec::new();
    for pair in file.into_inner().filter(|pair| pair.as_rule() != Rule::EOI) {
        reader.up_to(span_of(&pair).start, Rule::file)?;
        reader.frames.push(Frame::new(Kind::Statement));
        reader.visit(pair)?;
        statements.push(reader.frames.pop()?.parts.pop()?);
    }
    reader.up_to(text.len(), Rule::file)?;
    Some(Layout {
        statements,
        end: reader.gap.comments,
        all_comments: reader.all_comments,
    })
}

struct Reader<'s> {
    text: &'s str,
    /// What stands before this was read.
    at: usize,
    gap: Gap<'s>,
    all_comments: Vec<&'s str>,
    /// What is being read, outermost first.
    frames: Vec<Frame<'s>>,
}

/// What was read since the last token.
#[derive(Default)]
struct Gap<'s> {
    comments: Vec<Comment<'s>>,
    newline: bool,
    /// The line breaks since the last comment.
    newlines: usize,
}

/// A statement, brackets or a chain whose end has not been read yet.
struct Frame<'s> {
    kind: Kind<'s>,
    parts: Vec<Vec<Piece<'s>>>,
    /// A line was broken, but not in brackets.
    broken: bool,
    /// A line was broken in brackets.
    holds_broken: bool,
}

enum Kind<'s> {
    Statement,
    Brackets(Token<'s>, Style),
    Chain(ChainKind),
}

impl<'s> Frame<'s> {
    fn new(kind: Kind<'s>) -> Self {
        Self {
            kind,
            parts: Vec::new(),
            broken: false,
            holds_broken: false,
        }
    }

    fn push(&mut self, piece: Piece<'s>) {
        match self.parts.last_mut() {
            Some(part) => part.push(piece),
            None => self.parts.push(vec![piece]),
        }
    }
}

impl<'s> Reader<'s> {
    /// Reads a part of the tree. Its depth is bounded by the scan.
    fn visit(&mut self, pair: Pair<'s>) -> Option<()> {
        let (rule, span) = (pair.as_rule(), span_of(&pair));
        if is_one_token(rule) {
            let text = self.text.get(span.start..span.end)?;
            return self.token(text);
        }
        if has_clauses(rule) {
            self.frames.push(Frame::new(Kind::Chain(ChainKind::Clauses)));
        }
        let mut in_chain = false;
        for child in pair.into_inner() {
            let (part, place) = (child.as_rule(), span_of(&child));
            self.up_to(place.start, rule)?;
            if is_operand(rule, part) != in_chain {
                in_chain = !in_chain;
                if in_chain {
                    self.frames.push(Frame::new(Kind::Chain(ChainKind::Operands)));
                } else {
                    self.end_chain()?;
                }
            }
            if has_entries(rule) || begins_part(rule, part) {
                self.next_part();
            }
            if part == Rule::comma {
                self.up_to(place.end, rule)?;
            } else {
                self.visit(child)?;
            }
        }
        self.up_to(span.end, rule)?;
        if in_chain {
            self.end_chain()?;
        }
        if has_clauses(rule) {
            self.end_chain()?;
        }
        Some(())
    }

    /// Reads the white space, comments, keywords and signs that stand up to an offset, in what `rule` matched.
    fn up_to(&mut self, end: usize, rule: Rule) -> Option<()> {
        while self.at < end {
            let rest = self.text.get(self.at..end)?;
            if rest.starts_with("//") {
                self.comment(rest.lines().next()?);
                continue;
            }
            let first = rest.chars().next()?;
            match first {
                '\n' => {
                    self.gap.newline = true;
                    self.gap.newlines += 1;
                    self.at += 1;
                }
                ' ' | '\t' | '\r' | '\u{FEFF}' => self.at += first.len_utf8(),
                ',' if separates_entries(rule) => {
                    self.at += 1;
                    self.next_part();
                }
                '{' | '(' | '[' => {
                    let mut open = self.take(first_of(rest))?;
                    open.tight_before |= first == '(' && rule != Rule::group;
                    self.note_break(&open);
                    self.frames.push(Frame::new(Kind::Brackets(open, style(first, rule))));
                }
                '}' | ')' | ']' => self.close(first_of(rest))?,
                _ => self.token(first_of(rest))?,
            }
        }
        Some(())
    }

    fn comment(&mut self, line: &'s str) {
        self.at += line.len();
        let is_doc = line.starts_with("//!") || line.starts_with("///") && !line.starts_with("////");
        let text = if is_doc { line } else { line.trim_end() };
        self.all_comments.push(text);
        self.gap.comments.push(Comment {
            text,
            trailing: !self.gap.newline,
            blank: std::mem::take(&mut self.gap.newlines) > 1,
        });
    }

    fn token(&mut self, text: &'s str) -> Option<()> {
        let token = self.take(text)?;
        self.note_break(&token);
        self.frames.last_mut()?.push(Piece::Token(token));
        Some(())
    }

    fn take(&mut self, text: &'s str) -> Option<Token<'s>> {
        self.at += text.len();
        let gap = std::mem::take(&mut self.gap);
        Some(Token {
            text,
            comments: gap.comments,
            newline: gap.newline,
            blank: gap.newlines > 1,
            tight_before: matches!(text, "," | ";" | ":" | "?" | "." | "::"),
            tight_after: matches!(text, "." | "::" | "!" | "..."),
        })
    }

    /// A break before a token is one inside what has begun already.
    fn note_break(&mut self, token: &Token) {
        let begun = |frame: &&mut Frame| matches!(frame.kind, Kind::Brackets(..)) || !frame.parts.is_empty();
        if token.newline
            && let Some(frame) = self.frames.iter_mut().rev().find(begun)
        {
            frame.broken = true;
        }
    }

    /// What comes next is another entry, or another part of a chain.
    fn next_part(&mut self) {
        if let Some(frame) = self.frames.last_mut()
            && frame.parts.last().is_some_and(|part| !part.is_empty())
        {
            frame.parts.push(Vec::new());
        }
    }

    fn close(&mut self, text: &'s str) -> Option<()> {
        let close = self.take(text)?;
        let mut frame = self.frames.pop()?;
        let Kind::Brackets(open, style) = frame.kind else {
            return None;
        };
        frame.parts.retain(|part| !part.is_empty());
        let has_comments = !close.comments.is_empty();
        let broken = frame.broken || frame.holds_broken || close.newline;
        let broken = has_comments || broken && !frame.parts.is_empty();
        let around = self.frames.last_mut()?;
        around.holds_broken |= broken;
        around.push(Piece::Brackets(Brackets {
            open,
            entries: frame.parts,
            close,
            style,
            broken,
        }));
        Some(())
    }

    /// Ends a chain. One that has a single part is none.
    fn end_chain(&mut self) -> Option<()> {
        let frame = self.frames.pop()?;
        let Kind::Chain(kind) = frame.kind else { return None };
        let around = self.frames.last_mut()?;
        around.broken |= frame.broken;
        around.holds_broken |= frame.holds_broken;
        if frame.parts.len() > 1 {
            around.push(Piece::Chain(Chain {
                parts: frame.parts,
                kind,
                broken: frame.broken,
                holds_broken: frame.holds_broken,
            }));
        } else {
            frame.parts.into_iter().flatten().for_each(|piece| around.push(piece));
        }
        Some(())
    }
}

/// The word or sign that a text begins with.
fn first_of(text: &str) -> &str {
    let word = text
        .find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
        .unwrap_or(text.len());
    let sign = ["...", "..", "::"].into_iter().find(|sign| text.starts_with(sign));
    let length = match (word, sign) {
        (0, Some(sign)) => sign.len(),
        (0, None) => text.chars().next().map_or(0, char::len_utf8),
        (word, _) => word,
    };
    text.get(..length).unwrap_or(text)
}

/// What has no white space inside.
fn is_one_token(rule: Rule) -> bool {
    matches!(
        rule,
        Rule::string
            | Rule::word
            | Rule::tool_word
            | Rule::number
            | Rule::json_number
            | Rule::range
            | Rule::slot
            | Rule::slot_path
            | Rule::claim
            | Rule::kind
            | Rule::envelope_key
            | Rule::comparator
    )
}

/// Braces whose entries end with a comma or with their line.
fn has_entries(rule: Rule) -> bool {
    matches!(
        rule,
        Rule::server_block
            | Rule::body
            | Rule::settings
            | Rule::destinations
            | Rule::results
            | Rule::test_block
            | Rule::json_object
    )
}

/// Brackets whose entries have commas between them, and may have one behind them.
fn has_commas(rule: Rule) -> bool {
    matches!(
        rule,
        Rule::call | Rule::parameters | Rule::tool_set | Rule::name_set | Rule::json_array
    )
}

/// A comma in what this rule matched is the layout's.
fn separates_entries(rule: Rule) -> bool {
    has_entries(rule) || has_commas(rule) || rule == Rule::map
}

fn style(open: char, rule: Rule) -> Style {
    Style {
        padded: open == '{' && (has_entries(rule) || rule == Rule::map),
        commas: has_commas(rule),
    }
}

fn has_clauses(rule: Rule) -> bool {
    matches!(rule, Rule::allow | Rule::deny | Rule::assertion | Rule::case)
}

/// Does it belong to the chain in what `around` matched?
fn is_operand(around: Rule, rule: Rule) -> bool {
    match around {
        Rule::pattern => matches!(rule, Rule::conjunction | Rule::or_op),
        Rule::conjunction => matches!(rule, Rule::unary | Rule::and_op),
        Rule::allow | Rule::deny | Rule::assertion | Rule::tool_set_def => {
            matches!(rule, Rule::selector | Rule::or_op)
        }
        Rule::reading => rule == Rule::slot,
        Rule::transport => matches!(rule, Rule::transport_kind | Rule::string),
        _ => false,
    }
}

/// May a line break before it?
fn begins_part(around: Rule, rule: Rule) -> bool {
    match rule {
        Rule::or_op | Rule::and_op => is_operand(around, rule),
        Rule::slot => around == Rule::reading,
        Rule::string => around == Rule::transport,
        Rule::because
        | Rule::when
        | Rule::requires
        | Rule::unless
        | Rule::after
        | Rule::until
        | Rule::limits
        | Rule::with
        | Rule::to
        | Rule::marks
        | Rule::record
        | Rule::returns
        | Rule::at_time
        | Rule::case_caller
        | Rule::case_states => has_clauses(around),
        _ => false,
    }
}
