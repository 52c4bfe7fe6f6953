//! A source as it is shown: long lines are cut to what stands around the places that are spoken of.

use miette::{MietteError, MietteSpanContents, NamedSource, SourceCode, SourceSpan, SpanContents};

use super::Diagnostic;

/// A line of more bytes is cut. Terminals are narrower.
const LONG: usize = 200;
/// How much is kept on either side of a place.
const AROUND: usize = 60;
/// What stands for the rest.
const CUT: &str = "...";

/// The text with its long lines cut. Its lines have their numbers still.
#[derive(Debug)]
pub struct Excerpt {
    named: NamedSource<String>,
    /// What was taken out, in order.
    cuts: Vec<Cut>,
}

/// These bytes of the text are not in the excerpt.
#[derive(Clone, Copy, Debug)]
struct Cut {
    start: usize,
    end: usize,
}

impl Excerpt {
    /// What is shown of a text for one diagnostic of it.
    pub fn new(name: &str, text: &str, about: &Diagnostic) -> Self {
        let spans = [Some(&about.primary), about.secondary.as_ref()];
        let places: Vec<usize> = spans
            .into_iter()
            .flatten()
            .flat_map(|label| [label.span.start, label.span.end])
            .collect();
        let cuts = cuts(text, &places);
        let mut shown = String::with_capacity(text.len());
        let mut from = 0;
        for cut in &cuts {
            shown.push_str(text.get(from..cut.start).unwrap_or_default());
            shown.push_str(CUT);
            from = cut.end;
        }
        shown.push_str(text.get(from..).unwrap_or_default());
        Self {
            named: NamedSource::new(name, shown),
            cuts,
        }
    }

    /// Where a place of the text is in the excerpt.
    pub fn place(&self, offset: usize) -> usize {
        let before = self.cuts.iter().take_while(|cut| cut.start < offset);
        let (mut added, mut gone) = (0, 0);
        for cut in before {
            added += CUT.len();
            gone += cut.end.min(offset) - cut.start;
        }
        offset + added - gone
    }

    /// How much further right a place of the excerpt is in the text.
    fn shift(&self, place: usize) -> usize {
        let shown = self.named.inner();
        let line = shown
            .get(..place)
            .and_then(|before| before.rfind('\n'))
            .map_or(0, |at| at + 1);
        let on_line = |cut: &&Cut| (line..place).contains(&self.place(cut.start));
        let cuts = self.cuts.iter().filter(on_line);
        cuts.map(|cut| (cut.end - cut.start).saturating_sub(CUT.len())).sum()
    }
}

/// What is left out of the long lines: all that is far from every place.
fn cuts(text: &str, places: &[usize]) -> Vec<Cut> {
    let (mut cuts, mut start) = (Vec::new(), 0);
    for line in text.split_inclusive('\n') {
        let end = start + line.trim_end_matches(['\n', '\r']).len();
        if end - start > LONG {
            let mut near: Vec<usize> = places
                .iter()
                .copied()
                .filter(|place| (start..=end).contains(place))
                .collect();
            near.sort_unstable();
            let mut from = if near.is_empty() { start + AROUND } else { start };
            for place in near {
                push(&mut cuts, text, from, place.saturating_sub(AROUND));
                from = place + AROUND;
            }
            push(&mut cuts, text, from, end);
        }
        start += line.len();
    }
    cuts
}

/// Leaves out `start..end`, moved to character borders, if that is worth it.
fn push(cuts: &mut Vec<Cut>, text: &str, start: usize, end: usize) {
    let (start, end) = (text.ceil_char_boundary(start), text.floor_char_boundary(end));
    if end > start + CUT.len() {
        cuts.push(Cut { start, end });
    }
}

impl SourceCode for Excerpt {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let read = self.named.read_span(span, before, after)?;
        // With lines around it, it begins where a line does.
        let shift = if before == 0 { self.shift(span.offset()) } else { 0 };
        Ok(Box::new(MietteSpanContents::new_named(
            self.named.name().to_owned(),
            read.data(),
            *read.span(),
            read.line(),
            read.column() + shift,
            read.line_count(),
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::{Source, Span, render};

    fn shown(text: &str, span: Span, also: Option<Span>) -> String {
        let mut diagnostic = Diagnostic::error("E0001", span, "odd").label("here");
        if let Some(also) = also {
            diagnostic = diagnostic.also(also, "and here");
        }
        render::render(&Source::new("p.mcpp", text), &[diagnostic], render::Style::default())
    }

    #[test]
    fn a_long_line_is_cut_to_what_is_around_the_place() {
        let text = format!("a\n{}X{}\nb\n", "-".repeat(10_000), "+".repeat(10_000));
        let shown = shown(&text, Span::new(10_002, 10_003), None);
        insta::assert_snapshot!(shown);
        assert!(shown.contains("p.mcpp:2:10001"), "the column is the source's");
    }

    #[test]
    fn a_long_place_is_shown_from_its_start_to_its_end() {
        let text = format!("const a = \"{}\"; const b = 1", "\u{e9}".repeat(10_000));
        let end = text.find(';').unwrap();
        let shown = shown(&text, Span::new(10, end), Some(Span::new(end + 8, end + 9)));
        assert!(
            shown.len() < 2_000 && shown.contains("and here") && shown.contains("..."),
            "{shown}"
        );
        assert!(shown.contains("p.mcpp:1:11"), "{shown}");
    }

    #[test]
    fn places_stay_with_their_text() {
        let text = format!(
            "{}\n{}X{}Y{}",
            "a".repeat(500),
            "\u{20ac}".repeat(300),
            "b".repeat(300),
            "c".repeat(300)
        );
        for place in ["X", "Y"].map(|at| text.find(at).unwrap()) {
            let diagnostic = Diagnostic::error("E0001", Span::new(place, place + 1), "odd");
            let excerpt = Excerpt::new("p", &text, &diagnostic);
            let (shown, at) = (excerpt.named.inner(), excerpt.place(place));
            assert_eq!(shown.get(at..=at), text.get(place..=place));
            assert!(shown.len() < 400, "{}", shown.len());
        }
        let short = Excerpt::new("p", "ab\n", &Diagnostic::error("E0001", Span::new(1, 2), "odd"));
        assert_eq!((short.place(1), short.cuts.len()), (1, 0));
    }
}
