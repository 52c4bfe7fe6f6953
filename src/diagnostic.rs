//! What the compiler says to an author: one problem, its place and its mend.

mod code;
mod excerpt;
pub mod json;
pub mod render;
pub mod sarif;

use std::sync::{Arc, OnceLock};

pub use code::Code;
pub(crate) use code::codes;

use serde::Serialize;

/// A range of bytes in one source file: `start..end`, `start <= end`, both on character borders.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct Span {
    /// The first byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

impl Span {
    /// The span from `start` up to, not including, `end`.
    #[must_use]
    pub fn new(start: usize, end: usize) -> Self {
        Self { start, end }
    }

    /// The smallest span that holds both.
    #[must_use]
    pub fn to(self, other: Self) -> Self {
        Self::new(self.start.min(other.start), self.end.max(other.end))
    }
}

/// One source file: what it is called in messages, and its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The name shown to people, as they gave it.
    pub name: Arc<str>,
    /// The whole text.
    pub text: Arc<str>,
    lines: Lines,
}

/// Where the lines of a text begin, once that was asked: a policy of 10,000 rules is asked for as many places.
#[derive(Clone, Debug, Default)]
struct Lines(Arc<OnceLock<Vec<usize>>>);

impl PartialEq for Lines {
    /// They follow from the text.
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Lines {}

impl Source {
    /// A source from its name and text.
    #[must_use]
    pub fn new(name: impl Into<Arc<str>>, text: impl Into<Arc<str>>) -> Self {
        Self {
            name: name.into(),
            text: text.into(),
            lines: Lines::default(),
        }
    }

    /// The line (from 1) and column (from 1, in Unicode scalar values) of a byte offset. An offset
    /// past the end is the end.
    #[must_use]
    pub fn position(&self, offset: usize) -> (usize, usize) {
        let offset = if self.text.is_char_boundary(offset) {
            offset
        } else {
            self.text.len()
        };
        let starts = self.lines.0.get_or_init(|| {
            let breaks = self.text.match_indices('\n').map(|(at, _)| at + 1);
            std::iter::once(0).chain(breaks).collect()
        });
        let line = starts.partition_point(|start| *start <= offset);
        let start = line.checked_sub(1).and_then(|before| starts.get(before)).copied();
        let before = self.text.get(start.unwrap_or(0)..offset).unwrap_or_default();
        let column = before.chars().count() + 1;
        (line, column)
    }
}

/// How bad it is. An error stops compilation, a warning does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth mending; the policy still compiles.
    Warning,
    /// The policy does not compile.
    Error,
}

/// A place with a few words about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Label {
    /// Where.
    pub span: Span,
    /// What is to be said of it; may be empty.
    pub text: String,
}

/// One problem in one source file.
///
/// Messages are lower case, without a full stop, with the author's own words in backticks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// A stable code, `E0123` or `L0123`.
    pub code: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong.
    pub message: String,
    /// The place it is about.
    pub primary: Label,
    /// Another place that helps to understand it.
    pub secondary: Option<Label>,
    /// How to mend it.
    pub help: Option<String>,
}

impl Diagnostic {
    /// An error at `span`.
    #[must_use]
    pub fn error(code: &'static str, span: Span, message: impl Into<String>) -> Self {
        Self {
            code,
            severity: Severity::Error,
            message: message.into(),
            primary: Label {
                span,
                text: String::new(),
            },
            secondary: None,
            help: None,
        }
    }

    /// A warning at `span`.
    #[must_use]
    pub fn warning(code: &'static str, span: Span, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Warning,
            ..Self::error(code, span, message)
        }
    }

    /// The same with words under the primary span.
    #[must_use]
    pub fn label(mut self, text: impl Into<String>) -> Self {
        self.primary.text = text.into();
        self
    }

    /// The same with a second place.
    #[must_use]
    pub fn also(mut self, span: Span, text: impl Into<String>) -> Self {
        self.secondary = Some(Label {
            span,
            text: text.into(),
        });
        self
    }

    /// The same with a way to mend it.
    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help = Some(text.into());
        self
    }
}

/// The nearest of `names` to `word`, if one is near enough to be a slip of the pen.
#[must_use]
pub fn nearest<'a>(word: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    names
        .into_iter()
        .map(|name| (strsim::damerau_levenshtein(word, name), name))
        .filter(|(distance, name)| *distance <= (word.len().max(name.len()) / 3).max(1))
        .min()
        .map(|(_, name)| name)
}

/// Is this a character that shows nothing, or that makes other text look different: a control character, a
/// bidirectional control, a byte order mark, …? A line break and a tab are, too.
#[must_use]
pub fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61C}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}')
}

/// Text from elsewhere as it may be shown: it cannot steer a terminal. A hidden character becomes one `?` for each of
/// its bytes, so that places stay as they are; line breaks and tabs are kept.
#[must_use]
pub fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let is_layout = matches!(c, '\n' | '\t') || (c == '\r' && rest.peek() == Some(&'\n'));
        if is_hidden(c) && !is_layout {
            out.extend(std::iter::repeat_n('?', c.len_utf8()));
        } else {
            out.push(c);
        }
    }
    out
}

/// The same for what belongs on one line: it cannot pretend to be the next.
#[must_use]
pub fn visible_line(text: &str) -> String {
    visible(text).replace(['\n', '\r', '\t'], "?")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_from_elsewhere_cannot_steer_a_terminal() {
        let hostile = "\u{1b}[2J\u{9b}a\u{202e}b\rc\u{7f}\u{2028}é\tz\r\n";
        assert_eq!(visible(hostile), "?[2J??a???b?c????é\tz\r\n");
        assert_eq!(visible_line(hostile), "?[2J??a???b?c????é?z??");
    }
}
