//! A program as bytes: the same for the same program, on any machine.
//!
//! Numbers are LEB128 in as few bytes as they take, sequences begin with their length, a choice with the place of what
//! was chosen. What can be made again from the rest (hashes, searches) is left out. Whoever reads trusts nothing: see
//! `check` for what a program must be beside being readable.

mod check;
mod parts;
mod reader;
#[cfg(test)]
mod tests;

pub(crate) use check::check;
use reader::Reader;

use super::Program;

/// What can be written as bytes and read back.
trait Coded: Sized {
    /// Writes it behind what is there.
    fn write(&self, out: &mut Vec<u8>);
    /// Reads it, in the one way that it can be written.
    fn read(input: &mut Reader<'_>) -> Option<Self>;
}

/// Writes the programs of all tools, in the order of the tools.
pub(crate) fn write<'p>(programs: impl Iterator<Item = &'p Program>) -> Vec<u8> {
    let mut out = Vec::new();
    programs.for_each(|program| program.write(&mut out));
    out
}

/// Reads so many programs and nothing after them; `None` where the bytes are not theirs.
pub(crate) fn read(bytes: &[u8], count: usize) -> Option<Vec<Program>> {
    let mut input = Reader::new(bytes);
    let mut programs = Vec::new();
    for _ in 0..count {
        programs.push(Program::read(&mut input)?);
    }
    input.is_at_end().then_some(programs)
}

impl Coded for u8 {
    fn write(&self, out: &mut Vec<u8>) {
        out.push(*self);
    }
    fn read(input: &mut Reader<'_>) -> Option<Self> {
        input.byte()
    }
}

impl Coded for u64 {
    fn write(&self, out: &mut Vec<u8>) {
        let mut rest = *self;
        while rest >= 0x80 {
            out.push(0x80 | (rest & 0x7f) as u8);
            rest >>= 7;
        }
        out.push((rest & 0x7f) as u8);
    }
    fn read(input: &mut Reader<'_>) -> Option<Self> {
        input.number()
    }
}

impl Coded for u32 {
    fn write(&self, out: &mut Vec<u8>) {
        u64::from(*self).write(out);
    }
    fn read(input: &mut Reader<'_>) -> Option<Self> {
        Self::try_from(input.number()?).ok()
    }
}

impl Coded for bool {
    fn write(&self, out: &mut Vec<u8>) {
        out.push(u8::from(*self));
    }
    fn read(input: &mut Reader<'_>) -> Option<Self> {
        match input.byte()? {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        }
    }
}

impl Coded for String {
    fn write(&self, out: &mut Vec<u8>) {
        (self.len() as u64).write(out);
        out.extend_from_slice(self.as_bytes());
    }
    fn read(input: &mut Reader<'_>) -> Option<Self> {
        let length = usize::try_from(input.number()?).ok()?;
        let text = std::str::from_utf8(input.bytes(length)?).ok()?;
        input.charge(length)?;
        Some(text.to_owned())
    }
}

impl<T: Coded> Coded for Option<T> {
    fn write(&self, out: &mut Vec<u8>) {
        self.is_some().write(out);
        if let Some(inner) = self {
            inner.write(out);
        }
    }
    fn read(input: &mut Reader<'_>) -> Option<Self> {
        Some(if bool::read(input)? {
            Some(T::read(input)?)
        } else {
            None
        })
    }
}

impl<T: Coded> Coded for Vec<T> {
    fn write(&self, out: &mut Vec<u8>) {
        (self.len() as u64).write(out);
        self.iter().for_each(|item| item.write(out));
    }
    fn read(input: &mut Reader<'_>) -> Option<Self> {
        let length = input.length(size_of::<T>())?;
        // What is claimed takes memory only as it is read: at first no more than there are bytes.
        let mut items = Self::with_capacity(length.min(input.left() / size_of::<T>().max(1)));
        for _ in 0..length {
            items.push(T::read(input)?);
        }
        Some(items)
    }
}

impl<T: Coded, const N: usize> Coded for [T; N] {
    fn write(&self, out: &mut Vec<u8>) {
        self.iter().for_each(|item| item.write(out));
    }
    fn read(input: &mut Reader<'_>) -> Option<Self> {
        let mut items = Vec::with_capacity(N);
        for _ in 0..N {
            items.push(T::read(input)?);
        }
        items.try_into().ok()
    }
}

impl<A: Coded, B: Coded> Coded for (A, B) {
    fn write(&self, out: &mut Vec<u8>) {
        self.0.write(out);
        self.1.write(out);
    }
    fn read(input: &mut Reader<'_>) -> Option<Self> {
        Some((A::read(input)?, B::read(input)?))
    }
}
