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
use jiff::Timestamp;
use mcppc::eval::{Caller, Context, Scratch, State};
use mcppc::table::{ArtifactError, Digest, Policy};

fn context() -> Context {
    Context {
        caller: Caller::Local,
        time: Timestamp::UNIX_EPOCH,
        state: State::default(),
    }
}

/// The rules of an artifact, with the line of their parameters, and its programs.
fn parts(artifact: &[u8]) -> (&str, &[u8]) {
    let mut breaks = (0..artifact.len()).filter(|at| artifact[*at] == b'\n');
    let header = breaks.next().unwrap();
    let end = breaks.nth(1).unwrap();
    (
        std::str::from_utf8(&artifact[header + 1..end]).unwrap(),
        &artifact[end + 1..],
    )
}

/// An artifact of these parts, with a digest that fits.
fn joined(rules: &str, programs: &[u8]) -> Vec<u8> {
    let content = [rules.as_bytes(), b"\n", programs].concat();
    [format!("mcppb 2 {}\n", Digest::of(&content)).as_bytes(), &content].concat()
}

fn built(folder: &Folder, source: &str) -> Vec<u8> {
    let run = folder.run(&["build", source, "-o", "built.mcppb"]);
    assert_eq!(run.code, 0, "{run:?}");
    std::fs::read(folder.at("built.mcppb")).unwrap()
}

/// The artifact with this changed in it, and a digest that fits.
fn changed(folder: &Folder, from: &str, to: &str) {
    let artifact = built(folder, "files.mcpp");
    let (rules, programs) = parts(&artifact);
    assert!(rules.contains(from), "{rules}");
    let changed = joined(&rules.replacen(from, to, 1), programs);
    std::fs::write(folder.at("changed.mcppb"), changed).unwrap();
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
        (r#"{"language""#, r#"{language""#, "this is no JSON"),
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
    std::fs::copy(folder.at("files.mcppb"), folder.at("renamed")).unwrap();
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

/// Two policies that differ in one pattern, and the rules of the narrow one with the programs of the wide one.
fn lying(folder: &Folder) -> Vec<u8> {
    let policy =
        |folders: &str| format!("policy \"p\"\nserver fs\nallow fs.read_file {{ path: path(\"{folders}\") }}\n");
    folder.write("narrow.mcpp", &policy("/srv/a/**"));
    folder.write("wide.mcpp", &policy("/srv/**"));
    let (narrow, wide) = (built(folder, "narrow.mcpp"), built(folder, "wide.mcpp"));
    joined(parts(&narrow).0, parts(&wide).1)
}

#[test]
fn rules_beside_another_program_are_shown_to_nobody_and_not_signed() {
    let folder = Folder::new();
    std::fs::write(folder.at("lying.mcppb"), lying(&folder)).unwrap();
    let words = [
        "decides otherwise than its rules read: `fs.read_file`",
        "help: it was tampered with",
    ];
    folder.fails(&["explain", "lying.mcppb"], &words);
    folder.fails(&["build", "lying.mcppb", "-o", "again.mcppb"], &words);
}

/// Who judges decisions asks what follows from the rules.
#[test]
fn a_verifier_decides_by_the_rules_and_not_by_the_program_beside_them() {
    let lying = lying(&Folder::new());
    let arguments = br#"{"path":"/srv/b/x"}"#;
    let allows = |policy: &Policy| {
        let (mut scratch, context) = (Scratch::default(), context());
        policy
            .decide_arguments(&mut scratch, ("fs", "read_file"), arguments, &context)
            .is_allow()
    };
    let believed = Policy::from_bytes(&lying).unwrap();
    assert!(allows(&believed));
    assert!(matches!(believed.check_programs(), Err(ArtifactError::Disagrees(tool)) if tool == "fs.read_file"));
    let derived = Policy::from_rules(&lying).unwrap();
    assert!(!allows(&derived));
    assert_eq!(derived.digest(), believed.digest());
    assert_eq!(derived.check_programs(), Ok(()));
}

#[test]
fn a_stripped_artifact_decides_alike_and_holds_no_text() {
    let folder = Folder::new();
    let whole = folder.run(&["build", "files.mcpp", "-o", "whole.mcppb"]);
    let stripped = folder.run(&["build", "files.mcpp", "-o", "stripped.mcppb", "--strip"]);
    assert_eq!((whole.code, stripped.code), (0, 0), "{stripped:?}");
    let bytes = std::fs::read(folder.at("stripped.mcppb")).unwrap();
    assert!(!parts(&bytes).0.contains("allow fs.") && parts(&bytes).0.contains(r#""sources":[]"#));
    let decided = |artifact: &str| {
        let run = folder.run(&["eval", "--policy", artifact, "calls.jsonl", "--json"]);
        (run.code, run.out)
    };
    let digest = |artifact: &str| folder.run(&["build", artifact, "-o", "x.mcppb"]).out.trim().to_owned();
    let (code, lines) = decided("stripped.mcppb");
    let whole = decided("whole.mcppb");
    assert!(lines.lines().count() > 3);
    assert_eq!(
        (code, lines.replace(&digest("stripped.mcppb"), &digest("whole.mcppb"))),
        whole
    );
    // A signature says the same of it whether it was stripped when it was built or later.
    let again = folder.run(&["build", "whole.mcppb", "-o", "again.mcppb", "--strip"]);
    assert_eq!(again.out, stripped.out);
    assert_eq!(folder.run(&["explain", "stripped.mcppb"]).code, 0);
}

/// What was built once stays readable, and means the same: `fixtures/artifacts` holds an artifact of each version of the
/// format, all of one policy.
#[test]
fn artifacts_of_every_version_decide_alike() {
    let folder = Folder::new();
    let decided = |version: &str| {
        let name = format!("{version}.mcppb");
        let golden = format!("{}/fixtures/artifacts/{name}", env!("CARGO_MANIFEST_DIR"));
        std::fs::copy(golden, folder.at(&name)).unwrap();
        let digest = Digest::of(&std::fs::read(folder.at(&name)).unwrap()).to_string();
        let run = folder.run(&["eval", "--policy", &name, "calls.jsonl", "--json"]);
        format!(
            "exit code {}\n{}{}",
            run.code,
            run.out.replace(&digest, "sha256:…"),
            run.err
        )
    };
    let first = decided("1");
    assert_eq!(decided("2"), first);
    insta::assert_snapshot!("golden", first);
}

#[test]
fn a_version_that_is_not_known_is_called_so() {
    let folder = Folder::new();
    folder.write("newer.mcppb", "mcppb 3 sha256:0\n");
    folder.fails(
        &["explain", "newer.mcppb"],
        &[
            "of a version of the format that this program does not know",
            "help: it takes a newer version",
        ],
    );
}

/// Nothing of a program is taken on trust: whatever is changed in it, it is refused, or decides within its bound.
#[test]
fn a_program_that_was_changed_is_refused_or_keeps_to_its_bound() {
    let artifact = built(&Folder::new(), "files.mcpp");
    let (rules, programs) = parts(&artifact);
    let calls: [&[u8]; 3] = [
        br#"{"path":"/srv/work/notes.txt","content":"x"}"#,
        br#"{"paths":["/srv/work/a","/srv/work/.git/b"],"path":"a","x":1}"#,
        b"{}",
    ];
    let (mut taken, mut refused) = (0, 0);
    for at in (0..programs.len()).step_by(3) {
        for flip in [1, 0x82] {
            let mut changed = programs.to_vec();
            changed[at] ^= flip;
            let Ok(policy) = Policy::from_bytes(&joined(rules, &changed)) else {
                refused += 1;
                continue;
            };
            taken += 1;
            for tool in policy.tools("fs").map(str::to_owned).collect::<Vec<_>>() {
                for call in calls {
                    within(&policy, &tool, call);
                }
            }
        }
    }
    assert!(taken > 0 && refused > 0, "{taken} {refused}");
}

fn within(policy: &Policy, tool: &str, call: &[u8]) {
    let (mut scratch, context) = (Scratch::default(), context());
    let (_, work) = policy.measure(&mut scratch, ("fs", tool), call, &context);
    let most = policy.bound_of("fs", tool).of(call.len() as u64);
    assert!(work.bytes <= most.passes * most.bytes && work.nodes <= most.nodes && work.words <= most.words);
}
