//! Which side may ask for what.

use super::super::{Intent, Side};
use crate::eval::Reason;
use crate::table::Capability;

/// Each side asked only for what it may ask for.
pub fn check(intent: &Intent) -> Result<(), String> {
    let kind = intent.tool.as_deref().and_then(Capability::of_tool);
    let of_server = kind.is_some_and(Capability::said_by_server);
    let refused = intent.reason == Reason::Refused;
    match intent.from {
        Side::Client if intent.allow && of_server => {
            Err("the client asked for what only a server may ask for, and it was allowed".to_owned())
        }
        Side::Server if !refused && !of_server => Err("the server asked, and it was not refused".to_owned()),
        Side::Server if refused && (intent.message.is_some() || intent.tool.is_some()) => {
            Err("the server asked, and more than its method is kept of it".to_owned())
        }
        _ => Ok(()),
    }
}
