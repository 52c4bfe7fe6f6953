//! Source text → syntax tree.

pub mod ast;
mod cases;
pub mod codes;
pub mod format;
mod grammar;
mod names;
mod numbers;
mod parser;
mod patterns;
mod recover;
mod rules;
pub mod scan;
mod servers;

pub use parser::parse;

#[cfg(test)]
mod tests;
