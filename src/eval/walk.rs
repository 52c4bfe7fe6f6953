//! From a call's arguments to the first rule that holds: one walk that writes down classes, then the diagrams.

use crate::pattern::{Array, Datum, Object, ReadingKind, may_stand_in_line};
use crate::table::program::{
    Each, Frame, Gives, KEY_SITE, Lengths, Members, NOTHING, OfCaller, Program, Site, Step, Strings, effect_words, kind,
};

/// Room to work in, kept between decisions so that none allocates.
#[derive(Debug, Default)]
pub struct Room {
    classes: Vec<u32>,
    bits: Vec<u64>,
}

/// What a decision did, in the terms of the bound.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Work {
    /// Bytes looked at, each time anew.
    pub bytes: u64,
    /// Look-ups in tables.
    pub nodes: u64,
    /// Words written or combined.
    pub words: u64,
}

/// Who is told of the work.
pub trait Meter {
    /// Bytes were looked at.
    fn bytes(&mut self, count: usize);
    /// Tables were looked up.
    fn nodes(&mut self, count: usize);
    /// Words were written or combined.
    fn words(&mut self, count: usize);
}

/// Who says which gates hold.
pub trait Gatekeeper {
    /// Does this one?
    fn holds(&self, gate: u32) -> bool;
    /// How much there is to ask of it.
    fn parts(&self, gate: u32) -> u64;
    /// What do the caller's claims answer?
    fn of_caller(&self, asked: &OfCaller) -> bool;
}

/// No one: what is not asked for costs nothing.
impl Meter for () {
    fn bytes(&mut self, _: usize) {}
    fn nodes(&mut self, _: usize) {}
    fn words(&mut self, _: usize) {}
}

impl Meter for Work {
    fn bytes(&mut self, count: usize) {
        self.bytes += count as u64;
    }
    fn nodes(&mut self, count: usize) {
        self.nodes += count as u64;
    }
    fn words(&mut self, count: usize) {
        self.words += count as u64;
    }
}

/// The first entry that holds for the arguments. Where it is a grant, the room then says which grants do something.
pub fn first_entry(
    program: &Program,
    arguments: &Datum<'_>,
    gates: &impl Gatekeeper,
    room: &mut Room,
    meter: &mut impl Meter,
) -> Option<u32> {
    room.classes.clear();
    room.bits.clear();
    let mut walk = Walk { room, meter };
    let frame = &program.frame;
    let base = walk.make_room(frame);
    walk.clear(frame, base);
    for (gate, variable) in &program.gates {
        walk.meter
            .nodes(usize::try_from(gates.parts(*gate)).unwrap_or(usize::MAX));
        walk.set(base, *variable, u32::from(gates.holds(*gate)));
    }
    for (asked, variable) in &program.of_caller {
        let leaves = usize::try_from(asked.leaves()).unwrap_or(usize::MAX);
        let (values, bytes) = size_of(arguments, asked);
        walk.meter.nodes(1 + leaves * values);
        walk.meter.bytes(leaves * bytes);
        walk.set(base, *variable, u32::from(gates.of_caller(asked)));
    }
    walk.site(frame, base, 0, arguments);
    for anywhere in &program.anywhere {
        walk.each(&anywhere.each, base, |walk, each, at, bits| {
            for string in arguments.strings_read_as(anywhere.reading) {
                walk.element(each, at, bits, &string);
            }
        });
    }
    let entry = walk.steps(&frame.steps, base, None);
    if entry.is_some_and(|entry| entry >= program.prohibitions) {
        walk.meter.words(effect_words(program));
        walk.room.bits.resize(effect_words(program), 0);
        walk.steps(&program.effects, base, Some(0));
    }
    entry
}

impl Room {
    /// The grants, by their places in the tool, that hold and do something. After [`first_entry`] gave a grant.
    pub(super) fn effective<'s>(&'s self, program: &'s Program) -> impl Iterator<Item = u32> + 's {
        let is_set = |at: usize| self.bits.get(at / 64).is_some_and(|word| word >> (at % 64) & 1 == 1);
        let grants = program.effective.iter().enumerate();
        grants.filter(move |(at, _)| is_set(*at)).map(|(_, grant)| *grant)
    }
}

struct Walk<'s, M> {
    room: &'s mut Room,
    meter: &'s mut M,
}

impl<M: Meter> Walk<'_, M> {
    /// Room for a frame's variables, past all that is in use.
    fn make_room(&mut self, frame: &Frame) -> usize {
        let base = self.room.classes.len();
        self.room.classes.resize(base + frame.variables as usize, 0);
        base
    }

    fn clear(&mut self, frame: &Frame, base: usize) {
        self.meter.words(frame.variables as usize);
        let end = base + frame.variables as usize;
        if let Some(classes) = self.room.classes.get_mut(base..end) {
            classes.fill(0);
        }
    }

    fn set(&mut self, base: usize, variable: u32, class: u32) {
        if let Some(place) = self.room.classes.get_mut(base + variable as usize) {
            *place = class;
        }
    }

    /// Classifies the value at a site, and all within it that patterns speak of.
    ///
    /// INVARIANT: as deep as patterns nest.
    fn site(&mut self, frame: &Frame, base: usize, site: usize, value: &Datum<'_>) {
        let Some(site) = frame.sites.get(site) else { return };
        match value {
            Datum::Null => self.kind(site, base, kind::NULL),
            Datum::Bool(false) => self.kind(site, base, kind::FALSE),
            Datum::Bool(true) => self.kind(site, base, kind::TRUE),
            Datum::Number(number) => {
                if let Some(of) = &site.value {
                    self.set(base, of.variable, of.number_class(*number));
                }
            }
            Datum::String(text, reading) => self.string(site, base, text, *reading),
            Datum::Array(elements) => {
                self.kind(site, base, kind::ARRAY);
                self.array(site, base, *elements);
            }
            Datum::Object(object) => {
                self.kind(site, base, kind::OBJECT);
                self.map(site, base, *object);
                if let Some(members) = &site.members {
                    for (key, signature, value) in object.signed() {
                        self.member(frame, members, base, (key, signature), &value);
                    }
                }
            }
        }
    }

    /// Of a value that nothing but its kind tells from others.
    fn kind(&mut self, site: &Site, base: usize, class: u32) {
        if let Some(of) = &site.value {
            self.set(base, of.variable, class);
        }
    }

    fn array(&mut self, site: &Site, base: usize, elements: Array<'_>) {
        if let Some((variable, lengths)) = &site.elements {
            self.set(base, *variable, lengths.class(elements.count(), false));
        }
        if let Some(each) = &site.each {
            self.each(each, base, |walk, each, at, bits| {
                elements
                    .iter()
                    .for_each(|element| walk.element(each, at, bits, &element));
            });
        }
    }

    fn map(&mut self, site: &Site, base: usize, members: Object<'_>) {
        if let Some((variable, lengths)) = &site.sizes {
            self.set(base, *variable, lengths.class(members.keys().count(), false));
        }
        if let Some(entries) = &site.entries {
            self.each(entries, base, |walk, each, at, bits| {
                members
                    .iter()
                    .for_each(|(key, member)| walk.entry(each, at, bits, key, &member));
            });
        }
    }

    fn string_class(&mut self, strings: &Strings, text: &str, reading: Option<ReadingKind>) -> u32 {
        self.meter.bytes(text.len() * strings.passes());
        strings.class(text, reading)
    }

    fn string(&mut self, site: &Site, base: usize, text: &str, reading: Option<ReadingKind>) {
        if let Some(of) = &site.value {
            let class = self.string_class(&of.strings, text, reading);
            self.set(base, of.variable, class);
        }
        if let Some((variable, lengths)) = &site.length {
            self.meter.bytes(text.len());
            self.set(base, *variable, class_of_length(lengths, text));
        }
        for (variable, strings) in &site.more {
            let class = self.string_class(strings, text, reading);
            self.set(base, *variable, class);
        }
    }

    fn member(
        &mut self,
        frame: &Frame,
        members: &Members,
        base: usize,
        (key, signature): (&[u8], u32),
        value: &Datum<'_>,
    ) {
        self.meter.bytes(key.len() * members.keys.passes());
        self.meter.nodes(members.keys.longest_search() + members.closed.len());
        let known = members.keys.find_signed(key, signature);
        for (variable, closed) in &members.closed {
            let state = self.room.classes.get(base + *variable as usize).copied().unwrap_or(0);
            self.set(base, *variable, closed.step(state, known));
        }
        if let Some(site) = known.and_then(|place| members.sites.get(place)) {
            self.site(frame, base, *site as usize, value);
        }
    }

    /// Asks values one by one, and writes down which questions were answered with yes.
    fn each(&mut self, each: &Each, base: usize, ask: impl FnOnce(&mut Self, &Each, usize, usize)) {
        let at = self.make_room(&each.frame);
        let bits = self.room.bits.len();
        self.meter.words(2 * each.words());
        self.room.bits.resize(bits + each.words(), 0);
        ask(self, each, at, bits);
        for word in 0..each.words() {
            let mut yes = self.room.bits.get(bits + word).copied().unwrap_or(0);
            while yes != 0 {
                self.meter.words(1);
                let question = word * 64 + yes.trailing_zeros() as usize;
                self.set(base + question, each.first, 1);
                yes &= yes - 1;
            }
        }
        self.room.bits.truncate(bits);
        self.room.classes.truncate(at);
    }

    fn element(&mut self, each: &Each, at: usize, bits: usize, value: &Datum<'_>) {
        self.clear(&each.frame, at);
        self.site(&each.frame, at, 0, value);
        self.steps(&each.frame.steps, at, Some(bits));
    }

    fn entry(&mut self, each: &Each, at: usize, bits: usize, key: &str, value: &Datum<'_>) {
        self.clear(&each.frame, at);
        self.site(&each.frame, at, 0, value);
        self.site(&each.frame, at, KEY_SITE, &Datum::String(key, None));
        self.steps(&each.frame.steps, at, Some(bits));
    }

    /// What follows from the classes: the first entry that holds; with `bits`, rows of yes are joined to them.
    fn steps(&mut self, steps: &[Step], base: usize, bits: Option<usize>) -> Option<u32> {
        for step in steps {
            let classes = self.room.classes.get(base..).unwrap_or_default();
            let (outcome, asked) = step.diagram.outcome(classes);
            self.meter.nodes(asked as usize);
            match &step.gives {
                Gives::Verdict if outcome != NOTHING => return Some(outcome),
                Gives::Verdict => {}
                Gives::Variable(variable) => self.set(base, *variable, u32::from(outcome != NOTHING)),
                Gives::Row(rows) => {
                    self.meter.words(rows.width as usize);
                    let from = bits.unwrap_or(0) + rows.from as usize;
                    let joined = self.room.bits.get_mut(from..).unwrap_or_default();
                    for (word, more) in joined.iter_mut().zip(rows.row(outcome)) {
                        *word |= more;
                    }
                }
            }
        }
        None
    }
}

fn class_of_length(lengths: &Lengths, text: &str) -> u32 {
    if let Some(class) = lengths.class_by_bytes(text.len()) {
        return class;
    }
    let line = lengths.asks_for_lines() && text.chars().all(may_stand_in_line);
    lengths.class(text.chars().count(), line)
}

/// How many values are looked at for a question of the caller's claims, and the bytes of their strings.
fn size_of(arguments: &Datum<'_>, asked: &OfCaller) -> (usize, usize) {
    let strings = |value: &Datum<'_>| match value {
        Datum::String(text, _) => (1, text.len()),
        _ => (1, 0),
    };
    let add = |sum: (usize, usize), more: (usize, usize)| (sum.0 + more.0, sum.1 + more.1);
    match asked {
        OfCaller::Says(_) => (0, 0),
        OfCaller::At(keys, _) => {
            let value = keys.iter().try_fold(*arguments, |within, key| within.get(key));
            value.map_or((0, 0), |value| within(&value))
        }
        OfCaller::Anywhere(reading, _) => {
            let all = arguments.strings_read_as(*reading);
            all.fold((0, 0), |sum, value| add(sum, strings(&value)))
        }
    }
}

/// The same of a value and all within it.
///
/// INVARIANT: the reader bounds how deep values nest.
fn within(value: &Datum<'_>) -> (usize, usize) {
    let sum = |values: &mut dyn Iterator<Item = (usize, usize)>| {
        values.fold((1, 0), |sum, more| (sum.0 + more.0, sum.1 + more.1))
    };
    match value {
        Datum::String(text, _) => (1, text.len()),
        Datum::Array(elements) => sum(&mut elements.iter().map(|element| within(&element))),
        Datum::Object(members) => sum(&mut members.iter().map(|(_, member)| within(&member))),
        Datum::Null | Datum::Bool(_) | Datum::Number(_) => (1, 0),
    }
}
