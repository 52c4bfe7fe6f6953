//! Do the records hold together, and is every decision the one that the policy gives?

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Display;
use std::path::Path;

use super::super::disk;
use super::super::state::closed_intent;
use super::super::{Intent, Ledger, Message, Record, Side, VerifierKey};
use super::outcome::{self, Sent};
use super::redacted;
use super::report::{Adopted, Finding, FindingKind, Gap, Report};
use super::side;
use crate::eval::{Context, Decision, Reason, decide_message};
use crate::json::Limits;
use crate::table::{Digest, Gated, Policy, RuleRef};

pub(super) struct Audit<'a> {
    pub report: Report,
    dir: &'a Path,
    /// The artifacts that are trusted; empty for those beside the log.
    trusted: &'a [Policy],
    /// Those read from beside the log; `None` for one that cannot be used.
    kept: HashMap<Digest, Option<Policy>>,
    /// Is an epoch open?
    epoch: bool,
    /// The artifact in force.
    in_force: Option<Digest>,
    /// Allowed intents that wait for their outcome.
    open: BTreeMap<u64, Sent>,
    /// What the records so far say of callers.
    pub ledger: Ledger,
    /// Tools that are not as pinned, by server and name.
    drifted: BTreeSet<(String, String)>,
}

type Found = Result<(), String>;

impl<'a> Audit<'a> {
    pub(super) fn new(dir: &'a Path, trusted: &'a [Policy]) -> Self {
        Self {
            report: Report::default(),
            dir,
            trusted,
            kept: HashMap::new(),
            epoch: false,
            in_force: None,
            open: BTreeMap::new(),
            ledger: Ledger::default(),
            drifted: BTreeSet::new(),
        }
    }

    /// Takes the next record.
    pub(super) fn record(&mut self, index: u64, record: &Record) {
        if let Err(what) = self.check(index, record) {
            self.report.found(Finding {
                index: Some(index),
                kind: FindingKind::Drift,
                what,
            });
        }
        let mut ledger = std::mem::take(&mut self.ledger);
        let policy = self.in_force.and_then(|artifact| self.policy(artifact).ok());
        let nothing = Gated::default();
        ledger.record(index, record, policy.map_or(&nothing, Policy::gated));
        self.ledger = ledger;
    }

    /// The log is at its end, or could not be read further.
    pub(super) fn finish(&mut self, records: u64, key: Option<&VerifierKey>) {
        self.report.records = records;
        self.report.key = key.map(|key| key.name().to_owned());
        if !self.report.findings.is_empty() {
            return;
        }
        let gaps = &mut self.report.gaps;
        if key.is_none() {
            gaps.push(Gap::NoKey);
        }
        if records > self.report.signed {
            let records = records - self.report.signed;
            gaps.push(Gap::Unsigned { records });
        }
        if self.epoch || records == 0 {
            let open = self.open.keys().copied().collect();
            gaps.push(Gap::NotClosed { open });
        }
    }

    fn check(&mut self, index: u64, record: &Record) -> Found {
        if let Record::EpochOpen { adopted, .. } = record {
            return self.epoch_open(index, *adopted);
        }
        if !self.epoch {
            // It is taken as the beginning of one, so that this is said once.
            self.epoch = true;
            return Err("it stands outside any epoch: the gateway's opening record is missing".to_owned());
        }
        match record {
            Record::EpochOpen { .. } | Record::ServerExit { .. } => Ok(()),
            Record::PolicyLoad { artifact, policy, .. } => self.policy_load(*artifact, policy),
            Record::Intent(intent) => self.intent(index, intent),
            Record::Outcome(outcome) => {
                self.report.outcomes += 1;
                let sent = self.closes(record)?;
                outcome::check(outcome)?;
                sent.map_or(Ok(()), |sent| sent.check_returned(self.policy(sent.artifact)?, outcome))
            }
            Record::Unresolved { .. } => {
                self.report.unresolved += 1;
                self.closes(record).map(drop)
            }
            Record::ToolDrift {
                server,
                tool,
                pinned,
                live,
                ..
            } => self.tool_drift(server, tool, *pinned, *live),
            Record::EpochClose { .. } => {
                self.epoch = false;
                self.none_open()
            }
        }
    }

    fn epoch_open(&mut self, index: u64, adopted: u64) -> Found {
        self.report.epochs += 1;
        self.epoch = true;
        self.in_force = None;
        self.drifted.clear();
        self.none_open()?;
        self.adopt(index, adopted)
    }

    /// The gateway took in records that nobody had signed.
    fn adopt(&mut self, index: u64, records: u64) -> Found {
        if records == 0 {
            return Ok(());
        }
        if records > index {
            return Err(format!("it says that {records} records before it were not signed"));
        }
        // An opening that was itself unsigned is among these, with all that it had taken in.
        self.report
            .adopted
            .pop_if(|last| index.saturating_sub(last.index) <= records);
        self.report.adopted.push(Adopted { index, records });
        Ok(())
    }

    /// An epoch ends with every allowed call answered for.
    fn none_open(&mut self) -> Found {
        let open = std::mem::take(&mut self.open);
        open.keys().next().map_or(Ok(()), |first| {
            let others = open.len() - 1;
            Err(format!(
                "the epoch ends, and the allowed call of record {first} (and {others} others) has no outcome"
            ))
        })
    }

    fn closes(&mut self, record: &Record) -> Result<Option<Sent>, String> {
        let Some(intent) = closed_intent(record) else {
            return Ok(None);
        };
        let sent = self.open.remove(&intent);
        sent.map(Some)
            .ok_or_else(|| format!("it is an outcome of record {intent}, which is no allowed call that waits for one"))
    }

    fn policy_load(&mut self, artifact: Digest, name: &str) -> Found {
        self.in_force = Some(artifact);
        if !self.report.artifacts.contains(&artifact) {
            self.report.artifacts.push(artifact);
        }
        let kept = self.keep(artifact);
        let policy = self.policy(artifact)?;
        if policy.name() != name {
            return Err(format!(
                "the artifact is of policy `{}`, the record says `{name}`",
                policy.name()
            ));
        }
        kept
    }

    /// Reads the artifact that lies beside the log. It must be there, whatever else is trusted.
    fn keep(&mut self, artifact: Digest) -> Found {
        if self.kept.contains_key(&artifact) {
            return Ok(());
        }
        let path = format!("artifacts/{}.mcppb", artifact.hex());
        let bytes = disk::read_in(self.dir, &path).unwrap_or_default();
        let bytes = bytes.filter(|bytes| Digest::of(bytes) == artifact);
        let policy = bytes
            .ok_or_else(|| format!("`{path}` is missing or changed"))
            .and_then(|bytes| Policy::from_rules(&bytes).map_err(|error| format!("`{path}`: {error}")));
        let (policy, found) = match policy {
            Ok(policy) => (Some(policy), Ok(())),
            Err(what) => (None, Err(what)),
        };
        self.kept.insert(artifact, policy);
        found
    }

    fn policy(&self, artifact: Digest) -> Result<&Policy, String> {
        if self.trusted.is_empty() {
            let kept = self.kept.get(&artifact).and_then(Option::as_ref);
            return kept.ok_or_else(|| format!("the artifact {artifact} is not there to derive decisions from"));
        }
        let trusted = self.trusted.iter().find(|policy| policy.digest() == artifact);
        trusted.ok_or_else(|| format!("the artifact {artifact} is none of those that are trusted"))
    }

    fn intent(&mut self, index: u64, intent: &Intent) -> Found {
        if intent.allow {
            self.report.allowed += 1;
            self.open.insert(index, Sent::of(intent));
        } else {
            self.report.denied += 1;
        }
        check_allow(intent)?;
        let Some(in_force) = self.in_force else {
            return Err("a decision before any policy was loaded".to_owned());
        };
        if intent.artifact != in_force {
            return Err(format!(
                "it was decided by {}, and {in_force} is in force",
                intent.artifact
            ));
        }
        self.check_state(intent)?;
        if intent.reason == Reason::Refused {
            self.report.refused += 1;
        }
        if intent.redaction.is_some() {
            self.report.underived += u64::from(intent.reason != Reason::Refused);
            redacted::check(self.policy(intent.artifact)?, intent)?;
        } else {
            let message = check_message(intent)?;
            redacted::check_whole(self.policy(intent.artifact)?, intent)?;
            self.derive(intent, message.as_deref())?;
        }
        self.check_definition(intent)
    }

    /// Derives the decision again, and compares.
    fn derive(&mut self, intent: &Intent, message: Option<&[u8]>) -> Found {
        let limits = Limits::default();
        let refused = intent.reason == Reason::Refused;
        let Some(message) = message else {
            if intent.from == Side::Server && refused {
                return refused_by_none(intent);
            }
            // What is larger than the bounds is not kept; that it was larger is all that the decision rests on.
            if intent.size <= limits.bytes as u64 {
                self.report.underived += 1;
                return Ok(());
            }
            self.report.derived += u64::from(!refused);
            return same_decision(intent, &Decision::Deny(crate::eval::too_large(&limits)), refused);
        };
        let context = Context {
            caller: intent.caller.clone(),
            time: intent.time,
            state: intent.state.clone(),
        };
        let policy = self.policy(intent.artifact)?;
        let derived = decide_message(policy, &intent.server, message, &limits, &context);
        // A message that the gateway refuses may be one that this function cannot read so far.
        if !refused || derived.method.is_some() {
            same("method", &intent.method, &derived.method)?;
            same("tool", &intent.tool, &derived.tool)?;
        }
        self.report.derived += u64::from(!refused);
        same_decision(intent, &derived.decision, refused)
    }

    /// What the decision took for remembered is what the records before it say.
    fn check_state(&self, intent: &Intent) -> Found {
        let policy = self.policy(intent.artifact)?;
        let derived = self.ledger.state(&intent.caller, intent.time, policy.gated());
        if derived == intent.state {
            return Ok(());
        }
        Err("what it says was remembered of the caller is not what the records before it give".to_owned())
    }

    /// A tool is no longer as pinned, until the next epoch.
    fn tool_drift(&mut self, server: &str, tool: &str, pinned: Option<Digest>, live: Option<Digest>) -> Found {
        self.drifted.insert((server.to_owned(), tool.to_owned()));
        if live.is_some() && live == pinned {
            return Err(format!("it says that `{tool}` is not as pinned, and that it is"));
        }
        let artifact = self.in_force.ok_or("a drift before any policy was loaded")?;
        let locked = self.policy(artifact)?.tool(server, tool).map(|entry| entry.definition);
        same("pinned definition", &pinned, &locked)
    }

    /// The tool is the one that the lock pins, and was so when it was called.
    fn check_definition(&self, intent: &Intent) -> Found {
        let policy = self.policy(intent.artifact)?;
        if !policy.servers().any(|server| server == intent.server) {
            return Err(format!("the policy speaks of no server `{}`", intent.server));
        }
        let tool = intent.tool.as_deref().unwrap_or_default();
        let pinned = policy.tool(&intent.server, tool).map(|entry| entry.definition);
        same("definition", &intent.definition, &pinned)?;
        if intent.allow && self.drifted.contains(&(intent.server.clone(), tool.to_owned())) {
            return Err(format!("`{tool}` was allowed after its definition had changed"));
        }
        Ok(())
    }
}

/// Allowed is forwarded, denied is not, and refused has its cause.
fn check_allow(intent: &Intent) -> Found {
    if intent.allow != (intent.reason == Reason::Allowed) {
        return Err(format!(
            "it says both {} and `{}`",
            if intent.allow { "allow" } else { "deny" },
            intent.reason.as_str()
        ));
    }
    if intent.refusal.is_some() != (intent.reason == Reason::Refused) {
        return Err("a refusal without its cause, or a cause without its refusal".to_owned());
    }
    side::check(intent)?;
    match (intent.allow, intent.forwarded) {
        (false, Some(_)) => Err("it was denied, and something was forwarded".to_owned()),
        (true, None) => Err("it was allowed, and nothing says what was forwarded".to_owned()),
        (true, Some(forwarded)) if forwarded != intent.digest => {
            Err("what was forwarded is not what was decided on".to_owned())
        }
        _ => Ok(()),
    }
}

/// The message is the one that its digest and size are of.
fn check_message(intent: &Intent) -> Result<Option<Vec<u8>>, String> {
    let Some(message) = &intent.message else {
        let what = "it was allowed, and its message was not kept";
        return if intent.allow { Err(what.to_owned()) } else { Ok(None) };
    };
    let bytes = message.bytes().filter(|bytes| Message::new(bytes) == *message);
    let bytes = bytes.ok_or_else(|| "its message is not spelled as the gateway spells it".to_owned())?;
    if Digest::of(&bytes) != intent.digest || bytes.len() as u64 != intent.size {
        return Err("its message is not the one that its digest and size are of".to_owned());
    }
    Ok(Some(bytes.into_owned()))
}

fn same_decision(intent: &Intent, derived: &Decision, refused: bool) -> Found {
    if refused {
        return refused_by_none(intent);
    }
    if intent.reason != derived.reason() {
        return Err(format!(
            "the decision differs: recorded `{}`, derived `{}`",
            intent.reason.as_str(),
            derived.reason().as_str()
        ));
    }
    // As JSON, so that no two rules have one spelling.
    let spelled = |rule: &RuleRef| serde_json::to_string(rule).unwrap_or_default();
    let derived_rule = derived.rule().map(|rule| spelled(rule));
    same("rule", &intent.rule.as_ref().map(spelled), &derived_rule)?;
    if intent.effects != derived.effects() {
        return Err("what it does beside, such as what it marks and charges, is not what the policy says".to_owned());
    }
    let parameter = match derived {
        Decision::Allow(_) => None,
        Decision::Deny(denial) => denial.parameter.clone(),
    };
    same("parameter", &intent.parameter, &parameter)
}

/// What the gateway refused, no rule did.
pub(super) fn refused_by_none(intent: &Intent) -> Found {
    let bare = intent.rule.is_none() && intent.parameter.is_none() && intent.effects.is_empty();
    bare.then_some(())
        .ok_or_else(|| "a refusal of the gateway's own, laid to a rule".to_owned())
}

fn same<T: Display + PartialEq>(field: &str, recorded: &Option<T>, derived: &Option<T>) -> Found {
    if recorded == derived {
        return Ok(());
    }
    let show = |value: &Option<T>| value.as_ref().map_or("none".to_owned(), |value| format!("`{value}`"));
    let (recorded, derived) = (show(recorded), show(derived));
    Err(format!("the {field} differs: recorded {recorded}, derived {derived}"))
}
