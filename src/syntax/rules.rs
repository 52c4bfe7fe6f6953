//! Grants and prohibitions: their tools, braces and clauses.

use super::ast::{Field, FieldKey, Ident, Rule as RuleNode, Template, ToolNames, ToolSelector};
use super::codes;
use super::grammar::{Pair, Rule, span_of};
use super::parser::Builder;
use crate::diagnostic::{Diagnostic, Span};

/// Whose braces these are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Braces {
    /// A grant's: closed.
    Grant,
    /// A prohibition's: open.
    Prohibition,
    /// An object pattern's.
    Object,
}

/// What stands between braces.
pub(super) struct Entries {
    pub(super) fields: Vec<Field>,
    pub(super) open: bool,
}

impl<'s> Builder<'s> {
    /// `allow TOOLS { … }`.
    pub(super) fn allow(&mut self, pair: Pair<'s>) -> Option<RuleNode> {
        self.rule(pair, Braces::Grant)
    }

    /// `deny TOOLS { … } because "…"`.
    pub(super) fn deny(&mut self, pair: Pair<'s>) -> Option<RuleNode> {
        self.rule(pair, Braces::Prohibition)
    }

    fn rule(&mut self, pair: Pair<'s>, whose: Braces) -> Option<RuleNode> {
        let mut rule = RuleNode {
            tools: Vec::new(),
            body: None,
            body_span: None,
            because: None,
        };
        let mut sound = true;
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::or_op => {}
                Rule::selector => match self.selector(part) {
                    Some(selector) => rule.tools.push(selector),
                    None => sound = false,
                },
                Rule::body => {
                    rule.body_span = Some(span_of(&part));
                    rule.body = Some(self.braces(part, whose, 1).fields);
                }
                Rule::because => self.because(part, whose, &mut rule.because),
                _ => self.other_clause(&part),
            }
        }
        sound.then_some(rule)
    }

    fn because(&mut self, pair: Pair<'s>, whose: Braces, because: &mut Option<Template>) {
        let span = span_of(&pair);
        if whose == Braces::Grant {
            let error = Diagnostic::error(codes::BECAUSE, span, "a grant has no `because`");
            self.say(error.help("say what it is for in a doc comment, `/// …`, above it"));
        } else if let Some(first) = because {
            let error = Diagnostic::error(codes::CLAUSE_TWICE, span, "`because` stands twice");
            self.say(error.also(first.span, "first here").help("keep one of them"));
        } else if let Some(reason) = pair.into_inner().next() {
            *because = self.template(&reason);
        }
    }

    /// `server.tool`, `server.{a, b}`, `server.*`.
    fn selector(&mut self, pair: Pair<'s>) -> Option<ToolSelector> {
        let span = span_of(&pair);
        let mut parts = pair.into_inner().filter(|part| part.as_rule() != Rule::dot);
        let first = parts.next()?;
        match first.as_rule() {
            Rule::all_server => return self.unsupported(span, "`all SERVER` is"),
            Rule::kind => return self.unsupported(span, "kinds of capability (`SERVER:KIND`) are"),
            Rule::bare_name => {
                let error = Diagnostic::error(
                    codes::NO_SERVER,
                    span,
                    format!("`{}` names no tool of a server", first.as_str()),
                )
                .help("write `server.tool`; named sets of tools (`tools`) are not supported by this version of mcppc");
                return self.refuse(error);
            }
            _ => {}
        }
        let server = self.name(first);
        let names = parts.next()?;
        let tools = match names.as_rule() {
            Rule::star => ToolNames::All,
            Rule::tool_set => ToolNames::Many(self.each(names.into_inner().collect(), Self::name)?),
            _ => ToolNames::One(self.name(names)?),
        };
        Some(ToolSelector {
            span,
            server: server?,
            tools,
        })
    }

    /// The entries between braces, `depth` counting these.
    pub(super) fn braces(&mut self, pair: Pair<'s>, whose: Braces, depth: usize) -> Entries {
        let mut entries = Entries {
            fields: Vec::new(),
            open: false,
        };
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::open_mark => self.open_mark(span_of(&part), whose, &mut entries.open),
                Rule::field => {
                    if let Some(field) = self.part(part, |builder, part| builder.field(part, whose, depth)) {
                        self.once(&entries.fields, &field.key);
                        entries.fields.push(field);
                    }
                }
                Rule::spread => drop(self.unsupported::<()>(span_of(&part), "spreads (`...NAME`) are")),
                Rule::map_entry => drop(self.unsupported::<()>(span_of(&part), "maps (`{ [text]: P }`) are")),
                _ => self.bad_field(&part),
            }
        }
        entries
    }

    fn open_mark(&mut self, span: Span, whose: Braces, open: &mut bool) {
        if whose != Braces::Object {
            let (what, why) = if whose == Braces::Grant {
                (
                    "a grant's braces are closed",
                    "name each parameter that a call may have",
                )
            } else {
                ("a prohibition's braces are open already", "leave `..` out")
            };
            self.say(Diagnostic::error(codes::OPEN_RULE, span, format!("{what}: `..` cannot stand here")).help(why));
        } else if *open {
            self.say(Diagnostic::error(codes::OPEN_TWICE, span, "`..` stands twice").help("once is enough"));
        }
        *open = true;
    }

    fn field(&mut self, pair: Pair<'s>, whose: Braces, depth: usize) -> Option<Field> {
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
        if pair.as_rule() == Rule::key {
            return self.name(pair).map(FieldKey::Name);
        }
        let span = span_of(&pair);
        let reading = Self::word(&pair.into_inner().next()?);
        if whose != Braces::Prohibition {
            let error = Diagnostic::error(
                codes::ANY_READING,
                span,
                format!("`any {}` belongs in the braces of a prohibition", reading.name),
            );
            return self.refuse(error.help("name the parameters themselves"));
        }
        Some(FieldKey::AnyReading(reading))
    }

    /// Reports a key that stands among `fields` already.
    fn once(&mut self, fields: &[Field], key: &FieldKey) {
        let (word, name) = written(key);
        if let Some((_, first)) = fields
            .iter()
            .map(|field| written(&field.key))
            .find(|(w, first)| *w == word && first.name == name.name)
        {
            let error = Diagnostic::error(
                codes::DUPLICATE_KEY,
                name.span,
                format!("the key `{word}{}` stands twice", name.name),
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
    }
}
