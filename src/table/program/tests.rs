//! What programs look like: how much of the work grows with the rules, and what is too large.

use super::*;
use crate::pattern::{
    At, Automaton, Decimal, Dialect, Field, Machine, Pattern, PatternKind, glob_to_regex, path_to_regex,
};
use crate::table::{Digest, Gated, Grant, Shape, Tool, shared};

const AT: At = At {
    source: 0,
    start: 0,
    end: 0,
};

fn field(name: &str, kind: PatternKind) -> Field {
    Field {
        name: name.to_owned(),
        optional: false,
        at: AT,
        pattern: Pattern { at: AT, kind },
    }
}

/// A tool with a grant for each of these.
fn tool(grants: impl IntoIterator<Item = Vec<Field>>) -> Tool {
    Tool {
        envelope: Vec::new(),
        definition: Digest::of(b""),
        arguments: Shape::default(),
        prohibitions: Vec::new(),
        grants: grants
            .into_iter()
            .map(|fields| Grant {
                rule: 0,
                fields: shared(fields),
                gate: None,
            })
            .collect(),
    }
}

fn path(pattern: &str) -> PatternKind {
    PatternKind::Automaton(Automaton::new(&path_to_regex(&[(pattern, false)]).unwrap()).unwrap())
}

fn glob(pattern: &str) -> PatternKind {
    PatternKind::Automaton(Automaton::new(&glob_to_regex(&[(pattern, false)], Dialect::Path).unwrap()).unwrap())
}

fn words(words: &[&str]) -> PatternKind {
    let word = |word: &&str| Pattern {
        at: AT,
        kind: PatternKind::String((*word).to_owned()),
    };
    PatternKind::Or(words.iter().map(word).collect())
}

fn projects(count: usize) -> Tool {
    tool((0..count).map(|n| {
        vec![
            field("path", path(&format!("/srv/p{n}/**"))),
            field("mode", words(&[["read", "list", "stat"][n % 3], "none"])),
        ]
    }))
}

#[test]
fn the_work_is_the_same_for_ten_rules_and_a_thousand() {
    let (few, many) = (projects(10), projects(1_000));
    let most = |tool: &Tool| compile(tool, &[]).unwrap().bound(tool, &Gated::default()).of(8_192);
    assert_eq!(most(&few), most(&many));
    let program = compile(&many, &[]).unwrap();
    assert_eq!(program.frame.steps.len(), 1);
    assert!(program.frame.steps[0].diagram.nodes.len() <= 4 * 1_000);
}

#[test]
fn globs_that_cross_each_other_get_several_automata() {
    let crossing = tool((0..16).map(|n| vec![field("path", glob(&format!("**/n{n}/**")))]));
    let program = compile(&crossing, &[]).unwrap();
    let site = program.frame.sites.iter().find(|site| !site.more.is_empty()).unwrap();
    assert!(site.more.len() < 8, "{}", site.more.len());
    let machines = site.more.iter().map(|(_, strings)| strings);
    let bytes: usize = machines
        .filter_map(|strings| strings.machine.as_ref())
        .map(Machine::bytes)
        .sum();
    assert!(bytes < 8 << 20, "{bytes}");
    // Each automaton is a pass over the value; reading is one; keys are looked at twice.
    let passes = program.bound(&crossing, &Gated::default()).of(8_192).passes;
    assert_eq!(passes, 1 + 1 + site.more.len() as u64);
}

#[test]
fn lengths_cost_one_more_pass_and_no_automaton() {
    let text = PatternKind::Text {
        min: 0,
        max: Some(20_000),
        line: true,
    };
    let both = PatternKind::And(vec![
        Pattern { at: AT, kind: text },
        Pattern {
            at: AT,
            kind: glob("*draft*"),
        },
    ]);
    let tool = tool([vec![field("text", both)]]);
    let program = compile(&tool, &[]).unwrap();
    let bytes = program
        .frame
        .sites
        .iter()
        .find_map(|site| site.value.as_ref()?.strings.machine.as_ref());
    assert!(bytes.unwrap().bytes() < 10_000);
    assert_eq!(program.bound(&tool, &Gated::default()).of(8_192).passes, 3);
}

#[test]
fn a_thousand_words_are_one_table() {
    let all: Vec<String> = (0..1_000).map(|n| format!("word-{n}")).collect();
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    let program = compile(&tool([vec![field("word", words(&all))]]), &[]).unwrap();
    assert_eq!(program.frame.steps[0].diagram.depth(), 2);
    assert!(program.frame.steps[0].diagram.cases.len() < 10);
}

/// Overlapping conditions on several parameters, each pair of rules able to hold at once: what one diagram would
/// multiply is cut up, and stays in proportion.
#[test]
fn what_would_multiply_is_cut_up() {
    let overlapping = tool((0..60).map(|n| {
        (0..6)
            .map(|p| {
                let low = Decimal::parse(&((n * 7 + p * 13) % 60).to_string());
                let range = PatternKind::Range {
                    low,
                    high: None,
                    integer: false,
                };
                field(&format!("p{p}"), range)
            })
            .collect()
    }));
    let program = compile(&overlapping, &[]).unwrap();
    let nodes: usize = program.frame.steps.iter().map(|step| step.diagram.nodes.len()).sum();
    assert!(
        program.frame.steps.len() <= 60 && nodes < 100_000,
        "{} {nodes}",
        program.frame.steps.len()
    );
}
