//! The server's tools as it defines them now.

use std::collections::HashMap;

use crate::json::{self, Value};
use crate::mcp::RequestId;
use crate::table::{Capability, Digest};

/// Prefix of the gateway's own request ids; a client may not use it.
pub const OWN_ID: &str = "mcppc/";

/// A list with more pages than this goes round in circles.
const MAX_PAGES: usize = 1_000;

/// One tool as the server defines it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Definition {
    /// The digest of the whole definition in canonical JSON; `None` where the server defines the tool twice.
    pub digest: Option<Digest>,
    /// Does it promise an output schema?
    pub output_schema: bool,
}

impl Definition {
    /// Name and definition of an entry of `tools/list`; `None` where it has no name, or one that stands for a capability.
    pub fn read(entry: &Value<'_>) -> Option<(String, Self)> {
        let name = entry.get("name")?.as_str()?.to_owned();
        if Capability::of_tool(&name).is_some() {
            return None;
        }
        let definition = Self {
            digest: Some(Digest::of(json::canonical(entry).as_bytes())),
            output_schema: entry.get("outputSchema").is_some(),
        };
        Some((name, definition))
    }
}

/// What is known of the server's tools.
#[derive(Debug, Default)]
pub struct Live {
    tools: HashMap<String, Definition>,
    state: State,
    asked: u64,
}

#[derive(Debug, Default)]
enum State {
    /// Nobody asked yet, or the server did not say.
    #[default]
    Unknown,
    /// The gateway has asked and has not had the last page.
    Asking(Asking),
    /// All of them.
    Known,
}

#[derive(Debug)]
struct Asking {
    id: RequestId,
    found: HashMap<String, Definition>,
    /// How many pages came.
    pages: usize,
    /// The server said meanwhile that its tools have changed.
    again: bool,
}

impl Live {
    /// The tool as the server defines it; `None` where it does not.
    pub fn get(&self, tool: &str) -> Option<&Definition> {
        self.tools.get(tool)
    }

    /// Are all tools known?
    pub fn is_known(&self) -> bool {
        matches!(self.state, State::Known)
    }

    /// Does the gateway wait for them?
    pub fn is_asking(&self) -> bool {
        matches!(self.state, State::Asking(_))
    }

    /// Is this the id of the question that is open?
    pub fn is_open(&self, id: &RequestId) -> bool {
        matches!(&self.state, State::Asking(asking) if asking.id == *id)
    }

    /// Begins to ask: the id for the first page. What was known holds until the answer.
    pub fn ask(&mut self) -> RequestId {
        let id = self.fresh_id();
        self.state = State::Asking(Asking {
            id: id.clone(),
            found: HashMap::new(),
            pages: 0,
            again: false,
        });
        id
    }

    /// The server says that its tools have changed. Must the gateway ask now? (Not while it asks already.)
    pub fn changed(&mut self) -> bool {
        if let State::Asking(asking) = &mut self.state {
            asking.again = true;
            return false;
        }
        self.state = State::Unknown;
        true
    }

    /// A page came in answer to the gateway and more follow: the id for the next one.
    pub fn next_page(&mut self, page: Vec<(String, Definition)>) -> RequestId {
        let id = self.fresh_id();
        if let State::Asking(asking) = &mut self.state {
            page.into_iter()
                .for_each(|(name, definition)| add(&mut asking.found, name, definition));
            asking.id = id.clone();
            asking.pages += 1;
        }
        id
    }

    /// The last page came. Must the gateway ask again?
    pub fn complete(&mut self, page: Vec<(String, Definition)>) -> bool {
        let State::Asking(mut asking) = std::mem::take(&mut self.state) else {
            return false;
        };
        page.into_iter()
            .for_each(|(name, definition)| add(&mut asking.found, name, definition));
        self.tools = asking.found;
        if !asking.again {
            self.state = State::Known;
        }
        asking.again
    }

    /// The server did not say.
    pub fn fail(&mut self) {
        self.state = State::Unknown;
    }

    /// A page passed in answer to the client: what it says holds from now on.
    pub fn passed(&mut self, page: &[(String, Definition)]) {
        let mut seen = HashMap::new();
        page.iter()
            .for_each(|(name, definition)| add(&mut seen, name.clone(), *definition));
        self.tools.extend(seen);
    }

    /// Has the server sent more pages than any list has?
    pub fn is_endless(&self) -> bool {
        matches!(&self.state, State::Asking(asking) if asking.pages >= MAX_PAGES)
    }

    /// How many tools are known, those found so far included.
    pub fn len(&self) -> usize {
        match &self.state {
            State::Asking(asking) => asking.found.len(),
            _ => self.tools.len(),
        }
    }

    fn fresh_id(&mut self) -> RequestId {
        self.asked += 1;
        RequestId::string(&format!("{OWN_ID}tools/{}", self.asked))
    }
}

/// A tool that is defined twice in two ways has no definition.
fn add(tools: &mut HashMap<String, Definition>, name: String, definition: Definition) {
    tools
        .entry(name)
        .and_modify(|known| {
            if known.digest != definition.digest {
                known.digest = None;
            }
        })
        .or_insert(definition);
}
