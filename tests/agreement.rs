//! The table and the reference evaluator agree on every call: decision, rule and reason.
//!
//! `MCPP_CASES` says how many pairs of policy and call are tried, 10,000 without it, and `MCPP_SEED` from which number the
//! choices are made, 1 without it.
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

use generate::circumstances::Turn;
use generate::schema::{Tool, Type};
use generate::tape::Tape;
use jiff::{SignedDuration, Timestamp};
use mcppc::diagnostic::{Severity, Source};
use mcppc::eval::{Call, Caller, Context, Decision, Reason, Scratch, State};
use mcppc::evidence::{Ledger, Record};
use mcppc::json::{Limits, parse};
use mcppc::lock::Lock;
use mcppc::pattern::Decimal;
use mcppc::table::{Policy, artifact};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestError, TestRng, TestRunner};
use reference::gates::{Circumstances, Effects};
use reference::memory::Memory;
use reference::{Reference, Verdict};
use serde_json::json;

/// Calls tried against each policy.
const CALLS: usize = 40;

/// Of these, so many are one after the other: each finds what those before have left.
const IN_A_ROW: usize = 16;

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
    /// Calls in a row that find something remembered.
    remembering: u32,
    /// Calls that got as far as a rule, by the readings of their parameters.
    read: BTreeMap<&'static str, u32>,
}

#[test]
fn the_table_and_the_reference_agree() {
    let pairs: usize = std::env::var("MCPP_CASES").map_or(10_000, |text| text.parse().unwrap());
    let tally = RefCell::new(Tally::default());
    let number: u64 = std::env::var("MCPP_SEED").map_or(1, |text| text.parse().unwrap());
    let mut seed = [0; 32];
    seed[..8].copy_from_slice(&number.to_le_bytes());
    let config = Config {
        // About half of the policies check.
        cases: u32::try_from(2 * pairs / CALLS).unwrap(),
        max_shrink_iters: 600,
        failure_persistence: None,
        ..Config::default()
    };
    let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &seed));
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
        "{} of {} policies check; {:?}; {:?}; {:?}; {} remember",
        tally.checked, tally.policies, tally.reasons, tally.codes, tally.read, tally.remembering
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
    assert!(50 * tally.remembering > total, "too few calls find anything remembered");
    for name in ["path", "url", "host", "ip", "email", "datetime", "date"] {
        let share = tally.read.get(name).copied().unwrap_or(0);
        assert!(200 * share > total, "too few calls have a {name}: {share} of {total}");
    }
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
    let mut row = Row::new();
    for (index, words) in calls.chunks(CALL + AROUND).enumerate() {
        let (words, around) = words.split_at(CALL);
        let tape = &mut Tape::new(around);
        let in_a_row = index >= CALLS - IN_A_ROW;
        let turn = generate::circumstances::turn(tape);
        let again = row.last.clone().filter(|_| in_a_row && turn.again);
        let (tool, arguments) = again.unwrap_or_else(|| generate::call::call(&mut Tape::new(words), &tools, &made));
        let (around, state) = if in_a_row {
            row.next(&turn, &reference, &compiled)
        } else {
            alone(tape)
        };
        let table = decide(&compiled, &mut scratch, (&tool, &arguments), &around, state);
        let wanted = reference.decide("s", &tool, &arguments, &around);
        tally.note(&tools, &tool, &arguments, &wanted);
        let remembers = !around.labels.is_empty() || around.used.values().any(|used| used.contains(|c| c > '0'));
        tally.remembering += u32::from(in_a_row && remembers);
        if table != wanted {
            return Err(format!(
                "s.{tool} {arguments}\n  {around:?}\n  table     {table:?}\n  reference {wanted:?}\n{}\n{lock}",
                made.source
            ));
        }
        if wanted.reason == Reason::Allowed {
            row.last = Some((tool, arguments));
        }
        if in_a_row && wanted.reason == Reason::Allowed {
            row.take(&turn, &around, &table.effects, &reference, &compiled);
        }
    }
    Ok(())
}

impl Tally {
    fn note(&mut self, tools: &[Tool], tool: &str, arguments: &str, verdict: &Verdict) {
        self.marked += u32::from(!verdict.effects.marks.is_empty());
        self.charged += u32::from(!verdict.effects.charges.is_empty());
        *self.reasons.entry(verdict.reason).or_default() += 1;
        let is_read = verdict.line.is_some();
        for property in tools
            .iter()
            .filter(|t| is_read && t.name == tool)
            .flat_map(|t| &t.parameters)
        {
            let name = match property.kind {
                Type::Path => "path",
                Type::Read(kind, _) => kind.name(),
                _ => continue,
            };
            if arguments.contains(&format!("\"{}\":", property.name)) {
                *self.read.entry(name).or_default() += 1;
            }
        }
    }
}

/// What is remembered as it might be, for both.
fn alone(tape: &mut Tape<'_>) -> (Circumstances, State) {
    let made = generate::circumstances::circumstances(tape);
    let used = made.used.iter();
    let state = State {
        labels: made.labels.clone(),
        used: used
            .map(|(name, used)| (name.clone(), Decimal::parse(used).unwrap()))
            .collect(),
    };
    let around = Circumstances {
        claims: made.claims,
        time: made.time.parse().unwrap(),
        labels: made.labels,
        used: made.used,
    };
    (around, state)
}

/// Calls one after the other: the gateway's memory, and the reference's.
struct Row {
    time: Timestamp,
    ledger: Ledger,
    memory: Memory,
    records: u64,
    /// The tool and arguments that were allowed last.
    last: Option<(String, String)>,
}

impl Row {
    fn new() -> Self {
        Self {
            time: "2026-12-31T18:00:00Z".parse().unwrap(),
            ledger: Ledger::default(),
            memory: Memory::default(),
            records: 0,
            last: None,
        }
    }

    fn next(&mut self, turn: &Turn, reference: &Reference, policy: &Policy) -> (Circumstances, State) {
        self.time += SignedDuration::from_secs(i64::from(turn.seconds));
        let around = self.memory.around(reference, turn.claims.clone(), self.time);
        let state = self.ledger.state(&caller(&turn.claims), self.time, policy.gated());
        (around, state)
    }

    /// An allowed call, as the gateway records it.
    fn take(&mut self, turn: &Turn, around: &Circumstances, effects: &Effects, reference: &Reference, policy: &Policy) {
        let digest = format!("sha256:{}", "0".repeat(64));
        let amount = |(name, units): (&String, &u128)| {
            let scale = policy.gated().limits[name].scale;
            (name.clone(), json!(Decimal::of_units(*units, scale)))
        };
        let charges: serde_json::Map<_, _> = effects.charges.iter().map(amount).collect();
        let intent = json!({
            "kind": "intent", "time": self.time, "caller": caller(&turn.claims), "server": "s", "artifact": digest,
            "digest": digest, "size": 1, "allow": true, "reason": "allowed",
            "effects": { "marks": effects.marks, "charges": charges }
        });
        let outcome = json!({
            "kind": "outcome", "time": self.time, "intent": self.records, "status": "result", "is_error": !turn.good,
            "digest": null, "size": 0, "duration_us": 0
        });
        for record in [intent, outcome] {
            let record: Record = serde_json::from_value(record).unwrap();
            self.ledger.record(self.records, &record, policy.gated());
            self.records += 1;
        }
        self.memory.take(reference, around, effects, turn.good);
    }
}

fn caller(claims: &Option<String>) -> Caller {
    claims.as_ref().map_or(Caller::Local, |text| {
        Caller::from_claims(&parse(text.as_bytes(), &Limits::default()).unwrap()).unwrap()
    })
}

/// The table's decision on a call: the same from its bytes as from its values, in memory that has held other calls.
fn decide(
    policy: &Policy,
    scratch: &mut Scratch,
    (tool, text): (&str, &str),
    around: &Circumstances,
    state: State,
) -> Verdict {
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
    let context = Context {
        caller: caller(&around.claims),
        time: around.time,
        state,
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
