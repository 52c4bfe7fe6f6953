//! The folders of `src/` import downwards only, in the order of `ARCHITECTURE.md`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// What each folder may import from the crate, beside itself.
const MAY_IMPORT: [(&str, &[&str]); 20] = [
    ("digest", &[]),
    ("note", &["digest"]),
    ("diagnostic", &[]),
    ("json", &[]),
    ("syntax", &["diagnostic"]),
    ("pattern", &["json"]),
    ("table", &["diagnostic", "digest", "json", "note", "pattern"]),
    ("eval", &["json", "pattern", "table"]),
    ("prove", &["json", "pattern", "table", "eval"]),
    ("process", &[]),
    ("lane", &["table"]),
    ("lock", &["diagnostic", "json", "table", "process"]),
    (
        "check",
        &[
            "diagnostic",
            "json",
            "syntax",
            "pattern",
            "table",
            "eval",
            "prove",
            "lock",
        ],
    ),
    ("compile", &["check", "diagnostic", "lock", "prove", "table"]),
    ("mcp", &["digest", "json"]),
    ("evidence", &["json", "note", "pattern", "table", "eval"]),
    ("gateway", &["json", "table", "eval", "mcp", "evidence", "process"]),
    ("demo", &["json", "mcp"]),
    (
        "cli",
        &[
            "check",
            "demo",
            "diagnostic",
            "eval",
            "evidence",
            "gateway",
            "json",
            "lane",
            "lock",
            "mcp",
            "note",
            "pattern",
            "process",
            "prove",
            "syntax",
            "table",
        ],
    ),
    ("main", &["cli"]),
];

fn rust_files(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rust_files(&path, into);
        } else if path.extension().is_some_and(|e| e == "rs") {
            into.push(path);
        }
    }
}

/// The modules that a file names as `crate::MODULE` outside comments and tests.
fn imports(text: &str) -> BTreeSet<String> {
    let code = text.split("#[cfg(test)]").next().unwrap();
    let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
    let mut found = BTreeSet::new();
    for line in lines {
        for part in line.split("crate::").skip(1) {
            let name: String = part.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            found.insert(name);
        }
    }
    found
}

#[test]
fn imports_run_downwards() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    rust_files(&src, &mut files);
    assert!(files.len() > 30, "the sources were not found");
    let mut wrong = Vec::new();
    for file in files {
        let relative = file.strip_prefix(&src).unwrap();
        let folder = relative
            .components()
            .next()
            .unwrap()
            .as_os_str()
            .to_str()
            .unwrap()
            .trim_end_matches(".rs");
        let name = relative.file_stem().unwrap().to_str().unwrap();
        let is_test = name == "tests"
            || name == "fixture"
            || name.ends_with("_tests")
            || relative.components().any(|c| c.as_os_str() == "tests");
        if folder == "lib" || is_test {
            continue;
        }
        let allowed = MAY_IMPORT.iter().find(|(name, _)| *name == folder);
        let (_, allowed) = allowed.unwrap_or_else(|| panic!("`src/{folder}` has no place in the architecture"));
        for import in imports(&fs::read_to_string(&file).unwrap()) {
            if import != folder && !allowed.contains(&import.as_str()) {
                wrong.push(format!("{} imports `{import}`", relative.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_test_sees_imports() {
    let found = imports(
        "use crate::json::parse;\n// crate::comment\nfn f(x: &crate::eval::Call) {}\n#[cfg(test)]\nuse crate::gone;",
    );
    assert_eq!(found, BTreeSet::from(["eval".to_owned(), "json".to_owned()]));
}
