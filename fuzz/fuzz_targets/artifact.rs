//! Any bytes as an artifact's body, under a header that fits: refused, or written again as they were.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mcppc::table::{Digest, artifact};

fuzz_target!(|text: &[u8]| {
    let _ = artifact::read(text);
    let header = format!("mcppb 1 {}\n", Digest::of(text));
    let bytes = [header.as_bytes(), text].concat();
    if let Ok(body) = artifact::read(&bytes) {
        assert_eq!(artifact::write(&body).as_ref(), Ok(&bytes));
    }
});
