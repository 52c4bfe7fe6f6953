//! Bytes → value, strictly, in one pass and bounded memory.

use std::borrow::Cow;
use std::collections::HashMap;

use super::{FEW, Kind, Member, Value, fold, same_but_for_case};

/// The longest key, in bytes. Parameters have names of a few dozen.
pub const MAX_KEY: usize = 1024;

/// Bounds on one text. Beyond them it is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The most bytes of the whole text.
    pub bytes: usize,
    /// The most containers within each other.
    pub depth: usize,
    /// The most values, containers included: each takes memory, however few bytes it is written with.
    pub values: usize,
}

impl Default for Limits {
    /// 4 MiB, as much as common clients send at most; 64 deep, as deep as a policy can speak of; a million values, some
    /// 100 MB of memory.
    fn default() -> Self {
        Self {
            bytes: 4 << 20,
            depth: 64,
            values: 1_000_000,
        }
    }
}

/// Why a text was refused, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{kind} at byte {offset}")]
pub struct JsonError {
    /// What is wrong.
    pub kind: JsonErrorKind,
    /// The byte at which it was seen.
    pub offset: usize,
}

/// What can be wrong with a text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JsonErrorKind {
    /// The text is longer than allowed.
    #[error("more than {0} bytes")]
    TooLarge(usize),
    /// Containers are nested deeper than allowed.
    #[error("more than {0} levels of nesting")]
    TooDeep(usize),
    /// There are more values than allowed.
    #[error("more than {0} values")]
    TooMany(usize),
    /// A key is longer than allowed.
    #[error("a key of more than {MAX_KEY} bytes")]
    KeyTooLong,
    /// The bytes are no UTF-8.
    #[error("invalid UTF-8")]
    InvalidUtf8,
    /// The text ends within a value.
    #[error("the text ends too early")]
    UnexpectedEnd,
    /// Something else stands where a value, or the named thing, should be.
    #[error("expected {0}")]
    Expected(&'static str),
    /// Something stands after the value.
    #[error("something after the value")]
    Trailing,
    /// A number that JSON does not have, `01` or `1.` say.
    #[error("malformed number")]
    Number,
    /// A control character in a string, not escaped.
    #[error("control character in a string")]
    ControlCharacter,
    /// An escape that JSON does not have.
    #[error("malformed escape")]
    Escape,
    /// Half a surrogate pair.
    #[error("lone surrogate")]
    LoneSurrogate,
    /// A key that stands twice in one object.
    #[error("duplicate key `{}`", .0.escape_debug())]
    DuplicateKey(String),
    /// Two keys of one object that differ only by case.
    #[error("key `{}` differs from another only by case", .0.escape_debug())]
    ConfusableKey(String),
    /// A key with a control character, or `__proto__`.
    #[error("key `{}` is not allowed", .0.escape_debug())]
    ForbiddenKey(String),
}

/// Parses one JSON text; white space around it is allowed.
///
/// # Errors
/// The first thing in the text that JSON does not have or that readers do not agree on, or a bound that was passed.
pub fn parse<'a>(bytes: &'a [u8], limits: &Limits) -> Result<Value<'a>, JsonError> {
    if bytes.len() > limits.bytes {
        return Err(JsonError {
            kind: JsonErrorKind::TooLarge(limits.bytes),
            offset: limits.bytes,
        });
    }
    let text = std::str::from_utf8(bytes).map_err(|error| JsonError {
        kind: JsonErrorKind::InvalidUtf8,
        offset: error.valid_up_to(),
    })?;
    let mut parser = Parser {
        text,
        at: 0,
        depth: limits.depth,
        values: limits.values,
        max_values: limits.values,
        max_depth: limits.depth,
    };
    let value = parser.value()?;
    parser.white_space();
    if parser.at < text.len() {
        return Err(parser.error(JsonErrorKind::Trailing));
    }
    Ok(value)
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    /// How many levels may still be opened. INVARIANT: bounds the recursion.
    depth: usize,
    max_depth: usize,
    /// How many values may still come.
    values: usize,
    max_values: usize,
}

impl<'a> Parser<'a> {
    fn value(&mut self) -> Result<Value<'a>, JsonError> {
        self.white_space();
        self.values = self
            .values
            .checked_sub(1)
            .ok_or_else(|| self.error(JsonErrorKind::TooMany(self.max_values)))?;
        let start = self.at;
        let kind = match self.peek() {
            None => return Err(self.error(JsonErrorKind::UnexpectedEnd)),
            Some(b'{') => self.nested(Self::object)?,
            Some(b'[') => self.nested(Self::array)?,
            Some(b'"') => Kind::String(self.string()?),
            Some(b'-' | b'0'..=b'9') => self.number()?,
            Some(_) => self.word()?,
        };
        Ok(Value {
            kind,
            range: start..self.at,
        })
    }

    fn nested(&mut self, body: fn(&mut Self) -> Result<Kind<'a>, JsonError>) -> Result<Kind<'a>, JsonError> {
        self.depth = self
            .depth
            .checked_sub(1)
            .ok_or_else(|| self.error(JsonErrorKind::TooDeep(self.max_depth)))?;
        self.at += 1;
        let kind = body(self)?;
        self.depth += 1;
        Ok(kind)
    }

    fn array(&mut self) -> Result<Kind<'a>, JsonError> {
        let mut elements = Vec::new();
        if self.closes(b']') {
            return Ok(Kind::Array(elements));
        }
        loop {
            elements.push(self.value()?);
            if self.closes(b']') {
                return Ok(Kind::Array(elements));
            }
            self.expect(b',', "`,` or `]`")?;
        }
    }

    fn object(&mut self) -> Result<Kind<'a>, JsonError> {
        let mut members: Vec<Member<'a>> = Vec::new();
        let mut keys = Keys::default();
        if self.closes(b'}') {
            return Ok(Kind::Object(members));
        }
        loop {
            self.white_space();
            let start = self.at;
            if self.peek() != Some(b'"') {
                return Err(self.expected("a key in quotes"));
            }
            let key = self.string()?;
            keys.check(&members, &key)
                .map_err(|kind| JsonError { kind, offset: start })?;
            let key_range = start..self.at;
            self.expect(b':', "`:`")?;
            members.push(Member {
                key,
                key_range,
                value: self.value()?,
            });
            if self.closes(b'}') {
                return Ok(Kind::Object(members));
            }
            self.expect(b',', "`,` or `}`")?;
        }
    }

    fn word(&mut self) -> Result<Kind<'a>, JsonError> {
        let rest = self.rest();
        for (word, kind) in [
            ("null", Kind::Null),
            ("true", Kind::Bool(true)),
            ("false", Kind::Bool(false)),
        ] {
            if rest.starts_with(word) {
                self.at += word.len();
                return Ok(kind);
            }
        }
        Err(self.expected("a value"))
    }

    /// `-? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)?`, RFC 8259 section 6.
    fn number(&mut self) -> Result<Kind<'a>, JsonError> {
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
        Ok(Kind::Number(self.text.get(start..self.at).unwrap_or("")))
    }

    fn string(&mut self) -> Result<Cow<'a, str>, JsonError> {
        self.at += 1;
        let start = self.at;
        let mut unescaped: Option<String> = None;
        let mut copied = start;
        loop {
            match self.peek() {
                None => return Err(self.error(JsonErrorKind::UnexpectedEnd)),
                Some(b'"') => break,
                Some(b'\\') => {
                    let out = unescaped.get_or_insert_with(String::new);
                    out.push_str(self.text.get(copied..self.at).unwrap_or(""));
                    out.push(self.escape()?);
                    copied = self.at;
                }
                Some(0..=0x1f) => return Err(self.error(JsonErrorKind::ControlCharacter)),
                Some(_) => self.at += 1,
            }
        }
        let tail = self.text.get(copied..self.at).unwrap_or("");
        self.at += 1;
        Ok(match unescaped {
            None => Cow::Borrowed(tail),
            Some(mut out) => {
                out.push_str(tail);
                Cow::Owned(out)
            }
        })
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

    fn digits(&mut self) -> usize {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        self.at - start
    }

    fn accept(&mut self, any: &[u8]) -> bool {
        let found = self.peek().is_some_and(|byte| any.contains(&byte));
        if found {
            self.at += 1;
        }
        found
    }

    fn closes(&mut self, bracket: u8) -> bool {
        self.white_space();
        self.accept(&[bracket])
    }

    fn expect(&mut self, byte: u8, what: &'static str) -> Result<(), JsonError> {
        self.white_space();
        if self.accept(&[byte]) {
            Ok(())
        } else {
            Err(self.expected(what))
        }
    }

    fn white_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or("")
    }

    fn expected(&self, what: &'static str) -> JsonError {
        self.error(if self.at < self.text.len() {
            JsonErrorKind::Expected(what)
        } else {
            JsonErrorKind::UnexpectedEnd
        })
    }

    fn error(&self, kind: JsonErrorKind) -> JsonError {
        JsonError { kind, offset: self.at }
    }
}

/// The keys of a large object, folded, to find a second one.
#[derive(Default)]
struct Keys(HashMap<String, String>);

impl Keys {
    fn check(&mut self, members: &[Member<'_>], key: &str) -> Result<(), JsonErrorKind> {
        if key.len() > MAX_KEY {
            return Err(JsonErrorKind::KeyTooLong);
        }
        if key == "__proto__" || key.chars().any(char::is_control) {
            return Err(JsonErrorKind::ForbiddenKey(key.to_owned()));
        }
        let earlier = if members.len() < FEW {
            let same = |member: &&Member<'_>| same_but_for_case(&member.key, key);
            members.iter().find(same).map(|member| member.key.clone().into_owned())
        } else {
            if self.0.is_empty() {
                let all = members
                    .iter()
                    .map(|m| (fold(&m.key).into_owned(), m.key.clone().into_owned()));
                self.0.extend(all);
            }
            self.0.insert(fold(key).into_owned(), key.to_owned())
        };
        match earlier {
            None => Ok(()),
            Some(earlier) if earlier == key => Err(JsonErrorKind::DuplicateKey(key.to_owned())),
            Some(_) => Err(JsonErrorKind::ConfusableKey(key.to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
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
