//! Any bytes in any portions: the lines are those between the line breaks, and one that may be forwarded is one line
//! to every reader, and the same JSON.
#![no_main]

use std::io::{self, Read};

use libfuzzer_sys::fuzz_target;
use mcppc::digest::Digest;
use mcppc::json::{Limits, canonical, parse};
use mcppc::mcp::{Line, Lines, OneLine, one_line};

/// Hands out as many bytes at a time as `sizes` say, in turn.
struct Portions<'a> {
    rest: &'a [u8],
    sizes: std::iter::Cycle<std::slice::Iter<'a, u8>>,
}

impl Read for Portions<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let size = self.sizes.next().map_or(1, |size| usize::from(*size) + 1);
        let (portion, rest) = self.rest.split_at(size.min(self.rest.len()).min(buffer.len()));
        buffer[..portion.len()].copy_from_slice(portion);
        self.rest = rest;
        Ok(portion.len())
    }
}

fuzz_target!(|input: (u8, [u8; 4], &[u8])| {
    let (bound, sizes, text) = (usize::from(input.0), input.1, input.2);
    let mut wanted: Vec<&[u8]> = text.split(|byte| *byte == b'\n').collect();
    wanted.pop_if(|last| last.is_empty());
    let sizes = sizes.iter().cycle();
    let mut lines = Lines::new(Portions { rest: text, sizes }, bound);
    for wanted in wanted {
        match lines.read_line().expect("reading never fails here") {
            Some(Line::Message(line)) => assert!(line == wanted && line.len() <= bound),
            Some(Line::Oversized { digest, size }) => {
                assert!(wanted.len() > bound);
                assert_eq!((digest, size), (Digest::of(wanted), wanted.len() as u64));
            }
            None => panic!("a line is missing"),
        }
        forwarded(wanted);
    }
    assert_eq!(lines.read_line().expect("reading never fails here"), None);
});

fn forwarded(message: &[u8]) {
    let line = one_line(message);
    let out = match &line {
        OneLine::Same(same) => same,
        OneLine::Escaped(escaped) => escaped.as_slice(),
        OneLine::CarriageReturn => return assert!(message.contains(&b'\r')),
    };
    let read = |bytes| parse(bytes, &Limits::default()).ok().map(|value| canonical(&value));
    assert_eq!(read(message), read(out));
    if let Ok(text) = std::str::from_utf8(out)
        && read(out).is_some()
    {
        assert!(!text.contains(['\r', '\u{85}', '\u{2028}', '\u{2029}']));
    }
}
