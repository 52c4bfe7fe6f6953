//! Names, quoted or not, and strings.

use super::ast::{Claim, Ident, Template, TemplatePart};
use super::codes;
use super::grammar::{Pair, Rule, span_of};
use super::parser::Builder;
use crate::diagnostic::{Diagnostic, Span};

/// The words that mean something in every pattern, and so cannot name one.
pub(super) const RESERVED: [&str; 4] = ["true", "false", "null", "has"];

impl<'s> Builder<'s> {
    /// A word as it stands.
    pub(super) fn word(pair: &Pair) -> Ident {
        Ident {
            name: pair.as_str().to_owned(),
            span: span_of(pair),
        }
    }

    /// The name of something that patterns refer to.
    pub(super) fn definable(&mut self, pair: &Pair) -> Option<Ident> {
        if RESERVED.contains(&pair.as_str()) {
            let error = Diagnostic::error(
                codes::RESERVED,
                span_of(pair),
                format!("`{}` cannot be a name", pair.as_str()),
            );
            return self.refuse(error.help("choose another name"));
        }
        Some(Self::word(pair))
    }

    /// A name of a server or a tool, or a key: a word, or a quoted text without constants.
    pub(super) fn name(&mut self, pair: Pair<'s>) -> Option<Ident> {
        let span = span_of(&pair);
        let inner = pair.into_inner().next()?;
        if inner.as_rule() != Rule::string {
            return Some(Self::word(&inner));
        }
        let mut name = String::new();
        for part in self.template(&inner)?.parts {
            match part {
                TemplatePart::Text(text) => name.push_str(&text),
                TemplatePart::Const(constant) => {
                    let error =
                        Diagnostic::error(codes::NOT_PLAIN, constant.span, "a quoted name cannot hold a constant");
                    return self.refuse(error.help("write the name itself; for the characters `${` write `\\${`"));
                }
                TemplatePart::Claim(claim) => {
                    let error = Diagnostic::error(codes::NOT_PLAIN, claim.span, "a quoted name cannot hold a claim");
                    return self.refuse(error.help("for the character `{` itself write `\\{`"));
                }
            }
        }
        Some(Ident { name, span })
    }

    /// `caller.email`, `caller."https://…"`.
    pub(super) fn claim(&mut self, pair: Pair<'s>) -> Option<Claim> {
        let span = span_of(&pair);
        let name = self.name(pair.into_inner().next()?)?;
        Some(Claim { span, name })
    }

    /// A string with its escapes and constants. Every mistake in it is reported.
    pub(super) fn template(&mut self, pair: &Pair<'s>) -> Option<Template> {
        let span = span_of(pair);
        let mut reader = Reader {
            rest: pair.as_str(),
            at: span.start,
            parts: Vec::new(),
            text: String::new(),
            faults: Vec::new(),
        };
        if pair.as_str().starts_with('r') {
            let content = pair.as_str().trim_start_matches('r').trim_matches('#');
            reader
                .text
                .push_str(content.strip_prefix('"').and_then(|c| c.strip_suffix('"'))?);
        } else {
            reader.rest = pair.as_str().strip_prefix('"').and_then(|c| c.strip_suffix('"'))?;
            reader.at += 1;
            reader.read();
        }
        reader.flush();
        let sound = reader.faults.is_empty();
        for fault in reader.faults {
            self.say(fault);
        }
        sound.then_some(Template {
            span,
            parts: reader.parts,
        })
    }
}

/// Reads the inside of a string from left to right.
struct Reader<'s> {
    rest: &'s str,
    /// Where `rest` begins in the source.
    at: usize,
    parts: Vec<TemplatePart>,
    text: String,
    faults: Vec<Diagnostic>,
}

impl<'s> Reader<'s> {
    fn read(&mut self) {
        while let Some(c) = self.rest.chars().next() {
            if c == '\\' {
                self.escape();
            } else if self.rest.starts_with("${") {
                self.constant();
            } else if self.rest.starts_with("{caller.") || self.rest.starts_with("{caller}") {
                self.claim();
            } else {
                self.take(c.len_utf8());
                self.text.push(c);
            }
        }
    }

    /// Steps over some bytes and gives their place.
    fn take(&mut self, bytes: usize) -> (&'s str, Span) {
        let (taken, rest) = self.rest.split_at_checked(bytes).unwrap_or((self.rest, ""));
        let span = Span::new(self.at, self.at + taken.len());
        self.rest = rest;
        self.at = span.end;
        (taken, span)
    }

    fn flush(&mut self) {
        if !self.text.is_empty() {
            self.parts.push(TemplatePart::Text(std::mem::take(&mut self.text)));
        }
    }

    fn escape(&mut self) {
        let Some(c) = self.rest.chars().nth(1) else {
            return self.rest = "";
        };
        if c == 'u' {
            return self.unicode();
        }
        let (_, span) = self.take(1 + c.len_utf8());
        match c {
            '"' | '\\' | '$' | '{' => self.text.push(c),
            'n' => self.text.push('\n'),
            'r' => self.text.push('\r'),
            't' => self.text.push('\t'),
            _ => self.faults.push(
                Diagnostic::error(codes::ESCAPE, span, format!("unknown escape `\\{c}`"))
                    .help("write `\\\\` for a backslash, or use a raw string, `r\"…\"`"),
            ),
        }
    }

    /// `\u{…}`: one to six hexadecimal digits of a Unicode scalar value.
    fn unicode(&mut self) {
        let digits = self
            .rest
            .strip_prefix("\\u{")
            .and_then(|rest| rest.split_once('}'))
            .map(|(digits, _)| digits);
        let value = digits
            .filter(|digits| (1..=6).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_hexdigit()))
            .and_then(|digits| char::from_u32(u32::from_str_radix(digits, 16).ok()?));
        let (_, span) = self.take(value.and(digits).map_or(2, |digits| digits.len() + 4));
        match value {
            Some(c) => self.text.push(c),
            None => self.faults.push(
                Diagnostic::error(codes::ESCAPE, span, "`\\u` is not followed by a Unicode scalar value")
                    .help("write one to six hexadecimal digits in braces, `\\u{e9}`"),
            ),
        }
    }

    fn constant(&mut self) {
        let name = self
            .rest
            .strip_prefix("${")
            .and_then(|rest| rest.split_once('}'))
            .map(|(name, _)| name)
            .filter(|name| is_word(name));
        let (_, span) = self.take(name.map_or(2, |name| name.len() + 3));
        match name {
            Some(name) => {
                self.flush();
                let span = Span::new(span.start + 2, span.end - 1);
                self.parts.push(TemplatePart::Const(Ident {
                    name: name.to_owned(),
                    span,
                }));
            }
            None => self.faults.push(
                Diagnostic::error(
                    codes::INTERPOLATION,
                    span,
                    "`${` is not followed by a constant's name and `}`",
                )
                .help("write `${NAME}`, or `\\${` for the characters themselves"),
            ),
        }
    }

    fn claim(&mut self) {
        let name = self
            .rest
            .strip_prefix("{caller.")
            .and_then(|rest| rest.split_once('}'))
            .map(|(name, _)| name)
            .filter(|name| is_word(name));
        let (_, span) = self.take(name.map_or("{caller".len(), |name| name.len() + "{caller.}".len()));
        match name {
            Some(name) => {
                self.flush();
                let name = Ident {
                    name: name.to_owned(),
                    span: Span::new(span.start + "{caller.".len(), span.end - 1),
                };
                self.parts.push(TemplatePart::Claim(Claim { span, name }));
            }
            None => self.faults.push(
                Diagnostic::error(
                    codes::INTERPOLATION,
                    span,
                    "`{caller` is not followed by `.`, a claim's name and `}`",
                )
                .help("write `{caller.NAME}`, or `\\{` for the character itself; other names stand outside strings, `caller.\"…\"`"),
            ),
        }
    }
}

/// Is this an identifier, `[A-Za-z_][A-Za-z0-9_]*`?
pub(super) fn is_word(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// Can this stand as a tool's name without quotes: an identifier that may have `-`?
pub(super) fn is_tool_word(text: &str) -> bool {
    is_word(&text.replace('-', "_")) && !text.starts_with('-')
}
