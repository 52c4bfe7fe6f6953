//! What one schema says that a value can be.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::reading::Reading;
use crate::pattern::{Pattern, ReadingKind};

/// The values that a slot can have, and how they are read. Default: every value, read as text.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Shape {
    /// The JSON types it may have; `None` where the schema says nothing of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub types: Option<TypeSet>,
    /// The values it may have, where they are listed. In a box, since shapes nest and are read on the stack.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub values: Option<Box<Pattern>>,
    /// The members that an object may have.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub properties: BTreeMap<String, Property>,
    /// Members that rules or readings name and the schema does not, where it leaves room for them. Their keys are known
    /// as the schema's are, and each has all that is said of other members.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub named: BTreeMap<String, Shape>,
    /// What other members must be; `None`: anything.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub additional: Option<Box<Shape>>,
    /// No other members.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub closed: bool,
    /// What the elements of an array must be; `None`: anything.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub items: Option<Box<Shape>>,
    /// One of these beside; empty: nothing more is asked.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub any_of: Vec<Shape>,
    /// How its strings are read; `None`: as text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reading: Option<Box<Reading>>,
    /// The reading that the schema's `format` names, until readings are settled; it is not written down.
    #[serde(skip)]
    pub format: Option<ReadingKind>,
    /// The range of its whole numbers.
    #[serde(skip_serializing_if = "IntegerRange::is_default")]
    pub integers: IntegerRange,
}

/// A member that an object may have.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Property {
    /// What it can be.
    pub shape: Shape,
    /// Must it be there?
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub required: bool,
    /// What the server may take where it is absent, as canonical JSON: several where alternatives of its schema state
    /// several. A default of `null` is absence.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub defaults: Vec<String>,
}

/// A set of JSON types. `integer` is a type beside `number`, as in JSON Schema.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "Vec<Type>", from = "Vec<Type>")]
pub struct TypeSet(u8);

/// A JSON type, by JSON Schema's names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Type {
    /// `null`.
    Null,
    /// `true`, `false`.
    Boolean,
    /// A whole number.
    Integer,
    /// Any number.
    Number,
    /// A string.
    String,
    /// An array.
    Array,
    /// An object.
    Object,
}

/// The range of a slot's whole numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum IntegerRange {
    /// ±(2⁵³−1): what every reader holds exactly.
    #[default]
    Safe,
    /// −2⁶³ to 2⁶³−1: the schema says `int64`.
    Int64,
    /// 0 to 2⁶⁴−1: the schema says `uint64`.
    Uint64,
}

impl Type {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Null,
        Self::Boolean,
        Self::Integer,
        Self::Number,
        Self::String,
        Self::Array,
        Self::Object,
    ];

    /// With its article, for messages.
    #[must_use]
    pub fn described(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Boolean => "a boolean",
            Self::Integer => "an integer",
            Self::Number => "a number",
            Self::String => "a string",
            Self::Array => "an array",
            Self::Object => "an object",
        }
    }
}

impl TypeSet {
    /// Every type.
    pub const ALL: Self = Self(0x7f);
    /// None.
    pub const NONE: Self = Self(0);

    /// Is it one of these?
    #[must_use]
    pub fn has(self, kind: Type) -> bool {
        self.0 & Self::from_iter([kind]).0 != 0
    }

    /// Those in either.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Those in both; `integer` is also a `number`.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let narrow = |set: Self| {
            if set.has(Type::Number) {
                set.or(Self::from_iter([Type::Integer]))
            } else {
                set
            }
        };
        Self(narrow(self).0 & narrow(other).0)
    }

    /// They, in the order of [`Type`].
    pub fn iter(self) -> impl Iterator<Item = Type> {
        Type::ALL.into_iter().filter(move |kind| self.has(*kind))
    }

    /// `a string or null`, for messages.
    #[must_use]
    pub fn described(self) -> String {
        let names: Vec<_> = self.iter().map(Type::described).collect();
        match names.as_slice() {
            [] => "nothing".to_owned(),
            [only] => (*only).to_owned(),
            [rest @ .., last] => format!("{} or {last}", rest.join(", ")),
        }
    }
}

impl FromIterator<Type> for TypeSet {
    fn from_iter<I: IntoIterator<Item = Type>>(kinds: I) -> Self {
        Self(kinds.into_iter().fold(0, |set, kind| set | 1 << kind as u8))
    }
}

impl From<TypeSet> for Vec<Type> {
    fn from(set: TypeSet) -> Self {
        set.iter().collect()
    }
}

impl From<Vec<Type>> for TypeSet {
    fn from(kinds: Vec<Type>) -> Self {
        kinds.into_iter().collect()
    }
}

impl IntegerRange {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// Is a token `-?(0|[1-9][0-9]*)`, not `-0`, and in the range?
    #[must_use]
    pub fn holds(self, token: &str) -> bool {
        let digits = token.strip_prefix('-').unwrap_or(token);
        let plain = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
        if !plain || token == "-0" || (digits.len() > 1 && digits.starts_with('0')) {
            return false;
        }
        match self {
            Self::Safe => token.parse::<i64>().is_ok_and(|n| n.unsigned_abs() < 1 << 53),
            Self::Int64 => token.parse::<i64>().is_ok(),
            Self::Uint64 => token.parse::<u64>().is_ok(),
        }
    }
}

impl Shape {
    /// Of every value.
    #[must_use]
    pub fn any() -> &'static Self {
        static ANY: Shape = Shape::of_types(None);
        &ANY
    }

    /// Of no value.
    #[must_use]
    pub fn never() -> &'static Self {
        static NEVER: Shape = Shape::of_types(Some(TypeSet::NONE));
        &NEVER
    }

    const fn of_types(types: Option<TypeSet>) -> Self {
        Self {
            types,
            values: None,
            properties: BTreeMap::new(),
            named: BTreeMap::new(),
            additional: None,
            closed: false,
            items: None,
            any_of: Vec::new(),
            reading: None,
            format: None,
            integers: IntegerRange::Safe,
        }
    }

    /// The types that it names itself, whatever its alternatives say.
    #[must_use]
    pub fn own_types(&self) -> TypeSet {
        self.types.unwrap_or(TypeSet::ALL)
    }

    /// The types that its values can have, with those of its alternatives.
    #[must_use]
    pub fn all_types(&self) -> TypeSet {
        let own = self.own_types();
        match self.any_of.iter().map(Self::all_types).reduce(TypeSet::or) {
            None => own,
            Some(alternatives) => own.and(alternatives),
        }
    }

    /// Does the schema say nothing of its type?
    #[must_use]
    pub fn is_untyped(&self) -> bool {
        self.all_types() == TypeSet::ALL
    }

    /// This and every alternative within it.
    pub fn variants(&self) -> Vec<&Self> {
        let mut all = vec![self];
        all.extend(self.any_of.iter().flat_map(Self::variants));
        all
    }

    /// What it says of a member itself, whatever its alternatives say; `None` if nothing.
    #[must_use]
    pub fn member(&self, key: &str) -> Option<&Self> {
        let property = self.properties.get(key).map(|property| &property.shape);
        property.or_else(|| self.named.get(key)).or(self.additional.as_deref())
    }

    /// Does it, or a slot within it, have this reading?
    #[must_use]
    pub fn has_reading(&self, kind: ReadingKind) -> bool {
        !self.readings(kind).is_empty()
    }

    /// The readings of this kind that it, and the slots within it, have.
    #[must_use]
    pub fn readings(&self, kind: ReadingKind) -> Vec<&Reading> {
        let own = self.reading.as_deref().filter(|reading| reading.kind() == kind);
        let properties = self.properties.values().map(|property| &property.shape);
        let others = self.additional.iter().chain(&self.items).map(AsRef::as_ref);
        let within = properties.chain(self.named.values()).chain(others).chain(&self.any_of);
        own.into_iter()
            .chain(within.flat_map(|shape| shape.readings(kind)))
            .collect()
    }
}
