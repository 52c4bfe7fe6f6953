//! Diagnostics for programs.

use serde_json::{Value, json};

use super::{Diagnostic, Label, Source, Span};

/// A diagnostic as an object: `code`, `severity`, `message`, `file`, `line`, `column`, `end_line`, `end_column`,
/// `label`, `help`, `secondary`.
///
/// Lines and columns begin at 1, columns count Unicode scalar values, and the end is one past the last. `label` and
/// `help` are null where there is none; `secondary` is null, or an object of the same four places and its `label`.
#[must_use]
pub fn to_json(source: &Source, diagnostic: &Diagnostic) -> Value {
    let mut value = labelled(source, &diagnostic.primary);
    let rest = json!({
        "code": diagnostic.code,
        "severity": diagnostic.severity,
        "message": diagnostic.message,
        "file": &*source.name,
        "help": diagnostic.help,
        "secondary": diagnostic.secondary.as_ref().map(|label| labelled(source, label)),
    });
    if let (Value::Object(into), Value::Object(from)) = (&mut value, rest) {
        into.extend(from);
    }
    value
}

fn labelled(
    source: &Source,
    Label {
        span: Span { start, end },
        text,
    }: &Label,
) -> Value {
    let ((line, column), (end_line, end_column)) = (source.position(*start), source.position(*end));
    let label = (!text.is_empty()).then_some(text);
    json!({ "line": line, "column": column, "end_line": end_line, "end_column": end_column, "label": label })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_lines_and_columns_from_one() {
        let source = Source::new("p.mcpp", "ä\nbé c\n");
        let diagnostic = Diagnostic::warning("L0001", Span::new(4, 6), "odd")
            .also(Span::new(0, 2), "here")
            .help("mend");
        assert_eq!(
            to_json(&source, &diagnostic),
            json!({
                "code": "L0001", "severity": "warning", "message": "odd", "file": "p.mcpp",
                "line": 2, "column": 2, "end_line": 2, "end_column": 3, "label": null, "help": "mend",
                "secondary": { "line": 1, "column": 1, "end_line": 1, "end_column": 2, "label": "here" },
            })
        );
    }
}
