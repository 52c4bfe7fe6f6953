//! Names: what each stands for.

use std::collections::BTreeMap;

use super::{Checker, Sets, codes};
use crate::diagnostic::{Diagnostic, Span, nearest};
use crate::syntax::ast::{
    Argument, Const, Field, File, Ident, LiteralKind, Pattern, PatternDef, PatternKind, Server, StatementKind,
    Template, TemplatePart,
};

/// The names that the language itself gives a meaning; those of later versions are kept free.
pub const BUILT_IN: [&str; 14] = [
    "any", "bool", "date", "datetime", "email", "glob", "host", "int", "ip", "line", "number", "path", "regex", "text",
];

/// The most parts of a pattern whose names are replaced by what they stand for. Lists of thousands of values fit.
const MAX_PARTS: usize = 100_000;

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
                crate::pattern::Decimal::parse(text).filter(|_| !text.contains(['e', 'E']))?;
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
    /// Can every pattern be replaced by what it stands for? Otherwise nothing more can be said of the policy.
    pub unfolds: bool,
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
            unfolds: true,
            written: BTreeMap::new(),
        };
        let mut diagnostics = Vec::new();
        scope.collect(file, &mut diagnostics);
        scope.resolve_consts(sets, &mut diagnostics);
        let patterns: Vec<_> = scope.patterns.values().copied().collect();
        for definition in patterns {
            scope.check_names(&definition.pattern, &mut vec![&definition.name.name], &mut diagnostics);
        }
        scope.check_sizes(&mut diagnostics);
        (scope, diagnostics)
    }

    fn collect(&mut self, file: &'a File, diagnostics: &mut Vec<Diagnostic>) {
        let mut seen: BTreeMap<(&str, bool), Span> = BTreeMap::new();
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
            if let Some(first) = seen.insert((&name.name, is_server), name.span) {
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
        };
        let Some(value) = value else { return };
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

    fn resolve(&self, template: &Template, diagnostics: &mut Vec<Diagnostic>) -> Option<String> {
        let parts = template.parts.iter().map(|part| match part {
            TemplatePart::Text(text) => Some(text.clone()),
            TemplatePart::Const(name) => self.constant(name, diagnostics).map(ConstValue::text),
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

    /// Every name in a pattern is defined, and no definition rests on itself.
    fn check_names(&self, pattern: &'a Pattern, open: &mut Vec<&'a str>, diagnostics: &mut Vec<Diagnostic>) {
        match &pattern.kind {
            PatternKind::Name(name) => self.check_name(name, open, diagnostics),
            PatternKind::Call { args, .. } => {
                for arg in args {
                    if let Argument::Str(template) = arg {
                        self.resolve(template, diagnostics);
                    }
                }
            }
            PatternKind::Str(template) => drop(self.resolve(template, diagnostics)),
            PatternKind::Array { element: inner, .. }
            | PatternKind::Has(inner)
            | PatternKind::Nullable(inner)
            | PatternKind::Not(inner) => self.check_names(inner, open, diagnostics),
            PatternKind::And(parts) | PatternKind::Or(parts) => {
                parts.iter().for_each(|part| self.check_names(part, open, diagnostics));
            }
            PatternKind::Object { fields, .. } => {
                fields
                    .iter()
                    .for_each(|Field { pattern, .. }| self.check_names(pattern, open, diagnostics));
            }
            PatternKind::Number(_) | PatternKind::Bool(_) | PatternKind::Null | PatternKind::Range(_) => {}
        }
    }

    fn check_name(&self, name: &'a Ident, open: &mut Vec<&'a str>, diagnostics: &mut Vec<Diagnostic>) {
        if open.contains(&name.name.as_str()) {
            let message = format!("the pattern `{}` rests on itself", name.name);
            diagnostics.push(Diagnostic::error(codes::CYCLE, name.span, message));
        } else if !BUILT_IN.contains(&name.name.as_str())
            && !self.patterns.contains_key(name.name.as_str())
            && !self.written.contains_key(name.name.as_str())
        {
            diagnostics.push(self.unknown_pattern(name));
        } else if let Some(inner) = self.patterns.get(name.name.as_str()).filter(|_| open.len() == 1) {
            // From each definition one walk finds the cycles through it; deeper ones have walks of their own.
            self.check_cycle(&inner.pattern, open, diagnostics);
        }
    }

    /// Reports a path of references from `pattern` back to the first of `open`, once.
    fn check_cycle(&self, pattern: &'a Pattern, open: &[&'a str], diagnostics: &mut Vec<Diagnostic>) {
        let Some(start) = open.first() else { return };
        let mut waiting = references(pattern);
        let mut seen: Vec<&str> = Vec::new();
        while let Some(name) = waiting.pop() {
            if name.name == *start {
                let message = format!("the pattern `{start}` rests on itself");
                diagnostics.push(Diagnostic::error(codes::CYCLE, name.span, message));
                return;
            }
            if !seen.contains(&name.name.as_str()) {
                seen.push(&name.name);
                waiting.extend(
                    self.patterns
                        .get(name.name.as_str())
                        .map(|d| references(&d.pattern))
                        .unwrap_or_default(),
                );
            }
        }
    }

    /// Reports the first definition that unfolds to too much; one that rests on itself was reported before.
    fn check_sizes(&mut self, diagnostics: &mut Vec<Diagnostic>) {
        let mut sizes = BTreeMap::new();
        let endless = |(name, _): &(&&'a str, &&'a PatternDef)| self.size_of(name, &mut sizes) == usize::MAX;
        let found: Vec<&Ident> = self.patterns.iter().filter(endless).map(|(_, d)| &d.name).collect();
        self.unfolds = found.is_empty();
        let first = found.into_iter().min_by_key(|name| name.span);
        if let Some(name) = first.filter(|_| !diagnostics.iter().any(|d| d.code == codes::CYCLE)) {
            let message = format!("`{}` unfolds to more than {MAX_PARTS} parts", name.name);
            diagnostics.push(Diagnostic::error(codes::TOO_LARGE, name.span, message));
        }
    }

    /// How many parts a definition has once it is unfolded; `usize::MAX` past the bound, and without end.
    fn size_of(&self, name: &'a str, sizes: &mut BTreeMap<&'a str, usize>) -> usize {
        let Some(definition) = self.patterns.get(name) else {
            return 1;
        };
        if let Some(size) = sizes.get(name) {
            return *size;
        }
        // Found again while it is being counted: it rests on itself.
        sizes.insert(name, usize::MAX);
        let inner = references(&definition.pattern).into_iter();
        let size = inner.fold(parts(&definition.pattern), |sum, name| {
            sum.saturating_add(self.size_of(&name.name, sizes))
        });
        let size = if size > MAX_PARTS { usize::MAX } else { size };
        sizes.insert(name, size);
        size
    }

    /// The error for a name that is no pattern.
    pub fn unknown_pattern(&self, name: &Ident) -> Diagnostic {
        let names = self.patterns.keys().chain(self.written.keys()).copied().chain(BUILT_IN);
        unknown("pattern", name, names)
    }
}

/// How many parts a pattern is written with.
fn parts(pattern: &Pattern) -> usize {
    let inner: usize = match &pattern.kind {
        PatternKind::Array { element: inner, .. }
        | PatternKind::Has(inner)
        | PatternKind::Nullable(inner)
        | PatternKind::Not(inner) => parts(inner),
        PatternKind::And(all) | PatternKind::Or(all) => all.iter().map(parts).sum(),
        PatternKind::Object { fields, .. } => fields.iter().map(|field| parts(&field.pattern)).sum(),
        _ => 0,
    };
    inner + 1
}

/// The names that a pattern refers to.
fn references(pattern: &Pattern) -> Vec<&Ident> {
    match &pattern.kind {
        PatternKind::Name(name) => vec![name],
        PatternKind::Array { element: inner, .. }
        | PatternKind::Has(inner)
        | PatternKind::Nullable(inner)
        | PatternKind::Not(inner) => references(inner),
        PatternKind::And(parts) | PatternKind::Or(parts) => parts.iter().flat_map(references).collect(),
        PatternKind::Object { fields, .. } => fields.iter().flat_map(|field| references(&field.pattern)).collect(),
        _ => Vec::new(),
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
