//! Changes to a JSON text that leave every other byte as it was.

use super::Value;

/// `source` without the members or elements of `container` at the given positions (each counted from 0, in any
/// order). The commas around them go with them; nothing else changes. Positions that do not exist are ignored. O(bytes +
/// entries).
#[must_use]
pub fn remove(source: &str, container: &Value<'_>, positions: &[usize]) -> String {
    let entries = entry_ranges(container);
    let mut keeps = vec![true; entries.len()];
    for position in positions {
        if let Some(keep) = keeps.get_mut(*position) {
            *keep = false;
        }
    }
    let last_kept = keeps.iter().rposition(|keep| *keep);
    let mut out = String::with_capacity(source.len());
    let (mut copied, mut kept_before) = (0, None);
    for (index, (entry, keep)) in entries.iter().zip(&keeps).enumerate() {
        if *keep {
            kept_before = Some(entry.end);
            continue;
        }
        // With what follows up to the next entry; the last ones with what comes before them.
        let next = entries.get(index + 1).map(|next| next.start);
        let is_kept_after = last_kept.is_some_and(|last| last > index);
        let (from, to) = match (next, kept_before) {
            (Some(next), _) if is_kept_after => (entry.start, next),
            (_, Some(kept)) => (kept.max(copied), entry.end),
            (_, None) => (entry.start.max(copied), next.unwrap_or(entry.end)),
        };
        out.push_str(source.get(copied..from.max(copied)).unwrap_or(""));
        copied = to.max(copied);
    }
    out.push_str(source.get(copied..).unwrap_or(""));
    out
}

/// `source` with the member `key: raw` put first into the object `container`. `raw` must be a JSON text.
#[must_use]
pub fn insert_member(source: &str, container: &Value<'_>, key: &str, raw: &str) -> String {
    let at = container.range.start + 1;
    let comma = if container.members().is_empty() { "" } else { "," };
    let (before, after) = (source.get(..at).unwrap_or(""), source.get(at..).unwrap_or(""));
    format!("{before}{}:{raw}{comma}{after}", super::quote(key))
}

fn entry_ranges(container: &Value<'_>) -> Vec<std::ops::Range<usize>> {
    let members = container.members().iter().map(|m| m.key_range.start..m.value.range.end);
    let elements = container.elements().iter().map(|e| e.range.clone());
    members.chain(elements).collect()
}

#[cfg(test)]
mod tests {
    use super::super::{Limits, canonical, parse};
    use super::*;

    fn without(source: &str, positions: &[usize]) -> String {
        let value = parse(source.as_bytes(), &Limits::default()).unwrap();
        remove(source, &value, positions)
    }

    #[test]
    fn the_rest_stays_byte_for_byte() {
        let source = r#"{ "a" : 1.0 , "b": [1, 2] ,"c":"\u0041" }"#;
        assert_eq!(without(source, &[0]), r#"{ "b": [1, 2] ,"c":"\u0041" }"#);
        assert_eq!(without(source, &[1]), r#"{ "a" : 1.0 , "c":"\u0041" }"#);
        assert_eq!(without(source, &[2]), r#"{ "a" : 1.0 , "b": [1, 2] }"#);
        assert_eq!(without(source, &[0, 2]), r#"{ "b": [1, 2] }"#);
        assert_eq!(without(source, &[1, 2]), r#"{ "a" : 1.0 }"#);
        assert_eq!(without(source, &[0, 1, 2]), "{  }");
        assert_eq!(without(source, &[7]), source);
    }

    #[test]
    fn a_member_is_put_first() {
        let source = r#"{"a":1}"#;
        let value = parse(source.as_bytes(), &Limits::default()).unwrap();
        assert_eq!(insert_member(source, &value, "x", "[]"), r#"{"x":[],"a":1}"#);
        let value = parse(b"{}", &Limits::default()).unwrap();
        assert_eq!(insert_member("{}", &value, "x", "1"), r#"{"x":1}"#);
    }

    proptest::proptest! {
        #[test]
        fn what_is_left_is_json_without_those(values in proptest::collection::vec(0u8..9, 0..8), mask in 0u16..256, gap in "[ ]{0,2}") {
            let source = format!("[{}]", values.iter().map(|v| format!("{gap}{v}{gap}")).collect::<Vec<_>>().join(","));
            let gone: Vec<usize> = (0..values.len()).filter(|i| mask >> i & 1 == 1).collect();
            let left: Vec<String> = values.iter().enumerate().filter(|(i, _)| !gone.contains(i)).map(|(_, v)| v.to_string()).collect();
            let value = parse(source.as_bytes(), &Limits::default()).unwrap();
            let text = remove(&source, &value, &gone);
            let parsed = parse(text.as_bytes(), &Limits::default()).unwrap();
            proptest::prop_assert_eq!(canonical(&parsed), format!("[{}]", left.join(",")));
        }
    }
}
