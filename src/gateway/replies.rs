//! What the gateway itself says.

use serde_json::{Value, json};

use crate::eval::Denial;
use crate::evidence::Refusal;
use crate::mcp::{INVALID_PARAMS, META_REVISION, METHOD_NOT_FOUND, RequestId, Revision, UNSUPPORTED_REVISION};
use crate::table::Capability;

/// The key in a result's `_meta` that holds the denial where `structuredContent` is taken.
pub const META_DENIAL: &str = "mcppc/denial";

/// Why something is denied: by the policy, or with a refusal by the gateway itself.
#[derive(Clone, Debug)]
pub struct Denied {
    /// What is said.
    pub denial: Denial,
    /// The gateway's own code.
    pub refusal: Option<Refusal>,
}

impl Denied {
    /// The same as data: for `structuredContent`, `_meta` or an error's `data`.
    fn data(&self) -> Value {
        let mut data = json!({
            "decision": "deny",
            "reason": self.denial.reason.as_str(),
            "message": self.denial.message,
            "parameter": self.denial.parameter,
            "rule": self.denial.rule.as_deref(),
        });
        if let (Some(refusal), Some(members)) = (self.refusal, data.as_object_mut()) {
            members.insert("refusal".to_owned(), json!(refusal));
        }
        data
    }
}

/// How a denied call is answered.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// In a modern connection a result says that it is complete.
    pub modern: bool,
    /// The tool promises an `outputSchema`: clients hold `structuredContent` against it, even of errors.
    pub output_schema: bool,
    /// What was asked for, where it was no tool.
    pub capability: Option<Capability>,
}

impl Shape {
    /// Of an answer about this tool, which may have promised whatever it likes.
    pub fn of(tool: &str, modern: bool) -> Self {
        Self {
            modern,
            output_schema: true,
            capability: Capability::of_tool(tool),
        }
    }
}

/// A denied call: a tool result that is an error, for the model to read; an error where it was no tool, and no
/// completions.
pub fn denial(id: &RequestId, denied: &Denied, shape: Shape) -> String {
    match shape.capability {
        None => {}
        Some(Capability::Completion) => return empty_completion(id, shape.modern),
        Some(_) => return refusal(Some(id), INVALID_PARAMS, denied),
    }
    let who = if denied.refusal.is_some() {
        "refused by the gateway"
    } else {
        "denied by policy"
    };
    let text = format!("{who}: {}", denied.denial.message);
    let mut result = json!({ "content": [{ "type": "text", "text": text }], "isError": true });
    if let Some(members) = result.as_object_mut() {
        if shape.output_schema {
            members.insert("_meta".to_owned(), json!({ META_DENIAL: denied.data() }));
        } else {
            members.insert("structuredContent".to_owned(), denied.data());
        }
        if shape.modern {
            members.insert("resultType".to_owned(), json!("complete"));
        }
    }
    self::result(id, &result)
}

/// A call of a tool that is not there, or not for this caller: as servers answer it, and nothing more.
pub fn unknown_tool(id: &RequestId, tool: &str) -> String {
    error(Some(id), INVALID_PARAMS, &format!("Unknown tool: {tool}"), None)
}

/// A request that is refused.
pub fn refusal(id: Option<&RequestId>, code: i32, denied: &Denied) -> String {
    let message = match code {
        METHOD_NOT_FOUND => "Method not found",
        _ => &denied.denial.message,
    };
    error(id, code, message, Some(&denied.data()))
}

/// A revision that the gateway does not speak.
pub fn unsupported_revision(id: &RequestId, requested: &str) -> String {
    let supported: Vec<_> = Revision::ALL
        .iter()
        .filter(|r| r.is_modern())
        .map(|r| r.as_str())
        .collect();
    let data = json!({ "supported": supported, "requested": requested });
    error(
        Some(id),
        UNSUPPORTED_REVISION,
        "Unsupported protocol version",
        Some(&data),
    )
}

/// No completions.
pub fn empty_completion(id: &RequestId, modern: bool) -> String {
    let mut result = json!({ "completion": { "values": [], "total": 0, "hasMore": false } });
    if let (true, Some(members)) = (modern, result.as_object_mut()) {
        members.insert("resultType".to_owned(), json!("complete"));
    }
    self::result(id, &result)
}

/// The client declines what the server asks of it.
pub fn decline(id: &RequestId, method: &str) -> String {
    match method {
        "elicitation/create" => result(id, &json!({ "action": "decline" })),
        "sampling/createMessage" => error(Some(id), -1, "User rejected sampling request", None),
        "roots/list" => error(Some(id), METHOD_NOT_FOUND, "Roots not supported", None),
        _ => error(Some(id), METHOD_NOT_FOUND, "Method not found", None),
    }
}

/// The gateway's own question for the server's tools. `meta` is the `_meta` of a modern connection.
pub fn list_tools(id: &RequestId, cursor: Option<&str>, meta: Option<&str>) -> String {
    let mut params = Vec::new();
    if let Some(cursor) = cursor {
        params.push(format!("\"cursor\":{}", crate::json::quote(cursor)));
    }
    if let Some(meta) = meta {
        params.push(format!("\"_meta\":{meta}"));
    }
    let params = params.join(",");
    format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"tools/list","params":{{{params}}}}}"#)
}

/// The `_meta` of a modern request, without what belongs to that request alone.
pub fn own_meta(source: &str, meta: &crate::json::Value<'_>) -> String {
    let prefix = META_REVISION.trim_end_matches("protocolVersion");
    let members = meta.members().iter().filter(|m| m.key.starts_with(prefix));
    let members: Vec<String> = members
        .map(|m| format!("{}:{}", crate::json::quote(&m.key), m.value.raw(source)))
        .collect();
    format!("{{{}}}", members.join(","))
}

/// A JSON-RPC error (section 5.1). Without an id where the request's could not be read.
pub fn error(id: Option<&RequestId>, code: i32, message: &str, data: Option<&Value>) -> String {
    let id = id.map_or("null", RequestId::token);
    let message = crate::json::quote(message);
    let data = data.map(|data| format!(",\"data\":{data}")).unwrap_or_default();
    format!(r#"{{"jsonrpc":"2.0","id":{id},"error":{{"code":{code},"message":{message}{data}}}}}"#)
}

fn result(id: &RequestId, result: &Value) -> String {
    format!(r#"{{"jsonrpc":"2.0","id":{id},"result":{result}}}"#)
}
