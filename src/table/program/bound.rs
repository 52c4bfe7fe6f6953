//! The most work that one decision takes, as a function of the call's bytes.

use super::{Each, Frame, Gives, Program, Site, Strings};
use crate::table::{Reading, Shape, Tool};

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
    pub fn bound(&self, tool: &Tool) -> Bound {
        let mut bound = Bound {
            words: u64::from(self.frame.variables),
            nodes: depth(&self.frame),
            ..Bound::default()
        };
        let mut passes = 0;
        of_frame(&self.frame, &mut passes, &mut bound);
        for anywhere in &self.anywhere {
            let mut more = 0;
            of_each(&anywhere.each, &mut more, &mut bound);
            passes += more;
        }
        bound.passes = 1 + passes;
        prepended(&tool.arguments, false, &mut bound);
        bound
    }
}

/// The nodes on the longest way through all steps of a frame.
fn depth(frame: &Frame) -> u64 {
    frame.steps.iter().map(|step| u64::from(step.diagram.depth())).sum()
}

/// Adds what the values of a frame cost by themselves; each may be the dearest.
///
/// INVARIANT: as deep as patterns nest.
fn of_frame(frame: &Frame, passes: &mut u64, bound: &mut Bound) {
    for site in &frame.sites {
        *passes = (*passes).max(of_site(site));
        if let Some(members) = &site.members {
            *passes = (*passes).max(members.keys.passes() as u64);
            bound.nodes_each = bound
                .nodes_each
                .max((members.keys.longest_search() + members.closed.len()) as u64);
        }
    }
    for each in frame.sites.iter().filter_map(|site| site.each.as_ref()) {
        of_each(each, passes, bound);
    }
}

fn of_each(each: &Each, passes: &mut u64, bound: &mut Bound) {
    let mut inner = Bound::default();
    of_frame(&each.frame, passes, &mut inner);
    // To clear the bits of an array, and to tell its variables; to clear an element's variables, and to join its rows.
    let array = 2 * each.words() as u64 + u64::from(each.count);
    let rows = each.frame.steps.iter().map(|step| match &step.gives {
        Gives::Row(rows) => u64::from(rows.width),
        _ => 0,
    });
    let element = u64::from(each.frame.variables) + rows.sum::<u64>();
    bound.words += array;
    bound.words_each += element + inner.words + inner.words_each;
    bound.nodes_each += depth(&each.frame) + inner.nodes_each;
}

/// How often a byte of a string is looked at there.
fn of_site(site: &Site) -> u64 {
    let value = site.value.as_ref().map(|value| value.strings.passes());
    let more = site.more.iter().map(|(_, strings)| Strings::passes(strings));
    (value.into_iter().chain(more).sum::<usize>() + usize::from(site.length.is_some())) as u64
}

/// What readings put before relative names.
///
/// INVARIANT: the parser's limit bounds this recursion.
fn prepended(shape: &Shape, repeated: bool, bound: &mut Bound) {
    if let Some(Reading::Path(path)) = &shape.reading {
        let bytes = path.root.as_ref().map_or(0, |root| root.len() as u64 + 1);
        if repeated {
            bound.prepended_each = bound.prepended_each.max(bytes);
        } else {
            bound.prepended += bytes;
        }
    }
    for property in shape.properties.values() {
        prepended(&property.shape, repeated, bound);
    }
    let many = shape.additional.iter().chain(&shape.items);
    many.for_each(|inner| prepended(inner, true, bound));
    shape.any_of.iter().for_each(|inner| prepended(inner, repeated, bound));
}
