//! Two machines as one: the pairs of rows that can be reached together.

use std::collections::HashMap;

use super::machine::{Machine, Sets};

/// One machine that says what both say; the sets of the second come after the `first_sets` of the first. `None` if it
/// takes more than `limit` bytes.
#[must_use]
pub fn join(
    one: (&Machine, &Sets),
    other: (&Machine, &Sets),
    first_sets: u32,
    limit: usize,
) -> Option<(Machine, Sets)> {
    let (columns, pairs) = joint_columns(one.0, other.0)?;
    let mut joined = Joined {
        rows: HashMap::from([((0, 0), 0)]),
        order: vec![(0, 0)],
        sets: HashMap::from([(Vec::new(), 0)]),
        held: 0,
    };
    let stride = u32::try_from(pairs.len()).ok()?;
    let start = joined.row((one.0.start, other.0.start), stride)?;
    let (mut next, mut says) = (Vec::new(), Vec::new());
    while let Some((left, right)) = joined.order.get(says.len()).copied() {
        for (a, b) in &pairs {
            next.push(joined.row((one.0.after(left, *a), other.0.after(right, *b)), stride)?);
        }
        let of = |(machine, sets): (&Machine, &Sets), row| sets.get(machine.answer(row) as usize).cloned();
        let mut held = of(one, left).unwrap_or_default();
        held.extend(
            of(other, right)
                .unwrap_or_default()
                .into_iter()
                .map(|set| set + first_sets),
        );
        says.push(joined.set(held));
        if 4 * (joined.order.len() * pairs.len() + says.len() + joined.held) > limit {
            return None;
        }
    }
    let mut sets: Vec<(Vec<u32>, u32)> = joined.sets.into_iter().collect();
    sets.sort_by_key(|(_, at)| *at);
    let machine = Machine::of_rows(columns, stride, start, &next, &says);
    Some((machine, sets.into_iter().map(|(set, _)| set).collect()))
}

/// The column of each byte, and for each column the columns in the two machines.
type Columns = (Box<[u8; 256]>, Vec<(u8, u8)>);

/// Bytes that neither machine tells apart share a column; each column stands for one of both.
fn joint_columns(one: &Machine, other: &Machine) -> Option<Columns> {
    let mut pairs: Vec<(u8, u8)> = Vec::new();
    let mut columns = Box::new([0; 256]);
    for (column, pair) in columns
        .iter_mut()
        .zip(one.columns.iter().copied().zip(other.columns.iter().copied()))
    {
        let at = pairs.iter().position(|known| *known == pair).unwrap_or_else(|| {
            pairs.push(pair);
            pairs.len() - 1
        });
        *column = u8::try_from(at).ok()?;
    }
    Some((columns, pairs))
}

struct Joined {
    rows: HashMap<(u32, u32), u32>,
    order: Vec<(u32, u32)>,
    sets: HashMap<Vec<u32>, u32>,
    /// How many numbers the sets have.
    held: usize,
}

impl Joined {
    fn row(&mut self, pair: (u32, u32), stride: u32) -> Option<u32> {
        if let Some(row) = self.rows.get(&pair) {
            return Some(*row);
        }
        let row = u32::try_from(self.order.len()).ok()?.checked_mul(stride)?;
        self.rows.insert(pair, row);
        self.order.push(pair);
        Some(row)
    }

    fn set(&mut self, held: Vec<u32>) -> u32 {
        let next = u32::try_from(self.sets.len()).unwrap_or(u32::MAX);
        *self.sets.entry(held).or_insert_with_key(|held| {
            self.held += held.len();
            next
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const REGEXES: [&str; 6] = ["/srv(?:/.*)?", "(?:.*/)?x(?:/.*)?", "é*", "[^/]*x", "", ".+é"];

    proptest! {
        #[test]
        fn both_say_what_each_says(left in 0..6_usize, right in 0..6_usize, text in "[/srvxé]{0,8}|/srv/[xé/]{0,4}") {
            let one = |at: usize| Machine::new(&[REGEXES[at]], 1 << 20).unwrap();
            let ((a, a_sets), (b, b_sets)) = (one(left), one(right));
            let (both, sets) = join((&a, &a_sets), (&b, &b_sets), 1, 1 << 20).unwrap();
            let held = &sets[both.says(&text) as usize];
            prop_assert_eq!(held.contains(&0), !a_sets[a.says(&text) as usize].is_empty());
            prop_assert_eq!(held.contains(&1), !b_sets[b.says(&text) as usize].is_empty());
        }
    }

    #[test]
    fn what_is_too_large_is_not_joined() {
        let one = Machine::new(&["(?:.*/)?n1(?:/.*)?"], 1 << 20).unwrap();
        let other = Machine::new(&["(?:.*/)?n2(?:/.*)?"], 1 << 20).unwrap();
        assert!(join((&one.0, &one.1), (&other.0, &other.1), 1, 100).is_none());
    }
}
