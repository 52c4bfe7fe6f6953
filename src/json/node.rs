//! Questions to a node of a tape.

use std::ops::Range;

use super::tape::{Entry, NodeId, NodeKind, Tape};

/// A value, or a key, on a tape.
#[derive(Clone, Copy, Debug)]
pub struct Node<'t> {
    tape: &'t Tape,
    at: u32,
}

/// What is not on the tape is taken for `null`: no id of another tape can do harm.
static NOTHING: Entry = Entry::NOTHING;

impl<'t> Node<'t> {
    #[inline]
    pub(super) fn new(tape: &'t Tape, at: u32) -> Self {
        Self { tape, at }
    }

    #[inline]
    fn entry(self) -> &'t Entry {
        self.tape.nodes.entries.get(self.at as usize).unwrap_or(&NOTHING)
    }

    /// Which node it is.
    #[must_use]
    #[inline]
    pub fn id(self) -> NodeId {
        NodeId::new(self.at)
    }

    /// What it is.
    #[must_use]
    #[inline]
    pub fn kind(self) -> NodeKind {
        self.entry().kind
    }

    /// A string's or key's text, its escapes resolved; a number's token as it was written. Empty for others.
    #[must_use]
    #[inline]
    pub fn text(self) -> &'t str {
        self.entry().text(&self.tape.nodes.text)
    }

    /// The text, if this is a string.
    #[must_use]
    #[inline]
    pub fn as_str(self) -> Option<&'t str> {
        (self.kind() == NodeKind::String).then(|| self.text())
    }

    /// What [`Tape::mark`] has put here: the mark, 0 for none, and the text that is to be taken for this one.
    #[must_use]
    #[inline]
    pub fn marked(self) -> (u8, &'t str) {
        let (mark, span) = self.entry().marked();
        (mark, self.tape.nodes.text.get(span).unwrap_or(""))
    }

    /// If this is a key, its signature: see [`signature`](super::signature).
    #[must_use]
    #[inline]
    pub fn signature(self) -> u32 {
        self.entry().signature()
    }

    /// Where it stands in the text that was read, with its quotes.
    #[must_use]
    pub fn range(self) -> Range<usize> {
        self.entry().place.range()
    }

    /// The elements, if this is an array; none otherwise.
    #[must_use]
    #[inline]
    pub fn elements(self) -> Elements<'t> {
        Elements {
            tape: self.tape,
            inner: self.inner(NodeKind::Array),
        }
    }

    /// The members, if this is an object; none otherwise.
    #[must_use]
    #[inline]
    pub fn members(self) -> Members<'t> {
        Members {
            tape: self.tape,
            inner: self.inner(NodeKind::Object),
        }
    }

    /// The member of that name, if this is an object that has it. O(members).
    #[must_use]
    #[inline]
    pub fn get(self, key: &str) -> Option<Self> {
        let mut members = self.members();
        members.find(|member| member.has_key(key)).map(NodeMember::value)
    }

    /// The values within it, and it, that [`Tape::mark`] has marked so, in the order of the text.
    pub fn marked_within(self, mark: u8) -> impl Iterator<Item = Self> {
        let end = self.at + self.entry().size;
        let entries = self.tape.nodes.entries.get(self.at as usize..end as usize);
        let marked = (self.at..end).zip(entries.unwrap_or_default());
        let marked = marked.filter(move |(_, entry)| entry.marked().0 == mark);
        marked.map(move |(at, _)| Self::new(self.tape, at))
    }

    /// What is within it, for a walk that changes the tape on its way.
    #[must_use]
    #[inline]
    pub fn children(self) -> Children {
        Children {
            at: self.at + 1,
            end: self.at + self.entry().size,
        }
    }

    #[inline]
    fn inner(self, kind: NodeKind) -> Children {
        let children = self.children();
        if self.kind() == kind {
            return children;
        }
        Children {
            end: children.at,
            ..children
        }
    }
}

/// A member of an object on a tape.
#[derive(Clone, Copy, Debug)]
pub struct NodeMember<'t>(Node<'t>);

impl<'t> NodeMember<'t> {
    /// Its key, the escapes resolved.
    #[must_use]
    #[inline]
    pub fn key(self) -> &'t str {
        self.0.text()
    }

    /// Is this its key?
    #[must_use]
    #[inline]
    pub fn has_key(self, key: &str) -> bool {
        self.key_bytes() == key.as_bytes()
    }

    /// The bytes of its key, the escapes resolved.
    #[must_use]
    #[inline]
    pub fn key_bytes(self) -> &'t [u8] {
        self.0.entry().bytes(&self.0.tape.nodes.text)
    }

    /// The key's signature.
    #[must_use]
    #[inline]
    pub fn signature(self) -> u32 {
        self.0.signature()
    }

    /// The node of its key.
    #[must_use]
    #[inline]
    pub fn key_node(self) -> Node<'t> {
        self.0
    }

    /// Its value.
    #[must_use]
    #[inline]
    pub fn value(self) -> Node<'t> {
        Node::new(self.0.tape, self.0.at + 1)
    }
}

/// The nodes right within a container. It holds on to nothing: the tape is given at each step.
#[derive(Clone, Copy, Debug)]
pub struct Children {
    at: u32,
    end: u32,
}

impl Children {
    /// The next element of an array.
    #[inline]
    pub fn next_element<'t>(&mut self, tape: &'t Tape) -> Option<Node<'t>> {
        let node = (self.at < self.end).then(|| Node::new(tape, self.at))?;
        self.at += node.entry().size;
        Some(node)
    }

    /// The next member of an object.
    #[inline]
    pub fn next_member<'t>(&mut self, tape: &'t Tape) -> Option<NodeMember<'t>> {
        let member = (self.at < self.end).then(|| NodeMember(Node::new(tape, self.at)))?;
        self.at += 1 + member.value().entry().size;
        Some(member)
    }
}

/// The elements of an array.
#[derive(Clone, Copy, Debug)]
pub struct Elements<'t> {
    tape: &'t Tape,
    inner: Children,
}

impl<'t> Iterator for Elements<'t> {
    type Item = Node<'t>;

    #[inline]
    fn next(&mut self) -> Option<Node<'t>> {
        self.inner.next_element(self.tape)
    }
}

/// The members of an object, in the order of the text.
#[derive(Clone, Copy, Debug)]
pub struct Members<'t> {
    tape: &'t Tape,
    inner: Children,
}

impl<'t> Iterator for Members<'t> {
    type Item = NodeMember<'t>;

    #[inline]
    fn next(&mut self) -> Option<NodeMember<'t>> {
        self.inner.next_member(self.tape)
    }
}
