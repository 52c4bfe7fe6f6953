//! What comes back: is the result of a call one that the grants that held let through?

use serde::{Deserialize, Serialize};

use super::{Effects, universe};
use crate::json::{self, Kind, Limits, Tape, Value};
use crate::pattern::Datum;
use crate::table::{CONTENT_TYPES, Links, Policy, Returns, Shape, Type, Universe};

/// What a server answers to a call.
#[derive(Clone, Copy, Debug)]
pub struct Answer<'a> {
    /// The bytes of the whole message, without the line break.
    pub size: u64,
    /// Its result.
    pub result: Option<&'a Value<'a>>,
    /// Its error, where it has no result.
    pub error: Option<&'a Value<'a>>,
}

/// Why an answer is withheld: of several reasons the first of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Withheld {
    /// It is larger than the least of the sizes.
    Size,
    /// Types or links are limited, and it has no content that they could be read from, or an error with data of its own.
    Form,
    /// It has content of a type that is not let through, or that is not known.
    Types,
    /// It gives an address that is not let through, or that cannot be read in one way.
    Links,
}

impl Withheld {
    /// The reason in words, without a word of the answer.
    #[must_use]
    pub fn described(self) -> &'static str {
        match self {
            Self::Size => "it is larger than the policy lets through",
            Self::Form => "it has no content that the policy could be asked about",
            Self::Types => "it has content of a type that the policy does not let through",
            Self::Links => "it links to an address that the policy does not let through",
        }
    }
}

impl Policy {
    /// Why the answer to a call with these effects may not pass, if it may not: it must fit each of the `returns` of all
    /// grants that held.
    #[must_use]
    pub fn withholds(&self, server: &str, tool: &str, effects: &Effects, answer: &Answer<'_>) -> Option<Withheld> {
        let held = effects.returns.iter().flat_map(|id| self.returns(server, tool, id));
        held.filter_map(|returns| withholds(returns, answer)).min()
    }

    /// Is a message of that size more than the grants that held let through? All that can be said without the message.
    #[must_use]
    pub fn is_larger(&self, server: &str, tool: &str, effects: &Effects, size: u64) -> bool {
        let mut held = effects.returns.iter().flat_map(|id| self.returns(server, tool, id));
        held.any(|returns| returns.size.is_some_and(|most| size > most))
    }

    /// What a rule of that id says of a tool's results.
    fn returns(&self, server: &str, tool: &str, id: &str) -> impl Iterator<Item = &Returns> {
        let grants = self.tool(server, tool).map_or(&[][..], |tool| &tool.grants);
        let of_rule = grants.iter().filter(move |grant| self.rule_ref(grant.rule).id == id);
        of_rule.filter_map(|grant| Some(&self.gated().gate(grant.gate?)?.returns.as_ref()?.is))
    }
}

fn withholds(returns: &Returns, answer: &Answer<'_>) -> Option<Withheld> {
    if returns.size.is_some_and(|most| answer.size > most) {
        return Some(Withheld::Size);
    }
    if returns.types.is_none() && returns.links.is_none() {
        return None;
    }
    let Some(result) = answer.result else {
        // The text of an error is there for people; its data may be anything, addresses among it.
        let has_data = answer.error.is_none_or(|error| error.get("data").is_some());
        return has_data.then_some(Withheld::Form);
    };
    let Some(Kind::Array(content)) = result.get("content").map(|content| &content.kind) else {
        return Some(Withheld::Form);
    };
    let fits = |content: &Value<'_>| {
        let named = content.get("type").and_then(Value::as_str).unwrap_or_default();
        let types = returns.types.as_ref();
        types.is_none_or(|types| CONTENT_TYPES.contains(&named) && types.holds(&Datum::String(named, None)))
    };
    if !content.iter().all(fits) {
        return Some(Withheld::Types);
    }
    let links = returns.links.as_ref()?;
    let addresses: Option<Vec<&str>> = content
        .iter()
        .map(addresses)
        .collect::<Option<Vec<_>>>()
        .map(|all| all.concat());
    let fits = addresses.is_some_and(|addresses| hold(links, &addresses));
    (!fits).then_some(Withheld::Links)
}

/// The addresses that a piece of content gives, those of icons too, which clients fetch; `None` where one is no string, or
/// content that is a resource or a link to one gives none.
fn addresses<'v>(content: &'v Value<'_>) -> Option<Vec<&'v str>> {
    let resource = content.get("resource");
    let own = [content.get("uri"), resource.and_then(|resource| resource.get("uri"))];
    let given = own.iter().flatten().count();
    let needed = match content.get("type").and_then(Value::as_str) {
        Some("resource_link" | "resource") => 1,
        Some("text" | "image" | "audio") => 0,
        // Where its addresses stand is not known.
        _ => return None,
    };
    if given < needed {
        return None;
    }
    let holders = [Some(content), resource].into_iter().flatten();
    let icons: Vec<&Value<'_>> = holders.filter_map(|holder| holder.get("icons")).collect();
    if icons.iter().any(|icons| !matches!(icons.kind, Kind::Array(_))) {
        return None;
    }
    let icons = icons.into_iter().flat_map(Value::elements).map(|icon| icon.get("src"));
    let own = own.into_iter().filter(Option::is_some);
    own.chain(icons).map(|address| address?.as_str()).collect()
}

/// Can all of these be read, and are they in the pattern?
fn hold(links: &Links, addresses: &[&str]) -> bool {
    let quoted: Vec<String> = addresses.iter().map(|address| json::quote(address)).collect();
    let text = format!("[{}]", quoted.join(","));
    let list = Shape {
        types: Some([Type::Array].into_iter().collect()),
        items: Some(Box::new(links.read.clone())),
        ..Shape::default()
    };
    // INVARIANT: the message was read within bounds, and these are a part of it.
    let limits = Limits {
        bytes: usize::MAX,
        depth: 2,
        values: usize::MAX,
    };
    let mut tape = Tape::default();
    let Ok(root) = tape.read(text.as_bytes(), &limits) else {
        return false;
    };
    if universe::read(&Universe::of(&list), &list, &mut tape, root).is_err() {
        return false;
    }
    match Datum::from(tape.node(root)) {
        Datum::Array(read) => read.iter().all(|address| links.pattern.holds(&address)),
        _ => false,
    }
}

#[cfg(test)]
mod tests;
