//! A compiled policy, ready to decide.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock};

use super::artifact::{self, ArtifactError, Read};
use super::program::{self, Bound, Program};
use super::{
    Body, Capability, Digest, FullName, Gate, Gated, Lanes, LoadedShape, Rule, RuleRef, Server, SourceText, Tool,
    Transport,
};

/// A compiled policy, read from an artifact and checked whole. It decides with `decide`, in `eval`.
#[derive(Debug)]
pub struct Policy {
    digest: Digest,
    /// All but the tools.
    body: Body,
    /// By server and tool.
    tools: BTreeMap<String, BTreeMap<String, LoadedTool>>,
    rules: Vec<Arc<RuleRef>>,
}

/// A tool, ready to decide on its calls.
#[derive(Debug)]
pub struct LoadedTool {
    /// As it stands in the artifact.
    pub tool: Tool,
    /// Its arguments' shape, made ready.
    pub arguments: LoadedShape,
    /// What its rules come to.
    pub(crate) program: Program,
}

impl LoadedTool {
    fn new(tool: Tool, program: Program) -> Self {
        Self {
            arguments: LoadedShape::of(&tool.arguments),
            program,
            tool,
        }
    }

    fn compile(tool: Tool, gates: &[Gate]) -> Result<Self, ArtifactError> {
        let program = program::compile(&tool, gates).map_err(|error| ArtifactError::Program(error.to_string()))?;
        Ok(Self::new(tool, program))
    }

    fn bound(&self, gated: &Gated) -> Bound {
        self.program.bound(&self.tool, gated)
    }
}

impl Policy {
    /// Reads an artifact; checks everything in it and trusts nothing. It decides by the programs that the artifact
    /// holds: whoever shows its rules to people, or judges others' decisions, asks [`Policy::check_programs`] too, or
    /// reads it with [`Policy::from_rules`].
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ArtifactError> {
        let Read { body, programs } = artifact::read(bytes)?;
        let programs = programs.map_or_else(|| artifact::compile(&body), Ok)?;
        Ok(Self::new(Digest::of(bytes), body, programs))
    }

    /// The same, and compiles the rules anew: what the artifact holds beside them is checked but not used. Slower.
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub fn from_rules(bytes: &[u8]) -> Result<Self, ArtifactError> {
        let body = artifact::read(bytes)?.body;
        let programs = artifact::compile(&body)?;
        Ok(Self::new(Digest::of(bytes), body, programs))
    }

    /// INVARIANT: there is a program for each tool, in their order.
    fn new(digest: Digest, mut body: Body, programs: Vec<Program>) -> Self {
        let mut programs = programs.into_iter();
        let mut tools = BTreeMap::new();
        for (name, server) in &mut body.servers {
            let own = std::mem::take(&mut server.tools).into_iter().zip(&mut programs);
            let loaded = own.map(|((name, tool), program)| (name, LoadedTool::new(tool, program)));
            tools.insert(name.clone(), loaded.collect());
        }
        Self {
            digest,
            rules: body.rules.iter().map(|rule| Arc::new(rule.reference.clone())).collect(),
            body,
            tools,
        }
    }

    /// Compiles the rules anew: do they come to the programs that decide?
    ///
    /// # Errors
    /// `Disagrees` with the first tool whose program is another.
    pub fn check_programs(&self) -> Result<(), ArtifactError> {
        for (server, tools) in &self.tools {
            for (name, loaded) in tools {
                let ours = program::compile(&loaded.tool, &self.body.gated.gates);
                if ours.is_ok_and(|ours| ours == loaded.program) {
                    continue;
                }
                return Err(ArtifactError::Disagrees(FullName(server, name).to_string()));
            }
        }
        Ok(())
    }

    /// A policy of the same name with other tools and rules: for a question beside it.
    pub(crate) fn with_rules(
        &self,
        tools: BTreeMap<String, BTreeMap<String, Tool>>,
        gated: Gated,
        rules: Vec<Rule>,
    ) -> Result<Self, ArtifactError> {
        let load = |tool| LoadedTool::compile(tool, &gated.gates);
        let tools = tools.into_iter().map(|(server, tools)| {
            let tools = tools.into_iter().map(|(name, tool)| Ok((name, load(tool)?)));
            Ok((server, tools.collect::<Result<_, ArtifactError>>()?))
        });
        let tools: BTreeMap<String, BTreeMap<String, LoadedTool>> = tools.collect::<Result<_, ArtifactError>>()?;
        let servers = tools.keys().map(|name| (name.clone(), Server::default()));
        Ok(Self {
            digest: self.digest,
            rules: rules.iter().map(|rule| Arc::new(rule.reference.clone())).collect(),
            body: Body {
                servers: servers.collect(),
                rules,
                gated,
                sources: self.body.sources.clone(),
                ..Body::default()
            },
            tools,
        })
    }

    /// The most work that one decision takes.
    #[must_use]
    pub fn bound(&self) -> Bound {
        let tools = self.tools.values().flatten();
        tools
            .map(|(name, loaded)| self.bound_of_loaded(name, loaded))
            .fold(Bound::READING, Bound::or)
    }

    /// The most work that a decision on a call of this tool takes.
    #[must_use]
    pub fn bound_of(&self, server: &str, tool: &str) -> Bound {
        let loaded = self.loaded(server, tool);
        loaded.map_or(Bound::READING, |loaded| self.bound_of_loaded(tool, loaded))
    }

    fn bound_of_loaded(&self, name: &str, loaded: &LoadedTool) -> Bound {
        let bound = loaded.bound(&self.body.gated);
        match Capability::of_tool(name) {
            Some(Capability::Roots) => bound.gathered().for_each_value(),
            Some(_) => bound.gathered(),
            None if !loaded.tool.envelope.is_empty() => bound.gathered(),
            None => bound,
        }
    }

    /// The digest of the artifact's bytes.
    #[must_use]
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// The policy's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.body.policy
    }

    /// The environment it is for.
    #[must_use]
    pub fn environment(&self) -> Option<&str> {
        self.body.environment.as_deref()
    }

    /// The names of the servers that the policy speaks of, sorted.
    pub fn servers(&self) -> impl Iterator<Item = &str> {
        self.body.servers.keys().map(String::as_str)
    }

    /// Where a server lives; `None` where the policy does not say, or has no such server.
    #[must_use]
    pub fn transport(&self, server: &str) -> Option<&Transport> {
        self.body.servers.get(server)?.transport.as_ref()
    }

    /// The variables that a server's process gets; `None` where the policy does not say: all that the gateway has.
    #[must_use]
    pub fn passed_on(&self, server: &str) -> Option<&[String]> {
        self.body.servers.get(server)?.env.as_deref()
    }

    /// A server as the policy has it, without its tools.
    #[must_use]
    pub fn server(&self, server: &str) -> Option<&Server> {
        self.body.servers.get(server)
    }

    /// What tools act as, and where their servers may connect.
    #[must_use]
    pub fn lanes(&self) -> &Lanes {
        &self.body.lanes
    }

    /// The tool as it is pinned; `None` for a tool that the lock does not have.
    #[must_use]
    pub fn tool(&self, server: &str, tool: &str) -> Option<&Tool> {
        self.loaded(server, tool).map(|loaded| &loaded.tool)
    }

    /// The same, ready to decide on its calls.
    #[must_use]
    pub fn loaded(&self, server: &str, tool: &str) -> Option<&LoadedTool> {
        self.tools.get(server)?.get(tool)
    }

    /// The same with its name as the policy has it.
    pub(crate) fn loaded_with_name(&self, server: &str, tool: &str) -> Option<(&str, &LoadedTool)> {
        let (name, loaded) = self.tools.get(server)?.get_key_value(tool)?;
        Some((name, loaded))
    }

    /// The names of a server's pinned tools, sorted.
    pub fn tools(&self, server: &str) -> impl Iterator<Item = &str> {
        self.tools
            .get(server)
            .into_iter()
            .flat_map(|tools| tools.keys().map(String::as_str))
    }

    /// The clauses of this artifact that this version of the gateway does not enforce, with their rules: `run` refuses it.
    #[must_use]
    pub fn unenforced(&self) -> Vec<String> {
        let tools = self.tools.values().flat_map(BTreeMap::values);
        let grants = tools.flat_map(|loaded| &loaded.tool.grants);
        let mut found = BTreeSet::new();
        for grant in grants {
            let Some(gate) = grant.gate.and_then(|gate| self.body.gated.gate(gate)) else {
                continue;
            };
            let clauses = [("with", &gate.with), ("to", &gate.to)];
            let named = clauses
                .into_iter()
                .filter_map(|(word, clause)| Some((word, clause.as_ref()?)));
            found.extend(named.map(|(word, clause)| (grant.rule, word, clause.is.as_str())));
        }
        let described = |(rule, word, name): (u32, &str, &str)| {
            let RuleRef { id, file, line } = self.rule_ref(rule).as_ref();
            format!("`{word} {name}` of the grant at {file}:{line} ({id})")
        };
        found.into_iter().map(described).collect()
    }

    /// The servers whose calls rest on what is remembered of callers, or add to it, sorted.
    pub fn remembering(&self) -> impl Iterator<Item = &str> {
        let servers = self.tools.iter();
        let remembering = servers.filter(|(_, tools)| tools.values().any(|loaded| self.remembers(&loaded.tool)));
        remembering.map(|(name, _)| name.as_str())
    }

    fn remembers(&self, tool: &Tool) -> bool {
        let grants = tool.grants.iter().map(|grant| grant.gate);
        let prohibitions = tool.prohibitions.iter().map(|prohibition| prohibition.gate);
        let gates = grants.chain(prohibitions).flatten();
        gates
            .filter_map(|place| self.body.gated.gate(place))
            .any(Gate::remembers)
    }

    /// A rule by its place; `None` past the end, which a checked artifact has not.
    #[must_use]
    pub fn rule(&self, index: u32) -> Option<&Rule> {
        self.body.rules.get(usize::try_from(index).ok()?)
    }

    /// All rules in source order.
    #[must_use]
    pub fn rules(&self) -> &[Rule] {
        &self.body.rules
    }

    /// What rules ask for beside patterns.
    #[must_use]
    pub fn gated(&self) -> &Gated {
        &self.body.gated
    }

    /// A source that places refer to.
    #[must_use]
    pub fn source(&self, index: u32) -> Option<&SourceText> {
        self.body.sources.get(usize::try_from(index).ok()?)
    }

    pub(crate) fn rule_ref(&self, index: u32) -> &Arc<RuleRef> {
        static MISSING: LazyLock<Arc<RuleRef>> = LazyLock::new(|| {
            Arc::new(RuleRef {
                id: String::new(),
                file: String::new(),
                line: 0,
            })
        });
        // INVARIANT: the artifact's reader has checked every index.
        usize::try_from(index)
            .ok()
            .and_then(|at| self.rules.get(at))
            .unwrap_or(&MISSING)
    }
}
