//! What to say of source that the grammar has no place for. The piece is parsed again alone, and where
//! that stops is what the message is about.

use std::collections::BTreeSet;

use pest::Parser as _;
use pest::error::{ErrorVariant, InputLocation};

use super::ast::{Argument, StatementKind};
use super::codes;
use super::grammar::{Grammar, Pair, Rule, span_of};
use super::parser::Builder;
use super::phrases::{hint, list, phrase};
use super::rules::Braces;
use crate::diagnostic::{Diagnostic, Span, nearest};

/// The statements' keywords.
const STATEMENTS: [&str; 17] = [
    "policy",
    "use",
    "include",
    "const",
    "server",
    "caller",
    "credential",
    "egress",
    "label",
    "limit",
    "pattern",
    "tools",
    "allow",
    "deny",
    "assert",
    "test",
    "waive",
];
/// What may come after an entry.
const ENTRY_END: &str = "`,` or a line break";
/// The clauses of rules.
const CLAUSES: [&str; 13] = [
    "because", "for", "when", "requires", "unless", "until", "after", "limit", "with", "to", "marks", "record",
    "returns",
];

impl<'s> Builder<'s> {
    /// A run of source that is no statement.
    pub(super) fn bad_statement(&mut self, pair: &Pair<'s>) -> Option<StatementKind> {
        let span = span_of(pair);
        let word = leading_word(pair.as_str());
        let head = Span::new(span.start, span.start + word.len());
        if self.is_explained(span) {
            return None;
        }
        if STATEMENTS.contains(&word) {
            let wrong = self.went_wrong(span, Rule::lone_statement, "the statement's end");
            return self.refuse(wrong.about(word));
        }
        let error = if word.is_empty() {
            let (what, place) = self.found(span.start);
            Diagnostic::error(codes::STATEMENT, place, format!("expected a statement, found {what}"))
        } else {
            Diagnostic::error(codes::STATEMENT, head, format!("expected a statement, found `{word}`"))
        };
        let help = if CLAUSES.contains(&word) {
            "a clause stands after the braces of its rule".to_owned()
        } else if pair.as_str().starts_with(';') {
            "statements have no terminator".to_owned()
        } else if let Some(near) = nearest(word, STATEMENTS.into_iter().chain(["because"])) {
            format!("did you mean `{near}`?")
        } else {
            "a statement starts with its keyword: `policy`, `const`, `server`, `pattern`, `allow`, `deny`, `test`, …"
                .to_owned()
        };
        self.refuse(error.help(help))
    }

    /// A clause that is not written as it should be, or that cannot stand here.
    pub(super) fn bad_clause(&mut self, pair: &Pair<'s>) {
        let (span, word) = (span_of(pair), leading_word(pair.as_str()));
        if self.is_explained(span) {
            return;
        }
        let error = if word == "for" {
            let error = Diagnostic::error(codes::CLAUSE_PLACE, span, "`for` cannot stand here");
            error.help("it stands before the braces, `allow server.tool for CALLER { … }`")
        } else {
            self.went_wrong(span, Rule::lone_clause, "the clause's end").about(word)
        };
        self.say(error);
    }

    /// Something in a rule's or an object's braces that is no field.
    pub(super) fn bad_field(&mut self, pair: &Pair<'s>, whose: Braces) {
        let span = span_of(pair);
        if pair.as_rule() == Rule::bad_entry && pair.as_str().starts_with('[') && !self.is_explained(span) {
            let error = Diagnostic::error(codes::MAP, span, "a map stands in braces of its own");
            let help = match whose {
                Braces::Object => "a map has no other keys: `{ [text]: P }`",
                _ => "name the keys; a value that is a map is written `name: { [text]: P }`",
            };
            return self.say(error.help(help));
        }
        if pair.as_rule() == Rule::bad_entry && pair.as_str().starts_with("...") && !self.is_explained(span) {
            let wrong = self.unexpected(span.start + 3, &BTreeSet::from(["a pattern's name"]));
            return self.say(wrong.help("write `...NAME`, without white space"));
        }
        self.bad_entry(pair, Rule::lone_field, "a key");
    }

    /// Something in a map that is not its key, its value or its length, where `expected` should stand.
    pub(super) fn bad_map(&mut self, pair: &Pair<'s>, expected: &'static str) {
        let span = span_of(pair);
        if !expected.contains('}') || pair.as_str().starts_with([';', '|', '&']) {
            self.junk(pair, expected);
        } else if !self.is_explained(span) {
            let error = Diagnostic::error(codes::MAP, span, "a map has no other keys");
            self.say(error.help("a pattern for all values stands after the `:`, how many there may be after a `;`"));
        }
    }

    /// Something in a server's block that is no entry of it.
    pub(super) fn bad_reading(&mut self, pair: &Pair<'s>) {
        let span = span_of(pair);
        if pair.as_rule() == Rule::bad_entry && leading_word(pair.as_str()) == "env" && !self.is_explained(span) {
            let error = Diagnostic::error(codes::SETTING, span, "`env` is not written like this");
            return self.say(error.help("write the names of variables in quotes, `env: \"HOME\", \"PATH\"`"));
        }
        self.bad_entry(pair, Rule::lone_reading, "a reading");
    }

    /// Something in an egress set that is no destination.
    pub(super) fn bad_destination(&mut self, pair: &Pair<'s>) {
        self.bad_entry(pair, Rule::lone_destination, "`\"https://HOST\"` or `ip(\"CIDR\")`");
    }

    /// Something in a credential that is no entry.
    pub(super) fn bad_setting(&mut self, pair: &Pair<'s>) {
        self.bad_entry(pair, Rule::lone_setting, "a key");
    }

    /// Something in a test that is no case.
    pub(super) fn bad_case(&mut self, pair: &Pair<'s>) {
        self.bad_entry(pair, Rule::lone_case, "`allow` or `deny`");
    }

    /// What follows the braces of a case and is not written as it should be.
    pub(super) fn bad_case_clause(&mut self, pair: &Pair<'s>) {
        self.bad_piece(pair, Rule::lone_case_clause, ENTRY_END);
    }

    /// Something in a JSON object that is no member.
    pub(super) fn bad_member(&mut self, pair: &Pair<'s>) {
        self.bad_entry(pair, Rule::lone_member, "a key");
    }

    /// What stands where an entry should, or after one; `start` is what an entry starts with.
    fn bad_entry(&mut self, pair: &Pair<'s>, rule: Rule, start: &'static str) {
        match pair.as_rule() {
            Rule::junk_entry => self.junk(pair, ENTRY_END),
            Rule::extra_comma => self.junk(pair, start),
            _ => self.bad_piece(pair, rule, ENTRY_END),
        }
    }

    fn bad_piece(&mut self, pair: &Pair<'s>, rule: Rule, end: &'static str) {
        let span = span_of(pair);
        if !self.is_explained(span) {
            let wrong = self.went_wrong(span, rule, end);
            self.say(wrong);
        }
    }

    /// What stands after a statement on its line.
    pub(super) fn junk_line(&mut self, pair: &Pair<'s>) {
        match nearest(leading_word(pair.as_str()), CLAUSES) {
            Some(near) if !self.is_explained(span_of(pair)) => {
                let error = self.unexpected(span_of(pair).start, &BTreeSet::from(["the statement's end"]));
                self.say(error.help(format!("did you mean `{near}`?")));
            }
            _ => self.junk(pair, "the statement's end"),
        }
    }

    /// What follows something that is whole, where `expected` should stand.
    pub(super) fn junk(&mut self, pair: &Pair<'s>, expected: &'static str) {
        let (span, text) = (span_of(pair), pair.as_str());
        if self.is_explained(span) {
            return;
        }
        let operator = text.starts_with(['|', '&']) && !text.starts_with("||") && !text.starts_with("&&");
        let wrong = if operator {
            self.went_wrong(span, Rule::lone_operand, expected)
        } else if text.starts_with(';') && expected.contains(';') {
            self.went_wrong(span, Rule::lone_length, expected)
        } else {
            self.unexpected(span.start, &BTreeSet::from([expected]))
        };
        self.say(wrong);
    }

    /// Refuses what has nothing at a place where `expected` should stand.
    pub(super) fn missing<T>(&mut self, at: usize, expected: &'static str) -> Option<T> {
        let error = self.unexpected(at, &BTreeSet::from([expected]));
        self.refuse(error)
    }

    /// What stands where an argument of a call should, or after one.
    pub(super) fn bad_argument(&mut self, pair: &Pair<'s>) -> Option<Argument> {
        self.bad_piece(pair, Rule::lone_argument, "`,` or `)`");
        None
    }

    /// Parses a piece again, alone, and says where and why that fails. `end` is what may come after it.
    fn went_wrong(&self, piece: Span, rule: Rule, end: &'static str) -> Diagnostic {
        let text = self.text.get(piece.start..piece.end).unwrap_or_default();
        let Err(error) = Grammar::parse(rule, text) else {
            return self.unexpected(piece.start, &BTreeSet::from([end]));
        };
        let (InputLocation::Pos(at) | InputLocation::Span((at, _))) = error.location;
        let at = piece.start + at;
        let expected = match &error.variant {
            ErrorVariant::ParsingError { positives, .. } => {
                positives.iter().filter_map(|rule| phrase(*rule, end)).collect()
            }
            ErrorVariant::CustomError { .. } => BTreeSet::new(),
        };
        self.unexpected(at, &expected)
    }

    /// Says that something else was expected at a place.
    fn unexpected(&self, at: usize, expected: &BTreeSet<&str>) -> Diagnostic {
        let before = self.text.get(..at).unwrap_or_default();
        let rest = self.text.get(at..).unwrap_or_default().trim_start_matches([' ', '\t']);
        let at = self.text.len() - rest.len();
        let (found, place) = self.found(at);
        if rest.starts_with("..") && !rest.starts_with("...") && before.ends_with([' ', '\t', '(']) {
            return Diagnostic::error(codes::RANGE, place, "a range holds no white space")
                .help("write `1..=5`, `..=5` or `1..`");
        }
        let separator = expected.len() == 1 && expected.contains(ENTRY_END);
        let code = if separator { codes::SEPARATOR } else { codes::UNEXPECTED };
        let message = match list(expected) {
            None => format!("unexpected {found}"),
            Some(expected) => format!("expected {expected}, found {found}"),
        };
        let diagnostic = Diagnostic::error(code, place, message);
        match hint(rest, expected) {
            Some(help) => diagnostic.help(help),
            None => diagnostic,
        }
    }

    /// What stands at a place, in words, and its span.
    fn found(&self, at: usize) -> (String, Span) {
        let rest = self.text.get(at..).unwrap_or_default();
        let word = leading_word(rest);
        let Some(first) = rest.chars().next() else {
            return ("the end of the file".to_owned(), Span::new(at, at));
        };
        let length = match first {
            _ if !word.is_empty() => word.len(),
            '"' => return ("a string".to_owned(), Span::new(at, at + self.string_length(rest))),
            '0'..='9' => rest
                .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
                .unwrap_or(rest.len()),
            '/' if rest.starts_with("//") => return ("a line break".to_owned(), Span::new(at, at)),
            '\n' | '\r' => return ("a line break".to_owned(), Span::new(at, at)),
            _ if matches!(rest.get(..2), Some("||" | "&&" | "==" | "!=" | "=>" | "->" | "..")) => 2,
            _ => first.len_utf8(),
        };
        (
            format!("`{}`", rest.get(..length).unwrap_or_default()),
            Span::new(at, at + length),
        )
    }

    fn string_length(&self, rest: &str) -> usize {
        Grammar::parse(Rule::string, rest)
            .ok()
            .and_then(|mut pairs| pairs.next())
            .map_or(1, |pair| pair.as_str().len())
    }
}

pub(super) fn leading_word(text: &str) -> &str {
    let end = text
        .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .unwrap_or(text.len());
    text.get(..end)
        .filter(|word| !word.starts_with(|c: char| c.is_ascii_digit()))
        .unwrap_or_default()
}

/// Is this the word that a clause begins with?
pub(super) fn is_clause(word: &str) -> bool {
    CLAUSES.contains(&word)
}
