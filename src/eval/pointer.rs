//! Where a value stands in a call, for people. Looked for only when something is wrong there.

use crate::json::{NodeId, NodeKind, Tape};

/// The way from `root` to a node within it, as a JSON pointer (RFC 6901). O(nodes on the way and beside it).
#[must_use]
pub fn pointer(tape: &Tape, root: NodeId, node: NodeId) -> String {
    let mut pointer = String::new();
    let mut at = tape.node(root);
    while at.id() != node {
        let step = match at.kind() {
            NodeKind::Array => {
                let before = at
                    .elements()
                    .enumerate()
                    .take_while(|(_, element)| element.id() <= node);
                before.last().map(|(index, element)| (index.to_string(), element))
            }
            _ => {
                let before = at.members().take_while(|member| member.key_node().id() <= node);
                // A key stands for its member.
                before.last().map(|member| match member.key_node() {
                    key if key.id() == node => (escape(member.key()), key),
                    _ => (escape(member.key()), member.value()),
                })
            }
        };
        let Some((step, inner)) = step else { break };
        pointer.push('/');
        pointer.push_str(&step);
        at = inner;
    }
    pointer
}

/// A pointer as people read it: without its first slash.
#[must_use]
pub fn parameter(pointer: &str) -> String {
    pointer.strip_prefix('/').unwrap_or(pointer).escape_debug().to_string()
}

/// One segment of a JSON pointer (RFC 6901 section 3).
#[must_use]
pub fn escape(segment: &str) -> String {
    segment.replace('~', "~0").replace('/', "~1")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::Limits;

    #[test]
    fn every_node_has_its_place() {
        let mut tape = Tape::default();
        let text = br#"{"a":[1,[2,{"b/c":3}],[]],"d~":{},"e":null}"#;
        let root = tape.read(text, &Limits::default()).unwrap();
        let mut found = Vec::new();
        let mut waiting = vec![tape.node(root)];
        while let Some(node) = waiting.pop() {
            found.push(pointer(&tape, root, node.id()));
            for member in node.members() {
                assert_eq!(
                    pointer(&tape, root, member.key_node().id()),
                    pointer(&tape, root, member.value().id())
                );
                waiting.push(member.value());
            }
            waiting.extend(node.elements());
        }
        found.sort();
        let wanted = [
            "",
            "/a",
            "/a/0",
            "/a/1",
            "/a/1/0",
            "/a/1/1",
            "/a/1/1/b~1c",
            "/a/2",
            "/d~0",
            "/e",
        ];
        assert_eq!(found, wanted);
        let inner = tape.node(root).get("a").unwrap();
        let last = inner.elements().last().unwrap();
        assert_eq!(pointer(&tape, inner.id(), last.id()), "/2");
    }
}
