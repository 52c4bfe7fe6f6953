//! What a program must be, so that whoever decides by it neither strays nor works longer than its bound says: every
//! place is there, diagrams and sites lead onwards only, and whatever takes room is worth its bytes.

use crate::pattern::Machine;
use crate::table::program::diagram::{Leads, NOTHING, Target};
use crate::table::program::{
    Closed, Diagram, Each, Frame, Gives, KEY_SITE, Lengths, Members, Numbers, Program, Rows, Site, Step, Strings,
    effect_words,
};

/// What is wrong, in words that follow "the compiled policy is inconsistent: ".
type Found = Result<(), &'static str>;

/// Checks a program of a tool with so many prohibitions and grants, in a policy with so many gates.
pub(crate) fn check(program: &Program, prohibitions: usize, grants: usize, gates: usize) -> Found {
    let entries = prohibitions + grants;
    require(
        program.prohibitions as usize == prohibitions,
        "a program is of another number of prohibitions",
    )?;
    let known = |(gate, _): &(u32, u32)| (*gate as usize) < gates;
    require(
        program.gates.iter().all(known) && program.gates.is_sorted_by(|one, next| one.0 < next.0),
        "a program asks for a gate that is not there",
    )?;
    let mut frame = Walked::new(&program.frame);
    program
        .gates
        .iter()
        .try_for_each(|(_, variable)| frame.variable(*variable))?;
    program
        .of_caller
        .iter()
        .try_for_each(|(_, variable)| frame.variable(*variable))?;
    for anywhere in &program.anywhere {
        frame.each(&anywhere.each, None)?;
    }
    frame.sites(None)?;
    frame.steps(&program.frame.steps, Outcomes::Entries(entries))?;
    frame.steps(&program.effects, Outcomes::Bits(program.effective.len()))?;
    frame.finish()?;
    let places = &program.effective;
    require(
        places.is_sorted_by(|one, next| one < next) && places.last().is_none_or(|last| (*last as usize) < grants),
        "a program names a grant that is not there",
    )?;
    debug_assert_eq!(effect_words(program), places.len().div_ceil(64));
    Ok(())
}

/// What the steps of a frame may come to.
#[derive(Clone, Copy)]
enum Outcomes {
    /// An entry, of so many.
    Entries(usize),
    /// Rows of so many bits.
    Bits(usize),
}

/// A frame, and how many of its variables are ever given a class.
struct Walked<'p> {
    frame: &'p Frame,
    given: u64,
}

impl<'p> Walked<'p> {
    fn new(frame: &'p Frame) -> Self {
        Self { frame, given: 0 }
    }

    fn variable(&mut self, variable: u32) -> Found {
        self.variables(variable, 1)
    }

    fn variables(&mut self, first: u32, count: u32) -> Found {
        self.given += u64::from(count);
        require(
            first.checked_add(count).is_some_and(|end| end <= self.frame.variables),
            "a program has no such variable",
        )
    }

    /// Variables take room for each value: there are no more than are used.
    fn finish(&self) -> Found {
        require(
            u64::from(self.frame.variables) <= self.given,
            "a program has variables that nothing gives a class",
        )
    }

    fn sites(&mut self, apart: Option<usize>) -> Found {
        let mut parents = vec![false; self.frame.sites.len()];
        if let Some(parent) = apart.and_then(|apart| parents.get_mut(apart)) {
            *parent = true;
        }
        for (at, site) in self.frame.sites.iter().enumerate() {
            self.site(site)?;
            for inner in site.members.iter().flat_map(|members| &members.sites) {
                let inner = *inner as usize;
                let fresh = parents
                    .get_mut(inner)
                    .is_some_and(|parent| !std::mem::replace(parent, true));
                require(fresh && inner > at, "the sites of a program are no tree")?;
            }
        }
        Ok(())
    }

    /// INVARIANT: its reader has bounded how deep arrays nest.
    fn site(&mut self, site: &Site) -> Found {
        if let Some(value) = &site.value {
            self.variable(value.variable)?;
            check_numbers(&value.numbers)?;
            check_strings(&value.strings)?;
        }
        for (variable, lengths) in site.length.iter().chain(&site.elements).chain(&site.sizes) {
            self.variable(*variable)?;
            check_lengths(lengths)?;
        }
        for (variable, strings) in &site.more {
            self.variable(*variable)?;
            check_strings(strings)?;
        }
        if let Some(members) = &site.members {
            self.members(members)?;
        }
        if let Some(each) = &site.each {
            self.each(each, None)?;
        }
        site.entries
            .as_ref()
            .map_or(Ok(()), |entries| self.each(entries, Some(KEY_SITE)))
    }

    fn members(&mut self, members: &Members) -> Found {
        require(
            members.sites.len() == members.keys.len(),
            "a program has keys without sites",
        )?;
        for (variable, closed) in &members.closed {
            self.variable(*variable)?;
            check_closed(closed, members.keys.len())?;
        }
        Ok(())
    }

    /// `apart`: a site that is looked at by itself, beside the first.
    fn each(&mut self, each: &Each, apart: Option<usize>) -> Found {
        self.variables(each.first, each.count)?;
        let mut inner = Walked::new(&each.frame);
        inner.sites(apart)?;
        inner.steps(&each.frame.steps, Outcomes::Bits(each.count as usize))?;
        inner.finish()?;
        // Bits take room, and are told one by one: each is in a row.
        let words: u64 = rows(&each.frame.steps).map(|rows| u64::from(rows.width)).sum();
        require(
            each.words() as u64 <= words,
            "a program asks questions that nothing answers",
        )
    }

    fn steps(&mut self, steps: &[Step], outcomes: Outcomes) -> Found {
        for step in steps {
            let most = match (&step.gives, outcomes) {
                (Gives::Verdict, Outcomes::Entries(entries)) => entries,
                (Gives::Row(rows), Outcomes::Bits(bits)) => check_rows(rows, bits)?,
                (Gives::Variable(variable), _) => {
                    self.variable(*variable)?;
                    usize::MAX
                }
                _ => return Err("a step of a program gives what is not asked for"),
            };
            check_diagram(&step.diagram, self.frame.variables, most)?;
        }
        Ok(())
    }
}

fn rows(steps: &[Step]) -> impl Iterator<Item = &Rows> {
    steps.iter().filter_map(|step| match &step.gives {
        Gives::Row(rows) => Some(rows),
        _ => None,
    })
}

/// Gives how many rows there are.
fn check_rows(rows: &Rows, bits: usize) -> Result<usize, &'static str> {
    let width = rows.width as usize;
    let end = rows.from as usize + width;
    require(
        width > 0 && !rows.words.is_empty() && rows.words.len().is_multiple_of(width) && end <= bits.div_ceil(64),
        "the rows of a program are of another width",
    )?;
    // In the last word there may be less to say.
    let beyond = if end * 64 > bits { !0_u64 << (bits % 64) } else { 0 };
    let fits = |row: &[u64]| row.last().is_none_or(|last| last & beyond == 0);
    require(
        rows.words.chunks(width).all(fits),
        "a row of a program answers what is not asked",
    )?;
    Ok(rows.words.len() / width)
}

/// Nodes lead to later ones only, and each has a case for every class.
fn check_diagram(diagram: &Diagram, variables: u32, outcomes: usize) -> Found {
    let nodes = diagram.nodes.len();
    let leads = |target: Target, from: usize| match target.leads() {
        Leads::On(place) => place >= from && place < nodes,
        Leads::To(outcome) => outcome == NOTHING || (outcome as usize) < outcomes,
    };
    require(leads(diagram.root, 0), LEADS)?;
    let mut first = 0;
    for (at, node) in diagram.nodes.iter().enumerate() {
        require(node.variable < variables, "a program has no such variable")?;
        let end = first + node.count as usize;
        let cases = diagram.cases.get(first..end).ok_or(CASES)?;
        let from_zero = cases.first().is_some_and(|case| case.from == 0);
        let ascend = cases.is_sorted_by(|one, next| one.from < next.from);
        require(node.first as usize == first && from_zero && ascend, CASES)?;
        require(cases.iter().all(|case| leads(case.to, at + 1)), LEADS)?;
        first = end;
    }
    require(first == diagram.cases.len(), CASES)
}

const LEADS: &str = "a diagram leads where nothing is";
const CASES: &str = "the cases of a diagram are not in order";

fn check_numbers(numbers: &Numbers) -> Found {
    require(
        numbers.bounds.is_sorted_by(|one, next| one < next),
        "the bounds of a program are not in order",
    )
}

fn check_lengths(lengths: &Lengths) -> Found {
    require(
        lengths.cuts.is_sorted_by(|one, next| one < next),
        "the lengths of a program are not in order",
    )
}

fn check_strings(strings: &Strings) -> Found {
    let answers = strings.of_answers.iter().map(Vec::len).min().unwrap_or(0);
    let says = match &strings.machine {
        Some(machine) => check_machine(machine).map(|()| machine.says.iter().max().copied().unwrap_or(0))?,
        None => 0,
    };
    require(
        (says as usize) < answers
            && strings
                .of_words
                .iter()
                .all(|classes| classes.len() == strings.words.len()),
        "a string has no class in a program",
    )
}

/// Every place in it is the first of a row, and every column is in a row.
fn check_machine(machine: &Machine) -> Found {
    let stride = machine.stride as usize;
    let rows = machine.says.len();
    let starts_row = |place: u32| (place as usize) < machine.next.len() && (place as usize).is_multiple_of(stride);
    let holds = stride > 0
        && rows > 0
        && rows.checked_mul(stride) == Some(machine.next.len())
        && machine.columns.iter().all(|column| usize::from(*column) < stride)
        && starts_row(machine.start)
        // Their reader has made places of the numbers of rows.
        && machine.next.iter().max().is_none_or(|last| starts_row(*last));
    require(holds, "an automaton leads where nothing is")
}

fn check_closed(closed: &Closed, keys: usize) -> Found {
    let ascend = closed.keys.is_sorted_by(|one, next| one < next);
    let known = closed.keys.last().is_none_or(|last| (*last as usize) < keys);
    let whole = closed.next.len().is_multiple_of(closed.keys.len() + 1);
    let leads = closed.next.iter().max().is_some_and(|last| *last < closed.states());
    require(
        ascend && known && whole && leads,
        "a table of keys leads where nothing is",
    )
}

fn require(holds: bool, otherwise: &'static str) -> Found {
    if holds { Ok(()) } else { Err(otherwise) }
}
