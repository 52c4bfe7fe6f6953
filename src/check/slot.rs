//! A slot while its patterns are lowered: its universe, and what messages call it.

use std::collections::BTreeMap;

use crate::pattern::{Datum, Pattern, PatternKind};
use crate::table::{Shape, Step, Type, TypeSet, Universe};

/// One parameter of one tool, or a place within it.
#[derive(Clone, Debug)]
pub struct Slot<'s> {
    /// What its values can be.
    pub universe: Universe<'s>,
    /// `path of fs.read_text_file`.
    pub name: String,
    /// Must it be there?
    pub required: bool,
    /// What the server may take where it is absent, as canonical JSON, each with the shape that it is of.
    pub defaults: Vec<(&'s Shape, &'s str)>,
}

impl<'s> Slot<'s> {
    /// A parameter of a tool, `server.tool`, with these arguments; `None` if the tool has no such parameter.
    pub fn parameter(tool: &str, name: &str, arguments: &'s Shape) -> Option<Self> {
        Self::in_object(&Universe::of(arguments), name, format!("`{name}` of `{tool}`"))
    }

    /// A slot that is no parameter: every value that is read as the shape says.
    pub fn of(shape: &'s Shape, name: &str) -> Self {
        Self {
            universe: Universe::of(shape),
            name: name.to_owned(),
            required: false,
            defaults: Vec::new(),
        }
    }

    fn in_object(object: &Universe<'s>, key: &str, name: String) -> Option<Self> {
        object.has_member(key).then(|| Self {
            universe: object.member(key),
            name,
            required: object.requires(key),
            defaults: object.defaults(key),
        })
    }

    /// The values that it takes, where the schema lists them; `None` for a slot with a reading, whose values have other
    /// forms too.
    pub fn listed(&self) -> Option<Vec<Datum<'s>>> {
        listed(&self.universe).filter(|_| self.universe.reading().is_none())
    }

    /// The elements of an array.
    pub fn element(&self) -> Self {
        Self {
            universe: self.universe.element(),
            name: format!("an element of {}", self.name),
            required: false,
            defaults: Vec::new(),
        }
    }

    /// The members of an object that names none.
    pub fn entry(&self) -> Self {
        Self {
            universe: self.universe.entry(),
            name: format!("a member of {}", self.name),
            required: false,
            defaults: Vec::new(),
        }
    }

    /// A member of an object; `None` if the schema names its members and this is none of them.
    pub fn member(&self, name: &str) -> Option<Self> {
        Self::in_object(&self.universe, name, format!("`{name}` in {}", self.name))
    }
}

/// Does `act` on every variant of the slot that lies at `steps` and can be a string, if the schema or a rule names all on
/// the way to it and a value there can be one.
pub fn for_each_text(shape: &mut Shape, steps: &[Step], act: &mut impl FnMut(&mut Shape)) {
    let slot = slot_at(shape, steps, |object, key| object.known().contains(&key));
    if slot.is_some_and(|slot| slot.possible_types().has(Type::String)) {
        reach(shape, steps, &mut |variant| {
            if variant.all_types().has(Type::String) {
                act(variant);
            }
        });
    }
}

/// Makes a member that a rule names one that the tool is known to have, where the schema leaves it open: a key that
/// could be taken for it is refused then, as for those that the schema names.
pub fn name_slot(shape: &mut Shape, steps: &[Step]) {
    if slot_at(shape, steps, |object, key| object.has_member(key)).is_some() {
        reach(shape, steps, &mut |_| {});
    }
}

/// The slot at these steps, into members that `has` finds; `None` if no value can have one there.
fn slot_at<'s>(shape: &'s Shape, steps: &[Step], has: impl Fn(&Universe<'_>, &str) -> bool) -> Option<Universe<'s>> {
    steps.iter().try_fold(Universe::of(shape), |outer, step| {
        let types = outer.possible_types();
        match step {
            Step::Key(key) => (types.has(Type::Object) && has(&outer, key)).then(|| outer.member(key)),
            Step::Each => types.has(Type::Array).then(|| outer.element()),
        }
    })
}

/// A variant that does not speak of the slot but leaves it open gets it too: a value that is taken by this variant is
/// to be read in the same way.
fn reach(shape: &mut Shape, steps: &[Step], act: &mut impl FnMut(&mut Shape)) {
    for variant in &mut shape.any_of {
        reach(variant, steps, act);
    }
    let types = shape.all_types();
    match steps.split_first() {
        None => act(shape),
        Some((Step::Each, rest)) if types.has(Type::Array) => reach(shape.items.get_or_insert_default(), rest, act),
        Some((Step::Key(key), rest)) if types.has(Type::Object) => {
            let Some(member) = room_for(shape, key) else { return };
            reach(member, rest, act);
        }
        Some(_) => {}
    }
}

/// A member of an object that names it, or leaves room for it.
fn room_for<'s>(shape: &'s mut Shape, key: &str) -> Option<&'s mut Shape> {
    if let Some(property) = shape.properties.get_mut(key) {
        return Some(&mut property.shape);
    }
    if shape.closed {
        return None;
    }
    let others = shape.additional.as_deref();
    let named: &mut BTreeMap<_, _> = &mut shape.named;
    Some(
        named
            .entry(key.to_owned())
            .or_insert_with(|| others.cloned().unwrap_or_default()),
    )
}

/// The values that the schema lists, where it lists all that it takes.
fn listed<'s>(universe: &Universe<'s>) -> Option<Vec<Datum<'s>>> {
    match universe {
        Universe::Stated(shape) => listed_by(shape),
        Universe::Silent(_) => None,
        Universe::All(parts) => parts.iter().find_map(listed),
        Universe::One(parts) => {
            // Alternatives that say nothing of the slot, or take no value there, are none.
            let speak = |part: &&Universe<'_>| part.is_stated() && part.types() != TypeSet::NONE;
            listed_in_any(parts.iter().filter(speak).map(listed))
        }
    }
}

fn listed_by(shape: &Shape) -> Option<Vec<Datum<'_>>> {
    if let Some(values) = &shape.values {
        return Some(scalars(values));
    }
    if shape.types == Some([Type::Null].into_iter().collect()) {
        return Some(vec![Datum::Null]);
    }
    listed_in_any(shape.any_of.iter().map(listed_by))
}

fn listed_in_any<'s>(alternatives: impl Iterator<Item = Option<Vec<Datum<'s>>>>) -> Option<Vec<Datum<'s>>> {
    let lists = alternatives.collect::<Option<Vec<_>>>()?;
    (!lists.is_empty()).then(|| lists.concat())
}

fn scalars(values: &Pattern) -> Vec<Datum<'_>> {
    match &values.kind {
        PatternKind::Or(parts) => parts.iter().flat_map(scalars).collect(),
        PatternKind::String(text) => vec![Datum::String(text, None)],
        PatternKind::Number(number) => vec![Datum::Number(number.view())],
        PatternKind::Bool(value) => vec![Datum::Bool(*value)],
        PatternKind::Null => vec![Datum::Null],
        // Schemas list scalars only.
        _ => Vec::new(),
    }
}
