//! A call without the values that its grants keep out of the evidence.

use serde::{Deserialize, Serialize};

use super::{Blinding, Intent, Message, Side};
use crate::eval::{Hidden, Keep};
use crate::json::{self, Kind, Limits, Member, Value};
use crate::table::{Digest, RecordForm, Step, Universe};

/// A call with more such values than this is not kept at all: a record is not to be larger than the call.
const MOST: usize = 1_000;

/// What of a message is not kept. Its digest is salted then, and so is that of the answer; its size is that of what is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Redaction {
    /// The values of arguments in whose place `null` stands, in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<RedactedValue>,
    /// How many arguments were taken out with their names, in a call that was denied.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub removed: u64,
}

/// A value that is not kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RedactedValue {
    /// Where it stood: a JSON pointer into the arguments.
    pub slot: String,
    /// Its salted hash, where the policy says `as hash`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hash: Option<Digest>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

impl Intent {
    /// Takes out what may not be kept. Without `blinding` no hash is kept.
    pub fn redact(&mut self, keep: &Keep<'_>, blinding: Option<&Blinding>, limits: &Limits) {
        // Of what a server asks, and of what is larger than the bounds, nothing is kept anyway.
        let Some(message) = self
            .message
            .take_if(|_| *keep != Keep::All && self.from == Side::Client)
        else {
            return;
        };
        let bytes = message.bytes().unwrap_or_default();
        self.digest = blinding.map_or(Digest::of(b""), |blinding| blinding.digest(self.time, &bytes));
        self.forwarded = self.forwarded.map(|_| self.digest);
        let hash = |slot: &str, value: &Value<'_>| Some(blinding?.hash(self.digest, slot, value));
        let kept = match (keep, std::str::from_utf8(&bytes)) {
            (Keep::Without(hidden), Ok(text)) => kept(text, hidden, limits, &hash),
            _ => None,
        };
        let kept = kept.unwrap_or_default();
        self.size = kept.text.len() as u64;
        self.message = Some(kept.text.as_bytes())
            .filter(|text| !text.is_empty())
            .map(Message::new);
        let parameter = self.parameter.take().filter(|_| self.message.is_some());
        self.parameter = parameter.and_then(|parameter| outside(&parameter, &kept));
        self.redaction = Some(kept.redaction);
    }
}

/// What is left of a pointer that leads into what is not kept.
fn outside(pointer: &str, kept: &Kept) -> Option<String> {
    let leads_into = |place: &str| pointer.strip_prefix(place).is_some_and(|rest| rest.starts_with('/'));
    let hidden = kept.redaction.values.iter().map(|value| value.slot.as_str());
    if let Some(hidden) = hidden.into_iter().find(|place| leads_into(place)) {
        return Some(hidden.to_owned());
    }
    let removed = kept.removed.iter().find(|place| *place == pointer || leads_into(place));
    match removed {
        Some(removed) => removed.rsplit_once('/').map(|(outer, _)| outer.to_owned()),
        None => Some(pointer.to_owned()),
    }
    // A member of the envelope is not kept by name either.
    .filter(|pointer| !pointer.is_empty() && !pointer.starts_with("/@"))
}

/// A message as it may be kept; empty where nothing is.
#[derive(Debug, Default)]
pub(super) struct Kept {
    pub text: String,
    pub redaction: Redaction,
    /// The places that were taken out with their names.
    removed: Vec<String>,
}

type Hash<'h> = &'h dyn Fn(&str, &Value<'_>) -> Option<Digest>;
type Slots<'p> = Vec<(&'p [Step], RecordForm)>;

/// The text of a call without what is hidden; `None` for what is no call with arguments, and for one with too many such
/// values. What was made so is made the same again.
pub(super) fn kept(text: &str, hidden: &Hidden<'_>, limits: &Limits, hash: Hash<'_>) -> Option<Kept> {
    let message = json::parse(text.as_bytes(), limits).ok()?;
    let params = message.get("params")?;
    let arguments = params.get("arguments");
    let mut writer = Writer {
        source: text,
        known_only: hidden.known_only,
        hash,
        out: String::new(),
        redaction: Redaction::default(),
        removed: Vec::new(),
    };
    match arguments.map(|arguments| (arguments, &arguments.kind)) {
        None => {}
        Some((arguments, Kind::Object(_))) => {
            writer.value(arguments, &hidden.slots, &Universe::of(hidden.arguments), "");
        }
        Some(_) => return None,
    }
    let Writer {
        out,
        redaction,
        removed,
        ..
    } = writer;
    let text = if hidden.known_only {
        envelope(text, &message, arguments.map(|_| out.as_str()))?
    } else {
        let range = arguments.map_or(0..0, |arguments| arguments.range.clone());
        format!("{}{out}{}", text.get(..range.start)?, text.get(range.end..)?)
    };
    (redaction.values.len() <= MOST).then_some(Kept {
        text,
        redaction,
        removed,
    })
}

/// The call with these arguments, and nothing in it beside.
fn envelope(text: &str, message: &Value<'_>, arguments: Option<&str>) -> Option<String> {
    let method = message.get("method").and_then(Value::as_str)?;
    let tool = message.get("params")?.get("name").and_then(Value::as_str)?;
    let id = message
        .get("id")
        .filter(|id| matches!(id.kind, Kind::String(_) | Kind::Number(_)));
    let id = id.map(|id| format!("\"id\":{},", id.raw(text))).unwrap_or_default();
    let arguments = arguments
        .map(|arguments| format!(",\"arguments\":{arguments}"))
        .unwrap_or_default();
    let (method, tool) = (json::quote(method), json::quote(tool));
    Some(format!(
        r#"{{"jsonrpc":"2.0",{id}"method":{method},"params":{{"name":{tool}{arguments}}}}}"#
    ))
}

struct Writer<'s, 'h> {
    source: &'s str,
    known_only: bool,
    hash: Hash<'h>,
    out: String,
    redaction: Redaction,
    removed: Vec<String>,
}

impl Writer<'_, '_> {
    /// Writes a value without these slots of it, of which there is at least one. It goes as deep as slots do.
    fn value(&mut self, value: &Value<'_>, slots: &Slots<'_>, universe: &Universe<'_>, at: &str) {
        let all = |is: fn(&Step) -> bool| slots.iter().all(|(steps, _)| steps.first().is_some_and(is));
        match &value.kind {
            Kind::Object(members) if all(|step| matches!(step, Step::Key(_))) => {
                self.object(members, slots, universe, at);
            }
            Kind::Array(elements) if all(|step| *step == Step::Each) => {
                self.array(elements, slots, universe, at);
            }
            // What is not what the slot leads through may hold anything.
            _ => self.hide(value, slots, at),
        }
    }

    fn object(&mut self, members: &[Member<'_>], slots: &Slots<'_>, universe: &Universe<'_>, at: &str) {
        let known = universe.known();
        let mut separator = "{";
        for Member { key, key_range, value } in members {
            let at = format!("{at}/{}", key.replace('~', "~0").replace('/', "~1"));
            if self.known_only && !known.contains(&key.as_ref()) {
                self.redaction.removed += 1;
                self.removed.push(at);
                continue;
            }
            self.out.push_str(separator);
            separator = ",";
            self.out
                .push_str(self.source.get(key_range.clone()).unwrap_or_default());
            self.out.push(':');
            let named = |step: &Step| matches!(step, Step::Key(name) if *name == **key);
            self.within(value, &behind(slots, named), &universe.member(key), &at);
        }
        self.out.push_str(if separator == "{" { "{}" } else { "}" });
    }

    fn array(&mut self, elements: &[Value<'_>], slots: &Slots<'_>, universe: &Universe<'_>, at: &str) {
        let (slots, universe) = (behind(slots, |step| *step == Step::Each), universe.element());
        let mut separator = "[";
        for (index, element) in elements.iter().enumerate() {
            self.out.push_str(separator);
            separator = ",";
            self.within(element, &slots, &universe, &format!("{at}/{index}"));
        }
        self.out.push_str(if separator == "[" { "[]" } else { "]" });
    }

    fn within(&mut self, value: &Value<'_>, slots: &Slots<'_>, universe: &Universe<'_>, at: &str) {
        if slots.is_empty() {
            self.out.push_str(value.raw(self.source));
        } else {
            self.value(value, slots, universe, at);
        }
    }

    fn hide(&mut self, value: &Value<'_>, slots: &Slots<'_>, at: &str) {
        let strictest = slots.iter().map(|(_, form)| *form).max();
        let hash = match strictest {
            Some(RecordForm::Hash) => (self.hash)(at, value),
            _ => None,
        };
        let slot = at.to_owned();
        self.redaction.values.push(RedactedValue { slot, hash });
        self.out.push_str("null");
    }
}

/// The slots that lead on by such a step, from there on.
fn behind<'p>(slots: &Slots<'p>, is: impl Fn(&Step) -> bool) -> Slots<'p> {
    let split = slots
        .iter()
        .filter_map(|(steps, form)| Some((steps.split_first()?, *form)));
    split
        .filter(|((first, _), _)| is(first))
        .map(|((_, rest), form)| (rest, form))
        .collect()
}

#[cfg(test)]
pub(super) mod tests;
