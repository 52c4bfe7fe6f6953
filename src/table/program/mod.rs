//! The program of a tool: what its prohibitions and grants come to, made flat, so that a decision costs the same
//! whatever their number.
//!
//! A call is walked once. Each place in it that a pattern speaks of ([`Site`]) is classified: the number of a class
//! stands for everything that the tool's patterns can tell of the value. Diagrams then lead from the classes to the
//! first rule that holds. The elements of an array are a [`Frame`] of their own, walked one by one; what the rules
//! want to know of them is collected in bits.

mod bound;
mod classify;
pub(crate) mod codec;
pub(crate) mod compile;
mod diagram;
#[cfg(test)]
mod tests;

pub use bound::{Bound, Most, effect_words};
pub use classify::{Closed, Lengths, Numbers, Strings, Words};
pub use compile::{Budget, ProgramError, compile, compile_within};
pub use diagram::{Diagram, NOTHING};

use serde::{Deserialize, Serialize};

use crate::pattern::{ClaimUse, DecimalRef, Pattern, ReadingKind};

/// What one tool's rules come to.
#[derive(Clone, Debug, PartialEq)]
pub struct Program {
    /// The arguments; its first site is the object that they are.
    pub(crate) frame: Frame,
    /// What is asked of all values with a reading, wherever they stand.
    pub(crate) anywhere: Vec<Anywhere>,
    /// How many of the entries that outcomes are about are prohibitions; the others are grants.
    pub(crate) prohibitions: u32,
    /// The gates that entries ask for, and the variable of each: class 1 where it holds.
    pub(crate) gates: Vec<(u32, u32)>,
    /// What is asked of the caller's claims, and the variable of each, likewise.
    pub(crate) of_caller: Vec<(OfCaller, u32)>,
    /// Which of the grants that do something when they hold do so: rows of bits, asked once a grant holds.
    pub(crate) effects: Vec<Step>,
    /// The places of those grants, in the order of the bits.
    pub(crate) effective: Vec<u32>,
}

/// A question that the caller's claims answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OfCaller {
    /// Does the claim say anything that can stand there?
    Says(ClaimUse),
    /// Is there a value behind these keys that is in the pattern?
    At(Vec<String>, Pattern),
    /// Is a string with the reading, wherever it stands, in the pattern?
    Anywhere(ReadingKind, Pattern),
}

impl OfCaller {
    /// How many questions are asked of a value at most, each of which may look at all of its bytes.
    #[must_use]
    pub fn leaves(&self) -> u64 {
        match self {
            Self::Says(_) => 0,
            Self::At(_, pattern) | Self::Anywhere(_, pattern) => pattern.leaves(),
        }
    }
}

/// Values that are looked at together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frame {
    /// The value itself first, and members after the objects that they are in.
    pub(crate) sites: Vec<Site>,
    /// How many variables there are: each holds the number of a class, and 0 where there is nothing.
    pub(crate) variables: u32,
    /// What follows from the classes, in order.
    pub(crate) steps: Vec<Step>,
}

/// A place in a value, and how what stands there is told apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Site {
    /// By kind, and by value for numbers and strings.
    pub(crate) value: Option<OfValue>,
    /// Strings by length.
    pub(crate) length: Option<(u32, Lengths)>,
    /// Strings by further automata, where one for all would be too large.
    pub(crate) more: Vec<(u32, Strings)>,
    /// Arrays by length.
    pub(crate) elements: Option<(u32, Lengths)>,
    /// Arrays by what they hold.
    pub(crate) each: Option<Each>,
    /// Objects by their members.
    pub(crate) members: Option<Members>,
    /// Objects by how many members they have.
    pub(crate) sizes: Option<(u32, Lengths)>,
    /// Objects by what all their members are: the second site of the frame is the key.
    pub(crate) entries: Option<Each>,
}

/// How values are told apart by themselves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfValue {
    /// The variable.
    pub(crate) variable: u32,
    /// Numbers; their classes begin at [`FIRST_NUMBER`].
    pub(crate) numbers: Numbers,
    /// Strings; their classes come after those of numbers.
    pub(crate) strings: Strings,
}

/// The classes of a value that is no number and no string.
pub(crate) mod kind {
    pub const ABSENT: u32 = 0;
    pub const NULL: u32 = 1;
    pub const FALSE: u32 = 2;
    pub const TRUE: u32 = 3;
    pub const ARRAY: u32 = 4;
    pub const OBJECT: u32 = 5;
}

/// Where the classes of numbers begin.
pub(crate) const FIRST_NUMBER: u32 = 6;

/// Where the key of a member stands in the frame that it is looked at in; the value is first.
pub(crate) const KEY_SITE: usize = 1;

/// The members of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Members {
    /// The keys that patterns name.
    pub(crate) keys: Words,
    /// The site of each.
    pub(crate) sites: Vec<u32>,
    /// Whether others stand beside them.
    pub(crate) closed: Vec<(u32, Closed)>,
}

/// The elements of an array, one after the other: which questions does at least one of them answer with yes?
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Each {
    /// An element.
    pub(crate) frame: Frame,
    /// The variable of the first question; those of the others follow. Class 1 is yes.
    pub(crate) first: u32,
    /// How many questions.
    pub(crate) count: u32,
}

/// The same for all strings with a reading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Anywhere {
    /// The reading.
    pub(crate) reading: ReadingKind,
    /// The strings.
    pub(crate) each: Each,
}

/// A diagram, and what its outcome is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    pub(crate) diagram: Diagram,
    pub(crate) gives: Gives,
}

/// What the outcome of a diagram is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Gives {
    /// The entry that decides. Later steps are asked where there is none.
    Verdict,
    /// The class of a variable: 1 for any outcome, 0 for none.
    Variable(u32),
    /// A row of bits: the questions that this element answers with yes.
    Row(Rows),
}

/// Rows of bits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rows {
    /// The first word of the questions' bits that they speak of.
    pub(crate) from: u32,
    /// How many words.
    pub(crate) width: u32,
    /// Row after row.
    pub(crate) words: Vec<u64>,
}

impl Rows {
    /// A row.
    #[must_use]
    pub fn row(&self, place: u32) -> &[u64] {
        let start = place as usize * self.width as usize;
        self.words.get(start..start + self.width as usize).unwrap_or_default()
    }
}

impl OfValue {
    /// The class of a number.
    #[must_use]
    pub fn number_class(&self, number: DecimalRef<'_>) -> u32 {
        FIRST_NUMBER + self.numbers.class(number)
    }
}

impl Each {
    /// How many words hold the questions' bits.
    #[must_use]
    pub fn words(&self) -> usize {
        (self.count as usize).div_ceil(64)
    }
}
