//! Source text → syntax tree.

pub mod ast;
