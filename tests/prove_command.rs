//! `mcppc prove`, `mcppc diff` and assertions, by what a user asks.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs
)]

mod common {
    pub mod folder;
}

use common::folder::Folder;
use serde_json::Value;

const POLICY: &str = r#"
policy "acme/files"
const root = "/srv/work"
server fs { path: *.path }
allow fs.read { path: path("${root}/**") & !path("**/.git/**"), head?: 1..=10 }
"#;

/// A folder with this policy, and with a server that has one tool.
fn folder(policy: &str) -> Folder {
    let folder = Folder::new();
    let tools = r#"{"tools":[{"name":"read","inputSchema":{"type":"object","properties":{"path":{"type":"string"},"head":{"type":"integer"}},"required":["path"]}}]}"#;
    folder.write("files.mcpp", policy);
    folder.write("fs.tools.json", tools);
    std::fs::remove_file(folder.at("mcpp.lock")).unwrap();
    let run = folder.run(&["lock", "files.mcpp", "--tools", "fs=fs.tools.json"]);
    assert_eq!(run.code, 0, "{run:?}");
    folder
}

#[test]
fn what_can_never_be_is_proved() {
    let run = folder(POLICY).run(&[
        "prove",
        "files.mcpp",
        "--never",
        "fs.* { any path: !path(\"${root}/**\") }",
    ]);
    assert_eq!((run.code, run.out.as_str()), (0, "proved never fs.read\n"), "{run:?}");
}

#[test]
fn what_can_be_is_shown_by_a_call_that_eval_takes() {
    let folder = folder(POLICY);
    for (claim, question, allowed) in [
        ("--never", "fs.read { head: 5.. }", true),
        ("--never", "fs.read { path: path(\"**/.ssh/**\") }", true),
        ("--always", "fs.read { path: path(\"${root}/a/**\") }", false),
        ("--always", "fs.read { path: \"${root}/a\", head: int }", false),
    ] {
        let run = folder.run(&["prove", "files.mcpp", claim, question, "--json"]);
        assert_eq!(run.code, 1, "{question}: {run:?}");
        let answer: Value = serde_json::from_str(&run.out).unwrap();
        assert_eq!(answer["answer"], "refuted");
        assert_eq!(answer["rule"]["line"], 5);
        folder.write("call.jsonl", &answer["call"].to_string());
        let eval = folder.run(&["eval", "--policy", "files.mcpp", "call.jsonl"]);
        assert_eq!(eval.code, i32::from(!allowed), "{question}: {eval:?}");
    }
}

#[test]
fn people_see_the_call_and_the_rule() {
    let run = folder(POLICY).run(&["prove", "files.mcpp", "--never", "fs.read { head: 5.. }"]);
    let (before, id) = run.out.rsplit_once('(').unwrap();
    assert_eq!(id.trim_end().len(), 13, "{id}");
    insta::assert_snapshot!(format!("{before}(RULE)"), @r#"
    refuted never fs.read
      {"server":"fs","tool":"read","arguments":{"head":5,"path":"/srv/work"}}
      allowed: files.mcpp:5 (RULE)
    "#);
}

#[test]
fn what_cannot_be_answered_is_refused() {
    let folder = folder(POLICY);
    let run = folder.run(&["prove", "files.mcpp", "--never", "fs.read", "--budget", "100"]);
    assert_eq!(run.code, 2);
    assert!(
        run.out.contains("refused never fs.read: it takes more than 100 steps"),
        "{run:?}"
    );
    let run = folder.run(&["prove", "files.mcpp", "--never", "fs.read { head: 1 & 2 }"]);
    assert_eq!(run.code, 2);
    assert!(run.out.contains("there is no such call"), "{run:?}");
    folder.fails(&["prove", "files.mcpp"], &["asserts nothing", "--never"]);
    let run = folder.run(&["prove", "files.mcpp", "--never", "fs.read { heed: 1 }"]);
    assert_eq!(run.code, 2);
    assert!(run.err.contains("did you mean `head`?"), "{run:?}");
}

#[test]
fn a_question_is_no_way_to_slip_a_rule_in() {
    let folder = folder(POLICY);
    for question in [
        "fs.read allow fs.read {}",
        "fs.read const a = 1",
        "fs.read } policy \"x\"",
    ] {
        let run = folder.run(&["prove", "files.mcpp", "--never", question]);
        assert_eq!(run.code, 2, "{question}: {run:?}");
        assert!(run.out.is_empty(), "{question}: {run:?}");
    }
}

#[test]
fn a_policy_that_breaks_its_own_word_does_not_compile() {
    let folder = folder(&format!("{POLICY}assert never fs.read {{ head: 10 }}\n"));
    for args in [
        &["check", "files.mcpp"][..],
        &["build", "files.mcpp", "-o", "files.mcppb"],
    ] {
        let run = folder.run(args);
        assert_eq!(run.code, 1, "{args:?}: {run:?}");
        assert!(run.err.contains("E0200"), "{args:?}: {run:?}");
    }
    assert!(!folder.at("files.mcppb").exists());
    let run = folder.run(&["prove", "files.mcpp"]);
    assert_eq!(run.code, 1, "{run:?}");
    assert!(run.out.starts_with("refuted never fs.read"), "{run:?}");
}

#[test]
fn a_change_is_shown_by_calls_and_new_access_can_be_ruled_out() {
    let folder = folder(POLICY);
    let wider = POLICY.replace("1..=10", "5..=12");
    folder.write("wider.mcpp", &wider);
    folder.write("narrower.mcpp", &POLICY.replace("1..=10", "2..=10"));
    let same = folder.run(&["diff", "files.mcpp", "files.mcpp", "--no-new-access"]);
    assert_eq!(
        (same.code, same.out.as_str()),
        (0, "1 of 1 tools equivalent\n"),
        "{same:?}"
    );
    for (new, verdict, code) in [
        ("narrower.mcpp", "less permissive", 0),
        ("wider.mcpp", "incomparable", 1),
    ] {
        let run = folder.run(&["diff", "files.mcpp", new, "--no-new-access", "--format", "json"]);
        assert_eq!(run.code, code, "{run:?}");
        let found: Value = serde_json::from_str(&run.out).unwrap();
        assert_eq!(found["verdict"], verdict);
        for (direction, allowed_by, denied_by) in [
            ("newly_allowed", new, "files.mcpp"),
            ("no_longer_allowed", "files.mcpp", new),
        ] {
            if found[direction].is_null() {
                continue;
            }
            folder.write("call.jsonl", &found[direction]["call"].to_string());
            assert_eq!(folder.run(&["eval", "--policy", allowed_by, "call.jsonl"]).code, 0);
            assert_eq!(folder.run(&["eval", "--policy", denied_by, "call.jsonl"]).code, 1);
        }
    }
    let build = folder.run(&["build", "files.mcpp", "-o", "old.mcppb"]);
    assert_eq!(build.code, 0, "{build:?}");
    let run = folder.run(&["diff", "old.mcppb", "wider.mcpp", "--format", "md"]);
    assert_eq!(run.code, 0, "{run:?}");
    assert!(run.out.contains("| `fs.read` | incomparable |"), "{run:?}");
    let run = folder.run(&["diff", "old.mcppb", "wider.mcpp", "--budget", "10"]);
    assert_eq!(run.code, 2, "{run:?}");
    assert!(run.out.contains("fs.read refused"), "{run:?}");
}

#[test]
fn what_changed_beside_is_listed() {
    let folder = folder(POLICY);
    let gates = "caller staff { issuer: \"i\" }\nlabel seen = taint per caller\nlimit few = 3 per 1h per caller\n";
    let rule = "allow fs.read for staff { path: \"/etc/hosts\" } unless seen limit few\n";
    folder.write("old.mcpp", &format!("{POLICY}{gates}{rule}"));
    folder.write(
        "new.mcpp",
        &format!(
            "// Only moved.\n{POLICY}{}{rule}",
            gates.replace("= 3", "= 5").replace("\"i\"", "\"j\"")
        ),
    );
    let run = folder.run(&["diff", "old.mcpp", "new.mcpp"]);
    assert_eq!(run.code, 0, "{run:?}");
    assert!(run.out.contains("fs.read incomparable"), "{run:?}");
    assert!(
        run.out
            .contains("caller staff: changed\nlimit few: 3 per 3600s per caller became 5 per 3600s per caller"),
        "{run:?}"
    );
    assert!(!run.out.contains("label seen"), "{run:?}");
}

/// A folder with this policy, and a repository around it.
fn repository(policy: &str) -> Folder {
    let folder = folder(policy);
    git(&folder, &["init", "--quiet", "--initial-branch=main"]);
    commit(&folder);
    folder
}

fn git(folder: &Folder, words: &[&str]) {
    let mut command = std::process::Command::new("git");
    command.current_dir(folder.0.path()).args(words);
    for (name, value) in [
        ("GIT_AUTHOR_NAME", "a"),
        ("GIT_AUTHOR_EMAIL", "a@example.com"),
        ("GIT_COMMITTER_NAME", "a"),
        ("GIT_COMMITTER_EMAIL", "a@example.com"),
        ("GIT_CONFIG_GLOBAL", "/dev/null"),
    ] {
        command.env(name, value);
    }
    assert!(command.status().unwrap().success(), "{words:?}");
}

fn commit(folder: &Folder) {
    git(folder, &["add", "--all"]);
    git(folder, &["commit", "--quiet", "--message=x"]);
}

/// `mcppc diff`, where it finds `git`.
fn diff(folder: &Folder, words: &[&str]) -> (i32, String, String) {
    let mut command = folder.command(&[&["diff"], words].concat());
    let output = command.env("PATH", std::env::var("PATH").unwrap()).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

#[test]
fn a_change_is_compared_with_what_a_revision_has() {
    let folder = repository(POLICY);
    folder.write("files.mcpp", &POLICY.replace("1..=10", "1..=12"));
    let (code, out, err) = diff(&folder, &["git:HEAD:files.mcpp", "files.mcpp", "--no-new-access"]);
    assert_eq!(code, 1, "{out}{err}");
    assert!(out.starts_with("fs.read more permissive"), "{out}");
    let (code, out, err) = diff(&folder, &["git:main:files.mcpp", "git:HEAD:./files.mcpp"]);
    assert_eq!((code, out.as_str()), (0, "1 of 1 tools equivalent\n"), "{err}");
}

#[test]
fn the_lock_and_the_included_files_are_those_of_the_revision() {
    let folder = repository(POLICY);
    folder.write("files.mcpp", &format!("{POLICY}include \"base.mcpp\"\n"));
    folder.write("base.mcpp", "deny fs.read { path: path(\"/srv/work/a/**\") }\n");
    commit(&folder);
    // Neither the lock nor the prohibition is left in the folder.
    folder.write("base.mcpp", "// Nothing.\n");
    let lock = folder.read("mcpp.lock");
    std::fs::remove_file(folder.at("mcpp.lock")).unwrap();
    let (code, out, err) = diff(&folder, &["git:main:files.mcpp", "git:main:files.mcpp"]);
    assert_eq!((code, out.as_str()), (0, "1 of 1 tools equivalent\n"), "{err}");
    folder.write("mcpp.lock", &lock);
    let (code, out, err) = diff(&folder, &["git:main:files.mcpp", "files.mcpp"]);
    assert_eq!(code, 0, "{err}");
    assert!(out.contains("\"path\":\"/srv/work/a\""), "{out}");
}

#[test]
fn an_artifact_of_a_revision_is_compared_too() {
    let folder = repository(POLICY);
    assert_eq!(folder.run(&["build", "files.mcpp", "-o", "files.mcppb"]).code, 0);
    commit(&folder);
    let (code, out, err) = diff(&folder, &["git:main:files.mcppb", "files.mcpp", "--set", "root=/srv"]);
    assert_eq!(code, 0, "{err}");
    assert!(out.starts_with("fs.read more permissive"), "{out}");
}

#[test]
fn what_a_revision_does_not_have_is_said() {
    let folder = repository(POLICY);
    for (old, said) in [
        ("git:main", "is not written `git:REV:PATH`"),
        ("git::files.mcpp", "is not written `git:REV:PATH`"),
        ("git:--output=x:files.mcpp", "is not written `git:REV:PATH`"),
        ("git:main:--textconv", "is not written `git:REV:PATH`"),
        ("git:other:files.mcpp", "git knows of no commit `other` here"),
        ("git:main:other.mcpp", "`main` has no file `other.mcpp`"),
        ("git:main:../files.mcpp", "`main` has no file `../files.mcpp`"),
        ("git:main:.", "`main` has no file `.`"),
        ("git:main:mcpp.lock", "is a lock, and no policy's source"),
    ] {
        let (code, out, err) = diff(&folder, &[old, "files.mcpp"]);
        assert_eq!((code, out.as_str()), (2, ""), "{old}: {err}");
        assert!(err.contains(said), "{old}: {err}");
    }
    assert!(!folder.at("x").exists());
}

/// Replaced objects are a matter of one clone: what is compared is what the commit has.
#[test]
fn a_replaced_object_is_not_what_the_revision_has() {
    let folder = repository(POLICY);
    git(&folder, &["tag", "old"]);
    folder.write("files.mcpp", &POLICY.replace("1..=10", "1..=12"));
    commit(&folder);
    git(&folder, &["replace", "old", "main"]);
    let (code, out, err) = diff(&folder, &["git:old:files.mcpp", "git:main:files.mcpp"]);
    assert_eq!(code, 0, "{err}");
    assert!(out.starts_with("fs.read more permissive"), "{out}");
}

/// A folder with one tool of these parameters, and these rules on it.
fn hard(properties: &Value, rules: &str) -> Folder {
    let folder = Folder::new();
    let tools = serde_json::json!({ "tools": [{ "name": "t", "inputSchema": { "type": "object", "properties": properties } }] });
    folder.write("s.tools.json", &tools.to_string());
    folder.write("hard.mcpp", &format!("policy \"hard\"\nserver s\n{rules}"));
    std::fs::remove_file(folder.at("mcpp.lock")).unwrap();
    let run = folder.run(&["lock", "hard.mcpp", "--tools", "s=s.tools.json"]);
    assert_eq!(run.code, 0, "{run:?}");
    folder
}

/// Asks with no more than a gigabyte of memory; it is refused.
fn refused(folder: &Folder, question: &str, budget: &str) {
    let command = "ulimit -v 1048576; exec \"$0\" \"$@\"";
    let program = env!("CARGO_BIN_EXE_mcppc");
    let output = std::process::Command::new("sh")
        .current_dir(folder.0.path())
        .args([
            "-c",
            command,
            program,
            "prove",
            "hard.mcpp",
            "--never",
            question,
            "--budget",
            budget,
        ])
        .output()
        .unwrap();
    let (out, err) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert_eq!(output.status.code(), Some(2), "{out}{err}");
    assert!(out.starts_with("refused never s.t: "), "{out}{err}");
}

/// Pigeons that do not fit into their holes: no search of this kind sees that soon.
#[test]
fn pigeons_and_holes_are_refused_within_the_budget() {
    let (pigeons, holes) = (9, 8);
    let name = |pigeon: usize, hole: usize| format!("p{pigeon}_{hole}");
    let all = || (0..pigeons).flat_map(|pigeon| (0..holes).map(move |hole| (pigeon, hole)));
    let properties: Value = all()
        .map(|(pigeon, hole)| (name(pigeon, hole), serde_json::json!({ "type": "boolean" })))
        .collect::<serde_json::Map<_, _>>()
        .into();
    let grant: Vec<String> = all()
        .map(|(pigeon, hole)| format!("{}: bool", name(pigeon, hole)))
        .collect();
    let mut rules = format!("allow s.t {{ {} }}\n", grant.join(", "));
    for pigeon in 0..pigeons {
        let nowhere: Vec<String> = (0..holes)
            .map(|hole| format!("{}: false", name(pigeon, hole)))
            .collect();
        rules.push_str(&format!("deny s.t {{ {} }}\n", nowhere.join(", ")));
    }
    for hole in 0..holes {
        for (one, other) in (0..pigeons).flat_map(|one| (0..one).map(move |other| (one, other))) {
            rules.push_str(&format!(
                "deny s.t {{ {}: true, {}: true }}\n",
                name(one, hole),
                name(other, hole)
            ));
        }
    }
    refused(&hard(&properties, &rules), "s.t", "500000");
}

/// What the elements of an array cover together.
#[test]
fn covers_of_sets_are_refused_within_the_budget() {
    let properties = serde_json::json!({ "tags": { "type": "array", "items": { "type": "string" } } });
    let letters = [
        "a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o", "p",
    ];
    let mut rules = "allow s.t { tags: [line; ..=4] }\n".to_owned();
    for letter in letters {
        rules.push_str(&format!("deny s.t {{ tags: has glob(\"*{letter}*\") }}\n"));
    }
    refused(&hard(&properties, &rules), "s.t { tags: has \"none\" }", "500000");
}

/// Lengths that leave no remainder: the first common one is far away.
#[test]
fn intersections_of_many_expressions_are_refused_within_the_budget() {
    let properties = serde_json::json!({ "code": { "type": "string" } });
    let lengths = [7, 11, 13, 17];
    let parts: Vec<String> = lengths
        .iter()
        .map(|length| format!("regex(\"(x{{{length}}})+\")"))
        .collect();
    let rules: Vec<String> = parts
        .iter()
        .map(|part| format!("deny s.t {{ code: !{part} }}\n"))
        .collect();
    let folder = hard(
        &properties,
        &format!("allow s.t {{ code: regex(\"x+\") }}\n{}", rules.concat()),
    );
    refused(&folder, "s.t", "100000");
}
