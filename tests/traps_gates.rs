//! Traps of callers, labels and limits, each with a policy and the call that would get through.
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

fn amount() -> Value {
    json!({ "t": { "type": "object", "properties": { "x": { "type": "number" } }, "required": ["x"] } })
}

#[test]
fn an_address_that_nobody_has_verified_is_no_claim() {
    let rules = "caller c { issuer: \"i\", email: email(\"*@acme.com\") }\nallow s.t for c {}\ndeny s.t for !c";
    let who = |more: &str| format!(r#","caller":{{"issuer":"i","email":"a@acme.com"{more}}}"#);
    decides_around(
        &tool(json!({})),
        rules,
        &[
            ("{}", &who(r#","email_verified":true"#), Reason::Allowed),
            ("{}", &who(""), Reason::Prohibited),
            ("{}", &who(r#","email_verified":false"#), Reason::Prohibited),
            ("{}", &who(r#","email_verified":"true""#), Reason::Prohibited),
        ],
    );
}

#[test]
fn a_claim_that_is_absent_keeps_a_grant_from_holding_and_makes_a_prohibition_hold() {
    let tools = tool(json!({}));
    let define = "caller c { issuer: \"i\", level: 1..=3 }\n";
    let absent = r#","caller":{"issuer":"i"}"#;
    let other = r#","caller":{"issuer":"i","level":9}"#;
    let inside = r#","caller":{"issuer":"i","level":2}"#;
    for (rules, reasons) in [
        (
            "allow s.t for c {}",
            [
                Reason::WrongCaller,
                Reason::WrongCaller,
                Reason::Allowed,
                Reason::WrongCaller,
            ],
        ),
        (
            "allow s.t for !c {}",
            [
                Reason::WrongCaller,
                Reason::Allowed,
                Reason::WrongCaller,
                Reason::WrongCaller,
            ],
        ),
        (
            "allow s.t {}\ndeny s.t for c",
            [
                Reason::Prohibited,
                Reason::Allowed,
                Reason::Prohibited,
                Reason::Prohibited,
            ],
        ),
        (
            "allow s.t {}\ndeny s.t for !c",
            [
                Reason::Prohibited,
                Reason::Prohibited,
                Reason::Allowed,
                Reason::Prohibited,
            ],
        ),
        (
            "allow s.t for c | local {}",
            [
                Reason::WrongCaller,
                Reason::WrongCaller,
                Reason::Allowed,
                Reason::Allowed,
            ],
        ),
        (
            "allow s.t {}\ndeny s.t for !local",
            [
                Reason::Prohibited,
                Reason::Prohibited,
                Reason::Prohibited,
                Reason::Allowed,
            ],
        ),
    ] {
        let around = [absent, other, inside, ""];
        let calls: Vec<_> = around
            .into_iter()
            .zip(reasons)
            .map(|(around, reason)| ("{}", around, reason))
            .collect();
        decides_around(&tools, &format!("{define}{rules}"), &calls);
    }
}

#[test]
fn a_budget_is_kept_in_exact_decimals() {
    let rules = "limit m = sum 0.30 per 1h per all\nallow s.t { x: 0.0.. } limit m(x)";
    let used = r#","counters":{"m":"0.10"}"#;
    decides_around(
        &amount(),
        rules,
        &[
            (r#"{"x":0.2}"#, used, Reason::Allowed),
            (r#"{"x":0.21}"#, used, Reason::LimitExceeded),
            (r#"{"x":0.201}"#, "", Reason::LimitExceeded),
            (r#"{"x":1e300}"#, "", Reason::LimitExceeded),
            (r#"{"x":0}"#, r#","counters":{"m":"0.30"}"#, Reason::Allowed),
            (r#"{"x":-1}"#, used, Reason::PatternMismatch),
        ],
    );
}

#[test]
fn what_could_lower_a_budget_is_no_policy() {
    let limit = "limit m = sum 1.00 per 1h per all\n";
    for grant in [
        "{ x: number } limit m(x)",
        "{ x: ..=5.0 } limit m(x)",
        "{ x: -1 | 1 } limit m(x)",
        "{ x: !0 } limit m(x)",
    ] {
        refused(&amount(), &format!("{limit}allow s.t {grant}"), "E0173");
    }
}

#[test]
fn another_grant_holds_where_one_has_run_out() {
    let rules = "limit n = 1 per 1h per all\nallow s.t { x: 1 } limit n\nallow s.t { x: ..=5 }";
    let out = r#","counters":{"n":1}"#;
    decides_around(
        &amount(),
        rules,
        &[
            (r#"{"x":1}"#, out, Reason::Allowed),
            (r#"{"x":6}"#, out, Reason::PatternMismatch),
        ],
    );
}

#[test]
fn who_cannot_be_told_from_others_has_no_memory() {
    let tools = tool(json!({}));
    let define = "label t = taint per caller\nlimit n = 1 per 1h per caller\n";
    let nobody = r#","caller":{"issuer":"i"}"#;
    for rules in ["allow s.t {} unless t", "allow s.t {} marks t", "allow s.t {} limit n"] {
        decides_around(
            &tools,
            &format!("{define}{rules}"),
            &[("{}", nobody, Reason::UnknownCaller), ("{}", "", Reason::Allowed)],
        );
    }
    let rules = format!("{define}allow s.t {{}}\ndeny s.t after t");
    decides_around(
        &tools,
        &rules,
        &[("{}", nobody, Reason::Prohibited), ("{}", "", Reason::Allowed)],
    );
}

#[test]
fn a_label_or_limit_that_the_policy_lacks_is_a_slip_of_the_pen() {
    let rules = "label t = taint per caller\nallow s.t {} unless t";
    let calls = [
        r#","labels":["T"]"#,
        r#","labels":"t""#,
        r#","counters":{"t":1}"#,
        r#","counters":[]"#,
    ];
    decides_around(
        &tool(json!({})),
        rules,
        &calls.map(|around| ("{}", around, Reason::MalformedCall)),
    );
}

#[test]
fn a_side_of_a_comparison_that_is_absent_keeps_a_grant_from_holding_and_makes_a_prohibition_hold() {
    let tools = tool(json!({ "a": { "type": "string" }, "b": { "type": "string" } }));
    let grant = "allow s.t { a?: text, b?: text } when a == b";
    let calls = [
        (r#"{"a":"x","b":"x"}"#, "", Reason::Allowed),
        (r#"{"a":"x","b":"y"}"#, "", Reason::ConditionFailed),
        (r#"{"a":"x"}"#, "", Reason::ConditionFailed),
        ("{}", "", Reason::ConditionFailed),
    ];
    decides_around(&tools, grant, &calls);
    let prohibition = "allow s.t { a?: text, b?: text }\ndeny s.t when a == b";
    let calls = [
        (r#"{"a":"x","b":"y"}"#, "", Reason::Allowed),
        (r#"{"a":"x","b":"x"}"#, "", Reason::Prohibited),
        (r#"{"a":"x"}"#, "", Reason::Prohibited),
        ("{}", "", Reason::Prohibited),
    ];
    decides_around(&tools, prohibition, &calls);
}

/// Numbers are compared as numbers, and what differs in type is never equal, nor different in a grant.
#[test]
fn a_comparison_is_of_what_values_mean() {
    let tools = tool(json!({ "n": { "type": "number" } }));
    let who = |level: &str| format!(r#","caller":{{"issuer":"i","level":{level}}}"#);
    let calls = |equal: Reason, other: Reason| {
        [
            (r#"{"n":1}"#, who("1.0"), equal),
            (r#"{"n":1e0}"#, who("1"), equal),
            (r#"{"n":1}"#, who("2"), other),
            (r#"{"n":1}"#, who("\"1\""), Reason::ConditionFailed),
            (r#"{"n":1}"#, who("null"), Reason::ConditionFailed),
            (r#"{"n":1}"#, who("[1]"), Reason::ConditionFailed),
        ]
    };
    for (comparator, equal, other) in [
        ("==", Reason::Allowed, Reason::ConditionFailed),
        ("!=", Reason::ConditionFailed, Reason::Allowed),
    ] {
        for (arguments, around, reason) in calls(equal, other) {
            let rules = format!("allow s.t {{ n: number }} when n {comparator} caller.level");
            decides_around(&tools, &rules, &[(arguments, &around, reason)]);
        }
    }
}

/// A proof that is missing and a taint that is set deny; the other way round neither may stand.
#[test]
fn a_taint_lets_no_call_through_and_a_proof_stops_none() {
    let tools = tool(json!({}));
    let define = "label seen = taint per caller\nlabel asked = proof per caller\n";
    let rules = format!("{define}allow s.t {{}} requires asked unless seen");
    let labels = |names: &str| format!(r#","labels":[{names}]"#);
    for (names, reason) in [
        ("", Reason::ProofMissing),
        ("\"asked\"", Reason::Allowed),
        ("\"seen\"", Reason::ProofMissing),
        ("\"asked\",\"seen\"", Reason::Tainted),
    ] {
        decides_around(&tools, &rules, &[("{}", &labels(names), reason)]);
    }
    for wrong in [
        "allow s.t {} requires seen",
        "allow s.t {} unless asked",
        "deny s.t after asked",
    ] {
        refused(&tools, &format!("{define}{wrong}"), "E0171");
    }
}

/// `until D` is before it, to the last nanosecond.
#[test]
fn a_grant_ends_with_its_last_moment() {
    let at = |time: &str| format!(r#","time":"{time}""#);
    let tools = tool(json!({}));
    for (time, reason) in [
        ("2027-06-29T23:59:59.999999999Z", Reason::Allowed),
        ("2027-06-30T00:00:00Z", Reason::Expired),
        ("2027-06-30T01:59:59.999999999+02:00", Reason::Allowed),
        ("2027-06-30T02:00:00+02:00", Reason::Expired),
    ] {
        decides_around(&tools, "allow s.t {} until 2027-06-30", &[("{}", &at(time), reason)]);
    }
}

/// Each limit of each grant that holds is asked, a sum of both slots is one sum.
#[test]
fn two_slots_in_one_budget_are_one_sum() {
    let tools = tool(json!({ "a": { "type": "number" }, "b": { "type": "number" } }));
    let rules = "limit m = sum 10.0 per 1h per all\nallow s.t { a: 0.0.., b: 0.0.. } limit m(a), m(b)";
    decides_around(
        &tools,
        rules,
        &[
            (r#"{"a":5,"b":5}"#, "", Reason::Allowed),
            (r#"{"a":5,"b":5.1}"#, "", Reason::LimitExceeded),
            (r#"{"a":1e38,"b":1e38}"#, "", Reason::LimitExceeded),
        ],
    );
}
