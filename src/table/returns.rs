//! `returns { … }`: which results a grant lets through.

use serde::{Deserialize, Serialize};

use super::Shape;
use crate::pattern::Pattern;

/// What the result of a call must fit. What is `None` asks for nothing.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Returns {
    /// `size: ..=1MiB`: the most bytes of the server's answer, the whole message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    /// `types: P`: the types of content.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub types: Option<Pattern>,
    /// `links: P`: the addresses that it gives.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub links: Option<Links>,
}

/// The addresses that a result may give.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Links {
    /// How each is read: as a URL.
    pub read: Shape,
    /// Which may stand there.
    pub pattern: Pattern,
}

/// The types of content that MCP has; no other fits a `types`.
pub const CONTENT_TYPES: [&str; 5] = ["text", "image", "audio", "resource_link", "resource"];
