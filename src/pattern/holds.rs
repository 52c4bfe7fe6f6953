//! Is a value in a pattern, and if not, which part of it says no?

use super::{Claims, Datum, Pattern, PatternKind};

/// The innermost part of a pattern that a value fails, and where in the value.
#[derive(Clone, Debug, PartialEq)]
pub struct Mismatch<'p> {
    /// The part.
    pub pattern: &'p Pattern,
    /// From the value to the place at fault: keys and indexes, outermost first.
    pub path: Vec<String>,
}

impl Pattern {
    /// Is the value in this set, where no caller is known?
    #[must_use]
    pub fn holds(&self, value: &Datum<'_>) -> bool {
        self.holds_for(value, &())
    }

    /// Is the value in this set, for a caller with these claims?
    #[must_use]
    pub fn holds_for(&self, value: &Datum<'_>, claims: &dyn Claims) -> bool {
        use PatternKind as P;
        match (&self.kind, value) {
            (P::Any, _) | (P::Null, Datum::Null) | (P::AnyBool, Datum::Bool(_)) => true,
            (P::Bool(wanted), Datum::Bool(found)) => wanted == found,
            (P::Number(wanted), Datum::Number(found)) => wanted.view() == *found,
            (P::Range { low, high, integer }, Datum::Number(n)) => {
                low.as_ref().is_none_or(|low| low.view() <= *n)
                    && high.as_ref().is_none_or(|high| *n <= high.view())
                    && (!integer || n.is_integer())
            }
            (P::String(wanted), Datum::String(found, _)) => wanted == found,
            (P::Text { min, max, line }, Datum::String(text, _)) => {
                in_length(text.chars().count(), *min, *max) && (!line || text.chars().all(may_stand_in_line))
            }
            (P::Automaton(automaton), Datum::String(text, _)) => automaton.accepts(text),
            (P::Claimed(claimed), Datum::String(text, _)) => claimed.holds(text, claims),
            (P::Reading(wanted), Datum::String(_, found)) => *found == Some(*wanted),
            (P::Array { element, min, max }, Datum::Array(elements)) => {
                in_length(elements.count(), *min, *max) && elements.iter().all(|e| element.holds_for(&e, claims))
            }
            (P::Has(element), Datum::Array(elements)) => elements.iter().any(|e| element.holds_for(&e, claims)),
            (P::Object { fields, open }, Datum::Object(members)) => {
                fields.iter().all(|f| {
                    value
                        .get(&f.name)
                        .map_or(f.optional, |v| f.pattern.holds_for(&v, claims))
                }) && (*open || members.keys().all(|key| fields.iter().any(|f| f.name == key)))
            }
            (P::Map { key, value, min, max }, Datum::Object(members)) => {
                in_length(members.keys().count(), *min, *max)
                    && members
                        .iter()
                        .all(|(k, v)| key.holds_for(&Datum::String(k, None), claims) && value.holds_for(&v, claims))
            }
            (P::Not(inner), value) => !inner.holds_for(value, claims),
            (P::And(parts), value) => parts.iter().all(|part| part.holds_for(value, claims)),
            (P::Or(parts), value) => parts.iter().any(|part| part.holds_for(value, claims)),
            _ => false,
        }
    }

    /// The innermost part that the value fails; `None` if the value is in the set.
    #[must_use]
    pub fn mismatch(&self, value: &Datum<'_>, claims: &dyn Claims) -> Option<Mismatch<'_>> {
        if self.holds_for(value, claims) {
            return None;
        }
        let inner = match (&self.kind, value) {
            (PatternKind::And(parts), value) => parts.iter().find_map(|part| part.mismatch(value, claims)),
            (PatternKind::Array { element, .. }, Datum::Array(elements)) => elements
                .iter()
                .enumerate()
                .find_map(|(index, e)| Some(element.mismatch(&e, claims)?.within(index.to_string()))),
            (PatternKind::Object { fields, .. }, Datum::Object(members)) => {
                let extra = || members.keys().find(|key| !fields.iter().any(|f| f.name == *key));
                let wrong = fields.iter().find_map(|f| {
                    Some(match value.get(&f.name) {
                        Some(member) => f.pattern.mismatch(&member, claims)?.within(f.name.clone()),
                        None if f.optional => return None,
                        None => self.failed().within(f.name.clone()),
                    })
                });
                wrong.or_else(|| extra().map(|key| self.failed().within(key.to_string())))
            }
            (PatternKind::Map { key, value, .. }, Datum::Object(members)) => members.iter().find_map(|(k, v)| {
                let wrong = key.mismatch(&Datum::String(k, None), claims);
                let wrong = wrong.or_else(|| value.mismatch(&v, claims));
                Some(wrong?.within(k.to_owned()))
            }),
            _ => None,
        };
        Some(inner.unwrap_or_else(|| self.failed()))
    }
}

impl Pattern {
    fn failed(&self) -> Mismatch<'_> {
        Mismatch {
            pattern: self,
            path: Vec::new(),
        }
    }
}

impl Mismatch<'_> {
    fn within(mut self, step: String) -> Self {
        self.path.insert(0, step);
        self
    }
}

fn in_length(length: usize, min: u64, max: Option<u64>) -> bool {
    let length = u64::try_from(length).unwrap_or(u64::MAX);
    min <= length && max.is_none_or(|max| length <= max)
}

/// No control character, line or paragraph separator, or bidirectional control (UAX #9).
#[must_use]
pub fn may_stand_in_line(c: char) -> bool {
    !c.is_control()
        && !matches!(c, '\u{2028}' | '\u{2029}' | '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}
