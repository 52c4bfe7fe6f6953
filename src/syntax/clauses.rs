//! What follows the braces of a rule: gates, effects, and the reason.

use super::ast::{
    Clause, ClauseKind, Comparator, Comparison, Ident, LimitUse, Operand, Record, RecordForm, Returns, Size, SlotPath,
    SlotStep,
};
use super::codes;
use super::grammar::{Pair, Rule, span_of};
use super::parser::Builder;
use super::rules::Braces;
use crate::diagnostic::{Diagnostic, Span};

impl<'s> Builder<'s> {
    /// One more clause of a rule: one that it can have, and has not yet.
    pub(super) fn clause(&mut self, pair: Pair<'s>, whose: Braces, clauses: &mut Vec<Clause>) {
        let span = span_of(&pair);
        let Some(kind) = self.part(pair, Self::clause_kind) else {
            return;
        };
        let word = kind.keyword();
        if let Some(misplaced) = misplaced(&kind, span, whose) {
            self.say(misplaced);
        } else if let Some(first) = clauses.iter().find(|clause| clause.kind.keyword() == word) {
            self.say(twice(word, span, first.span));
        } else {
            clauses.push(Clause { span, kind });
        }
    }

    fn clause_kind(&mut self, pair: Pair<'s>) -> Option<ClauseKind> {
        let rule = pair.as_rule();
        if rule == Rule::other_clause {
            self.bad_clause(&pair);
            return None;
        }
        let mut parts = pair.into_inner();
        Some(match rule {
            Rule::because => ClauseKind::Because(self.template(&parts.next()?)?),
            Rule::when => ClauseKind::When(self.each(parts.collect(), Self::comparison)?),
            Rule::requires => ClauseKind::Requires(names(parts)),
            Rule::unless => ClauseKind::Unless(names(parts)),
            Rule::after => ClauseKind::After(names(parts)),
            Rule::until => ClauseKind::Until(self.given(parts.next()?, Self::moment)?),
            Rule::limits => ClauseKind::Limit(self.each(parts.collect(), Self::limit_use)?),
            Rule::with => ClauseKind::With(Self::word(&parts.next()?)),
            Rule::to => ClauseKind::To(Self::word(&parts.next()?)),
            Rule::marks => ClauseKind::Marks(names(parts)),
            Rule::record => ClauseKind::Record(self.record(parts.collect())?),
            Rule::returns => ClauseKind::Returns(self.returns(parts.next()?)),
            _ => return None,
        })
    }

    fn comparison(&mut self, pair: Pair<'s>) -> Option<Comparison> {
        let span = span_of(&pair);
        let mut parts = pair.into_inner();
        let left = self.operand(parts.next()?);
        let comparator = self.choice(&parts.next()?, &Comparator::ALL);
        let right = self.operand(parts.next()?);
        Some(Comparison {
            span,
            left: left?,
            comparator: comparator?,
            right: right?,
        })
    }

    fn operand(&mut self, pair: Pair<'s>) -> Option<Operand> {
        let inner = pair.into_inner().next()?;
        if inner.as_rule() == Rule::claim {
            return self.claim(inner).map(Operand::Claim);
        }
        let (span, written) = (span_of(&inner), inner.as_str());
        let path = self.slot_path(inner)?;
        if path.steps.contains(&SlotStep::Each) {
            let error = Diagnostic::error(codes::UNEXPECTED, span, format!("`{written}` leads through an array"));
            return self.refuse(error.help("`when` compares parameters and their members: `a`, `a.b`"));
        }
        if written == "caller" {
            let error = Diagnostic::error(codes::UNEXPECTED, span, "`caller` is not followed by `.` and a claim");
            return self
                .refuse(error.help("write `caller.NAME` for a claim, `\"caller\"` for a parameter of that name"));
        }
        Some(Operand::Slot(path))
    }

    /// `edits[].newText`.
    pub(super) fn slot_path(&mut self, pair: Pair<'s>) -> Option<SlotPath> {
        let span = span_of(&pair);
        let steps = self.slot_steps(pair.into_inner().collect())?;
        Some(SlotPath { span, steps })
    }

    fn limit_use(&mut self, pair: Pair<'s>) -> Option<LimitUse> {
        let mut parts = pair.into_inner();
        let name = Self::word(&parts.next()?);
        let slot = match parts.next() {
            Some(slot) => Some(self.limit_slot(slot)?),
            None => None,
        };
        Some(LimitUse { name, slot })
    }

    /// `(amount)`, after a limit's name.
    fn limit_slot(&mut self, pair: Pair<'s>) -> Option<SlotPath> {
        let end = span_of(&pair).end - 1;
        let mut slot = None;
        for part in pair.into_inner() {
            if part.as_rule() == Rule::junk {
                let expected = if slot.is_none() { "a parameter" } else { "`)`" };
                self.junk(&part, expected);
                return None;
            }
            slot = Some(self.slot_path(part)?);
        }
        slot.or_else(|| self.missing(end, "a parameter"))
    }

    fn record(&mut self, mut parts: Vec<Pair<'s>>) -> Option<Record> {
        let form = parts.pop()?;
        parts.retain(|part| part.as_rule() == Rule::slot_path);
        let form = self.choice(&form, &[("hash", RecordForm::Hash), ("drop", RecordForm::Drop)]);
        let slots = self.each(parts, Self::slot_path);
        Some(Record {
            slots: slots?,
            form: form?,
        })
    }

    /// `returns { size: ..=1MiB, types: P, links: P }`.
    fn returns(&mut self, pair: Pair<'s>) -> Returns {
        let mut returns = Returns {
            size: None,
            types: None,
            links: None,
        };
        for part in pair.into_inner() {
            let span = span_of(&part);
            match part.as_rule() {
                Rule::result_size if returns.size.is_some() => self.say(twice("size", span, span)),
                Rule::result_size => returns.size = self.part(part, Self::largest),
                Rule::field => self.result(part, &mut returns),
                _ => self.bad_field(&part, Braces::Object),
            }
        }
        returns
    }

    /// `size: ..=1MiB`.
    fn largest(&mut self, pair: Pair<'s>) -> Option<Size> {
        let span = span_of(&pair);
        let value = pair.into_inner().find(|part| part.as_rule() != Rule::colon)?;
        if value.as_rule() == Rule::range
            && let (None, Some(most)) = {
                let range = self.range_of(value, Self::size)?;
                (range.low, range.high)
            }
        {
            return Some(most);
        }
        let error = Diagnostic::error(codes::QUANTITY, span, "`size` takes the largest size, as a range");
        self.refuse(error.help("write `size: ..=1MiB`"))
    }

    fn result(&mut self, pair: Pair<'s>, returns: &mut Returns) {
        let key = pair.clone().into_inner().next();
        let Some(field) = self.part(pair, |builder, part| builder.field(part, Braces::Object, 1)) else {
            return;
        };
        let Some(key) = key else { return };
        let keys = [("size", 0), ("types", 1), ("links", 2)];
        let place = match self.choice(&key, &keys) {
            Some(1) => &mut returns.types,
            Some(2) => &mut returns.links,
            Some(_) => {
                let error = Diagnostic::error(codes::QUANTITY, field.span, "`size` takes the largest size, as a range");
                return self.say(error.help("write `size: ..=1MiB`"));
            }
            None => return,
        };
        if field.optional {
            let error = Diagnostic::error(codes::UNEXPECTED, field.span, "a key of `returns` has no `?`");
            self.say(error.help("leave the key out where nothing is to be said"));
        } else if let Some(first) = place {
            self.say(twice(key.as_str(), field.span, first.span));
        } else {
            *place = Some(field.pattern);
        }
    }
}

fn names<'s>(parts: impl Iterator<Item = Pair<'s>>) -> Vec<Ident> {
    parts.map(|part| Builder::word(&part)).collect()
}

pub(super) fn twice(word: &str, span: Span, first: Span) -> Diagnostic {
    let error = Diagnostic::error(codes::CLAUSE_TWICE, span, format!("`{word}` stands twice"));
    error.also(first, "first here").help("keep one of them")
}

/// The error for a clause that this kind of rule does not have.
fn misplaced(kind: &ClauseKind, span: Span, whose: Braces) -> Option<Diagnostic> {
    let grant = whose == Braces::Grant;
    let (of_grants, help) = match kind {
        ClauseKind::When(_) => return None,
        ClauseKind::Because(_) if grant => {
            let error = Diagnostic::error(codes::BECAUSE, span, "a grant has no `because`");
            return Some(error.help("say what it is for in a doc comment, `/// …`, above it"));
        }
        ClauseKind::Because(_) => (false, ""),
        ClauseKind::After(_) => (false, "in a grant `unless` says which taints it does not hold after"),
        ClauseKind::Requires(_) => (true, "a prohibition holds whatever was proved before"),
        ClauseKind::Unless(_) => (true, "in a prohibition `after` says which taints it holds after"),
        ClauseKind::Until(_) => (true, "a prohibition does not end"),
        ClauseKind::Limit(_) => (true, "a prohibition counts nothing"),
        ClauseKind::With(_)
        | ClauseKind::To(_)
        | ClauseKind::Marks(_)
        | ClauseKind::Record(_)
        | ClauseKind::Returns(_) => (true, "a prohibition has no effect beside the denial"),
    };
    let (kind, word) = (if grant { "a grant" } else { "a prohibition" }, kind.keyword());
    (of_grants != grant)
        .then(|| Diagnostic::error(codes::CLAUSE_PLACE, span, format!("{kind} has no `{word}`")).help(help))
}
