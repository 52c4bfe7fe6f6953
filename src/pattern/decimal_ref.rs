//! Exact decimals where they are written: compared without being copied.

use std::cmp::Ordering;
use std::fmt::{self, Write};

/// A finite decimal number, `±0.d₁d₂… × 10^exponent`, borrowed from its token. Equal numbers are equal however they are
/// written: `1`, `1.0` and `1e0`.
#[derive(Clone, Copy)]
pub struct DecimalRef<'a> {
    pub(super) negative: bool,
    /// From the first digit that is not zero to the last, a point between them left in; empty for zero.
    pub(super) digits: &'a str,
    pub(super) exponent: i64,
}

/// Exponents past this are beyond every double; it keeps the arithmetic far from its ends.
const MAX_EXPONENT: i64 = 1 << 40;

impl<'a> DecimalRef<'a> {
    /// Reads a number as JSON writes it (RFC 8259 section 6). `None` for anything else. O(bytes).
    #[must_use]
    pub fn parse(token: &'a str) -> Option<Self> {
        let (negative, rest) = token.strip_prefix('-').map_or((false, token), |rest| (true, rest));
        let bytes = rest.as_bytes();
        let whole = digits_end(bytes, 0)?;
        let mantissa = match bytes.get(whole) {
            Some(b'.') => digits_end(bytes, whole + 1)?,
            _ => whole,
        };
        let exponent = match bytes.get(mantissa) {
            None => 0,
            Some(b'e' | b'E') => parse_exponent(rest.get(mantissa + 1..)?)?,
            Some(_) => return None,
        };
        let digits = bytes.get(..mantissa)?;
        let is_significant = |byte: &u8| matches!(byte, b'1'..=b'9');
        let (Some(first), Some(last)) = (
            digits.iter().position(is_significant),
            digits.iter().rposition(is_significant),
        ) else {
            return Some(Self::ZERO);
        };
        // The point is no digit.
        let leading = if first < whole { first } else { first - 1 };
        Some(Self {
            negative,
            digits: rest.get(first..=last)?,
            exponent: exponent + i64::try_from(whole).ok()? - i64::try_from(leading).ok()?,
        })
    }

    /// Reads a number whose shortest double is the same number, so that no reader can come to another value.
    #[must_use]
    pub fn parse_exact_double(token: &'a str) -> Option<Self> {
        let exact = Self::parse(token)?;
        if exact.is_surely_exact() {
            return Some(exact);
        }
        let double: f64 = token.parse().ok().filter(|double: &f64| double.is_finite())?;
        let mut shortest = Shortest::default();
        write!(shortest, "{double:e}").ok()?;
        (DecimalRef::parse(shortest.text()?)? == exact).then_some(exact)
    }

    /// No two decimals of so few digits have one double (IEEE 754: `DBL_DIG` is 15), short of the ends of its range.
    fn is_surely_exact(self) -> bool {
        self.digits.len() <= 15 && self.exponent.unsigned_abs() <= 300
    }

    const ZERO: Self = Self {
        negative: false,
        digits: "",
        exponent: 0,
    };

    /// Is it a whole number?
    #[must_use]
    pub fn is_integer(self) -> bool {
        let digits = self.digits.len() - usize::from(self.digits.contains('.'));
        digits == 0 || i64::try_from(digits).is_ok_and(|digits| self.exponent >= digits)
    }

    /// The number in units of `10^-scale`; `None` where it is negative, no whole number of them, or past 128 bits.
    #[must_use]
    pub fn units(self, scale: u32) -> Option<u128> {
        if self.digits.is_empty() {
            return Some(0);
        }
        let mut digits = self.each_digit();
        let whole = digits.try_fold(0_u128, |whole, digit| {
            whole.checked_mul(10)?.checked_add(u128::from(digit.checked_sub(b'0')?))
        });
        let length = i64::try_from(self.each_digit().count()).ok()?;
        let zeros = self.exponent.checked_add(i64::from(scale))?.checked_sub(length)?;
        let power = 10_u128.checked_pow(u32::try_from(zeros).ok()?)?;
        whole.filter(|_| !self.negative)?.checked_mul(power)
    }

    fn magnitude(self, other: Self) -> Ordering {
        match (self.digits.is_empty(), other.digits.is_empty()) {
            (true, true) => Ordering::Equal,
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
            // Digits have no zeros at their ends, so that the longer of two equal beginnings is the greater.
            (false, false) => self
                .exponent
                .cmp(&other.exponent)
                .then_with(|| self.each_digit().cmp(other.each_digit())),
        }
    }

    pub(super) fn each_digit(self) -> impl Iterator<Item = u8> + 'a {
        self.digits.bytes().filter(|byte| *byte != b'.')
    }
}

/// Where the digits end that begin at `start`; `None` if there are none.
fn digits_end(bytes: &[u8], start: usize) -> Option<usize> {
    let digits = bytes.get(start..)?;
    let length = digits.iter().position(|byte| !byte.is_ascii_digit());
    let end = start + length.unwrap_or(digits.len());
    (end > start).then_some(end)
}

fn parse_exponent(text: &str) -> Option<i64> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let size = digits.parse::<i64>().unwrap_or(MAX_EXPONENT).min(MAX_EXPONENT);
    Some(if text.starts_with('-') { -size } else { size })
}

impl Ord for DecimalRef<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self.negative, other.negative) {
            (false, false) => self.magnitude(*other),
            (true, true) => other.magnitude(*self),
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
        }
    }
}

impl PartialOrd for DecimalRef<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for DecimalRef<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for DecimalRef<'_> {}

impl fmt::Debug for DecimalRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&super::Decimal::from(*self), f)
    }
}

/// The shortest form of a double: at most 17 digits, a point, two signs, and `e` with three digits.
#[derive(Default)]
struct Shortest {
    bytes: [u8; 32],
    length: usize,
}

impl Shortest {
    fn text(&self) -> Option<&str> {
        std::str::from_utf8(self.bytes.get(..self.length)?).ok()
    }
}

impl Write for Shortest {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let end = self.length + text.len();
        let room = self.bytes.get_mut(self.length..end).ok_or(fmt::Error)?;
        room.copy_from_slice(text.as_bytes());
        self.length = end;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

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
            assert_eq!(DecimalRef::parse_exact_double(token), None, "{token}");
        }
        for token in [
            "0",
            "0.1",
            "1.0",
            "1e10",
            "-2.5",
            "9007199254740992",
            "5e-324",
            "1e0000000001",
        ] {
            assert!(DecimalRef::parse_exact_double(token).is_some(), "{token}");
        }
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for token in ["", "-", ".", "1.", ".5", "1e", "1e+", "e1", "+1", "1.5.5", "1 ", "0x1"] {
            assert_eq!(DecimalRef::parse(token), None, "{token}");
        }
    }

    proptest! {
        #[test]
        fn few_digits_are_exact_as_the_shortest_double_says(token in "-?(0|[1-9][0-9]{0,17})(\\.[0-9]{1,17})?(e[+-]?[0-9]{1,3})?") {
            let exact = DecimalRef::parse(&token).unwrap();
            let double: f64 = token.parse().unwrap();
            let shortest = format!("{double:e}");
            let survives = double.is_finite() && DecimalRef::parse(&shortest) == Some(exact);
            prop_assert_eq!(DecimalRef::parse_exact_double(&token), survives.then_some(exact));
            prop_assert!(survives || !exact.is_surely_exact());
        }

        #[test]
        fn a_copy_is_the_same(a in "-?(0|[1-9][0-9]{0,5})(\\.[0-9]{1,5})?(e[+-]?[0-9]{1,2})?", b in "-?(0|[1-9][0-9]{0,5})(\\.[0-9]{1,5})?(e[+-]?[0-9]{1,2})?") {
            let (a, b) = (DecimalRef::parse(&a).unwrap(), DecimalRef::parse(&b).unwrap());
            let (own_a, own_b) = (super::super::Decimal::from(a), super::super::Decimal::from(b));
            prop_assert_eq!(own_a.cmp(&own_b), a.cmp(&b));
            prop_assert_eq!(own_a == own_b, a == b);
            prop_assert_eq!(own_a.view(), a);
            prop_assert_eq!(own_a.view().is_integer(), a.is_integer());
        }
    }
}
