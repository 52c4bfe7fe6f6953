//! What stands around a rule's braces.

use super::Checker;
use crate::syntax::ast::{ClauseKind, Rule};

impl Checker<'_> {
    /// What follows a rule's braces: the reason that it gives.
    pub(super) fn clauses(&self, rule: &Rule) -> Option<String> {
        let mut because = None;
        for clause in &rule.clauses {
            match &clause.kind {
                ClauseKind::Because(reason) => because = self.scope.text(reason, self),
                // The rule's gate has them.
                ClauseKind::When(_)
                | ClauseKind::Requires(_)
                | ClauseKind::Unless(_)
                | ClauseKind::After(_)
                | ClauseKind::Until(_)
                | ClauseKind::Limit(_)
                | ClauseKind::Marks(_)
                | ClauseKind::With(_)
                | ClauseKind::To(_)
                | ClauseKind::Record(_)
                | ClauseKind::Returns(_) => {}
            }
        }
        because
    }
}
