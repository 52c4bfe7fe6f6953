//! Laws that answers about policies keep, in a universe so small that every call of it can be tried.
//!
//! `MCPP_QUESTIONS` says how many policies are tried; 60 without it.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

#[path = "generate/tape.rs"]
#[allow(dead_code, reason = "it also makes other choices")]
mod tape;

use std::collections::BTreeSet;

use jiff::Timestamp;
use mcppc::check::check;
use mcppc::diagnostic::Source;
use mcppc::eval::decide_line;
use mcppc::lock::Lock;
use mcppc::prove::{Answer, Budget, Direction, Finding, Prover, compare, findings};
use mcppc::table::{Body, Policy, artifact};
use proptest::prelude::*;
use proptest::test_runner::Config;
use serde_json::json;
use tape::Tape;

const STEPS: u64 = 20_000_000;

fn now() -> Timestamp {
    "2026-12-01T00:00:00Z".parse().unwrap()
}

fn policies() -> Config {
    Config {
        cases: std::env::var("MCPP_QUESTIONS").map_or(60, |text| text.parse().unwrap()),
        failure_persistence: None,
        ..Config::default()
    }
}

fn words() -> impl Strategy<Value = Vec<u16>> {
    proptest::collection::vec(any::<u16>(), 0..120)
}

/// One tool whose parameters take few values each. No grant takes more than two tags, so that longer lists do not matter.
fn lock() -> Lock {
    let schema = json!({
        "type": "object",
        "properties": {
            "a": { "type": "string", "enum": ["x", "y", "z"] },
            "n": { "type": "integer", "enum": [1, 2, 3, 4] },
            "b": { "type": "boolean" },
            "tags": { "type": "array", "items": { "type": "string", "enum": ["u", "v"] } },
        },
        "required": ["a"],
    });
    let definition = format!("sha256:{}", "0".repeat(64));
    let tools = json!({ "t": { "definition": definition, "inputSchema": schema } });
    let server = json!({ "name": "", "version": "", "tools": tools });
    Lock::parse(&json!({ "lock": 1, "servers": { "s": server }, "wildcards": {} }).to_string()).unwrap()
}

/// All values of each parameter, `None` where it is left out.
fn calls() -> Vec<String> {
    let of = |values: &[&str]| -> Vec<Option<String>> {
        let values = values.iter().map(|value| Some((*value).to_owned()));
        std::iter::once(None).chain(values).collect()
    };
    let tags = [
        "[]",
        r#"["u"]"#,
        r#"["v"]"#,
        r#"["u","u"]"#,
        r#"["u","v"]"#,
        r#"["v","u"]"#,
        r#"["v","v"]"#,
    ];
    let all = [
        ("a", of(&[r#""x""#, r#""y""#, r#""z""#])),
        ("n", of(&["1", "2", "3", "4"])),
        ("b", of(&["true", "false"])),
        ("tags", of(&tags)),
    ];
    let mut found = vec![Vec::new()];
    for (name, values) in &all {
        let with = |before: &Vec<String>| {
            let more = values.iter().map(|value| {
                let member = value.iter().map(|value| format!("\"{name}\":{value}"));
                before.iter().cloned().chain(member).collect::<Vec<String>>()
            });
            more.collect::<Vec<_>>()
        };
        found = found.iter().flat_map(with).collect();
    }
    let line = |members: Vec<String>| format!(r#"{{"server":"s","tool":"t","arguments":{{{}}}}}"#, members.join(","));
    found.into_iter().map(line).collect()
}

/// The calls that a policy allows.
fn allowed(policy: &Policy, calls: &[String]) -> BTreeSet<usize> {
    let holds = |call: &String| decide_line(policy, None, call.as_bytes(), now()).is_allow();
    let places = calls.iter().enumerate().filter(|(_, call)| holds(call));
    places.map(|(place, _)| place).collect()
}

const STRINGS: [&str; 6] = [
    r#""x""#,
    r#""x" | "y""#,
    r#"!"x""#,
    r#""z""#,
    "text",
    r#"text & !("y" | "z")"#,
];
const NUMBERS: [&str; 6] = ["1", "..=2", "2..=3", "!3", "int", "3.."];
const TAGS: [&str; 4] = [
    r#"["u"; ..=2]"#,
    r#"["u" | "v"; ..=1]"#,
    r#"["u" | "v"; ..=2]"#,
    r#"["v"; 1..=2]"#,
];
const HAS: [&str; 3] = [r#"has "u""#, r#"has "v""#, r#"has "u" & has "v""#];

fn fields(tape: &mut Tape<'_>, grant: bool) -> String {
    let mut fields: Vec<String> = Vec::new();
    let add = |tape: &mut Tape<'_>, name: &str, patterns: &[&str], fields: &mut Vec<String>| {
        let mark = if tape.below(2) == 0 { "?" } else { "" };
        let pattern = tape.pick(patterns);
        fields.push(format!("{name}{mark}: {pattern}"));
    };
    if grant || tape.below(2) == 0 {
        let pattern = tape.pick(&STRINGS);
        fields.push(format!("a: {pattern}"));
    }
    for (name, patterns) in [("n", &NUMBERS[..]), ("b", &["true", "false", "bool"][..])] {
        if tape.below(2) == 0 {
            add(tape, name, patterns, &mut fields);
        }
    }
    if tape.below(2) == 0 {
        add(tape, "tags", if grant { &TAGS[..] } else { &HAS[..] }, &mut fields);
    }
    fields.join(", ")
}

fn rules(tape: &mut Tape<'_>) -> Vec<String> {
    let count = 1 + tape.below(5);
    let rule = |tape: &mut Tape<'_>| match tape.below(3) {
        2 => format!("deny s.t {{ {} }}", fields(tape, false)),
        _ => format!("allow s.t {{ {} }}", fields(tape, true)),
    };
    (0..count).map(|_| rule(tape)).collect()
}

fn body(rules: &[String]) -> Option<Body> {
    let source = Source::new("p.mcpp", format!("policy \"p\"\nserver s\n{}\n", rules.join("\n")));
    check(&source, Some(&lock()), &[]).body
}

fn built(body: &Body) -> Policy {
    Policy::from_bytes(&artifact::write(body).unwrap()).unwrap()
}

/// Is there a call that `new` allows and `old` does not? Never refused where the universe is small.
fn newly(old: &Policy, new: &Policy) -> Option<String> {
    match compare(old, new, "s", "t", now(), STEPS).more {
        Direction::None => None,
        Direction::Some(access) => Some(access.call),
        Direction::Refused(refusal) => panic!("{refusal:?}"),
    }
}

proptest! {
    #![proptest_config(policies())]

    /// What is said of two policies is what trying every call says; and what is shown is such a call.
    #[test]
    fn comparisons_are_those_of_all_calls(one in words(), other in words()) {
        let (one, other) = (rules(&mut Tape::new(&one)), rules(&mut Tape::new(&other)));
        let (Some(one), Some(other)) = (body(&one), body(&other)) else { return Ok(()) };
        let (one, other) = (built(&one), built(&other));
        let calls = calls();
        let (of_one, of_other) = (allowed(&one, &calls), allowed(&other, &calls));
        let found = newly(&one, &other);
        prop_assert_eq!(found.is_none(), of_other.is_subset(&of_one));
        if let Some(call) = found {
            prop_assert!(decide_line(&other, None, call.as_bytes(), now()).is_allow(), "{}", call);
            prop_assert!(!decide_line(&one, None, call.as_bytes(), now()).is_allow(), "{}", call);
        }
        prop_assert_eq!(newly(&one, &one), None);
        // Each way is the other way round when the policies are.
        let (there, back) = (
            compare(&one, &other, "s", "t", now(), STEPS),
            compare(&other, &one, "s", "t", now(), STEPS),
        );
        let is_some = |direction: &Direction| matches!(direction, Direction::Some(_));
        prop_assert_eq!(is_some(&there.more), is_some(&back.less));
        prop_assert_eq!(is_some(&there.less), is_some(&back.more));
        // Policies that allow no more than each other allow the same.
        if !is_some(&there.more) && !is_some(&there.less) {
            prop_assert_eq!(of_one, of_other);
        }
    }

    /// What allows no more than something that allows no more than a third allows no more than the third.
    #[test]
    fn permissiveness_is_transitive(made in words()) {
        let rules = rules(&mut Tape::new(&made));
        let parts = (0..rules.len()).map(|gone| {
            let kept = rules.iter().enumerate().filter(|(place, _)| *place != gone);
            kept.map(|(_, rule)| rule.clone()).collect::<Vec<_>>()
        });
        let all: Vec<Policy> = parts.chain([rules.clone()]).filter_map(|rules| Some(built(&body(&rules)?))).collect();
        let within: Vec<Vec<bool>> =
            all.iter().map(|one| all.iter().map(|other| newly(other, one).is_none()).collect()).collect();
        for (one, two, three) in (0..all.len())
            .flat_map(|one| (0..all.len()).map(move |two| (one, two)))
            .flat_map(|(one, two)| (0..all.len()).map(move |three| (one, two, three)))
        {
            prop_assert!(!(within[one][two] && within[two][three]) || within[one][three], "{:?}", rules);
        }
    }

    /// What is claimed is so exactly where every call says so, and of the same calls `never` and `always` cannot both be.
    #[test]
    fn claims_are_those_of_all_calls(made in words(), claimed in words()) {
        let rules = rules(&mut Tape::new(&made));
        let claim = fields(&mut Tape::new(&claimed), true);
        let asked = ["never", "always"].map(|claims| format!("assert {claims} s.t {{ {claim} }}"));
        let text = format!("policy \"p\"\nserver s\n{}\n{}\n", rules.join("\n"), asked.join("\n"));
        let checked = check(&Source::new("p.mcpp", text), Some(&lock()), &[]);
        let (Some(whole), Some(about)) = (checked.body, body(&[format!("allow s.t {{ {claim} }}")])) else {
            return Ok(());
        };
        let policy = built(&whole);
        // An `always` is about these calls alone; a `never` about those that have more parameters too.
        let all = "allow s.t { a: text, n?: int, b?: bool, tags?: [text; ..=2] }".to_owned();
        let open = body(&[all.clone(), format!("deny s.t {{ {claim} }}")]).map(|body| built(&body));
        let calls = calls();
        let allows = allowed(&policy, &calls);
        let closed = allowed(&built(&about), &calls);
        let questions: Vec<_> = checked.assertions.iter().flat_map(|assertion| &assertion.questions).collect();
        let answers: Vec<Answer> = questions.iter().map(|question| Prover::new(&policy, STEPS).ask(question, now())).collect();
        let [never, always] = answers.as_slice() else { panic!("{answers:?}") };
        if let Some(open) = open {
            let sound: BTreeSet<usize> = allowed(&built(&body(&[all]).unwrap()), &calls);
            let denied: BTreeSet<usize> = sound.difference(&allowed(&open, &calls)).copied().collect();
            match never {
                Answer::Proved | Answer::Empty => prop_assert!(denied.is_disjoint(&allows), "{} {:?}", claim, rules),
                Answer::Refuted(_) => prop_assert!(!denied.is_disjoint(&allows), "{} {:?}", claim, rules),
                Answer::Refused(refusal) => panic!("{refusal:?}"),
            }
        }
        match always {
            Answer::Proved => {
                prop_assert!(!closed.is_empty() && closed.is_subset(&allows), "{} {:?}", claim, rules);
                prop_assert!(!matches!(never, Answer::Proved | Answer::Empty), "{} {:?}", claim, rules);
            }
            Answer::Empty => prop_assert!(closed.is_empty(), "{} {:?}", claim, rules),
            Answer::Refuted(_) => prop_assert!(!closed.is_subset(&allows), "{} {:?}", claim, rules),
            Answer::Refused(refusal) => panic!("{refusal:?}"),
        }
    }

    /// Rules are said to do nothing exactly where every call says so, and without them nothing changes.
    #[test]
    fn findings_are_those_of_all_calls(made in words()) {
        let rules = rules(&mut Tape::new(&made));
        let Some(whole) = body(&rules) else { return Ok(()) };
        let calls = calls();
        let allows = allowed(&built(&whole), &calls);
        let tool = &whole.servers["s"].tools["t"];
        let found = findings(tool, &whole.gated, &Budget::of(STEPS)).unwrap();
        for at in 0..rules.len() {
            let mut fewer = whole.clone();
            let place = u32::try_from(at).unwrap();
            let changed = fewer.servers.get_mut("s").unwrap().tools.get_mut("t").unwrap();
            changed.grants.retain(|grant| grant.rule != place);
            changed.prohibitions.retain(|prohibition| prohibition.rule != place);
            let without = allowed(&built(&fewer), &calls);
            if let Some((_, finding)) = found.iter().find(|(rule, _)| *rule == place) {
                prop_assert_eq!(&without, &allows, "{:?} {:?}", finding, rules);
            }
            if !tool.grants.is_empty() && rules[at].starts_with("deny") && without == allows {
                let grants: Vec<String> = rules.iter().filter(|rule| rule.starts_with("allow")).cloned().collect();
                let alone: Vec<String> = grants.iter().chain([&rules[at]]).cloned().collect();
                let touches = allowed(&built(&body(&grants).unwrap()), &calls) != allowed(&built(&body(&alone).unwrap()), &calls);
                let idle = found.iter().any(|(rule, finding)| *rule == place && *finding == Finding::Idle);
                prop_assert_eq!(idle, !touches, "{} {:?}", rules[at], rules);
            }
        }
    }
}
