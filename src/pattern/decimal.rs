//! Exact decimals: numbers as they are written, never rounded.

use std::cmp::Ordering;
use std::fmt;

use serde::{Deserialize, Serialize};

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

/// Exponents past this are beyond every double; it keeps the arithmetic far from its ends.
const MAX_EXPONENT: i64 = 1 << 40;

impl Decimal {
    /// Reads a number as JSON writes it (RFC 8259 section 6). `None` for anything else.
    #[must_use]
    pub fn parse(token: &str) -> Option<Self> {
        let (negative, rest) = token.strip_prefix('-').map_or((false, token), |rest| (true, rest));
        let (mantissa, exponent) = match rest.split_once(['e', 'E']) {
            None => (rest, 0),
            Some((mantissa, exponent)) => (mantissa, parse_exponent(exponent)?),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let all_digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
        if whole.is_empty() || !all_digits(whole) || !all_digits(fraction) || mantissa.ends_with('.') {
            return None;
        }
        let digits = format!("{whole}{fraction}");
        let significant = digits.trim_start_matches('0');
        if significant.is_empty() {
            return Some(Self {
                negative: false,
                digits: String::new(),
                exponent: 0,
            });
        }
        let leading = i64::try_from(digits.len() - significant.len()).ok()?;
        let exponent = exponent + i64::try_from(whole.len()).ok()? - leading;
        Some(Self {
            negative,
            digits: significant.trim_end_matches('0').to_owned(),
            exponent,
        })
    }

    /// Reads a number whose shortest double is the same number, so that no reader can come to another value.
    #[must_use]
    pub fn parse_exact_double(token: &str) -> Option<Self> {
        let exact = Self::parse(token)?;
        let double: f64 = token.parse().ok()?;
        let shortest = Self::parse(&format!("{double:e}"))?;
        (double.is_finite() && shortest == exact).then_some(exact)
    }

    /// Is it a whole number?
    #[must_use]
    pub fn is_integer(&self) -> bool {
        self.digits.is_empty() || i64::try_from(self.digits.len()).is_ok_and(|len| self.exponent >= len)
    }

    /// The number in units of `10^-scale`; `None` where it is negative, no whole number of them, or past 128 bits.
    #[must_use]
    pub fn units(&self, scale: u32) -> Option<u128> {
        if self.digits.is_empty() {
            return Some(0);
        }
        let length = i64::try_from(self.digits.len()).ok()?;
        let zeros = self.exponent.checked_add(i64::from(scale))?.checked_sub(length)?;
        let power = 10_u128.checked_pow(u32::try_from(zeros).ok()?)?;
        let whole: u128 = self.digits.parse().ok().filter(|_| !self.negative)?;
        whole.checked_mul(power)
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

    fn magnitude(&self, other: &Self) -> Ordering {
        match (self.digits.is_empty(), other.digits.is_empty()) {
            (true, true) => Ordering::Equal,
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
            // Digits have no zeros at their ends, so that the longer of two equal beginnings is the greater.
            (false, false) => self
                .exponent
                .cmp(&other.exponent)
                .then_with(|| self.digits.cmp(&other.digits)),
        }
    }
}

fn parse_exponent(text: &str) -> Option<i64> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let size = digits.parse::<i64>().unwrap_or(MAX_EXPONENT).min(MAX_EXPONENT);
    Some(if text.starts_with('-') { -size } else { size })
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self.negative, other.negative) {
            (false, false) => self.magnitude(other),
            (true, true) => other.magnitude(self),
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
        }
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
    fn what_a_double_would_change_is_refused() {
        for token in [
            "1e400",
            "-1e400",
            "1e-400",
            "9007199254740993",
            "0.1000000000000000055511151231257827",
            "1e99999999999999999999",
        ] {
            assert_eq!(Decimal::parse_exact_double(token), None, "{token}");
        }
        for token in ["0", "0.1", "1.0", "1e10", "-2.5", "9007199254740992", "5e-324"] {
            assert!(Decimal::parse_exact_double(token).is_some(), "{token}");
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
            assert_eq!(d(token).is_integer(), whole, "{token}");
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
