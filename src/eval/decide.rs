//! The decision: prohibitions first, then grants; whatever is left is denied.

use super::envelope::{self, CallNodes, Malformed};
use super::failure::count_failures;
use super::universe::{self, Refusal};
use super::{Call, Context, Decision, Scratch, Verdict};
use crate::json::{Fault, NodeId, NodeKind, Tape};
use crate::pattern::{Datum, Field};
use crate::table::{AnyReading, Grant, LoadedTool, Policy, Prohibition, Step};

/// What a decision comes to. The rules are the policy's; the nodes are on the tape.
#[derive(Debug)]
pub enum Outcome<'p> {
    /// A grant holds, and no prohibition does.
    Allowed(&'p Grant),
    /// A prohibition holds.
    Prohibited(&'p Prohibition),
    /// No grant holds: this is the one that fewest parameters fail.
    Nearest(&'p Grant),
    /// No grant speaks of the tool.
    NoGrant,
    /// The lock pins no such tool.
    UnknownTool,
    /// A value is outside its universe or not canonical, or the tool has no such parameter.
    Refused(Refusal<'p>),
    /// It is no call.
    Malformed(Malformed),
    /// It is no strict JSON.
    Unreadable(Fault),
}

impl Policy {
    /// Decides a call: a pure function of artifact, call and context.
    ///
    /// In this order, and the first that applies is the answer: a tool that is not pinned; a value outside its
    /// universe or not canonical, in the order of the call; a prohibition, then a grant, in the order of the source;
    /// else the reason is that of the nearest grant, the one that fewest parameters fail.
    #[must_use]
    pub fn decide(&self, call: &Call<'_>, _context: &Context) -> Decision {
        let mut tape = Tape::default();
        let arguments = call.arguments.map(|arguments| tape.copy(arguments));
        self.decide_tool(&mut tape, call.server, call.tool, arguments)
            .decision()
    }

    /// Decides a message, the bytes of one JSON-RPC request to `server` without the line break, with no more memory
    /// than `scratch` has. Only a `tools/call` can be allowed.
    #[must_use]
    pub fn decide_bytes<'v>(
        &'v self,
        scratch: &'v mut Scratch,
        server: &'v str,
        message: &[u8],
        _context: &Context,
    ) -> Verdict<'v> {
        let Scratch { limits, tape } = scratch;
        let call = match tape.read(message, limits) {
            Ok(_) => envelope::read_call(tape),
            Err(fault) => return self.verdict(tape, server, Outcome::Unreadable(fault)),
        };
        match call {
            Ok(CallNodes { tool, arguments }) => {
                let loaded = self.loaded(server, tape.node(tool).text());
                let (arguments, outcome) = decide(loaded, tape, arguments);
                Verdict {
                    tool: tape.node(tool).text(),
                    arguments: Some(arguments),
                    ..self.verdict(tape, server, outcome)
                }
            }
            Err(malformed) => self.verdict(tape, server, Outcome::Malformed(malformed)),
        }
    }

    /// The same for a call whose arguments are given apart, as the text of a JSON object.
    #[must_use]
    pub fn decide_arguments<'v>(
        &'v self,
        scratch: &'v mut Scratch,
        (server, tool): (&'v str, &'v str),
        arguments: &[u8],
        _context: &Context,
    ) -> Verdict<'v> {
        let Scratch { limits, tape } = scratch;
        match tape.read(arguments, limits) {
            Ok(root) if tape.node(root).kind() == NodeKind::Object => self.decide_tool(tape, server, tool, Some(root)),
            Ok(_) => self.verdict(tape, server, Outcome::Malformed(Malformed::NO_ARGUMENTS)),
            Err(fault) => self.verdict(tape, server, Outcome::Unreadable(fault)),
        }
    }

    fn decide_tool<'v>(
        &'v self,
        tape: &'v mut Tape,
        server: &'v str,
        tool: &'v str,
        arguments: Option<NodeId>,
    ) -> Verdict<'v> {
        let (arguments, outcome) = decide(self.loaded(server, tool), tape, arguments);
        Verdict {
            tool,
            arguments: Some(arguments),
            ..self.verdict(tape, server, outcome)
        }
    }

    fn verdict<'v>(&'v self, tape: &'v Tape, server: &'v str, outcome: Outcome<'v>) -> Verdict<'v> {
        Verdict {
            policy: self,
            tape,
            server,
            tool: "",
            arguments: None,
            outcome,
        }
    }
}

/// Decides on a tool's arguments; none are the same as `{}`. Returns also where they are.
fn decide<'p>(tool: Option<&'p LoadedTool>, tape: &mut Tape, arguments: Option<NodeId>) -> (NodeId, Outcome<'p>) {
    let arguments = arguments.unwrap_or_else(|| tape.add_empty_object());
    let Some(LoadedTool { tool, universe }) = tool else {
        return (arguments, Outcome::UnknownTool);
    };
    if let Err(refusal) = universe::read_arguments(universe, tape, arguments) {
        return (arguments, Outcome::Refused(refusal));
    }
    let values: Datum<'_> = tape.node(arguments).into();
    if let Some(prohibition) = tool.prohibitions.iter().find(|p| prohibits(p, &values)) {
        return (arguments, Outcome::Prohibited(prohibition));
    }
    let mut nearest: Option<(usize, &Grant)> = None;
    for grant in &tool.grants {
        let failures = count_failures(grant, &values);
        if failures == 0 {
            return (arguments, Outcome::Allowed(grant));
        }
        if nearest.is_none_or(|(fewest, _)| failures < fewest) {
            nearest = Some((failures, grant));
        }
    }
    let outcome = nearest.map_or(Outcome::NoGrant, |(_, grant)| Outcome::Nearest(grant));
    (arguments, outcome)
}

fn prohibits(prohibition: &Prohibition, arguments: &Datum<'_>) -> bool {
    let field_holds = |field: &Field| {
        let value = arguments.get(&field.name);
        value.map_or(field.optional, |value| field.pattern.holds(&value))
    };
    let any_holds = |any: &AnyReading| {
        arguments.any_reading(any.reading, &|value| any.pattern.holds(value))
            || any.absent.iter().any(|steps| lacks(arguments, steps))
    };
    prohibition.fields.iter().all(field_holds) && prohibition.any.iter().all(any_holds)
}

/// Is there an object at these steps but the last that has no member of the last step's name?
#[must_use]
pub fn lacks(value: &Datum<'_>, steps: &[Step]) -> bool {
    match (steps.split_first(), value) {
        (Some((Step::Key(key), [])), Datum::Object(object)) => object.get(key).is_none(),
        (Some((Step::Key(key), rest)), Datum::Object(object)) => {
            object.get(key).is_some_and(|inner| lacks(&inner, rest))
        }
        (Some((Step::Each, rest)), Datum::Array(array)) => array.iter().any(|inner| lacks(&inner, rest)),
        _ => false,
    }
}
