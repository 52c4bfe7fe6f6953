//! What stands between the braces of rules, callers and object patterns.

use super::ast::{Argument, Body, Field, FieldKey, Ident, PatternKind, Spread};
use super::codes;
use super::grammar::{Pair, Rule, span_of};
use super::parser::Builder;
use super::rules::Braces;
use crate::diagnostic::{Diagnostic, Span};

/// The envelope's slots, without their `@`.
const ENVELOPE: [(&str, ()); 3] = [("meta", ()), ("task", ()), ("input", ())];

/// What stands between braces.
#[derive(Default)]
pub(super) struct Entries {
    pub(super) fields: Vec<Field>,
    pub(super) spreads: Vec<Spread>,
    pub(super) open: bool,
}

impl<'s> Builder<'s> {
    /// The braces of a rule or a caller.
    pub(super) fn body(&mut self, pair: Pair<'s>, whose: Braces) -> Body {
        let span = span_of(&pair);
        let Entries { fields, spreads, .. } = self.braces(pair, whose, 1);
        Body { span, fields, spreads }
    }

    /// The entries between braces, `depth` counting these.
    pub(super) fn braces(&mut self, pair: Pair<'s>, whose: Braces, depth: usize) -> Entries {
        let mut entries = Entries::default();
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::open_mark => self.open_mark(span_of(&part), whose, &mut entries.open),
                Rule::field => {
                    if let Some(field) = self.part(part, |builder, part| builder.field(part, whose, depth)) {
                        self.once(&entries.fields, &field.key);
                        entries.fields.push(field);
                    }
                }
                Rule::spread => entries
                    .spreads
                    .extend(self.part(part, |builder, part| builder.spread(part, depth))),
                _ => self.bad_field(&part, whose),
            }
        }
        entries
    }

    fn open_mark(&mut self, span: Span, whose: Braces, open: &mut bool) {
        let refused = match whose {
            Braces::Grant => Some((
                "a grant's braces are closed",
                "name each parameter that a call may have",
            )),
            Braces::Always => Some(("the braces of `assert always` are closed", "leave `..` out")),
            Braces::Prohibition => Some(("a prohibition's braces are open already", "leave `..` out")),
            Braces::Never => Some(("the braces of `assert never` are open already", "leave `..` out")),
            Braces::Caller => Some(("a caller's braces are open already", "leave `..` out")),
            Braces::Object => None,
        };
        if let Some((what, why)) = refused {
            self.say(Diagnostic::error(codes::OPEN_RULE, span, format!("{what}: `..` cannot stand here")).help(why));
        } else if *open {
            self.say(Diagnostic::error(codes::OPEN_TWICE, span, "`..` stands twice").help("once is enough"));
        }
        *open = true;
    }

    pub(super) fn field(&mut self, pair: Pair<'s>, whose: Braces, depth: usize) -> Option<Field> {
        let span = span_of(&pair);
        let mut parts = pair.into_inner();
        let key = self.field_key(parts.next()?, whose);
        let (mut optional, mut pattern) = (false, None);
        for part in parts {
            match part.as_rule() {
                Rule::optional => optional = true,
                Rule::pattern => pattern = self.pattern(part, depth),
                _ => {}
            }
        }
        Some(Field {
            span,
            key: key?,
            optional,
            pattern: pattern?,
        })
    }

    fn field_key(&mut self, pair: Pair<'s>, whose: Braces) -> Option<FieldKey> {
        let span = span_of(&pair);
        match pair.as_rule() {
            Rule::key => self.name(pair).map(FieldKey::Name),
            Rule::envelope_key if matches!(whose, Braces::Object | Braces::Caller) => {
                let error = Diagnostic::error(
                    codes::ENVELOPE,
                    span,
                    format!("`{}` stands in the braces of a rule only", pair.as_str()),
                );
                self.refuse(error.help("a key that begins with `@` stands in quotes"))
            }
            Rule::envelope_key => self.envelope_slot(pair).map(FieldKey::Envelope),
            _ => {
                let reading = Self::word(&pair.into_inner().next()?);
                if !matches!(whose, Braces::Prohibition | Braces::Never) {
                    let message = format!("`any {}` belongs in the braces of a prohibition", reading.name);
                    let error = Diagnostic::error(codes::ANY_READING, span, message);
                    return self.refuse(error.help("name the parameters themselves"));
                }
                Some(FieldKey::AnyReading(reading))
            }
        }
    }

    /// `@meta`, without its `@`.
    pub(super) fn envelope_slot(&mut self, pair: Pair<'s>) -> Option<Ident> {
        let word = pair.into_inner().next()?;
        self.choice(&word, &ENVELOPE)?;
        Some(Self::word(&word))
    }

    fn spread(&mut self, pair: Pair<'s>, depth: usize) -> Option<Spread> {
        let span = span_of(&pair);
        let inner = pair.into_inner().next()?;
        let (name, args): (Ident, Vec<Argument>) = if inner.as_rule() == Rule::call {
            match self.call(inner, depth)? {
                PatternKind::Call { name, args } => (name, args),
                _ => return None,
            }
        } else {
            (Self::word(&inner), Vec::new())
        };
        Some(Spread { span, name, args })
    }

    /// Reports a key that stands among `fields` already.
    pub(super) fn once(&mut self, fields: &[Field], key: &FieldKey) {
        let (mark, name) = written(key);
        if let Some((_, first)) = fields
            .iter()
            .map(|field| written(&field.key))
            .find(|(m, first)| *m == mark && first.name == name.name)
        {
            let error = Diagnostic::error(
                codes::DUPLICATE_KEY,
                name.span,
                format!("the key `{mark}{}` stands twice", name.name),
            );
            self.say(
                error
                    .also(first.span, "first here")
                    .help("combine the two patterns with `&`"),
            );
        }
    }
}

fn written(key: &FieldKey) -> (&'static str, &Ident) {
    match key {
        FieldKey::Name(name) => ("", name),
        FieldKey::AnyReading(reading) => ("any ", reading),
        FieldKey::Envelope(slot) => ("@", slot),
    }
}
