//! Names: what each stands for.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::constants::ConstValue;
use super::gates::LOCAL;
use super::package::Package;
use super::sources::Sources;
use super::{Checker, Sets, codes};
use crate::diagnostic::{Diagnostic, Span, nearest};
use crate::json::fold;
use crate::syntax::ast::{
    CallerDef, Const, Ident, Label, Limit, PatternDef, Server, Statement, StatementKind, Template, TemplatePart,
    ToolSet,
};

/// The names that the language itself gives a meaning; those of later versions are kept free.
pub const BUILT_IN: [&str; 15] = [
    "any", "bool", "date", "datetime", "email", "glob", "host", "int", "ip", "line", "number", "path", "regex", "text",
    "url",
];

/// How deep constants, and patterns, may refer to each other: as deep as patterns nest.
pub(super) const MAX_CHAIN: usize = 64;

/// The most text of one string once its constants are put in, in bytes: as much as a source has.
pub(super) const MAX_TEXT: usize = 1 << 20;

/// A module, from 0 for the policy's own, and a name in it.
pub(super) type Key<'a> = (usize, &'a str);

/// The names of one policy. Every name belongs to the module of the file that it stands in.
pub struct Scope<'a> {
    /// Which module a place is in.
    sources: &'a Sources,
    /// What names from other modules stand for.
    used: BTreeMap<Key<'a>, Key<'a>>,
    /// Constants and their values; those that could not be resolved are left out.
    pub(super) consts: BTreeMap<Key<'a>, ConstValue>,
    /// Patterns.
    pub(super) patterns: BTreeMap<Key<'a>, &'a PatternDef>,
    /// Sets of tools.
    pub(super) tool_sets: BTreeMap<Key<'a>, &'a ToolSet>,
    /// Servers, which have a namespace of their own.
    pub servers: BTreeMap<&'a str, &'a Server>,
    /// Sets of callers.
    pub callers: BTreeMap<&'a str, &'a CallerDef>,
    /// What is remembered of callers.
    pub labels: BTreeMap<&'a str, &'a Label>,
    /// Budgets.
    pub limits: BTreeMap<&'a str, &'a Limit>,
    /// What tools act as.
    pub credentials: BTreeSet<&'a str>,
    /// Where servers may connect.
    pub egress: BTreeSet<&'a str>,
    /// Every constant that is written down, resolved or not.
    pub(super) written: BTreeMap<Key<'a>, &'a Const>,
}

/// Where names of one namespace were first given.
type Seen<'a> = BTreeMap<(Option<usize>, Cow<'a, str>), Span>;

impl<'a> Scope<'a> {
    /// Collects the names of a file and resolves its constants.
    pub fn new(package: &'a Package, sets: &Sets) -> (Self, Vec<Diagnostic>) {
        let mut scope = Self {
            sources: &package.sources,
            used: BTreeMap::new(),
            consts: BTreeMap::new(),
            patterns: BTreeMap::new(),
            tool_sets: BTreeMap::new(),
            servers: BTreeMap::new(),
            callers: BTreeMap::new(),
            labels: BTreeMap::new(),
            limits: BTreeMap::new(),
            credentials: BTreeSet::new(),
            egress: BTreeSet::new(),
            written: BTreeMap::new(),
        };
        let mut diagnostics = Vec::new();
        let mut seen = Seen::new();
        for statement in package.statements() {
            scope.collect(statement, &mut seen, &mut diagnostics);
        }
        for statement in package.statements() {
            if let StatementKind::Use(names) = &statement.kind
                && let Some(module) = package.used(statement.span)
            {
                scope.take(&names.names, module, &mut seen, &mut diagnostics);
            }
        }
        scope.resolve_consts(sets, &mut diagnostics);
        for definition in scope.patterns.values() {
            scope.check_definition(definition, &mut diagnostics);
        }
        scope.check_cycles(&mut diagnostics);
        scope.check_tool_sets(&mut diagnostics);
        (scope, diagnostics)
    }

    fn collect(&mut self, statement: &'a Statement, seen: &mut Seen<'a>, diagnostics: &mut Vec<Diagnostic>) {
        let name = match &statement.kind {
            StatementKind::Const(constant) => &constant.name,
            StatementKind::Pattern(definition) => &definition.name,
            StatementKind::Tools(set) => &set.name,
            StatementKind::Server(server) => &server.name,
            StatementKind::Caller(caller) => &caller.name,
            StatementKind::Label(label) => &label.name,
            StatementKind::Limit(limit) => &limit.name,
            StatementKind::Credential(credential) => &credential.name,
            StatementKind::Egress(egress) => &egress.name,
            _ => return,
        };
        let is_server = matches!(statement.kind, StatementKind::Server(_));
        if !is_server && BUILT_IN.contains(&name.name.as_str()) {
            return diagnostics.push(reserved(name));
        }
        if matches!(statement.kind, StatementKind::Caller(_)) && name.name == LOCAL {
            let message = format!("`{LOCAL}` is the user at a stdio client");
            return diagnostics
                .push(Diagnostic::error(codes::RESERVED, name.span, message).help("choose another name"));
        }
        let key = self.own_key(name);
        // The lock is JSON, where two names that differ only by case are refused.
        let place = if is_server {
            (None, fold(&name.name))
        } else {
            (Some(key.0), Cow::Borrowed(name.name.as_str()))
        };
        if let Some(first) = seen.get(&place) {
            return diagnostics.push(twice(name, *first));
        }
        seen.insert(place, name.span);
        match &statement.kind {
            StatementKind::Const(constant) => drop(self.written.insert(key, constant)),
            StatementKind::Pattern(definition) => drop(self.patterns.insert(key, definition)),
            StatementKind::Tools(set) => drop(self.tool_sets.insert(key, set)),
            StatementKind::Server(server) => drop(self.servers.insert(&name.name, server)),
            StatementKind::Caller(caller) => drop(self.callers.insert(&name.name, caller)),
            StatementKind::Label(label) => drop(self.labels.insert(&name.name, label)),
            StatementKind::Limit(limit) => drop(self.limits.insert(&name.name, limit)),
            StatementKind::Credential(_) => drop(self.credentials.insert(&name.name)),
            StatementKind::Egress(_) => drop(self.egress.insert(&name.name)),
            _ => {}
        }
    }

    /// The module and name of a definition.
    pub(super) fn own_key<'n>(&self, name: &'n Ident) -> Key<'n> {
        (self.sources.module(name.span.start), &name.name)
    }

    /// Takes names from a module.
    fn take(&mut self, names: &'a [Ident], module: usize, seen: &mut Seen<'a>, diagnostics: &mut Vec<Diagnostic>) {
        for name in names {
            let (from, key) = ((module, name.name.as_str()), self.own_key(name));
            let defined = |key: &Key<'a>| {
                self.written.contains_key(key) || self.patterns.contains_key(key) || self.tool_sets.contains_key(key)
            };
            if !defined(&from) {
                let all = self
                    .written
                    .keys()
                    .chain(self.patterns.keys())
                    .chain(self.tool_sets.keys());
                let there = all.filter(|(other, _)| *other == module).map(|(_, name)| *name);
                diagnostics.push(unknown("such name in the module:", name, there));
                continue;
            }
            let place = (Some(key.0), Cow::Borrowed(name.name.as_str()));
            match seen.get(&place) {
                Some(first) if self.used.get(&key) != Some(&from) => diagnostics.push(twice(name, *first)),
                Some(_) => {}
                None => {
                    seen.insert(place, name.span);
                    self.used.insert(key, from);
                }
            }
        }
    }

    /// What a name refers to.
    pub(super) fn key<'n>(&'n self, name: &'n Ident) -> Key<'n> {
        let own = self.own_key(name);
        self.used.get(&own).copied().unwrap_or(own)
    }

    /// The pattern of that name.
    pub(super) fn pattern(&self, name: &Ident) -> Option<&'a PatternDef> {
        self.patterns.get(&self.key(name)).copied()
    }

    /// The set of tools of that name.
    pub(super) fn tool_set(&self, name: &Ident) -> Option<&'a ToolSet> {
        self.tool_sets.get(&self.key(name)).copied()
    }

    /// A string with its constants.
    pub(super) fn resolve(&self, template: &Template, diagnostics: &mut Vec<Diagnostic>) -> Option<String> {
        let mut text = String::new();
        let mut sound = true;
        // All parts, so that all their errors are seen.
        for part in &template.parts {
            match part {
                TemplatePart::Text(part) => text.push_str(part),
                TemplatePart::Const(name) => match self.constant(name, diagnostics) {
                    Some(value) => text.push_str(&value.text()),
                    None => sound = false,
                },
                TemplatePart::Claim(claim) => {
                    diagnostics.push(super::claims::misplaced(claim.span));
                    sound = false;
                }
            }
            if text.len() > MAX_TEXT {
                diagnostics.push(too_long(template.span));
                return None;
            }
        }
        sound.then_some(text)
    }

    /// The value of a constant that a string names; `None` if that was reported as an error.
    pub(super) fn constant<'n>(&'n self, name: &'n Ident, diagnostics: &mut Vec<Diagnostic>) -> Option<&'n ConstValue> {
        let value = self.value(name);
        // One that is written but has no value was reported where it stands.
        if value.is_none() && self.written(name).is_none() {
            let module = self.key(name).0;
            let names = self.written.keys().filter(|(other, _)| *other == module);
            diagnostics.push(unknown("constant", name, names.map(|(_, name)| *name)));
        }
        value
    }

    /// A string with its constants.
    pub fn text(&self, template: &Template, checker: &Checker<'_>) -> Option<String> {
        self.resolve(template, &mut checker.diagnostics.borrow_mut())
    }

    /// A server by name.
    pub fn server(&self, name: &Ident, checker: &Checker<'_>) -> Option<&'a Server> {
        match self.servers.get(name.name.as_str()) {
            Some(server) => Some(server),
            None => checker.report(unknown("server", name, self.servers.keys().copied())),
        }
    }

    /// The error for a name that is no pattern.
    pub fn unknown_pattern(&self, name: &Ident) -> Diagnostic {
        let module = self.key(name).0;
        let here = |key: &Key<'a>| (key.0 == module).then_some(key.1);
        let names = self.patterns.keys().chain(self.written.keys()).filter_map(here);
        unknown("pattern", name, names.chain(BUILT_IN))
    }
}

/// The error for a definition that has the name of a built-in pattern.
pub(super) fn reserved(name: &Ident) -> Diagnostic {
    let message = format!("`{}` is a built-in pattern", name.name);
    Diagnostic::error(codes::RESERVED, name.span, message).help("choose another name")
}

/// The error for a name that is given twice.
pub(super) fn twice(name: &Ident, first: Span) -> Diagnostic {
    let message = format!("`{}` is defined twice", name.name);
    Diagnostic::error(codes::DUPLICATE, name.span, message).also(first, "first here")
}

/// The error for a string that is too long once its constants are put in.
pub(super) fn too_long(span: Span) -> Diagnostic {
    let message = format!("this has more than {MAX_TEXT} bytes once its constants are put in");
    Diagnostic::error(codes::TOO_MUCH, span, message)
}

/// An error for a name that nothing defines, with the nearest that something does.
pub fn unknown<'n>(what: &str, name: &Ident, names: impl IntoIterator<Item = &'n str>) -> Diagnostic {
    let error = Diagnostic::error(
        codes::UNKNOWN_NAME,
        name.span,
        format!("there is no {what} `{}`", name.name),
    );
    match nearest(&name.name, names) {
        Some(near) => error.help(format!("did you mean `{near}`?")),
        None => error,
    }
}
