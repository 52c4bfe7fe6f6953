//! What became of an allowed call: does it agree with itself, and with what the policy says of results?

use super::super::{Intent, Outcome, OutcomeStatus};
use crate::eval::{Effects, Withheld};
use crate::table::{Capability, Digest, Policy};

type Found = Result<(), String>;

/// An allowed call that waits for its outcome.
pub struct Sent {
    /// The artifact that decided.
    pub artifact: Digest,
    server: String,
    tool: String,
    effects: Effects,
}

impl Sent {
    /// What is to be known of it then.
    pub fn of(intent: &Intent) -> Self {
        Self {
            artifact: intent.artifact,
            server: intent.server.clone(),
            tool: intent.tool.clone().unwrap_or_default(),
            effects: intent.effects.clone(),
        }
    }

    /// What was passed on is what the grants let through, as far as its size tells, and what was withheld they limit.
    pub fn check_returned(&self, policy: &Policy, outcome: &Outcome) -> Found {
        let is_larger = policy.is_larger(&self.server, &self.tool, &self.effects, outcome.size);
        match outcome.status {
            OutcomeStatus::Result | OutcomeStatus::Error if is_larger => {
                Err("a result was passed on that is larger than the policy lets through".to_owned())
            }
            OutcomeStatus::InputRequired if is_larger => {
                Err("a result was passed on that is larger than the policy lets through".to_owned())
            }
            OutcomeStatus::Passed if !Capability::of_tool(&self.tool).is_some_and(Capability::asked_by_server) => {
                Err("it was passed on as an answer, and was a call".to_owned())
            }
            OutcomeStatus::Withheld(why) if self.effects.returns.is_empty() || is_larger != (why == Withheld::Size) => {
                Err("a result was withheld, and not for what the policy says of it".to_owned())
            }
            _ => Ok(()),
        }
    }
}

/// Checks an outcome by itself.
pub fn check(outcome: &Outcome) -> Found {
    use OutcomeStatus::{Cancelled, Error, Gone, InputRequired, Passed, Replaced, Result, Withheld};
    let answered = match outcome.status {
        Result | Error | Replaced | Withheld(_) | InputRequired => true,
        Gone | Passed => false,
        // An answer may or may not have come before the cancellation did.
        Cancelled => outcome.digest.is_some(),
    };
    if outcome.digest.is_some() != answered || (!answered && outcome.size > 0) {
        return Err("its status does not agree with the answer that it tells of".to_owned());
    }
    if outcome.is_error.is_some() && !matches!(outcome.status, Result | Replaced | Withheld(_)) {
        return Err("it has an `isError`, and is no result".to_owned());
    }
    Ok(())
}
