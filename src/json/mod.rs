//! JSON with one reading, or none.
//!
//! Every reader of a call must come to the same value, so what others read in two ways is refused here: duplicate
//! keys (compared after unescaping, at every depth), keys that differ only by case, control characters in keys,
//! `__proto__`, lone surrogates, invalid UTF-8. Numbers are kept as they were written. Values remember where they
//! stand, so that what was decided on can be forwarded byte for byte. Source: RFC 8259, and RFC 7493 (I-JSON).

mod canonical;
mod edit;
mod error;
mod fold;
mod keys;
mod node;
mod parser;
mod scan;
mod tape;

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;

pub use canonical::{canonical, pretty, quote};
pub use edit::{insert_member, remove};
pub use error::{JsonError, JsonErrorKind, Limits, MAX_KEY};
pub(crate) use fold::folded;
pub use fold::{fold, same_but_for_case};
pub use keys::signature;
pub use node::{Children, Elements, Members, Node, NodeMember};
pub use tape::{Fault, NodeId, NodeKind, Tape};

/// Objects with at most as many members are searched one by one.
const FEW: usize = 16;

/// A value and the range of bytes in which it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Value<'a> {
    /// What it is.
    pub kind: Kind<'a>,
    /// Where it stands in the text that was parsed.
    pub range: Range<usize>,
}

/// The kinds of value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind<'a> {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number, exactly as it was written.
    Number(&'a str),
    /// A string, its escapes resolved.
    String(Cow<'a, str>),
    /// An array.
    Array(Vec<Value<'a>>),
    /// An object: no two keys are equal, nor equal but for case.
    Object(Vec<Member<'a>>),
}

/// One member of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member<'a> {
    /// The key, its escapes resolved.
    pub key: Cow<'a, str>,
    /// Where the key stands, with its quotes.
    pub key_range: Range<usize>,
    /// The value.
    pub value: Value<'a>,
}

/// Parses one JSON text; white space around it is allowed.
///
/// # Errors
/// The first thing in the text that JSON does not have or that readers do not agree on, or a bound that was passed.
pub fn parse<'a>(bytes: &'a [u8], limits: &Limits) -> Result<Value<'a>, JsonError> {
    let mut tape = Tape::default();
    let root = tape.read(bytes, limits).map_err(|fault| tape.error(&fault))?;
    // INVARIANT: what was read is UTF-8.
    Ok(Value::of(tape.node(root), std::str::from_utf8(bytes).unwrap_or("")))
}

/// A string's text: where it was read from, unless it has escapes.
fn text<'a>(node: Node<'_>, source: &'a str) -> Cow<'a, str> {
    let between_quotes = node.range().start + 1..node.range().end - 1;
    match source.get(between_quotes) {
        Some(plain) if plain.len() == node.text().len() => Cow::Borrowed(plain),
        _ => Cow::Owned(node.text().to_owned()),
    }
}

impl<'a> Member<'a> {
    fn of(member: NodeMember<'_>, source: &'a str) -> Self {
        Self {
            key: text(member.key_node(), source),
            key_range: member.key_node().range(),
            value: Value::of(member.value(), source),
        }
    }
}

impl<'a> Value<'a> {
    /// The value of a node that was read from `source`. INVARIANT: the parser has bounded the recursion.
    fn of(node: Node<'_>, source: &'a str) -> Self {
        let kind = match node.kind() {
            NodeKind::Null => Kind::Null,
            NodeKind::False => Kind::Bool(false),
            NodeKind::True => Kind::Bool(true),
            NodeKind::Number => Kind::Number(source.get(node.range()).unwrap_or("")),
            NodeKind::String => Kind::String(text(node, source)),
            NodeKind::Array => Kind::Array(node.elements().map(|element| Self::of(element, source)).collect()),
            NodeKind::Object => Kind::Object(node.members().map(|member| Member::of(member, source)).collect()),
        };
        Self {
            kind,
            range: node.range(),
        }
    }

    /// The member of that name, if this is an object that has it. O(members).
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Value<'a>> {
        self.members()
            .iter()
            .find(|member| member.key == key)
            .map(|member| &member.value)
    }

    /// The members, if this is an object; none otherwise.
    #[must_use]
    pub fn members(&self) -> &[Member<'a>] {
        match &self.kind {
            Kind::Object(members) => members,
            _ => &[],
        }
    }

    /// The elements, if this is an array; none otherwise.
    #[must_use]
    pub fn elements(&self) -> &[Value<'a>] {
        match &self.kind {
            Kind::Array(elements) => elements,
            _ => &[],
        }
    }

    /// The text, if this is a string.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match &self.kind {
            Kind::String(text) => Some(text),
            _ => None,
        }
    }

    /// Is it an object?
    #[must_use]
    pub fn is_object(&self) -> bool {
        matches!(self.kind, Kind::Object(_))
    }

    /// The bytes of this value as they stand in `source`, the text it was parsed from.
    #[must_use]
    pub fn raw<'s>(&self, source: &'s str) -> &'s str {
        source.get(self.range.clone()).unwrap_or("")
    }

    /// A member whose key equals one of `known` but for case. Other readers might take it for that one.
    /// O(bytes of the keys).
    #[must_use]
    pub fn confusable<'k>(&self, known: impl IntoIterator<Item = &'k str>) -> Option<(&Member<'a>, &'k str)> {
        // Objects with few members are the common case: no table is made for them.
        if self.members().len() <= FEW {
            return known.into_iter().find_map(|name| {
                let confusable = |m: &&Member<'_>| m.key != name && same_but_for_case(&m.key, name);
                Some((self.members().iter().find(confusable)?, name))
            });
        }
        // Two known names can be the same but for case: each makes the other ambiguous.
        let mut alike: HashMap<Cow<'k, str>, Vec<&'k str>> = HashMap::new();
        for name in known {
            alike.entry(fold(name)).or_default().push(name);
        }
        self.members().iter().find_map(|member| {
            let names = alike.get(&*fold(&member.key))?;
            Some((member, *names.iter().find(|name| **name != member.key)?))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two known keys that fold alike make each other confusable, in small objects and in large ones.
    #[test]
    fn a_key_could_be_taken_for_a_known_one() {
        let names = ["mode", "Mode", "path"];
        for extra in [0, 40] {
            let extra: String = (0..extra).map(|n| format!(r#","x{n}":0"#)).collect();
            let found = |key: &str| {
                let text = format!(r#"{{"{key}":0{extra}}}"#);
                let value = parse(text.as_bytes(), &Limits::default()).unwrap();
                value
                    .confusable(names)
                    .map(|(member, known)| (member.key.to_string(), known))
            };
            assert_eq!(found("mode"), Some(("mode".to_owned(), "Mode")));
            assert_eq!(found("Mode"), Some(("Mode".to_owned(), "mode")));
            assert_eq!(found("PATH"), Some(("PATH".to_owned(), "path")));
            assert_eq!(found("path"), None);
        }
    }
}
