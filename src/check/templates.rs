//! Strings in patterns, with the constants and parameters that are put into them.

use super::claims::misplaced;
use super::codes;
use super::lower::Lowering;
use super::scope::{MAX_TEXT, too_long};
use crate::diagnostic::{Diagnostic, Span};
use crate::syntax::ast::{Argument, Claim, Ident, Pattern, PatternKind, Template, TemplatePart};

/// So many bytes that are put into a string count as one pattern more.
const BYTES_PER_PATTERN: usize = 1024;

impl Lowering<'_, '_> {
    /// A string with its constants and parameters.
    pub(super) fn text(self, template: &Template) -> Option<String> {
        let pieces = self.pieces(template)?;
        Some(pieces.into_iter().map(|(text, _)| text).collect())
    }

    /// The same in pieces: the author's text, and the literal text of constants and parameters (`true`).
    pub(super) fn pieces(self, template: &Template) -> Option<Vec<(String, bool)>> {
        self.pieces_by(template, &mut |claim| self.checker.report(misplaced(claim.span)))
    }

    /// The same, with what `claimed` gives for each claim.
    pub(super) fn pieces_by<'t>(
        self,
        template: &'t Template,
        claimed: &mut dyn FnMut(&'t Claim) -> Option<String>,
    ) -> Option<Vec<(String, bool)>> {
        let mut pieces = Vec::new();
        let mut length = 0;
        for part in &template.parts {
            let piece = match part {
                TemplatePart::Text(text) => (text.clone(), false),
                TemplatePart::Const(name) => (self.put_in(name)?, true),
                TemplatePart::Claim(claim) => (claimed(claim)?, true),
            };
            length += piece.0.len();
            if length > MAX_TEXT {
                return self.checker.report(too_long(template.span));
            }
            pieces.push(piece);
        }
        Some(pieces)
    }

    /// What `${name}` stands for.
    fn put_in(self, name: &Ident) -> Option<String> {
        let text = match self.env.get(&name.name) {
            Some((argument, outer)) => Lowering { env: outer, ..self }.text_of(argument, name.span),
            None => self
                .checker
                .scope
                .constant(name, &mut self.checker.diagnostics.borrow_mut())
                .map(super::constants::ConstValue::text),
        }?;
        let patterns = 1 + text.len() / BYTES_PER_PATTERN;
        (0..patterns).all(|_| self.checker.spend(name.span)).then_some(text)
    }

    /// The text of an argument that stands in a string.
    fn text_of(self, argument: &Argument, used: Span) -> Option<String> {
        match argument {
            Argument::Str(template) => self.text(template),
            Argument::Range(range) if range.low == range.high => range.low.clone(),
            Argument::Pattern(Pattern { kind, span }) => match kind {
                PatternKind::Str(template) => self.text(template),
                PatternKind::Number(token) => Some(token.clone()),
                PatternKind::Bool(value) => Some(value.to_string()),
                PatternKind::Name(name) if self.env.get(&name.name).is_some() || self.checker.scope.is_value(name) => {
                    self.put_in(name)
                }
                _ => self.no_constant(*span, used),
            },
            Argument::Range(_) | Argument::Moments(_) => self.no_constant(argument.span(), used),
        }
    }

    fn no_constant(self, span: Span, used: Span) -> Option<String> {
        let message = "this is no constant, and the pattern puts it into a string";
        self.checker
            .report(Diagnostic::error(codes::NOT_A_PATTERN, span, message).also(used, "here"))
    }
}
