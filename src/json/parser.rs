//! Bytes → tape, strictly, in one pass and bounded memory.

use super::keys::Keys;
use super::scan::plain_length;
use super::tape::{NodeKind, Span, Tape};
use super::{JsonError, JsonErrorKind, Limits};

/// Reads one text into a tape that holds a copy of it.
pub struct Parser<'a> {
    text: &'a str,
    at: usize,
    /// How many levels may still be opened. INVARIANT: bounds the recursion.
    depth: usize,
    /// How many values may still come.
    values: usize,
    limits: &'a Limits,
    tape: &'a mut Tape,
}

impl<'a> Parser<'a> {
    pub fn new(text: &'a str, limits: &'a Limits, tape: &'a mut Tape) -> Self {
        Self {
            text,
            at: 0,
            depth: limits.depth,
            values: limits.values,
            limits,
            tape,
        }
    }

    /// One value, with white space around it.
    pub fn document(mut self) -> Result<(), JsonError> {
        self.value()?;
        self.white_space();
        if self.at < self.text.len() {
            return Err(self.error(JsonErrorKind::Trailing));
        }
        Ok(())
    }

    fn value(&mut self) -> Result<(), JsonError> {
        self.white_space();
        self.values = self
            .values
            .checked_sub(1)
            .ok_or_else(|| self.error(JsonErrorKind::TooMany(self.limits.values)))?;
        match self.peek() {
            None => Err(self.error(JsonErrorKind::UnexpectedEnd)),
            Some(b'"') => self.string(),
            Some(b'{') => self.nested(NodeKind::Object, Self::members),
            Some(b'[') => self.nested(NodeKind::Array, Self::elements),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(_) => self.word(),
        }
    }

    #[inline]
    fn nested(
        &mut self,
        kind: NodeKind,
        body: impl FnOnce(&mut Self, u32) -> Result<(), JsonError>,
    ) -> Result<(), JsonError> {
        self.depth = self
            .depth
            .checked_sub(1)
            .ok_or_else(|| self.error(JsonErrorKind::TooDeep(self.limits.depth)))?;
        let at = self.tape.nodes.push(kind, Span::new(self.at, self.at), Span::default());
        self.at += 1;
        body(self, at)?;
        self.tape.nodes.close(at, self.at);
        self.depth += 1;
        Ok(())
    }

    fn elements(&mut self, _: u32) -> Result<(), JsonError> {
        if self.closes(b']') {
            return Ok(());
        }
        loop {
            self.value()?;
            if self.closes(b']') {
                return Ok(());
            }
            self.expect(b',', "`,` or `]`")?;
        }
    }

    fn members(&mut self, object: u32) -> Result<(), JsonError> {
        if self.closes(b'}') {
            return Ok(());
        }
        let mut keys = Keys::of(object);
        loop {
            self.white_space();
            let start = self.at;
            if self.peek() != Some(b'"') {
                return Err(self.expected("a key in quotes"));
            }
            self.string()?;
            self.tape.nodes.sign_last();
            keys.add(&self.tape.nodes, &mut self.tape.keys)
                .map_err(|kind| JsonError { kind, offset: start })?;
            self.expect(b':', "`:`")?;
            self.value()?;
            if self.closes(b'}') {
                keys.end(&mut self.tape.keys);
                return Ok(());
            }
            self.expect(b',', "`,` or `}`")?;
        }
    }

    fn word(&mut self) -> Result<(), JsonError> {
        let rest = self.rest();
        for (word, kind) in [
            ("null", NodeKind::Null),
            ("true", NodeKind::True),
            ("false", NodeKind::False),
        ] {
            if rest.starts_with(word) {
                let place = Span::new(self.at, self.at + word.len());
                self.tape.nodes.push(kind, place, Span::default());
                self.at += word.len();
                return Ok(());
            }
        }
        Err(self.expected("a value"))
    }

    /// `-? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)?`, RFC 8259 section 6.
    fn number(&mut self) -> Result<(), JsonError> {
        let start = self.at;
        self.accept(b"-");
        if !self.accept(b"0") && self.digits() == 0 {
            return Err(self.error(JsonErrorKind::Number));
        }
        if self.accept(b".") && self.digits() == 0 {
            return Err(self.error(JsonErrorKind::Number));
        }
        if self.accept(b"eE") {
            self.accept(b"+-");
            if self.digits() == 0 {
                return Err(self.error(JsonErrorKind::Number));
            }
        }
        if matches!(
            self.peek(),
            Some(b'0'..=b'9' | b'.' | b'a'..=b'z' | b'A'..=b'Z' | b'+' | b'-')
        ) {
            return Err(self.error(JsonErrorKind::Number));
        }
        let place = Span::new(start, self.at);
        self.tape.nodes.push(NodeKind::Number, place, place);
        Ok(())
    }

    /// INVARIANT: the tape's text begins with the parser's, so that a string without escapes stands at the same place.
    #[inline]
    fn string(&mut self) -> Result<(), JsonError> {
        let quote = self.at;
        self.at += 1;
        let start = self.at;
        self.skip_plain();
        let text = if self.accept(b"\"") {
            Span::new(start, self.at - 1)
        } else {
            self.string_with_escapes(start)?
        };
        self.tape.nodes.push(NodeKind::String, Span::new(quote, self.at), text);
        Ok(())
    }

    /// A string whose text from `start` to here has no escapes, and that goes on.
    fn string_with_escapes(&mut self, start: usize) -> Result<Span, JsonError> {
        let written = self.tape.nodes.text.len();
        let mut copied = start;
        loop {
            let run = self.text.get(copied..self.at).unwrap_or("");
            self.tape.nodes.text.push_str(run);
            match self.peek() {
                None => return Err(self.error(JsonErrorKind::UnexpectedEnd)),
                Some(b'"') => break,
                Some(b'\\') => {
                    let c = self.escape()?;
                    self.tape.nodes.text.push(c);
                }
                Some(_) => return Err(self.error(JsonErrorKind::ControlCharacter)),
            }
            copied = self.at;
            self.skip_plain();
        }
        self.at += 1;
        Ok(Span::new(written, self.tape.nodes.text.len()))
    }

    /// To the next quote, backslash or control character.
    #[inline]
    fn skip_plain(&mut self) {
        self.at += plain_length(self.text.as_bytes().get(self.at..).unwrap_or_default());
    }

    fn escape(&mut self) -> Result<char, JsonError> {
        let malformed = self.error(JsonErrorKind::Escape);
        self.at += 1;
        let letter = self.peek().ok_or(malformed.clone())?;
        self.at += 1;
        Ok(match letter {
            b'"' => '"',
            b'\\' => '\\',
            b'/' => '/',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => return self.unicode_escape(malformed.offset),
            _ => return Err(malformed),
        })
    }

    fn unicode_escape(&mut self, start: usize) -> Result<char, JsonError> {
        let lone = JsonError {
            kind: JsonErrorKind::LoneSurrogate,
            offset: start,
        };
        let first = self.hex4(start)?;
        if !(0xd800..0xe000).contains(&first) {
            return char::from_u32(first).ok_or(lone);
        }
        if first >= 0xdc00 || !self.rest().starts_with("\\u") {
            return Err(lone);
        }
        self.at += 2;
        let second = self.hex4(start)?;
        if !(0xdc00..0xe000).contains(&second) {
            return Err(lone);
        }
        char::from_u32(0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00)).ok_or(lone)
    }

    fn hex4(&mut self, start: usize) -> Result<u32, JsonError> {
        let malformed = JsonError {
            kind: JsonErrorKind::Escape,
            offset: start,
        };
        let digits = self.text.get(self.at..self.at + 4).ok_or(malformed.clone())?;
        if !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(malformed);
        }
        self.at += 4;
        u32::from_str_radix(digits, 16).map_err(|_| malformed)
    }

    #[inline]
    fn digits(&mut self) -> usize {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        self.at - start
    }

    #[inline]
    fn accept(&mut self, any: &[u8]) -> bool {
        let found = self.peek().is_some_and(|byte| any.contains(&byte));
        if found {
            self.at += 1;
        }
        found
    }

    #[inline]
    fn closes(&mut self, bracket: u8) -> bool {
        self.white_space();
        self.accept(&[bracket])
    }

    #[inline]
    fn expect(&mut self, byte: u8, what: &'static str) -> Result<(), JsonError> {
        self.white_space();
        if self.accept(&[byte]) {
            Ok(())
        } else {
            Err(self.expected(what))
        }
    }

    #[inline]
    fn white_space(&mut self) {
        while let Some(byte @ (b' ' | b'\t' | b'\n' | b'\r')) = self.peek() {
            self.tape.carriage_return |= byte == b'\r';
            self.at += 1;
        }
    }

    #[inline]
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or("")
    }

    #[cold]
    fn expected(&self, what: &'static str) -> JsonError {
        self.error(if self.at < self.text.len() {
            JsonErrorKind::Expected(what)
        } else {
            JsonErrorKind::UnexpectedEnd
        })
    }

    #[cold]
    fn error(&self, kind: JsonErrorKind) -> JsonError {
        JsonError { kind, offset: self.at }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{FEW, Kind, MAX_KEY, parse};
    use super::*;

    fn fails(text: &[u8]) -> JsonErrorKind {
        parse(text, &Limits::default()).unwrap_err().kind
    }

    #[test]
    fn values_know_their_place() {
        let source = br#"{"a": [1.50, "x\u00e9"], "b": true}"#;
        let value = parse(source, &Limits::default()).unwrap();
        let a = value.get("a").unwrap();
        assert_eq!(a.raw(std::str::from_utf8(source).unwrap()), r#"[1.50, "x\u00e9"]"#);
        assert_eq!(a.elements()[0].kind, Kind::Number("1.50"));
        assert_eq!(a.elements()[1].as_str(), Some("xé"));
    }

    #[test]
    fn a_second_key_is_found_however_many_there_are() {
        for count in [1, FEW - 1, FEW, FEW + 1, 3 * FEW] {
            let members = |last: &str| {
                let all: Vec<String> = (0..count).map(|n| format!("\"key{n}\":{n}")).collect();
                format!("{{{},{last}:0}}", all.join(","))
            };
            assert!(parse(members("\"other\"").as_bytes(), &Limits::default()).is_ok());
            assert_eq!(
                fails(members("\"key0\"").as_bytes()),
                JsonErrorKind::DuplicateKey("key0".into())
            );
            assert_eq!(
                fails(members("\"KEY0\"").as_bytes()),
                JsonErrorKind::ConfusableKey("KEY0".into())
            );
        }
    }

    #[test]
    fn what_has_two_readings_is_refused() {
        use JsonErrorKind::*;
        assert_eq!(fails(br#"{"path":"a","path":"b"}"#), DuplicateKey("path".into()));
        assert_eq!(fails(br#"{"path":"a","p\u0061th":"b"}"#), DuplicateKey("path".into()));
        assert_eq!(fails(br#"{"x":{"path":"a","Path":"b"}}"#), ConfusableKey("Path".into()));
        assert_eq!(fails(br#"{"path\u0000":"a"}"#), ForbiddenKey("path\0".into()));
        assert_eq!(fails(br#"[{"__proto__":1}]"#), ForbiddenKey("__proto__".into()));
        assert_eq!(fails(br#""\ud800""#), LoneSurrogate);
        assert_eq!(fails(br#""\udc00\ud800""#), LoneSurrogate);
        assert_eq!(fails(b"\"\xff\""), InvalidUtf8);
        assert_eq!(fails(b"[1] 2"), Trailing);
        assert_eq!(fails(b"\xef\xbb\xbf{}"), Expected("a value"));
        for number in ["01", "+1", "1.", ".5", "1e", "-", "0x10", "1_0", "NaN", "Infinity"] {
            assert!(parse(number.as_bytes(), &Limits::default()).is_err(), "{number}");
        }
    }

    #[test]
    fn bounds_hold_at_the_limit_and_one_past_it() {
        let few = Limits {
            values: 3,
            ..Limits::default()
        };
        assert!(parse(b"[1,2]", &few).is_ok());
        assert_eq!(parse(b"[1,2,3]", &few).unwrap_err().kind, JsonErrorKind::TooMany(3));
        let limits = Limits {
            bytes: 8,
            depth: 2,
            ..Limits::default()
        };
        assert!(parse(b"[[1,2] ]", &limits).is_ok());
        assert_eq!(
            parse(b"[[1,2]  ]", &limits).unwrap_err().kind,
            JsonErrorKind::TooLarge(8)
        );
        assert_eq!(parse(b"[[[1]]]", &limits).unwrap_err().kind, JsonErrorKind::TooDeep(2));
        let key = |length: usize| format!("{{\"{}\":1}}", "k".repeat(length));
        assert!(parse(key(MAX_KEY).as_bytes(), &Limits::default()).is_ok());
        assert_eq!(fails(key(MAX_KEY + 1).as_bytes()), JsonErrorKind::KeyTooLong);
        let deep = "[".repeat(10_000);
        assert_eq!(fails(deep.as_bytes()), JsonErrorKind::TooDeep(64));
    }

    #[test]
    fn surrogate_pairs_are_one_character() {
        let value = parse(br#""\ud83d\ude00""#, &Limits::default()).unwrap();
        assert_eq!(value.as_str(), Some("😀"));
    }

    proptest::proptest! {
        #[test]
        fn never_panics_and_agrees_with_serde_json(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..64), text in r#"[\[\]{}:,"\\u0-9a-f.eE+ tn-]{0,40}"#) {
            for input in [bytes.as_slice(), text.as_bytes()] {
                if let Ok(value) = parse(input, &Limits::default()) {
                    let theirs: Result<serde_json::Value, _> = serde_json::from_slice(input);
                    // Numbers beyond a double are theirs to refuse.
                    if let Ok(theirs) = theirs {
                        let ours: serde_json::Value = serde_json::from_str(&super::super::canonical(&value)).unwrap();
                        proptest::prop_assert_eq!(ours, theirs);
                    }
                }
            }
        }
    }
}
