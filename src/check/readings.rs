//! How values are read: as the server's block declares, or as a rule's own pattern says.

use std::collections::{BTreeMap, BTreeSet};

use super::env::{Env, Reference, Scoped};
use super::escapes::Polarity;
use super::slot::{for_each_slot, name_slot};
use super::spreads::Braces;
use super::{Checker, codes};
use crate::diagnostic::{Diagnostic, nearest};
use crate::eval::reading;
use crate::pattern::{Datum, ReadingKind};
use crate::syntax::ast::{
    FieldKey, Ident, Pattern, PatternKind, ReadingDecl, ReadingOption, Rule, SlotSelector, SlotStep, StatementKind,
    ToolSelector,
};
use crate::table::{PathReading, Reading, Server, Shape, Step, Tool, Type};

/// As deep as patterns nest.
const MAX_DEPTH: usize = 64;

impl<'a> Checker<'a> {
    /// Sets the reading of every slot that has one.
    pub(super) fn apply_readings(&self, servers: &mut BTreeMap<String, Server>) {
        for written in self.scope.servers.values() {
            let Some(server) = servers.get_mut(&written.name.name) else {
                continue;
            };
            for declaration in &written.readings {
                if let Some(reading) = self.reading(declaration) {
                    self.declare(server, declaration, &reading);
                }
            }
        }
        // All members are named before any is read: the order of statements does not matter.
        let rules = self.rules_of_file();
        let found: Vec<(Vec<&ToolSelector>, Found)> = rules
            .map(|(rule, polarity)| (self.selected(&rule.tools), self.found(rule, polarity)))
            .collect();
        for (tools, found) in &found {
            for_each_tool(tools, servers, |tool| {
                found
                    .named
                    .iter()
                    .for_each(|steps| name_slot(&mut tool.arguments, steps));
            });
        }
        for (tools, found) in &found {
            for_each_tool(tools, servers, |tool| {
                found
                    .paths
                    .iter()
                    .for_each(|steps| read_as_path(&mut tool.arguments, steps));
            });
        }
    }

    fn rules_of_file(&self) -> impl Iterator<Item = (&'a Rule, Polarity)> {
        self.package.statements().filter_map(|statement| match &statement.kind {
            StatementKind::Allow(rule) => Some((rule, Polarity::Grant)),
            StatementKind::Deny(rule) => Some((rule, Polarity::Prohibition)),
            _ => None,
        })
    }

    fn reading(&self, declaration: &ReadingDecl) -> Option<Reading> {
        if declaration.reading.name != "path" {
            let message = format!(
                "the reading `{}` is not supported by this version of mcppc",
                declaration.reading.name
            );
            return self.report(Diagnostic::error(codes::READING, declaration.reading.span, message));
        }
        let mut path = PathReading::default();
        for option in &declaration.options {
            self.path_option(option, &mut path)?;
        }
        Some(Reading::Path(path))
    }

    fn path_option(&self, option: &ReadingOption, path: &mut PathReading) -> Option<()> {
        let ReadingOption { name, values } = option;
        match (name.name.as_str(), values.as_slice()) {
            ("posix", []) => {}
            ("dir", []) => path.dir = true,
            ("root", [root]) => {
                let text = self.scope.text(root, self)?;
                match reading::read(&Reading::Path(PathReading::default()), text.clone().into()) {
                    Ok(Datum::String(..)) if path.root.is_none() => path.root = Some(text),
                    Ok(_) => {
                        return self.report(Diagnostic::error(codes::READING, root.span, "two roots are declared"));
                    }
                    Err(why) => {
                        let message = format!("the root is no canonical path: {why}");
                        return self.report(Diagnostic::error(codes::READING, root.span, message));
                    }
                }
            }
            ("windows" | "case insensitive", []) => {
                let message = format!("`{}` paths are not supported by this version of mcppc", name.name);
                return self.report(Diagnostic::error(codes::READING, name.span, message));
            }
            _ => {
                let message = format!("`path` has no such option `{}`", name.name);
                let help = "its options are `posix`, `dir` and `root \"/…\"`";
                return self.report(Diagnostic::error(codes::READING, name.span, message).help(help));
            }
        }
        Some(())
    }

    fn declare(&self, server: &mut Server, declaration: &ReadingDecl, reading: &Reading) {
        for selector in &declaration.slots {
            let steps: Vec<Step> = selector.steps.iter().map(step).collect();
            let mut found = 0_usize;
            let mut conflict = false;
            for (_, tool) in server.tools.iter_mut().filter(|(name, _)| selects(selector, name)) {
                for_each_slot(&mut tool.arguments, &steps, &mut |shape| {
                    if shape.all_types().has(Type::String) {
                        found += 1;
                        conflict |= shape.reading.as_ref().is_some_and(|other| other != reading);
                        shape.reading = Some(reading.clone());
                    }
                });
            }
            if conflict {
                let message = "two declarations read this slot in different ways";
                self.report::<()>(Diagnostic::error(codes::READING, selector.span, message));
            }
            if found == 0 {
                self.report::<()>(unmatched(server, selector));
            }
        }
    }

    /// What a rule says of its tools' slots: members that it names, and readings by its own patterns, which hold where no
    /// declaration gives one.
    fn found(&self, rule: &'a Rule, polarity: Polarity) -> Found {
        let mut found = Found::default();
        for (field, env) in self.rule_fields(rule, polarity).into_iter().flatten() {
            if let FieldKey::Name(name) = &field.key {
                let mut at = vec![Step::Key(name.name.clone())];
                self.find(&field.pattern, &env, &mut at, MAX_DEPTH, &mut found);
            }
        }
        found
    }

    /// The slots, from the rule's braces on, that a pattern speaks of.
    pub(super) fn find(
        &self,
        pattern: &'a Pattern,
        env: &Env<'a>,
        at: &mut Vec<Step>,
        depth: usize,
        found: &mut Found,
    ) {
        let Some(depth) = depth.checked_sub(1).filter(|_| self.spend(pattern.span)) else {
            return;
        };
        if let Reference::To(Scoped { pattern, env }) = self.follow(pattern, env) {
            return self.find(pattern, &env, at, depth, found);
        }
        match &pattern.kind {
            PatternKind::Name(name) | PatternKind::Call { name, .. } if name.name == ReadingKind::Path.name() => {
                found.paths.insert(at.clone());
            }
            PatternKind::Array { element: inner, .. } | PatternKind::Has(inner) => {
                at.push(Step::Each);
                self.find(inner, env, at, depth, found);
                at.pop();
            }
            PatternKind::Object { fields, spreads, open } => {
                let braces = Braces {
                    fields,
                    spreads,
                    open: *open,
                };
                for (field, env) in self.fields(braces, env, depth).into_iter().flatten() {
                    if let FieldKey::Name(name) = &field.key {
                        at.push(Step::Key(name.name.clone()));
                        found.named.insert(at.clone());
                        self.find(&field.pattern, &env, at, depth, found);
                        at.pop();
                    }
                }
            }
            PatternKind::Nullable(inner) | PatternKind::Not(inner) => self.find(inner, env, at, depth, found),
            PatternKind::And(parts) | PatternKind::Or(parts) => {
                parts.iter().for_each(|part| self.find(part, env, at, depth, found));
            }
            PatternKind::Map { value, .. } => self.find(value, env, at, depth, found),
            PatternKind::Name(_)
            | PatternKind::UrlParts(_)
            | PatternKind::Call { .. }
            | PatternKind::Claim(_)
            | PatternKind::Str(_)
            | PatternKind::Number(_)
            | PatternKind::Bool(_)
            | PatternKind::Null
            | PatternKind::Range(_) => {}
        }
    }
}

/// The slots that a rule's patterns speak of.
#[derive(Default)]
pub(super) struct Found {
    /// Members of objects that are named.
    pub(super) named: BTreeSet<Vec<Step>>,
    /// Slots at which `path` is used.
    pub(super) paths: BTreeSet<Vec<Step>>,
}

/// Does `act` for every tool that a rule speaks of.
fn for_each_tool(selectors: &[&ToolSelector], servers: &mut BTreeMap<String, Server>, mut act: impl FnMut(&mut Tool)) {
    for selector in selectors {
        let tools = servers
            .get_mut(&selector.server.name)
            .into_iter()
            .flat_map(|server| &mut server.tools);
        tools
            .filter(|(name, _)| super::rules::names(selector, name))
            .for_each(|(_, tool)| act(tool));
    }
}

pub(super) fn read_as_path(shape: &mut Shape, steps: &[Step]) {
    for_each_slot(shape, steps, &mut |shape| {
        if shape.all_types().has(Type::String) && shape.reading.is_none() {
            shape.reading = Some(Reading::Path(PathReading::default()));
        }
    });
}

fn step(step: &SlotStep) -> Step {
    match step {
        SlotStep::Key(name) => Step::Key(name.name.clone()),
        SlotStep::Each => Step::Each,
    }
}

fn selects(selector: &SlotSelector, tool: &str) -> bool {
    selector.tool.as_ref().is_none_or(|name| name.name == tool)
}

fn unmatched(server: &Server, selector: &SlotSelector) -> Diagnostic {
    let error = |message: String| Diagnostic::error(codes::READING, selector.span, message);
    let near =
        |name: &Ident, names: Vec<&str>| nearest(&name.name, names).map(|near| format!("did you mean `{near}`?"));
    let (error, help) = match (&selector.tool, selector.steps.first()) {
        (Some(tool), _) if !server.tools.contains_key(&tool.name) => (
            error(format!("the lock pins no tool `{}`", tool.name)),
            near(tool, server.tools.keys().map(String::as_str).collect()),
        ),
        (_, Some(SlotStep::Key(first))) => {
            let tools: Vec<&Tool> = server
                .tools
                .iter()
                .filter(|(name, _)| selects(selector, name))
                .map(|(_, t)| t)
                .collect();
            let names: Vec<&str> = tools
                .iter()
                .flat_map(|tool| Shape::property_names(&tool.arguments))
                .collect();
            let help = if names.contains(&first.name.as_str()) {
                None
            } else {
                near(first, names)
            };
            (error("no tool has such a slot that can be a string".to_owned()), help)
        }
        _ => (error("no tool has such a slot".to_owned()), None),
    };
    Diagnostic { help, ..error }
}
