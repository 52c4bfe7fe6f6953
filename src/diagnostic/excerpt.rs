//! A source as it is shown: the lines around the places that are spoken of, and of long lines what stands around these.

use miette::{MietteError, MietteSpanContents, NamedSource, SourceCode, SourceSpan, SpanContents};

use super::{Diagnostic, Source, visible, visible_line};

/// A line of more bytes is cut. Terminals are narrower.
const LONG: usize = 200;
/// How much is kept on either side of a place.
const AROUND: usize = 60;
/// What stands for the rest.
const CUT: &str = "...";

/// Some lines of the text, long ones cut. They have their numbers still.
#[derive(Debug)]
pub struct Excerpt {
    named: NamedSource<String>,
    /// Where the first line begins in the text.
    start: usize,
    /// How many lines stand before it.
    lines: usize,
    /// What was taken out of the lines, in order.
    cuts: Vec<Cut>,
}

/// These bytes of the lines are not in the excerpt.
#[derive(Clone, Copy, Debug)]
struct Cut {
    start: usize,
    end: usize,
}

impl Excerpt {
    /// What is shown of a source for one diagnostic of it. O(what is shown).
    pub fn new(source: &Source, about: &Diagnostic) -> Self {
        let spans = [Some(&about.primary), about.secondary.as_ref()];
        let places: Vec<usize> = spans
            .into_iter()
            .flatten()
            .flat_map(|label| [label.span.start, label.span.end])
            .collect();
        let first = places.iter().copied().min().unwrap_or(0);
        let last = places.iter().copied().max().unwrap_or(0);
        let (start, end) = (line_before(&source.text, first), line_behind(&source.text, last));
        let lines = visible(source.text.get(start..end).unwrap_or_default());
        let places: Vec<usize> = places.into_iter().map(|place| place.saturating_sub(start)).collect();
        let cuts = cuts(&lines, &places);
        let mut shown = String::with_capacity(lines.len());
        let mut from = 0;
        for cut in &cuts {
            shown.push_str(lines.get(from..cut.start).unwrap_or_default());
            shown.push_str(CUT);
            from = cut.end;
        }
        shown.push_str(lines.get(from..).unwrap_or_default());
        Self {
            named: NamedSource::new(visible_line(&source.name), shown),
            start,
            lines: source.position(start).0 - 1,
            cuts,
        }
    }

    /// Where a place of the text is in the excerpt.
    pub fn place(&self, offset: usize) -> usize {
        self.shown(offset.saturating_sub(self.start))
    }

    /// Where a place of the lines is in the excerpt.
    fn shown(&self, offset: usize) -> usize {
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
        let on_line = |cut: &&Cut| (line..place).contains(&self.shown(cut.start));
        let cuts = self.cuts.iter().filter(on_line);
        cuts.map(|cut| (cut.end - cut.start).saturating_sub(CUT.len())).sum()
    }
}

/// Where the line before a place's own begins.
fn line_before(text: &str, place: usize) -> usize {
    let begin = |place: usize| {
        let before = text.get(..place).unwrap_or(text);
        before.rfind('\n').map_or(0, |at| at + 1)
    };
    begin(begin(place).saturating_sub(1))
}

/// Where the line behind a place's own ends.
fn line_behind(text: &str, place: usize) -> usize {
    let end = |place: usize| {
        let behind = text.get(place..).unwrap_or_default();
        behind.find('\n').map_or(text.len(), |at| place + at + 1)
    };
    end(end(place))
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
            read.line() + self.lines,
            read.column() + shift,
            read.line_count(),
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::{Span, render};

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
    fn lines_have_the_numbers_that_they_have_in_the_source() {
        let text = (1..=1_000).map(|line| format!("line {line}\n")).collect::<String>();
        let place = |line: &str| text.find(line).unwrap();
        let (one, other) = (place("line 500"), place("line 510"));
        let far = shown(&text, Span::new(one, one + 4), Some(Span::new(other, other + 4)));
        insta::assert_snapshot!(far);
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
            let excerpt = Excerpt::new(&Source::new("p", text.as_str()), &diagnostic);
            let (shown, at) = (excerpt.named.inner(), excerpt.place(place));
            assert_eq!(shown.get(at..=at), text.get(place..=place));
            assert!(shown.len() < 400, "{}", shown.len());
        }
        let short = Excerpt::new(
            &Source::new("p", "ab\n"),
            &Diagnostic::error("E0001", Span::new(1, 2), "odd"),
        );
        assert_eq!((short.place(1), short.cuts.len()), (1, 0));
    }
}
