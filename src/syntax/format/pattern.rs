//! Patterns.

use super::super::ast::{Argument, Field, FieldKey, Length, Moment, Pattern, PatternKind, Range, Spread};
use super::super::names::is_word;
use super::text::{claim, moment, name, string};
use super::{braced, join};

/// A pattern on one line.
#[must_use]
pub fn pattern(pattern: &Pattern) -> String {
    match &pattern.kind {
        PatternKind::Str(template) => string(template),
        PatternKind::Number(digits) => digits.clone(),
        PatternKind::Bool(value) => value.to_string(),
        PatternKind::Null => "null".to_owned(),
        PatternKind::Range(bounds) => range(bounds, String::clone),
        PatternKind::Claim(of) => claim(of),
        PatternKind::Name(name) => name.name.clone(),
        PatternKind::Call { name, args } => format!("{}({})", name.name, join(args, ", ", argument)),
        PatternKind::Array { element, length: None } => format!("[{}]", self::pattern(element)),
        PatternKind::Array {
            element,
            length: Some(of),
        } => format!("[{}; {}]", self::pattern(element), length(of)),
        PatternKind::UrlParts(fields) => format!("url {}", object(fields, &[], false)),
        PatternKind::Object { fields, spreads, open } => object(fields, spreads, *open),
        PatternKind::Map {
            key,
            value,
            length: None,
        } => format!("{{ [{}]: {} }}", self::pattern(key), self::pattern(value)),
        PatternKind::Map {
            key,
            value,
            length: Some(of),
        } => format!(
            "{{ [{}]: {}; {} }}",
            self::pattern(key),
            self::pattern(value),
            length(of)
        ),
        PatternKind::Nullable(inner) => format!("{}?", within(inner, Binding::Postfix)),
        PatternKind::Not(inner) => format!("!{}", within(inner, Binding::Prefix)),
        PatternKind::Has(inner) => format!("has {}", within(inner, Binding::Prefix)),
        PatternKind::And(terms) => join(terms, " & ", |term| within(term, Binding::And)),
        PatternKind::Or(arms) => alternatives(arms),
    }
}

/// How tightly an operator holds its operands, from loose to tight.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Binding {
    Or,
    And,
    Prefix,
    Postfix,
    Atom,
}

fn binding(pattern: &Pattern) -> Binding {
    match pattern.kind {
        PatternKind::Or(_) => Binding::Or,
        PatternKind::And(_) => Binding::And,
        PatternKind::Not(_) | PatternKind::Has(_) => Binding::Prefix,
        PatternKind::Nullable(_) => Binding::Postfix,
        _ => Binding::Atom,
    }
}

/// An operand, in parentheses where its operator would not hold it whole.
fn within(operand: &Pattern, operator: Binding) -> String {
    let loose = match operator {
        Binding::And | Binding::Or => binding(operand) <= operator,
        _ => binding(operand) < operator,
    };
    if loose {
        format!("({})", pattern(operand))
    } else {
        pattern(operand)
    }
}

/// `P | Q`, where what ends in `has` stands in parentheses unless it is the last.
fn alternatives(arms: &[Pattern]) -> String {
    let last = arms.len().saturating_sub(1);
    let printed = arms.iter().enumerate().map(|(at, arm)| match &arm.kind {
        PatternKind::And(terms) if at < last => match terms.split_last() {
            Some((end, before)) => {
                let before = join(before, " & ", |term| within(term, Binding::And));
                format!("{before} & {}", apart(end, Binding::And))
            }
            None => String::new(),
        },
        _ if at < last => apart(arm, Binding::Or),
        _ => within(arm, Binding::Or),
    });
    printed.collect::<Vec<_>>().join(" | ")
}

fn apart(operand: &Pattern, operator: Binding) -> String {
    if has_ahead(operand) {
        format!("({})", pattern(operand))
    } else {
        within(operand, operator)
    }
}

/// Does this print with `has` among its prefixes?
fn has_ahead(pattern: &Pattern) -> bool {
    match &pattern.kind {
        PatternKind::Has(_) => true,
        PatternKind::Not(inner) => has_ahead(inner),
        _ => false,
    }
}

/// What stands in braces.
pub(super) fn object(fields: &[Field], spreads: &[Spread], open: bool) -> String {
    let mut entries: Vec<String> = fields.iter().map(field).collect();
    entries.extend(spreads.iter().map(spread));
    if open {
        entries.push("..".to_owned());
    }
    braced(&entries)
}

fn field(field: &Field) -> String {
    let key = match &field.key {
        FieldKey::Name(key) => name(key, is_word),
        FieldKey::AnyReading(reading) => format!("any {}", reading.name),
        FieldKey::Envelope(slot) => format!("@{}", slot.name),
    };
    format!(
        "{key}{}: {}",
        if field.optional { "?" } else { "" },
        pattern(&field.pattern)
    )
}

fn spread(spread: &Spread) -> String {
    if spread.args.is_empty() {
        format!("...{}", spread.name.name)
    } else {
        format!("...{}({})", spread.name.name, join(&spread.args, ", ", argument))
    }
}

fn argument(argument: &Argument) -> String {
    match argument {
        Argument::Str(template) => string(template),
        Argument::Range(bounds) => bounds_or_one(bounds, String::clone),
        Argument::Moments(bounds) => bounds_or_one(bounds, |bound: &Moment| moment(bound)),
        Argument::Pattern(of) => pattern(of),
    }
}

/// A single value stands for the range that holds it alone.
fn bounds_or_one<T>(bounds: &Range<T>, print: impl Fn(&T) -> String) -> String {
    match (&bounds.low, &bounds.high) {
        (Some(low), Some(high)) if print(low) == print(high) => print(low),
        _ => range(bounds, print),
    }
}

fn range<T>(bounds: &Range<T>, print: impl Fn(&T) -> String) -> String {
    let low = bounds.low.as_ref().map(&print).unwrap_or_default();
    match &bounds.high {
        Some(high) => format!("{low}..={}", print(high)),
        None => format!("{low}.."),
    }
}

fn length(length: &Length) -> String {
    match (length.min, length.max) {
        (min, Some(max)) if min == max => min.to_string(),
        (0, Some(max)) => format!("..={max}"),
        (min, Some(max)) => format!("{min}..={max}"),
        (min, None) => format!("{min}.."),
    }
}
