//! Grants and prohibitions: what each says of each tool.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::envelope::parameter_of;
use super::escapes::Polarity;
use super::slot::Slot;
use super::spreads::ScopedField;
use super::{Checker, codes, wildcard};
use crate::diagnostic::{Diagnostic, Span, nearest};
use crate::lock::Lock;
use crate::pattern::{Field, ReadingKind};
use crate::syntax::ast::{self, FieldKey, Ident, Selector, Statement, StatementKind, ToolNames, ToolSelector};
use crate::syntax::format;
use crate::table::{
    Capability, Digest, Effect, FullName, Grant, Prohibition, Rule, RuleRef, Server, Tool, Universe, shared,
};

/// `server.tool` and its place.
pub(super) type ToolName = (String, String);

/// Does a selector name this tool of its server? A wildcard names all.
pub fn names(selector: &ToolSelector, tool: &str) -> bool {
    match &selector.tools {
        ToolNames::One(name) => name.name == tool,
        ToolNames::Many(names) => names.iter().any(|name| name.name == tool),
        ToolNames::All => Capability::of_tool(tool).is_none(),
    }
}

impl<'a> Checker<'a> {
    /// Puts every rule to the tools that it speaks of; the rules themselves in source order.
    pub(super) fn rules(&self, servers: &mut BTreeMap<String, Server>, lock: &Lock) -> Vec<Rule> {
        for set in self.scope.tool_sets.values() {
            // Also of sets that no rule names, a slip of the pen is shown.
            self.tools(&set.tools, servers, None);
        }
        let mut rules = Vec::new();
        let mut seen: BTreeMap<String, usize> = BTreeMap::new();
        for statement in self.package.statements() {
            let index = u32::try_from(rules.len()).unwrap_or(u32::MAX);
            match &statement.kind {
                StatementKind::Allow(rule) => {
                    self.grant(rule, index, servers, lock);
                    rules.push(self.rule(statement, rule, Effect::Allow, &mut seen));
                }
                StatementKind::Deny(rule) => {
                    self.prohibition(rule, statement.span, index, servers);
                    rules.push(self.rule(statement, rule, Effect::Deny, &mut seen));
                }
                _ => {}
            }
        }
        rules
    }

    fn rule(
        &self,
        statement: &Statement,
        rule: &ast::Rule,
        effect: Effect,
        seen: &mut BTreeMap<String, usize>,
    ) -> Rule {
        let keyword = if effect == Effect::Allow { "allow" } else { "deny" };
        let digest = Digest::of(format::rule(keyword, rule).as_bytes()).hex();
        let short = digest.get(..12).unwrap_or(&digest).to_owned();
        let times = seen.entry(short.clone()).and_modify(|n| *n += 1).or_insert(1);
        let id = if *times == 1 { short } else { format!("{short}-{times}") };
        let (file, line) = self.package.sources.line(statement.span);
        Rule {
            reference: RuleRef { id, file, line },
            effect,
            at: self.at(statement.span),
            doc: statement.docs.join("\n"),
            because: self.clauses(rule),
        }
    }

    /// A tool by name, as pinned.
    pub(super) fn tool<'s>(
        &self,
        servers: &'s BTreeMap<String, Server>,
        server: &Ident,
        tool: &Ident,
    ) -> Option<&'s Tool> {
        let tools = &servers.get(&server.name)?.tools;
        if let Some(found) = tools.get(&tool.name) {
            return Some(found);
        }
        // A server that is not locked at all was reported as such; a capability that no statement names is not here.
        if tools.is_empty() || Capability::of_tool(&tool.name).is_some() {
            return None;
        }
        let message = format!("the lock pins no tool `{}.{}`", server.name, tool.name);
        let help = match nearest(&tool.name, tools.keys().map(String::as_str)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "if the server has it now, `mcppc lock --accept` pins it".to_owned(),
        };
        self.report(Diagnostic::error(codes::UNKNOWN_TOOL, tool.span, message).help(help))
    }

    /// The tools that a rule speaks of; a wildcard of a grant stands for what was accepted with the lock.
    pub(super) fn tools(
        &self,
        selectors: &'a [Selector],
        servers: &BTreeMap<String, Server>,
        lock: Option<&Lock>,
    ) -> Vec<ToolName> {
        let mut found = Vec::new();
        for selector in self.selected(selectors) {
            if self.scope.server(&selector.server, self).is_none() {
                continue;
            }
            let named: Vec<&Ident> = match &selector.tools {
                ToolNames::One(name) => vec![name],
                ToolNames::Many(names) => names.iter().collect(),
                ToolNames::All => {
                    found.extend(self.expand(&selector, servers, lock));
                    continue;
                }
            };
            let known = named
                .into_iter()
                .filter(|name| self.tool(servers, &selector.server, name).is_some());
            found.extend(known.map(|name| (selector.server.name.clone(), name.name.clone())));
        }
        found.sort();
        found.dedup();
        found
    }

    fn expand(
        &self,
        selector: &ToolSelector,
        servers: &BTreeMap<String, Server>,
        lock: Option<&Lock>,
    ) -> Vec<ToolName> {
        let server = &selector.server.name;
        let pinned = servers.get(server).map(|server| &server.tools);
        let all = pinned.into_iter().flat_map(BTreeMap::keys);
        let all = all.filter(|tool| Capability::of_tool(tool).is_none());
        let Some(lock) = lock else {
            return all.map(|tool| (server.clone(), tool.clone())).collect();
        };
        let Some(accepted) = lock.wildcards.get(&wildcard(server)) else {
            if pinned.is_some_and(|tools| !tools.is_empty()) {
                let message = format!("the lock does not say what `{}` stands for", wildcard(server));
                let help = "run `mcppc lock` on the policy: it writes the expansion down";
                self.report::<()>(Diagnostic::error(codes::WILDCARD, selector.span, message).help(help));
            }
            return Vec::new();
        };
        all.filter(|tool| accepted.contains(tool))
            .map(|tool| (server.clone(), tool.clone()))
            .collect()
    }

    fn grant(&self, rule: &'a ast::Rule, index: u32, servers: &mut BTreeMap<String, Server>, lock: &Lock) {
        let span = rule.body.as_ref().map(|body| body.span).unwrap_or_default();
        let gate = self.gate(rule, Effect::Allow);
        let tools = self.tools(&rule.tools, servers, Some(lock));
        let Some(written) = self.rule_fields(rule, Polarity::Grant) else {
            return;
        };
        for (server, name) in tools {
            let Some(tool) = servers.get(&server).and_then(|s| s.tools.get(&name)) else {
                continue;
            };
            let full = FullName(&server, &name).to_string();
            if let Some(kind) = Capability::of_tool(&name) {
                self.check_clauses_of(rule, kind);
            }
            let fields = written
                .iter()
                .map(|field| self.parameter(field, tool, &full, Polarity::Grant));
            let fields = fields.collect::<Vec<_>>().into_iter().collect::<Option<Vec<Field>>>();
            self.require_all(&written, tool, &full, span);
            if let Some(fields) = &fields {
                self.check_gate(rule, tool, &full, Some(fields));
            }
            if let (Some(fields), Some(tool)) = (fields, servers.get_mut(&server).and_then(|s| s.tools.get_mut(&name)))
            {
                tool.grants.push(Grant {
                    rule: index,
                    fields: shared(fields),
                    gate,
                });
            }
        }
    }

    /// One parameter of a grant or prohibition, for one tool.
    fn parameter(&self, (field, env): &ScopedField<'a>, tool: &Tool, full: &str, polarity: Polarity) -> Option<Field> {
        let name = match &field.key {
            FieldKey::Name(name) => Cow::Borrowed(name),
            FieldKey::Envelope(slot) => Cow::Owned(parameter_of(slot)),
            FieldKey::AnyReading(reading) => {
                let message = format!("`any {}` stands in the braces of a prohibition only", reading.name);
                let help = "in a grant every parameter is named";
                return self.report(Diagnostic::error(codes::ANY, field.span, message).help(help));
            }
        };
        let Some(slot) = Slot::parameter(full, &name.name, &tool.arguments) else {
            return self.report(unknown_parameter(&name, tool, full));
        };
        let pattern = self.lower(&field.pattern, env, &slot, polarity)?;
        self.lint_unread(&name, &slot, polarity);
        self.settle(field, &name, &slot, pattern, polarity)
    }

    fn require_all(&self, fields: &[ScopedField<'a>], tool: &Tool, full: &str, span: Span) {
        let named = |name: &str| {
            let mut keys = fields.iter().map(|(field, _)| &field.key);
            keys.any(|key| matches!(key, FieldKey::Name(n) if n.name == name))
        };
        let arguments = Universe::of(&tool.arguments);
        let names: BTreeSet<&str> = arguments.names().into_iter().collect();
        let left_out = names
            .into_iter()
            .filter(|name| arguments.requires(name) && !named(name));
        let left_out: Vec<String> = left_out.map(|name| format!("`{name}`")).collect();
        if !left_out.is_empty() {
            let message = format!(
                "`{full}` requires {}, which this grant does not name",
                left_out.join(", ")
            );
            let help = "a grant is closed: what it does not name is not allowed";
            self.report::<()>(Diagnostic::error(codes::REQUIRED_PARAMETER, span, message).help(help));
        }
    }

    fn prohibition(&self, rule: &'a ast::Rule, span: Span, index: u32, servers: &mut BTreeMap<String, Server>) {
        let gate = self.gate(rule, Effect::Deny);
        let tools = self.tools(&rule.tools, servers, None);
        let Some(fields) = self.rule_fields(rule, Polarity::Prohibition) else {
            return;
        };
        if !self.names_no_parameter_of_all(rule, &fields) || !self.all_have_the_parameters(&fields, &tools, servers) {
            return;
        }
        let any: Vec<(&ScopedField<'a>, ReadingKind)> = fields
            .iter()
            .filter_map(|field| Some((field, self.any_kind(field.0)?)))
            .collect();
        let mut covered = 0_usize;
        for (server, name) in &tools {
            let Some(tool) = servers.get(server).and_then(|s| s.tools.get(name)) else {
                continue;
            };
            if !any.iter().all(|(_, kind)| tool.arguments.has_reading(*kind)) {
                continue;
            }
            covered += 1;
            let full = FullName(server, name).to_string();
            self.check_gate(rule, tool, &full, None);
            let any = any
                .iter()
                .map(|(field, kind)| self.any_reading(field, *kind, tool, &full));
            let any = any.collect::<Vec<_>>().into_iter().collect::<Option<Vec<_>>>();
            let named = fields
                .iter()
                .filter(|(field, _)| !matches!(field.key, FieldKey::AnyReading(_)));
            let lowered = named.map(|field| self.parameter(field, tool, &full, Polarity::Prohibition));
            let lowered = lowered.collect::<Vec<_>>().into_iter().collect::<Option<Vec<Field>>>();
            let tool = servers.get_mut(server).and_then(|s| s.tools.get_mut(name));
            if let (Some(fields), Some(any), Some(tool)) = (lowered, any, tool) {
                tool.prohibitions.push(Prohibition {
                    rule: index,
                    fields: shared(fields),
                    any,
                    gate,
                });
            }
        }
        if covered == 0 && !any.is_empty() {
            let message = "this prohibition covers no call: none of its tools has a slot with that reading";
            let help = "declare readings in the server's block: `path: *.path`";
            self.report::<()>(Diagnostic::warning(codes::NOTHING, span, message).help(help));
        }
    }

    /// A prohibition speaks of every tool that it covers: one that lacks a parameter would escape it.
    pub(super) fn all_have_the_parameters(
        &self,
        fields: &[ScopedField<'a>],
        tools: &[ToolName],
        servers: &BTreeMap<String, Server>,
    ) -> bool {
        let mut complete = true;
        for (field, _) in fields {
            let FieldKey::Name(name) = &field.key else { continue };
            let lacks = |(server, tool): &&ToolName| {
                let tool = servers.get(server).and_then(|s| s.tools.get(tool));
                tool.is_some_and(|tool| !Universe::of(&tool.arguments).has_member(&name.name))
            };
            let lacking: Vec<&ToolName> = tools.iter().filter(lacks).collect();
            let Some((server, tool)) = lacking.first() else {
                continue;
            };
            complete = false;
            if let ([(server, tool)], Some(found)) = (tools, servers.get(server).and_then(|s| s.tools.get(tool))) {
                self.report::<()>(unknown_parameter(name, found, &FullName(server, tool).to_string()));
                continue;
            }
            let list: Vec<String> = lacking
                .iter()
                .map(|(server, tool)| format!("`{}`", FullName(server, tool)))
                .collect();
            let message = format!(
                "{} of the tools covered have no parameter `{}`: {}",
                lacking.len(),
                name.name,
                list.join(", ")
            );
            let help = "name the tools that have it, or write `any path: …` for every slot with a reading";
            self.report::<()>(Diagnostic::error(codes::UNKNOWN_PARAMETER, name.span, message).help(help));
        }
        complete
    }
}

pub(super) fn unknown_parameter(name: &Ident, tool: &Tool, full: &str) -> Diagnostic {
    let names = Universe::of(&tool.arguments).names();
    let error = Diagnostic::error(
        codes::UNKNOWN_PARAMETER,
        name.span,
        format!("`{full}` has no parameter `{}`", name.name),
    );
    match nearest(&name.name, names.iter().copied()) {
        Some(near) => error.help(format!("did you mean `{near}`?")),
        None if names.is_empty() => error.help("it takes no parameters"),
        None => error.help(format!("its parameters are {}", names.join(", "))),
    }
}
