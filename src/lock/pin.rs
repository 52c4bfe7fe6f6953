//! A `tools/list` reply → pinned tools.

use std::collections::{BTreeMap, HashMap};

use super::LockedTool;
use crate::diagnostic::{is_hidden, visible_line};
use crate::json::{Kind, Value, canonical, fold};
use crate::table::Digest;

/// A server with more tools than this is not pinned: no client could show them, and none is known with a thousand.
pub const MAX_TOOLS: usize = 10_000;

/// Why a tool list was not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PinError {
    /// There is no `tools` array in it.
    #[error("there is no `tools` array in it")]
    NoTools,
    /// A definition without a name or an input schema.
    #[error("tool {0} has no name, or no `inputSchema` object")]
    Incomplete(usize),
    /// Two tools of one name.
    #[error("two tools are called `{}`", visible_line(.0))]
    Twice(String),
    /// Two tools whose names differ only by case: readers do not agree on which is which, and no lock can hold both.
    #[error("the tools `{}` and `{}` differ only by case", visible_line(.0), visible_line(.1))]
    Confusable(String, String),
    /// A name that cannot be a key of the lock, or that shows as another.
    #[error("`{}` cannot be the name of a tool: it is empty, `__proto__`, or has characters that are not shown", visible_line(.0))]
    Name(String),
    /// More tools than the bound.
    #[error("there are more than {MAX_TOOLS} tools")]
    TooMany,
}

/// The tools of one page: `{"tools": […]}`, or a JSON-RPC response around it; `into` has those of the pages before.
///
/// # Errors
/// What is wrong with the list; a server that says something twice or half is not pinned at all.
pub fn pin_tools(reply: &Value<'_>, into: &mut BTreeMap<String, LockedTool>) -> Result<(), PinError> {
    let list = reply
        .get("result")
        .unwrap_or(reply)
        .get("tools")
        .ok_or(PinError::NoTools)?;
    if !matches!(list.kind, Kind::Array(_)) {
        return Err(PinError::NoTools);
    }
    let mut folded: HashMap<String, String> = into
        .keys()
        .map(|name| (fold(name).into_owned(), name.clone()))
        .collect();
    for (index, definition) in list.elements().iter().enumerate() {
        let (name, tool) = pin(definition).ok_or(PinError::Incomplete(index))?;
        if name.is_empty() || name == "__proto__" || name.chars().any(is_hidden) {
            return Err(PinError::Name(name.to_owned()));
        }
        match folded.insert(fold(name).into_owned(), name.to_owned()) {
            Some(other) if other == name => return Err(PinError::Twice(other)),
            Some(other) => return Err(PinError::Confusable(other, name.to_owned())),
            None => into.insert(name.to_owned(), tool),
        };
        if into.len() > MAX_TOOLS {
            return Err(PinError::TooMany);
        }
    }
    Ok(())
}

fn pin<'t>(definition: &'t Value<'_>) -> Option<(&'t str, LockedTool)> {
    let word = |key| definition.get(key).and_then(Value::as_str);
    let tool = LockedTool {
        definition: Digest::of(canonical(definition).as_bytes()),
        description: word("description").map(str::to_owned),
        schema: canonical(definition.get("inputSchema").filter(|schema| schema.is_object())?),
    };
    Some((word("name")?, tool))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::{Limits, parse};

    fn pinned(pages: &[&[&str]]) -> Result<BTreeMap<String, LockedTool>, PinError> {
        let mut tools = BTreeMap::new();
        for names in pages {
            let tool = |name: &&str| serde_json::json!({ "name": name, "inputSchema": {} });
            let page = serde_json::json!({ "tools": names.iter().map(tool).collect::<Vec<_>>() }).to_string();
            pin_tools(&parse(page.as_bytes(), &Limits::default()).unwrap(), &mut tools)?;
        }
        Ok(tools)
    }

    #[test]
    fn a_name_that_a_lock_cannot_hold_is_refused() {
        for name in [
            "",
            "__proto__",
            "a\u{7}",
            "a\nb",
            "a\u{202e}b",
            "a\u{200b}",
            "\u{feff}a",
        ] {
            assert_eq!(pinned(&[&[name]]), Err(PinError::Name(name.to_owned())));
        }
        assert!(
            !PinError::Name("\u{1b}\u{202e}".to_owned())
                .to_string()
                .contains(['\u{1b}', '\u{202e}'])
        );
    }

    #[test]
    fn names_that_differ_only_by_case_are_refused_on_one_page_or_two() {
        let confusable = |a: &str, b: &str| Err(PinError::Confusable(a.to_owned(), b.to_owned()));
        assert_eq!(pinned(&[&["getUser", "getuser"]]), confusable("getUser", "getuser"));
        assert_eq!(
            pinned(&[&["tas\u{212a}"], &["x", "task"]]),
            confusable("tas\u{212a}", "task")
        );
        assert_eq!(pinned(&[&["a"], &["a"]]), Err(PinError::Twice("a".to_owned())));
        assert_eq!(pinned(&[&["get_user"], &["getuser"]]).unwrap().len(), 2);
    }

    #[test]
    fn how_many_tools_a_server_may_have() {
        let names: Vec<String> = (0..=MAX_TOOLS).map(|n| n.to_string()).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let (last, at_limit) = names.split_last().unwrap();
        assert_eq!(pinned(&[at_limit]).unwrap().len(), MAX_TOOLS);
        assert_eq!(pinned(&[at_limit, &[last]]), Err(PinError::TooMany));
    }
}
