//! Any text as a lock: refused, or written as a text that is read as the same lock.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mcppc::lock::Lock;

fuzz_target!(|text: &str| {
    if let Ok(lock) = Lock::parse(text) {
        assert_eq!(Lock::parse(&lock.to_text()), Ok(lock));
    }
});
