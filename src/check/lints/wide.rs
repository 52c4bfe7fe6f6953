//! Grants with a wildcard that takes in nearly everything.

use super::super::env::{Env, Reference, Scoped};
use super::super::escapes::Polarity;
use super::super::lower::MAX_DEPTH;
use super::super::{Checker, codes};
use crate::diagnostic::{Diagnostic, Span};
use crate::pattern::{EmailPattern, HostPattern, UrlPattern};
use crate::syntax::ast::{Argument, FieldKey, Ident, Pattern, PatternKind, StatementKind, Template};

impl<'a> Checker<'a> {
    /// The wildcards of every grant, also where it names its patterns. What stands behind a `!` takes away.
    pub(super) fn lint_wildcards(&self) {
        for statement in self.package.statements() {
            if let StatementKind::Allow(rule) = &statement.kind {
                let fields = self.rule_fields(rule, Polarity::Grant).unwrap_or_default();
                let patterns = fields.iter().map(|(field, env)| (&field.pattern, env));
                patterns.for_each(|(pattern, env)| self.lint_wide(pattern, env, MAX_DEPTH));
            }
        }
    }

    fn lint_wide(&self, pattern: &'a Pattern, env: &Env<'a>, depth: usize) {
        let Some(depth) = depth.checked_sub(1).filter(|_| self.spend(pattern.span)) else {
            return;
        };
        if let Reference::To(Scoped { pattern, env }) = self.follow(pattern, env) {
            return self.lint_wide(pattern, &env, depth);
        }
        match &pattern.kind {
            PatternKind::Call { name, args } => {
                if let [Argument::Str(text)] = args.as_slice() {
                    self.lint_wildcard(name, text, env, pattern.span);
                }
            }
            PatternKind::Array { element: inner, .. }
            | PatternKind::Map { value: inner, .. }
            | PatternKind::Has(inner)
            | PatternKind::Nullable(inner) => {
                self.lint_wide(inner, env, depth);
            }
            PatternKind::Object { fields, .. } | PatternKind::UrlParts(fields) => {
                let named = fields.iter().filter(|field| matches!(field.key, FieldKey::Name(_)));
                named.for_each(|field| self.lint_wide(&field.pattern, env, depth));
            }
            PatternKind::Or(parts) => parts.iter().for_each(|part| self.lint_wide(part, env, depth)),
            // Each part of `P & Q` narrows the others, so one that is wide does no harm: only if all are.
            _ => {}
        }
    }

    fn lint_wildcard(&self, name: &Ident, text: &'a Template, env: &Env<'a>, span: Span) {
        let Some((pieces, _)) = self.within(env).pieces_with_claims(text) else {
            return;
        };
        let pieces: Vec<(&str, bool)> = pieces.iter().map(|(text, literal)| (text.as_str(), *literal)).collect();
        let begins = |with: &str| matches!(pieces.first(), Some((text, false)) if text.starts_with(with));
        let host = match name.name.as_str() {
            "path" | "glob" if begins("**") || begins("/**") => {
                return self.warn_wide(span, "it begins with `**`", "begin with what is fixed: `/srv/work/**`");
            }
            "host" => HostPattern::parse(&pieces).ok(),
            "email" => EmailPattern::parse(&pieces).ok().map(|email| email.host().clone()),
            "url" => UrlPattern::parse(&pieces).ok().and_then(|url| url.host().cloned()),
            _ => None,
        };
        match host {
            Some(host) if host.is_bare_star() => {
                self.warn_wide(span, "its host is only `*`", "name the host, `*.acme.com`")
            }
            Some(host) if host.has_open_end() => {
                self.warn_wide(
                    span,
                    "its host ends in a star, and anyone can have a name that begins so",
                    "name the end: `acme.com` | `acme.org`",
                );
            }
            Some(host) if host.has_suffix_without_dot() => {
                self.warn_wide(
                    span,
                    "its host has no dot after `*`, so `evil-acme.com` is as good as `acme.com`",
                    "write `*.acme.com`",
                );
            }
            _ => {}
        }
    }

    fn warn_wide(&self, span: Span, why: &str, help: &str) {
        let message = format!("this grants nearly everything: {why}");
        self.report::<()>(Diagnostic::warning(codes::OVER_WIDE, span, message).help(help));
    }
}
