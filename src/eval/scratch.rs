//! The memory that decisions are made in.

use super::walk::Room;
use crate::json::{Limits, Tape};

/// What one decision after another is made in: made once for a thread or session, so that a decision takes no memory of
/// its own. It begins with room for a call of [`BYTES`] and [`NODES`], and grows for a call that is larger than any
/// before it, up to what the limits allow: some 100 MB for a call of a million values. It holds the call that was read
/// last.
#[derive(Debug)]
pub struct Scratch {
    pub(super) limits: Limits,
    pub(super) tape: Tape,
    pub(super) room: Room,
}

/// Four pages of text: most calls are far shorter.
const BYTES: usize = 16 << 10;

/// A value, or a key, for every 16 bytes of it.
const NODES: usize = 1 << 10;

impl Scratch {
    /// Memory for calls within these limits.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            tape: Tape::with_capacity(BYTES, NODES),
            room: Room::default(),
        }
    }
}

impl Default for Scratch {
    fn default() -> Self {
        Self::new(Limits::default())
    }
}
