//! Each value of a call in its slot's universe and canonical, or the call is denied before any rule is asked.

use super::pointer::{parameter, pointer};
use super::{Denial, Reason, reading};
use crate::json::{Node, NodeId, NodeKind, Tape};
use crate::pattern::{Datum, DecimalRef};
use crate::table::{Type, TypeSet, Universe};

/// Why a value is refused. Its words are made when they are asked for.
#[derive(Clone, Copy, Debug)]
pub struct Refusal<'u> {
    /// The value, or the key of a member that there may not be.
    node: NodeId,
    cause: Cause<'u>,
}

#[derive(Clone, Copy, Debug)]
enum Cause<'u> {
    /// It is of none of the types.
    Type(&'u Universe),
    /// It is none of the values that are listed.
    Unlisted,
    /// There may be no such member.
    NoMember,
    /// A key that differs from this one only by case.
    Confusable(&'u str),
    /// It has more than one reading, for this reason.
    Ambiguous(&'static str),
    /// No room for it with its root.
    TooLarge,
}

/// The most bytes of a call with all roots put before its paths: far more than any call has, and few enough to hold.
const MAX_TEXT: usize = 64 << 20;

/// Checks a value by the universe of its slot, and marks its strings on the tape as their slots read them, so that
/// [`Datum::from`] its node is the value as patterns see it. Takes no memory but the tape's.
///
/// # Errors
/// `wrong_type` outside the universe; `ambiguous_value` where it has more than one reading.
pub fn read<'u>(universe: &'u Universe, tape: &mut Tape, value: NodeId) -> Result<(), Refusal<'u>> {
    Walk { tape, marks: true }.slot(universe, value)
}

/// INVARIANT: the parser has bounded how deep the tape goes, and the artifact's reader how deep a universe does.
struct Walk<'t> {
    tape: &'t mut Tape,
    /// Are strings marked, or only checked? The last walk over a value that marks goes over all of it, so that nothing
    /// stays of an alternative that was tried before.
    marks: bool,
}

impl Walk<'_> {
    fn slot<'u>(&mut self, universe: &'u Universe, value: NodeId) -> Result<(), Refusal<'u>> {
        let node = self.tape.node(value);
        match node.kind() {
            // Where the slot takes more than strings, some readers parse a string that looks like JSON.
            NodeKind::String if universe.takes_strings_and_others() && parses_as_container(node.text()) => {
                return Err(ambiguous(node, "it is a string that some readers take for JSON"));
            }
            NodeKind::Object => check_keys(universe, node)?,
            _ => {}
        }
        self.variant(universe, value)
    }

    fn variant<'u>(&mut self, universe: &'u Universe, value: NodeId) -> Result<(), Refusal<'u>> {
        if universe.any_of.is_empty() {
            return self.plain(universe, value);
        }
        let mut refusal: Option<Refusal<'u>> = None;
        for alternative in &universe.any_of {
            let read = self.variant(alternative, value);
            // The universe's own keywords hold beside those of the alternative that is taken.
            match read.and_then(|()| self.without_marks(|walk| walk.plain(universe, value))) {
                Ok(()) => return Ok(()),
                // What is of the right type says more than what is not.
                Err(other) if refusal.is_none() || other.reason() == Reason::AmbiguousValue => refusal = Some(other),
                Err(_) => {}
            }
        }
        // INVARIANT: each alternative has been refused.
        Err(refusal.unwrap_or(Refusal {
            node: value,
            cause: Cause::Type(universe),
        }))
    }

    fn without_marks<T>(&mut self, act: impl FnOnce(&mut Self) -> T) -> T {
        let marks = std::mem::replace(&mut self.marks, false);
        let result = act(self);
        self.marks = marks;
        result
    }

    /// By the universe's own keywords, whatever its alternatives.
    fn plain<'u>(&mut self, universe: &'u Universe, value: NodeId) -> Result<(), Refusal<'u>> {
        let types = universe.types.unwrap_or(TypeSet::ALL);
        let node = self.tape.node(value);
        match node.kind() {
            NodeKind::Null if types.has(Type::Null) => {}
            NodeKind::False | NodeKind::True if types.has(Type::Boolean) => {}
            NodeKind::Number if takes_number(universe, types, node.text()) => {}
            NodeKind::String if types.has(Type::String) => self.string(universe, value)?,
            NodeKind::Array if types.has(Type::Array) => self.array(universe, value)?,
            NodeKind::Object if types.has(Type::Object) => self.object(universe, value)?,
            _ => return Err(refused(node, Cause::Type(universe))),
        }
        let node = self.tape.node(value);
        if is_listed(universe, node) {
            Ok(())
        } else {
            Err(refused(node, Cause::Unlisted))
        }
    }

    fn string<'u>(&mut self, universe: &'u Universe, value: NodeId) -> Result<(), Refusal<'u>> {
        let node = self.tape.node(value);
        let (mark, root, length) = match &universe.reading {
            None => (0, None, node.text().len()),
            Some(reading) => {
                let canonical = reading::read(reading, node.text()).map_err(|why| ambiguous(node, why))?;
                (reading.kind().mark(), canonical.root, canonical.text.len())
            }
        };
        if !self.marks {
            return Ok(());
        }
        let has_room = match root {
            None => self.tape.mark(value, mark, &[], 0..length),
            Some(root) => {
                self.tape.text_size() + root.len() + length < MAX_TEXT
                    && self.tape.mark(value, mark, &[root, "/"], 0..length)
            }
        };
        has_room.then_some(()).ok_or(Refusal {
            node: value,
            cause: Cause::TooLarge,
        })
    }

    fn array<'u>(&mut self, universe: &'u Universe, value: NodeId) -> Result<(), Refusal<'u>> {
        let items = universe.element();
        let mut children = self.tape.node(value).children();
        while let Some(element) = children.next_element(self.tape) {
            let element = element.id();
            self.slot(items, element)?;
        }
        Ok(())
    }

    fn object<'u>(&mut self, universe: &'u Universe, value: NodeId) -> Result<(), Refusal<'u>> {
        let mut children = self.tape.node(value).children();
        while let Some(member) = children.next_member(self.tape) {
            let Some(inner) = universe.member(member.key(), member.signature()) else {
                return Err(refused(member.key_node(), Cause::NoMember));
            };
            let value = member.value().id();
            self.slot(inner, value)?;
        }
        Ok(())
    }
}

/// A key that is a known one but for case is taken for it by some readers, whichever alternative knows it.
pub fn check_keys<'u>(universe: &'u Universe, object: Node<'_>) -> Result<(), Refusal<'u>> {
    for member in object.members() {
        if let Some(known) = universe.confusable(member.key(), member.signature()) {
            return Err(refused(member.key_node(), Cause::Confusable(known)));
        }
    }
    Ok(())
}

/// Is it one of the values that the schema lists? A string is, as it was sent: its canonical form may differ.
fn is_listed(universe: &Universe, node: Node<'_>) -> bool {
    universe.values.as_ref().is_none_or(|values| match node.as_str() {
        Some(text) => values.holds(&Datum::String(text, None)),
        None => values.holds(&node.into()),
    })
}

fn takes_number(universe: &Universe, types: TypeSet, token: &str) -> bool {
    // Where only the alternatives speak of numbers, theirs is the form.
    if universe.types.is_none() && !universe.any_of.is_empty() {
        return true;
    }
    if types.has(Type::Number) {
        return DecimalRef::parse_exact_double(token).is_some();
    }
    types.has(Type::Integer) && universe.integers.holds(token)
}

/// Could some reader take the text for an array, an object or null? Readers differ in what they parse (`NaN`, comments,
/// trailing commas), so it is enough that it begins and ends like one.
fn parses_as_container(text: &str) -> bool {
    let text = text.trim();
    let enclosed = |open, close| text.starts_with(open) && text.ends_with(close);
    enclosed('[', ']') || enclosed('{', '}') || text == "null"
}

fn ambiguous(node: Node<'_>, why: &'static str) -> Refusal<'static> {
    refused(node, Cause::Ambiguous(why))
}

fn refused<'u>(node: Node<'_>, cause: Cause<'u>) -> Refusal<'u> {
    Refusal { node: node.id(), cause }
}

impl Refusal<'_> {
    /// The reason's code.
    #[must_use]
    pub fn reason(&self) -> Reason {
        match self.cause {
            Cause::Type(_) | Cause::Unlisted | Cause::NoMember => Reason::WrongType,
            Cause::Confusable(_) | Cause::Ambiguous(_) => Reason::AmbiguousValue,
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
            Cause::Confusable(known) => {
                format!("the key `{}` could be taken for `{known}`", node.text().escape_debug())
            }
            Cause::Ambiguous(why) => format!("the value of `{place}` is ambiguous: {why}"),
            Cause::TooLarge => format!("the call's paths take more than {MAX_TEXT} bytes with their roots"),
        };
        Denial::new(self.reason(), message).at(pointer)
    }
}

fn wrong_type(universe: &Universe, node: Node<'_>, place: &str) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::{Limits, parse};
    use crate::pattern::ReadingKind;
    use crate::table::{PathReading, Property, Reading, Shape, shape_of};

    fn shape(schema: &str) -> Shape {
        shape_of(&parse(schema.as_bytes(), &Limits::default()).unwrap())
    }

    fn below(root: &str) -> Option<Reading> {
        Some(Reading::Path(PathReading {
            dir: false,
            root: Some(root.to_owned()),
        }))
    }

    fn member<'t>(tape: &'t Tape, name: &str) -> Datum<'t> {
        tape.root().get(name).unwrap().into()
    }

    #[test]
    fn nothing_stays_of_an_alternative_that_was_tried() {
        // The first reads `a` as a path and fails at `b`; the second does not read it.
        let mut first = shape(r#"{"type":"object","properties":{"a":{"type":"string"},"b":{"type":"integer"}}}"#);
        first.properties.get_mut("a").unwrap().shape.reading = below("/first");
        let second = shape(r#"{"type":"object","properties":{"a":{"type":"string"},"b":{"type":"string"}}}"#);
        let mut third = second.clone();
        third.properties.insert("c".into(), Property::default());
        third.properties.get_mut("a").unwrap().shape.reading = below("/third");
        for (alternatives, wanted) in [
            (vec![first.clone(), second.clone()], ("x", None)),
            (
                vec![first.clone(), third.clone()],
                ("/third/x", Some(ReadingKind::Path)),
            ),
            (vec![second, third], ("x", None)),
        ] {
            let universe = Universe::of(&Shape {
                any_of: alternatives,
                ..Shape::default()
            });
            let mut tape = Tape::default();
            let root = tape.read(br#"{"a":"x","b":"y"}"#, &Limits::default()).unwrap();
            read(&universe, &mut tape, root).unwrap();
            let Datum::String(text, reading) = member(&tape, "a") else {
                panic!("no string")
            };
            assert_eq!((text, reading), wanted);
        }
    }

    #[test]
    fn roots_do_not_fill_the_memory() {
        let mut items = shape(r#"{"type":"string"}"#);
        items.reading = below(&format!("/{}", "r".repeat(1 << 20)));
        let universe = Universe::of(&Shape {
            items: Some(Box::new(items)),
            ..Shape::default()
        });
        let read_so_many = |count: usize| {
            let mut tape = Tape::default();
            let text = format!("[{}\"x\"]", "\"x\",".repeat(count - 1));
            let root = tape.read(text.as_bytes(), &Limits::default()).unwrap();
            read(&universe, &mut tape, root).map_err(|refusal| refusal.explain(&tape, root))
        };
        assert_eq!(read_so_many(60), Ok(()));
        let denial = read_so_many(100).unwrap_err();
        assert_eq!(
            (denial.reason, denial.parameter.as_deref()),
            (Reason::TooLarge, Some("/63"))
        );
    }
}
