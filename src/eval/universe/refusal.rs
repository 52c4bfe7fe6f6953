//! Why a value is refused, and its words.

use super::MAX_TEXT;
use crate::eval::pointer::{parameter, pointer};
use crate::eval::reading;
use crate::eval::{Denial, Reason};
use crate::json::{Node, NodeId, NodeKind, Tape};
use crate::table::{LoadedShape, Reading, Type};

/// Why a value is refused. Its words are made when they are asked for.
#[derive(Clone, Copy, Debug)]
pub struct Refusal<'u> {
    /// The value, or the key of a member that there may not be.
    pub(super) node: NodeId,
    pub(super) cause: Cause<'u>,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Cause<'u> {
    /// It is of none of the types.
    Type(&'u LoadedShape),
    /// It is none of the values that are listed.
    Unlisted,
    /// There may be no such member.
    NoMember,
    /// The tool has no such parameter.
    NoParameter,
    /// A key that differs from this one only by case.
    Confusable(&'u str),
    /// It is a string that some readers take for an array, an object or null.
    LooksLikeJson,
    /// It is not canonical under its slot's reading.
    NotCanonical(&'u Reading),
    /// No room for it with its root.
    TooLarge,
}

impl Refusal<'_> {
    /// The reason's code.
    #[must_use]
    pub fn reason(&self) -> Reason {
        match self.cause {
            Cause::Type(_) | Cause::Unlisted | Cause::NoMember => Reason::WrongType,
            Cause::NoParameter => Reason::UnlistedParameter,
            Cause::Confusable(_) | Cause::LooksLikeJson | Cause::NotCanonical(_) => Reason::AmbiguousValue,
            Cause::TooLarge => Reason::TooLarge,
        }
    }

    /// The denial, with its words. `root` is what was read.
    #[must_use]
    pub fn explain(&self, tape: &Tape, root: NodeId) -> Denial {
        let node = tape.node(self.node);
        let pointer = pointer(tape, root, self.node);
        let place = parameter(&pointer);
        let message = match self.cause {
            Cause::Type(universe) => wrong_type(universe, node, &place),
            Cause::Unlisted => format!("`{place}` is none of the values that the tool takes"),
            Cause::NoMember => format!("the tool takes no `{place}`"),
            Cause::NoParameter => format!("the tool has no parameter `{}`", node.text().escape_debug()),
            Cause::Confusable(known) => {
                format!("the key `{}` could be taken for `{known}`", node.text().escape_debug())
            }
            Cause::LooksLikeJson => {
                format!("the value of `{place}` is ambiguous: it is a string that some readers take for JSON")
            }
            Cause::NotCanonical(reading) => not_canonical(reading, node.text(), &place),
            Cause::TooLarge => format!("the call takes more than {MAX_TEXT} bytes once its values are read"),
        };
        Denial::new(self.reason(), message).at(pointer)
    }
}

/// The value is read once more, to say what is wrong with it.
fn not_canonical(reading: &Reading, text: &str, place: &str) -> String {
    match reading::read(reading, text) {
        Err(why) => format!("the value of `{place}` is ambiguous: {why}"),
        // Not reached: one value is read in one way.
        Ok(_) => format!("the value of `{place}` is ambiguous"),
    }
}

fn wrong_type(universe: &LoadedShape, node: Node<'_>, place: &str) -> String {
    let types = universe.all_types;
    let found = match node.kind() {
        NodeKind::Null => "null",
        NodeKind::False | NodeKind::True => "a boolean",
        NodeKind::Number if types.has(Type::Integer) || types.has(Type::Number) => {
            return format!(
                "`{place}`: `{}` is not a number that every reader reads alike",
                node.text()
            );
        }
        NodeKind::Number => "a number",
        NodeKind::String => "a string",
        NodeKind::Array => "an array",
        NodeKind::Object => "an object",
    };
    format!("`{place}` takes {}, not {found}", types.described())
}
