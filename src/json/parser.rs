//! Bytes → tape, strictly, in one pass and bounded memory.

use super::keys::{Keys, scan_key};
use super::scan::plain_end;
use super::tape::{NodeKind, Span, Tape};
use super::{JsonError, JsonErrorKind, Limits};

/// Reads one text into a tape that holds a copy of it. Each step is given where it begins, and says where it ends.
pub struct Parser<'a> {
    text: &'a [u8],
    /// How many levels may still be opened. INVARIANT: bounds the recursion.
    depth: usize,
    /// How many values may still come.
    values: usize,
    limits: &'a Limits,
    tape: &'a mut Tape,
    fault: Option<JsonError>,
}

/// Reading has ended: the parser knows why. It is small, since it is handed up at every step.
struct Stop;

type Step<T = usize> = Result<T, Stop>;

impl<'a> Parser<'a> {
    pub fn new(text: &'a str, limits: &'a Limits, tape: &'a mut Tape) -> Self {
        Self {
            text: text.as_bytes(),
            depth: limits.depth,
            values: limits.values,
            limits,
            tape,
            fault: None,
        }
    }

    /// One value, with white space around it.
    pub fn document(mut self) -> Result<(), JsonError> {
        let end = self.value(0).and_then(|end| match self.next(end) {
            (_, None) => Ok(()),
            (at, Some(_)) => self.fail(JsonErrorKind::Trailing, at),
        });
        match (end, self.fault) {
            (Ok(()), None) => Ok(()),
            (_, Some(fault)) => Err(fault),
            // Not reached: who stops says why.
            (Err(Stop), None) => Err(JsonError {
                kind: JsonErrorKind::UnexpectedEnd,
                offset: self.text.len(),
            }),
        }
    }

    fn value(&mut self, at: usize) -> Step {
        let (at, next) = self.next(at);
        self.values = match self.values.checked_sub(1) {
            Some(left) => left,
            None => return self.fail(JsonErrorKind::TooMany(self.limits.values), at),
        };
        match next {
            None => self.fail(JsonErrorKind::UnexpectedEnd, at),
            Some(b'"') => self.string(at, plain_end(self.text, at + 1)),
            Some(b'{') => self.nested(NodeKind::Object, at, Self::members),
            Some(b'[') => self.nested(NodeKind::Array, at, Self::elements),
            Some(b'-' | b'0'..=b'9') => self.number(at),
            Some(_) => self.word(at),
        }
    }

    #[inline]
    fn nested(&mut self, kind: NodeKind, at: usize, body: fn(&mut Self, u32, usize) -> Step) -> Step {
        self.depth = match self.depth.checked_sub(1) {
            Some(left) => left,
            None => return self.fail(JsonErrorKind::TooDeep(self.limits.depth), at),
        };
        let node = self.tape.nodes.push(kind, Span::new(at, at), Span::default());
        let end = body(self, node, at + 1)?;
        self.tape.nodes.close(node, end);
        self.depth += 1;
        Ok(end)
    }

    fn elements(&mut self, _: u32, at: usize) -> Step {
        if let (end, Some(b']')) = self.next(at) {
            return Ok(end + 1);
        }
        let mut at = at;
        loop {
            at = self.value(at)?;
            at = match self.next(at) {
                (comma, Some(b',')) => comma + 1,
                (end, Some(b']')) => return Ok(end + 1),
                (other, _) => return self.expected("`,` or `]`", other),
            };
        }
    }

    fn members(&mut self, object: u32, at: usize) -> Step {
        if let (end, Some(b'}')) = self.next(at) {
            return Ok(end + 1);
        }
        let mut keys = Keys::of(object);
        let mut at = at;
        let end = loop {
            at = self.key(&mut keys, at)?;
            at = match self.next(at) {
                (colon, Some(b':')) => self.value(colon + 1)?,
                (other, _) => return self.expected("`:`", other),
            };
            at = match self.next(at) {
                (comma, Some(b',')) => comma + 1,
                (end, Some(b'}')) => break end + 1,
                (other, _) => return self.expected("`,` or `}`", other),
            };
        };
        keys.end(&mut self.tape.keys);
        Ok(end)
    }

    #[inline]
    fn key(&mut self, keys: &mut Keys, at: usize) -> Step {
        let (start, next) = self.next(at);
        if next != Some(b'"') {
            return self.expected("a key in quotes", start);
        }
        let (stop, signature) = scan_key(self.text, start + 1);
        let end = self.string(start, stop)?;
        let signature = signature.filter(|_| end == stop + 1);
        let Tape { nodes, keys: index, .. } = &mut *self.tape;
        match keys.add(nodes, index, signature) {
            Ok(()) => Ok(end),
            Err(kind) => self.fail(kind, start),
        }
    }

    fn word(&mut self, at: usize) -> Step {
        for (word, kind) in [
            ("null", NodeKind::Null),
            ("true", NodeKind::True),
            ("false", NodeKind::False),
        ] {
            if self.rest(at).starts_with(word.as_bytes()) {
                let end = at + word.len();
                self.tape.nodes.push(kind, Span::new(at, end), Span::default());
                return Ok(end);
            }
        }
        self.expected("a value", at)
    }

    /// `-? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)?`, RFC 8259 section 6.
    fn number(&mut self, start: usize) -> Step {
        let mut at = start + usize::from(self.peek(start) == Some(b'-'));
        at = match self.peek(at) {
            Some(b'0') => at + 1,
            _ => self.digits(at)?,
        };
        if self.peek(at) == Some(b'.') {
            at = self.digits(at + 1)?;
        }
        if let Some(b'e' | b'E') = self.peek(at) {
            let signed = matches!(self.peek(at + 1), Some(b'+' | b'-'));
            at = self.digits(at + 1 + usize::from(signed))?;
        }
        // What others take for more of the number.
        if let Some(b'0'..=b'9' | b'.' | b'a'..=b'z' | b'A'..=b'Z' | b'+' | b'-') = self.peek(at) {
            return self.fail(JsonErrorKind::Number, at);
        }
        let place = Span::new(start, at);
        self.tape.nodes.push(NodeKind::Number, place, place);
        Ok(at)
    }

    /// One digit or more.
    #[inline]
    fn digits(&mut self, start: usize) -> Step {
        let mut at = start;
        while let Some(b'0'..=b'9') = self.peek(at) {
            at += 1;
        }
        if at == start {
            return self.fail(JsonErrorKind::Number, at);
        }
        Ok(at)
    }

    /// A string whose quote is at `quote`, and whose first part without escapes ends at `stop`.
    /// INVARIANT: the tape's text begins with the parser's, so that a string without escapes stands at the same place.
    #[inline]
    fn string(&mut self, quote: usize, stop: usize) -> Step {
        let (end, text) = match self.peek(stop) {
            Some(b'"') => (stop, Span::new(quote + 1, stop)),
            _ => self.string_with_escapes(quote + 1, stop)?,
        };
        let place = Span::new(quote, end + 1);
        self.tape.nodes.push(NodeKind::String, place, text);
        Ok(end + 1)
    }

    /// A string whose text from `start` to `at` has no escapes, and that goes on: its closing quote, and its text.
    #[cold]
    fn string_with_escapes(&mut self, mut start: usize, mut at: usize) -> Step<(usize, Span)> {
        let written = self.tape.nodes.text.len();
        loop {
            // INVARIANT: the text is UTF-8, and parted at ASCII.
            let run = self.text.get(start..at).map(str::from_utf8);
            self.tape.nodes.text.push_str(run.and_then(Result::ok).unwrap_or(""));
            match self.peek(at) {
                None => return self.fail(JsonErrorKind::UnexpectedEnd, at),
                Some(b'"') => return Ok((at, Span::new(written, self.tape.nodes.text.len()))),
                Some(b'\\') => {
                    let (end, c) = self.escape(at)?;
                    self.tape.nodes.text.push(c);
                    start = end;
                    at = plain_end(self.text, end);
                }
                Some(_) => return self.fail(JsonErrorKind::ControlCharacter, at),
            }
        }
    }

    fn escape(&mut self, at: usize) -> Step<(usize, char)> {
        let c = match self.peek(at + 1) {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode_escape(at),
            _ => return self.fail(JsonErrorKind::Escape, at),
        };
        Ok((at + 2, c))
    }

    fn unicode_escape(&mut self, at: usize) -> Step<(usize, char)> {
        let mut end = at + 6;
        let mut code = self.hex4(at + 2, at)?;
        if (0xd800..0xdc00).contains(&code) && self.rest(end).starts_with(b"\\u") {
            let second = self.hex4(end + 2, at)?;
            if (0xdc00..0xe000).contains(&second) {
                code = 0x10000 + ((code - 0xd800) << 10) + (second - 0xdc00);
                end += 6;
            }
        }
        match char::from_u32(code) {
            Some(c) => Ok((end, c)),
            None => self.fail(JsonErrorKind::LoneSurrogate, at),
        }
    }

    /// Four hexadecimal digits of an escape.
    fn hex4(&mut self, at: usize, escape: usize) -> Step<u32> {
        let digits = self.rest(at).first_chunk::<4>();
        let code = digits.and_then(|digits| {
            digits
                .iter()
                .try_fold(0, |code, digit| Some(code << 4 | char::from(*digit).to_digit(16)?))
        });
        code.map_or_else(|| self.fail(JsonErrorKind::Escape, escape), Ok)
    }

    /// The next byte that is no white space, and where it is.
    #[inline]
    fn next(&mut self, at: usize) -> (usize, Option<u8>) {
        match self.peek(at) {
            Some(b'\0'..=b' ') => self.after_white_space(at),
            next => (at, next),
        }
    }

    fn after_white_space(&mut self, mut at: usize) -> (usize, Option<u8>) {
        while let Some(byte @ (b' ' | b'\t' | b'\n' | b'\r')) = self.peek(at) {
            self.tape.carriage_return |= byte == b'\r';
            at += 1;
        }
        (at, self.peek(at))
    }

    #[inline]
    fn peek(&self, at: usize) -> Option<u8> {
        self.text.get(at).copied()
    }

    #[inline]
    fn rest(&self, at: usize) -> &'a [u8] {
        self.text.get(at..).unwrap_or_default()
    }

    #[cold]
    fn expected<T>(&mut self, what: &'static str, at: usize) -> Step<T> {
        let kind = if at < self.text.len() {
            JsonErrorKind::Expected(what)
        } else {
            JsonErrorKind::UnexpectedEnd
        };
        self.fail(kind, at)
    }

    #[cold]
    fn fail<T>(&mut self, kind: JsonErrorKind, offset: usize) -> Step<T> {
        self.fault = Some(JsonError { kind, offset });
        Err(Stop)
    }
}

#[cfg(test)]
mod tests;
