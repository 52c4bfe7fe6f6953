//! Claims in patterns: what they say, read as what they fill.

use std::sync::Arc;

use super::Gates;
use crate::eval::reading;
use crate::pattern::{At, ClaimUse, Claims, Field, Fills, Pattern, ReadingKind};
use crate::table::program::OfCaller;
use crate::table::{PathReading, Reading, UrlReading};

impl Claims for Gates<'_> {
    fn says(&self, claim: &ClaimUse) -> Option<&str> {
        let said = self.said.get_or_init(|| {
            let asked = self.tool.program.of_caller.iter().filter_map(|(asked, _)| match asked {
                OfCaller::Says(claim) => Some(claim),
                OfCaller::At(..) | OfCaller::Anywhere(..) => None,
            });
            let text = |claim: &ClaimUse| filling(&self.claims().text(&claim.name)?, claim.fills);
            asked.map(|claim| (claim, text(claim))).collect()
        });
        let found = said.iter().find(|(known, _)| *known == claim);
        found.and_then(|(_, text)| text.as_deref())
    }
}

impl<'d> Gates<'d> {
    pub(super) fn answer(&self, asked: &OfCaller) -> bool {
        match asked {
            OfCaller::Says(claim) => self.says(claim).is_some(),
            OfCaller::At(keys, pattern) => self.slot(keys).is_some_and(|value| pattern.holds_for(&value, self)),
            OfCaller::Anywhere(reading, pattern) => self
                .arguments
                .any_reading(*reading, &|value| pattern.holds_for(value, self)),
        }
    }

    /// The first claim of these fields that says nothing, and the field that reads it.
    pub(super) fn silent(&self, fields: &'d [Arc<Field>]) -> Option<(&'d str, At)> {
        fields.iter().find_map(|field| {
            let claim = self.silent_in(&field.pattern)?;
            Some((claim, field.at))
        })
    }

    /// The first claim of a pattern that says nothing.
    pub(in crate::eval) fn silent_in<'p>(&self, pattern: &'p Pattern) -> Option<&'p str> {
        // Most tools' patterns read none, and then there is nothing to gather.
        if self.tool.program.of_caller.is_empty() {
            return None;
        }
        let mut claims = pattern.claims().into_iter();
        claims
            .find(|claim| self.says(claim).is_none())
            .map(|claim| claim.name.as_str())
    }
}

/// The text of a claim as it stands in canonical values; `None` where it cannot stand there.
fn filling(text: &str, fills: Fills) -> Option<String> {
    let read = |reading: &Reading, value: &str| reading::read(reading, value).ok().map(std::borrow::Cow::into_owned);
    let between = |reading: &Reading, before: &str, after: &str, parts: &[char]| {
        let found = read(reading, &format!("{before}{text}{after}"))?;
        let filled = found.get(before.len()..)?.strip_suffix(after)?;
        (!filled.is_empty() && !filled.contains(parts)).then(|| filled.to_owned())
    };
    match fills {
        Fills::Text => Some(text.to_owned()),
        Fills::Path { windows, fold } => read(&path(windows, fold), text),
        Fills::Value(ReadingKind::Url) => {
            let (scheme, _) = text.split_once("://")?;
            read(&url(scheme), text)
        }
        Fills::Value(kind) => read(&Reading::plain(kind), text),
        Fills::Segment { windows, fold } => {
            let top = if windows { "c:\\" } else { "/" };
            between(&path(windows, fold), top, "", &['/'])
        }
        Fills::UrlSegment => between(&url("https"), "https://h/", "/x", &['/', '?', '#']),
        Fills::Label => between(&Reading::Host, "", ".x", &['.']),
        Fills::Local => between(&Reading::Email, "", "@h.x", &['@']),
    }
}

fn path(windows: bool, fold: bool) -> Reading {
    Reading::Path(PathReading {
        windows,
        fold,
        ..PathReading::default()
    })
}

/// A URL with all that one can have.
fn url(scheme: &str) -> Reading {
    Reading::Url(UrlReading {
        schemes: vec![scheme.to_owned()],
        inspected: true,
        fragment: true,
        ..UrlReading::default()
    })
}
