//! Servers: where they live and how their values are read.

use super::ast::{
    EnvVariables, Ident, ReadingDecl, ReadingOption, Server, SlotSelector, SlotStep, Template, TemplatePart, Transport,
};
use super::clauses::twice;
use super::codes;
use super::grammar::{Pair, Rule, span_of};
use super::parser::Builder;
use crate::diagnostic::{Diagnostic, Span, nearest};

/// What stands in a server's braces.
#[derive(Default)]
struct Block {
    readings: Vec<ReadingDecl>,
    env: Option<EnvVariables>,
    single_lane: Option<Span>,
    stateful: Option<Span>,
}

impl<'s> Builder<'s> {
    /// `server NAME [= transport] [{ readings }]`.
    pub(super) fn server(&mut self, pair: Pair<'s>) -> Option<Server> {
        let mut parts = pair.into_inner();
        let name = self.name(parts.next()?);
        let (mut transport, mut block) = (Some(None), Block::default());
        for part in parts {
            match part.as_rule() {
                Rule::transport => transport = self.transport(part).map(Some),
                Rule::server_block => block = self.server_block(part),
                _ => {}
            }
        }
        Some(Server {
            name: name?,
            transport: transport?,
            readings: block.readings,
            env: block.env,
            single_lane: block.single_lane,
            stateful: block.stateful,
        })
    }

    fn server_block(&mut self, pair: Pair<'s>) -> Block {
        let mut block = Block::default();
        for part in pair.into_inner() {
            let span = span_of(&part);
            match part.as_rule() {
                Rule::reading => block.readings.extend(self.part(part, Self::reading)),
                Rule::env_list => {
                    let env = self.part(part, Self::env);
                    let first = block.env.as_ref().map(|env| env.span);
                    self.first_of("env", span, first);
                    block.env = block.env.or(env);
                }
                Rule::single_lane => {
                    self.first_of("single lane", span, block.single_lane);
                    block.single_lane = block.single_lane.or(Some(span));
                }
                Rule::stateful => {
                    self.first_of("stateful", span, block.stateful);
                    block.stateful = block.stateful.or(Some(span));
                }
                _ => self.bad_reading(&part),
            }
        }
        block
    }

    /// Reports what stands a second time.
    fn first_of(&mut self, what: &str, span: Span, first: Option<Span>) {
        if let Some(first) = first {
            self.say(twice(what, span, first));
        }
    }

    /// `env: "HOME", "PATH"`.
    fn env(&mut self, pair: Pair<'s>) -> Option<EnvVariables> {
        let span = span_of(&pair);
        let names = self.each(pair.into_inner().collect(), Self::name)?;
        Some(EnvVariables { span, names })
    }

    fn transport(&mut self, pair: Pair<'s>) -> Option<Transport> {
        let span = span_of(&pair);
        let mut parts = pair.into_inner();
        let kind = parts.next()?;
        let mut strings = self.templates(parts.collect())?;
        match kind.as_str() {
            "stdio" => Some(Transport::Stdio(strings)),
            "http" if strings.len() == 1 => strings.pop().map(Transport::Http),
            "http" => self.refuse(
                Diagnostic::error(codes::ONE_URL, span, "`http` takes one string, the URL").help("remove the others"),
            ),
            word => {
                let error = Diagnostic::error(codes::TRANSPORT, span_of(&kind), format!("unknown transport `{word}`"));
                let help = match nearest(word, ["stdio", "http"]) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => "write `stdio \"COMMAND\" \"ARG\"…` or `http \"URL\"`".to_owned(),
                };
                self.refuse(error.help(help))
            }
        }
    }

    fn templates(&mut self, pairs: Vec<Pair<'s>>) -> Option<Vec<Template>> {
        self.each(pairs, |builder, pair| builder.template(&pair))
    }

    /// `path dir root "…": *.path, tool.slot[]`.
    fn reading(&mut self, pair: Pair<'s>) -> Option<ReadingDecl> {
        let span = span_of(&pair);
        let mut parts = pair.into_inner().filter(|part| part.as_rule() != Rule::colon);
        let reading = Self::word(&parts.next()?);
        let (options, slots): (Vec<_>, Vec<_>) = parts.partition(|part| part.as_rule() == Rule::option);
        let options = self.each(options, Self::option);
        let slots = self.each(slots, Self::slot);
        Some(ReadingDecl {
            span,
            reading,
            options: options?,
            slots: slots?,
        })
    }

    fn option(&mut self, pair: Pair<'s>) -> Option<ReadingOption> {
        let mut parts = pair.into_inner();
        let word = parts.next()?;
        if word.as_rule() == Rule::default_option {
            return default_option(&word);
        }
        let name = Ident {
            name: word.as_str().split_whitespace().collect::<Vec<_>>().join(" "),
            span: span_of(&word),
        };
        Some(ReadingOption {
            name,
            values: self.templates(parts.collect())?,
        })
    }

    fn slot(&mut self, pair: Pair<'s>) -> Option<SlotSelector> {
        let span = span_of(&pair);
        let mut parts = pair.into_inner();
        let tool = match parts.next()? {
            star if star.as_rule() == Rule::star => None,
            tool => Some(self.name(tool)?),
        };
        let steps = self.slot_steps(parts.collect())?;
        Some(SlotSelector { span, tool, steps })
    }

    pub(super) fn slot_steps(&mut self, parts: Vec<Pair<'s>>) -> Option<Vec<SlotStep>> {
        self.each(parts, |builder, part| match part.as_rule() {
            Rule::each => Some(SlotStep::Each),
            _ => builder.name(part).map(SlotStep::Key),
        })
    }
}

/// `default https`.
fn default_option(pair: &Pair) -> Option<ReadingOption> {
    let word = pair.clone().into_inner().next()?;
    let start = span_of(pair).start;
    Some(ReadingOption {
        name: Ident {
            name: "default".to_owned(),
            span: Span::new(start, start + "default".len()),
        },
        values: vec![Template {
            span: span_of(&word),
            parts: vec![TemplatePart::Text(word.as_str().to_owned())],
        }],
    })
}
