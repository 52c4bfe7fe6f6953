//! Answers about policies are right: what is proved is borne out by every call that is tried, and what is refuted by the
//! call that is shown, in the reference evaluator too.
//!
//! `MCPP_QUESTIONS` says how many policies are asked about, or compared; 100 and 60 without it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::string_slice,
    missing_docs
)]

#[allow(dead_code, reason = "it also makes rows of calls")]
mod generate;
#[allow(dead_code, reason = "it also remembers calls")]
mod reference;

use std::cell::RefCell;
use std::collections::BTreeMap;

use generate::tape::Tape;
use jiff::Timestamp;
use mcppc::check::{Checked, check};
use mcppc::diagnostic::Source;
use mcppc::eval::{Reason, decide_line};
use mcppc::lock::Lock;
use mcppc::prove::{Answer, Budget, Claim, Direction, Finding, Prover, Question, compare, findings};
use mcppc::table::gates::Gate;
use mcppc::table::{Body, Effect, Grant, Policy, Prohibition, Rule, RuleRef, artifact, shared};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestError, TestRunner};
use reference::Reference;
use reference::gates::Circumstances;
use serde_json::{Value as Json, json};

/// Calls tried against each claim that is proved.
const CALLS: usize = 60;

const CALL: usize = 60;
const AROUND: usize = 20;

/// The steps that one question may take.
const STEPS: u64 = 2_000_000;

#[derive(Default)]
struct Tally {
    answers: BTreeMap<(bool, &'static str), u32>,
    refused: BTreeMap<String, u32>,
    /// Calls that a proved claim is about.
    about: u32,
}

fn now() -> Timestamp {
    "2026-12-01T00:00:00Z".parse().unwrap()
}

#[test]
fn answers_are_borne_out() {
    let policies: u32 = std::env::var("MCPP_QUESTIONS").map_or(100, |text| text.parse().unwrap());
    let tally = RefCell::new(Tally::default());
    let mut runner = TestRunner::new(Config {
        cases: policies,
        max_shrink_iters: 400,
        failure_persistence: None,
        ..Config::default()
    });
    let words = |length: std::ops::Range<usize>| proptest::collection::vec(any::<u16>(), length);
    let length = (CALL + AROUND) * CALLS;
    let inputs = (words(0..240), words(0..240), words(length..length + 1));
    let result = runner.run(&inputs, |(policy, other, calls)| {
        answered(&policy, &other, &calls, &mut tally.borrow_mut()).map_err(TestCaseError::fail)
    });
    let tally = tally.into_inner();
    println!(
        "{:?}; {} calls about what is proved; {:?}",
        tally.answers, tally.about, tally.refused
    );
    match result {
        Err(TestError::Fail(reason, _)) => panic!("{reason}"),
        other => other.unwrap(),
    }
    let total: u32 = tally.answers.values().sum();
    let count = |answer: &str| -> u32 {
        let of = tally.answers.iter().filter(|((_, found), _)| *found == answer);
        of.map(|(_, count)| count).sum()
    };
    assert!(8 * count("proved") > total, "too few claims are proved");
    assert!(8 * count("refuted") > total, "too few claims are refuted");
    assert!(4 * count("refused") < total, "too many questions are refused");
    assert!(10 * tally.about > policies, "too few calls are about what is proved");
}

/// The rules of a second policy are claims about the first.
fn answered(policy: &[u16], other: &[u16], calls: &[u16], tally: &mut Tally) -> Result<(), String> {
    let mut tape = Tape::new(policy);
    let tools = generate::schema::tools(&mut tape);
    let mut made = generate::policy::policy(&mut tape, &tools);
    let claims = generate::policy::policy(&mut Tape::new(other), &tools);
    made.strings.extend(claims.strings);
    made.paths.extend(claims.paths);
    made.numbers.extend(claims.numbers);
    let names: Vec<&str> = tools.iter().map(|tool| tool.name).collect();
    let lock = generate::schema::lock(&tools, &names);
    for claim in claims.source.lines().filter_map(claim) {
        let source = Source::new("p.mcpp", format!("{}{claim}\n", made.source));
        let checked = check(&source, Some(&Lock::parse(&lock).unwrap()), &[]);
        let Some(body) = &checked.body else { continue };
        let rules = Source::new("p.mcpp", made.source.as_str());
        let scene = Scene {
            policy: Policy::from_bytes(&artifact::write(body).unwrap()).unwrap(),
            reference: Reference::new(&rules, &lock),
            body,
        };
        for question in questions(&checked) {
            let answer = Prover::new(&scene.policy, STEPS).ask(question, now());
            let said = match &answer {
                Answer::Proved => "proved",
                Answer::Empty => "empty",
                Answer::Refuted(_) => "refuted",
                Answer::Refused(refusal) => {
                    *tally.refused.entry(refusal.why.clone()).or_default() += 1;
                    "refused"
                }
            };
            *tally
                .answers
                .entry((question.claims == Claim::Always, said))
                .or_default() += 1;
            let wrong = |what: String| format!("{what}\n{claim} on {}\n{}\n{lock}", question.tool, made.source);
            let asked = scene.asked(question);
            match answer {
                Answer::Refuted(refutation) => {
                    let call: Json = serde_json::from_str(&refutation.call).unwrap();
                    if scene.breaks(question, &asked, &call) != Some(true) {
                        return Err(wrong(format!("this call does not break it: {call}")));
                    }
                }
                Answer::Proved | Answer::Empty => {
                    for words in calls.chunks(CALL + AROUND) {
                        let (words, around) = words.split_at(CALL);
                        let (tool, arguments) = generate::call::call(&mut Tape::new(words), &tools, &made);
                        let Ok(arguments @ Json::Object(_)) = serde_json::from_str::<Json>(&arguments) else {
                            continue;
                        };
                        if tool != question.tool {
                            continue;
                        }
                        let call = line(&tool, &arguments, around);
                        match scene.breaks(question, &asked, &call) {
                            Some(true) => return Err(wrong(format!("{said}, but broken by {call}"))),
                            Some(false) if said == "empty" => {
                                return Err(wrong(format!("said to be about nothing, but it is about {call}")));
                            }
                            Some(false) => tally.about += 1,
                            None => {}
                        }
                    }
                }
                Answer::Refused(_) => {}
            }
        }
    }
    Ok(())
}

/// A rule as a claim.
fn claim(rule: &str) -> Option<String> {
    let end = rule.rfind(" }").map_or(rule.len(), |end| end + 2);
    let head = &rule[..end];
    match (head.strip_prefix("deny "), head.strip_prefix("allow ")) {
        (Some(rest), _) => Some(format!("assert never {rest}")),
        (_, Some(rest)) => Some(format!("assert always {rest}")),
        _ => None,
    }
}

fn questions(checked: &Checked) -> impl Iterator<Item = &Question> {
    checked.assertions.iter().flat_map(|assertion| &assertion.questions)
}

fn line(tool: &str, arguments: &Json, around: &[u16]) -> Json {
    let around = generate::circumstances::circumstances(&mut Tape::new(around));
    let mut line = json!({
        "server": "s", "tool": tool, "arguments": arguments, "time": around.time,
        "labels": around.labels, "counters": around.used,
    });
    if let Some(claims) = around.claims {
        line["caller"] = serde_json::from_str(&claims).unwrap();
    }
    line
}

/// What stands beside the arguments of a call.
fn around(call: &Json) -> Circumstances {
    let words = |name: &str| call.get(name).cloned().unwrap_or(Json::Null);
    let used = words("counters").as_object().cloned().unwrap_or_default();
    let amount = |amount: &Json| amount.as_str().map_or_else(|| amount.to_string(), str::to_owned);
    Circumstances {
        claims: call.get("caller").map(Json::to_string),
        time: words("time").as_str().map_or_else(now, |time| time.parse().unwrap()),
        labels: serde_json::from_value(words("labels")).unwrap_or_default(),
        used: used.iter().map(|(name, used)| (name.clone(), amount(used))).collect(),
    }
}

/// A policy as both evaluators know it.
struct Scene<'b> {
    policy: Policy,
    reference: Reference,
    body: &'b Body,
}

impl Scene<'_> {
    /// A policy of the question alone.
    fn asked(&self, question: &Question) -> Policy {
        let mut body = self.body.clone();
        let always = question.claims == Claim::Always;
        let effect = if always { Effect::Allow } else { Effect::Deny };
        let gate = question.callers.as_ref().map(|callers| {
            body.gated.gates.push(Gate {
                callers: Some(callers.clone()),
                ..Gate::open(effect)
            });
            u32::try_from(body.gated.gates.len() - 1).unwrap()
        });
        for tool in body.servers.values_mut().flat_map(|server| server.tools.values_mut()) {
            tool.grants.clear();
            tool.prohibitions.clear();
        }
        let tool = body
            .servers
            .get_mut("s")
            .unwrap()
            .tools
            .get_mut(&question.tool)
            .unwrap();
        let (fields, any) = (shared(question.fields.clone()), question.any.clone());
        if always {
            tool.grants.push(Grant { rule: 0, fields, gate });
        } else {
            tool.prohibitions.push(Prohibition {
                rule: 0,
                fields,
                any,
                gate,
            });
        }
        body.rules = vec![Rule {
            reference: RuleRef {
                id: "000000000000".to_owned(),
                file: "p.mcpp".to_owned(),
                line: 1,
            },
            effect,
            at: question.place,
            doc: String::new(),
            because: None,
        }];
        Policy::from_bytes(&artifact::write(&body).unwrap()).unwrap()
    }

    /// Does a call break a claim? `None` if the claim is not about it.
    fn breaks(&self, question: &Question, asked: &Policy, call: &Json) -> Option<bool> {
        let mut call = call.clone();
        let always = question.claims == Claim::Always;
        if always {
            // It is about fresh callers that can be told from others, now.
            let said = |name: &str| call["caller"][name].as_str().is_some_and(|text| !text.is_empty());
            if call.get("caller").is_some() && !(said("issuer") && said("subject")) {
                return None;
            }
            let members = call.as_object_mut().unwrap();
            members.remove("labels");
            members.remove("counters");
            members.insert("time".to_owned(), json!(now().to_string()));
        }
        let text = call.to_string();
        let of_question = decide_line(asked, None, text.as_bytes(), now());
        let is_about = if always {
            of_question.is_allow()
        } else {
            of_question.reason() == Reason::Prohibited
        };
        if !is_about {
            return None;
        }
        let arguments = call["arguments"].to_string();
        let reference = self.reference.decide("s", &question.tool, &arguments, &around(&call));
        let allowed = reference.reason == Reason::Allowed;
        let table = decide_line(&self.policy, None, text.as_bytes(), now());
        assert_eq!(table.reason(), reference.reason, "{call}");
        Some(allowed != always)
    }
}

/// A policy and what it becomes without one of its rules: what is called different is so, and what is called the same
/// is borne out by every call that is tried.
#[test]
fn comparisons_are_borne_out() {
    let policies: u32 = std::env::var("MCPP_QUESTIONS").map_or(60, |text| text.parse().unwrap());
    let tally: RefCell<BTreeMap<&'static str, u32>> = RefCell::default();
    let mut runner = TestRunner::new(Config {
        cases: policies,
        max_shrink_iters: 200,
        failure_persistence: None,
        ..Config::default()
    });
    let words = |length: std::ops::Range<usize>| proptest::collection::vec(any::<u16>(), length);
    let length = (CALL + AROUND) * CALLS;
    let inputs = (words(0..240), any::<u16>(), words(length..length + 1));
    let result = runner.run(&inputs, |(policy, which, calls)| {
        compared(&policy, which.into(), &calls, &mut tally.borrow_mut()).map_err(TestCaseError::fail)
    });
    let tally = tally.into_inner();
    println!("{tally:?}");
    match result {
        Err(TestError::Fail(reason, _)) => panic!("{reason}"),
        other => other.unwrap(),
    }
    let count = |what: &str| tally.get(what).copied().unwrap_or(0);
    assert!(5 * count("some") > policies, "too few policies differ");
    assert!(5 * count("none") > policies, "too few policies are the same");
    assert!(
        4 * count("refused") < count("some") + count("none"),
        "too many comparisons are refused"
    );
}

fn compared(
    policy: &[u16],
    which: usize,
    calls: &[u16],
    tally: &mut BTreeMap<&'static str, u32>,
) -> Result<(), String> {
    let mut tape = Tape::new(policy);
    let tools = generate::schema::tools(&mut tape);
    let made = generate::policy::policy(&mut tape, &tools);
    let names: Vec<&str> = tools.iter().map(|tool| tool.name).collect();
    let lock = generate::schema::lock(&tools, &names);
    let is_rule = |line: &&str| line.starts_with("allow ") || line.starts_with("deny ");
    let rules: Vec<&str> = made.source.lines().filter(is_rule).collect();
    let gone = rules[which % rules.len()];
    let scene = |text: String| {
        let source = Source::new("p.mcpp", text);
        let body = check(&source, Some(&Lock::parse(&lock).unwrap()), &[]).body?;
        let policy = Policy::from_bytes(&artifact::write(&body).unwrap()).unwrap();
        Some((body, policy, Reference::new(&source, &lock)))
    };
    let Some((body, whole, of_whole)) = scene(made.source.clone()) else {
        return Ok(());
    };
    let Some((other_body, part, of_part)) = scene(made.source.replacen(&format!("{gone}\n"), "", 1)) else {
        return Ok(());
    };
    let allows = |policy: &Policy, reference: &Reference, call: &Json| {
        let reason = decide_line(policy, None, call.to_string().as_bytes(), now()).reason();
        let tool = call["tool"].as_str().unwrap();
        let wanted = reference.decide("s", tool, &call["arguments"].to_string(), &around(call));
        assert_eq!(reason, wanted.reason, "{call}");
        reason == Reason::Allowed
    };
    for tool in &tools {
        let same = compare(&whole, &whole, "s", tool.name, now(), STEPS);
        if let (Direction::Some(access), _) | (_, Direction::Some(access)) = (&same.more, &same.less) {
            return Err(format!("differs from itself by {}\n{}", access.call, made.source));
        }
        let found = compare(&whole, &part, "s", tool.name, now(), STEPS);
        let is_same_universe =
            body.servers["s"].tools[tool.name].arguments == other_body.servers["s"].tools[tool.name].arguments;
        // Without a grant nothing more is allowed, and without a prohibition nothing less.
        let never = if gone.starts_with("allow") {
            &found.more
        } else {
            &found.less
        };
        if is_same_universe && matches!(never, Direction::Some(_)) {
            return Err(format!("{never:?} without {gone}\n{}", made.source));
        }
        let (of_whole, of_part) = ((&whole, &of_whole), (&part, &of_part));
        for (direction, this, other) in [(&found.more, of_part, of_whole), (&found.less, of_whole, of_part)] {
            let differs = |call: &Json| allows(this.0, this.1, call) && !allows(other.0, other.1, call);
            match direction {
                Direction::Some(access) => {
                    *tally.entry("some").or_default() += 1;
                    let call: Json = serde_json::from_str(&access.call).unwrap();
                    if !differs(&call) {
                        return Err(format!("no difference: {call} without {gone}\n{}", made.source));
                    }
                }
                Direction::None => {
                    *tally.entry("none").or_default() += 1;
                    for words in calls.chunks(CALL + AROUND) {
                        let (words, around) = words.split_at(CALL);
                        let (name, arguments) = generate::call::call(&mut Tape::new(words), &tools, &made);
                        let Ok(arguments @ Json::Object(_)) = serde_json::from_str::<Json>(&arguments) else {
                            continue;
                        };
                        let call = line(&name, &arguments, around);
                        if name == tool.name && differs(&call) {
                            return Err(format!(
                                "said to be the same, but {call} without {gone}\n{}",
                                made.source
                            ));
                        }
                    }
                }
                Direction::Refused(_) => *tally.entry("refused").or_default() += 1,
            }
        }
    }
    Ok(())
}

/// A rule of which it is said that it does nothing for a tool can be taken out, and no call is decided otherwise.
#[test]
fn rules_that_do_nothing_can_be_taken_out() {
    let policies: u32 = std::env::var("MCPP_QUESTIONS").map_or(100, |text| text.parse().unwrap());
    let tally: RefCell<BTreeMap<&'static str, u32>> = RefCell::default();
    let mut runner = TestRunner::new(Config {
        cases: policies,
        max_shrink_iters: 200,
        failure_persistence: None,
        ..Config::default()
    });
    let words = |length: std::ops::Range<usize>| proptest::collection::vec(any::<u16>(), length);
    let length = (CALL + AROUND) * CALLS;
    let inputs = (words(0..240), any::<u16>(), words(length..length + 1));
    let result = runner.run(&inputs, |(policy, twice, calls)| {
        taken_out(&policy, twice.into(), &calls, &mut tally.borrow_mut()).map_err(TestCaseError::fail)
    });
    let tally = tally.into_inner();
    println!("{tally:?}");
    match result {
        Err(TestError::Fail(reason, _)) => panic!("{reason}"),
        other => other.unwrap(),
    }
    let count = |kind: &str| tally.get(kind).copied().unwrap_or(0);
    assert!(4 * count("covered") > policies, "too few grants are covered");
    assert!(
        count("empty") + count("prohibited") + count("idle") > 0,
        "no rule does nothing otherwise"
    );
}

/// One rule stands twice, so that there is something to find.
fn taken_out(
    policy: &[u16],
    twice: usize,
    calls: &[u16],
    tally: &mut BTreeMap<&'static str, u32>,
) -> Result<(), String> {
    let mut tape = Tape::new(policy);
    let tools = generate::schema::tools(&mut tape);
    let made = generate::policy::policy(&mut tape, &tools);
    let names: Vec<&str> = tools.iter().map(|tool| tool.name).collect();
    let lock = Lock::parse(&generate::schema::lock(&tools, &names)).unwrap();
    let grants: Vec<&str> = made.source.lines().filter(|line| line.starts_with("allow ")).collect();
    let again = if grants.is_empty() {
        ""
    } else {
        grants[twice % grants.len()]
    };
    let source = Source::new("p.mcpp", format!("{}{again}\n", made.source));
    let Some(body) = check(&source, Some(&lock), &[]).body else {
        return Ok(());
    };
    let built = |body: &Body| Policy::from_bytes(&artifact::write(body).unwrap()).unwrap();
    let whole = built(&body);
    for (name, tool) in &body.servers["s"].tools {
        let Ok(found) = findings(tool, &body.gated, &Budget::of(STEPS)) else {
            *tally.entry("refused").or_default() += 1;
            continue;
        };
        for (rule, finding) in found {
            let kind = match finding {
                Finding::Empty => "empty",
                Finding::Covered(_) => "covered",
                Finding::Prohibited(_) => "prohibited",
                Finding::Idle => "idle",
            };
            *tally.entry(kind).or_default() += 1;
            let mut fewer = body.clone();
            let changed = fewer.servers.get_mut("s").unwrap().tools.get_mut(name).unwrap();
            changed.grants.retain(|grant| grant.rule != rule);
            changed.prohibitions.retain(|prohibition| prohibition.rule != rule);
            let part = built(&fewer);
            let wrong = |what: String| Err(format!("{what} without rule {rule}, {kind}\n{}", source.text));
            let difference = compare(&whole, &part, "s", name, now(), STEPS);
            for direction in [difference.more, difference.less] {
                if let Direction::Some(access) = direction {
                    return wrong(access.call);
                }
            }
            for words in calls.chunks(CALL + AROUND) {
                let (words, around) = words.split_at(CALL);
                let (called, arguments) = generate::call::call(&mut Tape::new(words), &tools, &made);
                let Ok(arguments @ Json::Object(_)) = serde_json::from_str::<Json>(&arguments) else {
                    continue;
                };
                let call = line(&called, &arguments, around).to_string();
                let allowed = |policy: &Policy| decide_line(policy, None, call.as_bytes(), now()).is_allow();
                if called == *name && allowed(&whole) != allowed(&part) {
                    return wrong(call);
                }
            }
        }
    }
    Ok(())
}
