//! A program and its rules, asked one by one: the same answer, whatever the rules and however the program is cut up.

use std::sync::Arc;

use proptest::collection::vec;
use proptest::prelude::*;

use super::decide::lacks;
use super::walk::{Gatekeeper, Room, Work, first_entry};
use crate::json::{Limits, NodeId, Tape, quote};
use crate::pattern::{At, Automaton, Datum, Decimal, Field, Pattern, PatternKind, ReadingKind};
use crate::table::program::{Budget, OfCaller, Program, compile_within};
use crate::table::{AnyReading, Digest, Gated, Grant, PathReading, Prohibition, Reading, Shape, Step, Tool, shared};

const AT: At = At {
    source: 0,
    start: 0,
    end: 0,
};

/// No rule asks for more than its patterns.
struct NoGates;

impl Gatekeeper for NoGates {
    fn of_caller(&self, _: &OfCaller) -> bool {
        false
    }

    fn holds(&self, _: u32) -> bool {
        false
    }
    fn parts(&self, _: u32) -> u64 {
        0
    }
}

const KEYS: [&str; 3] = ["a", "b", "c"];
const WORDS: [&str; 8] = ["", "x", "xy", "/srv", "/srv/x", "/srv/x/.git", "é", "x\ny"];
const REGEXES: [&str; 6] = [
    "/srv(?:/.*)?",
    "(?:.*/)?[.]git",
    "x+",
    "[^/]*",
    "(?s:.)*é?",
    "/srv/[^/]+",
];
const NUMBERS: [&str; 6] = ["-1", "0", "0.5", "1", "2", "1e3"];

/// As small as parts can be, so that everything is cut up.
const TINY: Budget = Budget {
    work: 60,
    work_per_part: 12,
    parts: 2,
    automaton: 4_000,
    automaton_per_byte: 1,
    automaton_at_most: 8_000,
    closed: 8,
};

fn pattern(kind: PatternKind) -> Pattern {
    Pattern { at: AT, kind }
}

fn decimal() -> impl Strategy<Value = Decimal> {
    proptest::sample::select(&NUMBERS[..]).prop_map(|text| Decimal::parse(text).unwrap())
}

fn length() -> impl Strategy<Value = (u64, Option<u64>)> {
    (0..3_u64, proptest::option::of(0..4_u64))
}

fn leaf() -> impl Strategy<Value = PatternKind> {
    prop_oneof![
        1 => Just(PatternKind::Any),
        1 => Just(PatternKind::Null),
        1 => Just(PatternKind::AnyBool),
        1 => any::<bool>().prop_map(PatternKind::Bool),
        1 => decimal().prop_map(PatternKind::Number),
        2 => (
            proptest::option::of(decimal()),
            proptest::option::of(decimal()),
            any::<bool>()
        )
            .prop_map(|(low, high, integer)| PatternKind::Range { low, high, integer }),
        3 => proptest::sample::select(&WORDS[..]).prop_map(|word| PatternKind::String(word.to_owned())),
        2 => (length(), any::<bool>()).prop_map(|((min, max), line)| PatternKind::Text { min, max, line }),
        4 => proptest::sample::select(&REGEXES[..])
            .prop_map(|regex| PatternKind::Automaton(Automaton::new(regex).unwrap())),
        1 => Just(PatternKind::Reading(ReadingKind::Path)),
    ]
}

fn any_pattern() -> impl Strategy<Value = Pattern> {
    leaf().prop_map(pattern).prop_recursive(3, 16, 3, |inner| {
        let boxed = inner.clone().prop_map(Box::new);
        prop_oneof![
            (boxed.clone(), length()).prop_map(|(element, (min, max))| PatternKind::Array { element, min, max }),
            boxed.clone().prop_map(PatternKind::Has),
            (fields(inner.clone()), any::<bool>()).prop_map(|(fields, open)| PatternKind::Object { fields, open }),
            (boxed.clone(), boxed.clone(), length()).prop_map(|(key, value, (min, max))| PatternKind::Map {
                key,
                value,
                min,
                max
            }),
            boxed.prop_map(PatternKind::Not),
            vec(inner.clone(), 0..4).prop_map(PatternKind::And),
            vec(inner, 0..4).prop_map(PatternKind::Or),
        ]
        .prop_map(pattern)
    })
}

fn fields(inner: impl Strategy<Value = Pattern>) -> impl Strategy<Value = Vec<Field>> {
    let field =
        (proptest::sample::select(&KEYS[..]), any::<bool>(), inner).prop_map(|(name, optional, pattern)| Field {
            name: name.to_owned(),
            optional,
            at: AT,
            pattern,
        });
    vec(field, 0..3)
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        3 => proptest::sample::select(&KEYS[..]).prop_map(|key| Step::Key(key.to_owned())),
        1 => Just(Step::Each),
    ];
    (vec(step, 0..3), proptest::sample::select(&KEYS[..])).prop_map(|(mut steps, last)| {
        steps.push(Step::Key(last.to_owned()));
        steps
    })
}

fn tool() -> impl Strategy<Value = Tool> {
    let any = (any_pattern(), vec(steps(), 0..2)).prop_map(|(pattern, absent)| AnyReading {
        reading: ReadingKind::Path,
        pattern,
        absent,
    });
    let prohibition = (fields(any_pattern()), vec(any, 0..2));
    let rules = (vec(prohibition, 0..4), vec(fields(any_pattern()), 0..8));
    rules.prop_map(|(prohibitions, grants)| Tool {
        envelope: Vec::new(),
        definition: Digest::of(b""),
        arguments: paths_anywhere(),
        prohibitions: prohibitions
            .into_iter()
            .map(|(fields, any)| Prohibition {
                rule: 0,
                fields: shared(fields),
                any,
                gate: None,
            })
            .collect(),
        grants: grants
            .into_iter()
            .map(|fields| Grant {
                rule: 0,
                fields: shared(fields),
                gate: None,
            })
            .collect(),
    })
}

/// What a value may be is not the question here; only that there may be many paths.
fn paths_anywhere() -> Shape {
    let path = Shape {
        reading: Some(Box::new(Reading::Path(PathReading::default()))),
        ..Shape::default()
    };
    Shape {
        items: Some(Box::new(path)),
        ..Shape::default()
    }
}

/// A value as it would be after it was read: strings may have a reading wherever they stand.
#[derive(Clone, Debug)]
enum Made {
    Plain(&'static str),
    String(&'static str, Option<ReadingKind>),
    Array(Vec<Made>),
    Object(Vec<(&'static str, Made)>),
}

fn value() -> impl Strategy<Value = Made> {
    let leaf = prop_oneof![
        2 => proptest::sample::select(&["null", "false", "true"][..]).prop_map(Made::Plain),
        1 => proptest::sample::select(&NUMBERS[..]).prop_map(Made::Plain),
        4 => (proptest::sample::select(&WORDS[..]), proptest::option::of(Just(ReadingKind::Path)))
            .prop_map(|(word, reading)| Made::String(word, reading)),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![vec(inner.clone(), 0..4).prop_map(Made::Array), object(inner)]
    })
}

fn object(inner: impl Strategy<Value = Made>) -> impl Strategy<Value = Made> {
    let keys = proptest::sample::subsequence(vec!["a", "b", "c", "d"], 0..=4).prop_shuffle();
    (keys, vec(inner, 4)).prop_map(|(keys, values)| Made::Object(keys.into_iter().zip(values).collect()))
}

impl Made {
    /// The same in JSON.
    fn text(&self) -> String {
        match self {
            Self::Plain(text) => (*text).to_owned(),
            Self::String(text, _) => quote(text),
            Self::Array(elements) => {
                let elements: Vec<_> = elements.iter().map(Self::text).collect();
                format!("[{}]", elements.join(","))
            }
            Self::Object(members) => {
                let member = |(key, value): &(&str, Self)| format!("{}:{}", quote(key), value.text());
                let members: Vec<_> = members.iter().map(member).collect();
                format!("{{{}}}", members.join(","))
            }
        }
    }

    /// Marks the strings that have a reading.
    fn mark(&self, tape: &mut Tape, at: NodeId) {
        match self {
            Self::Plain(_) | Self::String(_, None) => {}
            Self::String(text, Some(reading)) => tape.mark(at, reading.mark(), text.len()),
            Self::Array(elements) => {
                let places: Vec<_> = tape.node(at).elements().map(|element| element.id()).collect();
                elements.iter().zip(places).for_each(|(inner, at)| inner.mark(tape, at));
            }
            Self::Object(members) => {
                let places: Vec<_> = tape.node(at).members().map(|member| member.value().id()).collect();
                members
                    .iter()
                    .zip(places)
                    .for_each(|((_, inner), at)| inner.mark(tape, at));
            }
        }
    }
}

/// The obvious: each rule in turn.
fn one_by_one(tool: &Tool, arguments: &Datum<'_>) -> Option<u32> {
    let fields_hold = |fields: &[Arc<Field>]| {
        fields.iter().all(|field| {
            let value = arguments.get(&field.name);
            value.map_or(field.optional, |value| field.pattern.holds(&value))
        })
    };
    let prohibits = |prohibition: &Prohibition| {
        fields_hold(&prohibition.fields)
            && prohibition.any.iter().all(|any| {
                arguments.any_reading(any.reading, &|value| any.pattern.holds(value))
                    || any.absent.iter().any(|steps| lacks(arguments, steps))
            })
    };
    let allows = |grant: &Grant| {
        let Datum::Object(members) = arguments else { return true };
        let named = members.keys().all(|key| grant.fields.iter().any(|f| f.name == key));
        named && fields_hold(&grant.fields)
    };
    let prohibited = tool.prohibitions.iter().position(prohibits);
    let granted = || Some(tool.prohibitions.len() + tool.grants.iter().position(allows)?);
    prohibited.or_else(granted).map(|entry| u32::try_from(entry).unwrap())
}

/// What the program says, within its bound.
fn by_program(program: &Program, tool: &Tool, (text, arguments): (&str, &Datum<'_>), room: &mut Room) -> Option<u32> {
    let mut work = Work::default();
    let entry = first_entry(program, arguments, &NoGates, room, &mut work);
    let most = program.bound(tool, &Gated::default()).of(text.len() as u64);
    assert!(work.bytes <= (most.passes - 1) * most.bytes, "{work:?} {most:?}");
    assert!(
        work.nodes <= most.nodes && work.words <= most.words,
        "{work:?} {most:?}"
    );
    entry
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn a_program_says_what_its_rules_say(tool in tool(), calls in vec(object(value()), 24)) {
        let whole = compile_within(&tool, &[], &Budget::default()).unwrap();
        let cut_up = compile_within(&tool, &[], &TINY).unwrap();
        let (mut tape, mut room) = (Tape::default(), Room::default());
        for arguments in &calls {
            let text = arguments.text();
            let root = tape.read(text.as_bytes(), &Limits::default()).unwrap();
            arguments.mark(&mut tape, root);
            let datum = tape.node(root).into();
            let call = (text.as_str(), &datum);
            let wanted = one_by_one(&tool, &datum);
            prop_assert_eq!(by_program(&whole, &tool, call, &mut room), wanted, "{:?}", arguments);
            prop_assert_eq!(by_program(&cut_up, &tool, call, &mut room), wanted, "cut up, {:?}", arguments);
        }
    }
}
