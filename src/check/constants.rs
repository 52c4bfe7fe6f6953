//! Constants: their values, and those that `--set` gives them.

use std::collections::BTreeMap;

use super::references::too_deep;
use super::scope::{Key, MAX_CHAIN, Scope};
use super::{Sets, codes};
use crate::diagnostic::{Diagnostic, Source, Span, nearest};
use crate::json::{Kind, Limits, parse};
use crate::pattern::Decimal;
use crate::syntax::ast::{
    Const, Duration, Ident, LiteralKind, Moment, Size, SizeUnit, StatementKind, TemplatePart, TimeUnit,
};

/// The most text of one constant, in bytes.
pub(super) const MAX_CONST: usize = 64 << 10;

/// The value of a constant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConstValue {
    /// A string.
    Str(String),
    /// A number, as written.
    Number(String),
    /// A boolean.
    Bool(bool),
    /// A date or moment.
    Moment(Moment),
    /// A duration.
    Duration(Duration),
    /// A size.
    Size(Size),
}

impl ConstValue {
    /// As it stands in a string: as it is written.
    pub(super) fn text(&self) -> String {
        match self {
            Self::Str(text) | Self::Number(text) => text.clone(),
            Self::Bool(value) => value.to_string(),
            Self::Moment(moment) => moment.text.clone(),
            Self::Duration(Duration { count, unit, .. }) => written(*count, *unit, &TimeUnit::ALL),
            Self::Size(Size { count, unit, .. }) => written(*count, *unit, &SizeUnit::ALL),
        }
    }

    /// The value that `--set` gives to a constant of this type.
    fn set(&self, text: &str) -> Option<Self> {
        Some(match (self, text) {
            (Self::Str(_), _) => Self::Str(text.to_owned()),
            (Self::Number(_), _) => {
                // The language's numbers are JSON's without an exponent and without `-0`.
                let value = parse(text.as_bytes(), &Limits::default()).ok()?;
                let plain = matches!(value.kind, Kind::Number(token) if token == text);
                if !plain
                    || text.contains(['e', 'E'])
                    || Decimal::parse(text)?.to_string() == "0" && text.starts_with('-')
                {
                    return None;
                }
                Self::Number(text.to_owned())
            }
            (Self::Bool(_), _) => Self::Bool(text.parse().ok()?),
            (Self::Moment(_) | Self::Duration(_) | Self::Size(_), _) => match (self, quantity(text)?) {
                (Self::Moment(_), LiteralKind::Moment(moment)) => Self::Moment(moment),
                (Self::Duration(_), LiteralKind::Duration(duration)) => Self::Duration(duration),
                (Self::Size(_), LiteralKind::Size(size)) => Self::Size(size),
                _ => return None,
            },
        })
    }

    /// What kind of value it is, with its article.
    pub(super) fn type_name(&self) -> &'static str {
        match self {
            Self::Str(_) => "a string",
            Self::Number(_) => "a number",
            Self::Bool(_) => "a boolean",
            Self::Moment(_) => "a date",
            Self::Duration(_) => "a duration",
            Self::Size(_) => "a size",
        }
    }
}

fn written<U: Copy + PartialEq>(count: u64, unit: U, units: &[(&str, U)]) -> String {
    let name = units
        .iter()
        .find(|(_, other)| *other == unit)
        .map_or("", |(name, _)| name);
    format!("{count}{name}")
}

/// A literal as a policy would have it, and nothing around it.
fn quantity(text: &str) -> Option<LiteralKind> {
    let before = "const value = ";
    let source = Source::new("--set", format!("{before}{text}"));
    let (file, diagnostics) = crate::syntax::parse(&source);
    let [statement] = file.statements.as_slice() else {
        return None;
    };
    match &statement.kind {
        StatementKind::Const(Const { value, .. })
            if diagnostics.is_empty() && value.span == Span::new(before.len(), source.text.len()) =>
        {
            Some(value.kind.clone())
        }
        _ => None,
    }
}

impl<'a> Scope<'a> {
    /// Finds the value of every constant.
    pub(super) fn resolve_consts(&mut self, sets: &Sets, diagnostics: &mut Vec<Diagnostic>) {
        for (name, _) in sets {
            if !self.written.contains_key(&(0, name.as_str())) {
                let near = nearest(name, self.settable().map(|(name, _)| name));
                let near = near.and_then(|near| self.settable().find(|(name, _)| *name == near));
                let help = match (near, self.settable().next()) {
                    (Some((near, _)), _) => format!("did you mean `{near}`?"),
                    (None, Some(_)) => format!("the policy's constants are {}", self.settable_names()),
                    (None, None) => "the policy has no constants".to_owned(),
                };
                let message = format!("`--set {name}=…` names no constant of the policy");
                // The text has no place for what the command line says: where it could be mended is the next best.
                let first = || self.settable().min_by_key(|(_, constant)| constant.name.span);
                let shown = near.or_else(first);
                let span = shown.map_or(Span::new(0, 0), |(_, constant)| constant.name.span);
                diagnostics.push(Diagnostic::error(codes::BAD_SET, span, message).help(help));
            }
        }
        let written: BTreeMap<Key<'a>, &'a Const> = self.written.clone();
        for (key, constant) in written {
            self.resolve_const(key, constant, sets, &mut Vec::new(), diagnostics);
        }
    }

    /// The constants that `--set` can change: those of the policy and of what it includes.
    fn settable(&self) -> impl Iterator<Item = (&'a str, &'a Const)> {
        self.written
            .iter()
            .filter(|((module, _), _)| *module == 0)
            .map(|((_, name), constant)| (*name, *constant))
    }

    fn settable_names(&self) -> String {
        let names: Vec<String> = self.settable().map(|(name, _)| format!("`{name}`")).collect();
        names.join(", ")
    }

    fn resolve_const(
        &mut self,
        key: Key<'a>,
        constant: &'a Const,
        sets: &Sets,
        open: &mut Vec<Key<'a>>,
        diagnostics: &mut Vec<Diagnostic>,
    ) {
        if self.consts.contains_key(&key) {
            return;
        }
        let name = key.1;
        if open.contains(&key) {
            let message = format!("`{name}` rests on itself");
            diagnostics.push(Diagnostic::error(codes::CYCLE, constant.name.span, message));
            return;
        }
        if open.len() > MAX_CHAIN {
            diagnostics.push(too_deep(&constant.name));
            return;
        }
        open.push(key);
        if let LiteralKind::Str(template) = &constant.value.kind {
            for part in &template.parts {
                if let TemplatePart::Const(inner) = part
                    && let Some((key, inner)) = self.written(inner)
                {
                    self.resolve_const(key, inner, sets, open, diagnostics);
                }
            }
        }
        open.pop();
        let Some(value) = self.value_of(constant, diagnostics) else {
            return;
        };
        if value.text().len() > MAX_CONST {
            let message = format!("`{name}` has more than {MAX_CONST} bytes of text");
            diagnostics.push(Diagnostic::error(codes::TOO_MUCH, constant.name.span, message));
            return;
        }
        let set = sets.iter().rev().find(|(set, _)| key == (0, set));
        let value = match set {
            None => Some(value),
            Some((_, text)) => value.set(text).or_else(|| {
                let message = format!("`--set {name}=…` must give {}", value.type_name());
                diagnostics.push(
                    Diagnostic::error(codes::BAD_SET, constant.value.span, message)
                        .label(format!("{} here", value.type_name())),
                );
                None
            }),
        };
        self.consts.extend(value.map(|value| (key, value)));
    }

    fn value_of(&self, constant: &Const, diagnostics: &mut Vec<Diagnostic>) -> Option<ConstValue> {
        Some(match &constant.value.kind {
            LiteralKind::Str(template) => ConstValue::Str(self.resolve(template, diagnostics)?),
            LiteralKind::Number(token) => ConstValue::Number(token.clone()),
            LiteralKind::Bool(value) => ConstValue::Bool(*value),
            LiteralKind::Moment(moment) => ConstValue::Moment(moment.clone()),
            LiteralKind::Duration(duration) => ConstValue::Duration(duration.clone()),
            LiteralKind::Size(size) => ConstValue::Size(size.clone()),
        })
    }

    /// The value of a constant; `None` if there is none of that name, or if it has no value.
    pub(super) fn value<'n>(&'n self, name: &'n Ident) -> Option<&'n ConstValue> {
        self.consts.get(&self.key(name))
    }

    /// Where a constant is written down, resolved or not.
    pub(super) fn written(&self, name: &Ident) -> Option<(Key<'a>, &'a Const)> {
        let key = self.key(name);
        let constant: &'a Const = self.written.get(&key).copied()?;
        Some(((key.0, constant.name.name.as_str()), constant))
    }
}
