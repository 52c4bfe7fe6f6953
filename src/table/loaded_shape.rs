//! A shape made ready to be asked: what a walk over a call needs, found in a few steps and without memory of its own.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use super::names::Names;
use super::{IntegerRange, Reading, Shape, Type, TypeSet};
use crate::json::fold;
use crate::pattern::Pattern;

/// A [`Shape`] as it is loaded.
#[derive(Debug)]
pub struct LoadedShape {
    /// What the shape says of types itself; `None`: nothing.
    pub types: Option<TypeSet>,
    /// With those of the alternatives.
    pub all_types: TypeSet,
    /// Does it take strings, and more than strings?
    pub takes_strings_and_others: bool,
    /// Is no alternative in it, at any depth, one that speaks of members or elements? Then what is within a value is one
    /// slot in one shape.
    pub is_simple: bool,
    /// The values it may have, where they are listed.
    pub values: Option<Pattern>,
    /// How its strings are read.
    pub reading: Option<Reading>,
    /// The range of its whole numbers.
    pub integers: IntegerRange,
    /// One of these beside; empty: nothing more is asked.
    pub any_of: Vec<LoadedShape>,
    /// Is no name of this one that differs from another only by case?
    pub has_distinct_names: bool,
    /// Can members have any name, as far as this and the alternatives say?
    open: bool,
    closed: bool,
    members: Names<LoadedShape>,
    additional: Option<Box<LoadedShape>>,
    items: Option<Box<LoadedShape>>,
}

/// What a place can hold of which the schema says nothing.
static ANY: LazyLock<LoadedShape> = LazyLock::new(|| LoadedShape::of(&Shape::default()));

impl LoadedShape {
    /// Makes a shape ready. INVARIANT: no shape holds itself, and its depth was bounded when it was read.
    #[must_use]
    pub fn of(shape: &Shape) -> Self {
        let boxed = |inner: &Option<Box<Shape>>| inner.as_deref().map(|shape| Box::new(Self::of(shape)));
        let stated = shape.properties.iter().map(|(name, property)| (name, &property.shape));
        let members = || stated.clone().chain(&shape.named);
        let folded: BTreeSet<_> = members().map(|(name, _)| fold(name)).collect();
        let inner = || members().map(|(_, shape)| shape);
        let others = || shape.additional.iter().chain(&shape.items).map(AsRef::as_ref);
        let all_types = shape.all_types();
        Self {
            types: shape.types,
            all_types,
            takes_strings_and_others: all_types.has(Type::String) && all_types != [Type::String].into_iter().collect(),
            is_simple: shape.any_of.iter().all(is_flat) && inner().chain(others()).all(is_simple),
            values: shape.values.as_deref().cloned(),
            reading: shape.reading.as_deref().cloned(),
            integers: shape.integers,
            any_of: shape.any_of.iter().map(Self::of).collect(),
            has_distinct_names: folded.len() == members().count(),
            open: is_open(shape),
            closed: shape.closed,
            members: members().map(|(name, shape)| (name.clone(), Self::of(shape))).collect(),
            additional: boxed(&shape.additional),
            items: boxed(&shape.items),
        }
    }

    /// What the elements of an array must be.
    #[must_use]
    pub fn element(&self) -> &Self {
        self.items.as_deref().unwrap_or(&ANY)
    }

    /// What the member of that name must be, if this names it itself. The signature is the name's.
    #[must_use]
    #[inline]
    pub fn named(&self, name: &[u8], signature: u32) -> Option<&Self> {
        self.members.get(name, signature)
    }

    /// What the members must be that this does not name itself; `None` if there may be none.
    #[must_use]
    pub fn others(&self) -> Option<&Self> {
        match &self.additional {
            Some(others) => Some(others),
            None => (!self.closed).then(|| &*ANY),
        }
    }

    /// May there be a member of that name, as far as this or an alternative says?
    #[must_use]
    #[inline]
    pub fn may_have(&self, name: &[u8], signature: u32) -> bool {
        self.open || self.names(name, signature)
    }

    fn names(&self, name: &[u8], signature: u32) -> bool {
        self.members.get(name, signature).is_some() || self.any_of.iter().any(|variant| variant.names(name, signature))
    }

    /// A name that this or an alternative knows, and that differs from the given one only by case.
    #[must_use]
    #[inline]
    pub fn confusable(&self, name: &str, signature: u32) -> Option<&str> {
        let mut variants = self.any_of.iter();
        let own = self.members.confusable(name, signature);
        own.or_else(|| variants.find_map(|variant| variant.confusable(name, signature)))
    }
}

/// May an object have members that neither this nor an alternative names? Where the schema names some and says nothing of
/// others, there are none.
fn is_open(shape: &Shape) -> bool {
    let variants = shape.variants();
    variants.iter().any(|shape| shape.additional.is_some())
        || variants
            .iter()
            .all(|shape| shape.properties.is_empty() && !shape.closed)
}

/// Does it speak of no members and no elements?
fn is_flat(shape: &Shape) -> bool {
    let speaks = !shape.properties.is_empty() || !shape.named.is_empty() || shape.closed;
    !speaks && shape.additional.is_none() && shape.items.is_none() && shape.any_of.iter().all(is_flat)
}

/// See [`LoadedShape::is_simple`].
fn is_simple(shape: &Shape) -> bool {
    let members = shape.properties.values().map(|property| &property.shape);
    let others = shape.additional.iter().chain(&shape.items).map(AsRef::as_ref);
    shape.any_of.iter().all(is_flat) && members.chain(shape.named.values()).chain(others).all(is_simple)
}
