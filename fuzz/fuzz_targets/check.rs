//! Any policy against one lock: what checks is written, and read back as the same.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use mcppc::check::check;
use mcppc::diagnostic::{Severity, Source};
use mcppc::lock::Lock;
use mcppc::table::artifact;

static LOCK: LazyLock<Lock> =
    LazyLock::new(|| Lock::parse(include_str!("../../fixtures/check/mcpp.lock")).expect("the fixture is a lock"));

fuzz_target!(|text: &str| {
    let checked = check(&Source::new("p.mcpp", text), Some(&LOCK), &[]);
    let errors = checked.diagnostics.iter().any(|d| d.severity == Severity::Error);
    assert_eq!(checked.body.is_some(), !errors);
    if let Some(body) = checked.body {
        let bytes = artifact::write(&body).expect("what checks is written");
        let read = artifact::read(&bytes).expect("what is written is read");
        assert_eq!(read.body, body);
    }
});
