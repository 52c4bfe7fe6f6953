//! Exact decimals: numbers as they are written, never rounded.

use std::cmp::Ordering;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::DecimalRef;

/// A finite decimal number, `±0.d₁d₂… × 10^exponent`. Equal numbers have equal forms: `1`, `1.0` and `1e0` are one.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Decimal {
    negative: bool,
    /// Without zeros at either end; empty for zero.
    digits: String,
    exponent: i64,
}

/// Not a number as JSON writes it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a number")]
pub struct DecimalError;

impl Decimal {
    /// Reads a number as JSON writes it (RFC 8259 section 6). `None` for anything else.
    #[must_use]
    pub fn parse(token: &str) -> Option<Self> {
        DecimalRef::parse(token).map(Self::from)
    }

    /// The number in units of `10^-scale`; `None` where it is negative, no whole number of them, or past 128 bits.
    #[must_use]
    pub fn units(&self, scale: u32) -> Option<u128> {
        self.view().units(scale)
    }

    /// The number that is so many units of `10^-scale`.
    #[must_use]
    pub fn of_units(units: u128, scale: u32) -> Self {
        let digits = units.to_string();
        let length = i64::try_from(digits.len()).unwrap_or(0);
        Self {
            negative: false,
            digits: digits.trim_end_matches('0').to_owned(),
            exponent: if units == 0 { 0 } else { length - i64::from(scale) },
        }
    }

    /// The number, to compare it with one that is borrowed from where it is written.
    #[must_use]
    pub fn view(&self) -> DecimalRef<'_> {
        DecimalRef {
            negative: self.negative,
            digits: &self.digits,
            exponent: self.exponent,
        }
    }
}

impl From<DecimalRef<'_>> for Decimal {
    fn from(number: DecimalRef<'_>) -> Self {
        Self {
            negative: number.negative,
            digits: number.each_digit().map(char::from).collect(),
            exponent: number.exponent,
        }
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        self.view().cmp(&other.view())
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Decimal {
    /// The shortest plain form, without an exponent where it is short enough to read.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.digits.is_empty() {
            return f.write_str("0");
        }
        if self.negative {
            f.write_str("-")?;
        }
        let length = i64::try_from(self.digits.len()).unwrap_or(i64::MAX);
        match usize::try_from(self.exponent) {
            Ok(point) if self.exponent >= length && self.exponent <= 40 => {
                write!(f, "{}{}", self.digits, "0".repeat(point - self.digits.len()))
            }
            Ok(point) if (1..length).contains(&self.exponent) => {
                let (whole, fraction) = self.digits.split_at_checked(point).unwrap_or((&self.digits, ""));
                write!(f, "{whole}.{fraction}")
            }
            _ if (-20..=0).contains(&self.exponent) => {
                let zeros = usize::try_from(-self.exponent).unwrap_or(0);
                write!(f, "0.{}{}", "0".repeat(zeros), self.digits)
            }
            _ => write!(f, "0.{}e{}", self.digits, self.exponent),
        }
    }
}

impl fmt::Debug for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl From<Decimal> for String {
    fn from(decimal: Decimal) -> Self {
        decimal.to_string()
    }
}

impl TryFrom<String> for Decimal {
    type Error = DecimalError;

    fn try_from(text: String) -> Result<Self, DecimalError> {
        Self::parse(&text).ok_or(DecimalError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn d(token: &str) -> Decimal {
        Decimal::parse(token).unwrap()
    }

    #[test]
    fn one_number_has_one_form() {
        for token in ["1", "1.0", "1e0", "10e-1", "0.1e1", "1.000E+0"] {
            assert_eq!(d(token), d("1"), "{token}");
        }
        assert_eq!(d("-0"), d("0.0e9"));
        assert_eq!(d("1200").to_string(), "1200");
        assert_eq!(d("-12.50").to_string(), "-12.5");
        assert_eq!(d("0.001").to_string(), "0.001");
        assert_eq!(d("1e300").to_string(), "0.1e301");
    }

    #[test]
    fn amounts_are_whole_numbers_of_the_smallest_unit_or_nothing() {
        for (token, scale, units) in [
            ("0", 0, Some(0)),
            ("12.5", 2, Some(1250)),
            ("1e3", 0, Some(1000)),
            ("12.505", 2, None),
            ("-1", 2, None),
            ("-0", 2, Some(0)),
            ("1e39", 0, None),
            ("340282366920938463463374607431768211455", 0, Some(u128::MAX)),
            ("340282366920938463463374607431768211456", 0, None),
            ("1", u32::MAX, None),
        ] {
            assert_eq!(d(token).units(scale), units, "{token} in units of 1e-{scale}");
        }
    }

    proptest! {
        #[test]
        fn units_and_numbers_turn_into_each_other(units: u128, scale in 0..40_u32) {
            let number = Decimal::of_units(units, scale);
            prop_assert_eq!(Decimal::parse(&number.to_string()), Some(number.clone()));
            prop_assert_eq!(number.units(scale), Some(units));
        }
    }

    #[test]
    fn whole_numbers_are_known() {
        for (token, whole) in [
            ("0", true),
            ("10", true),
            ("1.0", true),
            ("1.5", false),
            ("15e-1", false),
            ("150e-1", true),
        ] {
            assert_eq!(d(token).view().is_integer(), whole, "{token}");
        }
    }

    proptest! {
        #[test]
        fn order_is_the_order_of_the_numbers(a in -100_000i64..100_000, b in -100_000i64..100_000, scale in 0u32..4) {
            let unit = 10i64.pow(scale);
            let token = |n: i64| format!("{}{}.{:0width$}", if n < 0 { "-" } else { "" }, n.abs() / unit, n.abs() % unit, width = scale.max(1) as usize);
            prop_assume!(scale > 0);
            prop_assert_eq!(d(&token(a)).cmp(&d(&token(b))), a.cmp(&b));
        }

        #[test]
        fn display_is_read_back(token in "-?(0|[1-9][0-9]{0,30})(\\.[0-9]{1,30})?(e[+-]?[0-9]{1,3})?") {
            prop_assert_eq!(d(&d(&token).to_string()), d(&token));
        }
    }
}
