//! Reading all files of a policy: `include "FILE"` and `use MODULE::{names}`.

use super::sources::{Loader, MAX_BYTES, MAX_FILES, Placed, Sources};
use super::{codes, stdlib};
use crate::diagnostic::{Diagnostic, Source, Span, nearest};
use crate::syntax::ast::{File, Ident, Statement, StatementKind, Use};

/// A policy with all its files parsed.
#[derive(Default)]
pub struct Package {
    /// The files.
    pub sources: Sources,
    /// Their trees, in the same order.
    pub files: Vec<File>,
    /// What each `use` takes from which module, by the place of the statement.
    pub uses: Vec<(Span, usize)>,
}

/// What a file is to the policy.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Policy,
    Included,
    Module,
    /// No file of it: what is asked of it from outside.
    Asked,
}

struct Reader<'l> {
    loader: &'l dyn Loader,
    package: Package,
    roles: Vec<Role>,
    /// Which file asks for which, and where.
    edges: Vec<(usize, usize, Span)>,
    diagnostics: Vec<Diagnostic>,
}

impl Package {
    /// Reads a policy and all that it asks for, and assertions that stand in no file of it.
    pub fn read(source: &Source, beside: &[Source], loader: &dyn Loader) -> (Self, Vec<Diagnostic>) {
        let mut reader = Reader {
            loader,
            package: Self::default(),
            roles: Vec::new(),
            edges: Vec::new(),
            diagnostics: Vec::new(),
        };
        let own = Sources::one(source).files;
        own.into_iter().for_each(|file| reader.add(file, Role::Policy));
        for source in beside {
            let base = reader.package.sources.next_base();
            let placed = Placed {
                source: source.clone(),
                name: source.name.to_string(),
                base,
                module: 0,
            };
            reader.add(placed, Role::Asked);
        }
        let mut at = 0;
        while let Some(file) = reader.package.files.get(at) {
            let asked: Vec<Statement> = file.statements.iter().filter(|s| is_asking(s)).cloned().collect();
            asked.iter().for_each(|statement| reader.follow(at, statement));
            at += 1;
        }
        reader.check_cycles();
        (reader.package, reader.diagnostics)
    }
}

impl Package {
    /// All statements, file by file.
    pub fn statements(&self) -> impl Iterator<Item = &Statement> {
        self.files.iter().flat_map(|file| &file.statements)
    }

    /// The module that a `use` at that place takes names from.
    pub fn used(&self, span: Span) -> Option<usize> {
        self.uses
            .iter()
            .find(|(place, _)| *place == span)
            .map(|(_, module)| *module)
    }
}

/// Is it a part of policies, and none itself: a file that others include or use?
#[must_use]
pub fn is_part(source: &Source) -> bool {
    let (file, diagnostics) = crate::syntax::parse(source);
    let mut kinds = file.statements.iter().map(|statement| &statement.kind);
    diagnostics.is_empty() && !file.statements.is_empty() && kinds.all(|kind| misplaced(kind, Role::Included).is_none())
}

fn is_asking(statement: &Statement) -> bool {
    matches!(statement.kind, StatementKind::Use(_) | StatementKind::Include(_))
}

impl Reader<'_> {
    fn say(&mut self, span: Span, message: impl Into<String>, help: impl Into<String>) {
        self.diagnostics
            .push(Diagnostic::error(codes::MODULE, span, message).help(help));
    }

    /// Parses a file at its place.
    fn add(&mut self, placed: Placed, role: Role) {
        let (file, diagnostics) = crate::syntax::parse_at(&placed.source, placed.base);
        self.diagnostics.extend(diagnostics);
        for statement in &file.statements {
            if let Some(what) = misplaced(&statement.kind, role) {
                let message = format!("{what} cannot stand in {}", role.described());
                let help = match role {
                    Role::Asked => "a question is `TOOLS { … }`, with `for CALLERS` and `at TIME` where they matter",
                    Role::Module => "a module holds constants, patterns, sets of tools and tests",
                    _ => "put it into the policy itself",
                };
                self.diagnostics
                    .push(Diagnostic::error(codes::MISPLACED, statement.span, message).help(help));
            }
        }
        self.package.sources.files.push(placed);
        self.package.files.push(file);
        self.roles.push(role);
    }

    fn follow(&mut self, from: usize, statement: &Statement) {
        let found = match &statement.kind {
            StatementKind::Include(include) if is_file_name(&include.file.name) => {
                let name = include.file.name.clone();
                self.file(&name, Role::Included, statement.span)
            }
            StatementKind::Include(_) => {
                let help = "name a file under the policy's folder that ends in `.mcpp`: `include \"shared/base.mcpp\"`";
                return self.say(
                    statement.span,
                    "this is no name of a file under the policy's folder",
                    help,
                );
            }
            StatementKind::Use(names) => self.module(names, statement.span),
            _ => None,
        };
        if let Some(found) = found {
            self.edges.push((from, found, statement.span));
        }
    }

    fn module(&mut self, names: &Use, span: Span) -> Option<usize> {
        let words: Vec<&str> = names.module.iter().map(|word: &Ident| word.name.as_str()).collect();
        let found = match words.as_slice() {
            ["std", rest @ ..] => self.standard(rest, span),
            _ => self.file(&format!("{}.mcpp", words.join("/")), Role::Module, span),
        }?;
        self.package.uses.push((span, found));
        Some(found)
    }

    fn standard(&mut self, words: &[&str], span: Span) -> Option<usize> {
        let wanted = words.join("::");
        let Some((name, text)) = stdlib::MODULES.iter().find(|(name, _)| *name == wanted) else {
            let names = stdlib::MODULES.iter().map(|(name, _)| *name);
            let help = match nearest(&wanted, names.clone()) {
                Some(near) => format!("did you mean `std::{near}`?"),
                None => format!(
                    "it has {}",
                    names
                        .map(|name| format!("`std::{name}`"))
                        .collect::<Vec<_>>()
                        .join(", ")
                ),
            };
            self.say(
                span,
                format!("the standard library has no module `std::{wanted}`"),
                help,
            );
            return None;
        };
        let name = format!("std::{name}");
        self.once(&name.clone(), Role::Module, span, |_| Ok(Source::new(name, *text)))
    }

    fn file(&mut self, name: &str, role: Role, span: Span) -> Option<usize> {
        self.once(name, role, span, |loader| loader.load(name))
    }

    /// The file of that name, which is read once however often it is asked for.
    fn once(
        &mut self,
        name: &str,
        role: Role,
        span: Span,
        load: impl FnOnce(&dyn Loader) -> Result<Source, String>,
    ) -> Option<usize> {
        let mut files = self.package.sources.files.iter().zip(&self.roles);
        if let Some(at) = files.position(|(file, other)| file.name == name && *other == role) {
            return Some(at);
        }
        if self.roles.len() >= MAX_FILES {
            let message = format!("a policy has at most {MAX_FILES} files");
            self.diagnostics.push(Diagnostic::error(codes::TOO_MUCH, span, message));
            return None;
        }
        let source = match load(self.loader) {
            Ok(source) => source,
            Err(why) => {
                let help = "files are looked for under the folder of the policy";
                self.say(span, format!("`{name}` cannot be read: {why}"), help);
                return None;
            }
        };
        let base = self.package.sources.next_base();
        if base + source.text.len() > MAX_BYTES {
            let message = format!("the files of this policy have more than {MAX_BYTES} bytes together");
            self.diagnostics.push(Diagnostic::error(codes::TOO_MUCH, span, message));
            return None;
        }
        let at = self.roles.len();
        let module = if role == Role::Module { at } else { 0 };
        let name = name.to_owned();
        self.add(
            Placed {
                source,
                name,
                base,
                module,
            },
            role,
        );
        Some(at)
    }

    /// No file asks for itself, however many others lie between.
    fn check_cycles(&mut self) {
        let reaches = |from: usize, to: usize| {
            let (mut open, mut seen) = (vec![from], vec![from]);
            while let Some(at) = open.pop() {
                if at == to {
                    return true;
                }
                for (_, next, _) in self.edges.iter().filter(|(start, _, _)| *start == at) {
                    if !seen.contains(next) {
                        seen.push(*next);
                        open.push(*next);
                    }
                }
            }
            false
        };
        let circular = self.edges.iter().filter(|(from, to, _)| reaches(*to, *from));
        let errors: Vec<Diagnostic> = circular
            .map(|(_, _, span)| Diagnostic::error(codes::CYCLE, *span, "this file rests on itself"))
            .collect();
        self.diagnostics.extend(errors);
    }
}

impl Role {
    fn described(self) -> &'static str {
        match self {
            Self::Policy => "a policy",
            Self::Included => "a file that is included",
            Self::Module => "a module",
            Self::Asked => "a question",
        }
    }
}

/// What a statement is, if it does not belong in a file of that role.
fn misplaced(kind: &StatementKind, role: Role) -> Option<&'static str> {
    use StatementKind as S;
    if role == Role::Asked {
        return (!matches!(kind, S::Assert(_))).then_some("this statement");
    }
    let what = match kind {
        S::Const(_) | S::Pattern(_) | S::Tools(_) | S::Use(_) | S::Test(_) => return None,
        S::Policy(_) => "a `policy` statement",
        S::Server(_) => "a server",
        S::Allow(_) => "a grant",
        _ if role == Role::Included => return None,
        _ => "this statement",
    };
    (role != Role::Policy).then_some(what)
}

/// Segments that are plain names, joined by `/`, with the ending of policies.
fn is_file_name(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    name.ends_with(".mcpp")
        && name.len() <= 256
        && name
            .split('/')
            .all(|segment| !segment.is_empty() && !segment.starts_with('.') && segment.chars().all(plain))
}
