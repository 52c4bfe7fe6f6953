//! The universe of a slot: what the lock says a value can be.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::pattern::{Pattern, ReadingKind};

/// The values that a slot can have, and how they are read. Default: every value, read as text.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Shape {
    /// The JSON types it may have; `None` where the schema says nothing of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub types: Option<TypeSet>,
    /// The values it may have, where they are listed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub values: Option<Pattern>,
    /// The members that an object may have.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub properties: BTreeMap<String, Property>,
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
    pub reading: Option<Reading>,
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
    /// What the server takes where it is absent, as canonical JSON. A default of `null` is absence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default: Option<String>,
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

/// How the strings of a slot are read, with what its declaration says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Reading {
    /// A POSIX file name.
    Path(PathReading),
}

/// What the declaration of a `path` slot says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PathReading {
    /// May it end in one slash?
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub dir: bool,
    /// Where relative names begin; `None`: they are refused. Canonical and absolute.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub root: Option<String>,
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

impl Reading {
    /// Which reading it is.
    #[must_use]
    pub fn kind(&self) -> ReadingKind {
        match self {
            Self::Path(_) => ReadingKind::Path,
        }
    }
}

impl Shape {
    /// The types that its values can have, with those of its alternatives.
    #[must_use]
    pub fn all_types(&self) -> TypeSet {
        let own = self.types.unwrap_or(TypeSet::ALL);
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

    /// A member, by name, in this or the first alternative that has it.
    #[must_use]
    pub fn property(&self, name: &str) -> Option<&Property> {
        self.variants().into_iter().find_map(|shape| shape.properties.get(name))
    }

    /// The names of all its members.
    #[must_use]
    pub fn property_names(&self) -> Vec<&str> {
        self.variants()
            .into_iter()
            .flat_map(|shape| shape.properties.keys().map(String::as_str))
            .collect()
    }

    /// What a member of that name can be: as the schema names it, or as it says of others. `None` where the schema
    /// names members and this is none of them.
    #[must_use]
    pub fn member(&self, name: &str) -> Option<Cow<'_, Property>> {
        if let Some(property) = self.property(name) {
            // Whichever alternative states a default, the server may take it.
            let stated = || {
                self.variants()
                    .into_iter()
                    .find_map(|shape| shape.properties.get(name)?.default.clone())
            };
            return match property.default.is_none().then(stated).flatten() {
                None => Some(Cow::Borrowed(property)),
                default => Some(Cow::Owned(Property {
                    default,
                    ..property.clone()
                })),
            };
        }
        let variants = self.variants();
        let additional = variants.iter().find_map(|shape| shape.additional.as_deref());
        let says_nothing = variants
            .iter()
            .all(|shape| shape.properties.is_empty() && !shape.closed);
        match additional {
            Some(shape) => Some(Cow::Owned(Property {
                shape: shape.clone(),
                ..Property::default()
            })),
            None => says_nothing.then(|| Cow::Owned(Property::default())),
        }
    }

    /// What its elements can be, if the schema says.
    #[must_use]
    pub fn element(&self) -> Option<&Self> {
        self.variants().into_iter().find_map(|shape| shape.items.as_deref())
    }

    /// Does it, or a slot within it, have this reading?
    #[must_use]
    pub fn has_reading(&self, kind: ReadingKind) -> bool {
        self.reading.as_ref().is_some_and(|reading| reading.kind() == kind)
            || self
                .properties
                .values()
                .any(|property| property.shape.has_reading(kind))
            || self.additional.as_deref().is_some_and(|shape| shape.has_reading(kind))
            || self.items.as_deref().is_some_and(|shape| shape.has_reading(kind))
            || self.any_of.iter().any(|shape| shape.has_reading(kind))
    }
}
