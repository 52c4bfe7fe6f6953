//! Sets of strings as deterministic automata: one step a byte, whatever the pattern.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::{Arc, OnceLock, Weak};

use regex_automata::dfa::{Automaton as _, StartKind, dense};
use regex_automata::nfa::thompson;
use regex_automata::util::syntax;
use regex_automata::{Anchored, Input};
use regex_syntax::hir::{Hir, HirKind, Look};
use serde::{Deserialize, Serialize};

/// The most bytes one automaton may take. Two unbounded stars beside classes are far below it; sixteen crossing
/// globs in one pattern are far above.
const MAX_BYTES: usize = 1 << 20;

type Dfa = dense::DFA<Vec<u32>>;

thread_local! {
    /// The automata that are in use, so that one expression in many rules is compiled once. It changes no answer.
    static COMPILED: RefCell<HashMap<String, Weak<Dfa>>> = RefCell::default();

    /// It keeps its tables for ten thousand ranges of characters, which take longer to make than most automata do.
    static COMPILER: thompson::Compiler = {
        let mut compiler = thompson::Compiler::new();
        compiler.configure(thompson::Config::new().utf8(false).nfa_size_limit(Some(MAX_BYTES)));
        compiler
    };
}

/// A set of strings: those that a regular expression matches whole.
#[derive(Clone, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Automaton {
    regex: String,
    /// Compiled when it is first asked, where it was read from an artifact: decisions do not ask it.
    dfa: OnceLock<Option<Arc<Dfa>>>,
}

/// Why a regular expression makes no automaton.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AutomatonError {
    /// It does not parse.
    #[error("{0}")]
    Syntax(String),
    /// It has an anchor inside, or a word boundary.
    #[error("an anchor or word boundary inside")]
    Look,
    /// It takes more than the bound.
    #[error("its automaton takes more than {MAX_BYTES} bytes")]
    TooLarge,
}

impl Automaton {
    /// Compiles a regular expression, matched whole. `^` at its beginning and `$` at its end change nothing.
    ///
    /// # Errors
    /// What is wrong with the expression, or that its automaton is too large.
    pub fn new(regex: &str) -> Result<Self, AutomatonError> {
        let dfa = Self::compiled(regex)?;
        Ok(Self {
            regex: regex.to_owned(),
            dfa: OnceLock::from(Some(dfa)),
        })
    }

    fn compiled(regex: &str) -> Result<Arc<Dfa>, AutomatonError> {
        if let Some(dfa) = COMPILED.with_borrow(|compiled| compiled.get(regex).and_then(Weak::upgrade)) {
            return Ok(dfa);
        }
        let dfa = Arc::new(Self::compile(regex)?);
        COMPILED.with_borrow_mut(|known| {
            if known.len().is_power_of_two() {
                known.retain(|_, dfa| dfa.strong_count() > 0);
            }
            known.insert(regex.to_owned(), Arc::downgrade(&dfa));
        });
        Ok(dfa)
    }

    /// `None` for one that is too large, which no compiler wrote.
    fn dfa(&self) -> Option<&Dfa> {
        self.dfa.get_or_init(|| Self::compiled(&self.regex).ok()).as_deref()
    }

    fn compile(regex: &str) -> Result<Dfa, AutomatonError> {
        let whole = whole(regex)?;
        let nfa = COMPILER.with(|compiler| {
            let built = compiler.build_from_hir(&whole);
            built.map_err(|_| AutomatonError::TooLarge)
        })?;
        let config = dense::Config::new()
            .start_kind(StartKind::Anchored)
            .dfa_size_limit(Some(MAX_BYTES))
            .determinize_size_limit(Some(4 * MAX_BYTES));
        dense::Builder::new()
            .configure(config)
            .syntax(syntax::Config::new().utf8(false))
            .build_from_nfa(&nfa)
            .map_err(|_| AutomatonError::TooLarge)
    }

    /// Compiles it, if it is not yet, and says how many bytes it takes; `None` if it is too large.
    pub(super) fn prepare(&self) -> Option<usize> {
        self.dfa().map(dense::DFA::memory_usage)
    }

    /// The expression itself, as a tree without outer anchors.
    pub(super) fn hir(&self) -> Hir {
        // It was parsed before; what could not be would match nothing.
        parse(&self.regex).unwrap_or_else(|_| Hir::fail())
    }

    /// Is there a text in the set that begins with this byte? O(states).
    #[must_use]
    pub fn may_begin_with(&self, byte: u8) -> bool {
        let Some(dfa) = self.dfa() else { return true };
        let Ok(start) = dfa.start_state_forward(&Input::new("").anchored(Anchored::Yes)) else {
            return true;
        };
        let first = dfa.next_state(start, byte);
        let (mut waiting, mut seen) = (vec![first], HashSet::from([first]));
        while let Some(state) = waiting.pop() {
            if dfa.is_match_state(dfa.next_eoi_state(state)) {
                return true;
            }
            let next = (0..=u8::MAX).map(|byte| dfa.next_state(state, byte));
            waiting.extend(next.filter(|next| !dfa.is_dead_state(*next) && seen.insert(*next)));
        }
        false
    }

    /// The regular expression.
    #[must_use]
    pub fn regex(&self) -> &str {
        &self.regex
    }

    /// Is the whole text in the set? One step a byte.
    #[must_use]
    pub fn accepts(&self, text: &str) -> bool {
        let input = Input::new(text).anchored(Anchored::Yes).earliest(true);
        // INVARIANT: the search fails only on quit bytes, and no quit byte is configured; `false` would be a denial.
        self.dfa()
            .is_some_and(|dfa| matches!(dfa.try_search_fwd(&input), Ok(Some(_))))
    }
}

/// The expression, to be matched up to the end.
pub(super) fn whole(regex: &str) -> Result<Hir, AutomatonError> {
    let hir = parse(regex)?;
    if hir.properties().look_set().is_empty() {
        Ok(Hir::concat(vec![hir, Hir::look(Look::End)]))
    } else {
        Err(AutomatonError::Look)
    }
}

fn parse(regex: &str) -> Result<Hir, AutomatonError> {
    regex_syntax::ParserBuilder::new()
        .utf8(false)
        .nest_limit(64)
        .build()
        .parse(regex)
        .map(without_outer_anchors)
        .map_err(|error| AutomatonError::Syntax(message(&error)))
}

fn without_outer_anchors(hir: Hir) -> Hir {
    let mut parts: &[Hir] = match hir.kind() {
        HirKind::Concat(parts) => parts,
        _ => std::slice::from_ref(&hir),
    };
    if let Some((first, rest)) = parts.split_first()
        && *first.kind() == HirKind::Look(Look::Start)
    {
        parts = rest;
    }
    if let Some((last, rest)) = parts.split_last()
        && *last.kind() == HirKind::Look(Look::End)
    {
        parts = rest;
    }
    Hir::concat(parts.to_vec())
}

/// The parser's own words, without the picture it draws.
fn message(error: &regex_syntax::Error) -> String {
    match error {
        regex_syntax::Error::Parse(error) => error.kind().to_string(),
        regex_syntax::Error::Translate(error) => error.kind().to_string(),
        _ => "malformed regular expression".to_owned(),
    }
}

impl PartialEq for Automaton {
    fn eq(&self, other: &Self) -> bool {
        self.regex == other.regex
    }
}

impl fmt::Debug for Automaton {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Automaton").field(&self.regex).finish()
    }
}

impl From<Automaton> for String {
    fn from(automaton: Automaton) -> Self {
        automaton.regex
    }
}

impl TryFrom<String> for Automaton {
    type Error = AutomatonError;

    fn try_from(regex: String) -> Result<Self, AutomatonError> {
        whole(&regex)?;
        Ok(Self {
            regex,
            dfa: OnceLock::new(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_match_is_of_the_whole_text() {
        let automaton = Automaton::new("a+|b").unwrap();
        for (text, wanted) in [
            ("a", true),
            ("aaa", true),
            ("b", true),
            ("ab", false),
            ("", false),
            ("a\n", false),
            ("xa", false),
        ] {
            assert_eq!(automaton.accepts(text), wanted, "{text:?}");
        }
        assert!(Automaton::new("^a$").unwrap().accepts("a"));
        assert!(!Automaton::new("^a$").unwrap().accepts("a\n"));
        assert!(Automaton::new("").unwrap().accepts(""));
        assert!(Automaton::new("^").unwrap().accepts(""));
    }

    #[test]
    fn the_first_byte_can_be_asked_for() {
        for (regex, wanted) in [
            ("/.*", true),
            (".*", true),
            ("(a|/)b", true),
            ("a/", false),
            ("", false),
            ("/[^\\s\\S]", false),
        ] {
            assert_eq!(Automaton::new(regex).unwrap().may_begin_with(b'/'), wanted, "{regex}");
        }
    }

    #[test]
    fn what_automata_cannot_say_is_refused() {
        for regex in [r"\bword\b", "a|^b", "a$b", "(?m)^a$"] {
            assert_eq!(Automaton::new(regex).unwrap_err(), AutomatonError::Look, "{regex}");
        }
        for regex in [r"(a)\1", "(?=a)", "(", "[z-a]"] {
            assert!(
                matches!(Automaton::new(regex), Err(AutomatonError::Syntax(_))),
                "{regex}"
            );
        }
        assert_eq!(Automaton::new(".*[a-c].{20}").unwrap_err(), AutomatonError::TooLarge);
        assert_eq!(
            Automaton::new("(?:(?:.{1000}){1000}){1000}").unwrap_err(),
            AutomatonError::TooLarge
        );
    }
}
