//! `path("…")`, `url("…")`, `datetime(A..=B)` and their kin: sets of canonical forms.

use jiff::tz::TimeZone;

use super::claims::{example, has_claims};
use super::codes;
use super::lower::Lowering;
use super::reading_options::as_value;
use super::slot::Slot;
use crate::diagnostic::{Diagnostic, Span};
use crate::eval::reading::{self, check_format};
use crate::pattern::{
    EmailPattern, HostPattern, Malformed, Pattern, PatternKind, ReadingKind, UrlPart, UrlPattern, ip_regex, not_after,
    not_before, path_to_regex,
};
use crate::syntax::ast::{Argument, Moment, MomentRange, Template};
use crate::table::{DatetimeReading, PathReading, Reading, Type, UrlReading};

impl Lowering<'_, '_> {
    /// A pattern that is the name of a reading, with its arguments.
    pub(super) fn reading_call(
        self,
        kind: ReadingKind,
        args: &[Argument],
        span: Span,
        slot: &Slot<'_>,
    ) -> Option<PatternKind> {
        self.reading(kind, span, slot)?;
        match (kind, args) {
            (ReadingKind::Path, [Argument::Str(text)]) => self.path(text, slot),
            (ReadingKind::Url, [Argument::Str(text)]) => {
                self.of_text(text, slot, |pieces| self.url_regex(pieces, slot, text.span))
            }
            (ReadingKind::Host, [Argument::Str(text)]) => {
                self.of_text(text, slot, |pieces| self.host_regex(pieces, text.span))
            }
            (ReadingKind::Email, [Argument::Str(text)]) => {
                self.of_text(text, slot, |pieces| self.email_regex(pieces, text.span))
            }
            (ReadingKind::Ip, [Argument::Str(text)]) => {
                let network = self.text(text)?;
                self.ascii(ip_regex(&network), text.span)
            }
            (ReadingKind::Datetime, [Argument::Moments(range)]) => self.moments(kind, range),
            (ReadingKind::Datetime, [Argument::Str(form)]) => {
                self.form(form, slot)?;
                Some(PatternKind::Reading(kind))
            }
            (ReadingKind::Datetime, [Argument::Str(form), Argument::Moments(range)]) => {
                self.form(form, slot)?;
                self.moments(kind, range)
            }
            (ReadingKind::Date, [Argument::Moments(range)]) => self.moments(kind, range),
            _ => {
                let wanted = match kind {
                    ReadingKind::Date => "a range of dates",
                    ReadingKind::Datetime => "a range of times, or the form that they are written in, or both",
                    _ => "one string",
                };
                let message = format!("`{}` takes {wanted}", kind.name());
                self.error(codes::NOT_A_PATTERN, span, message)
            }
        }
    }

    /// Is the slot read in this way? The host of a URL is a name or an address, its path a path.
    pub(super) fn reading(self, kind: ReadingKind, span: Span, slot: &Slot<'_>) -> Option<()> {
        self.typed(Type::String, span, slot)?;
        match (self.part, kind, slot.universe.reading()) {
            (Some(UrlPart::Host), ReadingKind::Host | ReadingKind::Ip, _)
            | (Some(UrlPart::Path), ReadingKind::Path, _) => Some(()),
            (_, _, Some(found)) if found.kind() == kind => Some(()),
            // Readings were taken from the rules before; what is left is a slot that no rule can reach.
            (_, _, found) => {
                let error = Diagnostic::error(
                    codes::READING,
                    span,
                    format!("{} is not read as {}", slot.name, a(kind)),
                );
                self.checker.report(match found {
                    Some(found) => error.help(format!("it is read as {}", a(found.kind()))),
                    None => error,
                })
            }
        }
    }

    pub(super) fn url_regex(self, pieces: &[(String, bool)], slot: &Slot<'_>, span: Span) -> Option<String> {
        let declared = slot_url(slot);
        let reading = Reading::Url(UrlReading {
            fragment: true,
            ..declared.clone()
        });
        self.regex_of(pieces, span, &reading, |pieces| {
            let url = UrlPattern::parse(pieces)?;
            if !declared.schemes.iter().any(|scheme| scheme == url.scheme()) {
                let (scheme, takes) = (url.scheme(), declared.schemes.join("`, `"));
                return Err(Malformed(format!(
                    "its slot takes `{takes}` only; declare it with `url scheme \"{scheme}\": …`"
                )));
            }
            Ok((url.regex(), url.example()))
        })
    }

    pub(super) fn host_regex(self, pieces: &[(String, bool)], span: Span) -> Option<String> {
        self.regex_of(pieces, span, &Reading::Host, |pieces| {
            HostPattern::parse(pieces).map(|host| (host.regex(), host.example()))
        })
    }

    pub(super) fn email_regex(self, pieces: &[(String, bool)], span: Span) -> Option<String> {
        self.regex_of(pieces, span, &Reading::Email, |pieces| {
            EmailPattern::parse(pieces).map(|email| (email.regex(), email.example()))
        })
    }

    /// The pattern of a text, whose regular expression is asked for.
    fn of_text(
        self,
        template: &Template,
        slot: &Slot<'_>,
        regex: impl Fn(&[(String, bool)]) -> Option<String>,
    ) -> Option<PatternKind> {
        if has_claims(template) && self.part.is_none() {
            let (pieces, claims) = self.pieces_with_claims(template)?;
            let regex = regex(&pieces)?;
            return self.claimed(&regex, (&pieces, &claims), template.span, slot);
        }
        let regex = regex(&self.pieces(template)?)?;
        self.automaton(&regex, template.span)
    }

    /// The regular expression of a text. An example of what it holds must be canonical.
    fn regex_of(
        self,
        pieces: &[(String, bool)],
        span: Span,
        reading: &Reading,
        parse: impl Fn(&[(&str, bool)]) -> Result<(String, String), Malformed>,
    ) -> Option<String> {
        let name = reading.kind().name();
        self.no_empty_constant(pieces, name, span)?;
        let borrowed: Vec<(&str, bool)> = pieces.iter().map(|(text, literal)| (text.as_str(), *literal)).collect();
        match parse(&borrowed) {
            Ok((regex, held)) => {
                if let Err(why) = reading::read(reading, &example(&held)) {
                    self.never::<()>(name, &why.to_string(), span);
                }
                let flags = if regex.starts_with("(?") { "" } else { "(?s-u)" };
                Some(format!("{flags}{regex}"))
            }
            Err(error) => self.error(codes::REGEX, span, error.to_string()),
        }
    }

    fn never<T>(self, name: &str, why: &str, span: Span) -> Option<T> {
        self.error(codes::EMPTY, span, format!("no canonical {name} matches this: {why}"))
    }

    /// `host("${sub}.acme.com")` without a `sub` would be another set than was meant.
    fn no_empty_constant(self, pieces: &[(String, bool)], name: &str, span: Span) -> Option<()> {
        if pieces.iter().any(|(text, literal)| *literal && text.is_empty()) {
            return self.never(name, "a constant in it is empty", span);
        }
        Some(())
    }

    /// An expression over canonical forms, which are ASCII.
    fn ascii(self, regex: Result<String, Malformed>, span: Span) -> Option<PatternKind> {
        match regex {
            Ok(regex) if regex.starts_with("(?") => self.automaton(&regex, span),
            Ok(regex) => self.automaton(&format!("(?s-u){regex}"), span),
            Err(error) => self.error(codes::REGEX, span, error.to_string()),
        }
    }

    fn path(self, template: &Template, slot: &Slot<'_>) -> Option<PatternKind> {
        if has_claims(template) {
            return self.path_with_claims(template, slot);
        }
        self.check_path(&self.pieces(template)?, slot_path(slot), template.span)?;
        self.glob(template, slot, path_to_regex)
    }

    /// A path pattern that no canonical path matches is a slip of the pen.
    pub(super) fn check_path(self, pieces: &[(String, bool)], path: &PathReading, span: Span) -> Option<()> {
        let error = |why: &str| self.never("path", why, span);
        self.no_empty_constant(pieces, "path", span)?;
        // What a star stands for is as good as a letter.
        let written: String = pieces
            .iter()
            .map(|(text, literal)| if *literal { text.clone() } else { text.replace('*', "x") })
            .collect();
        let example = example(&written);
        let below_anything = pieces
            .first()
            .is_some_and(|(text, literal)| !literal && text.starts_with("**"));
        let (begins, top) = if path.windows {
            (example.get(1..3) == Some(":/"), "C:/")
        } else {
            (example.starts_with('/'), "/")
        };
        if !below_anything && !begins {
            return error(&format!("it does not begin with `{top}` or `**`"));
        }
        if example.len() > top.len() && example.ends_with('/') {
            return error("it ends in a slash; for everything below write `/**`");
        }
        let example = if below_anything {
            format!("{top}{example}")
        } else {
            example
        };
        let plain = PathReading {
            dir: false,
            root: None,
            ..path.clone()
        };
        match reading::read(&Reading::Path(plain), &as_value(path, &example)) {
            Ok(_) => Some(()),
            Err(why) => error(&why.to_string()),
        }
    }

    /// The form that a slot's times are written in, which is the slot's own.
    fn form(self, template: &Template, slot: &Slot<'_>) -> Option<()> {
        let form = self.text(template)?;
        if let Err(why) = check_format(&form) {
            let message = format!("times cannot be read in this form: {why}");
            return self.error(codes::NOT_A_PATTERN, template.span, message);
        }
        match slot.universe.reading() {
            Some(Reading::Datetime(DatetimeReading { format: Some(found) })) if *found == form => Some(()),
            _ => self.error(
                codes::READING,
                template.span,
                format!("{} is read in another form", slot.name),
            ),
        }
    }

    fn moments(self, kind: ReadingKind, range: &MomentRange) -> Option<PatternKind> {
        let bound = |moment: &Option<Moment>| match moment {
            None => Some(None),
            Some(moment) if kind == ReadingKind::Date && !moment.is_date() => {
                self.error(codes::NOT_A_PATTERN, moment.span, "a date has no time of day")
            }
            Some(moment) => Some(Some(compared(kind, moment))),
        };
        let (low, high) = (bound(&range.low)?, bound(&range.high)?);
        if low.as_ref().zip(high.as_ref()).is_some_and(|(low, high)| low > high) {
            return self.error(codes::EMPTY, range.span, "nothing is between these");
        }
        let bounds = [low.map(|low| not_before(&low)), high.map(|high| not_after(&high))];
        let parts = bounds.into_iter().flatten().map(|regex| {
            Some(Pattern {
                at: self.checker.at(range.span),
                kind: self.automaton(&format!("(?s-u){regex}"), range.span)?,
            })
        });
        Some(PatternKind::And(parts.collect::<Option<_>>()?))
    }
}

/// A moment as values of this reading are compared.
fn compared(kind: ReadingKind, moment: &Moment) -> String {
    if kind == ReadingKind::Date {
        return moment.text.clone();
    }
    let utc = moment.time.to_zoned(TimeZone::UTC).datetime();
    utc.strftime("%Y-%m-%dT%H:%M:%S%.f").to_string()
}

/// The name of a reading with its article.
fn a(kind: ReadingKind) -> String {
    let article = if matches!(kind, ReadingKind::Ip | ReadingKind::Email) {
        "an"
    } else {
        "a"
    };
    format!("{article} {}", kind.name())
}

/// What is said of a slot that is read as a URL.
pub(super) fn slot_url<'s>(slot: &'s Slot<'_>) -> &'s UrlReading {
    static PLAIN: std::sync::LazyLock<UrlReading> = std::sync::LazyLock::new(UrlReading::default);
    match slot.universe.reading() {
        Some(Reading::Url(url)) => url,
        _ => &PLAIN,
    }
}

/// What is said of a slot that is read as a path.
pub(super) fn slot_path<'s>(slot: &'s Slot<'_>) -> &'s PathReading {
    static PLAIN: PathReading = PathReading {
        dir: false,
        fold: false,
        windows: false,
        root: None,
    };
    match slot.universe.reading() {
        Some(Reading::Path(path)) => path,
        _ => &PLAIN,
    }
}
