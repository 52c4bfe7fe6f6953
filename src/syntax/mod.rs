//! Source text → syntax tree.

pub mod ast;
mod braces;
mod cases;
mod clauses;
pub mod codes;
mod credentials;
pub mod format;
mod grammar;
pub mod layout;
mod names;
mod numbers;
mod parser;
mod patterns;
mod phrases;
mod quantities;
mod recover;
mod rules;
pub mod scan;
mod servers;
mod statements;
pub(crate) mod tokens;

pub use parser::{parse, parse_at};

#[cfg(test)]
mod tests;
