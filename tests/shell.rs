//! What the program gives to shells and to `man`.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

mod common {
    pub mod workspace;
}

use std::fs;
use std::process::Command;

use common::workspace::{Workspace, assert_exit};

const SHELLS: [&str; 5] = ["bash", "elvish", "fish", "powershell", "zsh"];

fn script(shell: &str) -> String {
    let output = Workspace::new().mcppc(&["completions", shell], b"");
    assert_exit(&output, 0, shell);
    String::from_utf8(output.stdout).unwrap()
}

/// The commands that `mcppc --help` shows.
fn commands() -> Vec<String> {
    let help = String::from_utf8(Workspace::new().mcppc(&["--help"], b"").stdout).unwrap();
    let (_, rest) = help.split_once("Commands:\n").unwrap();
    let lines = rest.lines().take_while(|line| !line.is_empty());
    let commands: Vec<String> = lines
        .filter_map(|line| line.split_whitespace().next().map(str::to_owned))
        .collect();
    assert!(commands.len() > 10, "{commands:?}");
    commands
}

/// What bash offers for the last of these words.
fn offered(space: &Workspace, words: &[&str]) -> String {
    let last = words.len() - 1;
    let script = format!(
        "source ./mcppc.bash; COMP_WORDS=({}); COMP_CWORD={last}; _mcppc mcppc {:?} {:?}; echo \"${{COMPREPLY[@]}}\"",
        words.join(" "),
        words[last],
        words[last - 1],
    );
    let output = space.command("bash").args(["--norc", "-c", &script]).output().unwrap();
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
}

#[test]
fn bash_completes_commands_and_options() {
    let space = Workspace::new();
    let file = space.write("mcppc.bash", &script("bash"));
    assert!(Command::new("bash").arg("-n").arg(file).status().unwrap().success());
    assert_eq!(offered(&space, &["mcppc", "che"]), "check");
    assert_eq!(offered(&space, &["mcppc", "test", "--cov"]), "--coverage");
    assert_eq!(offered(&space, &["mcppc", "check", "--format", "s"]), "sarif");
}

#[test]
fn every_shell_knows_every_command() {
    for shell in SHELLS {
        let script = script(shell);
        for command in commands() {
            assert!(script.contains(&command), "{shell} does not know `{command}`");
        }
        assert!(
            script.contains("coverage") && script.contains("durability"),
            "{shell} lacks options"
        );
    }
}

#[test]
fn an_unknown_shell_is_named_with_those_that_are_known() {
    let output = Workspace::new().mcppc(&["completions", "cmd"], b"");
    assert_exit(&output, 2, "completions cmd");
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(SHELLS.iter().all(|shell| text.contains(shell)), "{text}");
}

#[test]
fn every_command_has_a_page_with_its_options() {
    let space = Workspace::new();
    assert_exit(&space.mcppc(&["man", "--out", "share/man1"], b""), 0, "man --out");
    let page = |name: &str| fs::read_to_string(space.path(&format!("share/man1/{name}.1"))).unwrap();
    let printed = space.mcppc(&["man"], b"");
    assert_eq!(
        String::from_utf8(printed.stdout).unwrap().trim_end(),
        page("mcppc").trim_end()
    );
    for command in commands().iter().filter(|command| *command != "help") {
        assert!(page("mcppc").contains(&format!("mcppc\\-{command}(1)")), "{command}");
        let page = page(&format!("mcppc-{command}"));
        let help = String::from_utf8(space.mcppc(&[command, "--help"], b"").stdout).unwrap();
        let words = help.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-'));
        for option in words.filter(|word| word.starts_with("--") && word.len() > 2) {
            assert!(
                page.contains(&option.replace('-', "\\-")),
                "mcppc-{command}.1 has no {option}"
            );
        }
    }
    assert_eq!(
        fs::read_dir(space.path("share/man1")).unwrap().count(),
        commands().len()
    );
}

#[test]
fn pages_that_cannot_be_written_are_said_so() {
    let space = Workspace::new();
    space.write("file", "");
    let output = space.mcppc(&["man", "--out", "file/man1"], b"");
    assert_exit(&output, 2, "man --out");
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.contains("cannot write the man pages: `file/man1`"), "{text}");
}
