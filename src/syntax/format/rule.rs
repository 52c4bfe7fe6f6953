//! Grants, prohibitions and assertions.

use super::super::ast::{
    Assertion, Body, Callers, Capability, Clause, ClauseKind, Comparator, Comparison, Ident, LimitUse, Operand,
    RecordForm, Returns, Rule, Selector, SlotPath, ToolNames,
};
use super::super::names::{is_tool_word, is_word};
use super::super::recover::is_clause;
use super::pattern::{object, pattern};
use super::text::{claim, given, moment, name, size, slot, string, written};
use super::{braced, join};

/// A rule on one line, `allow fs.read { path: work_file }`; `keyword` is `allow` or `deny`.
#[must_use]
pub fn rule(keyword: &str, rule: &Rule) -> String {
    let mut text = format!("{keyword} {}{}", selectors(&rule.tools), callers(rule.callers.as_ref()));
    if let Some(fields) = &rule.body {
        text.push(' ');
        text.push_str(&body(fields));
    }
    for one in &rule.clauses {
        text.push(' ');
        text.push_str(&clause(one));
    }
    text
}

pub(super) fn assertion(assertion: &Assertion) -> String {
    let at = assertion.at.as_ref().map(|at| format!(" at {}", given(at, moment)));
    let braces = assertion.body.as_ref().map(|fields| format!(" {}", body(fields)));
    format!(
        "assert {} {}{}{}{}",
        if assertion.always { "always" } else { "never" },
        selectors(&assertion.tools),
        callers(assertion.callers.as_ref()),
        braces.unwrap_or_default(),
        at.unwrap_or_default()
    )
}

pub(super) fn body(body: &Body) -> String {
    object(&body.fields, &body.spreads, false)
}

pub(super) fn selectors(selectors: &[Selector]) -> String {
    join(selectors, " | ", selector)
}

fn selector(selector: &Selector) -> String {
    match selector {
        Selector::Tools(of) => {
            let tools = match &of.tools {
                ToolNames::One(tool) => name(tool, is_tool_word),
                ToolNames::Many(tools) => format!("{{{}}}", join(tools, ", ", |tool| name(tool, is_tool_word))),
                ToolNames::All => "*".to_owned(),
            };
            format!("{}.{tools}", name(&of.server, is_word))
        }
        Selector::Capability(of) => format!("{}:{}", name(&of.server, is_word), capability(of.kind)),
        Selector::Set(set) => set.name.clone(),
        // What follows a set that is called `all` is no server.
        Selector::All(of) => {
            let is_server = |word: &str| is_word(word) && !is_clause(word) && word != "at";
            format!("all {}", name(&of.server, is_server))
        }
    }
}

pub(super) fn capability(kind: Capability) -> &'static str {
    written(&Capability::ALL, &kind)
}

fn callers(callers: Option<&Callers>) -> String {
    let Some(callers) = callers else {
        return String::new();
    };
    let one = join(&callers.any_of, " | ", |caller| {
        format!("{}{}", if caller.negated { "!" } else { "" }, caller.name.name)
    });
    format!(" for {one}")
}

fn clause(clause: &Clause) -> String {
    let what = match &clause.kind {
        ClauseKind::Because(reason) => string(reason),
        ClauseKind::When(comparisons) => join(comparisons, ", ", comparison),
        ClauseKind::Requires(labels)
        | ClauseKind::Unless(labels)
        | ClauseKind::After(labels)
        | ClauseKind::Marks(labels) => join(labels, ", ", plain),
        ClauseKind::Until(until) => given(until, moment),
        ClauseKind::Limit(limits) => join(limits, ", ", limit_use),
        ClauseKind::With(of) | ClauseKind::To(of) => plain(of),
        ClauseKind::Record(record) => {
            let form = match record.form {
                RecordForm::Hash => "hash",
                RecordForm::Drop => "drop",
            };
            format!("{} as {form}", join(&record.slots, ", ", slot_path))
        }
        ClauseKind::Returns(of) => returns(of),
    };
    format!("{} {what}", clause.kind.keyword())
}

fn plain(name: &Ident) -> String {
    name.name.clone()
}

fn slot_path(path: &SlotPath) -> String {
    slot(&path.steps)
}

fn comparison(comparison: &Comparison) -> String {
    let comparator = written(&Comparator::ALL, &comparison.comparator);
    format!(
        "{} {comparator} {}",
        operand(&comparison.left),
        operand(&comparison.right)
    )
}

fn operand(operand: &Operand) -> String {
    match operand {
        Operand::Slot(path) => slot_path(path),
        Operand::Claim(of) => claim(of),
    }
}

fn limit_use(used: &LimitUse) -> String {
    match &used.slot {
        Some(path) => format!("{}({})", used.name.name, slot_path(path)),
        None => plain(&used.name),
    }
}

fn returns(returns: &Returns) -> String {
    let Returns {
        size: largest,
        types,
        links,
    } = returns;
    let largest = largest.as_ref().map(|largest| format!("size: ..={}", size(largest)));
    let types = types.as_ref().map(|types| format!("types: {}", pattern(types)));
    let links = links.as_ref().map(|links| format!("links: {}", pattern(links)));
    braced(&[largest, types, links].into_iter().flatten().collect::<Vec<_>>())
}
