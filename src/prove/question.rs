//! Questions about one tool of a policy, and their answers.

use std::collections::BTreeMap;
use std::rc::Rc;

use jiff::Timestamp;

use super::budget::{Budget, Forms, Refusal};
use super::circumstances::{Asked, Circumstances};
use super::conditions::Conditions;
use super::frame::Frame;
use super::hunt::{Hunt, call};
use super::sample::Sample;
use super::search::Search;
use crate::eval::{Decision, decide_line};
use crate::pattern::{At, Field};
use crate::table::gates::{Gate, Placed, Who};
use crate::table::program::compile::expression::Expression;
use crate::table::program::compile::formula::Formula;
use crate::table::{AnyReading, Effect, Gated, Grant, Policy, Prohibition, Rule, RuleRef, Tool, shared};

/// What is claimed of the calls of one tool.
#[derive(Clone, Debug, PartialEq)]
pub struct Question {
    /// None of them is allowed, or all are.
    pub claims: Claim,
    /// The server.
    pub server: String,
    /// The tool.
    pub tool: String,
    /// The arguments that it is about: others are free in a `never`, and absent in an `always`.
    pub fields: Vec<Field>,
    /// What at least one value with a reading must be; of a `never`.
    pub any: Vec<AnyReading>,
    /// The callers that it is about; `None`: all.
    pub callers: Option<Placed<Vec<Who>>>,
    /// The time that it is about; `None`: any for a `never`, now for an `always`.
    pub at: Option<Timestamp>,
    /// Where it stands.
    pub place: At,
}

/// What is claimed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    /// No such call is allowed, whatever is remembered.
    Never,
    /// Every such call is allowed, of callers that can be told from others, as long as nothing is remembered of them.
    Always,
}

/// What is known of a claim.
#[derive(Clone, Debug)]
pub enum Answer {
    /// It is so: there is no call that breaks it.
    Proved,
    /// There is no such call at all, so that nothing is claimed.
    Empty,
    /// It is not so: this call breaks it.
    Refuted(Box<Refutation>),
    /// It is not known.
    Refused(Refusal),
}

/// A call that breaks a claim.
#[derive(Clone, Debug)]
pub struct Refutation {
    /// The call with all that goes with it, one line for `mcppc eval`.
    pub call: String,
    /// What the policy says of it.
    pub decision: Decision,
    /// The rule that says so, or the grant that comes nearest to allowing it.
    pub rule: Option<Rule>,
}

/// Who answers questions about one policy.
pub struct Prover<'p> {
    policy: &'p Policy,
    steps: u64,
    forms: Rc<Forms>,
}

impl<'p> Prover<'p> {
    /// Each question may take so many steps.
    #[must_use]
    pub fn new(policy: &'p Policy, steps: u64) -> Self {
        Self {
            policy,
            steps,
            forms: Rc::default(),
        }
    }

    /// Answers a question. Every call that is shown was put to the evaluator. `now` is the time of an `always` that
    /// states none.
    #[must_use]
    pub fn ask(&self, question: &Question, now: Timestamp) -> Answer {
        let budget = Budget::new(self.steps, &self.forms);
        answer(self.policy, question, now, &budget).unwrap_or_else(Answer::Refused)
    }
}

fn answer(policy: &Policy, question: &Question, now: Timestamp, budget: &Budget) -> Result<Answer, Refusal> {
    let tool = policy.tool(&question.server, &question.tool);
    let tool = tool.ok_or_else(|| Refusal::new("there is no such tool"))?;
    let asking = Asking::new(policy, question, tool, now)?;
    let mut conditions = Conditions::new(&tool.arguments, &asking.gated);
    let prohibitions = tool
        .prohibitions
        .iter()
        .map(|prohibition| conditions.prohibition(prohibition));
    let prohibitions = prohibitions.collect::<Result<Vec<Expression>, _>>()?;
    let grants: Vec<Expression> = tool.grants.iter().map(|grant| conditions.grant(grant)).collect();
    let asked = match &asking.rule {
        AskedRule::Prohibition(prohibition) => conditions.prohibition(prohibition)?,
        AskedRule::Grant(grant) => conditions.grant(grant),
    };
    let universe = conditions.universe().clone();
    let mut frame = Frame::new(&mut conditions.scope, &universe, true, budget)?;
    let around = Asked {
        at: asking.at,
        fresh: question.claims == Claim::Always,
    };
    let (circumstances, limited) = Circumstances::new(
        &mut frame,
        &asking.gated,
        &conditions.gates,
        &conditions.amounts,
        around,
        budget,
    )?;
    let base = [frame.constraint, limited, frame.formula(&asked)];
    let base = frame.formulas.all(base);
    if Search::new(base).next(&mut frame.formulas, budget)?.is_none() {
        return Ok(Answer::Empty);
    }
    let of_rules = |frame: &mut Frame, rules: &[Expression]| -> Vec<Formula> {
        rules.iter().map(|rule| frame.formula(rule)).collect()
    };
    let denying = of_rules(&mut frame, &prohibitions);
    let allowing = of_rules(&mut frame, &grants);
    let goals = match question.claims {
        // A grant holds, and no prohibition does: grant by grant.
        Claim::Never => {
            let none: Vec<Formula> = denying.iter().map(|rule| frame.formulas.not(*rule)).collect();
            let none = frame.formulas.all(none);
            let places = tool.grants.iter().map(|grant| Some(grant.rule));
            let rules = allowing.into_iter().map(|rule| frame.formulas.all([base, none, rule]));
            rules.zip(places).collect::<Vec<_>>()
        }
        // No grant holds, or some prohibition does.
        Claim::Always => {
            let none: Vec<Formula> = allowing.iter().map(|rule| frame.formulas.not(*rule)).collect();
            let none = frame.formulas.all(none);
            let places = tool.prohibitions.iter().map(|prohibition| Some(prohibition.rule));
            let mut goals = vec![(frame.formulas.all([base, none]), None)];
            let rules = denying.into_iter().map(|rule| frame.formulas.all([base, rule]));
            goals.extend(rules.zip(places));
            goals
        }
    };
    let shows = |line: &Sample| asking.breaks(line).is_some();
    let mut hunt = Hunt {
        frame,
        circumstances,
        budget,
        gated: &asking.gated,
        line: &|arguments, around| asking.line(arguments, around),
        shows: &shows,
        unknown: None,
    };
    for (goal, rule) in goals {
        let found = hunt.through(goal).map_err(|mut refusal| {
            let rule = rule.and_then(|rule| policy.rule(rule));
            refusal.at.extend(rule.map(|rule| rule.at));
            refusal
        })?;
        if let Some((line, decision)) = found.and_then(|line| Some((line.to_string(), asking.breaks(&line)?))) {
            let rule = decision.rule().and_then(|found| rule_of(policy, found));
            return Ok(Answer::Refuted(Box::new(Refutation {
                call: line,
                rule,
                decision,
            })));
        }
    }
    Ok(hunt.unknown.map_or(Answer::Proved, Answer::Refused))
}

/// The rule that a decision names.
pub fn rule_of(policy: &Policy, reference: &RuleRef) -> Option<Rule> {
    policy.rules().iter().find(|rule| rule.reference == *reference).cloned()
}

/// A question beside the policy that it is about.
struct Asking<'q> {
    policy: &'q Policy,
    question: &'q Question,
    /// The policy's gates and the question's.
    gated: Gated,
    rule: AskedRule,
    /// A policy of the question alone.
    alone: Policy,
    at: Option<Timestamp>,
    now: Timestamp,
}

enum AskedRule {
    Prohibition(Prohibition),
    Grant(Grant),
}

impl<'q> Asking<'q> {
    fn new(policy: &'q Policy, question: &'q Question, tool: &Tool, now: Timestamp) -> Result<Self, Refusal> {
        let mut gated = policy.gated().clone();
        let effect = match question.claims {
            Claim::Never => Effect::Deny,
            Claim::Always => Effect::Allow,
        };
        let gate = question.callers.as_ref().map(|callers| {
            gated.gates.push(Gate {
                callers: Some(callers.clone()),
                ..Gate::open(effect)
            });
            u32::try_from(gated.gates.len() - 1).unwrap_or(u32::MAX)
        });
        let fields = shared(question.fields.clone());
        let rule = match question.claims {
            Claim::Never => AskedRule::Prohibition(Prohibition {
                rule: 0,
                fields,
                any: question.any.clone(),
                gate,
            }),
            Claim::Always => AskedRule::Grant(Grant { rule: 0, fields, gate }),
        };
        let mut alone = Tool {
            prohibitions: Vec::new(),
            grants: Vec::new(),
            ..tool.clone()
        };
        match &rule {
            AskedRule::Prohibition(prohibition) => alone.prohibitions.push(prohibition.clone()),
            AskedRule::Grant(grant) => alone.grants.push(grant.clone()),
        }
        let asked = Rule {
            reference: RuleRef {
                id: "question".to_owned(),
                file: String::new(),
                line: 0,
            },
            effect,
            at: question.place,
            doc: String::new(),
            because: None,
        };
        let servers = BTreeMap::from([(
            question.server.clone(),
            BTreeMap::from([(question.tool.clone(), alone)]),
        )]);
        let alone = policy.with_rules(servers, gated.clone(), vec![asked]);
        Ok(Self {
            alone: alone.map_err(|error| Refusal::new(error.to_string()))?,
            at: question.at.or((question.claims == Claim::Always).then_some(now)),
            policy,
            question,
            gated,
            rule,
            now,
        })
    }

    /// What the policy says of a call, if it breaks the claim.
    fn breaks(&self, line: &Sample) -> Option<Decision> {
        let always = self.question.claims == Claim::Always;
        if always && !is_told_apart(line) {
            return None;
        }
        let line = line.to_string();
        let is_asked = |decision: Decision| match self.question.claims {
            Claim::Never => decision.reason() == crate::eval::Reason::Prohibited,
            Claim::Always => decision.is_allow(),
        };
        let decide = |policy| decide_line(policy, None, line.as_bytes(), self.now);
        if !is_asked(decide(&self.alone)) {
            return None;
        }
        let decision = decide(self.policy);
        (decision.is_allow() != always).then_some(decision)
    }

    fn line(&self, arguments: Sample, around: Vec<(String, Sample)>) -> Sample {
        call(&self.question.server, &self.question.tool, arguments, around)
    }
}

/// Has the caller of a line an issuer and a subject, or is it the local user?
fn is_told_apart(line: &Sample) -> bool {
    let caller = line.members().iter().find(|(name, _)| name == "caller");
    caller.is_none_or(|(_, claims)| {
        let said = |wanted: &str| {
            let mut claims = claims.members().iter();
            claims.any(|(name, value)| name == wanted && matches!(value, Sample::String(text) if !text.is_empty()))
        };
        said("issuer") && said("subject")
    })
}
