//! Servers: where they live and how their values are read.

use super::ast::{Ident, ReadingDecl, ReadingOption, Server, SlotSelector, SlotStep, Template, Transport};
use super::codes;
use super::grammar::{Pair, Rule, span_of};
use super::parser::Builder;
use crate::diagnostic::{Diagnostic, nearest};

impl<'s> Builder<'s> {
    /// `server NAME [= transport] [{ readings }]`.
    pub(super) fn server(&mut self, pair: Pair<'s>) -> Option<Server> {
        let mut parts = pair.into_inner();
        let name = self.name(parts.next()?);
        let (mut transport, mut readings) = (Some(None), Vec::new());
        for part in parts {
            match part.as_rule() {
                Rule::transport => transport = self.transport(part).map(Some),
                Rule::server_block => readings = self.readings(part),
                _ => {}
            }
        }
        Some(Server {
            name: name?,
            transport: transport?,
            readings,
        })
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

    fn readings(&mut self, pair: Pair<'s>) -> Vec<ReadingDecl> {
        let mut readings = Vec::new();
        for part in pair.into_inner() {
            if part.as_rule() == Rule::reading {
                readings.extend(self.part(part, Self::reading));
            } else {
                self.bad_reading(&part);
            }
        }
        readings
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
        let steps = self.each(parts.collect(), |builder, part| match part.as_rule() {
            Rule::each => Some(SlotStep::Each),
            _ => builder.name(part).map(SlotStep::Key),
        })?;
        Some(SlotSelector { span, tool, steps })
    }
}
