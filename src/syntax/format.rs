//! The one way in which a rule or a pattern is printed: for rule ids and for messages.
//!
//! Law: what is printed parses to the same tree, places aside.

use super::ast::{
    Argument, Field, FieldKey, Ident, Length, NumberRange, Pattern, PatternKind, Rule, Template, TemplatePart,
    ToolNames, ToolSelector,
};
use super::names::{is_tool_word, is_word};
use crate::diagnostic::is_hidden;

/// A rule on one line, `allow fs.read { path: work_file }`; `keyword` is `allow` or `deny`.
#[must_use]
pub fn rule(keyword: &str, rule: &Rule) -> String {
    let mut text = format!("{keyword} {}", join(&rule.tools, " | ", selector));
    if let Some(fields) = &rule.body {
        text.push(' ');
        text.push_str(&object(fields, false));
    }
    if let Some(reason) = &rule.because {
        text.push_str(" because ");
        text.push_str(&string(reason));
    }
    text
}

/// A pattern on one line.
#[must_use]
pub fn pattern(pattern: &Pattern) -> String {
    match &pattern.kind {
        PatternKind::Str(template) => string(template),
        PatternKind::Number(digits) => digits.clone(),
        PatternKind::Bool(value) => value.to_string(),
        PatternKind::Null => "null".to_owned(),
        PatternKind::Range(bounds) => range(bounds),
        PatternKind::Name(name) => name.name.clone(),
        PatternKind::Call { name, args } => format!("{}({})", name.name, join(args, ", ", argument)),
        PatternKind::Array { element, length: None } => format!("[{}]", self::pattern(element)),
        PatternKind::Array {
            element,
            length: Some(of),
        } => format!("[{}; {}]", self::pattern(element), length(of)),
        PatternKind::Object { fields, open } => object(fields, *open),
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

fn object(fields: &[Field], open: bool) -> String {
    let mut entries: Vec<String> = fields.iter().map(field).collect();
    if open {
        entries.push("..".to_owned());
    }
    if entries.is_empty() {
        "{}".to_owned()
    } else {
        format!("{{ {} }}", entries.join(", "))
    }
}

fn field(field: &Field) -> String {
    let key = match &field.key {
        FieldKey::Name(key) => name(key, is_word),
        FieldKey::AnyReading(reading) => format!("any {}", reading.name),
    };
    format!(
        "{key}{}: {}",
        if field.optional { "?" } else { "" },
        pattern(&field.pattern)
    )
}

fn selector(selector: &ToolSelector) -> String {
    let tools = match &selector.tools {
        ToolNames::One(tool) => name(tool, is_tool_word),
        ToolNames::Many(tools) => format!("{{{}}}", join(tools, ", ", |tool| name(tool, is_tool_word))),
        ToolNames::All => "*".to_owned(),
    };
    format!("{}.{tools}", name(&selector.server, is_word))
}

fn argument(argument: &Argument) -> String {
    match argument {
        Argument::Str(template) => string(template),
        Argument::Range(NumberRange {
            low: Some(low),
            high: Some(high),
            ..
        }) if low == high => low.clone(),
        Argument::Range(bounds) => range(bounds),
    }
}

fn range(bounds: &NumberRange) -> String {
    match (&bounds.low, &bounds.high) {
        (low, Some(high)) => format!("{}..={high}", low.as_deref().unwrap_or_default()),
        (low, None) => format!("{}..", low.as_deref().unwrap_or_default()),
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

/// A name as it stands if the grammar takes it so, else in quotes.
fn name(name: &Ident, is_bare: fn(&str) -> bool) -> String {
    if is_bare(&name.name) {
        name.name.clone()
    } else {
        format!("\"{}\"", escaped(&name.name))
    }
}

fn string(template: &Template) -> String {
    let parts = template.parts.iter().map(|part| match part {
        TemplatePart::Text(text) => escaped(text),
        TemplatePart::Const(name) => format!("${{{}}}", name.name),
    });
    format!("\"{}\"", parts.collect::<String>())
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

fn join<T>(items: &[T], separator: &str, print: impl Fn(&T) -> String) -> String {
    items.iter().map(print).collect::<Vec<_>>().join(separator)
}
