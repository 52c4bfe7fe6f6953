//! Syntax tree + lock → typed policy, or everything that is wrong with it.

mod absence;
mod any_reading;
mod asked;
mod assertions;
mod capabilities;
mod cases;
mod claims;
mod clauses;
pub mod codes;
mod constants;
mod env;
mod envelope;
mod escapes;
mod findings;
mod gates;
mod json_literal;
mod lanes;
mod lints;
mod lower;
mod named;
mod not_yet;
mod package;
mod pattern_cases;
mod proofs;
mod reading_options;
mod reading_patterns;
mod readings;
mod references;
mod rules;
mod schemes;
mod scope;
mod servers;
mod slot;
mod sources;
mod spreads;
pub mod stdlib;
mod strings;
mod templates;
mod tool_sets;
mod url_parts;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::diagnostic::{Diagnostic, Severity, Source, Span};
use crate::eval::{Caller, State};
use crate::lock::Lock;
use crate::pattern::At;
use crate::prove::Question;
use crate::syntax::ast::{StatementKind, ToolNames};
use crate::table::policy_name;
use crate::table::{Body, Gated, SourceText, Transport, artifact};
pub use findings::{FINDING, find};
use package::Package;
pub use package::is_part;
pub use proofs::prove;
use scope::Scope;
pub use sources::{Loader, NoFiles, Sources};

pub use crate::table::artifact::LANGUAGE;

/// Values given to constants from outside, `--set NAME=VALUE`.
pub type Sets = [(String, String)];

/// What came of a check.
#[derive(Clone, Debug)]
pub struct Checked {
    /// The policy, if there was no error.
    pub body: Option<Body>,
    /// Its tests, if there was no error.
    pub tests: Vec<Test>,
    /// What it asserts, if there was no error: see [`prove`].
    pub assertions: Vec<Assertion>,
    /// Errors and warnings, in the order of their places. A place is in one of the sources: see [`Sources::local`].
    pub diagnostics: Vec<Diagnostic>,
    /// The files of the policy.
    pub sources: Sources,
    /// The waivers of lints by proof: see [`find`].
    waived: Vec<lints::Waived>,
}

/// An assertion, as a question about each of its tools.
#[derive(Clone, Debug, PartialEq)]
pub struct Assertion {
    /// Where it stands.
    pub span: Span,
    /// The questions.
    pub questions: Vec<Question>,
}

/// A test of the policy, ready to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Test {
    /// Its name.
    pub name: String,
    /// Its calls.
    pub cases: Vec<Case>,
    /// What it says of patterns and is not so.
    pub failures: Vec<Diagnostic>,
}

/// One expectation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// Where it stands.
    pub span: Span,
    /// Is the call to be allowed?
    pub allow: bool,
    /// The server.
    pub server: String,
    /// The tool.
    pub tool: String,
    /// The arguments as JSON.
    pub arguments: String,
    /// Who calls.
    pub caller: Caller,
    /// When; `None`: now.
    pub at: Option<Timestamp>,
    /// What is remembered of the caller.
    pub state: State,
}

/// What a lock must know of a policy.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outline {
    /// The servers and where they live.
    pub servers: BTreeMap<String, Option<Transport>>,
    /// The variables that their processes get, of those for which the policy says it.
    pub env: BTreeMap<String, Vec<String>>,
    /// The wildcards of its grants: `fs.*`, by server.
    pub wildcards: Vec<String>,
}

/// Parses and checks a policy of one file against its lock.
#[must_use]
pub fn check(source: &Source, lock: Option<&Lock>, sets: &Sets) -> Checked {
    check_package(source, &NoFiles, lock, sets)
}

/// Parses and checks a policy, with the files that it asks for, against its lock.
#[must_use]
pub fn check_package(source: &Source, loader: &dyn Loader, lock: Option<&Lock>, sets: &Sets) -> Checked {
    check_package_at(source, &[], loader, lock, sets, None)
}

/// The same with assertions beside it, each a source of its own, and which grants have ended by `now`.
#[must_use]
pub fn check_package_at(
    source: &Source,
    asked: &[Source],
    loader: &dyn Loader,
    lock: Option<&Lock>,
    sets: &Sets,
    now: Option<Timestamp>,
) -> Checked {
    let (package, mut diagnostics) = Package::read(source, asked, loader);
    let (mut body, mut tests, mut assertions) = (None, Vec::new(), Vec::new());
    // What could not be parsed is not in the tree, and would seem to be missing.
    if !has_errors(&diagnostics) {
        let checker = Checker {
            now,
            ..Checker::new(&package, sets)
        };
        (body, tests, assertions) = checker.policy(lock);
        diagnostics.extend(checker.finish());
    }
    sort(&mut diagnostics);
    let waived = lints::waive(&package, &mut diagnostics);
    if has_errors(&diagnostics) {
        (body, tests, assertions) = (None, Vec::new(), Vec::new());
    }
    Checked {
        body,
        tests,
        assertions,
        diagnostics,
        sources: package.sources,
        waived,
    }
}

/// What `mcppc lock` needs of a policy: its servers and wildcards, without a lock.
///
/// # Errors
/// Everything that is wrong with the policy as far as can be said without its tools.
pub fn outline(source: &Source, loader: &dyn Loader, sets: &Sets) -> Result<Outline, (Sources, Vec<Diagnostic>)> {
    let (package, mut diagnostics) = Package::read(source, &[], loader);
    let mut outline = Outline::default();
    if !has_errors(&diagnostics) {
        let checker = Checker::new(&package, sets);
        outline = checker.outline();
        diagnostics.extend(checker.finish());
    }
    sort(&mut diagnostics);
    if has_errors(&diagnostics) {
        Err((package.sources, diagnostics))
    } else {
        Ok(outline)
    }
}

fn has_errors(diagnostics: &[Diagnostic]) -> bool {
    diagnostics.iter().any(|d| d.severity == Severity::Error)
}

/// How a wildcard of a server is called in the lock.
#[must_use]
pub fn wildcard(server: &str) -> String {
    format!("{server}.*")
}

fn sort(diagnostics: &mut Vec<Diagnostic>) {
    diagnostics.sort_by_key(|d| (d.primary.span, d.code));
    // A pattern that is used in many places says the same of each.
    diagnostics.dedup_by(|a, b| a.code == b.code && a.primary.span == b.primary.span);
}

/// One policy on its way to a table.
struct Checker<'a> {
    package: &'a Package,
    scope: Scope<'a>,
    diagnostics: RefCell<Vec<Diagnostic>>,
    /// What rules ask for beside patterns, as far as they were looked at.
    gated: RefCell<Gated>,
    /// How many patterns may still be looked at.
    work: Cell<usize>,
    /// The time, for lints that go by it.
    now: Option<Timestamp>,
}

/// The most patterns looked at for one policy, each reference and each tool counted anew. Ten thousand rules of ten
/// patterns each are far below; patterns that double with every reference soon pass it.
const MAX_WORK: usize = 2_000_000;

impl<'a> Checker<'a> {
    fn new(package: &'a Package, sets: &Sets) -> Self {
        let (scope, diagnostics) = Scope::new(package, sets);
        Self {
            package,
            scope,
            diagnostics: RefCell::new(diagnostics),
            gated: RefCell::default(),
            work: Cell::new(MAX_WORK),
            now: None,
        }
    }

    fn finish(self) -> Vec<Diagnostic> {
        self.diagnostics.into_inner()
    }

    /// Notes a problem; the answer is always `None`, so that `return self.report(…)` reads well.
    fn report<T>(&self, diagnostic: Diagnostic) -> Option<T> {
        self.diagnostics.borrow_mut().push(diagnostic);
        None
    }

    /// Looks at one more pattern. `false`, and an error, once that is too many.
    fn spend(&self, span: Span) -> bool {
        match self.work.get() {
            0 => return false,
            1 => self.report::<()>(
                Diagnostic::error(
                    codes::TOO_MUCH,
                    span,
                    "the patterns of this policy are too many once their names are followed",
                )
                .help("look for patterns that refer to another one several times, each in turn"),
            ),
            _ => None,
        };
        self.work.set(self.work.get() - 1);
        true
    }

    fn at(&self, span: Span) -> At {
        self.package.sources.at(span)
    }

    fn outline(&self) -> Outline {
        let mut wildcards = Vec::new();
        for statement in self.package.statements() {
            let StatementKind::Allow(rule) = &statement.kind else {
                continue;
            };
            let tools = self.selected(&rule.tools).into_iter();
            for selector in tools.filter(|selector| selector.tools == ToolNames::All) {
                if self.scope.server(&selector.server, self).is_some() {
                    wildcards.push(wildcard(&selector.server.name));
                }
            }
        }
        wildcards.sort();
        wildcards.dedup();
        Outline {
            servers: self.transports(),
            env: self.variables(),
            wildcards,
        }
    }

    fn policy(&self, lock: Option<&Lock>) -> (Option<Body>, Vec<Test>, Vec<Assertion>) {
        let header = self.header();
        let transports = self.transports();
        let none = Lock::default();
        // A policy without servers has nothing to lock.
        let Some(lock) = lock.or(self.scope.servers.is_empty().then_some(&none)) else {
            self.report_missing_lock();
            return (None, Vec::new(), Vec::new());
        };
        let mut servers = self.servers(transports, lock);
        self.add_capabilities(&mut servers);
        self.add_envelopes(&mut servers);
        self.apply_readings(&mut servers);
        self.define_gates();
        let lanes = self.lanes();
        let rules = self.rules(&mut servers, lock);
        self.check_charged_and_hidden(&servers);
        self.check_lanes(&servers, &rules, &lanes);
        let tests = self.tests(&servers);
        let assertions = self.assertions(&servers);
        self.lint(&servers, lock);
        let body = header.map(|(policy, environment)| Body {
            language: LANGUAGE.to_owned(),
            unicode: artifact::unicode_version(),
            policy,
            environment,
            servers,
            rules,
            gated: self.gated.take(),
            lanes,
            sources: self.source_texts(),
        });
        (body, tests, assertions)
    }

    fn source_texts(&self) -> Vec<SourceText> {
        let files = self.package.sources.files.iter();
        let text = files.map(|file| SourceText {
            name: file.name.clone(),
            text: file.source.text.to_string(),
        });
        text.collect()
    }

    fn header(&self) -> Option<(String, Option<String>)> {
        let mut headers = self.package.statements().filter_map(|statement| match &statement.kind {
            StatementKind::Policy(header) => Some((header, statement.span)),
            _ => None,
        });
        let Some((header, _)) = headers.next() else {
            let start = Span::new(0, 0);
            return self.report(
                Diagnostic::error(codes::NO_POLICY, start, "the file names no policy")
                    .help("begin with `policy \"acme/support\"`"),
            );
        };
        if let Some((_, second)) = headers.next() {
            self.report::<()>(
                Diagnostic::error(codes::DUPLICATE, second, "the policy is named twice")
                    .also(header.name.span, "first here"),
            );
        }
        let environment = match &header.environment {
            Some(template) => Some(self.scope.text(template, self)?),
            None => None,
        };
        let name = self.scope.text(&header.name, self)?;
        if let Some(fault) = policy_name::fault(&name) {
            return self.report(
                Diagnostic::error(
                    codes::POLICY_NAME,
                    header.name.span,
                    format!("the policy's name {fault}"),
                )
                .help("name it as people will look for it in the evidence: `policy \"acme/support\"`"),
            );
        }
        Some((name, environment))
    }
}
