//! Traps of claims in patterns, each with a policy and the call that would get through.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod common {
    #[allow(dead_code, reason = "it also holds what other tests need")]
    pub mod case;
}

use common::case::{decides_around, refused, tool};
use mcppc::eval::Reason;
use serde_json::{Value, json};

/// The decisions of calls by callers with these claims; `None`: the local user.
fn decides_for(tools: &Value, rules: &str, calls: &[(&str, Option<&str>, Reason)]) {
    for (arguments, claims, reason) in calls {
        let around = claims.map_or_else(String::new, |claims| format!(r#","caller":{{"issuer":"i"{claims}}}"#));
        decides_around(tools, rules, &[(arguments, &around, *reason)]);
    }
}

fn path() -> Value {
    tool(json!({ "p": { "type": "string" } }))
}

const HOME: &str = "allow s.t { p: path(\"/home/{caller.subject}/**\") }";

#[test]
fn pattern_characters_in_a_claim_are_literal_text() {
    decides_for(
        &path(),
        HOME,
        &[
            (r#"{"p":"/home/ann/x"}"#, Some(r#","subject":"ann""#), Reason::Allowed),
            (r#"{"p":"/home/ann"}"#, Some(r#","subject":"ann""#), Reason::Allowed),
            (
                r#"{"p":"/home/bob/x"}"#,
                Some(r#","subject":"ann""#),
                Reason::PatternMismatch,
            ),
            (
                r#"{"p":"/home/annie/x"}"#,
                Some(r#","subject":"ann""#),
                Reason::PatternMismatch,
            ),
            (
                r#"{"p":"/home/bob/x"}"#,
                Some(r#","subject":"*""#),
                Reason::PatternMismatch,
            ),
            (
                r#"{"p":"/home/bob/x"}"#,
                Some(r#","subject":"**""#),
                Reason::PatternMismatch,
            ),
            (
                r#"{"p":"/home/bob/x"}"#,
                Some(r#","subject":"b?b""#),
                Reason::PatternMismatch,
            ),
            (
                r#"{"p":"/home/bob/x"}"#,
                Some(r#","subject":"{bob,ann}""#),
                Reason::PatternMismatch,
            ),
            (r#"{"p":"/home/*/x"}"#, Some(r#","subject":"*""#), Reason::Allowed),
        ],
    );
    let text = "allow s.t { p: glob(\"u-{caller.subject}-*\") }";
    decides_for(
        &path(),
        text,
        &[
            (r#"{"p":"u-a/b-1"}"#, Some(r#","subject":"a/b""#), Reason::Allowed),
            (r#"{"p":"u-ab-1"}"#, Some(r#","subject":"a*""#), Reason::PatternMismatch),
            (r#"{"p":"u-a"}"#, Some(r#","subject":"a""#), Reason::PatternMismatch),
        ],
    );
}

#[test]
fn a_claim_is_one_segment_of_a_path() {
    for subject in [
        "..", ".", "a/b", "/", "../root", "~root", "$HOME", " a", "a\u{0}", "e\u{301}",
    ] {
        let claims = format!(",\"subject\":{}", json!(subject));
        for arguments in [r#"{"p":"/home/a/b/x"}"#, r#"{"p":"/home/x"}"#, r#"{"p":"/root/x"}"#] {
            decides_for(&path(), HOME, &[(arguments, Some(&claims), Reason::WrongCaller)]);
        }
        // What the prohibition would be about cannot be told: all of it is.
        let rules = "allow s.t { p: path(\"/home/**\") }\ndeny s.t { p: path(\"/home/{caller.subject}/**\") }";
        decides_for(
            &path(),
            rules,
            &[(r#"{"p":"/home/x/y"}"#, Some(&claims), Reason::Prohibited)],
        );
    }
}

#[test]
fn where_a_claim_says_nothing_a_grant_does_not_hold_and_a_prohibition_does() {
    let nothing = [
        None,
        Some(""),
        Some(r#","subject":"""#),
        Some(r#","subject":null"#),
        Some(r#","subject":["ann"]"#),
        Some(r#","subject":["ann","bob"]"#),
        Some(r#","subject":7"#),
        Some(r#","subject":{"a":"ann"}"#),
    ];
    let other = Some(r#","subject":"bob""#);
    let any = "allow s.t { p?: text }\n";
    for claims in nothing {
        let call = r#"{"p":"ann"}"#;
        for pattern in [
            "caller.subject",
            "!caller.subject",
            "text | caller.subject",
            "\"{caller.subject}\"",
        ] {
            let allow = format!("allow s.t {{ p: {pattern} }}");
            decides_for(&path(), &allow, &[(call, claims, Reason::WrongCaller)]);
            let deny = format!("{any}deny s.t {{ p?: {pattern} }}");
            decides_for(
                &path(),
                &deny,
                &[(call, claims, Reason::Prohibited), ("{}", claims, Reason::Prohibited)],
            );
        }
    }
    let deny = format!("{any}deny s.t {{ p: caller.subject }}");
    decides_for(
        &path(),
        &deny,
        &[
            (r#"{"p":"bob"}"#, other, Reason::Prohibited),
            (r#"{"p":"ann"}"#, other, Reason::Allowed),
            ("{}", other, Reason::Allowed),
        ],
    );
    let not = format!("{any}deny s.t {{ p: !caller.subject }}");
    decides_for(
        &path(),
        &not,
        &[
            (r#"{"p":"bob"}"#, other, Reason::Allowed),
            (r#"{"p":"ann"}"#, other, Reason::Prohibited),
        ],
    );
    let tools = tool(json!({ "p": { "type": "array", "items": { "type": "string" } } }));
    for (rules, reason) in [
        ("allow s.t { p: [caller.subject] }", Reason::WrongCaller),
        (
            "allow s.t { p: [text] }\ndeny s.t { p: has caller.subject }",
            Reason::Prohibited,
        ),
        (
            "allow s.t { p: [text] }\ndeny s.t { p: has !caller.subject }",
            Reason::Prohibited,
        ),
    ] {
        decides_for(&tools, rules, &[(r#"{"p":[]}"#, None, reason)]);
    }
}

#[test]
fn each_element_is_compared_with_the_claim() {
    let tools = tool(json!({ "p": { "type": "array", "items": { "type": "string" } } }));
    let ann = Some(r#","subject":"ann""#);
    decides_for(
        &tools,
        "allow s.t { p: [\"{caller.subject}@acme.com\"] }",
        &[
            (r#"{"p":["ann@acme.com","ann@acme.com"]}"#, ann, Reason::Allowed),
            (r#"{"p":["ann@acme.com","bob@acme.com"]}"#, ann, Reason::PatternMismatch),
        ],
    );
    decides_for(
        &tools,
        "allow s.t { p: [text] }\ndeny s.t { p: has !caller.subject }",
        &[
            (r#"{"p":["ann"]}"#, ann, Reason::Allowed),
            (r#"{"p":["ann","bob"]}"#, ann, Reason::Prohibited),
        ],
    );
    let paths = "server s { path: *.p[] }\nallow s.t { p: [path] }\ndeny s.* { any path: !path(\"/home/{caller.subject}/**\") }";
    decides_for(
        &tools,
        paths,
        &[
            (r#"{"p":["/home/ann/x"]}"#, ann, Reason::Allowed),
            (r#"{"p":["/home/ann/x","/etc/passwd"]}"#, ann, Reason::Prohibited),
            (
                r#"{"p":["/home/ann/x"]}"#,
                Some(r#","subject":"..""#),
                Reason::Prohibited,
            ),
            (r#"{"p":["/home/ann/x"]}"#, None, Reason::Prohibited),
        ],
    );
}

#[test]
fn an_address_that_nobody_has_verified_fills_no_pattern() {
    let tools = tool(json!({ "p": { "type": "string", "format": "email" } }));
    let call = r#"{"p":"ann@acme.com"}"#;
    let address = r#","email":"Ann@acme.com""#;
    let verified = format!("{address},\"email_verified\":true");
    decides_for(
        &tools,
        "allow s.t { p: caller.email }",
        &[
            (call, Some(&verified), Reason::Allowed),
            (r#"{"p":"bob@acme.com"}"#, Some(&verified), Reason::PatternMismatch),
            (call, Some(address), Reason::WrongCaller),
            (
                call,
                Some(&format!("{address},\"email_verified\":false")),
                Reason::WrongCaller,
            ),
            (
                call,
                Some(&format!("{address},\"email_verified\":\"true\"")),
                Reason::WrongCaller,
            ),
        ],
    );
    decides_for(
        &tools,
        "allow s.t { p: !caller.email }",
        &[
            (r#"{"p":"bob@acme.com"}"#, Some(&verified), Reason::Allowed),
            (call, Some(&verified), Reason::PatternMismatch),
            (r#"{"p":"bob@acme.com"}"#, Some(address), Reason::WrongCaller),
        ],
    );
}

#[test]
fn a_claim_is_one_label_of_a_host_and_one_segment_of_a_url() {
    let tools = tool(json!({ "h": { "type": "string" }, "u": { "type": "string" } }));
    let host = "allow s.t { h: host(\"{caller.tenant}.acme.com\") }";
    let url = "allow s.t { u: url(\"https://{caller.tenant}.acme.com/{caller.tenant}/**\") }";
    let good = Some(r#","tenant":"blue""#);
    decides_for(
        &tools,
        host,
        &[
            (r#"{"h":"blue.acme.com"}"#, good, Reason::Allowed),
            (r#"{"h":"red.acme.com"}"#, good, Reason::PatternMismatch),
        ],
    );
    decides_for(
        &tools,
        url,
        &[
            (r#"{"u":"https://blue.acme.com/blue/x"}"#, good, Reason::Allowed),
            (r#"{"u":"https://blue.acme.com/red/x"}"#, good, Reason::PatternMismatch),
        ],
    );
    for tenant in [
        "evil.com/x",
        "a.b",
        "evil.com#",
        "u@evil.com",
        "BLUE",
        "",
        "a b",
        "%2e",
        "?",
        "-a",
    ] {
        let claims = format!(",\"tenant\":{}", json!(tenant));
        decides_for(
            &tools,
            host,
            &[(r#"{"h":"blue.acme.com"}"#, Some(&claims), Reason::WrongCaller)],
        );
        decides_for(
            &tools,
            url,
            &[(
                r#"{"u":"https://blue.acme.com/blue"}"#,
                Some(&claims),
                Reason::WrongCaller,
            )],
        );
    }
}

#[test]
fn a_claim_stands_only_where_its_place_is_fixed() {
    let paths = path();
    for pattern in [
        "path(\"/home/{caller.subject}x/**\")",
        "path(\"/home/x{caller.subject}/**\")",
        "path(\"/home/{caller.a}{caller.b}/**\")",
        "path(\"/home/{caller.subject}*\")",
    ] {
        refused(&paths, &format!("allow s.t {{ p: {pattern} }}"), "E0176");
    }
    for pattern in ["path(\"/srv/**/{caller.subject}/**\")", "glob(\"*{caller.subject}*\")"] {
        refused(&paths, &format!("allow s.t {{ p: {pattern} }}"), "E0177");
    }
    for pattern in [
        "regex(\"{caller.subject}.*\")",
        "glob(\"[{caller.subject}]\")",
        "glob(\"\\{a,{caller.subject}}\")",
        "url { host: caller.subject }",
        "url { host: \"{caller.subject}\" }",
    ] {
        refused(&paths, &format!("allow s.t {{ p: {pattern} }}"), "E0175");
    }
    refused(
        &paths,
        "const who = \"{caller.subject}\"\nallow s.t { p: text }",
        "E0175",
    );
    refused(
        &paths,
        "caller c { issuer: \"i\", subject: caller.email }\nallow s.t for c { p: text }",
        "E0175",
    );
}
