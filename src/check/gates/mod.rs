//! What a rule asks for beside its patterns: for whom, until when, under which conditions, after what, how often.

mod callers;
mod circumstances;
mod labels;
mod limits;
mod record;
mod returns;
mod when;

pub(super) use callers::LOCAL;

use jiff::Timestamp;

use super::constants::ConstValue;
use super::{Checker, codes};
use crate::diagnostic::{Diagnostic, Span};
use crate::pattern::Field;
use crate::syntax::ast::{self, ClauseKind, Given, Ident, Moment, StatementKind};
use crate::table::gates::{Gate, Placed};
use crate::table::{Effect, Tool};

impl<'a> Checker<'a> {
    /// What rules can name: callers, labels and limits.
    pub(super) fn define_gates(&self) {
        for statement in self.package.statements() {
            match &statement.kind {
                StatementKind::Caller(caller) => self.define_caller(caller),
                StatementKind::Label(label) => self.define_label(label),
                StatementKind::Limit(limit) => self.define_limit(limit),
                _ => {}
            }
        }
    }

    /// The gate of a rule, by its place; `None` for a rule that asks for nothing beside its patterns.
    pub(super) fn gate(&self, rule: &'a ast::Rule, effect: Effect) -> Option<u32> {
        let mut gate = Gate::open(effect);
        if let Some(callers) = &rule.callers {
            gate.callers = self.callers(callers);
        }
        for clause in &rule.clauses {
            let span = clause.span;
            match &clause.kind {
                ClauseKind::Until(given) => {
                    gate.until = placed(self, span, self.moment(given).map(|moment| moment.time));
                    self.lint_expired(gate.until.as_ref(), span);
                }
                ClauseKind::When(comparisons) => gate.when = placed(self, span, self.comparisons(comparisons)),
                ClauseKind::Requires(names) => gate.requires = placed(self, span, self.proofs(names)),
                ClauseKind::Unless(names) => gate.unless = placed(self, span, self.taints(names)),
                ClauseKind::After(names) => gate.after = placed(self, span, self.taints(names)),
                ClauseKind::Marks(names) => gate.marks = placed(self, span, self.labels(names)),
                ClauseKind::Limit(uses) => gate.limits = placed(self, span, self.uses(uses)),
                ClauseKind::Returns(returns) => gate.returns = self.returns(returns, span),
                ClauseKind::Record(record) => gate.record = placed(self, span, Some(self.recorded(record))),
                ClauseKind::With(name) => gate.with = placed(self, span, self.with(name)),
                ClauseKind::To(name) => gate.to = placed(self, span, self.to(name)),
                ClauseKind::Because(_) => {}
            }
        }
        if gate == Gate::open(effect) {
            return None;
        }
        let gates = &mut self.gated.borrow_mut().gates;
        let place = gates.iter().position(|known| *known == gate).unwrap_or_else(|| {
            gates.push(gate);
            gates.len() - 1
        });
        u32::try_from(place).ok()
    }

    fn lint_expired(&self, until: Option<&Placed<Timestamp>>, span: Span) {
        if let (Some(now), Some(until)) = (self.now, until)
            && until.is <= now
        {
            let message = format!("this grant ended at {}, and holds no more", until.is);
            let help = "take it out, or give it a later end";
            self.report::<()>(Diagnostic::warning(codes::EXPIRED, span, message).help(help));
        }
    }

    /// What a rule's gate says of one of its tools. `fields` are those of a grant.
    pub(super) fn check_gate(&self, rule: &ast::Rule, tool: &Tool, full: &str, fields: Option<&[Field]>) {
        for clause in &rule.clauses {
            match &clause.kind {
                ClauseKind::When(comparisons) => comparisons
                    .iter()
                    .for_each(|comparison| self.check_comparison(comparison, tool, full, fields)),
                ClauseKind::Limit(uses) => uses
                    .iter()
                    .for_each(|each| self.check_summed(each, tool, full, fields.unwrap_or_default())),
                ClauseKind::Record(record) => {
                    self.check_recorded(record, tool, full);
                    self.check_hidden_envelope(tool, full, clause.span);
                }
                _ => {}
            }
        }
    }

    /// A moment, or the name of a constant that is one.
    pub(super) fn moment<'m>(&'m self, given: &'m Given<Moment>) -> Option<&'m Moment> {
        match given {
            Given::Literal(moment) => Some(moment),
            Given::Const(name) => match self.constant(name)? {
                ConstValue::Moment(moment) => Some(moment),
                _ => self.not_given(name, "a date"),
            },
        }
    }

    /// The seconds of a duration, of which the same is true.
    pub(super) fn seconds(&self, given: &Given<ast::Duration>) -> Option<u64> {
        match given {
            Given::Literal(duration) => Some(duration.seconds()),
            Given::Const(name) => match self.constant(name)? {
                ConstValue::Duration(duration) => Some(duration.seconds()),
                _ => self.not_given(name, "a duration"),
            },
        }
    }

    /// The error for a constant that is not what is needed here.
    pub(super) fn not_given<T>(&self, name: &Ident, what: &str) -> Option<T> {
        let message = format!("`{}` is not {what}", name.name);
        self.report(Diagnostic::error(codes::NOT_A_PATTERN, name.span, message))
    }

    /// The value of a constant.
    pub(super) fn constant<'m>(&'m self, name: &'m Ident) -> Option<&'m ConstValue> {
        self.scope.constant(name, &mut self.diagnostics.borrow_mut())
    }
}

fn placed<T>(checker: &Checker<'_>, span: Span, is: Option<T>) -> Option<Placed<T>> {
    is.map(|is| Placed {
        at: checker.at(span),
        is,
    })
}
