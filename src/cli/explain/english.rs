//! Compiled patterns in English. What is said here is what is decided: it is made from the sets in the artifact, never
//! from the text beside them.

use crate::pattern::{
    Claimed, Dialect, Field, Pattern, PatternKind, Piece, ReadingKind, glob_to_regex, path_to_regex, written,
};

/// What a pattern holds. `reading` is that of its parameter; it changes words only.
pub fn means(pattern: &Pattern, reading: Option<ReadingKind>) -> String {
    let inner = |pattern: &Pattern| means(pattern, reading);
    match &pattern.kind {
        PatternKind::Any => "anything".to_owned(),
        PatternKind::Null => "null".to_owned(),
        PatternKind::AnyBool => "true or false".to_owned(),
        PatternKind::Bool(value) => value.to_string(),
        PatternKind::Number(number) => number.to_string(),
        PatternKind::Range { low, high, integer } => {
            let noun = if *integer { "a whole number" } else { "a number" };
            between(noun, low.as_ref(), high.as_ref())
        }
        PatternKind::String(text) => quoted(text),
        PatternKind::Text { min, max, line } => {
            let noun = if *line { "one line" } else { "text" };
            counted(noun, " of ", "character", *min, *max)
        }
        PatternKind::Automaton(automaton) => like(&String::from(automaton.clone()), reading),
        PatternKind::Claimed(of) => claimed(of, reading),
        PatternKind::Reading(kind) => format!("any {}", kind.name()),
        PatternKind::Array { element, min, max } => {
            let list = counted("a list", " of ", "element", *min, *max);
            format!("{list}, each {}", within(&inner(element)))
        }
        PatternKind::Has(element) => format!("a list with one that is {}", within(&inner(element))),
        PatternKind::Object { fields, open } => object(fields, *open, reading),
        PatternKind::Map { key, value, min, max } => {
            let members = counted("an object", " of ", "member", *min, *max);
            let (key, value) = (means(key, None), means(value, None));
            format!("{members}, each called {} and being {}", within(&key), within(&value))
        }
        PatternKind::Not(part) => format!("anything but {}", within(&inner(part))),
        PatternKind::And(parts) => all_of(parts, reading),
        PatternKind::Or(parts) => {
            let parts: Vec<String> = parts.iter().map(|part| within(&inner(part))).collect();
            one_of(&parts)
        }
    }
}

/// `a, but not b`: what is ruled out follows what is asked for.
fn all_of(parts: &[Pattern], reading: Option<ReadingKind>) -> String {
    let phrase = |part: &Pattern| match &part.kind {
        PatternKind::Not(inner) => format!("not {}", within(&means(inner, reading))),
        _ => within(&means(part, reading)),
    };
    let is_not = |part: &&Pattern| matches!(part.kind, PatternKind::Not(_));
    let asked: Vec<String> = parts.iter().filter(|part| !is_not(part)).map(phrase).collect();
    let ruled_out: Vec<String> = parts.iter().filter(is_not).map(phrase).collect();
    match (asked.as_slice(), ruled_out.as_slice()) {
        (asked, []) => asked.join(" and also "),
        ([], ruled_out) => format!("anything, but {}", ruled_out.join(", and ")),
        (asked, ruled_out) => format!("{}, but {}", asked.join(" and also "), ruled_out.join(", and ")),
    }
}

fn object(fields: &[Field], open: bool, reading: Option<ReadingKind>) -> String {
    let member = |field: &Field| {
        let maybe = if field.optional { "perhaps " } else { "" };
        format!("{maybe}{} ({})", quoted(&field.name), means(&field.pattern, reading))
    };
    let mut members: Vec<String> = fields.iter().map(member).collect();
    if open {
        members.push("anything else".to_owned());
    }
    match members.as_slice() {
        [] => "an empty object".to_owned(),
        members => format!("an object with {}", enumerated(members, "and")),
    }
}

/// A phrase within another: in parentheses where it has parts of its own.
fn within(phrase: &str) -> String {
    let composed = phrase.contains(", ") || phrase.contains(" or ") || phrase.contains(" and also ");
    if composed && !phrase.starts_with('"') {
        format!("({phrase})")
    } else {
        phrase.to_owned()
    }
}

/// `a path like A or a path like B` is `a path like A or B`.
fn one_of(phrases: &[String]) -> String {
    let stem = phrases
        .first()
        .and_then(|first| Some(first.split_once(" like `")?.0))
        .unwrap_or_default();
    let stem = format!("{stem} like ");
    let short: Option<Vec<String>> = phrases
        .iter()
        .map(|phrase| phrase.strip_prefix(&stem).map(str::to_owned))
        .collect();
    match short {
        Some(short) => format!("{stem}{}", enumerated(&short, "or")),
        None => enumerated(phrases, "or"),
    }
}

fn enumerated(phrases: &[String], last: &str) -> String {
    match phrases {
        [] => "nothing".to_owned(),
        [only] => only.clone(),
        [rest @ .., end] => format!("{} {last} {end}", rest.join(", ")),
    }
}

fn between(noun: &str, low: Option<&impl ToString>, high: Option<&impl ToString>) -> String {
    match (low.map(ToString::to_string), high.map(ToString::to_string)) {
        (None, None) => noun.to_owned(),
        (Some(low), None) => format!("{noun}, {low} or more"),
        (None, Some(high)) => format!("{noun}, {high} or less"),
        (Some(low), Some(high)) => format!("{noun} from {low} to {high}"),
    }
}

fn counted(noun: &str, of: &str, unit: &str, min: u64, max: Option<u64>) -> String {
    let units = |count: u64| format!("{unit}{}", if count == 1 { "" } else { "s" });
    match (min, max) {
        (0, None) => noun.to_owned(),
        (min, None) => format!("{noun}{of}{min} {} or more", units(min)),
        (0, Some(max)) => format!("{noun}{of}at most {max} {}", units(max)),
        (min, Some(max)) if min == max => format!("{noun}{of}{max} {}", units(max)),
        (min, Some(max)) => format!("{noun}{of}{min} to {max} {}", units(max)),
    }
}

/// A string as JSON writes it.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// The strings of a regular expression: as a glob where it is that of a glob.
fn like(regex: &str, reading: Option<ReadingKind>) -> String {
    let (noun, dialects) = match reading {
        Some(ReadingKind::Path) => ("a path", [Dialect::Path, Dialect::Text]),
        Some(ReadingKind::Host) => ("a host", [Dialect::Host, Dialect::Text]),
        Some(ReadingKind::Url) => ("a URL", [Dialect::Text, Dialect::Path]),
        Some(ReadingKind::Ip) => ("an address", [Dialect::Text, Dialect::Path]),
        Some(ReadingKind::Email) => ("an e-mail address", [Dialect::Text, Dialect::Path]),
        Some(ReadingKind::Datetime) => ("a time", [Dialect::Text, Dialect::Path]),
        Some(ReadingKind::Date) => ("a date", [Dialect::Text, Dialect::Path]),
        None => ("text", [Dialect::Text, Dialect::Path]),
    };
    if let Some(text) = reading.and_then(|kind| written(kind, regex)) {
        return match reading {
            Some(ReadingKind::Datetime | ReadingKind::Date | ReadingKind::Ip) => format!("{noun} in `{text}`"),
            _ => format!("{noun} like `{text}`"),
        };
    }
    // Where case does not count, the glob says as much in either.
    let cased = regex.strip_prefix("(?i)").unwrap_or(regex);
    match dialects.into_iter().find_map(|dialect| glob_of(cased, dialect)) {
        Some(glob) => format!("{noun} like `{glob}`"),
        None => format!("{noun} that `{regex}` matches whole"),
    }
}

/// Strings with claims in them: as the pattern would be written, with the claims in their places.
fn claimed(of: &Claimed, reading: Option<ReadingKind>) -> String {
    if let (None, [Piece::Claim(claim)]) = (&of.middle, of.before.as_slice()) {
        return format!("the caller's claim `{}`", claim.name);
    }
    // Characters that stand in no text that is exchanged stand for the claims.
    let mut holes = ('\u{fdd0}'..='\u{fdef}').zip(of.claims());
    let mut pieces = |pieces: &[Piece]| -> String {
        let of = |piece: &Piece| match piece {
            Piece::Text(text) => regex_syntax::escape(text),
            Piece::Claim(_) => holes.next().map(|(hole, _)| hole.to_string()).unwrap_or_default(),
        };
        pieces.iter().map(of).collect()
    };
    let (before, after) = (pieces(&of.before), pieces(&of.after));
    let middle = of.middle.as_ref().map_or("", |middle| middle.regex());
    let flags = ["(?i)(?s)", "(?s-u)", "(?s)"]
        .into_iter()
        .find(|flags| middle.starts_with(flags));
    let flags = flags.unwrap_or("(?s)");
    let middle = middle.strip_prefix(flags).unwrap_or(middle);
    let said = like(&format!("{flags}{before}{middle}{after}"), reading);
    let holes = ('\u{fdd0}'..='\u{fdef}').zip(of.claims());
    holes.fold(said, |said, (hole, claim)| {
        said.replace(hole, &format!("{{caller.{}}}", claim.name))
    })
}

/// The glob that a regular expression was made from. It is exact: the expression is made from it again and compared.
fn glob_of(regex: &str, dialect: Dialect) -> Option<String> {
    let many = if dialect == Dialect::Path { "**" } else { "*" };
    let wild = [
        ("(?:.*/)?", "**/"),
        ("(?:/.*)?", "/**"),
        ("[^/]*", "*"),
        (".*", many),
        ("[^/]", "?"),
        ("(?:", "{"),
        ("|", ","),
        (")", "}"),
    ];
    let mut rest = regex.strip_prefix("(?s)")?;
    // Each piece, and whether it is the literal text of a constant: then nothing in it is special.
    let mut pieces: Vec<(String, bool)> = Vec::new();
    while let Some(first) = rest.chars().next() {
        if let Some((token, glob)) = wild.iter().find(|(token, _)| rest.starts_with(token)) {
            rest = rest.strip_prefix(token)?;
            pieces.push(((*glob).to_owned(), false));
        } else {
            let escaped = rest.strip_prefix('\\');
            let literal = escaped.map_or(Some(first), |after| after.chars().next())?;
            rest = escaped.unwrap_or(rest).strip_prefix(literal)?;
            pieces.push((literal.to_string(), true));
        }
    }
    let borrowed: Vec<(&str, bool)> = pieces.iter().map(|(text, literal)| (text.as_str(), *literal)).collect();
    let same = |made: Result<String, _>| made.is_ok_and(|made| made == regex);
    let path = dialect == Dialect::Path && same(path_to_regex(&borrowed));
    (path || same(glob_to_regex(&borrowed, dialect))).then(|| {
        pieces
            .iter()
            .map(|(text, literal)| if *literal { globset::escape(text) } else { text.clone() })
            .collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pattern::{At, Automaton, Decimal, EmailPattern, UrlPattern, ip_regex, not_before};

    fn pattern(kind: PatternKind) -> Pattern {
        let at = At {
            source: 0,
            start: 0,
            end: 0,
        };
        Pattern { at, kind }
    }

    fn regex(regex: &str) -> Pattern {
        pattern(PatternKind::Automaton(Automaton::new(regex).unwrap()))
    }

    fn string(text: &str) -> Pattern {
        pattern(PatternKind::String(text.to_owned()))
    }

    fn said(kind: PatternKind) -> String {
        means(&pattern(kind), None)
    }

    #[test]
    fn globs_are_said_as_they_are_written() {
        for glob in [
            "/srv/work/**",
            "**/*.{pem,key}",
            "**/{.ssh,.aws}/**",
            "**/.env",
            "/a/*/b",
            "/a/**/b/c?",
            "**",
            "/a,b",
        ] {
            let expression = glob_to_regex(&[(glob, false)], Dialect::Path).unwrap();
            assert_eq!(
                means(&regex(&expression), Some(ReadingKind::Path)),
                format!("a path like `{glob}`")
            );
        }
        for glob in ["*@acme.com", "re: *", "{a,b*}c"] {
            let expression = glob_to_regex(&[(glob, false)], Dialect::Text).unwrap();
            assert_eq!(means(&regex(&expression), None), format!("text like `{glob}`"));
        }
    }

    #[test]
    fn patterns_of_readings_are_said_as_they_are_written() {
        let of = |text: &str| format!("(?s-u){text}");
        for (kind, expression, wanted) in [
            (
                ReadingKind::Url,
                UrlPattern::parse(&[("https://*.acme.com/v1/**", false)])
                    .unwrap()
                    .regex(),
                "a URL like `https://*.acme.com/v1/**`",
            ),
            (
                ReadingKind::Email,
                of(&EmailPattern::parse(&[("*@acme.com", false)]).unwrap().regex()),
                "an e-mail address like `*@acme.com`",
            ),
            (
                ReadingKind::Ip,
                of(&ip_regex("fe80::/10").unwrap()),
                "an address in `fe80::/10`",
            ),
            (
                ReadingKind::Date,
                of(&not_before("2026-01-01")),
                "a date in `2026-01-01..`",
            ),
            (
                ReadingKind::Host,
                of("a[0-9]"),
                "a host that `(?s-u)a[0-9]` matches whole",
            ),
        ] {
            assert_eq!(means(&regex(&expression), Some(kind)), wanted);
        }
    }

    #[test]
    fn the_text_of_a_constant_is_not_taken_for_a_glob() {
        let expression = path_to_regex(&[("/srv/", false), ("a*", true), ("/**", false)]).unwrap();
        assert_eq!(
            means(&regex(&expression), Some(ReadingKind::Path)),
            "a path like `/srv/a[*]/**`"
        );
    }

    #[test]
    fn other_expressions_are_said_themselves() {
        for expression in ["[a-z]+", "(?s)a(?:b|c", "(?s)[^/]+", "(?s)a{2}"] {
            if let Ok(automaton) = Automaton::new(expression) {
                let found = said(PatternKind::Automaton(automaton));
                assert_eq!(found, format!("text that `{expression}` matches whole"));
            }
        }
    }

    #[test]
    fn sets_are_said_in_words() {
        let number = |text: &str| Decimal::parse(text).unwrap();
        let range = |low: Option<&str>, high: Option<&str>, integer| PatternKind::Range {
            low: low.map(number),
            high: high.map(number),
            integer,
        };
        for (kind, wanted) in [
            (range(Some("1"), Some("10"), true), "a whole number from 1 to 10"),
            (range(None, Some("0.5"), false), "a number, 0.5 or less"),
            (range(Some("11"), None, true), "a whole number, 11 or more"),
            (range(None, None, true), "a whole number"),
            (
                PatternKind::Text {
                    min: 0,
                    max: Some(1),
                    line: true,
                },
                "one line of at most 1 character",
            ),
            (
                PatternKind::Text {
                    min: 1,
                    max: Some(200),
                    line: false,
                },
                "text of 1 to 200 characters",
            ),
            (
                PatternKind::Or(vec![string("a"), string("b, c"), string("d")]),
                r#""a", "b, c" or "d""#,
            ),
            (
                PatternKind::Array {
                    element: Box::new(pattern(PatternKind::Or(vec![string("a"), string("b")]))),
                    min: 1,
                    max: None,
                },
                r#"a list of 1 element or more, each "a" or "b""#,
            ),
            (
                PatternKind::And(vec![
                    pattern(PatternKind::Text {
                        min: 0,
                        max: None,
                        line: false,
                    }),
                    pattern(PatternKind::Not(Box::new(string("x")))),
                ]),
                r#"text, but not "x""#,
            ),
            (
                PatternKind::Object {
                    fields: Vec::new(),
                    open: false,
                },
                "an empty object",
            ),
            (
                PatternKind::Map {
                    key: Box::new(string("a")),
                    value: Box::new(pattern(PatternKind::AnyBool)),
                    min: 0,
                    max: Some(2),
                },
                r#"an object of at most 2 members, each called "a" and being (true or false)"#,
            ),
            (
                PatternKind::Not(Box::new(pattern(PatternKind::AnyBool))),
                "anything but (true or false)",
            ),
        ] {
            assert_eq!(said(kind), wanted);
        }
    }
}
