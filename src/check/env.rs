//! What the parameters of a pattern stand for while its body is looked at.

use std::rc::Rc;

use super::codes;
use crate::diagnostic::{Diagnostic, Span};
use crate::syntax::ast::{Argument, Ident, Pattern, PatternDef, PatternKind};

/// The arguments of a call, and those of the calls around it. Default: no parameters.
#[derive(Clone, Default)]
pub struct Env<'a>(Option<Rc<Bindings<'a>>>);

struct Bindings<'a> {
    params: &'a [Ident],
    args: &'a [Argument],
    /// What names in the arguments mean.
    outer: Env<'a>,
}

/// A pattern, and what the parameters in it stand for.
#[derive(Clone)]
pub struct Scoped<'a> {
    /// The pattern.
    pub pattern: &'a Pattern,
    /// Its parameters.
    pub env: Env<'a>,
}

impl<'a> Env<'a> {
    /// What a definition's own body sees in a call; `None`, and why, if the arguments are too many or too few.
    pub fn call(
        definition: &'a PatternDef,
        args: &'a [Argument],
        span: Span,
        outer: &Self,
    ) -> Result<Self, Box<Diagnostic>> {
        let params = definition.params.as_slice();
        if params.len() != args.len() {
            return Err(Box::new(wrong_count(definition, span)));
        }
        Ok(Self(Some(Rc::new(Bindings {
            params,
            args,
            outer: outer.clone(),
        }))))
    }

    /// The argument that a name stands for, and what names in it mean; `None` if it is no parameter.
    pub fn get(&self, name: &str) -> Option<(&'a Argument, &Self)> {
        let bindings = self.0.as_deref()?;
        let at = bindings.params.iter().position(|param| param.name == name)?;
        Some((bindings.args.get(at)?, &bindings.outer))
    }
}

/// The error for a call with too many or too few arguments, or for a name alone where arguments are wanted.
pub fn wrong_count(definition: &PatternDef, span: Span) -> Diagnostic {
    let name = &definition.name.name;
    let names: Vec<&str> = definition.params.iter().map(|param| param.name.as_str()).collect();
    let (message, help) = match names.as_slice() {
        [] => (format!("`{name}` takes no argument"), format!("write `{name}` alone")),
        [_] => (
            format!("`{name}` takes one argument"),
            format!("write `{name}({})`", names.join(", ")),
        ),
        _ => (
            format!("`{name}` takes {} arguments", names.len()),
            format!("write `{name}({})`", names.join(", ")),
        ),
    };
    Diagnostic::error(codes::NOT_A_PATTERN, span, message)
        .also(definition.name.span, "defined here")
        .help(help)
}

/// A pattern that is only another one's name.
pub enum Reference<'a> {
    /// It stands for this pattern.
    To(Scoped<'a>),
    /// It is a parameter, and its argument is no pattern but a string or range.
    Argument,
    /// It refers to nothing: it is built in, a constant, or a pattern of its own.
    None,
}

impl<'a> super::Checker<'a> {
    /// Follows one reference; a call with a wrong number of arguments leads nowhere.
    pub(super) fn follow(&self, pattern: &'a Pattern, env: &Env<'a>) -> Reference<'a> {
        let to = |pattern: &'a Pattern, env: Env<'a>| Reference::To(Scoped { pattern, env });
        match &pattern.kind {
            PatternKind::Name(name) => match env.get(&name.name) {
                Some((Argument::Pattern(argument), outer)) => to(argument, outer.clone()),
                Some(_) => Reference::Argument,
                None => match self.scope.pattern(name) {
                    Some(definition) if definition.params.is_empty() => to(&definition.pattern, Env::default()),
                    _ => Reference::None,
                },
            },
            PatternKind::Call { name, args } => {
                let definition = self.scope.pattern(name).filter(|_| env.get(&name.name).is_none());
                match definition.and_then(|d| Some((d, Env::call(d, args, pattern.span, env).ok()?))) {
                    Some((definition, inner)) => to(&definition.pattern, inner),
                    None => Reference::None,
                }
            }
            _ => Reference::None,
        }
    }
}
