//! Signed policies: made with `keygen` and `build --sign`, asked for with `--require-signature`, and attacked.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs
)]

mod common {
    pub mod workspace;
}

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Output;

use common::workspace::{Workspace, assert_exit};
use mcppc::digest::Digest;
use mcppc::note::{Signer, key_file};
use mcppc::table::{Policy, signature};
use serde_json::Value;

/// A folder with the policy `files.mcpp`, its lock, the key `release.key`, and the signed artifact `files.mcppb`.
fn signed() -> Workspace {
    let space = Workspace::new();
    for name in ["files.mcpp", "mcpp.lock"] {
        let text = fs::read_to_string(format!("{}/fixtures/policies/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap();
        space.write(name, &text);
    }
    keygen(&space, "release.key");
    let build = ["build", "files.mcpp", "-o", "files.mcppb", "--sign", "release.key"];
    assert_exit(&space.mcppc(&build, b""), 0, "build --sign");
    space
}

fn keygen(space: &Workspace, name: &str) {
    assert_exit(&space.mcppc(&["keygen", "--out", name], b""), 0, "keygen");
}

/// A gateway over this policy whose client has nothing to say; the server leaves a file when it is started.
fn run(space: &Workspace, policy: &str, key: &str) -> Output {
    let options = [
        "run",
        "--policy",
        policy,
        "--require-signature",
        key,
        "--evidence",
        "evidence",
    ];
    space.mcppc(&[&options[..], &["--", "sh", "-c", "touch started; cat"]].concat(), b"")
}

/// It did not run: no server was started, no evidence begun.
fn assert_refused(space: &Workspace, output: &Output, because: &str) {
    assert_exit(output, 2, because);
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(text.contains(because), "expected `{because}` in: {text}");
    assert!(!space.path("started").exists() && !space.path("evidence").exists());
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn verify(space: &Workspace, more: &[&str]) -> (i32, Value) {
    let output = space.mcppc(&[&["verify", "evidence", "--json"], more].concat(), b"");
    let report = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)));
    (output.status.code().unwrap(), report)
}

// ---- keygen ----

#[test]
fn a_key_is_for_its_owner_only_and_its_secret_is_shown_nowhere() {
    let space = Workspace::new();
    let output = space.mcppc(&["keygen"], b"");
    assert_exit(&output, 0, "keygen");
    let folder = space.path("home/.config/mcppc");
    let (secret, public) = (folder.join("policy.key"), folder.join("policy.vkey"));
    assert_eq!(
        [&folder, &secret, &public].map(|path| mode(path)),
        [0o700, 0o600, 0o644]
    );
    let printed = String::from_utf8(output.stdout).unwrap();
    assert_eq!(printed, fs::read_to_string(&public).unwrap());
    assert!(printed.starts_with("mcppc/policy/"), "{printed}");
    let signer = key_file::read(&secret).unwrap().unwrap();
    assert_eq!(printed.trim_end(), signer.verifier().to_string());
    let said = printed + &String::from_utf8(output.stderr).unwrap();
    let text = fs::read_to_string(&secret).unwrap();
    let secret = text.trim_end().splitn(5, '+').nth(4).unwrap();
    assert!(!said.contains("PRIVATE") && !said.contains(secret));
    assert_eq!(fs::read_dir(folder).unwrap().count(), 2, "drafts are left");
}

#[test]
fn keys_are_not_written_over() {
    let space = Workspace::new();
    keygen(&space, "a.key");
    let before = fs::read(space.path("a.key")).unwrap();
    for there in ["a.key", "a.vkey"] {
        let output = space.mcppc(&["keygen", "--out", "a.key"], b"");
        assert_exit(&output, 2, there);
        let text = String::from_utf8(output.stderr).unwrap();
        assert!(text.contains(&format!("`{there}` is there already")), "{text}");
        assert_eq!(
            fs::read(space.path(if there == "a.key" { "a.key" } else { "b.key" })).unwrap(),
            before
        );
        // The second time only the public half is in the way.
        if there == "a.key" {
            fs::rename(space.path("a.key"), space.path("b.key")).unwrap();
        }
    }
    for (name, part) in [("a.vkey", "cannot be called"), ("no/such/a.key", "cannot write")] {
        fs::remove_file(space.path("a.vkey")).unwrap_or_default();
        let output = space.mcppc(&["keygen", "--out", name], b"");
        assert_exit(&output, 2, name);
        let text = String::from_utf8(output.stderr).unwrap();
        assert!(text.contains(part), "{text}");
    }
}

// ---- build --sign ----

#[test]
fn signing_changes_no_byte_of_the_artifact() {
    let space = signed();
    let unsigned = space.mcppc(&["build", "files.mcpp", "-o", "plain.mcppb"], b"");
    assert_exit(&unsigned, 0, "build");
    let bytes = fs::read(space.path("files.mcppb")).unwrap();
    assert_eq!(bytes, fs::read(space.path("plain.mcppb")).unwrap());
    assert!(!space.path("plain.mcppb.sig").exists());
    let note = fs::read_to_string(space.path("files.mcppb.sig")).unwrap();
    let key = fs::read_to_string(space.path("release.vkey"))
        .unwrap()
        .trim_end()
        .parse()
        .unwrap();
    assert_eq!(signature::check(&note, &key, Digest::of(&bytes)), Ok(()));
    let printed = String::from_utf8(unsigned.stdout).unwrap();
    assert!(
        note.starts_with(&format!("mcppc artifact\n{printed}\n\u{2014} mcppc/policy/")),
        "{note}"
    );
}

#[test]
fn a_key_that_others_may_read_or_that_is_none_signs_nothing() {
    let space = signed();
    fs::remove_file(space.path("files.mcppb")).unwrap();
    let exposed = space.path("release.key");
    fs::set_permissions(&exposed, fs::Permissions::from_mode(0o640)).unwrap();
    let public = space.path("public.key");
    fs::copy(space.path("release.vkey"), &public).unwrap();
    fs::set_permissions(&public, fs::Permissions::from_mode(0o600)).unwrap();
    for (key, part) in [
        ("release.key", "others may read or change it (mode 0640)"),
        ("public.key", "holds no secret key"),
        ("missing.key", "there is no key `missing.key`"),
    ] {
        let output = space.mcppc(&["build", "files.mcpp", "-o", "files.mcppb", "--sign", key], b"");
        assert_exit(&output, 2, key);
        let text = String::from_utf8(output.stderr).unwrap();
        assert!(text.contains(part), "{text}");
        assert!(!space.path("files.mcppb").exists());
    }
}

// ---- run --require-signature ----

#[test]
fn a_signed_artifact_runs_and_its_evidence_says_who_signed_it() {
    let space = signed();
    let vkey = fs::read_to_string(space.path("release.vkey")).unwrap();
    assert_exit(&run(&space, "files.mcppb", vkey.trim_end()), 0, "run by key");
    assert!(space.path("started").exists());
    fs::remove_dir_all(space.path("evidence")).unwrap();
    assert_exit(&run(&space, "files.mcppb", "release.vkey"), 0, "run by the key's file");

    let (code, report) = verify(&space, &["--require-signature", "release.vkey"]);
    assert_eq!((code, &report["verdict"]), (0, &Value::from("complete")), "{report}");
    assert!(report["signed_by"].as_str().unwrap().starts_with("mcppc/policy/"));
    let text = space
        .mcppc(&["verify", "evidence", "--require-signature", "release.vkey"], b"")
        .stdout;
    assert!(
        String::from_utf8(text)
            .unwrap()
            .contains("  artifacts  1, signed by mcppc/policy/")
    );
    let (code, report) = verify(&space, &[]);
    assert_eq!((code, report.get("signed_by")), (0, None));
}

#[test]
fn an_artifact_without_a_signature_is_refused() {
    let space = signed();
    fs::remove_file(space.path("files.mcppb.sig")).unwrap();
    assert_refused(
        &space,
        &run(&space, "files.mcppb", "release.vkey"),
        "there is no `files.mcppb.sig`",
    );
    // Nor does a source run, whatever it compiles to.
    assert_refused(
        &space,
        &run(&space, "files.mcpp", "release.vkey"),
        "there is no `files.mcpp.sig`",
    );
}

#[test]
fn an_artifact_that_was_changed_is_refused() {
    let space = signed();
    // As one would who knows the format: the header's digest is made to fit.
    let built = fs::read(space.path("files.mcppb")).unwrap();
    let (from, to) = (
        b"repository metadata is off limits",
        b"repository metadata is all yours..",
    );
    let content = built.splitn(2, |byte| *byte == b'\n').nth(1).unwrap();
    let at = content.windows(from.len()).position(|bytes| bytes == from).unwrap();
    let body = [&content[..at], to, &content[at + from.len()..]].concat();
    let changed = [format!("mcppb 2 {}\n", Digest::of(&body)).as_bytes(), &body].concat();
    assert!(Policy::from_bytes(&changed).is_ok(), "as an artifact it is sound");
    fs::write(space.path("files.mcppb"), &changed).unwrap();
    assert_refused(
        &space,
        &run(&space, "files.mcppb", "release.vkey"),
        "the signature of another artifact",
    );
}

#[test]
fn the_signature_of_another_artifact_is_refused() {
    let space = signed();
    let build = ["build", "files.mcpp", "--set", "root=/etc", "-o", "wide.mcppb"];
    assert_exit(&space.mcppc(&build, b""), 0, "build");
    fs::copy(space.path("files.mcppb.sig"), space.path("wide.mcppb.sig")).unwrap();
    assert_refused(
        &space,
        &run(&space, "wide.mcppb", "release.vkey"),
        "the signature of another artifact",
    );
}

#[test]
fn the_signature_of_another_key_is_refused() {
    let space = signed();
    keygen(&space, "mine.key");
    assert_refused(
        &space,
        &run(&space, "files.mcppb", "mine.vkey"),
        "not signed by this key",
    );
    // Nor does a key help that has taken the right one's name.
    let right = key_file::read(&space.path("release.key")).unwrap().unwrap();
    let forger = Signer::new(right.verifier().name(), &[7; 32]).unwrap();
    let digest = Digest::of(&fs::read(space.path("files.mcppb")).unwrap());
    space.write("files.mcppb.sig", &signature::sign(&forger, digest).unwrap());
    assert_refused(
        &space,
        &run(&space, "files.mcppb", "release.vkey"),
        "not signed by this key",
    );
}

#[test]
fn what_is_no_signature_is_refused() {
    let space = signed();
    let right = key_file::read(&space.path("release.key")).unwrap().unwrap();
    let digest = Digest::of(&fs::read(space.path("files.mcppb")).unwrap());
    let text_alone = format!("mcppc artifact\n{digest}\n");
    for (note, because) in [
        ("", "not a signed note"),
        ("\u{0}\u{1b}[2J", "not a signed note"),
        (&text_alone, "not a signed note"),
        (
            &right.sign(&format!("{digest}\n")).unwrap(),
            "not a signature of an artifact",
        ),
        // A checkpoint, should somebody use one key for both.
        (
            &right
                .sign("mcppc/files\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n")
                .unwrap(),
            "not a signature of an artifact",
        ),
    ] {
        space.write("files.mcppb.sig", note);
        assert_refused(&space, &run(&space, "files.mcppb", "release.vkey"), because);
    }
    let huge = "x".repeat(1 << 20);
    space.write("files.mcppb.sig", &huge);
    assert_refused(&space, &run(&space, "files.mcppb", "release.vkey"), "bytes");
}

#[test]
fn what_is_no_public_key_is_refused_and_asks_for_nothing_less() {
    let space = signed();
    for key in ["", "nonsense", "missing.vkey", "release.key"] {
        assert_refused(&space, &run(&space, "files.mcppb", key), "is no key for signatures");
    }
}

// ---- verify --require-signature ----

#[test]
fn evidence_of_a_policy_that_was_not_signed_is_found() {
    let space = signed();
    assert_exit(&run(&space, "files.mcppb", "release.vkey"), 0, "run");
    keygen(&space, "other.key");
    let (code, report) = verify(&space, &["--require-signature", "other.vkey"]);
    assert_eq!(
        (code, &report["findings"][0]["kind"]),
        (1, &Value::from("drift")),
        "{report}"
    );
    assert!(
        report["findings"][0]["what"]
            .as_str()
            .unwrap()
            .contains("not signed by this key"),
        "{report}"
    );

    // Without its signature beside it the artifact is unsigned, unless the auditor has one of their own.
    let digest = report["artifacts"][0]
        .as_str()
        .unwrap()
        .strip_prefix("sha256:")
        .unwrap()
        .to_owned();
    fs::remove_file(space.path(&format!("evidence/artifacts/{digest}.mcppb.sig"))).unwrap();
    let (code, report) = verify(&space, &["--require-signature", "release.vkey"]);
    assert_eq!((code, report.get("signed_by")), (1, None));
    assert!(
        report["findings"][0]["what"]
            .as_str()
            .unwrap()
            .contains("no signature lies beside it"),
        "{report}"
    );
    let own = ["--require-signature", "release.vkey", "--policy", "files.mcppb"];
    assert_eq!(verify(&space, &own).0, 0);

    let nonsense = space.mcppc(&["verify", "evidence", "--require-signature", "nonsense"], b"");
    assert_exit(&nonsense, 2, "verify with no key");
}
