//! Strings, names and quantities.

use super::super::ast::{
    Claim, Duration, Given, Ident, Moment, Number, Size, SizeUnit, SlotStep, Template, TemplatePart, TimeUnit,
};
use super::super::names::is_word;
use crate::diagnostic::is_hidden;

/// A name as it stands if the grammar takes it so, else in quotes.
pub(super) fn name(name: &Ident, is_bare: fn(&str) -> bool) -> String {
    if is_bare(&name.name) {
        name.name.clone()
    } else {
        quoted(name)
    }
}

pub(super) fn quoted(name: &Ident) -> String {
    format!("\"{}\"", escaped(&name.name))
}

pub(super) fn string(template: &Template) -> String {
    let mut text = String::from("\"");
    for part in &template.parts {
        match part {
            TemplatePart::Text(piece) => text.push_str(&escaped(piece)),
            TemplatePart::Const(name) => text.push_str(&format!("${{{}}}", name.name)),
            TemplatePart::Claim(claim) => {
                // A `$` before it would make it a constant.
                if text.ends_with('$') {
                    text.pop();
                    text.push_str("\\$");
                }
                text.push_str(&format!("{{caller.{}}}", claim.name.name));
            }
        }
    }
    text + "\""
}

pub(super) fn claim(claim: &Claim) -> String {
    format!("caller.{}", name(&claim.name, is_word))
}

/// `a.b[]`. A first key that is called `caller` is quoted: `caller.b` is a claim.
pub(super) fn slot(steps: &[SlotStep]) -> String {
    let step = |(at, step): (usize, &SlotStep)| match step {
        SlotStep::Each => "[]".to_owned(),
        SlotStep::Key(key) if at == 0 => name(key, |word| is_word(word) && word != "caller"),
        SlotStep::Key(key) => format!(".{}", name(key, is_word)),
    };
    steps.iter().enumerate().map(step).collect()
}

pub(super) fn given<T>(given: &Given<T>, print: impl Fn(&T) -> String) -> String {
    match given {
        Given::Literal(value) => print(value),
        Given::Const(name) => name.name.clone(),
    }
}

pub(super) fn number(number: &Number) -> String {
    number.digits.clone()
}

pub(super) fn moment(moment: &Moment) -> String {
    moment.text.clone()
}

pub(super) fn duration(duration: &Duration) -> String {
    format!("{}{}", duration.count, written(&TimeUnit::ALL, &duration.unit))
}

pub(super) fn size(size: &Size) -> String {
    format!("{}{}", size.count, written(&SizeUnit::ALL, &size.unit))
}

/// How one of a few is written.
pub(super) fn written<T: PartialEq>(all: &[(&'static str, T)], one: &T) -> &'static str {
    all.iter()
        .find(|(_, other)| other == one)
        .map_or("", |(written, _)| written)
}

/// Text as it stands between quotes. `$` and `{` are escaped only where they would begin something.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (at, c) in text.char_indices() {
        let rest = text.get(at..).unwrap_or_default();
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '$' if rest.starts_with("${") => out.push_str("\\$"),
            '{' if rest.starts_with("{caller.") || rest.starts_with("{caller}") => out.push_str("\\{"),
            c if is_hidden(c) => out.push_str(&format!("\\u{{{:x}}}", u32::from(c))),
            c => out.push(c),
        }
    }
    out
}
