//! From source text to the tree: limits first, then the grammar, then the builder, which says what is
//! wrong in the author's words.

use pest::Parser as _;

use super::ast::{Const, File, Literal, LiteralKind, PatternDef, PolicyHeader, Statement, StatementKind};
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
    let text = &*source.text;
    let scan = match scan::scan(text) {
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

    /// Refuses a part of the full language that this version does not have. `what` has its verb:
    /// "`caller` statements are".
    pub(super) fn unsupported<T>(&mut self, span: Span, what: &str) -> Option<T> {
        self.refuse(Diagnostic::error(
            codes::UNSUPPORTED,
            span,
            format!("{what} not supported by this version of mcppc"),
        ))
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
        for pair in pair
            .into_iter()
            .flat_map(Pair::into_inner)
            .filter(|pair| pair.as_rule() != Rule::EOI)
        {
            let span = span_of(&pair);
            let mut own = Vec::new();
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
            if pair.as_rule() == Rule::junk_line {
                self.junk_line(&pair);
                continue;
            }
            if let Some(kind) = self.part(pair, Self::statement) {
                file.statements.push(Statement { docs: own, span, kind });
            }
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
            Rule::constant => self.constant(pair).map(StatementKind::Const),
            Rule::server => self.server(pair).map(StatementKind::Server),
            Rule::pattern_def => self.pattern_def(pair).map(StatementKind::Pattern),
            Rule::allow => self.allow(pair).map(StatementKind::Allow),
            Rule::deny => self.deny(pair).map(StatementKind::Deny),
            Rule::test => self.test(pair).map(StatementKind::Test),
            _ => self.bad_statement(&pair),
        }
    }

    fn policy(&mut self, pair: Pair<'s>) -> Option<PolicyHeader> {
        let mut parts = pair.into_inner();
        let name = self.template(&parts.next()?)?;
        let environment = match parts.next() {
            None => None,
            Some(clause) if clause.as_rule() == Rule::environment => Some(self.template(&clause.into_inner().next()?)?),
            Some(clause) => {
                let place = Diagnostic::error(
                    codes::UNEXPECTED,
                    span_of(&clause),
                    "this is not what follows a policy's name",
                );
                return self.refuse(place.help("write `for environment \"NAME\"`, or nothing"));
            }
        };
        Some(PolicyHeader { name, environment })
    }

    fn constant(&mut self, pair: Pair<'s>) -> Option<Const> {
        let mut parts = pair.into_inner().filter(|part| part.as_rule() != Rule::equals);
        let name = self.definable(&parts.next()?);
        let value = parts.next()?.into_inner().next()?;
        let span = span_of(&value);
        let kind = match (value.as_rule(), value.as_str()) {
            (Rule::string, _) => LiteralKind::Str(self.template(&value)?),
            (Rule::number, _) => LiteralKind::Number(self.number(&value)?),
            (_, "true") => LiteralKind::Bool(true),
            (_, "false") => LiteralKind::Bool(false),
            _ => {
                let error = Diagnostic::error(codes::CONSTANT, span, format!("`{}` is not a constant", value.as_str()));
                return self.refuse(error.help(
                    "a constant is a string, a number, `true` or `false`; write `pattern NAME = …` for a pattern",
                ));
            }
        };
        Some(Const {
            name: name?,
            value: Literal { span, kind },
        })
    }

    fn pattern_def(&mut self, pair: Pair<'s>) -> Option<PatternDef> {
        let mut parts = pair.into_inner().filter(|part| part.as_rule() != Rule::equals);
        let name = self.definable(&parts.next()?);
        let mut next = parts.next()?;
        let mut has_parameters = false;
        if next.as_rule() == Rule::parameters {
            self.unsupported::<()>(span_of(&next), "patterns with parameters are");
            has_parameters = true;
            next = parts.next()?;
        }
        let pattern = self.pattern(next, 0);
        if let Some(junk) = parts.next() {
            self.junk(&junk, "the statement's end");
        }
        let pattern = pattern?;
        if has_parameters {
            None
        } else {
            Some(PatternDef { name: name?, pattern })
        }
    }
}
