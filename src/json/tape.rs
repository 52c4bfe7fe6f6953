//! A JSON text as a flat list of nodes: read without a tree, and into the same memory again and again.
//!
//! A container is followed by all that it holds, so that a node knows how many there are to pass over it. A member is
//! two nodes, its key and its value. Strings without escapes are parts of the text itself; others are written out
//! behind it.

use std::ops::Range;

use super::keys::{KeyIndex, signature};
use super::node::Node;
use super::parser::Parser;
use super::{JsonError, JsonErrorKind, Kind, Limits, Value};

/// Texts longer than this are not read, whatever the limits say: places are kept in 32 bits, and escapes that are
/// written out can take as much again.
const MAX_BYTES: usize = (1 << 31) - 1;

/// The nodes of one text. What was read before is forgotten when the next is read; the memory is kept, and grows only
/// for a text with more nodes or bytes than any before.
#[derive(Debug, Default)]
pub struct Tape {
    pub(super) nodes: Nodes,
    pub(super) keys: KeyIndex,
    /// Where a reader puts a text together.
    room: String,
    /// Was there a carriage return between the values?
    pub(super) carriage_return: bool,
}

/// The memory of a tape.
#[derive(Debug, Default)]
pub(super) struct Nodes {
    /// The text that was read, and behind it what was written out.
    pub text: String,
    pub entries: Vec<Entry>,
}

/// A range of bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Span {
    pub start: u32,
    pub end: u32,
}

/// What is kept of a node: 32 bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    pub kind: NodeKind,
    /// What a reader of the tape has put here; 0 at first.
    mark: u8,
    /// How many entries it takes, with all that is within it.
    pub size: u32,
    /// Where it stands, quotes included.
    pub place: Span,
    /// A string's text, a number's token.
    pub text: Span,
    /// Of a value: what a reader takes for its text, at first the same. Of a key: its signature.
    aside: Span,
}

/// The kinds of node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NodeKind {
    /// `null`.
    Null,
    /// `false`.
    False,
    /// `true`.
    True,
    /// A number.
    Number,
    /// A string, or a key.
    String,
    /// An array.
    Array,
    /// An object.
    Object,
}

/// Which node of a tape, as long as nothing else is read into it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct NodeId(u32);

/// What is wrong with a text, as long as nothing else is read into the tape that found it: a key that it is about is
/// still there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault(pub(super) JsonError);

impl Tape {
    /// One with room for a text of so many bytes and nodes.
    #[must_use]
    pub fn with_capacity(bytes: usize, nodes: usize) -> Self {
        let mut tape = Self::default();
        tape.nodes.text.reserve(bytes);
        tape.nodes.entries.reserve(nodes);
        tape.room.reserve(bytes);
        tape
    }

    /// Reads one JSON text; white space around it is allowed.
    ///
    /// # Errors
    /// The first thing in the text that JSON does not have or that readers do not agree on, or a bound that was passed.
    pub fn read(&mut self, bytes: &[u8], limits: &Limits) -> Result<NodeId, Fault> {
        self.clear();
        let most = limits.bytes.min(MAX_BYTES);
        if bytes.len() > most {
            return Err(Fault(JsonError {
                kind: JsonErrorKind::TooLarge(most),
                offset: most,
            }));
        }
        let text = std::str::from_utf8(bytes).map_err(|error| {
            Fault(JsonError {
                kind: JsonErrorKind::InvalidUtf8,
                offset: error.valid_up_to(),
            })
        })?;
        self.nodes.text.push_str(text);
        Parser::new(text, limits, self).document().map_err(Fault)?;
        Ok(NodeId(0))
    }

    /// What is wrong with the text that was read last, in full.
    #[must_use]
    pub fn error(&self, fault: &Fault) -> JsonError {
        let mut error = fault.0.clone();
        if let JsonErrorKind::DuplicateKey(key) | JsonErrorKind::ConfusableKey(key) | JsonErrorKind::ForbiddenKey(key) =
            &mut error.kind
        {
            // INVARIANT: the key at which reading ended is the last node.
            let last = self.nodes.entries.last();
            last.map_or("", |entry| entry.text(&self.nodes.text)).clone_into(key);
        }
        error
    }

    /// Takes over a value that was read already.
    pub fn copy(&mut self, value: &Value<'_>) -> NodeId {
        self.clear();
        self.copy_value(value);
        NodeId(0)
    }

    /// An empty object, beside what was read.
    pub fn add_empty_object(&mut self) -> NodeId {
        NodeId(self.nodes.push(NodeKind::Object, Span::default(), Span::default()))
    }

    /// Had the text a carriage return between its values?
    #[must_use]
    pub fn has_carriage_return(&self) -> bool {
        self.carriage_return
    }

    /// The value that was read, with all that is within it.
    #[must_use]
    pub fn root(&self) -> Node<'_> {
        Node::new(self, 0)
    }

    /// A node.
    #[must_use]
    pub fn node(&self, id: NodeId) -> Node<'_> {
        Node::new(self, id.0)
    }

    /// A string's text, and room to write another that may be taken for it; what was there is gone.
    #[inline]
    pub fn text_and_room(&mut self, id: NodeId) -> (&str, &mut String) {
        self.room.clear();
        let entry = self.nodes.entries.get(id.0 as usize);
        (entry.map_or("", |entry| entry.text(&self.nodes.text)), &mut self.room)
    }

    /// Marks a string, and says how much of its text, from its beginning, is to be taken for it.
    #[inline]
    pub fn mark(&mut self, id: NodeId, mark: u8, length: usize) {
        if let Some(entry) = self.nodes.entries.get_mut(id.0 as usize) {
            let start = entry.text.start as usize;
            entry.mark = mark;
            entry.aside = Span::new(start, start + length);
        }
    }

    /// Marks a string to be taken for what was written into the room. Returns whether there is space for it: the tape's
    /// texts take at most `most` bytes.
    #[must_use]
    pub fn mark_written(&mut self, id: NodeId, mark: u8, most: usize) -> bool {
        let start = self.nodes.text.len();
        let end = start + self.room.len();
        if end > most.min(u32::MAX as usize) {
            return false;
        }
        self.nodes.text.push_str(&self.room);
        if let Some(entry) = self.nodes.entries.get_mut(id.0 as usize) {
            entry.mark = mark;
            entry.aside = Span::new(start, end);
        }
        true
    }

    /// Takes a mark away.
    #[inline]
    pub fn unmark(&mut self, id: NodeId) {
        if let Some(entry) = self.nodes.entries.get_mut(id.0 as usize) {
            entry.mark = 0;
            entry.aside = entry.text;
        }
    }

    fn clear(&mut self) {
        self.nodes.text.clear();
        self.nodes.entries.clear();
        self.keys.clear();
        self.carriage_return = false;
    }

    fn copy_value(&mut self, value: &Value<'_>) {
        let place = Span::new(value.range.start, value.range.end);
        let kind = match &value.kind {
            Kind::Null => NodeKind::Null,
            Kind::Bool(false) => NodeKind::False,
            Kind::Bool(true) => NodeKind::True,
            Kind::Number(token) => return self.copy_text(NodeKind::Number, place, token),
            Kind::String(text) => return self.copy_text(NodeKind::String, place, text),
            Kind::Array(_) => NodeKind::Array,
            Kind::Object(_) => NodeKind::Object,
        };
        let at = self.nodes.push(kind, place, Span::default());
        for element in value.elements() {
            self.copy_value(element);
        }
        for member in value.members() {
            let place = Span::new(member.key_range.start, member.key_range.end);
            self.copy_text(NodeKind::String, place, &member.key);
            if let Some(key) = self.nodes.entries.last_mut() {
                key.sign(signature(&member.key));
            }
            self.copy_value(&member.value);
        }
        self.nodes.close(at, place.end as usize);
    }

    fn copy_text(&mut self, kind: NodeKind, place: Span, text: &str) {
        let start = self.nodes.text.len();
        self.nodes.text.push_str(text);
        self.nodes.push(kind, place, Span::new(start, start + text.len()));
    }
}

impl Nodes {
    /// Adds a node without anything within it.
    #[inline]
    pub fn push(&mut self, kind: NodeKind, place: Span, text: Span) -> u32 {
        let at = index(self.entries.len());
        self.entries.push(Entry {
            kind,
            mark: 0,
            size: 1,
            place,
            text,
            aside: text,
        });
        at
    }

    /// All that came after the container at `at` is within it, and it ends where the text is at `end`.
    #[inline]
    pub fn close(&mut self, at: u32, end: usize) {
        let size = index(self.entries.len()) - at;
        if let Some(entry) = self.entries.get_mut(at as usize) {
            entry.size = size;
            entry.place.end = index(end);
        }
    }
}

impl Span {
    #[inline]
    pub fn new(start: usize, end: usize) -> Self {
        Self {
            start: index(start),
            end: index(end),
        }
    }

    #[inline]
    pub fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// INVARIANT: neither text nor nodes come near the end of 32 bits: see [`MAX_BYTES`] and [`Tape::mark_written`].
#[inline]
fn index(at: usize) -> u32 {
    at as u32
}

impl NodeId {
    #[inline]
    pub(super) fn new(at: u32) -> Self {
        Self(at)
    }
}

impl Fault {
    /// What is wrong; a key that it is about is not said.
    #[must_use]
    pub fn kind(&self) -> &JsonErrorKind {
        &self.0.kind
    }
}

impl Entry {
    pub const NOTHING: Self = Self {
        kind: NodeKind::Null,
        mark: 0,
        size: 1,
        place: Span { start: 0, end: 0 },
        text: Span { start: 0, end: 0 },
        aside: Span { start: 0, end: 0 },
    };

    /// Of a string or key, its text; of a number, its token.
    #[inline]
    pub fn text<'t>(&self, text: &'t str) -> &'t str {
        text.get(self.text.range()).unwrap_or("")
    }

    /// The same as bytes, which are found a little faster.
    #[inline]
    pub fn bytes<'t>(&self, text: &'t str) -> &'t [u8] {
        text.as_bytes().get(self.text.range()).unwrap_or_default()
    }

    /// Makes it a key, of this signature.
    #[inline]
    pub fn sign(&mut self, signature: u32) {
        self.aside.start = signature;
    }

    /// Of a key.
    #[inline]
    pub fn signature(&self) -> u32 {
        self.aside.start
    }

    /// Its mark, and where the text is that is taken for its own.
    #[inline]
    pub fn marked(&self) -> (u8, Range<usize>) {
        (self.mark, self.aside.range())
    }
}

#[cfg(test)]
mod tests;
