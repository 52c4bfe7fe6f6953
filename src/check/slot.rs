//! A slot while its patterns are lowered: its universe, and what messages call it.

use std::borrow::Cow;
use std::collections::btree_map::Entry;

use crate::pattern::{Datum, Pattern, PatternKind};
use crate::table::{Property, Shape, Step, Type};

/// One parameter of one tool, or a place within it.
#[derive(Clone, Debug)]
pub struct Slot<'s> {
    /// What its values can be.
    pub shape: Cow<'s, Shape>,
    /// `path of fs.read_text_file`.
    pub name: String,
    /// Must it be there?
    pub required: bool,
    /// What the server takes where it is absent, as canonical JSON.
    pub default: Option<String>,
}

impl<'s> Slot<'s> {
    /// A parameter of a tool, `server.tool`.
    pub fn parameter(tool: &str, name: &str, property: Cow<'s, Property>) -> Self {
        Self::new(format!("`{name}` of `{tool}`"), property)
    }

    fn new(name: String, property: Cow<'s, Property>) -> Self {
        let (required, default) = (property.required, property.default.clone());
        let shape = match property {
            Cow::Borrowed(property) => Cow::Borrowed(&property.shape),
            Cow::Owned(property) => Cow::Owned(property.shape),
        };
        Self {
            shape,
            name,
            required,
            default,
        }
    }

    /// The values that it takes, where the schema lists them; `None` for a slot with a reading, whose values have other
    /// forms too.
    pub fn listed(&self) -> Option<Vec<Datum<'_>>> {
        listed(&self.shape).filter(|_| self.shape.reading.is_none())
    }

    /// The elements of an array.
    pub fn element(&self) -> Slot<'_> {
        let shape = self.shape.element().map_or(Cow::Owned(Shape::default()), Cow::Borrowed);
        Slot {
            shape,
            name: format!("an element of {}", self.name),
            required: false,
            default: None,
        }
    }

    /// A member of an object; `None` if the schema names its members and this is none of them.
    pub fn member(&self, name: &str) -> Option<Slot<'_>> {
        Some(Slot::new(
            format!("`{name}` in {}", self.name),
            self.shape.member(name)?,
        ))
    }
}

/// Does `act` on every variant of the slot that lies at `steps`, if there is one.
pub fn for_each_slot(shape: &mut Shape, steps: &[Step], act: &mut impl FnMut(&mut Shape)) {
    if exists(shape, steps) {
        reach(shape, steps, act);
    }
}

/// Does the schema speak of this slot, or leave room for its elements?
fn exists(shape: &Shape, steps: &[Step]) -> bool {
    let Some((step, rest)) = steps.split_first() else {
        return true;
    };
    shape.variants().into_iter().any(|variant| match step {
        Step::Key(key) => variant.properties.get(key).is_some_and(|p| exists(&p.shape, rest)),
        Step::Each if variant.all_types().has(Type::Array) => match variant.items.as_deref() {
            Some(items) => exists(items, rest),
            None => exists(&Shape::default(), rest),
        },
        Step::Each => false,
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
            let Some(property) = room_for(shape, key) else { return };
            reach(&mut property.shape, rest, act);
        }
        Some(_) => {}
    }
}

/// A member of an object that names it, or leaves room for it.
fn room_for<'s>(shape: &'s mut Shape, key: &str) -> Option<&'s mut Property> {
    // Where alternatives name it, what they say of it must not be hidden by an empty entry beside them.
    if !shape.any_of.is_empty() && !shape.properties.contains_key(key) {
        return None;
    }
    // Where the schema says nothing of members, it still does so of the others.
    if shape.properties.is_empty() && shape.additional.is_none() && !shape.closed {
        shape.additional = Some(Box::default());
    }
    match shape.properties.entry(key.to_owned()) {
        Entry::Occupied(found) => Some(found.into_mut()),
        Entry::Vacant(_) if shape.closed => None,
        Entry::Vacant(room) => Some(room.insert(Property {
            shape: shape.additional.as_deref().cloned().unwrap_or_default(),
            ..Property::default()
        })),
    }
}

/// Makes a member that a rule names one that the tool has, where the schema leaves it open: a key that could be taken
/// for it is refused then, as for those that the schema names.
pub fn name_slot(shape: &mut Shape, steps: &[Step]) {
    let Some((step, rest)) = steps.split_first() else {
        return;
    };
    if let Step::Key(key) = step
        && shape.member(key).is_none()
    {
        return;
    }
    for variant in &mut shape.any_of {
        name_slot(variant, steps);
    }
    let types = shape.all_types();
    match step {
        Step::Each if types.has(Type::Array) && !rest.is_empty() => {
            name_slot(shape.items.get_or_insert_default(), rest)
        }
        Step::Key(key) if types.has(Type::Object) => {
            if let Some(property) = room_for(shape, key) {
                name_slot(&mut property.shape, rest);
            }
        }
        _ => {}
    }
}

/// The values that a shape lists, where it lists all that it takes.
fn listed(shape: &Shape) -> Option<Vec<Datum<'_>>> {
    if let Some(values) = &shape.values {
        return Some(scalars(values));
    }
    if shape.types == Some([Type::Null].into_iter().collect()) {
        return Some(vec![Datum::Null]);
    }
    let alternatives: Vec<_> = shape.any_of.iter().map(listed).collect::<Option<_>>()?;
    (!alternatives.is_empty()).then(|| alternatives.concat())
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
