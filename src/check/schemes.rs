//! The schemes that patterns of URLs name, where no declaration does.

use super::Checker;
use super::env::{Env, Reference, Scoped};
use crate::syntax::ast::{self, Argument, FieldKey, PatternKind as Written, Template};

impl<'a> Checker<'a> {
    /// The schemes that a pattern of URLs names.
    pub(super) fn schemes(&self, pattern: &'a ast::Pattern, env: &Env<'a>, depth: usize, found: &mut Vec<String>) {
        let Some(depth) = depth.checked_sub(1).filter(|_| self.spend(pattern.span)) else {
            return;
        };
        if let Reference::To(Scoped { pattern, env }) = self.follow(pattern, env) {
            return self.schemes(pattern, &env, depth, found);
        }
        match &pattern.kind {
            Written::Str(text) => self.scheme_of(text, env, found),
            Written::Call { args, .. } => args.iter().for_each(|argument| match argument {
                Argument::Str(text) => self.scheme_of(text, env, found),
                Argument::Pattern(pattern) => self.schemes(pattern, env, depth, found),
                Argument::Range(_) | Argument::Moments(_) => {}
            }),
            Written::UrlParts(fields) => {
                let is_scheme = |key: &FieldKey| matches!(key, FieldKey::Name(name) if name.name == "scheme");
                match fields.iter().find(|field| is_scheme(&field.key)) {
                    Some(field) => self.schemes(&field.pattern, env, depth, found),
                    None => found.push("https".to_owned()),
                }
            }
            Written::Not(inner) => self.schemes(inner, env, depth, found),
            Written::And(parts) | Written::Or(parts) => {
                parts.iter().for_each(|part| self.schemes(part, env, depth, found));
            }
            _ => {}
        }
    }

    /// What stands before `://`, or the whole text where it could be a scheme by itself.
    fn scheme_of(&self, text: &Template, env: &Env<'a>, found: &mut Vec<String>) {
        let Some(text) = self.within(env).text(text) else {
            return;
        };
        let scheme = text.split_once("://").map_or(text.as_str(), |(scheme, _)| scheme);
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "+-.".contains(c);
        let is_scheme = scheme.starts_with(|c: char| c.is_ascii_lowercase()) && scheme.chars().all(plain);
        if is_scheme {
            found.push(scheme.to_owned());
        }
    }
}
