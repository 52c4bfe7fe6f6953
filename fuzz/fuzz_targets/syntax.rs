//! Any text is parsed or refused with diagnostics whose places lie in it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mcppc::diagnostic::Source;
use mcppc::diagnostic::render::{Style, render};

fuzz_target!(|text: &str| {
    let source = Source::new("p.mcpp", text);
    let (_, diagnostics) = mcppc::syntax::parse(&source);
    for diagnostic in &diagnostics {
        let span = diagnostic.primary.span;
        assert!(text.get(span.start..span.end).is_some(), "{diagnostic:?}");
    }
    let _ = render(&source, &diagnostics, Style::default());
});
