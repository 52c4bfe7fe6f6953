//! A shape made ready to be asked: what a walk over a call needs, found in a few steps and without memory of its own.

use std::sync::LazyLock;

use super::{IntegerRange, Reading, Shape, Type, TypeSet};
use crate::json::{same_but_for_case, signature};
use crate::pattern::Pattern;

/// A [`Shape`] as it is loaded.
#[derive(Debug)]
pub struct Universe {
    /// What the shape says of types itself; `None`: nothing.
    pub types: Option<TypeSet>,
    /// With those of the alternatives.
    pub all_types: TypeSet,
    /// The values it may have, where they are listed.
    pub values: Option<Pattern>,
    /// How its strings are read.
    pub reading: Option<Reading>,
    /// The range of its whole numbers.
    pub integers: IntegerRange,
    /// One of these beside; empty: nothing more is asked.
    pub any_of: Vec<Universe>,
    /// Do the alternatives, or this, name members?
    names_members: bool,
    /// Can members have any name, as far as all of it says?
    open: bool,
    closed: bool,
    /// The signatures of the members' names, sorted; the members are in the same order.
    signatures: Vec<u32>,
    members: Vec<(String, Universe)>,
    additional: Option<Box<Universe>>,
    items: Option<Box<Universe>>,
}

/// What a place can hold of which the schema says nothing.
static ANY: LazyLock<Universe> = LazyLock::new(|| Universe::of(&Shape::default()));

impl Universe {
    /// Makes a shape ready. INVARIANT: no shape holds itself, and its depth was bounded when it was read.
    #[must_use]
    pub fn of(shape: &Shape) -> Self {
        let boxed = |inner: &Option<Box<Shape>>| inner.as_deref().map(|shape| Box::new(Self::of(shape)));
        let mut members: Vec<_> = shape
            .properties
            .iter()
            .map(|(name, property)| (name.clone(), Self::of(&property.shape)))
            .collect();
        members.sort_by_key(|(name, _)| signature(name));
        let variants = shape.variants();
        Self {
            types: shape.types,
            all_types: shape.all_types(),
            values: shape.values.clone(),
            reading: shape.reading.clone(),
            integers: shape.integers,
            any_of: shape.any_of.iter().map(Self::of).collect(),
            names_members: variants.iter().any(|variant| !variant.properties.is_empty()),
            open: shape.is_open(),
            closed: shape.closed,
            signatures: members.iter().map(|(name, _)| signature(name)).collect(),
            members,
            additional: boxed(&shape.additional),
            items: boxed(&shape.items),
        }
    }

    /// What the elements of an array must be.
    #[must_use]
    pub fn element(&self) -> &Self {
        self.items.as_deref().unwrap_or(&ANY)
    }

    /// What the member of that name must be, as this says it itself; `None` if there may be none. The signature is the
    /// name's.
    #[must_use]
    pub fn member(&self, name: &str, signature: u32) -> Option<&Self> {
        match (self.named(name, signature), &self.additional) {
            (Some(member), _) => Some(member),
            (None, Some(others)) => Some(others),
            (None, None) => (!self.closed).then_some(&ANY),
        }
    }

    /// May there be a member of that name, as far as this or an alternative says?
    #[must_use]
    pub fn may_have(&self, name: &str, signature: u32) -> bool {
        self.open || self.names(name, signature)
    }

    /// A name that this or an alternative knows, and that differs from the given one only by case.
    #[must_use]
    pub fn confusable(&self, name: &str, signature: u32) -> Option<&str> {
        if !self.names_members {
            return None;
        }
        let own = self.alike(signature).map(|(known, _)| known.as_str());
        let mut own = own.filter(|known| *known != name && same_but_for_case(known, name));
        own.next().or_else(|| {
            self.any_of
                .iter()
                .find_map(|variant| variant.confusable(name, signature))
        })
    }

    /// Does it take strings, and more than strings?
    #[must_use]
    pub fn takes_strings_and_others(&self) -> bool {
        self.all_types.has(Type::String) && self.all_types != [Type::String].into_iter().collect()
    }

    fn names(&self, name: &str, signature: u32) -> bool {
        self.named(name, signature).is_some() || self.any_of.iter().any(|variant| variant.names(name, signature))
    }

    fn named(&self, name: &str, signature: u32) -> Option<&Self> {
        let mut alike = self.alike(signature);
        alike.find(|(known, _)| known == name).map(|(_, member)| member)
    }

    /// The members whose names have that signature: hardly ever more than one.
    fn alike(&self, signature: u32) -> impl Iterator<Item = &(String, Self)> {
        let first = self.signatures.partition_point(|other| *other < signature);
        let signatures = self.signatures.iter().skip(first);
        let alike = signatures.take_while(move |other| **other == signature);
        alike.zip(self.members.iter().skip(first)).map(|(_, member)| member)
    }
}
