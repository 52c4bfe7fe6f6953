//! What parses is laid out, says the same, keeps its comments, and laid out again does not change.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mcppc::diagnostic::Source;
use mcppc::syntax::layout::{LayoutError, lay_out};

fuzz_target!(|text: &str| {
    match lay_out(&Source::new("p.mcpp", text)) {
        Ok(once) => assert_eq!(lay_out(&Source::new("p.mcpp", once.as_str())), Ok(once)),
        Err(LayoutError::Wrong(found)) => assert!(!found.is_empty()),
        Err(LayoutError::TooLarge) => {}
        Err(LayoutError::Unfaithful) => panic!("the layout says something else"),
    }
});
