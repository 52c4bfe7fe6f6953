//! From source text to the tree: limits first, then the grammar, then the builder, which says what is
//! wrong in the author's words.

use std::borrow::Cow;

use pest::Parser as _;

use super::ast::{File, Statement, StatementKind, Waiver};
use super::codes;
use super::grammar::{Grammar, Pair, Rule, span_of};
use super::scan::{self, Doc, MAX_ERRORS};
use crate::diagnostic::{Diagnostic, Severity, Source, Span};

/// Parses a source file. Never fails and never panics: what could not be understood is left out of the
/// tree and has an error, so **a tree that comes with errors must not be compiled**, only looked at.
///
/// Diagnostics are in the order of their places, at most [`scan::MAX_ERRORS`] and one that says so. Work is linear in the size of the source, which is at
/// most [`scan::MAX_SOURCE`] bytes, times its nesting, at most [`scan::MAX_NESTING`].
#[must_use]
pub fn parse(source: &Source) -> (File, Vec<Diagnostic>) {
    parse_at(source, 0)
}

/// The same with every place moved on by `base`, so that the places of several files are all different.
#[must_use]
pub fn parse_at(source: &Source, base: usize) -> (File, Vec<Diagnostic>) {
    // What stands before is white space, which means nothing.
    let moved: Cow<'_, str> = if base == 0 {
        Cow::Borrowed(&source.text)
    } else {
        Cow::Owned(" ".repeat(base) + &source.text)
    };
    let text = &*moved;
    let scan = match scan::scan(text, base) {
        Ok(scan) => scan,
        Err(past_limit) => return (File::default(), vec![*past_limit]),
    };
    let balanced = scan.balanced(text);
    let mut builder = Builder::new(text, scan.damage);
    let file = match Grammar::parse(Rule::file, &balanced) {
        Ok(mut pairs) => builder.file(pairs.next(), scan.docs),
        Err(_) => {
            builder.say(Diagnostic::error(
                codes::UNEXPECTED,
                Span::new(0, text.len()),
                "the source cannot be read",
            ));
            File::default()
        }
    };
    (file, ordered(builder.diagnostics))
}

/// The diagnostics by place, with a last word if there were more than are kept.
fn ordered(mut diagnostics: Vec<Diagnostic>) -> Vec<Diagnostic> {
    diagnostics.sort_by_key(|diagnostic| diagnostic.primary.span);
    if let Some(over) = diagnostics.get(MAX_ERRORS).map(|diagnostic| diagnostic.primary.span) {
        diagnostics.truncate(MAX_ERRORS);
        diagnostics.push(
            Diagnostic::error(
                codes::TOO_MANY,
                over,
                format!("there are more than {MAX_ERRORS} errors"),
            )
            .help("mend these first"),
        );
    }
    diagnostics
}

/// Makes the tree out of what the grammar matched, and collects the diagnostics.
pub(super) struct Builder<'s> {
    /// The whole source text.
    pub(super) text: &'s str,
    diagnostics: Vec<Diagnostic>,
    /// The places that the scan has spoken of already, in order; what is bad because of them needs no more words.
    damage: Vec<Span>,
}

impl<'s> Builder<'s> {
    fn new(text: &'s str, diagnostics: Vec<Diagnostic>) -> Self {
        let mut damage: Vec<Span> = diagnostics.iter().map(|diagnostic| diagnostic.primary.span).collect();
        damage.sort_unstable();
        Self {
            text,
            diagnostics,
            damage,
        }
    }

    /// Keeps a diagnostic.
    pub(super) fn say(&mut self, diagnostic: Diagnostic) {
        if self.diagnostics.len() <= MAX_ERRORS {
            self.diagnostics.push(diagnostic);
        }
    }

    /// Keeps a diagnostic for something that is then left out of the tree.
    pub(super) fn refuse<T>(&mut self, diagnostic: Diagnostic) -> Option<T> {
        self.say(diagnostic);
        None
    }

    /// Does what is bad in here need no words: has the scan spoken of it, or has enough been said?
    pub(super) fn is_explained(&self, span: Span) -> bool {
        let first = self.damage.partition_point(|damage| damage.start < span.start);
        let damaged = self.damage.get(first).is_some_and(|damage| damage.start < span.end);
        damaged || self.diagnostics.len() > MAX_ERRORS
    }

    /// Builds one part of the tree.
    ///
    /// INVARIANT: a part that is left out has an error, so that a rule is never lost in silence.
    pub(super) fn part<T>(
        &mut self,
        pair: Pair<'s>,
        build: impl FnOnce(&mut Self, Pair<'s>) -> Option<T>,
    ) -> Option<T> {
        let span = span_of(&pair);
        let before = self.diagnostics.len();
        let built = build(self, pair);
        let explained = self.is_explained(span)
            || self
                .diagnostics
                .iter()
                .skip(before)
                .any(|d| d.severity == Severity::Error);
        if built.is_none() && !explained {
            self.say(Diagnostic::error(codes::UNEXPECTED, span, "this cannot be understood"));
        }
        built
    }

    fn file(&mut self, pair: Option<Pair<'s>>, docs: Vec<Doc>) -> File {
        let mut file = File::default();
        let mut docs = docs.into_iter().peekable();
        let mut first = true;
        // What stands above a statement.
        let (mut own, mut waivers): (Vec<String>, Vec<Waiver>) = (Vec::new(), Vec::new());
        for pair in pair
            .into_iter()
            .flat_map(Pair::into_inner)
            .filter(|pair| pair.as_rule() != Rule::EOI)
        {
            let span = span_of(&pair);
            while let Some(doc) = docs.next_if(|doc| doc.span.end <= span.start) {
                match doc {
                    Doc {
                        own_line: false, span, ..
                    } => self.stray_doc(span),
                    Doc {
                        of_file: true, text, ..
                    } if first => file.docs.push(text),
                    Doc {
                        of_file: true, span, ..
                    } => self.stray_doc(span),
                    Doc { text, .. } => own.push(text),
                }
            }
            while let Some(doc) = docs.next_if(|doc| doc.span.start < span.end) {
                self.stray_doc(doc.span);
            }
            first = false;
            match pair.as_rule() {
                Rule::junk_line => self.junk_line(&pair),
                Rule::waiver => waivers.extend(self.part(pair, Self::waiver)),
                _ => {
                    let (docs, waivers) = (std::mem::take(&mut own), std::mem::take(&mut waivers));
                    let kind = self.part(pair, Self::statement);
                    file.statements.extend(kind.map(|kind| Statement {
                        docs,
                        waivers,
                        span,
                        kind,
                    }));
                }
            }
        }
        for waiver in waivers {
            let error = Diagnostic::error(codes::WAIVER, waiver.span, "this waiver waives nothing");
            self.say(error.help("it stands above the statement that the message is about"));
        }
        for doc in docs {
            match doc {
                Doc {
                    of_file: true,
                    own_line: true,
                    text,
                    ..
                } if first => file.docs.push(text),
                Doc { span, .. } => self.stray_doc(span),
            }
        }
        file
    }

    fn stray_doc(&mut self, span: Span) {
        self.say(
            Diagnostic::error(codes::STRAY_DOC, span, "this doc comment documents nothing")
                .help("`///` stands on its own line above a statement, `//!` above the first one; other comments begin with `//`"),
        );
    }

    fn statement(&mut self, pair: Pair<'s>) -> Option<StatementKind> {
        match pair.as_rule() {
            Rule::policy => self.policy(pair).map(StatementKind::Policy),
            Rule::use_names => self.use_names(pair).map(StatementKind::Use),
            Rule::include => self.include(pair).map(StatementKind::Include),
            Rule::constant => self.constant(pair).map(StatementKind::Const),
            Rule::server => self.server(pair).map(StatementKind::Server),
            Rule::caller_def => self.caller_def(pair).map(StatementKind::Caller),
            Rule::credential => self.credential(pair).map(StatementKind::Credential),
            Rule::egress => self.egress(pair),
            Rule::label => self.label(pair).map(StatementKind::Label),
            Rule::limit_def => self.limit_def(pair).map(StatementKind::Limit),
            Rule::pattern_def => self.pattern_def(pair).map(StatementKind::Pattern),
            Rule::tool_set_def => self.tool_set_def(pair).map(StatementKind::Tools),
            Rule::allow => self.allow(pair).map(StatementKind::Allow),
            Rule::deny => self.deny(pair).map(StatementKind::Deny),
            Rule::assertion => self.assertion(pair).map(StatementKind::Assert),
            Rule::test => self.test(pair).map(StatementKind::Test),
            _ => self.bad_statement(&pair),
        }
    }
}
