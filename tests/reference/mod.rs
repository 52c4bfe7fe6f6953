//! The reference evaluator: what a policy means, said as plainly as possible.
//!
//! It asks the syntax tree and the lock's schemas about every call anew, compiles nothing, and shares no code with
//! `mcppc::pattern`, `table` and `eval` but the names of the reasons. It takes for granted that the policy checks.

mod claims;
mod expand;
pub mod gates;
mod glob;
mod json;
pub mod memory;
mod number;
mod parts;
pub mod path;
mod pattern;
pub mod reading;
mod regex;
mod universe;

use std::collections::BTreeMap;

use mcppc::eval::Reason;
use mcppc::syntax::ast::{
    Argument, Field, FieldKey, File, Ident, Pattern, PatternKind, ReadingDecl, Rule, Selector, SlotStep, StatementKind,
    ToolNames,
};
use serde_json::Value as Json;

use gates::{Circumstances, Effects};
use json::Value;
use path::PathReading;
use pattern::{Names, Polarity, name_of};
use reading::{Reading, UrlReading};
use universe::{Readings, Said, Step, Universe};

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
        let (mut file, _) = mcppc::syntax::parse(source);
        let lock: Json = serde_json::from_str(lock).unwrap();
        let mut names = Names {
            consts: BTreeMap::new(),
            patterns: BTreeMap::new(),
            claims: std::cell::RefCell::default(),
        };
        for statement in &file.statements {
            if let StatementKind::Const(c) = &statement.kind {
                names.consts.insert(c.name.name.clone(), c.value.kind.clone());
            }
        }
        expand::expand(&mut file, &mut names.consts);
        for statement in &file.statements {
            if let StatementKind::Pattern(p) = &statement.kind {
                names.patterns.insert(p.name.name.clone(), p.pattern.clone());
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
                let said = reference.said(server, tool);
                let declared = reference.declared(server, tool);
                let universe = Universe::new(definition["inputSchema"].clone(), declared, &said);
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
        self.names.claims.replace(gates::texts(around));
        for (rule, line) in self.rules(server, tool, false) {
            let fields: Vec<&Field> = rule.fields().collect();
            let Value::Object(members) = &arguments else {
                unreachable!()
            };
            if fields
                .iter()
                .all(|field| self.silent(field, universe) || self.prohibits(field, &arguments, universe))
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
            failures.extend(
                rule.fields()
                    .find(|field| self.silent(field, universe))
                    .map(|_| Reason::WrongCaller),
            );
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
        let selector = selector.tools().expect("sets are expanded");
        selector.server.name == server
            && match &selector.tools {
                ToolNames::One(name) => name.name == tool,
                ToolNames::Many(names) => names.iter().any(|name| name.name == tool),
                ToolNames::All => !grant || accepted(),
            }
    }

    /// Does a claim that an entry reads say nothing?
    fn silent(&self, field: &Field, universe: &Universe) -> bool {
        match &field.key {
            FieldKey::Name(name) => {
                let slot = [Step::Key(name.name.clone())];
                self.names.says_nothing(&field.pattern, &slot, universe)
            }
            FieldKey::AnyReading(_) => {
                // Its slots are paths of one file system, where it reads claims.
                let mut readings = universe.readings.values();
                let path = readings.find(|reading| matches!(reading, Reading::Path(_)));
                path.is_some_and(|path| {
                    self.names
                        .says_nothing(&field.pattern, &[], &Universe::of(path.clone()))
                })
            }
            FieldKey::Envelope(_) => false,
        }
    }

    /// Does one entry of a prohibition hold?
    fn prohibits(&self, field: &Field, arguments: &Value, universe: &Universe) -> bool {
        match (&field.key, arguments) {
            (FieldKey::AnyReading(name), _) => self.any(&name.name, &field.pattern, arguments, &[], universe),
            (FieldKey::Name(_), Value::Object(members)) => {
                self.names
                    .field_holds(field, members, &[], universe, Polarity::Prohibition)
            }
            _ => unreachable!(),
        }
    }

    /// Is a value that is read so, anywhere in this one, in the pattern, or in what the server takes for a member that is
    /// absent?
    fn any(&self, name: &str, pattern: &Pattern, value: &Value, at: &[Step], universe: &Universe) -> bool {
        let within = |value: &Value, step: Step| self.any(name, pattern, value, &[at, &[step]].concat(), universe);
        match value {
            Value::String { read: Some(read), .. } if *read == name => {
                // Slots differ in their roots, so a text of the pattern is a whole name.
                let reading = match universe.readings[at].clone() {
                    Reading::Path(path) => Reading::Path(PathReading {
                        dir: false,
                        root: None,
                        ..path
                    }),
                    Reading::Datetime(_) => Reading::Datetime(None),
                    other => other,
                };
                let slot = Universe::of(reading);
                self.names.holds(pattern, value, &[], &slot, Polarity::Prohibition)
            }
            Value::Array(elements) => elements.iter().any(|e| within(e, Step::Each)),
            Value::Object(members) => {
                let is_absent = |name: &String| !members.iter().any(|(key, _)| key == name);
                let by_default = |member: String| {
                    let slot = [at, &[Step::Key(member.clone())]].concat();
                    let judge = |default: &Option<Value>| match default {
                        Some(default) if !self.names.reads_claims(pattern, universe) => {
                            within(default, Step::Key(member.clone()))
                        }
                        // What it would judge is not known.
                        _ => universe.has_reading(&slot, name),
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
            // A claim that says nothing fails the grant by itself.
            let judged = !present || !self.silent(field, universe);
            if judged && !self.names.field_holds(field, arguments, &[], universe, Polarity::Grant) {
                failures.push(if present {
                    Reason::PatternMismatch
                } else {
                    Reason::MissingParameter
                });
            }
        }
        failures
    }

    /// What rules say of a tool's slots.
    fn said(&self, server: &str, tool: &str) -> Said {
        let mut said = Said::default();
        for statement in &self.file.statements {
            let rule = match &statement.kind {
                StatementKind::Allow(rule) | StatementKind::Deny(rule) => rule,
                _ => continue,
            };
            let names = |s: &Selector| self.names_tool(s, server, tool, false);
            for field in rule.fields().filter(|_| rule.tools.iter().any(names)) {
                match &field.key {
                    FieldKey::Name(name) => {
                        let parameter = vec![Step::Key(name.name.clone())];
                        self.speak(&field.pattern, &parameter, &mut said);
                        said.named.insert(parameter);
                    }
                    _ => {
                        let mut any = Said::default();
                        self.speak(&field.pattern, &[], &mut any);
                        said.any_url.extend(any.read.into_iter().map(|(_, reading)| reading));
                    }
                }
            }
        }
        said
    }

    /// How the slots of a tool are declared to be read.
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
                        readings.insert(slot.steps.iter().map(step).collect(), self.reading(line));
                    }
                }
            }
        }
        readings
    }

    fn reading(&self, declared: &ReadingDecl) -> Reading {
        let has = |name: &str| declared.options.iter().any(|option| option.name.name == name);
        let values = |name: &str| {
            let found = declared.options.iter().find(|option| option.name.name == name);
            found.map(|option| {
                option
                    .values
                    .iter()
                    .map(|value| self.names.text(value))
                    .collect::<Vec<_>>()
            })
        };
        match declared.reading.name.as_str() {
            "path" => {
                let mut path = PathReading {
                    dir: has("dir"),
                    fold: has("windows") || has("case insensitive"),
                    windows: has("windows"),
                    root: None,
                };
                path.root = values("root").and_then(|root| path::canonical(&path, &path.as_value(&root[0])));
                Reading::Path(path)
            }
            "url" => {
                let default = values("default").map(|values| values[0].clone());
                let schemes = values("scheme").or_else(|| Some(vec![default.clone()?]));
                let plain = UrlReading::default();
                Reading::Url(UrlReading {
                    schemes: schemes.unwrap_or(plain.schemes.clone()),
                    default,
                    ..plain
                })
            }
            name => Reading::plain(name).unwrap(),
        }
    }

    /// What a pattern of the slot `at` says.
    fn speak(&self, pattern: &Pattern, at: &[Step], said: &mut Said) {
        match &pattern.kind {
            PatternKind::Name(name) => match self.names.patterns.get(&name.name) {
                Some(inner) => self.speak(inner, at, said),
                None => said
                    .read
                    .extend(Reading::plain(&name.name).map(|reading| (at.to_vec(), reading))),
            },
            PatternKind::Call { name, args } => {
                said.read
                    .extend(self.reading_of_call(name, args).map(|reading| (at.to_vec(), reading)));
            }
            PatternKind::UrlParts(fields) => {
                let part = |name: &str| fields.iter().find(|field| name_of(field) == name);
                let is_any =
                    |field: &Field| matches!(&field.pattern.kind, PatternKind::Name(name) if name.name == "any");
                let reading = Reading::Url(UrlReading {
                    inspected: part("query").is_some_and(|query| !is_any(query)),
                    fragment: part("fragment").is_some(),
                    ..UrlReading::default()
                });
                said.read.push((at.to_vec(), reading));
            }
            PatternKind::Array { element: inner, .. } | PatternKind::Has(inner) => {
                self.speak(inner, &[at, &[Step::Each]].concat(), said);
            }
            PatternKind::Object { fields, .. } => {
                for field in fields {
                    let member = [at, &[Step::Key(name_of(field).to_owned())]].concat();
                    self.speak(&field.pattern, &member, said);
                    said.named.insert(member);
                }
            }
            PatternKind::Nullable(inner) | PatternKind::Not(inner) => self.speak(inner, at, said),
            PatternKind::And(parts) | PatternKind::Or(parts) => {
                parts.iter().for_each(|part| self.speak(part, at, said));
            }
            _ => {}
        }
    }

    fn reading_of_call(&self, name: &Ident, args: &[Argument]) -> Option<Reading> {
        match (Reading::plain(&name.name)?, args) {
            (Reading::Url(url), [Argument::Str(text)]) => {
                let (inspected, fragment) = parts::looks_at(&self.names.text(text));
                Some(Reading::Url(UrlReading {
                    inspected,
                    fragment,
                    ..url
                }))
            }
            (Reading::Datetime(_), [Argument::Str(form), ..]) => Some(Reading::Datetime(Some(self.names.text(form)))),
            (plain, _) => Some(plain),
        }
    }
}
