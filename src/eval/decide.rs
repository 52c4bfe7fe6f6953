//! The decision: prohibitions first, then grants; whatever is left is denied.

use super::capability;
use super::envelope::{self, CallNodes, Malformed};
use super::gates::Gates;
use super::universe::{self, Refusal};
use super::walk::{Meter, Room, first_entry};
use super::{Call, Context, Decision, Effects, Scratch, Verdict, Work};
use crate::json::{Fault, Limits, NodeId, NodeKind, Tape};
use crate::pattern::Datum;
use crate::table::{Capability, Grant, LoadedTool, Policy, Prohibition, Step};

/// What a decision comes to. The rules are the policy's; the nodes are on the tape.
#[derive(Debug)]
pub enum Outcome<'p> {
    /// A grant holds, and no prohibition does. The effects are those of all grants that hold.
    Allowed(&'p Grant, Effects),
    /// A prohibition holds.
    Prohibited(&'p Prohibition),
    /// No rule of the tool holds.
    NoGrantHolds(&'p LoadedTool),
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
    /// else the reason is that of the nearest grant, the one that fewest parameters and parts of its gate fail.
    #[must_use]
    pub fn decide(&self, call: &Call<'_>, context: &Context) -> Decision {
        let mut scratch = Scratch::default();
        let arguments = call.arguments.map(|arguments| scratch.tape.copy(arguments));
        let verdict = self.decide_tool(&mut scratch, (call.server, call.tool), arguments, context, &mut ());
        verdict.decision()
    }

    /// Decides a message, the bytes of one JSON-RPC request to `server` without the line break, with no more memory
    /// than `scratch` has, unless a rule asks for more than its patterns. Only a `tools/call` can be allowed, and what asks
    /// for a capability that rules speak of.
    #[must_use]
    pub fn decide_bytes<'v>(
        &'v self,
        scratch: &'v mut Scratch,
        server: &'v str,
        message: &[u8],
        context: &'v Context,
    ) -> Verdict<'v> {
        let Scratch { limits, tape, room } = scratch;
        if let Err(fault) = tape.read(message, limits) {
            return self.verdict(tape, server, context, Outcome::Unreadable(fault));
        }
        if let Some(asked) = capability::asked(tape).filter(|(_, kind)| self.loaded(server, kind.tool()).is_some()) {
            return self.decide_capability((limits, tape, room), server, message, asked, context);
        }
        match envelope::read_call(tape) {
            Ok(call) => self.decide_call((limits, tape, room), server, message, call, context),
            Err(malformed) => self.verdict(tape, server, context, Outcome::Malformed(malformed)),
        }
    }

    fn decide_call<'v>(
        &'v self,
        (limits, tape, room): (&Limits, &'v mut Tape, &mut Room),
        server: &'v str,
        message: &[u8],
        CallNodes {
            tool,
            arguments,
            beside,
        }: CallNodes,
        context: &'v Context,
    ) -> Verdict<'v> {
        let name = tape.node(tool).text();
        // A server's own tool of that name is not what the rules speak of.
        let loaded = self
            .loaded_with_name(server, name)
            .filter(|_| Capability::of_tool(name).is_none());
        let slots = loaded.map_or(&[][..], |(_, loaded)| &loaded.tool.envelope);
        let Some((name, loaded)) = loaded.filter(|_| !slots.is_empty()) else {
            if let Some(malformed) = beside {
                return self.verdict(tape, server, context, Outcome::Malformed(malformed));
            }
            let loaded = loaded.map(|(_, loaded)| loaded);
            let (arguments, outcome) = self.decide_on(loaded, tape, arguments, context, room, &mut ());
            return Verdict {
                tool: tape.node(tool).text(),
                arguments: Some(arguments),
                ..self.verdict(tape, server, context, outcome)
            };
        };
        // INVARIANT: strict JSON is UTF-8.
        let text = std::str::from_utf8(message).unwrap_or("");
        let (arguments, outcome) =
            match envelope::with_slots(tape, text, slots).map(|all| tape.read(all.as_bytes(), limits)) {
                Err(malformed) => return self.verdict(tape, server, context, Outcome::Malformed(malformed)),
                Ok(Err(fault)) => (None, Outcome::Unreadable(fault)),
                Ok(Ok(root)) => {
                    let (arguments, outcome) = self.decide_on(Some(loaded), tape, Some(root), context, room, &mut ());
                    (Some(arguments), outcome)
                }
            };
        Verdict {
            tool: name,
            asked: Some("tools/call"),
            arguments,
            ..self.verdict(tape, server, context, outcome)
        }
    }

    /// Decides a message, which is on the tape, by the tool of the capability that it asks for.
    fn decide_capability<'v>(
        &'v self,
        (limits, tape, room): (&Limits, &'v mut Tape, &mut Room),
        server: &'v str,
        message: &[u8],
        (method, kind): capability::Asked,
        context: &'v Context,
    ) -> Verdict<'v> {
        // INVARIANT: strict JSON is UTF-8.
        let decided = capability::decided(kind, tape, std::str::from_utf8(message).unwrap_or(""));
        let loaded = self.loaded(server, kind.tool());
        let mut last = (
            None,
            Outcome::Malformed(Malformed::Because("there is nothing to decide on")),
        );
        match decided {
            Err(malformed) => last = (None, Outcome::Malformed(malformed)),
            Ok(all) => {
                for slots in all {
                    // What a message has as parts is within the bounds that it is within.
                    last = match tape.read(slots.as_bytes(), limits) {
                        Err(fault) => (None, Outcome::Unreadable(fault)),
                        Ok(root) => {
                            let (arguments, outcome) = self.decide_on(loaded, tape, Some(root), context, room, &mut ());
                            (Some(arguments), outcome)
                        }
                    };
                    if !matches!(last.1, Outcome::Allowed(..)) {
                        break;
                    }
                }
            }
        }
        let (arguments, outcome) = last;
        Verdict {
            tool: kind.tool(),
            asked: Some(method),
            arguments,
            ..self.verdict(tape, server, context, outcome)
        }
    }

    /// The same for a call whose arguments are given apart, as the text of a JSON object.
    #[must_use]
    pub fn decide_arguments<'v>(
        &'v self,
        scratch: &'v mut Scratch,
        tool: (&'v str, &'v str),
        arguments: &[u8],
        context: &'v Context,
    ) -> Verdict<'v> {
        self.metered(scratch, tool, arguments, context, &mut ())
    }

    /// The same, and the work that it took beside the reading of the call.
    #[must_use]
    pub fn measure<'v>(
        &'v self,
        scratch: &'v mut Scratch,
        tool: (&'v str, &'v str),
        arguments: &[u8],
        context: &'v Context,
    ) -> (Verdict<'v>, Work) {
        let mut work = Work::default();
        let verdict = self.metered(scratch, tool, arguments, context, &mut work);
        (verdict, work)
    }

    fn metered<'v>(
        &'v self,
        scratch: &'v mut Scratch,
        (server, tool): (&'v str, &'v str),
        arguments: &[u8],
        context: &'v Context,
        meter: &mut impl Meter,
    ) -> Verdict<'v> {
        let Scratch { limits, tape, .. } = &mut *scratch;
        let outcome = match tape.read(arguments, limits) {
            Ok(root) if tape.node(root).kind() == NodeKind::Object => {
                return self.decide_tool(scratch, (server, tool), Some(root), context, meter);
            }
            Ok(_) => Outcome::Malformed(Malformed::NO_ARGUMENTS),
            Err(fault) => Outcome::Unreadable(fault),
        };
        self.verdict(&scratch.tape, server, context, outcome)
    }

    fn decide_tool<'v>(
        &'v self,
        scratch: &'v mut Scratch,
        (server, tool): (&'v str, &'v str),
        arguments: Option<NodeId>,
        context: &'v Context,
        meter: &mut impl Meter,
    ) -> Verdict<'v> {
        let Scratch { tape, room, .. } = scratch;
        let loaded = self.loaded(server, tool);
        let (arguments, outcome) = self.decide_on(loaded, tape, arguments, context, room, meter);
        Verdict {
            tool,
            arguments: Some(arguments),
            ..self.verdict(tape, server, context, outcome)
        }
    }

    fn verdict<'v>(
        &'v self,
        tape: &'v Tape,
        server: &'v str,
        context: &'v Context,
        outcome: Outcome<'v>,
    ) -> Verdict<'v> {
        Verdict {
            policy: self,
            tape,
            context,
            server,
            tool: "",
            asked: None,
            arguments: None,
            outcome,
        }
    }

    /// Decides on a tool's arguments; none are the same as `{}`. Returns also where they are.
    fn decide_on<'v>(
        &'v self,
        tool: Option<&'v LoadedTool>,
        tape: &mut Tape,
        arguments: Option<NodeId>,
        context: &Context,
        room: &mut Room,
        meter: &mut impl Meter,
    ) -> (NodeId, Outcome<'v>) {
        let arguments = arguments.unwrap_or_else(|| tape.add_empty_object());
        let Some(tool) = tool else {
            return (arguments, Outcome::UnknownTool);
        };
        let outcome = match universe::read_arguments(tool, tape, arguments) {
            Ok(()) => {
                let datum = tape.node(arguments).into();
                rule_that_holds(tool, &Gates::new(self, tool, datum, context), room, meter)
            }
            Err(refusal) => Outcome::Refused(refusal),
        };
        (arguments, outcome)
    }
}

/// The first prohibition that holds for this call, or else the first grant.
fn rule_that_holds<'p>(
    loaded: &'p LoadedTool,
    gates: &Gates<'_>,
    room: &mut Room,
    meter: &mut impl Meter,
) -> Outcome<'p> {
    let LoadedTool { tool, program, .. } = loaded;
    let held = first_entry(program, gates.arguments(), gates, room, meter).and_then(|entry| {
        let Some(grant) = entry.checked_sub(program.prohibitions) else {
            return tool.prohibitions.get(entry as usize).map(Outcome::Prohibited);
        };
        let grant = tool.grants.get(grant as usize)?;
        let effective = room.effective(program).filter_map(|at| tool.grants.get(at as usize));
        Some(Outcome::Allowed(grant, gates.effects(effective)))
    });
    held.unwrap_or(Outcome::NoGrantHolds(loaded))
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
