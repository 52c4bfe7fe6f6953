//! A denial in words: made from the call that is still on the tape.

use super::decide::Outcome;
use super::failure::{Failure, first_failure};
use super::{Denial, Reason, Verdict, message};
use crate::pattern::Datum;
use crate::table::{Grant, Prohibition};

impl<'v> Verdict<'v> {
    /// Why the call is denied.
    pub(super) fn explain(&self) -> Denial {
        match &self.outcome {
            Outcome::Prohibited(prohibition) => self.prohibited(prohibition),
            Outcome::Nearest(grant) => self.nearest(grant),
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
            Outcome::NoGrant | Outcome::Allowed(_) => {
                let message = format!("no grant speaks of `{}.{}`", self.server, self.tool);
                Denial::new(Reason::NoGrant, message)
            }
        }
    }

    /// What the nearest grant fails on first.
    pub(super) fn failure<'g>(&self, grant: &'g Grant) -> Option<Failure<'g, 'v>> {
        let arguments: Datum<'v> = self.tape.node(self.arguments?).into();
        first_failure(grant, &arguments)
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

    fn nearest(&self, grant: &Grant) -> Denial {
        let denial = self.failure(grant).map(|failure| failure.explain());
        // Only a grant that fails is explained.
        let denial = denial.unwrap_or_else(|| Denial::new(Reason::NoGrant, "no grant holds"));
        let whole = self.policy.rule(grant.rule).map(|rule| rule.at);
        Denial {
            place: denial.place.or(whole),
            ..denial.by(self.policy.rule_ref(grant.rule))
        }
    }
}
