//! The ways in which numbers differ for a slot's patterns.

use crate::pattern::{Decimal, DecimalRef};

/// A number by where it stands among bounds, and a token of one.
#[derive(Clone, Debug)]
pub struct NumberWay {
    /// Not below this bound; `None`: below all.
    pub low: Option<Decimal>,
    /// Not above this one; the same for a number at a bound.
    pub high: Option<Decimal>,
    /// Is it at the bound?
    pub is_bound: bool,
    /// Is it whole?
    pub integer: bool,
    /// One of them; `None`: there may be one, and none was found.
    pub token: Option<String>,
}

/// The largest whole number below which doubles hold every whole number.
const SAFE: f64 = 9_007_199_254_740_991.0;

/// All ways; `fractions`: the slot takes numbers that are not whole.
pub fn ways(bounds: &[Decimal], fractions: bool) -> Vec<NumberWay> {
    let mut ways = Vec::new();
    let lows = std::iter::once(None).chain(bounds.iter().map(Some));
    let highs = bounds.iter().map(Some).chain([None]);
    for (low, high) in lows.zip(highs) {
        ways.extend(between(low, high, true));
        if fractions {
            ways.extend(between(low, high, false));
        }
        let Some(bound) = high else { continue };
        let integer = bound.view().is_integer();
        if integer || fractions {
            let token = bound.to_string();
            ways.push(NumberWay {
                low: Some(bound.clone()),
                high: Some(bound.clone()),
                is_bound: true,
                integer,
                // A whole number may be one of 64 bits; a fraction is read alike only if a double holds it.
                token: (integer || DecimalRef::parse_exact_double(&token).is_some()).then_some(token),
            });
        }
    }
    ways
}

/// A number strictly between two bounds.
fn between(low: Option<&Decimal>, high: Option<&Decimal>, integer: bool) -> Option<NumberWay> {
    let value = |bound: &Decimal| bound.to_string().parse::<f64>().ok().filter(|value| value.is_finite());
    let (from, to) = (low.map(value), high.map(value));
    let fits = |number: &Decimal| low.is_none_or(|low| low < number) && high.is_none_or(|high| number < high);
    let token = |number: f64| {
        let number = Decimal::parse(&format!("{number}"))?;
        let found = fits(&number) && number.view().is_integer() == integer;
        found.then(|| number.to_string())
    };
    let (from, to) = (from.flatten(), to.flatten());
    let candidates = match (from, to, integer) {
        (None, None, true) => vec![0.0],
        (None, None, false) => vec![0.5],
        (Some(from), _, true) => vec![0.0, from.floor() + 1.0, from.floor() + 2.0],
        (None, Some(to), true) => vec![0.0, to.ceil() - 1.0],
        (Some(from), None, false) => vec![0.5, from.floor() + 0.5, from.floor() + 1.5],
        (None, Some(to), false) => vec![0.5, to.ceil() - 0.5, to.ceil() - 1.5],
        (Some(from), Some(to), false) => {
            let middle = f64::midpoint(from, to);
            vec![
                0.5,
                from.floor() + 0.5,
                from.floor() + 1.5,
                tenth(middle),
                middle,
                from.next_up(),
            ]
        }
    };
    let token = candidates.into_iter().find_map(token);
    let known =
        |bound: Option<&Decimal>, value: Option<f64>| bound.is_none() || value.is_some_and(|value| value.abs() < SAFE);
    // Where both ends are small, a whole number between them would have been found.
    if token.is_none() && integer && known(low, from) && known(high, to) {
        return None;
    }
    Some(NumberWay {
        low: low.cloned(),
        high: high.cloned(),
        is_bound: false,
        integer,
        token,
    })
}

/// The number with one decimal.
fn tenth(number: f64) -> f64 {
    (number * 10.0).round() / 10.0
}

impl NumberWay {
    /// Are its numbers in this range?
    pub fn is_in(&self, low: Option<&Decimal>, high: Option<&Decimal>, integer: bool) -> bool {
        let above = low.is_none_or(|low| self.low.as_ref().is_some_and(|own| low <= own));
        let below = high.is_none_or(|high| self.high.as_ref().is_some_and(|own| own <= high));
        above && below && (!integer || self.integer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn between_one_and_two_there_is_no_whole_number() {
        let bounds = ["1", "2"].map(|token| Decimal::parse(token).unwrap());
        let found = ways(&bounds, true);
        let tokens: Vec<_> = found.iter().map(|way| way.token.clone().unwrap()).collect();
        assert_eq!(tokens, ["0", "0.5", "1", "1.5", "2", "3", "2.5"]);
    }

    proptest! {
        #[test]
        fn every_number_has_a_way_and_every_token_is_of_its_way(
            bounds in proptest::collection::btree_set(-30_i32..30, 0..5),
            number in -320_i32..320,
        ) {
            let decimal = |tenths: i32| Decimal::parse(&format!("{}{}.{}", if tenths < 0 { "-" } else { "" }, tenths.abs() / 10, tenths.abs() % 10)).unwrap();
            let bounds: Vec<Decimal> = bounds.into_iter().map(|bound| decimal(5 * bound)).collect();
            let (number, found) = (decimal(number), ways(&bounds, true));
            let of = |way: &NumberWay, number: &Decimal| {
                let place = if way.is_bound {
                    way.low.as_ref() == Some(number)
                } else {
                    way.low.as_ref().is_none_or(|low| low < number) && way.high.as_ref().is_none_or(|high| number < high)
                };
                place && way.integer == number.view().is_integer()
            };
            prop_assert_eq!(found.iter().filter(|way| of(way, &number)).count(), 1);
            for way in &found {
                let token = Decimal::parse(way.token.as_deref().unwrap()).unwrap();
                prop_assert!(of(way, &token), "{way:?}");
            }
        }
    }
}
