//! How values are read: as the server's block declares, or as a rule's own pattern says.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::asked::Asked;
use super::escapes::Polarity;
use super::slot::{for_each_text, name_slot};
use super::spreads::ScopedField;
use super::{Checker, codes};
use crate::diagnostic::{Diagnostic, nearest};
use crate::pattern::ReadingKind;
use crate::syntax::ast::{Ident, ReadingDecl, Rule, SlotSelector, SlotStep, StatementKind, ToolSelector};
use crate::table::{Capability, Reading, Server, Shape, Step, Tool, Type, Universe};

impl<'a> Checker<'a> {
    /// Sets the reading of every slot that has one.
    pub(super) fn apply_readings(&self, servers: &mut BTreeMap<String, Server>) {
        for written in self.scope.servers.values() {
            let Some(server) = servers.get_mut(&written.name.name) else {
                continue;
            };
            for declaration in &written.readings {
                if let Some(reading) = self.declared(declaration) {
                    self.declare(server, declaration, &reading);
                }
            }
        }
        let tools = servers.values_mut().flat_map(|server| server.tools.values_mut());
        tools.for_each(|tool| read_as_formats_say(&mut tool.arguments));
        // All members are named before any is read: the order of statements does not matter.
        let rules = self.rules_of_file();
        let found: Vec<(Vec<Cow<'_, ToolSelector>>, Asked)> = rules
            .map(|(rule, polarity)| (self.selected(&rule.tools), self.asked(rule, polarity)))
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
                for (steps, reading) in &found.read {
                    read_as(&mut tool.arguments, steps, reading);
                }
            });
        }
        // Whatever gave it the reading.
        for (tools, found) in &found {
            for_each_tool(tools, servers, |tool| {
                for (steps, asked) in &found.urls {
                    for_each_text(&mut tool.arguments, steps, &mut |shape| asked.put_to(shape));
                }
                found.any_url.put_to_all(&mut tool.arguments);
            });
        }
    }

    /// Sets the readings that patterns of these fields ask for, of a shape that no server declares.
    pub(super) fn read_as_asked(&self, fields: &[ScopedField<'a>], shape: &mut Shape) {
        let asked = self.asked_of(fields.iter().cloned());
        asked.named.iter().for_each(|steps| name_slot(shape, steps));
        for (steps, reading) in &asked.read {
            read_as(shape, steps, reading);
        }
        for (steps, of_url) in &asked.urls {
            for_each_text(shape, steps, &mut |shape| of_url.put_to(shape));
        }
    }

    fn rules_of_file(&self) -> impl Iterator<Item = (&'a Rule, Polarity)> {
        self.package.statements().filter_map(|statement| match &statement.kind {
            StatementKind::Allow(rule) => Some((rule, Polarity::Grant)),
            StatementKind::Deny(rule) => Some((rule, Polarity::Prohibition)),
            _ => None,
        })
    }

    fn declare(&self, server: &mut Server, declaration: &ReadingDecl, reading: &Reading) {
        for selector in &declaration.slots {
            let steps: Vec<Step> = selector.steps.iter().map(step).collect();
            let mut found = 0_usize;
            let (mut conflict, mut format) = (false, None);
            for (_, tool) in server.tools.iter_mut().filter(|(name, _)| selects(selector, name)) {
                for_each_text(&mut tool.arguments, &steps, &mut |shape| {
                    found += 1;
                    conflict |= shape.reading.as_ref().is_some_and(|other| **other != *reading);
                    format = shape.format.filter(|format| *format != reading.kind()).or(format);
                    shape.reading = Some(Box::new(reading.clone()));
                });
            }
            if conflict {
                let message = "two declarations read this slot in different ways";
                self.report::<()>(Diagnostic::error(codes::READING, selector.span, message));
            }
            if let Some(format) = format {
                let message = format!("the schema says that this slot is read as `{}`", format.name());
                self.report::<()>(Diagnostic::error(codes::READING, selector.span, message));
            }
            if found == 0 {
                self.report::<()>(unmatched(server, selector));
            }
        }
    }
}

/// Does `act` for every tool that a rule speaks of.
fn for_each_tool(
    selectors: &[Cow<'_, ToolSelector>],
    servers: &mut BTreeMap<String, Server>,
    mut act: impl FnMut(&mut Tool),
) {
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

pub(super) fn read_as(shape: &mut Shape, steps: &[Step], reading: &Reading) {
    for_each_text(shape, steps, &mut |shape| {
        shape.reading.get_or_insert_with(|| Box::new(reading.clone()));
    });
}

/// Where no declaration says how a slot is read, the schema's `format` does, if all forms that its strings can have agree
/// on one, in whichever alternative.
fn read_as_formats_say(shape: &mut Shape) {
    let mut found = Vec::new();
    find_formats(&Universe::of(shape), &mut Vec::new(), &mut found);
    for (steps, kind) in &found {
        read_as(shape, steps, &Reading::plain(*kind));
    }
    read_others_as_formats_say(shape);
}

/// The members that have no name are slots of their own.
fn read_others_as_formats_say(shape: &mut Shape) {
    shape.format = None;
    if let Some(others) = shape.additional.as_deref_mut() {
        read_as_formats_say(others);
    }
    let properties = shape.properties.values_mut().map(|property| &mut property.shape);
    let members = properties.chain(shape.named.values_mut());
    let within = members.chain(shape.items.as_deref_mut()).chain(&mut shape.any_of);
    within.for_each(read_others_as_formats_say);
}

/// The slots whose strings have one format, from here on.
fn find_formats(universe: &Universe<'_>, at: &mut Vec<Step>, found: &mut Vec<(Vec<Step>, ReadingKind)>) {
    let mut formats = BTreeSet::new();
    for shape in universe.stated() {
        collect_formats(shape, None, &mut formats);
    }
    if let [Some(kind)] = formats.into_iter().collect::<Vec<_>>().as_slice() {
        found.push((at.clone(), *kind));
    }
    for name in formatted(universe) {
        at.push(Step::Key(name.to_owned()));
        find_formats(&universe.member(name), at, found);
        at.pop();
    }
    if universe.shapes().into_iter().any(|shape| shape.items.is_some()) {
        at.push(Step::Each);
        find_formats(&universe.element(), at, found);
        at.pop();
    }
}

/// The members that could have a reading by a format. Of thousands of alternatives few have one, and to ask each of
/// them about each member of the others would take the square of their number.
fn formatted<'s>(universe: &Universe<'s>) -> BTreeSet<&'s str> {
    let shapes = universe.shapes();
    let of_others = shapes
        .iter()
        .any(|shape| shape.additional.as_deref().is_some_and(has_format));
    let properties = shapes.into_iter().flat_map(|shape| &shape.properties);
    let found = properties.filter(|(_, property)| of_others || has_format(&property.shape));
    found.map(|(name, _)| name.as_str()).collect()
}

/// Does it, or a slot within it, state one?
fn has_format(shape: &Shape) -> bool {
    let properties = shape.properties.values().map(|property| &property.shape);
    let others = shape.additional.as_deref().into_iter().chain(shape.items.as_deref());
    shape.format.is_some() || properties.chain(others).chain(&shape.any_of).any(has_format)
}

/// The formats of each form that strings can have; `None` for one that has none.
fn collect_formats(shape: &Shape, outer: Option<ReadingKind>, found: &mut BTreeSet<Option<ReadingKind>>) {
    let format = shape.format.or(outer);
    if shape.any_of.is_empty() {
        found.extend(shape.all_types().has(Type::String).then_some(format));
    }
    shape
        .any_of
        .iter()
        .for_each(|shape| collect_formats(shape, format, found));
}

pub(super) fn step(step: &SlotStep) -> Step {
    match step {
        SlotStep::Key(name) => Step::Key(name.name.clone()),
        SlotStep::Each => Step::Each,
    }
}

fn selects(selector: &SlotSelector, tool: &str) -> bool {
    Capability::of_tool(tool).is_none() && selector.tool.as_ref().is_none_or(|name| name.name == tool)
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
                .flat_map(|tool| Universe::of(&tool.arguments).names())
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
