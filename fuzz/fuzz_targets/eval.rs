//! Any line against one policy: a decision, twice the same, and no grant for what is not strict JSON.
#![no_main]

use std::sync::LazyLock;

use jiff::Timestamp;
use libfuzzer_sys::fuzz_target;
use mcppc::check::check;
use mcppc::diagnostic::Source;
use mcppc::eval::decide_line;
use mcppc::json::{Limits, parse};
use mcppc::lock::Lock;
use mcppc::table::{Policy, artifact};

static POLICY: LazyLock<Policy> = LazyLock::new(|| {
    let lock = Lock::parse(include_str!("../../fixtures/policies/mcpp.lock")).expect("the fixture is a lock");
    let source = Source::new("files.mcpp", include_str!("../../fixtures/policies/files.mcpp"));
    let body = check(&source, Some(&lock), &[]).body.expect("the fixture checks");
    Policy::from_bytes(&artifact::write(&body).expect("it is written")).expect("it is read back")
});

fuzz_target!(|line: &[u8]| {
    let decide = || decide_line(&POLICY, Some("fs"), line, Timestamp::UNIX_EPOCH);
    let decision = decide();
    assert_eq!(decision, decide());
    assert!(!decision.is_allow() || parse(line, &Limits::default()).is_ok());
});
