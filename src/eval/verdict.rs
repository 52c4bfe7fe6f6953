//! Which rule decides, and nothing else: no message, no allocation, and work that does not grow with the rules.

use super::decide::read_arguments;
use super::gates::Gates;
use super::walk::{Meter, first_entry};
use super::{Call, Context, Scratch, Work};
use crate::pattern::Datum;
use crate::table::Policy;

/// Which rule decides; rules by their place in the policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// No prohibition holds, and this is the first grant that does.
    Allow(u32),
    /// This is the first prohibition that holds.
    Prohibited(u32),
    /// No rule holds.
    NoGrantHolds,
    /// The lock pins no such tool, or a value is outside its universe or not canonical.
    NoSuchCall,
}

impl Policy {
    /// Decides a call as [`decide`](Policy::decide) does, without saying why.
    #[must_use]
    pub fn verdict(&self, call: &Call<'_>, context: &Context, scratch: &mut Scratch) -> Verdict {
        self.measured(call, context, scratch, &mut ())
    }

    /// The same, and the work that it took beside the reading of the call.
    #[must_use]
    pub fn measured_verdict(&self, call: &Call<'_>, context: &Context, scratch: &mut Scratch) -> (Verdict, Work) {
        let mut work = Work::default();
        (self.measured(call, context, scratch, &mut work), work)
    }

    fn measured(&self, call: &Call<'_>, context: &Context, scratch: &mut Scratch, meter: &mut impl Meter) -> Verdict {
        let Some(tool) = self.tool(call.server, call.tool) else {
            return Verdict::NoSuchCall;
        };
        match read_arguments(tool, call.arguments) {
            Ok(arguments) => {
                let gates = Gates::new(self, tool, &arguments, context);
                self.rule_that_holds(call, &arguments, &gates, scratch, meter)
            }
            Err(_) => Verdict::NoSuchCall,
        }
    }

    pub(super) fn rule_that_holds(
        &self,
        call: &Call<'_>,
        arguments: &Datum<'_>,
        gates: &Gates<'_, '_>,
        scratch: &mut Scratch,
        meter: &mut impl Meter,
    ) -> Verdict {
        let (Some(tool), Some(program)) = (self.tool(call.server, call.tool), self.program(call.server, call.tool))
        else {
            return Verdict::NoSuchCall;
        };
        let Some(entry) = first_entry(program, arguments, gates, scratch, meter) else {
            return Verdict::NoGrantHolds;
        };
        let grant = entry.checked_sub(program.prohibitions);
        let rule = match grant {
            None => tool
                .prohibitions
                .get(entry as usize)
                .map(|p| Verdict::Prohibited(p.rule)),
            Some(grant) => tool.grants.get(grant as usize).map(|g| Verdict::Allow(g.rule)),
        };
        rule.unwrap_or(Verdict::NoGrantHolds)
    }
}
