//! `mcppc fmt`, by what a user does: what becomes of a file, what is said, the exit code.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs
)]

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

const UNTIDY: &str = r#"//! What the agent may do.
policy   "notes"
const root="/srv/work"   // where it works


server fs = stdio "serve" "${root}" { path:*.path } // one entry

/// Notes are read,
/// and only notes.
allow fs.read { path:path("${root}/**")&glob("**/*.md"),head? : 1..=1000,  // lines
  tags?:[ "a"|"b" ; ..=5 ] // few

  // nothing else
} unless   untrusted

deny fs.* { any path: glob("**/.git/**") | glob("**/.env") | glob("**/.env.*") | glob("**/secrets/**") }
test "t" { allow fs.read {path:"/srv/work/a.md"}, deny fs.read {} }
// the end"#;

struct Run {
    code: i32,
    out: String,
    err: String,
}

fn run(folder: &Path, args: &[&str], input: &str) -> Run {
    let mut child = Command::new(env!("CARGO_BIN_EXE_mcppc"))
        .arg("fmt")
        .args(args)
        .current_dir(folder)
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // One that does not read its input has gone by now.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let output = child.wait_with_output().unwrap();
    Run {
        code: output.status.code().expect("no signal"),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A folder with an untidy policy, a tidy one in a folder of it, and nothing else.
fn folder() -> TempDir {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("untidy.mcpp"), UNTIDY).unwrap();
    fs::create_dir(folder.path().join("inner")).unwrap();
    fs::write(folder.path().join("inner/tidy.mcpp"), "const a = 1\n").unwrap();
    folder
}

fn files(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn a_policy_is_laid_out_with_its_comments() {
    let folder = folder();
    let run = run(folder.path(), &[], "");
    assert_eq!((run.code, run.out.as_str(), run.err.as_str()), (0, "untidy.mcpp\n", ""));
    insta::assert_snapshot!(fs::read_to_string(folder.path().join("untidy.mcpp")).unwrap());
    assert_eq!(files(folder.path()), ["inner", "untidy.mcpp"]);
}

#[test]
fn a_policy_that_is_laid_out_is_left_alone() {
    let folder = folder();
    run(folder.path(), &[], "");
    let before = fs::metadata(folder.path().join("untidy.mcpp"))
        .unwrap()
        .modified()
        .unwrap();
    let again = run(folder.path(), &[], "");
    assert_eq!((again.code, again.out.as_str(), again.err.as_str()), (0, "", ""));
    assert_eq!(
        fs::metadata(folder.path().join("untidy.mcpp"))
            .unwrap()
            .modified()
            .unwrap(),
        before
    );
    assert_eq!(run(folder.path(), &["--check"], "").code, 0);
}

#[test]
fn check_shows_what_would_change_and_writes_nothing() {
    let folder = folder();
    fs::write(folder.path().join("untidy.mcpp"), "const a=1\nconst b = 2\nconst c = 3").unwrap();
    let run = run(folder.path(), &["--check"], "");
    insta::assert_snapshot!(format!("exit {}\n--- out\n{}--- err\n{}", run.code, run.out, run.err));
    assert_eq!(
        fs::read_to_string(folder.path().join("untidy.mcpp")).unwrap(),
        "const a=1\nconst b = 2\nconst c = 3"
    );
}

#[test]
fn a_policy_with_errors_is_left_alone_and_the_others_go_on() {
    let folder = folder();
    let wrong = "const a=1\nallow fs.read { path: }\n";
    fs::write(folder.path().join("a.mcpp"), wrong).unwrap();
    let run = run(folder.path(), &[], "");
    insta::assert_snapshot!(format!("exit {}\n--- out\n{}--- err\n{}", run.code, run.out, run.err));
    assert_eq!(fs::read_to_string(folder.path().join("a.mcpp")).unwrap(), wrong);
    assert_ne!(fs::read_to_string(folder.path().join("untidy.mcpp")).unwrap(), UNTIDY);
}

#[test]
fn standard_input_goes_to_standard_output() {
    let folder = folder();
    let fine = run(folder.path(), &["-"], "const  a=1");
    assert_eq!(
        (fine.code, fine.out.as_str(), fine.err.as_str()),
        (0, "const a = 1\n", "")
    );
    let check = run(folder.path(), &["--check", "-"], "const  a=1");
    assert_eq!((check.code, check.out.as_str()), (1, "<stdin>\n"));
    let wrong = run(folder.path(), &["-"], "const a=");
    assert_eq!((wrong.code, wrong.out.as_str()), (2, ""));
    assert!(wrong.err.contains("<stdin>"), "{}", wrong.err);
}

#[test]
fn programs_get_one_object_a_file() {
    let folder = folder();
    fs::write(folder.path().join("a.mcpp"), "allow {\n").unwrap();
    let run = run(folder.path(), &["--json", "--check", ".", "gone.mcpp"], "");
    let told: Vec<Value> = run
        .out
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let of = |file: &str| {
        told.iter()
            .find(|one| one["file"].as_str().unwrap().ends_with(file))
            .unwrap()
    };
    assert_eq!((run.code, told.len(), run.err.as_str()), (2, 4, ""));
    assert_eq!(of("untidy.mcpp")["changes"], true);
    assert!(
        of("untidy.mcpp")["text"]
            .as_str()
            .unwrap()
            .starts_with("//! What the agent may do.\npolicy \"notes\"\n")
    );
    assert_eq!(of("tidy.mcpp")["error"], Value::Null);
    assert_eq!(of("/tidy.mcpp")["changes"], false);
    assert!(
        of("a.mcpp")["diagnostics"][0]["code"]
            .as_str()
            .unwrap()
            .starts_with('E')
    );
    assert!(of("gone.mcpp")["error"].as_str().unwrap().contains("cannot read"));
}

#[test]
fn a_folder_without_policies_and_a_file_that_is_no_text_are_errors() {
    let folder = TempDir::new().unwrap();
    let empty = run(folder.path(), &[], "");
    assert_eq!(empty.code, 2);
    assert!(empty.err.contains("there is no `.mcpp` file"), "{}", empty.err);
    fs::write(folder.path().join("p.mcpp"), b"const a = \"\xff\"").unwrap();
    let bytes = run(folder.path(), &["p.mcpp"], "");
    assert_eq!(bytes.code, 2);
    assert!(bytes.err.contains("is not UTF-8 text"), "{}", bytes.err);
}

#[cfg(unix)]
#[test]
fn modes_and_links_stay_and_what_is_read_only_is_not_replaced() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let folder = folder();
    let (file, link) = (folder.path().join("untidy.mcpp"), folder.path().join("inner/link.mcpp"));
    fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
    symlink("../untidy.mcpp", &link).unwrap();
    assert_eq!(run(folder.path(), &["inner/link.mcpp"], "").code, 0);
    assert_ne!(fs::read_to_string(&file).unwrap(), UNTIDY);
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o640);

    fs::write(&file, UNTIDY).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o440)).unwrap();
    let refused = run(folder.path(), &["untidy.mcpp"], "");
    assert_eq!(refused.code, 2);
    assert!(refused.err.contains("it is read-only"), "{}", refused.err);
    assert_eq!(fs::read_to_string(&file).unwrap(), UNTIDY);
    assert_eq!(files(folder.path()), ["inner", "untidy.mcpp"]);
}

#[test]
fn the_examples_and_the_standard_library_are_laid_out() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let run = run(root, &["--check", "examples", "stdlib"], "");
    assert_eq!((run.code, run.out.as_str()), (0, ""), "{}", run.err);
}
