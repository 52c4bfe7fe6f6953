//! What is taken out of a handshake: announcements of what this gateway does not let through. Byte-preserving.

use crate::json::{self, Member, Value};
use crate::mcp::{META_CAPABILITIES, META_REVISION, Revision};

/// What a client may not offer: through these the server would reach the model, the user and the file system.
const CLIENT: [&str; 4] = ["roots", "sampling", "elicitation", "tasks"];
/// What a server may not offer.
const SERVER: [&str; 4] = ["resources", "prompts", "completions", "tasks"];
const TASKS: &str = "io.modelcontextprotocol/tasks";

/// A client's request without the first thing that must not reach the server; `None` where there is nothing left to
/// take out. Each step takes out all it finds in one place, so a few steps do.
pub fn strip_request(text: &str, method: &str, params: &Value<'_>) -> Option<String> {
    // Wherever a server may look for them, whatever the method.
    let in_meta = params.get("_meta").and_then(|meta| meta.get(META_CAPABILITIES));
    let wanted = params.get("notifications").filter(|_| method == "subscriptions/listen");
    strip_capabilities(text, params.get("capabilities"), &CLIENT)
        .or_else(|| strip_capabilities(text, in_meta, &CLIENT))
        .or_else(|| without(text, wanted, |member| member.key != "toolsListChanged"))
}

/// A server's handshake result without what must not reach the client, in steps as above.
pub fn strip_result(text: &str, result: &Value<'_>) -> Option<String> {
    strip_capabilities(text, result.get("capabilities"), &SERVER).or_else(|| {
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

    fn stripped(source: &str) -> String {
        let mut text = source.to_owned();
        loop {
            let value = json::parse(text.as_bytes(), &json::Limits::default()).unwrap();
            let method = value.get("method").unwrap().as_str().unwrap();
            match strip_request(&text, method, value.get("params").unwrap()) {
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
        let once = strip_result(source, &value).unwrap();
        let value = json::parse(once.as_bytes(), &json::Limits::default()).unwrap();
        let twice = strip_result(&once, &value).unwrap();
        assert_eq!(
            twice,
            r#"{"capabilities":{"tools":{}},"supportedVersions":["2026-07-28"]}"#
        );
    }
}
