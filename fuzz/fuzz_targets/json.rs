//! Strict JSON: what is read is read by serde_json too, and its canonical form is read back as the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mcppc::json::{Limits, canonical, parse};

fuzz_target!(|bytes: &[u8]| {
    let Ok(value) = parse(bytes, &Limits::default()) else {
        return;
    };
    let text = canonical(&value);
    let again = parse(text.as_bytes(), &Limits::default()).expect("canonical JSON is read");
    assert_eq!(canonical(&again), text);
});
