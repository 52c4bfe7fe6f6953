//! The walk through everything that a tree can hold: no wildcard, no field left out.

use super::super::codes;
use super::super::sources::Placed;
use super::{NOT_YET, Part};
use crate::diagnostic::{Diagnostic, Span};
use crate::syntax::ast::{
    Argument, Assertion, Body, Case, CaseContext, CaseTarget, Clause, ClauseKind, Const, Credential, CredentialSource,
    Destination, Field, FieldKey, Injection, JsonLiteral, JsonLiteralKind, LiteralKind, OauthSource, Pattern,
    PatternCase, PatternDef, PatternKind, ReadingDecl, ReadingOption, Rule, Selector, Server, Spread, Statement,
    StatementKind, Template, TemplatePart, Test, TestEntry, Transport, VaultSource,
};

/// A walk through a tree, and what it found.
pub(super) struct Walk<'s> {
    source: &'s Placed,
    pub(super) found: Vec<Diagnostic>,
}

impl<'s> Walk<'s> {
    pub(super) fn new(source: &'s Placed) -> Self {
        let found = Vec::new();
        Self { source, found }
    }

    /// Is this part refused?
    fn refuses(&mut self, part: Part, span: Span) -> bool {
        let Some((_, what)) = NOT_YET.iter().find(|(other, _)| *other == part) else {
            return false;
        };
        let message = format!("{what} not enforced by this version of mcppc");
        let span = self.first_line(span);
        self.found.push(Diagnostic::error(codes::NOT_YET, span, message));
        true
    }

    /// As much of a span as stands on its first line: what is refused may be long.
    fn first_line(&self, span: Span) -> Span {
        let Placed { source, base, .. } = self.source;
        let text = source.text.get(span.start - base..span.end - base).unwrap_or_default();
        let line = text.lines().next().unwrap_or_default();
        Span::new(span.start, span.start + line.len())
    }

    pub(super) fn statement(&mut self, statement: &Statement) {
        let Statement {
            docs: _,
            waivers,
            span: _,
            kind,
        } = statement;
        for waiver in waivers {
            self.template(&waiver.reason);
        }
        match kind {
            StatementKind::Policy(header) => {
                self.template(&header.name);
                header.environment.iter().for_each(|name| self.template(name));
            }
            StatementKind::Use(_) | StatementKind::Include(_) => {}
            StatementKind::Const(constant) => self.constant(constant),
            StatementKind::Server(server) => self.server(server),
            StatementKind::Caller(caller) => self.body(&caller.claims),
            StatementKind::Credential(credential) => self.credential(credential),
            StatementKind::Egress(egress) => egress.destinations.iter().for_each(|destination| match destination {
                Destination::Origin(text) | Destination::Network(text) => self.template(text),
            }),
            StatementKind::EgressAdvisory => {}
            StatementKind::Label(_) | StatementKind::Limit(_) => {}
            StatementKind::Pattern(definition) => self.definition(definition),
            StatementKind::Tools(set) => self.selectors(&set.tools),
            StatementKind::Allow(rule) | StatementKind::Deny(rule) => self.rule(rule),
            StatementKind::Assert(assertion) => self.assertion(assertion),
            StatementKind::Test(test) => self.test(test),
        }
    }

    fn constant(&mut self, constant: &Const) {
        let Const { name: _, value } = constant;
        match &value.kind {
            LiteralKind::Str(template) => self.template(template),
            LiteralKind::Number(_)
            | LiteralKind::Bool(_)
            | LiteralKind::Moment(_)
            | LiteralKind::Duration(_)
            | LiteralKind::Size(_) => {}
        }
    }

    fn server(&mut self, server: &Server) {
        let Server {
            name: _,
            transport,
            readings,
            env: _,
            single_lane: _,
            stateful: _,
        } = server;
        match transport {
            Some(Transport::Stdio(words)) => words.iter().for_each(|word| self.template(word)),
            Some(Transport::Http(url)) => self.template(url),
            None => {}
        }
        for ReadingDecl { options, .. } in readings {
            for ReadingOption { name: _, values } in options {
                values.iter().for_each(|value| self.template(value));
            }
        }
    }

    fn credential(&mut self, credential: &Credential) {
        let Credential {
            name: _,
            source,
            inject,
            scope,
            lifetime: _,
            per_caller: _,
            wider: _,
        } = credential;
        self.source(source);
        match inject {
            Injection::Header { name, value } => [name, value].into_iter().for_each(|text| self.template(text)),
            Injection::Env(name) => self.template(name),
            Injection::Sentinel {
                variable,
                origin,
                header,
            } => [variable, origin, header]
                .into_iter()
                .for_each(|text| self.template(text)),
        }
        scope.iter().for_each(|scope| self.template(scope));
    }

    fn source(&mut self, source: &CredentialSource) {
        match source {
            CredentialSource::Env(text) | CredentialSource::File(text) => self.template(text),
            CredentialSource::Exec(words) => words.iter().for_each(|word| self.template(word)),
            CredentialSource::Oauth(oauth) => {
                let OauthSource {
                    token,
                    client,
                    secret,
                    audience,
                    exchange: _,
                } = &**oauth;
                [token, client]
                    .into_iter()
                    .chain(audience)
                    .for_each(|text| self.template(text));
                // INVARIANT: as deep as braces nest.
                secret.iter().for_each(|secret| self.source(secret));
            }
            CredentialSource::Vault(vault) => {
                let VaultSource { address, path, field } = &**vault;
                [address, path, field].into_iter().for_each(|text| self.template(text));
            }
        }
    }

    fn definition(&mut self, definition: &PatternDef) {
        let PatternDef {
            name: _,
            params: _,
            pattern,
        } = definition;
        self.pattern(pattern);
    }

    fn rule(&mut self, rule: &Rule) {
        let Rule {
            tools,
            callers: _,
            body,
            clauses,
        } = rule;
        self.selectors(tools);
        body.iter().for_each(|body| self.body(body));
        clauses.iter().for_each(|clause| self.clause(clause));
    }

    fn assertion(&mut self, assertion: &Assertion) {
        let Assertion {
            always: _,
            tools,
            callers: _,
            body,
            at: _,
        } = assertion;
        self.selectors(tools);
        body.iter().for_each(|body| self.body(body));
    }

    fn selectors(&mut self, selectors: &[Selector]) {
        for selector in selectors {
            match selector {
                Selector::Tools(_) | Selector::Set(_) | Selector::All(_) | Selector::Capability(_) => {}
            }
        }
    }

    fn clause(&mut self, clause: &Clause) {
        let Clause { span: _, kind } = clause;
        match kind {
            ClauseKind::Because(reason) => self.template(reason),
            ClauseKind::Returns(returns) => {
                let patterns = [&returns.types, &returns.links];
                patterns.into_iter().flatten().for_each(|pattern| self.pattern(pattern));
            }
            // Claims in comparisons are read as the slot beside them.
            ClauseKind::When(_)
            | ClauseKind::Requires(_)
            | ClauseKind::Unless(_)
            | ClauseKind::After(_)
            | ClauseKind::Until(_)
            | ClauseKind::Limit(_)
            | ClauseKind::With(_)
            | ClauseKind::To(_)
            | ClauseKind::Marks(_)
            | ClauseKind::Record(_) => {}
        }
    }

    fn body(&mut self, body: &Body) {
        let Body {
            span: _,
            fields,
            spreads,
        } = body;
        self.fields(fields);
        self.spreads(spreads);
    }

    fn fields(&mut self, fields: &[Field]) {
        for Field { key, pattern, .. } in fields {
            match key {
                FieldKey::Name(_) | FieldKey::AnyReading(_) => {}
                FieldKey::Envelope(slot) => {
                    if self.refuses(Part::Envelope, slot.span) {
                        continue;
                    }
                }
            }
            self.pattern(pattern);
        }
    }

    fn spreads(&mut self, spreads: &[Spread]) {
        for Spread { span: _, name: _, args } in spreads {
            self.arguments(args);
        }
    }

    fn pattern(&mut self, pattern: &Pattern) {
        let Pattern { span: _, kind } = pattern;
        match kind {
            PatternKind::Str(template) => self.template(template),
            PatternKind::Number(_) | PatternKind::Bool(_) | PatternKind::Null | PatternKind::Range(_) => {}
            PatternKind::Name(_) | PatternKind::Claim(_) => {}
            PatternKind::Call { name: _, args } => self.arguments(args),
            PatternKind::UrlParts(fields) => self.fields(fields),
            PatternKind::Array { element, length: _ } => self.pattern(element),
            PatternKind::Object {
                fields,
                spreads,
                open: _,
            } => {
                self.fields(fields);
                self.spreads(spreads);
            }
            PatternKind::Map { key, value, length: _ } => {
                self.pattern(key);
                self.pattern(value);
            }
            PatternKind::Has(inner) | PatternKind::Nullable(inner) | PatternKind::Not(inner) => self.pattern(inner),
            PatternKind::And(parts) | PatternKind::Or(parts) => parts.iter().for_each(|part| self.pattern(part)),
        }
    }

    fn arguments(&mut self, arguments: &[Argument]) {
        for argument in arguments {
            match argument {
                Argument::Str(template) => self.template(template),
                Argument::Range(_) | Argument::Moments(_) => {}
                Argument::Pattern(pattern) => self.pattern(pattern),
            }
        }
    }

    #[expect(clippy::unused_self, reason = "a part of the walk, like the others")]
    fn template(&mut self, template: &Template) {
        for part in &template.parts {
            match part {
                // What cannot stand where it does is refused there.
                TemplatePart::Text(_) | TemplatePart::Const(_) | TemplatePart::Claim(_) => {}
            }
        }
    }

    fn test(&mut self, test: &Test) {
        let Test { name, entries } = test;
        self.template(name);
        for entry in entries {
            match entry {
                TestEntry::Call(case) => self.case(case),
                TestEntry::Pattern(case) => self.pattern_case(case),
            }
        }
    }

    fn case(&mut self, case: &Case) {
        let Case {
            span: _,
            allow: _,
            server: _,
            target,
            arguments,
            envelope,
            context,
        } = case;
        match target {
            CaseTarget::Tool(_) | CaseTarget::Capability(_) => {}
        }
        arguments.iter().for_each(|(_, value)| self.json(value));
        for (slot, value) in envelope {
            if !self.refuses(Part::Envelope, slot.span) {
                self.json(value);
            }
        }
        let CaseContext {
            caller,
            at: _,
            state: _,
        } = context;
        caller.iter().flatten().for_each(|(_, value)| self.json(value));
    }

    fn pattern_case(&mut self, case: &PatternCase) {
        let PatternCase {
            span: _,
            matches: _,
            pattern,
            value,
        } = case;
        self.pattern(pattern);
        self.json(value);
    }

    fn json(&mut self, value: &JsonLiteral) {
        match &value.kind {
            JsonLiteralKind::Null | JsonLiteralKind::Bool(_) | JsonLiteralKind::Number(_) => {}
            JsonLiteralKind::Str(template) => self.template(template),
            JsonLiteralKind::Array(elements) => elements.iter().for_each(|element| self.json(element)),
            JsonLiteralKind::Object(members) => members.iter().for_each(|(_, value)| self.json(value)),
        }
    }
}
