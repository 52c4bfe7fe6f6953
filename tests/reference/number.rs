//! Numbers as long rows of digits.

use std::cmp::Ordering;

/// Digits after the point that every number is written out with; more than the smallest double has.
const SCALE: i64 = 1_200;

/// A number times 10^1200, as a sign and digits. `None` for what is no JSON number, or beyond every double.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Number {
    negative: bool,
    digits: String,
}

impl Number {
    pub fn read(token: &str) -> Option<Self> {
        let (negative, rest) = token.strip_prefix('-').map_or((false, token), |rest| (true, rest));
        let (mantissa, exponent) = rest.split_once(['e', 'E']).unwrap_or((rest, "0"));
        let exponent: i64 = exponent.parse().ok()?;
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let zeros = SCALE + exponent - i64::try_from(fraction.len()).ok()?;
        if !(0..=10_000).contains(&zeros) {
            return None;
        }
        let digits = format!("{whole}{fraction}{}", "0".repeat(usize::try_from(zeros).ok()?));
        let digits = digits.trim_start_matches('0').to_owned();
        Some(Self {
            negative: negative && !digits.is_empty(),
            digits,
        })
    }

    /// Is it a whole number?
    pub fn is_whole(&self) -> bool {
        let trailing = self.digits.len() - self.digits.trim_end_matches('0').len();
        self.digits.is_empty() || i64::try_from(trailing).unwrap() >= SCALE
    }

    /// Is the nearest double, written as short as it can be, the same number?
    pub fn is_double(token: &str) -> bool {
        let Ok(double) = token.parse::<f64>() else { return false };
        double.is_finite() && Self::read(token).is_some_and(|n| Self::read(&format!("{double}")) == Some(n))
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        let size = |n: &Self| (n.digits.len(), n.digits.clone());
        Some(match (self.negative, other.negative) {
            (false, false) => size(self).cmp(&size(other)),
            (true, true) => size(other).cmp(&size(self)),
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
        })
    }
}

/// Is the token a whole number as an integer slot takes it? `format` is the schema's.
pub fn is_integer_token(token: &str, format: Option<&str>) -> bool {
    let number: Option<i128> = token.parse().ok().filter(|n: &i128| n.to_string() == token);
    let (low, high) = match format {
        Some("int64") => (i128::from(i64::MIN), i128::from(i64::MAX)),
        Some("uint64") => (0, i128::from(u64::MAX)),
        _ => (-(1 << 53) + 1, (1 << 53) - 1),
    };
    number.is_some_and(|n| (low..=high).contains(&n))
}
