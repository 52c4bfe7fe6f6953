//! The most work that one decision takes, as a function of the call's bytes.

use super::{Each, Frame, Gives, Members, Program, Site, Strings};
use crate::pattern::ReadingKind;
use crate::table::{DatetimeReading, Gate, Gated, Reading, Shape, Tool, Universe};

/// What a decision costs at most. The terms are those of `docs/commands.md`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bound {
    /// How often a byte of the call is looked at; reading the message is once.
    passes: u64,
    /// Bytes that are put before relative names: of slots that stand once, and of those that may be repeated.
    prepended: u64,
    prepended_each: u64,
    nodes: u64,
    nodes_each: u64,
    words: u64,
    words_each: u64,
}

/// The same for a number of bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Most {
    /// How often a byte is looked at.
    pub passes: u64,
    /// How many bytes there are to look at.
    pub bytes: u64,
    /// Look-ups in tables, one for each node of a diagram.
    pub nodes: u64,
    /// Words that are written or combined.
    pub words: u64,
}

impl Bound {
    /// What it costs to read a message, and nothing else.
    pub const READING: Self = Self {
        passes: 1,
        prepended: 0,
        prepended_each: 0,
        nodes: 0,
        nodes_each: 0,
        words: 0,
        words_each: 0,
    };

    /// The bound for messages of at most so many bytes.
    #[must_use]
    pub fn of(&self, bytes: u64) -> Most {
        // The least value takes two bytes, itself and a comma.
        let values = bytes / 2 + 1;
        Most {
            passes: self.passes,
            bytes: bytes + self.prepended + values * self.prepended_each,
            nodes: self.nodes + values * self.nodes_each,
            words: self.words + values * self.words_each,
        }
    }

    /// The same where the slots are gathered from the message and read again.
    #[must_use]
    pub fn gathered(self) -> Self {
        Self {
            passes: self.passes + 2,
            ..self
        }
    }

    /// The same for as many decisions as the message has values.
    #[must_use]
    pub fn for_each_value(self) -> Self {
        Self {
            nodes_each: self.nodes_each + self.nodes,
            words_each: self.words_each + self.words,
            prepended_each: self.prepended_each + self.prepended,
            ..self
        }
    }

    /// Adds what `count` values cost; without a count there are as many as the bytes allow.
    fn add(&mut self, count: Option<u64>, nodes: u64, words: u64) {
        match count {
            Some(count) => {
                self.nodes += count * nodes;
                self.words += count * words;
            }
            None => {
                self.nodes_each += nodes;
                self.words_each += words;
            }
        }
    }

    /// What either costs at most.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self {
            passes: self.passes.max(other.passes),
            prepended: self.prepended.max(other.prepended),
            prepended_each: self.prepended_each.max(other.prepended_each),
            nodes: self.nodes.max(other.nodes),
            nodes_each: self.nodes_each.max(other.nodes_each),
            words: self.words.max(other.words),
            words_each: self.words_each.max(other.words_each),
        }
    }
}

impl Program {
    /// What a call of the tool costs at most.
    #[must_use]
    pub fn bound(&self, tool: &Tool, gated: &Gated) -> Bound {
        let mut bound = Bound {
            words: u64::from(self.frame.variables),
            nodes: depth(&self.frame),
            ..Bound::default()
        };
        let mut passes = 0;
        of_frame(&self.frame, &mut passes, &mut bound);
        if let Some(members) = self.frame.sites.first().and_then(|site| site.members.as_ref()) {
            passes = passes.max(members.keys.passes() as u64);
            bound.add(parameters(&tool.arguments), of_member(members), 0);
        }
        for anywhere in &self.anywhere {
            let mut more = 0;
            let strings = readings(&tool.arguments, anywhere.reading);
            of_each(&anywhere.each, strings, &mut more, &mut bound);
            passes += more;
        }
        of_gates(self, gated, &mut bound);
        passes += self.of_caller.iter().map(|(asked, _)| asked.leaves()).sum::<u64>();
        bound.passes = 1 + passes;
        prepended(&tool.arguments, false, &mut bound);
        bound
    }
}

/// What it costs to ask all gates, and which grants do something.
fn of_gates(program: &Program, gated: &Gated, bound: &mut Bound) {
    let gates = program.gates.iter().filter_map(|(gate, _)| gated.gate(*gate));
    bound.nodes += gates.map(Gate::parts).sum::<u64>() + program.of_caller.len() as u64;
    bound.nodes_each += program.of_caller.iter().map(|(asked, _)| asked.leaves()).sum::<u64>();
    bound.nodes += program
        .effects
        .iter()
        .map(|step| u64::from(step.diagram.depth()))
        .sum::<u64>();
    bound.words += effect_words(program) as u64;
    let rows = program.effects.iter().map(|step| match &step.gives {
        Gives::Row(rows) => u64::from(rows.width),
        _ => 0,
    });
    bound.words += rows.sum::<u64>();
}

/// How many words hold the bits of the grants that do something.
#[must_use]
pub fn effect_words(program: &Program) -> usize {
    program.effective.len().div_ceil(64)
}

/// How many parameters a call has, if the schema says which there are; others are refused before any rule is asked.
fn parameters(shape: &Shape) -> Option<u64> {
    let variants = shape.variants();
    let names = Universe::of(shape).names();
    let open = variants.iter().any(|shape| shape.additional.is_some());
    let known = !names.is_empty() || variants.iter().any(|shape| shape.closed);
    (known && !open).then_some(names.len() as u64)
}

/// How many strings with that reading a call has, if none of them is in an array or a map.
///
/// INVARIANT: the parser's limit bounds this recursion.
fn readings(shape: &Shape, reading: ReadingKind) -> Option<u64> {
    let mut repeated = shape.additional.iter().chain(&shape.items);
    if repeated.any(|inner| inner.has_reading(reading)) {
        return None;
    }
    let inner = shape
        .properties
        .values()
        .map(|property| &property.shape)
        .chain(shape.named.values())
        .chain(&shape.any_of);
    let own = shape.reading.as_ref().is_some_and(|own| own.kind() == reading);
    inner
        .map(|inner| readings(inner, reading))
        .sum::<Option<u64>>()
        .map(|inner| inner + u64::from(own))
}

/// The nodes on the longest way through all steps of a frame.
fn depth(frame: &Frame) -> u64 {
    frame.steps.iter().map(|step| u64::from(step.diagram.depth())).sum()
}

/// Adds what the values of a frame cost by themselves; each may be the dearest.
///
/// INVARIANT: as deep as patterns nest.
fn of_frame(frame: &Frame, passes: &mut u64, bound: &mut Bound) {
    for (at, site) in frame.sites.iter().enumerate() {
        *passes = (*passes).max(of_site(site));
        // The members of the first site are counted with the frame.
        if let Some(members) = site.members.as_ref().filter(|_| at > 0) {
            *passes = (*passes).max(members.keys.passes() as u64);
            bound.nodes_each = bound.nodes_each.max(of_member(members));
        }
    }
    for each in frame.sites.iter().filter_map(|site| site.each.as_ref()) {
        of_each(each, None, passes, bound);
    }
    // A member's value is looked at there and where its key is named.
    for entries in frame.sites.iter().filter_map(|site| site.entries.as_ref()) {
        let mut more = 0;
        of_each(entries, None, &mut more, bound);
        *passes += more;
    }
}

/// The look-ups for a key.
fn of_member(members: &Members) -> u64 {
    (members.keys.longest_search() + members.closed.len()) as u64
}

/// What it costs to ask values one by one, `count` of them if that is known.
fn of_each(each: &Each, count: Option<u64>, passes: &mut u64, bound: &mut Bound) {
    let mut inner = Bound::default();
    of_frame(&each.frame, passes, &mut inner);
    if let Some(members) = each.frame.sites.first().and_then(|site| site.members.as_ref()) {
        *passes = (*passes).max(members.keys.passes() as u64);
        inner.nodes_each = inner.nodes_each.max(of_member(members));
    }
    // To clear the bits of an array, and to tell its variables; to clear an element's variables, and to join its rows.
    let array = 2 * each.words() as u64 + u64::from(each.count);
    let rows = each.frame.steps.iter().map(|step| match &step.gives {
        Gives::Row(rows) => u64::from(rows.width),
        _ => 0,
    });
    let element = u64::from(each.frame.variables) + rows.sum::<u64>();
    bound.words += array;
    bound.add(count, depth(&each.frame), element + inner.words);
    bound.nodes_each += inner.nodes_each;
    bound.words_each += inner.words_each;
}

/// How often a byte of a string is looked at there.
fn of_site(site: &Site) -> u64 {
    let value = site.value.as_ref().map(|value| value.strings.passes());
    let more = site.more.iter().map(|(_, strings)| Strings::passes(strings));
    (value.into_iter().chain(more).sum::<usize>() + usize::from(site.length.is_some())) as u64
}

/// What readings put before relative names and hosts, and how much longer they make a value.
///
/// INVARIANT: the parser's limit bounds this recursion.
fn prepended(shape: &Shape, repeated: bool, bound: &mut Bound) {
    let bytes = shape.reading.as_deref().map_or(0, |reading| match reading {
        Reading::Path(path) => path.root.as_ref().map_or(0, |root| root.len() as u64 + 1),
        Reading::Url(url) => url.default_scheme.as_ref().map_or(0, |scheme| scheme.len() as u64 + 3),
        // A time in another form than RFC 3339 may be shorter than the one that is compared.
        Reading::Datetime(DatetimeReading { format: Some(_) }) => 19,
        Reading::Datetime(_) | Reading::Host | Reading::Ip | Reading::Email | Reading::Date => 0,
    });
    if bytes > 0 {
        if repeated {
            bound.prepended_each = bound.prepended_each.max(bytes);
        } else {
            bound.prepended += bytes;
        }
    }
    let properties = shape.properties.values().map(|property| &property.shape);
    let members = properties.chain(shape.named.values());
    members.for_each(|inner| prepended(inner, repeated, bound));
    let many = shape.additional.iter().chain(&shape.items);
    many.for_each(|inner| prepended(inner, true, bound));
    shape.any_of.iter().for_each(|inner| prepended(inner, repeated, bound));
}
