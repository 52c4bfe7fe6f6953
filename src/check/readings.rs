//! How values are read: as the server's block declares, or as a rule's own pattern says.

use std::collections::{BTreeMap, BTreeSet};

use super::asked::Asked;
use super::slot::{for_each_slot, name_slot};
use super::{Checker, codes};
use crate::diagnostic::{Diagnostic, nearest};
use crate::pattern::ReadingKind;
use crate::syntax::ast::{Ident, ReadingDecl, Rule, Selector, SlotSelector, SlotStep, StatementKind};
use crate::table::{Reading, Server, Shape, Step, Tool, Type};

impl Checker<'_> {
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
        let found: Vec<(&Rule, Asked)> = self.rules_of_file().map(|rule| (rule, self.asked(rule))).collect();
        for (rule, found) in &found {
            for_each_tool(rule, servers, |tool| {
                found
                    .named
                    .iter()
                    .for_each(|steps| name_slot(&mut tool.arguments, steps));
            });
        }
        for (rule, found) in &found {
            for_each_tool(rule, servers, |tool| {
                for (steps, reading) in &found.read {
                    read_as(&mut tool.arguments, steps, reading);
                }
            });
        }
        // Whatever gave it the reading.
        for (rule, found) in &found {
            for_each_tool(rule, servers, |tool| {
                for (steps, asked) in &found.urls {
                    for_each_slot(&mut tool.arguments, steps, &mut |shape| asked.put_to(shape));
                }
                found.any_url.put_to_all(&mut tool.arguments);
            });
        }
    }

    fn rules_of_file(&self) -> impl Iterator<Item = &Rule> {
        self.file
            .statements
            .iter()
            .filter_map(|statement| match &statement.kind {
                StatementKind::Allow(rule) | StatementKind::Deny(rule) => Some(rule),
                _ => None,
            })
    }

    fn declare(&self, server: &mut Server, declaration: &ReadingDecl, reading: &Reading) {
        for selector in &declaration.slots {
            let steps: Vec<Step> = selector.steps.iter().map(step).collect();
            let mut found = 0_usize;
            let (mut conflict, mut format) = (false, None);
            for (_, tool) in server.tools.iter_mut().filter(|(name, _)| selects(selector, name)) {
                for_each_slot(&mut tool.arguments, &steps, &mut |shape| {
                    if shape.all_types().has(Type::String) {
                        found += 1;
                        conflict |= shape.reading.as_ref().is_some_and(|other| **other != *reading);
                        format = shape.format.filter(|format| *format != reading.kind()).or(format);
                        shape.reading = Some(Box::new(reading.clone()));
                    }
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
fn for_each_tool(rule: &Rule, servers: &mut BTreeMap<String, Server>, mut act: impl FnMut(&mut Tool)) {
    for selector in rule.tools.iter().filter_map(Selector::tools) {
        let tools = servers
            .get_mut(&selector.server.name)
            .into_iter()
            .flat_map(|server| &mut server.tools);
        tools
            .filter(|(name, _)| super::rules::names(selector, name))
            .for_each(|(_, tool)| act(tool));
    }
}

fn read_as(shape: &mut Shape, steps: &[Step], reading: &Reading) {
    for_each_slot(shape, steps, &mut |shape| {
        if shape.all_types().has(Type::String) && shape.reading.is_none() {
            shape.reading = Some(Box::new(reading.clone()));
        }
    });
}

/// Where no declaration says how a slot is read, the schema's `format` does, if all forms that its strings can have
/// agree on one, in whichever alternatives of the schema they are stated.
fn read_as_formats_say(shape: &mut Shape) {
    let mut found = BTreeMap::new();
    collect_slots(shape, &mut Vec::new(), &mut found);
    for (steps, formats) in found {
        if let [Some(kind)] = formats.into_iter().collect::<Vec<_>>().as_slice() {
            read_as(shape, &steps, &Reading::plain(*kind));
        }
    }
    read_others_as_formats_say(shape);
}

/// Members that the schema does not name, and what is within them.
fn read_others_as_formats_say(shape: &mut Shape) {
    shape.format = None;
    let properties = shape.properties.values_mut().map(|property| &mut property.shape);
    let within = properties.chain(shape.items.as_deref_mut()).chain(&mut shape.any_of);
    within.for_each(read_others_as_formats_say);
    shape
        .additional
        .as_deref_mut()
        .into_iter()
        .for_each(read_as_formats_say);
}

/// The formats of each form that the strings of each slot can have; `None` for one that has none.
type Formats = BTreeMap<Vec<Step>, BTreeSet<Option<ReadingKind>>>;

fn collect_slots(shape: &Shape, at: &mut Vec<Step>, found: &mut Formats) {
    collect_formats(shape, None, found.entry(at.clone()).or_default());
    for variant in shape.variants() {
        for (name, property) in &variant.properties {
            at.push(Step::Key(name.clone()));
            collect_slots(&property.shape, at, found);
            at.pop();
        }
        if let Some(items) = &variant.items {
            at.push(Step::Each);
            collect_slots(items, at, found);
            at.pop();
        }
    }
}

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
