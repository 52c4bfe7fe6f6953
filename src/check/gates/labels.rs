//! What is remembered of a caller.

use std::collections::BTreeSet;

use crate::check::scope::unknown;
use crate::check::{Checker, codes};
use crate::diagnostic::Diagnostic;
use crate::syntax::ast::{self, Ident};
use crate::table::gates::{Label, LabelKind, MAX_LABELS};

impl Checker<'_> {
    pub(super) fn define_label(&self, label: &ast::Label) {
        let kind = match label.kind {
            ast::LabelKind::Taint => LabelKind::Taint,
            ast::LabelKind::Proof => LabelKind::Proof,
        };
        let seconds = match &label.lifetime {
            None => None,
            Some(given) => match self.seconds(given) {
                None => return,
                found => found,
            },
        };
        let labels = &mut self.gated.borrow_mut().labels;
        if labels.len() == MAX_LABELS {
            let message = format!("a policy has at most {MAX_LABELS} labels");
            self.report::<()>(Diagnostic::error(codes::LABELS, label.name.span, message));
        }
        labels.insert(label.name.name.clone(), Label { kind, seconds });
    }

    /// `requires`: what was done.
    pub(super) fn proofs(&self, names: &[Ident]) -> Option<Vec<String>> {
        let help = "a taint says what may have happened: name it in `unless`, or in `after` of a prohibition";
        self.labels_of(names, Some((LabelKind::Proof, "`requires` takes proofs", help)))
    }

    /// `unless`, `after`: what may have happened.
    pub(super) fn taints(&self, names: &[Ident]) -> Option<Vec<String>> {
        let help = "a proof is set by what succeeded: name it in `requires` of a grant";
        self.labels_of(names, Some((LabelKind::Taint, "this takes taints", help)))
    }

    /// `marks`.
    pub(super) fn labels(&self, names: &[Ident]) -> Option<Vec<String>> {
        self.labels_of(names, None)
    }

    fn labels_of(&self, names: &[Ident], wanted: Option<(LabelKind, &str, &str)>) -> Option<Vec<String>> {
        let mut seen = BTreeSet::new();
        let found = names.iter().map(|name| {
            let Some(label) = self.scope.labels.get(name.name.as_str()) else {
                return self.report(unknown("label", name, self.scope.labels.keys().copied()));
            };
            let is_taint = label.kind == ast::LabelKind::Taint;
            if let Some((kind, what, help)) = wanted
                && is_taint != (kind == LabelKind::Taint)
            {
                let is = if is_taint { "a taint" } else { "a proof" };
                let message = format!("`{}` is {is}, and {what}", name.name);
                return self.report(Diagnostic::error(codes::LABEL, name.span, message).help(help));
            }
            if !seen.insert(name.name.as_str()) {
                let message = format!("`{}` is named twice", name.name);
                return self.report(Diagnostic::error(codes::DUPLICATE, name.span, message));
            }
            Some(name.name.clone())
        });
        found.collect::<Vec<_>>().into_iter().collect()
    }
}
