//! How much a question may cost, and why one is not answered.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use super::canonical::Canonical;
use crate::pattern::At;
use crate::table::Reading;

/// Why a question is not answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// In words.
    pub why: String,
    /// The rules that it is about, or that cost most.
    pub at: Vec<At>,
}

impl Refusal {
    /// A refusal that is about no rule in particular.
    pub fn new(why: impl Into<String>) -> Self {
        let why = why.into();
        Self { why, at: Vec::new() }
    }
}

/// Steps that may still be taken: states of automata, combinations of elements, and parts of formulas looked at.
pub struct Budget {
    all: u64,
    left: Cell<u64>,
    forms: Rc<Forms>,
}

/// The canonical forms of readings, each made once.
#[derive(Default)]
pub struct Forms(RefCell<Vec<(Reading, Option<Rc<Canonical>>)>>);

/// What a question may cost unless it is said otherwise: a few seconds, and some hundred megabytes at the very most.
pub const DEFAULT: u64 = 20_000_000;

impl Budget {
    /// So many steps, for whatever is asked.
    #[must_use]
    pub fn of(steps: u64) -> Self {
        Self::new(steps, &Rc::default())
    }

    /// So many steps.
    pub(super) fn new(steps: u64, forms: &Rc<Forms>) -> Self {
        Self {
            all: steps,
            left: Cell::new(steps),
            forms: Rc::clone(forms),
        }
    }

    /// Another one beside.
    pub(super) fn beside(&self, steps: u64) -> Self {
        Self::new(steps, &self.forms)
    }

    /// The canonical forms of a reading; `None` where they cannot be told.
    pub(super) fn canonical(&self, reading: &Reading) -> Option<Rc<Canonical>> {
        let Forms(known) = &*self.forms;
        if let Some((_, forms)) = known.borrow().iter().find(|(other, _)| other == reading) {
            return forms.clone();
        }
        let forms = Canonical::of(reading).map(Rc::new);
        known.borrow_mut().push((reading.clone(), forms.clone()));
        forms
    }

    /// Takes some steps.
    ///
    /// # Errors
    /// If there are not so many left.
    pub(super) fn spend(&self, steps: usize) -> Result<(), Refusal> {
        let steps = u64::try_from(steps).unwrap_or(u64::MAX);
        match self.left.get().checked_sub(steps) {
            Some(left) => {
                self.left.set(left);
                Ok(())
            }
            None => {
                self.left.set(0);
                Err(Refusal::new(format!("it takes more than {} steps", self.all)))
            }
        }
    }
}
