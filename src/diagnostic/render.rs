//! Diagnostics for people.

use std::fmt;

use miette::{GraphicalReportHandler, GraphicalTheme, LabeledSpan, ThemeCharacters, ThemeStyles};

use super::excerpt::Excerpt;
use super::{Diagnostic, Label, Severity, Source, visible, visible_line};

/// What the place that text is shown at can do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Style {
    /// Colours, by terminal sequences.
    pub color: bool,
    /// Characters beyond ASCII for lines and arrows. The author's own text is shown as it is.
    pub unicode: bool,
}

/// The diagnostics of one source, each with its place in the text, its labels and its help.
#[must_use]
pub fn render(source: &Source, diagnostics: &[Diagnostic], style: Style) -> String {
    let characters = if style.unicode {
        ThemeCharacters::unicode()
    } else {
        ThemeCharacters::ascii()
    };
    let styles = if style.color {
        ThemeStyles::ansi()
    } else {
        ThemeStyles::none()
    };
    let handler = GraphicalReportHandler::new_themed(GraphicalTheme { characters, styles })
        .with_width(100)
        // A call that is shown is to be taken as it stands.
        .with_word_separator(textwrap::WordSeparator::AsciiSpace)
        .with_word_splitter(textwrap::WordSplitter::NoHyphenation)
        .with_break_words(false)
        .with_links(false);
    let mut out = String::new();
    for diagnostic in diagnostics {
        // Writing to a string does not fail; should the handler ever refuse, the message itself is kept.
        if handler
            .render_report(
                &mut out,
                &Report {
                    excerpt: Excerpt::new(source, diagnostic),
                    diagnostic,
                },
            )
            .is_err()
        {
            let (line, column) = source.position(diagnostic.primary.span.start);
            out.push_str(&format!(
                "{}:{line}:{column}: {}: {}",
                visible_line(&source.name),
                diagnostic.code,
                visible(&diagnostic.message)
            ));
        }
        out.push('\n');
    }
    out
}

/// A diagnostic beside its source, as miette wants it.
#[derive(Debug)]
struct Report<'a> {
    excerpt: Excerpt,
    diagnostic: &'a Diagnostic,
}

impl fmt::Display for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&visible(&self.diagnostic.message))
    }
}

impl std::error::Error for Report<'_> {}

impl miette::Diagnostic for Report<'_> {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(self.diagnostic.code))
    }

    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.diagnostic.severity {
            Severity::Warning => miette::Severity::Warning,
            Severity::Error => miette::Severity::Error,
        })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.diagnostic
            .help
            .as_ref()
            .map(|help| Box::new(visible(help)) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn miette::SourceCode> {
        Some(&self.excerpt)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let label = |Label { span, text }: &Label| {
            (
                (!text.is_empty()).then(|| visible(text)),
                self.excerpt.place(span.start),
                self.excerpt.place(span.end) - self.excerpt.place(span.start),
            )
        };
        let (text, start, length) = label(&self.diagnostic.primary);
        let primary = LabeledSpan::new_primary_with_span(text, (start, length));
        let secondary = self.diagnostic.secondary.as_ref().map(|secondary| {
            let (text, start, length) = label(secondary);
            LabeledSpan::new(text, start, length)
        });
        Some(Box::new(std::iter::once(primary).chain(secondary)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Span;

    const PLAIN: Style = Style {
        color: false,
        unicode: false,
    };

    fn shown(style: Style) -> String {
        let source = Source::new("p.mcpp", "const a = 1\nconst a = \"é\"\n");
        let diagnostic = Diagnostic::error("E0001", Span::new(18, 19), "the name `a` is taken")
            .label("again")
            .also(Span::new(6, 7), "first here")
            .help("choose another");
        render(&source, &[diagnostic], style)
    }

    #[test]
    fn plain_text_shows_place_labels_and_help() {
        insta::assert_snapshot!(shown(PLAIN));
    }

    #[test]
    fn a_terminal_gets_colours_and_lines() {
        assert!(
            shown(Style {
                color: true,
                unicode: true
            })
            .contains("\u{1b}[")
        );
        let lines = shown(Style {
            color: false,
            unicode: true,
        });
        assert!(lines.contains('─') && !lines.contains('\u{1b}'));
    }

    #[test]
    fn hidden_characters_are_shown() {
        let source = Source::new("p\u{1b}.mcpp", "\u{1b}[31m\u{202e}x\u{feff}\r\ny\rz");
        let diagnostic = Diagnostic::error("E0006", Span::new(8, 9), "odd \u{1b}[2J").help("\u{7}");
        let text = render(&source, &[diagnostic], PLAIN);
        assert!(
            text.contains("?[31m???x???") && text.contains("odd ?[2J") && text.contains("help: ?"),
            "{text}"
        );
        assert!(!text.contains(['\u{1b}', '\u{202e}', '\u{7}', '\u{feff}']), "{text:?}");
    }

    #[test]
    fn a_place_at_the_very_end_can_be_shown() {
        let source = Source::new("p.mcpp", "allow");
        let text = render(
            &source,
            &[Diagnostic::error("E0011", Span::new(5, 5), "expected more")],
            PLAIN,
        );
        assert!(text.contains("p.mcpp:1"), "{text}");
        let empty = render(
            &Source::new("p.mcpp", ""),
            &[Diagnostic::error("E0011", Span::new(0, 0), "nothing here")],
            PLAIN,
        );
        assert!(empty.contains("nothing here"), "{empty}");
    }
}
