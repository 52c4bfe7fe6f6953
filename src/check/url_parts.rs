//! `url { host: host("*.acme.com"), path: glob("/v1/**") }`: a URL part by part.

use super::codes;
use super::escapes::Polarity;
use super::lower::Lowering;
use super::reading_patterns::slot_url;
use super::slot::Slot;
use crate::diagnostic::{Diagnostic, Span};
use crate::eval::reading;
use crate::pattern::{Pattern, PatternKind, ReadingKind, UrlPart, lift};
use crate::syntax::ast::{Field, FieldKey};
use crate::table::{Reading, Shape, Type, UrlReading};

impl<'a> Lowering<'_, 'a> {
    /// All parts must hold; one that is left out is absent, or as it is where a URL says nothing of it.
    pub(super) fn url_parts(
        self,
        fields: &'a [Field],
        span: Span,
        slot: &Slot<'_>,
        polarity: Polarity,
    ) -> Option<PatternKind> {
        self.reading(ReadingKind::Url, span, slot)?;
        let scheme = own_scheme(slot_url(slot));
        let named = |name: &str| fields.iter().find(|field| part_name(field) == Some(name));
        if named("host").is_none() && scheme != "file" {
            let help = "write `host: any` for every host";
            return self
                .checker
                .report(Diagnostic::error(codes::EMPTY, span, "every URL has a host, and this names none").help(help));
        }
        let parts = ["scheme", "host", "port", "path", "query", "fragment"].map(|name| {
            let part = UrlPart::named(name)?;
            match named(name) {
                Some(field) => self.url_part(part, field, scheme, slot, polarity),
                None => self.whole(&part.left_out(scheme), span),
            }
        });
        parts.into_iter().collect::<Option<Vec<_>>>().map(PatternKind::And)
    }

    fn url_part(
        self,
        part: UrlPart,
        field: &'a Field,
        scheme: &str,
        slot: &Slot<'_>,
        polarity: Polarity,
    ) -> Option<Pattern> {
        let within = Lowering {
            part: Some(part),
            ..self
        };
        let name = part_name(field).unwrap_or_default();
        let shape = part_shape(part);
        let within_slot = Slot::of(&shape, &format!("the {name} of {}", slot.name));
        let pattern = within.pattern(&field.pattern, &within_slot, polarity, &[])?;
        let lifted = match lift(&pattern, part) {
            Ok(lifted) => lifted,
            Err(error) => return self.error(codes::REGEX, field.pattern.span, error.to_string()),
        };
        if !field.optional {
            return Some(lifted);
        }
        let absent = self.whole(&part.left_out(scheme), field.span)?;
        Some(Pattern {
            at: lifted.at,
            kind: PatternKind::Or(vec![absent, lifted]),
        })
    }

    fn whole(self, regex: &str, span: Span) -> Option<Pattern> {
        Some(Pattern {
            at: self.checker.at(span),
            kind: self.automaton(regex, span)?,
        })
    }

    /// A text of a part that no canonical URL has is a slip of the pen.
    pub(super) fn part_literal(self, part: UrlPart, text: &str, span: Span) -> Option<PatternKind> {
        let bracketed = if text.contains(':') && !text.starts_with('[') {
            format!("[{text}]")
        } else {
            text.to_owned()
        };
        let example = match part {
            UrlPart::Scheme => format!("{text}://h/x"),
            UrlPart::Host => format!("https://{bracketed}"),
            UrlPart::Path => format!("https://h{text}"),
            UrlPart::Query => format!("https://h?{text}"),
            UrlPart::Fragment => format!("https://h#{text}"),
            UrlPart::Port => return Some(PatternKind::String(text.to_owned())),
        };
        let schemes = match part {
            UrlPart::Scheme => vec![text.to_ascii_lowercase()],
            _ => vec!["https".to_owned()],
        };
        let reading = Reading::Url(UrlReading {
            schemes,
            fragment: true,
            ..UrlReading::default()
        });
        let canonical = match reading::read(&reading, &example) {
            Ok(canonical) => canonical,
            Err(why) => {
                let message = format!("no canonical URL has this: {why}");
                return self.error(codes::EMPTY, span, message);
            }
        };
        // `a.com/x` is no host, though `https://a.com/x` is a URL.
        let given = reading::url::parts(&example).and_then(|whole| match part {
            UrlPart::Scheme => Some(whole.scheme),
            UrlPart::Host => Some(whole.host),
            UrlPart::Path => Some(whole.path).filter(|path| !path.is_empty()),
            UrlPart::Query => whole.query,
            UrlPart::Fragment => whole.fragment,
            UrlPart::Port => whole.port,
        });
        if given != Some(if part == UrlPart::Host { &bracketed } else { text }) {
            return self.error(
                codes::EMPTY,
                span,
                "no canonical URL has this: it is not this part of one",
            );
        }
        let host = reading::url::parts(&canonical).map(|whole| whole.host);
        Some(PatternKind::String(match host.filter(|_| part == UrlPart::Host) {
            Some(host) => host.to_owned(),
            None => text.to_owned(),
        }))
    }
}

fn part_name(field: &Field) -> Option<&str> {
    match &field.key {
        FieldKey::Name(name) => Some(&name.name),
        FieldKey::AnyReading(_) | FieldKey::Envelope(_) => None,
    }
}

/// The scheme where a pattern says nothing of it.
fn own_scheme(url: &UrlReading) -> &str {
    let https = url.schemes.iter().find(|scheme| *scheme == "https");
    let own = url.default_scheme.as_ref().or(https).or(url.schemes.first());
    own.map_or("https", String::as_str)
}

/// A part as a slot of its own: a port is a number, a query may be asked for by its parameters, the rest is text.
fn part_shape(part: UrlPart) -> Shape {
    let text = Shape {
        types: Some([Type::String].into_iter().collect()),
        ..Shape::default()
    };
    match part {
        UrlPart::Port => Shape {
            types: Some([Type::Integer].into_iter().collect()),
            ..Shape::default()
        },
        UrlPart::Query => Shape {
            types: Some([Type::String, Type::Object].into_iter().collect()),
            additional: Some(Box::new(text)),
            ..Shape::default()
        },
        _ => text,
    }
}
