//! Lists of resources and prompts: shown to the client as far as it could ask for what they name.

use super::capabilities::Shut;
use super::listing::edit_page;
use super::replies;
use super::session::Session;
use super::{Now, Output};
use crate::json::{self, Kind, Value};
use crate::mcp::{INTERNAL_ERROR, RequestId};
use crate::table::Capability;

/// What a list is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entries {
    /// `resources/list`.
    Resources,
    /// `resources/templates/list`.
    Templates,
    /// `prompts/list`.
    Prompts,
}

impl Entries {
    /// The list that a method asks for.
    pub fn of(method: &str) -> Option<Self> {
        Some(match method {
            "resources/list" => Self::Resources,
            "resources/templates/list" => Self::Templates,
            "prompts/list" => Self::Prompts,
            _ => return None,
        })
    }

    /// What its entries are about.
    pub fn kind(self) -> Capability {
        match self {
            Self::Resources | Self::Templates => Capability::Resource,
            Self::Prompts => Capability::Prompt,
        }
    }

    /// The member of the result that holds them.
    fn key(self) -> &'static str {
        match self {
            Self::Resources => "resources",
            Self::Templates => "resourceTemplates",
            Self::Prompts => "prompts",
        }
    }
}

impl Session {
    /// Could this caller be granted some use of it?
    pub(super) fn is_granted(&self, kind: Capability, now: Now) -> bool {
        self.judge.pinned(kind.tool()).is_some() && self.judge.lists(kind.tool(), &self.context(now))
    }

    /// What neither side hears of the other.
    pub(super) fn shut(&self, now: Now) -> Shut {
        Shut::but(|kind| self.is_granted(kind, now))
    }

    /// A list for the client, without what it could not ask for.
    pub(super) fn on_entries(
        &mut self,
        (id, text, result): (&RequestId, &str, Option<&Value<'_>>),
        entries: Entries,
        now: Now,
        out: &mut Output,
    ) {
        let Some(result) = result else {
            return out.client(text);
        };
        let list = result
            .get(entries.key())
            .filter(|list| matches!(list.kind, Kind::Array(_)))
            .filter(|list| list.elements().len() <= self.config.limits.tools);
        let Some(list) = list else {
            let message = "the server's list cannot be read";
            return out.client(&replies::error(Some(id), INTERNAL_ERROR, message, None));
        };
        let all = list.elements().iter().enumerate();
        let hidden = all.filter(|(_, entry)| !self.is_shown_entry(entry, entries, now));
        let hidden: Vec<usize> = hidden.map(|(index, _)| index).collect();
        out.client(&edit_page(text, result, list, &hidden));
    }

    fn is_shown_entry(&self, entry: &Value<'_>, entries: Entries, now: Now) -> bool {
        match entries {
            Entries::Resources => self.shows(Capability::Resource, "uri", entry, now),
            // Which addresses come of a template is seen when they are asked for.
            Entries::Templates => self.is_granted(Capability::Resource, now),
            Entries::Prompts => self.shows(Capability::Prompt, "name", entry, now),
        }
    }

    /// Could what has this name be asked for?
    fn shows(&self, kind: Capability, slot: &str, named: &Value<'_>, now: Now) -> bool {
        let name = named.get(slot).and_then(Value::as_str);
        name.is_some_and(|name| {
            let slots = format!("{{{}:{}}}", json::quote(slot), json::quote(name));
            self.judge.shows(kind, &slots, &self.context(now))
        })
    }

    /// May the client hear this of what it is granted?
    pub(super) fn may_hear(&self, method: &str, params: Option<&Value<'_>>, now: Now) -> bool {
        match method {
            "notifications/resources/list_changed" => self.is_granted(Capability::Resource, now),
            "notifications/prompts/list_changed" => self.is_granted(Capability::Prompt, now),
            "notifications/elicitation/complete" => self.is_granted(Capability::Elicitation, now),
            "notifications/resources/updated" => {
                params.is_some_and(|params| self.shows(Capability::Resource, "uri", params, now))
            }
            _ => false,
        }
    }
}
