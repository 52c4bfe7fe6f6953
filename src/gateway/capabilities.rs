//! What is taken out of a handshake: announcements of what this gateway does not let through. Byte-preserving.

use crate::json::{self, Member, Value};
use crate::mcp::{META_CAPABILITIES, META_REVISION, Revision};
use crate::table::Capability;

/// What a client offers, and what the server could do with it: reach the model, the user and the file system.
const CLIENT: [(&str, Option<Capability>); 4] = [
    ("roots", Some(Capability::Roots)),
    ("sampling", Some(Capability::Sampling)),
    ("elicitation", Some(Capability::Elicitation)),
    ("tasks", None),
];
/// What a server offers.
const SERVER: [(&str, Option<Capability>); 4] = [
    ("resources", Some(Capability::Resource)),
    ("prompts", Some(Capability::Prompt)),
    ("completions", Some(Capability::Completion)),
    ("tasks", None),
];
/// What a client may subscribe to.
const NOTIFICATIONS: [(&str, Option<Capability>); 2] = [
    ("resourcesListChanged", Some(Capability::Resource)),
    ("promptsListChanged", Some(Capability::Prompt)),
];
const TASKS: &str = "io.modelcontextprotocol/tasks";

/// What nothing grants to this caller: neither side hears that the other has it.
#[derive(Clone, Debug, Default)]
pub struct Shut {
    client: Vec<&'static str>,
    server: Vec<&'static str>,
    heard: Vec<&'static str>,
}

impl Shut {
    /// All but the kinds that are granted.
    pub fn but(is_granted: impl Fn(Capability) -> bool) -> Self {
        let granted = |kind: Option<Capability>| kind.is_some_and(&is_granted);
        let names = |all: &[(&'static str, Option<Capability>)], wanted: bool| {
            let wanted = all.iter().filter(|(_, kind)| granted(*kind) == wanted);
            wanted.map(|(name, _)| *name).collect()
        };
        let mut heard: Vec<_> = names(&NOTIFICATIONS, true);
        heard.push("toolsListChanged");
        Self {
            client: names(&CLIENT, false),
            server: names(&SERVER, false),
            heard,
        }
    }
}

/// A client's request without the first thing that must not reach the server; `None` where there is nothing left to
/// take out. Each step takes out all it finds in one place, so a few steps do.
pub fn strip_request(text: &str, method: &str, params: &Value<'_>, shut: &Shut) -> Option<String> {
    // Wherever a server may look for them, whatever the method.
    let in_meta = params.get("_meta").and_then(|meta| meta.get(META_CAPABILITIES));
    let wanted = params.get("notifications").filter(|_| method == "subscriptions/listen");
    strip_capabilities(text, params.get("capabilities"), &shut.client)
        .or_else(|| strip_capabilities(text, in_meta, &shut.client))
        .or_else(|| without(text, wanted, |member| !shut.heard.contains(&&*member.key)))
}

/// A server's handshake result without what must not reach the client, in steps as above.
pub fn strip_result(text: &str, result: &Value<'_>, shut: &Shut) -> Option<String> {
    strip_capabilities(text, result.get("capabilities"), &shut.server).or_else(|| {
        let versions = result.get("supportedVersions")?;
        let known = |version: &Value<'_>| version.as_str().and_then(Revision::parse).is_some();
        let unknown: Vec<usize> = positions(versions.elements(), |version| !known(version));
        (!unknown.is_empty()).then(|| json::remove(text, versions, &unknown))
    })
}

/// A key of `params` that another reader might take for one that the gateway reads.
pub fn confusable<'v>(params: &'v Value<'_>) -> Option<&'v str> {
    let known = [
        "_meta",
        "capabilities",
        "protocolVersion",
        "name",
        "arguments",
        "notifications",
    ];
    let in_params = params.confusable(known).map(|(member, _)| &*member.key);
    in_params.or_else(|| {
        let meta = params.get("_meta")?;
        let (member, _) = meta.confusable([META_CAPABILITIES, META_REVISION])?;
        Some(&*member.key)
    })
}

fn strip_capabilities(text: &str, offered: Option<&Value<'_>>, unwanted: &[&str]) -> Option<String> {
    let is_unwanted = |member: &Member<'_>| unwanted.iter().any(|name| json::same_but_for_case(&member.key, name));
    let is_extensions = |member: &&Member<'_>| json::same_but_for_case(&member.key, "extensions");
    let extensions = offered.and_then(|offered| offered.members().iter().find(is_extensions));
    let is_tasks = |member: &Member<'_>| json::same_but_for_case(&member.key, TASKS);
    without(text, offered, is_unwanted).or_else(|| without(text, extensions.map(|m| &m.value), is_tasks))
}

fn without(text: &str, object: Option<&Value<'_>>, unwanted: impl Fn(&Member<'_>) -> bool) -> Option<String> {
    let object = object?;
    let positions = positions(object.members(), unwanted);
    (!positions.is_empty()).then(|| json::remove(text, object, &positions))
}

fn positions<T>(entries: &[T], unwanted: impl Fn(&T) -> bool) -> Vec<usize> {
    let unwanted = entries.iter().enumerate().filter(|(_, entry)| unwanted(entry));
    unwanted.map(|(index, _)| index).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nothing() -> Shut {
        Shut::but(|_| false)
    }

    fn stripped(source: &str) -> String {
        let mut text = source.to_owned();
        loop {
            let value = json::parse(text.as_bytes(), &json::Limits::default()).unwrap();
            let method = value.get("method").unwrap().as_str().unwrap();
            match strip_request(&text, method, value.get("params").unwrap(), &nothing()) {
                Some(edited) => text = edited,
                None => return text,
            }
        }
    }

    #[test]
    fn a_client_offers_less() {
        let source = r#"{"method":"initialize","params":{ "capabilities":{"roots":{"listChanged":true}, "Sampling":{},"x":1.0,"extensions":{"io.modelcontextprotocol/tasks":{},"y":{}}}},"id":0}"#;
        let both = r#"{"method":"initialize","params":{"capabilities":{"Extensions":{"IO.modelcontextprotocol/tasks":{}}},"_meta":{"io.modelcontextprotocol/clientCapabilities":{"roots":{}}}}}"#;
        let neither = r#"{"method":"initialize","params":{"capabilities":{"Extensions":{}},"_meta":{"io.modelcontextprotocol/clientCapabilities":{}}}}"#;
        assert_eq!(stripped(both), neither);
        let left = r#"{"method":"initialize","params":{ "capabilities":{"x":1.0,"extensions":{"y":{}}}},"id":0}"#;
        assert_eq!(stripped(source), left);
        let modern = r#"{"method":"tools/call","params":{"name":"t","_meta":{"io.modelcontextprotocol/clientCapabilities":{"elicitation":{}}}}}"#;
        assert_eq!(stripped(modern), modern.replace(r#""elicitation":{}"#, ""));
        let listen = r#"{"method":"subscriptions/listen","params":{"notifications":{"toolsListChanged":true,"resourceSubscriptions":["file:///x"]}}}"#;
        assert_eq!(
            stripped(listen),
            listen.replace(r#","resourceSubscriptions":["file:///x"]"#, "")
        );
    }

    #[test]
    fn a_server_offers_less() {
        let source = r#"{"capabilities":{"tools":{},"resources":{},"prompts":{}},"supportedVersions":["2027-01-01","2026-07-28"]}"#;
        let value = json::parse(source.as_bytes(), &json::Limits::default()).unwrap();
        let once = strip_result(source, &value, &nothing()).unwrap();
        let value = json::parse(once.as_bytes(), &json::Limits::default()).unwrap();
        let twice = strip_result(&once, &value, &nothing()).unwrap();
        assert_eq!(
            twice,
            r#"{"capabilities":{"tools":{}},"supportedVersions":["2026-07-28"]}"#
        );
    }

    #[test]
    fn what_is_granted_is_announced() {
        let shut = Shut::but(|kind| matches!(kind, Capability::Resource | Capability::Roots));
        let value = |text: &'static str| json::parse(text.as_bytes(), &json::Limits::default()).unwrap();
        let source = r#"{"capabilities":{"resources":{"subscribe":true},"prompts":{}}}"#;
        let left = r#"{"capabilities":{"resources":{"subscribe":true}}}"#;
        assert_eq!(strip_result(source, &value(source), &shut).unwrap(), left);
        assert_eq!(strip_result(left, &value(left), &shut), None);
        let source = r#"{"capabilities":{"roots":{},"sampling":{}}}"#;
        let left = r#"{"capabilities":{"roots":{}}}"#;
        assert_eq!(
            strip_request(source, "initialize", &value(source), &shut).unwrap(),
            left
        );
        let source = r#"{"notifications":{"resourcesListChanged":true,"promptsListChanged":true}}"#;
        let left = r#"{"notifications":{"resourcesListChanged":true}}"#;
        assert_eq!(
            strip_request(source, "subscriptions/listen", &value(source), &shut).unwrap(),
            left
        );
    }
}
