//! The `mcppc` command.

fn main() {}
