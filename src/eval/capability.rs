//! From a message to the capability that it asks for, and to its slots. The gateway, `eval` and `verify` share it.

use super::envelope::{Malformed, check_meta, named, read_envelope, read_request};
use crate::json::{Node, NodeKind, Tape};
use crate::table::Capability;

/// The methods that ask for a capability.
const METHODS: [(&str, Capability); 7] = [
    ("resources/read", Capability::Resource),
    ("resources/subscribe", Capability::Resource),
    ("resources/unsubscribe", Capability::Resource),
    ("prompts/get", Capability::Prompt),
    ("completion/complete", Capability::Completion),
    ("sampling/createMessage", Capability::Sampling),
    ("elicitation/create", Capability::Elicitation),
];

/// A method, and the capability that it asks for.
pub type Asked = (&'static str, Capability);

/// What a message of this method asks for; `None` for one that asks for no capability.
#[must_use]
pub fn asked_by(method: &str) -> Option<Asked> {
    METHODS.into_iter().find(|(known, _)| *known == method)
}

/// What the message on the tape asks for.
#[must_use]
pub(super) fn asked(tape: &Tape) -> Option<Asked> {
    let [_, _, method, _, result, _] = read_envelope(tape.root()).ok()?;
    let asked = match (method, result) {
        (Some(method), _) => asked_by(method.as_str()?)?,
        (None, Some(result)) => result.get("roots").map(|_| ("roots/list", Capability::Roots))?,
        (None, None) => return None,
    };
    Some(asked).filter(|_| !tape.has_carriage_return())
}

/// What is decided on, each as the JSON of an object: the slots of a request, or each root of an answer. `text` is what
/// is on the tape. All must be allowed.
///
/// # Errors
/// As [`slots`].
pub(super) fn decided(kind: Capability, tape: &Tape, text: &str) -> Result<Vec<String>, Malformed> {
    match kind {
        Capability::Roots => roots(tape, text),
        kind => Ok(vec![slots(kind, tape, text)?]),
    }
}

/// The client's answer to `roots/list`.
fn roots(tape: &Tape, text: &str) -> Result<Vec<String>, Malformed> {
    let [_, _, _, params, result, error] = read_envelope(tape.root())?;
    let result = result.filter(|_| params.is_none() && error.is_none());
    let [roots] = members(
        result.ok_or(Malformed::Because("the message is no answer"))?,
        &["roots"],
    )?;
    let roots = roots
        .filter(|roots| roots.kind() == NodeKind::Array)
        .ok_or(Malformed::Because("`roots` is no array"))?;
    let root = |root: Node<'_>| {
        let [uri, _] = members(object(root, "a root is no object")?, &["uri", "name"])?;
        let mut slots = Slots {
            text,
            written: String::new(),
        };
        slots.add("uri", uri);
        Ok(slots.object())
    };
    roots.elements().map(root).collect()
}

/// The slots of a request as the JSON of an object. `text` is what is on the tape.
///
/// # Errors
/// What keeps it from being such a request; a member of its `params` that is none of the slots, and may be more than
/// it seems.
fn slots(kind: Capability, tape: &Tape, text: &str) -> Result<String, Malformed> {
    use Malformed::Because;
    let (_, params) = read_request(tape)?;
    let params = params
        .filter(|params| params.kind() == NodeKind::Object)
        .ok_or(Because("the request has no `params` object"))?;
    let mut slots = Slots {
        text,
        written: String::new(),
    };
    match kind {
        Capability::Resource => {
            let [uri] = members(params, &["uri"])?;
            slots.add("uri", uri);
        }
        Capability::Prompt => {
            let [name, arguments] = members(params, &["name", "arguments"])?;
            slots.add("name", name);
            slots.add("arguments", arguments);
        }
        Capability::Completion => {
            let [of, argument] = members(params, &["ref", "argument"])?;
            slots.add("ref", of);
            if let Some(argument) = argument {
                let argument = object(argument, "`argument` is no object")?;
                let [name, value] = members(argument, &["name", "value"])?;
                slots.add("argument", name);
                slots.add("value", value);
            }
        }
        Capability::Sampling => {
            let [context, most, preferences, ..] = members(
                params,
                &[
                    "includeContext",
                    "maxTokens",
                    "modelPreferences",
                    // What the model is told is not the policy's to judge.
                    "messages",
                    "systemPrompt",
                    "temperature",
                    "stopSequences",
                ],
            )?;
            slots.add("model", preferences.map(model).transpose()?.flatten());
            slots.add("max_tokens", most);
            slots.add("include_context", context);
        }
        Capability::Elicitation => {
            let [mode, url, ..] = members(params, &["mode", "url", "message", "requestedSchema", "elicitationId"])?;
            slots.add("mode", mode);
            slots.add("url", url);
        }
        Capability::Roots => return Err(Because("roots are in an answer")),
    }
    Ok(slots.object())
}

/// The one model that is hinted at. Of several the client may take any, and one is decided on.
fn model(preferences: Node<'_>) -> Result<Option<Node<'_>>, Malformed> {
    let preferences = object(preferences, "`modelPreferences` is no object")?;
    let [hints, ..] = members(
        preferences,
        &["hints", "costPriority", "speedPriority", "intelligencePriority"],
    )?;
    let Some(hints) = hints else { return Ok(None) };
    if hints.kind() != NodeKind::Array {
        return Err(Malformed::Because("`hints` is no array"));
    }
    let mut hints = hints.elements();
    let Some(hint) = hints.next() else { return Ok(None) };
    if hints.next().is_some() {
        return Err(Malformed::Because("several models are hinted at"));
    }
    let [name] = members(object(hint, "a hint is no object")?, &["name"])?;
    Ok(name)
}

fn object<'t>(node: Node<'t>, otherwise: &'static str) -> Result<Node<'t>, Malformed> {
    Some(node)
        .filter(|node| node.kind() == NodeKind::Object)
        .ok_or(Malformed::Because(otherwise))
}

/// The members of these names. Beside them there may be the protocol's own `_meta`, and nothing else.
fn members<'t, const N: usize>(
    object: Node<'t>,
    names: &[&'static str; N],
) -> Result<[Option<Node<'t>>; N], Malformed> {
    let found = named(object, names)?;
    for member in object.members().filter(|member| !names.contains(&member.key())) {
        match member.key() {
            "_meta" if member.value().kind() == NodeKind::Object => check_meta(member.value())?,
            "_meta" => return Err(Malformed::Because("`_meta` is no object")),
            _ => return Err(Malformed::Param(member.key_node().id())),
        }
    }
    Ok(found)
}

/// An object on its way: each value as it stands in the message.
struct Slots<'m> {
    text: &'m str,
    written: String,
}

impl Slots<'_> {
    fn add(&mut self, name: &str, value: Option<Node<'_>>) {
        let Some(raw) = value.and_then(|value| self.text.get(value.range())) else {
            return;
        };
        if !self.written.is_empty() {
            self.written.push(',');
        }
        self.written.push_str(&format!("\"{name}\":{raw}"));
    }

    fn object(&self) -> String {
        format!("{{{}}}", self.written)
    }
}
