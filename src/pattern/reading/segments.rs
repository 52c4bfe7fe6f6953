//! Segments with `*` and `**` between separators: the labels of a host, the segments of a path, the parameters of a query.

use super::{Char, escaped};

/// Why the text of a pattern was refused, as a sentence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Malformed(pub String);

impl Malformed {
    pub(super) fn new(why: impl Into<String>) -> Self {
        Self(why.into())
    }
}

/// A text in segments.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Segments(pub Vec<Segment>);

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Segment {
    /// `**`: any number of segments.
    Any,
    /// Text and `*`.
    Some(Vec<Atom>),
}

/// A piece of a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Atom {
    /// A character.
    Char(char),
    /// `*`: any characters of the segment.
    Star,
}

impl Segments {
    /// Parses what stands between separators.
    pub(super) fn parse(text: &[Char], separator: char) -> Result<Self, Malformed> {
        text.split(|(c, _)| *c == separator)
            .map(parse_segment)
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// Does any text match?
    #[must_use]
    pub fn is_any(&self) -> bool {
        !self.0.is_empty() && self.0.iter().all(|segment| *segment == Segment::Any)
    }

    /// The expression where separators stand between segments. `one` is a class of a segment's characters.
    pub(super) fn between(&self, separator: char, one: &str) -> String {
        let separator = escaped(separator);
        let leading = self.0.iter().take_while(|segment| **segment == Segment::Any).count();
        let mut out = match leading {
            0 => String::new(),
            _ if self.is_any() => return format!("{one}+(?:{separator}{one}+)*"),
            _ => format!("(?:{one}+{separator})*"),
        };
        for (index, segment) in self.0.iter().skip(leading).enumerate() {
            match segment {
                Segment::Any => out.push_str(&format!("(?:{separator}{one}+)*")),
                Segment::Some(atoms) => {
                    out.push_str(if index == 0 { "" } else { &separator });
                    out.push_str(&segment_regex(atoms, one));
                }
            }
        }
        out
    }

    /// The expression where a separator stands before each segment.
    pub(super) fn after(&self, separator: char, one: &str) -> String {
        let separator = escaped(separator);
        let regex = |segment: &Segment| match segment {
            Segment::Any => format!("(?:{separator}{one}+)*"),
            Segment::Some(atoms) => format!("{separator}{}", segment_regex(atoms, one)),
        };
        self.0.iter().map(regex).collect()
    }

    /// A text that matches, with `x` for what a star stands for.
    #[must_use]
    pub fn example(&self, separator: char) -> String {
        let segments = self.0.iter().map(|segment| match segment {
            Segment::Any => "x".to_owned(),
            Segment::Some(atoms) => atoms_example(atoms),
        });
        segments.collect::<Vec<_>>().join(separator.encode_utf8(&mut [0; 4]))
    }
}

impl Segment {
    /// Its text, where it has no star.
    #[must_use]
    pub fn literal(&self) -> Option<String> {
        let Self::Some(atoms) = self else { return None };
        atoms
            .iter()
            .map(|atom| match atom {
                Atom::Char(c) => Some(*c),
                Atom::Star => None,
            })
            .collect()
    }
}

fn parse_segment(text: &[Char]) -> Result<Segment, Malformed> {
    if text == [('*', true), ('*', true)] {
        return Ok(Segment::Any);
    }
    let atoms = parse_atoms(text);
    if atoms.windows(2).any(|pair| pair == [Atom::Star, Atom::Star]) {
        return Err(Malformed::new("`**` must be a whole segment"));
    }
    Ok(Segment::Some(atoms))
}

pub(super) fn parse_atoms(text: &[Char]) -> Vec<Atom> {
    let atom = |&(c, special): &Char| if c == '*' && special { Atom::Star } else { Atom::Char(c) };
    text.iter().map(atom).collect()
}

pub(super) fn atoms_regex(atoms: &[Atom], one: &str) -> String {
    let regex = |atom: &Atom| match atom {
        Atom::Char(c) => escaped(*c),
        Atom::Star => format!("{one}*"),
    };
    atoms.iter().map(regex).collect()
}

pub(super) fn atoms_example(atoms: &[Atom]) -> String {
    let example = |atom: &Atom| match atom {
        Atom::Char(c) => *c,
        Atom::Star => 'x',
    };
    atoms.iter().map(example).collect()
}

/// No segment is empty, so `*` alone stands for something.
fn segment_regex(atoms: &[Atom], one: &str) -> String {
    match atoms {
        [Atom::Star] => format!("{one}+"),
        _ => atoms_regex(atoms, one),
    }
}
