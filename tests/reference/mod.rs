//! The reference evaluator: what a policy means, said as plainly as possible.
//!
//! It asks the syntax tree and the lock's schemas about every call anew, compiles nothing, and shares no code with
//! `mcppc::pattern`, `table` and `eval` but the names of the reasons. It takes for granted that the policy checks.

pub mod gates;
mod glob;
mod json;
mod number;
pub mod path;
mod pattern;
mod regex;
mod universe;

use std::collections::BTreeMap;

use mcppc::eval::Reason;
use mcppc::syntax::ast::{
    Field, FieldKey, File, Pattern, PatternKind, ReadingDecl, Rule, Selector, SlotStep, StatementKind, ToolNames,
};
use serde_json::Value as Json;

use gates::{Circumstances, Effects};
use json::Value;
use path::PathReading;
use pattern::{Names, Polarity, name_of};
use universe::{Readings, Slots, Step, Universe};

/// What the reference says of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    pub reason: Reason,
    /// The line of the grant or prohibition that decided, or of the nearest grant.
    pub line: Option<usize>,
    /// What it does where it is allowed.
    pub effects: Effects,
}

/// A policy and its lock.
#[derive(Debug)]
pub struct Reference {
    file: File,
    text: String,
    names: Names,
    tools: BTreeMap<(String, String), Universe>,
    wildcards: BTreeMap<String, Vec<String>>,
}

impl Reference {
    /// From a policy's source, that checks, and its lock.
    pub fn new(source: &mcppc::diagnostic::Source, lock: &str) -> Self {
        let (file, _) = mcppc::syntax::parse(source);
        let lock: Json = serde_json::from_str(lock).unwrap();
        let mut names = Names {
            consts: BTreeMap::new(),
            patterns: BTreeMap::new(),
        };
        for statement in &file.statements {
            match &statement.kind {
                StatementKind::Const(c) => drop(names.consts.insert(c.name.name.clone(), c.value.kind.clone())),
                StatementKind::Pattern(p) => drop(names.patterns.insert(p.name.name.clone(), p.pattern.clone())),
                _ => {}
            }
        }
        let mut reference = Self {
            file,
            text: source.text.to_string(),
            names,
            tools: BTreeMap::new(),
            wildcards: serde_json::from_value(lock["wildcards"].clone()).unwrap(),
        };
        for (server, locked) in lock["servers"].as_object().unwrap() {
            for (tool, definition) in locked["tools"].as_object().unwrap() {
                let (named, used) = reference.spoken_of(server, tool);
                let declared = reference.declared(server, tool);
                let universe = Universe::new(definition["inputSchema"].clone(), declared, &named, &used);
                reference.tools.insert((server.clone(), tool.clone()), universe);
            }
        }
        reference
    }

    /// Decides one call; `arguments` is JSON text.
    pub fn decide(&self, server: &str, tool: &str, arguments: &str, around: &Circumstances) -> Verdict {
        let verdict = |reason, line, effects| Verdict { reason, line, effects };
        let deny = |reason| verdict(reason, None, Effects::default());
        let Some(arguments @ Value::Object(_)) = json::read(arguments) else {
            return deny(Reason::MalformedCall);
        };
        let Some(universe) = self.tools.get(&(server.to_owned(), tool.to_owned())) else {
            return deny(Reason::UnknownTool);
        };
        let arguments = match universe.arguments(&arguments) {
            Ok(arguments) => arguments,
            Err(reason) => return deny(reason),
        };
        for (rule, line) in self.rules(server, tool, false) {
            let fields: Vec<&Field> = rule.fields().collect();
            let Value::Object(members) = &arguments else {
                unreachable!()
            };
            if fields.iter().all(|field| self.prohibits(field, &arguments, universe))
                && self.gates_prohibit(rule, members, universe, around)
            {
                return verdict(Reason::Prohibited, Some(line), Effects::default());
            }
        }
        let Value::Object(arguments) = arguments else {
            unreachable!()
        };
        let grants = self.rules(server, tool, true).into_iter();
        let judge = |rule| {
            let mut failures = self.failures(rule, &arguments, universe);
            failures.extend(self.gate_failures(rule, &arguments, universe, around));
            failures
        };
        let judged: Vec<_> = grants.map(|(rule, line)| (judge(rule), rule, line)).collect();
        let holding: Vec<_> = judged.iter().filter(|(failures, ..)| failures.is_empty()).collect();
        if let Some((_, _, line)) = holding.first() {
            let rules: Vec<&Rule> = holding.iter().map(|(_, rule, _)| *rule).collect();
            return verdict(Reason::Allowed, Some(*line), self.effects(&rules, &arguments));
        }
        // The first of those that fail in the fewest ways.
        match judged.into_iter().min_by_key(|(failures, ..)| failures.len()) {
            None => deny(Reason::NoGrant),
            Some((failures, _, line)) => verdict(failures[0], Some(line), Effects::default()),
        }
    }

    /// The grants or the prohibitions that speak of a tool, with their lines, in the order of the source.
    fn rules(&self, server: &str, tool: &str, grants: bool) -> Vec<(&Rule, usize)> {
        let mut found = Vec::new();
        for statement in &self.file.statements {
            let rule = match &statement.kind {
                StatementKind::Allow(rule) if grants => rule,
                StatementKind::Deny(rule) if !grants => rule,
                _ => continue,
            };
            let line = self.text[..statement.span.start].lines().count().max(1)
                + usize::from(self.text[..statement.span.start].ends_with('\n'));
            if rule
                .tools
                .iter()
                .any(|selector| self.names_tool(selector, server, tool, grants))
            {
                found.push((rule, line));
            }
        }
        found
    }

    /// A wildcard of a grant stands for what the lock says, one of a prohibition for every tool.
    fn names_tool(&self, selector: &Selector, server: &str, tool: &str, grant: bool) -> bool {
        let accepted = || self.wildcards[&format!("{server}.*")].iter().any(|name| name == tool);
        let selector = selector.tools().expect("a policy of the core");
        selector.server.name == server
            && match &selector.tools {
                ToolNames::One(name) => name.name == tool,
                ToolNames::Many(names) => names.iter().any(|name| name.name == tool),
                ToolNames::All => !grant || accepted(),
            }
    }

    /// Does one entry of a prohibition hold?
    fn prohibits(&self, field: &Field, arguments: &Value, universe: &Universe) -> bool {
        match (&field.key, arguments) {
            (FieldKey::AnyReading(_), _) => self.any_path(&field.pattern, arguments, &[], universe),
            (FieldKey::Name(_), Value::Object(members)) => {
                self.names
                    .field_holds(field, members, &[], universe, Polarity::Prohibition)
            }
            _ => unreachable!(),
        }
    }

    /// Is a path anywhere in the value in the pattern, or in what the server takes for a member that is absent?
    fn any_path(&self, pattern: &Pattern, value: &Value, at: &[Step], universe: &Universe) -> bool {
        let within = |value: &Value, step: Step| self.any_path(pattern, value, &[at, &[step]].concat(), universe);
        match value {
            // `any path: P` reads P as of a slot that is a plain path.
            Value::String { path: true, .. } => {
                self.names
                    .holds(pattern, value, &[], &Universe::plain_path(), Polarity::Prohibition)
            }
            Value::Array(elements) => elements.iter().any(|e| within(e, Step::Each)),
            Value::Object(members) => {
                let is_absent = |name: &String| !members.iter().any(|(key, _)| key == name);
                let by_default = |name: String| {
                    let slot = [at, &[Step::Key(name.clone())]].concat();
                    let judge = |default: &Option<Value>| match default {
                        Some(default) => within(default, Step::Key(name.clone())),
                        // What it would judge is not known.
                        None => universe.has_path(&slot),
                    };
                    universe.defaults(&slot).iter().any(judge)
                };
                members.iter().any(|(key, v)| within(v, Step::Key(key.clone())))
                    || universe.members(at).into_iter().filter(is_absent).any(by_default)
            }
            _ => false,
        }
    }

    /// Every reason why a grant does not hold: parameters that it does not name, in the order of the call, then its
    /// own that are missing or do not match, in its order.
    fn failures(&self, rule: &Rule, arguments: &[(String, Value)], universe: &Universe) -> Vec<Reason> {
        let fields: Vec<&Field> = rule.fields().collect();
        let mut failures = Vec::new();
        for (key, _) in arguments {
            if !fields.iter().any(|field| name_of(field) == key) {
                failures.push(Reason::UnlistedParameter);
            }
        }
        for field in fields {
            let present = arguments.iter().any(|(key, _)| key == name_of(field));
            if !self.names.field_holds(field, arguments, &[], universe, Polarity::Grant) {
                failures.push(if present {
                    Reason::PatternMismatch
                } else {
                    Reason::MissingParameter
                });
            }
        }
        failures
    }

    /// The parameters, and members of objects, that rules name, and the slots for which they use `path`.
    fn spoken_of(&self, server: &str, tool: &str) -> (Slots, Slots) {
        let (mut named, mut used) = (Slots::new(), Slots::new());
        for statement in &self.file.statements {
            let rule = match &statement.kind {
                StatementKind::Allow(rule) | StatementKind::Deny(rule) => rule,
                _ => continue,
            };
            let names = |s: &Selector| self.names_tool(s, server, tool, false);
            for field in rule.fields().filter(|_| rule.tools.iter().any(names)) {
                if let FieldKey::Name(name) = &field.key {
                    let parameter = vec![Step::Key(name.name.clone())];
                    self.speak(&field.pattern, &parameter, &mut named, &mut used);
                    named.insert(parameter);
                }
            }
        }
        (named, used)
    }

    /// The slots of a tool that are declared to be paths.
    fn declared(&self, server: &str, tool: &str) -> Readings {
        let mut readings = Readings::new();
        for statement in &self.file.statements {
            let StatementKind::Server(declared) = &statement.kind else {
                continue;
            };
            for line in declared.readings.iter().filter(|_| declared.name.name == server) {
                for slot in &line.slots {
                    let step = |step: &SlotStep| match step {
                        SlotStep::Key(name) => Step::Key(name.name.clone()),
                        SlotStep::Each => Step::Each,
                    };
                    if slot.tool.as_ref().is_none_or(|name| name.name == tool) {
                        readings.insert(slot.steps.iter().map(step).collect(), self.path_reading(line));
                    }
                }
            }
        }
        readings
    }

    fn path_reading(&self, declared: &ReadingDecl) -> PathReading {
        let root = declared.options.iter().find(|option| option.name.name == "root");
        PathReading {
            dir: declared.options.iter().any(|option| option.name.name == "dir"),
            root: root.map(|option| self.names.text(&option.values[0])),
        }
    }

    /// What a pattern of the slot `at` speaks of.
    fn speak(&self, pattern: &Pattern, at: &[Step], named: &mut Slots, used: &mut Slots) {
        match &pattern.kind {
            PatternKind::Name(name) | PatternKind::Call { name, .. } if name.name == "path" => {
                used.insert(at.to_vec());
            }
            PatternKind::Name(name) => {
                if let Some(inner) = self.names.patterns.get(&name.name) {
                    self.speak(inner, at, named, used);
                }
            }
            PatternKind::Array { element: inner, .. } | PatternKind::Has(inner) => {
                self.speak(inner, &[at, &[Step::Each]].concat(), named, used);
            }
            PatternKind::Object { fields, .. } => {
                for field in fields {
                    let member = [at, &[Step::Key(name_of(field).to_owned())]].concat();
                    self.speak(&field.pattern, &member, named, used);
                    named.insert(member);
                }
            }
            PatternKind::Nullable(inner) | PatternKind::Not(inner) => self.speak(inner, at, named, used),
            PatternKind::And(parts) | PatternKind::Or(parts) => {
                parts.iter().for_each(|part| self.speak(part, at, named, used));
            }
            _ => {}
        }
    }
}
