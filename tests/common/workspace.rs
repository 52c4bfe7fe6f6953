//! A temporary folder in which one test runs `mcppc`, with homes of its own.

use std::ffi::OsStr;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

/// A folder that goes with the value; keys and evidence of the runs inside stay inside.
pub struct Workspace {
    root: PathBuf,
    _folder: TempDir,
}

impl Workspace {
    pub fn new() -> Self {
        let folder = tempfile::Builder::new().prefix("mcppc-").tempdir().unwrap();
        // Policies hold this path as a pattern, and a path has one spelling there.
        let root = folder.path().canonicalize().unwrap();
        Self { root, _folder: folder }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    /// Writes a file and the folders above it.
    pub fn write(&self, name: &str, content: &str) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        path
    }

    /// A program whose configuration and state live in this folder.
    pub fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(&self.root)
            .env("HOME", self.path("home"))
            .env("XDG_CONFIG_HOME", self.path("config"))
            .env("XDG_STATE_HOME", self.path("state"))
            .stdin(Stdio::null());
        command
    }

    /// Runs `mcppc` with `input` on its standard input.
    pub fn mcppc<S: AsRef<OsStr>>(&self, arguments: &[S], input: &[u8]) -> Output {
        let mut child = self
            .command(mcppc())
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let input = input.to_vec();
        // From a thread: the answers to a long input fill the pipe before its end is written.
        let writer = std::thread::spawn(move || stdin.write_all(&input));
        let output = child.wait_with_output().unwrap();
        // A program that ends early closes the pipe; its exit code says what was wrong.
        let _ = writer.join().unwrap();
        output
    }
}

/// The binary under test.
pub fn mcppc() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_mcppc"))
}

/// Asserts an exit code, showing what the program wrote where it differs.
#[track_caller]
pub fn assert_exit(output: &Output, code: i32, doing: &str) {
    assert_eq!(
        output.status.code(),
        Some(code),
        "{doing}\n--- stdout\n{}\n--- stderr\n{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
}
