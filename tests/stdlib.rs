//! The standard library: its own tests hold, each pattern has both kinds of test, and the page about it is complete.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::collections::BTreeSet;

use mcppc::check::{Loader, check_package, stdlib};
use mcppc::diagnostic::Source;
use mcppc::syntax::ast::{PatternKind, StatementKind, TestEntry};

/// A folder with one module of the library in it.
struct Only(&'static str);

impl Loader for Only {
    fn load(&self, name: &str) -> Result<Source, String> {
        Ok(Source::new(name, self.0))
    }
}

/// `std::fs::secrets`, for each pattern of each module.
fn patterns() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (module, text) in stdlib::MODULES {
        let (file, diagnostics) = mcppc::syntax::parse(&Source::new(*module, *text));
        assert!(diagnostics.is_empty(), "std::{module}: {diagnostics:?}");
        for statement in file.statements {
            if let StatementKind::Pattern(definition) = statement.kind {
                assert!(
                    !statement.docs.is_empty(),
                    "std::{module}::{} has no words",
                    definition.name.name
                );
                found.insert(format!("std::{module}::{}", definition.name.name));
            }
        }
    }
    found
}

#[test]
fn all_tests_of_the_library_hold() {
    for (module, text) in stdlib::MODULES {
        let policy = Source::new("policy.mcpp", "policy \"std\"\ninclude \"module.mcpp\"\n");
        let checked = check_package(&policy, &Only(text), None, &[]);
        assert!(
            checked.diagnostics.is_empty(),
            "std::{module}: {:?}",
            checked.diagnostics
        );
        assert!(!checked.tests.is_empty(), "std::{module} has no tests");
        for test in checked.tests {
            let failures: Vec<_> = test
                .failures
                .iter()
                .map(|failure| {
                    let (source, failure) = checked.sources.local(failure);
                    (source.position(failure.primary.span.start).0, failure.message)
                })
                .collect();
            assert!(failures.is_empty(), "std::{module}, {}: {failures:?}", test.name);
        }
    }
}

#[test]
fn every_pattern_has_an_example_and_a_counterexample() {
    for (module, text) in stdlib::MODULES {
        let (file, _) = mcppc::syntax::parse(&Source::new(*module, *text));
        let mut seen = BTreeSet::new();
        for statement in &file.statements {
            let StatementKind::Test(test) = &statement.kind else {
                continue;
            };
            for entry in &test.entries {
                if let TestEntry::Pattern(case) = entry
                    && let PatternKind::Name(name) | PatternKind::Call { name, .. } = &case.pattern.kind
                {
                    seen.insert((name.name.clone(), case.matches));
                }
            }
        }
        for statement in &file.statements {
            if let StatementKind::Pattern(definition) = &statement.kind {
                for matches in [true, false] {
                    let wanted = (definition.name.name.clone(), matches);
                    assert!(seen.contains(&wanted), "std::{module}: no test has {wanted:?}");
                }
            }
        }
    }
}

#[test]
fn the_page_names_every_pattern_and_no_other() {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/stdlib.md")).unwrap();
    let rows = page
        .lines()
        .filter_map(|line| line.strip_prefix("| `std::")?.split_once('`'));
    let named: BTreeSet<String> = rows.map(|(name, _)| format!("std::{name}")).collect();
    assert_eq!(named, patterns());
}
