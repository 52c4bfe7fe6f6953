//! Tests and the JSON in them.

use super::ast::{Case, Ident, JsonLiteral, JsonLiteralKind, Test};
use super::codes;
use super::grammar::{Pair, Rule, span_of};
use super::parser::Builder;
use crate::diagnostic::Diagnostic;

impl<'s> Builder<'s> {
    /// `test "…" { … }`.
    pub(super) fn test(&mut self, pair: Pair<'s>) -> Option<Test> {
        let mut parts = pair.into_inner();
        let name = self.template(&parts.next()?);
        let mut cases = Vec::new();
        for part in parts.next()?.into_inner() {
            if part.as_rule() == Rule::case {
                cases.extend(self.part(part, Self::case));
            } else {
                self.bad_case(&part);
            }
        }
        Some(Test { name: name?, cases })
    }

    /// `allow s.tool { … }`.
    fn case(&mut self, pair: Pair<'s>) -> Option<Case> {
        let span = span_of(&pair);
        let mut parts = pair.into_inner().filter(|part| part.as_rule() != Rule::dot);
        let allow = parts.next()?.as_str() == "allow";
        let server = self.name(parts.next()?);
        let tool = self.name(parts.next()?);
        let arguments = self.members(parts.next()?);
        let mut plain = true;
        for clause in parts {
            let word = clause.clone().into_inner().next()?;
            self.unsupported::<()>(span_of(&clause), &format!("`{}` in tests is", word.as_str()));
            plain = false;
        }
        plain.then_some(Case {
            span,
            allow,
            server: server?,
            tool: tool?,
            arguments,
        })
    }

    /// An object's members. A key may stand twice: a test may want to show that it is refused.
    fn members(&mut self, pair: Pair<'s>) -> Vec<(Ident, JsonLiteral)> {
        let mut members = Vec::new();
        for part in pair.into_inner() {
            if part.as_rule() == Rule::member {
                members.extend(self.part(part, Self::member));
            } else {
                self.bad_member(&part);
            }
        }
        members
    }

    fn member(&mut self, pair: Pair<'s>) -> Option<(Ident, JsonLiteral)> {
        let mut parts = pair.into_inner().filter(|part| part.as_rule() != Rule::colon);
        let key = self.name(parts.next()?);
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
