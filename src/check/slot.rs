//! A slot while its patterns are lowered: its universe, and what messages call it.

use std::borrow::Cow;

use crate::table::{Property, Shape};

/// One parameter of one tool, or a place within it.
#[derive(Clone, Debug)]
pub struct Slot<'s> {
    /// What its values can be.
    pub shape: Cow<'s, Shape>,
    /// `path of fs.read_text_file`.
    pub name: String,
}

impl<'s> Slot<'s> {
    /// A parameter of a tool, `server.tool`.
    pub fn parameter(tool: &str, name: &str, property: Cow<'s, Property>) -> Self {
        Self {
            shape: shape_of(property),
            name: format!("`{name}` of `{tool}`"),
        }
    }

    /// The elements of an array.
    pub fn element(&self) -> Slot<'_> {
        let shape = self.shape.element().map_or(Cow::Owned(Shape::default()), Cow::Borrowed);
        Slot {
            shape,
            name: format!("an element of {}", self.name),
        }
    }

    /// A member of an object; `None` if the schema names its members and this is none of them.
    pub fn member(&self, name: &str) -> Option<Slot<'_>> {
        let property = self.shape.member(name)?;
        Some(Slot {
            shape: shape_of(property),
            name: format!("`{name}` in {}", self.name),
        })
    }
}

fn shape_of(property: Cow<'_, Property>) -> Cow<'_, Shape> {
    match property {
        Cow::Borrowed(property) => Cow::Borrowed(&property.shape),
        Cow::Owned(property) => Cow::Owned(property.shape),
    }
}

/// A step from a tool's arguments to a slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Into a member.
    Key(String),
    /// Into each element.
    Each,
}

/// Does `act` on every variant of the slot that lies at `steps`, making room for it where the schema says nothing.
pub fn for_each_slot(shape: &mut Shape, steps: &[Step], act: &mut impl FnMut(&mut Shape)) {
    for variant in &mut shape.any_of {
        for_each_slot(variant, steps, act);
    }
    match steps.split_first() {
        None => act(shape),
        Some((Step::Each, rest)) => {
            if shape.items.is_some() || shape.any_of.is_empty() {
                for_each_slot(shape.items.get_or_insert_default(), rest, act);
            }
        }
        Some((Step::Key(key), rest)) => {
            if let Some(property) = shape.properties.get_mut(key) {
                for_each_slot(&mut property.shape, rest, act);
            }
        }
    }
}
