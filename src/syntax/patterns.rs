//! Patterns.

use super::ast::{Argument, NumberRange, Pattern, PatternKind};
use super::codes;
use super::grammar::{Pair, Rule, span_of};
use super::parser::Builder;
use super::rules::Braces;
use super::scan::{MAX_NESTING, too_deep};
use crate::diagnostic::{Diagnostic, Span};

/// The readings of the full language that this version does not have.
const FUTURE_READINGS: [&str; 6] = ["url", "host", "ip", "email", "datetime", "date"];

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
        if matches!(pair.as_rule(), Rule::group | Rule::array | Rule::body) && depth >= MAX_NESTING {
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
                    open: braces.open,
                }
            }
            Rule::range => PatternKind::Range(self.range(pair)?),
            Rule::number => PatternKind::Number(self.number(&pair)?),
            Rule::string => PatternKind::Str(self.template(&pair)?),
            Rule::call => self.call(pair)?,
            Rule::part_object => return self.part_object(&pair),
            _ => self.word_pattern(&pair)?,
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

    fn word_pattern(&mut self, pair: &Pair<'s>) -> Option<PatternKind> {
        match pair.as_str() {
            "true" => Some(PatternKind::Bool(true)),
            "false" => Some(PatternKind::Bool(false)),
            "null" => Some(PatternKind::Null),
            name if FUTURE_READINGS.contains(&name) => {
                self.unsupported(span_of(pair), &format!("`{name}` patterns are"))
            }
            _ => Some(PatternKind::Name(Self::word(pair))),
        }
    }

    fn call(&mut self, pair: Pair<'s>) -> Option<PatternKind> {
        let span = span_of(&pair);
        let mut parts = pair.into_inner();
        let name = Self::word(&parts.next()?);
        if FUTURE_READINGS.contains(&name.name.as_str()) {
            return self.unsupported(span, &format!("`{}` patterns are", name.name));
        }
        let args = self.each(parts.collect(), Self::argument)?;
        if args.is_empty() {
            let error = Diagnostic::error(codes::UNEXPECTED, span, format!("`{}()` has no arguments", name.name));
            return self.refuse(error.help(format!(
                "write `{}` alone, or an argument in the parentheses",
                name.name
            )));
        }
        Some(PatternKind::Call { name, args })
    }

    fn argument(&mut self, pair: Pair<'s>) -> Option<Argument> {
        match pair.as_rule() {
            Rule::junk => {
                self.junk(&pair, "an argument");
                None
            }
            Rule::string => self.template(&pair).map(Argument::Str),
            Rule::range => self.range(pair).map(Argument::Range),
            Rule::number => {
                let (span, number) = (span_of(&pair), self.number(&pair)?);
                Some(Argument::Range(NumberRange {
                    span,
                    low: Some(number.clone()),
                    high: Some(number),
                }))
            }
            _ => self.bad_argument(&pair),
        }
    }

    /// `url { … }`, or a name with braces after it.
    fn part_object(&mut self, pair: &Pair<'s>) -> Option<Pattern> {
        let name = pair.clone().into_inner().next()?;
        let span = span_of(pair);
        if FUTURE_READINGS.contains(&name.as_str()) {
            return self.unsupported(span, &format!("`{}` patterns are", name.as_str()));
        }
        let error = Diagnostic::error(
            codes::UNEXPECTED,
            span,
            format!("`{}` cannot have braces after it", name.as_str()),
        );
        self.refuse(error.help("an object pattern is braces alone, `{ a: P }`"))
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
