//! A `tools/list` reply → pinned tools.

use std::collections::BTreeMap;

use super::LockedTool;
use crate::json::{Value, canonical};
use crate::table::Digest;

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
    #[error("two tools are called `{0}`")]
    Twice(String),
    /// A name that could not be written in a policy or could be mistaken for another.
    #[error("a tool's name has a control character: `{}`", .0.escape_debug())]
    Name(String),
}

/// The tools of one page: `{"tools": […]}`, or a JSON-RPC response around it.
///
/// # Errors
/// What is wrong with the list; a server that says something twice or half is not pinned at all.
pub fn pin_tools(reply: &Value<'_>, into: &mut BTreeMap<String, LockedTool>) -> Result<(), PinError> {
    let list = reply
        .get("result")
        .unwrap_or(reply)
        .get("tools")
        .ok_or(PinError::NoTools)?;
    if !matches!(list.kind, crate::json::Kind::Array(_)) {
        return Err(PinError::NoTools);
    }
    for (index, tool) in list.elements().iter().enumerate() {
        let name = tool
            .get("name")
            .and_then(Value::as_str)
            .ok_or(PinError::Incomplete(index))?;
        let schema = tool
            .get("inputSchema")
            .filter(|s| s.is_object())
            .ok_or(PinError::Incomplete(index))?;
        if name.is_empty() || name.chars().any(char::is_control) {
            return Err(PinError::Name(name.to_owned()));
        }
        let pinned = LockedTool {
            definition: Digest::of(canonical(tool).as_bytes()),
            schema: canonical(schema),
        };
        if into.insert(name.to_owned(), pinned).is_some() {
            return Err(PinError::Twice(name.to_owned()));
        }
    }
    Ok(())
}
