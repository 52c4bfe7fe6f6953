//! Framing on stdio: one message a line, in bounded memory.

use std::io::{self, Read};

use sha2::{Digest as _, Sha256};

use crate::digest::Digest;

/// How much is asked of the reader at once.
const CHUNK: usize = 64 << 10;

/// What stood between two line breaks.
#[derive(Debug, PartialEq, Eq)]
pub enum Line<'a> {
    /// A line, without its line break.
    Message(&'a [u8]),
    /// A line over the bound. It was read to its end and thrown away.
    Oversized {
        /// The digest of all of it.
        digest: Digest,
        /// Its length in bytes.
        size: u64,
    },
}

/// Reads lines of at most `bound` bytes. Holds at most `bound` and a chunk in memory.
#[derive(Debug)]
pub struct Lines<R> {
    reader: R,
    bound: usize,
    buffer: Vec<u8>,
    /// What is in the buffer and not yet handed out: `start..end`; no line break before `scanned`.
    start: usize,
    scanned: usize,
    end: usize,
    /// The digest and length so far of a line that is being thrown away.
    discarding: Option<(Sha256, u64)>,
    eof: bool,
}

impl<R: Read> Lines<R> {
    /// Lines of at most `bound` bytes from `reader`.
    pub fn new(reader: R, bound: usize) -> Self {
        Self {
            reader,
            bound,
            buffer: Vec::new(),
            start: 0,
            scanned: 0,
            end: 0,
            discarding: None,
            eof: false,
        }
    }

    /// The reader, to poll it say.
    pub fn get_ref(&self) -> &R {
        &self.reader
    }

    /// The next line, blocking until there is one; the last one needs no line break. `None` at the end.
    ///
    /// # Errors
    /// What the reader says.
    pub fn read_line(&mut self) -> io::Result<Option<Line<'_>>> {
        while !self.ready() && self.fill()? {}
        Ok(self.next_ready())
    }

    /// The next line if it is in memory as a whole.
    pub fn next_ready(&mut self) -> Option<Line<'_>> {
        if self.ready() {
            let line_end = self.scanned;
            return Some(self.take(line_end, line_end + 1));
        }
        let last = self.eof && (self.start < self.end || self.discarding.is_some());
        last.then(|| self.take(self.end, self.end))
    }

    /// Is a whole line in memory?
    pub fn ready(&mut self) -> bool {
        let unseen = self.buffer.get(self.scanned..self.end).unwrap_or(&[]);
        match unseen.iter().position(|byte| *byte == b'\n') {
            Some(position) => {
                self.scanned += position;
                true
            }
            None => {
                self.scanned = self.end;
                self.discard();
                false
            }
        }
    }

    /// Reads once, blocking; `false` at the end.
    ///
    /// # Errors
    /// What the reader says.
    pub fn fill(&mut self) -> io::Result<bool> {
        self.make_space();
        let space = self.buffer.get_mut(self.end..).unwrap_or(&mut []);
        match self.reader.read(space) {
            Ok(0) => self.eof = true,
            Ok(read) => self.end += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
        Ok(!self.eof)
    }

    fn make_space(&mut self) {
        self.buffer.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.scanned -= self.start;
        self.start = 0;
        if self.end == 0 {
            self.buffer.truncate(CHUNK);
            self.buffer.shrink_to(CHUNK);
        }
        if self.buffer.len() - self.end < CHUNK / 2 {
            self.buffer.resize(self.end + CHUNK, 0);
        }
    }

    /// A line that has grown over the bound is hashed and forgotten as it comes.
    fn discard(&mut self) {
        let line = self.buffer.get(self.start..self.end).unwrap_or(&[]);
        if self.discarding.is_none() && line.len() <= self.bound {
            return;
        }
        let (hasher, size) = self.discarding.get_or_insert_with(|| (Sha256::new(), 0));
        hasher.update(line);
        *size += line.len() as u64;
        (self.start, self.scanned, self.end) = (0, 0, 0);
    }

    fn take(&mut self, line_end: usize, next: usize) -> Line<'_> {
        let line = self.buffer.get(self.start..line_end).unwrap_or(&[]);
        (self.start, self.scanned) = (next, next);
        if self.discarding.is_none() && line.len() <= self.bound {
            return Line::Message(line);
        }
        let (mut hasher, size) = self.discarding.take().unwrap_or_default();
        hasher.update(line);
        Line::Oversized {
            digest: Digest::from(hasher),
            size: size + line.len() as u64,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hands out `0` bytes at a time as told.
    struct Dribble<'a>(&'a [u8], usize);

    impl Read for Dribble<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let n = self.1.min(buffer.len()).min(self.0.len());
            buffer[..n].copy_from_slice(&self.0[..n]);
            self.0 = &self.0[n..];
            Ok(n)
        }
    }

    fn all(text: &[u8], bound: usize, step: usize) -> Vec<Result<Vec<u8>, (Digest, u64)>> {
        let mut lines = Lines::new(Dribble(text, step), bound);
        let mut seen = Vec::new();
        while let Some(line) = lines.read_line().unwrap() {
            seen.push(match line {
                Line::Message(bytes) => Ok(bytes.to_vec()),
                Line::Oversized { digest, size } => Err((digest, size)),
            });
        }
        assert!(lines.buffer.len() <= bound + 2 * CHUNK);
        seen
    }

    #[test]
    fn lines_at_the_bound_and_one_past_it() {
        for step in [1, 2, 3, 100] {
            let lines = all(b"12345\n123456\n\nab\r\nlast", 5, step);
            let long = Err((Digest::of(b"123456"), 6));
            let ok = |text: &[u8]| Ok(text.to_vec());
            assert_eq!(
                lines,
                [ok(b"12345"), long, ok(b""), ok(b"ab\r"), ok(b"last")],
                "step {step}"
            );
        }
    }

    #[test]
    fn a_huge_line_is_not_kept() {
        let mut text = vec![b'x'; 10 << 20];
        text.extend(b"\nnext\n");
        let lines = all(&text, 1 << 10, usize::MAX);
        assert_eq!(
            lines,
            [Err((Digest::of(&text[..10 << 20]), 10 << 20)), Ok(b"next".to_vec())]
        );
        assert_eq!(all(&text[..10 << 20], 1 << 10, usize::MAX).len(), 1);
    }
}
