//! Grants, prohibitions and assertions: their tools and callers.

use super::ast::{
    Assertion, CallerRef, Callers, Capability, CapabilitySelector, Rule as RuleNode, Selector, ServerSelector,
    ToolNames, ToolSelector,
};
use super::codes;
use super::grammar::{Pair, Rule, span_of};
use super::parser::Builder;
use crate::diagnostic::Diagnostic;

/// Whose braces these are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Braces {
    /// A grant's: closed.
    Grant,
    /// A prohibition's: open.
    Prohibition,
    /// Those of `assert never`: open.
    Never,
    /// Those of `assert always`: closed.
    Always,
    /// A caller's: open.
    Caller,
    /// An object pattern's.
    Object,
}

impl<'s> Builder<'s> {
    /// `allow TOOLS { … }`.
    pub(super) fn allow(&mut self, pair: Pair<'s>) -> Option<RuleNode> {
        self.rule(pair, Braces::Grant)
    }

    /// `deny TOOLS { … } because "…"`.
    pub(super) fn deny(&mut self, pair: Pair<'s>) -> Option<RuleNode> {
        self.rule(pair, Braces::Prohibition)
    }

    fn rule(&mut self, pair: Pair<'s>, whose: Braces) -> Option<RuleNode> {
        let mut rule = RuleNode {
            tools: Vec::new(),
            callers: None,
            body: None,
            clauses: Vec::new(),
        };
        let mut sound = true;
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::or_op => {}
                Rule::selector => match self.selector(part, whose == Braces::Prohibition) {
                    Some(selector) => rule.tools.push(selector),
                    None => sound = false,
                },
                Rule::callers => rule.callers = Some(Self::callers(part)),
                Rule::body => rule.body = Some(self.body(part, whose)),
                _ => self.clause(part, whose, &mut rule.clauses),
            }
        }
        sound.then_some(rule)
    }

    /// `assert never|always TOOLS [for CALLERS] { … } [at T]`.
    pub(super) fn assertion(&mut self, pair: Pair<'s>) -> Option<Assertion> {
        let span = span_of(&pair);
        let mut parts = pair.into_inner();
        let always = parts.next()?.as_str() == "always";
        let whose = if always { Braces::Always } else { Braces::Never };
        let (mut tools, mut callers, mut body, mut at, mut sound) = (Vec::new(), None, None, None, true);
        for part in parts {
            match part.as_rule() {
                Rule::or_op => {}
                Rule::selector => match self.selector(part, false) {
                    Some(selector) => tools.push(selector),
                    None => sound = false,
                },
                Rule::callers => callers = Some(Self::callers(part)),
                Rule::body => body = Some(self.body(part, whose)),
                _ => {
                    at = self.given(part.into_inner().next()?, Self::moment);
                    sound &= at.is_some();
                }
            }
        }
        if always && body.is_none() {
            let error = Diagnostic::error(codes::UNEXPECTED, span, "`assert always` has no braces");
            return self.refuse(error.help("say which calls are always allowed; `{}` means no arguments"));
        }
        sound.then_some(Assertion {
            always,
            tools,
            callers,
            body,
            at,
        })
    }

    /// `for a | !b`.
    fn callers(pair: Pair<'s>) -> Callers {
        let span = span_of(&pair);
        let refs = pair.into_inner().filter(|part| part.as_rule() == Rule::caller_ref);
        let any_of = refs.filter_map(|part| {
            let negated = part.clone().into_inner().any(|part| part.as_rule() == Rule::not_op);
            let name = Self::word(&part.into_inner().last()?);
            Some(CallerRef { negated, name })
        });
        Callers {
            span,
            any_of: any_of.collect(),
        }
    }

    /// `server.tool`, `server.{a, b}`, `server.*`, `server:kind`, the name of a set; `all server` where it may stand.
    pub(super) fn selector(&mut self, pair: Pair<'s>, all: bool) -> Option<Selector> {
        let span = span_of(&pair);
        let mut parts = pair.into_inner().filter(|part| part.as_rule() != Rule::dot);
        let first = parts.next()?;
        match first.as_rule() {
            Rule::all_server if !all => {
                let error = Diagnostic::error(codes::ALL_SERVER, span, "`all SERVER` belongs in a prohibition");
                return self.refuse(error.help("write `server.*` for its tools"));
            }
            Rule::all_server => {
                let server = self.name(first.into_inner().next()?)?;
                return Some(Selector::All(ServerSelector { span, server }));
            }
            Rule::kind => {
                let (server, kind) = self.capability(first)?;
                return Some(Selector::Capability(CapabilitySelector { span, server, kind }));
            }
            Rule::bare_name => {
                let name = first.into_inner().next()?.into_inner().next()?;
                if name.as_rule() == Rule::word {
                    return Some(Selector::Set(Self::word(&name)));
                }
                let error = Diagnostic::error(
                    codes::NO_SERVER,
                    span,
                    format!("`{}` names no tool of a server", name.as_str()),
                );
                return self.refuse(error.help("write `server.tool`"));
            }
            _ => {}
        }
        let server = self.name(first);
        let names = parts.next()?;
        let tools = match names.as_rule() {
            Rule::star => ToolNames::All,
            Rule::tool_set => ToolNames::Many(self.each(names.into_inner().collect(), Self::name)?),
            _ => ToolNames::One(self.name(names)?),
        };
        Some(Selector::Tools(ToolSelector {
            span,
            server: server?,
            tools,
        }))
    }

    /// `server:kind`.
    pub(super) fn capability(&mut self, pair: Pair<'s>) -> Option<(super::ast::Ident, Capability)> {
        let mut parts = pair.into_inner();
        let server = self.name(parts.next()?);
        let kind = self.choice(&parts.next()?, &Capability::ALL);
        Some((server?, kind?))
    }
}
