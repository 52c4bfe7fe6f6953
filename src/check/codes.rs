//! The errors and lints of the checker: their codes, titles, and what there is to say about each.

use crate::diagnostic::codes;

codes! {
    NO_POLICY = "E0101", "the file names no policy",
        "One statement `policy \"name\"` names what is compiled. It stands once in the file.";
    DUPLICATE = "E0102", "a name is given twice",
        "Constants, patterns, sets of tools, callers, labels, limits, credentials and egress sets share one namespace, servers have one \
         of their own, and the policy is named once. A clause names a label once, and charges a limit once for the same.";
    RESERVED = "E0103", "a built-in name is redefined",
        "The names of the built-in patterns (`text`, `path`, `glob`, …) always mean the same, and so does the caller `local`.";
    UNKNOWN_NAME = "E0104", "a name that nothing defines",
        "Constants are defined with `const`, patterns with `pattern`, sets of tools with `tools`, servers with `server`, callers with \
         `caller`, labels with `label`, limits with `limit`, credentials with `credential`, egress sets with `egress`.";
    CYCLE = "E0105", "a definition that rests on itself",
        "A pattern or constant must be built from others in a finite number of steps.";
    NOT_A_PATTERN = "E0106", "a pattern is used in a way it cannot be",
        "Some patterns take an argument, some take none; the message says what this one takes.";
    TOO_MUCH = "E0108", "a policy that is too large once its references are followed",
        "A constant has at most 64 KiB of text, constants and patterns refer to each other at most 64 deep, and a policy has at most \
         2,000,000 patterns when each reference, and each tool of a wildcard, is counted anew: compiling takes bounded time and memory.";
    BAD_SET = "E0107", "`--set` does not fit",
        "`--set NAME=VALUE` gives another value to a constant of the policy; the value must be of the constant's type.";
    NOT_YET = "E0109", "not enforced by this version",
        "This is a part of the language that this version of mcppc does not enforce, and what is not enforced is not accepted.";
    NO_LOCK = "E0110", "the tools are not locked",
        "`mcppc lock POLICY` asks each server for its tools and pins them in `mcpp.lock`. A tool that is not pinned does not exist.";
    UNKNOWN_TOOL = "E0111", "a tool that the lock does not pin",
        "The server has no such tool, or it came after the lock was made: `mcppc lock --accept POLICY` takes what has changed.";
    WILDCARD = "E0112", "a wildcard whose expansion is not locked",
        "A wildcard in a grant stands for the tools that were accepted with the lock, so that a tool that comes later is not allowed by \
         it. `mcppc lock POLICY` writes the expansion down.";
    UNKNOWN_PARAMETER = "E0120", "a parameter that the tool does not have",
        "A rule on a parameter that does not exist would never do what it says.";
    REQUIRED_PARAMETER = "E0121", "a required parameter that the grant does not name",
        "What a grant does not name is not allowed, and without this parameter the tool cannot be called: the grant would never hold.";
    TYPE = "E0122", "a pattern that cannot match its slot",
        "The lock says what type the slot has; no value of that type is in the pattern.";
    EMPTY = "E0123", "a pattern that nothing matches",
        "An empty range or length, or a string that is never canonical, matches no value.";
    DEFAULT = "E0124", "the server's default is outside the grant",
        "Where the parameter is absent the server takes its default, so the default must be in the pattern, or the parameter must be \
         required (without `?`). Alternatives of a schema may state several: each must be in the pattern.";
    OPEN_NEGATION = "E0125", "`!` on a slot of any type",
        "The lock, or one alternative of the schema in it, says nothing of this slot's type, so `!P` would hold for values of every \
         kind. Put a positive pattern beside it: `text & !P`.";
    ESCAPE_ELEMENT = "E0126", "one more element would escape",
        "A prohibition with `[P]` does not hold for an array that has one other element. Write `has P`.";
    ESCAPE_KEY = "E0127", "one more key would escape",
        "A prohibition with a closed object does not hold for an object that has one other key. End it with `..`.";
    FREE_ELEMENTS = "E0128", "the other elements would be free",
        "A grant with `has P` says nothing of the other elements. Put `[Q]` beside it: `[Q] & has P`.";
    REGEX = "E0129", "a malformed glob, regular expression or pattern of a reading",
        "Regular expressions are matched whole; they have no look-around, back-reference, inner anchor or word boundary, and a bound \
         on their automaton. Globs are written as globset has them. In the text of a reading, such as `url(…)`, only `*` and `**` are \
         special.";
    ANY = "E0130", "`any READING` where it has no meaning",
        "`any path: P` names every slot that is read as a path, and so for the other readings; it stands in the braces of a \
         prohibition.";
    SPREAD = "E0131", "a spread of what has no fields to give",
        "`...NAME` stands for the fields of `pattern NAME = { … }`. A pattern that ends with `..` leaves other keys free, so it can be \
         spread only where other keys are free too.";
    SPREAD_KEY = "E0132", "a key that stands twice by a spread",
        "A key is said once, in the braces themselves or in one of the patterns that are spread in them: which of two patterns was meant \
         cannot be told.";
    READING = "E0140", "a reading that does not fit its slot",
        "A reading is declared once for a slot, for a slot that exists and can be a string, with options that this version knows.";
    BOUND = "E0150", "more work than `--max-bound` allows",
        "The most work that one decision takes is known when a policy is compiled, and this policy's is more than was asked for. Fewer \
         patterns that cross segments (`**` in the middle), and fewer conditions on the elements of arrays, take less.";
    MODULE = "E0152", "a file or module that cannot be had",
        "`use a::b::{x}` takes names from `a/b.mcpp` under the policy's folder, `use std::…` from the standard library, and `include` \
         reads a file under that folder. No path leads out of it, and no link.";
    MISPLACED = "E0153", "a statement that does not belong in this file",
        "Servers, grants and the name of the policy stand in the policy itself. What is included may hold the rest, and a module that \
         is used holds constants, patterns, sets of tools and tests alone.";
    BAD_WAIVER = "E0160", "a waiver that cannot be",
        "`waive CODE \"reason\"` quiets one lint for the statement below it. Errors (`E…`) cannot be waived, and the reason is for the \
         next reader: it cannot be empty.";
    POLICY_NAME = "E0161", "a policy's name that names nothing",
        "The name stands in every record of evidence and gives its folder a name, so it has a letter or a digit, and no character that \
         is not shown.";
    CALLER = "E0170", "a caller without an issuer",
        "What a claim means is up to whoever issues the token: the same group, or the same subject, may be given out by another issuer. \
         Name the issuer in the braces, without `?`.";
    LABEL = "E0171", "a label where it cannot stand",
        "A taint says what may have happened: it stands in `unless`, and in `after` of a prohibition. A proof says what was done: it \
         stands in `requires`. The other way round, what was never recorded would let a call through.";
    LABELS = "E0172", "more than 64 labels",
        "What is remembered of a caller is a small fixed set, so that a decision rests on little and every record of it is short.";
    LIMIT = "E0173", "a limit that cannot be kept",
        "A limit counts calls, a whole number of them, or sums a parameter, which the grant must require and keep at or above 0: an amount \
         that is absent or negative would leave room for more. Its window has a length.";
    WHEN = "E0174", "a comparison that cannot be made",
        "`when` compares numbers, strings and booleans, of one type and read in one way, between two parameters or a parameter and a \
         claim; `<` and `<=` compare numbers, times and days. In a grant it compares parameters that the grant names.";
    CLAIM = "E0175", "a claim where it cannot stand",
        "`caller.NAME` and `{caller.NAME}` stand in the patterns of grants and prohibitions, where there is a caller whose claims are known: \
         in strings, in globs, and in `path`, `url`, `host` and `email`. They stand in no `regex`, in no part of `url { … }`, and in no \
         constant, test, assertion or set of callers.";
    CLAIM_SEGMENT = "E0176", "a claim that fills no segment",
        "In a path, a URL, a host or an address a claim is exactly one segment: the whole of what stands between two separators. What a \
         claim says is not known here, and with more beside it another name could come of it.";
    CLAIM_PLACE = "E0177", "a claim whose place is not fixed",
        "A string with claims has its stars on one side of them, or between them: what stands before and behind the stars is compared as it \
         is.";
    MAP = "E0178", "a map where members have names",
        "A map says one thing of all members of an object. Where the schema names them, each has its own type and reading: name them too. \
         Add `..` where other members may stand beside them.";
    RETURNS = "E0180", "a limit on results that cannot be",
        "`returns` names the largest size of an answer, above 0, the types of its content, or the addresses that it may link to: at least \
         one of these.";
    RECORD = "E0181", "a value that cannot be kept out of the evidence",
        "`record` names slots that the tool has. What a limit sums stands in the evidence with each call, and in what is remembered of \
         the caller, so no grant on the same tool can keep it out.";
    CREDENTIAL = "E0182", "a credential that cannot be",
        "It comes from a variable, an absolute path, a command, a token endpoint or a vault, both of these by https, or on this \
         machine; goes into a header, with `{token}` once in its value, or into a variable; has a length of life, and a scope \
         where `wider` speaks of it. A header is for a server that is reached by HTTP, a variable for a process.";
    EGRESS = "E0183", "a destination that cannot be",
        "A destination is `https`, `http` or `tcp`, a host, and a port where it is not the scheme's own; a network is written \
         `ip(\"10.0.0.0/8\")`. Where a credential is exchanged on its way to a host, the egress set beside it must lead there.";
    DISAGREE = "E0184", "grants on one tool with different lanes",
        "Two grants may hold for one call, and a call has one credential and one egress set. Until it is proved that they never hold \
         together, all grants on a tool name the same, or none.";
    SERVER_OPTION = "E0185", "an option that its server cannot have",
        "`env` names variables, by letters, digits and `_`, that are passed on to a server's process. A server that is reached by \
         HTTP has none.";
    ALL_PARAMETER = "E0190", "a parameter of everything that a server has",
        "A prohibition of `all SERVER` is about its tools and all else that it offers or asks for. No parameter is common to these, and a \
         prohibition does not leave out in silence what lacks it. Name the tools, or write `any path: P`.";
    CAPABILITY_CLAUSE = "E0191", "a clause that a capability cannot have",
        "A credential, an egress set, a limit on results and what is kept of arguments belong to calls of tools. Roots are decided one by \
         one, so that a grant on them counts nothing and sets no label.";
    ENVELOPE_PARAMETER = "E0192", "a slot of the envelope that a tool cannot have",
        "`@meta`, `@task` and `@input` are further parameters of a tool. One that has a parameter of that name cannot have the slot, and \
         where a grant keeps arguments out of the evidence no rule on the tool names one: the envelope is kept as it came.";
    ASSERTION = "E0200", "an assertion that does not hold",
        "The call that is shown breaks it: put it to `mcppc eval` to see what decides it. Mend the rule, or the assertion. It is the \
         smallest that was found, and there may be others.";
    NO_SUCH_CALL = "E0201", "an assertion about no call",
        "No value of its slots is in its patterns together, so that it would be true of every policy: it does not say what was meant.";
    UNPROVED = "E0202", "an assertion that is neither proved nor broken",
        "The search for a call that breaks it took more steps than it may, or came to something that it does not know exactly. What is \
         not proved is not accepted. Ask less at once: fewer tools, or simpler patterns in the rules that are named.";
    SINGLE_LANE = "E0203", "tools of a single lane that differ",
        "`single lane` asks for one process of the server. A process has one credential and one egress set, whichever tool it serves. Give \
         all grants of the server the same `with` and `to`, or take `single lane` out and let it have a process for each.";
    ABSENCE = "L0001", "absence escapes this prohibition",
        "The parameter may be left out and the lock states no default, so a call without it is not covered. Write `p?:` to cover such \
         calls, and check what the server does without it.";
    NOTHING = "L0002", "a prohibition that covers nothing",
        "None of its tools has a slot with that reading. Declare the readings of the server's slots.";
    UNREAD = "L0003", "a parameter that is called like a path, URL, host or address is read as text",
        "Text has no segments: a text pattern holds `..`, `//` and the rest of what servers and shells rewrite, or a host in a form that \
         only some readers take, and `any path` or `any url` does not see it. Declare the reading of the slot, or use `path(…)`, `url(…)` \
         and so on in the rule. Unlike the other lints this one stops the policy, unless it is waived.";
    ABSENT_TOOL = "L0004", "a test on a tool that is not pinned",
        "The call is denied since there is no such tool, whatever the rules say: check the spelling.";
    FREE_SIBLING = "L0005", "a sibling of a restricted recipient is free",
        "The grant says who may be written to in one parameter, and lets the other take anyone: what `to` refuses goes to `bcc`. \
         Restrict it too, or leave it out.";
    FREE_WHEN_ABSENT = "L0006", "a call without this parameter is granted",
        "The parameter says where the call acts, and it may be left out. The lock states no default, so where the call acts then is \
         the server's choice, and no pattern speaks of it. Require the parameter: write it without `?`.";
    DESCRIBED = "L0007", "free text where the schema describes a command, URL, path or host",
        "The tool's own description says that the text is run, opened or connected to, and the grant lets any text through. Say which \
         are allowed, or declare the slot's reading.";
    TEXT_BOUNDARY = "L0008", "a prohibition on how a free text is written",
        "`!`, `glob` and `regex` on a text name some spellings. A text that means the same can be spelt in other ways, and these are \
         not prohibited. Grant what is meant to be allowed; use a reading where the slot has one.";
    OVER_WIDE = "L0009", "a wildcard that takes in nearly everything",
        "A pattern that begins with `**`, a host that is only `*`, and `*acme.com`, which `evil-acme.com` matches, grant more than they \
         seem to. Begin with what is fixed: `/srv/work/**`, `*.acme.com`.";
    CONFUSABLE = "L0010", "characters that look like others",
        "A word that mixes scripts, that looks like one in ASCII, or an invisible character written as an escape: a reader takes it for \
         something else. If it is meant, waive this with the reason.";
    SECRET = "L0011", "a literal that looks like a secret",
        "Policies and artifacts are read by many, and every artifact is kept with the evidence. A secret belongs where the gateway can \
         fetch it. Take it out, and renew it.";
    UNUSED = "L0012", "a name that nothing uses",
        "Nothing in the file refers to it: perhaps a rule names another by mistake.";
    IDLE_WAIVER = "L0013", "a waiver that waives nothing",
        "The statement below it has no such lint (any more). Take the waiver out, so that it does not hide the next one.";
    SHARED = "L0014", "a credential that several tools share",
        "What the credential may do, each of the tools can do with it, whatever the policy grants of the tool. Give each tool a \
         credential of its own, with the scope that it needs.";
    EXPIRED = "L0015", "a grant that has ended",
        "Its `until` is past, so it never holds again. Take it out, or give it a later end.";
    READABLE = "L0016", "a credential that the server can read",
        "A variable of a process is its own to read, to write into a log, and to send on. Where the server sends it to one host, a \
         `sentinel` keeps the value with the gateway.";
    STAR = "L0017", "a star that stands for itself",
        "In a plain string `*` is a character as any other: `\"/etc/*\"` is one file, and no other below that folder. A set of values is \
         written with its reading: `path(\"/etc/**\")`, `email(\"*@acme.com\")`, `url(\"https://acme.com/**\")`.";
    NEVER_HOLDS = "L0018", "a grant that never holds",
        "No call has what it asks for all at once: patterns that exclude each other, or callers that nobody is. It is proved, over all \
         callers, times and states.";
    COVERED = "L0019", "a grant that another covers",
        "Another grant holds for every call for which this one does, with the same effects, so nothing changes without it. Often it was \
         meant to narrow the other: grants only add. Narrow the other, or write a `deny`.";
    PROHIBITED = "L0020", "a grant that prohibitions cover",
        "A prohibition holds for every call for which this grant does, or several together do, and a prohibition always wins: \
         the grant allows nothing. Take it out, or narrow the prohibition.";
    DENIES_NOTHING = "L0021", "a prohibition that denies nothing",
        "No grant allows a call for which it holds, though each of its tools has a grant. What no grant names is denied. If it guards \
         against grants to come, put it into a file that is included, or waive this with that reason.";
    ALTERNATIVE = "L0022", "an alternative that another covers",
        "Every value of it is in another alternative of the same pattern, wherever the pattern stands. Take it out; or perhaps one of \
         the two is not what was meant.";
    NOT_LOOKED_INTO = "L0023", "rules of which it is not known whether they do anything",
        "The lints by proof (`L0018` to `L0022`) are looked for within a bound on work, so that a check takes little time. For the \
         tools that are named it was not enough, or they rest on what is not known exactly. Decisions do not depend on it.";
}

/// The lints that come of proofs: waivers of them wait until these are made.
pub(super) const BY_PROOF: [&str; 6] = [
    NEVER_HOLDS,
    COVERED,
    PROHIBITED,
    DENIES_NOTHING,
    ALTERNATIVE,
    NOT_LOOKED_INTO,
];
