//! Sets of tools: `tools NAME = …`, and the names of such sets in rules.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::capabilities::{self, kind_of};
use super::references::too_deep;
use super::scope::{Key, MAX_CHAIN, Scope, unknown};
use super::spreads::ScopedField;
use super::{Checker, codes};
use crate::diagnostic::Diagnostic;
use crate::syntax::ast::{
    CapabilitySelector, ClauseKind, FieldKey, Ident, Rule, Selector, ServerSelector, ToolNames, ToolSelector,
};
use crate::table::Capability;

impl<'a> Checker<'a> {
    /// The tools of selectors, with those of the sets that they name. What is not there is reported.
    pub(super) fn selected(&self, selectors: &'a [Selector]) -> Vec<Cow<'a, ToolSelector>> {
        let (mut found, mut seen) = (Vec::new(), BTreeSet::new());
        let mut open: Vec<&'a Selector> = selectors.iter().rev().collect();
        while let Some(selector) = open.pop() {
            if !self.spend(selector.span()) {
                break;
            }
            match selector {
                Selector::Tools(tools) if self.names_a_capability(tools) => {}
                Selector::Tools(tools) => found.push(Cow::Borrowed(tools)),
                Selector::Set(name) => match self.scope.tool_set(name) {
                    // A set that is named twice is followed once.
                    Some(set) if seen.insert(set.name.span) => open.extend(set.tools.iter().rev()),
                    Some(_) => {}
                    None => self.report::<()>(self.scope.unknown_tools(name)).unwrap_or_default(),
                },
                Selector::All(all) => {
                    found.push(Cow::Owned(every_tool(all)));
                    let kinds = Capability::ALL.into_iter();
                    found.extend(kinds.map(|kind| Cow::Owned(capabilities::selector(all.span, &all.server, kind))));
                }
                Selector::Capability(CapabilitySelector { span, server, kind }) => {
                    found.push(Cow::Owned(capabilities::selector(*span, server, kind_of(*kind))));
                }
            }
        }
        found
    }

    /// What begins with a colon is no tool, however it is quoted.
    fn names_a_capability(&self, selector: &ToolSelector) -> bool {
        let names = match &selector.tools {
            ToolNames::One(name) => std::slice::from_ref(name),
            ToolNames::Many(names) => names.as_slice(),
            ToolNames::All => &[],
        };
        names.iter().any(|name| self.is_taken(&selector.server, name))
    }

    /// A prohibition of `all SERVER` names no parameter: the capabilities of a server have none in common, so that it would
    /// leave out those that lack it.
    pub(super) fn names_no_parameter_of_all(&self, rule: &'a Rule, fields: &[ScopedField<'a>]) -> bool {
        let Some(all) = rule.tools.iter().find(|tools| matches!(tools, Selector::All(_))) else {
            return true;
        };
        let named = fields.iter().filter_map(|(field, _)| match &field.key {
            FieldKey::Name(name) => Some(name.span),
            FieldKey::AnyReading(_) | FieldKey::Envelope(_) => None,
        });
        let compared = rule.clauses.iter().filter_map(|clause| match clause.kind {
            ClauseKind::When(_) => Some(clause.span),
            _ => None,
        });
        let Some(span) = named.chain(compared).next() else {
            return true;
        };
        let message = "`all SERVER` speaks of everything that a server has, and no parameter is common to that";
        let help = "name the tools, `server.*` say, or write `any path: …` for every slot with a reading";
        let error = Diagnostic::error(codes::ALL_PARAMETER, all.span(), message).help(help);
        self.report::<()>(error.also(span, "this is about a parameter"));
        false
    }
}

/// The tools of `all SERVER`.
fn every_tool(all: &ServerSelector) -> ToolSelector {
    ToolSelector {
        span: all.span,
        server: all.server.clone(),
        tools: ToolNames::All,
    }
}

impl<'a> Scope<'a> {
    /// The sets that a set names.
    fn sets_of(&self, key: Key<'_>) -> Vec<&'a Ident> {
        let set = self.tool_sets.get(&key);
        let selectors = set.into_iter().flat_map(|set| &set.tools);
        let names = selectors.filter_map(|selector| match selector {
            Selector::Set(name) => Some(name),
            _ => None,
        });
        names.collect()
    }

    /// Every set that a set names is there, and none is in itself.
    pub(super) fn check_tool_sets(&self, diagnostics: &mut Vec<Diagnostic>) {
        let mut done: BTreeSet<Key<'_>> = BTreeSet::new();
        for start in self.tool_sets.keys() {
            // The sets that are open, and what of each is still to be followed.
            let mut open: Vec<(Key<'_>, Vec<&Ident>)> = vec![(*start, self.sets_of(*start))];
            while let Some((key, waiting)) = open.last_mut() {
                let Some(name) = waiting.pop() else {
                    done.insert(*key);
                    open.pop();
                    continue;
                };
                let next = self.key(name);
                if !self.tool_sets.contains_key(&next) {
                    diagnostics.push(self.unknown_tools(name));
                } else if open.iter().any(|(key, _)| *key == next) {
                    let message = format!("the set of tools `{}` rests on itself", name.name);
                    diagnostics.push(Diagnostic::error(codes::CYCLE, name.span, message));
                } else if open.len() > MAX_CHAIN {
                    diagnostics.push(too_deep(name));
                } else if !done.contains(&next) {
                    open.push((next, self.sets_of(next)));
                }
            }
        }
    }

    /// The error for a bare word that names no set of tools.
    fn unknown_tools(&self, name: &Ident) -> Diagnostic {
        let module = self.key(name).0;
        let names = self.tool_sets.keys().filter(|(other, _)| *other == module);
        let error = unknown("set of tools", name, names.map(|(_, name)| *name));
        let help = match &error.help {
            Some(near) => format!("{near} A tool is written `server.tool`"),
            None if self.servers.contains_key(name.name.as_str()) => {
                format!("write `{}.tool`, or `{}.*` for all its tools", name.name, name.name)
            }
            None => "write `server.tool`, or define the set: `tools NAME = server.{a, b}`".to_owned(),
        };
        error.help(help)
    }
}
