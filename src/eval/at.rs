//! Where a value stands in a call. Written out only when something is wrong there.

use super::call::escape_pointer;

/// A place: the steps from the arguments to it, innermost first.
#[derive(Clone, Copy, Debug)]
pub struct At<'p> {
    parent: Option<&'p At<'p>>,
    step: Step<'p>,
}

#[derive(Clone, Copy, Debug)]
enum Step<'p> {
    Arguments,
    Key(&'p str),
    Index(usize),
}

impl<'p> At<'p> {
    /// The arguments themselves.
    pub const ARGUMENTS: At<'static> = At {
        parent: None,
        step: Step::Arguments,
    };

    /// A member of what stands here.
    #[must_use]
    pub fn key(&'p self, key: &'p str) -> Self {
        Self {
            parent: Some(self),
            step: Step::Key(key),
        }
    }

    /// An element of what stands here.
    #[must_use]
    pub fn index(&'p self, index: usize) -> Self {
        Self {
            parent: Some(self),
            step: Step::Index(index),
        }
    }

    /// The place as a JSON pointer (RFC 6901).
    #[must_use]
    pub fn pointer(&self) -> String {
        let before = self.parent.map(At::pointer).unwrap_or_default();
        match self.step {
            Step::Arguments => before,
            Step::Key(key) => format!("{before}/{}", escape_pointer(key)),
            Step::Index(index) => format!("{before}/{index}"),
        }
    }

    /// The place as people read it: without the first slash.
    #[must_use]
    pub fn parameter(&self) -> String {
        parameter(&self.pointer())
    }
}

/// A pointer as people read it: without its first slash.
#[must_use]
pub fn parameter(pointer: &str) -> String {
    pointer.strip_prefix('/').unwrap_or(pointer).escape_debug().to_string()
}
