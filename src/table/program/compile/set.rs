//! Sets of classes of one variable, as runs.

/// Class numbers, as sorted runs that neither overlap nor touch; each from its first to one past its last.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ClassSet(Vec<(u32, u32)>);

impl ClassSet {
    /// The classes from `start` to one before `end`.
    pub fn run(start: u32, end: u32) -> Self {
        if start < end {
            Self(vec![(start, end)])
        } else {
            Self::default()
        }
    }

    /// One class.
    pub fn only(class: u32) -> Self {
        Self::run(class, class + 1)
    }

    /// Adds a class that is greater than all that are in it.
    pub fn push(&mut self, class: u32) {
        match self.0.last_mut() {
            Some((_, end)) if *end == class => *end += 1,
            _ => self.0.push((class, class + 1)),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Is it all of that many classes?
    pub fn is_all(&self, classes: u32) -> bool {
        self.0 == [(0, classes)]
    }

    pub fn contains(&self, class: u32) -> bool {
        let after = self.0.partition_point(|(start, _)| *start <= class);
        let run = after.checked_sub(1).and_then(|at| self.0.get(at));
        run.is_some_and(|(_, end)| class < *end)
    }

    /// Where membership changes, ascending.
    pub fn edges(&self) -> impl Iterator<Item = u32> {
        self.0.iter().flat_map(|(start, end)| [*start, *end])
    }

    /// How many classes it has.
    pub fn len(&self) -> u32 {
        self.0.iter().map(|(start, end)| end - start).sum()
    }

    /// How many runs it has.
    pub fn runs(&self) -> usize {
        self.0.len()
    }

    pub fn union(&self, other: &Self) -> Self {
        let mut all: Vec<(u32, u32)> = self.0.iter().chain(&other.0).copied().collect();
        all.sort_unstable();
        let mut joined: Vec<(u32, u32)> = Vec::with_capacity(all.len());
        for (start, end) in all {
            match joined.last_mut() {
                Some((_, last)) if start <= *last => *last = end.max(*last),
                _ => joined.push((start, end)),
            }
        }
        Self(joined)
    }

    /// All of that many classes that are not in it.
    pub fn complement(&self, classes: u32) -> Self {
        let mut others = Vec::with_capacity(self.0.len() + 1);
        let mut next = 0;
        for (start, end) in &self.0 {
            if next < *start {
                others.push((next, *start));
            }
            next = *end;
        }
        if next < classes {
            others.push((next, classes));
        }
        Self(others)
    }

    pub fn intersection(&self, other: &Self) -> Self {
        let (mut left, mut right) = (self.0.iter().peekable(), other.0.iter().peekable());
        let mut both = Vec::new();
        while let (Some((a, b)), Some((c, d))) = (left.peek(), right.peek()) {
            let (start, end) = (*a.max(c), *b.min(d));
            if start < end {
                both.push((start, end));
            }
            if b < d {
                left.next();
            } else {
                right.next();
            }
        }
        Self(both)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const CLASSES: u32 = 12;

    fn set() -> impl Strategy<Value = ClassSet> {
        proptest::collection::btree_set(0..CLASSES, 0..8).prop_map(|classes| {
            let mut set = ClassSet::default();
            classes.into_iter().for_each(|class| set.push(class));
            set
        })
    }

    proptest! {
        #[test]
        fn they_are_sets(a in set(), b in set()) {
            let (union, both, not) = (a.union(&b), a.intersection(&b), a.complement(CLASSES));
            for class in 0..CLASSES {
                let (in_a, in_b) = (a.contains(class), b.contains(class));
                prop_assert_eq!(union.contains(class), in_a || in_b);
                prop_assert_eq!(both.contains(class), in_a && in_b);
                prop_assert_eq!(not.contains(class), !in_a);
            }
            // Equal sets have equal forms, which formulas are told apart by.
            prop_assert_eq!(not.complement(CLASSES), a.clone());
            prop_assert_eq!(a.union(&not), ClassSet::run(0, CLASSES));
            prop_assert!(a.intersection(&not).is_empty());
            prop_assert_eq!(usize::try_from(a.len()).unwrap(), (0..CLASSES).filter(|c| a.contains(*c)).count());
        }
    }
}
