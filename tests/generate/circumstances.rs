//! Who calls, when, and what is remembered: near the borders of what policies ask for.

use std::collections::{BTreeMap, BTreeSet};

use super::tape::Tape;

/// The claims are JSON text; `None`: the local user.
#[derive(Clone, Debug, Default)]
pub struct Circumstances {
    pub claims: Option<String>,
    pub time: &'static str,
    pub labels: BTreeSet<String>,
    pub used: BTreeMap<String, String>,
}

pub fn circumstances(tape: &mut Tape<'_>) -> Circumstances {
    let claims = tape.once_in(2).then(|| claims(tape));
    let time = tape.pick(&[
        "2026-12-31T23:59:59.999999999Z",
        "2026-06-01T00:00:00Z",
        "2027-01-01T00:00:00Z",
    ]);
    let labels = ["asked", "told", "seen", "heard"].into_iter();
    let labels = labels
        .zip([2, 2, 4, 4])
        .filter(|(_, n)| tape.once_in(*n))
        .map(|(name, _)| name.to_owned());
    let labels = labels.collect();
    let used = [
        ("few", ["3", "2", "3"]),
        ("many", ["5", "5", "4"]),
        ("spend", ["11.50", "12.5", "2.49"]),
        ("cost", ["10", "19", "0"]),
    ];
    let mut known = BTreeMap::new();
    for (name, amounts) in used {
        if tape.once_in(2) {
            known.insert(name.to_owned(), tape.pick(&amounts).to_owned());
        }
    }
    Circumstances {
        claims,
        time,
        labels,
        used: known,
    }
}

/// A call in a row of calls: who calls, how long after the one before, and whether it came to a good end.
pub struct Turn {
    pub claims: Option<String>,
    pub seconds: u32,
    pub good: bool,
    /// Is it the call that was allowed last, once more?
    pub again: bool,
}

pub fn turn(tape: &mut Tape<'_>) -> Turn {
    let staff = r#"{"issuer":"i","subject":"a","groups":["g"],"level":3}"#;
    let other = r#"{"issuer":"i","subject":"r","groups":["g"],"mail":"ann@acme.com"}"#;
    let client = r#"{"issuer":"i","subject":"a","groups":["g"],"client":"c","level":3}"#;
    let nobody = r#"{"issuer":"i","groups":["g"]}"#;
    let claims = match tape.below(8) {
        0..=3 => None,
        4 | 5 => Some(staff),
        6 => Some(other),
        _ => Some(tape.pick(&[client, nobody])),
    };
    Turn {
        claims: claims.map(str::to_owned),
        seconds: tape.choose(&[0, 1, 1, 1, 60, 1_200, 3_599, 3_600, 86_399]),
        good: !tape.once_in(3),
        again: !tape.once_in(3),
    }
}

fn claims(tape: &mut Tape<'_>) -> String {
    let mut members = Vec::new();
    if !tape.once_in(6) {
        members.push(format!(
            "\"issuer\":{}",
            tape.pick(&["\"i\"", "\"i\"", "\"i\"", "\"j\"", "\"k\"", "1", "null"])
        ));
    }
    if !tape.once_in(5) {
        members.push(format!(
            "\"subject\":{}",
            tape.pick(&[
                "\"a\"",
                "\"a\"",
                "\"r\"",
                "\"/srv/w/a\"",
                "\"z\"",
                "\"*\"",
                "\"..\"",
                "\"\"",
                "[\"a\"]"
            ])
        ));
    }
    if !tape.once_in(4) {
        members.push(format!(
            "\"groups\":{}",
            tape.pick(&["[\"g\"]", "[\"h\",\"g\"]", "[]", "\"g\"", "[\"g\",1]"])
        ));
    }
    if !tape.once_in(3) {
        members.push(format!(
            "\"level\":{}",
            tape.pick(&["1", "3", "4", "0.5", "\"1\"", "true", "1.0", "10"])
        ));
    }
    if tape.once_in(2) {
        let mail = tape.pick(&[
            "ann@acme.com",
            "Ann@ACME.com",
            "ann@evil.com",
            "ann",
            "https://acme.com/",
            "acme.com",
        ]);
        members.push(format!("\"mail\":\"{mail}\""));
    }
    if tape.once_in(2) {
        let born = tape.pick(&["2026-06-01", "2026-06-02", "2026-06-01T00:00:00Z", "2026-6-1"]);
        members.push(format!("\"born\":\"{born}\""));
    }
    format!("{{{}}}", members.join(","))
}
