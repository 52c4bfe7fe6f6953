//! The URLs of web-platform-tests, read as a `url` slot reads them, and the texts of JSONTestSuite, read as a call is: what
//! the standard refuses is refused, what is taken means the same, and what is refused beyond the standard is listed in
//! `docs/readings.md` with its reason.
//!
//! The rows are read from the folder `MCPP_CORPORA`, and under `CI=true` a missing folder is a failure.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod common {
    #[allow(dead_code, reason = "it also holds what other tests read")]
    pub mod corpora;
    #[allow(dead_code, reason = "it also holds what other tests ask")]
    pub mod judge;
    #[allow(dead_code, reason = "it also holds what other tests need")]
    pub mod workspace;
}

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use base64ct::{Base64, Encoding as _};
use mcppc::eval::reading::{read, url};
use mcppc::json::{JsonErrorKind, Limits, canonical, parse};
use mcppc::table::{Reading, UrlReading};
use serde_json::Value;

use common::corpora::{corpora, rows};

const URLS: &str = "<!-- standards/urls.jsonl -->\n";
const JSON: &str = "<!-- standards/json.jsonl -->\n";
const END: &str = "<!-- end -->\n";

#[test]
fn urls_of_the_standard() {
    let Some(folder) = corpora("URLs of the standard") else {
        return;
    };
    let (mut same, mut refused) = (BTreeMap::new(), BTreeMap::<(&str, String), usize>::new());
    for row in rows::<Value>(&folder.join("standards/urls.jsonl")) {
        let file = row["file"].as_str().unwrap();
        let (what, verdict) = match file {
            "toascii.json" => ("host", host(&row)),
            // Forms in encodings other than UTF-8; a URL of a call is UTF-8 as all JSON is.
            "percent-encoding.json" => ("form", Verdict::Same),
            _ => ("url", whole_url(&row)),
        };
        match verdict {
            Verdict::Same => *same.entry(what).or_insert(0) += 1,
            Verdict::Refused(rule) => *refused.entry((what, rule)).or_default() += 1,
        }
    }
    let told = table(&same, &refused);
    assert_shown(URLS, &told);
}

#[test]
fn json_of_the_standard() {
    let Some(folder) = corpora("JSON of the standard") else {
        return;
    };
    let (mut taken, mut rejected) = (0, 0);
    let mut refused = BTreeMap::<String, Vec<String>>::new();
    for row in rows::<Value>(&folder.join("standards/json.jsonl")) {
        let name = row["name"].as_str().unwrap().trim_end_matches(".json");
        let bytes = Base64::decode_vec(row["bytes_b64"].as_str().unwrap()).unwrap();
        match (parse(&bytes, &Limits::default()), row["expect"] == "accept") {
            (Ok(value), accept) => {
                assert!(accept, "the standard refuses {name}");
                taken += 1;
                // Read by another reader, what was read is the same.
                let text = std::str::from_utf8(&bytes).unwrap();
                let theirs: Value = serde_json::from_str(text).unwrap();
                let ours: Value = serde_json::from_slice(canonical(&value).as_bytes()).unwrap();
                assert_eq!(ours, theirs, "{name}");
            }
            (Err(_), false) => rejected += 1,
            (Err(error), true) => refused.entry(said(&error.kind)).or_default().push(name.to_owned()),
        }
    }
    let mut told = format!("The same verdict: {taken} texts that both take, {rejected} that both refuse.\n\n");
    told.push_str("| the standard takes it, and it is refused since it has … | texts |\n|---|---|\n");
    for (why, names) in refused {
        writeln!(told, "| {why} | `{}` |", names.join("`, `")).unwrap();
    }
    assert_shown(JSON, &told);
}

/// What is wrong, whichever key it is.
fn said(kind: &JsonErrorKind) -> String {
    match kind {
        JsonErrorKind::DuplicateKey(_) => "a key that stands twice in one object".to_owned(),
        JsonErrorKind::ConfusableKey(_) => "two keys that differ only by case".to_owned(),
        JsonErrorKind::ForbiddenKey(_) => "a control character in a key, or `__proto__`".to_owned(),
        other => other.to_string(),
    }
}

/// The page has this behind the mark.
fn assert_shown(begin: &str, told: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/readings.md");
    let page = std::fs::read_to_string(path).unwrap();
    let shown = page
        .split_once(begin)
        .and_then(|(_, rest)| rest.split_once(END))
        .map(|(shown, _)| shown);
    assert_eq!(shown, Some(told), "put this into docs/readings.md:\n{told}");
}

enum Verdict {
    /// Both take it, as the same, or both refuse it.
    Same,
    /// The standard takes it.
    Refused(String),
}

/// A row of `urltestdata.json` and its kin: its input against a base, or the parts that it has.
fn whole_url(row: &Value) -> Verdict {
    let input = row["input"].as_str().unwrap();
    // One row fails for its base alone; a slot has none.
    let base = row["base"].as_str().is_none_or(|base| ::url::Url::parse(base).is_ok());
    let fails = row["failure"] == true && base;
    // Which schemes a slot takes is not the standard's affair.
    let is_scheme = |text: &&str| text.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b));
    let before = input.split_once("://").map(|(before, _)| before);
    let scheme = before.filter(is_scheme).unwrap_or("https");
    let reading = Reading::Url(UrlReading {
        schemes: vec![scheme.to_ascii_lowercase()],
        fragment: true,
        ..UrlReading::default()
    });
    match read(&reading, input) {
        Err(_) if fails => Verdict::Same,
        Err(why) => Verdict::Refused(why.rule().to_owned()),
        Ok(read) => {
            assert!(!fails, "the standard refuses {input:?}");
            if row["href"].is_string() {
                let parts = url::parts(input).unwrap();
                let with = |mark: &str, part: Option<&str>| part.map_or(String::new(), |part| format!("{mark}{part}"));
                let path = if parts.path.is_empty() && !row["pathname"].as_str().unwrap().is_empty() {
                    "/"
                } else {
                    parts.path
                };
                for (name, ours) in [
                    ("protocol", format!("{}:", parts.scheme)),
                    ("username", String::new()),
                    ("password", String::new()),
                    ("hostname", parts.host.to_owned()),
                    ("port", parts.port.unwrap_or("").to_owned()),
                    ("pathname", path.to_owned()),
                    ("search", with("?", parts.query)),
                    ("hash", with("#", parts.fragment)),
                ] {
                    assert_eq!(
                        row[name].as_str(),
                        Some(ours.as_str()),
                        "{name} of {input:?}, read as {read:?}"
                    );
                }
            }
            Verdict::Same
        }
    }
}

/// A row of `toascii.json`: a name and its form in ASCII, `null` for none.
fn host(row: &Value) -> Verdict {
    let input = row["input"].as_str().unwrap();
    match (read(&Reading::Host, input), row["output"].as_str()) {
        (Ok(_), output) => {
            assert_eq!(output, Some(input), "the standard writes {input:?} otherwise");
            Verdict::Same
        }
        (Err(_), None) => Verdict::Same,
        (Err(why), Some(_)) => Verdict::Refused(why.rule().to_owned()),
    }
}

fn table(same: &BTreeMap<&str, u32>, refused: &BTreeMap<(&str, String), usize>) -> String {
    let count = |what: &str| same.get(what).copied().unwrap_or(0);
    let mut out = format!(
        "The same verdict: {} URLs, {} hosts; {} rows are about encodings of forms, which are not read here.\n\n",
        count("url"),
        count("host"),
        count("form")
    );
    out.push_str("| as | the standard takes it, and it is refused since … | rows |\n|---|---|---|\n");
    let mut lines: Vec<_> = refused.iter().collect();
    lines.sort_by_key(|((what, rule), rows)| (std::cmp::Reverse(*what), std::cmp::Reverse(**rows), rule.clone()));
    for ((what, rule), rows) in lines {
        writeln!(out, "| {what} | {} | {rows} |", rule.replace('|', "\\|")).unwrap();
    }
    out
}
