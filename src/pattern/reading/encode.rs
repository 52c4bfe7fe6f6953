//! Expressions over what a text stands for → expressions over the text, character by character.

use regex_syntax::hir::{
    Class, ClassBytes, ClassBytesRange, ClassUnicode, ClassUnicodeRange, Hir, HirKind, Repetition,
};
use regex_syntax::utf8::Utf8Sequences;

/// The same expression with each character, and each class of characters, replaced.
pub(super) fn map(hir: &Hir, replace: &impl Fn(&ClassUnicode) -> Hir) -> Hir {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => Hir::empty(),
        HirKind::Literal(literal) => match str::from_utf8(&literal.0) {
            Ok(text) => text_of(text, replace),
            Err(_) => Hir::fail(),
        },
        HirKind::Class(Class::Unicode(class)) => replace(class),
        // Bytes beyond ASCII are not in what patterns of readings see.
        HirKind::Class(Class::Bytes(class)) => replace(&ascii_of(class)),
        HirKind::Repetition(repetition) => Hir::repetition(Repetition {
            sub: Box::new(map(&repetition.sub, replace)),
            ..repetition.clone()
        }),
        HirKind::Capture(capture) => map(&capture.sub, replace),
        HirKind::Concat(parts) => Hir::concat(parts.iter().map(|part| map(part, replace)).collect()),
        HirKind::Alternation(parts) => Hir::alternation(parts.iter().map(|part| map(part, replace)).collect()),
    }
}

/// A literal text, each of its characters replaced.
pub(super) fn text_of(text: &str, replace: &impl Fn(&ClassUnicode) -> Hir) -> Hir {
    let one = |c| replace(&ClassUnicode::new([ClassUnicodeRange::new(c, c)]));
    Hir::concat(text.chars().map(one).collect())
}

fn ascii_of(class: &ClassBytes) -> ClassUnicode {
    let ranges = class.ranges().iter().filter(|range| range.start().is_ascii());
    ClassUnicode::new(ranges.map(|range| {
        let end = range.end().min(0x7f);
        ClassUnicodeRange::new(char::from(range.start()), char::from(end))
    }))
}

/// Of the texts of an expression those that have only such characters.
pub(super) fn restricted(hir: &Hir, allowed: fn(u8) -> bool) -> Hir {
    map(hir, &|class| {
        let taken = (0..=0x7f).filter(|b| allowed(*b) && has(class, char::from(*b)));
        let taken = ClassBytes::new(taken.map(|b| ClassBytesRange::new(b, b)));
        // As characters, so that it is printed in the same way whatever flags are set.
        taken
            .to_unicode_class()
            .map_or_else(Hir::fail, |class| Hir::class(Class::Unicode(class)))
    })
}

/// Of the texts of an expression those that begin with a slash.
pub(super) fn with_slash(hir: &Hir) -> Hir {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => Hir::fail(),
        HirKind::Literal(literal) if literal.0.first() == Some(&b'/') => hir.clone(),
        HirKind::Literal(_) => Hir::fail(),
        HirKind::Class(class) => {
            let slash = match class {
                Class::Unicode(class) => has(class, '/'),
                Class::Bytes(class) => has(&ascii_of(class), '/'),
            };
            if slash { Hir::literal(*b"/") } else { Hir::fail() }
        }
        HirKind::Repetition(repetition) => {
            let less = Repetition {
                min: if is_nullable(&repetition.sub) {
                    0
                } else {
                    repetition.min.saturating_sub(1)
                },
                max: match repetition.max {
                    Some(max) => match max.checked_sub(1) {
                        Some(less) => Some(less),
                        None => return Hir::fail(),
                    },
                    None => None,
                },
                ..repetition.clone()
            };
            Hir::concat(vec![with_slash(&repetition.sub), Hir::repetition(less)])
        }
        HirKind::Capture(capture) => with_slash(&capture.sub),
        HirKind::Alternation(parts) => Hir::alternation(parts.iter().map(with_slash).collect()),
        HirKind::Concat(parts) => {
            // The part that the slash is in, after parts that stand for nothing.
            let empty = parts.iter().take_while(|part| is_nullable(part)).count();
            let from = |at: usize| {
                let (first, rest) = parts.get(at..)?.split_first()?;
                let rest = rest.iter().cloned();
                Some(Hir::concat(std::iter::once(with_slash(first)).chain(rest).collect()))
            };
            Hir::alternation((0..=empty).filter_map(from).collect())
        }
    }
}

/// Is the empty text one of the expression's?
pub(super) fn is_nullable(hir: &Hir) -> bool {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => true,
        HirKind::Literal(literal) => literal.0.is_empty(),
        HirKind::Class(_) => false,
        HirKind::Repetition(repetition) => repetition.min == 0 || is_nullable(&repetition.sub),
        HirKind::Capture(capture) => is_nullable(&capture.sub),
        HirKind::Concat(parts) => parts.iter().all(is_nullable),
        HirKind::Alternation(parts) => parts.iter().any(is_nullable),
    }
}

fn has(class: &ClassUnicode, c: char) -> bool {
    class.iter().any(|range| (range.start()..=range.end()).contains(&c))
}

/// Texts as they stand in a query: each character raw, where it may be, and percent-encoded, where that is not refused.
pub(super) fn percent_encoded(class: &ClassUnicode, raw: fn(u8) -> bool) -> Hir {
    let mut forms = Vec::new();
    for byte in (0..=0x7f_u8).filter(|b| has(class, char::from(*b))) {
        if raw(byte) {
            forms.push(Hir::literal([byte]));
        }
        if !is_unreserved(byte) {
            forms.push(encoded_bytes(byte, byte));
        }
    }
    if class
        .iter()
        .any(|range| range.start() <= '\u{80}' && range.end() == char::MAX)
    {
        forms.push(encoded_beyond_ascii());
        return Hir::alternation(forms);
    }
    for range in class.iter().filter(|range| !range.end().is_ascii()) {
        for sequence in Utf8Sequences::new(range.start().max('\u{80}'), range.end()) {
            let bytes = sequence
                .as_slice()
                .iter()
                .map(|range| encoded_bytes(range.start, range.end));
            forms.push(Hir::concat(bytes.collect()));
        }
    }
    if forms.is_empty() {
        Hir::fail()
    } else {
        Hir::alternation(forms)
    }
}

/// Any character beyond ASCII, by its first byte: what follows is UTF-8, since the text was read.
fn encoded_beyond_ascii() -> Hir {
    let follows = encoded_bytes(0x80, 0xbf);
    let after = |first: Hir, count: usize| {
        let rest = std::iter::repeat_n(follows.clone(), count);
        Hir::concat(std::iter::once(first).chain(rest).collect())
    };
    let forms = [
        (encoded_bytes(0xc0, 0xdf), 1),
        (encoded_bytes(0xe0, 0xef), 2),
        (encoded_bytes(0xf0, 0xff), 3),
    ];
    Hir::alternation(forms.map(|(first, count)| after(first, count)).to_vec())
}

/// RFC 3986 section 2.3.
pub(super) fn is_unreserved(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b"-._~".contains(&b)
}

/// `%` and two digits in upper case, for bytes from the first to the last.
fn encoded_bytes(first: u8, last: u8) -> Hir {
    let digit = |n: u8| b"0123456789ABCDEF".get(usize::from(n & 0xf)).copied().unwrap_or(b'0');
    let low = |from: u8, to: u8| {
        let ranges = (from..=to).map(|n| ClassUnicodeRange::new(digit(n).into(), digit(n).into()));
        Hir::class(Class::Unicode(ClassUnicode::new(ranges)))
    };
    let (top, bottom) = (first >> 4, last >> 4);
    let row = |high: u8| {
        let from = if high == top { first & 0xf } else { 0 };
        let to = if high == bottom { last & 0xf } else { 0xf };
        Hir::concat(vec![Hir::literal([b'%', digit(high)]), low(from, to)])
    };
    Hir::alternation((top..=bottom).map(row).collect())
}
