//! The universe of a slot: what the lock says of it, in all alternatives of its schema together.

use super::reading::Reading;
use super::shape::{Property, Shape, Type, TypeSet};
use crate::pattern::ReadingKind;

/// What the schema says of one slot, whichever alternative a value takes.
#[derive(Clone, Debug)]
pub enum Universe<'s> {
    /// What one schema says, with the alternatives within it.
    Stated(&'s Shape),
    /// A schema that says nothing of the slot, but leaves room for it: any value, read as the shape says.
    Silent(&'s Shape),
    /// All of these hold. Never empty.
    All(Vec<Universe<'s>>),
    /// One of these holds. Never empty.
    One(Vec<Universe<'s>>),
}

impl<'s> Universe<'s> {
    /// Of the values that a shape is about.
    #[must_use]
    pub fn of(shape: &'s Shape) -> Self {
        Self::Stated(shape)
    }

    /// Of a member, where this is of an object.
    #[must_use]
    pub fn member(&self, key: &str) -> Self {
        self.step(&|shape, stated| own_member(shape, stated, key))
    }

    /// Of an element, where this is of an array.
    #[must_use]
    pub fn element(&self) -> Self {
        self.step(&own_element)
    }

    /// Of the members that the schema does not name, where this is of an object.
    #[must_use]
    pub fn entry(&self) -> Self {
        self.step(&own_entry)
    }

    /// A step further, into each alternative: what a shape says of the next slot itself, and one of its alternatives
    /// beside it.
    fn step(&self, own: &impl Fn(&'s Shape, bool) -> Self) -> Self {
        match self {
            Self::Stated(shape) if !shape.any_of.is_empty() => {
                let alternatives = shape.any_of.iter().map(|shape| Self::Stated(shape).step(own));
                Self::All(vec![own(shape, true), Self::One(alternatives.collect())])
            }
            Self::Stated(shape) => own(shape, true),
            Self::Silent(shape) => own(shape, false),
            Self::All(parts) => Self::All(parts.iter().map(|part| part.step(own)).collect()),
            Self::One(parts) => Self::One(parts.iter().map(|part| part.step(own)).collect()),
        }
    }

    /// The types that the schema names for its values. An alternative that is silent about the slot names none.
    #[must_use]
    pub fn types(&self) -> TypeSet {
        self.types_or(None).unwrap_or(TypeSet::ALL)
    }

    /// The types that its values can have: any, by an alternative that is silent about it.
    #[must_use]
    pub fn possible_types(&self) -> TypeSet {
        self.types_or(Some(TypeSet::ALL)).unwrap_or(TypeSet::ALL)
    }

    fn types_or(&self, silent: Option<TypeSet>) -> Option<TypeSet> {
        match self {
            Self::Stated(shape) => Some(shape.all_types()),
            Self::Silent(_) => silent,
            Self::All(parts) => parts
                .iter()
                .filter_map(|part| part.types_or(silent))
                .reduce(TypeSet::and),
            Self::One(parts) => {
                let types: Vec<_> = parts.iter().map(|part| part.types_or(silent)).collect();
                let stated = types.iter().copied().flatten().reduce(TypeSet::or);
                // Where the others take no value at all, a silent one is what there is.
                stated.filter(|stated| *stated != TypeSet::NONE || !types.contains(&None))
            }
        }
    }

    /// Does the schema say anything of the slot?
    #[must_use]
    pub fn is_stated(&self) -> bool {
        self.types_or(None).is_some()
    }

    /// The shapes that the schema gives for the slot, each with the alternatives within it.
    #[must_use]
    pub fn stated(&self) -> Vec<&'s Shape> {
        match self {
            Self::Stated(shape) => vec![shape],
            Self::Silent(_) => Vec::new(),
            Self::All(parts) | Self::One(parts) => parts.iter().flat_map(Self::stated).collect(),
        }
    }

    /// Every shape that speaks of the slot, alternatives and all.
    #[must_use]
    pub fn shapes(&self) -> Vec<&'s Shape> {
        match self {
            Self::Stated(shape) | Self::Silent(shape) => shape.variants(),
            Self::All(parts) | Self::One(parts) => parts.iter().flat_map(Self::shapes).collect(),
        }
    }

    /// The members that the schema names.
    #[must_use]
    pub fn names(&self) -> Vec<&'s str> {
        let shapes = self.shapes().into_iter();
        shapes
            .flat_map(|shape| shape.properties.keys().map(String::as_str))
            .collect()
    }

    /// The keys that an object is known to have: those that the schema names, and those that rules do.
    #[must_use]
    pub fn known(&self) -> Vec<&'s str> {
        let shapes = self.shapes().into_iter();
        let keys = |shape: &'s Shape| shape.properties.keys().chain(shape.named.keys()).map(String::as_str);
        shapes.flat_map(keys).collect()
    }

    /// Can there be a member of that name: does the schema name it, does it say something of those that it does not
    /// name, or does it say nothing of any?
    #[must_use]
    pub fn has_member(&self, key: &str) -> bool {
        let shapes = self.shapes();
        let room = |shape: &&Shape| shape.properties.contains_key(key) || shape.additional.is_some();
        let silent = |shape: &&Shape| shape.properties.is_empty() && !shape.closed;
        shapes.iter().any(room) || shapes.iter().all(silent)
    }

    /// Must a member be there, whichever alternative is taken?
    #[must_use]
    pub fn requires(&self, key: &str) -> bool {
        match self {
            Self::Stated(shape) | Self::Silent(shape) => requires(shape, key),
            Self::All(parts) => parts.iter().any(|part| part.requires(key)),
            Self::One(parts) => {
                let mut objects = parts
                    .iter()
                    .filter(|part| part.possible_types().has(Type::Object))
                    .peekable();
                objects.peek().is_some() && objects.all(|part| part.requires(key))
            }
        }
    }

    /// What the server may take where a member is absent, with the shape that says so.
    #[must_use]
    pub fn defaults(&self, key: &str) -> Vec<(&'s Shape, &'s str)> {
        let stated = |property: &'s Property| {
            property
                .defaults
                .iter()
                .map(|default| (&property.shape, default.as_str()))
        };
        let properties = self.shapes().into_iter().filter_map(|shape| shape.properties.get(key));
        properties.flat_map(stated).collect()
    }

    /// How its strings are read: in one way, whichever alternative they take.
    #[must_use]
    pub fn reading(&self) -> Option<&'s Reading> {
        self.shapes().into_iter().find_map(|shape| shape.reading.as_deref())
    }

    /// Does it, or a slot within it, have this reading?
    #[must_use]
    pub fn has_reading(&self, kind: ReadingKind) -> bool {
        self.shapes().into_iter().any(|shape| shape.has_reading(kind))
    }
}

fn own_member<'s>(shape: &'s Shape, stated: bool, key: &str) -> Universe<'s> {
    if !shape.own_types().has(Type::Object) {
        return Universe::Stated(Shape::never());
    }
    match shape.member(key) {
        // What only rules name is any value still.
        Some(member) if stated && (shape.properties.contains_key(key) || shape.additional.is_some()) => {
            Universe::Stated(member)
        }
        Some(member) => Universe::Silent(member),
        None if shape.closed => Universe::Stated(Shape::never()),
        None => Universe::Silent(Shape::any()),
    }
}

fn own_entry(shape: &Shape, stated: bool) -> Universe<'_> {
    if !shape.own_types().has(Type::Object) {
        return Universe::Stated(Shape::never());
    }
    match shape.additional.as_deref() {
        Some(others) if stated => Universe::Stated(others),
        Some(others) => Universe::Silent(others),
        None if shape.closed => Universe::Stated(Shape::never()),
        None => Universe::Silent(Shape::any()),
    }
}

fn own_element(shape: &Shape, stated: bool) -> Universe<'_> {
    if !shape.own_types().has(Type::Array) {
        return Universe::Stated(Shape::never());
    }
    let items = shape.items.as_deref().unwrap_or(Shape::any());
    if stated {
        Universe::Stated(items)
    } else {
        Universe::Silent(items)
    }
}

fn requires(shape: &Shape, key: &str) -> bool {
    let own = shape.properties.get(key).is_some_and(|property| property.required);
    let mut objects = shape
        .any_of
        .iter()
        .filter(|shape| shape.all_types().has(Type::Object))
        .peekable();
    own || (objects.peek().is_some() && objects.all(|shape| requires(shape, key)))
}
