//! A value that has been read: in its universe, and in the one form that patterns speak of.

use super::{DecimalRef, ReadingKind};
use crate::json::{Node, NodeKind};

/// A value as patterns see it: a place on the tape, looked at when it is asked. Strings with a reading are in canonical
/// form.
#[derive(Clone, Copy, Debug)]
pub enum Datum<'t> {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number, exact.
    Number(DecimalRef<'t>),
    /// A string and the reading that its slot has.
    String(&'t str, Option<ReadingKind>),
    /// An array.
    Array(Array<'t>),
    /// An object; no key stands twice.
    Object(Object<'t>),
}

/// An array on the tape.
#[derive(Clone, Copy, Debug)]
pub struct Array<'t>(Node<'t>);

/// An object on the tape.
#[derive(Clone, Copy, Debug)]
pub struct Object<'t>(Node<'t>);

impl<'t> From<Node<'t>> for Datum<'t> {
    /// What stands on the tape, as it was marked there.
    #[inline]
    fn from(node: Node<'t>) -> Self {
        match node.kind() {
            NodeKind::Null => Self::Null,
            NodeKind::False => Self::Bool(false),
            NodeKind::True => Self::Bool(true),
            // INVARIANT: the tape holds numbers as JSON writes them, and each of those is read.
            NodeKind::Number => DecimalRef::parse(node.text()).map_or(Self::Null, Self::Number),
            NodeKind::String => {
                let (mark, text) = node.marked();
                Self::String(text, ReadingKind::marked(mark))
            }
            NodeKind::Array => Self::Array(Array(node)),
            NodeKind::Object => Self::Object(Object(node)),
        }
    }
}

impl<'t> Array<'t> {
    /// Its elements.
    pub fn iter(self) -> impl Iterator<Item = Datum<'t>> {
        self.0.elements().map(Datum::from)
    }

    /// How many there are. O(elements).
    #[must_use]
    pub fn count(self) -> usize {
        self.0.elements().count()
    }
}

impl<'t> Object<'t> {
    /// Its members, in the order of the call.
    pub fn iter(self) -> impl Iterator<Item = (&'t str, Datum<'t>)> {
        self.0.members().map(|member| (member.key(), member.value().into()))
    }

    /// The same with what tells keys apart at a glance: see [`signature`](crate::json::signature).
    pub fn signed(self) -> impl Iterator<Item = (&'t [u8], u32, Datum<'t>)> {
        let members = self.0.members();
        members.map(|member| (member.key_bytes(), member.signature(), member.value().into()))
    }

    /// The names of its members.
    pub fn keys(self) -> impl Iterator<Item = &'t str> {
        self.0.members().map(|member| member.key())
    }

    /// The member of that name. O(members).
    #[must_use]
    pub fn get(self, name: &str) -> Option<Datum<'t>> {
        self.0.get(name).map(Datum::from)
    }
}

impl<'t> Datum<'t> {
    /// The member of that name, if this is an object that has it. O(members).
    #[must_use]
    pub fn get(&self, name: &str) -> Option<Self> {
        match self {
            Self::Object(object) => object.get(name),
            _ => None,
        }
    }

    /// The strings that have this reading: the value, and all within it.
    pub fn strings_read_as(self, reading: ReadingKind) -> impl Iterator<Item = Self> {
        let (own, node) = match self {
            Self::String(_, kind) => (Some(self).filter(|_| kind == Some(reading)), None),
            Self::Array(Array(node)) | Self::Object(Object(node)) => (None, Some(node)),
            Self::Null | Self::Bool(_) | Self::Number(_) => (None, None),
        };
        let within = node
            .into_iter()
            .flat_map(move |node| node.marked_within(reading.mark()));
        own.into_iter().chain(within.map(Self::from))
    }

    /// Does the value, or one within it, have this reading and satisfy the test?
    #[must_use]
    pub fn any_reading(&self, reading: ReadingKind, test: &impl Fn(&Self) -> bool) -> bool {
        self.strings_read_as(reading).any(|value| test(&value))
    }
}
