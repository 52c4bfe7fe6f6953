//! The syntax errors: their codes, titles, and what there is to say about each.

use crate::diagnostic::{Code, codes};

codes! {
    TOO_LARGE = "E0001", "the source is too large",
        "A source file may have at most 1 MiB (1,048,576 bytes), so that the time and memory of every later step are bounded. Move \
         lists that were generated into patterns, or split the policy.";
    TOO_DEEP = "E0002", "the source is nested too deeply",
        "Brackets, and the operators `!`, `has` and `?`, may be nested at most 64 deep. The limit protects every recursion after the \
         parser. Name an inner part with `pattern NAME = …`.";
    UNCLOSED = "E0003", "a bracket is never closed",
        "Every `{`, `(` and `[` needs its closing partner. The place shown is the bracket that was opened.";
    UNOPENED = "E0004", "a closing bracket has no opening one",
        "A `}`, `)` or `]` stands where nothing of its kind is open.";
    UNTERMINATED = "E0005", "a string does not end on its line",
        "Strings are written on one line, in double quotes. A line break inside is written `\\n`.";
    HIDDEN = "E0006", "a control character or an invisible character",
        "Control characters, bidirectional controls and a byte order mark inside the text can make a policy look different from what \
         it is, so they are refused everywhere, comments included. In a string write them as `\\u{…}`.";
    STRAY_DOC = "E0007", "a doc comment that documents nothing",
        "`///` stands on lines of its own right above a statement, `//!` above the first one. Other remarks begin with `//`.";
    TOO_MANY = "E0008", "more errors than are shown",
        "At most 100 errors of a file are shown. Mend these and check again.";
    STATEMENT = "E0010", "not a statement",
        "Each statement starts with its keyword: `policy`, `use`, `include`, `const`, `server`, `caller`, `credential`, `egress`, `label`, \
         `limit`, `pattern`, `tools`, `allow`, `deny`, `assert`, `test` or `waive`.";
    UNEXPECTED = "E0011", "something else was expected here",
        "The text does not follow the grammar at the place shown. The message names what could stand there.";
    SEPARATOR = "E0013", "two entries are not separated",
        "Entries in braces end with a comma or a line break.";
    ESCAPE = "E0020", "an unknown escape in a string",
        "The escapes are `\\\"`, `\\\\`, `\\n`, `\\r`, `\\t`, `\\u{…}`, `\\$` and `\\{`. A raw string, `r\"…\"`, has none.";
    INTERPOLATION = "E0021", "a broken `${NAME}` or `{caller.NAME}` in a string",
        "`${` begins the name of a constant, `{caller.` the name of a claim, and both end with `}`. For the characters themselves write \
         `\\${` and `\\{`.";
    NOT_PLAIN = "E0022", "a name with a constant or a claim in it",
        "Quoted names and keys are plain text: neither `${NAME}` nor `{caller.NAME}` can stand in them.";
    NUMBER = "E0023", "a number is not written as numbers are",
        "Numbers are decimal digits with an optional `-`, an optional fraction, and single `_` between digits: no exponent, no leading \
         zero, no `+`, no `-0`. In the JSON of a test an exponent is allowed.";
    RANGE = "E0024", "a range is not written as ranges are",
        "Ranges include both ends: `1..=10`, `..=10`, `1..`. They hold no white space, and there is no exclusive range.";
    LENGTH = "E0025", "a length is not a whole number",
        "The length of an array is a whole number or a range of whole numbers, `[P; 3]`, `[P; 1..=5]`.";
    HAS_OR = "E0026", "`has P | Q` is ambiguous to a reader",
        "`has` binds tighter than `|`. Write `has (P | Q)` for an element that matches one of them, `(has P) | Q` for the other.";
    QUANTITY = "E0027", "a date, duration or size that is malformed or cannot stand here",
        "Dates are written `2026-12-01` or as RFC 3339 has them, `2026-12-01T08:00:00Z`. A duration is a whole number of `s`, `m`, `h` or \
         `d`, a size one of `B`, `KiB`, `MiB` or `GiB`. None of them is a pattern.";
    DUPLICATE_KEY = "E0030", "a key stands twice",
        "A key may stand once in an object. Combine two patterns for it with `&`.";
    OPEN_RULE = "E0031", "`..` in braces that are open or closed already",
        "A grant's braces are closed: a parameter that it does not name is not allowed. The braces of a prohibition and of a caller are \
         open.";
    OPEN_TWICE = "E0032", "`..` stands twice",
        "`..` says that an object may have other keys; once is enough.";
    ANY_READING = "E0033", "`any READING` outside a prohibition",
        "`any path: P` speaks of every slot with that reading, and belongs in the braces of a `deny` or `assert never`.";
    BECAUSE = "E0034", "`because` on a grant",
        "`because` is shown when a prohibition holds. What a grant is for is said in a doc comment above it.";
    CLAUSE_TWICE = "E0035", "a clause or option stands twice",
        "Each clause may follow a rule once, and so may each option of a server, each circumstance of a test and each key of `returns`.";
    TRANSPORT = "E0036", "an unknown transport",
        "A server is `stdio \"COMMAND\" \"ARG\"…` or `http \"URL\"`; without either the gateway is told at start.";
    ONE_URL = "E0037", "`http` takes one string",
        "The transport `http` is followed by one string, the server's URL.";
    CONSTANT = "E0038", "not a constant",
        "A constant is a string, a number, `true`, `false`, a date, a duration or a size. A pattern is named with `pattern NAME = …`.";
    RESERVED = "E0039", "a reserved word as a name",
        "`true`, `false`, `null` and `has` mean something in every pattern and cannot name one.";
    NO_SERVER = "E0040", "a tool without its server",
        "Tools are named with their server: `server.tool`, `server.{a, b}` or `server.*`. A set of them has a name without quotes.";
    NOT_JSON = "E0041", "not a JSON value",
        "The arguments of a call in a test are JSON: `null`, `true`, `false`, numbers, strings, arrays and objects.";
    CHOICE = "E0042", "an unknown word",
        "Only a few words can stand at the place shown; the message names them.";
    CLAUSE_PLACE = "E0043", "a clause that cannot stand here",
        "`for` stands before the braces. A grant takes `when`, `requires`, `unless`, `until`, `limit`, `with`, `to`, `marks`, `record` and \
         `returns` after them, a prohibition `when`, `after` and `because`.";
    ALL_SERVER = "E0044", "`all SERVER` outside a prohibition",
        "`all SERVER` speaks of everything that a server has, its tools and the rest; only a `deny` can.";
    MAP = "E0045", "a map beside other keys",
        "`{ [text]: P; ..=20 }` is an object of any keys, and has no entry beside that one.";
    ENVELOPE = "E0046", "a slot of the envelope out of place",
        "`@meta`, `@task` and `@input` stand in the braces of rules, of assertions, and of calls in tests.";
    SETTING = "E0047", "an entry that is not written as it should be",
        "The message shows how this entry of a credential or a server is written.";
    MISSING = "E0048", "an entry is missing",
        "A credential has at least a `source` and an `inject`; `oauth` has `token` and `client`; `vault` has `address`, `path` and `field`.";
    WAIVER = "E0049", "a waiver that waives nothing",
        "`waive CODE \"REASON\"` stands above the statement that the message is about, and names the code that is shown with the message.";
}

/// The entry of a code, if it is one of these.
#[must_use]
pub fn find(code: &str) -> Option<&'static Code> {
    TABLE.iter().find(|entry| entry.code == code)
}
