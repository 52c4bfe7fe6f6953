//! The words for what was expected, and how to mend what people often write instead.

use std::collections::BTreeSet;

use super::grammar::Rule;
use super::recover::leading_word;
use crate::diagnostic::{Diagnostic, nearest};

impl Diagnostic {
    /// Help for a statement that has none yet: how it is written.
    pub(super) fn about(self, keyword: &str) -> Self {
        let form = match keyword {
            "policy" => "`policy \"NAME\"`, or `policy \"NAME\" for environment \"NAME\"`",
            "use" => "`use MODULE::{NAME, NAME}`",
            "include" => "`include \"FILE\"`",
            "const" => "`const NAME = VALUE`",
            "server" => {
                "`server NAME`, `server NAME = stdio \"COMMAND\"`, or `server NAME = http \"URL\"`, then `{ readings }` if there are any"
            }
            "caller" => "`caller NAME { issuer: \"URL\", CLAIM: PATTERN }`",
            "credential" => "`credential NAME { source: …, inject: … }`",
            "egress" => "`egress NAME { \"https://HOST\" }`, or `egress advisory`",
            "label" => "`label NAME = taint per caller for 8h`, or `label NAME = proof per caller`",
            "pattern" => "`pattern NAME = PATTERN`",
            "tools" => "`tools NAME = server.{a, b}`",
            "allow" => "`allow server.tool { parameter: PATTERN }`; `{}` means no arguments",
            "deny" => "`deny server.tool { parameter: PATTERN } because \"REASON\"`",
            "assert" => "`assert never server.tool { … }`, or `assert always server.tool { … }`",
            "test" => "`test \"NAME\" { allow server.tool { … } }`",
            "waive" => "`waive CODE \"REASON\"`",
            "because" => "`because \"REASON\"`",
            "when" => "`when a == b, c < caller.NAME`",
            "requires" | "unless" | "after" | "marks" => "with labels after it, `LABEL, LABEL`",
            "until" => "`until 2026-12-01`",
            "with" => "`with CREDENTIAL`",
            "to" => "`to EGRESS`",
            "record" => "`record SLOT, SLOT as hash`, or `… as drop`",
            "returns" => "`returns { size: ..=1MiB, types: \"text\" }`",
            _ => "`limit NAME = 10 per 1h per caller` for a budget, `limit NAME` for its use",
        };
        if self.help.is_some() {
            self
        } else {
            self.help(format!("it is written {form}"))
        }
    }
}

/// What a rule of the grammar is called when it was expected. The author never sees a rule's own name.
pub(super) fn phrase(rule: Rule, end: &'static str) -> Option<&'static str> {
    Some(match rule {
        Rule::pattern | Rule::conjunction | Rule::unary | Rule::primary => "a pattern",
        Rule::string | Rule::quoted_name => "a string",
        Rule::word | Rule::name | Rule::call | Rule::caller_ref | Rule::limit_use | Rule::case_state => "a name",
        Rule::key | Rule::any_reading | Rule::envelope_key | Rule::field | Rule::member | Rule::setting => "a key",
        Rule::reading => "a reading",
        Rule::tool => "a tool's name",
        Rule::star => "`*`",
        Rule::selector => "`server.tool`",
        Rule::slot => "a slot, `*.key` or `tool.key`",
        Rule::number | Rule::json_number => "a number",
        Rule::network => "`ip(\"CIDR\")`",
        Rule::given => "a value or a constant's name",
        Rule::as_word => "`as`",
        Rule::limit_slot => "`(`",
        Rule::path_mark => "`::`",
        Rule::assertion_kind => "`never` or `always`",
        Rule::label_kind => "`taint` or `proof`",
        Rule::record_form => "`hash` or `drop`",
        Rule::per_scope => "`per`",
        Rule::comparison | Rule::operand | Rule::slot_path | Rule::claim => "a parameter or `caller.NAME`",
        Rule::comparator => "`==`, `!=`, `<` or `<=`",
        Rule::constant_value => "a string, a number, `true` or `false`",
        Rule::range | Rule::length => "a length",
        Rule::transport | Rule::transport_kind => "`stdio` or `http`",
        Rule::json => "a JSON value",
        Rule::json_object
        | Rule::body
        | Rule::test_block
        | Rule::server_block
        | Rule::tool_set
        | Rule::name_set
        | Rule::settings
        | Rule::destinations
        | Rule::results => "`{`",
        Rule::verdict | Rule::case | Rule::pattern_case => "`allow` or `deny`",
        Rule::colon => "`:`",
        Rule::dot => "`.` and a tool",
        Rule::equals => "`=`",
        Rule::EOI => end,
        _ => return None,
    })
}

/// `a`, `a or b`, `a, b or c`.
pub(super) fn list(words: &BTreeSet<&str>) -> Option<String> {
    let words: Vec<&str> = words.iter().copied().collect();
    let (last, before) = words.split_last()?;
    Some(if before.is_empty() {
        (*last).to_owned()
    } else {
        format!("{} or {last}", before.join(", "))
    })
}

/// A mend for what people often write instead.
pub(super) fn hint(rest: &str, expected: &BTreeSet<&str>) -> Option<&'static str> {
    let colon = expected.contains("`:`");
    let verdict = expected
        .contains("`allow` or `deny`")
        .then(|| nearest(leading_word(rest), ["allow", "deny"]));
    Some(match rest {
        _ if rest.starts_with('>') => "only `<` and `<=` compare; exchange the two sides",
        _ if rest.starts_with("||") => "alternatives are joined by one `|`",
        _ if rest.starts_with("&&") => "patterns that must all hold are joined by one `&`",
        _ if rest.starts_with('\'') || rest.starts_with('`') => "strings stand in double quotes",
        _ if verdict == Some(Some("allow")) => "did you mean `allow`?",
        _ if verdict == Some(Some("deny")) => "did you mean `deny`?",
        _ if rest.starts_with(']') && expected.contains("a pattern") => "an empty array is `[any; 0]`",
        _ if rest.starts_with(',') && expected.contains("`;` or `]`") => {
            "one pattern is for every element; write `[P | Q]`"
        }
        _ if colon && rest.starts_with('=') => "write `:` between a key and its pattern",
        _ if rest.starts_with('-') => "a name that has other characters than letters, digits and `_` stands in quotes",
        _ if rest.starts_with(';') => "entries end with a comma or a line break, statements with nothing",
        _ => match leading_word(rest) {
            "and" => "write `&`",
            "or" => "write `|`",
            "not" => "write `!`",
            _ => return None,
        },
    })
}
