//! One way to write a value down, for digests.

use super::{Kind, Value};

/// The value without white space, keys sorted by code point, strings with only the escapes that JSON requires,
/// numbers as they were written. Two texts that differ in layout, key order or escapes have the same canonical form.
#[must_use]
pub fn canonical(value: &Value<'_>) -> String {
    let mut out = String::new();
    write(value, &mut out);
    out
}

fn write(value: &Value<'_>, out: &mut String) {
    match &value.kind {
        Kind::Null => out.push_str("null"),
        Kind::Bool(true) => out.push_str("true"),
        Kind::Bool(false) => out.push_str("false"),
        Kind::Number(token) => out.push_str(token),
        Kind::String(text) => write_string(text, out),
        Kind::Array(elements) => {
            out.push('[');
            for (index, element) in elements.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write(element, out);
            }
            out.push(']');
        }
        Kind::Object(members) => {
            let mut sorted: Vec<_> = members.iter().collect();
            sorted.sort_by(|a, b| a.key.cmp(&b.key));
            out.push('{');
            for (index, member) in sorted.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write_string(&member.key, out);
                out.push(':');
                write(&member.value, out);
            }
            out.push('}');
        }
    }
}

/// The value over several lines, for people: two spaces a level, keys sorted, numbers as they were written, and what
/// has no members on one line.
#[must_use]
pub fn pretty(value: &Value<'_>) -> String {
    let mut out = String::new();
    write_pretty(value, 0, &mut out);
    out
}

fn write_pretty(value: &Value<'_>, level: usize, out: &mut String) {
    let mut lines: Vec<(Option<&str>, &Value<'_>)> = match &value.kind {
        Kind::Array(elements) => elements.iter().map(|e| (None, e)).collect(),
        Kind::Object(members) => members.iter().map(|m| (Some(&*m.key), &m.value)).collect(),
        _ => Vec::new(),
    };
    if lines.is_empty() {
        return write(value, out);
    }
    lines.sort_by_key(|(key, _)| *key);
    let (open, close) = if value.is_object() { ('{', '}') } else { ('[', ']') };
    out.push(open);
    for (index, (key, inner)) in lines.into_iter().enumerate() {
        out.push_str(if index > 0 { ",\n" } else { "\n" });
        out.push_str(&"  ".repeat(level + 1));
        if let Some(key) = key {
            write_string(key, out);
            out.push_str(": ");
        }
        write_pretty(inner, level + 1, out);
    }
    out.push('\n');
    out.push_str(&"  ".repeat(level));
    out.push(close);
}

/// `text` as a JSON string with its quotes.
#[must_use]
pub fn quote(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    write_string(text, &mut out);
    out
}

fn write_string(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c < ' ' => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::super::{Limits, parse};
    use super::*;

    #[test]
    fn layout_order_and_escapes_do_not_matter() {
        let a = parse(br#" { "b" : [1.0, "\u0041\/"], "a" : null } "#, &Limits::default()).unwrap();
        let b = parse(br#"{"a":null,"b":[1.0,"A/"]}"#, &Limits::default()).unwrap();
        assert_eq!(canonical(&a), canonical(&b));
        assert_eq!(canonical(&a), r#"{"a":null,"b":[1.0,"A/"]}"#);
    }

    #[test]
    fn numbers_stay_as_written() {
        let value = parse(b"[1.0, 1, 1e2, 12345678901234567890123]", &Limits::default()).unwrap();
        assert_eq!(canonical(&value), "[1.0,1,1e2,12345678901234567890123]");
    }
}
