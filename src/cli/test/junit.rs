//! Results as JUnit XML, in the form that CI systems read (Jenkins' and GitLab's).

use std::fmt::Write as _;

use crate::diagnostic::visible;

/// The tests of one policy.
pub struct Suite {
    /// The policy's file.
    pub file: String,
    /// Its tests.
    pub cases: Vec<Case>,
    /// What else there is to say.
    pub output: Option<String>,
}

/// One test.
pub struct Case {
    /// Its name.
    pub name: String,
    /// How it went.
    pub outcome: Outcome,
}

/// How a test went.
pub enum Outcome {
    /// As expected.
    Passed,
    /// Otherwise: in one line, and in full.
    Failed(String, String),
    /// It could not run: in one line, and in full.
    Error(String, String),
}

/// All suites in one document.
pub fn document(suites: &[Suite]) -> String {
    let body: String = suites.iter().map(suite).collect();
    let cases = || suites.iter().flat_map(|suite| &suite.cases);
    let counts = counts(cases());
    format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"mcppc test\"{counts}>\n{body}</testsuites>")
}

fn counts<'c>(cases: impl Iterator<Item = &'c Case> + Clone) -> String {
    let failed = cases
        .clone()
        .filter(|case| matches!(case.outcome, Outcome::Failed(..)))
        .count();
    let errors = cases
        .clone()
        .filter(|case| matches!(case.outcome, Outcome::Error(..)))
        .count();
    format!(" tests=\"{}\" failures=\"{failed}\" errors=\"{errors}\"", cases.count())
}

fn suite(suite: &Suite) -> String {
    let name = attribute(&suite.file);
    let mut out = format!("  <testsuite name=\"{name}\"{}>\n", counts(suite.cases.iter()));
    for Case { name: test, outcome } in &suite.cases {
        let _ = write!(
            out,
            "    <testcase name=\"{}\" classname=\"{name}\" file=\"{name}\"",
            attribute(test)
        );
        let (element, line, text) = match outcome {
            Outcome::Passed => {
                out.push_str("/>\n");
                continue;
            }
            Outcome::Failed(line, text) => ("failure", line, text),
            Outcome::Error(line, text) => ("error", line, text),
        };
        let (line, text) = (attribute(line), escaped(text));
        let _ = writeln!(
            out,
            ">\n      <{element} message=\"{line}\">{text}</{element}>\n    </testcase>"
        );
    }
    if let Some(output) = &suite.output {
        let _ = writeln!(out, "    <system-out>{}</system-out>", escaped(output));
    }
    out.push_str("  </testsuite>\n");
    out
}

/// Text in an attribute, where a line break would be read as a space.
fn attribute(text: &str) -> String {
    escaped(text).replace('\n', "&#10;").replace('\t', "&#9;")
}

/// Text as XML 1.0 holds it. Characters that no document may have become `?`.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in visible(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\r' => out.push_str("&#13;"),
            '\u{fffe}' | '\u{ffff}' => out.push('?'),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_is_read_back_as_it_was() {
        let hostile = "a<b>&\"'\n\t]]><!-- é 𝄞 \u{1}\u{fffe}";
        let suites = [Suite {
            file: hostile.to_owned(),
            cases: vec![
                Case {
                    name: hostile.to_owned(),
                    outcome: Outcome::Passed,
                },
                Case {
                    name: "f".to_owned(),
                    outcome: Outcome::Failed(hostile.to_owned(), hostile.to_owned()),
                },
                Case {
                    name: "e".to_owned(),
                    outcome: Outcome::Error("no".to_owned(), String::new()),
                },
            ],
            output: Some(hostile.to_owned()),
        }];
        let text = document(&suites);
        let read = roxmltree::Document::parse(&text).unwrap();
        let shown = "a<b>&\"'\n\t]]><!-- é 𝄞 ??";
        let suite = read.root_element().first_element_child().unwrap();
        let counts = ["tests", "failures", "errors"].map(|name| suite.attribute(name).unwrap());
        assert_eq!((suite.attribute("name").unwrap(), counts), (shown, ["3", "1", "1"]));
        let failure = read.descendants().find(|node| node.has_tag_name("failure")).unwrap();
        assert_eq!(
            (failure.attribute("message"), failure.text()),
            (Some(shown), Some(shown))
        );
        let output = read.descendants().find(|node| node.has_tag_name("system-out")).unwrap();
        assert_eq!(output.text(), Some(shown));
    }
}
