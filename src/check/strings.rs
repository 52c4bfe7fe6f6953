//! Strings in patterns: literals, lengths, globs, paths and regular expressions, as their slot reads them.

use super::claims::has_claims;
use super::codes;
use super::lower::Lowering;
use super::reading_options::as_value;
use super::reading_patterns::slot_path;
use super::scope::BUILT_IN;
use super::slot::Slot;
use crate::diagnostic::{Diagnostic, Span};
use crate::eval::reading;
use crate::pattern::{Automaton, AutomatonError, Dialect, GlobError, PatternKind, ReadingKind, UrlPart, glob_to_regex};
use crate::syntax::ast::{Argument, Ident, NumberRange, Template};
use crate::table::{Reading, Type};

impl Lowering<'_, '_> {
    pub(super) fn string(self, template: &Template, slot: &Slot<'_>) -> Option<PatternKind> {
        if has_claims(template) && self.part.is_none() {
            return self.string_with_claims(template, slot);
        }
        let text = self.text(template)?;
        self.literal(&text, template.span, slot)
    }

    /// One string: as its slot reads it, and one that its slot can have.
    pub(super) fn literal(self, text: &str, span: Span, slot: &Slot<'_>) -> Option<PatternKind> {
        self.typed(Type::String, span, slot)?;
        self.lint_star(text, span, slot);
        if let Some(part) = self.part {
            return self.part_literal(part, text, span);
        }
        let Some(kind) = slot.universe.reading() else {
            return Some(PatternKind::String(text.to_owned()));
        };
        let value = match kind {
            Reading::Path(path) => as_value(path, text),
            _ => text.to_owned(),
        };
        match reading::read(kind, &value) {
            Ok(canonical) => Some(PatternKind::String(canonical.into_owned())),
            Err(why) => {
                let message = format!(
                    "no value matches this: it is not canonical as a {}: {why}",
                    kind.kind().name()
                );
                self.error(codes::EMPTY, span, message)
            }
        }
    }

    /// A star in the text of a slot that is read in some way was meant for a wildcard.
    fn lint_star(self, text: &str, span: Span, slot: &Slot<'_>) {
        let kind = match (self.part, slot.universe.reading()) {
            (Some(_), _) => ReadingKind::Url,
            (None, Some(reading)) => reading.kind(),
            (None, None) => return,
        };
        if text.contains('*') {
            let warning = Diagnostic::warning(codes::STAR, span, "`*` stands for itself in a plain string");
            let help = format!("for a wildcard write `{}(\"…\")`", kind.name());
            self.checker.report::<()>(warning.help(help));
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
                self.glob_of(template, span, slot)
            }
            ("regex", [Argument::Str(template)]) => {
                self.typed(Type::String, span, slot)?;
                self.regex(template, span, slot)
            }
            ("text" | "line" | "glob" | "regex", _) => {
                let wanted = if matches!(name.name.as_str(), "text" | "line") {
                    "one range of lengths"
                } else {
                    "one string"
                };
                self.error(codes::NOT_A_PATTERN, span, format!("`{}` takes {wanted}", name.name))
            }
            (other, args) if let Some(kind) = ReadingKind::named(other) => self.reading_call(kind, args, span, slot),
            (other, _) if self.env.get(other).is_some() || BUILT_IN.contains(&other) => {
                self.error(codes::NOT_A_PATTERN, span, format!("`{other}` takes no argument"))
            }
            _ => self.checker.report(self.checker.scope.unknown_pattern(name)),
        }
    }

    /// A glob, whose segments are those of the slot's reading.
    fn glob_of(self, template: &Template, span: Span, slot: &Slot<'_>) -> Option<PatternKind> {
        if has_claims(template) && self.part.is_none() {
            return self.glob_with_claims(template, slot);
        }
        let kind = slot.universe.reading().map(Reading::kind);
        let dialect = match (self.part, kind) {
            (Some(UrlPart::Host), _) | (None, Some(ReadingKind::Host)) => Dialect::Host,
            (Some(UrlPart::Path), _) | (None, Some(ReadingKind::Path)) => Dialect::Path,
            (Some(_), _) | (None, None) => Dialect::Text,
            (None, Some(ReadingKind::Email)) => return self.glob(template, slot, email_glob_to_regex),
            (None, Some(kind)) => return self.no_text(kind, "a glob", span),
        };
        let kind = self.glob(template, slot, |pieces| glob_to_regex(pieces, dialect))?;
        self.can_be_read(kind, template.span, slot)
    }

    fn regex(self, template: &Template, span: Span, slot: &Slot<'_>) -> Option<PatternKind> {
        match slot.universe.reading().map(Reading::kind) {
            Some(kind @ (ReadingKind::Ip | ReadingKind::Datetime | ReadingKind::Date)) => {
                return self.no_text(kind, "a regular expression", span);
            }
            Some(ReadingKind::Path | ReadingKind::Url | ReadingKind::Host | ReadingKind::Email) | None => {}
        }
        let pieces = self.pieces(template)?;
        let regex: String = pieces
            .into_iter()
            .map(|(text, literal)| if literal { escape_regex(&text) } else { text })
            .collect();
        let kind = self.automaton(&format!("{}{regex}", flags(slot)), template.span)?;
        self.can_be_read(kind, template.span, slot)
    }

    /// What is compared as something other than text is not asked for as text.
    fn no_text<T>(self, kind: ReadingKind, what: &str, span: Span) -> Option<T> {
        let message = format!("{what} says nothing of what this slot's values mean");
        let example = match kind {
            ReadingKind::Ip => "ip(\"10.0.0.0/8\")",
            ReadingKind::Datetime => "datetime(2026-01-01..=2026-12-31)",
            ReadingKind::Date => "date(2026-01-01..=2026-12-31)",
            _ => "url(\"https://*.acme.com/**\")",
        };
        let help = format!("write a pattern of its reading, such as `{example}`");
        self.checker
            .report(Diagnostic::error(codes::NOT_A_PATTERN, span, message).help(help))
    }

    /// A glob or expression on a path slot that no absolute path is in is a slip of the pen.
    fn can_be_read(self, kind: PatternKind, span: Span, slot: &Slot<'_>) -> Option<PatternKind> {
        match (&kind, slot.universe.reading()) {
            (PatternKind::Automaton(automaton), Some(Reading::Path(path)))
                if !path.windows && !automaton.may_begin_with(b'/') =>
            {
                let message = "no canonical path matches this: paths are absolute";
                let help = "begin with `/`, or with `**/` for any folder";
                self.checker
                    .report(Diagnostic::error(codes::EMPTY, span, message).help(help))
            }
            _ => Some(kind),
        }
    }

    pub(super) fn glob(
        self,
        template: &Template,
        slot: &Slot<'_>,
        translate: impl Fn(&[(&str, bool)]) -> Result<String, GlobError>,
    ) -> Option<PatternKind> {
        let pieces = self.pieces(template)?;
        let pieces: Vec<(&str, bool)> = pieces.iter().map(|(text, literal)| (text.as_str(), *literal)).collect();
        match translate(&pieces) {
            Ok(regex) => self.automaton(&format!("{}{regex}", flags(slot)), template.span),
            Err(error) => self.error(codes::REGEX, template.span, error.to_string()),
        }
    }

    pub(super) fn automaton(self, regex: &str, span: Span) -> Option<PatternKind> {
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

/// What an expression begins with, so that it is over the slot's canonical forms: the author's letters of either case
/// stand for the one that those have.
fn flags(slot: &Slot<'_>) -> &'static str {
    if slot_path(slot).fold { "(?i)" } else { "" }
}

/// A glob of an address: the local part is one segment, and the host has segments of its own.
pub(super) fn email_glob_to_regex(pieces: &[(&str, bool)]) -> Result<String, GlobError> {
    let at = |(text, _): &(&str, bool)| text.matches('@').count();
    if pieces.iter().map(at).sum::<usize>() != 1 {
        return Err(GlobError::Syntax("an address has one `@`, outside braces".to_owned()));
    }
    let (mut local, mut host, mut found) = (Vec::new(), Vec::new(), false);
    for &(text, literal) in pieces {
        match text.split_once('@') {
            Some((before, after)) => {
                local.push((before, literal));
                host.push((after, literal));
                found = true;
            }
            None if found => host.push((text, literal)),
            None => local.push((text, literal)),
        }
    }
    let local = glob_to_regex(&local, Dialect::Text)?;
    Ok(format!("(?i:{local})@(?i:{})", glob_to_regex(&host, Dialect::Host)?))
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
