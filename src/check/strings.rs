//! Strings in patterns: literals, lengths, globs, paths and regular expressions, as their slot reads them.

use super::codes;
use super::lower::Lowering;
use super::scope::BUILT_IN;
use super::slot::Slot;
use crate::diagnostic::{Diagnostic, Span};
use crate::eval::reading;
use crate::pattern::{
    Automaton, AutomatonError, Datum, Dialect, GlobError, PatternKind, ReadingKind, glob_to_regex, path_to_regex,
};
use crate::syntax::ast::{Argument, Ident, NumberRange, Template};
use crate::table::{PathReading, Reading, Type};

impl Lowering<'_, '_> {
    pub(super) fn string(self, template: &Template, slot: &Slot<'_>) -> Option<PatternKind> {
        let text = self.text(template)?;
        self.literal(&text, template.span, slot)
    }

    /// One string: as its slot reads it, and one that its slot can have.
    pub(super) fn literal(self, text: &str, span: Span, slot: &Slot<'_>) -> Option<PatternKind> {
        self.typed(Type::String, span, slot)?;
        let Some(kind) = &slot.shape.reading else {
            return Some(PatternKind::String(text.to_owned()));
        };
        match reading::read(kind, text.into()) {
            Ok(Datum::String(canonical, _)) => Some(PatternKind::String(canonical.into_owned())),
            Ok(_) => None,
            Err(why) => {
                let message = format!(
                    "no value matches this: it is not canonical as a {}: {why}",
                    kind.kind().name()
                );
                self.error(codes::EMPTY, span, message)
            }
        }
    }

    pub(super) fn call(self, name: &Ident, args: &[Argument], span: Span, slot: &Slot<'_>) -> Option<PatternKind> {
        match (name.name.as_str(), args) {
            ("text" | "line", [Argument::Range(range)]) => {
                self.typed(Type::String, span, slot)?;
                let (min, max) = self.length(range)?;
                Some(PatternKind::Text {
                    min,
                    max,
                    line: name.name == "line",
                })
            }
            ("glob", [Argument::Str(template)]) => {
                self.typed(Type::String, span, slot)?;
                let dialect = if slot.shape.reading.is_some() {
                    Dialect::Path
                } else {
                    Dialect::Text
                };
                let kind = self.glob(template, |pieces| glob_to_regex(pieces, dialect))?;
                self.can_be_read(kind, template.span, slot)
            }
            ("path", [Argument::Str(template)]) => {
                self.reading(ReadingKind::Path, span, slot)?;
                self.check_path(template)?;
                self.glob(template, path_to_regex)
            }
            ("regex", [Argument::Str(template)]) => {
                self.typed(Type::String, span, slot)?;
                let pieces = self.pieces(template)?;
                let regex: String = pieces
                    .into_iter()
                    .map(|(text, literal)| if literal { escape_regex(&text) } else { text })
                    .collect();
                let kind = self.automaton(&regex, template.span)?;
                self.can_be_read(kind, template.span, slot)
            }
            ("text" | "line" | "glob" | "path" | "regex", _) => {
                let wanted = if matches!(name.name.as_str(), "text" | "line") {
                    "one range of lengths"
                } else {
                    "one string"
                };
                self.error(codes::NOT_A_PATTERN, span, format!("`{}` takes {wanted}", name.name))
            }
            (other, _) if self.env.get(other).is_some() || BUILT_IN.contains(&other) => {
                self.error(codes::NOT_A_PATTERN, span, format!("`{other}` takes no argument"))
            }
            _ => self.checker.report(self.checker.scope.unknown_pattern(name)),
        }
    }

    pub(super) fn reading(self, kind: ReadingKind, span: Span, slot: &Slot<'_>) -> Option<()> {
        self.typed(Type::String, span, slot)?;
        match &slot.shape.reading {
            Some(found) if found.kind() == kind => Some(()),
            // Readings were taken from the rules before; what is left is a slot that no rule can reach.
            _ => self.error(
                codes::READING,
                span,
                format!("{} is not read as a {}", slot.name, kind.name()),
            ),
        }
    }

    /// A glob or expression on a path slot that no absolute path is in is a slip of the pen.
    fn can_be_read(self, kind: PatternKind, span: Span, slot: &Slot<'_>) -> Option<PatternKind> {
        match (&kind, &slot.shape.reading) {
            (PatternKind::Automaton(automaton), Some(Reading::Path(_))) if !automaton.may_begin_with(b'/') => {
                let message = "no canonical path matches this: paths are absolute";
                let help = "begin with `/`, or with `**/` for any folder";
                self.checker
                    .report(Diagnostic::error(codes::EMPTY, span, message).help(help))
            }
            _ => Some(kind),
        }
    }

    /// A path pattern that no canonical path matches is a slip of the pen.
    fn check_path(self, template: &Template) -> Option<()> {
        let pieces = self.pieces(template)?;
        let error = |why: &str| {
            let message = format!("no canonical path matches this: {why}");
            self.error(codes::EMPTY, template.span, message)
        };
        if pieces.iter().any(|(text, literal)| *literal && text.is_empty()) {
            // `path("${root}/**")` would be every path there is.
            return error("a constant in it is empty");
        }
        // What a star stands for is as good as a letter.
        let example: String = pieces
            .iter()
            .map(|(text, literal)| if *literal { text.clone() } else { text.replace('*', "x") })
            .collect();
        let below_anything = pieces
            .first()
            .is_some_and(|(text, literal)| !literal && text.starts_with("**"));
        if !below_anything && !example.starts_with('/') {
            return error("it does not begin with `/` or `**`");
        }
        if example.len() > 1 && example.ends_with('/') {
            return error("it ends in a slash; for everything below write `/**`");
        }
        let example = if below_anything { format!("/{example}") } else { example };
        match reading::read(&Reading::Path(PathReading::default()), example.into()) {
            Ok(_) => Some(()),
            Err(why) => error(why),
        }
    }

    fn glob(
        self,
        template: &Template,
        translate: impl Fn(&[(&str, bool)]) -> Result<String, GlobError>,
    ) -> Option<PatternKind> {
        let pieces = self.pieces(template)?;
        let pieces: Vec<(&str, bool)> = pieces.iter().map(|(text, literal)| (text.as_str(), *literal)).collect();
        match translate(&pieces) {
            Ok(regex) => self.automaton(&regex, template.span),
            Err(error) => self.error(codes::REGEX, template.span, error.to_string()),
        }
    }

    fn automaton(self, regex: &str, span: Span) -> Option<PatternKind> {
        match Automaton::new(regex) {
            Ok(automaton) => Some(PatternKind::Automaton(automaton)),
            Err(error @ AutomatonError::TooLarge) => {
                let help = "split it into alternatives with `|`, or use fewer `**` and repetitions";
                self.checker
                    .report(Diagnostic::error(codes::REGEX, span, error.to_string()).help(help))
            }
            Err(error) => self.error(codes::REGEX, span, error.to_string()),
        }
    }

    fn length(self, range: &NumberRange) -> Option<(u64, Option<u64>)> {
        let parse = |token: &Option<String>| token.as_deref().map(str::parse::<u64>).transpose();
        match (parse(&range.low), parse(&range.high)) {
            (Ok(low), Ok(high)) if high.is_none_or(|high| low.unwrap_or(0) <= high) => Some((low.unwrap_or(0), high)),
            (Ok(_), Ok(_)) => self.error(codes::EMPTY, range.span, "nothing is so long and so short"),
            _ => self.error(
                codes::NOT_A_PATTERN,
                range.span,
                "a length is a whole number, zero or more",
            ),
        }
    }
}

/// The text of a constant in a regular expression: literal whatever flags are set, white space under `(?x)` too.
fn escape_regex(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            c if c.is_whitespace() => out.push_str(&format!("\\x{{{:x}}}", u32::from(c))),
            c => out.push_str(&regex_syntax::escape(c.encode_utf8(&mut [0; 4]))),
        }
    }
    out
}
