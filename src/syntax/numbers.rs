//! Numbers, ranges and lengths.

use super::ast::{Argument, Length, NumberRange, Range};
use super::codes;
use super::grammar::{Pair, Rule, span_of};
use super::parser::Builder;
use super::quantities::Quantity;
use crate::diagnostic::{Diagnostic, Span};

impl<'s> Builder<'s> {
    /// A number's digits without `_`.
    pub(super) fn number(&mut self, pair: &Pair<'s>) -> Option<String> {
        let written = pair.as_str();
        if let Some(digits) = without_underscores(written)
            && is_number(&digits)
        {
            return Some(digits);
        }
        self.not_a_number(pair)
    }

    /// A number as JSON writes it, exponent and all.
    pub(super) fn json_number(&mut self, pair: &Pair<'s>) -> Option<String> {
        let digits = without_underscores(pair.as_str()).filter(|digits| is_json_number(digits));
        if digits.is_none() {
            let error = Diagnostic::error(
                codes::NUMBER,
                span_of(pair),
                format!("`{}` is not a number as JSON writes it", pair.as_str()),
            );
            return self.refuse(error.help("`-`, digits without a leading zero, a fraction, an exponent"));
        }
        digits
    }

    /// `1..=10`, `..=5`, `11..`.
    pub(super) fn range(&mut self, pair: Pair<'s>) -> Option<NumberRange> {
        self.range_of(pair, Self::number)
    }

    /// A range as an argument: of numbers, or of moments if one of its bounds is meant to be one.
    pub(super) fn argument_range(&mut self, pair: Pair<'s>) -> Option<Argument> {
        let is_moment = |bound: Pair| Quantity::of(bound.as_str()) == Some(Quantity::Moment);
        if pair.clone().into_inner().any(is_moment) {
            self.range_of(pair, Self::moment).map(Argument::Moments)
        } else {
            self.range(pair).map(Argument::Range)
        }
    }

    /// A single number or moment as an argument.
    pub(super) fn argument_number(&mut self, pair: &Pair<'s>) -> Option<Argument> {
        let span = span_of(pair);
        fn single<T: Clone>(span: Span, value: T) -> Range<T> {
            let (low, high) = (Some(value.clone()), Some(value));
            Range { span, low, high }
        }
        Some(if Quantity::of(pair.as_str()) == Some(Quantity::Moment) {
            Argument::Moments(single(span, self.moment(pair)?))
        } else {
            Argument::Range(single(span, self.number(pair)?))
        })
    }

    /// A range, its bounds as `read` has them.
    pub(super) fn range_of<T>(
        &mut self,
        pair: Pair<'s>,
        read: fn(&mut Self, &Pair<'s>) -> Option<T>,
    ) -> Option<Range<T>> {
        let (span, written) = (span_of(&pair), pair.as_str());
        let (mut low, mut high, mut inclusive) = (None, None, None);
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::range_dots => inclusive = Some(part.as_str() == "..="),
                _ if inclusive.is_none() => low = Some(part),
                _ => high = Some(part),
            }
        }
        match (&low, &high, inclusive?) {
            (_, Some(high), false) => {
                let start = low.as_ref().map_or("", Pair::as_str);
                let error = Diagnostic::error(
                    codes::RANGE,
                    span,
                    format!("`{written}` would leave out its end, and there is no such range"),
                );
                return self.refuse(error.help(format!("write `{start}..={}`, which includes it", high.as_str())));
            }
            (Some(low), None, true) => {
                let error = Diagnostic::error(codes::RANGE, span, format!("`{written}` has no end"));
                return self
                    .refuse(error.help(format!("write `{0}..` for no upper bound, or `{0}..=N`", low.as_str())));
            }
            _ => {}
        }
        let bound = |builder: &mut Self, pair: Option<Pair<'s>>| match pair {
            Some(pair) => read(builder, &pair).map(Some),
            None => Some(None),
        };
        let (low, high) = (bound(self, low), bound(self, high));
        Some(Range {
            span,
            low: low?,
            high: high?,
        })
    }

    /// The length of an array: a whole number or a range of them.
    pub(super) fn length(&mut self, pair: Pair<'s>) -> Option<Length> {
        let span = span_of(&pair);
        let inner = pair.into_inner().next()?;
        let (low, high) = if inner.as_rule() == Rule::range {
            let range = self.range(inner)?;
            (range.low, range.high)
        } else {
            let number = self.number(&inner)?;
            (Some(number.clone()), Some(number))
        };
        let whole = |digits: Option<String>| digits.map(|digits| digits.parse::<u64>()).transpose();
        match (whole(low), whole(high)) {
            (Ok(min), Ok(max)) => Some(Length {
                span,
                min: min.unwrap_or(0),
                max,
            }),
            _ => {
                let error = Diagnostic::error(codes::LENGTH, span, "a length is a whole number, or a range of them");
                self.refuse(error.help("write `[P; 3]`, `[P; 1..=5]`, `[P; ..=5]` or `[P; 1..]`"))
            }
        }
    }
}

/// The text without `_`, if each of them stands alone between two digits.
pub(super) fn without_underscores(text: &str) -> Option<String> {
    let digit_edge = |part: &str, edge: fn(&str) -> Option<char>| edge(part).is_some_and(|c| c.is_ascii_digit());
    let parts: Vec<&str> = text.split('_').collect();
    let sound = parts.windows(2).all(|pair| match pair {
        [left, right] => digit_edge(left, |s| s.chars().last()) && digit_edge(right, |s| s.chars().next()),
        _ => true,
    });
    sound.then(|| parts.concat())
}

/// Is this `-?(0|[1-9][0-9]*)(\.[0-9]+)?`, and not a zero with a minus?
pub(super) fn is_number(text: &str) -> bool {
    let magnitude = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = magnitude.split_once('.').unwrap_or((magnitude, "0"));
    let minus_zero = magnitude.len() < text.len() && magnitude.bytes().all(|b| matches!(b, b'0' | b'.'));
    all_digits(whole) && all_digits(fraction) && !(whole.len() > 1 && whole.starts_with('0')) && !minus_zero
}

fn is_json_number(text: &str) -> bool {
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let magnitude = mantissa.strip_prefix('-').unwrap_or(mantissa);
    is_number(magnitude)
        && all_digits(exponent.strip_prefix(['+', '-']).unwrap_or(exponent))
        && !magnitude.starts_with('-')
}

fn all_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

/// The error for what is not a number.
pub(super) fn malformed(text: &str, span: Span) -> Diagnostic {
    let digits = text.trim_start_matches(['-', '+']);
    let (why, help) = if text.starts_with('+') {
        ("a number has no `+`", format!("write `{digits}`"))
    } else if digits.starts_with("0x") || digits.starts_with("0o") || digits.starts_with("0b") {
        ("numbers are decimal", "write it in decimal digits".to_owned())
    } else if text.starts_with('-') && digits.bytes().all(|b| matches!(b, b'0' | b'.')) {
        ("zero has no `-`", "write `0`".to_owned())
    } else if digits.len() > 1 && digits.bytes().all(|b| b.is_ascii_digit()) {
        ("a number has no leading zero", "leave the zero out".to_owned())
    } else if digits.contains(['e', 'E']) {
        ("a number has no exponent", "write it out".to_owned())
    } else if text.contains('_') {
        (
            "`_` stands alone between two digits",
            format!("write `{}`", text.replace('_', "")),
        )
    } else {
        (
            "digits and an optional fraction were expected",
            "write a range as `1..=5`; a text stands in quotes".to_owned(),
        )
    };
    Diagnostic::error(codes::NUMBER, span, format!("`{text}` is not a number"))
        .label(why)
        .help(help)
}
