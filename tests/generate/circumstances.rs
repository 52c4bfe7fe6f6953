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
            tape.pick(&["\"a\"", "\"r\"", "\"/srv/w/a\"", "\"z\"", "\"\"", "[\"a\"]"])
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
    format!("{{{}}}", members.join(","))
}
