//! The one way in which a tree is printed, each statement on one line: for rule ids and for messages.
//!
//! Law: what is printed parses to the same tree, places aside. What people write is laid out by [`super::layout`], which
//! keeps their comments and spelling.

mod declaration;
mod pattern;
mod rule;
mod test;
mod text;

pub use pattern::pattern;
pub use rule::rule;

use super::ast::{File, Statement, StatementKind};
use text::string;

/// A whole file, each statement on a line of its own.
#[must_use]
pub fn file(file: &File) -> String {
    let mut text = docs("//!", &file.docs);
    for one in &file.statements {
        text.push_str(&statement(one));
        text.push('\n');
    }
    text
}

/// A statement with what stands above it; the statement itself on one line.
#[must_use]
pub fn statement(statement: &Statement) -> String {
    let mut text = docs("///", &statement.docs);
    for waiver in &statement.waivers {
        text.push_str(&format!("waive {} {}\n", waiver.code.name, string(&waiver.reason)));
    }
    text + &kind(&statement.kind)
}

fn kind(kind: &StatementKind) -> String {
    match kind {
        StatementKind::Policy(header) => declaration::policy(header),
        StatementKind::Use(names) => declaration::use_names(names),
        StatementKind::Include(include) => declaration::include(include),
        StatementKind::Const(constant) => declaration::constant(constant),
        StatementKind::Server(server) => declaration::server(server),
        StatementKind::Caller(caller) => declaration::caller(caller),
        StatementKind::Credential(credential) => declaration::credential(credential),
        StatementKind::Egress(egress) => declaration::egress(egress),
        StatementKind::EgressAdvisory => "egress advisory".to_owned(),
        StatementKind::Label(label) => declaration::label(label),
        StatementKind::Limit(limit) => declaration::limit(limit),
        StatementKind::Pattern(definition) => declaration::pattern_def(definition),
        StatementKind::Tools(set) => declaration::tool_set(set),
        StatementKind::Allow(grant) => rule("allow", grant),
        StatementKind::Deny(prohibition) => rule("deny", prohibition),
        StatementKind::Assert(assertion) => rule::assertion(assertion),
        StatementKind::Test(test) => test::test(test),
    }
}

fn docs(mark: &str, lines: &[String]) -> String {
    let line = |line: &String| {
        let space = if line.is_empty() { "" } else { " " };
        format!("{mark}{space}{line}\n")
    };
    lines.iter().map(line).collect()
}

fn join<T>(items: &[T], separator: &str, print: impl Fn(&T) -> String) -> String {
    items.iter().map(print).collect::<Vec<_>>().join(separator)
}

/// Entries in braces; `{}` for none.
fn braced(entries: &[String]) -> String {
    if entries.is_empty() {
        "{}".to_owned()
    } else {
        format!("{{ {} }}", entries.join(", "))
    }
}
