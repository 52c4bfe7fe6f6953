//! A folder with the policy of `fixtures/policies`, and the program run in it.
#![allow(dead_code, reason = "each test program uses a part of it")]

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// A folder with a policy, its lock and its tool list.
pub struct Folder(pub TempDir);

/// What a run of the program did.
#[derive(Debug)]
pub struct Run {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Folder {
    pub fn new() -> Self {
        let folder = Self(TempDir::new().unwrap());
        for entry in fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/policies")).unwrap() {
            let path = entry.unwrap().path();
            fs::copy(&path, folder.at(path.file_name().unwrap().to_str().unwrap())).unwrap();
        }
        folder
    }

    pub fn at(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn write(&self, name: &str, text: &str) {
        fs::write(self.at(name), text).unwrap();
    }

    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.at(name)).unwrap()
    }

    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mcppc"));
        command
            .args(args)
            .current_dir(self.0.path())
            .env_clear()
            .stdin(Stdio::null());
        command.env("HOME", self.0.path());
        command
    }

    pub fn run(&self, args: &[&str]) -> Run {
        let output = self.command(args).output().unwrap();
        Run {
            code: output.status.code().expect("no signal"),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// It could not run, and says so in these words.
    pub fn fails(&self, args: &[&str], words: &[&str]) {
        let run = self.run(args);
        assert_eq!(run.code, 2, "{args:?}: {run:?}");
        for word in words {
            assert!(run.err.contains(word), "{args:?}: no `{word}` in {}", run.err);
        }
    }
}
