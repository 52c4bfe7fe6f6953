//! Each value of a call in its slot's universe and canonical, or the call is denied before any rule is asked.

mod refusal;

use self::refusal::Cause;
pub use self::refusal::Refusal;
use super::reading::{self, Canonical};
use super::{Denial, Reason};
use crate::json::{Node, NodeId, NodeKind, NodeMember, Tape, same_but_for_case};
use crate::pattern::{Datum, DecimalRef, Pattern};
use crate::table::{LoadedShape, LoadedTool, Reading, Shape, Type, TypeSet, Universe};

/// The most bytes of a call and of what its values are read as: far more than any call has, and few enough to hold.
const MAX_TEXT: usize = 64 << 20;

/// Checks a value by the universe of its slot, and marks its strings on the tape as one of the slot's shapes reads them,
/// so that [`Datum::from`] its node is the value as patterns see it.
///
/// # Errors
/// `ambiguous_value` where it has more than one reading; `wrong_type` outside the universe.
pub fn read(universe: &Universe<'_>, shape: &Shape, tape: &mut Tape, value: NodeId) -> Result<(), Denial> {
    let shape = LoadedShape::of(shape);
    let read = check_all(universe, tape.node(value)).and_then(|()| Walk::over(tape, &shape, value, false).1);
    read.map_err(|refusal| refusal.explain(tape, value))
}

/// The same for the arguments of a tool: no other may be there than the tool has. Takes no memory but the tape's, unless
/// alternatives of the schema speak of members or elements.
///
/// # Errors
/// `unlisted_parameter` before all else, but for a key that could be taken for another; `ambiguous_value` where it has
/// more than one reading; `wrong_type` outside the universe.
pub fn read_arguments<'u>(tool: &'u LoadedTool, tape: &mut Tape, arguments: NodeId) -> Result<(), Refusal<'u>> {
    let shape = &tool.arguments;
    if !shape.is_simple {
        check_parameters(shape, tape.node(arguments))?;
        check_all(&Universe::of(&tool.tool.arguments), tape.node(arguments))?;
        return Walk::over(tape, shape, arguments, false).1;
    }
    let (names_all, read) = Walk::over(tape, shape, arguments, true);
    if read.is_ok() && names_all {
        return Ok(());
    }
    check_parameters(shape, tape.node(arguments))?;
    // What some reader takes for something else goes before what is wrong otherwise, wherever it stands.
    read.or_else(|refusal| check_simple(shape, tape.node(arguments)).and(Err(refusal)))
}

/// Has the tool all these parameters?
#[cold]
fn check_parameters<'u>(shape: &'u LoadedShape, arguments: Node<'_>) -> Result<(), Refusal<'u>> {
    let mut members = arguments.members();
    let unknown = members.find(|member| !shape.may_have(member.key_bytes(), member.signature()));
    let Some(member) = unknown else { return Ok(()) };
    check_keys(shape, arguments)?;
    Err(Refusal {
        node: member.key_node().id(),
        cause: Cause::NoParameter,
    })
}

/// Keys and strings that some reader takes for others, at every depth. A slot is one slot whichever alternative a value
/// takes, so all of them are asked at once.
///
/// INVARIANT: the parser has bounded how deep the tape goes.
fn check_all<'u>(universe: &Universe<'u>, value: Node<'_>) -> Result<(), Refusal<'u>> {
    match value.kind() {
        NodeKind::String if parses_as_container(value.text()) => {
            let types = universe.types();
            let only_string = types == [Type::String].into_iter().collect();
            looks_like_json(value, types.has(Type::String) && !only_string)
        }
        NodeKind::Array => {
            let universe = universe.element();
            value.elements().try_for_each(|element| check_all(&universe, element))
        }
        NodeKind::Object => {
            let known = universe.known();
            for member in value.members() {
                let same = |name: &&&str| **name != member.key() && same_but_for_case(name, member.key());
                if let Some(known) = known.iter().find(same) {
                    return Err(confusable(member, known));
                }
            }
            let mut members = value.members();
            members.try_for_each(|member| check_all(&universe.member(member.key()), member.value()))
        }
        _ => Ok(()),
    }
}

/// The same by a shape that is simple.
fn check_simple<'u>(shape: &'u LoadedShape, value: Node<'_>) -> Result<(), Refusal<'u>> {
    match value.kind() {
        NodeKind::String if parses_as_container(value.text()) => looks_like_json(value, shape.takes_strings_and_others),
        NodeKind::Array if shape.all_types.has(Type::Array) => {
            let mut elements = value.elements();
            elements.try_for_each(|element| check_simple(shape.element(), element))
        }
        NodeKind::Object => {
            check_keys(shape, value)?;
            if !shape.all_types.has(Type::Object) {
                return Ok(());
            }
            let inner = |member: NodeMember<'_>| {
                let named = shape.named(member.key_bytes(), member.signature());
                named.or_else(|| shape.others())
            };
            let mut members = value.members();
            members.try_for_each(|member| inner(member).map_or(Ok(()), |shape| check_simple(shape, member.value())))
        }
        _ => Ok(()),
    }
}

fn looks_like_json<'u>(value: Node<'_>, is_taken_for_it: bool) -> Result<(), Refusal<'u>> {
    if !is_taken_for_it {
        return Ok(());
    }
    Err(Refusal {
        node: value.id(),
        cause: Cause::LooksLikeJson,
    })
}

fn confusable<'u>(member: NodeMember<'_>, known: &'u str) -> Refusal<'u> {
    Refusal {
        node: member.key_node().id(),
        cause: Cause::Confusable(known),
    }
}

/// INVARIANT: the parser has bounded how deep the tape goes, and the artifact's reader how deep a universe does.
struct Walk<'t, 'u> {
    tape: &'t mut Tape,
    /// Are keys and strings that some reader takes for others looked for?
    checks: bool,
    /// Are strings marked, or only checked? The last walk over a value that marks goes over all of it, so that nothing
    /// stays of an alternative that was tried before.
    marks: bool,
    /// Was every member that it has come by one that its universe names?
    names_all: bool,
    refusal: Option<Refusal<'u>>,
}

/// The walk has ended: it knows why. It is small, since it is handed up at every step.
struct Stop;

type Step = Result<(), Stop>;

impl<'t, 'u> Walk<'t, 'u> {
    fn over(
        tape: &'t mut Tape,
        universe: &'u LoadedShape,
        value: NodeId,
        checks: bool,
    ) -> (bool, Result<(), Refusal<'u>>) {
        let mut walk = Self {
            tape,
            checks,
            marks: true,
            names_all: true,
            refusal: None,
        };
        let read = match (walk.slot(universe, value), walk.refusal) {
            (Ok(()), _) => Ok(()),
            (Err(Stop), Some(refusal)) => Err(refusal),
            // Not reached: who stops says why.
            (Err(Stop), None) => Err(Refusal {
                node: value,
                cause: Cause::Type(universe),
            }),
        };
        (walk.names_all, read)
    }

    fn slot(&mut self, universe: &'u LoadedShape, value: NodeId) -> Step {
        let node = self.tape.node(value);
        match node.kind() {
            // Where the slot takes more than strings, some readers parse a string that looks like JSON.
            NodeKind::String
                if self.checks && universe.takes_strings_and_others && parses_as_container(node.text()) =>
            {
                self.refuse(value, Cause::LooksLikeJson)
            }
            NodeKind::Object if self.checks => self.keys_then_values(universe, value),
            kind => self.variant(universe, value, kind),
        }
    }

    /// A key that could be taken for another goes before what is wrong with the members. Where the names are distinct,
    /// only one that is none of them could be, and the walk comes by it if it is not refused before.
    fn keys_then_values(&mut self, universe: &'u LoadedShape, value: NodeId) -> Step {
        let is_simple = universe.any_of.is_empty() && universe.has_distinct_names;
        if !is_simple {
            self.check_keys(universe, value)?;
        }
        let read = self.variant(universe, value, NodeKind::Object);
        if is_simple && read.is_err() {
            self.check_keys(universe, value)?;
        }
        read
    }

    #[cold]
    fn check_keys(&mut self, universe: &'u LoadedShape, value: NodeId) -> Step {
        let checked = check_keys(universe, self.tape.node(value));
        checked.map_err(|refusal| {
            self.refusal = Some(refusal);
            Stop
        })
    }

    #[inline]
    fn variant(&mut self, universe: &'u LoadedShape, value: NodeId, kind: NodeKind) -> Step {
        if universe.any_of.is_empty() {
            self.plain(universe, value, kind)
        } else {
            self.alternatives(universe, value, kind)
        }
    }

    fn alternatives(&mut self, universe: &'u LoadedShape, value: NodeId, kind: NodeKind) -> Step {
        // The shape's own keywords hold beside those of the alternative that is taken. They are asked once: every place of
        // a value meets every shape of its slot at most once.
        let own = self
            .without_marks(universe, value, kind)
            .err()
            .and_then(|Stop| self.refusal.take());
        let mut refusal: Option<Refusal<'u>> = None;
        for alternative in &universe.any_of {
            let other = match self.variant(alternative, value, kind) {
                Ok(()) if own.is_none() => return Ok(()),
                Ok(()) => own,
                Err(Stop) => self.refusal.take(),
            };
            // What is of the right type says more than what is not.
            if refusal.is_none() || other.is_some_and(|other| other.reason() == Reason::AmbiguousValue) {
                refusal = other;
            }
        }
        self.refusal = refusal;
        Err(Stop)
    }

    fn without_marks(&mut self, universe: &'u LoadedShape, value: NodeId, kind: NodeKind) -> Step {
        let marks = std::mem::replace(&mut self.marks, false);
        let read = self.plain(universe, value, kind);
        self.marks = marks;
        read
    }

    /// By the universe's own keywords, whatever its alternatives.
    #[inline]
    fn plain(&mut self, universe: &'u LoadedShape, value: NodeId, kind: NodeKind) -> Step {
        let types = universe.types.unwrap_or(TypeSet::ALL);
        match kind {
            NodeKind::Null if types.has(Type::Null) => {}
            NodeKind::False | NodeKind::True if types.has(Type::Boolean) => {}
            NodeKind::Number if takes_number(universe, types, self.tape.node(value).text()) => {}
            NodeKind::String if types.has(Type::String) => self.string(universe, value)?,
            NodeKind::Array if types.has(Type::Array) => self.array(universe, value)?,
            NodeKind::Object if types.has(Type::Object) => self.object(universe, value)?,
            _ => return self.refuse(value, Cause::Type(universe)),
        }
        match &universe.values {
            Some(values) if !is_listed(values, self.tape.node(value)) => self.refuse(value, Cause::Unlisted),
            _ => Ok(()),
        }
    }

    #[inline]
    fn string(&mut self, universe: &'u LoadedShape, value: NodeId) -> Step {
        match &universe.reading {
            Some(reading) => self.reading(reading, value),
            None => {
                if self.marks {
                    self.tape.unmark(value);
                }
                Ok(())
            }
        }
    }

    fn reading(&mut self, reading: &'u Reading, value: NodeId) -> Step {
        let (text, room) = self.tape.text_and_room(value);
        let Ok(canonical) = reading::read_into(reading, text, room) else {
            return self.refuse(value, Cause::NotCanonical(reading));
        };
        let mark = reading.kind().mark();
        match canonical {
            _ if !self.marks => {}
            Canonical::Beginning(length) => self.tape.mark(value, mark, length),
            Canonical::Written => {
                if !self.tape.mark_written(value, mark, MAX_TEXT) {
                    return self.refuse(value, Cause::TooLarge);
                }
            }
        }
        Ok(())
    }

    fn array(&mut self, universe: &'u LoadedShape, value: NodeId) -> Step {
        let items = universe.element();
        let mut children = self.tape.node(value).children();
        while let Some(element) = children.next_element(self.tape) {
            let element = element.id();
            self.slot(items, element)?;
        }
        Ok(())
    }

    fn object(&mut self, universe: &'u LoadedShape, value: NodeId) -> Step {
        let mut children = self.tape.node(value).children();
        while let Some(member) = children.next_member(self.tape) {
            let value = member.value().id();
            let inner = match universe.named(member.key_bytes(), member.signature()) {
                Some(named) => named,
                None => self.unnamed(universe, member.key_node().id())?,
            };
            self.slot(inner, value)?;
        }
        Ok(())
    }

    /// What a member must be that the universe does not name itself.
    fn unnamed(&mut self, universe: &'u LoadedShape, key: NodeId) -> Result<&'u LoadedShape, Stop> {
        self.names_all = false;
        let node = self.tape.node(key);
        let known = universe.confusable(node.text(), node.signature());
        let cause = match known.filter(|_| self.checks) {
            Some(known) => Cause::Confusable(known),
            None => match universe.others() {
                Some(others) => return Ok(others),
                None => Cause::NoMember,
            },
        };
        self.refuse(key, cause)?;
        Err(Stop)
    }

    #[cold]
    fn refuse(&mut self, node: NodeId, cause: Cause<'u>) -> Step {
        self.refusal = Some(Refusal { node, cause });
        Err(Stop)
    }
}

/// A key that is a known one but for case is taken for it by some readers, whichever alternative knows it.
fn check_keys<'u>(universe: &'u LoadedShape, object: Node<'_>) -> Result<(), Refusal<'u>> {
    for member in object.members() {
        if let Some(known) = universe.confusable(member.key(), member.signature()) {
            return Err(confusable(member, known));
        }
    }
    Ok(())
}

/// Is it one of the values that the schema lists? A string is, as it was sent: its canonical form may differ.
fn is_listed(values: &Pattern, node: Node<'_>) -> bool {
    match node.as_str() {
        Some(text) => values.holds(&Datum::String(text, None)),
        None => values.holds(&node.into()),
    }
}

fn takes_number(universe: &LoadedShape, types: TypeSet, token: &str) -> bool {
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

#[cfg(test)]
mod tests;
