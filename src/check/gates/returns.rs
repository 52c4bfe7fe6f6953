//! `returns { … }`: what of a result is let through.

use super::placed;
use crate::check::asked::Asked;
use crate::check::env::Env;
use crate::check::escapes::Polarity;
use crate::check::lower::MAX_DEPTH;
use crate::check::slot::Slot;
use crate::check::{Checker, codes};
use crate::diagnostic::{Diagnostic, Span};
use crate::pattern::{Pattern, PatternKind};
use crate::syntax::ast;
use crate::table::gates::Placed;
use crate::table::{CONTENT_TYPES, Links, Reading, Returns, Shape, Type, UrlReading};

impl<'a> Checker<'a> {
    pub(super) fn returns(&self, returns: &'a ast::Returns, span: Span) -> Option<Placed<Returns>> {
        let error = |message: &str, help: &str| {
            self.report::<()>(Diagnostic::error(codes::RETURNS, span, message).help(help));
        };
        let ast::Returns { size, types, links } = returns;
        if size.is_none() && types.is_none() && links.is_none() {
            error(
                "this says nothing of results",
                "say what is let through: `returns { size: ..=1MiB, types: \"text\" }`",
            );
        }
        let size = size.as_ref().map(ast::Size::bytes);
        if size == Some(0) {
            error(
                "no result is so small",
                "take the grant out, if nothing is to come of it",
            );
        }
        let types = types.as_ref().map(|types| self.content_types(types, span));
        let links = links.as_ref().map(|links| self.links(links));
        // All parts, so that all their errors are seen.
        let is = Returns {
            size,
            types: types.map_or(Some(None), |found| found.map(Some))?,
            links: links.map_or(Some(None), |found| found.map(Some))?,
        };
        placed(self, span, Some(is))
    }

    fn content_types(&self, types: &'a ast::Pattern, span: Span) -> Option<Pattern> {
        let at = self.at(span);
        let known = CONTENT_TYPES.map(|name| Pattern {
            at,
            kind: PatternKind::String(name.to_owned()),
        });
        let shape = Shape {
            values: Some(Box::new(Pattern {
                at,
                kind: PatternKind::Or(known.into()),
            })),
            ..string()
        };
        let slot = Slot::of(&shape, "the type of a result's content");
        let pattern = self.lower(types, &Env::default(), &slot, Polarity::Grant)?;
        self.without_claims(pattern, types.span)
    }

    /// A link is read as a URL under the schemes that the pattern names.
    fn links(&self, links: &'a ast::Pattern) -> Option<Links> {
        let mut schemes = Vec::new();
        self.schemes(links, &Env::default(), MAX_DEPTH, &mut schemes);
        schemes.sort();
        schemes.dedup();
        let mut url = UrlReading {
            resource: true,
            ..UrlReading::default()
        };
        if !schemes.is_empty() {
            url.schemes = schemes;
        }
        let mut read = Shape {
            reading: Some(Box::new(Reading::Url(url))),
            ..string()
        };
        let mut asked = Asked::default();
        self.ask(links, &Env::default(), &mut Vec::new(), MAX_DEPTH, &mut asked);
        asked.urls.values().for_each(|of_url| of_url.put_to(&mut read));
        let pattern = self.lower(
            links,
            &Env::default(),
            &Slot::of(&read, "a link of a result"),
            Polarity::Grant,
        )?;
        let pattern = self.without_claims(pattern, links.span)?;
        Some(Links { read, pattern })
    }
}

fn string() -> Shape {
    Shape {
        types: Some([Type::String].into_iter().collect()),
        ..Shape::default()
    }
}
