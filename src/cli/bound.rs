//! The most work that one decision takes: shown, and refused where it is more than was asked for.

use super::Format;
use super::check::show;
use crate::check::Sources;
use crate::check::codes;
use crate::diagnostic::{Diagnostic, Source, Span};
use crate::table::program::Most;
use crate::table::{FullName, Policy, Tool};

/// The message that the bound is shown for. Most calls are shorter; one that writes a file is longer, and costs as much
/// more.
const MESSAGE: u64 = 8_192;

/// Options of the commands that show the bound.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct BoundArgs {
    /// Refuse a policy if deciding a call of 8,192 bytes may take more: `passes=N,nodes=N,words=N`, or some of them
    #[arg(long, value_name = "LIMITS", value_parser = parse)]
    max_bound: Option<Limits>,
}

/// What was asked for.
#[derive(Clone, Copy, Debug, Default)]
struct Limits {
    passes: Option<u64>,
    nodes: Option<u64>,
    words: Option<u64>,
}

fn parse(text: &str) -> Result<Limits, String> {
    let mut limits = Limits::default();
    for part in text.split(',') {
        let (name, number) = part.split_once('=').ok_or("expected `passes=N,nodes=N,words=N`")?;
        let number = number
            .replace('_', "")
            .parse()
            .map_err(|_| format!("`{number}` is no number"))?;
        match name.trim() {
            "passes" => limits.passes = Some(number),
            "nodes" => limits.nodes = Some(number),
            "words" => limits.words = Some(number),
            other => return Err(format!("there is no `{other}`: expected `passes`, `nodes` or `words`")),
        }
    }
    Ok(limits)
}

/// `≤ 3 passes over 8,192 bytes · 40 nodes · 212 words`.
pub fn shown(policy: &Policy) -> String {
    let Most {
        passes,
        bytes,
        nodes,
        words,
    } = policy.bound().of(MESSAGE);
    let [bytes, nodes, words] = [bytes, nodes, words].map(with_commas);
    format!("≤ {passes} passes over {bytes} bytes · {nodes} nodes · {words} words")
}

/// A term of the bound: its name, and what was asked for.
type Term = (&'static str, fn(&Most) -> u64, Option<u64>);

/// Shows which tool takes more than was asked for, if one does.
pub fn refused(policy: &Policy, args: &BoundArgs, format: Format) -> bool {
    let over = over(policy, args);
    for (source, error) in &over {
        show(&Sources::one(source), std::slice::from_ref(error), format);
    }
    !over.is_empty()
}

/// What takes more than was asked for: an error for each term.
pub fn over(policy: &Policy, args: &BoundArgs) -> Vec<(Source, Diagnostic)> {
    let limits = args.max_bound.unwrap_or_default();
    let terms: [Term; 3] = [
        ("passes", |most| most.passes, limits.passes),
        ("nodes", |most| most.nodes, limits.nodes),
        ("words", |most| most.words, limits.words),
    ];
    let over = |(name, term, limit): Term| {
        let (most, server, tool) = dearest(policy, term)?;
        let limit = limit.filter(|limit| most > *limit)?;
        let [most, limit] = [most, limit].map(with_commas);
        let message = format!(
            "a call of `{}` takes up to {most} {name}, and {limit} are allowed",
            FullName(server, tool)
        );
        let (source, span) = place(policy, policy.tool(server, tool)?);
        let error = Diagnostic::error(codes::BOUND, span, message)
            .help("what adds to each term is in docs/commands.md, *The bound*");
        Some((source, error))
    };
    terms.into_iter().filter_map(over).collect()
}

/// The tool that takes the most of something, and how much.
fn dearest(policy: &Policy, term: fn(&Most) -> u64) -> Option<(u64, &str, &str)> {
    let tools = policy
        .servers()
        .flat_map(|server| policy.tools(server).map(move |tool| (server, tool)));
    let costs = tools.map(|(server, tool)| (term(&policy.bound_of(server, tool).of(MESSAGE)), server, tool));
    costs.reduce(|dearest, next| if next.0 > dearest.0 { next } else { dearest })
}

/// The first rule about a tool.
fn place(policy: &Policy, tool: &Tool) -> (Source, Span) {
    let rules = tool
        .prohibitions
        .iter()
        .map(|p| p.rule)
        .chain(tool.grants.iter().map(|g| g.rule));
    let at = rules.min().and_then(|rule| policy.rule(rule)).map(|rule| rule.at);
    let source = policy.source(at.map_or(0, |at| at.source));
    let source = source.map_or_else(
        || Source::new("", ""),
        |s| Source::new(s.name.as_str(), s.text.as_str()),
    );
    let span = at.map_or_else(Span::default, |at| Span::new(at.start as usize, at.end as usize));
    (source, span)
}

fn with_commas(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_easy_to_read() {
        assert_eq!(
            [0, 999, 1_000, 8_192, 1_234_567].map(with_commas),
            ["0", "999", "1,000", "8,192", "1,234,567"]
        );
    }

    #[test]
    fn limits_are_named() {
        let limits = parse("nodes=1_000,passes=3").unwrap();
        assert_eq!(
            (limits.passes, limits.nodes, limits.words),
            (Some(3), Some(1_000), None)
        );
        for wrong in ["", "3", "nodes", "nodes=", "nodes=-1", "steps=3", "nodes=1,,"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
