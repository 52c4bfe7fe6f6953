//! Places by signature, found in a few steps whatever the signatures are: who makes them cannot make searches long, nor
//! their making.

/// The places of things that have signatures, in buckets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Buckets {
    /// Where each bucket begins in `places`, and the end of the last. The buckets are a power of two, and twice as many
    /// as places at least.
    starts: Vec<u32>,
    /// Bucket after bucket; in each by signature, and then ascending.
    places: Vec<u32>,
}

impl Buckets {
    /// The places of these signatures. O(n log n).
    pub fn of(signatures: &[u32]) -> Self {
        if signatures.is_empty() {
            return Self::default();
        }
        let buckets = (2 * signatures.len()).next_power_of_two();
        let mut order: Vec<(usize, u32, u32)> = signatures
            .iter()
            .zip(0..)
            .map(|(signature, place)| (bucket(*signature, buckets), *signature, place))
            .collect();
        order.sort_unstable();
        let mut starts = Vec::with_capacity(buckets + 1);
        for (at, (bucket, ..)) in (0..).zip(&order) {
            starts.resize((*bucket + 1).max(starts.len()), at);
        }
        starts.resize(buckets + 1, u32::try_from(order.len()).unwrap_or(u32::MAX));
        Self {
            starts,
            places: order.into_iter().map(|(.., place)| place).collect(),
        }
    }

    /// The places that share a bucket with this signature, in the order of their signatures.
    #[inline]
    pub fn get(&self, signature: u32) -> &[u32] {
        let bucket = bucket(signature, self.starts.len().saturating_sub(1));
        let start = self.starts.get(bucket).copied().unwrap_or(0);
        let end = self.starts.get(bucket + 1).copied().unwrap_or(0);
        self.places.get(start as usize..end as usize).unwrap_or_default()
    }

    /// The most places in one bucket.
    pub fn fullest(&self) -> usize {
        let ends = self.starts.iter().skip(1);
        let sizes = self.starts.iter().zip(ends).map(|(start, end)| (end - start) as usize);
        sizes.max().unwrap_or(0)
    }
}

/// The bucket of a signature, of a power of two.
#[inline]
fn bucket(signature: u32, buckets: usize) -> usize {
    signature as usize & buckets.saturating_sub(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_in_the_bucket_of_its_signature() {
        for signatures in [vec![], vec![7], vec![0, 8, 8, 3, u32::MAX, 16], vec![5; 100]] {
            let buckets = Buckets::of(&signatures);
            for (signature, place) in signatures.iter().zip(0..) {
                let found = buckets.get(*signature);
                assert!(found.contains(&place));
                assert!(found.is_sorted_by_key(|place| (signatures[*place as usize], *place)));
            }
            assert!(buckets.fullest() <= signatures.len());
        }
        assert!(Buckets::default().get(3).is_empty());
        assert_eq!(Buckets::of(&[5; 100]).fullest(), 100);
    }
}
