//! Any text as a lock: refused, or written as a text that is read as the same lock.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mcppc::lock::Lock;

fuzz_target!(|text: &str| {
    if let Ok(lock) = Lock::parse(text) {
        let text = lock.to_text().expect("what was read is written");
        assert_eq!(Lock::parse(&text), Ok(lock));
    }
});
