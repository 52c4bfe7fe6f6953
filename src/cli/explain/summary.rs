//! What a policy says, tool by tool: gathered from the artifact, for every way of writing it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::Serialize;

use super::english::means;
use crate::diagnostic::Source;
use crate::lane;
use crate::pattern::{At, ReadingKind};
use crate::syntax::ast::{self, ClauseKind, FieldKey, StatementKind};
use crate::syntax::{format, parse};
use crate::table::{Digest, Grant, Policy, Prohibition, Shape, Tool, Universe};

/// A policy, or what it says of one tool.
#[derive(Debug, Serialize)]
pub struct Summary {
    /// The policy's name.
    pub policy: String,
    /// The environment it is for.
    pub environment: Option<String>,
    /// The artifact's digest.
    pub artifact: Digest,
    /// Its servers by name.
    pub servers: Vec<ServerSummary>,
    /// What tools act as.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub credentials: Vec<Named>,
    /// Where servers may connect.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub egress: Vec<Named>,
    /// `egress advisory`
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub egress_advisory: bool,
}

/// A statement that gives something a name.
#[derive(Debug, Serialize)]
pub struct Named {
    /// The name.
    pub name: String,
    /// The whole statement as it is written.
    pub text: String,
}

/// What may be done with a server.
#[derive(Debug, Serialize)]
pub struct ServerSummary {
    /// Its name.
    pub name: String,
    /// What its block says of its process.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<String>,
    /// Which of its tools belong to one process, where it takes more than one, or one with a credential or an egress set.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub lanes: Vec<LaneSummary>,
    /// The tools that a grant speaks of.
    pub granted: Vec<ToolSummary>,
    /// The pinned tools that nothing grants: every call of them is denied.
    pub not_granted: Vec<String>,
}

/// The tools of one process.
#[derive(Debug, Serialize)]
pub struct LaneSummary {
    /// What they act as.
    pub credential: Option<String>,
    /// Where their process may connect; null: nothing is said of it.
    pub egress: Option<String>,
    /// Is there a process for each caller?
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub per_caller: bool,
    /// Their names, without the server's.
    pub tools: Vec<String>,
}

impl LaneSummary {
    /// What a process of it has, in words.
    pub fn described(&self) -> String {
        let credential = match &self.credential {
            Some(name) => format!("with credential {name}"),
            None => "with no credential".to_owned(),
        };
        let egress = match &self.egress {
            Some(name) => format!("connecting to {name} only"),
            None => "connecting anywhere".to_owned(),
        };
        let each = if self.per_caller { ", one for each caller" } else { "" };
        format!("{credential}, {egress}{each}")
    }
}

/// What may be done with a tool.
#[derive(Debug, Serialize)]
pub struct ToolSummary {
    /// Its name, without the server's.
    pub name: String,
    /// A call is allowed if one of these holds whole.
    pub grants: Vec<GrantSummary>,
    /// And none of these does.
    pub prohibitions: Vec<ProhibitionSummary>,
}

/// Which rule, and what its author says of it.
#[derive(Debug, Serialize)]
pub struct RuleSummary {
    /// Its id, as evidence has it.
    pub id: String,
    /// The source file.
    pub file: String,
    /// The line, from 1.
    pub line: u32,
    /// Its documentation.
    pub doc: String,
    /// The whole statement as it is written.
    pub text: String,
    /// On what else it depends, and what it does beside: its callers and clauses as they are written.
    pub clauses: Vec<String>,
}

/// A grant, for one tool.
#[derive(Debug, Serialize)]
pub struct GrantSummary {
    /// Which.
    #[serde(flatten)]
    pub rule: RuleSummary,
    /// The parameters; no other may be given.
    pub parameters: Vec<Parameter>,
}

/// A prohibition, for one tool.
#[derive(Debug, Serialize)]
pub struct ProhibitionSummary {
    /// Which.
    #[serde(flatten)]
    pub rule: RuleSummary,
    /// `because "…"`.
    pub because: Option<String>,
    /// It holds where all of these do; without any, always.
    pub conditions: Vec<Parameter>,
}

/// What a rule says of a parameter.
#[derive(Debug, Serialize)]
pub struct Parameter {
    /// Its name; `any path` for every slot with that reading.
    pub name: String,
    /// In a grant: must it be given? In a prohibition: does it fail to hold without it?
    pub required: bool,
    /// What the server takes where it is absent, as JSON.
    pub defaults: Vec<String>,
    /// The pattern as it is written; null where the artifact's text does not show it.
    pub written: Option<String>,
    /// What it holds, in English, made from the compiled pattern.
    pub means: String,
}

/// The tools that are meant, by server and name; all of them where there is no such choice.
pub type Chosen<'a> = Option<(&'a str, &'a str)>;

/// What the policy says of these tools.
pub fn summary(policy: &Policy, chosen: Chosen<'_>) -> Summary {
    let written = Written::of(policy);
    let servers = policy
        .servers()
        .filter(|name| chosen.is_none_or(|(server, _)| server == *name));
    let servers = servers.map(|name| {
        let mut server = ServerSummary {
            name: name.to_owned(),
            options: options(policy, name),
            lanes: if chosen.is_none() {
                lanes_of(policy, name)
            } else {
                Vec::new()
            },
            granted: Vec::new(),
            not_granted: Vec::new(),
        };
        for tool in policy
            .tools(name)
            .filter(|tool| chosen.is_none_or(|(_, only)| only == *tool))
        {
            match policy.tool(name, tool) {
                Some(pinned) if !pinned.grants.is_empty() => server.granted.push(written.tool(tool, pinned)),
                _ => server.not_granted.push(tool.to_owned()),
            }
        }
        server
    });
    let lanes = policy.lanes();
    let named = |(name, at): (&String, At)| Named {
        name: name.clone(),
        text: written.text(at).unwrap_or_default(),
    };
    // Of one tool its rules' clauses say which of these it has.
    let all = chosen.is_none();
    Summary {
        credentials: lanes
            .credentials
            .iter()
            .filter(|_| all)
            .map(|(name, found)| named((name, found.at)))
            .collect(),
        egress: lanes
            .egress
            .iter()
            .filter(|_| all)
            .map(|(name, found)| named((name, found.at)))
            .collect(),
        egress_advisory: all && lanes.advisory,
        policy: policy.name().to_owned(),
        environment: policy.environment().map(str::to_owned),
        artifact: policy.digest(),
        servers: servers.collect(),
    }
}

/// The lanes of a server of which a clause makes lanes.
fn lanes_of(policy: &Policy, server: &str) -> Vec<LaneSummary> {
    let found = lane::lanes(policy, server);
    if found
        .iter()
        .all(|lane| lane.credential.is_none() && lane.egress.is_none())
    {
        return Vec::new();
    }
    let summary = |lane: lane::Lane<'_>| LaneSummary {
        credential: lane.credential.map(str::to_owned),
        egress: lane.egress.map(str::to_owned),
        per_caller: lane.per_caller,
        tools: lane.tools.into_iter().map(str::to_owned).collect(),
    };
    found.into_iter().map(summary).collect()
}

/// What a server's block says of its process, as it is written there.
fn options(policy: &Policy, server: &str) -> Vec<String> {
    let Some(server) = policy.server(server) else {
        return Vec::new();
    };
    let env = server.env.as_ref().map(|names| {
        let quoted: Vec<String> = names.iter().map(|name| format!("\"{name}\"")).collect();
        format!("env: {}", quoted.join(", "))
    });
    let flags = [(server.single_lane, "single lane"), (server.stateful, "stateful")];
    let flags = flags.into_iter().filter(|(is, _)| *is).map(|(_, name)| name.to_owned());
    env.into_iter().chain(flags).collect()
}

/// The rules as they are written in the artifact's sources, by their places.
struct Written<'a> {
    policy: &'a Policy,
    rules: BTreeMap<(u32, u32, u32), ast::Rule>,
}

impl<'a> Written<'a> {
    fn of(policy: &'a Policy) -> Self {
        let mut rules = BTreeMap::new();
        for (number, text) in (0..).map_while(|number| Some((number, policy.source(number)?))) {
            let (file, _) = parse(&Source::new(text.name.as_str(), text.text.as_str()));
            for statement in file.statements {
                let span = (u32::try_from(statement.span.start), u32::try_from(statement.span.end));
                if let (StatementKind::Allow(rule) | StatementKind::Deny(rule), (Ok(start), Ok(end))) =
                    (statement.kind, span)
                {
                    rules.insert((number, start, end), rule);
                }
            }
        }
        Self { policy, rules }
    }

    fn tool(&self, name: &str, tool: &Tool) -> ToolSummary {
        ToolSummary {
            name: name.to_owned(),
            grants: tool
                .grants
                .iter()
                .map(|grant| self.grant(grant, &tool.arguments))
                .collect(),
            prohibitions: tool
                .prohibitions
                .iter()
                .map(|prohibition| self.prohibition(prohibition, &tool.arguments))
                .collect(),
        }
    }

    fn grant(&self, grant: &Grant, arguments: &Shape) -> GrantSummary {
        GrantSummary {
            rule: self.rule(grant.rule),
            parameters: self.parameters(grant.rule, &grant.fields, arguments),
        }
    }

    fn prohibition(&self, prohibition: &Prohibition, arguments: &Shape) -> ProhibitionSummary {
        let mut conditions = self.parameters(prohibition.rule, &prohibition.fields, arguments);
        let ast = self.ast(prohibition.rule);
        let mut any_written = ast
            .iter()
            .flat_map(|rule| rule.fields())
            .filter(|field| matches!(field.key, FieldKey::AnyReading(_)))
            .map(|field| format::pattern(&field.pattern));
        conditions.extend(prohibition.any.iter().map(|any| Parameter {
            name: format!("any {}", any.reading.name()),
            required: any.absent.is_empty(),
            defaults: Vec::new(),
            written: any_written.next(),
            means: means(&any.pattern, Some(any.reading)),
        }));
        ProhibitionSummary {
            rule: self.rule(prohibition.rule),
            because: self.policy.rule(prohibition.rule).and_then(|rule| rule.because.clone()),
            conditions,
        }
    }

    fn rule(&self, index: u32) -> RuleSummary {
        let reference = self.policy.rule_ref(index);
        let rule = self.policy.rule(index);
        let written = self.ast(index).zip(rule);
        RuleSummary {
            id: reference.id.clone(),
            file: reference.file.clone(),
            line: reference.line,
            doc: rule.map(|rule| rule.doc.clone()).unwrap_or_default(),
            text: rule.and_then(|rule| self.text(rule.at)).unwrap_or_default(),
            clauses: written.map_or(Vec::new(), |(ast, rule)| {
                let source = self.policy.source(rule.at.source);
                clauses(ast, source.map_or("", |source| &source.text))
            }),
        }
    }

    fn text(&self, at: At) -> Option<String> {
        let (start, end) = (usize::try_from(at.start).ok()?, usize::try_from(at.end).ok()?);
        Some(self.policy.source(at.source)?.text.get(start..end)?.to_owned())
    }

    fn ast(&self, index: u32) -> Option<&ast::Rule> {
        self.rules.get(&self.policy.rule(index)?.at.into())
    }

    fn parameters(&self, rule: u32, fields: &[Arc<crate::pattern::Field>], arguments: &Shape) -> Vec<Parameter> {
        let rule = self.ast(rule);
        let arguments = Universe::of(arguments);
        let parameter = |field: &Arc<crate::pattern::Field>| {
            let named = |written: &&ast::Field| match &written.key {
                FieldKey::Name(name) => name.name == field.name,
                FieldKey::Envelope(slot) => field.name.strip_prefix('@') == Some(&*slot.name),
                FieldKey::AnyReading(_) => false,
            };
            let written = rule.and_then(|rule| rule.fields().find(named));
            let is_path = arguments.member(&field.name).has_reading(ReadingKind::Path);
            Parameter {
                name: field.name.clone(),
                required: !field.optional,
                defaults: defaults(&arguments, &field.name),
                // A field that was spread in is written where the pattern is that it comes from.
                written: written.map_or_else(
                    || self.text(field.pattern.at),
                    |written| Some(format::pattern(&written.pattern)),
                ),
                means: means(&field.pattern, is_path.then_some(ReadingKind::Path)),
            }
        };
        fields.iter().map(parameter).collect()
    }
}

/// What the server may take where a parameter is absent, each once.
fn defaults(arguments: &Universe<'_>, name: &str) -> Vec<String> {
    let stated: BTreeSet<&str> = arguments
        .defaults(name)
        .into_iter()
        .map(|(_, default)| default)
        .collect();
    stated.into_iter().map(str::to_owned).collect()
}

/// The callers and clauses of a rule, `because` aside, which is no condition.
fn clauses(rule: &ast::Rule, source: &str) -> Vec<String> {
    let callers = rule.callers.iter().map(|callers| callers.span);
    let conditions = rule
        .clauses
        .iter()
        .filter(|clause| !matches!(clause.kind, ClauseKind::Because(_)));
    callers
        .chain(conditions.map(|clause| clause.span))
        .filter_map(|span| source.get(span.start..span.end))
        .map(|text| text.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_condition_of_a_rule_is_left_out() {
        let text = "deny fs.write for a | !b { path: \"x\" } when path == name\n  after seen because \"no\"\n";
        let (file, diagnostics) = parse(&Source::new("p.mcpp", text));
        assert!(diagnostics.is_empty(), "{diagnostics:?}");
        let StatementKind::Deny(rule) = &file.statements[0].kind else {
            panic!("{file:?}")
        };
        assert_eq!(clauses(rule, text), ["for a | !b", "when path == name", "after seen"]);
    }
}
