//! Names: what each stands for.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::not_yet::not_compiled;
use super::references::too_deep;
use super::{Checker, Sets, codes};
use crate::diagnostic::{Diagnostic, Span, nearest};
use crate::json::{Kind, Limits, fold, parse};
use crate::pattern::Decimal;
use crate::syntax::ast::{Const, File, Ident, LiteralKind, PatternDef, Server, StatementKind, Template, TemplatePart};

/// The names that the language itself gives a meaning; those of later versions are kept free.
pub const BUILT_IN: [&str; 15] = [
    "any", "bool", "date", "datetime", "email", "glob", "host", "int", "ip", "line", "number", "path", "regex", "text",
    "url",
];

/// How deep constants, and patterns, may refer to each other: as deep as patterns nest.
pub(super) const MAX_CHAIN: usize = 64;

/// The most text of one constant, in bytes.
const MAX_CONST: usize = 64 << 10;

/// The value of a constant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConstValue {
    /// A string.
    Str(String),
    /// A number, as written.
    Number(String),
    /// A boolean.
    Bool(bool),
}

impl ConstValue {
    fn text(&self) -> String {
        match self {
            Self::Str(text) | Self::Number(text) => text.clone(),
            Self::Bool(value) => value.to_string(),
        }
    }

    /// The value that `--set` gives to a constant of this type.
    fn set(&self, text: &str) -> Option<Self> {
        Some(match self {
            Self::Str(_) => Self::Str(text.to_owned()),
            Self::Number(_) => {
                // The language's numbers are JSON's without an exponent and without `-0`.
                let value = parse(text.as_bytes(), &Limits::default()).ok()?;
                let plain = matches!(value.kind, Kind::Number(token) if token == text);
                if !plain
                    || text.contains(['e', 'E'])
                    || Decimal::parse(text)?.to_string() == "0" && text.starts_with('-')
                {
                    return None;
                }
                Self::Number(text.to_owned())
            }
            Self::Bool(_) => Self::Bool(text.parse().ok()?),
        })
    }

    fn type_name(&self) -> &'static str {
        match self {
            Self::Str(_) => "a string",
            Self::Number(_) => "a number",
            Self::Bool(_) => "a boolean",
        }
    }
}

/// The names of one policy.
pub struct Scope<'a> {
    /// Constants and their values; those that could not be resolved are left out.
    pub consts: BTreeMap<&'a str, ConstValue>,
    /// Patterns.
    pub patterns: BTreeMap<&'a str, &'a PatternDef>,
    /// Servers.
    pub servers: BTreeMap<&'a str, &'a Server>,
    /// Every constant that is written down, resolved or not.
    written: BTreeMap<&'a str, &'a Const>,
}

impl<'a> Scope<'a> {
    /// Collects the names of a file and resolves its constants.
    pub fn new(file: &'a File, sets: &Sets) -> (Self, Vec<Diagnostic>) {
        let mut scope = Self {
            consts: BTreeMap::new(),
            patterns: BTreeMap::new(),
            servers: BTreeMap::new(),
            written: BTreeMap::new(),
        };
        let mut diagnostics = Vec::new();
        scope.collect(file, &mut diagnostics);
        scope.resolve_consts(sets, &mut diagnostics);
        for definition in scope.patterns.values() {
            scope.check_names(&definition.pattern, &mut diagnostics);
        }
        scope.check_cycles(&mut diagnostics);
        (scope, diagnostics)
    }

    fn collect(&mut self, file: &'a File, diagnostics: &mut Vec<Diagnostic>) {
        let mut seen: BTreeMap<(Cow<'_, str>, bool), Span> = BTreeMap::new();
        for statement in &file.statements {
            let name = match &statement.kind {
                StatementKind::Const(constant) => &constant.name,
                StatementKind::Pattern(definition) => &definition.name,
                StatementKind::Server(server) => &server.name,
                _ => continue,
            };
            let is_server = matches!(statement.kind, StatementKind::Server(_));
            if !is_server && BUILT_IN.contains(&name.name.as_str()) {
                let message = format!("`{}` is a built-in pattern", name.name);
                diagnostics.push(Diagnostic::error(codes::RESERVED, name.span, message).help("choose another name"));
                continue;
            }
            // The lock is JSON, where two names that differ only by case are refused.
            let key = if is_server {
                fold(&name.name)
            } else {
                Cow::Borrowed(name.name.as_str())
            };
            if let Some(first) = seen.insert((key, is_server), name.span) {
                let message = format!("`{}` is defined twice", name.name);
                diagnostics.push(Diagnostic::error(codes::DUPLICATE, name.span, message).also(first, "first here"));
                continue;
            }
            match &statement.kind {
                StatementKind::Const(constant) => drop(self.written.insert(&name.name, constant)),
                StatementKind::Pattern(definition) => drop(self.patterns.insert(&name.name, definition)),
                StatementKind::Server(server) => drop(self.servers.insert(&name.name, server)),
                _ => {}
            }
        }
    }

    fn resolve_consts(&mut self, sets: &Sets, diagnostics: &mut Vec<Diagnostic>) {
        for (name, _) in sets {
            if !self.written.contains_key(name.as_str()) {
                let near = nearest(name, self.written.keys().copied());
                let help = near.map_or("the policy has no such constant".to_owned(), |near| {
                    format!("did you mean `{near}`?")
                });
                let message = format!("`--set {name}=…` names no constant of the policy");
                diagnostics.push(Diagnostic::error(codes::BAD_SET, Span::new(0, 0), message).help(help));
            }
        }
        let names: Vec<&'a str> = self.written.keys().copied().collect();
        for name in names {
            self.resolve_const(name, sets, &mut Vec::new(), diagnostics);
        }
    }

    fn resolve_const(
        &mut self,
        name: &'a str,
        sets: &Sets,
        open: &mut Vec<&'a str>,
        diagnostics: &mut Vec<Diagnostic>,
    ) {
        let Some(constant) = self
            .written
            .get(name)
            .copied()
            .filter(|_| !self.consts.contains_key(name))
        else {
            return;
        };
        if open.contains(&name) {
            let message = format!("`{name}` rests on itself");
            diagnostics.push(Diagnostic::error(codes::CYCLE, constant.name.span, message));
            return;
        }
        if open.len() > MAX_CHAIN {
            diagnostics.push(too_deep(&constant.name));
            return;
        }
        open.push(name);
        if let LiteralKind::Str(template) = &constant.value.kind {
            for part in &template.parts {
                if let TemplatePart::Const(inner) = part {
                    self.resolve_const(&inner.name, sets, open, diagnostics);
                }
            }
        }
        open.pop();
        let value = match &constant.value.kind {
            LiteralKind::Str(template) => self.resolve(template, diagnostics).map(ConstValue::Str),
            LiteralKind::Number(token) => Some(ConstValue::Number(token.clone())),
            LiteralKind::Bool(value) => Some(ConstValue::Bool(*value)),
            LiteralKind::Moment(_) | LiteralKind::Duration(_) | LiteralKind::Size(_) => {
                diagnostics.push(not_compiled(constant.value.span));
                None
            }
        };
        let Some(value) = value else { return };
        if value.text().len() > MAX_CONST {
            let message = format!("`{name}` has more than {MAX_CONST} bytes of text");
            diagnostics.push(Diagnostic::error(codes::TOO_MUCH, constant.name.span, message));
            return;
        }
        let value = match sets.iter().rev().find(|(set, _)| set == name) {
            None => Some(value),
            Some((_, text)) => value.set(text).or_else(|| {
                let message = format!("`--set {name}=…` must give {}", value.type_name());
                diagnostics.push(
                    Diagnostic::error(codes::BAD_SET, constant.value.span, message)
                        .label(format!("{} here", value.type_name())),
                );
                None
            }),
        };
        self.consts.extend(value.map(|value| (name, value)));
    }

    pub(super) fn resolve(&self, template: &Template, diagnostics: &mut Vec<Diagnostic>) -> Option<String> {
        let parts = template.parts.iter().map(|part| match part {
            TemplatePart::Text(text) => Some(text.clone()),
            TemplatePart::Const(name) => self.constant(name, diagnostics).map(ConstValue::text),
            TemplatePart::Claim(claim) => {
                diagnostics.push(not_compiled(claim.span));
                None
            }
        });
        // All parts, so that all their errors are seen.
        parts
            .collect::<Vec<_>>()
            .into_iter()
            .collect::<Option<Vec<_>>>()
            .map(|parts| parts.concat())
    }

    fn constant(&self, name: &Ident, diagnostics: &mut Vec<Diagnostic>) -> Option<&ConstValue> {
        let value = self.consts.get(name.name.as_str());
        // One that is written but has no value was reported where it stands.
        if value.is_none() && !self.written.contains_key(name.name.as_str()) {
            diagnostics.push(unknown("constant", name, self.written.keys().copied()));
        }
        value
    }

    /// Is it a constant, with a value or without?
    pub fn is_constant(&self, name: &str) -> bool {
        self.written.contains_key(name)
    }

    /// A string with its constants.
    pub fn text(&self, template: &Template, checker: &Checker<'_>) -> Option<String> {
        self.resolve(template, &mut checker.diagnostics.borrow_mut())
    }

    /// A string in pieces: the author's text, and the literal text of constants (`true`).
    pub fn pieces(&self, template: &Template, checker: &Checker<'_>) -> Option<Vec<(String, bool)>> {
        let mut diagnostics = checker.diagnostics.borrow_mut();
        let piece = |part: &TemplatePart| match part {
            TemplatePart::Text(text) => Some((text.clone(), false)),
            TemplatePart::Const(name) => Some((self.constant(name, &mut diagnostics)?.text(), true)),
            TemplatePart::Claim(claim) => {
                diagnostics.push(not_compiled(claim.span));
                None
            }
        };
        template.parts.iter().map(piece).collect()
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
        let names = self.patterns.keys().chain(self.written.keys()).copied().chain(BUILT_IN);
        unknown("pattern", name, names)
    }
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
