//! Statements that are short: names and their values.

use super::ast::{
    Budget, CallerDef, Const, Destination, Egress, Ident, Include, Label, LabelKind, Limit, LimitScope, Literal,
    LiteralKind, PatternDef, PolicyHeader, StatementKind, ToolSet, Use, Waiver,
};
use super::codes;
use super::grammar::{Pair, Rule, span_of};
use super::parser::Builder;
use super::rules::Braces;
use crate::diagnostic::{Diagnostic, nearest};

impl<'s> Builder<'s> {
    pub(super) fn policy(&mut self, pair: Pair<'s>) -> Option<PolicyHeader> {
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

    /// `use a::b::{x, y}`.
    pub(super) fn use_names(&mut self, pair: Pair<'s>) -> Option<Use> {
        let (mut module, mut names) = (Vec::new(), Vec::new());
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::word => module.push(Self::word(&part)),
                Rule::name_set => names.extend(part.into_inner().map(|name| Self::word(&name))),
                _ => {}
            }
        }
        Some(Use { module, names })
    }

    pub(super) fn include(&mut self, pair: Pair<'s>) -> Option<Include> {
        let file = self.name(pair.into_inner().next()?)?;
        Some(Include { file })
    }

    pub(super) fn constant(&mut self, pair: Pair<'s>) -> Option<Const> {
        let mut parts = pair.into_inner().filter(|part| part.as_rule() != Rule::equals);
        let name = self.definable(&parts.next()?);
        let value = parts.next()?.into_inner().next()?;
        let span = span_of(&value);
        let kind = match (value.as_rule(), value.as_str()) {
            (Rule::string, _) => LiteralKind::Str(self.template(&value)?),
            (Rule::number, _) => self.quantity(&value)?.kind,
            (_, "true") => LiteralKind::Bool(true),
            (_, "false") => LiteralKind::Bool(false),
            _ => {
                let error = Diagnostic::error(codes::CONSTANT, span, format!("`{}` is not a constant", value.as_str()));
                return self.refuse(error.help(
                    "a constant is a string, a number, `true`, `false`, a date, a duration or a size; write `pattern NAME = …` for a pattern",
                ));
            }
        };
        Some(Const {
            name: name?,
            value: Literal { span, kind },
        })
    }

    /// `pattern NAME(params) = P`.
    pub(super) fn pattern_def(&mut self, pair: Pair<'s>) -> Option<PatternDef> {
        let mut parts = pair.into_inner().filter(|part| part.as_rule() != Rule::equals);
        let name = self.definable(&parts.next()?);
        let mut next = parts.next()?;
        let mut params = Some(Vec::new());
        if next.as_rule() == Rule::parameters {
            params = self.parameters(next);
            next = parts.next()?;
        }
        let pattern = self.pattern(next, 0);
        if let Some(junk) = parts.next() {
            self.junk(&junk, "the statement's end");
        }
        Some(PatternDef {
            name: name?,
            params: params?,
            pattern: pattern?,
        })
    }

    fn parameters(&mut self, pair: Pair<'s>) -> Option<Vec<Ident>> {
        let end = span_of(&pair).end - 1;
        let mut params: Vec<Ident> = Vec::new();
        for part in pair.into_inner() {
            if part.as_rule() == Rule::junk {
                let expected = if params.is_empty() { "a name" } else { "`,` or `)`" };
                self.junk(&part, expected);
                return None;
            }
            let name = self.definable(&part)?;
            if let Some(first) = params.iter().find(|first| first.name == name.name) {
                let error = Diagnostic::error(
                    codes::DUPLICATE_KEY,
                    name.span,
                    format!("the parameter `{}` stands twice", name.name),
                );
                return self.refuse(error.also(first.span, "first here").help("choose another name"));
            }
            params.push(name);
        }
        if params.is_empty() {
            return self.missing(end, "a name");
        }
        Some(params)
    }

    /// `tools NAME = s.{a, b} | …`.
    pub(super) fn tool_set_def(&mut self, pair: Pair<'s>) -> Option<ToolSet> {
        let mut parts = pair.into_inner().filter(|part| part.as_rule() != Rule::equals);
        let name = self.definable(&parts.next()?);
        let selectors = parts.filter(|part| part.as_rule() == Rule::selector).collect();
        let tools = self.each(selectors, |builder, part| builder.selector(part, false));
        Some(ToolSet {
            name: name?,
            tools: tools?,
        })
    }

    /// `caller NAME { claim: pattern }`.
    pub(super) fn caller_def(&mut self, pair: Pair<'s>) -> Option<CallerDef> {
        let mut parts = pair.into_inner();
        let name = self.definable(&parts.next()?);
        let claims = self.body(parts.next()?, Braces::Caller);
        Some(CallerDef { name: name?, claims })
    }

    /// `egress NAME { … }`, `egress advisory`.
    pub(super) fn egress(&mut self, pair: Pair<'s>) -> Option<StatementKind> {
        let mut parts = pair.into_inner();
        let first = parts.next()?;
        if first.as_rule() == Rule::advisory {
            return Some(StatementKind::EgressAdvisory);
        }
        let name = self.definable(&first);
        let mut destinations = Vec::new();
        for part in parts.next()?.into_inner() {
            destinations.extend(match part.as_rule() {
                Rule::string => self.template(&part).map(Destination::Origin),
                Rule::network => self
                    .part(part, |builder, part| builder.template(&part.into_inner().next()?))
                    .map(Destination::Network),
                _ => {
                    self.bad_destination(&part);
                    None
                }
            });
        }
        let name = name?;
        Some(StatementKind::Egress(Egress { name, destinations }))
    }

    /// `label NAME = taint|proof per caller [for D]`.
    pub(super) fn label(&mut self, pair: Pair<'s>) -> Option<Label> {
        let mut parts = pair.into_inner().filter(|part| part.as_rule() != Rule::equals);
        let name = self.definable(&parts.next()?);
        let kind = self.choice(
            &parts.next()?,
            &[("taint", LabelKind::Taint), ("proof", LabelKind::Proof)],
        );
        let scope = self.choice(&parts.next()?.into_inner().next()?, &[("caller", ())]);
        let lifetime = match parts.next() {
            Some(lifetime) => self.given(lifetime, Self::duration).map(Some),
            None => Some(None),
        };
        scope?;
        Some(Label {
            name: name?,
            kind: kind?,
            lifetime: lifetime?,
        })
    }

    /// `limit NAME = [sum] N per D per caller|all`.
    pub(super) fn limit_def(&mut self, pair: Pair<'s>) -> Option<Limit> {
        let mut parts = pair.into_inner().filter(|part| part.as_rule() != Rule::equals);
        let name = self.definable(&parts.next()?);
        let mut next = parts.next()?;
        let is_sum = next.as_rule() == Rule::sum;
        if is_sum {
            next = parts.next()?;
        }
        let most = self.given(next, Self::placed_number);
        let window = self.given(parts.next()?, Self::duration);
        let scopes = [("caller", LimitScope::Caller), ("all", LimitScope::All)];
        let scope = self.choice(&parts.next()?.into_inner().next()?, &scopes);
        Some(Limit {
            name: name?,
            budget: if is_sum {
                Budget::Sum(most?)
            } else {
                Budget::Calls(most?)
            },
            window: window?,
            scope: scope?,
        })
    }

    /// `waive CODE "reason"`.
    pub(super) fn waiver(&mut self, pair: Pair<'s>) -> Option<Waiver> {
        let span = span_of(&pair);
        let mut parts = pair.into_inner();
        let code = Self::word(&parts.next()?);
        let reason = self.template(&parts.next()?);
        let digits = code.name.strip_prefix(['E', 'L']).unwrap_or_default();
        if digits.len() != 4 || !digits.bytes().all(|b| b.is_ascii_digit()) {
            let error = Diagnostic::error(codes::WAIVER, code.span, format!("`{}` is not a code", code.name));
            return self.refuse(error.help("write the code that is shown with the message, `waive L0001 \"REASON\"`"));
        }
        Some(Waiver {
            span,
            code,
            reason: reason?,
        })
    }

    /// One of a few words.
    pub(super) fn choice<T: Clone>(&mut self, pair: &Pair<'s>, choices: &[(&'static str, T)]) -> Option<T> {
        let word = pair.as_str();
        if let Some((_, value)) = choices.iter().find(|(name, _)| *name == word) {
            return Some(value.clone());
        }
        let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
        let known: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
        let help = match nearest(word, names) {
            Some(near) => format!("did you mean `{near}`?"),
            None if known.len() == 1 => format!("only {} can stand here", known.concat()),
            None => format!("one of {} can stand here", known.join(", ")),
        };
        let error = Diagnostic::error(codes::CHOICE, span_of(pair), format!("unknown word `{word}`"));
        self.refuse(error.help(help))
    }
}
