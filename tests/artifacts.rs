//! Artifacts that are not taken, and what is said of them.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs
)]

#[path = "common/folder.rs"]
mod folder;

use folder::Folder;
use mcppc::table::Digest;

/// The artifact with this changed in it, and a digest that fits.
fn changed(folder: &Folder, from: &str, to: &str) {
    assert_eq!(folder.run(&["build", "files.mcpp", "-o", "files.mcppb"]).code, 0);
    let text = folder.read("files.mcppb");
    let (_, body) = text.split_once('\n').unwrap();
    assert!(body.contains(from), "{body}");
    let body = body.replacen(from, to, 1);
    folder.write(
        "changed.mcppb",
        &format!("mcppb 1 {}\n{body}", Digest::of(body.as_bytes())),
    );
}

fn refused(folder: &Folder, words: &[&str]) {
    folder.fails(&["run", "--policy", "changed.mcppb"], words);
    folder.fails(&["verify", ".", "--policy", "changed.mcppb"], &words[..1]);
}

#[test]
fn an_artifact_of_another_language_says_which_program_it_takes() {
    let folder = Folder::new();
    let from = r#""language":"0.1""#;
    changed(&folder, from, r#""language":"0.0""#);
    let older = [
        "the compiled policy is of language `0.0`, and this program knows `0.1`",
        "help: build it again",
    ];
    refused(&folder, &older);
    // What a newer language has beside does not hide which one it is.
    changed(&folder, from, r#""language":"0.10","more":[1]"#);
    refused(
        &folder,
        &["is of language `0.10`", "help: it takes a newer version of mcppc"],
    );
}

#[test]
fn a_clause_that_is_not_known_is_called_a_clause() {
    let folder = Folder::new();
    for rule in [r#""grants":[{"#, r#""prohibitions":[{"#, r#""rules":[{"#] {
        changed(&folder, rule, &format!(r#"{rule}"unless":[],"#));
        refused(
            &folder,
            &[
                "the clause `unless` is not enforced by this version",
                "help: use the version",
            ],
        );
    }
}

/// Whoever has an artifact that was damaged need not know what this program is written in.
#[test]
fn what_is_wrong_with_an_artifact_is_said_in_its_own_words() {
    let folder = Folder::new();
    for (from, to, words) in [
        (r#""rule":0"#, r#""rule":"x""#, "line 2, column "),
        (
            r#""rule":0"#,
            r#""rule":"x""#,
            "a value of another kind is expected here",
        ),
        (
            r#""arguments":{"#,
            r#""arguments":7,"x":{"#,
            "a value of another kind is expected here",
        ),
        (
            r#""servers":"#,
            r#""x":1,"servers":"#,
            "`x` is not known to this version",
        ),
        (
            r#""effect":"allow""#,
            r#""effect":"maybe""#,
            "`maybe` is not known to this version",
        ),
        (r#""language":"0.1","#, "", "`language` is missing"),
        ("}\n", "\n", "this is no JSON"),
    ] {
        changed(&folder, from, to);
        refused(&folder, &[words]);
        let run = folder.run(&["explain", "changed.mcppb"]);
        for word in ["struct", "u32", "usize", "enum", "field", "variant", "EOF", "at line"] {
            assert!(!run.err.contains(word), "{}", run.err);
        }
    }
}

#[test]
fn an_artifact_with_nothing_in_it_is_no_source() {
    let folder = Folder::new();
    folder.write("empty.mcppb", "");
    folder.write("short.mcppb", "mcp");
    folder.fails(
        &["run", "--policy", "empty.mcppb"],
        &["`empty.mcppb`: not a compiled policy: it is empty", "help: build"],
    );
    folder.fails(
        &["explain", "short.mcppb"],
        &["`short.mcppb`: not a compiled policy: it does not begin with"],
    );
}

/// A grammar error that shows the whole artifact helps nobody.
#[test]
fn an_artifact_or_a_lock_in_the_place_of_a_source_is_called_so() {
    let folder = Folder::new();
    assert_eq!(folder.run(&["build", "files.mcpp", "-o", "files.mcppb"]).code, 0);
    folder.write("renamed", &folder.read("files.mcppb"));
    for command in ["check", "test", "lock", "fmt"] {
        for (file, what) in [
            ("files.mcppb", "an artifact"),
            ("renamed", "an artifact"),
            ("mcpp.lock", "a lock"),
        ] {
            let said = format!("`{file}` is {what}, and no policy's source");
            folder.fails(&[command, file], &[&said, "help: name the `.mcpp` file"]);
        }
    }
    folder.fails(
        &["run", "--policy", "mcpp.lock"],
        &["`mcpp.lock` is a lock", "help: name the `.mcpp` file"],
    );
}
