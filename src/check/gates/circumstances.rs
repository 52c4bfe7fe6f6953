//! The circumstances of a test's call: who calls, when, and what is remembered of them.

use jiff::Timestamp;

use crate::check::scope::unknown;
use crate::check::{Checker, codes, json_literal};
use crate::diagnostic::Diagnostic;
use crate::eval::{Caller, State};
use crate::json::{Limits, parse};
use crate::pattern::Decimal;
use crate::syntax::ast::{CaseContext, CaseState, Ident, JsonLiteral};

impl Checker<'_> {
    pub(in crate::check) fn circumstances(&self, context: &CaseContext) -> Option<(Caller, Option<Timestamp>, State)> {
        let caller = match &context.caller {
            None => Some(Caller::Local),
            Some(claims) => self.claims_given(claims),
        };
        let at = match &context.at {
            None => Some(None),
            Some(given) => self.moment(given).map(|moment| Some(moment.time)),
        };
        let mut state = State::default();
        let known = context.state.iter().map(|each| self.remember(each, &mut state));
        let known = known.collect::<Vec<_>>().into_iter().all(|each| each.is_some());
        Some((caller?, at?, known.then_some(state)?))
    }

    fn claims_given(&self, claims: &[(Ident, JsonLiteral)]) -> Option<Caller> {
        let text = json_literal::object(claims, &|template| self.scope.text(template, self))?;
        let caller = parse(text.as_bytes(), &Limits::default());
        let caller = caller.as_ref().ok().and_then(Caller::from_claims);
        caller.or_else(|| {
            let span = claims.first().map(|(name, _)| name.span).unwrap_or_default();
            let message = "these claims cannot be read: no two may have one name, whatever their case";
            self.report(Diagnostic::error(codes::DUPLICATE, span, message))
        })
    }

    fn remember(&self, each: &CaseState, state: &mut State) -> Option<()> {
        let name = &each.name;
        let is_label = self.scope.labels.contains_key(name.name.as_str());
        match (&each.used, self.gated.borrow().limits.get(&name.name)) {
            (None, _) if is_label => {
                state.labels.insert(name.name.clone());
            }
            (Some(used), Some(limit)) => {
                let amount = Decimal::parse(&used.digits).filter(|amount| amount.units(limit.scale).is_some());
                let Some(amount) = amount else {
                    let message = format!("`{}` is no amount that `{}` counts", used.digits, name.name);
                    return self.report(Diagnostic::error(codes::LIMIT, used.span, message));
                };
                state.used.insert(name.name.clone(), amount);
            }
            (None, Some(_)) => {
                let message = format!(
                    "`{}` is a limit, and this does not say how much of it is used",
                    name.name
                );
                let help = format!("write `{}: 3`", name.name);
                return self.report(Diagnostic::error(codes::LIMIT, name.span, message).help(help));
            }
            (Some(_), None) if is_label => {
                let message = format!("`{}` is a label: it is set or it is not", name.name);
                return self.report(Diagnostic::error(codes::LABEL, name.span, message));
            }
            // A limit that could not be compiled was reported where it stands.
            _ if self.scope.limits.contains_key(name.name.as_str()) => return None,
            _ => {
                let names = self.scope.labels.keys().chain(self.scope.limits.keys()).copied();
                return self.report(unknown("label or limit", name, names));
            }
        }
        Some(())
    }
}
