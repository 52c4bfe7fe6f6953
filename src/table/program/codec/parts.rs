//! The parts of a program, field by field.

use super::{Coded, Reader};
use crate::pattern::{Decimal, Machine, ReadingKind};
use crate::table::program::diagram::{Case, Node, Target};
use crate::table::program::{
    Anywhere, Closed, Diagram, Each, Frame, Gives, Lengths, Members, Numbers, OfCaller, OfValue, Program, Rows, Site,
    Step, Strings, Words,
};

/// A struct is its fields, in this order.
macro_rules! coded {
    ($($name:ident { $($field:ident),+ })+) => {$(
        impl Coded for $name {
            fn write(&self, out: &mut Vec<u8>) {
                let Self { $($field),+ } = self;
                $($field.write(out);)+
            }
            fn read(input: &mut Reader<'_>) -> Option<Self> {
                $(let $field = Coded::read(input)?;)+
                Some(Self { $($field),+ })
            }
        }
    )+};
}

coded! {
    Program { prohibitions, frame, anywhere, gates, of_caller, effects, effective }
    Frame { sites, variables, steps }
    Site { value, length, more, elements, each, members, sizes, entries }
    OfValue { variable, numbers, strings }
    Members { keys, sites, closed }
    Anywhere { reading, each }
    Step { diagram, gives }
    Rows { from, width, words }
    Strings { words, of_words, machine, of_answers }
    Numbers { bounds, integers }
    Lengths { cuts, lines }
    Closed { keys, next }
    Diagram { root, nodes, cases }
    Case { from, to }
    Node { variable, first, count }
}

impl Coded for Each {
    fn write(&self, out: &mut Vec<u8>) {
        let Self { frame, first, count } = self;
        frame.write(out);
        first.write(out);
        count.write(out);
    }
    fn read(input: &mut Reader<'_>) -> Option<Self> {
        Some(Self {
            frame: input.deeper(Frame::read)?,
            first: u32::read(input)?,
            count: u32::read(input)?,
        })
    }
}

impl Coded for Gives {
    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Verdict => out.push(0),
            Self::Variable(variable) => {
                out.push(1);
                variable.write(out);
            }
            Self::Row(rows) => {
                out.push(2);
                rows.write(out);
            }
        }
    }
    fn read(input: &mut Reader<'_>) -> Option<Self> {
        match input.byte()? {
            0 => Some(Self::Verdict),
            1 => u32::read(input).map(Self::Variable),
            2 => Rows::read(input).map(Self::Row),
            _ => None,
        }
    }
}

impl Coded for Target {
    /// The bit that tells an outcome from a node goes last, so that small numbers stay short.
    fn write(&self, out: &mut Vec<u8>) {
        self.0.rotate_left(1).write(out);
    }
    fn read(input: &mut Reader<'_>) -> Option<Self> {
        u32::read(input).map(|number| Self(number.rotate_right(1)))
    }
}

impl Coded for ReadingKind {
    fn write(&self, out: &mut Vec<u8>) {
        let place = Self::ALL.iter().position(|kind| kind == self).unwrap_or(usize::MAX);
        (place as u64).write(out);
    }
    fn read(input: &mut Reader<'_>) -> Option<Self> {
        let place = usize::try_from(input.number()?).ok()?;
        Self::ALL.get(place).copied()
    }
}

impl Coded for Decimal {
    fn write(&self, out: &mut Vec<u8>) {
        self.to_string().write(out);
    }
    fn read(input: &mut Reader<'_>) -> Option<Self> {
        let text = String::read(input)?;
        Self::parse(&text).filter(|number| number.to_string() == text)
    }
}

/// As its patterns stand in the rules, since it is asked of values as they are.
impl Coded for OfCaller {
    fn write(&self, out: &mut Vec<u8>) {
        serde_json::to_string(self).unwrap_or_default().write(out);
    }
    fn read(input: &mut Reader<'_>) -> Option<Self> {
        let text = String::read(input)?;
        let asked: Self = serde_json::from_str(&text).ok()?;
        if let Self::At(_, pattern) | Self::Anywhere(_, pattern) = &asked {
            input.charge(pattern.prepare()?)?;
        }
        (serde_json::to_string(&asked).ok()? == text).then_some(asked)
    }
}

impl Coded for Words {
    fn write(&self, out: &mut Vec<u8>) {
        let words: Vec<String> = self.iter().map(str::to_owned).collect();
        words.write(out);
    }
    fn read(input: &mut Reader<'_>) -> Option<Self> {
        let words = Vec::<String>::read(input)?;
        // What a word takes beside its letters: an end, a signature, a place, and up to four buckets.
        input.charge(words.len().checked_mul(7 * size_of::<u32>())?)?;
        let ascend = words.is_sorted_by(|one, next| one < next);
        ascend.then(|| Self::new(words.iter().map(String::as_str)))
    }
}

impl Coded for Machine {
    fn write(&self, out: &mut Vec<u8>) {
        let row = |place: &u32| place / self.stride.max(1);
        write_runs(self.columns.iter().map(|column| u32::from(*column)), out);
        self.stride.write(out);
        row(&self.start).write(out);
        (self.says.len() as u64).write(out);
        for (leads, says) in self.next.chunks(self.stride.max(1) as usize).zip(&self.says) {
            says.write(out);
            write_runs(leads.iter().map(row), out);
        }
    }
    fn read(input: &mut Reader<'_>) -> Option<Self> {
        let mut columns = Box::new([0; 256]);
        let mut taken = columns.iter_mut();
        read_runs(input, 256, |column, count| {
            let column = u8::try_from(column).ok()?;
            taken.by_ref().take(count).for_each(|place| *place = column);
            Some(())
        })?;
        // There are no more columns than bytes, so that a row is worth the bytes that it is read from.
        let stride = u32::read(input)?;
        let width = usize::try_from(stride).ok().filter(|width| (1..=256).contains(width))?;
        let start = u32::read(input)?.checked_mul(stride)?;
        let rows = input.length((width + 1) * size_of::<u32>())?;
        let (mut says, mut next) = (Vec::new(), Vec::new());
        for _ in 0..rows {
            says.push(u32::read(input)?);
            read_runs(input, width, |row, count| {
                let place = row.checked_mul(stride)?;
                next.extend(std::iter::repeat_n(place, count));
                Some(())
            })?;
        }
        let leads = (0_u32..).step_by(width).zip(next.chunks(width));
        let settled = leads
            .take_while(|(row, leads)| leads.iter().all(|to| to == row))
            .count();
        Some(Self {
            columns,
            stride,
            start,
            settled: u32::try_from(settled).ok()?.checked_mul(stride)?,
            next,
            says,
        })
    }
}

/// Most of a row leads nowhere, or where all else leads: each number that differs from the one before it, and how often
/// it stands there.
fn write_runs(numbers: impl Iterator<Item = u32>, out: &mut Vec<u8>) {
    let mut run: Option<(u32, u64)> = None;
    for number in numbers {
        match &mut run {
            Some((same, count)) if *same == number => *count += 1,
            _ => {
                if let Some(run) = run.replace((number, 1)) {
                    run.write(out);
                }
            }
        }
    }
    if let Some(run) = run {
        run.write(out);
    }
}

/// Reads runs of so many numbers in all, and gives each to `take`.
fn read_runs(input: &mut Reader<'_>, length: usize, mut take: impl FnMut(u32, usize) -> Option<()>) -> Option<()> {
    let (mut left, mut last) = (length, None);
    while left > 0 {
        let (number, count) = <(u32, u64)>::read(input)?;
        let count = usize::try_from(count).ok().filter(|count| (1..=left).contains(count))?;
        if last == Some(number) {
            return None;
        }
        take(number, count)?;
        left -= count;
        last = Some(number);
    }
    Some(())
}
