//! What commands refuse before harm is done, and what they say of it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs
)]

#[path = "common/folder.rs"]
mod folder;

use std::fs;
use std::path::Path;
use std::process::Stdio;

use folder::Folder;

// ---- where a build goes ----

#[test]
fn a_build_does_not_write_over_what_it_reads() {
    let folder = Folder::new();
    let (policy, lock) = (folder.read("files.mcpp"), folder.read("mcpp.lock"));
    fs::hard_link(folder.at("files.mcpp"), folder.at("hard")).unwrap();
    std::os::unix::fs::symlink("files.mcpp", folder.at("soft")).unwrap();
    assert_eq!(folder.run(&["keygen", "--out", "my.key"]).code, 0);
    let key = folder.read("my.key");
    for output in ["files.mcpp", "./files.mcpp", "hard", "soft"] {
        folder.fails(
            &["build", "files.mcpp", "-o", output],
            &["the output is the policy itself", "help:"],
        );
    }
    folder.fails(
        &["build", "files.mcpp", "-o", "mcpp.lock"],
        &["the output is the policy's lock"],
    );
    folder.fails(
        &["build", "files.mcpp", "-o", "my.key", "--sign", "my.key"],
        &["the output is the key to sign with"],
    );
    fs::hard_link(folder.at("files.mcpp"), folder.at("out.sig")).unwrap();
    folder.fails(
        &["build", "files.mcpp", "-o", "out", "--sign", "my.key"],
        &["the output is the policy itself: `out.sig`"],
    );
    folder.write("module.mcpp", "pattern short = text(..=9)\n");
    folder.fails(
        &["build", "files.mcpp", "-o", "module.mcpp"],
        &["`module.mcpp` is called like a source"],
    );
    assert_eq!((folder.read("files.mcpp"), folder.read("mcpp.lock")), (policy, lock));
    assert_eq!(folder.read("my.key"), key);
}

#[test]
fn a_build_goes_to_a_file() {
    let folder = Folder::new();
    folder.fails(&["build", "files.mcpp", "-o", "."], &["`.` is a folder"]);
    folder.fails(
        &["build", "files.mcpp", "-o", "/dev/null"],
        &["`/dev/null` is no regular file"],
    );
    // A draft is nobody's file.
    folder.write("out.mcppb.tmp", "mine");
    assert_eq!(folder.run(&["build", "files.mcpp", "-o", "out.mcppb"]).code, 0);
    assert_eq!(folder.run(&["build", "files.mcpp", "-o", "out.mcppb"]).code, 0, "again");
    assert_eq!(folder.read("out.mcppb.tmp"), "mine");
    let names = fs::read_dir(folder.0.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name());
    let drafts = names.filter(|name| Path::new(name).extension().is_some_and(|e| e == "tmp"));
    assert_eq!(drafts.count(), 1);
}

// ---- where the output goes ----

/// `mcppc verify` that could not say "tampered" was taken for a good log.
#[test]
fn output_that_cannot_be_written_is_a_failure() {
    let folder = Folder::new();
    let golden = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/evidence/golden");
    for args in [
        &["verify", golden][..],
        &["verify", golden, "--json"],
        &["check", "files.mcpp"],
        &["check", "--format", "sarif", "files.mcpp"],
        &["test", "files.mcpp"],
        &["explain", "E0101"],
        &["eval", "--policy", "files.mcpp", "--json", "calls.jsonl"],
        &["build", "files.mcpp", "-o", "out.mcppb"],
        &["man"],
        &["--help"],
        &["demo"],
    ] {
        let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let output = folder.command(args).stdout(full).output().unwrap();
        let err = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{args:?}: {err}");
        assert!(err.contains("error: cannot write the output: "), "{args:?}: {err}");
    }
}

/// `mcppc … | head` is no failure.
#[test]
fn a_reader_that_goes_away_is_none() {
    let folder = Folder::new();
    let mut child = folder
        .command(&["explain", "files.mcpp"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(
        (output.status.code(), String::from_utf8(output.stderr).unwrap()),
        (Some(0), String::new())
    );
}

// ---- the envelope ----

/// `docs/language.md`, "The envelope".
#[test]
fn only_the_protocol_s_own_meta_is_taken() {
    let folder = Folder::new();
    let own = "io.modelcontextprotocol/";
    let page = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/language.md")).unwrap();
    let (_, section) = page.split_once("## The envelope").unwrap();
    let taken = ["protocolVersion", "clientInfo", "clientCapabilities", "logLevel"].map(|name| format!("{own}{name}"));
    let plain = ["progressToken", "traceparent", "tracestate", "baggage"].map(str::to_owned);
    let call = |key: &str, value: &str| {
        let params = format!(r#"{{"name":"read_file","arguments":{{"path":"/srv/x"}},"_meta":{{"{key}":{value}}}}}"#);
        folder.write(
            "call.jsonl",
            &format!(r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{params}}}"#),
        );
        folder
            .run(&[
                "eval",
                "--policy",
                "files.mcpp",
                "--server",
                "fs",
                "--json",
                "call.jsonl",
            ])
            .out
    };
    for key in plain.iter().chain(&taken) {
        assert!(section.contains(key.trim_start_matches(own)), "{key}");
        assert!(!call(key, "\"1\"").contains("unlisted_parameter"), "{key}");
        assert_eq!(
            call(key, "{}").contains("unlisted_parameter"),
            plain.contains(key),
            "{key}"
        );
    }
    for key in ["io.modelcontextprotocol/other", "other"] {
        assert!(call(key, "\"1\"").contains("unlisted_parameter"), "{key}");
    }
}

// ---- the folder of evidence ----

#[test]
fn a_folder_of_evidence_that_cannot_be_made_has_a_cause_and_a_mend() {
    let folder = Folder::new();
    let run = |dir: &str, words: &[&str]| {
        folder.fails(
            &["run", "--policy", "files.mcpp", "--evidence", dir, "--", "true"],
            words,
        );
    };
    folder.write("file", "");
    run(
        "file",
        &[
            "could not make `file`: File exists",
            "help: ",
            "name a folder with `--evidence DIR`",
        ],
    );
    run("file/x", &["could not make `file", "help: "]);
    run(
        "/proc/x",
        &["could not make `/proc/x`: No such file", "help: name a folder"],
    );
}

#[test]
fn a_renamed_folder_of_evidence_is_not_called_damaged() {
    let folder = Folder::new();
    let gateway = |dir: &'static str| ["run", "--policy", "files.mcpp", "--evidence", dir, "--", "cat"];
    assert_eq!(folder.run(&gateway("one")).code, 0);
    fs::rename(folder.at("one"), folder.at("two")).unwrap();
    folder.fails(
        &gateway("two"),
        &[
            "was begun as `mcppc/acme-files/one`, and would go on as `mcppc/acme-files/two`",
            "help: give the folder",
        ],
    );
    assert_eq!(folder.run(&["verify", "two"]).code, 0, "it is whole under any name");
    fs::rename(folder.at("two"), folder.at("one")).unwrap();
    assert_eq!(folder.run(&gateway("one")).code, 0);
}

/// A folder that may not be read is one; a link to itself is one for the superuser too.
#[test]
fn a_folder_that_cannot_be_read_is_not_called_empty() {
    let folder = Folder::new();
    std::os::unix::fs::symlink("circle", folder.at("circle")).unwrap();
    folder.fails(&["verify", "circle"], &["could not read `circle`: "]);
    folder.fails(&["verify", "."], &["there is no evidence in `.`"]);
    folder.fails(&["verify", "nowhere"], &["there is no evidence in `nowhere`"]);
}

// ---- the lock ----

/// A tool on the next page would have been locked as one that the server does not have.
#[test]
fn one_page_of_a_list_is_not_locked() {
    let folder = Folder::new();
    let page = r#"{"tools":[{"name":"a","inputSchema":{"type":"object"}}],"nextCursor":CURSOR}"#;
    let lock = ["lock", "files.mcpp", "--lock", "new.lock", "--tools", "fs=page.json"];
    for cursor in ["\"more\"", "7", "\"\""] {
        let page = page.replace("CURSOR", cursor);
        for reply in [page.clone(), format!(r#"{{"jsonrpc":"2.0","id":1,"result":{page}}}"#)] {
            folder.write("page.json", &reply);
            folder.fails(
                &lock,
                &[
                    "`page.json` is not the whole list",
                    "nextCursor",
                    "help: put the tools of all pages",
                ],
            );
            assert!(!folder.at("new.lock").exists());
        }
    }
    folder.write("page.json", &page.replace("CURSOR", "null"));
    assert_eq!(folder.run(&lock).code, 0);
}

// ---- the policy's name ----

#[test]
fn a_name_that_names_nothing_is_refused() {
    let folder = Folder::new();
    for (name, fault) in [
        ("", "has no letter or digit"),
        ("..", "has no letter or digit"),
        ("/", "has no letter or digit"),
        (r"acme\u{200b}", "has characters that are not shown"),
        (r"a\u{202e}b", "has characters that are not shown"),
    ] {
        folder.write("named.mcpp", &format!("policy \"{name}\"\n"));
        let run = folder.run(&["check", "named.mcpp"]);
        assert_eq!(run.code, 1, "{name}: {run:?}");
        assert!(
            run.err.contains("E0161") && run.err.contains(fault),
            "{name}: {}",
            run.err
        );
    }
}

// ---- what diagnostics show ----

#[test]
fn a_long_line_is_not_shown_whole() {
    let folder = Folder::new();
    folder.write(
        "long.mcpp",
        &format!("policy \"a\"\nconst c = \"{}\" allow x.y {{}}\n", "z".repeat(20_000)),
    );
    let run = folder.run(&["check", "long.mcpp"]);
    assert_eq!(run.code, 1);
    assert!(run.err.contains("...zzz") && run.err.len() < 2_000, "{}", run.err);
}

/// The text has no place for it, and its first line has nothing to do with it.
#[test]
fn a_set_that_names_no_constant_points_at_the_nearest() {
    let folder = Folder::new();
    let run = folder.run(&["check", "files.mcpp", "--set", "rot=/x"]);
    assert_eq!(run.code, 1);
    let line = folder
        .read("files.mcpp")
        .lines()
        .position(|line| line.starts_with("const root"))
        .unwrap()
        + 1;
    assert!(
        run.err.contains(&format!("files.mcpp:{line}:7")) && run.err.contains("did you mean `root`?"),
        "{}",
        run.err
    );
    let run = folder.run(&["check", "files.mcpp", "--set", "nothing=1"]);
    assert!(run.err.contains("the policy's constants are `root`"), "{}", run.err);
}
