//! `when`: what is compared is of one kind, and there.

use crate::check::rules::unknown_parameter;
use crate::check::{Checker, codes};
use crate::diagnostic::Diagnostic;
use crate::pattern::{Field, ReadingKind};
use crate::syntax::ast::{self, SlotStep};
use crate::table::gates::{Comparator, Comparison, Operand};
use crate::table::{Tool, Type, Universe};

impl Checker<'_> {
    pub(super) fn comparisons(&self, comparisons: &[ast::Comparison]) -> Option<Vec<Comparison>> {
        let found = comparisons.iter().map(|comparison| {
            let (left, right) = (self.operand(&comparison.left), self.operand(&comparison.right));
            let (left, right) = (left?, right?);
            if matches!((&left, &right), (Operand::Claim(_), Operand::Claim(_))) {
                let message = "two claims are compared, and no parameter of the call";
                let help = "put the claims of callers into a `caller` block";
                return self.report(Diagnostic::error(codes::WHEN, comparison.span, message).help(help));
            }
            Some(Comparison {
                at: self.at(comparison.span),
                left,
                is: comparator(comparison.comparator),
                right,
            })
        });
        found.collect::<Vec<_>>().into_iter().collect()
    }

    fn operand(&self, operand: &ast::Operand) -> Option<Operand> {
        match operand {
            ast::Operand::Slot(slot) => self.keys(slot).map(Operand::Slot),
            ast::Operand::Claim(claim) => Some(Operand::Claim(claim.name.name.clone())),
        }
    }

    /// Both sides exist in the tool and are of one kind; in a grant they are parameters that it names.
    pub(super) fn check_comparison(
        &self,
        comparison: &ast::Comparison,
        tool: &Tool,
        full: &str,
        fields: Option<&[Field]>,
    ) {
        let sides = [&comparison.left, &comparison.right];
        let slots = sides.into_iter().filter_map(|side| match side {
            ast::Operand::Slot(slot) => Some(slot),
            ast::Operand::Claim(_) => None,
        });
        let shapes: Vec<Option<Universe<'_>>> = slots.map(|slot| self.compared(slot, tool, full, fields)).collect();
        let Some(shapes) = shapes.into_iter().collect::<Option<Vec<Universe<'_>>>>() else {
            return;
        };
        let sorts = matches!(comparison.comparator, ast::Comparator::Less | ast::Comparator::AtMost);
        let why = match shapes.as_slice() {
            [one] => unlike(one, one, sorts),
            [left, right] => unlike(left, right, sorts),
            _ => None,
        };
        if let Some(why) = why {
            self.report::<()>(Diagnostic::error(codes::WHEN, comparison.span, why));
        }
    }

    /// What the slot of one side can be.
    fn compared<'t>(
        &self,
        slot: &ast::SlotPath,
        tool: &'t Tool,
        full: &str,
        fields: Option<&[Field]>,
    ) -> Option<Universe<'t>> {
        let mut shape = Universe::of(&tool.arguments);
        for (depth, step) in slot.steps.iter().enumerate() {
            let SlotStep::Key(name) = step else { return None };
            if !shape.has_member(&name.name) {
                if depth == 0 {
                    return self.report(unknown_parameter(name, tool, full));
                }
                let message = format!("there is no member `{}` there", name.name);
                return self.report(Diagnostic::error(codes::UNKNOWN_PARAMETER, name.span, message));
            }
            let named = |fields: &[Field]| fields.iter().any(|field| field.name == name.name);
            if depth == 0 && fields.is_some_and(|fields| !named(fields)) {
                let message = format!(
                    "the grant does not name `{}`, so it is absent and nothing is equal to it",
                    name.name
                );
                return self.report(Diagnostic::error(codes::WHEN, name.span, message));
            }
            shape = shape.member(&name.name);
        }
        Some(shape)
    }
}

fn comparator(comparator: ast::Comparator) -> Comparator {
    match comparator {
        ast::Comparator::Equal => Comparator::Equal,
        ast::Comparator::NotEqual => Comparator::NotEqual,
        ast::Comparator::Less => Comparator::Less,
        ast::Comparator::AtMost => Comparator::AtMost,
    }
}

/// Why two slots do not compare, if they do not.
fn unlike(left: &Universe<'_>, right: &Universe<'_>, sorts: bool) -> Option<&'static str> {
    let one_kind = |shape: &Universe<'_>| {
        let types = shape.possible_types();
        let is = |kinds: &[Type]| kinds.iter().any(|kind| types.has(*kind));
        let (number, text, boolean) = (
            is(&[Type::Number, Type::Integer]),
            is(&[Type::String]),
            is(&[Type::Boolean]),
        );
        let one = [number, text, boolean].into_iter().filter(|has| *has).count() == 1;
        let kind = if number {
            Type::Number
        } else if text {
            Type::String
        } else {
            Type::Boolean
        };
        (one && !is(&[Type::Array, Type::Object])).then_some(kind)
    };
    let Some((a, b)) = one_kind(left).zip(one_kind(right)) else {
        return Some("only numbers, strings and booleans are compared, and the lock must say which of them a side is");
    };
    if a != b {
        return Some("the two sides are never of one type");
    }
    let (of_left, of_right) = (reading(left), reading(right));
    if a == Type::String && of_left != of_right {
        return Some("the two sides are read in different ways");
    }
    let sorted = a == Type::Number || matches!(of_left, Some(ReadingKind::Datetime | ReadingKind::Date));
    (sorts && !sorted).then_some("`<` and `<=` compare numbers, times and days")
}

fn reading(slot: &Universe<'_>) -> Option<ReadingKind> {
    slot.reading().map(crate::table::Reading::kind)
}
