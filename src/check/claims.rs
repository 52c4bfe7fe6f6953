//! Claims in patterns: where they may stand, and what they fill there.

use regex_syntax::hir::{Hir, HirKind};

use super::codes;
use super::lower::Lowering;
use super::slot::Slot;
use super::strings::email_glob_to_regex;
use super::{Checker, reading_patterns::slot_path};
use crate::diagnostic::{Diagnostic, Span};
use crate::pattern::{
    Automaton, ClaimUse, Claimed, Dialect, Fills, Pattern, PatternKind, Piece, ReadingKind, glob_to_regex,
    path_to_regex,
};
use crate::syntax::ast::{Claim, Template, TemplatePart};
use crate::table::{Reading, Type};

/// Characters that stand for the claims of one string while its pattern is read: Unicode keeps them for such uses, and
/// they are in no text that is exchanged.
const FIRST_HOLE: char = '\u{fdd0}';
const LAST_HOLE: char = '\u{fdef}';

/// A text in pieces, with a character for each claim, and the claims.
pub(super) type WithClaims<'t> = (Vec<(String, bool)>, Vec<&'t Claim>);

/// The error for a claim in a string that is no pattern of a rule.
pub(super) fn misplaced(span: Span) -> Diagnostic {
    let help = "a claim stands in the patterns of rules: there is a caller then";
    Diagnostic::error(codes::CLAIM, span, "a claim cannot stand here").help(help)
}

/// Has the string a claim in it?
pub(super) fn has_claims(template: &Template) -> bool {
    template.parts.iter().any(|part| matches!(part, TemplatePart::Claim(_)))
}

/// The text with a letter for each claim: an example of what it may be.
pub(super) fn example(text: &str) -> String {
    text.replace(is_hole, "x")
}

fn is_hole(c: char) -> bool {
    (FIRST_HOLE..=LAST_HOLE).contains(&c)
}

/// The character of a claim by its place.
fn hole(place: usize) -> Option<char> {
    let hole = char::from_u32(u32::from(FIRST_HOLE) + u32::try_from(place).ok()?)?;
    is_hole(hole).then_some(hole)
}

fn place(hole: char) -> Option<usize> {
    let place = u32::from(hole).checked_sub(u32::from(FIRST_HOLE))?;
    usize::try_from(place).ok().filter(|_| is_hole(hole))
}

impl Checker<'_> {
    /// The pattern, if it reads no claim: where it is asked there is no call.
    pub(super) fn without_claims(&self, pattern: Pattern, span: Span) -> Option<Pattern> {
        if pattern.reads_claims() {
            return self.report(misplaced(span));
        }
        Some(pattern)
    }
}

impl Lowering<'_, '_> {
    /// `caller.email`: the claim by itself, read as its slot is.
    pub(super) fn claim(self, claim: &Claim, slot: &Slot<'_>) -> Option<PatternKind> {
        self.typed(Type::String, claim.span, slot)?;
        if self.part.is_some() {
            return self.checker.report(misplaced(claim.span));
        }
        let fills = match slot.universe.reading() {
            None => Fills::Text,
            Some(Reading::Path(path)) => Fills::Path {
                windows: path.windows,
                fold: path.fold,
            },
            Some(reading) => Fills::Value(reading.kind()),
        };
        Some(PatternKind::Claimed(Claimed {
            before: vec![piece(claim, fills)],
            middle: None,
            after: Vec::new(),
        }))
    }

    /// A plain string with claims in it.
    pub(super) fn string_with_claims(self, template: &Template, slot: &Slot<'_>) -> Option<PatternKind> {
        self.typed(Type::String, template.span, slot)?;
        let (mut pieces, claims) = self.pieces_with_claims(template)?;
        pieces.iter_mut().for_each(|(_, literal)| *literal = true);
        let text = || {
            pieces
                .iter()
                .map(|(text, _)| regex_syntax::escape(text))
                .collect::<String>()
        };
        let regex = match slot.universe.reading() {
            None => text(),
            Some(Reading::Path(path)) => {
                self.check_path(&pieces, path, template.span)?;
                text()
            }
            Some(Reading::Url(_)) => self.url_regex(&pieces, slot, template.span)?,
            Some(Reading::Host) => self.host_regex(&pieces, template.span)?,
            Some(Reading::Email) => self.email_regex(&pieces, template.span)?,
            Some(Reading::Ip | Reading::Datetime(_) | Reading::Date) => {
                return self
                    .checker
                    .report(misplaced(template.span).help("write the claim alone: `caller.NAME`"));
            }
        };
        self.claimed(&regex, (&pieces, &claims), template.span, slot)
    }

    /// A glob with claims in it.
    pub(super) fn glob_with_claims(self, template: &Template, slot: &Slot<'_>) -> Option<PatternKind> {
        let (pieces, claims) = self.pieces_with_claims(template)?;
        let borrowed: Vec<(&str, bool)> = pieces.iter().map(|(text, literal)| (text.as_str(), *literal)).collect();
        let regex = match slot.universe.reading().map(Reading::kind) {
            None => glob_to_regex(&borrowed, Dialect::Text),
            Some(ReadingKind::Path) => glob_to_regex(&borrowed, Dialect::Path),
            Some(ReadingKind::Host) => glob_to_regex(&borrowed, Dialect::Host),
            Some(ReadingKind::Email) => email_glob_to_regex(&borrowed),
            Some(_) => return self.checker.report(misplaced(template.span)),
        };
        match regex {
            Ok(regex) => self.claimed(&regex, (&pieces, &claims), template.span, slot),
            Err(error) => self.error(codes::REGEX, template.span, error.to_string()),
        }
    }

    /// `path("…")` with claims in it.
    pub(super) fn path_with_claims(self, template: &Template, slot: &Slot<'_>) -> Option<PatternKind> {
        let (pieces, claims) = self.pieces_with_claims(template)?;
        self.check_path(&pieces, slot_path(slot), template.span)?;
        let borrowed: Vec<(&str, bool)> = pieces.iter().map(|(text, literal)| (text.as_str(), *literal)).collect();
        match path_to_regex(&borrowed) {
            Ok(regex) => self.claimed(&regex, (&pieces, &claims), template.span, slot),
            Err(error) => self.error(codes::REGEX, template.span, error.to_string()),
        }
    }

    /// The text in pieces, with a character for each claim.
    pub(super) fn pieces_with_claims<'t>(self, template: &'t Template) -> Option<WithClaims<'t>> {
        let mut claims = Vec::new();
        let pieces = self.pieces_by(template, &mut |claim| {
            let hole = hole(claims.len())?;
            claims.push(claim);
            Some(hole.to_string())
        })?;
        let holes = pieces
            .iter()
            .flat_map(|(text, _)| text.chars())
            .filter(|c| is_hole(*c))
            .count();
        if holes != claims.len() {
            return self.checker.report(misplaced(template.span));
        }
        Some((pieces, claims))
    }

    /// What stands before the claims, between and behind them. `regex` is the whole, with a character for each claim.
    pub(super) fn claimed(
        self,
        regex: &str,
        (pieces, claims): (&[(String, bool)], &[&Claim]),
        span: Span,
        slot: &Slot<'_>,
    ) -> Option<PatternKind> {
        let fold = slot_path(slot).fold;
        let (flags, regex) = flags(regex);
        let fills = self.fills(pieces, claims, span, slot)?;
        let (mut before, mut middle, mut after) = (Vec::new(), None, Vec::new());
        let mut put = |piece: Piece, has_middle: bool| {
            if has_middle {
                after.push(piece)
            } else {
                before.push(piece)
            }
        };
        for (at, fragment) in regex.split(is_hole).enumerate() {
            if let Some((claim, fills)) = at
                .checked_sub(1)
                .and_then(|at| claims.get(at).copied().zip(fills.get(at)))
            {
                put(piece(claim, *fills), middle.is_some());
            }
            let Some(hir) = parse(&format!("{flags}{fragment}")) else {
                let message = "a claim stands within brackets or braces of a glob";
                let help = "write the alternatives out with `|`";
                return self
                    .checker
                    .report(Diagnostic::error(codes::CLAIM, span, message).help(help));
            };
            match hir.kind() {
                HirKind::Empty => {}
                HirKind::Literal(literal) => {
                    let text = String::from_utf8_lossy(&literal.0).into_owned();
                    let text = if fold { text.to_ascii_lowercase() } else { text };
                    put(Piece::Text(text), middle.is_some());
                }
                _ if middle.is_some() => {
                    let message = "a claim stands between two stars, so that its place is not fixed";
                    let help = "let the stars stand on one side of the claims: `/srv/{caller.subject}/**`";
                    return self
                        .checker
                        .report(Diagnostic::error(codes::CLAIM_PLACE, span, message).help(help));
                }
                _ => {
                    let fold = if fold { "(?i)" } else { "" };
                    match Automaton::new(&format!("{fold}{flags}{fragment}")) {
                        Ok(automaton) => middle = Some(automaton),
                        Err(error) => return self.error(codes::REGEX, span, error.to_string()),
                    }
                }
            }
        }
        Some(PatternKind::Claimed(Claimed { before, middle, after }))
    }

    /// What each claim fills: text, or exactly one segment of what its slot is read as.
    fn fills(self, pieces: &[(String, bool)], claims: &[&Claim], span: Span, slot: &Slot<'_>) -> Option<Vec<Fills>> {
        let Some(reading) = slot.universe.reading() else {
            return Some(vec![Fills::Text; claims.len()]);
        };
        let text: Vec<char> = pieces.iter().flat_map(|(text, _)| text.chars()).collect();
        let mut found = Vec::new();
        for (at, c) in text.iter().enumerate() {
            let Some(claim) = place(*c).and_then(|place| claims.get(place)) else {
                continue;
            };
            let (before, behind) = (
                text.get(..at).unwrap_or_default(),
                text.get(at + 1..).unwrap_or_default(),
            );
            match filled(reading, before, behind) {
                Some(fills) => found.push(fills),
                None => {
                    let message = "a claim fills exactly one segment, and here is more beside it";
                    let help = "put separators around it: `/srv/{caller.subject}/**`, `{caller.tenant}.acme.com`";
                    let error = Diagnostic::error(codes::CLAIM_SEGMENT, claim.span, message).help(help);
                    return self.checker.report(error.also(span, "in this string"));
                }
            }
        }
        Some(found)
    }
}

fn piece(claim: &Claim, fills: Fills) -> Piece {
    Piece::Claim(ClaimUse {
        name: claim.name.name.clone(),
        fills,
    })
}

/// What a claim fills between these characters; `None` where it is not alone between separators.
fn filled(reading: &Reading, before: &[char], behind: &[char]) -> Option<Fills> {
    let ends = |at: &[char]| {
        let first = behind.first();
        first.is_none_or(|c| at.contains(c))
    };
    let last = before.last().copied();
    let label = matches!(last, None | Some('.' | '@')) && ends(&['.']);
    match reading {
        Reading::Path(path) => (last == Some('/') && ends(&['/'])).then_some(Fills::Segment {
            windows: path.windows,
            fold: path.fold,
        }),
        Reading::Host => label.then_some(Fills::Label),
        Reading::Email if before.is_empty() && behind.first() == Some(&'@') => Some(Fills::Local),
        Reading::Email => (before.contains(&'@') && label).then_some(Fills::Label),
        Reading::Url(_) => {
            let start = before.windows(3).position(|three| three == [':', '/', '/'])? + 3;
            let authority = before.get(start..)?;
            if authority.iter().any(|c| matches!(c, '?' | '#')) {
                return None;
            }
            if authority.contains(&'/') {
                return (last == Some('/') && ends(&['/', '?', '#'])).then_some(Fills::UrlSegment);
            }
            let begins = authority.is_empty() || last == Some('.');
            (begins && ends(&['.', '/', ':', '?', '#'])).then_some(Fills::Label)
        }
        Reading::Ip | Reading::Datetime(_) | Reading::Date => None,
    }
}

/// The tree of an expression, which may be over bytes.
fn parse(regex: &str) -> Option<Hir> {
    regex_syntax::ParserBuilder::new().utf8(false).build().parse(regex).ok()
}

/// The flags that an expression begins with, and the rest.
fn flags(regex: &str) -> (&str, &str) {
    let known = ["(?s-u)", "(?s)"];
    let found = known.into_iter().find(|flags| regex.starts_with(flags));
    regex.split_at_checked(found.map_or(0, str::len)).unwrap_or(("", regex))
}
