//! The wire of the Model Context Protocol: the JSON-RPC envelope, the revisions, stdio framing.
//!
//! The envelope is read, everything else stays raw: what the gateway does not speak of passes byte for byte.

mod envelope;
mod lines;
mod one_line;
mod revision;

pub use envelope::{EnvelopeError, Message, RequestId, names, recover_id, recover_ids};
pub use lines::{Line, Lines};
pub use one_line::{OneLine, one_line};
pub use revision::Revision;

/// What `params._meta` of every modern request carries: the revision it is written in.
pub const META_REVISION: &str = "io.modelcontextprotocol/protocolVersion";
/// What `params._meta` of every modern request carries: what the client can do.
pub const META_CAPABILITIES: &str = "io.modelcontextprotocol/clientCapabilities";

/// JSON-RPC 2.0 section 5.1: the text is no JSON.
pub const PARSE_ERROR: i32 = -32700;
/// JSON-RPC 2.0 section 5.1: no request.
pub const INVALID_REQUEST: i32 = -32600;
/// JSON-RPC 2.0 section 5.1: a method that is not there.
pub const METHOD_NOT_FOUND: i32 = -32601;
/// JSON-RPC 2.0 section 5.1; servers answer a call of an unknown tool with it.
pub const INVALID_PARAMS: i32 = -32602;
/// JSON-RPC 2.0 section 5.1: something went wrong behind the request.
pub const INTERNAL_ERROR: i32 = -32603;
/// Revision 2026-07-28, `UnsupportedProtocolVersionError`.
pub const UNSUPPORTED_REVISION: i32 = -32022;
