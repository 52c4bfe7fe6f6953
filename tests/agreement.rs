//! The table and the reference evaluator agree on every call: decision, rule and reason.
//!
//! `MCPP_CASES` says how many pairs of policy and call are tried; 10,000 without it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::string_slice,
    missing_docs
)]

mod generate;
mod reference;

use std::cell::RefCell;
use std::collections::BTreeMap;

use generate::tape::Tape;
use mcppc::diagnostic::{Severity, Source};
use mcppc::eval::{Call, Caller, Context, Decision, Reason, Scratch, State};
use mcppc::json::{Limits, parse};
use mcppc::lock::Lock;
use mcppc::pattern::Decimal;
use mcppc::table::{Policy, artifact};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestError, TestRunner};
use reference::gates::{Circumstances, Effects};
use reference::{Reference, Verdict};

/// Calls tried against each policy.
const CALLS: usize = 40;

/// How many choices a call is made from, and its circumstances.
const CALL: usize = 60;
const AROUND: usize = 20;

/// What was tried, so that the test can show that it tries what matters.
#[derive(Default)]
struct Tally {
    policies: u32,
    checked: u32,
    reasons: BTreeMap<Reason, u32>,
    codes: BTreeMap<&'static str, u32>,
    /// Calls that mark, and that charge.
    marked: u32,
    charged: u32,
}

#[test]
fn the_table_and_the_reference_agree() {
    let pairs: usize = std::env::var("MCPP_CASES").map_or(10_000, |text| text.parse().unwrap());
    let tally = RefCell::new(Tally::default());
    let mut runner = TestRunner::new(Config {
        // About half of the policies check.
        cases: u32::try_from(2 * pairs / CALLS).unwrap(),
        max_shrink_iters: 600,
        failure_persistence: None,
        ..Config::default()
    });
    let words = |length: std::ops::Range<usize>| proptest::collection::vec(any::<u16>(), length);
    let result = runner.run(
        &(
            words(0..240),
            words((CALL + AROUND) * CALLS..(CALL + AROUND) * CALLS + 1),
        ),
        |(policy, calls)| agree(&policy, &calls, &mut tally.borrow_mut()).map_err(TestCaseError::fail),
    );
    let tally = tally.into_inner();
    println!(
        "{} of {} policies check; {:?}; {:?}",
        tally.checked, tally.policies, tally.reasons, tally.codes
    );
    match result {
        Err(TestError::Fail(reason, _)) => panic!("{reason}"),
        other => other.unwrap(),
    }
    assert!(2 * tally.checked > tally.policies, "too few of the policies check");
    let total: u32 = tally.reasons.values().sum();
    assert!(
        usize::try_from(total).unwrap() >= pairs,
        "only {total} pairs were tried"
    );
    for reason in [
        Reason::Allowed,
        Reason::Prohibited,
        Reason::NoGrant,
        Reason::UnknownTool,
        Reason::UnlistedParameter,
        Reason::MissingParameter,
        Reason::WrongType,
        Reason::AmbiguousValue,
        Reason::PatternMismatch,
        Reason::MalformedCall,
    ] {
        let share = tally.reasons.get(&reason).copied().unwrap_or(0);
        assert!(
            200 * share > total,
            "too few calls are {}: {share} of {total}",
            reason.as_str()
        );
    }
    // Few calls come so far that a gate is all that fails.
    for reason in [
        Reason::WrongCaller,
        Reason::UnknownCaller,
        Reason::Expired,
        Reason::ConditionFailed,
        Reason::ProofMissing,
        Reason::Tainted,
        Reason::LimitExceeded,
    ] {
        let share = tally.reasons.get(&reason).copied().unwrap_or(0);
        assert!(
            2_000 * share > total,
            "too few calls are {}: {share} of {total}",
            reason.as_str()
        );
    }
    assert!(
        500 * tally.marked > total && 500 * tally.charged > total,
        "too few calls have effects"
    );
}

fn agree(policy: &[u16], calls: &[u16], tally: &mut Tally) -> Result<(), String> {
    let mut tape = Tape::new(policy);
    let tools = generate::schema::tools(&mut tape);
    let made = generate::policy::policy(&mut tape, &tools);
    let accepted: Vec<&str> = tools.iter().map(|tool| tool.name).skip(tape.below(2)).collect();
    let lock = generate::schema::lock(&tools, &accepted);
    let source = Source::new("p.mcpp", made.source.as_str());
    let checked = mcppc::check::check(&source, Some(&Lock::parse(&lock).unwrap()), &[]);
    tally.policies += 1;
    for diagnostic in checked.diagnostics.iter().filter(|d| d.severity == Severity::Error) {
        // The generator writes the grammar; only types may be wrong.
        assert!(
            diagnostic.code > "E0100",
            "{}: {}\n{}",
            diagnostic.code,
            diagnostic.message,
            made.source
        );
        *tally.codes.entry(diagnostic.code).or_default() += 1;
    }
    let Some(body) = checked.body else { return Ok(()) };
    tally.checked += 1;
    let compiled = Policy::from_bytes(&artifact::write(&body).unwrap()).map_err(|e| format!("{e}\n{}", made.source))?;
    let reference = Reference::new(&source, &lock);
    let mut scratch = Scratch::default();
    for words in calls.chunks(CALL + AROUND) {
        let (words, around) = words.split_at(CALL);
        let (tool, arguments) = generate::call::call(&mut Tape::new(words), &tools, &made);
        let made_around = generate::circumstances::circumstances(&mut Tape::new(around));
        let around = Circumstances {
            claims: made_around.claims,
            time: made_around.time.parse().unwrap(),
            labels: made_around.labels,
            used: made_around.used,
        };
        let table = decide(&compiled, &mut scratch, &tool, &arguments, &around);
        let wanted = reference.decide("s", &tool, &arguments, &around);
        tally.marked += u32::from(!wanted.effects.marks.is_empty());
        tally.charged += u32::from(!wanted.effects.charges.is_empty());
        *tally.reasons.entry(wanted.reason).or_default() += 1;
        if table != wanted {
            return Err(format!(
                "s.{tool} {arguments}\n  {around:?}\n  table     {table:?}\n  reference {wanted:?}\n{}\n{lock}",
                made.source
            ));
        }
    }
    Ok(())
}

/// The table's decision on a call: the same from its bytes as from its values, in memory that has held other calls.
fn decide(policy: &Policy, scratch: &mut Scratch, tool: &str, text: &str, around: &Circumstances) -> Verdict {
    let malformed = Verdict {
        reason: Reason::MalformedCall,
        line: None,
        effects: Effects::default(),
    };
    let Ok(arguments) = parse(text.as_bytes(), &Limits::default()) else {
        return malformed;
    };
    if !arguments.is_object() {
        return malformed;
    }
    let call = Call {
        server: "s",
        tool,
        arguments: Some(&arguments),
    };
    let claims = around.claims.as_ref();
    let caller = claims.map_or(Caller::Local, |text| {
        Caller::from_claims(&parse(text.as_bytes(), &Limits::default()).unwrap()).unwrap()
    });
    let used = around.used.iter();
    let context = Context {
        caller,
        time: around.time,
        state: State {
            labels: around.labels.clone(),
            used: used
                .map(|(name, used)| (name.clone(), Decimal::parse(used).unwrap()))
                .collect(),
        },
    };
    let decision = policy.decide(&call, &context);
    assert_eq!(decision.is_allow(), matches!(decision, Decision::Allow(_)));
    from_bytes(policy, scratch, (tool, text), &context, &decision);
    Verdict {
        reason: decision.reason(),
        line: decision.rule().map(|rule| usize::try_from(rule.line).unwrap()),
        effects: effects(policy, &decision),
    }
}

fn effects(policy: &Policy, decision: &Decision) -> Effects {
    let Decision::Allow(permit) = decision else {
        return Effects::default();
    };
    let units = |(name, charge): (&String, &Decimal)| {
        let limit = &policy.gated().limits[name];
        (name.clone(), charge.units(limit.scale).unwrap())
    };
    Effects {
        marks: permit.effects.marks.clone(),
        charges: permit.effects.charges.iter().map(units).collect(),
    }
}

/// What is decided from the bytes is the same decision, and the work stays within the policy's bound.
fn from_bytes(
    policy: &Policy,
    scratch: &mut Scratch,
    (tool, text): (&str, &str),
    context: &Context,
    decision: &Decision,
) {
    let verdict = policy.decide_arguments(scratch, ("s", tool), text.as_bytes(), context);
    assert_eq!(verdict.is_allow(), decision.is_allow());
    assert_eq!(verdict.reason(), decision.reason());
    assert_eq!(verdict.rule(), decision.rule());
    assert_eq!(verdict.decision(), *decision);
    let (verdict, work) = policy.measure(scratch, ("s", tool), text.as_bytes(), context);
    assert_eq!(verdict.decision(), *decision);
    let most = policy.bound().of(text.len() as u64);
    // Reading the message is one of the passes, and not of this work.
    assert!(work.bytes <= (most.passes - 1) * most.bytes, "{work:?} {most:?}");
    assert!(
        work.nodes <= most.nodes && work.words <= most.words,
        "{work:?} {most:?}"
    );
}

/// Which characters may stand in a path, and where: every one of them, asked of both.
#[test]
fn every_character_is_read_alike_in_paths() {
    use mcppc::eval::reading::read;
    use mcppc::table::{PathReading, Reading};

    let reading = Reading::Path(PathReading::default());
    for c in '\0'..=char::MAX {
        let mut paths = vec![format!("/{c}")];
        // Past the common scripts one form is enough: characters there differ in what they are, not in where they stand.
        if c < '\u{3100}' {
            paths.extend([format!("/a{c}b"), format!("/a/{c}b"), format!("/%{c}%")]);
        }
        for path in paths {
            let ours = read(&reading, path.as_str()).is_ok();
            let theirs = reference::path::canonical(&reference::path::PathReading::default(), &path).is_some();
            assert_eq!(ours, theirs, "{path:?}");
        }
    }
}
