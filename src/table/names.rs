//! The names that an object's members have by its schema, found by the signature of a key.

use crate::json::signature;

/// Values by name. A look-up takes a few steps, however many there are.
#[derive(Debug)]
pub struct Names<T> {
    entries: Vec<Named<T>>,
    /// For each place an entry's index, or [`FREE`]: open addressing, at most half full.
    places: Vec<u32>,
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

const FREE: u32 = u32::MAX;

impl<T> FromIterator<(String, T)> for Names<T> {
    fn from_iter<I: IntoIterator<Item = (String, T)>>(named: I) -> Self {
        let named = named.into_iter().map(|(name, value)| Named {
            signature: signature(&name),
            name,
            value,
        });
        let entries: Vec<_> = named.collect();
        let mut places = vec![FREE; (2 * entries.len()).next_power_of_two()];
        let mask = places.len() - 1;
        for (index, entry) in (0..).zip(&entries) {
            let mut at = entry.signature as usize & mask;
            while places.get(at).is_some_and(|place| *place != FREE) {
                at = (at + 1) & mask;
            }
            if let Some(place) = places.get_mut(at) {
                *place = index;
            }
        }
        Self { entries, places }
    }
}

impl<T> Names<T> {
    /// The value of that name. The signature is the name's.
    #[must_use]
    #[inline]
    pub fn get(&self, name: &[u8], signature: u32) -> Option<&T> {
        let mut alike = self.alike(signature);
        alike
            .find(|entry| entry.name.as_bytes() == name)
            .map(|entry| &entry.value)
    }

    /// The entries whose names have that signature: hardly ever more than one.
    #[inline]
    pub fn alike(&self, signature: u32) -> impl Iterator<Item = &Named<T>> {
        let mask = self.places.len() - 1;
        let mut at = signature as usize & mask;
        // INVARIANT: a place is free, since only half of them are taken.
        let entries = std::iter::from_fn(move || {
            let index = *self.places.get(at)?;
            at = (at + 1) & mask;
            self.entries.get(index as usize)
        });
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
