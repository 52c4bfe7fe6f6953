//! Patterns.

use super::ast::{Argument, Field, FieldKey, NumberRange, Pattern, PatternKind};
use super::codes;
use super::grammar::{Pair, Rule, span_of};
use super::parser::Builder;
use super::rules::Braces;
use super::scan::{MAX_NESTING, too_deep};
use crate::diagnostic::{Diagnostic, Span, nearest};

impl<'s> Builder<'s> {
    /// A pattern; `depth` brackets and operators stand around it.
    pub(super) fn pattern(&mut self, pair: Pair<'s>, depth: usize) -> Option<Pattern> {
        let span = span_of(&pair);
        let arms: Vec<_> = pair
            .into_inner()
            .filter(|part| part.as_rule() == Rule::conjunction)
            .collect();
        for arm in arms.iter().rev().skip(1) {
            self.has_before_or(arm);
        }
        let arms = self.each(arms, |builder, arm| builder.conjunction(arm, depth))?;
        Some(n_ary(span, arms, PatternKind::Or))
    }

    fn conjunction(&mut self, pair: Pair<'s>, depth: usize) -> Option<Pattern> {
        let span = span_of(&pair);
        let terms = pair.into_inner().filter(|part| part.as_rule() == Rule::unary).collect();
        let terms = self.each(terms, |builder, term| builder.unary(term, depth))?;
        Some(n_ary(span, terms, PatternKind::And))
    }

    /// Builds each, so that the mistakes in all of them are found; `None` if one of them is left out.
    pub(super) fn each<T>(
        &mut self,
        pairs: Vec<Pair<'s>>,
        mut build: impl FnMut(&mut Self, Pair<'s>) -> Option<T>,
    ) -> Option<Vec<T>> {
        let built: Vec<Option<T>> = pairs.into_iter().map(|pair| build(self, pair)).collect();
        built.into_iter().collect()
    }

    /// `has P | Q`: an error, whatever was meant.
    fn has_before_or(&mut self, arm: &Pair<'s>) {
        let Some(last) = arm
            .clone()
            .into_inner()
            .filter(|part| part.as_rule() == Rule::unary)
            .last()
        else {
            return;
        };
        if last
            .clone()
            .into_inner()
            .any(|part| part.as_rule() == Rule::prefix && part.as_str() == "has")
        {
            self.say(
                Diagnostic::error(codes::HAS_OR, span_of(&last), "`has P | Q` needs parentheses")
                    .label("`has` binds tighter than `|`")
                    .help("write `has (P | Q)` for an element that matches either, or `(has P) | Q`"),
            );
        }
    }

    fn unary(&mut self, pair: Pair<'s>, depth: usize) -> Option<Pattern> {
        let span = span_of(&pair);
        let parts: Vec<_> = pair.into_inner().collect();
        let depth = depth + parts.len() - 1;
        if depth > MAX_NESTING {
            return self.refuse(too_deep(span));
        }
        let at = parts.iter().position(|part| part.as_rule() == Rule::primary)?;
        let (prefixes, rest) = parts.split_at(at);
        let (primary, questions) = rest.split_first()?;
        let mut pattern = self.primary(primary.clone().into_inner().next()?, depth)?;
        for question in questions {
            let span = pattern.span.to(span_of(question));
            pattern = Pattern {
                span,
                kind: PatternKind::Nullable(Box::new(pattern)),
            };
        }
        for prefix in prefixes.iter().rev() {
            let span = span_of(prefix).to(pattern.span);
            let inner = Box::new(pattern);
            let kind = if prefix.as_str() == "!" {
                PatternKind::Not(inner)
            } else {
                PatternKind::Has(inner)
            };
            pattern = Pattern { span, kind };
        }
        Some(pattern)
    }

    /// `depth` counts operators too: the scan has bounded the brackets alone.
    fn primary(&mut self, pair: Pair<'s>, depth: usize) -> Option<Pattern> {
        let span = span_of(&pair);
        if matches!(pair.as_rule(), Rule::group | Rule::array | Rule::map | Rule::body) && depth >= MAX_NESTING {
            return self.refuse(too_deep(span));
        }
        let kind = match pair.as_rule() {
            Rule::group => {
                let inner = self.group(pair, depth + 1)?;
                return Some(Pattern { span, ..inner });
            }
            Rule::array => self.array(pair, depth + 1)?,
            Rule::body => {
                let braces = self.braces(pair, Braces::Object, depth + 1);
                PatternKind::Object {
                    fields: braces.fields,
                    spreads: braces.spreads,
                    open: braces.open,
                }
            }
            Rule::map => self.map(pair, depth + 1)?,
            Rule::range => PatternKind::Range(self.range(pair)?),
            Rule::number => PatternKind::Number(self.number(&pair)?),
            Rule::string => PatternKind::Str(self.template(&pair)?),
            Rule::claim => PatternKind::Claim(self.claim(pair)?),
            Rule::call => self.call(pair, depth + 1)?,
            Rule::part_object => self.part_object(pair, depth + 1)?,
            _ => word_pattern(&pair),
        };
        Some(Pattern { span, kind })
    }

    fn group(&mut self, pair: Pair<'s>, depth: usize) -> Option<Pattern> {
        let end = span_of(&pair).end - 1;
        let (mut inner, mut expected) = (None, "a pattern");
        for part in pair.into_inner() {
            if part.as_rule() == Rule::pattern {
                inner = Some(self.pattern(part, depth));
                expected = "`)`";
            } else {
                self.junk(&part, expected);
                return None;
            }
        }
        match inner {
            Some(inner) => inner,
            None => self.missing(end, "a pattern"),
        }
    }

    fn array(&mut self, pair: Pair<'s>, depth: usize) -> Option<PatternKind> {
        let end = span_of(&pair).end - 1;
        let (mut element, mut length, mut expected) = (None, Some(None), "a pattern");
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::pattern => {
                    element = Some(self.pattern(part, depth));
                    expected = "`;` or `]`";
                }
                Rule::length => {
                    length = self.length(part).map(Some);
                    expected = "`]`";
                }
                _ => {
                    self.junk(&part, expected);
                    return None;
                }
            }
        }
        let Some(element) = element else {
            return self.missing(end, "a pattern");
        };
        Some(PatternKind::Array {
            element: Box::new(element?),
            length: length?,
        })
    }

    /// `{ [text]: P; ..=20 }`.
    fn map(&mut self, pair: Pair<'s>, depth: usize) -> Option<PatternKind> {
        let end = span_of(&pair).end - 1;
        let (mut key, mut value, mut length) = (None, None, Some(None));
        let mut expected = "`[KEY]: VALUE`";
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::map_key => {
                    key = Some(self.part(part, |builder, part| builder.group(part, depth + 1)));
                    expected = "`:`";
                }
                Rule::colon => expected = "a pattern",
                Rule::pattern => {
                    value = Some(self.pattern(part, depth));
                    expected = "`;` or `}`";
                }
                Rule::length => {
                    length = self.length(part).map(Some);
                    expected = "`}`";
                }
                _ => {
                    self.bad_map(&part, expected);
                    return None;
                }
            }
        }
        let Some((key, value)) = key.zip(value) else {
            return self.missing(end, expected);
        };
        Some(PatternKind::Map {
            key: Box::new(key?),
            value: Box::new(value?),
            length: length?,
        })
    }

    /// A call of a pattern, `depth` counting its parentheses.
    pub(super) fn call(&mut self, pair: Pair<'s>, depth: usize) -> Option<PatternKind> {
        let span = span_of(&pair);
        let mut parts = pair.into_inner();
        let name = Self::word(&parts.next()?);
        let args = self.each(parts.collect(), |builder, part| builder.argument(part, depth))?;
        if args.is_empty() {
            let error = Diagnostic::error(codes::UNEXPECTED, span, format!("`{}()` has no arguments", name.name));
            return self.refuse(error.help(format!(
                "write `{}` alone, or an argument in the parentheses",
                name.name
            )));
        }
        Some(PatternKind::Call { name, args })
    }

    fn argument(&mut self, pair: Pair<'s>, depth: usize) -> Option<Argument> {
        match pair.as_rule() {
            Rule::junk => {
                self.junk(&pair, "an argument");
                None
            }
            Rule::string => self.template(&pair).map(Argument::Str),
            Rule::range => self.argument_range(pair),
            Rule::number => self.argument_number(&pair),
            Rule::pattern if depth > MAX_NESTING => self.refuse(too_deep(span_of(&pair))),
            Rule::pattern => self.pattern(pair, depth).map(as_argument),
            _ => self.bad_argument(&pair),
        }
    }

    /// `url { … }`, or a name with braces after it.
    fn part_object(&mut self, pair: Pair<'s>, depth: usize) -> Option<PatternKind> {
        let span = span_of(&pair);
        let mut parts = pair.into_inner();
        let (name, body) = (parts.next()?, parts.next()?);
        if name.as_str() != "url" {
            let error = Diagnostic::error(
                codes::UNEXPECTED,
                span,
                format!("`{}` cannot have braces after it", name.as_str()),
            );
            return self.refuse(error.help("an object pattern is braces alone, `{ a: P }`; only `url` has parts"));
        }
        let braces = self.braces(body, Braces::Object, depth);
        if braces.open || !braces.spreads.is_empty() {
            let error = Diagnostic::error(codes::UNEXPECTED, span, "`url { … }` has neither `..` nor spreads");
            return self
                .refuse(error.help("a part that it leaves out is absent, or the default; name those that are free"));
        }
        self.all_are_parts(&braces.fields)?;
        Some(PatternKind::UrlParts(braces.fields))
    }

    fn all_are_parts(&mut self, fields: &[Field]) -> Option<()> {
        let parts = PatternKind::URL_PARTS;
        let is_part = |field: &&Field| matches!(&field.key, FieldKey::Name(key) if parts.contains(&key.name.as_str()));
        let Some(other) = fields.iter().find(|field| !is_part(field)) else {
            return Some(());
        };
        let FieldKey::Name(key) = &other.key else { return None };
        let error = Diagnostic::error(codes::CHOICE, key.span, format!("a URL has no part `{}`", key.name));
        self.refuse(match nearest(&key.name, parts) {
            Some(near) => error.help(format!("did you mean `{near}`?")),
            None => error.help(format!("its parts are {}", parts.join(", "))),
        })
    }
}

fn word_pattern(pair: &Pair) -> PatternKind {
    match pair.as_str() {
        "true" => PatternKind::Bool(true),
        "false" => PatternKind::Bool(false),
        "null" => PatternKind::Null,
        _ => PatternKind::Name(Builder::word(pair)),
    }
}

/// A pattern as an argument. What stands for itself alone has a kind of its own, in parentheses or not.
fn as_argument(pattern: Pattern) -> Argument {
    match pattern.kind {
        PatternKind::Str(template) => Argument::Str(template),
        PatternKind::Range(range) => Argument::Range(range),
        PatternKind::Number(digits) => Argument::Range(NumberRange {
            span: pattern.span,
            low: Some(digits.clone()),
            high: Some(digits),
        }),
        _ => Argument::Pattern(pattern),
    }
}

/// One node for all of `a | b | c`; one alone is itself.
fn n_ary(span: Span, mut of: Vec<Pattern>, node: fn(Vec<Pattern>) -> PatternKind) -> Pattern {
    match of.pop() {
        Some(only) if of.is_empty() => only,
        last => {
            of.extend(last);
            Pattern { span, kind: node(of) }
        }
    }
}
