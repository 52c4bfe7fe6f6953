//! Traps that other policy engines fell into, each with a policy and the call that got through there, or could.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    missing_docs
)]

mod common {
    #[allow(dead_code, reason = "it also holds what other tests need")]
    pub mod case;
}

use common::case::{Case, decides, refused, tool};
use mcppc::eval::Reason;
use mcppc::table::{ArtifactError, Digest, Policy};
use serde_json::{Value, json};

// ---- a rule that errors is skipped, and a prohibition is lost ----

#[test]
fn a_prohibition_that_is_wrong_stops_the_whole_policy() {
    let tools = tool(json!({ "n": { "type": "integer" } }));
    refused(&tools, "allow s.t { n?: int }\ndeny s.t { n?: \"x\" }", "E0122");
    refused(&tools, "allow s.t { n?: int }\ndeny s.t { m: 1 }", "E0120");
    refused(&tools, "allow s.t { n?: int }\ndeny s.u", "E0111");
    refused(&tools, "allow s.t { n?: int }\ndeny s.t { n: 1 ", "E0003");
}

#[test]
fn a_prohibition_holds_where_the_default_it_would_judge_cannot_be_read() {
    let tools = tool(json!({ "n": { "type": "integer", "default": "many" } }));
    decides(
        &tools,
        "allow s.t {}\ndeny s.t { n: 5.. }",
        &[("{}", Reason::Prohibited)],
    );
}

#[test]
fn a_prohibition_of_a_whole_server_leaves_nothing_out() {
    let tools = tool(json!({ "n": { "type": "integer" } }));
    let calls = [("{}", Reason::Prohibited), (r#"{"n":1}"#, Reason::Prohibited)];
    decides(&tools, "allow s.t { n?: int }\ndeny all s", &calls);
    refused(&tools, "allow s.t { n?: int }\ndeny all s { n: 1 }", "E0190");
    refused(&tools, "allow s.t { n?: int }\ndeny all other", "E0104");
}

// ---- a parameter that is missing satisfies a rule ----

#[test]
fn a_missing_parameter_satisfies_no_grant() {
    let tools = tool(json!({ "to": { "type": "string" } }));
    let calls = [("{}", Reason::MissingParameter), (r#"{"to":"a"}"#, Reason::Allowed)];
    decides(&tools, "allow s.t { to: \"a\" }", &calls);
    decides(&tools, "allow s.t { to: !\"b\" }", &calls);
    decides(&tools, "allow s.t { to: any }", &calls);
}

#[test]
fn a_missing_parameter_inside_an_object_satisfies_no_grant() {
    let tools = tool(json!({ "o": { "type": "object", "properties": { "to": { "type": "string" } } } }));
    decides(
        &tools,
        "allow s.t { o: { to: !\"b\" } }",
        &[
            (r#"{"o":{}}"#, Reason::PatternMismatch),
            (r#"{"o":{"to":"a"}}"#, Reason::Allowed),
        ],
    );
}

#[test]
fn an_absent_parameter_is_prohibited_as_its_default() {
    let tools = tool(json!({ "mode": { "type": "string", "default": "write" } }));
    let rules = "allow s.t { mode?: text }\ndeny s.t { mode: \"write\" }";
    decides(
        &tools,
        rules,
        &[("{}", Reason::Prohibited), (r#"{"mode":"read"}"#, Reason::Allowed)],
    );
    refused(&tools, "allow s.t { mode?: \"read\" }", "E0124");
    let path = tool(json!({ "path": { "type": "string", "default": "/etc" } }));
    let rules = "server s { path: *.path }\nallow s.t { path?: path }\ndeny s.t { any path: path(\"/etc/**\") }";
    decides(
        &path,
        rules,
        &[("{}", Reason::Prohibited), (r#"{"path":"/srv"}"#, Reason::Allowed)],
    );
}

#[test]
fn a_default_of_null_is_absence() {
    let tools = tool(json!({ "n": { "type": ["integer", "null"], "default": null } }));
    decides(
        &tools,
        "allow s.t { n?: 1..=10 }",
        &[
            ("{}", Reason::Allowed),
            (r#"{"n":null}"#, Reason::PatternMismatch),
            (r#"{"n":1}"#, Reason::Allowed),
        ],
    );
}

// ---- a key of the policy that is parsed and enforced nowhere ----

#[test]
fn a_clause_that_is_not_enforced_is_known() {
    let tools = tool(json!({ "n": { "type": "integer" } }));
    // What is compiled and not enforced yet, the gateway refuses.
    let lane = "credential c { source: env \"C\", inject: env \"C\" }\negress e { \"https://acme.com\" }\n";
    for (clause, unenforced) in [
        ("with c", 1),
        ("to e", 1),
        ("with c to e", 2),
        ("returns { size: ..=1B } record n as drop", 0),
    ] {
        let policy = Case::new(&tools, &format!("{lane}allow s.t {{ n?: int }} {clause}")).policy();
        assert_eq!(policy.unenforced().len(), unenforced, "{clause}");
    }
}

// ---- a map whose keys nobody looked at ----

#[test]
fn a_map_says_what_each_key_and_each_value_is() {
    let tools = tool(json!({ "env": { "type": "object", "additionalProperties": { "type": "string" } } }));
    decides(
        &tools,
        r#"allow s.t { env: { ["LANG" | "TZ"]: text(1..=9); ..=1 } }"#,
        &[
            (r#"{"env":{}}"#, Reason::Allowed),
            (r#"{"env":{"LANG":"C"}}"#, Reason::Allowed),
            (r#"{"env":{"LANG":"C","TZ":"UTC"}}"#, Reason::PatternMismatch),
            (r#"{"env":{"LD_PRELOAD":"x.so"}}"#, Reason::PatternMismatch),
            (r#"{"env":{"lang":"C"}}"#, Reason::PatternMismatch),
            (r#"{"env":{"LANG":""}}"#, Reason::PatternMismatch),
            (r#"{"env":{"\u004cANG":"C"}}"#, Reason::Allowed),
            (r#"{"env":["LANG"]}"#, Reason::WrongType),
        ],
    );
}

#[test]
fn values_of_maps_are_told_apart_at_any_depth() {
    let tools = tool(json!({ "o": { "type": "object" } }));
    decides(
        &tools,
        r#"allow s.t { o: { [glob("x-*")]: { [text]: int; 1.. } | [{ [text]: "a" }] } }"#,
        &[
            (r#"{"o":{"x-a":{"b":1},"x-b":[{"c":"a"},{}]}}"#, Reason::Allowed),
            (
                r#"{"o":{"x-a":{"b":1},"x-b":[{"c":"a"},{"d":"b"}]}}"#,
                Reason::PatternMismatch,
            ),
            (r#"{"o":{"x-a":{"b":1.5}}}"#, Reason::PatternMismatch),
            (r#"{"o":{"x-a":{}}}"#, Reason::PatternMismatch),
            (r#"{"o":{"a":{"b":1}}}"#, Reason::PatternMismatch),
        ],
    );
}

// ---- an empty list that allows all ----

#[test]
fn nothing_is_allowed_unless_a_grant_says_so() {
    let tools = tool(json!({ "n": { "type": "integer" } }));
    decides(&tools, "", &[("{}", Reason::NoGrant), (r#"{"n":1}"#, Reason::NoGrant)]);
    decides(&tools, "deny s.t { n?: 5.. }", &[(r#"{"n":1}"#, Reason::NoGrant)]);
    decides(
        &tools,
        "allow s.t {}",
        &[("{}", Reason::Allowed), (r#"{"n":1}"#, Reason::UnlistedParameter)],
    );
    let list = tool(json!({ "tags": { "type": "array", "items": { "type": "string" } } }));
    let calls = [
        (r#"{"tags":[]}"#, Reason::PatternMismatch),
        (r#"{"tags":["a"]}"#, Reason::Allowed),
    ];
    decides(&list, "allow s.t { tags: [\"a\"; 1..] }", &calls);
}

// ---- numbers that turn into decimals or strings ----

#[test]
fn numbers_are_what_was_written() {
    let tools = tool(json!({ "n": { "type": "integer" }, "x": { "type": "number" } }));
    decides(
        &tools,
        "allow s.t { n?: ..=9007199254740990, x?: 0.1 | 1 }",
        &[
            (r#"{"n":10}"#, Reason::Allowed),
            (r#"{"n":"10"}"#, Reason::WrongType),
            (r#"{"n":10.0}"#, Reason::WrongType),
            (r#"{"n":1e1}"#, Reason::WrongType),
            (r#"{"n":-0}"#, Reason::WrongType),
            (r#"{"n":9007199254740991}"#, Reason::PatternMismatch),
            (r#"{"n":9007199254740992}"#, Reason::WrongType),
            (r#"{"x":0.1}"#, Reason::Allowed),
            (r#"{"x":1.0}"#, Reason::Allowed),
            (r#"{"x":0.1000000000000000055511151231257827}"#, Reason::WrongType),
            (r#"{"x":1e400}"#, Reason::WrongType),
            (r#"{"n":01}"#, Reason::MalformedCall),
        ],
    );
}

#[test]
fn a_wide_integer_stays_exact_beside_null() {
    let wide = json!({ "type": "integer", "format": "int64" });
    let tools = tool(json!({ "n": { "anyOf": [wide, { "type": "null" }] } }));
    decides(
        &tools,
        "allow s.t { n: 9223372036854775807 }",
        &[
            (r#"{"n":9223372036854775807}"#, Reason::Allowed),
            (r#"{"n":9223372036854775806}"#, Reason::PatternMismatch),
            (r#"{"n":9223372036854775808}"#, Reason::WrongType),
            (r#"{"n":1.0}"#, Reason::WrongType),
        ],
    );
}

// ---- what cannot be read is forwarded ----

#[test]
fn what_cannot_be_read_is_denied() {
    let tools = tool(json!({ "a": { "type": "string" } }));
    let deep = format!("{{\"a\":{}{}}}", "[".repeat(100), "]".repeat(100));
    decides(
        &tools,
        "allow s.t { a?: any }",
        &[
            (r#"{"a":"x","a":"y"}"#, Reason::MalformedCall),
            (r#"{"a":"x","\u0061":"y"}"#, Reason::MalformedCall),
            (r#"{"a":"x","A":"y"}"#, Reason::MalformedCall),
            (r#"{"A":"x"}"#, Reason::AmbiguousValue),
            (r#"{"a":"\ud800"}"#, Reason::MalformedCall),
            (r#"{"__proto__":{}}"#, Reason::MalformedCall),
            ("[]", Reason::MalformedCall),
            ("null", Reason::MalformedCall),
            (&deep, Reason::TooLarge),
        ],
    );
}

// ---- Progent's five ----

#[test]
fn a_sibling_that_is_not_named_is_not_free() {
    let tools = tool(json!({ "to": { "type": "string" }, "bcc": { "type": "string" } }));
    let calls = [
        (r#"{"to":"a"}"#, Reason::Allowed),
        (r#"{"to":"a","bcc":"evil"}"#, Reason::UnlistedParameter),
    ];
    decides(&tools, "allow s.t { to: \"a\" }", &calls);
    let nested = tool(json!({ "o": { "type": "object", "properties": { "to": {}, "bcc": {} } } }));
    let calls = [
        (r#"{"o":{"to":"a"}}"#, Reason::Allowed),
        (r#"{"o":{"to":"a","bcc":"b"}}"#, Reason::PatternMismatch),
    ];
    decides(&nested, "allow s.t { o: { to: \"a\" } }", &calls);
}

#[test]
fn an_array_rule_is_not_satisfied_by_a_string() {
    let tools = tool(json!({ "to": {}, "cc": { "type": "array", "items": { "type": "string" } } }));
    decides(
        &tools,
        "allow s.t { to?: [\"a\"], cc?: [\"a\"] }",
        &[
            (r#"{"to":["a"]}"#, Reason::Allowed),
            (r#"{"to":"a"}"#, Reason::PatternMismatch),
            (r#"{"to":{"0":"a"}}"#, Reason::PatternMismatch),
            (r#"{"to":"[\"a\"]"}"#, Reason::AmbiguousValue),
            (r#"{"cc":"a"}"#, Reason::WrongType),
            (r#"{"cc":["a","b"]}"#, Reason::PatternMismatch),
        ],
    );
}

#[test]
fn a_regular_expression_matches_the_whole_value() {
    let tools = tool(json!({ "to": { "type": "string" } }));
    let calls = [
        (r#"{"to":"a@acme.com"}"#, Reason::Allowed),
        (r#"{"to":"a@acme.com.evil"}"#, Reason::PatternMismatch),
        (r#"{"to":"x a@acme.com"}"#, Reason::PatternMismatch),
        (r#"{"to":"a@acme.com\n"}"#, Reason::PatternMismatch),
        (r#"{"to":"a@acmexcom"}"#, Reason::PatternMismatch),
    ];
    decides(&tools, r#"allow s.t { to: regex(r"[a-z]+@acme\.com") }"#, &calls);
    decides(&tools, r#"allow s.t { to: regex(r"^[a-z]+@acme\.com$") }"#, &calls);
    let branches = [
        (r#"{"to":"ax"}"#, Reason::PatternMismatch),
        (r#"{"to":"xb"}"#, Reason::PatternMismatch),
    ];
    decides(&tools, r#"allow s.t { to: regex("a|b") }"#, &branches);
}

#[test]
fn a_rule_on_a_parameter_that_the_tool_lacks_is_an_error() {
    let tools = tool(json!({ "to": { "type": "string" } }));
    refused(&tools, "allow s.t { to: text, recipients?: [\"a\"] }", "E0120");
    refused(&tools, "deny s.t { recipients: has \"b\" }", "E0120");
    refused(&tools, "deny s.* { recipients: has \"b\" }", "E0120");
}

// ---- escapes ----

#[test]
fn one_more_element_or_key_escapes_no_prohibition() {
    let tools = tool(json!({
        "tags": { "type": "array", "items": { "type": "string" } },
        "o": { "type": "object", "properties": { "a": { "type": "integer" }, "b": {} } }
    }));
    refused(&tools, "deny s.t { tags?: [\"x\"] }", "E0126");
    refused(&tools, "deny s.t { o?: { a: 1 } }", "E0127");
    refused(&tools, "allow s.t { tags: has \"x\" }", "E0128");
    let rules = "allow s.t { tags?: any, o?: any }\ndeny s.t { tags: has \"x\" }\ndeny s.t { o: { a: 1, .. } }";
    decides(
        &tools,
        rules,
        &[
            (r#"{"tags":["x"]}"#, Reason::Prohibited),
            (r#"{"tags":["y","x"]}"#, Reason::Prohibited),
            (r#"{"o":{"b":0,"a":1}}"#, Reason::Prohibited),
            (r#"{"tags":[],"o":{"a":2}}"#, Reason::Allowed),
        ],
    );
}

#[test]
fn a_prohibition_wins_wherever_it_stands() {
    let tools = tool(json!({ "n": { "type": "integer" } }));
    let calls = [(r#"{"n":1}"#, Reason::Allowed), (r#"{"n":2}"#, Reason::Prohibited)];
    decides(&tools, "allow s.t { n?: int }\ndeny s.t { n?: 2.. }", &calls);
    decides(&tools, "deny s.t { n?: 2.. }\nallow s.t { n?: int }", &calls);
}

#[test]
fn a_wildcard_grants_only_the_tools_that_were_accepted() {
    let schema = json!({ "type": "object", "properties": {} });
    let case = Case::new(&json!({ "t": schema, "new_tool": schema }), "allow s.* {}");
    assert_eq!(case.reason("t", "{}"), Reason::Allowed);
    assert_eq!(case.reason("new_tool", "{}"), Reason::NoGrant);
    assert_eq!(case.reason("not_pinned", "{}"), Reason::UnknownTool);
    let case = Case::new(
        &json!({ "t": schema, "new_tool": schema }),
        "allow s.{t, new_tool} {}\ndeny s.*",
    );
    assert_eq!(case.reason("new_tool", "{}"), Reason::Prohibited);
}

// ---- universe ----

#[test]
fn not_p_is_the_universe_less_p() {
    let tools = tool(json!({ "a": { "type": "string" }, "b": { "type": ["string", "null"] }, "c": {} }));
    decides(
        &tools,
        "allow s.t { a?: !\"x\", b?: !\"x\", c?: text & !\"x\" }",
        &[
            (r#"{"a":"y","b":"y","c":"y"}"#, Reason::Allowed),
            (r#"{"a":"x"}"#, Reason::PatternMismatch),
            (r#"{"a":1}"#, Reason::WrongType),
            (r#"{"a":null}"#, Reason::WrongType),
            (r#"{"b":null}"#, Reason::Allowed),
            (r#"{"b":"null"}"#, Reason::AmbiguousValue),
            (r#"{"c":1}"#, Reason::PatternMismatch),
            (r#"{"c":["x"]}"#, Reason::PatternMismatch),
        ],
    );
    refused(&tools, "allow s.t { c?: !\"x\" }", "E0125");
}

#[test]
fn a_literal_outside_the_listed_values_is_an_error() {
    let listed = json!({ "enum": ["on", "off"], "type": "string" });
    let tools = tool(json!({ "m": { "anyOf": [listed, { "type": "null" }] }, "n": { "enum": [1, 2] } }));
    refused(&tools, "deny s.t { m?: \"ON\" }", "E0122");
    refused(&tools, "deny s.t { n?: 3 }", "E0122");
    decides(
        &tools,
        "allow s.t { m: any }",
        &[(r#"{"m":"On"}"#, Reason::WrongType), (r#"{"m":"on"}"#, Reason::Allowed)],
    );
}

#[test]
fn a_constant_is_literal_text_in_every_pattern() {
    let tools = tool(json!({ "a": { "type": "string" } }));
    for pattern in ["glob(\"${c}\")", "regex(\"${c}\")", "\"${c}\""] {
        let rules = format!("const c = \"*.[a]+\"\nallow s.t {{ a: {pattern} }}");
        let calls = [
            (r#"{"a":"*.[a]+"}"#, Reason::Allowed),
            (r#"{"a":"x.aa"}"#, Reason::PatternMismatch),
        ];
        decides(&tools, &rules, &calls);
    }
}

// ---- one reading ----

#[test]
fn a_path_has_one_reading_or_is_denied() {
    let tools = tool(json!({ "path": { "type": "string" } }));
    let denied = [
        "/srv/../etc/passwd",
        "/srv//a",
        "/srv/./a",
        "/srv/a/",
        "//srv/a",
        "srv/a",
        "~/a",
        "/~root/a",
        "/srv/a\\b",
        "/srv/$HOME",
        "/srv/%HOME%",
        "/srv/a ",
        "/srv/\u{0}",
        "/srv/cafe\u{301}",
        "/srv/a\u{200b}",
        "/srv/\"a\"",
        "",
    ];
    for rules in [
        "allow s.t { path: path(\"/srv/**\") }",
        "allow s.t { path: path & !path(\"/etc/**\") }",
    ] {
        let case = Case::new(&tools, rules);
        for path in denied {
            assert_eq!(
                case.reason("t", &json!({ "path": path }).to_string()),
                Reason::AmbiguousValue,
                "{path:?}"
            );
        }
        assert_eq!(case.reason("t", r#"{"path":"/srv/a"}"#), Reason::Allowed);
    }
    let siblings = [
        (r#"{"path":"/srvx"}"#, Reason::PatternMismatch),
        (r#"{"path":"/srv"}"#, Reason::Allowed),
    ];
    decides(&tools, "allow s.t { path: path(\"/srv/**\") }", &siblings);
    decides(&tools, "allow s.t { path: path(\"/srv/**/**\") }", &siblings);
}

/// An alternative of the schema that does not speak of the slot took the value unread.
#[test]
fn a_path_is_read_in_every_alternative_of_the_schema() {
    let path = json!({ "type": "object", "properties": { "path": { "type": "string" } } });
    let outer = json!({ "type": "object", "properties": { "o": path } });
    for (schema, call, pattern) in [
        (path, r#"{"o":{"path":"/srv/../etc"}}"#, "{ path: P }"),
        (outer, r#"{"o":{"o":{"path":"/srv/../etc"}}}"#, "{ o: { path: P } }"),
    ] {
        let tools = tool(json!({ "o": { "anyOf": [schema, { "type": "object" }] } }));
        let rules = format!("allow s.t {{ o: {} }}", pattern.replace('P', "path(\"/srv/**\")"));
        decides(&tools, &rules, &[(call, Reason::AmbiguousValue)]);
        let fine = call.replace("..", "a");
        decides(&tools, &rules, &[(fine.as_str(), Reason::Allowed)]);
    }
}

#[test]
fn a_key_that_an_alternative_knows_is_known() {
    let named = json!({ "type": "object", "properties": { "force": { "type": "boolean" } } });
    let tools = tool(json!({ "o": { "anyOf": [named, { "type": "object" }] } }));
    let rules = "allow s.t { o: any }\ndeny s.t { o?: { force: true, .. } }";
    decides(
        &tools,
        rules,
        &[
            (r#"{"o":{"Force":true}}"#, Reason::AmbiguousValue),
            (r#"{"o":{"force":true}}"#, Reason::Prohibited),
        ],
    );
}

// ---- a key that the server takes for another ----

/// A rule knows the keys that it names, also where the schema names none.
#[test]
fn a_parameter_that_a_rule_names_is_known() {
    let untyped = json!({ "t": { "type": "object" } });
    let open = json!({ "t": { "properties": { "n": {} }, "additionalProperties": { "type": "string" } } });
    for tools in [untyped, open] {
        decides(
            &tools,
            "allow s.t { Extra?: any }\ndeny s.t { extra: \"bad\" }",
            &[
                // Both are known, so each could be taken for the other.
                (r#"{"Extra":"bad"}"#, Reason::AmbiguousValue),
                (r#"{"extra":"bad"}"#, Reason::AmbiguousValue),
                (r#"{"EXTRA":"bad"}"#, Reason::AmbiguousValue),
                ("{}", Reason::Allowed),
            ],
        );
        decides(
            &tools,
            "allow s.t { extra?: any }",
            &[
                (r#"{"extra":"bad"}"#, Reason::Allowed),
                (r#"{"Extra":"bad"}"#, Reason::AmbiguousValue),
                (r#"{"e\u0078tra":"bad"}"#, Reason::Allowed),
                (r#"{"other":"bad"}"#, Reason::UnlistedParameter),
            ],
        );
    }
}

#[test]
fn a_key_is_known_by_its_letters_and_not_by_how_they_are_composed() {
    let tools = tool(json!({ "r\u{e9}sum\u{e9}": { "type": "string" } }));
    decides(
        &tools,
        "allow s.t { \"r\u{e9}sum\u{e9}\"?: any }",
        &[
            ("{\"r\u{e9}sum\u{e9}\":\"\"}", Reason::Allowed),
            ("{\"re\u{301}sume\u{301}\":\"\"}", Reason::AmbiguousValue),
            ("{\"RE\u{301}SUME\u{301}\":\"\"}", Reason::AmbiguousValue),
            (
                "{\"r\u{e9}sum\u{e9}\":\"\",\"re\u{301}sum\u{e9}\":\"\"}",
                Reason::MalformedCall,
            ),
        ],
    );
}

/// Large objects are searched in another way than small ones.
#[test]
fn two_known_keys_that_differ_by_case_are_known_among_many_members() {
    let object = |key: &str| json!({ "type": "object", "properties": { key: { "type": "string" } } });
    let tools = tool(json!({ "o": { "anyOf": [object("Key"), object("key")] } }));
    let many: String = (0..30).map(|n| format!(r#","x{n}":0"#)).collect();
    for more in ["", &many] {
        for key in ["key", "Key"] {
            let call = format!(r#"{{"o":{{"{key}":"bad"{more}}}}}"#);
            decides(&tools, "allow s.t { o: any }", &[(&call, Reason::AmbiguousValue)]);
        }
    }
}

/// The second alternative names other members, and did not know what rules name.
#[test]
fn a_key_that_a_rule_names_is_known_in_every_alternative() {
    let first = json!({ "properties": { "a": { "type": "object" }, "b": { "type": "string" } } });
    let second = json!({ "properties": { "b": { "type": "integer" } } });
    let tools = tool(json!({ "o": { "type": "object", "anyOf": [first, second] } }));
    decides(
        &tools,
        "allow s.t { o: any }\ndeny s.t { o?: { a: { c: \"bad\", .. }, .. } }",
        &[
            (r#"{"o":{"b":1,"a":{"c":"bad"}}}"#, Reason::Prohibited),
            (r#"{"o":{"b":1,"a":{"C":"bad"}}}"#, Reason::AmbiguousValue),
            (r#"{"o":{"b":1,"a":{"c":"fine"}}}"#, Reason::Allowed),
        ],
    );
}

// ---- a schema with alternatives ----

/// A slot that is a string in one alternative and an array in another: servers parse strings there.
#[test]
fn a_string_is_not_taken_for_the_array_of_another_alternative() {
    let to = |kind: Value| json!({ "type": "object", "properties": { "to": kind } });
    let list = json!({ "type": "array", "items": { "type": "string" } });
    let either = json!({ "anyOf": [to(json!({ "type": "string" })), to(list)] });
    decides(
        &tool(json!({ "o": either })),
        "allow s.t { o: any }\ndeny s.t { o?: { to: \"bad\" | has \"bad\", .. } }",
        &[
            (r#"{"o":{"to":["bad"]}}"#, Reason::Prohibited),
            (r#"{"o":{"to":"[\"bad\"]"}}"#, Reason::AmbiguousValue),
            (r#"{"o":{"to":"fine"}}"#, Reason::Allowed),
        ],
    );
    // An alternative that does not speak of it makes nothing else of a text.
    let open = json!({ "anyOf": [to(json!({ "type": "string" })), { "type": "object" }] });
    decides(
        &tool(json!({ "o": open })),
        "allow s.t { o: any }",
        &[(r#"{"o":{"to":"[draft]"}}"#, Reason::Allowed)],
    );
}

/// Objects that have `mode`, each alternative with its own default.
fn modes(first: &Value, second: &Value) -> Value {
    let object = |mode: &Value| json!({ "type": "object", "properties": { "mode": mode } });
    json!({ "anyOf": [object(first), object(second)] })
}

#[test]
fn an_absent_member_is_prohibited_as_the_default_of_any_alternative() {
    let mode = |default: Value| json!({ "type": "string", "default": default });
    let (read, write, null) = (mode(json!("read")), mode(json!("write")), mode(Value::Null));
    let plain = json!({ "type": "string" });
    let prohibition = "mode: \"write\"";
    for (first, second) in [(&read, &write), (&write, &read), (&null, &write), (&plain, &write)] {
        // A parameter, a member of one, and a member of an element.
        let either = modes(first, second);
        let parameter = json!({ "t": either });
        let rules = format!("allow s.t {{ mode?: any }}\ndeny s.t {{ {prohibition} }}");
        let calls = [("{}", Reason::Prohibited), (r#"{"mode":"x"}"#, Reason::Allowed)];
        decides(&parameter, &rules, &calls);
        refused(&parameter, "allow s.t { mode?: \"read\" }", "E0124");

        let member = tool(json!({ "o": either }));
        let rules = format!("allow s.t {{ o: any }}\ndeny s.t {{ o: {{ {prohibition}, .. }} }}");
        let calls = [
            (r#"{"o":{}}"#, Reason::Prohibited),
            (r#"{"o":{"mode":"x"}}"#, Reason::Allowed),
        ];
        decides(&member, &rules, &calls);
        refused(&member, "allow s.t { o: { mode?: \"read\" } }", "E0124");

        let element = tool(json!({ "l": { "type": "array", "items": either } }));
        let rules = format!("allow s.t {{ l: any }}\ndeny s.t {{ l: has {{ {prohibition}, .. }} }}");
        let calls = [
            (r#"{"l":[{"mode":"x"},{}]}"#, Reason::Prohibited),
            (r#"{"l":[]}"#, Reason::Allowed),
        ];
        decides(&element, &rules, &calls);
    }
    let both = "allow s.t { mode?: \"read\" | \"write\" }";
    decides(&json!({ "t": modes(&read, &write) }), both, &[("{}", Reason::Allowed)]);
}

#[test]
fn a_default_within_the_type_of_a_parameter_counts() {
    let text = json!({ "type": "string", "default": "write" });
    for list in ["anyOf", "oneOf", "allOf"] {
        let tools = tool(json!({ "mode": { list: [text, { "description": "or another" }] } }));
        let rules = "allow s.t { mode?: any }\ndeny s.t { mode: \"write\" }";
        decides(&tools, rules, &[("{}", Reason::Prohibited)]);
        refused(&tools, "allow s.t { mode?: \"read\" }", "E0124");
        // What stands beside is what is taken.
        let tools = tool(json!({ "mode": { list: [text, { "type": "string" }], "default": "read" } }));
        decides(&tools, rules, &[("{}", Reason::Allowed)]);
    }
}

#[test]
fn any_path_looks_at_the_defaults_of_every_alternative() {
    let path =
        |default: &str| json!({ "type": "object", "properties": { "path": { "type": "string", "default": default } } });
    let either = json!({ "anyOf": [path("/srv"), path("/etc/passwd")] });
    let rules = "server s { path: *.path, *.o.path }
        allow s.t { o?: any, path?: any }
        deny s.t { any path: path(\"/etc/**\") }";
    decides(
        &json!({ "t": either }),
        &rules.replace(", *.o.path", "").replace("o?: any, ", ""),
        &[("{}", Reason::Prohibited), (r#"{"path":"/srv"}"#, Reason::Allowed)],
    );
    decides(
        &tool(json!({ "o": either })),
        &rules.replace("*.path, ", "").replace(", path?: any", ""),
        &[
            (r#"{"o":{}}"#, Reason::Prohibited),
            (r#"{"o":{"path":"/srv"}}"#, Reason::Allowed),
            ("{}", Reason::Allowed),
        ],
    );
    // A default that is no path is of the same slot.
    let number = json!({ "properties": { "path": { "type": "integer", "default": "/etc" } } });
    decides(
        &json!({ "t": { "type": "object", "anyOf": [path("/srv"), number] } }),
        &rules.replace(", *.o.path", "").replace("o?: any, path?: any", ""),
        &[("{}", Reason::Prohibited)],
    );
}

#[test]
fn a_pattern_fits_if_it_fits_one_alternative() {
    let either = modes(
        &json!({ "type": "integer" }),
        &json!({ "enum": ["on", "off"], "type": "string" }),
    );
    for tools in [json!({ "t": either }), tool(json!({ "o": either }))] {
        let (before, after) = if tools["t"]["properties"]["o"].is_null() {
            ("", "")
        } else {
            ("o: { ", " }")
        };
        let allow = |pattern: &str| format!("allow s.t {{ {before}mode: {pattern}{after} }}");
        for fits in ["1", "\"on\"", "1..=5 | \"off\"", "text | int", "!\"on\"", "!1"] {
            assert!(Case::new(&tools, &allow(fits)).check().body.is_some(), "{fits}");
        }
        for fails in ["true", "null", "1.5", "[any]", "{ .. }"] {
            refused(&tools, &allow(fails), "E0122");
        }
    }
    let listed = modes(&json!({ "const": "on" }), &json!({ "enum": ["off", 1] }));
    let tools = json!({ "t": listed });
    assert!(
        Case::new(&tools, "allow s.t { mode: \"on\" | \"off\" | 1 }")
            .check()
            .body
            .is_some()
    );
    refused(&tools, "allow s.t { mode: \"dim\" }", "E0122");
    let lists = |items: Value| json!({ "type": "array", "items": items });
    let either = json!({ "anyOf": [lists(json!({ "type": "integer" })), lists(json!({ "type": "string" }))] });
    let tools = tool(json!({ "l": either }));
    decides(
        &tools,
        "allow s.t { l: [1 | \"a\"] }",
        &[
            (r#"{"l":[1]}"#, Reason::Allowed),
            (r#"{"l":["a"]}"#, Reason::Allowed),
            (r#"{"l":[1,"a"]}"#, Reason::WrongType),
        ],
    );
    refused(&tools, "allow s.t { l: [true] }", "E0122");
}

/// What the schema says beside its alternatives holds in each of them.
#[test]
fn a_type_beside_the_alternatives_is_the_type() {
    let needs = |name: &str| json!({ "required": [name] });
    let schema = json!({
        "type": "object",
        "properties": { "a": { "type": "string" }, "b": { "type": "integer" } },
        "anyOf": [needs("a"), needs("b")]
    });
    let tools = json!({ "t": schema });
    refused(&tools, "allow s.t { a: 1 }", "E0122");
    decides(&tools, "allow s.t { a: !\"x\" }", &[(r#"{"a":"y"}"#, Reason::Allowed)]);
    // Such a text is one of a string, as the alternatives say nothing of types.
    decides(&tools, "allow s.t { a: text }", &[(r#"{"a":"[y]"}"#, Reason::Allowed)]);
    let both = json!({ "t": { "properties": {}, "anyOf": [needs("a"), { "required": ["a", "b"] }] } });
    refused(&both, "allow s.t { b: any }", "E0121");
}

/// What takes the alternative that says nothing of the member, or nothing of its format, is of the same slot.
#[test]
fn a_format_is_that_of_the_slot_in_every_alternative() {
    let host =
        json!({ "properties": { "host": { "type": "string", "format": "hostname" }, "n": { "type": "integer" } } });
    let tools = tool(json!({ "o": { "type": "object", "anyOf": [host, { "description": "or others" }] } }));
    decides(
        &tools,
        "allow s.t { o: any }\ndeny s.t { o: { host: \"bad.com\", .. } }",
        &[
            (r#"{"o":{"host":"BAD.com","n":1}}"#, Reason::AmbiguousValue),
            (r#"{"o":{"host":"BAD.com","n":"x"}}"#, Reason::AmbiguousValue),
            (r#"{"o":{"host":"bad.com","n":"x"}}"#, Reason::Prohibited),
            (r#"{"o":{"host":"fine.com","n":"x"}}"#, Reason::Allowed),
        ],
    );
}

/// An alternative that does not speak of a member takes any value for it.
#[test]
fn not_p_is_bounded_in_every_alternative() {
    let named = json!({ "type": "object", "properties": { "p": { "type": "string" } } });
    let other = json!({ "type": "object", "properties": { "q": { "type": "integer" } } });
    let closed = json!({ "type": "object", "properties": { "q": {} }, "additionalProperties": false });
    for second in [json!({ "type": "object" }), other] {
        let tools = tool(json!({ "o": { "anyOf": [named, second] } }));
        refused(&tools, "allow s.t { o: { p: !\"x\" } }", "E0125");
        refused(&tools, "allow s.t { o: { p: 5 } }", "E0122");
        decides(
            &tools,
            "allow s.t { o: { p: text & !\"x\" } }",
            &[
                (r#"{"o":{"p":["x"]}}"#, Reason::PatternMismatch),
                (r#"{"o":{"p":"y"}}"#, Reason::Allowed),
            ],
        );
    }
    for second in [closed, json!({ "type": "null" })] {
        let tools = tool(json!({ "o": { "anyOf": [named, second] } }));
        let calls = [
            (r#"{"o":{"p":5}}"#, Reason::WrongType),
            (r#"{"o":{"p":"y"}}"#, Reason::Allowed),
        ];
        decides(&tools, "allow s.t { o: { p: !\"x\" } }", &calls);
    }
}

/// Each level of such a schema asked the next one several times.
#[test]
fn alternatives_within_alternatives_are_asked_once() {
    let mut schema = json!({ "type": "integer" });
    for _ in 0..28 {
        schema = json!({ "properties": { "o": schema }, "anyOf": [{}, {}, {}] });
    }
    let tools = tool(json!({ "o": schema }));
    let wrong = format!("{}\"x\"{}", "{\"o\":".repeat(29), "}".repeat(29));
    decides(&tools, "allow s.t { o: any }", &[(&wrong, Reason::WrongType)]);
    let mut schema = json!({ "properties": { "p": { "type": "string" } } });
    for _ in 0..30 {
        schema = json!({ "anyOf": [schema, { "type": "null" }] });
    }
    let tools = tool(json!({ "o": { "type": "object", "anyOf": [schema] } }));
    let calls = [
        (r#"{"o":{"p":"y"}}"#, Reason::Allowed),
        (r#"{"o":{"p":"x"}}"#, Reason::PatternMismatch),
    ];
    decides(&tools, "allow s.t { o: { p: !\"x\" } }", &calls);
}

// ---- limits ----

/// The deepest pattern and the deepest schema that are taken are read back from the artifact too.
#[test]
fn the_deepest_policy_is_read_back() {
    let mut schema = json!({ "type": "integer" });
    for _ in 0..30 {
        schema = json!({ "type": "object", "properties": { "o": schema } });
    }
    let tools = tool(json!({ "n": { "type": "integer" }, "o": {}, "deep": schema }));
    for (name, open, inner, close) in [
        ("n", "!", "1", ""),
        ("n", "(", "1", ")"),
        ("o", "{ o: ", "1", " }"),
        ("o", "[", "1", "]"),
    ] {
        let pattern = format!("{}{inner}{}", open.repeat(60), close.repeat(60));
        let case = Case::new(&tools, &format!("allow s.t {{ {name}: {pattern} }}"));
        assert_eq!(
            case.reason("t", &format!("{{\"{name}\":0}}")),
            Reason::PatternMismatch,
            "{open}"
        );
    }
}

/// An artifact that is deeper than any that is built is refused before it is read.
#[test]
fn an_artifact_that_nests_without_end_is_refused() {
    for text in [
        "[".repeat(100_000),
        format!("{}1{}", "{\"a\":".repeat(100_000), "}".repeat(100_000)),
    ] {
        let artifact = format!("mcppb 1 {}\n{text}\n", Digest::of(format!("{text}\n").as_bytes()));
        assert!(matches!(
            Policy::from_bytes(artifact.as_bytes()),
            Err(ArtifactError::Malformed(_))
        ));
    }
}

/// Patterns that double at every step are refused, and soon.
#[test]
fn patterns_that_double_without_end_are_refused() {
    let mut rules = "pattern p0 = \"a\"\n".to_owned();
    for step in 1..40 {
        rules.push_str(&format!("pattern p{step} = p{} | p{}\n", step - 1, step - 1));
    }
    let tools = tool(json!({ "a": { "type": "string" } }));
    refused(&tools, &format!("{rules}allow s.t {{ a: p39 }}"), "E0108");
    refused(&tools, &format!("{rules}deny s.t {{ a?: p39 }}"), "E0108");
    let own = "pattern p = p | p\nallow s.t { a: p }";
    refused(&tools, own, "E0105");
}

#[test]
fn a_parameter_that_only_a_rule_names_has_no_second_spelling() {
    let case = Case::new(
        &json!({ "t": {} }),
        r#"
        allow s.t { Extra?: any, other?: any, a?: any, b?: any, c?: any, d?: any, e?: any, f?: any, g?: any, h?: any }
        deny s.t { extra: "bad" } because "a server may fold case"
        "#,
    );
    assert_eq!(case.reason("t", r#"{"other":1}"#), Reason::Allowed);
    assert_eq!(case.reason("t", r#"{"OTHER":1}"#), Reason::AmbiguousValue);
    // Both are named, so neither can be told from the other: with few members, and with many.
    for spelling in ["Extra", "extra", "EXTRA"] {
        assert_eq!(
            case.reason("t", &format!(r#"{{"{spelling}":"bad"}}"#)),
            Reason::AmbiguousValue
        );
        let many = format!(r#"{{"{spelling}":"bad","a":1,"b":1,"c":1,"d":1,"e":1,"f":1,"g":1,"h":1,"other":1}}"#);
        assert_eq!(case.reason("t", &many), Reason::AmbiguousValue, "{spelling}");
    }
}
