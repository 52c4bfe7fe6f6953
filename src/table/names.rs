//! The names that an object's members have by its schema, found by the signature of a key.

use std::cmp::Ordering;

use super::buckets::Buckets;
use crate::json::signature;

/// Values by name. A look-up takes a few steps, however many there are.
#[derive(Debug)]
pub struct Names<T> {
    /// By name.
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
        entries.sort_by(|one, other| one.name.cmp(&other.name));
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
                // Of those with one signature the places ascend, and with them the names.
                alike.then_with(|| entry.name.as_bytes().cmp(name))
            };
            entry(place).map_or(Ordering::Less, order)
        });
        Some(&entry(near.get(found.ok()?)?)?.value)
    }

    /// The entries whose names have that signature: hardly ever more than one.
    #[inline]
    pub fn alike(&self, signature: u32) -> impl Iterator<Item = &Named<T>> {
        let near = self.buckets.get(signature).iter();
        let entries = near.filter_map(|place| self.entries.get(*place as usize));
        entries.filter(move |entry| entry.signature == signature)
    }
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
                assert_eq!(names.alike(signature(&upper)).next().map(|found| found.value), wanted);
            }
        }
    }
}
