//! Tests and the JSON in them.

use super::ast::{
    Case, CaseContext, CaseState, CaseTarget, Ident, JsonLiteral, JsonLiteralKind, Pattern, PatternCase, PatternKind,
    Test, TestEntry,
};
use super::clauses::twice;
use super::codes;
use super::grammar::{Pair, Rule, span_of};
use super::parser::Builder;
use super::recover::leading_word;
use crate::diagnostic::{Diagnostic, Span};

/// The members of an object.
type Members = Vec<(Ident, JsonLiteral)>;

impl<'s> Builder<'s> {
    /// `test "…" { … }`.
    pub(super) fn test(&mut self, pair: Pair<'s>) -> Option<Test> {
        let mut parts = pair.into_inner();
        let name = self.template(&parts.next()?);
        let mut entries = Vec::new();
        for part in parts.next()?.into_inner() {
            match part.as_rule() {
                Rule::case => entries.extend(self.part(part, Self::case).map(TestEntry::Call)),
                Rule::pattern_case => entries.extend(self.part(part, Self::pattern_case).map(TestEntry::Pattern)),
                _ => self.bad_case(&part),
            }
        }
        Some(Test { name: name?, entries })
    }

    /// `allow s.tool { … }`, `deny s:prompt { … } for { … } at T with a, b: 3`.
    fn case(&mut self, pair: Pair<'s>) -> Option<Case> {
        let span = span_of(&pair);
        let mut parts = pair.into_inner().filter(|part| part.as_rule() != Rule::dot);
        let allow = parts.next()?.as_str() == "allow";
        let first = parts.next()?;
        let called = if first.as_rule() == Rule::kind {
            self.capability(first)
                .map(|(server, kind)| (server, CaseTarget::Capability(kind)))
        } else {
            let (server, tool) = (self.name(first), self.name(parts.next()?));
            server.zip(tool.map(CaseTarget::Tool))
        };
        let (arguments, envelope) = self.call_members(parts.next()?);
        let (mut context, mut seen) = (CaseContext::default(), Vec::new());
        for clause in parts {
            self.once_in_case(&clause, &mut seen);
            self.case_clause(clause, &mut context);
        }
        let (server, target) = called?;
        Some(Case {
            span,
            allow,
            server,
            target,
            arguments,
            envelope,
            context,
        })
    }

    fn once_in_case(&mut self, clause: &Pair<'s>, seen: &mut Vec<(&'s str, Span)>) {
        let (word, span) = (leading_word(clause.as_str()), span_of(clause));
        match seen.iter().find(|(other, _)| *other == word) {
            Some((_, first)) => self.say(twice(word, span, *first)),
            None => seen.push((word, span)),
        }
    }

    fn case_clause(&mut self, pair: Pair<'s>, context: &mut CaseContext) {
        match pair.as_rule() {
            Rule::case_caller => context.caller = pair.into_inner().next().map(|claims| self.members(claims)),
            Rule::at_time => {
                context.at = self.part(pair, |builder, pair| {
                    builder.given(pair.into_inner().next()?, Self::moment)
                });
            }
            Rule::case_states => {
                for state in pair.into_inner() {
                    context.state.extend(self.part(state, Self::case_state));
                }
            }
            _ => self.bad_case_clause(&pair),
        }
    }

    fn case_state(&mut self, pair: Pair<'s>) -> Option<CaseState> {
        let mut parts = pair.into_inner().filter(|part| part.as_rule() != Rule::colon);
        let name = Self::word(&parts.next()?);
        let used = match parts.next() {
            Some(number) => Some(self.placed_number(&number)?),
            None => None,
        };
        Some(CaseState { name, used })
    }

    /// `matches NAME VALUE`, `rejects NAME VALUE`.
    fn pattern_case(&mut self, pair: Pair<'s>) -> Option<PatternCase> {
        let span = span_of(&pair);
        let mut parts = pair.into_inner();
        let matches = parts.next()?.as_str() == "matches";
        let name = parts.next()?;
        let place = span_of(&name);
        let kind = if name.as_rule() == Rule::call {
            self.call(name, 1)
        } else {
            Some(PatternKind::Name(Self::word(&name)))
        };
        let value = self.json(parts.next()?);
        Some(PatternCase {
            span,
            matches,
            pattern: Pattern {
                span: place,
                kind: kind?,
            },
            value: value?,
        })
    }

    /// The members of a call: its arguments, and the envelope's slots.
    fn call_members(&mut self, pair: Pair<'s>) -> (Members, Members) {
        let (mut arguments, mut envelope) = (Vec::new(), Vec::new());
        for part in pair.into_inner() {
            let is_envelope = is_envelope(&part);
            if part.as_rule() != Rule::member {
                self.bad_member(&part);
            } else if is_envelope {
                envelope.extend(self.part(part, Self::member));
            } else {
                arguments.extend(self.part(part, Self::member));
            }
        }
        (arguments, envelope)
    }

    /// An object's members. A key may stand twice: a test may want to show that it is refused.
    fn members(&mut self, pair: Pair<'s>) -> Members {
        let mut members = Vec::new();
        for part in pair.into_inner() {
            if part.as_rule() != Rule::member {
                self.bad_member(&part);
            } else if is_envelope(&part) {
                let error = Diagnostic::error(
                    codes::ENVELOPE,
                    span_of(&part),
                    "`@` stands in the braces of a call only",
                );
                self.say(error.help("a key that begins with `@` stands in quotes"));
            } else {
                members.extend(self.part(part, Self::member));
            }
        }
        members
    }

    fn member(&mut self, pair: Pair<'s>) -> Option<(Ident, JsonLiteral)> {
        let mut parts = pair.into_inner().filter(|part| part.as_rule() != Rule::colon);
        let key = parts.next()?;
        let key = if key.as_rule() == Rule::envelope_key {
            self.envelope_slot(key)
        } else {
            self.name(key)
        };
        let value = self.json(parts.next()?);
        Some((key?, value?))
    }

    fn json_array(&mut self, pair: Pair<'s>) -> Option<Vec<JsonLiteral>> {
        let (mut elements, mut expected) = (Vec::new(), "a JSON value");
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::json => {
                    elements.push(self.json(part));
                    expected = "`,` or `]`";
                }
                Rule::comma => expected = "a JSON value",
                _ => {
                    self.junk(&part, expected);
                    return None;
                }
            }
        }
        elements.into_iter().collect()
    }

    fn json(&mut self, pair: Pair<'s>) -> Option<JsonLiteral> {
        let span = span_of(&pair);
        let inner = pair.into_inner().next()?;
        let kind = match (inner.as_rule(), inner.as_str()) {
            (Rule::json_object, _) => JsonLiteralKind::Object(self.members(inner)),
            (Rule::json_array, _) => JsonLiteralKind::Array(self.json_array(inner)?),
            (Rule::json_number, _) => JsonLiteralKind::Number(self.json_number(&inner)?),
            (Rule::string, _) => JsonLiteralKind::Str(self.template(&inner)?),
            (_, "null") => JsonLiteralKind::Null,
            (_, "true") => JsonLiteralKind::Bool(true),
            (_, "false") => JsonLiteralKind::Bool(false),
            (_, word) => {
                let error = Diagnostic::error(codes::NOT_JSON, span, format!("`{word}` is not a JSON value"));
                return self.refuse(error.help(format!(
                    "write `\"{word}\"` for a string, `\"${{{word}}}\"` for a constant's text"
                )));
            }
        };
        Some(JsonLiteral { span, kind })
    }
}

/// Is the key of this member a slot of the envelope?
fn is_envelope(member: &Pair) -> bool {
    member
        .clone()
        .into_inner()
        .next()
        .is_some_and(|key| key.as_rule() == Rule::envelope_key)
}
