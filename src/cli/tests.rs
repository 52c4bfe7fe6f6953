//! The help of every command is true, and the page of commands has all of it.

use clap::{Arg, CommandFactory as _, Parser as _};

use super::Cli;

const PAGE: &str = include_str!("../../docs/commands.md");

/// The commands that are shown.
fn commands() -> Vec<clap::Command> {
    let commands: Vec<clap::Command> = Cli::command()
        .get_subcommands()
        .filter(|c| !c.is_hide_set())
        .cloned()
        .collect();
    assert!(commands.len() > 8);
    commands
}

/// The command lines under `Example:`, from `mcppc` up to a pipe or a redirection, in words.
fn examples(command: &clap::Command) -> Vec<Vec<String>> {
    let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    let lines = help.lines().skip_while(|line| !line.starts_with("Example")).skip(1);
    let run = |line: &str| {
        let own = line.split(" | ").find(|part| part.trim_start().starts_with("mcppc "))?;
        Some(words(own.split(" > ").next()?))
    };
    lines.filter_map(run).collect()
}

/// A command line in words; what stands in single quotes is one.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (at, part) in line.split('\'').enumerate() {
        if at % 2 == 1 {
            words.push(part.to_owned());
        } else {
            words.extend(part.split_whitespace().map(|word| word.trim_matches('"').to_owned()));
        }
    }
    words
}

#[test]
fn the_command_line_is_well_formed() {
    Cli::command().debug_assert();
}

#[test]
fn every_command_has_examples_that_parse() {
    for command in commands() {
        let name = command.get_name();
        let examples = examples(&command);
        assert!(!examples.is_empty(), "the help of `{name}` has no example");
        for words in examples {
            assert_eq!(words.get(1).map(String::as_str), Some(name), "{words:?}");
            if let Err(error) = Cli::try_parse_from(&words) {
                panic!("{words:?}: {error}");
            }
        }
    }
}

#[test]
fn every_command_and_option_is_on_the_page_of_commands() {
    let (general, sections) = PAGE.split_once("\n## ").unwrap();
    for command in commands() {
        let name = command.get_name();
        let listed = general.lines().any(|line| {
            let words: Vec<&str> = line.split_whitespace().collect();
            line.starts_with("    ") && words.starts_with(&["mcppc", name])
        });
        assert!(listed, "docs/commands.md does not list `mcppc {name}`");
        let section = sections
            .split("\n## ")
            .find(|section| section.lines().next() == Some(name));
        let section = section.unwrap_or_else(|| panic!("docs/commands.md has no section `{name}`"));
        for option in command.get_arguments().filter_map(Arg::get_long) {
            let written = format!("--{option}");
            let found = general.contains(&written) || section.contains(&written) || option == "help";
            assert!(found, "docs/commands.md, `{name}`: nothing on `{written}`");
        }
    }
}
