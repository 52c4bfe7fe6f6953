//! Choices, one after the other, from a row of numbers: proptest shrinks the row, and with it all that is made of it.

/// Where choices come from. Past its end every choice is the first.
pub struct Tape<'t> {
    words: &'t [u16],
    at: usize,
}

impl<'t> Tape<'t> {
    pub fn new(words: &'t [u16]) -> Self {
        Self { words, at: 0 }
    }

    /// A number below `n`.
    pub fn below(&mut self, n: usize) -> usize {
        let word = self.words.get(self.at).copied().unwrap_or(0);
        self.at += 1;
        usize::from(word) % n.max(1)
    }

    /// True once in `n` times.
    pub fn once_in(&mut self, n: usize) -> bool {
        self.below(n) + 1 == n
    }

    /// One of these.
    pub fn pick<'a, T: ?Sized>(&mut self, choices: &[&'a T]) -> &'a T {
        choices[self.below(choices.len())]
    }

    /// One of these, owned.
    pub fn choose<T: Clone>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())].clone()
    }
}
