//! The names that an object's members have by its schema, found by the signature of a key.

use std::cmp::Ordering;

use super::buckets::Buckets;
use crate::json::{folded, same_but_for_case, signature};

/// Values by name. A look-up takes a few steps, however many there are.
#[derive(Debug)]
pub struct Names<T> {
    /// By folded name, and then by name: those that differ only by case stand side by side.
    entries: Vec<Named<T>>,
    buckets: Buckets,
}

/// A value and its name.
#[derive(Debug)]
pub struct Named<T> {
    signature: u32,
    /// Its name.
    pub name: String,
    /// The value.
    pub value: T,
}

impl<T> FromIterator<(String, T)> for Names<T> {
    fn from_iter<I: IntoIterator<Item = (String, T)>>(named: I) -> Self {
        let named = named.into_iter().map(|(name, value)| Named {
            signature: signature(&name),
            name,
            value,
        });
        let mut entries: Vec<_> = named.collect();
        entries.sort_by(|one, other| order(&one.name, &other.name));
        let signatures: Vec<u32> = entries.iter().map(|entry| entry.signature).collect();
        let buckets = Buckets::of(&signatures);
        Self { entries, buckets }
    }
}

impl<T> Names<T> {
    /// The value of that name. The signature is the name's.
    #[must_use]
    #[inline]
    pub fn get(&self, name: &[u8], signature: u32) -> Option<&T> {
        let near = self.buckets.get(signature);
        let entry = |place: &u32| self.entries.get(*place as usize);
        let found = near.binary_search_by(|place| {
            let order = |entry: &Named<T>| {
                let alike = entry.signature.cmp(&signature);
                alike.then_with(|| order_of(&entry.name, name))
            };
            entry(place).map_or(Ordering::Less, order)
        });
        Some(&entry(near.get(found.ok()?)?)?.value)
    }

    /// A name that differs from the given one only by case. The signature is the given one's. However many there are, only
    /// two are looked at, and those that a search for them comes by.
    #[must_use]
    #[inline]
    pub fn confusable(&self, name: &str, signature: u32) -> Option<&str> {
        let near = self.buckets.get(signature);
        let alike = |entry: &&Named<T>| entry.signature == signature;
        let before = |place: &u32| {
            let entry = self.entries.get(*place as usize);
            entry.is_some_and(|entry| {
                let order = entry.signature.cmp(&signature);
                order.then_with(|| folded(&entry.name).cmp(folded(name))) == Ordering::Less
            })
        };
        let first = near.partition_point(before);
        let found = near.get(first..)?.iter().take(2);
        let found = found
            .filter_map(|place| self.entries.get(*place as usize))
            .filter(alike);
        let mut found = found.map(|entry| entry.name.as_str());
        found.find(|known| *known != name && same_but_for_case(known, name))
    }
}

/// By folded form, and then as they are.
fn order(one: &str, other: &str) -> Ordering {
    folded(one).cmp(folded(other)).then_with(|| one.cmp(other))
}

/// The same where one of them is bytes, which are hardly ever another name of the same signature.
#[inline]
fn order_of(known: &str, name: &[u8]) -> Ordering {
    if known.as_bytes() == name {
        return Ordering::Equal;
    }
    // INVARIANT: names are UTF-8.
    order(known, std::str::from_utf8(name).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_found_and_no_other() {
        for count in [0, 1, 2, 3, 7, 8, 9, 100] {
            let names: Names<usize> = (0..count).map(|n| (format!("name{n}"), n)).collect();
            for n in 0..count + 5 {
                let name = format!("name{n}");
                let wanted = (n < count).then_some(n);
                assert_eq!(names.get(name.as_bytes(), signature(&name)).copied(), wanted);
                let upper = name.to_uppercase();
                assert_eq!(names.get(upper.as_bytes(), signature(&upper)), None);
                let alike = wanted.map(|_| name.as_str());
                assert_eq!(names.confusable(&upper, signature(&upper)), alike);
                assert_eq!(names.confusable(&name, signature(&name)), None);
            }
        }
    }

    /// Names that differ only by case have one signature: each is found all the same, and one that it could be taken for.
    #[test]
    fn names_in_every_case_are_told_apart() {
        let spelled = |bits: u32| -> String {
            let letters = "straßenname".chars().enumerate();
            let upper = letters.map(|(at, c)| if bits >> at & 1 == 1 { c.to_ascii_uppercase() } else { c });
            upper.collect()
        };
        let all: std::collections::BTreeSet<String> = (0..1 << 11).map(spelled).collect();
        let names: Names<&str> = all.iter().map(|name| (name.clone(), name.as_str())).collect();
        for name in &all {
            assert_eq!(names.get(name.as_bytes(), signature(name)), Some(&name.as_str()));
            let other = names.confusable(name, signature(name)).unwrap();
            assert!(other != name && same_but_for_case(other, name));
        }
        assert_eq!(names.confusable("strasse", signature("strasse")), None);
    }
}
