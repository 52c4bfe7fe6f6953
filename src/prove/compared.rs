//! Calls in which comparisons hold that did not: one side takes the value of the other.

use super::sample::Sample;
use crate::table::gates::{Comparison, Operand};

/// The most variants of one call.
const MOST: usize = 27;

/// The call with the sides of each comparison as they are, or either one as the other.
pub fn variants(line: &Sample, comparisons: &[&Comparison]) -> Vec<Sample> {
    let mut all = vec![line.clone()];
    for comparison in comparisons {
        if all.len() * 3 > MOST {
            break;
        }
        let (left, right) = (keys(&comparison.left), keys(&comparison.right));
        let changed = all.iter().flat_map(|line| {
            let both = [(&left, &right), (&right, &left)];
            both.map(|(from, to)| get(line, from).cloned().and_then(|value| set(line, to, value)))
        });
        let changed: Vec<Sample> = changed.flatten().collect();
        all.extend(changed);
    }
    all.split_first()
        .map(|(_, changed)| changed.to_vec())
        .unwrap_or_default()
}

/// Where a side stands in a line.
fn keys(operand: &Operand) -> Vec<&str> {
    match operand {
        Operand::Slot(keys) => std::iter::once("arguments")
            .chain(keys.iter().map(String::as_str))
            .collect(),
        Operand::Claim(name) => vec!["caller", name],
    }
}

fn get<'s>(sample: &'s Sample, keys: &[&str]) -> Option<&'s Sample> {
    keys.iter().try_fold(sample, |within, key| {
        let mut members = within.members().iter();
        members.find(|(name, _)| name == key).map(|(_, value)| value)
    })
}

/// The same with another value there; `None` where there is no object for it.
fn set(sample: &Sample, keys: &[&str], value: Sample) -> Option<Sample> {
    let Some((key, rest)) = keys.split_first() else {
        return Some(value);
    };
    let Sample::Object(members) = sample else { return None };
    let mut members = members.clone();
    match members.iter_mut().find(|(name, _)| name == key) {
        Some((_, inner)) => *inner = set(inner, rest, value)?,
        None if rest.is_empty() => members.push(((*key).to_owned(), value)),
        None => return None,
    }
    Some(Sample::Object(members))
}
