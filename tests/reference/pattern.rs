//! Is a value in a pattern? Asked of the syntax tree, one construct after the other.

use std::cell::RefCell;
use std::collections::BTreeMap;

use mcppc::syntax::ast::{
    Argument, Field, FieldKey, LiteralKind, Moment, NumberRange, Pattern, PatternKind, Template, TemplatePart,
};

use super::claims;
use super::glob::{self, Char, Of};
use super::json::Value;
use super::number::Number;
use super::parts::{self, Parts};
use super::reading::{Reading, instant};
use super::regex::regex;
use super::universe::{Step, Universe};

/// What it means that a pattern holds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Polarity {
    /// The call is let through.
    Grant,
    /// The call is stopped.
    Prohibition,
}

impl Polarity {
    /// Under `!`.
    fn other(self) -> Self {
        match self {
            Self::Grant => Self::Prohibition,
            Self::Prohibition => Self::Grant,
        }
    }
}

/// What names stand for.
#[derive(Debug)]
pub struct Names {
    pub consts: BTreeMap<String, LiteralKind>,
    pub patterns: BTreeMap<String, Pattern>,
    /// What the claims of the caller at hand say, where that is a text.
    pub claims: RefCell<BTreeMap<String, String>>,
}

impl Names {
    pub fn text(&self, template: &Template) -> String {
        self.chars(template).into_iter().map(|(c, _)| c).collect()
    }

    /// The string's characters; those of constants are not special.
    fn chars(&self, template: &Template) -> Vec<Char> {
        let part = |part: &TemplatePart| match part {
            TemplatePart::Text(text) => text.chars().map(|c| (c, true)).collect::<Vec<_>>(),
            TemplatePart::Const(name) => match &self.consts[&name.name] {
                LiteralKind::Str(inner) => self.text(inner).chars().map(|c| (c, false)).collect(),
                LiteralKind::Number(token) => token.chars().map(|c| (c, false)).collect(),
                LiteralKind::Bool(value) => value.to_string().chars().map(|c| (c, false)).collect(),
                other => panic!("not of the core: {other:?}"),
            },
            TemplatePart::Claim(claim) => {
                let text = self.says(&claim.name.name).unwrap_or_default();
                text.chars().map(|c| (c, false)).collect()
            }
        };
        template.parts.iter().flat_map(part).collect()
    }

    /// Is the value of the slot `at` in the pattern?
    pub fn holds(&self, pattern: &Pattern, value: &Value, at: &[Step], of: &Universe, polarity: Polarity) -> bool {
        let again = |pattern: &Pattern, value: &Value| self.holds(pattern, value, at, of, polarity);
        let each = [at, &[Step::Each]].concat();
        let element = |pattern: &Pattern, value: &Value| self.holds(pattern, value, &each, of, polarity);
        let reading = of.readings.get(at);
        match &pattern.kind {
            PatternKind::Str(template) => is_string(value, &self.text(template), reading),
            PatternKind::Number(token) => is_number(value, token),
            PatternKind::Bool(wanted) => *value == Value::Bool(*wanted),
            PatternKind::Null => *value == Value::Null,
            PatternKind::Range(range) => in_range(value, range),
            PatternKind::Name(name) => match (name.name.as_str(), value) {
                ("any", _)
                | ("bool", Value::Bool(_))
                | ("number", Value::Number(_))
                | ("text", Value::String { .. }) => true,
                (name, Value::String { read: Some(read), .. }) if name == *read => true,
                ("int", Value::Number(token)) => Number::read(token).unwrap().is_whole(),
                ("line", Value::String { text, .. }) => is_line(text),
                (name, value) => match (self.patterns.get(name), self.consts.get(name)) {
                    (Some(inner), _) => again(inner, value),
                    (_, Some(LiteralKind::Str(inner))) => is_string(value, &self.text(inner), reading),
                    (_, Some(LiteralKind::Number(token))) => is_number(value, token),
                    (_, Some(LiteralKind::Bool(wanted))) => *value == Value::Bool(*wanted),
                    _ => false,
                },
            },
            PatternKind::Call { name, args } => match (name.name.as_str(), args.as_slice(), value) {
                ("text", [Argument::Range(range)], Value::String { text, .. }) => in_length(text, range),
                ("line", [Argument::Range(range)], Value::String { text, .. }) => {
                    in_length(text, range) && is_line(text)
                }
                ("glob", [Argument::Str(source)], Value::String { text, read }) => {
                    self.is_glob(&self.folded(source, reading), text, *read)
                }
                ("regex", [Argument::Str(source)], Value::String { text, .. }) => {
                    let escape = |(c, special): Char| if special { c.to_string() } else { format!("\\{c}") };
                    regex(&self.chars(source).into_iter().map(escape).collect::<String>(), text)
                }
                (name, args, Value::String { text, read: Some(read) }) if name == *read => {
                    self.is_read(name, args, text, reading)
                }
                _ => false,
            },
            PatternKind::Array { element: inner, length } => match value {
                Value::Array(elements) => {
                    let count = u64::try_from(elements.len()).unwrap();
                    let fits = length
                        .as_ref()
                        .is_none_or(|l| l.min <= count && l.max.is_none_or(|max| count <= max));
                    fits && elements.iter().all(|e| element(inner, e))
                }
                _ => false,
            },
            PatternKind::Has(inner) => match value {
                Value::Array(elements) => elements.iter().any(|e| element(inner, e)),
                _ => false,
            },
            PatternKind::Object { fields, open, .. } => match value {
                Value::Object(members) => {
                    let named = |key: &String| fields.iter().any(|field| name_of(field) == key);
                    fields
                        .iter()
                        .all(|field| self.field_holds(field, members, at, of, polarity))
                        && (*open || members.iter().all(|(key, _)| named(key)))
                }
                _ => false,
            },
            PatternKind::Nullable(inner) => *value == Value::Null || again(inner, value),
            PatternKind::Not(inner) => !self.holds(inner, value, at, of, polarity.other()),
            PatternKind::And(parts) => parts.iter().all(|part| again(part, value)),
            PatternKind::Or(parts) => parts.iter().any(|part| again(part, value)),
            PatternKind::UrlParts(fields) => match (value, reading) {
                (Value::String { text, .. }, Some(Reading::Url(url))) => {
                    self.has_parts(fields, &Parts::of(text), url.own_scheme(), polarity)
                }
                _ => false,
            },
            PatternKind::Map {
                key: name,
                value: inner,
                length,
            } => match value {
                Value::Object(members) => {
                    // No slot has this name, so none of them has a reading.
                    let nowhere = [at, &[Step::Key("\u{0}".to_owned())]].concat();
                    let holds = |pattern, value: &Value| self.holds(pattern, value, &nowhere, of, polarity);
                    let key = |key: &String| Value::String {
                        text: key.clone(),
                        read: None,
                    };
                    let count = u64::try_from(members.len()).unwrap();
                    let fits = length
                        .as_ref()
                        .is_none_or(|l| l.min <= count && l.max.is_none_or(|max| count <= max));
                    fits && members.iter().all(|(k, v)| holds(name, &key(k)) && holds(inner, v))
                }
                _ => false,
            },
            PatternKind::Claim(claim) => {
                let text = self.says(&claim.name.name);
                let text = text.and_then(|text| match reading {
                    Some(Reading::Path(path)) => claims::whole(path, &text),
                    _ => Some(text),
                });
                matches!(value, Value::String { text: found, .. } if Some(found) == text.as_ref())
            }
        }
    }

    /// The characters of a pattern of this slot: in lower case, if its values are.
    fn folded(&self, source: &Template, reading: Option<&Reading>) -> Vec<Char> {
        let lower = |c: char| c.to_lowercase().next().unwrap();
        match reading {
            Some(Reading::Path(path)) if path.fold => {
                self.chars(source).into_iter().map(|(c, s)| (lower(c), s)).collect()
            }
            _ => self.chars(source),
        }
    }

    fn is_glob(&self, pattern: &[Char], text: &str, read: Option<&str>) -> bool {
        match read {
            Some("path") => glob::glob(pattern, text, Of::Path),
            Some("host") => glob::glob(pattern, text, Of::Host),
            Some("email") => {
                let lower: Vec<Char> = pattern.iter().map(|(c, s)| (c.to_ascii_lowercase(), *s)).collect();
                let at = lower.iter().position(|c| c.0 == '@').unwrap();
                let (local, host) = text.split_once('@').unwrap();
                glob::glob(&lower[..at], local, Of::Text) && glob::glob(&lower[at + 1..], host, Of::Host)
            }
            _ => glob::glob(pattern, text, Of::Text),
        }
    }

    /// `path("…")`, `date(A..=B)` and their kin, of a value that is read so.
    fn is_read(&self, name: &str, args: &[Argument], text: &str, reading: Option<&Reading>) -> bool {
        match (name, args) {
            ("path", [Argument::Str(source)]) => glob::path(&self.folded(source, reading), text),
            ("url", [Argument::Str(source)]) => parts::url(&self.chars(source), text),
            ("host", [Argument::Str(source)]) => parts::host(&self.chars(source), text),
            ("email", [Argument::Str(source)]) => parts::email(&self.chars(source), text),
            ("ip", [Argument::Str(source)]) => parts::ip(&self.text(source), text),
            ("datetime", [Argument::Str(_)]) => true,
            ("datetime", [.., Argument::Moments(range)]) => {
                let bound = |moment: &Option<Moment>| moment.as_ref().map(|moment| moment.time);
                let time = instant(text);
                bound(&range.low).is_none_or(|low| low <= time) && bound(&range.high).is_none_or(|high| time <= high)
            }
            ("date", [Argument::Moments(range)]) => {
                let bound = |moment: &Option<Moment>| moment.as_ref().map(|moment| moment.text.clone());
                bound(&range.low).is_none_or(|low| *low <= *text)
                    && bound(&range.high).is_none_or(|high| *text <= *high)
            }
            _ => panic!("not of the core: {name}{args:?}"),
        }
    }

    /// `url { … }`: each part by itself.
    fn has_parts(&self, fields: &[Field], url: &Parts, own_scheme: &str, polarity: Polarity) -> bool {
        let text = |text: &str| Value::String {
            text: text.to_owned(),
            read: None,
        };
        let optional = |part: &Option<String>| part.as_ref().map(|part| text(part));
        let host = Value::String {
            text: url.host.clone(),
            read: Some(if url.has_address() { "ip" } else { "host" }),
        };
        let path = Value::String {
            text: url.path.clone(),
            read: Some("path"),
        };
        let port = url.port.map(|port| Value::Number(port.to_string()));
        let all = [
            ("scheme", Some(text(&url.scheme)), url.scheme == own_scheme),
            ("host", Some(host), url.host.is_empty()),
            ("port", port, !url.port_is_written),
            ("path", Some(path), url.path == "/"),
            ("query", optional(&url.query), url.query.is_none()),
            ("fragment", optional(&url.fragment), url.fragment.is_none()),
        ];
        all.iter().all(|(name, value, left_out)| {
            let Some(field) = fields.iter().find(|field| name_of(field) == *name) else {
                return *left_out;
            };
            let holds = |value: &Value| self.part_holds(&field.pattern, name, value, polarity);
            (field.optional && *left_out) || value.as_ref().is_some_and(holds)
        })
    }

    /// A part of a URL is a slot of its own, and a query also an object of what its parameters stand for.
    fn part_holds(&self, pattern: &Pattern, name: &str, value: &Value, polarity: Polarity) -> bool {
        let again = |pattern: &Pattern| self.part_holds(pattern, name, value, polarity);
        match &pattern.kind {
            PatternKind::And(all) => all.iter().all(again),
            PatternKind::Or(any) => any.iter().any(again),
            PatternKind::Not(inner) => !self.part_holds(inner, name, value, polarity.other()),
            PatternKind::Str(template) => {
                let wanted = self.text(template);
                let wanted = match name {
                    "host" => parts::literal_host(&wanted),
                    "path" if wanted.len() > 1 => wanted.trim_end_matches('/').to_owned(),
                    _ => wanted,
                };
                matches!(value, Value::String { text, .. } if *text == wanted)
            }
            PatternKind::Object { .. } => {
                let Value::String { text, .. } = value else {
                    panic!("a query")
                };
                let members = parts::parameters(text)
                    .into_iter()
                    .map(|(key, text)| (key, Value::String { text, read: None }));
                self.holds(
                    pattern,
                    &Value::Object(members.collect()),
                    &[],
                    &Universe::default(),
                    polarity,
                )
            }
            _ => self.holds(pattern, value, &[], &Universe::default(), polarity),
        }
    }

    /// `p: P` is present and in P, `p?: P` is absent or in P. In a prohibition an absent member is what the server takes
    /// in its place, and anything at all where that cannot be known.
    pub fn field_holds(
        &self,
        field: &Field,
        members: &[(String, Value)],
        at: &[Step],
        of: &Universe,
        polarity: Polarity,
    ) -> bool {
        let name = name_of(field);
        let slot = [at, &[Step::Key(name.to_owned())]].concat();
        let holds = |value: &Value| self.holds(&field.pattern, value, &slot, of, polarity);
        match members.iter().find(|(key, _)| key == name) {
            Some((_, value)) => holds(value),
            None if field.optional => true,
            None => {
                polarity == Polarity::Prohibition
                    && of
                        .defaults(&slot)
                        .iter()
                        .any(|default| self.reads_claims(&field.pattern, of) || default.as_ref().is_none_or(holds))
            }
        }
    }
}

pub fn name_of(field: &Field) -> &str {
    match &field.key {
        FieldKey::Name(name) => &name.name,
        FieldKey::AnyReading(_) | FieldKey::Envelope(_) => panic!("it names no member"),
    }
}

fn is_string(value: &Value, wanted: &str, reading: Option<&Reading>) -> bool {
    let wanted = match reading {
        None => Some(wanted.to_owned()),
        Some(reading @ Reading::Path(path)) => reading.canonical(&path.as_value(wanted)),
        Some(reading) => reading.canonical(wanted),
    };
    matches!(value, Value::String { text, .. } if Some(text) == wanted.as_ref())
}

fn is_number(value: &Value, wanted: &str) -> bool {
    matches!(value, Value::Number(token) if Number::read(token) == Number::read(wanted))
}

fn in_range(value: &Value, range: &NumberRange) -> bool {
    let Value::Number(token) = value else { return false };
    let number = Number::read(token).unwrap();
    let bound = |token: &Option<String>| token.as_ref().map(|token| Number::read(token).unwrap());
    let whole = [&range.low, &range.high]
        .into_iter()
        .flatten()
        .all(|token| !token.contains('.'));
    bound(&range.low).is_none_or(|low| low <= number)
        && bound(&range.high).is_none_or(|high| number <= high)
        && (!whole || number.is_whole())
}

fn in_length(text: &str, range: &NumberRange) -> bool {
    let count = text.chars().count();
    let bound = |token: &Option<String>| token.as_ref().map(|token| token.parse::<usize>().unwrap());
    bound(&range.low).is_none_or(|low| low <= count) && bound(&range.high).is_none_or(|high| count <= high)
}

/// No control character, line or paragraph separator, or bidirectional control.
fn is_line(text: &str) -> bool {
    let bidirectional = |c: char| {
        "\u{61c}\u{200e}\u{200f}\u{202a}\u{202b}\u{202c}\u{202d}\u{202e}\u{2066}\u{2067}\u{2068}\u{2069}".contains(c)
    };
    !text
        .chars()
        .any(|c| c.is_control() || c == '\u{2028}' || c == '\u{2029}' || bidirectional(c))
}
