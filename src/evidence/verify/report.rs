//! What the verifier found, for people and for programs.

use std::fmt;

use serde::Serialize;

use super::strays::Stray;
use crate::table::Digest;

/// As many findings are listed; the others are counted.
const LISTED: usize = 100;

/// The whole of it in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Whole, signed to its end, closed, every decision derived again.
    Complete,
    /// Something was changed, or what was done is not what was decided.
    Tampered,
    /// Sound as far as it goes: not closed, not signed to its end, or anchored to no key.
    Partial,
    /// Whole, but some decisions could not be derived.
    Underived,
}

impl Verdict {
    /// The exit code of `mcppc verify`. 2 is for logs that could not be read.
    #[must_use]
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Complete => 0,
            Self::Tampered => 1,
            Self::Partial => 3,
            Self::Underived => 4,
        }
    }
}

/// The kinds of finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FindingKind {
    /// The log is not what was written and signed.
    Tampered,
    /// The log is what was written, and what was written does not hold together: a decision that the policy does not
    /// give, an outcome after a denial.
    Drift,
}

/// Something that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The record, where it is about one.
    pub index: Option<u64>,
    /// What kind of thing.
    pub kind: FindingKind,
    /// What, in words.
    pub what: String,
}

/// Something that keeps a sound log from being complete.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "gap", rename_all = "snake_case")]
pub enum Gap {
    /// No public key was given, and none is pinned.
    NoKey,
    /// Records after the last checkpoint: nobody signed them.
    Unsigned {
        /// How many.
        records: u64,
    },
    /// The end of the tail is no whole record.
    Torn {
        /// How many bytes.
        bytes: u64,
    },
    /// The last epoch was not closed: the gateway runs, or it crashed.
    NotClosed {
        /// The allowed intents without an outcome.
        open: Vec<u64>,
    },
}

/// Records that were signed by nobody until the gateway took them in, after a crash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Adopted {
    /// The `epoch_open` that took them in; they stand before it.
    pub index: u64,
    /// How many.
    pub records: u64,
}

/// What the verifier found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Which log it says it is.
    pub origin: String,
    /// How many records were read.
    pub records: u64,
    /// How many records the last checkpoint covers.
    pub signed: u64,
    /// The root that the last checkpoint gives.
    pub root: Option<Digest>,
    /// The name of the key that the checkpoint was checked with.
    pub key: Option<String>,
    /// How many times a gateway began to write.
    pub epochs: u64,
    /// The artifacts that were in force, in the order of their first use.
    pub artifacts: Vec<Digest>,
    /// The name of the key that signed all of them, where that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signed_by: Option<String>,
    /// Allowed calls.
    pub allowed: u64,
    /// Denied calls.
    pub denied: u64,
    /// Of the denied: refused by the gateway whatever the policy says. These are not derived.
    pub refused: u64,
    /// Decisions that were derived again.
    pub derived: u64,
    /// Decisions that could not be derived, because their message was not kept.
    pub underived: u64,
    /// Outcomes of allowed calls.
    pub outcomes: u64,
    /// Allowed calls whose outcome a crash took.
    pub unresolved: u64,
    /// Records that a crash left unsigned, or that somebody added after it: nothing tells which.
    pub adopted: Vec<Adopted>,
    /// Files in the log that no record refers to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stray: Option<Stray>,
    /// What is wrong, in the order of the log; the first hundred.
    pub findings: Vec<Finding>,
    /// How many more are wrong.
    pub more_findings: u64,
    /// What keeps it from being complete.
    pub gaps: Vec<Gap>,
}

impl Report {
    /// The whole of it in one word: what is wrong outweighs what is missing.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        if !self.findings.is_empty() {
            Verdict::Tampered
        } else if !self.gaps.is_empty() {
            Verdict::Partial
        } else if self.underived > 0 {
            Verdict::Underived
        } else {
            Verdict::Complete
        }
    }

    pub(in crate::evidence) fn found(&mut self, finding: Finding) {
        if self.findings.len() < LISTED {
            self.findings.push(finding);
        } else {
            self.more_findings += 1;
        }
    }

    /// What ended the reading comes first: the rest is only as sound as this lets it be.
    pub(super) fn tampered(&mut self, finding: Finding) {
        self.findings.insert(0, finding);
    }
}

impl Report {
    fn write_adopted(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(first) = self.adopted.first() else {
            return Ok(());
        };
        let records: u64 = self.adopted.iter().map(|adopted| adopted.records).sum();
        write!(
            f,
            "  adopted    {records} records that nobody had signed, by record {}",
            first.index
        )?;
        match self.adopted.len() - 1 {
            0 => writeln!(f),
            others => writeln!(f, " and {others} more"),
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = match self.verdict() {
            Verdict::Complete => "complete",
            Verdict::Tampered => "TAMPERED OR DRIFTED",
            Verdict::Partial => "valid up to a point",
            Verdict::Underived => "whole, but some decisions could not be derived again",
        };
        let origin = if self.origin.is_empty() { "?" } else { &self.origin };
        writeln!(f, "evidence of `{}`: {verdict}", plain(origin))?;
        for finding in &self.findings {
            let what = plain(&finding.what);
            match finding.index {
                Some(index) => writeln!(f, "  record {index}: {what}")?,
                None => writeln!(f, "  {what}")?,
            }
        }
        if self.more_findings > 0 {
            writeln!(f, "  and {} more", self.more_findings)?;
        }
        for gap in &self.gaps {
            writeln!(f, "  {gap}")?;
        }
        if self.records == 0 {
            return Ok(());
        }
        let by = self.key.as_deref().map_or(String::new(), |key| format!(" by {key}"));
        let (records, signed) = (self.records, self.signed);
        writeln!(
            f,
            "  records    {records} read, signed up to {signed}{by}; epochs: {}",
            self.epochs
        )?;
        let (allowed, denied, refused) = (self.allowed, self.denied, self.refused);
        writeln!(
            f,
            "  decisions  {allowed} allowed, {denied} denied ({refused} refused by the gateway)"
        )?;
        write!(f, "             {} derived again", self.derived)?;
        if self.underived > 0 {
            write!(
                f,
                ", {} not: their messages were not kept, or not whole",
                self.underived
            )?;
        }
        writeln!(f)?;
        writeln!(
            f,
            "  outcomes   {}, and {} that a crash took",
            self.outcomes, self.unresolved
        )?;
        if let Some(key) = &self.signed_by {
            writeln!(f, "  artifacts  {}, signed by {}", self.artifacts.len(), plain(key))?;
        }
        self.write_adopted(f)?;
        match &self.stray {
            None => Ok(()),
            Some(Stray { files: 1, first }) => writeln!(f, "  stray      no record refers to `{}`", plain(first)),
            Some(Stray { files, first }) => writeln!(
                f,
                "  stray      no record refers to {files} files, the first is `{}`",
                plain(first)
            ),
        }
    }
}

/// What stands in a log was written by others: nothing in it may speak to the terminal.
fn plain(text: &str) -> String {
    let plain = |c: char| match c {
        '"' | '\'' | '\\' => c.to_string(),
        c => c.escape_debug().to_string(),
    };
    text.chars().map(plain).collect()
}

impl fmt::Display for Gap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoKey => write!(
                f,
                "no key: nothing says who signed it (give the log's key with `--key`)"
            ),
            Self::Unsigned { records: 1 } => write!(f, "1 record after the last checkpoint is not signed"),
            Self::Unsigned { records } => write!(f, "{records} records after the last checkpoint are not signed"),
            Self::Torn { bytes } => write!(f, "the last {bytes} bytes of the tail are no whole record"),
            Self::NotClosed { open } => {
                write!(f, "the last epoch is not closed: the gateway runs, or it crashed")?;
                match open.as_slice() {
                    [] => Ok(()),
                    [one] => write!(f, "; record {one} has no outcome yet"),
                    [first, ..] => write!(f, "; {} calls have no outcome yet, the first is {first}", open.len()),
                }
            }
        }
    }
}
