//! `mcppc verify` as its users start it.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::fs;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn golden() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/evidence/golden")
}

fn verify(home: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_mcppc"))
        .arg("verify")
        .args(args)
        .env_clear()
        .env("XDG_CONFIG_HOME", home)
        .env("HOME", home)
        .output()
        .unwrap()
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.metadata().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

#[test]
fn exit_codes_are_a_contract() {
    let home = tempfile::tempdir().unwrap();
    let log = golden();
    let log = log.to_str().unwrap();
    let key_file = format!("{log}.vkey");
    let key = fs::read_to_string(&key_file).unwrap();
    let code = |args: &[&str]| verify(home.path(), args).status.code();
    assert_eq!(code(&[log, "--key", key.trim_end()]), Some(0));
    assert_eq!(code(&[log, "--key", &key_file]), Some(0));
    let other = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    assert_eq!(code(&[log, "--key", other]), Some(1));
    assert_eq!(code(&[log, "--key", "nonsense"]), Some(2));
    assert_eq!(code(&["/nonexistent"]), Some(2));
    assert_eq!(code(&[]), Some(2));
    assert_eq!(code(&[log, "--policy", &key_file]), Some(2));
    assert_eq!(code(&[log, "--since", "/nonexistent"]), Some(2));
    let checkpoint = format!("{log}/checkpoint");
    assert_eq!(code(&[log, "--key", &key_file, "--since", &checkpoint]), Some(0));
    assert_eq!(code(&[log, "--key", &key_file, "--since", &key_file]), Some(2));
    // Nothing is pinned, then the log's key is.
    assert_eq!(code(&[log]), Some(3));
    let folder = home.path().join("mcppc");
    fs::DirBuilder::new().mode(0o700).create(folder).unwrap();
    fs::write(home.path().join("mcppc/evidence.vkey"), key).unwrap();
    assert_eq!(code(&[log]), Some(0));
}

/// What stands in the place of a file is not waited for, and not read without end.
#[test]
fn a_pipe_or_an_endless_file_is_not_read() {
    let home = tempfile::tempdir().unwrap();
    let key = format!("{}.vkey", golden().display());
    let log = home.path().join("log");
    copy(&golden(), &log);
    let tail = log.join("tail");
    let refused = |because: &str| {
        let found = verify(home.path(), &[log.to_str().unwrap(), "--key", &key]);
        let text = String::from_utf8(found.stderr).unwrap();
        assert_eq!(found.status.code(), Some(2), "{text}");
        assert!(text.contains("tail") && text.contains(because), "{text}");
    };
    fs::remove_file(&tail).unwrap();
    assert!(Command::new("mkfifo").arg(&tail).status().unwrap().success());
    refused("not a regular file");
    fs::remove_file(&tail).unwrap();
    std::os::unix::fs::symlink("/dev/zero", &tail).unwrap();
    refused("not a regular file");
    fs::remove_file(&tail).unwrap();
    fs::File::create(&tail).unwrap().set_len(1 << 40).unwrap();
    refused("larger than 64 MiB");
}

/// Which file it was is half of what its owner has to know.
#[test]
fn why_evidence_cannot_be_written_is_said() {
    let home = tempfile::tempdir().unwrap();
    let log = home.path().join("log");
    fs::DirBuilder::new().mode(0o700).create(&log).unwrap();
    fs::create_dir(log.join("lock")).unwrap();
    let policy = home.path().join("p.mcpp");
    fs::write(&policy, "policy \"p\"\nserver s = stdio \"true\"\n").unwrap();
    fs::write(
        home.path().join("mcpp.lock"),
        r#"{"lock":1,"servers":{"s":{"tools":{}}},"wildcards":{}}"#,
    )
    .unwrap();
    let arguments = [
        "run",
        "--policy",
        policy.to_str().unwrap(),
        "--evidence",
        log.to_str().unwrap(),
    ];
    let run = Command::new(env!("CARGO_BIN_EXE_mcppc"))
        .args(arguments)
        .env_clear()
        .env("HOME", home.path())
        .output()
        .unwrap();
    let text = String::from_utf8(run.stderr).unwrap();
    assert_eq!(run.status.code(), Some(2), "{text}");
    let because = format!("could not open `{}`: Is a directory", log.join("lock").display());
    assert!(text.contains(&because), "{text}");
}

#[test]
fn a_damaged_record_is_named_once() {
    let home = tempfile::tempdir().unwrap();
    let key = format!("{}.vkey", golden().display());
    let log = home.path().join("log");
    copy(&golden(), &log);
    let tail = fs::read(log.join("tail")).unwrap();
    fs::write(log.join("tail"), &tail[..tail.len() - 1]).unwrap();
    let found = verify(home.path(), &[log.to_str().unwrap(), "--key", &key]);
    let text = String::from_utf8(found.stdout).unwrap();
    assert!(
        text.contains("  record 316: damaged or missing: 317 records were signed"),
        "{text}"
    );
}

#[test]
fn one_byte_is_found_and_named() {
    let home = tempfile::tempdir().unwrap();
    let key = format!("{}.vkey", golden().display());
    let log = home.path().join("log");
    copy(&golden(), &log);
    let bundle = log.join("tile/entries/000");
    let mut bytes = fs::read(&bundle).unwrap();
    let at = bytes.windows(5).position(|window| window == b"a.txt").unwrap();
    bytes[at] = b'b';
    fs::write(&bundle, bytes).unwrap();
    let log = log.to_str().unwrap();
    let found = verify(home.path(), &[log, "--key", &key]);
    assert_eq!(found.status.code(), Some(1));
    let text = String::from_utf8(found.stdout).unwrap();
    assert!(
        text.contains("record 2: its bytes are not those that were hashed"),
        "{text}"
    );
    let found = verify(home.path(), &[log, "--key", &key, "--json"]);
    let json: serde_json::Value = serde_json::from_slice(&found.stdout).unwrap();
    assert_eq!(json["verdict"], "tampered");
    assert_eq!(json["findings"][0]["index"], 2);
}

#[test]
fn files_that_no_record_refers_to_are_reported() {
    let home = tempfile::tempdir().unwrap();
    let log = home.path().join("log");
    copy(&golden(), &log);
    let key = format!("{}.vkey", golden().display());
    let args = [log.to_str().unwrap(), "--key", &key];
    let said = || {
        let output = verify(home.path(), &args);
        assert_eq!(output.status.code(), Some(0));
        String::from_utf8(output.stdout).unwrap()
    };
    assert!(!said().contains("stray"));
    fs::write(log.join("artifacts/extra.mcppb"), "x").unwrap();
    assert!(said().contains("no record refers to `artifacts/extra.mcppb`"));
    fs::create_dir_all(log.join("blobs")).unwrap();
    fs::write(log.join("blobs/extra"), "x").unwrap();
    assert!(said().contains("no record refers to 2 files, the first is `artifacts/extra.mcppb`"));
    let json = verify(home.path(), &[&args[..], &["--json"]].concat()).stdout;
    let json: serde_json::Value = serde_json::from_slice(&json).unwrap();
    assert_eq!(
        json["stray"],
        serde_json::json!({ "files": 2, "first": "artifacts/extra.mcppb" })
    );
}

/// What a link leads to is not in the log, whatever it holds.
#[test]
fn nothing_is_read_through_links() {
    let home = tempfile::tempdir().unwrap();
    let key = format!("{}.vkey", golden().display());
    for (name, code) in [("checkpoint", 2), ("tail", 2), ("tile", 2), ("artifacts", 2)] {
        let log = home.path().join(format!("log-{name}"));
        copy(&golden(), &log);
        let elsewhere = home.path().join(format!("elsewhere-{name}"));
        fs::rename(log.join(name), &elsewhere).unwrap();
        std::os::unix::fs::symlink(&elsewhere, log.join(name)).unwrap();
        let output = verify(home.path(), &[log.to_str().unwrap(), "--key", &key]);
        let err = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{name}: {err}");
        assert!(err.contains("nothing is read through a link"), "{name}: {err}");
    }
}
