//! `egress NAME { … }`: where a server may connect.

use crate::check::env::Env;
use crate::check::{Checker, codes};
use crate::diagnostic::{Diagnostic, Span};
use crate::eval::reading;
use crate::pattern::{Automaton, Datum, ReadingKind, UrlPattern, ip_regex};
use crate::pattern::{Pattern, PatternKind};
use crate::syntax::ast::{self, Template};
use crate::table::lanes::{Destination, EGRESS_SCHEMES, Egress, Origin};
use crate::table::{Reading, UrlReading};

impl Checker<'_> {
    pub(super) fn egress(&self, written: &ast::Egress, span: Span) -> Option<Egress> {
        let to = written.destinations.iter().map(|destination| match destination {
            ast::Destination::Origin(text) => self.origin(text).map(Destination::Origin),
            ast::Destination::Network(text) => self.network(text).map(Destination::Network),
        });
        let to = to.collect::<Vec<_>>().into_iter().collect::<Option<Vec<_>>>()?;
        Some(Egress { at: self.at(span), to })
    }

    fn origin(&self, template: &Template) -> Option<String> {
        let wrong = |message: String| Diagnostic::error(codes::EGRESS, template.span, message);
        let pieces = self.within(&Env::default()).pieces(template)?;
        if pieces.iter().any(|(text, literal)| *literal && text.contains('*')) {
            return self.report(wrong("a constant in it has a star, and no host has one".to_owned()));
        }
        let text: String = pieces.into_iter().map(|(text, _)| text).collect();
        let shown = text.escape_debug();
        if let Err(why) = Origin::parse(&text) {
            let help = "write `\"https://api.acme.com\"`, `\"tcp://db.acme.com:5432\"` or `ip(\"10.0.0.0/8\")`";
            return self.report(wrong(format!("`{shown}` is no destination: {why}")).help(help));
        }
        // What no canonical URL matches, no connection does.
        let example = UrlPattern::parse(&[(&text, false)]).ok()?.example();
        self.url_of(&example, &EGRESS_SCHEMES, template.span, codes::EGRESS)?;
        if Origin::parse(&text)
            .is_ok_and(|origin| origin.authority.starts_with("**") && !origin.authority.starts_with("**."))
        {
            let message = "this is every host there is";
            let help = "name the hosts, `\"https://*.acme.com\"`";
            self.report::<()>(Diagnostic::warning(codes::OVER_WIDE, template.span, message).help(help));
        }
        Some(text)
    }

    fn network(&self, template: &Template) -> Option<String> {
        let text = self.scope.text(template, self)?;
        match ip_regex(&text) {
            Ok(_) => Some(text),
            Err(why) => self.report(Diagnostic::error(codes::EGRESS, template.span, why.to_string())),
        }
    }

    /// Does an egress set lead to this origin, a host without stars?
    pub(super) fn leads_to(&self, egress: &Egress, origin: &str) -> bool {
        let read = Reading::Url(UrlReading::default());
        let Ok(wanted) = reading::read(&read, origin) else {
            return false;
        };
        egress.to.iter().any(|destination| {
            let Destination::Origin(text) = destination else {
                return false;
            };
            let Ok(Origin { scheme, authority, .. }) = Origin::parse(text) else {
                return false;
            };
            let host = format!("{scheme}://{authority}");
            let regex = UrlPattern::parse(&[(&host, false)]).map(|url| url.regex());
            let automaton = regex.ok().and_then(|regex| Automaton::new(&regex).ok());
            automaton.is_some_and(|automaton| {
                let pattern = Pattern {
                    at: egress.at,
                    kind: PatternKind::Automaton(automaton),
                };
                pattern.holds(&Datum::String(&wanted, Some(ReadingKind::Url)))
            })
        })
    }
}
