//! The envelope of a call: which tool, and which arguments.

use super::pointer::escape;
use super::{Denial, Reason};
use crate::json::{Node, NodeId, NodeKind, NodeMember, Tape, same_but_for_case};

/// The members of a JSON-RPC 2.0 message.
const MESSAGE: [&str; 6] = ["jsonrpc", "id", "method", "params", "result", "error"];

/// The members that the `params` of a `tools/call` have by the protocol.
const PARAMS: [&str; 5] = ["name", "arguments", "_meta", "task", "inputResponses"];

/// What the protocol itself puts into `params._meta` of any request; the rest is a slot of the policy.
const PROTOCOL_META: [&str; 8] = [
    "progressToken",
    "traceparent",
    "tracestate",
    "baggage",
    "io.modelcontextprotocol/protocolVersion",
    "io.modelcontextprotocol/clientInfo",
    "io.modelcontextprotocol/clientCapabilities",
    "io.modelcontextprotocol/logLevel",
];
/// Those that are text, or an id: nothing else can ride in them.
const PLAIN_META: usize = 4;

/// Where the parts of a call are on the tape.
#[derive(Clone, Copy, Debug)]
pub struct CallNodes {
    /// The tool's name.
    pub tool: NodeId,
    /// The arguments, an object; `None` for none, which is the same as `{}`.
    pub arguments: Option<NodeId>,
    /// The first thing beside them that is for a slot of the envelope, or for nothing.
    pub beside: Option<Malformed>,
}

/// Why a message is no call that could be decided on. Its words are made when they are asked for.
#[derive(Clone, Copy, Debug)]
pub enum Malformed {
    /// For a reason that needs no more to say.
    Because(&'static str),
    /// A key that could be taken for one of the protocol's.
    Confusable(NodeId, &'static str),
    /// A member of `params` that is for no slot that the rules on the tool name.
    Param(NodeId),
    /// The same in `_meta`.
    Meta(NodeId),
}

/// Reads the JSON-RPC message on the tape, which must be a `tools/call`.
///
/// # Errors
/// The first thing that keeps it from being one: `malformed_call` where a name is missing or the arguments are no
/// object.
pub fn read_call(tape: &Tape) -> Result<CallNodes, Malformed> {
    match read_request(tape)? {
        ("tools/call", params) => read_params(params),
        _ => Err(Malformed::Because("the message is no `tools/call`")),
    }
}

/// Reads the JSON-RPC request on the tape: its method and parameters.
///
/// # Errors
/// The first thing that keeps it from being one.
pub fn read_request(tape: &Tape) -> Result<(&str, Option<Node<'_>>), Malformed> {
    use Malformed::Because;
    // White space to JSON, the end of a message to some servers.
    if tape.has_carriage_return() {
        return Err(Because("a carriage return within the message"));
    }
    let [_, id, method, params, result, error] = read_envelope(tape.root())?;
    let method = method
        .and_then(Node::as_str)
        .ok_or(Because("the message names no method"))?;
    if result.is_some() || error.is_some() {
        return Err(Because("the message is a request and an answer at once"));
    }
    // A notification could not be answered, and MCP knows no null.
    match id.map(Node::kind) {
        Some(NodeKind::String | NodeKind::Number) => {}
        Some(_) => return Err(Because("the call's `id` is no string and no number")),
        None => return Err(Because("the call has no `id`")),
    }
    Ok((method, params))
}

/// The method of a message and, in a `tools/call`, the tool, where they can be read.
#[must_use]
pub fn names(tape: &Tape) -> (Option<&str>, Option<&str>) {
    let Ok([_, _, method, params, _, _]) = read_envelope(tape.root()) else {
        return (None, None);
    };
    let method = method.and_then(Node::as_str);
    let tool = params.and_then(|params| params.get("name")).and_then(Node::as_str);
    (method, tool.filter(|_| method == Some("tools/call")))
}

/// The members of a JSON-RPC 2.0 message, in the order of [`MESSAGE`].
pub(super) fn read_envelope(message: Node<'_>) -> Result<[Option<Node<'_>>; MESSAGE.len()], Malformed> {
    if message.kind() != NodeKind::Object {
        return Err(Malformed::Because("the message is no object"));
    }
    let members = named(message, &MESSAGE)?;
    match members {
        [Some(version), ..] if version.as_str() == Some("2.0") => Ok(members),
        _ => Err(Malformed::Because("the message is not JSON-RPC 2.0")),
    }
}

fn read_params(params: Option<Node<'_>>) -> Result<CallNodes, Malformed> {
    use Malformed::Because;
    let params = params
        .filter(|params| params.kind() == NodeKind::Object)
        .ok_or(Because("the call has no `params` object"))?;
    let [name, arguments, ..] = named(params, &PARAMS)?;
    let tool = name.ok_or(Because("the call names no tool"))?;
    if tool.kind() != NodeKind::String {
        return Err(Because("the tool's name is no string"));
    }
    let mut beside = None;
    for member in params.members() {
        let is_object = member.value().kind() == NodeKind::Object;
        let found = match member.key() {
            "name" => Ok(()),
            "arguments" if is_object => Ok(()),
            "arguments" => return Err(Malformed::NO_ARGUMENTS),
            "_meta" if is_object => check_meta(member.value()),
            "_meta" => return Err(Because("`_meta` is no object")),
            _ => Err(Malformed::Param(member.key_node().id())),
        };
        beside = beside.or(found.err());
    }
    Ok(CallNodes {
        tool: tool.id(),
        arguments: arguments.map(Node::id),
        beside,
    })
}

/// The arguments of a call, with the slots of the envelope as further ones, as the JSON of an object. `text` is what is on
/// the tape, a call; `slots` are those that the tool has.
///
/// # Errors
/// A member that is for none of these slots; an argument that is called like one.
pub fn with_slots(tape: &Tape, text: &str, slots: &[String]) -> Result<String, Malformed> {
    let (_, params) = read_request(tape)?;
    let members = || params.into_iter().flat_map(Node::members);
    let has = |slot: &str| slots.iter().any(|known| known == slot);
    let raw = |node: Node<'_>| text.get(node.range()).unwrap_or("null");
    let written = |member: NodeMember<'_>| format!("{}:{}", raw(member.key_node()), raw(member.value()));
    let mut found: Vec<String> = Vec::new();
    let mut input = None;
    for member in members() {
        let value = member.value();
        match member.key() {
            "name" => {}
            "arguments" => {
                for argument in value.members() {
                    if argument.key().strip_prefix('@').is_some_and(has) {
                        return Err(Malformed::Because("an argument is called like a slot of the envelope"));
                    }
                    found.push(written(argument));
                }
            }
            "_meta" if has("meta") => {
                let foreign = value.members().filter(|member| !is_of_protocol(member));
                let foreign: Vec<String> = foreign.map(written).collect();
                if !foreign.is_empty() {
                    found.push(format!("\"@meta\":{{{}}}", foreign.join(",")));
                }
            }
            "_meta" => check_meta(value)?,
            "task" if has("task") => found.push(format!("\"@task\":{}", raw(value))),
            "inputResponses" if has("input") => input = Some(raw(value)),
            // The server's own words, which the client hands back unread.
            "requestState" if has("input") && value.kind() == NodeKind::String => input = input.or(Some("{}")),
            _ => return Err(Malformed::Param(member.key_node().id())),
        }
    }
    found.extend(input.map(|input| format!("\"@input\":{input}")));
    Ok(format!("{{{}}}", found.join(",")))
}

pub(super) fn check_meta(meta: Node<'_>) -> Result<(), Malformed> {
    let foreign = meta.members().find(|member| !is_of_protocol(member));
    foreign.map_or(Ok(()), |member| Err(Malformed::Meta(member.key_node().id())))
}

fn is_of_protocol(member: &NodeMember<'_>) -> bool {
    match PROTOCOL_META.iter().position(|name| *name == member.key()) {
        Some(position) if position < PLAIN_META => {
            matches!(member.value().kind(), NodeKind::String | NodeKind::Number)
        }
        position => position.is_some(),
    }
}

/// The members of an object that have these names.
///
/// # Errors
/// The first other key that differs from one of the names only by case.
pub(super) fn named<'t, const N: usize>(
    object: Node<'t>,
    names: &[&'static str; N],
) -> Result<[Option<Node<'t>>; N], Malformed> {
    let mut found = [None; N];
    for member in object.members() {
        if let Some((place, _)) = found.iter_mut().zip(names).find(|(_, name)| member.has_key(name)) {
            *place = Some(member.value());
        } else if let Some(name) = names.iter().find(|name| same_but_for_case(name, member.key())) {
            return Err(Malformed::Confusable(member.key_node().id(), name));
        }
    }
    Ok(found)
}

impl Malformed {
    /// The arguments are something else.
    pub const NO_ARGUMENTS: Self = Self::Because("`arguments` is no object");

    /// The reason's code.
    #[must_use]
    pub fn reason(self) -> Reason {
        match self {
            Self::Because(_) | Self::Confusable(..) => Reason::MalformedCall,
            Self::Param(_) | Self::Meta(_) => Reason::UnlistedParameter,
        }
    }

    /// The denial, with its words.
    #[must_use]
    pub fn explain(self, tape: &Tape) -> Denial {
        let key = |id| tape.node(id).text();
        let slot = match self {
            Self::Because(message) => return Denial::new(self.reason(), message),
            Self::Confusable(id, known) => {
                let key = key(id).escape_debug();
                return Denial::new(self.reason(), format!("the key `{key}` could be taken for `{known}`"));
            }
            Self::Param(id) => match key(id) {
                "task" => "@task".to_owned(),
                "inputResponses" | "requestState" => "@input".to_owned(),
                other => format!("@{}", escape(other)),
            },
            Self::Meta(id) => format!("@meta/{}", escape(key(id))),
        };
        Denial::new(self.reason(), format!("no grant names `{slot}`")).at(format!("/{slot}"))
    }
}
