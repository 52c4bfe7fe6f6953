//! Every policy under `examples/` is without a warning, and its tests pass and leave no rule out.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod common {
    #[allow(dead_code, reason = "it also holds what other tests need")]
    pub mod workspace;
}

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use common::workspace::{Workspace, assert_exit};

fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples")
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    found.sort();
    found
}

fn policies() -> Vec<String> {
    let found: Vec<String> = entries(&examples())
        .iter()
        .filter(|folder| folder.is_dir())
        .flat_map(|folder| entries(folder))
        .filter(|file| file.extension().is_some_and(|extension| extension == "mcpp"))
        .map(|file| file.to_str().unwrap().to_owned())
        .collect();
    assert!(found.len() >= 15, "{found:?}");
    found
}

#[test]
fn no_example_has_a_warning() {
    let space = Workspace::new();
    for policy in policies() {
        let checked = space.mcppc(&["check", "--format", "json", &policy], b"");
        assert_exit(&checked, 0, &policy);
        assert_eq!(String::from_utf8_lossy(&checked.stdout), "", "{policy}");
    }
}

#[test]
fn the_tests_of_an_example_pass_and_touch_every_rule() {
    let space = Workspace::new();
    for policy in policies() {
        let tested = space.mcppc(&["test", "--coverage", "--format", "json", &policy], b"");
        assert_exit(&tested, 0, &policy);
        let said = String::from_utf8(tested.stdout).unwrap();
        let last: Value = serde_json::from_str(said.lines().last().unwrap()).unwrap();
        for kind in ["grants", "prohibitions"] {
            let of = &last["coverage"][kind];
            assert!(of["all"].is_u64(), "{said}");
            assert_eq!(of["touched"], of["all"], "{policy}: {kind}: {last}");
        }
    }
}

/// By the policy that only reads, no more of them are allowed than by the one that writes too.
#[test]
fn recorded_calls_are_allowed_in_part() {
    let space = Workspace::new();
    let mut folders = 0;
    for folder in entries(&examples()) {
        let calls = folder.join("calls.jsonl");
        if !calls.is_file() {
            continue;
        }
        folders += 1;
        let reading = ["read-only.mcpp", "policy.mcpp"].map(|name| folder.join(name));
        let reading = reading.iter().find(|policy| policy.is_file()).unwrap();
        let read = allowed(&space, reading, &calls);
        let written = allowed(&space, &folder.join("read-write.mcpp"), &calls);
        assert!(read.contains(&true), "{}: nothing is allowed", folder.display());
        assert!(written.contains(&false), "{}: nothing is denied", folder.display());
        assert!(
            read.iter().zip(&written).all(|(read, written)| read <= written),
            "{}: {read:?} {written:?}",
            folder.display()
        );
    }
    assert!(folders >= 6, "only {folders} folders have recorded calls");
}

/// Whether each call is allowed.
fn allowed(space: &Workspace, policy: &Path, calls: &Path) -> Vec<bool> {
    let [policy, calls] = [policy, calls].map(|path| path.to_str().unwrap());
    let output = space.mcppc(&["eval", "--json", "--policy", policy, calls], b"");
    assert_exit(&output, 1, policy);
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["decision"] == "allow")
        .collect()
}

#[test]
fn every_example_is_in_the_list() {
    let list = fs::read_to_string(examples().join("README.md")).unwrap();
    for policy in policies() {
        let name = Path::new(&policy).strip_prefix(examples()).unwrap().to_str().unwrap();
        assert!(
            list.contains(&format!("({name})")),
            "examples/README.md has no link to `{name}`"
        );
    }
}
