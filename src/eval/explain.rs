//! A denial in words: made from the call that is still on the tape.

use super::decide::Outcome;
use super::failure::Failure;
use super::{Denial, Reason, Verdict, message};
use crate::table::{FullName, Grant, Prohibition};

impl Verdict<'_> {
    /// Why the call is denied.
    pub(super) fn explain(&self) -> Denial {
        match &self.outcome {
            Outcome::Prohibited(prohibition) => self.prohibited(prohibition),
            Outcome::NoGrantHolds(_) => match self.nearest() {
                Some((grant, failure)) => self.fails(grant, failure),
                None => self.no_grant(),
            },
            Outcome::UnknownTool if self.reason() == Reason::NoGrant => self.no_grant(),
            Outcome::UnknownTool => {
                let message = format!("the lock pins no tool `{}.{}`", self.server, self.tool.escape_debug());
                Denial::new(Reason::UnknownTool, message)
            }
            Outcome::Refused(refusal) => match self.arguments {
                Some(root) => refusal.explain(self.tape, root),
                None => Denial::new(refusal.reason(), "a value is refused"),
            },
            Outcome::Malformed(malformed) => malformed.explain(self.tape),
            Outcome::Unreadable(fault) => message::unreadable(&self.tape.error(fault)),
            // An allowed call is not explained.
            Outcome::Allowed(..) => self.no_grant(),
        }
    }

    fn no_grant(&self) -> Denial {
        let message = format!("no grant speaks of `{}`", FullName(self.server, self.tool));
        Denial::new(Reason::NoGrant, message)
    }

    fn prohibited(&self, prohibition: &Prohibition) -> Denial {
        let rule = self.policy.rule(prohibition.rule);
        let reason = rule.and_then(|rule| rule.because.clone());
        let message = reason.unwrap_or_else(|| "a prohibition holds".to_owned());
        Denial {
            place: rule.map(|rule| rule.at),
            ..Denial::new(Reason::Prohibited, message).by(self.policy.rule_ref(prohibition.rule))
        }
    }

    fn fails(&self, grant: &Grant, failure: Failure<'_, '_>) -> Denial {
        let denial = match self.gates() {
            Some(gates) => failure.explain(&gates),
            None => failure.explain(&()),
        };
        let whole = self.policy.rule(grant.rule).map(|rule| rule.at);
        Denial {
            place: denial.place.or(whole),
            ..denial.by(self.policy.rule_ref(grant.rule))
        }
    }
}
