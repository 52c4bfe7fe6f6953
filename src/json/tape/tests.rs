use super::super::parse;
use super::*;

fn tape(text: &str) -> (Tape, NodeId) {
    let mut tape = Tape::default();
    let root = tape.read(text.as_bytes(), &Limits::default()).unwrap();
    (tape, root)
}

#[test]
fn a_container_is_passed_over_in_one_step() {
    let (tape, root) = tape(r#"{"a":[[1,2],{"b":"\u0041"}],"c":null}"#);
    let root = tape.node(root);
    let keys: Vec<_> = root.members().map(|member| member.key()).collect();
    assert_eq!(keys, ["a", "c"]);
    let a = root.get("a").unwrap();
    assert_eq!(a.elements().count(), 2);
    assert_eq!(a.elements().nth(1).unwrap().get("b").unwrap().as_str(), Some("A"));
    assert_eq!(root.get("c").unwrap().kind(), NodeKind::Null);
    assert!(root.get("b").is_none() && root.elements().next().is_none());
}

#[test]
fn what_was_read_before_is_forgotten() {
    let (mut tape, _) = tape(r#"{"a":"x\n"}"#);
    assert!(tape.read(b"[", &Limits::default()).is_err());
    let root = tape.read(b"[\"y\\t\"]", &Limits::default()).unwrap();
    let only = tape.node(root).elements().next().unwrap();
    assert_eq!(only.as_str(), Some("y\t"));
    assert_eq!(tape.node(root).elements().count(), 1);
}

#[test]
fn a_string_can_be_taken_for_another() {
    let (mut tape, root) = tape(r#"["b/c/"]"#);
    let id = tape.node(root).elements().next().unwrap().id();
    assert_eq!(tape.node(id).marked(), (0, "b/c/"));
    tape.mark(id, 1, 3);
    assert_eq!(tape.node(id).marked(), (1, "b/c"));
    let (text, room) = tape.text_and_room(id);
    room.push_str("/a/");
    room.push_str(text.trim_end_matches('/'));
    assert!(!tape.mark_written(id, 2, 8));
    assert!(tape.mark_written(id, 2, 1000));
    assert_eq!(tape.node(id).marked(), (2, "/a/b/c"));
    assert_eq!(tape.node(id).as_str(), Some("b/c/"));
    tape.unmark(id);
    assert_eq!(tape.node(id).marked(), (0, "b/c/"));
}

#[test]
fn a_value_that_was_read_already_is_taken_over() {
    let text = r#"{"a":[1.50,"x\u00e9",true,false,null,{}],"\u0062":[[]]}"#;
    let value = parse(text.as_bytes(), &Limits::default()).unwrap();
    let mut copy = Tape::default();
    let root = copy.copy(&value);
    let (read, _) = tape(text);
    let nodes = |tape: &Tape| -> Vec<_> {
        let all = &tape.nodes.entries;
        all.iter()
            .map(|e| (e.kind, e.size, e.place, e.text(&tape.nodes.text).to_owned()))
            .collect()
    };
    assert_eq!(nodes(&copy), nodes(&read));
    assert_eq!(copy.node(root).get("b").unwrap().elements().count(), 1);
}
