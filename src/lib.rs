//! `mcppc`: a policy-as-code compiler and evaluator for what AI agents may do over MCP.
#![doc = include_str!("../docs/embedding.md")]
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::string_slice
    )
)]

pub mod check;
#[cfg(feature = "gateway")]
pub mod cli;
pub mod compile;
#[cfg(feature = "gateway")]
pub mod demo;
pub mod diagnostic;
pub mod digest;
pub mod eval;
#[cfg(feature = "gateway")]
pub mod evidence;
#[cfg(feature = "gateway")]
pub mod gateway;
pub mod json;
#[cfg(feature = "gateway")]
pub mod lane;
pub mod lock;
pub mod mcp;
pub mod note;
pub mod pattern;
#[cfg(feature = "gateway")]
pub mod process;
pub mod prove;
pub mod syntax;
pub mod table;
