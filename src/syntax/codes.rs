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
        "Each statement starts with its keyword: `policy`, `const`, `server`, `pattern`, `allow`, `deny` or `test`.";
    UNEXPECTED = "E0011", "something else was expected here",
        "The text does not follow the grammar at the place shown. The message names what could stand there.";
    UNSUPPORTED = "E0012", "not supported by this version",
        "This is a part of the language that this version of mcppc does not enforce, and what is not enforced is not accepted.";
    SEPARATOR = "E0013", "two entries are not separated",
        "Entries in braces end with a comma or a line break.";
    ESCAPE = "E0020", "an unknown escape in a string",
        "The escapes are `\\\"`, `\\\\`, `\\n`, `\\r`, `\\t`, `\\u{…}`, `\\$` and `\\{`. A raw string, `r\"…\"`, has none.";
    INTERPOLATION = "E0021", "a broken `${NAME}` in a string",
        "`${` begins the name of a constant and ends with `}`. For the characters themselves write `\\${`.";
    NOT_PLAIN = "E0022", "a name with a constant in it",
        "Quoted names and keys are plain text: `${NAME}` cannot stand in them.";
    NUMBER = "E0023", "a number is not written as numbers are",
        "Numbers are decimal digits with an optional `-`, an optional fraction, and single `_` between digits: no exponent, no leading \
         zero, no `+`, no `-0`. In the JSON of a test an exponent is allowed.";
    RANGE = "E0024", "a range is not written as ranges are",
        "Ranges include both ends: `1..=10`, `..=10`, `1..`. They hold no white space, and there is no exclusive range.";
    LENGTH = "E0025", "a length is not a whole number",
        "The length of an array is a whole number or a range of whole numbers, `[P; 3]`, `[P; 1..=5]`.";
    HAS_OR = "E0026", "`has P | Q` is ambiguous to a reader",
        "`has` binds tighter than `|`. Write `has (P | Q)` for an element that matches one of them, `(has P) | Q` for the other.";
    DUPLICATE_KEY = "E0030", "a key stands twice",
        "A key may stand once in an object. Combine two patterns for it with `&`.";
    OPEN_RULE = "E0031", "`..` in the braces of a rule",
        "A grant's braces are closed: a parameter that it does not name is not allowed. A prohibition's braces are open already.";
    OPEN_TWICE = "E0032", "`..` stands twice",
        "`..` says that an object may have other keys; once is enough.";
    ANY_READING = "E0033", "`any READING` outside a prohibition",
        "`any path: P` speaks of every slot with that reading, and belongs in the braces of a `deny`.";
    BECAUSE = "E0034", "`because` on a grant",
        "`because` is shown when a prohibition holds. What a grant is for is said in a doc comment above it.";
    CLAUSE_TWICE = "E0035", "a clause stands twice",
        "Each clause may follow a rule once.";
    TRANSPORT = "E0036", "an unknown transport",
        "A server is `stdio \"COMMAND\" \"ARG\"…` or `http \"URL\"`; without either the gateway is told at start.";
    ONE_URL = "E0037", "`http` takes one string",
        "The transport `http` is followed by one string, the server's URL.";
    CONSTANT = "E0038", "not a constant",
        "A constant is a string, a number, `true` or `false`. A pattern is named with `pattern NAME = …`.";
    RESERVED = "E0039", "a reserved word as a name",
        "`true`, `false`, `null` and `has` mean something in every pattern and cannot name one.";
    NO_SERVER = "E0040", "a tool without its server",
        "Tools are named with their server: `server.tool`, `server.{a, b}` or `server.*`.";
    NOT_JSON = "E0041", "not a JSON value",
        "The arguments of a call in a test are JSON: `null`, `true`, `false`, numbers, strings, arrays and objects.";
}

/// The entry of a code, if it is one of these.
#[must_use]
pub fn find(code: &str) -> Option<&'static Code> {
    TABLE.iter().find(|entry| entry.code == code)
}
