//! Moments, durations and sizes, and where one of them or a constant may stand.

use jiff::Timestamp;

use super::ast::{Duration, Given, Literal, LiteralKind, Moment, Number, Size, SizeUnit, TimeUnit};
use super::codes;
use super::grammar::{Pair, Rule, span_of};
use super::numbers::{is_number, malformed, without_underscores};
use super::parser::Builder;
use crate::diagnostic::{Diagnostic, Span};

/// What a number with something after it is meant to be.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Quantity {
    Moment,
    Duration,
    Size,
}

impl Quantity {
    /// What `text` is meant to be, if it is more than a number.
    pub(super) fn of(text: &str) -> Option<Self> {
        let year = text.bytes().take_while(u8::is_ascii_digit).count();
        if year == 4 && text.as_bytes().get(4) == Some(&b'-') {
            return Some(Self::Moment);
        }
        let unit = text.trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, '_' | '.' | '-' | '+'));
        match unit {
            "s" | "m" | "h" | "d" => Some(Self::Duration),
            "B" | "KiB" | "MiB" | "GiB" => Some(Self::Size),
            // What people often write instead.
            "ms" | "sec" | "min" | "w" => Some(Self::Duration),
            "kB" | "KB" | "MB" | "GB" => Some(Self::Size),
            _ => None,
        }
    }

    /// How it is called.
    pub(super) fn named(self) -> &'static str {
        match self {
            Self::Moment => "a date",
            Self::Duration => "a duration",
            Self::Size => "a size",
        }
    }

    fn form(self) -> &'static str {
        match self {
            Self::Moment => "a date is written `2026-12-01`, a moment `2026-12-01T08:00:00Z`",
            Self::Duration => {
                "a duration is a whole number of one unit: `30s`, `15m`, `8h`, `7d`, at most a hundred years"
            }
            Self::Size => "a size is a whole number of one unit: `512B`, `64KiB`, `1MiB`, `1GiB`, at most 1024GiB",
        }
    }
}

impl<'s> Builder<'s> {
    /// A number, moment, duration or size, as a constant may have it.
    pub(super) fn quantity(&mut self, pair: &Pair<'s>) -> Option<Literal> {
        let kind = match Quantity::of(pair.as_str()) {
            Some(Quantity::Moment) => LiteralKind::Moment(self.moment(pair)?),
            Some(Quantity::Duration) => LiteralKind::Duration(self.duration(pair)?),
            Some(Quantity::Size) => LiteralKind::Size(self.size(pair)?),
            None => LiteralKind::Number(self.number(pair)?),
        };
        let span = span_of(pair);
        Some(Literal { span, kind })
    }

    /// A value of one kind, or the name of a constant.
    pub(super) fn given<T>(&mut self, pair: Pair<'s>, read: fn(&mut Self, &Pair<'s>) -> Option<T>) -> Option<Given<T>> {
        let inner = pair.into_inner().next()?;
        if inner.as_rule() == Rule::word {
            return Some(Given::Const(Self::word(&inner)));
        }
        read(self, &inner).map(Given::Literal)
    }

    /// A number with its place.
    pub(super) fn placed_number(&mut self, pair: &Pair<'s>) -> Option<Number> {
        let (span, digits) = (span_of(pair), self.number(pair)?);
        Some(Number { span, digits })
    }

    /// `2026-12-01`, or RFC 3339 with a `T`, seconds, and `Z` or an offset.
    pub(super) fn moment(&mut self, pair: &Pair<'s>) -> Option<Moment> {
        let (span, text) = (span_of(pair), pair.as_str());
        match read_moment(text) {
            Some(time) => Some(Moment {
                span,
                text: text.to_owned(),
                time,
            }),
            None => self.not_a(Quantity::Moment, text, span),
        }
    }

    pub(super) fn duration(&mut self, pair: &Pair<'s>) -> Option<Duration> {
        let (span, text) = (span_of(pair), pair.as_str());
        let read = || {
            let (count, unit) = counted(text, &TimeUnit::ALL)?;
            let fits = count.checked_mul(unit.seconds())? <= Duration::MAX_SECONDS;
            fits.then_some(Duration { span, count, unit })
        };
        read().or_else(|| self.not_a(Quantity::Duration, text, span))
    }

    pub(super) fn size(&mut self, pair: &Pair<'s>) -> Option<Size> {
        let (span, text) = (span_of(pair), pair.as_str());
        let read = || {
            let (count, unit) = counted(text, &SizeUnit::ALL)?;
            let fits = count.checked_mul(unit.bytes())? <= Size::MAX_BYTES;
            fits.then_some(Size { span, count, unit })
        };
        read().or_else(|| self.not_a(Quantity::Size, text, span))
    }

    fn not_a<T>(&mut self, wanted: Quantity, text: &str, span: Span) -> Option<T> {
        let message = format!("`{text}` is not {}", wanted.named());
        self.refuse(Diagnostic::error(codes::QUANTITY, span, message).help(wanted.form()))
    }

    /// Refuses what is not a number where only a number can stand.
    pub(super) fn not_a_number<T>(&mut self, pair: &Pair<'s>) -> Option<T> {
        let (span, text) = (span_of(pair), pair.as_str());
        let Some(quantity) = Quantity::of(text) else {
            return self.refuse(malformed(text, span));
        };
        let message = format!("{} cannot stand here: `{text}`", quantity.named());
        let help = match quantity {
            Quantity::Moment => "moments are matched by `datetime(A..=B)`, dates by `date(A..=B)`",
            Quantity::Duration | Quantity::Size => "write a plain number; a text stands in quotes",
        };
        self.refuse(Diagnostic::error(codes::QUANTITY, span, message).help(help))
    }
}

/// A whole number of one of these units.
fn counted<U: Copy>(text: &str, units: &[(&str, U)]) -> Option<(u64, U)> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let written = text.get(digits.len()..)?;
    let (_, unit) = units.iter().find(|(name, _)| *name == written)?;
    let count = without_underscores(digits).filter(|digits| is_number(digits))?;
    Some((count.parse().ok()?, *unit))
}

/// jiff reads more than RFC 3339 has: the form is looked at first.
fn read_moment(text: &str) -> Option<Timestamp> {
    if text.len() == "2026-12-01".len() {
        return has_form(text, "dddd-dd-dd").then(|| format!("{text}T00:00:00Z").parse().ok())?;
    }
    let (stem, offset) = match text.strip_suffix('Z') {
        Some(stem) => (stem, None),
        None => text
            .split_at_checked(text.len().checked_sub(6)?)
            .map(|(a, b)| (a, Some(b)))?,
    };
    let (whole, fraction) = stem.split_once('.').unwrap_or((stem, "0"));
    let sound = has_form(whole, "dddd-dd-ddTdd:dd:dd")
        && !whole.ends_with("60")
        && (1..=9).contains(&fraction.len())
        && fraction.bytes().all(|b| b.is_ascii_digit())
        && offset.is_none_or(|offset| has_form(offset, "+dd:dd") || has_form(offset, "-dd:dd"));
    sound.then(|| text.parse().ok())?
}

/// Is each character the form's, a digit where the form has `d`?
fn has_form(text: &str, form: &str) -> bool {
    text.len() == form.len()
        && text
            .bytes()
            .zip(form.bytes())
            .all(|(b, f)| if f == b'd' { b.is_ascii_digit() } else { b == f })
}
