//! Bytes that are not trusted, read from the front.

/// The most memory that what is read may take. Programs of a hundred thousand rules take less than half of it.
const MAX_MEMORY: usize = 256 << 20;

/// Arrays in arrays deeper than this are not read: as deep as patterns of an artifact nest.
const MAX_NESTING: usize = 128;

/// What is left to read, and what it may still come to.
pub struct Reader<'b> {
    rest: &'b [u8],
    memory: usize,
    nesting: usize,
}

impl<'b> Reader<'b> {
    pub fn new(bytes: &'b [u8]) -> Self {
        Self {
            rest: bytes,
            memory: MAX_MEMORY,
            nesting: MAX_NESTING,
        }
    }

    pub fn is_at_end(&self) -> bool {
        self.rest.is_empty()
    }

    /// How many bytes are left.
    pub fn left(&self) -> usize {
        self.rest.len()
    }

    pub fn byte(&mut self) -> Option<u8> {
        let (byte, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*byte)
    }

    pub fn bytes(&mut self, count: usize) -> Option<&'b [u8]> {
        let (bytes, rest) = self.rest.split_at_checked(count)?;
        self.rest = rest;
        Some(bytes)
    }

    /// A number in LEB128, in as few bytes as it takes.
    #[inline]
    pub fn number(&mut self) -> Option<u64> {
        let first = self.byte()?;
        if first < 0x80 {
            return Some(u64::from(first));
        }
        let mut number = u64::from(first & 0x7f);
        for shift in (7..64).step_by(7) {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7f);
            if bits << shift >> shift != bits {
                return None;
            }
            number |= bits << shift;
            if byte < 0x80 {
                return (byte != 0).then_some(number);
            }
        }
        None
    }

    /// How many items follow that take so much memory each. Each takes a byte at least, so there are no more than that.
    pub fn length(&mut self, memory: usize) -> Option<usize> {
        let length = usize::try_from(self.number()?).ok()?;
        if length > self.rest.len() {
            return None;
        }
        self.charge(length.checked_mul(memory)?)?;
        Some(length)
    }

    /// Takes memory from what may still be used.
    pub fn charge(&mut self, bytes: usize) -> Option<()> {
        self.memory = self.memory.checked_sub(bytes)?;
        Some(())
    }

    /// Reads what is a level deeper.
    pub fn deeper<T>(&mut self, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        self.nesting = self.nesting.checked_sub(1)?;
        let inner = read(self);
        self.nesting += 1;
        inner
    }
}
